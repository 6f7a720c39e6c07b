//! *Verify*, and what Azure answered to exactly what is typed now.

use std::cmp::Ordering;

use egui::{RichText, Ui};

use crate::flow::Asker;
use crate::flow::wizard::{App, Layer, Wizard};
use crate::model::{Failure, Warning};
use crate::text::import_apps as words;
use crate::ui::theme::{space, tokens};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::{busy, label, message};
use crate::ui::wizard::mark::{self, Mark};
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
    below(ui, app, asker);
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

fn below(ui: &mut Ui, app: &mut App, asker: &mut Asker) {
    let access = app.access().ok();
    let failure = access.as_ref().and_then(|access| app.verification().failure(access));
    let warnings = access.as_ref().and_then(|access| app.verification().fresh(access));
    match (failure.cloned(), warnings.cloned()) {
        (Some(failure), _) => parts::result(ui, words::VERIFY, Some(0), |ui| refused(ui, app, &failure, asker)),
        (None, Some(warnings)) => parts::result(ui, words::VERIFY, Some(1), |ui| told(ui, app, &warnings, asker)),
        (None, None) => parts::result(ui, words::VERIFY, None, |_| {}),
    }
}

/// Why Azure does not let it in, how far it came, and the way out where a button is enough.
fn refused(ui: &mut Ui, app: &mut App, failure: &Failure, asker: &mut Asker) {
    message::failure(ui, failure);
    if let Some(right) = app.right_environment() {
        let name = words::use_environment(&right.name);
        if offer(ui, &name, words::USE_ENVIRONMENT_NOTE) {
            app.use_environment(right, asker);
        }
    }
    if let Some(stopped_at) = Layer::stopped_at(failure.problem()) {
        ui.add_space(space::S);
        for layer in Layer::ALL {
            let mark = match layer.cmp(&stopped_at) {
                Ordering::Less => Mark::Good,
                Ordering::Equal => Mark::Bad,
                Ordering::Greater => Mark::Pending,
            };
            let said = format!("{}: {}", words::how_far(layer, stopped_at), words::layer(layer));
            mark::line(ui, mark, &said, &said, "");
        }
    }
}

/// What a person should know though it is let in.
fn told(ui: &mut Ui, app: &mut App, warnings: &[Warning], asker: &mut Asker) {
    for warning in warnings {
        match warning {
            Warning::SecretLooksLikeId => {} // that one stands below its field already
            Warning::ExpiryDiffers { actual, .. } => {
                message::warnings(ui, std::slice::from_ref(warning));
                if offer(ui, &words::use_expiry(*actual), words::USE_EXPIRY_NOTE) {
                    app.use_expiry(*actual, asker);
                }
            }
            other => message::warnings(ui, std::slice::from_ref(other)),
        }
    }
}

/// A button, and what it does in words beside it.
fn offer(ui: &mut Ui, name: &str, note: &str) -> bool {
    ui.horizontal(|ui| {
        let pressed = button::button(ui, Kind::Plain, name).clicked();
        label::weak(ui, note);
        pressed
    })
    .inner
}
