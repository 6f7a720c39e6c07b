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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::testing::{name, not_allowed};
    use crate::flow::{Effect, Ticket};

    fn opened() -> (Asker, Removal, Ticket) {
        let mut asker = Asker::default();
        let removal = Removal::new(name("A"), &mut asker);
        let effects = asker.take();
        let [Effect::Query(ticket, Query::Inventory(_))] = effects.as_slice() else {
            panic!("what would go was not asked");
        };
        (asker, removal, *ticket)
    }

    fn run(removal: &Removal) -> RunId {
        match removal.stage() {
            Stage::Running { run, .. } => *run,
            _ => panic!("it does not run"),
        }
    }

    fn inventory() -> RemovalInventory {
        RemovalInventory {
            groups: vec!["group".into()],
            ..RemovalInventory::default()
        }
    }

    #[test]
    fn it_shows_what_would_go_and_takes_it_away_once() {
        let (mut asker, mut removal, ticket) = opened();
        assert!(removal.answer(ticket, Ok(inventory())));
        assert_eq!(removal.inventory().value(), Some(&inventory()));
        removal.keep_groups = true;
        removal.remove(&mut asker);
        removal.remove(&mut asker);
        let effects = asker.take();
        let [
            Effect::Command(
                _,
                Command::Remove {
                    name: gone,
                    keep_groups: true,
                },
            ),
        ] = effects.as_slice()
        else {
            panic!("not one command");
        };
        assert_eq!(*gone, name("A"));
        removal.ended(run(&removal), &Ok(()));
        assert!(matches!(removal.stage(), Stage::Done));
        removal.remove(&mut asker);
        assert!(asker.take().is_empty());
    }

    #[test]
    fn nobody_waits_for_the_list_once_it_was_decided_or_cancelled() {
        for decided in [true, false] {
            let (mut asker, mut removal, ticket) = opened();
            if decided {
                removal.remove(&mut asker);
            } else {
                assert!(removal.cancel(&mut asker));
            }
            assert!(
                asker
                    .take()
                    .iter()
                    .any(|each| matches!(each, Effect::Abandon(gone) if *gone == ticket))
            );
            assert!(!removal.answer(ticket, Ok(inventory())));
        }
    }

    #[test]
    fn after_a_failure_it_can_be_done_again() {
        let (mut asker, mut removal, _) = opened();
        removal.remove(&mut asker);
        removal.ended(run(&removal), &Err(not_allowed()));
        assert!(matches!(removal.stage(), Stage::Failed(_)));
        removal.remove(&mut asker);
        assert!(removal.is_running());
    }

    #[test]
    fn cancel_stops_what_runs_once() {
        let (mut asker, mut removal, _) = opened();
        removal.remove(&mut asker);
        asker.take();
        assert!(!removal.cancel(&mut asker) && !removal.cancel(&mut asker));
        assert!(matches!(asker.take().as_slice(), [Effect::Stop(stopped)] if *stopped == run(&removal)));
        removal.ended(run(&removal), &Err(not_allowed()));
        assert!(removal.cancel(&mut asker));
    }
}
