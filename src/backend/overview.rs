//! What we remember of each connection; asks nobody.

use serde_json::Value;

use crate::model::report::{ConnectionOverview, LastRun};
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

/// Why a run could not do its work.
fn problem(run: &Run) -> Option<Problem> {
    let summary: Value = serde_json::from_str(run.summary.as_deref()?).ok()?;
    serde_json::from_value(summary.get("problem")?.clone()).ok()
}
