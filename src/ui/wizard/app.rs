//! *App*: the cloud, and the web app that was imported.

use egui::{Response, RichText, TextEdit, Ui};

use super::parts;
use crate::flow::Asker;
use crate::flow::wizard::{App, Wizard};
use crate::text::app as words;
use crate::ui::theme::{size, space, tokens};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::{form, label};

/// Draws the page.
pub fn show(ui: &mut Ui, wizard: &mut Wizard, asker: &mut Asker) {
    label::text(ui, words::INTRO);
    ui.add_space(space::M);
    environment(ui, &mut wizard.app);
    ui.add_space(space::M);
    let field = web_app(ui, &wizard.app);
    let why_not = wizard
        .app
        .chosen_environment()
        .is_none()
        .then_some(words::CHOOSE_ENVIRONMENT);
    let import = parts::beside(ui, &field, size::BUTTON, |ui| {
        button::enabled(ui, Kind::Plain, words::IMPORT, why_not).clicked()
    });
    if import {
        wizard.next(asker);
    }
}

fn environment(ui: &mut Ui, app: &mut App) {
    let chosen = app.chosen_environment();
    let name = chosen.map_or(words::NONE_CHOSEN, |chosen| chosen.name.as_str());
    let names = app.environments().iter().map(|each| each.name.clone());
    let names: Vec<(usize, String)> = names.enumerate().collect();
    let picked = form::choice(ui, words::ENVIRONMENT, name, &names, None);
    if let Some(chosen) = chosen {
        label::weak(ui, &words::signs_in_at(chosen.authority.as_str()));
    }
    if let Some(picked) = picked {
        app.environment = picked;
    }
}

/// The box that shows the app once Azure has let it in; it can be read and copied, not changed.
fn web_app(ui: &mut Ui, app: &App) -> Response {
    let imported = app.access().ok().filter(|_| app.is_verified());
    let shown = imported.map_or_else(
        || words::NONE_YET.to_owned(),
        |access| words::web_app(access.app.application_name.as_str(), &access.app.client_id.to_string()),
    );
    let label = ui.label(RichText::new(words::WEB_APP).color(tokens(ui).text));
    let mut shown = shown.as_str();
    let edit = TextEdit::singleline(&mut shown)
        .id_salt(words::WEB_APP)
        .background_color(tokens(ui).chrome)
        .desired_width(size::FIELD)
        .min_size(egui::vec2(0.0, size::CONTROL));
    let field = ui.add(edit).labelled_by(label.id);
    ui.ctx().accesskit_node_builder(field.id, |node| node.set_read_only());
    // Typed once, but not let in as it is now: perhaps for another environment.
    if !app.is_verified() && app.verification().remote().value().is_some() {
        label::weak(ui, words::NOT_VERIFIED);
    }
    field
}
