//! A file that a person names for something to be saved in, and what became of it.

use std::path::{Path, PathBuf};

use super::effect::{FilePurpose, IfThere, Saved};
use super::{Asker, Query, Remote, Shell, TextField, Ticket};
use crate::model::{Failure, Result};

/// The file.
pub struct FileToSave {
    /// Where to save; edited in place.
    pub path: TextField,
    purpose: FilePurpose,
    saving: Remote<Saved>,
}

impl FileToSave {
    /// No file is named yet.
    pub fn new(purpose: FilePurpose) -> Self {
        Self {
            path: TextField::default(),
            purpose,
            saving: Remote::default(),
        }
    }

    /// What is to be saved in it.
    pub fn purpose(&self) -> FilePurpose {
        self.purpose
    }

    /// The path that is typed.
    pub fn named(&self) -> Option<PathBuf> {
        (!self.path.is_blank()).then(|| PathBuf::from(self.path.text.trim()))
    }

    /// Opens the file dialog of the system, which asks by itself before a file is replaced.
    pub fn browse(&self, asker: &mut Asker) {
        asker.shell(Shell::PickFile(self.purpose));
    }

    /// A file was named in that dialog.
    pub(super) fn picked(&mut self, path: &Path) {
        self.path = TextField::holding(path.display().to_string());
    }

    /// Saves a text under the path that is typed. Nothing where none is.
    pub fn save(&mut self, text: String, if_there: IfThere, asker: &mut Asker) {
        if let Some(path) = self.named() {
            asker.abandon(self.saving.stop());
            let ticket = asker.query(Query::SaveText(path, text, if_there));
            self.saving.ask(ticket);
        }
    }

    /// What is asked for in another way is saved under this ticket.
    pub(super) fn begin(&mut self, ticket: Ticket) {
        self.saving.ask(ticket);
    }

    pub(super) fn stop(&mut self, asker: &mut Asker) {
        asker.abandon(self.saving.stop());
    }

    /// Another path: what is said about the last saving is not about it.
    pub fn forget(&mut self, asker: &mut Asker) {
        asker.abandon(self.saving.forget());
    }

    pub(super) fn pending(&self) -> Option<Ticket> {
        self.saving.pending()
    }

    pub(super) fn answer(&mut self, ticket: Ticket, answer: Result<Saved>) -> bool {
        self.saving.answer(ticket, answer)
    }

    /// Whether it is being written.
    pub fn is_saving(&self) -> bool {
        self.saving.is_asking()
    }

    /// What became of it.
    pub fn outcome(&self) -> Option<&Saved> {
        let settled = !self.is_saving() && self.failure().is_none();
        self.saving.value().filter(|_| settled)
    }

    /// Why it could not be written.
    pub fn failure(&self) -> Option<&Failure> {
        self.saving.failure()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Effect;

    #[test]
    fn a_text_is_saved_under_the_path_that_is_named() {
        let mut asker = Asker::default();
        let mut file = FileToSave::new(FilePurpose::Report);
        file.save("report".into(), IfThere::Ask, &mut asker);
        assert!(asker.take().is_empty(), "there is no path yet");
        file.browse(&mut asker);
        assert!(matches!(
            asker.take().as_slice(),
            [Effect::Shell(Shell::PickFile(FilePurpose::Report))]
        ));
        file.picked(Path::new("report.txt"));
        file.save("report".into(), IfThere::Replace, &mut asker);
        let effects = asker.take();
        let [Effect::Query(ticket, Query::SaveText(path, text, IfThere::Replace))] = effects.as_slice() else {
            panic!("nothing is saved");
        };
        assert_eq!((path.as_path(), text.as_str()), (Path::new("report.txt"), "report"));
        assert!(file.is_saving() && file.outcome().is_none());
        assert!(file.answer(*ticket, Ok(Saved::Written("report.txt".into()))));
        assert_eq!(file.outcome(), Some(&Saved::Written("report.txt".into())));
        file.forget(&mut asker);
        assert_eq!(file.outcome(), None);
    }
}
