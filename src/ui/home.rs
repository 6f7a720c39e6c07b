//! The connections of this account.

use egui::{Context, Ui};

use super::widgets::button::{self, Kind};
use super::widgets::label;
use crate::flow::Program;

/// The page. `on_lab` tells whether the lab runs.
pub fn show(ui: &mut Ui, program: &mut Program, _on_lab: bool) {
    label::title(ui, "Connections");
    if button::button(ui, Kind::Default, "New connection…").clicked() {
        program.new_connection();
    }
}

/// The question before the window closes while work is under way.
pub fn ask_to_quit(_ctx: &Context, _program: &mut Program) {}
