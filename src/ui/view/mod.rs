//! The pages over home that look at what is published.
//!
//! | file | what |
//! | --- | --- |
//! | [`groups`] | *Computer groups*: numbers, the list that is shown, what can be done with its row |
//! | [`columns`] | how wide each column of those lists is, and what its cells say |
//! | [`log_search`] | *Log search* |
//! | [`save`] | *Save as CSV* |
//! | [`parts`] | what both pages share: the head, the line below a table |

use egui::Ui;

use super::widgets::keys;
use crate::flow::Program;
use crate::flow::view::View;

mod columns;
mod groups;
mod log_search;
mod parts;
mod save;

/// What a person asks for that concerns the program.
enum Wish {
    /// Leave the page.
    Leave,
    /// Open *Log search* with what is shown.
    Search,
}

/// Draws the page that is open.
pub fn show(ui: &mut Ui, program: &mut Program) {
    let is_free = program.dialog.is_none();
    let ctx = ui.ctx().clone();
    let Program { view, asker, .. } = program;
    let (wish, saving) = match view {
        Some(View::Groups(page)) => (groups::show(ui, page, asker, is_free), &mut page.saving),
        Some(View::Search(page, _)) => (log_search::show(ui, page, asker, is_free), &mut page.saving),
        None => return,
    };
    let is_saving = saving.is_some();
    if save::show(&ctx, saving, asker) {
        *saving = None;
    }
    let escape = is_free && !is_saving && keys::escape(&ctx);
    match wish {
        Some(Wish::Search) => program.search_from_groups(),
        Some(Wish::Leave) => program.leave_view(),
        None if escape => program.step_back(),
        None => {}
    }
}

/// A name for the page that is open: when it changes, another page has opened.
pub fn page_name(program: &Program) -> Option<&'static str> {
    match program.view.as_ref()? {
        View::Groups(_) => Some("groups"),
        View::Search(..) => Some("search"),
    }
}
