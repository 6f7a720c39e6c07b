//! *Computer groups* with 100,000 groups, *Log search* with a million cells. What the backend would do on its own threads (making a
//! table, putting it in order) is done here between the frames and not counted: taking its answer, and drawing, is.

use std::collections::VecDeque;
use std::sync::Arc;

use azure_services_wizard::flow::grid::{Grid, Laid, MOST_COPIED, Source};
use azure_services_wizard::flow::look::{ListSeen, Look, Seen};
use azure_services_wizard::flow::view::View;
use azure_services_wizard::flow::{Answer, Asker, Effect, Event, Program, Query, TextField};
use azure_services_wizard::model::group_sheet;
use azure_services_wizard::model::group_view::{Computer, Computers, Found, GroupSeen, GroupsSeen, Match, Matches};
use azure_services_wizard::model::sheet::{CellKind, SheetWriter};
use egui::{Modifiers, MouseWheelSource, MouseWheelUnit, TouchPhase, vec2};

use super::{Bench, Clock, FRAMES, KEYSTROKE, Row, SCROLL, Screen};

/// Groups of the connection.
const GROUPS: usize = 100_000;
/// Columns of answers of a million cells: as most queries have them, and as `search *` does.
const SHAPES: [usize; 2] = [20, 200];
const CELLS: usize = 1_000_000;

pub fn measure(bench: &mut Bench, screen: &mut Screen) {
    groups(bench, screen);
    for columns in SHAPES {
        search(bench, screen, columns);
    }
}

fn groups(bench: &mut Bench, screen: &mut Screen) {
    let name = screen.app.program().home.list()[0].connection.setup.name.clone();
    screen.app.program_mut().view_groups(&name);
    bench.answered("groups: 100,000 come", screen);
    if !screen.shows("Group 00000") {
        bench.note("NOT MEASURED: the table of groups draws no row yet");
    }
    bench.plain("groups: plain frame", screen);
    bench.scrolled("groups: scroll frame", screen);
    let text = "group 77 ps1";
    let typed = (1..=text.len()).chain((0..text.len()).rev()).map(|end| &text[..end]);
    let costs = typed.map(|filter| key(screen, filter)).collect();
    bench
        .rows
        .push(Row::of("groups: search keystroke", Some(KEYSTROKE), costs));
    screen.grid(|grid, asker| grid.sort_by(2, asker));
    bench.answered("groups: sorted", screen);
    screen.grid(|grid, _| grid.select_all());
    bench.plain("groups: all selected", screen);
    screen.computers();
    bench.answered("computers: 200,000 come", screen);
    bench.scrolled("computers: scroll frame", screen);
    screen.app.program_mut().leave_view();
}

fn search(bench: &mut Bench, screen: &mut Screen, columns: usize) {
    let name = screen.app.program().home.list()[0].connection.setup.name.clone();
    screen.app.program_mut().search_logs(&name);
    answer_all(screen);
    if let Some(View::Search(page, _)) = &mut screen.app.program_mut().view {
        page.take(format!("print {columns}"));
    }
    let program = screen.app.program_mut();
    if let Some(View::Search(page, _)) = &mut program.view {
        page.run(&mut program.asker);
    }
    bench.answered(&format!("rows: 1,000,000 cells come, {columns} columns"), screen);
    if !screen.shows("r0c0") {
        bench.note("NOT MEASURED: the table of rows draws no row yet");
    }
    bench.plain("rows: plain frame", screen);
    bench.scrolled("rows: scroll frame", screen);
    screen.grid(|grid, asker| grid.sort_by(1, asker));
    bench.answered("rows: sorted", screen);
    let begun = Clock::now();
    screen.grid(|grid, _| {
        grid.move_to(0, false);
        let most = MOST_COPIED / grid.sheet().columns().len();
        grid.move_to(most - 1, true);
        assert!(grid.copied().is_some());
    });
    bench.note(&format!(
        "copying as much as is copied at once, {columns} columns: {:.1} ms, at a person's wish",
        begun.elapsed()
    ));
    screen.app.program_mut().leave_view();
}

impl Bench {
    /// Each answer that is awaited: taking it, and the frame after it.
    fn answered(&mut self, name: &str, screen: &mut Screen) {
        let mut costs = Vec::new();
        let mut waiting: VecDeque<Event> = answers(screen.app.program_mut()).into();
        while let Some(answer) = waiting.pop_front() {
            let begun = Clock::now();
            screen.app.program_mut().on(answer);
            let taken = begun.elapsed();
            // Before the frame, which would hand what is asked now to the backend.
            waiting.extend(answers(screen.app.program_mut()));
            costs.push(taken + screen.draw(Vec::new()));
        }
        self.rows.push(Row::of(name, None, costs));
    }

    fn scrolled(&mut self, name: &str, screen: &mut Screen) {
        let place = screen.area().center() + vec2(0.0, 60.0);
        let wheel = |_| {
            let turn = egui::Event::MouseWheel {
                unit: MouseWheelUnit::Line,
                delta: vec2(-1.0, -3.0),
                phase: TouchPhase::Move,
                source: MouseWheelSource::Unknown,
                modifiers: Modifiers::NONE,
            };
            screen.draw(vec![egui::Event::PointerMoved(place), turn])
        };
        let costs = (0..FRAMES).map(wheel).collect();
        self.rows.push(Row::of(name, Some(SCROLL), costs));
    }
}

impl Screen {
    fn computers(&mut self) {
        let Program { view, asker, .. } = self.app.program_mut();
        if let Some(View::Groups(page)) = view {
            page.open_computers(asker);
        }
    }

    /// The table that is shown.
    fn grid(&mut self, act: impl FnOnce(&mut Grid, &mut Asker)) {
        let Program { view, asker, .. } = self.app.program_mut();
        match view {
            Some(View::Groups(page)) => act(page.grid(), asker),
            Some(View::Search(page, _)) => act(page.grid(), asker),
            None => panic!("no table is shown"),
        }
    }
}

fn key(screen: &mut Screen, filter: &str) -> f64 {
    let begun = Clock::now();
    screen.grid(|grid, _| {
        grid.filter = TextField::holding(filter);
        grid.apply_filter();
    });
    begun.elapsed() + screen.draw(Vec::new())
}

fn answer_all(screen: &mut Screen) {
    loop {
        let answers = answers(screen.app.program_mut());
        if answers.is_empty() {
            return;
        }
        answers
            .into_iter()
            .for_each(|answer| screen.app.program_mut().on(answer));
    }
}

/// What the backend would answer to all that is asked now.
fn answers(program: &mut Program) -> Vec<Event> {
    let effects = program.effects().into_iter();
    let answer = |effect| match effect {
        Effect::Query(ticket, Query::Look(look)) => Some(Event::Answer(ticket, Answer::Seen(seen(look)))),
        _ => None,
    };
    effects.filter_map(answer).collect()
}

fn seen(look: Look) -> Seen {
    match look {
        Look::Groups(_) => Seen::Groups(Ok(Arc::new(groups_seen(GROUPS)))),
        Look::Aliases(_) => Seen::Aliases(Ok(Arc::new(groups_seen(GROUPS)))),
        Look::Matches(_, groups, within) => {
            let found = Match {
                computers: 900,
                same: 700,
                letter_case: 50,
                short_name: 20,
            };
            Seen::Matches(Ok(Arc::new(Matches {
                within,
                all: Ok(found),
                groups: groups.into_iter().map(|group| (group.collection, Ok(found))).collect(),
            })))
        }
        Look::Search(_, query, _) => {
            let columns = query.trim_start_matches("print ").parse().unwrap();
            Seen::Search(Ok(million(columns)))
        }
        Look::Computers(..) => Seen::Computers(Ok(ListSeen {
            sheet: group_sheet::computers(&Computers {
                list: (0..200_000).map(computer).collect(),
                ..Computers::default()
            }),
            ..ListSeen::default()
        })),
        Look::LayOut(source, sort) => {
            let sheet = match source {
                Source::Sheet(sheet) => sheet,
                Source::Groups { seen, matches, site } => {
                    group_sheet::groups(&seen, matches.as_deref(), site.as_ref().map(|site| site.as_slice()))
                }
            };
            Seen::LayOut(Ok(Laid::new(sheet, sort)))
        }
        Look::GroupsOf(..) | Look::SiteCounts(_) | Look::Difference(..) | Look::SaveSheet(..) => {
            panic!("nobody asks for this here")
        }
    }
}

fn groups_seen(number: usize) -> GroupsSeen {
    let group = |number: usize| GroupSeen {
        collection: format!("PS{number:06X}").parse().unwrap(),
        name: format!("Group {number:05} of Zürich Büro and others"),
        alias: format!("ConfigMgr_PS1_PS{number:06X}"),
        as_of: chrono::DateTime::from_timestamp(1_700_000_000, 0),
        count: Ok(number % 5_000),
    };
    GroupsSeen {
        groups: (0..number).map(group).collect(),
        computers: Ok(200_000),
    }
}

fn computer(number: usize) -> Computer {
    Computer {
        computer: format!("pc{number:06}.corp.example"),
        groups: Some(number % 90),
        reports: None,
        reports_as: None,
        last_heartbeat: None,
    }
}

fn million(columns: usize) -> Found {
    let names: Vec<String> = (0..columns).map(|column| format!("Column{column}")).collect();
    let kinds = [CellKind::Text, CellKind::Number, CellKind::Moment, CellKind::Text];
    let heads = names.iter().enumerate();
    let heads = heads.map(|(at, name)| (name.as_str(), kinds[at % kinds.len()]));
    let mut writer = SheetWriter::new(heads, false);
    for row in 0..CELLS / columns {
        let cells: Vec<String> = (0..columns)
            .map(|column| match kinds[column % kinds.len()] {
                CellKind::Text => format!("r{row}c{column} some words that are cut"),
                CellKind::Number => (row * 7_919 % 10_007).to_string(),
                CellKind::Moment => format!("2026-11-25T14:{:02}:{:02}.1234567Z", row / 60 % 60, row % 60),
            })
            .collect();
        writer.row(cells.iter().map(String::as_str));
    }
    Found {
        sheet: writer.finish(),
        partial: None,
    }
}
