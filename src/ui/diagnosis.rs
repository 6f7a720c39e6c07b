//! *Diagnose*: the dialog.

use egui::{Context, ScrollArea, Ui};

use super::saving;
use super::theme::space;
use super::widgets::button::{self, Kind};
use super::widgets::{busy, dialog, focus, label, message};
use crate::flow::diagnosis::Diagnose;
use crate::flow::program::Dialog;
use crate::flow::{Asker, Program};
use crate::model::diagnosis::Diagnosis;
use crate::text::diagnosis as words;
use crate::text::window;

/// As wide as lines of the report are long.
const WIDTH: f32 = 820.0;
/// The report takes so much of the dialog's height, in points.
const TEXT: f32 = 300.0;

/// What a person asks for.
enum Wish {
    /// Look again.
    Again,
    /// Open the log in its viewer.
    OpenLog,
    /// Stop, or close.
    Close,
}

/// Draws it.
pub fn show(ctx: &Context, program: &mut Program) {
    let Program {
        dialog: Some(Dialog::Diagnosis(diagnose)),
        asker,
        ..
    } = program
    else {
        return;
    };
    let stage = if diagnose.report().is_asking() {
        "looking"
    } else {
        "looked"
    };
    focus::follow_stage(ctx, stage);
    let (wish, escape) = dialog::sized(ctx, words::TITLE, WIDTH, |ui| content(ui, diagnose, asker));
    match wish {
        Some(Wish::Again) => diagnose.begin(asker),
        Some(Wish::OpenLog) => program.open_log(),
        Some(Wish::Close) => program.close_dialog(),
        None if escape => program.close_dialog(),
        None => {}
    }
}

fn content(ui: &mut Ui, diagnose: &mut Diagnose, asker: &mut Asker) -> Option<Wish> {
    label::text(ui, &words::subject(diagnose.name.as_ref()));
    label::weak(ui, words::ABOUT);
    ui.add_space(space::S);
    let report = diagnose.report();
    if report.is_asking() {
        return busy::busy(ui, words::LOOKING, report.progress(), true).then_some(Wish::Close);
    }
    if let Some(failure) = report.failure() {
        message::failure(ui, failure);
    }
    let text = report.value().map(|report| {
        result(ui, report);
        words::report(report)
    });
    let mut wish = tools(ui, text.as_deref());
    if let Some(text) = &text {
        ui.add_space(space::S);
        ScrollArea::both()
            .id_salt("report")
            .max_height(TEXT)
            .auto_shrink([false, true])
            .show(ui, |ui| message::for_ticket(ui, text));
    }
    ui.add_space(space::S);
    let why_not = text.is_none().then_some(window::NOTHING_TO_SAVE);
    match saving::show(ui, &mut diagnose.file, words::FILE_EXAMPLE, why_not, asker) {
        Some(saving::Wish::Save(if_there)) => diagnose.save(text.unwrap_or_default(), if_there, asker),
        Some(saving::Wish::Browse) => diagnose.browse(text.unwrap_or_default(), asker),
        Some(saving::Wish::Close) => wish = Some(Wish::Close),
        None => {}
    }
    wish
}

fn result(ui: &mut Ui, report: &Diagnosis) {
    let kind = if report.failed() == 0 {
        message::Kind::Good
    } else {
        message::Kind::Caution
    };
    message::message(ui, kind, &words::result(report));
    ui.add_space(space::S);
}

fn tools(ui: &mut Ui, text: Option<&str>) -> Option<Wish> {
    ui.horizontal(|ui| {
        if let Some(text) = text {
            let copy = button::copy(ui, words::COPY_REPORT, text);
            focus::claim(ui, &copy);
        }
        let again = button::button(ui, Kind::Plain, words::AGAIN);
        let log = button::button(ui, Kind::Plain, words::OPEN_LOG);
        match (again.clicked(), log.clicked()) {
            (true, _) => Some(Wish::Again),
            (_, true) => Some(Wish::OpenLog),
            _ => None,
        }
    })
    .inner
}
