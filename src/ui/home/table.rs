//! The list of connections.

use egui::Ui;

use super::{Wish, attention, commands, words};
use crate::flow::Program;
use crate::model::ConnectionState;
use crate::model::connection_list::ListColumn;
use crate::model::report::ConnectionOverview;
use crate::ui::theme::{size, space};
use crate::ui::widgets::list::{Act, Head, List, Row, Sorting};

/// Rows that the list has room for, at least and at most.
const ROOM: std::ops::RangeInclusive<usize> = 3..=10;

/// What a name needs at least.
const A_NAME: f32 = 112.0;

/// The columns beside the name, the ones that can be spared first at the end: all that they say is told below the list, too.
const BY_NEED: [(ListColumn, f32); 7] = [
    (ListColumn::State, 100.0),
    (ListColumn::SecretKey, 138.0),
    (ListColumn::LastPublication, 152.0), // a date with its time: cut short it says nothing
    (ListColumn::Collections, 96.0),
    (ListColumn::Workspace, 100.0),
    (ListColumn::Tenant, 132.0),
    (ListColumn::Service, 98.0),
];

/// The columns that a list of this width has room for, from left to right, each with its width.
fn columns(width: f32) -> Vec<(ListColumn, Option<f32>)> {
    let mut left = width - A_NAME - 3.0 * space::M; // edges and the scroll bar
    let mut fit = vec![(ListColumn::Name, None)];
    for (column, needed) in BY_NEED {
        left -= needed + space::M;
        if left < 0.0 {
            break;
        }
        fit.push((column, Some(needed)));
    }
    fit.sort_by_key(|(column, _)| ListColumn::ALL.iter().position(|each| each == column));
    fit
}

/// The list, in this order. With what a person asks for.
pub(super) fn show(ui: &mut Ui, program: &Program, order: &[&ConnectionOverview]) -> Option<Wish> {
    let selected = program.home.selected.as_ref();
    let position = |overview: &&ConnectionOverview| Some(&overview.connection.setup.name) == selected;
    let rows = order.len().clamp(*ROOM.start(), *ROOM.end());
    let columns = columns(ui.available_width());
    let heads: Vec<Head<'_>> = columns
        .iter()
        .map(|(column, width)| (words::column(*column), *width))
        .collect();
    let list = List {
        name: words::LIST,
        heads: &heads,
        rows: order.len(),
        cursor: order.iter().position(position),
        height: (rows + 1) as f32 * (size::ROW + space::S) + space::M,
    };
    ui.add_space(space::S);
    let top = ui.cursor().min;
    let by = program.home.order.and_then(|order| {
        let at = columns.iter().position(|(column, _)| *column == order.column)?;
        Some((at, order.descending))
    });
    let mut sorting = Sorting { by, wished: None };
    let act = list.show_sorted(ui, &mut sorting, |at| {
        order
            .get(at)
            .map_or_else(empty, |overview| row(program, overview, &columns))
    });
    menu_asked_for(ui, program, top, act);
    let sort = sorting.wished.and_then(|at| columns.get(at));
    sort.map(|(column, _)| Wish::Sort(*column))
        .or_else(|| acted(program, order, act))
        .or_else(|| commands::menu(ui, program))
}

fn acted(program: &Program, order: &[&ConnectionOverview], act: Option<Act>) -> Option<Wish> {
    let at = |at: usize| order.get(at).copied();
    let name = |overview: &ConnectionOverview| overview.connection.setup.name.clone();
    match act? {
        Act::Move(to) => at(to).map(|overview| Wish::Select(name(overview))),
        Act::Open(which) => commands::fitting(program, at(which)?),
        Act::Delete(which) => commands::delete(program, at(which)?),
        Act::Tick(_) => None,
    }
}

/// A right click on a row has moved there, too; the menu opens where the pointer is. By key it opens at the list.
fn menu_asked_for(ui: &Ui, program: &Program, top: egui::Pos2, act: Option<Act>) {
    let pointed = ui
        .input(|input| input.pointer.secondary_clicked().then(|| input.pointer.interact_pos()))
        .flatten()
        .filter(|_| matches!(act, Some(Act::Move(_))));
    if let Some(at) = pointed {
        commands::open_menu(ui.ctx(), at);
    } else if program.dialog.is_none() && program.home.selection().is_some() && commands::menu_key(ui) {
        commands::open_menu(ui.ctx(), top + egui::vec2(space::XL, 2.0 * size::ROW));
    }
}

fn row(program: &Program, overview: &ConnectionOverview, columns: &[(ListColumn, Option<f32>)]) -> Row {
    let cells = columns.iter().map(|(column, _)| cell(program, overview, *column));
    Row {
        cells: cells.collect(),
        ticked: None,
    }
}

fn cell(program: &Program, overview: &ConnectionOverview, column: ListColumn) -> String {
    let setup = &overview.connection.setup;
    match column {
        ListColumn::Name => setup.name.to_string(),
        ListColumn::Service => words::SERVICE.to_owned(),
        ListColumn::Tenant => setup.app.tenant_name.as_str().to_owned(),
        ListColumn::Workspace => setup.workspace.name().to_owned(),
        ListColumn::Collections => words::collections(overview),
        ListColumn::LastPublication => {
            let under_way = program.home.publication(&setup.name).is_some();
            words::last_publication(overview.last_run.as_ref(), under_way)
        }
        ListColumn::SecretKey => attention::key_in_short(program, overview),
        ListColumn::State => state(overview),
    }
}

fn state(overview: &ConnectionOverview) -> String {
    let connection = &overview.connection;
    match connection.state {
        ConnectionState::Ready if !connection.setup.import => words::off(overview.off_since),
        state => words::state(state).to_owned(),
    }
}

fn empty() -> Row {
    Row {
        cells: Vec::new(),
        ticked: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_list_spares_what_is_told_below_it() {
        let named = |width| -> Vec<ListColumn> { columns(width).into_iter().map(|(column, _)| column).collect() };
        assert_eq!(named(1050.0), ListColumn::ALL, "the window's first size");
        let beside_the_lab = [
            ListColumn::Name,
            ListColumn::Workspace,
            ListColumn::Collections,
            ListColumn::LastPublication,
            ListColumn::SecretKey,
            ListColumn::State,
        ];
        assert_eq!(named(850.0), beside_the_lab);
        assert_eq!(
            named(420.0),
            [ListColumn::Name, ListColumn::SecretKey, ListColumn::State]
        );
        for width in [420.0, 600.0, 850.0, 1050.0, 1800.0] {
            let taken: f32 = columns(width)
                .iter()
                .map(|(_, width)| width.unwrap_or(A_NAME) + space::M)
                .sum();
            assert!(taken <= width, "{width}: {taken}");
        }
    }
}
