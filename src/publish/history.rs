//! Rows of history: after a group is published, its members and a marker go up; an unchanged membership gets another marker, and
//! all of its rows again from time to time.
//!
//! Whether what was taken has been stored is asked by the next run ([`super::arrival`]). After a kill the next run sends all of it
//! again under another name, which readers tell apart. A failure of rows never fails a group.
//!
//! Memory: [`IN_FLIGHT`] uploads, however many members there are.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use uuid::Uuid;

use super::protocol::{self, SENDING, Send};
use crate::azure::{Azure, MOST_BYTES, SMALLEST_CALL};
use crate::model::dry_run::RowsUp;
use crate::model::group::Owner;
use crate::model::rows::{self, Snapshot};
use crate::model::{Connection, DeviceCollection, HistoryPlace, Problem, Result, Warning, WorkspaceId};
use crate::platform::checkpoint;
use crate::store::roll::Roll;
use crate::store::{GroupState, SentRows, Store};

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
    /// Markers of unmoved collections: they go up together, at the end.
    affirmed: Vec<Snapshot>,
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
            affirmed: Vec::new(),
            ended: None,
        }))
    }

    /// Whether a collection must be read for its rows, though its group needs no writing.
    pub fn are_due(&self, state: &GroupState, now: DateTime<Utc>) -> bool {
        self.ended.is_none() && !protocol::is_fresh(state, now)
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
        let snapshot = Snapshot {
            collection: state.collection.clone(),
            name: sending.listed.name.clone(),
            path: sending.listed.path.clone(),
            sync_id: Uuid::new_v4(),
            generation: protocol::next_generation(state, sending.as_of),
            rows: i64::try_from(sending.members.count).unwrap_or(i64::MAX),
            as_of: sending.as_of,
            confirmed: state.confirmed,
            removed: false,
        };
        if let Err(failure) = self.walk(state, &snapshot, sending).await {
            self.end(failure.problem());
        }
    }

    async fn walk(&mut self, state: &mut GroupState, snapshot: &Snapshot, sending: Sending<'_>) -> Result<()> {
        let now = Utc::now();
        for step in SENDING {
            match step {
                Send::NoteGeneration => self.note(snapshot)?,
                Send::Members => self.upload(snapshot, sending.members, now).await?,
                Send::Marker => {
                    self.put(rows::marker(self.owner, snapshot, now)).await?;
                    checkpoint("rows: marker taken");
                }
                Send::NoteSent => {
                    state.rows = Some(SentRows {
                        sync_id: snapshot.sync_id,
                        generation: snapshot.generation,
                        rows: snapshot.rows,
                        hash: sending.hash.clone(),
                        as_of: snapshot.as_of,
                        sent_at: now,
                        seen_at: None,
                    });
                }
            }
        }
        Ok(())
    }

    /// Keeps another marker for rows that went up before: the membership was still so at `at`, when the site was asked.
    pub fn affirm(&mut self, state: &mut GroupState, listed: &DeviceCollection, at: DateTime<Utc>) {
        if state.rows.is_none() || self.ended.is_some() {
            return;
        }
        let generation = protocol::next_generation(state, at);
        let Some(sent) = &state.rows else { return };
        let snapshot = Snapshot {
            collection: state.collection.clone(),
            name: listed.name.clone(),
            path: listed.path.clone(),
            sync_id: sent.sync_id,
            generation,
            rows: sent.rows,
            as_of: sent.as_of,
            confirmed: state.confirmed,
            removed: false,
        };
        match self.note(&snapshot) {
            Ok(()) => self.affirmed.push(snapshot),
            Err(failure) => self.end(failure.problem()),
        }
    }

    /// Sends the markers that were kept, all together.
    pub async fn finish(&mut self) {
        let affirmed = std::mem::take(&mut self.affirmed);
        for upload in rows::markers(self.owner, &affirmed, Utc::now(), MOST_BYTES) {
            if self.ended.is_some() {
                return;
            }
            if let Err(failure) = self.put(upload).await {
                self.end(failure.problem());
            }
        }
    }

    /// Notes in the store that a generation is about to be given.
    fn note(&self, snapshot: &Snapshot) -> Result<()> {
        let connection = self.owner.connection;
        self.store
            .give_generation(connection, &snapshot.collection, snapshot.generation)
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
