//! A command or a query to copy.

use egui::{CornerRadius, Frame, Label, Margin, RichText, Stroke, Ui};

use crate::text::window as words;
use crate::ui::theme::{size, space, tokens};
use crate::ui::widgets::button;

/// Draws it with its Copy button.
pub fn snippet(ui: &mut Ui, text: &str) {
    let t = tokens(ui);
    frame(ui).show(ui, |ui| {
        let width = size::TEXT.min(ui.available_width());
        ui.set_max_width(width);
        ui.horizontal_top(|ui| {
            let room = ui.available_width() - size::BUTTON / 2.0 - 2.0 * space::S;
            ui.vertical(|ui| {
                ui.set_max_width(room);
                let code = RichText::new(text).monospace().color(t.text);
                ui.add(Label::new(code).wrap().selectable(true));
            });
            let copy = button::small(ui, words::COPY);
            // Several of these on one page are told apart by what they copy.
            ui.ctx()
                .accesskit_node_builder(copy.id, |node| node.set_description(text));
            if copy.clicked() {
                ui.ctx().copy_text(text.to_owned());
            }
        });
    });
}

/// What stands around a text to copy.
pub fn frame(ui: &Ui) -> Frame {
    let t = tokens(ui);
    Frame::new()
        .fill(t.field)
        .stroke(Stroke::new(1.0, t.line))
        .corner_radius(CornerRadius::same(4))
        .inner_margin(Margin::symmetric(8, 6))
}
