//! Boxes to tick, and choices of which one counts. The words belong to the box: a click on them is a click on it.

use egui::accesskit::Role;
use egui::{Rect, Response, RichText, Sense, TextStyle, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::{focus, keys, label, mark};
use crate::ui::theme::{size, tokens};

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
            let under_the_words = egui::Margin {
                left: INDENT as i8,
                ..egui::Margin::ZERO
            };
            egui::Frame::new().inner_margin(under_the_words).show(ui, |ui| {
                label::wrapped(ui, RichText::new(hint).small().color(t.weak));
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

#[cfg(test)]
mod tests {
    use egui::Key;
    use egui::accesskit::Toggled;
    use egui_kittest::kittest::{NodeT, Queryable};

    use super::*;
    use crate::ui::widgets::testing::{description, harness, press};

    #[test]
    fn a_click_on_the_words_ticks_the_box() {
        let mut harness = harness(false, |ui, on| {
            tick(ui, "The app is registered", on, "Ask an administrator.");
        });
        harness
            .get_by_role_and_label(Role::CheckBox, "The app is registered")
            .click();
        harness.run_steps(2);
        assert!(*harness.state());
        let ticked = harness.get_by_role_and_label(Role::CheckBox, "The app is registered");
        assert_eq!(ticked.accesskit_node().toggled(), Some(Toggled::True));
        let hint = description(&harness, Role::CheckBox, "The app is registered");
        assert_eq!(hint.as_deref(), Some("Ask an administrator."));
    }

    #[test]
    fn space_ticks_and_enter_is_left_to_the_page() {
        let mut harness = harness((false, false), |ui, (on, entered)| {
            tick(ui, "Yes", on, "");
            *entered |= keys::enter(ui.ctx());
        });
        harness.get_by_role_and_label(Role::CheckBox, "Yes").focus();
        harness.run_steps(2);
        press(&mut harness, &[Key::Space]);
        assert_eq!(*harness.state(), (true, false));
    }

    #[test]
    fn one_of_several_is_told_apart() {
        let mut harness = harness(0, |ui, chosen| {
            for (at, name) in ["One", "Two"].into_iter().enumerate() {
                if radio(ui, name, *chosen == at, "").clicked() {
                    *chosen = at;
                }
            }
        });
        harness.get_by_role_and_label(Role::RadioButton, "Two").click();
        harness.run_steps(3);
        assert_eq!(*harness.state(), 1);
        let one = harness.get_by_role_and_label(Role::RadioButton, "One");
        assert_eq!(one.accesskit_node().toggled(), Some(Toggled::False));
    }
}
