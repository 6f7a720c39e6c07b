//! A certificate that nobody here knows: shown so that a person can compare it with the one on the server.

use egui::{Label, RichText, Ui};

use super::checklist::show_command;
use crate::model::site::PresentedCertificate;
use crate::text::general as words;
use crate::ui::theme::{space, tokens};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::{label, message};

/// Draws it. Answers whether the person accepts it.
pub fn show(ui: &mut Ui, provider: &str, certificate: &PresentedCertificate) -> bool {
    let mut accepted = false;
    message::framed(
        ui,
        message::Kind::Caution,
        &words::certificate_unknown(provider),
        |ui| {
            facts(ui, certificate);
            label::text(ui, words::CERTIFICATE_WARNING);
            label::text(ui, words::CERTIFICATE_ON_SERVER);
            show_command(ui, words::CERTIFICATE_COMMAND);
            accepted = button::button(ui, Kind::Plain, words::TRUST_CERTIFICATE).clicked();
        },
    );
    accepted
}

fn facts(ui: &mut Ui, certificate: &PresentedCertificate) {
    egui::Grid::new("certificate")
        .num_columns(2)
        .spacing([space::L, space::S])
        .min_row_height(0.0)
        .show(ui, |ui| {
            for (name, value) in words::certificate_facts(certificate) {
                row(ui, name, RichText::new(value));
            }
            let fingerprint = words::fingerprint(&certificate.fingerprint);
            row(ui, words::SHA256, RichText::new(fingerprint).monospace());
        });
}

fn row(ui: &mut Ui, name: &str, value: RichText) {
    ui.label(RichText::new(name).color(tokens(ui).text));
    ui.add(Label::new(value.color(tokens(ui).text)).wrap().selectable(true));
    ui.end_row();
}
