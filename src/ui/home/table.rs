//! The list of connections.

use egui::Ui;

use super::{Wish, attention, commands, words};
use crate::flow::Program;
use crate::model::ConnectionState;
use crate::model::report::ConnectionOverview;
use crate::ui::theme::{size, space};
use crate::ui::widgets::list::{Act, List, Row};

/// Rows that the list has room for, at least and at most.
const ROOM: std::ops::RangeInclusive<usize> = 3..=10;

/// The width of a date with its time: cut short it says nothing.
const A_MOMENT: f32 = 152.0;

/// The list, in this order.
pub(super) fn show(ui: &mut Ui, program: &Program, order: &[&ConnectionOverview]) -> Option<Wish> {
    let selected = program.home.selected.as_ref();
    let position = |overview: &&ConnectionOverview| Some(&overview.connection.setup.name) == selected;
    let rows = order.len().clamp(*ROOM.start(), *ROOM.end());
    let width = ui.available_width();
    let list = List {
        name: words::TITLE,
        heads: &[
            (words::NAME, None),
            (words::WORKSPACE, Some(0.14 * width)),
            (words::GROUPS, Some(0.09 * width)),
            (words::LAST_PUBLICATION, Some(A_MOMENT)),
            (words::SECRET_KEY, Some(0.2 * width)),
            (words::STATE, Some(0.12 * width)),
        ],
        rows: order.len(),
        cursor: order.iter().position(position),
        height: (rows + 1) as f32 * (size::ROW + space::S) + space::M,
    };
    ui.add_space(space::S);
    let top = ui.cursor().min;
    let act = list.show(ui, |at| {
        order.get(at).map_or_else(empty, |overview| row(program, overview))
    });
    menu_asked_for(ui, program, top, act);
    acted(program, order, act).or_else(|| commands::menu(ui, program))
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

fn row(program: &Program, overview: &ConnectionOverview) -> Row {
    let connection = &overview.connection;
    let under_way = program.home.publication(&connection.setup.name).is_some();
    Row {
        cells: vec![
            connection.setup.name.to_string(),
            connection.setup.workspace.name().to_owned(),
            words::groups(overview),
            words::last_publication(overview.last_run.as_ref(), under_way),
            attention::key_in_short(program, overview),
            state(overview),
        ],
        ticked: None,
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
