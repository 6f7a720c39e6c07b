//! A value that is fetched. It keeps the older value on screen while it asks again, and also when asking fails.

use super::Ticket;
use crate::model::plan::Progress;
use crate::model::{Failure, Result};

/// A fetched value in one of four states: not asked, asking, there, failed. In each an older value may be there too.
#[derive(Debug, Clone)]
pub struct Remote<T> {
    value: Option<T>,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    Idle,
    Asking {
        ticket: Ticket,
        progress: Option<Progress>,
        /// Why the asking before this one failed: what it goes back to when this one is not waited for.
        before: Option<Failure>,
    },
    Done,
    Failed(Failure),
}

impl<T> Default for Remote<T> {
    fn default() -> Self {
        Self {
            value: None,
            state: State::Idle,
        }
    }
}

impl<T> Remote<T> {
    /// One that holds a value already.
    pub(super) fn holding(value: Option<T>) -> Self {
        let state = if value.is_some() { State::Done } else { State::Idle };
        Self { value, state }
    }

    /// The value, unless asking for it again is under way or has failed.
    pub(super) fn into_settled(self) -> Option<T> {
        self.value.filter(|_| matches!(self.state, State::Done))
    }

    /// The value, be it an older one.
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Why the last asking failed.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.state {
            State::Failed(failure) => Some(failure),
            State::Idle | State::Asking { .. } | State::Done => None,
        }
    }

    /// Whether an answer is awaited.
    pub fn is_asking(&self) -> bool {
        self.pending().is_some()
    }

    /// Whether it was never asked for, or was forgotten.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    /// How far the asking is.
    pub fn progress(&self) -> Option<&Progress> {
        match &self.state {
            State::Asking { progress, .. } => progress.as_ref(),
            State::Idle | State::Done | State::Failed(_) => None,
        }
    }

    /// The ticket of the answer that is awaited.
    pub fn pending(&self) -> Option<Ticket> {
        match self.state {
            State::Asking { ticket, .. } => Some(ticket),
            State::Idle | State::Done | State::Failed(_) => None,
        }
    }

    /// Waits for this answer from now on, and for no other.
    pub fn ask(&mut self, ticket: Ticket) {
        let before = match std::mem::replace(&mut self.state, State::Idle) {
            State::Asking { before, .. } => before,
            State::Failed(failure) => Some(failure),
            State::Idle | State::Done => None,
        };
        self.state = State::Asking {
            ticket,
            progress: None,
            before,
        };
    }

    /// Takes an answer; one that is not awaited is dropped. Answers whether it was taken.
    pub fn answer(&mut self, ticket: Ticket, answer: Result<T>) -> bool {
        if self.pending() != Some(ticket) {
            return false;
        }
        match answer {
            Ok(value) => {
                self.value = Some(value);
                self.state = State::Done;
            }
            Err(failure) => self.state = State::Failed(failure),
        }
        true
    }

    /// Hears how far the asking is.
    pub fn hear(&mut self, ticket: Ticket, now: Progress) {
        if let State::Asking {
            ticket: awaited,
            progress,
            ..
        } = &mut self.state
            && *awaited == ticket
        {
            *progress = Some(now);
        }
    }

    /// Waits no more: it is again as it was before this asking. Answers the ticket that nobody waits for now.
    pub fn stop(&mut self) -> Option<Ticket> {
        let pending = self.pending();
        if let State::Asking { before, .. } = &mut self.state {
            self.state = match before.take() {
                Some(failure) => State::Failed(failure),
                None if self.value.is_some() => State::Done,
                None => State::Idle,
            };
        }
        pending
    }

    /// Drops the value, and waits no more. Answers the ticket that nobody waits for now.
    pub fn forget(&mut self) -> Option<Ticket> {
        let pending = self.pending();
        *self = Self::default();
        pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Tickets;
    use crate::model::Problem;

    #[test]
    fn only_the_awaited_answer_is_taken() {
        let (mut tickets, mut remote) = (Tickets::default(), Remote::default());
        let (first, second) = (tickets.ticket(), tickets.ticket());
        remote.ask(first);
        remote.ask(second);
        assert!(!remote.answer(first, Ok(1)));
        assert!(remote.value().is_none() && remote.is_asking());
        assert!(remote.answer(second, Ok(2)));
        assert_eq!(remote.value(), Some(&2));
        assert!(!remote.answer(second, Ok(3)));
        assert_eq!(remote.value(), Some(&2));
    }

    #[test]
    fn the_older_value_stays_while_asking_and_when_that_fails() {
        let (mut tickets, mut remote) = (Tickets::default(), Remote::default());
        let ticket = tickets.ticket();
        remote.ask(ticket);
        remote.answer(ticket, Ok(1));
        let ticket = tickets.ticket();
        remote.ask(ticket);
        assert_eq!((remote.value(), remote.is_asking()), (Some(&1), true));
        remote.answer(ticket, Err(Problem::SecretExpired.into()));
        assert_eq!(remote.value(), Some(&1));
        assert!(remote.failure().is_some());
        let ticket = tickets.ticket();
        remote.ask(ticket);
        assert_eq!(remote.stop(), Some(ticket));
        assert!(!remote.answer(ticket, Ok(2)));
        assert_eq!(remote.value(), Some(&1));
        assert!(remote.failure().is_some(), "the last asking that ended has failed");
    }

    #[test]
    fn stopping_goes_back_to_how_it_was() {
        let mut tickets = Tickets::default();
        let mut remote = Remote::<u8>::default();
        remote.ask(tickets.ticket());
        remote.stop();
        assert!(remote.is_idle());
        let ticket = tickets.ticket();
        remote.ask(ticket);
        remote.answer(ticket, Ok(1));
        remote.ask(tickets.ticket());
        remote.stop();
        assert_eq!(
            (remote.value(), remote.is_idle(), remote.is_asking()),
            (Some(&1), false, false)
        );
        assert_eq!(remote.stop(), None);
    }

    #[test]
    fn progress_is_heard_of_the_awaited_asking_alone() {
        let mut tickets = Tickets::default();
        let mut remote = Remote::<u8>::default();
        let (older, ticket) = (tickets.ticket(), tickets.ticket());
        remote.ask(ticket);
        remote.hear(older, Progress::ReadingNames { devices: 1 });
        assert_eq!(remote.progress(), None);
        remote.hear(ticket, Progress::ReadingNames { devices: 2 });
        assert_eq!(remote.progress(), Some(&Progress::ReadingNames { devices: 2 }));
        assert_eq!(remote.forget(), Some(ticket));
        assert!(remote.is_idle());
    }
}
