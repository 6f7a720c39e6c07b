//! Cancel: nothing that was typed or made is lost without a question.

use super::{Creation, Wizard};
use crate::flow::{Asker, Command, RunId};
use crate::model::ConnectionName;
use crate::model::removal::Extent;
use crate::model::report::Standing;

/// Something to answer before the wizard goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Leave, though what was typed is lost?
    Leave,
    /// Stop what is being made?
    Stop,
    /// It was not finished: take away what stands, or leave it to be finished later?
    Unfinished(Standing),
}

impl Wizard {
    /// Cancel, Escape, or the window's own close button. Asks first where something would be lost or left.
    pub fn cancel(&mut self, asker: &mut Asker) {
        if self.is_stopping() {
            return; // asked and answered; the end is told
        }
        if !self.ask_before_leaving() {
            self.leave(asker);
        }
    }

    /// Asks what has to be asked before the wizard can go. Answers whether there is anything.
    pub(in crate::flow) fn ask_before_leaving(&mut self) -> bool {
        self.question = self.before_leaving();
        self.question.is_some()
    }

    /// What has to be asked before the wizard can go, if anything.
    fn before_leaving(&self) -> Option<Question> {
        let Some(creation) = &self.creation else {
            return (!self.is_blank()).then_some(Question::Leave);
        };
        if creation.is_running() {
            return Some(Question::Stop);
        }
        match creation.unfinished()?.standing {
            // The pages are still there to be corrected.
            Standing::Nothing => self.resumed.is_none().then_some(Question::Leave),
            standing @ (Standing::Recorded | Standing::Begun) => Some(Question::Unfinished(standing)),
            Standing::Ready => None,
        }
    }

    /// Whether what is being made was asked to stop, and has not yet.
    pub fn is_stopping(&self) -> bool {
        self.creation.as_ref().is_some_and(Creation::is_stopping)
    }

    /// Whether nothing was typed that would be lost.
    fn is_blank(&self) -> bool {
        let untouched = self.accepted.site.is_none() && self.general.is_blank();
        untouched && self.service.is_blank() && self.app.is_blank() && self.place.is_blank()
    }

    /// The wizard is over, and waits for nobody any longer.
    pub(super) fn leave(&mut self, asker: &mut Asker) {
        self.general.stop(asker);
        self.app.stop(asker);
        self.app.known.stop(asker);
        self.place.stop(asker);
        self.schedule.stop(asker);
        self.question = None;
        self.over = true;
    }

    /// No: stays where it was.
    pub fn stay(&mut self) {
        self.question = None;
    }

    /// Yes: leaves, stops, or leaves what stands to be finished later.
    pub fn confirm(&mut self, asker: &mut Asker) {
        match self.question.take() {
            Some(Question::Leave | Question::Unfinished(_)) => self.leave(asker),
            Some(Question::Stop) => {
                if let Some(creation) = self.creation.as_mut().filter(|creation| creation.is_running()) {
                    creation.ask_to_stop();
                    asker.stop(creation.run());
                }
            }
            None => {}
        }
    }

    /// Takes away what stands of an unfinished connection, and leaves. Answers the command.
    pub fn take_away(&mut self, asker: &mut Asker) -> Option<(RunId, ConnectionName)> {
        let Some(Question::Unfinished(_)) = self.question else {
            return None;
        };
        let name = self.name()?.clone();
        self.leave(asker);
        let run = asker.command(Command::Remove(name.clone(), Extent::Everything));
        Some((run, name))
    }
}
