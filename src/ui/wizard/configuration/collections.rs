//! The chosen device collections.

use egui::Ui;

use crate::flow::Asker;
use crate::flow::effect::SiteAccess;
use crate::flow::wizard::Place;
use crate::model::group::Limits;
use crate::model::{CollectionId, DeviceCollection, Warning};
use crate::text::configuration as words;
use crate::ui::theme::{size, space};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::list::{Act, List, Row};
use crate::ui::widgets::{busy, label, message};
use crate::ui::wizard::section::section;

/// The list, and the buttons that change it.
pub fn show(ui: &mut Ui, place: &mut Place, site: &SiteAccess, asker: &mut Asker) {
    ui.add_space(space::S);
    label::group(ui, words::COLLECTIONS);
    label::weak(ui, words::COLLECTIONS_INTRO);
    if let Some(act) = list(ui, place) {
        follow(place, act);
    }
    if place.chosen.is_empty() {
        label::weak(ui, words::NONE_CHOSEN);
    }
    loading(ui, place, site, asker);
    section(ui, words::ADD, |ui| buttons(ui, place, site));
    message::warnings(ui, &too_large(&place.chosen));
}

fn list(ui: &mut Ui, place: &mut Place) -> Option<Act> {
    let at = |id: &CollectionId| place.chosen.iter().position(|each| each.id == *id);
    let cursor = place
        .marked
        .as_ref()
        .and_then(at)
        .or(if place.chosen.is_empty() { None } else { Some(0) });
    let shown = place.chosen.len().clamp(2, 6) as f32 + 1.0;
    let list = List {
        name: words::COLLECTIONS,
        heads: &[
            (words::NAME, None),
            (words::COLLECTION_ID, Some(110.0)),
            (words::MEMBERS, Some(90.0)),
        ],
        rows: place.chosen.len(),
        cursor,
        height: shown * (size::ROW + space::S) + space::S,
    };
    place.marked = cursor.and_then(|at| place.chosen.get(at)).map(|each| each.id.clone());
    list.show(ui, |at| row(place.chosen.get(at)))
}

fn row(collection: Option<&DeviceCollection>) -> Row {
    let cells = collection.map(|each| vec![each.name.clone(), each.id.to_string(), each.member_count.to_string()]);
    Row {
        cells: cells.unwrap_or_default(),
        ticked: None,
    }
}

fn follow(place: &mut Place, act: Act) {
    let id = |at: usize| place.chosen.get(at).map(|each| each.id.clone());
    match act {
        Act::Move(at) | Act::Tick(at) | Act::Open(at) => place.marked = id(at),
        Act::Delete(at) => {
            if let Some(id) = id(at) {
                place.remove(&id);
            }
        }
    }
}

/// How far the reading of the site's collections is, and why it failed.
fn loading(ui: &mut Ui, place: &mut Place, site: &SiteAccess, asker: &mut Asker) {
    let collections = place.collections();
    if collections.is_asking(site) {
        busy::busy(ui, words::READING_COLLECTIONS, collections.remote().progress(), false);
        return;
    }
    if let Some(failure) = collections.failure(site) {
        message::failure(ui, failure);
    } else if collections.of(site).is_some() {
        return;
    } else {
        message::message(ui, message::Kind::Caution, words::COLLECTIONS_NOT_READ);
    }
    let again = ui
        .horizontal(|ui| button::button(ui, Kind::Plain, words::TRY_AGAIN))
        .inner;
    if again.clicked() {
        place.list_again(site, asker);
    }
}

fn buttons(ui: &mut Ui, place: &mut Place, site: &SiteAccess) {
    ui.horizontal(|ui| {
        if button::enabled(ui, Kind::Plain, words::ADD, why_no_add(place, site)).clicked() {
            place.open_picker(site);
        }
        let marked = place.marked.clone();
        let why_not = marked.is_none().then_some(words::NOTHING_MARKED);
        let remove = button::enabled(ui, Kind::Plain, words::REMOVE, why_not);
        if let Some(id) = marked.filter(|_| remove.clicked()) {
            place.remove(&id);
        }
    });
}

fn why_no_add(place: &Place, site: &SiteAccess) -> Option<&'static str> {
    match place.collections().of(site) {
        Some(listed) if listed.is_empty() => Some(words::NO_COLLECTIONS),
        Some(_) => None,
        None if place.collections().is_asking(site) => Some(words::COLLECTIONS_LOADING),
        None => Some(words::COLLECTIONS_FAILED),
    }
}

/// Warnings for collections that are probably too large for a group.
fn too_large(chosen: &[DeviceCollection]) -> Vec<Warning> {
    let limits = Limits::default();
    let large = chosen
        .iter()
        .filter(|each| limits.likely_exceeded_by(each.member_count));
    let warning = |each: &DeviceCollection| Warning::LikelyTooLarge {
        id: each.id.clone(),
        members: each.member_count,
    };
    large.map(warning).collect()
}
