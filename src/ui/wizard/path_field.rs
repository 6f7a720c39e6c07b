//! What stands beside a field: the buttons of a path. A path can always be
//! typed too: not every machine can open a file dialog.

use egui::{Align, Layout, Rect, Response, Ui, UiBuilder, pos2, vec2};

use crate::text;
use crate::ui::theme::space;
use crate::ui::widgets::button;

/// The button beside such a field that opens a file dialog, under a name of its own, and `more` behind it. Answers whether it was
/// pressed.
pub fn browse(ui: &mut Ui, field: &Response, name: &str, more: impl FnOnce(&mut Ui)) -> bool {
    beside(ui, field, |ui| {
        let browse = button::small(ui, text::window::BROWSE);
        name_it(ui, &browse, name);
        more(ui);
        browse.clicked()
    })
}

/// Draws something to the right of a field, on its line, whatever stands above and below the field.
pub fn beside<R>(ui: &mut Ui, field: &Response, content: impl FnOnce(&mut Ui) -> R) -> R {
    let left = field.rect.right() + space::S;
    let right = ui.max_rect().right().max(left);
    let line = Rect::from_min_max(pos2(left, field.rect.top()), pos2(right, field.rect.bottom()));
    let layout = Layout::left_to_right(Align::Center);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(line).layout(layout));
    ui.spacing_mut().item_spacing = vec2(space::S, 0.0);
    content(&mut ui)
}

/// Names something for screen readers, where what it shows is not enough to tell it from others.
pub fn name_it(ui: &Ui, what: &Response, name: &str) {
    ui.ctx().accesskit_node_builder(what.id, |node| node.set_label(name));
}
