//! *Check the site*, and what it answered to exactly what is typed now.

use egui::{Label, Response, RichText, TextStyle, Ui};

use crate::flow::Asker;
use crate::flow::wizard::General;
use crate::model::site::SiteReading;
use crate::model::{Failure, SiteConnection};
use crate::text::certificate;
use crate::text::general as words;
use crate::text::site_checks::{SiteCheck, Verdict, checks};
use crate::ui::theme::{space, tokens};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::{busy, label, mark, message};
use crate::ui::wizard::parts;

/// The button, or how far the asking is. Fields that hold a mistake are pointed out, and the first one gets the focus.
pub fn check(ui: &mut Ui, general: &mut General, asker: &mut Asker, wrong: Option<&Response>) {
    let access = general.access();
    let asking = access.as_ref().is_ok_and(|access| general.reading().is_asking(access));
    if asking || general.awaits_certificate() {
        let progress = general.reading().remote().progress().filter(|_| asking);
        let words = if asking { words::CHECKING } else { certificate::FETCHING };
        if busy::busy(ui, words, progress, true) {
            general.stop(asker);
        }
        return;
    }
    ui.horizontal(|ui| {
        if button::button(ui, Kind::Plain, words::CHECK).clicked() {
            general.connect(asker);
            if let Some(first) = wrong {
                first.request_focus();
                parts::show_whole(ui, first);
            }
        }
        if wrong.is_some() && general.is_settled() {
            label::weak(ui, words::LOOK_ABOVE);
        }
    });
}

/// Draws the answer, if there is one.
pub fn show(ui: &mut Ui, general: &mut General, asker: &mut Asker) {
    let Ok(access) = general.access() else {
        return parts::result(ui, words::CHECK, None, |_| {});
    };
    let failure = general.reading().failure(&access).cloned();
    if let Some(reading) = general.site() {
        parts::result(ui, words::CHECK, Some(0), |ui| {
            answered(ui, &access.connection, reading)
        });
    } else if general.awaits_certificate() {
        parts::result(ui, words::CHECK, None, |_| {});
    } else if let Some(failure) = failure {
        parts::result(ui, words::CHECK, Some(1), |ui| failed(ui, general, asker, &failure));
    } else {
        parts::result(ui, words::CHECK, None, |_| {});
    }
}

/// Why it did not answer, and the way on where there is one.
fn failed(ui: &mut Ui, general: &mut General, asker: &mut Asker, failure: &Failure) {
    message::failure(ui, failure);
    if general.refused_certificate().is_some() && button::button(ui, Kind::Plain, certificate::LOOK).clicked() {
        general.look_at_certificate(asker);
    }
    if let Some(server) = general.top_server()
        && button::button(ui, Kind::Plain, &words::use_server(&server)).clicked()
    {
        general.go_to_top(asker);
    }
}

fn answered(ui: &mut Ui, connection: &SiteConnection, reading: &SiteReading) {
    message::message(ui, message::Kind::Good, &words::site_answered(&reading.identity));
    let checks = checks(connection, reading);
    let column = column(ui, &checks);
    ui.add_space(space::XS);
    for check in &checks {
        line(ui, check, column);
    }
}

/// How wide the names are.
fn column(ui: &Ui, checks: &[SiteCheck]) -> f32 {
    let font = TextStyle::Body.resolve(ui.style());
    let width = |check: &SiteCheck| {
        let words = ui
            .painter()
            .layout_no_wrap(check.what.to_owned(), font.clone(), tokens(ui).text);
        words.size().x
    };
    checks.iter().map(width).fold(0.0, f32::max).ceil()
}

/// A mark, what was looked at, what was found; and what that means, where it means something.
fn line(ui: &mut Ui, check: &SiteCheck, column: f32) {
    let kind = match check.verdict {
        Verdict::Good => message::Kind::Good,
        Verdict::Attention => message::Kind::Caution,
        Verdict::Information => message::Kind::Info,
    };
    let t = tokens(ui);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().interact_size.y = 0.0;
        ui.spacing_mut().item_spacing = egui::vec2(space::S, space::XS);
        ui.vertical(|ui| {
            ui.add_space(2.0); // in line with the words
            mark::mark(ui, kind.mark(), kind.shade(t).text, t.page);
        });
        ui.vertical(|ui| {
            ui.set_width(column);
            ui.add(Label::new(RichText::new(check.what).color(t.weak)).wrap());
        });
        ui.add_space(space::M - space::S);
        ui.vertical(|ui| {
            let found = label::text(ui, &check.found);
            ui.ctx()
                .accesskit_node_builder(found.id, |node| node.set_value(check.spoken()));
            if !check.note.is_empty() {
                label::weak(ui, &check.note);
            }
        });
    });
}
