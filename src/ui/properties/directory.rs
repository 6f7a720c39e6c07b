//! The tab *Azure Active Directory*.

use egui::Ui;

use super::{Known, Wish, facts};
use crate::flow::Asker;
use crate::flow::properties::Properties;
use crate::model::Problem;
use crate::model::plan::{Check, CheckKind};
use crate::text::properties as words;
use crate::text::{history, home};
use crate::ui::theme::space;
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::{busy, focus, label, message};
use crate::ui::wizard::mark::{self, Mark};

/// Draws it.
pub(super) fn show(ui: &mut Ui, properties: &mut Properties, known: &Known, asker: &mut Asker) -> Option<Wish> {
    let setup = &properties.overview().connection.setup;
    let app = &setup.app;
    let shown = [
        (words::TENANT, app.tenant_name.as_str().to_owned()),
        (words::TENANT_ID, app.tenant_id.to_string()),
        (words::APPLICATION, app.application_name.as_str().to_owned()),
        (words::CLIENT_ID, app.client_id.to_string()),
        (words::KEY_EXPIRATION, known.key.clone()),
        (words::ENVIRONMENT, setup.environment.name.clone()),
    ];
    facts(ui, "directory", shown);
    ui.add_space(space::M);
    let wish = focus::steady(ui, words::VERIFY, |ui| buttons(ui, properties, asker));
    label::weak(ui, words::VERIFY_HINT);
    ui.add_space(space::S);
    looked_at(ui, properties, asker);
    wish
}

fn buttons(ui: &mut Ui, properties: &mut Properties, asker: &mut Asker) -> Option<Wish> {
    ui.horizontal(|ui| {
        let looking = properties.checks().is_asking().then_some(words::VERIFYING);
        if button::enabled(ui, Kind::Plain, words::VERIFY, looking).clicked() {
            properties.verify(asker);
        }
        let update = button::button(ui, Kind::Plain, home::UPDATE_SECRET);
        update.clicked().then_some(Wish::UpdateSecret)
    })
    .inner
}

fn looked_at(ui: &mut Ui, properties: &mut Properties, asker: &mut Asker) {
    let checks = properties.checks();
    if checks.is_asking() {
        if busy::busy(ui, words::VERIFYING, checks.progress(), true) {
            properties.stop_verifying(asker);
        }
        return;
    }
    if let Some(failure) = checks.failure() {
        message::failure(ui, failure);
        return;
    }
    let Some(seen) = checks.value() else { return };
    let failed = seen.iter().filter(|check| check.outcome.is_err()).count();
    if failed == 0 {
        message::message(ui, message::Kind::Good, words::VERIFIED);
    } else {
        message::message(ui, message::Kind::Bad, &words::failed_checks(failed));
    }
    list(ui, seen);
}

/// Whether a right is missing: somebody can give it.
pub(super) fn is_refusal(check: &Check) -> bool {
    let failure = check.outcome.as_ref().err();
    failure.is_some_and(|failure| matches!(failure.problem(), Problem::NotAllowed { .. }))
}

/// Each thing that was looked at: with a mark, what was seen, and below one that does not do why.
pub(super) fn list(ui: &mut Ui, checks: &[Check]) {
    for (at, check) in checks.iter().enumerate() {
        ui.push_id(at, |ui| {
            let words = words::check(&check.what);
            let (mark, note) = match &check.outcome {
                Ok(seen) => (Mark::Good, seen.as_str()),
                Err(_) => (Mark::Bad, ""),
            };
            mark::line(ui, mark, &words, &words, note);
            match (&check.outcome, &check.what) {
                (Ok(_), _) => {}
                (Err(_), CheckKind::Right { operation } | CheckKind::HistoryRight { operation, .. })
                    if is_refusal(check) =>
                {
                    mark::indented(ui, |ui| {
                        label::weak(ui, &history::who_can_grant(operation));
                    });
                }
                (Err(failure), _) => mark::indented(ui, |ui| message::failure(ui, failure)),
            }
            message::warnings(ui, &check.warnings);
        });
    }
}
