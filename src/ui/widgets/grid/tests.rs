use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::*;
use crate::flow::grid::{Laid, MOST_COPIED, Source};
use crate::flow::look::Look as Asked;
use crate::flow::{Effect, Query};
use crate::model::sheet::{Sheet, SheetWriter};
use crate::ui::widgets::testing::{copied, focused, harness, pointer, press};

/// A million cells and more.
const ROWS: usize = 50_000;
const COLUMNS: usize = 24;

#[derive(Default)]
struct State {
    grid: Grid,
    asker: Asker,
    acts: Vec<Act>,
    cells: usize,
}

thread_local! {
    static SAID: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn counted(_: usize, cell: &str) -> Cow<'_, str> {
    SAID.set(SAID.get() + 1);
    Cow::Borrowed(cell)
}

fn sheet(rows: usize) -> Sheet {
    let names: Vec<String> = (0..COLUMNS).map(|column| format!("C{column}")).collect();
    let columns = names.iter().map(|name| (name.as_str(), CellKind::Text));
    let mut writer = SheetWriter::new(columns, false);
    for row in 0..rows {
        let cells: Vec<String> = (0..COLUMNS).map(|column| format!("{row}/{column}")).collect();
        writer.row(cells.iter().map(String::as_str));
    }
    writer.finish()
}

fn serve(state: &mut State) {
    for effect in state.asker.take() {
        if let Effect::Query(ticket, Query::Look(Asked::LayOut(Source::Sheet(sheet), sort))) = effect {
            state.grid.answer(ticket, Ok(Laid::new(sheet, sort)));
        }
    }
}

fn window(rows: usize) -> Harness<'static, State> {
    let heads: Vec<Head> = (0..COLUMNS)
        .map(|column| Head {
            column,
            title: format!("C{column}").into(),
            width: 100.0,
        })
        .collect();
    let mut state = State::default();
    state.grid.show(Source::Sheet(sheet(rows)), &mut state.asker);
    serve(&mut state);
    let mut harness = harness(state, move |ui, state| {
        SAID.set(0);
        let look = Look {
            name: "Rows",
            heads: &heads,
            height: 300.0,
            empty: "None.",
            says: counted,
        };
        let act = look.show(ui, &mut state.grid, &mut state.asker);
        state.acts.extend(act);
        state.cells = SAID.get();
        serve(state);
        super::super::button::small(ui, "after");
    });
    harness.get_by_role_and_label(Role::ListBox, "Rows").focus();
    harness.run_steps(3);
    harness
}

#[test]
fn only_cells_in_view_cost_anything() {
    let harness = window(ROWS);
    // Of each row in view: eight columns drawn, and sixteen read out.
    assert!((50..600).contains(&harness.state().cells), "{}", harness.state().cells);
}

#[test]
fn keys_move_over_all_rows_and_columns_and_what_they_reach_is_in_view() {
    let mut harness = window(ROWS);
    press(&mut harness, &[Key::End]);
    harness.run_steps(4);
    assert_eq!(harness.state().grid.cursor(), Some(ROWS - 1));
    let rows: Vec<String> = harness
        .query_all_by_role(Role::ListBoxOption)
        .filter_map(|node| node.accesskit_node().label())
        .collect();
    assert!(
        rows.iter().any(|row| row.starts_with(&format!("{}/0,", ROWS - 1))),
        "{rows:?}"
    );
    press(&mut harness, &[Key::Home, Key::ArrowDown, Key::PageDown, Key::PageUp]);
    assert_eq!(harness.state().grid.cursor(), Some(1));
    for _ in 0..20 {
        press(&mut harness, &[Key::ArrowRight]);
    }
    harness.run_steps(3);
    assert_eq!(harness.state().grid.column, 20);
    harness.get_by_role_and_label(Role::ColumnHeader, "C20");
    assert!(harness.query_by_role_and_label(Role::ColumnHeader, "C0").is_none());
}

#[test]
fn space_sorts_by_the_column_and_a_click_on_a_title_does() {
    let mut harness = window(10);
    press(&mut harness, &[Key::Space, Key::Space]);
    let sort = harness.state().grid.sort().unwrap();
    assert_eq!((sort.column, sort.descending), (0, true));
    assert_eq!(harness.state().grid.cell(0, 0), "9/0");
    let at = harness.get_by_role_and_label(Role::ColumnHeader, "C1").rect().center();
    pointer(&mut harness, at, true);
    pointer(&mut harness, at, false);
    assert_eq!(harness.state().grid.sort().unwrap().column, 1);
    let title = harness.get_by_role_and_label(Role::ColumnHeader, "C1");
    assert_eq!(
        title.accesskit_node().data().sort_direction(),
        Some(SortDirection::Ascending)
    );
}

#[test]
fn rows_are_selected_with_shift_and_copied() {
    let mut harness = window(10);
    press(&mut harness, &[Key::ArrowDown]);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    harness.run_steps(2);
    assert_eq!(harness.state().grid.selected(), 1..=2);
    harness.event(Event::Copy);
    harness.run_steps(2);
    let text = copied(&harness).unwrap();
    assert_eq!(text.lines().count(), 3);
    assert!(text.lines().nth(1).unwrap().starts_with("1/0\t1/1\t"));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(2);
    assert_eq!(harness.state().grid.selected_count(), 10);
}

#[test]
fn too_many_rows_are_not_copied_and_enter_opens() {
    let mut harness = window(MOST_COPIED / COLUMNS + 1);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(2);
    harness.event(Event::Copy);
    harness.run_steps(2);
    assert_eq!(
        (copied(&harness), harness.state().acts.as_slice()),
        (None, &[Act::TooManyToCopy][..])
    );
    press(&mut harness, &[Key::Enter]);
    assert_eq!(harness.state().acts.last(), Some(&Act::Open));
}

#[test]
fn it_is_one_tab_stop_and_says_when_it_is_empty() {
    let mut harness = window(0);
    assert_eq!(
        crate::ui::widgets::testing::description(&harness, Role::ListBox, "Rows").as_deref(),
        Some("None.")
    );
    press(&mut harness, &[Key::Tab]);
    assert_eq!(focused(&harness).as_deref(), Some("after"));
}
