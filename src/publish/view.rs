//! The computer groups as the workspace answers them, not as we remember them.

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::azure::Azure;
use crate::model::group::{self, Kind};
use crate::model::report::Group;
use crate::model::{CollectionId, Connection, CustomerId, Problem, Result, SavedSearch};

/// Queries under way at once; Azure allows five.
const IN_FLIGHT: usize = 4;

/// Which groups, and whether with their members.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only this collection's group.
    pub only: Option<CollectionId>,
    /// With the names of the computers.
    pub members: bool,
}

/// Asks the workspace for the groups of a connection: which there are, and what each answers as a function.
///
/// # Errors
/// Whatever keeps Azure from answering; [`Problem::ResourceNotFound`] where the selected group is not there.
pub async fn groups(azure: &Azure, connection: &Connection, selection: &Selection) -> Result<Vec<Group>> {
    let workspace = &connection.setup.workspace;
    let customer = match connection
        .workspace
        .as_ref()
        .and_then(|workspace| workspace.customer_id)
    {
        Some(customer) => customer,
        None => azure
            .workspace(workspace)
            .await?
            .customer_id
            .ok_or_else(|| Problem::ResourceNotFound {
                what: format!("the workspace ID of {}", workspace.name()),
            })?,
    };
    let mut standing: Vec<(CollectionId, SavedSearch)> = azure
        .saved_searches(workspace)
        .await?
        .into_iter()
        .filter(|search| group::is_ours(search, connection.id) && group::kind(search) == Some(Kind::Group))
        .filter_map(|search| group::collection(&search).map(|id| (id, search)))
        .filter(|(id, _)| selection.only.as_ref().is_none_or(|only| only == id))
        .collect();
    if let Some(only) = selection.only.as_ref().filter(|_| standing.is_empty()) {
        return Err(Problem::ResourceNotFound {
            what: format!("the computer group of collection {only}"),
        }
        .into());
    }
    standing.sort_by(|(one, _), (other, _)| one.cmp(other));
    stream::iter(standing)
        .map(|(id, search)| answer(azure, customer, id, search, selection.members))
        .buffered(IN_FLIGHT)
        .try_collect()
        .await
}

async fn answer(
    azure: &Azure,
    customer: CustomerId,
    id: CollectionId,
    search: SavedSearch,
    members: bool,
) -> Result<Group> {
    let alias = search.alias.clone().unwrap_or_default();
    let query = if members {
        group::members_query(&alias)
    } else {
        group::count_query(&alias)
    };
    let table = azure.query(customer, &query, None).await?;
    if let Some(message) = table.partial {
        return Err(Problem::QueryRefused { message }.into()); // part of a membership is no membership
    }
    let (count, computers) = if members {
        let mut names: Vec<String> = table
            .rows
            .iter()
            .filter_map(|row| row.first()?.as_str().map(str::to_owned))
            .collect();
        names.sort_by_cached_key(|name| (name.to_lowercase(), name.clone()));
        (names.len(), Some(names))
    } else {
        let cell = table.rows.first().and_then(|row| row.first()?.as_u64());
        let unreadable = || Problem::NotUnderstood {
            host: "The workspace".to_owned(),
            expected: format!("the number of computers in {alias}"),
        };
        let count = cell
            .and_then(|cell| usize::try_from(cell).ok())
            .ok_or_else(unreadable)?;
        (count, None)
    };
    Ok(Group {
        name: group::name_of(&search, &id),
        as_of: group::as_of(&search),
        collection_id: id,
        alias,
        count,
        computers,
    })
}
