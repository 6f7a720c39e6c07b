//! *Save as CSV*: a path to type, the system's own dialog beside it, and what became of the file.

use egui::{Context, Ui};

use crate::flow::Asker;
use crate::flow::csv_file::CsvFile;
use crate::flow::effect::{IfThere, Saved};
use crate::text::{grid as words, window};
use crate::ui::theme::space;
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::form::{self, Look};
use crate::ui::widgets::{busy, dialog, focus, label, message};

/// Draws it while it is open. Answers whether it is to be closed.
pub(super) fn show(ctx: &Context, saving: &mut Option<CsvFile>, asker: &mut Asker) -> bool {
    let Some(file) = saving else { return false };
    let (closed, escape) = dialog::dialog(ctx, words::SAVE_TITLE, |ui| content(ui, file, asker));
    if closed || escape {
        file.forget(asker);
    }
    closed || escape
}

fn content(ui: &mut Ui, file: &mut CsvFile, asker: &mut Asker) -> bool {
    label::text(ui, &words::rows_to_save(file.rows()));
    ui.add_space(space::S);
    let look = Look {
        example: words::FILE_EXAMPLE,
        ..Look::default()
    };
    let field = form::text(ui, words::FILE, &mut file.path, look, None);
    if field.changed() {
        file.forget(asker);
    }
    if outcome(ui, file) {
        file.save(IfThere::Replace, asker);
    }
    ui.add_space(space::M);
    let is_saved = matches!(file.outcome(), Some(Saved::Written(_)));
    let why_not = file.path.is_blank().then_some(words::NAME_A_FILE);
    let (save, browse, close) = focus::steady(ui, words::SAVE_NOW, |ui| {
        ui.horizontal(|ui| {
            let kind = if is_saved { Kind::Plain } else { Kind::Default };
            let save = button::enabled(ui, kind, words::SAVE_NOW, why_not).clicked();
            let browse = button::button(ui, Kind::Plain, words::SAVE_AS).clicked();
            let kind = if is_saved { Kind::Default } else { Kind::Plain };
            (save, browse, button::button(ui, kind, window::CLOSE).clicked())
        })
        .inner
    });
    let enter = dialog::enter(ui);
    if browse {
        file.browse(asker);
    }
    if save || (enter && !is_saved) {
        file.save(IfThere::Ask, asker);
    }
    close || (enter && is_saved)
}

/// What became of it. Answers whether a file that is in the way is to be replaced.
fn outcome(ui: &mut Ui, file: &CsvFile) -> bool {
    if file.is_saving() {
        busy::busy(ui, words::SAVING, None, false);
    } else if let Some(failure) = file.failure() {
        message::failure(ui, failure);
    }
    let mut replaces = false;
    match file.outcome() {
        Some(Saved::Written(path)) => message::message(ui, message::Kind::Good, &words::saved(path)),
        Some(Saved::Kept(path)) => message::framed(ui, message::Kind::Caution, &words::in_the_way(path), |ui| {
            replaces = button::button(ui, Kind::Plain, words::REPLACE).clicked();
        }),
        None => {}
    }
    replaces
}
