//! A row of tabs: one tab stop, Left and Right turn to another one.

use egui::accesskit::Role;
use egui::{EventFilter, Id, Key, Rect, Response, Sense, Stroke, TextStyle, Ui, WidgetInfo, vec2};

use super::{focus, keys};
use crate::ui::theme::{size, space, tokens};

/// Draws the row, with the tab that is shown. Answers the one that a person has turned to.
pub fn tabs<T: Copy + PartialEq>(ui: &mut Ui, name: &str, how: &str, shown: T, all: &[(T, &str)]) -> Option<T> {
    let id = tabs_id(ui, name);
    let top = ui.cursor().min;
    let mut turned = None;
    let drawn = ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.horizontal_wrapped(|ui| {
            for (at, (tab, words)) in all.iter().enumerate() {
                if tab_of(ui, id, at, words, *tab == shown).clicked() {
                    turned = Some(*tab);
                }
            }
        })
    });
    let rect = Rect::from_min_max(top, drawn.response.rect.max);
    let row = ui.interact(rect, id, Sense::focusable_noninteractive());
    row.widget_info(|| WidgetInfo::labeled(Role::TabList, ui.is_enabled(), name));
    let at = all.iter().position(|(tab, _)| *tab == shown);
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_description(how);
        if let Some(at) = at {
            node.set_active_descendant(id.with(at).accesskit_id());
        }
    });
    if turned.is_some() {
        row.request_focus();
    }
    if row.has_focus() {
        let filter = EventFilter {
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        keys::lets_enter_pass(ui, &row);
        let by = isize::from(keys::take(ui.ctx(), Key::ArrowRight)) - isize::from(keys::take(ui.ctx(), Key::ArrowLeft));
        let to = at
            .unwrap_or(0)
            .saturating_add_signed(by)
            .min(all.len().saturating_sub(1));
        turned = turned.or(all.get(to).map(|(tab, _)| *tab).filter(|tab| *tab != shown));
    }
    let under = Stroke::new(1.0, tokens(ui).line);
    ui.painter().hline(ui.max_rect().x_range(), rect.max.y, under);
    ui.add_space(space::S);
    turned
}

/// The row's id: for whoever leads the focus to it.
pub fn tabs_id(ui: &Ui, name: &str) -> Id {
    ui.scope_id().with(("tabs", name))
}

fn tab_of(ui: &mut Ui, row: Id, at: usize, words: &str, shown: bool) -> Response {
    let t = tokens(ui);
    let font = TextStyle::Button.resolve(ui.style());
    let ink = if shown { t.text } else { t.weak };
    let text = ui.painter().layout_no_wrap(words.to_owned(), font, ink);
    let (_, rect) = ui.allocate_space(vec2(text.size().x + 2.0 * space::M, size::CONTROL + space::XS));
    let response = ui.interact(rect, row.with(at), Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::Tab, ui.is_enabled(), words));
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_selected(shown));
    if response.hovered() && !shown {
        ui.painter().rect_filled(rect, 4.0, t.button_hovered);
    }
    ui.painter().galley(rect.center() - text.size() / 2.0, text, ink);
    if shown {
        let line = Stroke::new(3.0, t.link);
        ui.painter()
            .hline(rect.shrink(space::XS).x_range(), rect.max.y - 2.0, line);
        if ui.memory(|memory| memory.has_focus(row)) {
            let ring = Stroke::new(2.0, t.link);
            ui.painter()
                .rect_stroke(rect.shrink(2.0), 4.0, ring, egui::StrokeKind::Inside);
        }
    }
    focus::into_view(&response);
    response
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT, Queryable};

    use super::*;
    use crate::ui::widgets::button;
    use crate::ui::widgets::testing::{description, focused, harness, press};

    fn row() -> Harness<'static, usize> {
        let mut harness = harness(0, |ui, shown| {
            let all = [(0, "General"), (1, "Site"), (2, "Schedule")];
            if let Some(tab) = tabs(ui, "Tabs", "Left and Right", *shown, &all) {
                *shown = tab;
            }
            button::small(ui, "after");
        });
        harness.get_by_role_and_label(Role::TabList, "Tabs").focus();
        harness.run_steps(2);
        harness
    }

    #[test]
    fn arrows_turn_and_stop_at_the_ends() {
        let mut harness = row();
        press(&mut harness, &[Key::ArrowLeft]);
        assert_eq!(*harness.state(), 0);
        press(&mut harness, &[Key::ArrowRight, Key::ArrowRight, Key::ArrowRight]);
        assert_eq!(*harness.state(), 2);
        let last = harness.get_by_role_and_label(Role::Tab, "Schedule");
        assert_eq!(last.accesskit_node().data().is_selected(), Some(true));
        assert_eq!(
            description(&harness, Role::TabList, "Tabs").as_deref(),
            Some("Left and Right")
        );
    }

    #[test]
    fn a_click_turns_and_the_row_is_one_tab_stop() {
        let mut harness = row();
        harness.get_by_role_and_label(Role::Tab, "Site").click();
        harness.run_steps(2);
        assert_eq!(*harness.state(), 1);
        press(&mut harness, &[Key::Tab]);
        assert_eq!(focused(&harness).as_deref(), Some("after"));
    }
}
