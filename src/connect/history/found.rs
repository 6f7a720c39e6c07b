//! What stands of a connection's history in Azure. Looks only.

use serde_json::Value;

use super::{function, rights_closed, rule_of};
use crate::azure::Azure;
use crate::model::history::{Endpoint, Rule, TABLE};
use crate::model::removal::TableFound;
use crate::model::{Connection, Problem, Result, SavedSearch, group, reader};

/// Rule and endpoint of a connection, where they stand and are its own.
///
/// # Errors
/// What keeps Azure from answering.
pub(in crate::connect) async fn place(
    azure: &Azure,
    connection: &Connection,
) -> Result<(Option<Rule>, Option<Endpoint>)> {
    let rule = match azure.rule(&rule_of(connection)?).await {
        // Where it never was made the app may not even look.
        Err(failure) if connection.history.is_none() && rights_closed(&failure) => None,
        found => unless_gone(found)?,
    };
    let endpoint = match (&connection.history, &rule) {
        (_, Some(rule)) => rule.endpoint.clone(),
        (Some(place), None) => place.endpoint.clone(),
        (None, None) => None,
    };
    let endpoint = match endpoint {
        Some(id) => unless_gone(azure.endpoint(&id).await)?,
        None => None,
    };
    let is_own = |tags: &[(String, String)]| group::is_tagged(tags, connection.id);
    Ok((
        rule.filter(|rule| is_own(&rule.tags)),
        endpoint.filter(|endpoint| is_own(&endpoint.tags)),
    ))
}

/// Whether the function goes with this connection: it stands, and no other one has history. `all` are the saved searches of the
/// workspace.
pub(in crate::connect) fn function_goes(all: &[SavedSearch], connection: &Connection) -> bool {
    all.iter().any(reader::is_ours) && function::others(all, connection.id).is_empty()
}

/// The table of the workspace; `None` where there is none, or where the app may not see it.
///
/// # Errors
/// What keeps Azure from answering.
pub(in crate::connect) async fn table(
    azure: &Azure,
    connection: &Connection,
    all: &[SavedSearch],
) -> Result<Option<TableFound>> {
    match azure.table(&connection.setup.workspace, TABLE).await {
        Ok(None) => Ok(None),
        Err(failure) if rights_closed(&failure) => Ok(None),
        Err(failure) => Err(failure),
        Ok(Some(_)) => Ok(Some(TableFound {
            rows: rows(azure, connection).await,
            used_by: function::others(all, connection.id),
        })),
    }
}

/// All rows of the table. Many networks let no queries through, and nothing depends on the number.
async fn rows(azure: &Azure, connection: &Connection) -> Option<u64> {
    let known = connection.workspace.as_ref()?.customer_id?;
    match azure.query(known, &reader::all_rows(), None).await {
        Ok(answer) if answer.partial.is_none() => answer.rows.first()?.first().and_then(Value::as_u64),
        Ok(_) => None,
        Err(failure) => {
            tracing::warn!(code = failure.problem().code(), "the rows of history were not counted");
            None
        }
    }
}

/// What was in a resource group that is gone, is gone.
pub(super) fn unless_gone<T: Default>(outcome: Result<T>) -> Result<T> {
    match outcome {
        Err(failure) if matches!(failure.problem(), Problem::ResourceNotFound { .. }) => Ok(T::default()),
        outcome => outcome,
    }
}
