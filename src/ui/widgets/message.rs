//! What went wrong and what to do next; what is worth knowing. Each with details and Copy where a ticket needs them.

use egui::{CornerRadius, Frame, Label, Margin, RichText, Stroke, Ui};

use super::button;
use crate::model::{Failure, Warning};
use crate::text;
use crate::ui::theme::{Shade, size, space, tokens};

/// What kind of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It went well.
    Good,
    /// It is worth knowing.
    Info,
    /// It needs attention.
    Caution,
    /// It failed.
    Bad,
}

/// A message in place.
pub fn message(ui: &mut Ui, kind: Kind, words: &str) {
    framed(ui, kind, words, |_| {});
}

/// A failure in place: what happened, what to do next, details and Copy.
pub fn failure(ui: &mut Ui, failure: &Failure) {
    let wording = text::problem::wording(failure.problem());
    framed(ui, Kind::Bad, &wording.sentence, |ui| {
        ui.add(Label::new(&wording.next_step).wrap());
        details(ui, failure);
    });
}

/// Warnings in place, one below the other.
pub fn warnings(ui: &mut Ui, warnings: &[Warning]) {
    for warning in warnings {
        message(ui, Kind::Caution, &text::warning::sentence(warning));
    }
}

/// Details that unfold, and Copy for the whole.
pub fn details(ui: &mut Ui, failure: &Failure) {
    let full = text::problem::for_ticket(failure);
    ui.horizontal_top(|ui| {
        let id = ui.scope_id().with(("details", failure.problem().code()));
        let mut open = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
        let words = if open {
            text::window::HIDE_DETAILS
        } else {
            text::window::DETAILS
        };
        if button::small(ui, words).clicked() {
            open = !open;
            ui.data_mut(|data| data.insert_temp(id, open));
        }
        if button::small(ui, text::window::COPY).clicked() {
            ui.ctx().copy_text(full.clone());
        }
        if open {
            ui.vertical(|ui| ui.add(Label::new(RichText::new(&full).monospace()).wrap().selectable(true)));
        }
    });
}

/// A message with something of its own below the words.
pub fn framed(ui: &mut Ui, kind: Kind, words: &str, more: impl FnOnce(&mut Ui)) {
    let t = tokens(ui);
    let Shade { fill, edge, text: ink } = match kind {
        Kind::Good => t.good,
        Kind::Info => t.info,
        Kind::Caution => t.caution,
        Kind::Bad => t.bad,
    };
    let frame = Frame::new()
        .fill(fill)
        .stroke(Stroke::new(1.0, edge))
        .corner_radius(CornerRadius::same(4))
        .inner_margin(Margin::symmetric(10, 8));
    frame.show(ui, |ui| {
        ui.set_max_width(size::TEXT.min(ui.available_width()));
        ui.spacing_mut().item_spacing.y = space::S;
        let response = ui.add(Label::new(RichText::new(words).color(ink)).wrap());
        let role = if kind == Kind::Bad {
            egui::accesskit::Role::Alert
        } else {
            egui::accesskit::Role::Status
        };
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_role(role);
            node.set_label(words);
        });
        more(ui);
    });
}
