//! What the pages share: the head, the field that narrows a table, the line below a table.

use egui::{Frame, Id, Margin, OpenUrl, RichText, ScrollArea, Ui};

use crate::flow::grid::Grid;
use crate::model::portal::PortalLink;
use crate::text::{self, grid as words};
use crate::ui::theme::{size, space, tokens};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::form::{self, Look};

/// The least height of a table: its titles and some rows.
const LEAST: f32 = 6.0 * size::ROW;

/// A page that is as high as the window: its table takes what the rest leaves, and all of it scrolls where that is too little.
pub(super) struct Page {
    id: Id,
    /// The height of the window's part.
    room: f32,
    /// What stands below the table, as it was last drawn.
    below: f32,
}

impl Page {
    /// Draws a page. What `content` answers is answered.
    pub(super) fn show<R>(ui: &mut Ui, name: &'static str, content: impl FnOnce(&mut Ui, &Self) -> R) -> R {
        let id = Id::unique(("asw-page-with-table", name));
        let page = Self {
            id,
            room: ui.available_height(),
            below: ui.data(|data| data.get_temp(id)).unwrap_or_default(),
        };
        let scroll = ScrollArea::vertical().id_salt(id).auto_shrink(false);
        scroll
            .show(ui, |ui| {
                // As on the list of connections; room for the ring around what has the focus.
                let margin = Margin::symmetric(space::M as i8, space::S as i8);
                Frame::new()
                    .inner_margin(margin)
                    .show(ui, |ui| content(ui, &page))
                    .inner
            })
            .inner
    }

    /// The height of the table, from here on.
    pub(super) fn table_height(&self, ui: &Ui) -> f32 {
        let above = ui.cursor().min.y - ui.max_rect().min.y;
        (self.room - above - self.below - 2.0 * space::S).max(LEAST)
    }

    /// What stands below the table.
    pub(super) fn below<R>(&self, ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
        let top = ui.cursor().min.y;
        let inner = content(ui);
        let height = ui.min_rect().max.y - top + ui.spacing().item_spacing.y;
        if (height - self.below).abs() > 0.5 {
            ui.data_mut(|data| data.insert_temp(self.id, height));
            ui.ctx().request_repaint();
        }
        inner
    }
}

/// A field that narrows a table to the rows with these words.
pub(super) fn filter(ui: &mut Ui, grid: &mut Grid, example: &str) {
    let look = Look {
        width: 240.0,
        example,
        ..Look::default()
    };
    form::text(ui, words::FILTER, &mut grid.filter, look, None);
    grid.apply_filter();
}

/// Below a table: what can be done with its row, *Save as CSV*, how many rows there are, and that too many were to be copied.
/// Answers whether *Save as CSV* was pressed.
pub(super) fn below(ui: &mut Ui, grid: &Grid, too_many: bool, with_row: impl FnOnce(&mut Ui)) -> bool {
    let mut saves = false;
    ui.horizontal_wrapped(|ui| {
        with_row(ui);
        let why_not = grid.is_empty().then_some("");
        saves = button::enabled(ui, Kind::Plain, words::SAVE, why_not).clicked();
        let rows = words::rows(grid.len(), grid.sheet().rows(), grid.selected_count());
        ui.label(RichText::new(rows).color(tokens(ui).weak));
        if too_many {
            ui.label(words::too_many_to_copy());
        }
    });
    saves
}

/// Buttons that take a query elsewhere: to the clipboard, to the portal. The text is made when it is wanted: it may name every group.
pub(super) fn query_buttons(
    ui: &mut Ui,
    is_there: bool,
    query: impl Fn() -> Option<String>,
    link: impl FnOnce(&str) -> PortalLink,
) {
    let why_not = (!is_there).then_some("");
    if button::enabled(ui, Kind::Plain, text::log_search::COPY_QUERY, why_not).clicked()
        && let Some(query) = query()
    {
        ui.ctx().copy_text(query);
    }
    let open = button::enabled(ui, Kind::Plain, text::log_search::OPEN_IN_PORTAL, why_not);
    let open = open.on_hover_text(text::log_search::OPEN_HINT);
    if open.clicked()
        && let Some(query) = query()
    {
        let link = link(&query);
        if !link.carries_query {
            ui.ctx().copy_text(query);
        }
        ui.ctx().open_url(OpenUrl::new_tab(link.url));
    }
}
