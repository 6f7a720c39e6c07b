//! One complete reading of one collection.
//!
//! Paging over a changing set is not a snapshot: one member missed and one added still make the right count. So a reading
//! counts as *settled* only when the collection looks the same before and after (count, time of the last change, at rest) and
//! as many distinct records came as the site counts, and every computer among them has its device, whose full name it goes
//! by: a listing of devices that ended early looks like devices that are not there. Two readings in a row that agree are a weaker proof; [`super::settle`]
//! says when it is enough.
//!
//! Memory: the members stand in a [`Roll`], which is bounded, and [`super::names`] says what
//! names take.

use chrono::{DateTime, Utc};

use super::names::Names;
use crate::configmgr::Site;
use crate::model::plan::{Progress, Tell};
use crate::model::{CollectionId, DeviceCollection, Member, MemberScope, MembershipRecord, Problem, Result};
use crate::store::Store;
use crate::store::roll::Roll;

/// Readings of one collection in one run, at the most.
const TRIES: usize = 3;

/// A membership as read. What may be published of it is decided by the run that knows the collection's past.
pub struct Reading {
    /// One member a computer name, sorted by it.
    pub members: Roll,
    /// Distinct records that they came from, non-computers included.
    pub records: usize,
    /// Members that the site shows no device for: they go by their NetBIOS names.
    pub unnamed: usize,
    /// The collection as it looked when the reading began.
    pub collection: DeviceCollection,
    /// When the reading began, by the site's clock where it tells it.
    pub as_of: DateTime<Utc>,
    /// What speaks for its being one moment's membership.
    pub proof: Proof,
}

/// What speaks for a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The collection was at rest, and as many records came as the site counts.
    Settled,
    /// The one before it gave the same computers, and it has as many records as the site has rows, though the collection counts
    /// otherwise or the site was still at work on it.
    Agreed,
    /// Nothing.
    None,
}

impl Reading {
    /// Whether the site says that there are members, and lists none: what lost rights look like.
    pub fn is_hollow(&self) -> bool {
        self.records == 0 && self.collection.member_count > 0
    }
}

/// Reads a collection until a reading is settled, or two agree, or the tries are used up.
///
/// # Errors
/// Whatever keeps the site from answering. A collection that is gone is `Ok(None)`.
pub async fn read(
    site: &Site,
    collection: &DeviceCollection,
    scope: MemberScope,
    names: &mut Names,
    store: &Store,
    tell: &Tell,
) -> Result<Option<Reading>> {
    let mut before = collection.clone();
    let mut previous: Option<Reading> = None;
    for _ in 0..TRIES {
        let as_of = site.server_time().unwrap_or_else(Utc::now);
        let (members, records, unnamed) = members(site, &before, scope, names, store, tell).await?;
        let Some(after) = site.collection(&collection.id).await? else {
            return Ok(None);
        };
        let counted = i64::try_from(records).is_ok_and(|records| records == after.member_count);
        let agreed = previous
            .as_ref()
            .is_some_and(|previous| previous.members.digest == members.digest);
        let proof = if unnamed > 0 {
            // Agreement proves no names: what was not shown once is not asked for again in a run.
            Proof::None
        } else if counted && after.is_settled_since(&before) {
            Proof::Settled
        } else if agreed && is_to_the_end(site, &collection.id, records).await? {
            Proof::Agreed
        } else {
            Proof::None
        };
        let reading = Reading {
            members,
            records,
            unnamed,
            collection: before,
            as_of,
            proof,
        };
        if proof != Proof::None {
            return Ok(Some(reading));
        }
        previous = Some(reading);
        before = after;
    }
    Ok(previous)
}

/// Whether a reading has all rows that the site has: two readings that end early at the same place agree as well. Where the
/// site does not take the question, nothing shows that it has.
async fn is_to_the_end(site: &Site, id: &CollectionId, records: usize) -> Result<bool> {
    Ok(site.member_rows(id).await? == Some(records))
}

/// The members of a collection, how many distinct records they came from, and how many of them have no device.
async fn members(
    site: &Site,
    collection: &DeviceCollection,
    scope: MemberScope,
    names: &mut Names,
    store: &Store,
    tell: &Tell,
) -> Result<(Roll, usize, usize)> {
    let mut members = store.roll();
    let mut unnamed = Vec::new();
    // Each record comes once. Counted before any is skipped: the site counts them all.
    let mut records = 0;
    site.members(&collection.id, |page| {
        records += page.len();
        for record in page {
            if record.is_computer() && scope.admits(&record) {
                match names.of(record.resource_id) {
                    Some((fqdn, entra_device_id)) => {
                        members.add(Member::new(&record, Some(fqdn), entra_device_id))?;
                    }
                    None => unnamed.push(record),
                }
            }
        }
        tell(Progress::Reading {
            collection: collection.id.clone(),
            name: collection.name.clone(),
            rows: records,
        });
        Ok(())
    })
    .await?;
    names
        .look_up(site, unnamed.iter().map(|record| record.resource_id), tell)
        .await?;
    for record in &unnamed {
        members.add(member(record, names))?;
    }
    unnamed.retain(|record| names.of(record.resource_id).is_none());
    let members = off_thread(move || members.finish()).await?;
    Ok((members, records, unnamed.len()))
}

/// Batches of a long membership are merged: that takes a while.
async fn off_thread(work: impl FnOnce() -> Result<Roll> + Send + 'static) -> Result<Roll> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        let what = "a reading could not be sorted".to_owned();
        Err(Problem::Internal { what }.into())
    })
}

fn member(record: &MembershipRecord, names: &Names) -> Member {
    let (fqdn, entra_device_id) = names.of(record.resource_id).unzip();
    Member::new(record, fqdn, entra_device_id.flatten())
}

/// Why a reading is not published, for the report.
pub fn not_settled(reading: &Reading) -> Problem {
    let why = match reading.unnamed {
        0 => format!(
            "the site counts {} members and listed {}",
            reading.collection.member_count, reading.records
        ),
        unnamed => format!(
            "the site listed {} members and shows no device for {unnamed} of them",
            reading.records
        ),
    };
    Problem::NotSettled {
        collection: reading.collection.id.clone(),
        why,
    }
}
