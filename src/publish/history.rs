//! Rows of history: after a group is published, its members and a marker go up; an unchanged membership gets another marker, and
//! all of its rows again from time to time.
//!
//! Whether what was taken has been stored is asked by the next run ([`super::arrival`]). After a kill the next run sends all of it
//! again under another name, which readers tell apart. A failure of rows never fails a group.
//!
//! Memory: [`IN_FLIGHT`] uploads, however many members there are.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};
use uuid::Uuid;

use crate::azure::{Azure, MOST_BYTES, SMALLEST_CALL};
use crate::model::dry_run::RowsUp;
use crate::model::group::Owner;
use crate::model::rows::{self, Snapshot};
use crate::model::{Connection, DeviceCollection, HistoryPlace, Problem, Result, Warning, WorkspaceId};
use crate::platform::checkpoint;
use crate::store::roll::Roll;
use crate::store::{GroupState, SentRows, Store};

/// All rows go up again after this long: a snapshot must not become older than readers look back.
const LONGEST_UNSENT: TimeDelta = TimeDelta::hours(20);

/// Uploads under way at once.
const IN_FLIGHT: usize = 3;

/// Sends the rows of one run.
pub struct Rows<'a> {
    azure: &'a Azure,
    store: &'a Store,
    owner: &'a Owner,
    place: HistoryPlace,
    workspace: &'a WorkspaceId,
    /// The most bytes of JSON in one call.
    most: usize,
    /// Rows get in through a private link only.
    is_private: bool,
    /// What Azure has taken in this run.
    pub sent: RowsUp,
    /// Why the rest of the run sends no more rows.
    ended: Option<Warning>,
}

/// A membership as its rows show it.
pub struct Sending<'a> {
    /// The collection as the site lists it.
    pub listed: &'a DeviceCollection,
    /// Its members.
    pub members: &'a mut Roll,
    /// The moment that they are true for, by the site's clock.
    pub as_of: DateTime<Utc>,
    /// The hash of the group that shows them.
    pub hash: String,
}

impl<'a> Rows<'a> {
    /// The rows of a connection; `None` where it keeps no history.
    ///
    /// # Errors
    /// `Database`.
    pub fn of(
        connection: &'a Connection,
        azure: &'a Azure,
        store: &'a Store,
        owner: &'a Owner,
    ) -> Result<Option<Self>> {
        let Some(place) = connection.history.clone() else {
            return Ok(None);
        };
        Ok(Some(Self {
            azure,
            store,
            owner,
            place,
            workspace: &connection.setup.workspace,
            most: store.most_bytes(connection, MOST_BYTES)?,
            is_private: connection
                .workspace
                .as_ref()
                .is_some_and(|workspace| workspace.public_ingestion == Some(false)),
            sent: RowsUp::default(),
            ended: None,
        }))
    }

    /// Whether a collection must be read for its rows, though its group needs no writing.
    pub fn are_due(&self, state: &GroupState, now: DateTime<Utc>) -> bool {
        self.ended.is_none() && !is_fresh(state, now)
    }

    /// Whether this run sends no more rows.
    pub const fn have_failed(&self) -> bool {
        self.ended.is_some()
    }

    /// Sends all rows of a membership, then its marker.
    pub async fn send(&mut self, state: &mut GroupState, sending: Sending<'_>) {
        if self.ended.is_some() {
            return;
        }
        let now = Utc::now();
        let Some(generation) = self.next_generation(state, sending.as_of) else {
            return;
        };
        let snapshot = Snapshot {
            collection: state.collection.clone(),
            name: sending.listed.name.clone(),
            path: sending.listed.path.clone(),
            sync_id: Uuid::new_v4(),
            generation,
            rows: i64::try_from(sending.members.count).unwrap_or(i64::MAX),
            as_of: sending.as_of,
            confirmed: state.confirmed,
            removed: false,
        };
        match self.upload(&snapshot, sending.members, now).await {
            Ok(()) => {
                state.rows = Some(SentRows {
                    sync_id: snapshot.sync_id,
                    generation: snapshot.generation,
                    rows: snapshot.rows,
                    hash: sending.hash,
                    as_of: snapshot.as_of,
                    sent_at: now,
                    seen_at: None,
                });
            }
            Err(failure) => self.end(failure.problem()),
        }
    }

    /// Sends another marker for rows that went up before: the membership is still so.
    pub async fn affirm(&mut self, state: &mut GroupState, listed: &DeviceCollection, now: DateTime<Utc>) {
        if state.rows.is_none() || self.ended.is_some() {
            return;
        }
        let Some(generation) = self.next_generation(state, now) else {
            return;
        };
        let confirmed = state.confirmed;
        let Some(sent) = &mut state.rows else { return };
        let snapshot = Snapshot {
            collection: state.collection.clone(),
            name: listed.name.clone(),
            path: listed.path.clone(),
            sync_id: sent.sync_id,
            generation,
            rows: sent.rows,
            as_of: sent.as_of,
            confirmed,
            removed: false,
        };
        match self.put(rows::marker(self.owner, &snapshot, Utc::now())).await {
            Ok(()) => sent.generation = snapshot.generation,
            Err(failure) => self.end(failure.problem()),
        }
    }

    /// A generation that no marker of the collection has had, noted as given; `None` where that cannot be noted.
    fn next_generation(&mut self, state: &mut GroupState, at: DateTime<Utc>) -> Option<i64> {
        let sent = state.rows.as_ref().map(|sent| sent.generation);
        let generation = after(state.generation.max(sent), at);
        state.generation = Some(generation);
        let noted = self
            .store
            .give_generation(self.owner.connection, &state.collection, generation);
        match noted {
            Ok(()) => Some(generation),
            Err(failure) => {
                self.end(failure.problem());
                None
            }
        }
    }

    /// Uploads all of it; anew in smaller calls where one was refused as too large. Rows that were taken before that go up twice, with
    /// the same numbers: readers count each once.
    async fn upload(&mut self, snapshot: &Snapshot, members: &mut Roll, now: DateTime<Utc>) -> Result<()> {
        loop {
            match self.upload_once(snapshot, members, now).await {
                Err(failure) if self.halved(failure.problem())? => {}
                outcome => return outcome,
            }
        }
    }

    /// Whether a call was refused as too large, and smaller ones are made from now on: that is remembered for the workspace.
    fn halved(&mut self, problem: &Problem) -> Result<bool> {
        let Problem::UploadTooLarge { bytes } = problem else {
            return Ok(false);
        };
        let smaller = self.most.min(*bytes) / 2;
        if smaller < SMALLEST_CALL {
            return Ok(false);
        }
        tracing::warn!(bytes, smaller, "an upload was refused as too large");
        self.store.learn_upload_limit(self.workspace, smaller)?;
        self.most = smaller;
        Ok(true)
    }

    async fn upload_once(&mut self, snapshot: &Snapshot, members: &mut Roll, now: DateTime<Utc>) -> Result<()> {
        let rows = rows::Members::new(self.owner, snapshot, now, self.most);
        let (azure, place) = (self.azure, self.place.clone());
        let place = &place;
        let calls = rows::uploads(rows, members.members()?).map(|upload| async move {
            let upload = upload?;
            let weight = rows::weigh(&upload);
            azure.upload(place, Bytes::from(upload)).await.map(|()| weight)
        });
        let mut taken = stream::iter(calls).buffer_unordered(IN_FLIGHT);
        while let Some(outcome) = taken.next().await {
            self.sent = self.sent.and(outcome?);
            checkpoint("rows: some taken");
            self.prove()?;
        }
        // The marker last: until it has arrived no reader looks at the rows.
        self.put(rows::marker(self.owner, snapshot, now)).await?;
        checkpoint("rows: marker taken");
        Ok(())
    }

    async fn put(&mut self, upload: Vec<u8>) -> Result<()> {
        let weight = rows::weigh(&upload);
        self.azure.upload(&self.place, Bytes::from(upload)).await?;
        self.sent = self.sent.and(weight);
        self.prove()
    }

    /// Notes, once, that rows are taken there.
    fn prove(&mut self) -> Result<()> {
        if !self.place.proven {
            self.place.proven = true;
            self.store.set_history(self.owner.connection, Some(&self.place))?;
        }
        Ok(())
    }

    /// One failure ends the rows of this run: the next collection's would fail for the same reason, and wait as long.
    fn end(&mut self, problem: &Problem) {
        let code = problem.code();
        tracing::warn!(code, "rows of history could not be uploaded");
        let pending = matches!(
            problem,
            Problem::UploadNotAllowed { .. } | Problem::ResourceNotFound { .. }
        ) && !self.place.proven
            && !self.is_private;
        self.ended = Some(if pending {
            Warning::UploadPending
        } else {
            let problem = code.to_owned();
            Warning::RowsFailed { problem }
        });
    }

    /// What a person should know of this run's rows.
    pub fn warning(self) -> Option<Warning> {
        self.ended
    }
}

/// A generation later than the last one, and by the site's clock where that has gone on.
fn after(last: Option<i64>, at: DateTime<Utc>) -> i64 {
    let by_clock = at.timestamp_millis();
    last.map_or(by_clock, |last| by_clock.max(last.saturating_add(1)))
}

/// Whether the rows of this membership went up last, and not too long ago.
pub fn were_sent(state: &GroupState, hash: &str, now: DateTime<Utc>) -> bool {
    state
        .rows
        .as_ref()
        .is_some_and(|sent| sent.hash == hash && now - sent.sent_at < LONGEST_UNSENT)
}

/// Whether what went up last is what the group shows, and not too long ago.
pub(super) fn is_fresh(state: &GroupState, now: DateTime<Utc>) -> bool {
    let shown = state.published.as_ref().map(|published| published.hash.as_str());
    shown.is_some_and(|hash| were_sent(state, hash, now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Published;

    fn moment(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(1_000 + hours)
    }

    fn state(shown: &str, sent: &str) -> GroupState {
        let mut state = GroupState::new("PS100016".parse().unwrap(), "n".into());
        state.published = Some(Published {
            hash: shown.into(),
            generation: "g".into(),
            parts: 0,
            as_of: moment(0),
            computers: 1,
            sent_at: moment(0),
            visible_at: None,
        });
        state.rows = Some(SentRows {
            sync_id: Uuid::nil(),
            generation: 7,
            rows: 1,
            hash: sent.into(),
            as_of: moment(0),
            sent_at: moment(0),
            seen_at: None,
        });
        state
    }

    #[test]
    fn rows_go_up_again_when_the_group_has_changed_or_after_twenty_hours() {
        for (shown, sent, hours, fresh) in [("a", "a", 19, true), ("a", "a", 20, false), ("b", "a", 0, false)] {
            let state = state(shown, sent);
            let found = is_fresh(&state, moment(hours));
            assert_eq!(found, fresh, "{shown} {sent} {hours}");
        }
        let mut unpublished = state("a", "a");
        unpublished.published = None;
        assert!(!is_fresh(&unpublished, moment(0)));
    }

    #[test]
    fn generations_rise_whatever_the_clock_does() {
        let now = moment(0);
        let first = after(None, now);
        assert_eq!(first, now.timestamp_millis());
        assert_eq!(after(Some(first), now), first + 1, "in the same millisecond");
        assert_eq!(
            after(Some(first + 90_000), now),
            first + 90_001,
            "a clock that was put back"
        );
        assert!(after(Some(first), moment(1)) > first + 1);
    }
}
