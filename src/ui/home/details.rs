//! What is known of the selected connection; the page before there is any.

use egui::{Label, RichText, Ui};

use super::{Wish, collections, words};
use crate::flow::Program;
use crate::flow::effect::Reminder;
use crate::model::KeyExpiry;
use crate::model::report::ConnectionOverview;
use crate::text::expiry;
use crate::ui::theme::space;
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::{label, tick};

/// What is known of a connection.
pub(super) fn of(ui: &mut Ui, program: &Program, overview: &ConnectionOverview) -> Option<Wish> {
    label::group(ui, overview.connection.setup.name.as_str());
    let key = overview.key(program.now());
    let facts = words::facts(overview, &expiry::with_snooze(&key));
    label::facts(ui, words::TITLE, facts);
    let wish = reminders(ui, overview, &key);
    if !overview.collections.is_empty() && overview.last_run.is_some() {
        ui.add_space(space::S);
        ui.push_id(overview.connection.id.to_string(), |ui| {
            collections::show(ui, program, overview)
        });
    }
    wish
}

/// How one is reminded of the end of the key, while that is near: a snooze that can be ended, and whether the desktop is told.
fn reminders(ui: &mut Ui, overview: &ConnectionOverview, key: &KeyExpiry) -> Option<Wish> {
    key.threshold?;
    let wish = |reminder| Wish::Remind(overview.connection.setup.name.clone(), reminder);
    ui.add_space(space::S);
    let again = key.snoozed_until.is_some() && button::button(ui, Kind::Plain, expiry::REMIND_AGAIN).clicked();
    let mut tells = overview.tells_desktop;
    let ticked = tick::tick(ui, expiry::TELL_DESKTOP, &mut tells, "").changed();
    match (again, ticked) {
        (true, _) => Some(wish(Reminder::Again)),
        (_, true) => Some(wish(Reminder::Desktop(tells))),
        _ => None,
    }
}

/// What this is for and what one needs, while there is no connection.
pub(super) fn before_there_is_any(ui: &mut Ui, on_lab: bool) {
    ui.add_space(space::S);
    label::text(ui, words::WHAT_THIS_DOES);
    label::group(ui, words::AT_HAND);
    for need in words::NEEDS {
        ui.horizontal_top(|ui| {
            label::weak(ui, "•");
            label::text(ui, need);
        });
    }
    label::group(ui, words::JUST_TRYING);
    if on_lab {
        label::text(ui, words::ON_LAB);
    } else {
        label::text(ui, words::TRY_ON_LAB);
        ui.add(Label::new(RichText::new(words::LAB_COMMAND).monospace()).selectable(true));
    }
}
