//! Work under way: what is being done, and Cancel.

use egui::{Align, Layout, Spinner, Ui};

use super::{button, label};
use crate::model::plan::Progress;
use crate::text;
use crate::ui::theme::{size, tokens};

/// A line that says what is being done. With `can_cancel` there is a button beside it; answers whether it was pressed.
pub fn busy(ui: &mut Ui, words: &str, progress: Option<&Progress>, can_cancel: bool) -> bool {
    let line = progress.map_or_else(|| words.to_owned(), text::progress::line);
    let mut cancelled = false;
    ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
        ui.add(Spinner::new().size(size::MARK + 2.0).color(tokens(ui).link));
        ui.vertical(|ui| {
            label::text(ui, &line);
            cancelled = can_cancel && button::small(ui, text::window::CANCEL).clicked();
        });
    });
    cancelled
}
