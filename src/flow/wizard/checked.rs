//! An answer together with the question that it answers.
//!
//! A front edits drafts in place, so a flag "verified" would outlive the edit that makes it untrue. Here the question is kept
//! (the access with its secret, say), and an answer counts only for an equal question: change one letter and it is gone, put
//! the letter back and it counts again. The answer on which something was accepted stays known while other questions are
//! asked, so that going back to what was accepted needs no second asking.

use crate::flow::{Remote, Ticket};
use crate::model::plan::Progress;
use crate::model::{Failure, Result};

/// A remote value, and what it was asked with.
pub struct Checked<Q, A> {
    asked: Option<Q>,
    answer: Remote<A>,
    /// What was asked last is what was accepted.
    accepted: bool,
    /// What was accepted, while something else is asked.
    kept: Option<(Q, A)>,
}

impl<Q, A> Default for Checked<Q, A> {
    fn default() -> Self {
        Self {
            asked: None,
            answer: Remote::default(),
            accepted: false,
            kept: None,
        }
    }
}

impl<Q: PartialEq, A> Checked<Q, A> {
    /// Asks this from now on.
    pub fn ask(&mut self, question: Q, ticket: Ticket) {
        if !self.is_asked(&question) {
            self.turn_to(question);
        }
        self.answer.ask(ticket);
    }

    /// Another question than the one before: its older value, if any, goes with it; one that was accepted is kept.
    fn turn_to(&mut self, question: Q) {
        let returning = self.kept.take_if(|(kept, _)| *kept == question);
        let returns = returning.is_some();
        let leaving = std::mem::replace(&mut self.answer, Remote::holding(returning.map(|(_, answer)| answer)));
        if let Some(asked) = self.asked.replace(question)
            && self.accepted
        {
            self.kept = leaving.into_settled().map(|answer| (asked, answer));
        }
        self.accepted = returns;
    }

    /// Something was accepted on the answer to this question.
    pub(super) fn accept(&mut self, question: &Q) {
        if self.is_asked(question) {
            self.accepted = true;
            self.kept = None;
        }
    }

    fn is_asked(&self, question: &Q) -> bool {
        self.asked.as_ref() == Some(question)
    }

    fn kept(&self, question: &Q) -> Option<&A> {
        let kept = self.kept.as_ref().filter(|(kept, _)| kept == question);
        kept.map(|(_, answer)| answer)
    }

    /// The answer to exactly this question, be it an older one that is being renewed.
    pub fn of(&self, question: &Q) -> Option<&A> {
        let last = self.answer.value().filter(|_| self.is_asked(question));
        last.or_else(|| self.kept(question))
    }

    /// The answer to exactly this question, unless asking again failed or is under way.
    pub fn fresh(&self, question: &Q) -> Option<&A> {
        let unsettled = self.answer.is_asking() || self.answer.failure().is_some();
        self.of(question).filter(|_| !(unsettled && self.is_asked(question)))
    }

    /// Why exactly this question could not be answered.
    pub fn failure(&self, question: &Q) -> Option<&Failure> {
        self.answer.failure().filter(|_| self.is_asked(question))
    }

    /// Whether exactly this question is being asked.
    pub fn is_asking(&self, question: &Q) -> bool {
        self.answer.is_asking() && self.is_asked(question)
    }

    /// Whether this question was never asked, or its answer is not known any more.
    pub fn is_new(&self, question: &Q) -> bool {
        if self.is_asked(question) {
            self.answer.is_idle()
        } else {
            self.kept(question).is_none()
        }
    }

    /// The value, whatever it answers.
    pub fn remote(&self) -> &Remote<A> {
        &self.answer
    }

    /// Takes an answer; one that is not awaited is dropped. Answers whether it was taken.
    pub fn answer(&mut self, ticket: Ticket, answer: Result<A>) -> bool {
        self.answer.answer(ticket, answer)
    }

    /// Hears how far the asking is.
    pub fn hear(&mut self, ticket: Ticket, progress: Progress) {
        self.answer.hear(ticket, progress);
    }

    /// Waits no more. Answers the ticket that nobody waits for now.
    pub fn stop(&mut self) -> Option<Ticket> {
        self.answer.stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Tickets;
    use crate::model::Problem;

    struct Desk {
        tickets: Tickets,
        checked: Checked<&'static str, u8>,
    }

    impl Desk {
        fn new() -> Self {
            Self {
                tickets: Tickets::default(),
                checked: Checked::default(),
            }
        }

        fn ask(&mut self, question: &'static str) -> Ticket {
            let ticket = self.tickets.ticket();
            self.checked.ask(question, ticket);
            ticket
        }

        fn answered(&mut self, question: &'static str, answer: Option<u8>) {
            let ticket = self.ask(question);
            let answer = answer.ok_or_else(|| Problem::SecretExpired.into());
            assert!(self.checked.answer(ticket, answer));
        }
    }

    #[test]
    fn an_answer_counts_for_its_own_question_only() {
        let mut desk = Desk::new();
        desk.answered("a", Some(1));
        assert_eq!(desk.checked.fresh(&"a"), Some(&1));
        assert_eq!((desk.checked.fresh(&"b"), desk.checked.of(&"b")), (None, None));
        assert!(desk.checked.is_new(&"b") && !desk.checked.is_new(&"a"));
        desk.answered("b", None);
        assert!(desk.checked.failure(&"b").is_some() && desk.checked.failure(&"a").is_none());
        assert_eq!(desk.checked.of(&"a"), None, "it was not accepted");
    }

    #[test]
    fn while_it_is_asked_again_and_when_that_fails_it_does_not_count() {
        let mut desk = Desk::new();
        desk.answered("a", Some(1));
        desk.checked.accept(&"a");
        let ticket = desk.ask("a");
        assert_eq!((desk.checked.of(&"a"), desk.checked.fresh(&"a")), (Some(&1), None));
        desk.checked.answer(ticket, Err(Problem::SecretExpired.into()));
        assert_eq!((desk.checked.of(&"a"), desk.checked.fresh(&"a")), (Some(&1), None));
        desk.ask("a");
        desk.checked.stop();
        assert_eq!(desk.checked.fresh(&"a"), None, "the last asking that ended has failed");
        desk.ask("b");
        assert_eq!(desk.checked.of(&"a"), None, "a refused one is not kept");
    }

    #[test]
    fn what_was_accepted_counts_again_after_other_questions() {
        let mut desk = Desk::new();
        desk.answered("a", Some(1));
        desk.checked.accept(&"a");
        desk.answered("b", None);
        desk.answered("c", Some(3));
        let waiting = desk.ask("d");
        assert_eq!(desk.checked.fresh(&"a"), Some(&1));
        assert!(!desk.checked.is_new(&"a") && !desk.checked.is_asking(&"a"));
        let ticket = desk.ask("a");
        assert!(!desk.checked.answer(waiting, Ok(4)));
        assert_eq!((desk.checked.of(&"a"), desk.checked.fresh(&"a")), (Some(&1), None));
        desk.checked.answer(ticket, Ok(5));
        desk.ask("e");
        assert_eq!(desk.checked.fresh(&"a"), Some(&5));
        desk.answered("f", Some(6));
        desk.checked.accept(&"f");
        assert_eq!(desk.checked.of(&"a"), None, "only the last accepted one is kept");
    }
}
