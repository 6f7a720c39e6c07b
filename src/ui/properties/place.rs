//! The tab *Connection Properties*: where groups go, which ones, whose members, and whether rows are kept.

use egui::Ui;

use super::{Wish, facts};
use crate::flow::Asker;
use crate::flow::properties::{Chosen, Properties};
use crate::model::MemberScope;
use crate::text::configuration;
use crate::text::properties as words;
use crate::ui::theme::{size, space};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::list::{Act, List, Row};
use crate::ui::widgets::{busy, focus, label, message, tick};

/// Draws it.
pub(super) fn show(ui: &mut Ui, properties: &mut Properties, asker: &mut Asker) -> Option<Wish> {
    let workspace = &properties.overview().connection.setup.workspace;
    let shown = [
        (words::SUBSCRIPTION, workspace.subscription().to_string()),
        (words::RESOURCE_GROUP, workspace.group().name().to_owned()),
        (words::WORKSPACE, workspace.name().to_owned()),
    ];
    facts(ui, "workspace", shown);
    label::weak(ui, words::WORKSPACE_NOTE);
    label::group(ui, configuration::COLLECTIONS);
    collections(ui, properties);
    left_over(ui, properties);
    reading(ui, properties, asker);
    focus::steady(ui, configuration::ADD, |ui| buttons(ui, properties, asker));
    label::group(ui, words::MEMBERS);
    for (scope, name) in [
        (MemberScope::AllComputers, words::ALL_COMPUTERS),
        (MemberScope::ClientsOnly, words::CLIENTS_ONLY),
    ] {
        if tick::radio(ui, name, properties.draft.members == scope, "").clicked() {
            properties.draft.members = scope;
        }
    }
    label::group(ui, words::HISTORY);
    tick::tick(
        ui,
        words::KEEP_HISTORY,
        &mut properties.draft.history,
        words::HISTORY_HINT,
    );
    None
}

/// Rows that the list has room for, at least and at most.
const ROOM: std::ops::RangeInclusive<usize> = 2..=6;

fn collections(ui: &mut Ui, properties: &mut Properties) {
    let chosen = properties.draft.chosen();
    let marked = properties.marked.as_ref();
    let at = chosen.iter().position(|each| Some(&each.id) == marked);
    let cursor = at.or((!chosen.is_empty()).then_some(0));
    let rows = chosen.len().clamp(*ROOM.start(), *ROOM.end()) as f32 + 1.0;
    let list = List {
        name: configuration::COLLECTIONS,
        heads: &[
            (configuration::NAME, None),
            (configuration::COLLECTION_ID, Some(110.0)),
            (configuration::MEMBERS, Some(90.0)),
        ],
        rows: chosen.len(),
        cursor,
        height: rows * (size::ROW + space::S) + space::S,
    };
    let act = list.show_or(ui, configuration::NONE_CHOSEN, |at| row(chosen.get(at)));
    let id = |at: usize| chosen.get(at).map(|each| each.id.clone());
    let now = match act {
        Some(Act::Move(at) | Act::Tick(at) | Act::Open(at)) => id(at),
        Some(Act::Delete(at)) => {
            let (gone, next) = (id(at), id(at + 1).or_else(|| at.checked_sub(1).and_then(id)));
            if let Some(id) = gone {
                properties.draft.remove(&id);
            }
            next
        }
        None => cursor.and_then(id),
    };
    properties.marked = now;
}

fn row(collection: Option<&Chosen>) -> Row {
    let members = |each: &Chosen| each.members.map(|count| count.to_string()).unwrap_or_default();
    let cells = collection.map(|each| vec![each.name.clone(), each.id.to_string(), members(each)]);
    Row {
        cells: cells.unwrap_or_default(),
        ticked: None,
    }
}

fn left_over(ui: &mut Ui, properties: &mut Properties) {
    let ids = properties.overview().left_over.clone();
    if !ids.is_empty() {
        message::framed(ui, message::Kind::Caution, &words::left_over(&ids), |ui| {
            tick::tick(ui, words::CLEAR_LEFT_OVER, &mut properties.draft.clears_left_over, "");
        });
    }
}

/// How far the reading of the site's collections is, and why it failed.
fn reading(ui: &mut Ui, properties: &mut Properties, asker: &mut Asker) {
    let listed = properties.listed();
    if listed.is_asking() {
        if busy::busy(ui, words::READING_COLLECTIONS, listed.progress(), true) {
            properties.stop_listing(asker);
        }
    } else if let Some(failure) = listed.failure() {
        message::failure(ui, failure);
    }
}

fn buttons(ui: &mut Ui, properties: &mut Properties, asker: &mut Asker) {
    ui.horizontal(|ui| {
        let reading = properties.listed().is_asking().then_some(words::READING_COLLECTIONS);
        if button::enabled(ui, Kind::Plain, configuration::ADD, reading).clicked() {
            properties.open_picker(asker);
        }
        let marked = properties.marked.clone();
        let why_not = marked.is_none().then_some(configuration::NOTHING_MARKED);
        let remove = button::enabled(ui, Kind::Plain, configuration::REMOVE, why_not);
        if let Some(id) = marked.filter(|_| remove.clicked()) {
            properties.draft.remove(&id);
        }
    });
}
