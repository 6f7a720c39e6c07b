//! Titles that sort: a click, or Left and Right to choose a column and Space to sort by it; a line below a title shows which is
//! chosen.

use egui::accesskit::{Role, SortDirection};
use egui::{Event, Id, Key, Response, RichText, Sense, Stroke, TextStyle, Ui, WidgetInfo, pos2, vec2};

use super::{Head, indent};
use crate::text::grid as words;
use crate::ui::theme::tokens;
use crate::ui::widgets::mark;

/// Room for the arrow of the column that sorts.
const ARROW: f32 = 16.0;

/// By what a list is sorted, and what a person wishes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sorting {
    /// The column that sorts now, and whether the largest comes first.
    pub by: Option<(usize, bool)>,
    /// The column that a person wants it sorted by.
    pub wished: Option<usize>,
}

/// The titles of one list while they are drawn.
pub(super) struct Titles<'a> {
    list: &'a Response,
    sorting: &'a mut Sorting,
    /// The column that the keyboard is on.
    at: usize,
}

fn at_id(list: Id) -> Id {
    list.with("column")
}

impl<'a> Titles<'a> {
    /// Takes the keys that are for titles.
    pub(super) fn new(ui: &Ui, list: &'a Response, heads: &[Head<'_>], sorting: &'a mut Sorting) -> Self {
        let last = heads.len().saturating_sub(1);
        let mut at = ui.data(|data| data.get_temp::<usize>(at_id(list.id))).unwrap_or(0);
        if list.has_focus() {
            let times = |key| isize::from(pressed(ui, key));
            at = at.saturating_add_signed(times(Key::ArrowRight) - times(Key::ArrowLeft));
            if pressed(ui, Key::Space) {
                sorting.wished = Some(at.min(last));
            }
        }
        let at = at.min(last);
        ui.data_mut(|data| data.insert_temp(at_id(list.id), at));
        Self { list, sorting, at }
    }

    /// Draws one title into its cell.
    pub(super) fn show(&mut self, ui: &mut Ui, column: usize, title: &str) {
        let t = tokens(ui);
        let cell = ui.max_rect();
        let response = ui.interact(cell, self.list.id.with(("title", column)), Sense::CLICK);
        let direction = self.sorting.by.filter(|(by, _)| *by == column).map(|(_, down)| down);
        response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, title));
        if let Some(descending) = direction {
            let direction = if descending {
                SortDirection::Descending
            } else {
                SortDirection::Ascending
            };
            ui.ctx()
                .accesskit_node_builder(response.id, |node| node.set_sort_direction(direction));
        }
        indent(ui, column);
        let room = ui.available_width() - if direction.is_some() { ARROW } else { 0.0 };
        let ink = if response.hovered() { t.link } else { t.weak };
        let text = mark::cut(ui, title, TextStyle::Body.resolve(ui.style()), ink, room);
        let left = ui.cursor().min.x;
        let y = cell.center().y - text.size().y / 2.0;
        let width = text.size().x;
        ui.painter().galley(pos2(left, y), text, ink);
        if let Some(descending) = direction {
            mark::arrow(
                ui.painter(),
                pos2(left + width + 10.0, cell.center().y),
                descending,
                ink,
            );
        }
        if self.list.has_focus() && self.at == column {
            let line = Stroke::new(2.0, t.link);
            ui.painter().hline(left..=left + width, cell.max.y - 2.0, line);
        }
        if response.clicked() {
            self.sorting.wished = Some(column);
            ui.data_mut(|data| data.insert_temp(at_id(self.list.id), column));
            self.list.request_focus();
        }
        response.on_hover_text(words::SORTS);
        ui.allocate_space(vec2(width, cell.height()));
    }
}

/// A title that does not sort.
pub(super) fn plain(ui: &mut Ui, column: usize, title: &str) {
    indent(ui, column);
    let title = RichText::new(title).color(tokens(ui).weak);
    ui.add(egui::Label::new(title).selectable(false).truncate());
}

/// Whether a key was pressed by itself; nobody else gets it then.
fn pressed(ui: &Ui, key: Key) -> bool {
    ui.input_mut(|input| {
        let before = input.events.len();
        input.events.retain(|event| {
            !matches!(event, Event::Key { key: now, pressed: true, modifiers, .. } if *now == key && modifiers.is_none())
        });
        input.events.len() < before
    })
}

#[cfg(test)]
mod tests {
    use egui::Key;
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT, Queryable};

    use super::*;
    use crate::ui::widgets::list::{List, Row};
    use crate::ui::widgets::testing::{focused, harness, press};

    fn sorted() -> Harness<'static, (Sorting, Vec<usize>)> {
        harness((Sorting::default(), Vec::new()), |ui, (sorting, wished)| {
            let list = List {
                name: "Connections",
                heads: &[("Name", None), ("State", Some(100.0))],
                rows: 1,
                cursor: Some(0),
                height: 200.0,
            };
            sorting.wished = None;
            list.show_sorted(ui, sorting, |_| Row {
                cells: vec!["a".into(), "b".into()],
                ticked: None,
            });
            if let Some(column) = sorting.wished {
                wished.push(column);
                sorting.by = Some((column, sorting.by == Some((column, false))));
            }
        })
    }

    #[test]
    fn a_click_on_a_title_sorts_and_it_says_how() {
        let mut harness = sorted();
        for _ in 0..2 {
            harness.get_by_role_and_label(Role::ColumnHeader, "State").click();
            harness.run_steps(2);
        }
        assert_eq!(harness.state().1, [1, 1]);
        let title = harness.get_by_role_and_label(Role::ColumnHeader, "State");
        assert_eq!(
            title.accesskit_node().data().sort_direction(),
            Some(SortDirection::Descending)
        );
        assert_eq!(focused(&harness).as_deref(), Some("a, b"), "the list has the focus");
    }

    #[test]
    fn the_keyboard_chooses_a_column_and_sorts_by_it() {
        let mut harness = sorted();
        harness.get_by_role_and_label(Role::ListBox, "Connections").focus();
        harness.run_steps(2);
        press(
            &mut harness,
            &[Key::Space, Key::ArrowRight, Key::ArrowRight, Key::Space],
        );
        press(&mut harness, &[Key::ArrowLeft, Key::Space]);
        assert_eq!(harness.state().1, [0, 1, 0]);
        assert_eq!(focused(&harness).as_deref(), Some("a, b"));
    }
}
