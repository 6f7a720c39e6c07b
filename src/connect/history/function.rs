//! The function that reads the table: one a workspace, shared by all connections.

use super::{Notes, Work};
use crate::azure::{Azure, Write};
use crate::model::history::{FUNCTION, Made};
use crate::model::plan::{Progress, Step};
use crate::model::{ConnectionId, Problem, Result, SavedSearch, WorkspaceId, group, reader};
use crate::platform::checkpoint;

/// Makes sure that it stands, in the newest form.
pub(super) async fn ensure(work: &Work<'_>, notes: &mut Notes<'_>) -> Result<()> {
    (work.ground.tell)(Progress::Step(Step::WriteFunction));
    let wanted = reader::function();
    let all = work.azure.saved_searches(work.workspace()).await?;
    if let Some(taken) = all.iter().find(|search| is_in_the_way(search)) {
        return Err(Problem::NotOurs { id: taken.id.clone() }.into());
    }
    let first = match all.iter().find(|search| reader::is_ours(search)) {
        Some(standing) if standing.query == wanted.query && standing.alias == wanted.alias => return Ok(()),
        Some(_) => Write::Overwrite,
        None => {
            notes.note(Made::Function {
                workspace: work.workspace().clone(),
            })?;
            Write::New
        }
    };
    work.azure
        .keep_saved_search(work.workspace(), &wanted, first, reader::is_ours)
        .await?;
    checkpoint("history: function written");
    Ok(())
}

/// Somebody else's saved search with the function's name, or under its ID.
fn is_in_the_way(search: &SavedSearch) -> bool {
    let named = search
        .alias
        .as_deref()
        .is_some_and(|alias| alias.eq_ignore_ascii_case(FUNCTION));
    (named || search.id.eq_ignore_ascii_case(reader::ID)) && !reader::is_ours(search)
}

/// Deletes it, unless another connection with history is in the workspace.
pub(super) async fn delete(azure: &Azure, workspace: &WorkspaceId, connection: ConnectionId) -> Result<()> {
    let all = azure.saved_searches(workspace).await?;
    let stands = all.iter().any(reader::is_ours);
    if stands && others(&all, connection).is_empty() {
        azure.delete_saved_search(workspace, reader::ID).await?;
    }
    Ok(())
}

/// Names of other connections that have history in a workspace, as its saved searches tell.
pub(super) fn others(all: &[SavedSearch], connection: ConnectionId) -> Vec<String> {
    all.iter()
        .filter(|search| group::kind(search) == Some(group::Kind::Record) && group::rule(search).is_some())
        .filter(|search| group::owner(search).is_some_and(|owner| owner.connection != connection))
        .map(|search| group::connection_name(search).unwrap_or_else(|| search.display_name.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::group::Owner;
    use crate::model::history::rule_id;

    #[test]
    fn the_name_in_any_case_is_in_the_way_of_ours_only_where_it_is_not_ours() {
        let ours = reader::function();
        assert!(!is_in_the_way(&ours));
        let theirs = SavedSearch {
            id: "mine".into(),
            alias: Some(FUNCTION.to_uppercase()),
            ..ours.clone()
        };
        assert!(is_in_the_way(&theirs));
        assert!(is_in_the_way(&SavedSearch {
            tags: Vec::new(),
            alias: None,
            ..ours
        }));
    }

    #[test]
    fn other_connections_with_history_are_seen_by_their_records() {
        let owner = |id: &str| Owner {
            connection: id.parse().unwrap(),
            site: "PS1".parse().unwrap(),
        };
        let ours = owner("1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
        let theirs = owner("2f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
        let resource_group = "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resourceGroups/rg";
        let rule = |owner: &Owner| rule_id(&resource_group.parse().unwrap(), owner.connection).unwrap();
        let all = [
            group::record(&ours, "Ours", Some(&rule(&ours))),
            group::record(&theirs, "Theirs", Some(&rule(&theirs))),
            group::record(&owner("3f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"), "Groups only", None),
        ];
        assert_eq!(others(&all, ours.connection), ["Theirs"]);
    }
}
