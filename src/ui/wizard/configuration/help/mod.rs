//! Help of an administrator: the buttons for it, and the two dialogs behind them.

use egui::{Context, Ui};

use crate::flow::Asker;
use crate::flow::effect::AppAccess;
use crate::flow::wizard::{Commands, Help, Place, Wizard};
use crate::text::{administrator as words, history};
use crate::ui::sign_in::SignIn;
use crate::ui::theme::space;
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::dialog;

mod commands;

/// The buttons that open them.
pub fn buttons(ui: &mut Ui, place: &mut Place) {
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        let why_not = place.workspace().is_none().then_some(words::NO_WORKSPACE);
        if button::enabled(ui, Kind::Plain, words::COMMANDS, why_not).clicked() {
            place.help = Some(Help::Commands(Commands::default()));
        }
        if place.history.wanted && button::button(ui, Kind::Plain, words::SIGN_IN_AS).clicked() {
            place.help = Some(Help::SignIn);
        }
    });
}

/// Draws the one that is open.
pub fn show(ctx: &Context, wizard: &mut Wizard, asker: &mut Asker) {
    let Ok(app) = wizard.app.access() else { return };
    let place = &mut wizard.place;
    let (done, escape) = match &place.help {
        Some(Help::Commands(_)) => dialog::sized(ctx, words::COMMANDS_TITLE, commands::WIDTH, |ui| {
            commands::content(ui, place, &app, asker)
        }),
        Some(Help::SignIn) => dialog::dialog(ctx, words::SIGN_IN_TITLE, |ui| sign_in_content(ui, place, &app, asker)),
        None => return,
    };
    if done || escape {
        place.close_help(asker);
    }
}

fn sign_in_content(ui: &mut Ui, place: &mut Place, app: &AppAccess, asker: &mut Asker) -> bool {
    let sign_in = SignIn {
        intro: words::SIGN_IN_INTRO,
        signed_in: history::made_by,
    };
    sign_in.content(ui, &mut place.history.administrator, app.tenant(), asker)
}
