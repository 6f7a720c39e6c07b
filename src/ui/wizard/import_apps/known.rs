//! The apps that the site knows: choosing one fills the fields, choosing none brings back what was typed.

use egui::Ui;

use crate::flow::Asker;
use crate::flow::wizard::{Offer, Wizard};
use crate::model::KnownApp;
use crate::text::import_apps as words;
use crate::ui::theme::space;
use crate::ui::widgets::{choice, label};

/// Draws the choice, or a quiet line where there is nothing to choose; nothing at all before a site is accepted.
pub fn show(ui: &mut Ui, wizard: &mut Wizard, asker: &mut Asker) {
    let Some((site, offer)) = wizard.known_apps() else {
        return;
    };
    let mut picked = None;
    if let Offer::Apps(apps) = offer {
        picked = choose(ui, &words::known_apps(site), apps, wizard.app.filled_from());
    } else {
        label::weak(ui, &words::no_apps(site, offer));
    }
    ui.add_space(space::M);
    match picked {
        Some(Some(app)) => wizard.app.fill_from(&app, asker),
        Some(None) => wizard.app.unfill(),
        None => {}
    }
}

/// Answers what was chosen now: one of them, or none.
fn choose(ui: &mut Ui, name: &str, apps: &[KnownApp], chosen: Option<&KnownApp>) -> Option<Option<KnownApp>> {
    let none = (None, words::NONE_OF_THEM.to_owned());
    let rows = apps.iter().map(|app| (Some(app), words::known_app(app)));
    let rows: Vec<(Option<&KnownApp>, String)> = std::iter::once(none).chain(rows).collect();
    let shown = chosen.filter(|chosen| apps.contains(chosen)).map(words::known_app);
    let shown = shown.as_deref().unwrap_or(words::NONE_OF_THEM);
    choice::wide(ui, name, words::KNOWN_APPS_NOTE, shown, &rows).map(|picked| picked.cloned())
}
