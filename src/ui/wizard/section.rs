//! A part of a page whose widgets keep their identity when something appears or goes above it.

use egui::{Ui, UiBuilder};

/// Draws the part. egui counts widgets to tell them apart; here the count begins anew, so that a field does not lose the focus
/// in the middle of a word because an answer has come and its message stands above now.
pub fn section<R>(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    let id = ui.scope_id().with(("section", name));
    ui.scope_builder(UiBuilder::new().scope_id(id), content).inner
}
