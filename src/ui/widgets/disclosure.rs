//! Text that unfolds below a line of words, such as "How?".

use egui::accesskit::Role;
use egui::{Id, Response, Sense, TextStyle, Ui, WidgetInfo, pos2, vec2};

use super::{focus, mark};
use crate::ui::theme::{space, tokens};

/// A line that unfolds what belongs to it, and folds it again. It stays as it is while the window is open.
pub fn disclosure(ui: &mut Ui, title: &str, content: impl FnOnce(&mut Ui)) -> Response {
    unfolding(ui, title, false, content)
}

/// The same; `open` tells how it is until a person has folded or unfolded it.
pub fn unfolding(ui: &mut Ui, title: &str, open: bool, content: impl FnOnce(&mut Ui)) -> Response {
    let id = ui.make_persistent_id(("disclosure", title));
    ui.vertical(|ui| {
        let open = is_open(ui, id).unwrap_or(open);
        let response = header(ui, id, title, open);
        let open = open != response.clicked();
        if response.clicked() {
            ui.data_mut(|data| data.insert_temp(id, open));
        }
        if open {
            ui.indent_by(INDENT, content);
        }
        response
    })
    .inner
}

const INDENT: f32 = 20.0;

fn is_open(ui: &Ui, id: Id) -> Option<bool> {
    ui.data(|data| data.get_temp::<bool>(id))
}

fn header(ui: &mut Ui, id: Id, title: &str, open: bool) -> Response {
    let t = tokens(ui);
    let font = TextStyle::Body.resolve(ui.style());
    let words = ui.painter().layout_no_wrap(title.to_owned(), font, t.link);
    let (_, rect) = ui.allocate_space(vec2(INDENT + words.size().x + 4.0, words.size().y + 4.0));
    let response = ui.interact(rect, id, Sense::click());
    let open = open != response.clicked();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), title));
    ui.ctx().accesskit_node_builder(id, |node| node.set_expanded(open));
    mark::angle(ui.painter(), pos2(rect.min.x + 8.0, rect.center().y), open, t.link);
    let left = pos2(rect.min.x + INDENT, rect.center().y - words.size().y / 2.0);
    if response.hovered() {
        let under = egui::Stroke::new(1.0, t.link);
        ui.painter()
            .hline(left.x..=rect.max.x - 4.0, left.y + words.size().y, under);
    }
    ui.painter().galley(left, words, t.link);
    focus::ring(ui, &response);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// Content further to the right, with room above and below.
trait IndentBy {
    fn indent_by(&mut self, by: f32, content: impl FnOnce(&mut Ui));
}

impl IndentBy for Ui {
    fn indent_by(&mut self, by: f32, content: impl FnOnce(&mut Ui)) {
        let left = by as i8;
        egui::Frame::new()
            .inner_margin(egui::Margin {
                left,
                bottom: space::S as i8,
                ..egui::Margin::ZERO
            })
            .show(self, content);
    }
}

#[cfg(test)]
mod tests {
    use egui::Key;
    use egui_kittest::kittest::{NodeT, Queryable};

    use super::*;
    use crate::ui::widgets::testing::{harness, press};

    #[test]
    fn it_unfolds_by_keyboard_and_stays_so() {
        let mut harness = harness((), |ui, ()| {
            disclosure(ui, "How?", |ui| {
                ui.label("Like this.");
            });
        });
        assert!(harness.query_by_label("Like this.").is_none());
        harness.get_by_role_and_label(Role::Button, "How?").focus();
        harness.run_steps(2);
        press(&mut harness, &[Key::Enter]);
        harness.run_steps(5);
        assert!(harness.query_by_label("Like this.").is_some());
        let header = harness.get_by_role_and_label(Role::Button, "How?");
        assert_eq!(header.accesskit_node().data().is_expanded(), Some(true));
    }

    #[test]
    fn what_is_open_from_the_start_can_be_folded() {
        let mut harness = harness((), |ui, ()| {
            unfolding(ui, "Why?", true, |ui| {
                ui.label("Because.");
            });
        });
        harness.run_steps(2);
        assert!(harness.query_by_label("Because.").is_some());
        harness.get_by_role_and_label(Role::Button, "Why?").focus();
        harness.run_steps(2);
        press(&mut harness, &[Key::Enter]);
        harness.run_steps(5);
        assert!(harness.query_by_label("Because.").is_none());
    }
}
