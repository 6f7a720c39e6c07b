//! *Delete*: the dialog.

use egui::{Checkbox, Context, ScrollArea, Ui};

use super::theme::space;
use super::widgets::button::{self, Kind};
use super::widgets::{busy, dialog, focus, label, message};
use crate::flow::Program;
use crate::flow::program::Dialog;
use crate::flow::removal::{Removal, Stage};
use crate::model::removal::RemovalInventory;
use crate::text::removal as words;
use crate::text::{self, window};

/// As wide as what stays in Azure is long.
const WIDTH: f32 = 640.0;
/// The list of it takes so much of the dialog's height, in points.
const LIST: f32 = 280.0;

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
    let (wish, close) = dialog::sized(ctx, words::TITLE, WIDTH, |ui| content(ui, removal));
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
    ticks(ui, removal);
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
            let why_not = removal.is_looking().then_some(words::STILL_LOOKING);
            focus::steady(ui, words::DELETE, |ui| buttons(ui, why_not))
        }
    }
}

/// What will go, and what stays.
fn what_goes(ui: &mut Ui, removal: &Removal) {
    label::text(ui, words::HERE);
    if removal.here_only {
        left_behind(ui, removal);
    } else {
        in_azure(ui, removal);
    }
    label::weak(ui, words::STAYS);
}

fn left_behind(ui: &mut Ui, removal: &Removal) {
    if let Some(failure) = removal.remnants().failure() {
        message::failure(ui, failure);
    }
    match removal.left_behind() {
        Some(remnants) => {
            let list = words::remnants(remnants);
            message::framed(ui, message::Kind::Caution, &words::stays_in_azure(remnants), |ui| {
                message::unfolding(ui, "remnants", &list, &list);
            });
        }
        None if removal.remnants().value().is_some() => {
            label::text(ui, words::NOTHING_IN_AZURE);
        }
        None => {}
    }
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
        going(ui, found, removal);
        if let Some(stays) = words::table_stays(found, removal.extent()) {
            label::text(ui, &stays);
        }
        dependents(ui, found);
    }
}

/// What goes from Azure, the groups by name where somebody wants to see them.
fn going(ui: &mut Ui, found: &RemovalInventory, removal: &Removal) {
    let lines = words::goes(found, removal.extent());
    if lines.is_empty() {
        label::text(ui, words::NOTHING_IN_AZURE);
        return;
    }
    label::text(ui, words::IN_AZURE);
    for line in &lines {
        label::text(ui, &format!("  •  {line}"));
    }
    if !found.groups.is_empty() {
        let names = found.groups.join("\n");
        message::unfolding(ui, "groups", &names, &names);
    }
}

fn dependents(ui: &mut Ui, inventory: &RemovalInventory) {
    if !inventory.dependents.is_empty() {
        message::message(ui, message::Kind::Caution, &words::dependents(&inventory.dependents));
    }
    if !inventory.groups.is_empty() {
        label::weak(ui, words::UNSEEN);
    }
}

/// How far it is to go. The table is offered only where it may go.
fn ticks(ui: &mut Ui, removal: &mut Removal) {
    let open = !removal.is_running();
    let table = removal.table_that_may_go().map(words::delete_table);
    if let Some(table) = table.filter(|_| !removal.here_only) {
        focus::steady(ui, "table", |ui| {
            ui.add_enabled(open, Checkbox::new(&mut removal.delete_table, table));
        });
    }
    focus::steady(ui, words::HERE_ONLY, |ui| {
        ui.add_enabled(open, Checkbox::new(&mut removal.here_only, words::HERE_ONLY));
    });
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
    let said = words::done(&removal.name, removal.extent());
    message::message(ui, message::Kind::Good, &said);
    if let Some(remnants) = removal.left_behind() {
        let list = words::remnants(remnants);
        ui.horizontal(|ui| {
            label::text(ui, words::LEFT);
            button::copy(ui, window::COPY, &list);
        });
        ScrollArea::vertical()
            .id_salt("left")
            .max_height(LIST)
            .show(ui, |ui| message::for_ticket(ui, &list));
    }
    ui.add_space(space::S);
    let close = ui
        .horizontal(|ui| button::button(ui, Kind::Default, window::CLOSE))
        .inner;
    focus::claim(ui, &close);
    close.clicked().then_some(Wish::Close)
}
