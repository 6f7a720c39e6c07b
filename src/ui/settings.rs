//! *Save settings* and *New from settings*: the dialogs.

use egui::{Context, ScrollArea, Ui};

use super::saving;
use super::theme::space;
use super::widgets::button::{self, Kind};
use super::widgets::form::{self, Look};
use super::widgets::{busy, dialog, focus, label, message};
use crate::flow::program::Dialog;
use crate::flow::settings::{OpenSettings, SaveSettings};
use crate::flow::{Asker, Program};
use crate::text::{settings as words, window};

/// The settings take so much of the dialog's height, in points.
const TEXT: f32 = 240.0;

/// Draws the one that is open.
pub fn show(ctx: &Context, program: &mut Program) {
    let asker = &mut program.asker;
    let close = match &mut program.dialog {
        Some(Dialog::SaveSettings(saving)) => {
            let (close, escape) = dialog::dialog(ctx, words::SAVE_TITLE, |ui| save(ui, saving, asker));
            close || escape
        }
        Some(Dialog::OpenSettings(opening)) => {
            let (close, escape) = dialog::dialog(ctx, words::OPEN_TITLE, |ui| open(ui, opening, asker));
            close || escape
        }
        _ => return,
    };
    if close {
        program.close_dialog();
    }
}

/// Answers whether it is to be closed.
fn save(ui: &mut Ui, saving: &mut SaveSettings, asker: &mut Asker) -> bool {
    label::text(ui, words::SAVE_ABOUT);
    ui.add_space(space::S);
    if saving.text().is_asking() {
        busy::busy(ui, words::READING, None, false);
    }
    if let Some(failure) = saving.text().failure() {
        message::failure(ui, failure);
    }
    if let Some(text) = saving.text().value() {
        ui.horizontal(|ui| {
            label::text(ui, &words::of(&saving.name));
            button::copy(ui, window::COPY, text);
        });
        ScrollArea::both()
            .id_salt("settings")
            .max_height(TEXT)
            .show(ui, |ui| message::for_ticket(ui, text));
        ui.add_space(space::S);
    }
    let why_not = saving.text().value().is_none().then_some(words::NOT_READ);
    match saving::show(ui, &mut saving.file, words::FILE_EXAMPLE, why_not, asker) {
        Some(saving::Wish::Save(if_there)) => saving.save(if_there, asker),
        Some(saving::Wish::Browse) => saving.file.browse(asker),
        Some(saving::Wish::Close) => return true,
        None => {}
    }
    false
}

/// Answers whether it is to be closed.
fn open(ui: &mut Ui, opening: &mut OpenSettings, asker: &mut Asker) -> bool {
    label::text(ui, words::OPEN_ABOUT);
    ui.add_space(space::S);
    let look = Look {
        example: words::FILE_EXAMPLE,
        ..Look::default()
    };
    let (field, browse) = form::path(ui, words::FILE, &mut opening.path, look, None);
    if field.changed() {
        opening.forget(asker);
    }
    if browse {
        opening.browse(asker);
    }
    if opening.is_reading() {
        busy::busy(ui, words::READING, None, false);
    }
    if let Some(failure) = opening.failure() {
        message::failure(ui, failure);
    }
    ui.add_space(space::M);
    let why_not = opening.path.is_blank().then_some(words::NAME_A_FILE);
    let (read, close) = focus::steady(ui, words::OPEN, |ui| {
        ui.horizontal(|ui| {
            let read = button::enabled(ui, Kind::Default, words::OPEN, why_not).clicked();
            (read, button::button(ui, Kind::Plain, window::CANCEL).clicked())
        })
        .inner
    });
    if read || dialog::enter(ui) {
        opening.read(asker);
    }
    close
}
