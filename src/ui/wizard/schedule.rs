//! The schedule: the box on *Confirm* that asks for it, and what has become of it on *Completion*.

use egui::Ui;

use super::confirm::facts_of;
use super::snippet::snippet;
use crate::flow::wizard::{ScheduleOffer, ScheduleWish};
use crate::model::Problem;
use crate::model::schedule::{ScheduleEnd, Standing};
use crate::text::schedule as words;
use crate::ui::widgets::message::{self, Kind};
use crate::ui::widgets::{busy, label, tick};

/// The box, or why there is none to tick.
pub fn offer(ui: &mut Ui, wish: &mut ScheduleWish) {
    label::group(ui, words::KEPT);
    let plain = words::keep(wish.every(), None);
    let out_of_reach = match wish.offer() {
        ScheduleOffer::Unknown => {
            busy::busy(ui, words::LOOKING, None, false);
            return;
        }
        ScheduleOffer::Stands(standing) => {
            label::text(ui, &words::stands(standing));
            label::text(ui, words::STANDS_NOTE);
            facts_of(ui, words::KEPT, words::facts(standing));
            return;
        }
        ScheduleOffer::Possible(seen) => {
            let name = words::keep(wish.every(), seen.account.as_deref());
            let made = words::made(seen);
            tick::tick(ui, &name, &mut wish.wanted, made);
            label::weak(ui, words::PROVEN);
            return;
        }
        ScheduleOffer::Impossible(obstacle) => words::obstacle(obstacle),
        ScheduleOffer::Failed(failure) => words::not_possible(failure.problem()),
    };
    ui.add_enabled_ui(false, |ui| tick::tick(ui, &plain, &mut false, ""));
    label::text(ui, &out_of_reach);
}

/// What was set up, when it runs next, and what happens when nobody is signed in; or why it was not, and the command that does it.
pub fn became(ui: &mut Ui, end: &ScheduleEnd, offered: ScheduleOffer<'_>) {
    label::group(ui, words::KEPT);
    match end {
        ScheduleEnd::Installed(standing) => {
            message::message(ui, Kind::Good, &words::installed(standing));
            stands(ui, standing);
        }
        ScheduleEnd::Stood(standing) => {
            message::message(ui, Kind::Good, &format!("{}.", words::stands(standing)));
            label::text(ui, words::STANDS_NOTE);
            stands(ui, standing);
        }
        ScheduleEnd::NotWished => not_wished(ui, offered),
        ScheduleEnd::NotTried => command(ui, words::NOT_TRIED, words::COMMAND),
        ScheduleEnd::Failed(failure) => {
            // What to do next stands below, for this place.
            message::framed(ui, Kind::Caution, &words::failed(failure.problem()), |ui| {
                message::details(ui, failure);
            });
            if matches!(failure.problem(), Problem::NoScheduler { .. }) {
                command(ui, words::WATCH_INSTEAD, words::WATCH);
            } else {
                command(ui, words::INSTALL_LATER, words::COMMAND);
            }
        }
    }
}

/// A command that cannot work is no way on.
fn not_wished(ui: &mut Ui, offered: ScheduleOffer<'_>) {
    match offered {
        ScheduleOffer::Impossible(obstacle) => {
            label::text(ui, words::BY_ITSELF);
            label::text(ui, &words::obstacle(obstacle));
        }
        _ => command(ui, words::NOT_WISHED, words::COMMAND),
    }
}

fn stands(ui: &mut Ui, standing: &Standing) {
    facts_of(ui, words::KEPT, words::facts(standing));
}

fn command(ui: &mut Ui, intro: &str, command: &str) {
    label::text(ui, intro);
    snippet(ui, command);
}
