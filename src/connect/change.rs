//! Changing a connection that stands: name and description, which records count as members, which collections are published, and
//! whether schedules do.
//!
//! Nothing is published here; the next publication does that. Only what a person takes away goes at once: the choice first, then
//! what was published of it. A kill in between leaves groups of collections that are not chosen; the same command takes them.

use super::history::undo;
use super::{Ground, make, open, remove};
use crate::model::group::{self, Owner};
use crate::model::{
    CollectionId, Connection, ConnectionName, ConnectionState, DeviceCollection, MemberScope, Problem, Result,
    SavedSearch,
};
use crate::platform::stoppable;

/// Writes down what people say about a connection; asks nobody.
///
/// # Errors
/// [`Problem::Busy`]; the store's.
pub fn describe(ground: &Ground<'_>, connection: &Connection, text: &str) -> Result<Connection> {
    let _lock = ground.lock(connection.id, connection.setup.name.as_str())?;
    let mut connection = ground.fresh(connection, &[ConnectionState::Ready])?;
    text.trim().clone_into(&mut connection.setup.description);
    ground.store.update_connection(&connection)?;
    Ok(connection)
}

/// Gives a connection another name, here and in its record in the workspace. Groups and their function names stay.
///
/// # Errors
/// [`Problem::NameTaken`], [`Problem::Busy`]; whatever keeps Azure from writing the record: then it keeps its name.
pub async fn rename(ground: &Ground<'_>, connection: &Connection, name: &ConnectionName) -> Result<Connection> {
    let azure = open::azure(ground, connection).await?;
    let _lock = ground.lock(connection.id, connection.setup.name.as_str())?;
    let mut connection = ground.fresh(connection, &[ConnectionState::Ready])?;
    if ground
        .store
        .connection(name)?
        .is_some_and(|other| other.id != connection.id)
    {
        let name = name.to_string();
        return Err(Problem::NameTaken { name }.into());
    }
    connection.setup.name = name.clone();
    // First the record: should this be killed in between, the same command writes the same record again.
    make::keep_record(&azure, &connection, &owner(&connection)?, false).await?;
    ground.store.update_connection(&connection)?;
    Ok(connection)
}

/// Whose groups they are.
///
/// # Errors
/// [`Problem::Internal`] where the site is not known, which of a connection that stands it is.
pub fn owner(connection: &Connection) -> Result<Owner> {
    let Some(site) = &connection.site else {
        let what = "a connection that stands does not know its site".to_owned();
        return Err(Problem::Internal { what }.into());
    };
    Ok(Owner {
        connection: connection.id,
        site: site.code.clone(),
    })
}

/// Chooses which records count. Every collection is read again at the next publication, moved or not.
///
/// # Errors
/// [`Problem::Busy`]; the store's.
pub fn members(ground: &Ground<'_>, connection: &Connection, scope: MemberScope) -> Result<Connection> {
    let _lock = ground.lock(connection.id, connection.setup.name.as_str())?;
    let mut connection = ground.fresh(connection, &[ConnectionState::Ready])?;
    if connection.setup.members != scope {
        // First of all: should this be killed, a reading too many is better than one too few.
        ground.store.forget_readings(connection.id)?;
        connection.setup.members = scope;
        ground.store.update_connection(&connection)?;
    }
    Ok(connection)
}

/// Has schedules publish the connection, or not; what is published stays either way.
///
/// # Errors
/// [`Problem::Busy`]; the store's.
pub fn import(ground: &Ground<'_>, connection: &Connection, on: bool) -> Result<Connection> {
    let _lock = ground.lock(connection.id, connection.setup.name.as_str())?;
    let mut connection = ground.fresh(connection, &[ConnectionState::Ready])?;
    if connection.setup.import != on {
        connection.setup.import = on;
        ground.store.update_connection(&connection)?;
    }
    Ok(connection)
}

/// What came of choosing more collections.
#[derive(Debug)]
pub struct Added {
    /// The connection as it stands now.
    pub connection: Connection,
    /// What was chosen, as the site shows it.
    pub added: Vec<DeviceCollection>,
}

/// Chooses more collections, each of which the site must show. Those that are chosen already are passed over.
///
/// # Errors
/// [`Problem::Usage`] for one that the site does not show, [`Problem::NotADeviceCollection`]: then none is chosen.
/// [`Problem::Busy`]; whatever keeps the site from answering.
pub async fn add(ground: &Ground<'_>, connection: &Connection, ids: &[CollectionId]) -> Result<Added> {
    let mut found = shown(ground, connection, ids).await?;
    let _lock = ground.lock(connection.id, connection.setup.name.as_str())?;
    let mut connection = ground.fresh(connection, &[ConnectionState::Ready])?;
    let chosen = &mut connection.setup.collections;
    found.retain(|each| !chosen.contains(&each.id));
    chosen.extend(found.iter().map(|each| each.id.clone()));
    ground.store.update_connection(&connection)?;
    Ok(Added {
        connection,
        added: found,
    })
}

/// Collections as the site shows them, each once.
///
/// # Errors
/// As [`add`].
pub async fn shown(
    ground: &Ground<'_>,
    connection: &Connection,
    ids: &[CollectionId],
) -> Result<Vec<DeviceCollection>> {
    let site = open::site(ground, connection).await?;
    let mut found: Vec<DeviceCollection> = Vec::with_capacity(ids.len());
    for id in ids {
        match stoppable(ground.stop, site.collection(id)).await? {
            Some(_) if found.iter().any(|each| each.id == *id) => {}
            Some(collection) => found.push(collection),
            None => {
                let provider = &connection.setup.site.provider;
                let what = format!(
                    "the site at {provider} shows this account no collection {id}: asw collections NAME --all lists what it shows"
                );
                return Err(Problem::Usage { what }.into());
            }
        }
    }
    Ok(found)
}

/// Whether everything is one of the connection's collections: chosen, or taken away by a command that was ended half-way.
///
/// # Errors
/// [`Problem::Usage`] with the first that is not; the store's.
pub fn are_ours(ground: &Ground<'_>, connection: &Connection, ids: &[CollectionId]) -> Result<()> {
    let left = ground.store.groups(connection.id)?;
    let is_ours = |id: &CollectionId| {
        connection.setup.collections.contains(id) || left.iter().any(|state| state.collection == *id)
    };
    match ids.iter().find(|id| !is_ours(id)) {
        None => Ok(()),
        Some(id) => {
            let name = &connection.setup.name;
            let what = format!("{id} is not one of the collections of \"{name}\": asw collections NAME lists them");
            Err(Problem::Usage { what }.into())
        }
    }
}

/// Takes collections away, with what was published of them: history says that they are published no more, their groups go.
///
/// # Errors
/// As [`are_ours`]; [`Problem::Busy`]; whatever keeps Azure from working. What is left goes with the same command.
pub async fn remove(ground: &Ground<'_>, connection: &Connection, ids: &[CollectionId]) -> Result<Connection> {
    let azure = open::azure(ground, connection).await?;
    let _lock = ground.lock(connection.id, connection.setup.name.as_str())?;
    let mut connection = ground.fresh(connection, &[ConnectionState::Ready])?;
    are_ours(ground, &connection, ids)?;
    connection.setup.collections.retain(|id| !ids.contains(id));
    ground.store.update_connection(&connection)?;
    let goes = |id: &CollectionId| ids.contains(id);
    undo::say_goodbye(ground, &azure, &connection, &goes).await;
    remove::delete_groups(ground, &azure, &connection, &|search| is_of(search, ids)).await?;
    for id in ids {
        ground.store.drop_group(connection.id, id)?;
    }
    Ok(connection)
}

/// Whether a saved search is the group, or a part of the group, of one of these.
pub fn is_of(search: &SavedSearch, ids: &[CollectionId]) -> bool {
    group::collection(search).is_some_and(|id| ids.contains(&id))
}
