//! What we remember of each connection; asks nobody.

use serde_json::Value;

use crate::model::report::{ConnectionOverview, LastRun};
use crate::model::{ConnectionId, Result};
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
    Ok(store.last_run(id, RunKind::Sync)?.map(remembered))
}

fn remembered(run: Run) -> LastRun {
    let summary = run.summary.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    LastRun {
        started: run.started,
        ended: run.ended,
        problem: summary.and_then(|summary| serde_json::from_value(summary.get("problem")?.clone()).ok()),
    }
}
