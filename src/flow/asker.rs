//! Where the flow puts what it asks for, until the front takes it; and the list of what is being changed outside.

use super::look::Look;
use super::{Command, Effect, Query, RunId, Shell, Ticket, Tickets};
use crate::model::ConnectionName;

/// What a command is for: all that its end needs to be told, wherever it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// The connection.
    pub name: ConnectionName,
    /// What is done to it.
    pub kind: ErrandKind,
}

/// What a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrandKind {
    /// Makes it, or finishes making it.
    Create,
    /// Publishes it.
    Publish,
    /// Puts a new secret key into use.
    UpdateSecret,
    /// Changes how a person is reminded of the end of its secret key, or tells the desktop of it.
    Remind,
    /// Has it read another SMS Provider.
    Move,
    /// Changes its properties.
    Change,
    /// Takes it away.
    Remove,
}

impl Errand {
    fn of(command: &Command) -> Self {
        let (name, kind) = match command {
            Command::Create(setup, ..) | Command::Adopt(setup, ..) => (&setup.name, ErrandKind::Create),
            Command::Finish(name, _) => (name, ErrandKind::Create),
            Command::Publish(name) => (name, ErrandKind::Publish),
            Command::UpdateSecret(renew, ..) | Command::CreateSecret(renew, _) => {
                (&renew.name, ErrandKind::UpdateSecret)
            }
            Command::Remind(name, _) | Command::ClaimNotice(name) => (name, ErrandKind::Remind),
            Command::Move(name, ..) => (name, ErrandKind::Move),
            Command::Change(name, _) => (name, ErrandKind::Change),
            Command::Remove(name, _) => (name, ErrandKind::Remove),
        };
        Self {
            name: name.clone(),
            kind,
        }
    }
}

struct UnderWay {
    run: RunId,
    errand: Errand,
    stopping: bool,
}

/// Collects effects and names them. Remembers each command until it has ended, so that no end is lost with the page it came
/// from.
#[derive(Default)]
pub struct Asker {
    tickets: Tickets,
    effects: Vec<Effect>,
    under_way: Vec<UnderWay>,
}

impl Asker {
    /// Asks the backend.
    pub fn query(&mut self, query: Query) -> Ticket {
        let ticket = self.tickets.ticket();
        self.effects.push(Effect::Query(ticket, query));
        ticket
    }

    /// Has the backend look at what is published.
    pub fn look(&mut self, look: Look) -> Ticket {
        self.query(Query::Look(look))
    }

    /// A ticket for something that is answered here and now.
    pub fn ticket(&mut self) -> Ticket {
        self.tickets.ticket()
    }

    /// Nobody waits for this one any more, where there is one.
    pub fn abandon(&mut self, ticket: Option<Ticket>) {
        self.effects.extend(ticket.map(Effect::Abandon));
    }

    /// Has the backend change something.
    pub fn command(&mut self, command: Command) -> RunId {
        let run = self.tickets.run();
        self.under_way.push(UnderWay {
            run,
            errand: Errand::of(&command),
            stopping: false,
        });
        self.effects.push(Effect::Command(run, command));
        run
    }

    /// Has a command stop at its next safe point. Said once, however often it is wished.
    pub fn stop(&mut self, run: RunId) {
        let found = self.under_way.iter_mut().find(|each| each.run == run);
        if let Some(each) = found.filter(|each| !each.stopping) {
            each.stopping = true;
            self.effects.push(Effect::Stop(run));
        }
    }

    /// A command has ended. Answers what it was for; nothing where none of this name is under way.
    pub(super) fn ended(&mut self, run: RunId) -> Option<Errand> {
        let at = self.under_way.iter().position(|each| each.run == run)?;
        Some(self.under_way.remove(at).errand)
    }

    /// What is being changed outside at this moment.
    pub fn under_way(&self) -> impl Iterator<Item = &Errand> {
        self.under_way.iter().map(|each| &each.errand)
    }

    /// Asks the window.
    pub fn shell(&mut self, wish: Shell) {
        self.effects.push(Effect::Shell(wish));
    }

    /// What has been asked for since the last time.
    pub fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ConnectionName {
        text.parse().unwrap()
    }

    #[test]
    fn a_command_is_remembered_until_it_has_ended_once() {
        let mut asker = Asker::default();
        let run = asker.command(Command::Publish(name("A")));
        asker.take();
        let errand = Errand {
            name: name("A"),
            kind: ErrandKind::Publish,
        };
        assert_eq!(asker.under_way().collect::<Vec<_>>(), [&errand]);
        assert_eq!(asker.ended(run), Some(errand));
        assert_eq!(asker.ended(run), None);
        assert_eq!(asker.under_way().count(), 0);
    }

    #[test]
    fn stopping_is_said_once_and_only_to_what_is_under_way() {
        let mut asker = Asker::default();
        let run = asker.command(Command::Publish(name("A")));
        asker.stop(run);
        asker.stop(run);
        let stops = |asker: &mut Asker| {
            let is_stop = |effect: &Effect| matches!(effect, Effect::Stop(each) if *each == run);
            asker.take().iter().filter(|effect| is_stop(effect)).count()
        };
        assert_eq!(stops(&mut asker), 1);
        asker.ended(run);
        asker.stop(run);
        assert_eq!(stops(&mut asker), 0);
    }
}
