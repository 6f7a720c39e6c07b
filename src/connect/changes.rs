//! Changing a connection in several ways at once, as *Properties* does: what that will do in Azure, then one change after the other.
//!
//! What asks nobody comes first, what takes something away last: where one fails, those before it are made and stay, and the ones
//! after it are left.

use super::history::switch;
use super::rights::Aid;
use super::{Ground, change, open, readiness, remove};
use crate::azure::Azure;
use crate::model::changes::{Changes, GroupToCome, HistoryToCome, Preview};
use crate::model::group::{self, Owner};
use crate::model::plan::{Progress, Step};
use crate::model::removal::RemovalInventory;
use crate::model::{Connection, DeviceCollection, Failure, History, Result, SavedSearch, Warning};

/// What has come of it.
pub struct Made {
    /// The connection as it stands now.
    pub connection: Connection,
    /// The changes that were made.
    pub done: Changes,
    /// What a person should know.
    pub warnings: Vec<Warning>,
    /// Why the rest was not made.
    pub failure: Option<Failure>,
}

/// What changes would do in Azure. Changes nothing.
///
/// # Errors
/// As [`change::add`] for a collection that the site does not show; whatever keeps site or Azure from answering.
pub async fn preview(
    ground: &Ground<'_>,
    connection: &Connection,
    changes: &Changes,
    person: Option<&Azure>,
) -> Result<Preview> {
    let shown = if changes.add.is_empty() {
        Vec::new()
    } else {
        (ground.tell)(Progress::Step(Step::FindCollections));
        change::shown(ground, connection, &changes.add).await?
    };
    (ground.tell)(Progress::Step(Step::ReadWorkspace));
    let azure = open::azure(ground, connection).await?;
    Ok(Preview {
        appear: to_come(&azure, connection, shown).await?,
        removes: !changes.remove.is_empty(),
        removal: match changes.remove.as_slice() {
            [] => RemovalInventory::default(),
            ids => remove::inventory_of(&azure, connection, ids).await?,
        },
        history: match changes.history {
            Some(wanted) => history(ground, &azure, connection, wanted, person).await?,
            None => None,
        },
    })
}

/// The groups of collections that have none yet.
async fn to_come(azure: &Azure, connection: &Connection, shown: Vec<DeviceCollection>) -> Result<Vec<GroupToCome>> {
    if shown.is_empty() {
        return Ok(Vec::new());
    }
    let owner = change::owner(connection)?;
    let standing = azure.saved_searches(&connection.setup.workspace).await?;
    let come = shown.into_iter().map(|each| GroupToCome {
        alias: alias(&owner, &each, &standing),
        members: each.member_count,
        name: each.name,
        id: each.id,
    });
    Ok(come.collect())
}

fn alias(owner: &Owner, collection: &DeviceCollection, standing: &[SavedSearch]) -> String {
    group::alias(owner, &collection.id, |alias| group::is_taken(standing, owner, alias))
}

async fn history(
    ground: &Ground<'_>,
    azure: &Azure,
    connection: &Connection,
    wanted: bool,
    person: Option<&Azure>,
) -> Result<Option<HistoryToCome>> {
    if !wanted {
        let rule = connection.history.as_ref().map(|place| place.rule.clone());
        return Ok(rule.map(|rule| HistoryToCome::Deleted { rule }));
    }
    let (workspace, group) = (&connection.setup.workspace, connection.setup.rule_group());
    let aid = Aid::of(connection.history.as_ref(), person);
    let seen = readiness::with_history(azure, workspace, &group, History::On, aid, ground.tell).await;
    let checks = seen.all().cloned().collect();
    Ok(Some(HistoryToCome::Made { group, checks }))
}

/// Makes changes, one after the other, until one fails or a person stops it. Answers how far it came, whatever came of it.
pub async fn make(ground: &Ground<'_>, connection: &Connection, wanted: &Changes, person: Option<&Azure>) -> Made {
    let mut made = Made {
        connection: connection.clone(),
        done: Changes::default(),
        warnings: Vec::new(),
        failure: None,
    };
    made.failure = make_each(ground, &mut made, wanted, person).await.err();
    made
}

async fn make_each(ground: &Ground<'_>, made: &mut Made, wanted: &Changes, person: Option<&Azure>) -> Result<()> {
    if let Some(text) = &wanted.description {
        made.connection = change::describe(ground, &made.connection, text)?;
        made.done.description = Some(text.clone());
    }
    if let Some(on) = wanted.import {
        made.connection = change::import(ground, &made.connection, on)?;
        made.done.import = Some(on);
    }
    if let Some(scope) = wanted.members {
        made.connection = change::members(ground, &made.connection, scope)?;
        made.done.members = Some(scope);
    }
    if let Some(name) = &wanted.name {
        go_on(ground, made)?;
        (ground.tell)(Progress::Step(Step::WriteRecord));
        made.connection = change::rename(ground, &made.connection, name).await?;
        made.done.name = Some(name.clone());
    }
    if !wanted.add.is_empty() {
        go_on(ground, made)?;
        (ground.tell)(Progress::Step(Step::FindCollections));
        made.connection = change::add(ground, &made.connection, &wanted.add).await?.connection;
        made.done.add.clone_from(&wanted.add);
    }
    if let Some(on) = wanted.history {
        go_on(ground, made)?;
        let wanted = if on { History::On } else { History::Off };
        let switched = switch::switch(ground, &made.connection, wanted, person).await?;
        made.connection = switched.connection;
        made.warnings.extend(switched.warnings);
        made.done.history = Some(on);
    }
    if !wanted.remove.is_empty() {
        go_on(ground, made)?;
        (ground.tell)(Progress::Step(Step::DeleteGroups));
        made.connection = change::remove(ground, &made.connection, &wanted.remove).await?;
        made.done.remove.clone_from(&wanted.remove);
    }
    Ok(())
}

/// Between two changes is a safe point.
fn go_on(ground: &Ground<'_>, made: &Made) -> Result<()> {
    ground.cancelled(!made.done.is_none(), "the changes that were not made yet")
}
