//! *Log search*: ready-made queries, the query, its time range, its rows.

use std::sync::Arc;

use egui::{FontSelection, Id, Key, Modifiers, TextEdit, TextStyle, Ui};

use super::Wish;
use super::parts::{self, Page};
use crate::flow::Asker;
use crate::flow::log_search::LogSearch;
use crate::model::CollectionId;
use crate::model::group_view::{GroupSeen, GroupsSeen};
use crate::model::log_query::TimeRange;
use crate::model::sheet::CellKind;
use crate::text::log_search as words;
use crate::ui::theme::{size, space};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::grid::{self, Act, Head};
use crate::ui::widgets::{busy, choice, focus, label, message};

/// Lines of the query that are seen at a time.
const LINES: usize = 6;

/// Groups to choose from, in words.
type Options = Vec<(CollectionId, String)>;

/// Draws the page.
pub(super) fn show(ui: &mut Ui, page: &mut LogSearch, asker: &mut Asker, is_free: bool) -> Option<Wish> {
    let runs = is_free && run_key(ui);
    Page::show(ui, "search", |ui, frame| whole(ui, frame, page, asker, runs))
}

fn whole(ui: &mut Ui, frame: &Page, page: &mut LogSearch, asker: &mut Asker, runs: bool) -> Option<Wish> {
    label::title(ui, &words::page(page.name()));
    ui.add_space(space::XS);
    let mut wish = None;
    ui.horizontal_wrapped(|ui| {
        if button::button(ui, Kind::Plain, words::BACK).clicked() {
            wish = Some(Wish::Leave);
        }
        parts::query_buttons(ui, !page.is_blank(), || Some(page.query.clone()), |_| page.link());
    });
    ui.add_space(space::XS);
    ready_made(ui, page);
    query(ui, page);
    let pressed = run_row(ui, page, asker);
    if runs || pressed {
        page.run(asker);
    }
    answer(ui, frame, page, asker);
    wish
}

/// F5, and Ctrl+Enter also from inside the query.
fn run_key(ui: &Ui) -> bool {
    ui.input_mut(|input| {
        input.consume_key(Modifiers::NONE, Key::F5) || input.consume_key(Modifiers::COMMAND, Key::Enter)
    })
}

fn ready_made(ui: &mut Ui, page: &mut LogSearch) {
    ui.horizontal_top(|ui| {
        let wide = ((ui.available_width() - size::SHORT_FIELD) / 2.0 - 2.0 * space::L).clamp(160.0, size::FIELD);
        let options: Vec<_> = page
            .offered()
            .map(|ready| (ready, words::title(ready).to_owned()))
            .collect();
        let chosen = page.ready().map_or(words::CHOOSE, words::title);
        if let Some(ready) = ui
            .vertical(|ui| choice::of_width(ui, wide, words::READY_MADE, chosen, &options, None))
            .inner
        {
            page.take_ready(ready);
        }
        ui.add_space(space::M);
        let options = group_options(ui, page);
        let chosen = page.about().map(|group| words::group(&group.name, &group.collection));
        let why_not = options.is_empty().then_some(words::NO_GROUPS);
        let picked = ui.vertical(|ui| {
            choice::of_width(
                ui,
                wide,
                words::ABOUT_GROUP,
                &chosen.unwrap_or_default(),
                &options,
                why_not,
            )
        });
        if let Some(id) = picked.inner {
            page.choose_group(id);
        }
        ui.add_space(space::M);
        let options = TimeRange::ALL.map(|range| (range, words::range(range).to_owned()));
        let chosen = words::range(page.range);
        if let Some(range) = ui
            .vertical(|ui| choice::narrow(ui, words::TIME_RANGE, chosen, &options))
            .inner
        {
            page.range = range;
        }
    });
}

/// The groups in words, made once for as long as they are the same: there may be 100,000.
fn group_options(ui: &Ui, page: &LogSearch) -> Arc<Options> {
    let Some(seen) = page.groups().value() else {
        return Arc::default();
    };
    let id = Id::unique("asw-groups-to-choose");
    let made = ui.data(|data| data.get_temp::<(Arc<GroupsSeen>, Arc<Options>)>(id));
    if let Some((of, options)) = made
        && Arc::ptr_eq(&of, seen)
    {
        return options;
    }
    let option = |group: &GroupSeen| (group.collection.clone(), words::group(&group.name, &group.collection));
    let options: Arc<Options> = Arc::new(seen.groups.iter().map(option).collect());
    ui.data_mut(|data| data.insert_temp(id, (Arc::clone(seen), Arc::clone(&options))));
    options
}

fn query(ui: &mut Ui, page: &mut LogSearch) {
    ui.add_space(space::S);
    let name = ui.label(words::QUERY);
    let edit = TextEdit::multiline(&mut page.query)
        .font(FontSelection::from(TextStyle::Monospace))
        .desired_width(f32::INFINITY)
        .desired_rows(LINES)
        .hint_text(words::QUERY_EXAMPLE)
        .lock_focus(false);
    let scroll = egui::ScrollArea::vertical()
        .id_salt(words::QUERY)
        .max_height(LINES as f32 * 17.0 + 10.0)
        .min_scrolled_height(0.0);
    scroll.show(ui, |ui| {
        let field = ui.add(edit).labelled_by(name.id);
        focus::claim(ui, &field);
    });
}

/// The button. Answers whether it was pressed.
fn run_row(ui: &mut Ui, page: &mut LogSearch, asker: &mut Asker) -> bool {
    ui.add_space(space::XS);
    focus::steady(ui, words::RUN, |ui| {
        ui.horizontal(|ui| {
            let why_not = page.is_blank().then_some(words::TYPE_A_QUERY);
            let run = button::enabled(ui, Kind::Default, words::RUN, why_not).on_hover_text(words::RUN_HINT);
            if page.found().is_asking() && busy::busy(ui, words::RUNNING, page.found().progress(), true) {
                page.stop(asker);
            }
            run.clicked()
        })
        .inner
    })
}

fn answer(ui: &mut Ui, frame: &Page, page: &mut LogSearch, asker: &mut Asker) {
    ui.add_space(space::XS);
    if let Some(failure) = page.found().failure() {
        message::failure(ui, failure);
    }
    let Some(found) = page.found().value().cloned() else {
        if page.found().is_idle() {
            label::weak(ui, words::NOT_RUN);
        }
        return;
    };
    if let Some(reason) = &found.partial {
        message::message(ui, message::Kind::Caution, &words::partial(found.sheet.rows(), reason));
    }
    if page.is_changed() && !page.found().is_asking() {
        label::weak(ui, words::OLDER_ROWS);
    }
    let heads = heads(page, ui.available_width());
    let look = grid::Look {
        name: words::ROWS,
        heads: &heads,
        height: frame.table_height(ui),
        empty: if page.table().is_laying() { "" } else { words::NO_ROWS },
        says: grid::as_it_is,
    };
    let id = Id::unique("asw-too-many-rows-to-copy");
    if look.show(ui, page.grid(), asker) == Some(Act::TooManyToCopy) {
        ui.data_mut(|data| data.insert_temp(id, page.table().selected_count()));
    }
    let noted = ui.data(|data| data.get_temp::<usize>(id));
    let too_many = noted.is_some_and(|noted| noted == page.table().selected_count());
    if frame.below(ui, |ui| parts::below(ui, page.table(), too_many, |_| {})) {
        page.save();
    }
}

/// The columns of the answer: by what they hold, wider where there is room.
fn heads(page: &LogSearch, room: f32) -> Vec<Head> {
    let columns = page.table().sheet().columns();
    let width = |kind: CellKind| match kind {
        CellKind::Number => 100.0,
        CellKind::Moment => 230.0,
        CellKind::Text => 190.0,
    };
    let wanted: f32 = columns.iter().map(|column| width(column.kind)).sum();
    let texts = columns.iter().filter(|column| column.kind == CellKind::Text).count();
    let spare = ((room - wanted - 16.0) / (texts.max(1) as f32)).clamp(0.0, size::FIELD);
    let head = |(at, column): (usize, &crate::model::sheet::SheetColumn)| Head {
        column: at,
        title: column.name.clone().into(),
        width: width(column.kind) + if column.kind == CellKind::Text { spare } else { 0.0 },
    };
    columns.iter().enumerate().map(head).collect()
}
