//! The dialog with a certificate that this computer does not trust: shown so that a person can compare it with the one on the
//! server. It is closed without accepting unless a person says so.

use chrono::{DateTime, Utc};
use egui::text::LayoutJob;
use egui::{Context, FontId, Label, RichText, Stroke, TextFormat, TextStyle, Ui};

use super::checklist::show_command;
use crate::flow::Asker;
use crate::flow::wizard::{Distrust, General, OfferedCertificate};
use crate::model::Fingerprint;
use crate::text::certificate as words;
use crate::text::window;
use crate::ui::theme::{space, tokens};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::{dialog, focus, label, message};

/// How wide: two fingerprints side by side, and the command in two lines.
const WIDTH: f32 = 640.0;

/// Draws it while a person looks at a certificate.
pub fn dialog(ctx: &Context, general: &mut General, asker: &mut Asker, now: DateTime<Utc>) {
    let Some(offered) = general.certificate_looked_at() else {
        return;
    };
    let title = words::title(&offered.distrust);
    let ((declined, accepted), escape) = dialog::sized(ctx, title, WIDTH, |ui| content(ui, &offered, now));
    if accepted {
        general.accept_certificate(asker);
    } else if declined || escape {
        general.decline_certificate();
    }
}

/// Answers whether it was declined, and whether it was accepted.
fn content(ui: &mut Ui, offered: &OfferedCertificate, now: DateTime<Utc>) -> (bool, bool) {
    label::text(ui, &words::intro(offered));
    ui.add_space(space::S);
    label::facts(ui, "certificate", words::facts(&offered.certificate));
    fingerprints(ui, offered);
    for concern in offered.certificate.concerns(&offered.provider, now) {
        message::message(ui, message::Kind::Caution, &words::concern(concern, offered));
    }
    ui.add_space(space::S);
    label::text(ui, words::warning(&offered.distrust));
    ui.add_space(space::S);
    label::weak(ui, words::ON_SERVER);
    show_command(ui, words::COMMAND);
    ui.add_space(space::M);
    ui.horizontal(|ui| {
        let cancel = button::button(ui, Kind::Default, window::CANCEL);
        focus::claim(ui, &cancel);
        let trust = button::button(ui, Kind::Plain, words::TRUST);
        (cancel.clicked() || dialog::enter(ui), trust.clicked())
    })
    .inner
}

fn fingerprints(ui: &mut Ui, offered: &OfferedCertificate) {
    let shown = &offered.certificate.fingerprint;
    ui.add_space(space::S);
    match &offered.distrust {
        Distrust::Unknown { .. } => fingerprint(ui, words::SHA256, shown, None, 8),
        Distrust::Changed { accepted } => {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = space::XL;
                fingerprint(ui, words::ACCEPTED, accepted, Some(shown), 4);
                fingerprint(ui, words::SHOWN_NOW, shown, Some(accepted), 4);
            });
            label::weak(ui, words::DIFFERENCES);
        }
    }
    ui.add_space(space::S);
}

/// A fingerprint under its name, so many groups a line. Groups that differ from `other` stand out.
fn fingerprint(ui: &mut Ui, name: &str, fingerprint: &Fingerprint, other: Option<&Fingerprint>, in_line: usize) {
    let t = tokens(ui);
    let font = FontId::monospace(TextStyle::Body.resolve(ui.style()).size);
    let plain = TextFormat::simple(font, t.text);
    let differing = TextFormat {
        color: t.bad.text,
        underline: Stroke::new(1.0, t.bad.text),
        ..plain.clone()
    };
    let others = other.map(words::groups).unwrap_or_default();
    let mut job = LayoutJob::default();
    for (at, group) in words::groups(fingerprint).iter().enumerate() {
        let differs = others.get(at).is_some_and(|other| other != group);
        let space = match at {
            0 => "",
            _ if at % in_line == 0 => "\n",
            _ => " ",
        };
        job.append(space, 0.0, plain.clone());
        job.append(group, 0.0, if differs { differing.clone() } else { plain.clone() });
    }
    ui.vertical(|ui| {
        ui.label(RichText::new(name).color(t.weak));
        ui.add(Label::new(job).selectable(true));
    });
}
