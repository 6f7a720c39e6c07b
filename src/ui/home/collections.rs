//! What the last publication did with each collection of the selected connection, and why.

use egui::Ui;

use crate::flow::Program;
use crate::model::Failure;
use crate::model::report::{CollectionOverview, ConnectionOverview};
use crate::text::collections as words;
use crate::text::home::moment;
use crate::ui::theme::{size, space};
use crate::ui::widgets::list::{Act, Head, List, Row};
use crate::ui::widgets::{disclosure, label, message};

/// So many collections are shown at once; more are folded away until a person wants them.
const FEW: usize = 8;

/// Rows that the list has room for, at most.
const ROOM: usize = 10;

/// The width of a date with its time.
const A_MOMENT: f32 = 152.0;

/// Counts in one line; below it, unfolded, a row for each collection, and the whole of the row that the keyboard is on.
pub(super) fn show(ui: &mut Ui, program: &Program, overview: &ConnectionOverview) {
    let collections = &overview.collections;
    label::text(ui, &words::results_of_last(collections));
    disclosure::unfolding(ui, words::COLLECTIONS, collections.len() <= FEW, |ui| {
        let at = list(ui, program, overview);
        if let Some(collection) = collections.get(at) {
            ui.add_space(space::S);
            of_one(ui, program, collection);
        }
    });
}

/// Answers the row that the keyboard is on.
fn list(ui: &mut Ui, program: &Program, overview: &ConnectionOverview) -> usize {
    let collections = &overview.collections;
    let cursor_id = ui.scope_id().with(words::COLLECTIONS);
    let cursor = ui.data(|data| data.get_temp::<usize>(cursor_id)).unwrap_or(0);
    let cursor = cursor.min(collections.len().saturating_sub(1));
    let with_rows = overview.connection.history.is_some();
    let mut heads: Vec<Head<'_>> = vec![
        (words::COLLECTION, None),
        (words::COLLECTION_ID, Some(100.0)),
        (words::RESULT, Some(110.0)),
        (words::COMPUTERS, Some(90.0)),
        (words::AS_OF, Some(A_MOMENT)),
    ];
    heads.extend(with_rows.then_some((words::ROWS, Some(150.0))));
    let list = List {
        name: words::COLLECTIONS,
        heads: &heads,
        rows: collections.len(),
        cursor: Some(cursor),
        height: (collections.len().clamp(1, ROOM) as f32 + 1.0) * (size::ROW + space::S) + space::S,
    };
    let act = list.show(ui, |at| Row {
        cells: collections
            .get(at)
            .map(|each| cells(program, each, with_rows))
            .unwrap_or_default(),
        ticked: None,
    });
    match act {
        Some(Act::Move(to)) => {
            ui.data_mut(|data| data.insert_temp(cursor_id, to));
            to
        }
        _ => cursor,
    }
}

fn cells(program: &Program, collection: &CollectionOverview, with_rows: bool) -> Vec<String> {
    let mut cells = vec![
        collection.name.clone(),
        collection.id.to_string(),
        words::result(collection.outcome).to_owned(),
        words::known(collection.computers, |count| count.to_string()),
        words::known(collection.as_of, moment),
    ];
    cells.extend(with_rows.then(|| words::rows(collection.rows.as_ref(), program.now()).to_owned()));
    cells
}

fn of_one(ui: &mut Ui, program: &Program, collection: &CollectionOverview) {
    label::facts(
        ui,
        words::COLLECTION,
        words::collection_facts(collection, program.now()),
    );
    if let Some(problem) = &collection.problem {
        message::details(ui, &Failure::from(problem.clone()));
    }
}
