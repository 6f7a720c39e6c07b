//! *Connection Properties*: a working copy of what can be changed, what that will do in Azure, then the changes.
//!
//! | file | what |
//! | --- | --- |
//! | [`draft`] | the working copy, and how it differs from the connection as it stands |
//! | [`ask`] | what is asked of the backend |
//! | `opening` | the dialog's part in the program: opened, answered, ended |
//!
//! What is pending is never remembered but always the difference between working copy and connection: what *Apply* has made is
//! pending no more because the connection stands otherwise then, also where it came only half the way.

use super::effect::Query;
use super::wizard::{Listed, Picker};
use super::{Asker, Command, Remote, RunId, Ticket};
use crate::model::changes::{Changed, Changes, Preview, Rhythm};
use crate::model::plan::{Check, Progress};
use crate::model::report::ConnectionOverview;
use crate::model::run_history::RunHistory;
use crate::model::schedule::{ScheduleSeen, Standing};
use crate::model::{CollectionId, ConnectionName, Failure, Invalid, Result};

pub mod ask;
pub mod draft;
mod opening;
#[cfg(test)]
mod tests;

use ask::{Ask, Told};
pub use draft::{Chosen, Draft};

/// The tabs, from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Name and description.
    General,
    /// Tenant, client ID, secret key.
    Directory,
    /// Workspace and collections.
    Connection,
    /// Schedule and record.
    Synchronization,
    /// The way to the site.
    Site,
}

impl Tab {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::General,
        Self::Directory,
        Self::Connection,
        Self::Synchronization,
        Self::Site,
    ];
}

/// How far it is.
pub enum Stage {
    /// A person edits.
    Editing,
    /// It is looked up what the changes do in Azure, and a person looks at that.
    Previewing {
        /// Closes the dialog once the changes are made.
        closes: bool,
    },
    /// The changes are being made.
    Running {
        /// The command.
        run: RunId,
        /// The last that was heard of it.
        progress: Option<Progress>,
        /// It was asked to stop.
        stopping: bool,
        /// Closes the dialog once they are made.
        closes: bool,
    },
}

/// What came of the last *Apply*.
#[derive(Debug, Clone)]
pub enum Applied {
    /// How far it came.
    Changed(Box<Changed>),
    /// Nothing could even begin.
    Failed(Failure),
}

/// The dialog.
pub struct Properties {
    overview: ConnectionOverview,
    /// Names of the other connections.
    taken: Vec<ConnectionName>,
    /// The working copy; edited in place.
    pub draft: Draft,
    /// The tab that is shown; edited in place.
    pub tab: Tab,
    /// The collection that the buttons act on.
    pub marked: Option<CollectionId>,
    /// The dialog that adds collections, while it is open.
    pub picker: Option<Picker>,
    /// Publishes once the changes are made, where that is worth it; edited in place.
    pub publishes: bool,
    /// It is asked whether the changes are to be given up.
    pub leaving: bool,
    listed: Remote<Listed>,
    checks: Remote<Vec<Check>>,
    preview: Remote<Box<Preview>>,
    schedule: Remote<ScheduleSeen>,
    runs: Remote<RunHistory>,
    stage: Stage,
    applied: Option<Applied>,
}

impl Properties {
    /// The dialog for a connection.
    pub fn new(overview: ConnectionOverview, names: &[ConnectionName]) -> Self {
        Self {
            draft: Draft::of(&overview),
            taken: names.to_vec(),
            overview,
            tab: Tab::General,
            marked: None,
            picker: None,
            publishes: true,
            leaving: false,
            listed: Remote::default(),
            checks: Remote::default(),
            preview: Remote::default(),
            schedule: Remote::default(),
            runs: Remote::default(),
            stage: Stage::Editing,
            applied: None,
        }
    }

    /// Its name, as it stands.
    pub fn name(&self) -> &ConnectionName {
        &self.overview.connection.setup.name
    }

    /// The connection as it stands.
    pub fn overview(&self) -> &ConnectionOverview {
        &self.overview
    }

    /// How far it is.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Whether the changes are being made.
    pub fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Running { .. })
    }

    /// What came of the last *Apply*.
    pub fn applied(&self) -> Option<&Applied> {
        self.applied.as_ref()
    }

    /// What a look at everything has shown.
    pub fn checks(&self) -> &Remote<Vec<Check>> {
        &self.checks
    }

    /// The site's collections.
    pub fn listed(&self) -> &Remote<Listed> {
        &self.listed
    }

    /// What the changes would do in Azure.
    pub fn preview(&self) -> &Remote<Box<Preview>> {
        &self.preview
    }

    /// What can be said of this machine's schedule.
    pub fn schedule(&self) -> &Remote<ScheduleSeen> {
        &self.schedule
    }

    /// The record of runs.
    pub fn runs(&self) -> &Remote<RunHistory> {
        &self.runs
    }

    /// How often this account's schedule publishes, where that is known.
    pub fn rhythm(&self) -> Option<Rhythm> {
        self.schedule.value().map(|seen| match &seen.standing {
            Standing { installed: false, .. } => Rhythm::Never,
            standing => Rhythm::Every(standing.every.unwrap_or_default()),
        })
    }

    /// What is pending.
    pub fn changes(&self) -> Changes {
        self.draft.changes(&self.overview, self.rhythm())
    }

    /// What is wrong with the name.
    pub fn name_mistake(&self) -> Option<Invalid> {
        self.draft.name_mistake(self.name(), &self.taken)
    }

    /// Whether there is anything that *Cancel* would lose.
    pub fn is_changed(&self) -> bool {
        !self.changes().is_none() || self.draft.name.text.trim() != self.name().as_str()
    }

    /// Turns to a tab, and asks for what only it shows.
    pub fn turn_to(&mut self, tab: Tab, asker: &mut Asker) {
        self.tab = tab;
        if tab == Tab::Synchronization {
            if self.schedule.value().is_none() && !self.schedule.is_asking() {
                self.schedule.ask(asker.query(Query::Schedule));
            }
            if self.runs.is_idle() {
                self.read_runs(None, asker);
            }
        }
    }

    /// Reads the record of runs, with the members of this collection over time, or of all together.
    pub fn read_runs(&mut self, of: Option<CollectionId>, asker: &mut Asker) {
        asker.abandon(self.runs.stop());
        self.runs.ask(self.ask(Ask::Runs(of), asker));
    }

    /// The next tab, or the one before; round and round.
    pub fn turn(&mut self, by: isize, asker: &mut Asker) {
        let count = Tab::ALL.len() as isize;
        let at = Tab::ALL.iter().position(|tab| *tab == self.tab).unwrap_or(0) as isize;
        let to = (at + by).rem_euclid(count) as usize;
        if let Some(tab) = Tab::ALL.get(to) {
            self.turn_to(*tab, asker);
        }
    }

    fn ask(&self, ask: Ask, asker: &mut Asker) -> Ticket {
        asker.query(Query::Properties(self.name().clone(), ask))
    }

    /// Looks at everything that the connection needs.
    pub fn verify(&mut self, asker: &mut Asker) {
        asker.abandon(self.checks.stop());
        self.checks.ask(self.ask(Ask::Verify, asker));
    }

    /// Waits for that no longer.
    pub fn stop_verifying(&mut self, asker: &mut Asker) {
        asker.abandon(self.checks.stop());
    }

    /// *Add*: reads the site's collections, and opens the dialog that adds some.
    pub fn open_picker(&mut self, asker: &mut Asker) {
        match self.listed.value() {
            Some(listed) => self.picker = Some(self.draft.picker(listed)),
            None => self.list(asker),
        }
    }

    fn list(&mut self, asker: &mut Asker) {
        asker.abandon(self.listed.stop());
        self.listed.ask(self.ask(Ask::Collections, asker));
    }

    /// Waits for the site's collections no longer.
    pub fn stop_listing(&mut self, asker: &mut Asker) {
        asker.abandon(self.listed.stop());
    }

    /// Takes what was ticked in that dialog.
    pub fn take_picked(&mut self) {
        if let Some(picker) = self.picker.take() {
            self.draft.add(picker.picked());
        }
    }

    /// *OK* (`closes`) or *Apply*: makes the changes, after a look at what they do in Azure where they do anything there. Answers
    /// whether the dialog may close at once.
    pub fn apply(&mut self, closes: bool, asker: &mut Asker) -> bool {
        if !matches!(self.stage, Stage::Editing) {
            return false;
        }
        if self.name_mistake().is_some() {
            self.draft.name.settled = true;
            self.tab = Tab::General;
            return false;
        }
        let changes = self.changes();
        if changes.is_none() {
            return closes;
        }
        self.applied = None;
        if changes.show_in_azure() {
            self.stage = Stage::Previewing { closes };
            asker.abandon(self.preview.forget());
            self.preview.ask(self.ask(Ask::Preview(Box::new(changes)), asker));
        } else {
            self.run(closes, asker);
        }
        false
    }

    /// Yes to what was shown of Azure.
    pub fn go(&mut self, asker: &mut Asker) {
        if let (Stage::Previewing { closes }, false) = (&self.stage, self.preview.is_asking())
            && self.preview.value().is_some_and(|preview| preview.obstacle().is_none())
        {
            self.run(*closes, asker);
        }
    }

    fn run(&mut self, closes: bool, asker: &mut Asker) {
        let run = asker.command(Command::Change(self.name().clone(), Box::new(self.changes())));
        self.stage = Stage::Running {
            run,
            progress: None,
            stopping: false,
            closes,
        };
    }

    /// Cancel or Escape: one step back; stops what is under way; asks before changes are given up. Answers whether the dialog may
    /// close.
    pub fn cancel(&mut self, asker: &mut Asker) -> bool {
        if self.picker.take().is_some() {
            return false;
        }
        match &mut self.stage {
            Stage::Running { run, stopping, .. } => {
                *stopping = true;
                asker.stop(*run);
                false
            }
            Stage::Previewing { .. } => {
                asker.abandon(self.preview.forget());
                self.stage = Stage::Editing;
                false
            }
            Stage::Editing => {
                self.leaving = !self.leaving && self.is_changed();
                let closes = !self.is_changed();
                if closes {
                    self.stop_all(asker);
                }
                closes
            }
        }
    }

    /// Gives the changes up, so that the dialog may close.
    pub fn give_up(&mut self, asker: &mut Asker) {
        self.draft = Draft::of(&self.overview);
        self.leaving = false;
        self.stop_all(asker);
    }

    fn stop_all(&mut self, asker: &mut Asker) {
        let waiting = [
            self.listed.stop(),
            self.checks.stop(),
            self.preview.stop(),
            self.schedule.stop(),
            self.runs.stop(),
        ];
        for ticket in waiting {
            asker.abandon(ticket);
        }
    }

    /// The connections were read anew.
    pub(super) fn follow(&mut self, now: &ConnectionOverview, names: &[ConnectionName], asker: &mut Asker) {
        self.taken = names.to_vec();
        if !self.runs.is_idle() {
            let of = self.runs.value().and_then(|runs| runs.of.clone());
            self.read_runs(of, asker); // there may be one more
        }
        if !self.is_running() {
            self.draft.follow(&self.overview, now);
            self.overview = now.clone();
        }
    }

    pub(super) fn answer(&mut self, ticket: Ticket, told: Told) {
        match told {
            Told::Verify(answer) => {
                self.checks.answer(ticket, answer);
            }
            Told::Runs(answer) => {
                self.runs.answer(ticket, answer);
            }
            Told::Preview(answer) => {
                self.preview.answer(ticket, answer);
            }
            Told::Collections(answer) => {
                if self.listed.answer(ticket, answer)
                    && let Some(listed) = self.listed.value()
                {
                    self.picker = Some(self.draft.picker(listed));
                }
            }
        }
    }

    pub(super) fn answer_schedule(&mut self, ticket: Ticket, answer: Result<ScheduleSeen>) {
        self.schedule.answer(ticket, answer);
    }

    pub(super) fn hear_query(&mut self, ticket: Ticket, progress: &Progress) {
        self.checks.hear(ticket, progress.clone());
        self.listed.hear(ticket, progress.clone());
        self.preview.hear(ticket, progress.clone());
    }

    pub(super) fn hear(&mut self, heard: RunId, now: &Progress) {
        if let Stage::Running { run, progress, .. } = &mut self.stage
            && *run == heard
        {
            *progress = Some(now.clone());
        }
    }

    /// The changes are made, or as many of them as could be. Answers whether the dialog may close; `None`: it was not about this one.
    pub(super) fn ended(&mut self, ended: RunId, end: &Result<Box<Changed>>, asker: &mut Asker) -> Option<bool> {
        let Stage::Running { run, closes, .. } = self.stage else {
            return None;
        };
        if run != ended {
            return None;
        }
        self.stage = Stage::Editing;
        asker.abandon(self.preview.forget());
        self.applied = Some(match end {
            Ok(changed) => {
                self.take(changed, asker);
                Applied::Changed(changed.clone())
            }
            Err(failure) => Applied::Failed(failure.clone()),
        });
        Some(closes && end.as_ref().is_ok_and(|changed| changed.failure.is_none()))
    }

    fn take(&mut self, changed: &Changed, asker: &mut Asker) {
        self.draft.follow(&self.overview, &changed.now);
        self.overview = changed.now.clone();
        // Deleting groups did not come to its end: it is still what was wished.
        self.draft.clears_left_over = changed.failure.is_some() && !self.overview.left_over.is_empty();
        if self.draft.schedule.is_some() {
            // Made or not: what stands is looked at again.
            self.schedule.ask(asker.query(Query::Schedule));
            if changed.done.schedule.is_some() {
                self.draft.schedule = None;
            }
        }
    }
}
