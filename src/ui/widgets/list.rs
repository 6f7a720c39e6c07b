//! A list of many rows that a keyboard and a screen reader can use: one tab stop, arrows inside, only visible rows cost anything.

use egui::accesskit::Role;
use egui::{
    Align, Event, EventFilter, Id, Key, Label, Layout, Response, RichText, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    Vec2, WidgetInfo,
};
use egui_extras::{Column, TableBuilder, TableRow};

use super::{focus, mark};
use crate::ui::theme::{size, space, tokens};

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
    pub fn show_or(self, ui: &mut Ui, empty: &str, mut row: impl FnMut(usize) -> Row) -> Option<Act> {
        let id = ui.scope_id().with(("list", self.name));
        let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), self.height), Sense::hover());
        let area = ui.interact(rect, id, Sense::focusable_noninteractive());
        area.widget_info(|| WidgetInfo::labeled(Role::ListBox, ui.is_enabled(), self.name));
        focus::into_view(&area);
        let mut act = None;
        if area.has_focus() {
            act = self.keys(ui, id, rect).or_else(|| self.by_letters(ui, id, &mut row));
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
            self.table(ui, &area, &mut act, &mut row);
        });
        if self.rows == 0 && !empty.is_empty() {
            let below_the_head = rect.with_min_y(rect.min.y + size::ROW);
            let words = RichText::new(empty).color(t.weak);
            ui.put(below_the_head.shrink(space::L), Label::new(words).wrap());
            ui.ctx().accesskit_node_builder(id, |node| node.set_description(empty));
        }
        focus::ring(ui, &area);
        act
    }

    fn table(&self, ui: &mut Ui, area: &Response, act: &mut Option<Act>, row: &mut dyn FnMut(usize) -> Row) {
        ui.style_mut().spacing.item_spacing.x = space::M;
        let room = ui.available_width() - ui.spacing().scroll.bar_width - space::M * self.heads.len() as f32;
        let mut table = TableBuilder::new(ui)
            .id_salt(area.id)
            .striped(true)
            .sense(Sense::CLICK)
            .cell_layout(Layout::left_to_right(Align::Center))
            .auto_shrink(false)
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
                header.col(|ui| {
                    ui.add_space(if at == 0 { space::S } else { 0.0 });
                    let title = RichText::new(*title).color(tokens(ui).weak);
                    ui.add(Label::new(title).selectable(false).truncate());
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
                ui.add_space(if column == 0 { space::S } else { 0.0 });
                if let (0, Some(ticked)) = (column, made.ticked) {
                    tick_clicked |= draw_tick(ui, ticked);
                }
                let text = RichText::new(cell.as_str()).color(tokens(ui).text);
                ui.add(Label::new(text).selectable(false).truncate());
            });
        }
        let response = shown.response();
        let name = made.cells.join(", ");
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
        let repeated = letters.chars().skip(1).all(|each| Some(each) == letters.chars().next());
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

    fn keys(&self, ui: &Ui, id: Id, rect: egui::Rect) -> Option<Act> {
        let filter = EventFilter {
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
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
