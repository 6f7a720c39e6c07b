//! *Connection Properties*: the dialog.
//!
//! | file | what |
//! | --- | --- |
//! | `general` | the tab *General*: name and description |
//! | `directory` | the tab *Azure Active Directory*: tenant, client ID, secret key; Verify |
//! | `place` | the tab *Connection Properties*: workspace, collections, members, history |
//! | `synchronization` | the tab *Synchronization*: import, schedule, publish now |
//! | `record`, `plot` | the same: the record of runs, and members over time |
//! | `site` | the tab *Site*: the way to it, and Move |
//! | `preview` | what the changes do in Azure, before they are made |

use egui::{Context, Key, Modifiers, ScrollArea, Ui};

use super::home;
use super::theme::{size, space};
use super::widgets::button::{self, Kind};
use super::widgets::{busy, dialog, focus, label, message, tabs};
use super::wizard::picker;
use crate::flow::home::Publication;
use crate::flow::program::Dialog;
use crate::flow::properties::{Applied, Properties, Stage, Tab};
use crate::flow::{Asker, Program};
use crate::text::properties as words;
use crate::text::window;

mod directory;
mod general;
mod place;
mod plot;
mod preview;
mod record;
mod site;
mod synchronization;

/// As wide as the tabs and a list of collections need it.
const WIDTH: f32 = 760.0;

/// The height of a tab, and what title, tabs, messages and buttons around it need.
const TAB_HEIGHT: std::ops::RangeInclusive<f32> = 150.0..=440.0;
const AROUND: f32 = 270.0;

/// What a person asks for that the dialog does not do itself.
#[derive(Clone, Copy)]
enum Wish {
    Ok,
    Apply,
    Close,
    Go,
    UpdateSecret,
    Move,
    Publish,
    StopPublishing,
}

/// What is known outside of the dialog.
struct Known {
    /// When the secret key expires, in words.
    key: String,
    /// It is being published.
    publication: Option<Publication>,
}

/// Draws it.
pub fn show(ctx: &Context, program: &mut Program) {
    let Some(Dialog::Properties(properties)) = &program.dialog else {
        return;
    };
    let known = Known {
        key: home::key_words(program, properties.overview()),
        publication: program.home.publication(properties.name()).cloned(),
    };
    let Program {
        dialog: Some(Dialog::Properties(properties)),
        asker,
        ..
    } = program
    else {
        return;
    };
    focus::follow_stage(ctx, stage_name(properties.stage()));
    let (wish, close) = dialog::sized(ctx, words::TITLE, WIDTH, |ui| content(ui, properties, &known, asker));
    add_collections(ctx, properties);
    let leaves = properties.leaving.then(|| leaving(ctx)).flatten();
    match leaves {
        Some(true) => return program.give_up_properties(),
        Some(false) => properties.leaving = false,
        None => {}
    }
    if let Some(wish) = wish {
        carry_out(program, wish);
    } else if close {
        program.close_dialog();
    }
}

const fn stage_name(stage: &Stage) -> &'static str {
    match stage {
        Stage::Editing => "editing",
        Stage::Previewing { .. } => "previewing",
        Stage::Running { .. } => "running",
    }
}

fn carry_out(program: &mut Program, wish: Wish) {
    let Some(Dialog::Properties(properties)) = &mut program.dialog else {
        return;
    };
    let name = properties.name().clone();
    match wish {
        Wish::Ok => program.apply_properties(true),
        Wish::Apply => program.apply_properties(false),
        Wish::Close => program.close_dialog(),
        Wish::Go => properties.go(&mut program.asker),
        Wish::UpdateSecret => program.over_properties(|program| program.update_secret(&name)),
        Wish::Move => program.over_properties(|program| program.move_connection(&name)),
        Wish::Publish => program.home.publish(&name, &mut program.asker),
        Wish::StopPublishing => program.home.stop(&name, &mut program.asker),
    }
}

/// The dialog that adds collections, while it is open.
fn add_collections(ctx: &Context, properties: &mut Properties) {
    let Some(picker) = &mut properties.picker else { return };
    match picker::ask(ctx, picker) {
        picker::Wish::Stay => {}
        picker::Wish::Add => properties.take_picked(),
        picker::Wish::Cancel => properties.picker = None,
    }
}

/// The question before changes are given up: yes, no, not answered yet.
fn leaving(ctx: &Context) -> Option<bool> {
    let (answer, close) = dialog::dialog(ctx, words::LEAVING, |ui| {
        label::text(ui, words::LEAVING_QUESTION);
        ui.add_space(space::M);
        ui.horizontal(|ui| {
            let keep = button::button(ui, Kind::Default, words::KEEP_EDITING);
            focus::claim(ui, &keep);
            let give_up = button::button(ui, Kind::Plain, words::GIVE_UP);
            match (keep.clicked(), give_up.clicked()) {
                (true, _) => Some(false),
                (_, true) => Some(true),
                _ => None,
            }
        })
        .inner
    });
    answer.or(close.then_some(false))
}

fn content(ui: &mut Ui, properties: &mut Properties, known: &Known, asker: &mut Asker) -> Option<Wish> {
    if matches!(properties.stage(), Stage::Previewing { .. }) {
        return preview::show(ui, properties);
    }
    let running = properties.is_running();
    let all = Tab::ALL.map(|tab| (tab, words::tab(tab)));
    if let Some(tab) = tabs::tabs(ui, words::TABS, words::TABS_HOW, properties.tab, &all) {
        properties.turn_to(tab, asker);
    }
    after_applying(ui, properties);
    turned_by_key(ui, properties, asker);
    let mut wish = tab(ui, properties, known, running, asker);
    ui.add_space(space::S);
    if let Stage::Running { progress, stopping, .. } = properties.stage() {
        let cancelled = busy::command(ui, words::STARTING, progress.as_ref(), *stopping);
        return wish.or(cancelled.then_some(Wish::Close));
    }
    applied(ui, properties);
    wish = wish.or(focus::steady(ui, words::OK, |ui| buttons(ui, properties, known)));
    wish.or_else(|| (!properties.leaving && dialog::enter(ui)).then_some(Wish::Ok))
}

/// After an Apply the focus is on the tabs again: the first field of the tab would be scrolled to.
fn after_applying(ui: &Ui, properties: &Properties) {
    if properties.applied().is_some()
        && let Some(row) = ui.ctx().read_response(tabs::tabs_id(ui, words::TABS))
    {
        focus::claim(ui, &row);
    }
}

/// Ctrl+Tab and Ctrl+Page Down turn to the next tab from everywhere, with Shift or Page Up to the one before.
fn turned_by_key(ui: &Ui, properties: &mut Properties, asker: &mut Asker) {
    if properties.picker.is_some() || properties.leaving {
        return;
    }
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    let shifted = pressed(Modifiers::CTRL | Modifiers::SHIFT, Key::Tab) || pressed(Modifiers::CTRL, Key::PageUp);
    let by = if shifted {
        -1
    } else {
        isize::from(pressed(Modifiers::CTRL, Key::Tab) || pressed(Modifiers::CTRL, Key::PageDown))
    };
    if by != 0 {
        properties.turn(by, asker);
        let row = tabs::tabs_id(ui, words::TABS);
        ui.memory_mut(|memory| memory.request_focus(row));
    }
}

fn tab(ui: &mut Ui, properties: &mut Properties, known: &Known, running: bool, asker: &mut Asker) -> Option<Wish> {
    let window = ui.ctx().content_rect().height();
    let height = (window - AROUND).clamp(*TAB_HEIGHT.start(), *TAB_HEIGHT.end());
    let tab = properties.tab;
    ScrollArea::vertical()
        .id_salt(words::tab(tab))
        .auto_shrink(false)
        .max_height(height)
        .min_scrolled_height(height)
        .show(ui, |ui| {
            ui.set_width(ui.available_width() - space::M); // room for the bar, and for the ring of what has the focus
            ui.add_enabled_ui(!running, |ui| {
                ui.push_id(words::tab(tab), |ui| match tab {
                    Tab::General => general::show(ui, properties),
                    Tab::Directory => directory::show(ui, properties, known, asker),
                    Tab::Connection => place::show(ui, properties, asker),
                    Tab::Synchronization => synchronization::show(ui, properties, known, asker),
                    Tab::Site => site::show(ui, properties),
                })
                .inner
            })
            .inner
        })
        .inner
}

/// What came of the last Apply, until the next.
fn applied(ui: &mut Ui, properties: &Properties) {
    match properties.applied() {
        None => return,
        Some(Applied::Failed(failure)) => message::failure(ui, failure),
        Some(Applied::Changed(changed)) => {
            let name = properties.name();
            match &changed.failure {
                None => message::message(ui, message::Kind::Good, &words::done(name, &changed.done)),
                Some(failure) => {
                    message::message(ui, message::Kind::Caution, &words::partly(name, &changed.done));
                    message::failure(ui, failure);
                }
            }
            message::warnings(ui, &changed.warnings);
        }
    }
    ui.add_space(space::S);
}

fn buttons(ui: &mut Ui, properties: &Properties, known: &Known) -> Option<Wish> {
    ui.horizontal(|ui| {
        let unchanged = !properties.is_changed();
        let busy = known.publication.is_some().then_some(words::BEING_PUBLISHED);
        let ok = button::enabled(ui, Kind::Default, words::OK, busy.filter(|_| !unchanged));
        let cancel = button::button(ui, Kind::Plain, window::CANCEL);
        let why_not = unchanged.then_some(words::NOTHING_CHANGED).or(busy);
        let apply = button::enabled(ui, Kind::Plain, words::APPLY, why_not);
        match (ok.clicked(), cancel.clicked(), apply.clicked()) {
            (true, ..) => Some(Wish::Ok),
            (_, true, _) => Some(Wish::Close),
            (.., true) => Some(Wish::Apply),
            _ => None,
        }
    })
    .inner
}

/// Names and values of one tab, all in one place.
fn facts<'a>(ui: &mut Ui, id: &str, facts: impl IntoIterator<Item = (&'a str, String)>) {
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = size::CONTROL;
        label::facts(ui, id, facts.into_iter().filter(|(_, value)| !value.is_empty()));
    });
}
