//! *Save as CSV*.

use egui::{Context, Ui};

use crate::flow::Asker;
use crate::flow::csv_file::CsvFile;
use crate::text::grid as words;
use crate::ui::saving::{self, Wish};
use crate::ui::theme::space;
use crate::ui::widgets::{dialog, label};

/// Draws it while it is open. Answers whether it is to be closed.
pub(super) fn show(ctx: &Context, saving: &mut Option<CsvFile>, asker: &mut Asker) -> bool {
    let Some(file) = saving else { return false };
    let (closed, escape) = dialog::dialog(ctx, words::SAVE_TITLE, |ui| content(ui, file, asker));
    if closed || escape {
        file.file.forget(asker);
    }
    closed || escape
}

fn content(ui: &mut Ui, file: &mut CsvFile, asker: &mut Asker) -> bool {
    label::text(ui, &words::rows_to_save(file.rows()));
    ui.add_space(space::S);
    match saving::show(ui, &mut file.file, words::FILE_EXAMPLE, None, asker) {
        Some(Wish::Save(if_there)) => file.save(if_there, asker),
        Some(Wish::Browse) => file.file.browse(asker),
        Some(Wish::Close) => return true,
        None => {}
    }
    false
}
