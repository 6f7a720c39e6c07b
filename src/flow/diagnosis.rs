//! *Diagnose*: a report for a ticket is made, to be copied or saved. Changes nothing.

use std::path::Path;

use super::effect::{FilePurpose, IfThere};
use super::file_to_save::FileToSave;
use super::program::Dialog;
use super::{Answer, Asker, Program, Query, Remote, Ticket};
use crate::model::ConnectionName;
use crate::model::diagnosis::Diagnosis;
use crate::model::plan::Progress;

/// The dialog.
pub struct Diagnose {
    /// The connection that is looked at beside this machine, where one is.
    pub name: Option<ConnectionName>,
    /// Where the report goes.
    pub file: FileToSave,
    report: Remote<Diagnosis>,
    /// What goes into the file that a person is choosing.
    to_save: String,
}

impl Diagnose {
    /// The dialog; begins at once.
    pub fn new(name: Option<ConnectionName>, asker: &mut Asker) -> Self {
        let mut dialog = Self {
            name,
            file: FileToSave::new(FilePurpose::Report),
            report: Remote::default(),
            to_save: String::new(),
        };
        dialog.begin(asker);
        dialog
    }

    /// Makes the report, anew where there is one.
    pub fn begin(&mut self, asker: &mut Asker) {
        self.file.forget(asker);
        asker.abandon(self.report.stop());
        let ticket = asker.query(Query::Diagnose(self.name.clone()));
        self.report.ask(ticket);
    }

    /// The report.
    pub fn report(&self) -> &Remote<Diagnosis> {
        &self.report
    }

    /// Cancel or Escape: stops what is under way, else the dialog may close. Answers whether it may.
    pub fn cancel(&mut self, asker: &mut Asker) -> bool {
        let was_asking = self.report.is_asking();
        asker.abandon(self.report.stop());
        if !was_asking || self.report.value().is_none() {
            self.file.stop(asker);
            return true;
        }
        false
    }

    /// Saves the text of the report under the path that is typed.
    pub fn save(&mut self, text: String, if_there: IfThere, asker: &mut Asker) {
        self.file.save(text, if_there, asker);
    }

    /// Opens the file dialog of the system; this text is saved in what is named there.
    pub fn browse(&mut self, text: String, asker: &mut Asker) {
        self.to_save = text;
        self.file.browse(asker);
    }

    /// A file was named in that dialog.
    pub(super) fn picked(&mut self, path: &Path, asker: &mut Asker) {
        self.file.picked(path);
        self.file
            .save(std::mem::take(&mut self.to_save), IfThere::Replace, asker);
    }

    /// Takes the report, or what became of the file.
    pub(super) fn answer(&mut self, ticket: Ticket, answer: Answer) {
        match answer {
            Answer::Diagnose(answer) => {
                self.report.answer(ticket, answer.map(|report| *report));
            }
            Answer::SaveText(answer) => {
                self.file.answer(ticket, answer);
            }
            _ => {}
        }
    }

    pub(super) fn hear_query(&mut self, ticket: Ticket, now: &Progress) {
        self.report.hear(ticket, now.clone());
    }
}

impl Program {
    /// Opens *Diagnose*: this machine, and a connection where one is named.
    pub fn diagnose(&mut self, name: Option<ConnectionName>) {
        if !self.is_covered() {
            self.uncover();
            let diagnose = Diagnose::new(name, &mut self.asker);
            self.dialog = Some(Dialog::Diagnosis(Box::new(diagnose)));
        }
    }

    /// Opens the log in its viewer.
    pub fn open_log(&mut self) {
        self.asker.query(Query::OpenLog);
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::flow::testing::{name, not_allowed};
    use crate::flow::{Effect, Shell};

    fn opened() -> (Asker, Diagnose, Ticket) {
        let mut asker = Asker::default();
        let diagnose = Diagnose::new(Some(name("A")), &mut asker);
        let effects = asker.take();
        let [Effect::Query(ticket, Query::Diagnose(Some(of)))] = effects.as_slice() else {
            panic!("no report was asked for");
        };
        assert_eq!(*of, name("A"));
        (asker, diagnose, *ticket)
    }

    #[test]
    fn cancel_ends_the_look_and_closes() {
        let (mut asker, mut diagnose, ticket) = opened();
        assert!(diagnose.cancel(&mut asker));
        assert!(matches!(asker.take().as_slice(), [Effect::Abandon(gone)] if *gone == ticket));
        diagnose.answer(ticket, Answer::Diagnose(Err(not_allowed())));
        assert!(diagnose.report().failure().is_none(), "nobody waits for it");
    }

    #[test]
    fn what_was_shown_is_saved_in_the_file_that_is_named() {
        let (mut asker, mut diagnose, ticket) = opened();
        diagnose.answer(ticket, Answer::Diagnose(Err(not_allowed())));
        assert!(diagnose.report().failure().is_some());
        diagnose.browse("the report".into(), &mut asker);
        assert!(matches!(
            asker.take().as_slice(),
            [Effect::Shell(Shell::PickFile(FilePurpose::Report))]
        ));
        diagnose.picked(Path::new("report.txt"), &mut asker);
        let effects = asker.take();
        let [Effect::Query(_, Query::SaveText(path, text, IfThere::Replace))] = effects.as_slice() else {
            panic!("nothing is saved");
        };
        assert_eq!((path, text.as_str()), (&PathBuf::from("report.txt"), "the report"));
        diagnose.begin(&mut asker);
        assert!(diagnose.report().is_asking() && !diagnose.file.is_saving());
    }
}
