//! History of runs: when something ran, and what it did. Bounded in age, number and size.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Row, Transaction, params};

use super::encode::{read_word, word};
use super::failure::Attempt;
use super::{Database, Store};
use crate::model::dry_run::RowsUp;
pub use crate::model::run_record::RunKind;
use crate::model::{ConnectionId, Result};

/// Runs are kept for this long.
const KEPT_DAYS: i64 = 400;

/// And not more than this many for one connection; one every three hours makes 3,200 in that time.
const KEPT_RUNS: i64 = 5_000;

/// And not more than so many bytes of what they left: a run that fails for each of a thousand collections leaves a lot. The latest one
/// is kept whatever its size.
const KEPT_BYTES: i64 = 32 * 1024 * 1024;

/// One run in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(i64);

/// A run as the history has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Which.
    pub id: RunId,
    /// Of which connection.
    pub connection: ConnectionId,
    /// What for.
    pub kind: RunKind,
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it ended; `None` while it is under way, and for ever when it was killed.
    pub ended: Option<DateTime<Utc>>,
    /// What it did, as the JSON text that it left.
    pub summary: Option<String>,
}

impl Store {
    /// Writes down that a run begins; drops runs that are too old or too many.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn begin_run(&self, connection: ConnectionId, kind: RunKind, now: DateTime<Utc>) -> Result<RunId> {
        self.write(|transaction| {
            prune(transaction, connection, now, (KEPT_RUNS - 1, KEPT_BYTES))?;
            transaction.execute(
                "INSERT INTO runs (connection_id, kind, started) VALUES (?1, ?2, ?3)",
                params![word(&connection)?, word(&kind)?, word(&now)?],
            )?;
            Ok(RunId(transaction.last_insert_rowid()))
        })
    }

    /// Writes down that a run has ended, and its summary (a JSON text without secrets). Does nothing when the run is not
    /// listed any more: its connection was removed by it.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn end_run(&self, run: RunId, now: DateTime<Utc>, summary: &str) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE runs SET ended = ?2, summary = ?3 WHERE id = ?1",
                params![run.0, word(&now)?, summary],
            )?;
            Ok(())
        })
    }

    /// The latest runs of a connection, newest first, at most `limit`.
    ///
    /// # Errors
    /// `Database`.
    pub fn runs(&self, connection: ConnectionId, limit: usize) -> Result<Vec<Run>> {
        self.read(|database| select(database, connection, None, limit))
    }

    /// Rows that the publications of a connection have sent since a moment, so far as they wrote it down.
    ///
    /// # Errors
    /// `Database`.
    pub fn sent_since(&self, connection: ConnectionId, since: DateTime<Utc>) -> Result<RowsUp> {
        self.read(|database| {
            let number =
                |row: &Row<'_>, at: usize| row.get(at).map(|number: i64| u64::try_from(number).unwrap_or_default());
            let sums = database.query_row(
                "SELECT coalesce(sum(sent ->> 'members'), 0), coalesce(sum(sent ->> 'markers'), 0),
                 coalesce(sum(sent ->> 'bytes'), 0), coalesce(sum(sent ->> 'calls'), 0)
                 FROM (SELECT summary -> '$.sent' AS sent FROM runs
                       WHERE connection_id = ?1 AND kind = ?2 AND started >= ?3 AND json_valid(summary))",
                params![word(&connection)?, word(&RunKind::Sync)?, word(&since)?],
                |row| {
                    Ok(RowsUp {
                        members: number(row, 0)?,
                        markers: number(row, 1)?,
                        bytes: number(row, 2)?,
                        calls: number(row, 3)?,
                    })
                },
            )?;
            Ok(sums)
        })
    }

    /// The latest run of a connection for one purpose.
    ///
    /// # Errors
    /// `Database`.
    pub fn last_run(&self, connection: ConnectionId, kind: RunKind) -> Result<Option<Run>> {
        self.read(|database| Ok(select(database, connection, Some(kind), 1)?.pop()))
    }
}

fn select(database: &Database, connection: ConnectionId, kind: Option<RunKind>, limit: usize) -> Attempt<Vec<Run>> {
    let mut statement = database.prepare(
        "SELECT id, kind, started, ended, summary FROM runs
         WHERE connection_id = ?1 AND (?2 IS NULL OR kind = ?2) ORDER BY id DESC LIMIT ?3",
    )?;
    let kind = kind.as_ref().map(word).transpose()?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![word(&connection)?, kind, limit])?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        let ended: Option<String> = row.get(3)?;
        runs.push(Run {
            id: RunId(row.get(0)?),
            connection,
            kind: read_word("runs.kind", row.get(1)?)?,
            started: read_word("runs.started", row.get(2)?)?,
            ended: ended.map(|ended| read_word("runs.ended", ended)).transpose()?,
            summary: row.get(4)?,
        });
    }
    Ok(runs)
}

/// Drops runs older than [`KEPT_DAYS`] of all connections, and of this one all but the latest: so many, and with so many bytes.
fn prune(
    transaction: &Transaction<'_>,
    connection: ConnectionId,
    now: DateTime<Utc>,
    (kept, bytes): (i64, i64),
) -> Attempt<()> {
    if let Some(oldest) = now.checked_sub_signed(TimeDelta::days(KEPT_DAYS)) {
        transaction.execute("DELETE FROM runs WHERE started < ?1", [word(&oldest)?])?;
    }
    transaction.execute(
        "DELETE FROM runs WHERE connection_id = ?1 AND id <=
         (SELECT id FROM runs WHERE connection_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        params![word(&connection)?, kept],
    )?;
    transaction.execute(
        "DELETE FROM runs WHERE id IN (SELECT id FROM (
             SELECT id, row_number() OVER latest AS place, sum(coalesce(octet_length(summary), 0)) OVER latest AS bytes
             FROM runs WHERE connection_id = ?1 WINDOW latest AS (ORDER BY id DESC)
         ) WHERE bytes > ?2 AND place > 1)",
        params![word(&connection)?, bytes],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::samples::{connection, moment, store};

    #[test]
    fn runs_read_back_newest_first() {
        let (_dir, store) = store();
        let id = connection("Contoso").id;
        let first = store.begin_run(id, RunKind::Connect, moment(0)).unwrap();
        store.end_run(first, moment(5), r#"{"outcome":"done"}"#).unwrap();
        let second = store.begin_run(id, RunKind::Sync, moment(10)).unwrap();
        let runs = store.runs(id, 10).unwrap();
        let seen: Vec<_> = runs.iter().map(|run| (run.id, run.kind, run.ended)).collect();
        assert_eq!(
            seen,
            [
                (second, RunKind::Sync, None),
                (first, RunKind::Connect, Some(moment(5)))
            ]
        );
        assert_eq!(runs.last().unwrap().summary.as_deref(), Some(r#"{"outcome":"done"}"#));
        assert_eq!(store.runs(id, 1).unwrap().len(), 1);
        let last = |kind| store.last_run(id, kind).unwrap().map(|run| run.id);
        assert_eq!(last(RunKind::Connect), Some(first));
        assert_eq!((last(RunKind::Sync), last(RunKind::Remove)), (Some(second), None));
        store.forget(id, moment(11)).unwrap();
        store.end_run(second, moment(12), "{}").unwrap();
        assert!(store.runs(id, 10).unwrap().is_empty());
    }

    #[test]
    fn old_and_surplus_runs_go() {
        let (_dir, store) = store();
        let (id, other) = (connection("One").id, connection("Two").id);
        const DAY: i64 = 86_400;
        for day in [0, 1, 2] {
            store.begin_run(id, RunKind::Sync, moment(day * DAY)).unwrap();
        }
        store.begin_run(other, RunKind::Sync, moment(401 * DAY)).unwrap();
        let left: Vec<_> = store.runs(id, 10).unwrap().iter().map(|run| run.started).collect();
        assert_eq!(left, [moment(2 * DAY), moment(DAY)]);

        for second in 0..5 {
            store
                .begin_run(other, RunKind::Sync, moment(402 * DAY + second))
                .unwrap();
        }
        store
            .write(|transaction| prune(transaction, other, moment(402 * DAY), (2, KEPT_BYTES)))
            .unwrap();
        let left: Vec<_> = store.runs(other, 10).unwrap().iter().map(|run| run.started).collect();
        assert_eq!(left, [moment(402 * DAY + 4), moment(402 * DAY + 3)]);
    }

    /// Four hundred days with a run every three hours that fails for many collections: old ones go by age, and more of them by size.
    #[test]
    fn many_large_runs_stay_within_their_room() {
        let (_dir, store) = store();
        let id = connection("One").id;
        let summary = format!("{{\"collections\":\"{}\"}}", "x".repeat(1_000));
        for number in 0..50 {
            let at = moment(number * 3 * 3_600);
            store
                .write(|transaction| prune(transaction, id, at, (KEPT_RUNS, 10_500)))
                .unwrap();
            let run = store.begin_run(id, RunKind::Sync, at).unwrap();
            store.end_run(run, at, &summary).unwrap();
        }
        let left = store.runs(id, 100).unwrap();
        assert_eq!(
            left.len(),
            11,
            "ten within the bound, and the one that was begun after it was kept"
        );
        assert_eq!(left[0].started, moment(49 * 3 * 3_600), "the newest stay");
        // One that is larger than all the room stays, as long as it is the latest.
        let at = moment(50 * 3 * 3_600);
        let run = store.begin_run(id, RunKind::Sync, at).unwrap();
        store.end_run(run, at, &"x".repeat(50_000)).unwrap();
        store
            .write(|transaction| prune(transaction, id, at, (KEPT_RUNS, 10_500)))
            .unwrap();
        assert_eq!(store.runs(id, 100).unwrap().len(), 1);
        // By age they all go.
        store
            .begin_run(id, RunKind::Sync, moment(0) + TimeDelta::days(KEPT_DAYS + 30))
            .unwrap();
        assert_eq!(store.runs(id, 100).unwrap().len(), 1);
    }

    #[test]
    fn what_was_sent_is_added_up_from_a_moment_on() {
        let (_dir, store) = store();
        let (id, other) = (connection("One").id, connection("Two").id);
        let sent = |members: u64| format!(r#"{{"sent":{{"members":{members},"markers":1,"bytes":100,"calls":2}}}}"#);
        for (of, kind, second, summary) in [
            (id, RunKind::Sync, 0, sent(1)),
            (id, RunKind::Sync, 10, sent(20)),
            (id, RunKind::Sync, 20, sent(300)),
            (id, RunKind::Sync, 30, r#"{"problem":"x"}"#.to_owned()),
            (id, RunKind::Sync, 40, "not JSON".to_owned()),
            (id, RunKind::Connect, 50, sent(4_000)),
            (other, RunKind::Sync, 60, sent(50_000)),
        ] {
            let run = store.begin_run(of, kind, moment(second)).unwrap();
            store.end_run(run, moment(second), &summary).unwrap();
        }
        store.begin_run(id, RunKind::Sync, moment(70)).unwrap(); // under way
        let found = store.sent_since(id, moment(10)).unwrap();
        assert_eq!(
            (found.members, found.markers, found.bytes, found.calls),
            (320, 2, 200, 4)
        );
        assert_eq!(store.sent_since(id, moment(100)).unwrap(), RowsUp::default());
    }
}
