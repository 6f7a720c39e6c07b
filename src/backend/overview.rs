//! What we remember of each connection; asks nobody.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveTime, Utc};
use serde_json::Value;

use crate::model::dry_run::RowsUp;
use crate::model::report::{CollectionOverview, ConnectionOverview, LastRun, Outcome, RowsOverview};
use crate::model::run_history::{self, RunHistory, RunSeen};
use crate::model::run_record::RunRecord;
use crate::model::{CollectionId, Connection, ConnectionId, Problem, Result};
use crate::store::{GroupState, Run, RunKind, Store};

/// So many runs are listed in the window.
const LATEST_RUNS: usize = 200;

/// All connections, by name.
///
/// # Errors
/// The store's.
pub fn all(store: &Store) -> Result<Vec<ConnectionOverview>> {
    let connections = store.connections()?.into_iter();
    connections.map(|connection| of(store, connection)).collect()
}

/// One of them.
///
/// # Errors
/// The store's.
pub fn of(store: &Store, connection: Connection) -> Result<ConnectionOverview> {
    let groups = store.groups(connection.id)?;
    let last = store.last_run(connection.id, RunKind::Sync)?;
    let (chosen, left): (Vec<&GroupState>, Vec<&GroupState>) = groups
        .iter()
        .partition(|state| connection.setup.collections.contains(&state.collection));
    Ok(ConnectionOverview {
        collections: collections(&connection, &groups, last.as_ref()),
        left_over: left.iter().map(|state| state.collection.clone()).collect(),
        groups: chosen.iter().filter(|state| state.published.is_some()).count(),
        last_run: last_publication(store, connection.id)?,
        sent_this_month: sent_this_month(store, connection.id, Utc::now())?,
        off_since: store.import_off_since(connection.id)?,
        key_notes: store.key_notes(connection.id)?,
        renewal_begun: renewal_begun(store, connection.id)?,
        tells_desktop: store.tells_desktop(connection.id)?,
        connection,
    })
}

/// Each chosen collection: its group as it stands, and what the last run did with it. What a run that has not ended did, or one that
/// was ended from outside, is known of each collection alone.
fn collections(connection: &Connection, groups: &[GroupState], last: Option<&Run>) -> Vec<CollectionOverview> {
    let groups: BTreeMap<&CollectionId, &GroupState> = groups.iter().map(|each| (&each.collection, each)).collect();
    let record = last.filter(|run| run.ended.is_some()).map(record);
    let did = record.as_ref().map(RunRecord::each);
    let overview = |id: &CollectionId| {
        let group = groups.get(id).copied();
        let published = group.and_then(|group| group.published.as_ref());
        let rows = group.and_then(|group| group.rows.as_ref());
        let rows = rows.filter(|_| connection.history.is_some());
        let (outcome, problem, sent) = match &did {
            Some(did) => match did.get(id) {
                Some((outcome, told)) => (
                    Some(*outcome),
                    told.and_then(|told| told.problem.clone()),
                    told.map(|told| told.sent).unwrap_or_default(),
                ),
                None => (None, None, RowsUp::default()),
            },
            None => (
                group.and_then(|group| group.outcome),
                group.and_then(|group| group.error.clone()),
                RowsUp::default(),
            ),
        };
        CollectionOverview {
            id: id.clone(),
            name: group.map(|group| group.name.clone()).unwrap_or_default(),
            outcome,
            problem,
            computers: published.map(|published| published.computers),
            as_of: published.map(|published| published.as_of),
            not_seen_since: group.and_then(|group| group.not_seen_since),
            sent,
            rows: rows.map(|rows| RowsOverview {
                sent_at: rows.sent_at,
                seen_at: rows.seen_at,
                again: rows.is_forgotten(),
            }),
        }
    };
    let mut collections: Vec<CollectionOverview> = connection.setup.collections.iter().map(overview).collect();
    collections.sort_by_cached_key(|each| (urgency(each), each.name.to_lowercase(), each.id.clone()));
    collections
}

/// Lower is looked at first.
fn urgency(collection: &CollectionOverview) -> u8 {
    match collection.outcome {
        Some(Outcome::Failed) => 0,
        Some(Outcome::NotSettled) => 1,
        Some(Outcome::NotSeen) => 2,
        None | Some(Outcome::Skipped) => 3,
        Some(Outcome::Awaiting) => 4,
        Some(Outcome::Published | Outcome::WouldPublish | Outcome::Unchanged | Outcome::Unmoved) => 5,
    }
}

/// The last publication of a connection, and why it did not begin its work where it did not.
///
/// # Errors
/// The store's.
pub fn last_publication(store: &Store, id: ConnectionId) -> Result<Option<LastRun>> {
    let Some(run) = store.last_run(id, RunKind::Sync)? else {
        return Ok(None);
    };
    let done_since = |kind| -> Result<bool> {
        let done = store.last_run(id, kind)?;
        Ok(done.is_some_and(|done| done.id > run.id && done.ended.is_some() && problem(&done).is_none()))
    };
    Ok(Some(LastRun {
        started: run.started,
        ended: run.ended,
        problem: problem(&run),
        moved_since: done_since(RunKind::Move)?,
        renewed_since: done_since(RunKind::UpdateSecret)?,
    }))
}

/// When a new secret key was begun to be put into use, where that is under way, or was ended from outside and no publication has
/// shown since that the key in use works.
///
/// # Errors
/// The store's.
pub fn renewal_begun(store: &Store, id: ConnectionId) -> Result<Option<DateTime<Utc>>> {
    let begun = store.last_run(id, RunKind::UpdateSecret)?;
    let Some(begun) = begun.filter(|run| run.ended.is_none()) else {
        return Ok(None);
    };
    let published = store.last_run(id, RunKind::Sync)?;
    let works = published.is_some_and(|run| run.id > begun.id && run.ended.is_some() && problem(&run).is_none());
    Ok((!works).then_some(begun.started))
}

/// Rows of history that runs have sent in the month of this moment, by UTC. Of a run that was ended from outside nothing is known.
///
/// # Errors
/// The store's.
pub fn sent_this_month(store: &Store, id: ConnectionId, now: DateTime<Utc>) -> Result<RowsUp> {
    let first = now.with_day(1).unwrap_or(now).date_naive();
    store.sent_since(id, first.and_time(NaiveTime::MIN).and_utc())
}

/// The record of a connection's runs: the latest, and the members of all groups, or of one, over time.
///
/// # Errors
/// The store's.
pub fn run_history(store: &Store, id: ConnectionId, of: Option<CollectionId>) -> Result<RunHistory> {
    let seen = |(run, record): (Run, RunRecord)| RunSeen {
        kind: run.kind,
        started: run.started,
        ended: run.ended,
        record,
    };
    let all: Vec<RunSeen> = runs(store, id, usize::MAX)?.into_iter().map(seen).collect();
    Ok(RunHistory {
        members: run_history::members(all.iter().rev(), of.as_ref()),
        of,
        runs: all.len(),
        latest: all.into_iter().take(LATEST_RUNS).collect(),
    })
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
