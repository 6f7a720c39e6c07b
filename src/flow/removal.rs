//! *Delete*: shows what will go and what stays, then takes it away.

use super::{Asker, Command, Query, Remote, RunId, Ticket};
use crate::model::plan::Progress;
use crate::model::removal::{Extent, Remnants, RemovalInventory, TableFound};
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
    /// Forget it on this machine only, and leave all that it has in Azure; edited in place.
    pub here_only: bool,
    /// Delete the table of history too, where that may go; edited in place.
    pub delete_table: bool,
    inventory: Remote<RemovalInventory>,
    remnants: Remote<Remnants>,
    stage: Stage,
}

impl Removal {
    /// The dialog for a connection; asks at once what would go, and what would stay.
    pub fn new(name: ConnectionName, asker: &mut Asker) -> Self {
        let (mut inventory, mut remnants) = (Remote::default(), Remote::default());
        inventory.ask(asker.query(Query::Inventory(name.clone())));
        remnants.ask(asker.query(Query::Remnants(name.clone())));
        Self {
            name,
            here_only: false,
            delete_table: false,
            inventory,
            remnants,
            stage: Stage::Asking,
        }
    }

    /// What would go.
    pub fn inventory(&self) -> &Remote<RemovalInventory> {
        &self.inventory
    }

    /// What would stay in Azure where it is forgotten here only.
    pub fn remnants(&self) -> &Remote<Remnants> {
        &self.remnants
    }

    /// The table of history, where one was found and no other connection uses it.
    pub fn table_that_may_go(&self) -> Option<&TableFound> {
        let table = self.inventory.value()?.table.as_ref();
        table.filter(|table| table.may_go())
    }

    /// How far it is to reach: a tick for a table that may not go counts for nothing.
    pub fn extent(&self) -> Extent {
        match (self.here_only, self.delete_table && self.table_that_may_go().is_some()) {
            (true, _) => Extent::HereOnly,
            (false, true) => Extent::AndTable,
            (false, false) => Extent::Everything,
        }
    }

    /// What stays in Azure that nobody knows of any more, once it is gone from here.
    pub fn left_behind(&self) -> Option<&Remnants> {
        let remnants = self.remnants.value().filter(|_| self.here_only)?;
        (!remnants.things.is_empty()).then_some(remnants)
    }

    /// Whether what a person has to know before deciding is still being looked up.
    pub fn is_looking(&self) -> bool {
        if self.here_only {
            self.remnants.is_asking()
        } else {
            self.inventory.is_asking()
        }
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
            self.stop_looking(asker);
            let run = asker.command(Command::Remove(self.name.clone(), self.extent()));
            self.stage = Stage::Running {
                run,
                progress: None,
                stopping: false,
            };
        }
    }

    fn stop_looking(&mut self, asker: &mut Asker) {
        asker.abandon(self.inventory.stop());
        asker.abandon(self.remnants.stop());
    }

    /// Cancel or Escape: stops what is under way, else the dialog may close. Answers whether it may.
    pub fn cancel(&mut self, asker: &mut Asker) -> bool {
        if let Stage::Running { run, stopping, .. } = &mut self.stage {
            *stopping = true;
            asker.stop(*run);
            return false;
        }
        self.stop_looking(asker);
        true
    }

    pub(super) fn answer(&mut self, ticket: Ticket, answer: Result<RemovalInventory>) -> bool {
        self.inventory.answer(ticket, answer)
    }

    pub(super) fn answer_remnants(&mut self, ticket: Ticket, answer: Result<Remnants>) -> bool {
        self.remnants.answer(ticket, answer)
    }

    /// Hears how far the looking is.
    pub(super) fn hear_query(&mut self, ticket: Ticket, now: &Progress) {
        self.inventory.hear(ticket, now.clone());
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
    use crate::flow::Effect;
    use crate::flow::testing::{name, not_allowed};
    use crate::model::removal::Remnant;

    fn opened() -> (Asker, Removal, Ticket) {
        let mut asker = Asker::default();
        let removal = Removal::new(name("A"), &mut asker);
        let effects = asker.take();
        let [
            Effect::Query(ticket, Query::Inventory(_)),
            Effect::Query(_, Query::Remnants(_)),
        ] = effects.as_slice()
        else {
            panic!("what would go, and what would stay, was not asked");
        };
        (asker, removal, *ticket)
    }

    fn run(removal: &Removal) -> RunId {
        match removal.stage() {
            Stage::Running { run, .. } => *run,
            _ => panic!("it does not run"),
        }
    }

    fn inventory(used_by: &[&str]) -> RemovalInventory {
        RemovalInventory {
            groups: vec!["group".into()],
            table: Some(TableFound {
                rows: Some(7),
                used_by: used_by.iter().map(|&each| each.to_owned()).collect(),
            }),
            ..RemovalInventory::default()
        }
    }

    #[test]
    fn it_shows_what_would_go_and_takes_it_away_once() {
        let (mut asker, mut removal, ticket) = opened();
        assert!(removal.answer(ticket, Ok(inventory(&[]))));
        assert_eq!(removal.inventory().value(), Some(&inventory(&[])));
        removal.here_only = true;
        removal.remove(&mut asker);
        removal.remove(&mut asker);
        let effects = asker.take();
        let commands = effects.iter().filter_map(|effect| match effect {
            Effect::Command(_, Command::Remove(gone, extent)) => Some((gone.clone(), *extent)),
            _ => None,
        });
        assert_eq!(commands.collect::<Vec<_>>(), [(name("A"), Extent::HereOnly)]);
        removal.ended(run(&removal), &Ok(()));
        assert!(matches!(removal.stage(), Stage::Done));
        removal.remove(&mut asker);
        assert!(asker.take().is_empty());
    }

    #[test]
    fn the_table_goes_only_where_it_was_found_and_nobody_else_uses_it() {
        for (found, extent) in [
            (Some(inventory(&[])), Extent::AndTable),
            (Some(inventory(&["Another"])), Extent::Everything),
            (Some(RemovalInventory::default()), Extent::Everything),
            (None, Extent::Everything),
        ] {
            let (_, mut removal, ticket) = opened();
            if let Some(found) = found {
                removal.answer(ticket, Ok(found));
            }
            removal.delete_table = true;
            assert_eq!(removal.extent(), extent);
            removal.here_only = true;
            assert_eq!(removal.extent(), Extent::HereOnly);
        }
    }

    #[test]
    fn what_stays_is_known_when_it_is_forgotten_here() {
        let (mut asker, mut removal, _) = opened();
        let ticket = removal.remnants.pending().unwrap();
        removal.here_only = true;
        assert!(removal.is_looking() && removal.left_behind().is_none());
        let remnants = Remnants {
            workspace: crate::flow::testing::workspace(1, "rg", "law"),
            things: vec![Remnant::Record { id: "asw-1".into() }],
        };
        assert!(removal.answer_remnants(ticket, Ok(remnants.clone())));
        removal.remove(&mut asker);
        removal.ended(run(&removal), &Ok(()));
        assert_eq!(removal.left_behind(), Some(&remnants));
        removal.here_only = false;
        assert_eq!(removal.left_behind(), None);
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
            assert!(!removal.answer(ticket, Ok(inventory(&[]))));
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
