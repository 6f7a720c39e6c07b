//! A list of many rows that a keyboard and a screen reader can use: one tab stop, arrows inside, only visible rows cost anything.

use egui::accesskit::Role;
use egui::{Event, EventFilter, Id, Key, Label, RichText, Sense, Ui, UiBuilder, WidgetInfo};
use egui_extras::{Column, TableBuilder};

use super::focus;
use crate::ui::theme::{size, tokens};

/// A column: its title, and its width or `None` for what is left.
pub type Head<'a> = (&'a str, Option<f32>);

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
    /// Draws it. `row` makes a row; it is called for visible rows only.
    pub fn show(self, ui: &mut Ui, mut row: impl FnMut(usize) -> Row) -> Option<Act> {
        let id = ui.scope_id().with(("list", self.name));
        let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), self.height), Sense::hover());
        let area = ui.interact(rect, id, Sense::focusable_noninteractive());
        area.widget_info(|| WidgetInfo::labeled(Role::ListBox, true, self.name));
        focus::claim(ui, &area);
        let focused = area.has_focus();
        let mut act = if focused { self.keys(ui, id, rect) } else { None };
        let t = tokens(ui);
        let edge = if focused {
            egui::Stroke::new(2.0, t.link)
        } else {
            egui::Stroke::new(1.0, t.edge)
        };
        ui.painter().rect(rect, 4.0, t.field, edge, egui::StrokeKind::Inside);
        let builder = UiBuilder::new().max_rect(rect.shrink(3.0)).accessibility_parent(id);
        ui.scope_builder(builder, |ui| {
            let mut table = TableBuilder::new(ui)
                .id_salt(id)
                .striped(true)
                .sense(Sense::CLICK)
                .auto_shrink(false)
                .min_scrolled_height(0.0)
                .max_scroll_height(rect.height());
            for (_, width) in self.heads {
                table = table.column(match width {
                    Some(width) => Column::exact(*width).clip(true),
                    None => Column::remainder().at_least(80.0).clip(true),
                });
            }
            if let Some(Act::Move(to)) = act {
                table = table.scroll_to_row(to, None);
            }
            let table = table.header(size::ROW, |mut header| {
                for (title, _) in self.heads {
                    header.col(|ui| {
                        ui.add(Label::new(RichText::new(*title).strong()).selectable(false).truncate());
                    });
                }
            });
            table.body(|body| {
                body.rows(size::ROW, self.rows, |mut shown| {
                    let at = shown.index();
                    let made = row(at);
                    let is_cursor = self.cursor == Some(at);
                    shown.set_selected(is_cursor);
                    let mut tick_clicked = false;
                    for (column, cell) in made.cells.iter().enumerate() {
                        shown.col(|ui| {
                            if let (0, Some(ticked)) = (column, made.ticked) {
                                tick_clicked |= draw_tick(ui, ticked);
                            }
                            ui.add(Label::new(cell.as_str()).selectable(false).truncate());
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
                    if response.double_clicked() {
                        act = Some(Act::Open(at));
                    } else if tick_clicked || (response.clicked() && made.ticked.is_some()) {
                        act = Some(Act::Tick(at));
                        area.request_focus();
                    } else if response.clicked() || response.secondary_clicked() {
                        act = Some(Act::Move(at));
                        area.request_focus();
                    }
                });
            });
        });
        act
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
    let (rect, response) = ui.allocate_exact_size(egui::vec2(16.0, 16.0), Sense::CLICK);
    let (fill, edge) = if ticked {
        (t.accent, t.accent)
    } else {
        (t.field, t.edge)
    };
    ui.painter()
        .rect(rect, 3.0, fill, egui::Stroke::new(1.0, edge), egui::StrokeKind::Inside);
    if ticked {
        let stroke = egui::Stroke::new(2.0, t.on_accent);
        let at = |x: f32, y: f32| rect.min + egui::vec2(x, y);
        ui.painter()
            .line(vec![at(3.5, 8.5), at(6.8, 11.5), at(12.5, 4.8)], stroke);
    }
    response.clicked()
}
