//! *Save as CSV*: a path, and what became of the file.

use std::path::PathBuf;
use std::sync::Arc;

use super::effect::{FilePurpose, IfThere, Saved};
use super::look::Look;
use super::{Asker, Remote, Shell, TextField, Ticket};
use crate::model::sheet::Sheet;
use crate::model::{Failure, Result};

/// The dialog: the rows as they were shown when it was opened.
pub struct CsvFile {
    /// Where to save; edited in place.
    pub path: TextField,
    sheet: Sheet,
    rows: Arc<Vec<u32>>,
    saving: Remote<Saved>,
}

impl CsvFile {
    /// The dialog for these rows.
    pub fn new(sheet: Sheet, rows: Arc<Vec<u32>>) -> Self {
        Self {
            path: TextField::default(),
            sheet,
            rows,
            saving: Remote::default(),
        }
    }

    /// How many rows go into the file.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Opens the file dialog, which asks by itself before a file is replaced; what is named there is saved at once.
    pub fn browse(&self, asker: &mut Asker) {
        asker.shell(Shell::PickFile(FilePurpose::Csv));
    }

    /// Saves under the path that is typed. Nothing where none is.
    pub fn save(&mut self, if_there: IfThere, asker: &mut Asker) {
        if self.path.is_blank() {
            return;
        }
        asker.abandon(self.saving.stop());
        let path = PathBuf::from(self.path.text.trim());
        let query = Look::SaveSheet(path, self.sheet.clone(), Arc::clone(&self.rows), if_there);
        self.saving.ask(asker.look(query));
    }

    /// Another path: what is said about the last saving is not about it.
    pub fn forget(&mut self, asker: &mut Asker) {
        asker.abandon(self.saving.forget());
    }

    /// A file was named in the dialog of the system.
    pub(super) fn picked(&mut self, path: &std::path::Path, asker: &mut Asker) {
        self.path = TextField::holding(path.display().to_string());
        self.save(IfThere::Replace, asker);
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
    use crate::flow::{Effect, Query};

    #[test]
    fn a_file_that_is_there_is_left_until_a_person_says_otherwise() {
        let mut asker = Asker::default();
        let mut file = CsvFile::new(Sheet::default(), Arc::new(vec![0, 1]));
        file.save(IfThere::Ask, &mut asker);
        assert!(asker.take().is_empty(), "there is no path yet");
        file.path = TextField::holding(" groups.csv ");
        file.save(IfThere::Ask, &mut asker);
        let effects = asker.take();
        let [Effect::Query(ticket, Query::Look(Look::SaveSheet(path, _, rows, IfThere::Ask)))] = effects.as_slice()
        else {
            panic!("nothing is saved");
        };
        assert_eq!((path.to_str(), rows.len()), (Some("groups.csv"), 2));
        assert!(file.answer(*ticket, Ok(Saved::Kept("groups.csv".into()))));
        assert_eq!(file.outcome(), Some(&Saved::Kept("groups.csv".into())));
        file.picked(std::path::Path::new("other.csv"), &mut asker);
        let effects = asker.take();
        assert!(matches!(
            effects.as_slice(),
            [Effect::Query(
                _,
                Query::Look(Look::SaveSheet(_, _, _, IfThere::Replace))
            )]
        ));
        assert!(file.is_saving() && file.outcome().is_none());
    }
}
