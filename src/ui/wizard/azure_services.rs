//! *Azure Services*: the connection's name and description, and the one service there is.

use egui::{CornerRadius, Frame, Margin, RadioButton, Stroke, Ui};

use crate::flow::Asker;
use crate::flow::wizard::Wizard;
use crate::text::{azure_services as words, window};
use crate::ui::theme::{size, space, tokens};
use crate::ui::widgets::form::{self, Look};
use crate::ui::widgets::label;

/// Lines of the description.
const ROWS: usize = 4;

/// Draws the page.
pub fn show(ui: &mut Ui, wizard: &mut Wizard, _asker: &mut Asker) {
    label::text(ui, words::INTRO);
    ui.add_space(space::M);
    let service = &mut wizard.service;
    let look = Look {
        example: words::NAME_EXAMPLE,
        ..Look::default()
    };
    let mistake = service.name().err();
    form::text(ui, words::NAME, &mut service.name, look, mistake.as_ref());
    ui.add_space(space::S);
    form::lines(ui, words::DESCRIPTION, &mut service.description, ROWS, window::OPTIONAL);
    services(ui);
}

/// The list of services: one, chosen.
fn services(ui: &mut Ui) {
    label::group(ui, words::SERVICE);
    let t = tokens(ui);
    let frame = Frame::new()
        .fill(t.selected)
        .stroke(Stroke::new(1.0, t.link))
        .corner_radius(CornerRadius::same(4))
        .inner_margin(Margin::symmetric(10, 8));
    frame.show(ui, |ui| {
        ui.set_width(size::TEXT.min(ui.available_width()));
        let response = ui.add(RadioButton::new(true, words::OMS_CONNECTOR));
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_description(words::OMS_CONNECTOR_BLURB));
        label::text(ui, words::OMS_CONNECTOR_BLURB);
    });
}
