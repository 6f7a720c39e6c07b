//! The record of runs, and how many members there were over time.

use egui::Ui;

use super::plot;
use crate::flow::Asker;
use crate::flow::properties::Properties;
use crate::model::run_history::{RunHistory, RunSeen};
use crate::model::{CollectionId, Failure};
use crate::text::home::moment;
use crate::text::runs as words;
use crate::ui::theme::{size, space};
use crate::ui::widgets::list::{Act, List, Row};
use crate::ui::widgets::{busy, choice, label, message};

/// Rows that the list has room for, at most.
const ROOM: usize = 6;

/// Draws both.
pub(super) fn show(ui: &mut Ui, properties: &mut Properties, asker: &mut Asker) {
    let runs = properties.runs();
    if let Some(failure) = runs.failure() {
        message::failure(ui, failure);
    }
    let Some(history) = runs.value().cloned() else {
        if runs.is_asking() {
            busy::busy(ui, words::READING, None, false);
        }
        return;
    };
    label::group(ui, words::MEMBERS);
    if let Some(of) = choose(ui, properties, &history) {
        properties.read_runs(of, asker);
    }
    plot::show(ui, words::MEMBERS, &history.members);
    label::group(ui, words::TITLE);
    list(ui, &history);
}

/// Of which collection the members are shown; answers another one.
fn choose(ui: &mut Ui, properties: &Properties, history: &RunHistory) -> Option<Option<CollectionId>> {
    let chosen = properties.draft.chosen();
    let named = |id: &CollectionId, name: &str| match name {
        "" => id.to_string(),
        name => format!("{name} ({id})"),
    };
    let mut options = vec![(None, words::ALL_COLLECTIONS.to_owned())];
    options.extend(
        chosen
            .iter()
            .map(|each| (Some(each.id.clone()), named(&each.id, &each.name))),
    );
    let now = options.iter().find(|(id, _)| *id == history.of);
    let now = now.map_or_else(String::new, |(_, words)| words.clone());
    let picked = choice::choice(ui, words::MEMBERS_OF, &now, &options, None)?;
    (picked != history.of).then_some(picked)
}

fn list(ui: &mut Ui, history: &RunHistory) {
    let runs = &history.latest;
    let cursor_id = ui.scope_id().with(words::TITLE);
    let cursor = ui.data(|data| data.get_temp::<usize>(cursor_id)).unwrap_or(0);
    let cursor = cursor.min(runs.len().saturating_sub(1));
    let list = List {
        name: words::TITLE,
        heads: &[
            (words::STARTED, Some(152.0)),
            (words::WHAT, Some(140.0)),
            (words::TOOK, Some(60.0)),
            (words::RESULT, None),
        ],
        rows: runs.len(),
        cursor: (!runs.is_empty()).then_some(cursor),
        height: (runs.len().clamp(2, ROOM) as f32 + 1.0) * (size::ROW + space::S) + space::S,
    };
    let act = list.show_or(ui, words::NONE, |at| Row {
        cells: runs.get(at).map(cells).unwrap_or_default(),
        ticked: None,
    });
    if let Some(Act::Move(at)) = act {
        ui.data_mut(|data| data.insert_temp(cursor_id, at));
    }
    if let Some(run) = runs.get(cursor) {
        one(ui, run);
    }
    if let Some(more) = words::more(runs.len(), history.runs) {
        label::weak(ui, &more);
    }
}

fn cells(run: &RunSeen) -> Vec<String> {
    vec![
        moment(run.started),
        words::kind(run.kind).to_owned(),
        words::took(run),
        words::result(run),
    ]
}

/// The whole of what came of a run, which a cell may cut; why it failed.
fn one(ui: &mut Ui, run: &RunSeen) {
    let result = words::result(run);
    if !result.is_empty() {
        label::weak(ui, &result);
    }
    if let Some(problem) = &run.record.problem {
        message::details(ui, &Failure::from(problem.clone()));
    }
}
