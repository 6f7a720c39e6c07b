//! The computer groups of a connection: with their numbers, or with all their members.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::batches::{IN_FLIGHT, ask};
use super::cells::Cells;
use super::{computers, customer};
use crate::azure::Azure;
use crate::azure::Table;
use crate::model::group::{self, Kind};
use crate::model::group_query::{self, Called};
use crate::model::group_view::{GroupSeen, GroupsSeen};
use crate::model::report::Group;
use crate::model::{CollectionId, Connection, CustomerId, Problem, Result, SavedSearch};

/// The groups that stand in the workspace, by collection ID.
///
/// # Errors
/// Whatever keeps Azure from answering.
pub async fn standing(azure: &Azure, connection: &Connection) -> Result<Vec<(CollectionId, SavedSearch)>> {
    let mut standing: Vec<(CollectionId, SavedSearch)> = azure
        .saved_searches(&connection.setup.workspace)
        .await?
        .into_iter()
        .filter(|search| group::is_ours(search, connection.id) && group::kind(search) == Some(Kind::Group))
        .filter_map(|search| group::collection(&search).map(|id| (id, search)))
        .collect();
    standing.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(standing)
}

/// All groups of a connection with their numbers, each as its function answers it. A group that cannot be asked says why.
///
/// # Errors
/// Whatever keeps Azure from answering at all.
pub async fn seen(azure: &Azure, connection: &Connection) -> Result<GroupsSeen> {
    let standing = standing(azure, connection).await?;
    let called: Vec<Called> = standing.iter().map(called).collect();
    let customer = customer(azure, connection).await?;
    let counts = ask(azure, customer, &called, group_query::counts, read, &0).await?;
    let computers = computers::counted(azure, connection, &called).await;
    let mut seen = without_numbers(&standing);
    for (group, (_, count)) in seen.groups.iter_mut().zip(counts) {
        group.count = count;
    }
    Ok(GroupsSeen { computers, ..seen })
}

/// The same without asking how many there are: all numbers are 0.
pub fn without_numbers(standing: &[(CollectionId, SavedSearch)]) -> GroupsSeen {
    let group = |(id, search): &(CollectionId, SavedSearch)| GroupSeen {
        collection: id.clone(),
        name: group::name_of(search, id),
        alias: search.alias.clone().unwrap_or_default(),
        as_of: group::as_of(search),
        count: Ok(0),
    };
    GroupsSeen {
        groups: standing.iter().map(group).collect(),
        computers: Ok(0),
    }
}

/// A group that stands, as queries call it.
pub fn called((id, search): &(CollectionId, SavedSearch)) -> Called {
    Called {
        collection: id.clone(),
        alias: search.alias.clone().unwrap_or_default(),
    }
}

fn read(table: &Table) -> Result<Vec<(CollectionId, usize)>> {
    let cells = Cells::of(table, "the number of computers of each group");
    cells
        .rows()
        .map(|row| Ok((cells.collection(row, "CollectionId")?, cells.count(row, "Computers")?)))
        .collect()
}

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
    let customer = customer(azure, connection).await?;
    let mut standing = standing(azure, connection).await?;
    standing.retain(|(id, _)| selection.only.as_ref().is_none_or(|only| only == id));
    if let Some(only) = selection.only.as_ref().filter(|_| standing.is_empty()) {
        return Err(Problem::ResourceNotFound {
            what: format!("the computer group of collection {only}"),
        }
        .into());
    }
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
