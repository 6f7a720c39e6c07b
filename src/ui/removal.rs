//! *Delete*: the dialog.

use egui::{Checkbox, Context, Ui};

use super::theme::space;
use super::widgets::button::{self, Kind};
use super::widgets::{busy, dialog, focus, label, message};
use crate::flow::Program;
use crate::flow::program::Dialog;
use crate::flow::removal::{Removal, Stage};
use crate::model::report::RemovalInventory;
use crate::text::removal as words;
use crate::text::{self, window};

/// What a person asks for.
#[derive(Clone, Copy)]
enum Wish {
    Remove,
    Close,
}

/// Draws it.
pub fn show(ctx: &Context, program: &mut Program) {
    let Program {
        dialog: Some(Dialog::Removal(removal)),
        asker,
        ..
    } = program
    else {
        return;
    };
    focus::follow_stage(ctx, stage_name(removal.stage()));
    let (wish, close) = dialog::dialog(ctx, words::TITLE, |ui| content(ui, removal));
    match wish {
        Some(Wish::Remove) => removal.remove(asker),
        Some(Wish::Close) => program.close_dialog(),
        None if close => program.close_dialog(),
        None => {}
    }
}

const fn stage_name(stage: &Stage) -> &'static str {
    match stage {
        Stage::Asking => "asking",
        Stage::Running { .. } => "running",
        Stage::Failed(_) => "failed",
        Stage::Done => "done",
    }
}

fn content(ui: &mut Ui, removal: &mut Removal) -> Option<Wish> {
    if matches!(removal.stage(), Stage::Done) {
        return done(ui, removal);
    }
    label::text(ui, &text::removal::about(&removal.name));
    what_goes(ui, removal);
    ui.add_space(space::S);
    let running = removal.is_running();
    focus::steady(ui, words::KEEP_GROUPS, |ui| {
        let tick = Checkbox::new(&mut removal.keep_groups, words::KEEP_GROUPS);
        ui.add_enabled(!running, tick);
    });
    ui.add_space(space::S);
    match removal.stage() {
        Stage::Running { progress, stopping, .. } => {
            busy::command(ui, words::STARTING, progress.as_ref(), *stopping).then_some(Wish::Close)
        }
        stage => {
            if let Stage::Failed(failure) = stage {
                message::failure(ui, failure);
                label::text(ui, words::GOES_ON);
            }
            let looking = removal.inventory().is_asking() && !removal.keep_groups;
            let why_not = looking.then_some(words::STILL_LOOKING);
            focus::steady(ui, words::DELETE, |ui| buttons(ui, why_not))
        }
    }
}

/// What will go, and what stays.
fn what_goes(ui: &mut Ui, removal: &Removal) {
    label::text(ui, words::HERE);
    if removal.keep_groups {
        label::text(ui, words::GROUPS_STAY);
    } else {
        in_azure(ui, removal);
    }
    label::weak(ui, words::STAYS);
}

fn in_azure(ui: &mut Ui, removal: &Removal) {
    let inventory = removal.inventory();
    if inventory.is_asking() {
        busy::busy(ui, words::LOOKING, inventory.progress(), false);
    }
    if let Some(failure) = inventory.failure() {
        message::failure(ui, failure);
        label::text(ui, words::WITHOUT_AZURE);
    }
    if let Some(found) = inventory.value() {
        label::text(ui, &words::in_azure(found));
        dependents(ui, found);
    }
}

fn dependents(ui: &mut Ui, inventory: &RemovalInventory) {
    if !inventory.dependents.is_empty() {
        message::message(ui, message::Kind::Caution, &words::dependents(&inventory.dependents));
    }
}

/// Keeping is what Enter does.
fn buttons(ui: &mut Ui, why_not_delete: Option<&str>) -> Option<Wish> {
    ui.horizontal(|ui| {
        let keep = button::button(ui, Kind::Default, words::KEEP);
        focus::claim(ui, &keep);
        let delete = button::enabled(ui, Kind::Danger, words::DELETE, why_not_delete);
        match (keep.clicked(), delete.clicked()) {
            (true, _) => Some(Wish::Close),
            (_, true) => Some(Wish::Remove),
            _ => None,
        }
    })
    .inner
}

fn done(ui: &mut Ui, removal: &Removal) -> Option<Wish> {
    message::message(
        ui,
        message::Kind::Good,
        &words::done(&removal.name, removal.keep_groups),
    );
    ui.add_space(space::S);
    let close = ui
        .horizontal(|ui| button::button(ui, Kind::Default, window::CLOSE))
        .inner;
    focus::claim(ui, &close);
    close.clicked().then_some(Wish::Close)
}
