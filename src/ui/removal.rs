//! *Delete*: the dialog.
use crate::flow::Program;
/// TODO
pub fn show(_ctx: &egui::Context, _program: &mut Program) {}
