//! What we remember of each connection; asks nobody.

use chrono::{DateTime, Datelike, NaiveTime, Utc};
use serde_json::Value;

use crate::model::dry_run::RowsUp;
use crate::model::report::{ConnectionOverview, LastRun};
use crate::model::run_record::RunRecord;
use crate::model::{ConnectionId, Problem, Result};
use crate::store::{Run, RunKind, Store};

/// All connections, by name.
///
/// # Errors
/// The store's.
pub fn all(store: &Store) -> Result<Vec<ConnectionOverview>> {
    let connections = store.connections()?.into_iter();
    let overviews = connections.map(|connection| {
        let groups = store.groups(connection.id)?;
        Ok(ConnectionOverview {
            groups: groups.iter().filter(|state| state.published.is_some()).count(),
            last_run: last_publication(store, connection.id)?,
            sent_this_month: sent_this_month(store, connection.id, Utc::now())?,
            off_since: store.import_off_since(connection.id)?,
            connection,
        })
    });
    overviews.collect()
}

/// The last publication of a connection, and why it did not begin its work where it did not.
///
/// # Errors
/// The store's.
pub fn last_publication(store: &Store, id: ConnectionId) -> Result<Option<LastRun>> {
    let Some(run) = store.last_run(id, RunKind::Sync)? else {
        return Ok(None);
    };
    let moved = store.last_run(id, RunKind::Move)?;
    Ok(Some(LastRun {
        started: run.started,
        ended: run.ended,
        problem: problem(&run),
        moved_since: moved.is_some_and(|moved| moved.id > run.id && moved.ended.is_some() && problem(&moved).is_none()),
    }))
}

/// Rows of history that runs have sent in the month of this moment, by UTC. Of a run that was ended from outside nothing is known.
///
/// # Errors
/// The store's.
pub fn sent_this_month(store: &Store, id: ConnectionId, now: DateTime<Utc>) -> Result<RowsUp> {
    let first = now.with_day(1).unwrap_or(now).date_naive();
    store.sent_since(id, first.and_time(NaiveTime::MIN).and_utc())
}

/// What the history has of the latest runs of a connection, newest first, at most `limit`.
///
/// # Errors
/// The store's.
pub fn runs(store: &Store, id: ConnectionId, limit: usize) -> Result<Vec<(Run, RunRecord)>> {
    let runs = store.runs(id, limit)?.into_iter();
    Ok(runs
        .map(|run| (record(&run), run))
        .map(|(record, run)| (run, record))
        .collect())
}

fn record(run: &Run) -> RunRecord {
    let summary = run.summary.as_deref().unwrap_or_default();
    serde_json::from_str(summary).unwrap_or_default()
}

/// Why a run could not do its work.
fn problem(run: &Run) -> Option<Problem> {
    let summary: Value = serde_json::from_str(run.summary.as_deref()?).ok()?;
    serde_json::from_value(summary.get("problem")?.clone()).ok()
}
