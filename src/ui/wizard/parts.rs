//! What pages share: things beside a field, and results that come into view when they arrive.

use egui::style::ScrollAnimation;
use egui::{Align, Id, Layout, Rect, Response, Ui, UiBuilder, pos2};

use crate::text;
use crate::ui::theme::space;
use crate::ui::widgets::button;

/// Room for *Browse…*, in points.
const BROWSE: f32 = 96.0;

/// The button beside the field of a path that opens a file dialog, under a name of its own, and `more` behind it, which takes
/// `room`. Answers whether it was pressed. A path can always be typed too: not every machine can open a file dialog.
pub fn browse(ui: &mut Ui, field: &Response, name: &str, room: f32, more: impl FnOnce(&mut Ui)) -> bool {
    beside(ui, field, BROWSE + room, |ui| {
        let browse = button::small(ui, text::window::BROWSE);
        name_it(ui, &browse, name);
        more(ui);
        browse.clicked()
    })
}

/// Draws something to the right of a field, on its line, whatever stands above and below the field. Where there is less than
/// `room`, it comes below.
pub fn beside<R>(ui: &mut Ui, field: &Response, room: f32, content: impl FnOnce(&mut Ui) -> R) -> R {
    let left = field.rect.right() + space::S;
    let right = ui.max_rect().right();
    if right - left < room {
        return ui.horizontal_wrapped(content).inner;
    }
    let line = Rect::from_min_max(pos2(left, field.rect.top()), pos2(right, field.rect.bottom()));
    let layout = Layout::left_to_right(Align::Center);
    content(&mut ui.new_child(UiBuilder::new().max_rect(line).layout(layout)))
}

/// Names something for screen readers, where what it shows is not enough to tell it from others.
pub fn name_it(ui: &Ui, what: &Response, name: &str) {
    ui.ctx().accesskit_node_builder(what.id, |node| node.set_label(name));
}

/// Draws a result, and scrolls to it when it has just arrived. `kind` tells one result from the next; while it is `None`, none is
/// there.
pub fn result(ui: &mut Ui, name: &str, kind: Option<u8>, content: impl FnOnce(&mut Ui)) {
    let id = Id::unique(("result", name));
    let before = ui.data(|data| data.get_temp::<Option<u8>>(id)).flatten();
    ui.data_mut(|data| data.insert_temp(id, kind));
    let drawn = ui.scope(content).response;
    if kind.is_some() && kind != before {
        show_whole(ui, &drawn);
    }
}

/// Scrolls until something can be seen; at once, since nothing moves by itself here.
pub fn show_whole(ui: &Ui, what: &Response) {
    ui.scroll_to_rect_animation(what.rect, None, ScrollAnimation::none());
}
