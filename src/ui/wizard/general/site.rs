//! The way to the site: SMS Provider, sign-in, trust.

use egui::{RadioButton, Response, RichText, Ui};

use super::result;
use crate::flow::Asker;
use crate::flow::wizard::{General, SignInChoice, TrustChoice};
use crate::model::ProviderAddress;
use crate::text::general as words;
use crate::ui::theme::{space, tokens};
use crate::ui::widgets::form::{self, Look};
use crate::ui::widgets::{focus, label, secret_field};
use crate::ui::wizard::parts;

/// Draws the group.
pub fn show(ui: &mut Ui, general: &mut General, asker: &mut Asker) {
    label::group(ui, words::SITE);
    let provider = focus::steady(ui, "provider", |ui| provider(ui, general));
    focus::steady(ui, "known", |ui| known(ui, general));
    let account = focus::steady(ui, "sign-in", |ui| sign_in(ui, general));
    let wrong = provider.or(account);
    let file = focus::steady(ui, "trust", |ui| trust(ui, general, asker, wrong.is_none()));
    ui.add_space(space::M);
    focus::steady(ui, "check", |ui| {
        result::check(ui, general, asker, wrong.or(file).as_ref())
    });
    focus::steady(ui, "result", |ui| result::show(ui, general, asker));
}

// Each of the fields answers itself where it does not hold what it should: the focus goes there.

fn provider(ui: &mut Ui, general: &mut General) -> Option<Response> {
    let look = Look {
        example: words::PROVIDER_EXAMPLE,
        note: words::PROVIDER_NOTE,
        ..Look::default()
    };
    let typed = general.provider.parse::<ProviderAddress>();
    let mistake = typed.as_ref().err();
    let field = form::text(ui, words::PROVIDER, &mut general.provider, look, mistake);
    let is_short = |provider: &ProviderAddress| !provider.is_full_name() && !provider.is_loopback();
    if general.provider.settled && typed.as_ref().is_ok_and(is_short) {
        form::hint(ui, &field, words::NEEDS_FULL_NAME);
    }
    typed.is_err().then_some(field)
}

/// Sites that need not be typed.
fn known(ui: &mut Ui, general: &mut General) {
    let suggestions = general.suggestions();
    if suggestions.is_empty() {
        return;
    }
    ui.add_space(space::S);
    let typed = suggestions.iter().find(|each| general.is_typed(each));
    let chosen = typed.map_or_else(|| words::NONE_OF_THEM.to_owned(), words::suggestion);
    let options: Vec<_> = suggestions
        .iter()
        .map(|each| (each.clone(), words::suggestion(each)))
        .collect();
    if let Some(suggestion) = form::choice(ui, words::KNOWN_SITES, &chosen, &options, None) {
        general.choose(suggestion);
    }
}

fn sign_in(ui: &mut Ui, general: &mut General) -> Option<Response> {
    ui.add_space(space::S);
    choice_title(ui, words::SIGN_IN);
    current_user(ui, general);
    if general.who == SignInChoice::Nobody {
        ui.add(RadioButton::new(true, words::NOBODY));
    }
    ui.radio_value(&mut general.who, SignInChoice::Account, words::THIS_ACCOUNT);
    if general.who != SignInChoice::Account {
        return None;
    }
    let account = account(ui, general);
    let password = password(ui, general);
    account.or(password)
}

/// Where this build cannot do it, it cannot be chosen, and says why.
fn current_user(ui: &mut Ui, general: &mut General) {
    let here = general.single_sign_on();
    let note = words::current_user(here);
    ui.horizontal_wrapped(|ui| {
        let chosen = general.who == SignInChoice::CurrentUser;
        let radio = RadioButton::new(chosen, words::CURRENT_USER);
        let response = ui.add_enabled(here.is_possible(), radio);
        if response.clicked() {
            general.who = SignInChoice::CurrentUser;
        }
        if !note.is_empty() {
            ui.ctx()
                .accesskit_node_builder(response.id, |node| node.set_description(note));
            ui.label(RichText::new(note).color(tokens(ui).weak));
        }
    });
}

fn account(ui: &mut Ui, general: &mut General) -> Option<Response> {
    let look = Look {
        example: words::ACCOUNT_EXAMPLE,
        ..Look::default()
    };
    let mistake = general.account().err();
    let field = form::text(ui, words::ACCOUNT, &mut general.account, look, mistake.as_ref());
    mistake.map(|_| field)
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
