//! *Delete*: shows what will go, then takes it away.

use super::{Asker, Command, Query, Remote, RunId};
use crate::model::plan::Progress;
use crate::model::report::RemovalInventory;
use crate::model::{ConnectionName, Failure, Result};

/// How far it is.
pub enum Stage {
    /// A person decides.
    Asking,
    /// It is being taken away.
    Running {
        /// The command.
        run: RunId,
        /// The last that was heard of it.
        progress: Option<Progress>,
        /// It was asked to stop.
        stopping: bool,
    },
    /// It did not come to its end; doing it again goes on.
    Failed(Failure),
    /// It is gone.
    Done,
}

/// The dialog.
pub struct Removal {
    /// Which connection.
    pub name: ConnectionName,
    /// Leave the computer groups in the workspace; edited in place.
    pub keep_groups: bool,
    inventory: Remote<RemovalInventory>,
    stage: Stage,
}

impl Removal {
    /// The dialog for a connection; asks at once what would go.
    pub fn new(name: ConnectionName, asker: &mut Asker) -> Self {
        let mut inventory = Remote::default();
        inventory.ask(asker.query(Query::Inventory(name.clone())));
        Self {
            name,
            keep_groups: false,
            inventory,
            stage: Stage::Asking,
        }
    }

    /// What would go.
    pub fn inventory(&self) -> &Remote<RemovalInventory> {
        &self.inventory
    }

    /// How far it is.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Whether the command is under way.
    pub fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Running { .. })
    }

    /// Takes it away.
    pub fn remove(&mut self, asker: &mut Asker) {
        if matches!(self.stage, Stage::Asking | Stage::Failed(_)) {
            asker.abandon(self.inventory.stop());
            let run = asker.command(Command::Remove {
                name: self.name.clone(),
                keep_groups: self.keep_groups,
            });
            self.stage = Stage::Running {
                run,
                progress: None,
                stopping: false,
            };
        }
    }

    /// Cancel or Escape: stops what is under way, else the dialog may close. Answers whether it may.
    pub fn cancel(&mut self, asker: &mut Asker) -> bool {
        if let Stage::Running { run, stopping, .. } = &mut self.stage {
            *stopping = true;
            asker.stop(*run);
            return false;
        }
        asker.abandon(self.inventory.stop());
        true
    }

    pub(super) fn answer(&mut self, ticket: super::Ticket, answer: Result<RemovalInventory>) -> bool {
        self.inventory.answer(ticket, answer)
    }

    pub(super) fn hear(&mut self, heard: RunId, now: Progress) {
        if let Stage::Running { run, progress, .. } = &mut self.stage
            && *run == heard
        {
            *progress = Some(now);
        }
    }

    pub(super) fn ended(&mut self, ended: RunId, end: &Result<()>) {
        if matches!(self.stage, Stage::Running { run, .. } if run == ended) {
            self.stage = match end {
                Ok(()) => Stage::Done,
                Err(failure) => Stage::Failed(failure.clone()),
            };
        }
    }
}
