//! What `az ad sp create-for-rbac` and `az ad app credential reset` print: opened as a file, dropped on the window, or pasted.

use std::path::PathBuf;

use egui::{Event, Ui};
use zeroize::Zeroizing;

use crate::flow::Asker;
use crate::flow::wizard::App;
use crate::model::app_document::AppDocument;
use crate::text::import_apps as words;
use crate::ui::theme::size;
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::form::{self, Look};
use crate::ui::widgets::{busy, label, message};
use crate::ui::wizard::parts;

/// Takes a pasted document away from the fields, whichever has the focus. Its text is wiped: there is a secret in it.
pub fn take_pasted(ui: &Ui, app: &mut App, asker: &mut Asker) {
    let mut pasted = None;
    let mut take = |event: &mut Event| match event {
        Event::Paste(text) if AppDocument::is_meant(text) => {
            pasted = Some(Zeroizing::new(std::mem::take(text)));
            false
        }
        _ => true,
    };
    ui.input_mut(|input| {
        input.events.retain_mut(&mut take);
        input.raw.events.retain_mut(&mut take); // egui keeps a second copy
    });
    if let Some(text) = pasted {
        app.file.text.clear(); // the values are not from that file any more
        app.paste(&text, asker);
    }
}

/// Takes a file that was dropped on the window.
pub fn take_dropped(ui: &Ui, app: &mut App, asker: &mut Asker) {
    let dropped = ui.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_owned()));
    if let Some(path) = dropped {
        app.open(path, asker);
    }
}

/// Draws the file's field, its buttons, and what came of the last document.
pub fn show(ui: &mut Ui, app: &mut App, asker: &mut Asker) {
    let field = form::text(ui, words::FILE, &mut app.file, Look::default(), None);
    if field.changed() {
        asker.abandon(app.document.forget()); // what is said below is about another file
    }
    let why_not = app.file.is_blank().then_some(words::NAME_A_FILE);
    let mut open = false;
    let browse = parts::browse(ui, &field, words::BROWSE_NAME, size::BUTTON, |ui| {
        open = button::enabled(ui, Kind::Plain, words::OPEN, why_not).clicked();
    });
    if browse {
        app.browse(asker);
    }
    if open {
        app.open(PathBuf::from(app.file.text.trim()), asker);
    }
    outcome(ui, app, asker);
}

fn outcome(ui: &mut Ui, app: &mut App, asker: &mut Asker) {
    if ui.input(|input| !input.raw.hovered_files.is_empty()) {
        message::message(ui, message::Kind::Info, words::LET_GO);
    } else if app.document.is_asking() {
        if busy::busy(ui, words::READING, app.document.progress(), true) {
            asker.abandon(app.document.stop());
        }
    } else if let Some(failure) = app.document.failure() {
        message::failure(ui, failure);
    } else if app.document.value().is_some() {
        let file = app.file.text.trim();
        let filled = if file.is_empty() {
            words::FILLED_FROM_PASTE.to_owned()
        } else {
            words::filled_from(file)
        };
        message::framed(ui, message::Kind::Good, &filled, |ui| {
            if app.expiry.is_blank() {
                label::text(ui, words::EXPIRY_NOT_TOLD);
            }
        });
    }
}
