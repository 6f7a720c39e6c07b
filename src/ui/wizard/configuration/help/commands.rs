//! *Commands for an administrator*: what to run, to copy or to save.

use egui::{Label, RichText, ScrollArea, Ui};

use crate::flow::Asker;
use crate::flow::effect::{AppAccess, IfThere};
use crate::flow::wizard::{Commands, Help, Place};
use crate::model::grant::Grant;
use crate::text::{administrator as words, window};
use crate::ui::theme::{size, space};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::form::{self, Look};
use crate::ui::widgets::{busy, dialog, focus, label, message, tick};
use crate::ui::wizard::snippet;

/// Commands are long.
pub const WIDTH: f32 = 760.0;
/// Room for the buttons beside the path.
const BESIDE: f32 = 200.0;
/// The height of the text before it scrolls.
const HEIGHT: f32 = 220.0;

/// Draws it. Answers whether it is to be closed.
pub fn content(ui: &mut Ui, place: &mut Place, app: &AppAccess, asker: &mut Asker) -> bool {
    let grant = place.grant(app);
    let (Some(Help::Commands(commands)), Some(grant)) = (&mut place.help, grant) else {
        return true;
    };
    label::text(ui, words::COMMANDS_INTRO);
    ui.add_space(space::S);
    for (template, name) in [(false, words::AS_COMMANDS), (true, words::AS_TEMPLATE)] {
        if tick::radio(ui, name, commands.template == template, "").clicked() {
            commands.template = template;
            commands.forget(asker);
        }
    }
    if commands.template && grant.principal.is_none() {
        label::weak(ui, words::ASKS_FOR_PRINCIPAL);
    }
    text(ui, &commands.text(&grant, &app.environment));
    let saved = file(ui, commands, (&grant, app), asker);
    if outcome(ui, commands) {
        commands.save(&grant, &app.environment, IfThere::Replace, asker);
    }
    ui.add_space(space::M);
    let close = ui
        .horizontal(|ui| button::button(ui, Kind::Default, window::CLOSE))
        .inner;
    close.clicked() || (!saved && dialog::enter(ui))
}

fn text(ui: &mut Ui, text: &str) {
    ui.add_space(space::S);
    snippet::frame(ui).show(ui, |ui| {
        ScrollArea::vertical()
            .id_salt(words::TEXT)
            .max_height(HEIGHT)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                let shown = RichText::new(text.trim_end()).monospace();
                ui.add(Label::new(shown).wrap().selectable(true));
            });
    });
    ui.add_space(space::XS);
    ui.horizontal(|ui| button::copy(ui, window::COPY, text));
    ui.add_space(space::S);
}

/// A path to type, a file dialog beside it, and Save. Answers whether it is saved now, also by Enter in the field.
fn file(ui: &mut Ui, commands: &mut Commands, (grant, app): (&Grant, &AppAccess), asker: &mut Asker) -> bool {
    let example = if commands.template {
        words::TEMPLATE_FILE
    } else {
        words::COMMANDS_FILE
    };
    let look = Look {
        example,
        width: size::FIELD.min(ui.available_width() - BESIDE),
        ..Look::default()
    };
    let field = form::text(ui, words::FILE, &mut commands.path, look, None);
    if field.changed() {
        commands.forget(asker);
    }
    let why_not = commands.path.is_blank().then_some(words::NAME_A_FILE);
    let (save, browse) = focus::steady(ui, words::SAVE, |ui| {
        ui.horizontal(|ui| {
            let save = button::enabled(ui, Kind::Plain, words::SAVE, why_not).clicked();
            (save, button::button(ui, Kind::Plain, words::SAVE_AS).clicked())
        })
        .inner
    });
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if browse {
        commands.browse(asker);
    }
    let saves = why_not.is_none() && (save || entered);
    if saves {
        commands.save(grant, &app.environment, IfThere::Ask, asker);
    }
    saves
}

/// What became of it. Answers whether a file that is in the way is to be replaced.
fn outcome(ui: &mut Ui, commands: &Commands) -> bool {
    let mut replaces = false;
    if commands.is_saving() {
        busy::busy(ui, words::SAVING, None, false);
    } else if let Some(failure) = commands.failure() {
        message::failure(ui, failure);
    } else if let Some(path) = commands.saved() {
        message::message(ui, message::Kind::Good, &words::saved(path));
    } else if let Some(path) = commands.in_the_way() {
        message::framed(ui, message::Kind::Caution, &words::in_the_way(path), |ui| {
            replaces = button::button(ui, Kind::Plain, words::REPLACE).clicked();
        });
    }
    replaces
}
