//! Saving in a file that a person names: a path to type, the system's own dialog beside it, and what became of the file. The lower
//! part of every dialog that saves something.

use egui::Ui;

use super::theme::space;
use super::widgets::button::{self, Kind};
use super::widgets::form::{self, Look};
use super::widgets::{busy, dialog, focus, message};
use crate::flow::Asker;
use crate::flow::effect::{IfThere, Saved};
use crate::flow::file_to_save::FileToSave;
use crate::text::{grid as words, window};

/// What a person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Save it under the path that is typed.
    Save(IfThere),
    /// Choose a path in the system's own dialog.
    Browse,
    /// Close the dialog.
    Close,
}

/// Draws it. `why_not` says why there is nothing to save yet.
pub(super) fn show(
    ui: &mut Ui,
    file: &mut FileToSave,
    example: &str,
    why_not: Option<&str>,
    asker: &mut Asker,
) -> Option<Wish> {
    let look = Look {
        example,
        ..Look::default()
    };
    let field = form::text(ui, words::FILE, &mut file.path, look, None);
    if field.changed() {
        file.forget(asker);
    }
    let replaces = outcome(ui, file).then_some(Wish::Save(IfThere::Replace));
    ui.add_space(space::M);
    let is_saved = matches!(file.outcome(), Some(Saved::Written(_)));
    let unnamed = file.path.is_blank().then_some(words::NAME_A_FILE);
    let pressed = focus::steady(ui, words::SAVE_NOW, |ui| buttons(ui, is_saved, why_not, unnamed));
    let enter = dialog::enter(ui).then_some(match (is_saved, why_not.or(unnamed)) {
        (true, _) => Some(Wish::Close),
        (false, None) => Some(Wish::Save(IfThere::Ask)),
        (false, Some(_)) => None,
    });
    replaces.or(pressed).or(enter.flatten())
}

fn buttons(ui: &mut Ui, is_saved: bool, why_not: Option<&str>, unnamed: Option<&str>) -> Option<Wish> {
    let (save, close) = if is_saved {
        (Kind::Plain, Kind::Default)
    } else {
        (Kind::Default, Kind::Plain)
    };
    ui.horizontal(|ui| {
        let save = button::enabled(ui, save, words::SAVE_NOW, why_not.or(unnamed)).clicked();
        let browse = button::enabled(ui, Kind::Plain, words::SAVE_AS, why_not).clicked();
        let close = button::button(ui, close, window::CLOSE).clicked();
        match (save, browse, close) {
            (true, ..) => Some(Wish::Save(IfThere::Ask)),
            (_, true, _) => Some(Wish::Browse),
            (.., true) => Some(Wish::Close),
            _ => None,
        }
    })
    .inner
}

/// What became of it. Answers whether a file that is in the way is to be replaced.
fn outcome(ui: &mut Ui, file: &FileToSave) -> bool {
    if file.is_saving() {
        busy::busy(ui, words::SAVING, None, false);
    } else if let Some(failure) = file.failure() {
        message::failure(ui, failure);
    }
    let mut replaces = false;
    match file.outcome() {
        Some(Saved::Written(path)) => message::message(ui, message::Kind::Good, &words::saved(path)),
        Some(Saved::Kept(path)) => message::framed(ui, message::Kind::Caution, &words::in_the_way(path), |ui| {
            replaces = button::button(ui, Kind::Plain, words::REPLACE).clicked();
        }),
        None => {}
    }
    replaces
}
