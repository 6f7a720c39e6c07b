//! Where the flow puts what it asks for, until the front takes it.

use super::{Command, Effect, Query, RunId, Shell, Ticket, Tickets};

/// Collects effects and names them.
#[derive(Default)]
pub struct Asker {
    tickets: Tickets,
    effects: Vec<Effect>,
}

impl Asker {
    /// Asks the backend.
    pub fn query(&mut self, query: Query) -> Ticket {
        let ticket = self.tickets.ticket();
        self.effects.push(Effect::Query(ticket, query));
        ticket
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
        self.effects.push(Effect::Command(run, command));
        run
    }

    /// Has a command stop at its next safe point.
    pub fn stop(&mut self, run: RunId) {
        self.effects.push(Effect::Stop(run));
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
