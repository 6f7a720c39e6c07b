//! *Sign in as an administrator*: in the browser, or with a code on another device.

use egui::{RichText, Ui};

use super::theme::{space, tokens};
use super::widgets::button::{self, Kind};
use super::widgets::form::{self, Look};
use super::widgets::{busy, dialog, focus, label, link, message, tick};
use crate::flow::{Administrator, Asker};
use crate::model::ClientId;
use crate::model::person::{PersonWay, TenantAt};
use crate::model::plan::Progress;
use crate::text::{administrator as words, import_apps, window};

/// The size of the code: it is read across a desk.
const CODE: f32 = 34.0;

/// What the sign-in is for, in words.
#[derive(Clone, Copy)]
pub struct SignIn {
    /// Above everything.
    pub intro: &'static str,
    /// Somebody of this name has signed in.
    pub signed_in: fn(&str) -> String,
}

impl SignIn {
    /// Draws it. Answers whether it is to be closed.
    pub fn content(
        self,
        ui: &mut Ui,
        administrator: &mut Administrator,
        tenant: TenantAt<'_>,
        asker: &mut Asker,
    ) -> bool {
        label::text(ui, self.intro);
        ui.add_space(space::S);
        if administrator.is_signing_in() {
            waiting(ui, administrator, asker);
            return false;
        }
        if let Some(person) = administrator.person(tenant) {
            message::message(ui, message::Kind::Good, &(self.signed_in)(&person.name));
            ui.add_space(space::S);
            return focus::steady(ui, window::CLOSE, |ui| {
                let close = ui
                    .horizontal(|ui| button::button(ui, Kind::Default, window::CLOSE))
                    .inner;
                focus::claim(ui, &close);
                close.clicked() || dialog::enter(ui)
            });
        }
        fields(ui, administrator);
        if let Some(failure) = administrator.failure(tenant) {
            ui.add_space(space::S);
            message::failure(ui, failure);
        }
        ui.add_space(space::M);
        let (sign_in, cancel) = focus::steady(ui, words::SIGN_IN, |ui| {
            ui.horizontal(|ui| {
                let sign_in = button::button(ui, Kind::Default, words::SIGN_IN).clicked();
                (sign_in, button::button(ui, Kind::Plain, window::CANCEL).clicked())
            })
            .inner
        });
        if sign_in || dialog::enter(ui) {
            administrator.sign_in(tenant, asker);
        }
        cancel
    }
}

fn fields(ui: &mut Ui, administrator: &mut Administrator) {
    let look = Look {
        example: import_apps::ID_EXAMPLE,
        note: words::PUBLIC_CLIENT_NOTE,
        ..Look::default()
    };
    let mistake = administrator.public_client.parse::<ClientId>().err();
    form::text(
        ui,
        words::PUBLIC_CLIENT,
        &mut administrator.public_client,
        look,
        mistake.as_ref(),
    );
    label::weak(ui, words::PUBLIC_CLIENT_HINT);
    ui.add_space(space::S);
    for (way, name, hint) in [
        (PersonWay::Browser, words::BROWSER, words::BROWSER_HINT),
        (PersonWay::Code, words::CODE, words::CODE_HINT),
    ] {
        if tick::radio(ui, name, administrator.way == way, hint).clicked() {
            administrator.way = way;
        }
    }
}

/// The address to open, the code to type, and Cancel.
fn waiting(ui: &mut Ui, administrator: &mut Administrator, asker: &mut Asker) {
    let words = match administrator.progress() {
        Some(Progress::Browser { .. }) => words::IN_BROWSER,
        Some(Progress::DeviceCode { .. }) => words::ON_DEVICE,
        _ => words::BEGINNING,
    };
    let cancelled = focus::steady(ui, window::CANCEL, |ui| busy::busy(ui, words, None, true));
    ui.add_space(space::S);
    match administrator.progress() {
        Some(Progress::Browser { url }) => {
            label::text(ui, words::OPEN_YOURSELF);
            address(ui, url);
        }
        Some(Progress::DeviceCode { url, code }) => {
            label::text(ui, words::OPEN_THERE);
            link::link(ui, url, url);
            ui.add_space(space::S);
            ui.horizontal(|ui| {
                let large = RichText::new(code).monospace().size(CODE).color(tokens(ui).text);
                let shown = ui.add(egui::Label::new(large).selectable(true));
                ui.ctx()
                    .accesskit_node_builder(shown.id, |node| node.set_value(words::code(code)));
                button::copy(ui, words::COPY_CODE, code);
            });
        }
        _ => {}
    }
    if cancelled {
        administrator.stop(asker);
    }
}

/// An address of several hundred letters: to read, to select, to copy.
fn address(ui: &mut Ui, url: &str) {
    message::for_ticket(ui, url);
    ui.horizontal(|ui| button::copy(ui, words::COPY_ADDRESS, url));
}
