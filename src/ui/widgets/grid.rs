//! A table with titles that sort: one tab stop, arrows inside, rows to select and copy. Only the cells in view cost anything, however
//! many rows and columns there are.
//!
//! Keys: arrows, Page Up and Down, Home and End move; with Shift they select. Left and Right choose a column, Space sorts by it and
//! again turns it round. Ctrl+A selects all rows, Ctrl+C copies the selected ones, Enter opens the row.

use std::borrow::Cow;

use egui::accesskit::{Role, SortDirection};
use egui::{
    Align2, Event, EventFilter, Id, Key, Modifiers, Rect, Response, ScrollArea, Sense, Stroke, StrokeKind, TextStyle,
    Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::{focus, mark};
use crate::flow::Asker;
use crate::flow::grid::Grid;
use crate::model::sheet::CellKind;
use crate::text::grid as words;
use crate::ui::theme::{size, space, tokens};

/// Of a longer cell only so many characters are drawn.
const LONGEST_CELL: usize = 300;
/// Columns that a screen reader is told of a row.
const READ_OUT: usize = 16;
/// Between a cell's edge and its text.
const PAD: f32 = space::S;

/// A column on the screen.
pub struct Head {
    /// The place of the column in the table.
    pub column: usize,
    /// Its title.
    pub title: Cow<'static, str>,
    /// Its width.
    pub width: f32,
}

/// How a table is drawn.
pub struct Look<'a> {
    /// Its name, for screen readers.
    pub name: &'a str,
    /// Its columns.
    pub heads: &'a [Head],
    /// Its height on the screen.
    pub height: f32,
    /// Words in place of rows while there are none.
    pub empty: &'a str,
    /// What a cell says, by the place of its column in the table.
    pub says: fn(usize, &str) -> Cow<'_, str>,
}

/// What a person did that the table does not do itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Opened the row that the keyboard is on.
    Open,
    /// Wanted more rows copied than a clipboard takes.
    TooManyToCopy,
}

/// A cell as it stands in the table.
pub fn as_it_is(_: usize, cell: &str) -> Cow<'_, str> {
    Cow::Borrowed(cell)
}

/// The id of the table of this name that is drawn here: for whoever leads the focus to it.
pub fn grid_id(ui: &Ui, name: &str) -> Id {
    ui.scope_id().with(("grid", name))
}

impl Look<'_> {
    /// Draws it.
    pub fn show(&self, ui: &mut Ui, grid: &mut Grid, asker: &mut Asker) -> Option<Act> {
        let id = grid_id(ui, self.name);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), self.height), Sense::hover());
        let area = ui.interact(rect, id, Sense::focusable_noninteractive());
        area.widget_info(|| WidgetInfo::labeled(Role::ListBox, ui.is_enabled(), self.name));
        focus::into_view(&area);
        let before = (grid.cursor(), grid.column);
        let mut act = area.has_focus().then(|| self.keys(ui, &area, grid, asker)).flatten();
        let moved = before != (grid.cursor(), grid.column);
        let t = tokens(ui);
        ui.painter()
            .rect(rect, 4.0, t.field, Stroke::new(1.0, t.edge), StrokeKind::Inside);
        let inside = rect.shrink(1.0);
        let (head, body) = inside.split_top_bottom_at_y(inside.min.y + size::ROW);
        let offset = self.body(ui, &area, body, grid, moved, &mut act);
        self.titles(ui, &area, head, offset, grid, asker);
        let described = if grid.is_empty() { self.empty } else { words::HOW };
        ui.ctx()
            .accesskit_node_builder(id, |node| node.set_description(described));
        if grid.is_empty() && !self.empty.is_empty() {
            let font = TextStyle::Body.resolve(ui.style());
            let text = ui
                .painter()
                .layout(self.empty.to_owned(), font, t.weak, body.width() - 2.0 * space::L);
            ui.painter().galley(body.min + Vec2::splat(space::M), text, t.weak);
        }
        focus::ring_inside(ui, &area);
        act
    }

    fn width(&self) -> f32 {
        self.heads.iter().map(|head| head.width).sum()
    }

    /// The columns in view, each with its place from the left.
    fn in_view(&self, from: f32, width: f32) -> impl Iterator<Item = (&Head, f32)> {
        let places = self.heads.iter().scan(0.0, |at, head| {
            let left = *at;
            *at += head.width;
            Some((head, left))
        });
        places.filter(move |(head, left)| left + head.width > from && *left < from + width)
    }

    fn titles(&self, ui: &mut Ui, area: &Response, rect: Rect, offset: f32, grid: &mut Grid, asker: &mut Asker) {
        let t = tokens(ui);
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        painter.rect_filled(rect, 3.0, t.chrome);
        painter.hline(rect.x_range(), rect.max.y, Stroke::new(1.0, t.line));
        let font = TextStyle::Body.resolve(ui.style());
        let mut clicked = None;
        for (head, left) in self.in_view(offset, rect.width()) {
            let min = pos2(rect.min.x + left - offset, rect.min.y);
            let cell = Rect::from_min_size(min, vec2(head.width, rect.height()));
            let seen = cell.intersect(rect);
            let response = ui.interact(seen, area.id.with(("title", head.column)), Sense::CLICK);
            let sort = grid.sort().filter(|sort| sort.column == head.column);
            let direction = sort.map(|sort| sort.descending);
            response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, head.title.as_ref()));
            if let Some(descending) = direction {
                let direction = if descending {
                    SortDirection::Descending
                } else {
                    SortDirection::Ascending
                };
                ui.ctx()
                    .accesskit_node_builder(response.id, |node| node.set_sort_direction(direction));
            }
            if response.hovered() {
                painter.rect_filled(seen, 0.0, t.button_hovered);
            }
            let arrow_room = if direction.is_some() { 16.0 } else { 0.0 };
            let text = mark::cut(
                ui,
                &head.title,
                font.clone(),
                t.weak,
                head.width - 2.0 * PAD - arrow_room,
            );
            let column = cell.shrink2(vec2(PAD, 0.0));
            let align = alignment(grid, head.column);
            let with_arrow = text.size() + vec2(arrow_room, 0.0);
            let at = align.align_size_within_rect(with_arrow, column).min;
            let middle = pos2(at.x + text.size().x + 10.0, cell.center().y);
            painter.galley(at, text, t.weak);
            if let Some(descending) = direction {
                mark::arrow(&painter, middle, descending, t.weak);
            }
            if area.has_focus() && grid.column == head.column {
                painter.hline(seen.shrink(2.0).x_range(), seen.max.y - 1.0, Stroke::new(2.0, t.link));
            }
            if response.clicked() {
                clicked = Some(head.column);
            }
            response.on_hover_text(words::SORTS);
        }
        if let Some(column) = clicked {
            grid.column = column;
            grid.sort_by(column, asker);
            area.request_focus();
        }
    }

    /// Draws the rows in view. Answers how far they are scrolled to the right.
    fn body(
        &self,
        ui: &mut Ui,
        area: &Response,
        rect: Rect,
        grid: &mut Grid,
        moved: bool,
        act: &mut Option<Act>,
    ) -> f32 {
        let whole = vec2(self.width(), grid.len() as f32 * size::ROW);
        let builder = UiBuilder::new().max_rect(rect).accessibility_parent(area.id);
        ui.scope_builder(builder, |ui| {
            ui.set_clip_rect(rect.intersect(ui.clip_rect()));
            let scroll = ScrollArea::both()
                .id_salt((area.id, "body"))
                .auto_shrink(false)
                .max_height(rect.height())
                .min_scrolled_height(0.0);
            let output = scroll.show_viewport(ui, |ui, viewport| {
                let origin = ui.max_rect().min;
                ui.allocate_exact_size(whole, Sense::hover());
                if moved {
                    self.bring_into_view(ui, origin, viewport, grid);
                }
                self.rows(ui, area, rect, viewport, grid, act);
            });
            output.state.clamped_offset().x
        })
        .inner
    }

    fn bring_into_view(&self, ui: &Ui, origin: egui::Pos2, viewport: Rect, grid: &Grid) {
        let at = grid.cursor().unwrap_or_default();
        let column = self
            .in_view(0.0, f32::INFINITY)
            .find(|(head, _)| head.column == grid.column);
        let (left, width) = column.map_or((viewport.min.x, 1.0), |(head, left)| (left, head.width));
        let min = origin + vec2(left, at as f32 * size::ROW);
        let width = width.min(viewport.width());
        ui.scroll_to_rect(Rect::from_min_size(min, vec2(width, size::ROW)), None);
    }

    fn rows(&self, ui: &mut Ui, area: &Response, rect: Rect, viewport: Rect, grid: &mut Grid, act: &mut Option<Act>) {
        let first = (viewport.min.y / size::ROW).floor().max(0.0);
        // Far down, places from the top of all rows are too large for exact numbers; from the top of the view they are not.
        let top = rect.min.y + (first * size::ROW - viewport.min.y);
        let first = first as usize;
        let count = (rect.height() / size::ROW).ceil() as usize + 1;
        for at in first..(first + count).min(grid.len()) {
            let y = top + (at - first) as f32 * size::ROW;
            let row = Rect::from_x_y_ranges(rect.x_range(), y..=y + size::ROW);
            if let Some(done) = self.row(ui, area, row, viewport.min.x, grid, at) {
                *act = Some(done);
            }
        }
    }

    fn row(&self, ui: &mut Ui, area: &Response, rect: Rect, offset: f32, grid: &mut Grid, at: usize) -> Option<Act> {
        let t = tokens(ui);
        let selected = grid.selected().contains(&at);
        let is_cursor = grid.cursor() == Some(at);
        let fill = match (selected, at % 2) {
            (true, _) => Some(t.selected),
            (false, 1) => Some(t.stripe),
            _ => None,
        };
        if let Some(fill) = fill {
            ui.painter().rect_filled(rect, 0.0, fill);
        }
        let seen = rect.intersect(ui.clip_rect());
        let response = ui.interact(seen, area.id.with(("row", at)), Sense::CLICK);
        response.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, true, self.read_out(grid, at)));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_position_in_set(at);
            node.set_size_of_set(grid.len());
            node.set_selected(selected);
        });
        if is_cursor {
            let id = response.id.accesskit_id();
            ui.ctx()
                .accesskit_node_builder(area.id, |node| node.set_active_descendant(id));
        }
        self.cells(ui, rect, offset, grid, at);
        if response.double_clicked() {
            area.request_focus();
            return Some(Act::Open);
        }
        if response.clicked() || response.secondary_clicked() {
            let extends = ui.input(|input| input.modifiers.shift);
            grid.move_to(at, extends);
            area.request_focus();
        }
        None
    }

    fn cells(&self, ui: &Ui, rect: Rect, offset: f32, grid: &Grid, at: usize) {
        let t = tokens(ui);
        let font = TextStyle::Body.resolve(ui.style());
        for (head, left) in self.in_view(offset, rect.width()) {
            let cell = grid.cell(at, head.column);
            if cell.is_empty() {
                continue;
            }
            let said = (self.says)(head.column, beginning(cell));
            let text = mark::cut(ui, &said, font.clone(), t.text, head.width - 2.0 * PAD);
            let left = rect.min.x + left - offset;
            let column = Rect::from_x_y_ranges(left + PAD..=left + head.width - PAD, rect.y_range());
            let align = alignment(grid, head.column);
            let place = align.align_size_within_rect(text.size(), column);
            ui.painter().galley(place.min, text, t.text);
        }
    }

    /// A row in one line, an empty cell is nothing to say.
    fn read_out(&self, grid: &Grid, at: usize) -> String {
        let heads = self.heads.iter().take(READ_OUT);
        let cells = heads.map(|head| (self.says)(head.column, beginning(grid.cell(at, head.column))));
        let cells: Vec<Cow<'_, str>> = cells.filter(|cell| !cell.is_empty()).collect();
        cells.join(", ")
    }

    fn keys(&self, ui: &Ui, area: &Response, grid: &mut Grid, asker: &mut Asker) -> Option<Act> {
        let filter = EventFilter {
            vertical_arrows: true,
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(area.id, filter));
        self.move_column(ui, grid);
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::Space) {
            grid.sort_by(grid.column, asker);
        }
        let page = ((area.rect.height() / size::ROW) as usize).saturating_sub(2).max(1);
        move_row(ui, grid, page);
        if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::A)) {
            grid.select_all();
        }
        if wants_copy(ui) && !grid.is_empty() {
            match grid.copied() {
                Some(text) => ui.ctx().copy_text(text),
                None => return Some(Act::TooManyToCopy),
            }
        }
        (pressed(Key::Enter) && !grid.is_empty()).then_some(Act::Open)
    }

    fn move_column(&self, ui: &Ui, grid: &mut Grid) {
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let by = isize::from(pressed(Key::ArrowRight)) - isize::from(pressed(Key::ArrowLeft));
        let now = self.heads.iter().position(|head| head.column == grid.column);
        let to = now.unwrap_or_default().saturating_add_signed(by);
        if let Some(head) = self.heads.get(to.min(self.heads.len().saturating_sub(1))) {
            grid.column = head.column;
        }
    }
}

/// Moves by the keys that were pressed, each as often as it was; with Shift it selects.
fn move_row(ui: &Ui, grid: &mut Grid, page: usize) {
    let all = isize::try_from(grid.len()).unwrap_or(isize::MAX);
    let page = isize::try_from(page).unwrap_or(1);
    let moves = [
        (Key::ArrowDown, 1),
        (Key::ArrowUp, -1),
        (Key::PageDown, page),
        (Key::PageUp, -page),
        (Key::Home, -all),
        (Key::End, all),
    ];
    let Some(at) = grid.cursor() else { return };
    for (modifiers, extends) in [(Modifiers::SHIFT, true), (Modifiers::NONE, false)] {
        let times = |key| ui.input_mut(|input| input.count_and_consume_key(modifiers, key));
        let by: isize = moves
            .iter()
            .map(|(key, by)| by.saturating_mul(isize::try_from(times(*key)).unwrap_or(1)))
            .sum();
        if by != 0 {
            grid.move_to(at.saturating_add_signed(by), extends);
            return;
        }
    }
}

fn wants_copy(ui: &Ui) -> bool {
    ui.input_mut(|input| {
        let before = input.events.len();
        input.events.retain(|event| !matches!(event, Event::Copy));
        input.events.len() < before
    })
}

/// Numbers stand to the right, with their titles.
fn alignment(grid: &Grid, column: usize) -> Align2 {
    match grid.sheet().columns().get(column).map(|column| column.kind) {
        Some(CellKind::Number) => Align2::RIGHT_CENTER,
        _ => Align2::LEFT_CENTER,
    }
}

/// As much of a cell as may be seen.
fn beginning(cell: &str) -> &str {
    match cell.char_indices().nth(LONGEST_CELL) {
        Some((end, _)) => cell.get(..end).unwrap_or(cell),
        None => cell,
    }
}

#[cfg(test)]
mod tests;
