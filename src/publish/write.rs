//! Putting a group into the workspace so that a reader sees the old one or the new one at every moment.
//!
//! Order: the parts of the new generation, then the group (one write switches it), then the old parts go. What is under way
//! stands in the store before the first write, so that the next run can clear what a kill left over. Which generation is
//! live after a kill is asked of the workspace, not remembered.
//!
//! Azure saying "done" is not enough: every text is read back, sent a second time if it is not there, and reported if it is
//! still not there.

use chrono::Utc;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio_util::sync::CancellationToken;

use crate::azure::{Azure, Write};
use crate::model::group::{self, Composition, FROM_ROWS, Limits, Owner};
use crate::model::membership::Membership;
use crate::model::plan::{Progress, Tell};
use crate::model::standing;
use crate::model::{CollectionId, Failure, Problem, Result, SavedSearch, WorkspaceId};
use crate::platform::checkpoint;
use crate::store::{GroupState, Pending, Published, Store};

/// Part writes under way at once.
const IN_FLIGHT: usize = 4;
/// Below this a workspace's limit is not halved any more: it is refusing for another reason.
const SHORTEST_TEXT: usize = 500;

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
    /// [`Problem::NotStored`] where Azure says "done" and does not keep it; [`Problem::Cancelled`]; whatever keeps Azure or the
    /// store from working. The live group is whole in every case.
    pub async fn publish(&self, state: &mut GroupState, membership: &Membership, alias: &str) -> Result<usize> {
        loop {
            let limits = self.limits()?;
            let composition = group::compose(self.owner, membership, alias, limits)?;
            match self.put(state, &composition, membership, alias).await {
                Err(failure) if self.halved(&failure, limits)? => self.clear(state).await?,
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
        state.pending = Some(Pending {
            generation: new.generation.clone(),
            parts: new.parts.len(),
            computers: membership.computers,
        });
        if new.generation != FROM_ROWS {
            state.before_text = state.generation;
        }
        self.save(state)?;
        checkpoint("publish: pending recorded");
        self.put_parts(&state.collection, &new.parts).await?;
        checkpoint("publish: parts written");
        // Once it was seen to be ours it may be overwritten; before that, never.
        let first = if state.published.is_some() {
            Write::Overwrite
        } else {
            Write::New
        };
        self.keep(&new.group, first).await?;
        checkpoint("publish: group written");
        let sent_at = Utc::now();
        let old = state.published.replace(Published {
            hash: membership.hash(alias),
            generation: new.generation.clone(),
            parts: new.parts.len(),
            as_of: membership.as_of,
            computers: membership.computers,
            sent_at,
            visible_at: Some(Utc::now()),
        });
        // From here on the old generation is what is left over.
        state.pending = old
            .filter(|old| old.generation != new.generation && old.parts > 0)
            .map(|old| Pending {
                generation: old.generation,
                parts: old.parts,
                computers: old.computers,
            });
        self.save(state)?;
        if let Some(old) = state.pending.take() {
            self.delete_parts(&state.collection, &old.generation, old.parts).await?;
            checkpoint("publish: old parts deleted");
            self.save(state)?;
        }
        checkpoint("publish: state stored");
        Ok(())
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
                // A part is named after its content, so overwriting one can only write the same again.
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

    /// Clears what an earlier, interrupted write of this collection left over. Does nothing where nothing was under way.
    ///
    /// # Errors
    /// Whatever keeps Azure or the store from working.
    pub async fn clear(&self, state: &mut GroupState) -> Result<()> {
        let Some(pending) = state.pending.clone() else {
            return Ok(());
        };
        let id = group::group_id(self.owner.connection, &state.collection);
        let standing = self.azure.saved_search(self.workspace, &id).await?;
        let is_live = |generation: &str| standing.as_ref().is_some_and(|group| group::shows(group, generation));
        let known = state
            .published
            .as_ref()
            .map(|published| (published.generation.clone(), published.parts));
        for (generation, parts) in [Some((pending.generation.clone(), pending.parts)), known]
            .into_iter()
            .flatten()
        {
            if !is_live(&generation) {
                self.delete_parts(&state.collection, &generation, parts).await?;
            }
        }
        if !state
            .published
            .as_ref()
            .is_some_and(|published| is_live(&published.generation))
        {
            // The group was switched before we could note it, or it is gone. An empty hash makes the next write happen;
            // the parts of the live generation must be known to be cleared after it.
            let switched = standing.filter(|group| group::shows(group, &pending.generation));
            state.published = switched.map(|group| Published {
                hash: String::new(),
                generation: pending.generation,
                parts: pending.parts,
                as_of: group::as_of(&group).unwrap_or_default(),
                computers: pending.computers,
                sent_at: Utc::now(),
                visible_at: None,
            });
        }
        state.pending = None;
        self.save(state)
    }

    /// Deletes parts of ours that no group needs: what a request that was under way at a kill may have left. Asked for by a
    /// full run, since it lists the whole workspace.
    ///
    /// # Errors
    /// Whatever keeps Azure from working.
    pub async fn sweep_parts(&self) -> Result<()> {
        let all = self.azure.saved_searches(self.workspace).await?;
        for part in standing::strays(&all, self.owner.connection) {
            self.azure.delete_saved_search(self.workspace, &part.id).await?;
        }
        Ok(())
    }

    async fn delete_parts(&self, collection: &CollectionId, generation: &str, parts: usize) -> Result<()> {
        for number in 1..=parts {
            let id = group::part_id(self.owner.connection, collection, generation, number);
            self.azure.delete_saved_search(self.workspace, &id).await?;
        }
        Ok(())
    }
}
