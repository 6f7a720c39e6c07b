//! The page of this name.

use egui::Ui;

use crate::flow::Asker;
use crate::flow::wizard::Wizard;

/// Draws the page.
pub fn show(_ui: &mut Ui, _wizard: &mut Wizard, _asker: &mut Asker) {}
