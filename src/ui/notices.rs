//! The list of messages, and the newest by itself.

use egui::Ui;

use super::app::View;
use crate::flow::Program;

/// The strip along the bottom: the newest message, and the button that opens the list.
pub fn bar(_ui: &mut Ui, _program: &mut Program, _view: &mut View) {}
