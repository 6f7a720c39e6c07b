//! An answer together with the question that it answers.
//!
//! A front edits drafts in place, so a flag "verified" would outlive the edit that makes it untrue. Here the question is kept
//! (the access with its secret, say), and an answer counts only for an equal question: change one letter and it is gone, put
//! the letter back and it counts again.

use crate::flow::{Remote, Ticket};
use crate::model::plan::Progress;
use crate::model::{Failure, Result};

/// A remote value, and what it was asked with.
pub struct Checked<Q, A> {
    asked: Option<Q>,
    answer: Remote<A>,
}

impl<Q, A> Default for Checked<Q, A> {
    fn default() -> Self {
        Self {
            asked: None,
            answer: Remote::default(),
        }
    }
}

impl<Q: PartialEq, A> Checked<Q, A> {
    /// Asks this from now on.
    pub fn ask(&mut self, question: Q, ticket: Ticket) {
        if self.asked.as_ref() != Some(&question) {
            self.answer.forget(); // the older value answers another question
        }
        self.asked = Some(question);
        self.answer.ask(ticket);
    }

    /// The answer to exactly this question, be it an older one that is being renewed.
    pub fn of(&self, question: &Q) -> Option<&A> {
        self.answer.value().filter(|_| self.asked.as_ref() == Some(question))
    }

    /// The answer to exactly this question, unless asking again failed or is under way.
    pub fn fresh(&self, question: &Q) -> Option<&A> {
        let settled = !self.answer.is_asking() && self.answer.failure().is_none();
        self.of(question).filter(|_| settled)
    }

    /// Why exactly this question could not be answered.
    pub fn failure(&self, question: &Q) -> Option<&Failure> {
        self.answer.failure().filter(|_| self.asked.as_ref() == Some(question))
    }

    /// Whether exactly this question is being asked.
    pub fn is_asking(&self, question: &Q) -> bool {
        self.answer.is_asking() && self.asked.as_ref() == Some(question)
    }

    /// Whether this question was never asked, or not the last.
    pub fn is_new(&self, question: &Q) -> bool {
        self.asked.as_ref() != Some(question) || self.answer.is_idle()
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
