//! Taking a connection away: its groups, its record, its secrets, its memory. Nothing else, and never the app registration.
//!
//! Order: intent, history, groups (each before its parts, so that a reader sees a whole group or none), the record, secrets,
//! memory. The table of history stays, with what has been, unless a person asks for it to go.
//! A kill in between leaves the connection in the state "removing"; the same command goes on.

use chrono::Utc;
use serde_json::json;

use super::history::{found, undo};
use super::{Ground, change, open, secrets};
use crate::azure::Azure;
use crate::model::group::{self, Kind};
use crate::model::plan::{Progress, Step};
use crate::model::removal::{Extent, RemovalInventory};
use crate::model::{CollectionId, Connection, ConnectionState, Problem, Result, SavedSearch};
use crate::platform::checkpoint;
use crate::store::{RunKind, SecretKind, Store};

/// Lists what a removal will take from Azure. Alert rules and workbooks cannot be seen from here.
///
/// # Errors
/// Whatever keeps Azure from answering.
pub async fn inventory(azure: &Azure, connection: &Connection) -> Result<RemovalInventory> {
    let all = azure.saved_searches(&connection.setup.workspace).await?;
    let (rule, endpoint) = found::place(azure, connection).await?;
    Ok(RemovalInventory {
        rule: rule.map(|rule| rule.id),
        endpoint: endpoint.map(|endpoint| endpoint.id),
        function: found::function_goes(&all, connection),
        table: found::table(azure, connection, &all).await?,
        ..listed(all, connection, &|_| true)
    })
}

/// The groups of some collections alone.
///
/// # Errors
/// As [`inventory`].
pub async fn inventory_of(azure: &Azure, connection: &Connection, ids: &[CollectionId]) -> Result<RemovalInventory> {
    let all = azure.saved_searches(&connection.setup.workspace).await?;
    Ok(listed(all, connection, &|search| change::is_of(search, ids)))
}

type Goes<'a> = &'a (dyn Fn(&SavedSearch) -> bool + Sync);

fn listed(all: Vec<SavedSearch>, connection: &Connection, goes: Goes<'_>) -> RemovalInventory {
    let (ours, others): (Vec<SavedSearch>, Vec<SavedSearch>) = all
        .into_iter()
        .partition(|search| group::is_ours(search, connection.id) && goes(search));
    let groups: Vec<String> = ours
        .iter()
        .filter(|search| group::kind(search) == Some(Kind::Group))
        .filter_map(|search| search.alias.clone())
        .collect();
    let dependents = others
        .into_iter()
        .filter(|search| groups.iter().any(|alias| names(&search.query, alias)))
        .map(|search| search.display_name)
        .collect();
    RemovalInventory {
        groups,
        saved_searches: ours.len(),
        dependents,
        ..RemovalInventory::default()
    }
}

/// Whether a query text names a function: whole, and without regard to case, as function names are.
fn names(query: &str, alias: &str) -> bool {
    let (query, alias) = (query.to_lowercase(), alias.to_lowercase());
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    query.match_indices(&alias).any(|(at, found)| {
        let (before, after) = (query.get(..at), query.get(at + found.len()..));
        !is_word(before.and_then(|text| text.chars().next_back()))
            && !is_word(after.and_then(|text| text.chars().next()))
    })
}

/// How far a removal reaches.
#[derive(Clone, Copy)]
pub(super) struct Reach<'a> {
    azure: Option<&'a Azure>,
    person: Option<&'a Azure>,
    delete_table: bool,
}

impl<'a> Reach<'a> {
    /// From Azure and from here.
    pub(super) const fn new(azure: &'a Azure, person: Option<&'a Azure>) -> Self {
        Self {
            azure: Some(azure),
            person,
            delete_table: false,
        }
    }

    /// From here only.
    pub(super) const HERE: Self = Self {
        azure: None,
        person: None,
        delete_table: false,
    };
}

/// Removes a connection.
///
/// # Errors
/// [`Problem::Busy`]; whatever keeps Azure, keyring or store from working. What is left is removed by the same command.
pub async fn remove(
    ground: &Ground<'_>,
    connection: &Connection,
    extent: Extent,
    person: Option<&Azure>,
) -> Result<()> {
    let _lock = ground.lock(connection.id, connection.setup.name.as_str())?;
    let states = [
        ConnectionState::Connecting,
        ConnectionState::Ready,
        ConnectionState::Removing,
    ];
    let connection = ground.fresh(connection, &states)?;
    let all = Box::pin(all_of(ground, &connection, extent, person));
    ground
        .recorded(connection.id, RunKind::Remove, all, |()| json!({}))
        .await
}

async fn all_of(ground: &Ground<'_>, connection: &Connection, extent: Extent, person: Option<&Azure>) -> Result<()> {
    let azure = if extent == Extent::HereOnly || !is_in_azure(ground.store, connection)? {
        None
    } else {
        Some(open::azure(ground, connection).await?)
    };
    let delete_table = extent == Extent::AndTable;
    if let Some(azure) = azure.as_ref().filter(|_| delete_table) {
        undo::no_other_uses_the_table(azure, connection).await?;
    }
    ground.store.set_state(connection.id, ConnectionState::Removing)?;
    checkpoint("remove: intent recorded");
    let reach = Reach {
        azure: azure.as_ref(),
        person,
        delete_table,
    };
    take_away(ground, connection, reach).await?;
    secrets::sweep_orphans(ground.store, ground.vault).await.map(|_| ())
}

/// Whether anything of a connection can be in Azure: it is written there after its secrets come into use, and deleted there
/// before they go.
///
/// # Errors
/// The store's.
pub fn is_in_azure(store: &Store, connection: &Connection) -> Result<bool> {
    Ok(store.current_entry(connection.id, SecretKind::ClientSecret)?.is_some())
}

/// Takes away all there is, as far as it got.
pub(super) async fn take_away(ground: &Ground<'_>, connection: &Connection, reach: Reach<'_>) -> Result<()> {
    if let Some(azure) = reach.azure {
        undo::take_away(ground, azure, reach.person, connection, reach.delete_table).await?;
        (ground.tell)(Progress::Step(Step::DeleteGroups));
        delete_groups(ground, azure, connection, &|_| true).await?;
    }
    (ground.tell)(Progress::Step(Step::DeleteSecrets));
    secrets::delete_all(ground.store, ground.vault, connection.id).await?;
    checkpoint("remove: secrets deleted");
    (ground.tell)(Progress::Step(Step::ForgetConnection));
    ground.store.forget(connection.id, Utc::now())
}

/// Deletes what the connection wrote into the workspace, as far as it is to go.
pub(super) async fn delete_groups(
    ground: &Ground<'_>,
    azure: &Azure,
    connection: &Connection,
    goes: Goes<'_>,
) -> Result<()> {
    let workspace = &connection.setup.workspace;
    let mut ours: Vec<SavedSearch> = azure
        .saved_searches(workspace)
        .await?
        .into_iter()
        .filter(|search| group::is_ours(search, connection.id) && goes(search))
        .collect();
    // Groups, then parts, then the record: it must be the last to go, so that what is left is found again.
    ours.sort_by_key(|search| group::kind(search).unwrap_or(Kind::Part));
    let total = ours.len();
    for (done, search) in ours.iter().enumerate() {
        if ground.stop.is_cancelled() {
            let left = format!("{} saved searches of {}", total - done, connection.setup.name);
            return Err(Problem::Cancelled { partly: true, left }.into());
        }
        if group::kind(search) == Some(Kind::Record) {
            checkpoint("remove: groups deleted");
        }
        azure.delete_saved_search(workspace, &search.id).await?;
        checkpoint(if group::kind(search) == Some(Kind::Record) {
            "remove: record deleted"
        } else {
            "remove: group deleted"
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_a_function_whole_and_in_any_case() {
        let alias = "ConfigMgr_PS1_PS100016";
        assert!(names("Heartbeat | where Computer in (configmgr_ps1_ps100016)", alias));
        assert!(names("ConfigMgr_PS1_PS100016", alias));
        assert!(!names("ConfigMgr_PS1_PS100016_1f0e2d3c | count", alias));
        assert!(!names("MyConfigMgr_PS1_PS100016()", alias));
    }
}
