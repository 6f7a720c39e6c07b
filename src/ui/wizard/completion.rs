//! The page *Completion*: what was made, what was published, and what to do next.

use egui::Ui;

use super::snippet::snippet;
use super::{confirm, progress, schedule};
use crate::flow::Asker;
use crate::flow::effect::Created;
use crate::flow::wizard::Wizard;
use crate::model::group::{self, Owner};
use crate::model::history::{FUNCTION, TABLE};
use crate::model::report::{CollectionReport, SyncReport};
use crate::model::{CollectionId, Connection, Failure, Result, Warning};
use crate::text;
use crate::text::completion as words;
use crate::text::history as kept;
use crate::ui::theme::{size, space};
use crate::ui::widgets::label;
use crate::ui::widgets::list::{Act, List, Row};
use crate::ui::widgets::message::{self, Kind};

/// Draws the page.
pub fn show(ui: &mut Ui, wizard: &mut Wizard, _asker: &mut Asker) {
    let Some((creation, created)) = wizard.creation().and_then(|each| Some((each, each.created()?))) else {
        return;
    };
    headline(ui, created);
    message::warnings(ui, &without_pending(&created.warnings));
    publication(ui, created.publication.as_ref());
    schedule::became(ui, &created.schedule, wizard.schedule.offer());
    history(ui, created);
    next(ui, created);
    label::group(ui, words::STEPS);
    progress::steps(ui, creation);
}

/// That one has its own place on the page.
fn without_pending(warnings: &[Warning]) -> Vec<Warning> {
    let others = warnings.iter().filter(|each| **each != Warning::UploadPending);
    others.cloned().collect()
}

/// What was set up for history, and what happens next where the upload role does not count yet.
fn history(ui: &mut Ui, created: &Created) {
    let Some(place) = &created.connection.history else {
        return;
    };
    label::group(ui, kept::SET_UP);
    if created.upload_is_pending() {
        message::framed(ui, Kind::Info, kept::PENDING, |ui| {
            label::text(ui, kept::PENDING_NEXT);
        });
    } else if place.proven {
        message::message(ui, Kind::Good, kept::PROVEN);
    }
    let facts = [
        (kept::TABLE_NAME, TABLE.to_owned()),
        (kept::RULE, place.rule.to_string()),
        (kept::UPLOADS, place.ingestion.to_string()),
        (kept::FUNCTION_NAME, FUNCTION.to_owned()),
    ];
    confirm::facts_of(ui, kept::SET_UP, facts);
    label::text(ui, kept::QUERY_INTRO);
    snippet(ui, &kept::query());
}

fn headline(ui: &mut Ui, created: &Created) {
    let name = &created.connection.setup.name;
    match &created.publication {
        Some(Ok(report)) if !report.is_partial() && whole(report) => {
            message::message(ui, Kind::Good, &words::made_and_published(name, report));
        }
        _ => message::message(ui, Kind::Good, &words::made(name)),
    }
}

/// Whether every collection has its group now.
fn whole(report: &SyncReport) -> bool {
    report
        .collections
        .iter()
        .all(|each| each.error.is_none() && each.computers.is_some())
}

fn publication(ui: &mut Ui, publication: Option<&Result<SyncReport>>) {
    label::group(ui, words::PUBLICATION);
    match publication {
        None => {
            label::text(ui, words::NOTHING_PUBLISHED);
        }
        Some(Err(failure)) => {
            message::failure(ui, failure);
            label::text(ui, words::STANDS);
        }
        Some(Ok(report)) => report_of(ui, report),
    }
}

fn report_of(ui: &mut Ui, report: &SyncReport) {
    confirm::facts_of(ui, words::PUBLICATION, words::figures(report));
    ui.add_space(space::S);
    list(ui, report);
    for (failure, names) in failures(report) {
        ui.push_id(names.first().copied().unwrap_or_default(), |ui| {
            label::text(ui, &words::failed(&names));
            message::failure(ui, failure);
        });
    }
    message::warnings(ui, &without_pending(&report.warnings));
    if report.cancelled {
        message::message(ui, Kind::Info, words::CANCELLED);
    } else if report.is_partial() {
        label::text(ui, words::SOME_LEFT);
    }
}

/// Failures, each once, with the collections that had it: one cause can meet a hundred collections.
fn failures(report: &SyncReport) -> Vec<(&Failure, Vec<&str>)> {
    let mut found: Vec<(&Failure, Vec<&str>)> = Vec::new();
    for each in &report.collections {
        let Some(error) = &each.error else { continue };
        match found.iter_mut().find(|(known, _)| *known == error) {
            Some((_, names)) => names.push(&each.name),
            None => found.push((error, vec![&each.name])),
        }
    }
    found
}

fn list(ui: &mut Ui, report: &SyncReport) {
    let rows = report.collections.len();
    let cursor_id = ui.scope_id().with(words::COLLECTIONS);
    let cursor = ui.data(|data| data.get_temp::<usize>(cursor_id)).unwrap_or(0);
    let list = List {
        name: words::COLLECTIONS,
        heads: &[
            (words::NAME, None),
            (words::COLLECTION_ID, Some(110.0)),
            (words::RESULT, Some(130.0)),
            (words::COMPUTERS, Some(100.0)),
        ],
        rows,
        cursor: Some(cursor.min(rows.saturating_sub(1))),
        height: (rows.clamp(1, 6) as f32 + 1.0) * (size::ROW + space::S) + space::S,
    };
    let act = list.show(ui, |at| row(report.collections.get(at)));
    if let Some(Act::Move(at)) = act {
        ui.data_mut(|data| data.insert_temp(cursor_id, at));
    }
}

fn row(collection: Option<&CollectionReport>) -> Row {
    let cells = collection.map(|each| {
        let computers = each
            .computers
            .map_or_else(|| words::UNKNOWN.to_owned(), |count| count.to_string());
        let result = text::progress::outcome(each.outcome).to_owned();
        vec![each.name.clone(), each.id.to_string(), result, computers]
    });
    Row {
        cells: cells.unwrap_or_default(),
        ticked: None,
    }
}

fn next(ui: &mut Ui, created: &Created) {
    let setup = &created.connection.setup;
    label::group(ui, words::NEXT);
    if let Some(alias) = example(created) {
        label::text(ui, words::QUERY_INTRO);
        snippet(ui, &words::query(&alias));
        label::text(ui, words::GROUPS_INTRO);
    }
    if !setup.collections.is_empty() {
        label::text(ui, words::SYNC_INTRO);
        snippet(ui, &crate::text::command::sync(&setup.name));
    }
    label::text(ui, &words::expiry(setup.app.secret_expiry));
}

/// The function name of a group that stands, for the example; one with computers where there is one.
fn example(created: &Created) -> Option<String> {
    let report = created.publication.as_ref()?.as_ref().ok()?;
    let standing = || report.collections.iter().filter(|each| each.computers.is_some());
    let populated = standing().find(|each| each.computers > Some(0));
    let collection = populated.or_else(|| standing().next())?;
    alias(&created.connection, &collection.id)
}

fn alias(connection: &Connection, collection: &CollectionId) -> Option<String> {
    let owner = Owner {
        connection: connection.id,
        site: connection.site.as_ref()?.code.clone(),
    };
    Some(group::alias(&owner, collection, |_| false))
}
