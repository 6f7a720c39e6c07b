//! Which records of a collection become members of its group.

use egui::Ui;

use crate::flow::wizard::Place;
use crate::model::MemberScope;
use crate::text::members as words;
use crate::ui::theme::space;
use crate::ui::widgets::{label, tick};

/// The choice.
pub fn choice(ui: &mut Ui, place: &mut Place) {
    ui.add_space(space::S);
    label::group(ui, words::WHO);
    for (scope, name, hint) in [
        (MemberScope::AllComputers, words::ALL, words::ALL_HINT),
        (MemberScope::ClientsOnly, words::CLIENTS, words::CLIENTS_HINT),
    ] {
        if tick::radio(ui, name, place.members == scope, hint).clicked() {
            place.members = scope;
        }
    }
}
