//! *Verify*, and what Azure answered to exactly what is typed now.

use egui::{RichText, Ui};

use crate::flow::Asker;
use crate::flow::wizard::{App, Wizard};
use crate::model::Warning;
use crate::text::import_apps as words;
use crate::ui::theme::tokens;
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::{busy, label, message};
use crate::ui::wizard::parts;

/// Draws the button, or how far the asking is; then what came of it.
pub fn show(ui: &mut Ui, wizard: &mut Wizard, asker: &mut Asker) {
    let app = &mut wizard.app;
    let access = app.access();
    if access.as_ref().is_ok_and(|access| app.verification().is_asking(access)) {
        let progress = app.verification().remote().progress();
        if busy::busy(ui, words::VERIFYING, progress, true) {
            app.stop(asker);
        }
        parts::result(ui, words::VERIFY, None, |_| {});
        return;
    }
    ui.horizontal(|ui| {
        if button::button(ui, Kind::Plain, words::VERIFY).clicked() {
            wizard.go_to = app.verify(asker);
        }
        beside(ui, app);
    });
    below(ui, app);
}

/// To the right of the button, as in the original: the good end in two words.
fn beside(ui: &mut Ui, app: &App) {
    let all_settled = app.tenant_id.settled && app.client_id.settled && app.secret_settled && app.expiry.settled;
    if app.is_verified() {
        let text = RichText::new(words::VERIFIED).color(tokens(ui).good.text).strong();
        let response = ui.label(text);
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_role(egui::accesskit::Role::Status);
            node.set_label(words::VERIFIED);
        });
    } else if all_settled && app.access().is_err() {
        label::weak(ui, words::LOOK_ABOVE);
    }
}

fn below(ui: &mut Ui, app: &App) {
    let access = app.access().ok();
    let failure = access.as_ref().and_then(|access| app.verification().failure(access));
    let warnings = access.as_ref().and_then(|access| app.verification().fresh(access));
    match (failure, warnings) {
        (Some(failure), _) => parts::result(ui, words::VERIFY, Some(0), |ui| message::failure(ui, failure)),
        (None, Some(warnings)) => parts::result(ui, words::VERIFY, Some(1), |ui| {
            // That one stands below its field already.
            let others = warnings
                .iter()
                .filter(|each| !matches!(each, Warning::SecretLooksLikeId));
            message::warnings(ui, &others.cloned().collect::<Vec<_>>());
        }),
        (None, None) => parts::result(ui, words::VERIFY, None, |_| {}),
    }
}
