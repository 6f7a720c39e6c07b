//! *Move connection*: the dialog.

use egui::{Context, Ui};

use super::theme::space;
use super::widgets::button::{self, Kind};
use super::widgets::{busy, dialog, focus, label, message};
use super::wizard::general::{certificate, site};
use super::wizard::parts;
use crate::flow::effect::Moved;
use crate::flow::program::Dialog;
use crate::flow::relocation::{Move, Stage};
use crate::flow::{Asker, Program};
use crate::model::ConnectionName;
use crate::model::report::{ConnectionOverview, Relocation};
use crate::text::relocation as words;
use crate::text::{self, window};

/// What a person asks for.
#[derive(Clone, Copy)]
enum Wish {
    Move,
    Publish,
    Close,
}

/// Draws it.
pub fn show(ctx: &Context, program: &mut Program) {
    let now = program.now();
    let Program {
        dialog: Some(Dialog::Move(moving)),
        home,
        asker,
        ..
    } = program
    else {
        return;
    };
    let overview = home.find(&moving.name);
    focus::follow_stage(ctx, stage_name(moving.stage()));
    let (wish, close) = dialog::dialog(ctx, words::TITLE, |ui| content(ui, moving, overview, asker));
    certificate::dialog(ctx, &mut moving.site, asker, now);
    let name = moving.name.clone();
    match wish {
        Some(Wish::Move) => moving.go(asker),
        Some(Wish::Publish) => publish(program, &name),
        Some(Wish::Close) => program.close_dialog(),
        None if close => program.close_dialog(),
        None => {}
    }
}

fn publish(program: &mut Program, name: &ConnectionName) {
    program.home.publish(name, &mut program.asker);
    program.close_dialog();
}

const fn stage_name(stage: &Stage) -> &'static str {
    match stage {
        Stage::Choosing => "choosing",
        Stage::Running { .. } => "running",
        Stage::Failed(_) => "failed",
        Stage::Done(_) => "done",
    }
}

fn content(ui: &mut Ui, moving: &mut Move, overview: Option<&ConnectionOverview>, asker: &mut Asker) -> Option<Wish> {
    if let Stage::Done(moved) = moving.stage() {
        return done(ui, &moving.name, moved);
    }
    label::text(ui, &words::about(&moving.name, overview));
    label::weak(ui, words::STAYS);
    ui.add_space(space::S);
    ui.add_enabled_ui(!moving.is_running(), |ui| site::show(ui, &mut moving.site, asker));
    looked_up(ui, moving);
    ui.add_space(space::S);
    match moving.stage() {
        Stage::Running { progress, stopping, .. } => {
            busy::command(ui, words::STARTING, progress.as_ref(), *stopping).then_some(Wish::Close)
        }
        stage => {
            if let Stage::Failed(failure) = stage {
                message::failure(ui, failure);
                label::text(ui, words::AS_IT_WAS);
            }
            let wish = focus::steady(ui, words::MOVE, |ui| buttons(ui, moving.plan().is_some()));
            wish.or_else(|| entered(ui, moving, asker))
        }
    }
}

/// Enter: looks at the site; once that has answered, moves.
fn entered(ui: &Ui, moving: &mut Move, asker: &mut Asker) -> Option<Wish> {
    if !dialog::enter(ui) {
        return None;
    }
    if moving.plan().is_some() {
        return Some(Wish::Move);
    }
    moving.site.connect(asker);
    None
}

/// What becomes of the collections, once the site has answered.
fn looked_up(ui: &mut Ui, moving: &Move) {
    if moving.planning().remote().is_asking() {
        busy::busy(ui, words::LOOKING, moving.planning().remote().progress(), false);
    } else if let Some(failure) = moving.plan_failure() {
        parts::result(ui, words::TITLE, Some(1), |ui| message::failure(ui, failure));
    } else if let Some(plan) = moving.plan() {
        planned(ui, plan); // what comes into view is the button below it
    } else {
        parts::result(ui, words::TITLE, None, |_| {});
    }
}

fn planned(ui: &mut Ui, plan: &Relocation) {
    label::text(ui, &words::from_to(plan));
    if let Some(caution) = words::installed_anew(plan) {
        message::message(ui, message::Kind::Caution, &caution);
    }
    label::text(ui, &words::kept(plan));
    for line in words::kept_lines(plan) {
        label::weak(ui, &line);
    }
    if let Some(missing) = words::missing(plan) {
        message::framed(ui, message::Kind::Caution, &missing, |ui| {
            for line in words::missing_lines(plan) {
                label::text(ui, &line);
            }
        });
    }
}

fn buttons(ui: &mut Ui, may_move: bool) -> Option<Wish> {
    let why_not = (!may_move).then_some(words::CHECK_FIRST);
    let mut wish = None;
    parts::result(ui, words::MOVE, may_move.then_some(0), |ui| {
        ui.horizontal(|ui| {
            let go = button::enabled(ui, Kind::Default, words::MOVE, why_not);
            let cancel = button::button(ui, Kind::Plain, window::CANCEL);
            wish = match (go.clicked(), cancel.clicked()) {
                (true, _) => Some(Wish::Move),
                (_, true) => Some(Wish::Close),
                _ => None,
            };
        });
    });
    wish
}

fn done(ui: &mut Ui, name: &ConnectionName, moved: &Moved) -> Option<Wish> {
    let plan = &moved.relocation;
    message::message(ui, message::Kind::Good, &words::done(name, plan));
    label::text(ui, &words::kept(plan));
    if let Some(missing) = words::missing(plan) {
        label::text(ui, &missing);
    }
    // The others were read before.
    let mut warnings = moved.warnings.clone();
    warnings.retain(|warning| !plan.to.warnings.contains(warning));
    message::warnings(ui, &warnings);
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        let publish = button::button(ui, Kind::Default, text::home::PUBLISH);
        focus::claim(ui, &publish);
        let close = button::button(ui, Kind::Plain, window::CLOSE);
        match (publish.clicked(), close.clicked()) {
            (true, _) => Some(Wish::Publish),
            (_, true) => Some(Wish::Close),
            _ => None,
        }
    })
    .inner
}
