//! Work under way: what is being done, and Cancel.

use egui::{Spinner, Ui};

use super::{button, label};
use crate::model::plan::Progress;
use crate::text;

/// A line that says what is being done. With `can_cancel` there is a button beside it; answers whether it was pressed.
pub fn busy(ui: &mut Ui, words: &str, progress: Option<&Progress>, can_cancel: bool) -> bool {
    ui.horizontal(|ui| {
        ui.add(Spinner::new().size(16.0));
        let line = progress.map_or_else(|| words.to_owned(), text::progress::line);
        label::text(ui, &line);
        can_cancel && button::small(ui, text::window::CANCEL).clicked()
    })
    .inner
}
