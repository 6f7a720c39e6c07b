//! One run: every chosen collection is read if it may have changed, and written if it has.
//!
//! One collection's failure never stops the others. Only what makes every further step pointless ends a run early: the site
//! or Azure refusing us, or nothing reachable; what was published until then stays, and the report says what was not.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::arrival;
use super::dry_run::{DryRun, Found};
use super::history::{Rows, Sending};
use super::names::Names;
use super::protocol;
use super::reading::{self, Reading};
use super::settle::{self, Verdict};
use super::write::Writer;
use crate::azure::{Azure, MOST_BYTES};
use crate::configmgr::Site;
use crate::model::dry_run::{ReadReason, RowsUp, Would};
use crate::model::group::{self, Limits, Owner};
use crate::model::membership::Membership;
use crate::model::plan::{Progress, Tell};
use crate::model::problem::Class;
use crate::model::report::{CollectionReport, Outcome, SyncReport};
use crate::model::{
    CollectionId, Connection, DeviceCollection, Failure, Problem, Result, SavedSearch, SiteGuid, SiteIdentity, Warning,
};
use crate::platform::{checkpoint, stoppable};
use crate::store::roll::Roll;
use crate::store::{GroupState, Store};

/// How a run is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Read and write everything, moved or not.
    pub full: bool,
    /// Read, but write nothing.
    pub dry_run: bool,
}

/// What a run works with. The caller holds the connection's run lock.
pub struct Run<'a> {
    /// The connection, ready.
    pub connection: &'a Connection,
    /// The site.
    pub site: &'a Site,
    /// The workspace's side.
    pub azure: &'a Azure,
    /// Our memory.
    pub store: &'a Store,
    /// Who hears how far it is.
    pub tell: Tell,
    /// Asked at every safe point.
    pub stop: CancellationToken,
    /// How it is wanted.
    pub options: Options,
}

/// A connection made before sites were told apart by their GUID is told it once.
fn learn_guid(run: &Run<'_>, was: &SiteIdentity, guid: Option<SiteGuid>) -> Result<()> {
    if was.guid.is_some() || guid.is_none() || run.options.dry_run {
        return Ok(());
    }
    let mut connection = run.connection.clone();
    connection.site = Some(SiteIdentity { guid, ..was.clone() });
    run.store.update_connection(&connection)
}

/// Runs once.
///
/// # Errors
/// Only what keeps the run from starting: the site cannot be read, is another one, or the store fails. All else is in the
/// report, a collection at a time.
pub async fn run(run: &Run<'_>) -> Result<SyncReport> {
    let started = Utc::now();
    let setup = &run.connection.setup;
    (run.tell)(Progress::Step(crate::model::plan::Step::ReadSite));
    let reading = stoppable(&run.stop, run.site.identify()).await;
    let reading = match &run.connection.site {
        Some(was) => {
            let reading = reading.map_err(|failure| was.when_refused(failure))?;
            was.must_be(&reading.identity)?;
            learn_guid(run, was, reading.identity.guid)?;
            reading
        }
        None => reading?,
    };
    let owner = Owner {
        connection: run.connection.id,
        site: reading.identity.code,
    };
    let listed: HashMap<CollectionId, DeviceCollection> = stoppable(&run.stop, run.site.collections())
        .await?
        .into_iter()
        .map(|each| (each.id.clone(), each))
        .collect();
    let listed_at = run.site.server_time().unwrap_or(started);
    let mut states: HashMap<CollectionId, GroupState> = run
        .store
        .groups(run.connection.id)?
        .into_iter()
        .map(|state| (state.collection.clone(), state))
        .collect();
    let standing = stoppable(&run.stop, standing(run, &states)).await?;
    let aliases = aliases(run, &owner, &states, &standing);

    // Notes on how the site is reached belong to connect and verify: a run every three hours need not repeat them.
    let mut notes = reading.warnings;
    notes.retain(|warning| matches!(warning, Warning::SiteStatus { .. }));
    let rows = Rows::of(run.connection, run.azure, run.store, &owner)?.filter(|_| !run.options.dry_run);
    if run.connection.history.is_some() {
        let looking = arrival::look_back(run.connection, run.azure, &mut states, Utc::now());
        let found = stoppable(&run.stop, Box::pin(async { Ok(looking.await) })).await;
        notes.extend(found.unwrap_or_default());
    }
    let call_size = run.store.most_bytes(run.connection, MOST_BYTES)?;
    let mut pass = Pass {
        run,
        owner: &owner,
        names: None,
        listed_at,
        rows,
        dry: run.options.dry_run.then(|| DryRun {
            owner: &owner,
            listed_at,
            standing,
            keeps_rows: run.connection.history.is_some(),
            call_size,
            full: run.options.full,
        }),
        warnings: notes,
        ended: None,
    };
    let total = setup.collections.len();
    let mut collections = Vec::with_capacity(total);
    for (index, id) in setup.collections.iter().enumerate() {
        let mut state = states
            .remove(id)
            .unwrap_or_else(|| GroupState::new(id.clone(), String::new()));
        if let Some(alias) = aliases.get(id) {
            state.alias = Some(alias.clone());
        }
        let report = pass.collection(&mut state, listed.get(id)).await?;
        (run.tell)(Progress::Collection {
            collection: id.clone(),
            done: index + 1,
            total,
        });
        collections.push(report);
    }
    if let Some(rows) = &mut pass.rows {
        unless_stopped(&run.stop, Box::pin(rows.finish())).await;
    }
    if run.options.full && !run.options.dry_run && pass.ended.is_none() && !run.stop.is_cancelled() {
        // What is published stands without it; the next full run tries again.
        if let Err(failure) = pass.writer().sweep_parts(listed_at).await {
            tracing::warn!(
                code = failure.problem().code(),
                "parts that no group needs could not be cleared"
            );
        }
    }
    let beside = pass
        .dry
        .as_ref()
        .map(|dry| dry.beside(collections.iter().filter_map(|each| each.would.as_ref())));
    let mut warnings = pass.warnings;
    warnings.extend(pass.rows.and_then(Rows::warning));
    if total == 0 {
        warnings.push(Warning::NoCollections);
    }
    Ok(SyncReport {
        connection: setup.name.to_string(),
        started,
        finished: Utc::now(),
        cancelled: collections.iter().any(|each| each.outcome == Outcome::Skipped),
        collections,
        beside,
        warnings,
    })
}

/// What stands in the workspace. Asked once a run, and only where it matters: for the names of groups that are new, and for all
/// that a dry run compares with.
async fn standing(run: &Run<'_>, states: &HashMap<CollectionId, GroupState>) -> Result<Vec<SavedSearch>> {
    if !run.options.dry_run && unnamed(run, states).next().is_none() {
        return Ok(Vec::new());
    }
    run.azure.saved_searches(&run.connection.setup.workspace).await
}

/// Collections that have no group yet: until it stands, its name may be taken by another.
fn unnamed<'a>(
    run: &'a Run<'_>,
    states: &'a HashMap<CollectionId, GroupState>,
) -> impl Iterator<Item = &'a CollectionId> {
    let chosen = run.connection.setup.collections.iter();
    chosen.filter(|id| states.get(*id).is_none_or(|state| state.published.is_none()))
}

/// Function names for the collections that have no group yet.
fn aliases(
    run: &Run<'_>,
    owner: &Owner,
    states: &HashMap<CollectionId, GroupState>,
    standing: &[SavedSearch],
) -> HashMap<CollectionId, String> {
    let taken = |alias: &str| group::is_taken(standing, owner, alias);
    unnamed(run, states)
        .map(|id| (id.clone(), group::alias(owner, id, taken)))
        .collect()
}

/// What is carried from one collection to the next.
struct Pass<'a> {
    run: &'a Run<'a>,
    owner: &'a Owner,
    names: Option<Names>,
    /// When the site listed its collections, by its clock.
    listed_at: DateTime<Utc>,
    /// Where history is kept.
    rows: Option<Rows<'a>>,
    /// Where nothing is to be written.
    dry: Option<DryRun<'a>>,
    warnings: Vec<Warning>,
    /// Why the rest of the run would be pointless.
    ended: Option<Failure>,
}

/// What came of one collection.
struct Done {
    outcome: Outcome,
    parts: usize,
    /// Computers that a dry run would have published.
    computers: Option<usize>,
    /// What a run would do, where this is a dry one.
    would: Option<Would>,
}

impl Done {
    const fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            parts: 0,
            computers: None,
            would: None,
        }
    }
}

impl<'a> Pass<'a> {
    /// # Errors
    /// Only where the store fails: then nothing may be done that it could not remember.
    async fn collection(
        &mut self,
        state: &mut GroupState,
        listed: Option<&DeviceCollection>,
    ) -> Result<CollectionReport> {
        let sent = |rows: &Option<Rows<'_>>| rows.as_ref().map_or_else(RowsUp::default, |rows| rows.sent);
        let before = sent(&self.rows);
        let outcome = if self.run.stop.is_cancelled() {
            Ok(Done::new(Outcome::Skipped))
        } else if let Some(ended) = &self.ended {
            Err(ended.clone())
        } else {
            // Boxed, like what it waits for: futures are many deep here.
            Box::pin(self.publish(state, listed)).await
        };
        match &outcome {
            Ok(done) => {
                tracing::info!(collection = state.collection.as_str(), outcome = ?done.outcome, parts = done.parts, "collection")
            }
            Err(failure) => {
                let code = failure.problem().code();
                tracing::error!(collection = state.collection.as_str(), code, details = ?failure.details(), "collection");
            }
        }
        let (done, failure) = match outcome {
            Ok(done) => (done, None),
            Err(failure) => (self.failed(&failure), Some(failure)),
        };
        if !self.run.options.dry_run && done.outcome != Outcome::Skipped {
            state.outcome = Some(done.outcome);
            state.error = failure.as_ref().map(|failure| failure.problem().clone());
            state.checked_at = Some(Utc::now());
            self.run.store.put_group(self.run.connection.id, state)?;
        }
        let published = state.published.as_ref();
        Ok(CollectionReport {
            id: state.collection.clone(),
            name: listed.map_or_else(|| state.name.clone(), |listed| listed.name.clone()),
            outcome: done.outcome,
            computers: done.computers.or(published.map(|published| published.computers)),
            as_of: published.map(|published| published.as_of),
            parts: done.parts,
            would: done.would,
            sent: sent(&self.rows).since(before),
            error: failure,
        })
    }

    fn failed(&mut self, failure: &Failure) -> Done {
        let outcome = match failure.problem() {
            Problem::Cancelled { .. } => Outcome::Skipped,
            Problem::NotSettled { .. } => Outcome::NotSettled,
            _ => Outcome::Failed,
        };
        let concerns_all = match failure.problem().class() {
            // A request that fails for this collection may work for the next one.
            Class::Network => !matches!(failure.problem(), Problem::CutOff { .. } | Problem::TimedOut { .. }),
            Class::Site => !matches!(
                failure.problem(),
                Problem::SiteRefused { .. } | Problem::NotADeviceCollection { .. }
            ),
            Class::Azure => !matches!(
                failure.problem(),
                Problem::TextTooLong { .. }
                    | Problem::NotOurs { .. }
                    | Problem::Conflict { .. }
                    | Problem::AzureRefused { .. }
            ),
            _ => matches!(failure.problem(), Problem::DiskFull { .. } | Problem::Database { .. }),
        };
        if concerns_all && self.ended.is_none() {
            tracing::error!(code = failure.problem().code(), "the rest of this run is given up");
            self.ended = Some(failure.clone());
        }
        Done::new(outcome)
    }

    async fn publish(&mut self, state: &mut GroupState, listed: Option<&DeviceCollection>) -> Result<Done> {
        let run = self.run;
        let writer = self.writer();
        if !run.options.dry_run {
            writer.clear(state).await?;
        }
        let Some(listed) = listed else {
            return Ok(self.not_seen(state));
        };
        let now = Utc::now();
        let rows_due = self.rows.as_ref().is_some_and(|rows| rows.are_due(state, now))
            || self.dry.as_ref().is_some_and(|dry| dry.rows_are_due(state, now));
        let why = if run.options.full {
            Some(ReadReason::Full)
        } else {
            protocol::why_read(state, listed, now).or(rows_due.then_some(ReadReason::RowsDue))
        };
        state.name.clone_from(&listed.name);
        state.not_seen_since = None;
        let Some(why) = why else {
            if let Some(rows) = &mut self.rows {
                rows.affirm(state, listed, self.listed_at);
            }
            return Ok(Done {
                would: self.dry.as_ref().map(|dry| dry.unmoved(state, listed)),
                ..Done::new(Outcome::Unmoved)
            });
        };
        let Some(reading) = stoppable(&run.stop, Box::pin(self.read(listed))).await? else {
            return Ok(self.not_seen(state));
        };
        checkpoint("publish: reading done");
        let (membership, mut members) = self.settle(state, reading)?;
        let alias = state
            .alias
            .clone()
            .unwrap_or_else(|| group::alias(self.owner, &state.collection, |_| false));
        let unchanged = protocol::is_unchanged(state, &membership.hash(&alias));
        if let Some(dry) = &self.dry {
            let found = Found {
                listed,
                why,
                membership: &membership,
                members: &mut members,
                alias: &alias,
                unchanged,
            };
            return dry.found(state, found, &writer).map(would);
        }
        let sending = Sending {
            listed,
            members: &mut members,
            as_of: membership.as_of,
            hash: membership.hash(&alias),
        };
        if unchanged && !run.options.full {
            self.send_rows(state, sending).await;
            return Ok(Done::new(Outcome::Unchanged));
        }
        let parts = match Box::pin(writer.publish(state, &membership, &alias)).await {
            Err(failure) if matches!(failure.problem(), Problem::TooManyParts { .. }) => {
                return self
                    .publish_from_rows(state, &membership, &alias, sending, failure)
                    .await;
            }
            outcome => outcome?,
        };
        self.send_rows(state, sending).await;
        Ok(Done {
            parts,
            ..Done::new(Outcome::Published)
        })
    }

    /// A membership too long for texts: its rows go up first, and the group once a query has seen rows whole that are no older than
    /// the text that it may have had. From then on it shows the newest whole ones by itself.
    async fn publish_from_rows(
        &mut self,
        state: &mut GroupState,
        membership: &Membership,
        alias: &str,
        sending: Sending<'_>,
        too_long: Failure,
    ) -> Result<Done> {
        let Some(rows) = &mut self.rows else {
            return Err(too_long);
        };
        let hash = sending.hash.clone();
        if self.run.options.full || !protocol::were_sent(state, &hash, Utc::now()) {
            unless_stopped(&self.run.stop, Box::pin(rows.send(state, sending))).await;
        }
        if rows.have_failed() {
            return Err(too_long);
        }
        // Stopped on the way: the group would speak of a membership whose rows are not there.
        if !protocol::were_sent(state, &hash, Utc::now()) {
            return Ok(Done::new(Outcome::Skipped));
        }
        if !protocol::rows_are_seen(state) {
            let id = state.collection.clone();
            self.warnings.push(Warning::GroupAwaitsRows { id });
            return Ok(Done::new(Outcome::Awaiting));
        }
        self.writer().publish_from_rows(state, membership, alias).await?;
        Ok(Done::new(Outcome::Published))
    }

    /// All rows where they are due, else another marker.
    async fn send_rows(&mut self, state: &mut GroupState, sending: Sending<'_>) {
        let Some(rows) = &mut self.rows else { return };
        if self.run.options.full || rows.are_due(state, Utc::now()) {
            unless_stopped(&self.run.stop, Box::pin(rows.send(state, sending))).await;
        } else {
            rows.affirm(state, sending.listed, sending.as_of);
        }
    }

    fn writer(&self) -> Writer<'a> {
        Writer {
            azure: self.run.azure,
            workspace: &self.run.connection.setup.workspace,
            store: self.run.store,
            owner: self.owner,
            tell: &self.run.tell,
            stop: &self.run.stop,
        }
    }

    async fn read(&mut self, listed: &DeviceCollection) -> Result<Option<Reading>> {
        let (site, tell) = (self.run.site, &self.run.tell);
        let names = match &mut self.names {
            Some(names) => names,
            none => none.insert(Names::read(site, tell).await?),
        };
        reading::read(
            site,
            listed,
            self.run.connection.setup.members,
            names,
            self.run.store,
            tell,
        )
        .await
    }

    /// Decides whether a reading may be published, and notes what the next run must know of the collection.
    fn settle(&mut self, state: &mut GroupState, mut reading: Reading) -> Result<(Membership, Roll)> {
        let verdict = settle::judge(&reading, state.unsettled_since);
        let id = || state.collection.clone();
        match verdict {
            Verdict::Whole => {}
            Verdict::CountOff => self.warnings.push(Warning::CountOff { id: id() }),
            Verdict::Approximate => self.warnings.push(Warning::Approximate { id: id() }),
            Verdict::Wait => {
                state.unsettled_since.get_or_insert(reading.as_of);
                return Err(reading::not_settled(&reading).into());
            }
        }
        if verdict == Verdict::Whole {
            state.unsettled_since = None;
        }
        if verdict != Verdict::Approximate {
            state.read_at = Some(Utc::now());
            state.member_count = Some(reading.collection.member_count);
            state.last_member_change = reading.collection.last_member_change;
        }
        let membership = Membership {
            collection: state.collection.clone(),
            name: state.name.clone(),
            as_of: reading.as_of,
            computers: reading.members.count,
            digest: reading.members.digest.clone(),
            names: reading.members.names(Limits::default().most_bytes())?,
            approximate: verdict == Verdict::Approximate,
            reading: Uuid::new_v4(),
        };
        Ok((membership, reading.members))
    }

    /// A collection that is not in the answers may have been deleted, or the account may have lost the right to see it: the
    /// two look the same, so its group stays and a person decides.
    fn not_seen(&mut self, state: &mut GroupState) -> Done {
        state.not_seen_since.get_or_insert_with(Utc::now);
        self.warnings.push(Warning::CollectionNotSeen {
            id: state.collection.clone(),
            name: state.name.clone(),
        });
        Done::new(Outcome::NotSeen)
    }
}

/// Rows can be given up at any moment: what did not go up whole nobody reads, and the next run sends it again.
/// Best boxed: they are many futures deep.
async fn unless_stopped(stop: &CancellationToken, rows: impl Future<Output = ()>) {
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = rows => {}
    }
}

/// What a dry run says of a collection that it has read.
fn would(would: Would) -> Done {
    let outcome = match &would.write {
        Some(_) => Outcome::WouldPublish,
        None => Outcome::Unchanged,
    };
    Done {
        computers: would.write.as_ref().map(|write| write.after),
        would: Some(would),
        ..Done::new(outcome)
    }
}
