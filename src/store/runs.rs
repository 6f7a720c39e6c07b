//! History of runs: when something ran, and what it did. Bounded in age and number.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};

use super::encode::{read_word, word};
use super::failure::Attempt;
use super::{Database, Store};
use crate::model::{ConnectionId, Result};

/// Runs are kept for this long.
const KEPT_DAYS: i64 = 400;

/// And not more than this many for one connection; one every three hours makes 3,200 in that time.
const KEPT_RUNS: i64 = 5_000;

/// One run in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(i64);

/// What a run was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Publishing.
    Sync,
    /// Making the connection.
    Connect,
    /// Replacing the secret key.
    UpdateSecret,
    /// Removing the connection.
    Remove,
    /// Moving it to another SMS Provider or site.
    Move,
}

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
            prune(transaction, connection, now, KEPT_RUNS - 1)?;
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

/// Drops runs older than [`KEPT_DAYS`] of all connections, and all but the latest `kept` of this one.
fn prune(transaction: &Transaction<'_>, connection: ConnectionId, now: DateTime<Utc>, kept: i64) -> Attempt<()> {
    if let Some(oldest) = now.checked_sub_signed(TimeDelta::days(KEPT_DAYS)) {
        transaction.execute("DELETE FROM runs WHERE started < ?1", [word(&oldest)?])?;
    }
    transaction.execute(
        "DELETE FROM runs WHERE connection_id = ?1 AND id <=
         (SELECT id FROM runs WHERE connection_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        params![word(&connection)?, kept],
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
            .write(|transaction| prune(transaction, other, moment(402 * DAY), 2))
            .unwrap();
        let left: Vec<_> = store.runs(other, 10).unwrap().iter().map(|run| run.started).collect();
        assert_eq!(left, [moment(402 * DAY + 4), moment(402 * DAY + 3)]);
    }
}
