//! The tab *Synchronization*: what publishes the connection, and how often.

use egui::Ui;

use super::{Known, Wish, record};
use crate::flow::Asker;
use crate::flow::properties::Properties;
use crate::model::changes::Rhythm;
use crate::model::schedule::{Every, ScheduleSeen};
use crate::text::properties as words;
use crate::text::{home, schedule};
use crate::ui::theme::space;
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::{busy, choice, focus, label, message, tick};

/// Draws it.
pub(super) fn show(ui: &mut Ui, properties: &mut Properties, known: &Known, asker: &mut Asker) -> Option<Wish> {
    let off_since = properties.overview().off_since.filter(|_| !properties.draft.import);
    tick::tick(ui, words::IMPORT, &mut properties.draft.import, words::IMPORT_HINT);
    if let Some(off) = words::off_since(off_since) {
        label::weak(ui, &off);
    }
    ui.add_space(space::S);
    rhythm(ui, properties);
    label::group(ui, words::NOW);
    let wish = focus::steady(ui, words::NOW, |ui| publish(ui, properties, known));
    record::show(ui, properties, asker);
    wish
}

/// How often this account's schedule publishes.
fn rhythm(ui: &mut Ui, properties: &mut Properties) {
    let seen = properties.schedule();
    if seen.is_asking() && seen.value().is_none() {
        busy::busy(ui, schedule::LOOKING, None, false);
    }
    if let Some(failure) = seen.failure() {
        message::failure(ui, failure);
    }
    let Some(seen) = seen.value().cloned() else { return };
    let obstacle = seen.obstacle.as_ref().map(schedule::obstacle);
    let now = properties
        .draft
        .schedule
        .or(properties.rhythm())
        .unwrap_or(Rhythm::Never);
    let options: Vec<(Rhythm, String)> = std::iter::once(Rhythm::Never)
        .chain(Every::all().map(Rhythm::Every))
        .map(|each| (each, words::rhythm(each)))
        .collect();
    let chosen = choice::choice(ui, words::INTERVAL, &words::rhythm(now), &options, obstacle.as_deref());
    if let Some(chosen) = chosen {
        properties.draft.schedule = Some(chosen);
    }
    below(ui, properties, &seen, obstacle.as_deref());
}

fn below(ui: &mut Ui, properties: &Properties, seen: &ScheduleSeen, obstacle: Option<&str>) {
    if let Some(obstacle) = obstacle {
        label::weak(ui, obstacle);
        return;
    }
    label::weak(ui, words::INTERVAL_NOTE);
    if properties.changes().schedule.is_some() {
        label::weak(ui, schedule::made(seen));
        label::weak(ui, words::PROVEN);
    } else if let Some(next) = seen.standing.next {
        label::text(ui, &words::next_run(next));
    }
}

fn publish(ui: &mut Ui, properties: &Properties, known: &Known) -> Option<Wish> {
    if let Some(publication) = &known.publication {
        let cancelled = busy::command(ui, home::STARTING, publication.progress.as_ref(), publication.stopping);
        return cancelled.then_some(Wish::StopPublishing);
    }
    let last = home::last_publication(properties.overview().last_run.as_ref(), false);
    label::text(ui, &words::last(&last));
    let pressed = ui
        .horizontal(|ui| button::button(ui, Kind::Plain, home::PUBLISH))
        .inner
        .clicked();
    pressed.then_some(Wish::Publish)
}
