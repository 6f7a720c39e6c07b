//! A list of many rows that a keyboard and a screen reader can use: one tab stop, arrows inside, only visible rows cost anything.

use egui::accesskit::Role;
use egui::{
    Align, Event, EventFilter, Id, Key, Label, Layout, Response, RichText, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    Vec2, WidgetInfo,
};
use egui_extras::{Column, TableBuilder, TableRow};

mod titles;

pub use titles::Sorting;

use super::{focus, mark};
use crate::ui::theme::{size, space, tokens};
use titles::Titles;

/// A column: its title, and its width or `None` for what is left.
pub type Head<'a> = (&'a str, Option<f32>);

/// How long letters belong together, in seconds.
const TYPE_AHEAD: f64 = 1.0;

/// One row, made when it is drawn.
pub struct Row {
    /// The cells, in the order of the columns.
    pub cells: Vec<String>,
    /// Its tick, where rows have one.
    pub ticked: Option<bool>,
}

/// What a person did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Moved to this row.
    Move(usize),
    /// Wants this row's tick changed.
    Tick(usize),
    /// Wants this row: Enter or a double click.
    Open(usize),
    /// Wants it gone: Delete.
    Delete(usize),
}

/// The id of the list of this name that is drawn here: for whoever leads the focus to it.
pub fn list_id(ui: &Ui, name: &str) -> Id {
    ui.scope_id().with(("list", name))
}

/// A list.
pub struct List<'a> {
    /// Its name, for screen readers.
    pub name: &'a str,
    /// Its columns.
    pub heads: &'a [Head<'a>],
    /// How many rows.
    pub rows: usize,
    /// The row that the keyboard is on.
    pub cursor: Option<usize>,
    /// Its height on the screen.
    pub height: f32,
}

impl List<'_> {
    /// Draws it. `row` makes a row; it is called for visible rows, and for others when a person types first letters.
    pub fn show(self, ui: &mut Ui, row: impl FnMut(usize) -> Row) -> Option<Act> {
        self.show_or(ui, "", row)
    }

    /// The same, with words for the case that there are no rows.
    pub fn show_or(self, ui: &mut Ui, empty: &str, row: impl FnMut(usize) -> Row) -> Option<Act> {
        self.draw(ui, empty, None, row)
    }

    /// The same as [`Self::show`], with titles that sort. The rows come in the order that the caller has put them in.
    pub fn show_sorted(self, ui: &mut Ui, sorting: &mut Sorting, row: impl FnMut(usize) -> Row) -> Option<Act> {
        self.draw(ui, "", Some(sorting), row)
    }

    fn draw(
        self,
        ui: &mut Ui,
        empty: &str,
        sorting: Option<&mut Sorting>,
        mut row: impl FnMut(usize) -> Row,
    ) -> Option<Act> {
        let id = list_id(ui, self.name);
        let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), self.height), Sense::hover());
        let area = ui.interact(rect, id, Sense::focusable_noninteractive());
        area.widget_info(|| WidgetInfo::labeled(Role::ListBox, ui.is_enabled(), self.name));
        focus::into_view(&area);
        let mut act = None;
        let sorts = sorting.is_some();
        let mut titles = sorting.map(|sorting| Titles::new(ui, &area, self.heads, sorting));
        if area.has_focus() {
            lock_arrows(ui, id, sorts);
            act = self.keys(ui, rect).or_else(|| self.by_letters(ui, id, &mut row));
        }
        let t = tokens(ui);
        ui.painter()
            .rect(rect, 4.0, t.field, Stroke::new(1.0, t.edge), StrokeKind::Inside);
        let under = rect.min.y + 3.0 + size::ROW;
        ui.painter()
            .hline(rect.shrink(1.0).x_range(), under, Stroke::new(1.0, t.line));
        let builder = UiBuilder::new().max_rect(rect.shrink(3.0)).accessibility_parent(id);
        ui.scope_builder(builder, |ui| {
            ui.set_clip_rect(rect.shrink(1.0).intersect(ui.clip_rect()));
            self.table(ui, &area, titles.as_mut(), &mut act, &mut row);
        });
        if self.rows == 0 && !empty.is_empty() {
            let below_the_head = rect.with_min_y(rect.min.y + size::ROW);
            let words = RichText::new(empty).color(t.weak);
            ui.put(below_the_head.shrink(space::L), Label::new(words).wrap());
            ui.ctx().accesskit_node_builder(id, |node| node.set_description(empty));
        }
        focus::ring_inside(ui, &area);
        act
    }

    fn table(
        &self,
        ui: &mut Ui,
        area: &Response,
        mut titles: Option<&mut Titles<'_>>,
        act: &mut Option<Act>,
        row: &mut dyn FnMut(usize) -> Row,
    ) {
        ui.spacing_mut().item_spacing = egui::vec2(space::M, 0.0);
        let room = ui.available_width() - ui.spacing().scroll.bar_width - space::M * self.heads.len() as f32;
        let mut table = TableBuilder::new(ui)
            .id_salt(area.id)
            .striped(true)
            .sense(Sense::CLICK)
            .auto_shrink(false)
            .cell_layout(Layout::left_to_right(Align::Center))
            .min_scrolled_height(0.0)
            .max_scroll_height(area.rect.height());
        for width in self.widths(room) {
            table = table.column(match width {
                Some(width) => Column::exact(width).clip(true),
                None => Column::remainder().at_least(60.0).clip(true),
            });
        }
        if let Some(Act::Move(to)) = act {
            table = table.scroll_to_row(*to, None);
        }
        let table = table.header(size::ROW, |mut header| {
            for (at, (title, _)) in self.heads.iter().enumerate() {
                header.col(|ui| match &mut titles {
                    Some(titles) => titles.show(ui, at, title),
                    None => titles::plain(ui, at, title),
                });
            }
        });
        table.body(|body| {
            body.rows(size::ROW, self.rows, |mut shown| {
                if let Some(done) = self.row(&mut shown, area, row) {
                    *act = Some(done);
                }
            });
        });
    }

    /// Widths that fit into what room there is, with something left for columns without a width.
    fn widths(&self, room: f32) -> Vec<Option<f32>> {
        let fixed: f32 = self.heads.iter().filter_map(|(_, width)| *width).sum();
        let free = self.heads.iter().filter(|(_, width)| width.is_none()).count() as f32;
        let share = ((room - 100.0 * free) / fixed.max(1.0)).clamp(0.3, 1.0);
        self.heads
            .iter()
            .map(|(_, width)| width.map(|width| (width * share).floor()))
            .collect()
    }

    fn row(&self, shown: &mut TableRow<'_, '_>, area: &Response, row: &mut dyn FnMut(usize) -> Row) -> Option<Act> {
        let at = shown.index();
        let made = row(at);
        let is_cursor = self.cursor == Some(at);
        shown.set_selected(is_cursor);
        let mut tick_clicked = false;
        for (column, cell) in made.cells.iter().enumerate() {
            shown.col(|ui| {
                indent(ui, column);
                if let (0, Some(ticked)) = (column, made.ticked) {
                    tick_clicked |= draw_tick(ui, ticked);
                    ui.add_space(-space::XS);
                }
                if !cell.is_empty() {
                    let text = RichText::new(cell.as_str()).color(tokens(ui).text);
                    ui.add(Label::new(text).selectable(false).truncate());
                }
            });
        }
        let response = shown.response();
        // An empty cell is nothing to say.
        let said: Vec<&str> = made
            .cells
            .iter()
            .map(String::as_str)
            .filter(|cell| !cell.is_empty())
            .collect();
        let name = said.join(", ");
        response.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, true, name.as_str()));
        response.ctx.accesskit_node_builder(response.id, |node| {
            node.set_position_in_set(at);
            node.set_size_of_set(self.rows);
            node.set_selected(made.ticked.unwrap_or(is_cursor));
        });
        if is_cursor {
            let id = response.id.accesskit_id();
            area.ctx
                .accesskit_node_builder(area.id, |node| node.set_active_descendant(id));
        }
        let act = if response.double_clicked() {
            Act::Open(at)
        } else if tick_clicked || (response.clicked() && made.ticked.is_some()) {
            Act::Tick(at)
        } else if response.clicked() || response.secondary_clicked() {
            Act::Move(at)
        } else {
            return None;
        };
        area.request_focus();
        Some(act)
    }

    /// The next row that begins with the letters that were typed, one after the other within a second.
    fn by_letters(&self, ui: &Ui, id: Id, row: &mut dyn FnMut(usize) -> Row) -> Option<Act> {
        let (typed, now) = ui.input(|input| {
            let texts = input.events.iter().filter_map(|event| match event {
                Event::Text(text) => Some(text.as_str()),
                _ => None,
            });
            (texts.collect::<String>().to_lowercase(), input.time)
        });
        let before = ui.data(|data| data.get_temp::<(String, f64)>(id)).unwrap_or_default();
        let before = if now - before.1 < TYPE_AHEAD {
            before.0
        } else {
            String::new()
        };
        if typed.is_empty() || (before.is_empty() && typed.trim().is_empty()) {
            return None;
        }
        let letters = format!("{before}{typed}");
        ui.data_mut(|data| data.insert_temp(id, (letters.clone(), now)));
        // The same letter again and again goes from one such row to the next.
        let repeated = letters.chars().skip(1).all(|each| letters.starts_with(each));
        let wanted = if repeated { typed.as_str() } else { letters.as_str() };
        let from = self.cursor.map_or(0, |at| at + usize::from(repeated));
        let mut order = (from..self.rows).chain(0..from.min(self.rows));
        let begins = |at: &usize| {
            let cells = row(*at).cells;
            cells
                .first()
                .is_some_and(|cell| cell.to_lowercase().starts_with(wanted))
        };
        order.find(begins).map(Act::Move)
    }

    fn keys(&self, ui: &Ui, rect: egui::Rect) -> Option<Act> {
        let last = self.rows.checked_sub(1)?;
        let page = ((rect.height() / size::ROW) as usize).saturating_sub(2).max(1);
        let at = self.cursor.unwrap_or(0).min(last);
        let pressed = |key: Key| {
            ui.input_mut(|input| {
                let before = input.events.len();
                input.events.retain(|event| {
                    !matches!(event, Event::Key { key: now, pressed: true, modifiers, .. } if *now == key && modifiers.is_none())
                });
                before - input.events.len()
            })
        };
        let moves = [
            (Key::ArrowDown, 1_isize),
            (Key::ArrowUp, -1),
            (Key::PageDown, page as isize),
            (Key::PageUp, -(page as isize)),
            (Key::Home, -(self.rows as isize)),
            (Key::End, self.rows as isize),
        ];
        let by: isize = moves.iter().map(|(key, by)| by * pressed(*key) as isize).sum();
        if by != 0 {
            return Some(Act::Move(at.saturating_add_signed(by).min(last)));
        }
        let acts = [
            (Key::Space, Act::Tick(at)),
            (Key::Enter, Act::Open(at)),
            (Key::Delete, Act::Delete(at)),
        ];
        acts.into_iter().find(|(key, _)| pressed(*key) > 0).map(|(_, act)| act)
    }
}

/// Arrows move inside the list while it has the focus, and the focus not away from it.
fn lock_arrows(ui: &Ui, id: Id, horizontal: bool) {
    let filter = EventFilter {
        vertical_arrows: true,
        horizontal_arrows: horizontal,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
}

/// The first column does not begin at the very edge.
fn indent(ui: &mut Ui, column: usize) {
    if column == 0 {
        ui.add_space(space::S);
    }
}

/// A tick box that is no tab stop: the row is what a keyboard is on.
fn draw_tick(ui: &mut Ui, ticked: bool) -> bool {
    let t = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size::MARK), Sense::CLICK);
    let (fill, edge) = if ticked {
        (t.accent, t.accent)
    } else {
        (t.field, t.edge)
    };
    mark::tick_box(ui.painter(), rect, ticked, [fill, edge, t.on_accent]);
    response.clicked()
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT, Queryable};

    use super::*;
    use crate::ui::widgets::testing::{description, focused, harness, press};

    const ROWS: usize = 100_000;

    /// The row that the keyboard is on, all acts, and how many rows were made in the last frame.
    type State = (Option<usize>, Vec<Act>, usize);

    fn many(ticks: bool) -> Harness<'static, State> {
        let mut harness = harness((Some(0), Vec::new(), 0), move |ui, (cursor, acts, made)| {
            *made = 0;
            let list = List {
                name: "Collections",
                heads: &[("Name", None), ("ID", Some(100.0))],
                rows: ROWS,
                cursor: *cursor,
                height: 300.0,
            };
            let act = list.show(ui, |at| {
                *made += 1;
                let letter = ["All", "Berlin", "Bonn"][at % 3];
                Row {
                    cells: vec![format!("{letter} {at}"), format!("P{at}")],
                    ticked: ticks.then_some(false),
                }
            });
            if let Some(Act::Move(to)) = act {
                *cursor = Some(to);
            }
            acts.extend(act);
            super::super::button::small(ui, "after");
        });
        harness.get_by_role_and_label(Role::ListBox, "Collections").focus();
        harness.run_steps(3);
        harness
    }

    #[test]
    fn only_visible_rows_cost_anything() {
        let harness = many(false);
        assert!((5..40).contains(&harness.state().2), "{}", harness.state().2);
    }

    #[test]
    fn keys_move_over_all_rows() {
        let mut harness = many(false);
        press(&mut harness, &[Key::ArrowDown, Key::ArrowDown, Key::ArrowUp]);
        assert_eq!(harness.state().0, Some(1));
        press(&mut harness, &[Key::End]);
        harness.run_steps(4);
        assert_eq!(harness.state().0, Some(ROWS - 1));
        let last = format!("All {}, P{}", ROWS - 1, ROWS - 1);
        let row = harness.get_by_role_and_label(Role::ListBoxOption, &last);
        assert_eq!(row.accesskit_node().data().position_in_set(), Some(ROWS - 1));
        press(&mut harness, &[Key::PageUp]);
        assert!(harness.state().0.unwrap() < ROWS - 5);
        press(&mut harness, &[Key::Home]);
        assert_eq!(harness.state().0, Some(0));
    }

    #[test]
    fn space_enter_and_delete_are_told() {
        let mut harness = many(true);
        press(&mut harness, &[Key::ArrowDown, Key::Space, Key::Enter, Key::Delete]);
        assert_eq!(
            harness.state().1,
            [Act::Move(1), Act::Tick(1), Act::Open(1), Act::Delete(1)]
        );
    }

    #[test]
    fn it_is_one_tab_stop() {
        let mut harness = many(true);
        press(&mut harness, &[Key::Tab]);
        assert_eq!(focused(&harness).as_deref(), Some("after"));
    }

    #[test]
    fn first_letters_find_a_row() {
        let mut harness = many(true);
        for letter in ["b", "o"] {
            harness.event(Event::Text(letter.to_owned()));
            harness.step();
        }
        harness.run_steps(2);
        assert_eq!(harness.state().0, Some(2), "Bonn, not Berlin");
        assert!(!harness.state().1.contains(&Act::Tick(0)));
    }

    #[test]
    fn the_same_letter_again_goes_on_to_the_next() {
        let mut harness = many(false);
        for _ in 0..2 {
            harness.event(Event::Text("b".to_owned()));
            harness.step();
        }
        harness.run_steps(2);
        assert_eq!(harness.state().0, Some(2));
    }

    #[test]
    fn a_click_moves_and_a_double_click_opens() {
        let mut harness = many(false);
        let at = harness
            .get_by_role_and_label(Role::ListBoxOption, "Bonn 2, P2")
            .rect()
            .center();
        for pressed in [true, false, true, false] {
            crate::ui::widgets::testing::pointer(&mut harness, at, pressed);
        }
        assert_eq!(harness.state().1.first(), Some(&Act::Move(2)));
        assert_eq!(harness.state().1.last(), Some(&Act::Open(2)));
        // To a screen reader, the focus of a list is on its row.
        assert_eq!(focused(&harness).as_deref(), Some("Bonn 2, P2"));
    }

    #[test]
    fn an_empty_list_says_so() {
        let harness = harness((), |ui, ()| {
            let list = List {
                name: "Collections",
                heads: &[("Name", None)],
                rows: 0,
                cursor: None,
                height: 200.0,
            };
            let none = |_| Row {
                cells: Vec::new(),
                ticked: None,
            };
            list.show_or(ui, "None is chosen yet.", none);
        });
        harness.get_by_label("None is chosen yet.");
        let said = description(&harness, Role::ListBox, "Collections");
        assert_eq!(said.as_deref(), Some("None is chosen yet."));
    }

    #[test]
    fn wide_columns_make_room_in_a_narrow_window() {
        let list = List {
            name: "",
            heads: &[("Name", None), ("ID", Some(300.0)), ("Members", Some(100.0))],
            rows: 0,
            cursor: None,
            height: 0.0,
        };
        let widths = list.widths(300.0);
        assert_eq!(widths, [None, Some(150.0), Some(50.0)]);
        assert_eq!(list.widths(900.0), [None, Some(300.0), Some(100.0)]);
    }
}
