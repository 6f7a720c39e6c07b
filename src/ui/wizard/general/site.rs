//! The way to the site: SMS Provider, sign-in, trust; *Check the site* and what it answered.

use egui::{RadioButton, Response, RichText, Ui};

use super::certificate;
use crate::flow::Asker;
use crate::flow::wizard::{General, TrustChoice};
use crate::model::site::SiteReading;
use crate::model::{Failure, Problem, ProviderAddress};
use crate::text::general as words;
use crate::ui::theme::{space, tokens};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::form::{self, Look};
use crate::ui::widgets::{busy, label, message, secret_field};
use crate::ui::wizard::parts;

/// Draws the group.
pub fn show(ui: &mut Ui, general: &mut General, asker: &mut Asker) {
    label::group(ui, words::SITE);
    let wrong = [provider(ui, general), account(ui, general), password(ui, general)];
    let wrong = wrong.into_iter().flatten().next();
    let file = trust(ui, general, asker, wrong.is_none());
    ui.add_space(space::M);
    check(ui, general, asker, wrong.or(file).as_ref());
    result(ui, general, asker);
}

// Each of the fields answers itself where it does not hold what it should: the focus goes there.

fn provider(ui: &mut Ui, general: &mut General) -> Option<Response> {
    let look = Look {
        example: words::PROVIDER_EXAMPLE,
        note: words::PROVIDER_NOTE,
        ..Look::default()
    };
    let mistake = general.provider.parse::<ProviderAddress>().err();
    let field = form::text(ui, words::PROVIDER, &mut general.provider, look, mistake.as_ref());
    mistake.map(|_| field)
}

fn account(ui: &mut Ui, general: &mut General) -> Option<Response> {
    ui.add_space(space::S);
    choice_title(ui, words::SIGN_IN);
    ui.add(RadioButton::new(true, words::THIS_ACCOUNT));
    current_user(ui);
    let look = Look {
        example: words::ACCOUNT_EXAMPLE,
        ..Look::default()
    };
    let mistake = general.account().err();
    let field = form::text(ui, words::ACCOUNT, &mut general.account, look, mistake.as_ref());
    mistake.map(|_| field)
}

/// What cannot be chosen yet, and why.
fn current_user(ui: &mut Ui) {
    ui.horizontal_wrapped(|ui| {
        let response = ui.add_enabled(false, RadioButton::new(false, words::CURRENT_USER));
        let later = words::CURRENT_USER_LATER;
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_description(later));
        ui.label(RichText::new(later).color(tokens(ui).weak));
    });
}

fn password(ui: &mut Ui, general: &mut General) -> Option<Response> {
    let mistake = general.password.password().err();
    let General {
        password,
        password_settled,
        ..
    } = general;
    let note = words::PASSWORD_NOTE;
    let field = secret_field::secret(ui, words::PASSWORD, password, password_settled, note, mistake.as_ref());
    mistake.map(|_| field)
}

fn trust(ui: &mut Ui, general: &mut General, asker: &mut Asker, rest_is_right: bool) -> Option<Response> {
    ui.add_space(space::S);
    choice_title(ui, words::TRUST);
    if let TrustChoice::Accepted(fingerprint) = general.trust {
        ui.add(RadioButton::new(true, words::trust_accepted(&fingerprint)));
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        ui.radio_value(&mut general.trust, TrustChoice::System, words::TRUST_SYSTEM);
        ui.radio_value(&mut general.trust, TrustChoice::RootFile, words::TRUST_ROOT_FILE);
    });
    if general.trust != TrustChoice::RootFile {
        return None;
    }
    let look = Look {
        note: words::ROOT_FILE_NOTE,
        ..Look::default()
    };
    // The mistakes come in the order of the fields: where the rest is right, it is the file's.
    let mistake = general.access().err().filter(|_| rest_is_right);
    let file = &mut general.root_file;
    let field = form::text(ui, words::ROOT_FILE, file, look, mistake.as_ref());
    if parts::browse(ui, &field, words::BROWSE_ROOT_FILE, 0.0, |_| {}) {
        general.browse(asker);
    }
    mistake.map(|_| field)
}

fn choice_title(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).color(tokens(ui).text));
}

/// The button, or how far the asking is. Fields that hold a mistake are pointed out, and the first one gets the focus.
fn check(ui: &mut Ui, general: &mut General, asker: &mut Asker, wrong: Option<&Response>) {
    let access = general.access();
    if access.as_ref().is_ok_and(|access| general.reading().is_asking(access)) {
        let progress = general.reading().remote().progress();
        if busy::busy(ui, words::CHECKING, progress, true) {
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
        if wrong.is_some() && general.password_settled && general.provider.settled && general.account.settled {
            label::weak(ui, words::LOOK_ABOVE);
        }
    });
}

/// What the site answered to exactly what is typed now.
fn result(ui: &mut Ui, general: &mut General, asker: &mut Asker) {
    let access = general.access().ok();
    let failure = access.as_ref().and_then(|access| general.reading().failure(access));
    let mut accepted = false;
    if let Some(reading) = general.site() {
        parts::result(ui, words::CHECK, Some(0), |ui| answered(ui, reading));
    } else if let Some((access, offered)) = access.as_ref().zip(general.offered_certificate()) {
        let provider = access.connection.provider.host();
        parts::result(ui, words::CHECK, Some(1), |ui| {
            accepted = certificate::show(ui, provider, offered)
        });
    } else if let Some(failure) = failure {
        parts::result(ui, words::CHECK, Some(2), |ui| failed(ui, failure));
    } else {
        parts::result(ui, words::CHECK, None, |_| {});
    }
    if accepted {
        general.accept_certificate(asker);
    }
}

fn failed(ui: &mut Ui, failure: &Failure) {
    message::failure(ui, failure);
    if matches!(failure.problem(), Problem::CertificateChanged { .. }) {
        label::weak(ui, words::LOOK_AT_NEW_CERTIFICATE);
    }
}

fn answered(ui: &mut Ui, reading: &SiteReading) {
    let site = &reading.identity;
    message::framed(ui, message::Kind::Good, &words::site_answered(site), |ui| {
        if let Some(version) = words::version(site.build) {
            label::text(ui, &version);
        }
    });
    message::warnings(ui, &reading.warnings);
}
