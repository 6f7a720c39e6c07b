//! A machine that publishes one collection: the steps of [`protocol`], one request or one write of the store at a time, so that a kill,
//! another machine or a late row can fall between any two. What is decided, the real functions decide.

use std::collections::VecDeque;

use azure_services_wizard::model::SavedSearch;
use azure_services_wizard::model::group::{self, Composition, Limits};
use azure_services_wizard::model::membership::Membership;
use azure_services_wizard::model::report::Outcome;
use azure_services_wizard::publish::protocol::{self, Look, SENDING, SWITCH, Send, Switch};
use azure_services_wizard::store::{GroupState, Pending, Published, SentRows};
use chrono::{DateTime, Utc};
use rand::seq::SliceRandom;
use uuid::Uuid;

use super::Planted;
use super::reader;
use super::world::{COLLECTION, Kind, Precondition, Request, Row, Version, World, members, owner};

const LIMITS: Limits = Limits { text: 330, parts: 50 };
const BATCH: usize = 5;

pub struct Machine {
    pub disk: GroupState,
    pub run: Option<Run>,
    planted: Planted,
}

/// What a process knows.
pub struct Run {
    state: GroupState,
    steps: VecDeque<Step>,
    version: Version,
    new: Option<(Membership, Composition)>,
    replaced: Option<Pending>,
    written: usize,
    rows: Option<Sending>,
}

#[derive(Clone)]
struct Sending {
    sync: Uuid,
    generation: i64,
    rows: i64,
    asked: u64,
    as_of: DateTime<Utc>,
}

#[derive(Clone)]
enum Step {
    LookBack,
    List,
    Read,
    Save(Option<Outcome>),
    Ask(Request),
    LookAtGroup,
    PutGroup(Precondition),
    NotePublished,
    NoteClean,
    Rows,
    NoteGeneration,
    Upload(Request),
    NoteSent,
}

impl Machine {
    pub fn new(planted: Planted) -> Self {
        Self {
            disk: GroupState::new(COLLECTION.parse().unwrap(), "n".into()),
            run: None,
            planted,
        }
    }

    pub fn start(&mut self, world: &World) {
        self.run = Some(Run {
            state: self.disk.clone(),
            steps: [Step::LookBack, Step::List].into(),
            version: world.version,
            new: None,
            replaced: None,
            written: 0,
            rows: None,
        });
    }

    /// What it is about to ask, if its next step asks something.
    fn request(&self) -> Option<Request> {
        let run = self.run.as_ref()?;
        match run.steps.front()? {
            Step::Ask(request) | Step::Upload(request) => Some(request.clone()),
            Step::PutGroup(precondition) => {
                let (_, new) = run.new.as_ref()?;
                Some(Request::Put(Box::new(new.group.clone()), precondition.clone()))
            }
            _ => None,
        }
    }

    /// The process ends where it is. What it was asking may still arrive.
    pub fn kill(&mut self, world: &mut World) {
        self.lag(world);
        self.run = None;
    }

    /// What it is asking is on its way twice.
    pub fn lag(&self, world: &mut World) {
        if let Some(request) = self.request()
            && world.one_in(2)
        {
            world.late.push(request);
        }
    }

    /// Takes one step.
    pub fn step(&mut self, world: &mut World) {
        let request = self.request();
        let Some(run) = &mut self.run else { return };
        let Some(step) = run.steps.pop_front() else {
            self.run = None;
            return;
        };
        match step {
            Step::LookBack => run.look_back(world),
            Step::List => run.list(world, self.planted),
            Step::Read => run.read(world, self.planted),
            Step::Save(outcome) => {
                if let Some(outcome) = outcome {
                    run.state.outcome = Some(outcome);
                }
                self.disk = run.state.clone();
            }
            Step::Ask(_) | Step::Upload(_) => {
                if let Some(request) = request {
                    world.take(request);
                }
            }
            Step::LookAtGroup => run.look(world, self.planted),
            Step::PutGroup(_) => run.put_group(world, request),
            Step::NotePublished => {
                if let Some((membership, new)) = &run.new {
                    protocol::switched(&mut run.state, published(membership, new), run.replaced.take());
                    let deletes = run.state.leftover.iter().flat_map(deletes).map(Step::Ask);
                    for step in [Step::Save(None)].into_iter().chain(deletes).rev().collect::<Vec<_>>() {
                        run.steps.push_front(step);
                    }
                }
            }
            Step::NoteClean => {
                run.state.leftover.clear();
                run.steps.push_front(Step::Save(None));
            }
            Step::Rows => {
                run.send_rows(world);
                if self.planted == Planted::MarkerFirst {
                    run.marker_first();
                }
            }
            Step::NoteGeneration => {
                if let Some(sending) = run
                    .rows
                    .as_ref()
                    .filter(|_| self.planted != Planted::GenerationNotNoted)
                {
                    self.disk.generation = Some(sending.generation);
                }
            }
            Step::NoteSent => run.note_sent(world),
        }
    }
}

impl Run {
    fn look_back(&mut self, world: &World) {
        if protocol::is_waiting(&self.state)
            && let Some(sync) = self.state.rows.as_ref().map(|sent| sent.sync_id)
        {
            let arrived = reader::arrived(&world.table, sync, world.now);
            protocol::note_fate(&mut self.state, arrived, world.now);
        }
    }

    /// Decides whether the collection is read.
    fn list(&mut self, world: &mut World, planted: Planted) {
        let (at, asked) = world.ask();
        self.version = world.version;
        if protocol::may_clear(&self.state) {
            let deletes: Vec<Request> = self.state.leftover.iter().flat_map(deletes).collect();
            self.steps.extend(deletes.into_iter().map(Step::Ask));
            self.steps.push_back(Step::NoteClean);
        }
        if planted == Planted::ClearedAtOnce
            && let Some(begun) = self.state.pending.take()
        {
            self.steps.extend(deletes(&begun).map(Step::Ask));
            self.state.leftover.push(pending(begun.generation, 0));
            if let Some(live) = &mut self.state.published {
                live.hash.clear();
            }
        }
        let rows_due = !protocol::is_fresh(&self.state, world.now);
        if !rows_due && protocol::why_read(&self.state, &world.listed(), world.now).is_none() && !world.one_in(8) {
            self.affirm(at, asked, planted);
            let first = self.steps.len().saturating_sub(1);
            self.steps.insert(first, Step::Save(Some(Outcome::Unmoved)));
        } else {
            self.steps.push_back(Step::Read);
        }
    }

    fn affirm(&mut self, at: DateTime<Utc>, asked: u64, planted: Planted) {
        let Some(sent) = self.state.rows.clone() else { return };
        // The mistake: a number of its own time, not of the time when the site was asked.
        let at = at + chrono::TimeDelta::seconds(if planted == Planted::AffirmedAhead { 600 } else { 0 });
        let sending = Sending {
            sync: sent.sync_id,
            generation: protocol::next_generation(&mut self.state, at),
            rows: sent.rows,
            asked,
            as_of: sent.as_of,
        };
        let marker = self.marker(&sending, sent.sent_at);
        self.rows = Some(sending);
        self.steps
            .extend([Step::NoteGeneration, Step::Upload(Request::Rows(vec![marker]))]);
    }

    fn marker(&self, sending: &Sending, time: DateTime<Utc>) -> Row {
        Row {
            time,
            sync: sending.sync,
            kind: Kind::Marker {
                generation: sending.generation,
                rows: sending.rows,
                confirmed: self.state.confirmed,
                asked: sending.asked,
                version: self.version,
            },
        }
    }

    /// Reads the collection and decides whether the group is written.
    fn read(&mut self, world: &mut World, planted: Planted) {
        let (as_of, asked) = world.ask();
        let listed = world.listed();
        self.version = world.version;
        self.state.read_at = Some(world.now);
        self.state.member_count = Some(listed.member_count);
        self.state.last_member_change = listed.last_member_change;
        let names = members(self.version.kind);
        let rows = names.len() as i64;
        let mut membership = Membership::new(COLLECTION.parse().unwrap(), "n".into(), as_of, names);
        if planted == Planted::SharedPartNames {
            membership.reading = Uuid::new_v5(&Uuid::NAMESPACE_OID, membership.digest.as_bytes());
        }
        let composition = group::compose(&owner(), &membership, "ConfigMgr_PS1_PS100016", LIMITS).unwrap();
        self.rows = Some(Sending {
            sync: Uuid::from_u128(u128::from(asked)),
            generation: 0,
            rows,
            asked,
            as_of,
        });
        let unchanged = protocol::is_unchanged(&self.state, &membership.hash("x"));
        if !unchanged || world.one_in(8) {
            world.generations.insert(composition.generation.clone(), self.version);
            self.switch(world, &composition, planted);
        }
        self.new = Some((membership, composition));
        self.steps.push_back(Step::Rows);
        let outcome = if unchanged {
            Outcome::Unchanged
        } else {
            Outcome::Published
        };
        self.steps.push_back(Step::Save(Some(outcome)));
    }

    fn switch(&mut self, world: &mut World, new: &Composition, planted: Planted) {
        let old = self.state.published.clone();
        for step in SWITCH {
            match step {
                Switch::NotePending => {
                    let (generation, parts) = (new.generation.clone(), new.parts.len());
                    protocol::begin(&mut self.state, pending(generation, parts));
                    self.steps.push_back(Step::Save(None));
                }
                Switch::PutParts => {
                    if planted == Planted::OldPartsFirst
                        && let Some(old) = &old
                    {
                        let old = pending(old.generation.clone(), old.parts);
                        self.steps.extend(deletes(&old).map(Step::Ask));
                    }
                    let mut parts: Vec<SavedSearch> = new.parts.clone();
                    parts.shuffle(&mut world.random);
                    let put = |part| Request::Put(Box::new(part), Precondition::Etag("*".into()));
                    self.steps.extend(parts.into_iter().map(put).map(Step::Ask));
                }
                Switch::PutGroup => self.steps.push_back(match &self.state.published {
                    None => Step::PutGroup(Precondition::New),
                    Some(_) => Step::LookAtGroup,
                }),
                Switch::NotePublished => self.steps.push_back(Step::NotePublished),
                // Filled in when it is known what is left over.
                Switch::DeleteLeftover => {}
                Switch::NoteClean => self.steps.push_back(Step::NoteClean),
            }
        }
    }

    fn look(&mut self, world: &World, planted: Planted) {
        let Some((_, new)) = &self.new else { return };
        let standing = world.saved.get(&new.group.id);
        let look = match protocol::look(&self.state, owner().connection, &new.group, standing) {
            Look::Write(_) | Look::Overtaken if planted == Planted::NoEtag => Look::Write(Some("*".into())),
            look => look,
        };
        match look {
            Look::Stands => {}
            Look::Write(etag) if self.written < 2 => {
                let precondition = etag.map_or(Precondition::New, Precondition::Etag);
                self.steps.push_front(Step::PutGroup(precondition));
            }
            _ => {
                self.steps.clear();
                self.steps.push_back(Step::Save(Some(Outcome::Failed)));
            }
        }
    }

    fn put_group(&mut self, world: &mut World, request: Option<Request>) {
        let Some(Request::Put(search, precondition)) = request else {
            return;
        };
        let standing = world.saved.get(&search.id).cloned();
        // Now and then it is accepted and does not stay.
        if world.one_in(16) || world.take(Request::Put(search, precondition.clone())) {
            self.written += 1;
            if precondition != Precondition::New {
                self.replaced = standing.as_ref().and_then(protocol::parts_of).or(self.replaced.take());
            }
        }
        self.steps.push_front(Step::LookAtGroup);
    }

    /// All rows where they are due, else another marker.
    fn send_rows(&mut self, world: &mut World) {
        let Some(mut sending) = self.rows.take() else { return };
        let save = self.steps.pop_back();
        if protocol::is_fresh(&self.state, world.now) && !world.one_in(8) {
            self.affirm(sending.as_of, sending.asked, Planted::Nothing);
        } else {
            sending.generation = protocol::next_generation(&mut self.state, sending.as_of);
            world.syncs.insert(sending.sync, self.version);
            let member = |seq| Row {
                time: world.now,
                sync: sending.sync,
                kind: Kind::Member { seq },
            };
            let rows: Vec<Row> = (0..sending.rows).map(member).collect();
            let mut batches: Vec<Vec<Row>> = rows.chunks(BATCH).map(<[Row]>::to_vec).collect();
            batches.shuffle(&mut world.random);
            let marker = self.marker(&sending, world.now);
            self.rows = Some(sending);
            for step in SENDING {
                match step {
                    Send::NoteGeneration => self.steps.push_back(Step::NoteGeneration),
                    Send::Members => {
                        let uploads = batches.iter().cloned().map(Request::Rows);
                        self.steps.extend(uploads.map(Step::Upload));
                    }
                    Send::Marker => self.steps.push_back(Step::Upload(Request::Rows(vec![marker.clone()]))),
                    Send::NoteSent => self.steps.push_back(Step::NoteSent),
                }
            }
        }
        self.steps.extend(save);
    }

    fn note_sent(&mut self, world: &World) {
        if let (Some(sending), Some((membership, _))) = (&self.rows, &self.new) {
            self.state.rows = Some(SentRows {
                sync_id: sending.sync,
                generation: sending.generation,
                rows: sending.rows,
                hash: membership.hash("x"),
                as_of: sending.as_of,
                sent_at: world.now,
                seen_at: None,
            });
        }
    }

    /// The mistake: the marker goes up before the members.
    fn marker_first(&mut self) {
        let is_marker = |step: &Step| matches!(step, Step::Upload(Request::Rows(rows)) if matches!(rows.first(), Some(Row { kind: Kind::Marker { .. }, .. })));
        let first = self.steps.iter().position(|step| matches!(step, Step::Upload(_)));
        if let (Some(first), Some(marker)) = (first, self.steps.iter().position(is_marker))
            && let Some(step) = self.steps.remove(marker)
        {
            self.steps.insert(first, step);
        }
    }
}

fn pending(generation: String, parts: usize) -> Pending {
    Pending {
        generation,
        parts,
        computers: 0,
    }
}

fn deletes(left: &Pending) -> impl DoubleEndedIterator<Item = Request> {
    let id = |number| {
        group::part_id(
            owner().connection,
            &COLLECTION.parse().unwrap(),
            &left.generation,
            number,
        )
    };
    (1..=left.parts).map(move |number| Request::Delete(id(number)))
}

fn published(membership: &Membership, new: &Composition) -> Published {
    Published {
        hash: membership.hash("x"),
        generation: new.generation.clone(),
        parts: new.parts.len(),
        as_of: membership.as_of,
        computers: membership.computers,
        sent_at: membership.as_of,
        visible_at: None,
    }
}
