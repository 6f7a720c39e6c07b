//! What a run would write and remove, without writing anything: the same readings, compared with what stands in the workspace.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::protocol;
use super::write::Writer;
use crate::model::dry_run::{Beside, GroupWrite, ReadReason, RowsUp, Would};
use crate::model::group::{self, Owner};
use crate::model::membership::{Membership, TextNames};
use crate::model::rows::{self, Snapshot};
use crate::model::{DeviceCollection, Problem, Result, SavedSearch, standing};
use crate::store::GroupState;
use crate::store::roll::Roll;

/// What a dry run compares with.
pub struct DryRun<'a> {
    /// Whose groups.
    pub owner: &'a Owner,
    /// When the site listed its collections, by its clock.
    pub listed_at: DateTime<Utc>,
    /// Everything that stands in the workspace.
    pub standing: Vec<SavedSearch>,
    /// Whether memberships go up as rows too.
    pub keeps_rows: bool,
    /// The most bytes of JSON in one call.
    pub call_size: usize,
    /// Whether the run would be a full one.
    pub full: bool,
}

/// A membership that was read.
pub struct Found<'a> {
    /// The collection as the site lists it.
    pub listed: &'a DeviceCollection,
    /// Why it was read.
    pub why: ReadReason,
    /// What a group would be made of.
    pub membership: &'a Membership,
    /// The same for rows.
    pub members: &'a mut Roll,
    /// The group's function name.
    pub alias: &'a str,
    /// Whether the group says all that already.
    pub unchanged: bool,
}

impl DryRun<'_> {
    /// Whether a collection would be read for its rows.
    pub fn rows_are_due(&self, state: &GroupState, now: DateTime<Utc>) -> bool {
        self.keeps_rows && !protocol::is_fresh(state, now)
    }

    /// What would be done with a collection that is not read.
    pub fn unmoved(&self, state: &GroupState, listed: &DeviceCollection) -> Would {
        Would {
            rows: self.affirmed(state, listed),
            ..Would::default()
        }
    }

    /// What would be done with a collection that was read.
    ///
    /// # Errors
    /// [`Problem::TooManyParts`] where no history is kept; the store's.
    pub fn found(&self, state: &GroupState, found: Found<'_>, writer: &Writer<'_>) -> Result<Would> {
        let (why, hash) = (found.why, found.membership.hash(found.alias));
        let all_rows = self.full || !protocol::were_sent(state, &hash, Utc::now());
        let write = if found.unchanged && !self.full {
            None
        } else {
            Some(self.write(state, &found, writer)?)
        };
        let rows = if !self.keeps_rows {
            RowsUp::default()
        } else if all_rows {
            self.all_rows(state, found)?
        } else {
            self.affirmed(state, found.listed)
        };
        Ok(Would {
            read: Some(why),
            write,
            rows,
        })
    }

    fn write(&self, state: &GroupState, found: &Found<'_>, writer: &Writer<'_>) -> Result<GroupWrite> {
        let (membership, alias) = (found.membership, found.alias);
        let made = group::compose(self.owner, membership, alias, writer.limits()?);
        let too_many = |failure: &crate::model::Failure| matches!(failure.problem(), Problem::TooManyParts { .. });
        let (made, from_rows) = match made {
            Err(failure) if self.keeps_rows && too_many(&failure) => {
                (group::from_rows(self.owner, membership, alias), true)
            }
            made => (made?, false),
        };
        let connection = self.owner.connection;
        let now = standing::group_of(&self.standing, connection, &membership.collection);
        let names_now = now.and_then(|group| standing::members(group, &self.standing, connection));
        let counted = state.published.as_ref().map(|published| published.computers);
        let change = changes(names_now.as_ref(), &membership.names);
        Ok(GroupWrite {
            alias: alias.to_owned(),
            before: now.and(names_now.as_ref().map(BTreeSet::len).or(counted)),
            after: membership.computers,
            added: change.map(|(added, _)| added),
            removed: change.map(|(_, removed)| removed),
            texts: made.parts.len() + 1,
            deleted_parts: self.deleted(state, &made.generation),
            from_rows,
            awaits_rows: from_rows && !protocol::rows_are_seen(state),
        })
    }

    /// Parts that stand and that a run knows: those of the group that is replaced, and of a write that was interrupted.
    fn deleted(&self, state: &GroupState, generation: &str) -> Vec<String> {
        let mut known: Vec<Option<&str>> = state
            .pending
            .iter()
            .chain(&state.leftover)
            .map(|parts| Some(parts.generation.as_str()))
            .collect();
        known.extend(state.published.iter().map(|shown| Some(shown.generation.as_str())));
        let goes = |part: &&SavedSearch| {
            let of = group::generation(part);
            of.is_some() && of != Some(generation) && known.contains(&of)
        };
        standing::parts_of(&self.standing, self.owner.connection, &state.collection)
            .filter(goes)
            .map(|part| part.id.clone())
            .collect()
    }

    /// What a run would do beside its collections, of which all is known now.
    pub fn beside<'a>(&self, all: impl Iterator<Item = &'a Would>) -> Beside {
        let known: BTreeSet<&str> = all
            .filter_map(|would| would.write.as_ref())
            .flat_map(|write| write.deleted_parts.iter().map(String::as_str))
            .collect();
        let strays = protocol::strays(&self.standing, self.owner.connection, self.listed_at).into_iter();
        Beside {
            stray_parts: strays
                .filter(|part| !known.contains(part.id.as_str()))
                .map(|part| part.id.clone())
                .collect(),
            full: self.full,
        }
    }

    fn all_rows(&self, state: &GroupState, found: Found<'_>) -> Result<RowsUp> {
        let count = found.members.count;
        let snapshot = snapshot(state, found.listed, count, found.membership.as_of);
        let uploads = rows::Members::new(self.owner, &snapshot, Utc::now(), self.call_size);
        let mut up = self.marker(&snapshot);
        up.members = u64::try_from(count).unwrap_or(u64::MAX);
        for upload in rows::uploads(uploads, found.members.members()?) {
            up.bytes += length(&upload?);
            up.calls += 1;
        }
        Ok(up)
    }

    /// Another marker, where rows have gone up before.
    fn affirmed(&self, state: &GroupState, listed: &DeviceCollection) -> RowsUp {
        match &state.rows {
            Some(sent) if self.keeps_rows => {
                let count = usize::try_from(sent.rows).unwrap_or_default();
                self.marker(&snapshot(state, listed, count, sent.as_of))
            }
            _ => RowsUp::default(),
        }
    }

    fn marker(&self, snapshot: &Snapshot) -> RowsUp {
        RowsUp {
            members: 0,
            markers: 1,
            bytes: length(&rows::marker(self.owner, snapshot, Utc::now())),
            calls: 1,
        }
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// A snapshot as long as the one that would go up.
fn snapshot(state: &GroupState, listed: &DeviceCollection, count: usize, as_of: DateTime<Utc>) -> Snapshot {
    Snapshot {
        collection: state.collection.clone(),
        name: listed.name.clone(),
        path: listed.path.clone(),
        sync_id: Uuid::nil(),
        generation: as_of.timestamp_millis(),
        rows: i64::try_from(count).unwrap_or(i64::MAX),
        as_of,
        confirmed: state.confirmed,
        removed: false,
    }
}

/// How many names come, and how many go.
fn changes(now: Option<&BTreeSet<String>>, then: &TextNames) -> Option<(usize, usize)> {
    let TextNames::All(then) = then else { return None };
    let now = now?;
    let added = then.iter().filter(|name| !now.contains(*name)).count();
    let kept = then.len() - added;
    Some((added, now.len() - kept))
}
