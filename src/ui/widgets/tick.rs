//! Boxes to tick, and choices of which one counts. The words belong to the box: a click on them is a click on it.

use egui::accesskit::Role;
use egui::{Rect, Response, RichText, Sense, TextStyle, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::{focus, keys, mark};
use crate::ui::theme::{size, space, tokens};

/// Room for the box and what is between it and the words.
const INDENT: f32 = 26.0;

/// A box to tick, with a hint below it where there is one.
pub fn tick(ui: &mut Ui, name: &str, on: &mut bool, hint: &str) -> Response {
    let mut response = line(ui, Role::CheckBox, name, *on, hint);
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    response
}

/// One of several of which one counts; `clicked()` is a wish for this one.
pub fn radio(ui: &mut Ui, name: &str, chosen: bool, hint: &str) -> Response {
    line(ui, Role::RadioButton, name, chosen, hint)
}

fn line(ui: &mut Ui, role: Role, name: &str, on: bool, hint: &str) -> Response {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        let t = tokens(ui);
        let font = TextStyle::Body.resolve(ui.style());
        let width = (ui.available_width().min(size::TEXT) - INDENT - 4.0).max(40.0);
        let words = ui.painter().layout(name.to_owned(), font, t.text, width);
        let height = words.size().y.max(size::MARK) + 6.0;
        let (rect, response) = ui.allocate_exact_size(vec2(INDENT + words.size().x + 4.0, height), Sense::click());
        // After a click the box shows already what the caller is about to hold.
        let on = on != (role == Role::CheckBox && response.clicked());
        response.widget_info(|| WidgetInfo::selected(role, ui.is_enabled(), on, name));
        let first_row = words.rows.first().map_or(size::MARK, |row| row.size.y);
        let square = Rect::from_center_size(
            pos2(
                rect.min.x + 3.0 + size::MARK / 2.0,
                rect.min.y + 3.0 + first_row.max(size::MARK) / 2.0,
            ),
            Vec2::splat(size::MARK),
        );
        paint(ui, role, square, on, response.hovered());
        let top = square.center().y - first_row / 2.0;
        ui.painter().galley(pos2(rect.min.x + INDENT, top), words, t.text);
        focus::ring(ui, &response);
        focus::claim(ui, &response);
        keys::lets_enter_pass(ui, &response);
        if !hint.is_empty() {
            ui.horizontal(|ui| {
                ui.add_space(INDENT - ui.spacing().item_spacing.x);
                ui.set_max_width(width + space::S);
                ui.add(egui::Label::new(RichText::new(hint).small().color(t.weak)).wrap());
            });
            ui.ctx()
                .accesskit_node_builder(response.id, |node| node.set_description(hint));
        }
        response
    })
    .inner
}

fn paint(ui: &Ui, role: Role, square: Rect, on: bool, hovered: bool) {
    let t = tokens(ui);
    let edge = match (on, hovered) {
        (true, _) => t.accent,
        (false, true) => t.link,
        (false, false) => t.edge,
    };
    let fill = if on { t.accent } else { t.field };
    if role == Role::CheckBox {
        mark::tick_box(ui.painter(), square, on, [fill, edge, t.on_accent]);
        return;
    }
    let radius = square.width() / 2.0;
    ui.painter()
        .circle(square.center(), radius - 0.5, fill, egui::Stroke::new(1.0, edge));
    if on {
        ui.painter().circle_filled(square.center(), radius * 0.42, t.on_accent);
    }
}
