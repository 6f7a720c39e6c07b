//! The site at this moment, beside what is published: its counts, and by name what a group lacks and has too much.

use std::collections::{BTreeSet, HashMap};

use super::customer;
use crate::azure::Azure;
use crate::configmgr::Site;
use crate::model::group_view::{Difference, SiteCount};
use crate::model::membership::TextNames;
use crate::model::plan::Tell;
use crate::model::{CollectionId, Connection, DeviceCollection, Problem, Result, group};
use crate::publish::names::Names;
use crate::publish::reading::{self, Proof};
use crate::store::{GroupState, Store};

/// What the site counts now of each chosen collection, by collection ID, beside what it counted when the published membership was read.
///
/// # Errors
/// Whatever keeps the site from answering; the store's.
pub async fn counts(site: &Site, store: &Store, connection: &Connection) -> Result<Vec<SiteCount>> {
    is_the_same(site, connection).await?;
    let listed = site.collections().await?;
    let states = store.groups(connection.id)?;
    let listed: HashMap<&CollectionId, &DeviceCollection> = listed.iter().map(|each| (&each.id, each)).collect();
    let states: HashMap<&CollectionId, &GroupState> = states.iter().map(|each| (&each.collection, each)).collect();
    let count = |id: &CollectionId| compared(id, listed.get(id).copied(), states.get(id).copied());
    let mut counts: Vec<SiteCount> = connection.setup.collections.iter().map(count).collect();
    counts.sort_by(|one, other| one.collection_id.cmp(&other.collection_id));
    Ok(counts)
}

/// An ID says nothing at another site.
async fn is_the_same(site: &Site, connection: &Connection) -> Result<()> {
    match &connection.site {
        Some(was) => was.must_be(&site.identify().await?.identity),
        None => Ok(()),
    }
}

fn compared(id: &CollectionId, now: Option<&DeviceCollection>, then: Option<&GroupState>) -> SiteCount {
    let then = then.filter(|state| state.published.is_some());
    let changed = now.zip(then).and_then(|(now, then)| {
        let counted = then.member_count?;
        Some(counted != now.member_count || then.last_member_change != now.last_member_change)
    });
    SiteCount {
        collection_id: id.clone(),
        members_now: now.map(|now| now.member_count),
        members_then: then.and_then(|then| then.member_count),
        last_member_change: now.and_then(|now| now.last_member_change),
        changed,
    }
}

/// Reads a collection at the site and its group in the workspace, and compares them name by name.
///
/// # Errors
/// [`Problem::ResourceNotFound`] where the site does not show the collection; whatever keeps site or workspace from answering.
pub async fn difference(
    (site, azure): (&Site, &Azure),
    store: &Store,
    connection: &Connection,
    (id, alias): (&CollectionId, &str),
    tell: &Tell,
) -> Result<Difference> {
    let not_there = || Problem::ResourceNotFound {
        what: format!("collection {id} at the site"),
    };
    is_the_same(site, connection).await?;
    let listed = site.collection(id).await?.ok_or_else(not_there)?;
    let mut names = Names::default();
    let scope = connection.setup.members;
    let reading = reading::read(site, &listed, scope, &mut names, store, tell).await?;
    let mut reading = reading.ok_or_else(not_there)?;
    let at_site: BTreeSet<String> = match reading.members.names(usize::MAX)? {
        TextNames::All(names) => names.into_iter().collect(),
        TextNames::TooLong { .. } => BTreeSet::new(), // no limit was given
    };
    let in_group = members(azure, connection, alias).await?;
    Ok(Difference {
        collection_id: id.clone(),
        read_at: reading.as_of,
        at_site: at_site.len(),
        in_group: in_group.len(),
        to_come: at_site.difference(&in_group).cloned().collect(),
        to_go: in_group.difference(&at_site).cloned().collect(),
        settled: reading.proof != Proof::None,
    })
}

async fn members(azure: &Azure, connection: &Connection, alias: &str) -> Result<BTreeSet<String>> {
    let customer = customer(azure, connection).await?;
    let table = super::batches::whole(azure, customer, &group::members_query(alias)).await?;
    let name = |row: &Vec<serde_json::Value>| row.first()?.as_str().map(str::to_owned);
    Ok(table.rows.iter().filter_map(name).collect())
}
