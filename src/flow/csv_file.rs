//! *Save as CSV*: a path, and what became of the file.

use std::sync::Arc;

use super::effect::{FilePurpose, IfThere, Saved};
use super::file_to_save::FileToSave;
use super::look::Look;
use super::{Asker, Ticket};
use crate::model::Result;
use crate::model::sheet::Sheet;

/// The dialog: the rows as they were shown when it was opened.
pub struct CsvFile {
    /// Where to save.
    pub file: FileToSave,
    sheet: Sheet,
    rows: Arc<Vec<u32>>,
}

impl CsvFile {
    /// The dialog for these rows.
    pub fn new(sheet: Sheet, rows: Arc<Vec<u32>>) -> Self {
        Self {
            file: FileToSave::new(FilePurpose::Csv),
            sheet,
            rows,
        }
    }

    /// How many rows go into the file.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Saves under the path that is typed. Nothing where none is.
    pub fn save(&mut self, if_there: IfThere, asker: &mut Asker) {
        if let Some(path) = self.file.named() {
            self.file.stop(asker);
            let query = Look::SaveSheet(path, self.sheet.clone(), Arc::clone(&self.rows), if_there);
            self.file.begin(asker.look(query));
        }
    }

    /// A file was named in the dialog of the system.
    pub(super) fn picked(&mut self, path: &std::path::Path, asker: &mut Asker) {
        self.file.picked(path);
        self.save(IfThere::Replace, asker);
    }

    pub(super) fn pending(&self) -> Option<Ticket> {
        self.file.pending()
    }

    pub(super) fn answer(&mut self, ticket: Ticket, answer: Result<Saved>) -> bool {
        self.file.answer(ticket, answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Effect, Query, TextField};

    #[test]
    fn a_file_that_is_there_is_left_until_a_person_says_otherwise() {
        let mut asker = Asker::default();
        let mut file = CsvFile::new(Sheet::default(), Arc::new(vec![0, 1]));
        file.save(IfThere::Ask, &mut asker);
        assert!(asker.take().is_empty(), "there is no path yet");
        file.file.path = TextField::holding(" groups.csv ");
        file.save(IfThere::Ask, &mut asker);
        let effects = asker.take();
        let [Effect::Query(ticket, Query::Look(Look::SaveSheet(path, _, rows, IfThere::Ask)))] = effects.as_slice()
        else {
            panic!("nothing is saved");
        };
        assert_eq!((path.to_str(), rows.len()), (Some("groups.csv"), 2));
        assert!(file.answer(*ticket, Ok(Saved::Kept("groups.csv".into()))));
        assert_eq!(file.file.outcome(), Some(&Saved::Kept("groups.csv".into())));
        file.picked(std::path::Path::new("other.csv"), &mut asker);
        let effects = asker.take();
        assert!(matches!(
            effects.as_slice(),
            [Effect::Query(
                _,
                Query::Look(Look::SaveSheet(_, _, _, IfThere::Replace))
            )]
        ));
        assert!(file.file.is_saving() && file.file.outcome().is_none());
    }
}
