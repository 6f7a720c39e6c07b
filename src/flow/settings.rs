//! *Save settings*: a connection as a file from which it can be made again, without its secrets; and *New from settings*, the way
//! back.

use std::path::{Path, PathBuf};

use super::effect::{FilePurpose, IfThere};
use super::file_to_save::FileToSave;
use super::program::Dialog;
use super::wizard::Wizard;
use super::{Answer, Asker, Program, Query, Remote, Shell, TextField, Ticket};
use crate::model::{ConnectionName, Failure, Result, Setup};

/// *Save settings*.
pub struct SaveSettings {
    /// Of which connection.
    pub name: ConnectionName,
    /// Where they go.
    pub file: FileToSave,
    text: Remote<String>,
}

impl SaveSettings {
    /// The dialog for a connection; asks at once for its settings.
    pub fn new(name: ConnectionName, asker: &mut Asker) -> Self {
        let mut text = Remote::default();
        text.ask(asker.query(Query::Settings(name.clone())));
        Self {
            name,
            file: FileToSave::new(FilePurpose::Settings),
            text,
        }
    }

    /// The settings, as the file will hold them.
    pub fn text(&self) -> &Remote<String> {
        &self.text
    }

    /// Saves them under the path that is typed.
    pub fn save(&mut self, if_there: IfThere, asker: &mut Asker) {
        if let Some(text) = self.text.value() {
            self.file.save(text.clone(), if_there, asker);
        }
    }

    /// A file was named in the dialog of the system.
    pub(super) fn picked(&mut self, path: &Path, asker: &mut Asker) {
        self.file.picked(path);
        self.save(IfThere::Replace, asker);
    }

    /// Takes the settings, or what became of the file.
    pub(super) fn answer(&mut self, ticket: Ticket, answer: Answer) {
        match answer {
            Answer::Settings(answer) => {
                self.text.answer(ticket, answer);
            }
            Answer::SaveText(answer) => {
                self.file.answer(ticket, answer);
            }
            _ => {}
        }
    }

    pub(super) fn leave(&mut self, asker: &mut Asker) {
        asker.abandon(self.text.stop());
        self.file.stop(asker);
    }
}

/// *New from settings*.
#[derive(Default)]
pub struct OpenSettings {
    /// The file; edited in place.
    pub path: TextField,
    reading: Remote<()>,
}

impl OpenSettings {
    /// Opens the file dialog of the system; what is chosen there is read at once.
    pub fn browse(&self, asker: &mut Asker) {
        asker.shell(Shell::PickFile(FilePurpose::Setup));
    }

    /// Reads the file that is named. Nothing where none is.
    pub fn read(&mut self, asker: &mut Asker) {
        if !self.path.is_blank() {
            asker.abandon(self.reading.stop());
            let path = PathBuf::from(self.path.text.trim());
            self.reading.ask(asker.query(Query::SetupFile(path)));
        }
    }

    /// A file was chosen, or dropped.
    pub(super) fn picked(&mut self, path: &Path, asker: &mut Asker) {
        self.path = TextField::holding(path.display().to_string());
        self.read(asker);
    }

    /// Another path: what is said about the last one is not about it.
    pub fn forget(&mut self, asker: &mut Asker) {
        asker.abandon(self.reading.forget());
    }

    /// Whether it is being read.
    pub fn is_reading(&self) -> bool {
        self.reading.is_asking()
    }

    /// Why it could not be read.
    pub fn failure(&self) -> Option<&Failure> {
        self.reading.failure()
    }

    pub(super) fn leave(&mut self, asker: &mut Asker) {
        asker.abandon(self.reading.stop());
    }

    /// Takes the answer; the set-up where it is the awaited one.
    pub(super) fn answer(&mut self, ticket: Ticket, answer: Result<Box<Setup>>) -> Option<Setup> {
        let (setup, end) = match answer {
            Ok(setup) => (Some(*setup), Ok(())),
            Err(failure) => (None, Err(failure)),
        };
        let taken = self.reading.answer(ticket, end);
        setup.filter(|_| taken)
    }
}

impl Program {
    /// Opens *Save settings*.
    pub fn save_settings(&mut self, name: &ConnectionName) {
        if !self.is_covered() {
            self.uncover();
            let saving = SaveSettings::new(name.clone(), &mut self.asker);
            self.dialog = Some(Dialog::SaveSettings(Box::new(saving)));
        }
    }

    /// Opens *New from settings*.
    pub fn new_from_settings(&mut self) {
        if !self.is_covered() {
            self.uncover();
            self.dialog = Some(Dialog::OpenSettings(Box::default()));
        }
    }

    /// Opens it with a file that was dropped on the window, and reads that.
    pub fn settings_dropped(&mut self, path: &Path) {
        self.new_from_settings();
        if let Some(Dialog::OpenSettings(opening)) = &mut self.dialog {
            opening.picked(path, &mut self.asker);
        }
    }

    /// The settings were read: the wizard opens with them.
    pub(super) fn settings_read(&mut self, ticket: Ticket, answer: Result<Box<Setup>>) {
        let Some(opening) = self.dialogs().find_map(|dialog| match dialog {
            Dialog::OpenSettings(opening) => Some(opening),
            _ => None,
        }) else {
            return;
        };
        if let Some(setup) = opening.answer(ticket, answer) {
            self.close_view();
            let wizard = Wizard::holding(setup, self.environments.clone(), self.names());
            self.wizard = Some(wizard);
            self.uncover();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Effect;
    use crate::flow::testing::{name, not_allowed, setup};

    #[test]
    fn settings_are_saved_once_they_are_known() {
        let mut asker = Asker::default();
        let mut saving = SaveSettings::new(name("A"), &mut asker);
        let effects = asker.take();
        let [Effect::Query(ticket, Query::Settings(of))] = effects.as_slice() else {
            panic!("the settings were not asked for");
        };
        assert_eq!(*of, name("A"));
        saving.picked(Path::new("a.toml"), &mut asker);
        assert!(asker.take().is_empty(), "there is nothing to save yet");
        saving.answer(*ticket, Answer::Settings(Ok("name = \"A\"\n".into())));
        saving.save(IfThere::Ask, &mut asker);
        let effects = asker.take();
        assert!(matches!(
            effects.as_slice(),
            [Effect::Query(_, Query::SaveText(path, text, IfThere::Ask))]
                if path == Path::new("a.toml") && text == "name = \"A\"\n"
        ));
    }

    #[test]
    fn only_the_file_that_was_named_last_counts() {
        let mut asker = Asker::default();
        let mut opening = OpenSettings::default();
        opening.read(&mut asker);
        assert!(asker.take().is_empty(), "no file is named");
        opening.picked(Path::new("a.toml"), &mut asker);
        opening.picked(Path::new("b.toml"), &mut asker);
        let effects = asker.take();
        let tickets: Vec<Ticket> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Query(ticket, Query::SetupFile(_)) => Some(*ticket),
                _ => None,
            })
            .collect();
        let [first, second] = tickets.as_slice() else {
            panic!("not two questions");
        };
        assert!(opening.answer(*first, Ok(Box::new(setup("A")))).is_none());
        assert!(opening.is_reading());
        assert!(opening.answer(*second, Err(not_allowed())).is_none());
        assert!(opening.failure().is_some());
        opening.read(&mut asker);
        let effects = asker.take();
        let [Effect::Query(third, _)] = effects.as_slice() else {
            panic!("it is not read again");
        };
        assert_eq!(opening.answer(*third, Ok(Box::new(setup("A")))), Some(setup("A")));
    }
}
