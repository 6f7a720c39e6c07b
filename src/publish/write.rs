//! Putting a group into the workspace so that a reader sees the old one or the new one at every moment.
//!
//! The order of the steps, and what each of them decides, stands in [`super::protocol`]; here is what is asked and written.
//!
//! Azure saying "done" is not enough: every text is read back, sent a second time if it is not there, and reported if it is
//! still not there.

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::protocol::{self, Look, SWITCH, Switch};
use crate::azure::{Azure, Write};
use crate::model::group::{self, Composition, Limits, Owner};
use crate::model::membership::Membership;
use crate::model::plan::{Progress, Tell};
use crate::model::{CollectionId, Failure, Problem, Result, SavedSearch, WorkspaceId};
use crate::platform::checkpoint;
use crate::store::{GroupState, Pending, Published, Store};

/// Part writes under way at once.
const IN_FLIGHT: usize = 4;
/// Below this a workspace's limit is not halved any more: it is refusing for another reason.
const SHORTEST_TEXT: usize = 500;
/// Writes of one group: one that is accepted and not there is sent a second time.
const WRITES: usize = 2;
/// Looks at one group; others may write it meanwhile.
const LOOKS: usize = 5;

/// Where groups are written and who writes them.
pub struct Writer<'a> {
    /// The workspace's side.
    pub azure: &'a Azure,
    /// The workspace.
    pub workspace: &'a WorkspaceId,
    /// Our memory.
    pub store: &'a Store,
    /// Whose groups.
    pub owner: &'a Owner,
    /// Who hears how far it is.
    pub tell: &'a Tell,
    /// Asked between two writes.
    pub stop: &'a CancellationToken,
}

impl Writer<'_> {
    /// Writes a membership as a group and records it in `state`.
    ///
    /// # Errors
    /// [`Problem::TooManyParts`]; [`Problem::NotOurs`] where someone else's saved search has the group's ID;
    /// [`Problem::NotStored`] where Azure says "done" and does not keep it; [`Problem::Conflict`] where another machine has
    /// published a later reading; [`Problem::Cancelled`]; whatever keeps Azure or the store from working. The live group is whole
    /// in every case.
    pub async fn publish(&self, state: &mut GroupState, membership: &Membership, alias: &str) -> Result<usize> {
        loop {
            let limits = self.limits()?;
            let composition = group::compose(self.owner, membership, alias, limits)?;
            match self.put(state, &composition, membership, alias).await {
                Err(failure) if self.halved(&failure, limits)? => self.take_back(state).await?,
                outcome => return outcome.map(|()| composition.parts.len()),
            }
        }
    }

    /// Writes a membership as a group that is made from the rows of history, and records it in `state`. A query has seen them whole.
    ///
    /// # Errors
    /// As of [`Writer::publish`].
    pub async fn publish_from_rows(&self, state: &mut GroupState, membership: &Membership, alias: &str) -> Result<()> {
        let composition = group::from_rows(self.owner, membership, alias);
        self.put(state, &composition, membership, alias).await
    }

    /// How long a text this workspace takes, as far as it is known.
    ///
    /// # Errors
    /// `Database`.
    pub fn limits(&self) -> Result<Limits> {
        let default = Limits::default();
        let text = self.store.text_limit(self.workspace)?.unwrap_or(default.text);
        Ok(Limits { text, ..default })
    }

    /// Whether the workspace refused a text as too long and a shorter limit is now remembered for it.
    fn halved(&self, failure: &Failure, limits: Limits) -> Result<bool> {
        let Problem::TextTooLong { characters } = failure.problem() else {
            return Ok(false);
        };
        let shorter = limits.text.min(*characters) / 2;
        if shorter < SHORTEST_TEXT {
            return Ok(false);
        }
        // Another run may have learned more meanwhile: never guess upward.
        let known = self.limits()?.text;
        self.store.set_text_limit(self.workspace, shorter.min(known))?;
        Ok(true)
    }

    async fn put(&self, state: &mut GroupState, new: &Composition, membership: &Membership, alias: &str) -> Result<()> {
        let mut replaced = None;
        for step in SWITCH {
            match step {
                Switch::NotePending => {
                    protocol::begin(state, pending(new, membership));
                    self.save(state)?;
                    checkpoint("publish: pending recorded");
                }
                Switch::PutParts => {
                    self.put_parts(&state.collection, &new.parts).await?;
                    checkpoint("publish: parts written");
                }
                Switch::PutGroup => {
                    replaced = Box::pin(self.put_group(state, &new.group)).await?;
                    checkpoint("publish: group written");
                }
                Switch::NotePublished => {
                    protocol::switched(state, published(new, membership, alias), replaced.take());
                    self.save(state)?;
                }
                Switch::DeleteLeftover => {
                    for left in &state.leftover {
                        self.delete_parts(&state.collection, left).await?;
                    }
                    if !state.leftover.is_empty() {
                        checkpoint("publish: old parts deleted");
                    }
                }
                Switch::NoteClean => {
                    state.leftover.clear();
                    self.save(state)?;
                    checkpoint("publish: state stored");
                }
            }
        }
        Ok(())
    }

    /// Writes the group and sees that it stands. Answers the parts of the one that it took the place of.
    async fn put_group(&self, state: &GroupState, new: &SavedSearch) -> Result<Option<Pending>> {
        let (mut replaced, mut written) = (None, 0);
        // Where none of ours was ever seen, the first write is none over another: no need to look.
        let mut is_first = state.published.is_none();
        for _ in 0..LOOKS {
            let standing = match is_first {
                true => None,
                false => self.azure.saved_search(self.workspace, &new.id).await?,
            };
            is_first = false;
            let write = match protocol::look(state, self.owner.connection, new, standing.as_ref()) {
                Look::Stands => return Ok(replaced),
                Look::NotOurs => return Err(Problem::NotOurs { id: new.id.clone() }.into()),
                Look::Overtaken => break,
                Look::Write(_) if written == WRITES => {
                    let what = format!("the saved search \"{}\"", new.display_name);
                    return Err(Problem::NotStored { what }.into());
                }
                Look::Write(etag) => etag.map_or(Write::New, Write::IfMatch),
            };
            match self.azure.put_saved_search(self.workspace, new, write).await {
                Ok(_) => {
                    written += 1;
                    replaced = standing.as_ref().and_then(protocol::parts_of).or(replaced);
                }
                Err(failure) if matches!(failure.problem(), Problem::Conflict { .. }) => {}
                Err(failure) => return Err(failure),
            }
        }
        let what = format!("saved search {}", new.id);
        Err(Problem::Conflict { what }.into())
    }

    fn save(&self, state: &GroupState) -> Result<()> {
        self.store.put_group(self.owner.connection, state)
    }

    async fn put_parts(&self, collection: &CollectionId, parts: &[SavedSearch]) -> Result<()> {
        // A list of them first: a stream with a closure in it cannot be sent to another thread.
        let writes: Vec<_> = parts
            .iter()
            .enumerate()
            .map(|(index, part)| async move {
                if self.stop.is_cancelled() {
                    return Err(Problem::Cancelled {
                        partly: true,
                        left: collection.to_string(),
                    }
                    .into());
                }
                // Nobody else writes under this name, so overwriting it can only write the same again.
                self.keep(part, Write::Overwrite).await?;
                checkpoint("publish: part written");
                (self.tell)(Progress::Writing {
                    collection: collection.clone(),
                    part: index + 1,
                    parts: parts.len(),
                });
                Ok(())
            })
            .collect();
        stream::iter(writes).buffer_unordered(IN_FLIGHT).try_collect().await
    }

    async fn keep(&self, search: &SavedSearch, first: Write) -> Result<()> {
        let ours = |standing: &SavedSearch| group::is_ours(standing, self.owner.connection);
        self.azure.keep_saved_search(self.workspace, search, first, ours).await
    }

    /// Deletes what is left over of a switch that was made.
    ///
    /// # Errors
    /// Whatever keeps Azure or the store from working.
    pub async fn clear(&self, state: &mut GroupState) -> Result<()> {
        if !protocol::may_clear(state) {
            return Ok(());
        }
        for left in &state.leftover {
            self.delete_parts(&state.collection, left).await?;
        }
        state.leftover.clear();
        self.save(state)
    }

    /// Takes back the parts of a switch that was refused: no write of its group is under way.
    async fn take_back(&self, state: &mut GroupState) -> Result<()> {
        if let Some(pending) = state.pending.clone() {
            self.delete_parts(&state.collection, &pending).await?;
        }
        state.pending = None;
        self.save(state)
    }

    /// Deletes parts of ours that no group needs: what a request that was under way at a kill may have left. Asked for by a
    /// full run, since it lists the whole workspace. `now` is the site's: the parts tell their moment by its clock.
    ///
    /// # Errors
    /// Whatever keeps Azure from working.
    pub async fn sweep_parts(&self, now: DateTime<Utc>) -> Result<()> {
        let all = self.azure.saved_searches(self.workspace).await?;
        for part in protocol::strays(&all, self.owner.connection, now) {
            self.azure.delete_saved_search(self.workspace, &part.id).await?;
        }
        Ok(())
    }

    async fn delete_parts(&self, collection: &CollectionId, left: &Pending) -> Result<()> {
        for number in 1..=left.parts {
            let id = group::part_id(self.owner.connection, collection, &left.generation, number);
            self.azure.delete_saved_search(self.workspace, &id).await?;
        }
        Ok(())
    }
}

fn pending(new: &Composition, membership: &Membership) -> Pending {
    Pending {
        generation: new.generation.clone(),
        parts: new.parts.len(),
        computers: membership.computers,
    }
}

fn published(new: &Composition, membership: &Membership, alias: &str) -> Published {
    let now = Utc::now();
    Published {
        hash: membership.hash(alias),
        generation: new.generation.clone(),
        parts: new.parts.len(),
        as_of: membership.as_of,
        computers: membership.computers,
        sent_at: now,
        visible_at: Some(now),
    }
}
