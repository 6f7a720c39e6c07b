//! The dialog that adds device collections.

use crate::flow::wizard::Wizard;

/// Draws it.
pub fn show(_ctx: &egui::Context, _wizard: &mut Wizard) {}
