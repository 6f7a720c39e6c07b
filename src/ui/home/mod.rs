//! The connections of this account: what needs attention, the list, what is known of the selected one.
//!
//! Everything here draws from `&Program` and answers at most one [`Wish`]; [`show`] carries it out when all is drawn.
//!
//! | file | what |
//! | --- | --- |
//! | [`commands`] | what can be done with the selected connection, and why not: toolbar and menu of a row |
//! | [`attention`] | what needs attention, in words, each with its buttons; the order of the list |
//! | [`more`] | what is seldom wanted, in a menu of its own |
//! | [`table`] | the list |
//! | [`collections`] | what the last publication did with each collection of the selected connection |
//! | [`details`] | what is known of the selected connection; the page before there is any |

use egui::{Context, Frame, Key, Margin, Modifiers, ScrollArea, Ui};

use super::theme::space;
use super::widgets::button::{self, Kind};
use super::widgets::{busy, dialog, focus, label, message};
use crate::flow::Program;
use crate::flow::effect::Reminder;
use crate::flow::home::Publication;
use crate::model::ConnectionName;
use crate::model::connection_list::ListColumn;
use crate::text::home as words;

mod attention;
mod collections;
mod commands;
mod details;
mod more;
mod table;

pub(super) use attention::key_words;

/// What a person asks for.
enum Wish {
    /// A new connection.
    New,
    /// Read the list anew.
    Refresh,
    /// Act on this one from now on.
    Select(ConnectionName),
    /// Sort the list by this column.
    Sort(ListColumn),
    /// Show and change its properties.
    Properties(ConnectionName),
    /// Publish it.
    Publish(ConnectionName),
    /// Look at its computer groups.
    ViewGroups(ConnectionName),
    /// Run log queries in its workspace.
    SearchLogs(ConnectionName),
    /// Stop publishing it.
    Stop(ConnectionName),
    /// Update its secret key.
    UpdateSecret(ConnectionName),
    /// Change how one is reminded of the end of its secret key.
    Remind(ConnectionName, Reminder),
    /// Move it to another SMS Provider.
    Move(ConnectionName),
    /// Go on making it.
    Finish(ConnectionName),
    /// Delete it, or go on doing so.
    Delete(ConnectionName),
    /// A new connection from a file with settings.
    NewFromSettings,
    /// Save its settings.
    SaveSettings(ConnectionName),
    /// A report for a ticket, about it where one is selected.
    Diagnose(Option<ConnectionName>),
    /// Open the log in its viewer.
    OpenLog,
}

/// The page. `on_lab` tells whether the lab runs.
pub fn show(ui: &mut Ui, program: &mut Program, on_lab: bool) {
    let margin = Margin::symmetric(space::M as i8, space::S as i8);
    let frame = Frame::new().inner_margin(margin);
    let wish = frame.show(ui, |ui| page(ui, program, on_lab)).inner;
    if let Some(wish) = wish {
        carry_out(program, wish);
    }
    let dropped = ui.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_owned()));
    if let Some(path) = dropped {
        program.settings_dropped(&path);
    }
}

/// The names of everything that can be done on this page: the documentation says of each which command does the same.
pub fn actions() -> Vec<&'static str> {
    let own = [words::NEW, words::GO_ON, words::TAKE_AWAY, words::GO_ON_REMOVING];
    let tools = more::TOOLS.map(more::Tool::label);
    own.into_iter().chain(commands::labels()).chain(tools).collect()
}

fn carry_out(program: &mut Program, wish: Wish) {
    match wish {
        Wish::New => program.new_connection(),
        Wish::Refresh => program.home.refresh(&mut program.asker),
        Wish::Select(name) => program.home.selected = Some(name),
        Wish::Sort(column) => program.home.sort_by(column),
        Wish::Properties(name) => program.open_properties(&name),
        Wish::Publish(name) => program.home.publish(&name, &mut program.asker),
        Wish::ViewGroups(name) => program.view_groups(&name),
        Wish::SearchLogs(name) => program.search_logs(&name),
        Wish::Stop(name) => program.home.stop(&name, &mut program.asker),
        Wish::UpdateSecret(name) => program.update_secret(&name),
        Wish::Remind(name, reminder) => program.remind(&name, reminder),
        Wish::Move(name) => program.move_connection(&name),
        Wish::Finish(name) => program.finish(&name),
        Wish::Delete(name) => program.delete(&name),
        Wish::NewFromSettings => program.new_from_settings(),
        Wish::SaveSettings(name) => program.save_settings(&name),
        Wish::Diagnose(name) => program.diagnose(name),
        Wish::OpenLog => program.open_log(),
    }
}

fn page(ui: &mut Ui, program: &Program, on_lab: bool) -> Option<Wish> {
    let mut wish = keys(ui, program);
    label::title(ui, words::TITLE);
    label::weak(ui, words::WHOSE);
    ui.add_space(space::S);
    wish = commands::toolbar(ui, program).or(wish);
    ui.add_space(space::S);
    let body = ScrollArea::vertical().id_salt(words::TITLE).auto_shrink(false);
    let asked = body.show(ui, |ui| body_of_page(ui, program, on_lab)).inner;
    asked.or(wish)
}

fn body_of_page(ui: &mut Ui, program: &Program, on_lab: bool) -> Option<Wish> {
    let mut wish = reading(ui, program);
    if program.is_quitting() {
        message::message(ui, message::Kind::Info, words::CLOSING);
    }
    if program.home.list().is_empty() {
        if program.home.connections.value().is_some() {
            details::before_there_is_any(ui, on_lab);
        }
        return wish;
    }
    let mut order = attention::order(program);
    wish = attention::banners(ui, program, &order).or(wish);
    program.home.arrange(&mut order);
    for publication in program.home.publications() {
        wish = under_way(ui, publication).or(wish);
    }
    wish = table::show(ui, program, &order).or(wish);
    if let Some(selected) = program.home.selection() {
        wish = details::of(ui, program, selected).or(wish);
    }
    wish
}

/// The list is read for the first time, or could not be read.
fn reading(ui: &mut Ui, program: &Program) -> Option<Wish> {
    let list = &program.home.connections;
    if list.is_asking() && list.value().is_none() {
        busy::busy(ui, words::READING, None, false);
    }
    let failure = list.failure()?;
    message::failure(ui, failure);
    if !program.home.list().is_empty() {
        label::weak(ui, words::OLDER_LIST);
    }
    let again = ui.horizontal(|ui| button::button(ui, Kind::Plain, words::TRY_AGAIN).clicked());
    again.inner.then_some(Wish::Refresh)
}

/// A publication under way.
fn under_way(ui: &mut Ui, publication: &Publication) -> Option<Wish> {
    let mut cancelled = false;
    focus::steady(ui, ("publication", publication.name.key()), |ui| {
        let words = words::being_published(&publication.name);
        message::framed(ui, message::Kind::Info, &words, |ui| {
            ui.set_min_width(ui.available_width());
            cancelled = busy::command(ui, words::STARTING, publication.progress.as_ref(), publication.stopping);
        });
    });
    cancelled.then(|| Wish::Stop(publication.name.clone()))
}

/// Keys that work wherever the focus is on this page.
fn keys(ui: &Ui, program: &Program) -> Option<Wish> {
    if program.dialog.is_some() {
        return None;
    }
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::ALT, Key::Enter) {
        return commands::properties(program);
    }
    pressed(Modifiers::NONE, Key::F5).then_some(Wish::Refresh)
}

/// The question before the window closes while work is under way.
pub fn ask_to_quit(ctx: &Context, program: &mut Program) {
    let names: Vec<&ConnectionName> = program.home.publications().iter().map(|each| &each.name).collect();
    let question = words::quit(&names);
    let ((stay, stop), close) = dialog::dialog(ctx, words::QUIT_TITLE, |ui| {
        label::text(ui, &question);
        ui.add_space(space::M);
        ui.horizontal(|ui| {
            let stay = button::button(ui, Kind::Default, words::STAY);
            focus::claim(ui, &stay);
            let stop = button::button(ui, Kind::Plain, words::STOP_AND_CLOSE);
            (stay.clicked(), stop.clicked())
        })
        .inner
    });
    if stop {
        program.quit();
    } else if stay || close {
        program.close_dialog();
    }
}
