//! Taking history away: just what a set-up has made, or all that a connection has. The table holds what has been, so it stays
//! unless a person asks for that.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::found::{self, unless_gone};
use super::{function, rights_closed};
use crate::azure::{Azure, MOST_BYTES};
use crate::connect::Ground;
use crate::model::group::Owner;
use crate::model::history::{self, Made, TABLE};
use crate::model::plan::{Progress, Step};
use crate::model::roles::MONITORING_METRICS_PUBLISHER;
use crate::model::rows::{self, Snapshot};
use crate::model::{CollectionId, Connection, ConnectionId, History, Problem, Result, RuleId, WorkspaceId};
use crate::platform::checkpoint;
use crate::store::GroupState;

/// Takes away what a set-up has made, the newest first. `makers` are tried one after the other: what a person has made the app
/// may not be allowed to delete.
///
/// # Errors
/// What Azure refuses.
pub(in crate::connect) async fn undo(makers: &[&Azure], connection: &Connection, made: &[Made]) -> Result<()> {
    for each in made.iter().rev() {
        let mut outcome = Ok(());
        for azure in makers {
            outcome = undo_one(azure, connection, each).await;
            if !outcome.as_ref().is_err_and(rights_closed) {
                break;
            }
        }
        unless_gone(outcome)?;
    }
    Ok(())
}

/// The table that a set-up has made, unless another connection has come to write to it since.
async fn delete_unshared_table(azure: &Azure, workspace: &WorkspaceId, connection: ConnectionId) -> Result<()> {
    let all = azure.saved_searches(workspace).await?;
    if function::others(&all, connection).is_empty() {
        azure.delete_table(workspace, TABLE).await?;
    }
    Ok(())
}

async fn undo_one(azure: &Azure, connection: &Connection, made: &Made) -> Result<()> {
    match made {
        Made::Table { workspace } => delete_unshared_table(azure, workspace, connection.id).await,
        Made::Endpoint { id } => azure.delete_endpoint(id).await.map(|_| ()),
        Made::Rule { id } => azure.delete_rule(id).await.map(|_| ()),
        Made::Assignment { rule, id } => azure.delete_assignment(&rule.to_string(), *id).await.map(|_| ()),
        Made::Function { workspace } => function::delete(azure, workspace, connection.id).await,
    }
}

/// Takes away all history of a connection: what it still says of its collections, rule, role, endpoint, function; the table only
/// where `and_table` says so. Does nothing where the connection never had any.
///
/// # Errors
/// What Azure refuses.
pub(in crate::connect) async fn take_away(
    ground: &Ground<'_>,
    azure: &Azure,
    person: Option<&Azure>,
    connection: &Connection,
    and_table: bool,
) -> Result<()> {
    let made = ground.store.made(connection.id)?;
    let never = connection.history.is_none() && connection.setup.history == History::Off && made.is_empty();
    if never && !and_table {
        return Ok(());
    }
    (ground.tell)(Progress::Step(Step::DeleteHistory));
    let workspace = &connection.setup.workspace;
    let left = format!("history and the computer groups of \"{}\"", connection.setup.name);
    let go_on = || ground.cancelled(true, &left);
    say_goodbye(ground, azure, connection, &|_| true).await;
    go_on()?;
    delete_rule(azure, person.unwrap_or(azure), connection).await?;
    checkpoint("history: rule deleted");
    go_on()?;
    function::delete(azure, workspace, connection.id).await?;
    go_on()?;
    // What else an interrupted set-up has made, such as a table that nothing was written to.
    let makers: Vec<&Azure> = [Some(azure), person].into_iter().flatten().collect();
    undo(&makers, connection, &made).await?;
    if and_table {
        azure.delete_table(workspace, TABLE).await?;
    }
    ground.store.set_history(connection.id, None)?;
    ground.store.set_made(connection.id, &[])
}

/// To be asked before anything is taken away.
///
/// # Errors
/// [`Problem::Usage`] for a table that another connection uses; what keeps Azure from answering.
pub(in crate::connect) async fn no_other_uses_the_table(azure: &Azure, connection: &Connection) -> Result<()> {
    let all = azure.saved_searches(&connection.setup.workspace).await?;
    let others = function::others(&all, connection.id);
    if others.is_empty() {
        return Ok(());
    }
    let what = format!(
        "the table {TABLE} is used by other connections too ({}), so it stays: delete this one without it",
        others.join(", ")
    );
    Err(Problem::Usage { what }.into())
}

/// Says of each of these collections that it is not published any more; without it, readers would see its last membership for 30
/// days. One that cannot be said is no reason to keep the connection.
pub(in crate::connect) async fn say_goodbye(
    ground: &Ground<'_>,
    azure: &Azure,
    connection: &Connection,
    goes: &(dyn Fn(&CollectionId) -> bool + Sync),
) {
    let (Some(place), Some(site)) = (&connection.history, &connection.site) else {
        return;
    };
    let owner = Owner {
        connection: connection.id,
        site: site.code.clone(),
    };
    let now = Utc::now();
    let mut states = ground.store.groups(connection.id).unwrap_or_default();
    states.retain(|state| goes(&state.collection));
    let snapshots: Vec<Snapshot> = states.iter_mut().filter_map(|state| goodbye(state, now)).collect();
    for state in states.iter().filter(|state| state.rows.is_some()) {
        if let Err(failure) = ground.store.put_group(connection.id, state) {
            let code = failure.problem().code();
            tracing::warn!(code, "what is said of a collection is not remembered");
        }
    }
    let most = ground.store.most_bytes(connection, MOST_BYTES).unwrap_or(MOST_BYTES);
    for upload in rows::markers(&owner, &snapshots, now, most) {
        if let Err(failure) = azure.upload(place, Bytes::from(upload)).await {
            let code = failure.problem().code();
            tracing::warn!(code, "readers of history will see the last memberships for a while");
            return;
        }
    }
}

/// The last marker of a collection; `None` where none ever went up. Its generation is remembered, so that the next one is later
/// should history be turned on again; its rows are not: the table may have gone by then.
fn goodbye(state: &mut GroupState, now: DateTime<Utc>) -> Option<Snapshot> {
    let sent = state.rows.as_mut()?;
    let last = sent.generation.max(state.generation.unwrap_or_default());
    sent.generation = rows::generation_after(Some(last), now);
    state.generation = Some(sent.generation);
    sent.forget();
    state.confirmed = None;
    Some(Snapshot {
        collection: state.collection.clone(),
        name: state.name.clone(),
        path: None,
        confirmed: None,
        // A reading of no rows, which is whole whatever has become of those that went up.
        sync_id: Uuid::new_v4(),
        generation: sent.generation,
        rows: 0,
        as_of: sent.as_of,
        removed: true,
    })
}

async fn delete_rule(app: &Azure, azure: &Azure, connection: &Connection) -> Result<()> {
    let (rule, endpoint) = found::place(azure, connection).await?;
    if let Some(rule) = rule {
        delete_role(app, azure, &rule.id).await?;
        azure.delete_rule(&rule.id).await?;
    }
    if let Some(endpoint) = endpoint {
        azure.delete_endpoint(&endpoint.id).await?;
    }
    Ok(())
}

/// The role on the rule. It goes with the rule in any case, so that it may not be deleted by itself does not matter.
async fn delete_role(app: &Azure, azure: &Azure, rule: &RuleId) -> Result<()> {
    let Some(principal) = app.sign_in().await?.object_id else {
        return Ok(());
    };
    let scope = rule.to_string();
    let id = history::assignment_id(&scope, principal, MONITORING_METRICS_PUBLISHER);
    match azure.delete_assignment(&scope, id).await {
        Err(failure) if rights_closed(&failure) => Ok(()),
        outcome => outcome.map(|_| ()),
    }
}
