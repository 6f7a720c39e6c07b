//! *Computer groups*: the numbers at the top, each of which opens its list; the list; what can be done with its row.

use egui::{Id, Key, Modifiers, Ui};

use super::parts::{self, Page};
use super::{Wish, columns};
use crate::flow::Asker;
use crate::flow::groups::{Groups, List};
use crate::model::group_query::Within;
use crate::model::group_view::{GroupSeen, SiteCount};
use crate::text::{group_view as words, home, log_search};
use crate::ui::theme::space;
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::form::Look;
use crate::ui::widgets::grid::{self, Act};
use crate::ui::widgets::{busy, choice, focus, form, keys, label, message};
use crate::ui::wizard::snippet;

/// Draws the page.
pub(super) fn show(ui: &mut Ui, page: &mut Groups, asker: &mut Asker, is_free: bool) -> Option<Wish> {
    if is_free && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::F5)) {
        page.refresh(asker);
    }
    Page::show(ui, "groups", |ui, frame| {
        label::title(ui, &words::page(page.name()));
        ui.add_space(space::XS);
        let wish = toolbar(ui, page, asker);
        ui.add_space(space::XS);
        numbers(ui, page, asker);
        problems(ui, page, asker);
        ui.add_space(space::XS);
        head_of_list(ui, page, asker);
        let too_many = table(ui, frame.table_height(ui), page, asker);
        frame.below(ui, |ui| below(ui, page, asker, too_many));
        wish
    })
}

fn toolbar(ui: &mut Ui, page: &mut Groups, asker: &mut Asker) -> Option<Wish> {
    ui.horizontal_wrapped(|ui| {
        let mut wish = None;
        if button::button(ui, Kind::Plain, log_search::BACK).clicked() {
            wish = Some(Wish::Leave);
        }
        let refresh = button::button(ui, Kind::Plain, home::REFRESH).on_hover_text(words::REFRESH_HINT);
        if refresh.clicked() {
            page.refresh(asker);
        }
        let unknown = page.seen().value().is_none().then_some(words::NOT_READ);
        let compare = button::enabled(ui, Kind::Plain, words::COMPARE, unknown).on_hover_text(words::COMPARE_HINT);
        if compare.clicked() {
            page.compare_with_site(asker);
        }
        ui.add_space(space::S);
        parts::query_buttons(ui, page.has_query(), || page.query(), |query| page.link(query));
        if button::button(ui, Kind::Plain, words::SEARCH).clicked() {
            wish = Some(Wish::Search);
        }
        wish
    })
    .inner
}

/// How many groups and computers there are, each a way to its list, and how many report.
fn numbers(ui: &mut Ui, page: &mut Groups, asker: &mut Asker) {
    let Some(seen) = page.seen().value().cloned() else {
        return;
    };
    ui.horizontal_wrapped(|ui| {
        if button::link(ui, &words::imported(seen.groups.len())).clicked() {
            page.open_groups(asker);
        }
        ui.add_space(space::L);
        match &seen.computers {
            Ok(computers) => {
                if button::link(ui, &words::with_memberships(*computers)).clicked() {
                    page.open_computers(asker);
                }
            }
            Err(_) => drop(label::weak(ui, words::COMPUTERS_NOT_KNOWN)),
        }
    });
    ui.horizontal(|ui| {
        let told = match page.matches().value() {
            _ if page.matches().is_asking() => words::MATCHING.to_owned(),
            Some(matches) => match &matches.all {
                Ok(all) => words::matched_over_all(all, matches.within),
                Err(_) => words::NO_MATCH_OVER_ALL.to_owned(),
            },
            None => return,
        };
        label::text(ui, &told);
    });
    if *page.list() == List::Groups && page.site().value().is_some() {
        label::weak(ui, words::SITE_COUNTS_RECORDS);
    }
}

/// What could not be read, or not wholly.
fn problems(ui: &mut Ui, page: &mut Groups, asker: &mut Asker) {
    if let Some(failure) = page.seen().failure() {
        message::failure(ui, failure);
        if page.seen().value().is_some() {
            label::weak(ui, home::OLDER_LIST);
        }
    } else if let Some(failure) = page.not_counted() {
        message::framed(ui, message::Kind::Caution, words::SOME_NOT_KNOWN, |ui| {
            message::details(ui, failure)
        });
    }
    if let Some(failure) = page.matches().failure().or(page.not_matched()) {
        message::framed(ui, message::Kind::Caution, words::NO_MATCH, |ui| {
            message::details(ui, failure)
        });
    }
    if let Some(failure) = page.site().failure() {
        message::failure(ui, failure);
    }
    if page.site().is_asking() {
        busy::busy(ui, words::ASKING_SITE, page.site().progress(), false);
    }
    list_problems(ui, page);
    if page.is_reading() && busy::busy(ui, words::reading(page.list()), page.progress(), true) {
        page.stop(asker);
    }
}

fn list_problems(ui: &mut Ui, page: &Groups) {
    let failure = page.listed().failure().or(page.difference().failure());
    if let Some(failure) = failure {
        message::failure(ui, failure);
    }
    let Some(listed) = page.listed().value() else { return };
    if let Some(reason) = &listed.partial {
        let words = log_search::partial(listed.sheet.rows(), reason);
        message::message(ui, message::Kind::Caution, &words);
    }
    if let Some(failure) = &listed.lacking {
        message::framed(ui, message::Kind::Caution, words::NO_MATCH, |ui| {
            message::details(ui, failure)
        });
    }
}

/// Which list it is, how lately computers count as reporting, and the fields that look for something.
fn head_of_list(ui: &mut Ui, page: &mut Groups, asker: &mut Asker) {
    focus::steady(ui, "head of list", |ui| {
        ui.horizontal(|ui| {
            label::section(ui, &words::list(page.list(), page.selected_group()));
            if *page.list() != List::Groups && button::small(ui, words::ALL_GROUPS).clicked() {
                page.open_groups(asker);
            }
        });
        if let (List::Difference(_), Some(seen)) = (page.list(), page.difference().value()) {
            label::text(ui, &words::difference_in_short(&seen.difference));
        }
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| parts::filter(ui, page.grid(), words::FILTER_EXAMPLE));
            ui.add_space(space::M);
            ui.vertical(|ui| find_computer(ui, page, asker));
            ui.add_space(space::M);
            ui.vertical(|ui| {
                let options = Within::ALL.map(|each| (each, words::within_choice(each).to_owned()));
                let chosen = words::within_choice(page.within());
                if let Some(within) = choice::narrow(ui, words::REPORTING_WITHIN, chosen, &options) {
                    page.set_within(within, asker);
                }
            });
        });
    });
}

fn find_computer(ui: &mut Ui, page: &mut Groups, asker: &mut Asker) {
    let look = Look {
        width: 210.0,
        example: words::COMPUTER_EXAMPLE,
        ..Look::default()
    };
    let (field, pressed) = form::with_button(ui, (words::FIND_COMPUTER, words::FIND), &mut page.computer, look, None);
    if pressed || keys::enter_in(ui, &field) {
        page.find_groups_of(None, asker);
    }
}

/// The table. Answers whether more rows were to be copied than can be.
fn table(ui: &mut Ui, height: f32, page: &mut Groups, asker: &mut Asker) -> bool {
    let heads = columns::heads(page.list(), page.site().value().is_some(), ui.available_width());
    let name = words::list_name(page.list());
    let is_busy = page.is_reading() || page.table().is_laying();
    let empty = match page.is_known() {
        true => words::empty(page.list(), is_busy, page.table().sheet().rows()),
        false if is_busy => "",
        false => words::NOT_READ_YET,
    };
    let look = grid::Look {
        name,
        heads: &heads,
        height,
        empty,
        says: columns::says(page.list()),
    };
    let id = Id::unique("asw-too-many-to-copy");
    match look.show(ui, page.grid(), asker) {
        Some(Act::Open) => open(page, asker),
        Some(Act::TooManyToCopy) => {
            let selected = page.table().selected_count();
            ui.data_mut(|data| data.insert_temp(id, selected));
        }
        None => {}
    }
    let noted = ui.data(|data| data.get_temp::<usize>(id));
    noted.is_some_and(|noted| noted == page.table().selected_count())
}

/// Enter or a double click on a row.
fn open(page: &mut Groups, asker: &mut Asker) {
    if let Some(computer) = page.selected_computer().map(str::to_owned) {
        page.find_groups_of(Some(computer), asker);
    } else {
        page.open_members(asker);
    }
}

/// What can be done with the row, and what is known of its group.
fn below(ui: &mut Ui, page: &mut Groups, asker: &mut Asker, too_many: bool) {
    let mut pressed = None;
    let saves = focus::steady(ui, "with the row", |ui| {
        parts::below(ui, page.table(), too_many, |ui| pressed = row_buttons(ui, page))
    });
    match pressed {
        Some(RowWish::GroupsOf(computer)) => page.find_groups_of(Some(computer), asker),
        Some(RowWish::Members) => page.open_members(asker),
        Some(RowWish::Difference) => page.open_difference(asker),
        None if saves => page.save(),
        None => {}
    }
    if let Some(group) = page.selected_group() {
        focus::steady(ui, "about the group", |ui| about_group(ui, page, group));
    }
}

/// What a person wants of a row.
enum RowWish {
    GroupsOf(String),
    Members,
    Difference,
}

fn row_buttons(ui: &mut Ui, page: &Groups) -> Option<RowWish> {
    let mut wish = None;
    if let Some(computer) = page.selected_computer()
        && button::button(ui, Kind::Plain, &words::groups_of(computer)).clicked()
    {
        wish = Some(RowWish::GroupsOf(computer.to_owned()));
    }
    if page.selected_group().is_some() {
        let is_members = matches!(page.list(), List::Members(_));
        if !is_members && button::button(ui, Kind::Plain, words::MEMBERS).clicked() {
            wish = Some(RowWish::Members);
        }
        let is_difference = matches!(page.list(), List::Difference(_));
        if !is_difference && button::button(ui, Kind::Plain, words::DIFFERENCE).clicked() {
            wish = Some(RowWish::Difference);
        }
    }
    wish
}

fn about_group(ui: &mut Ui, page: &Groups, group: &GroupSeen) {
    label::text(ui, &words::about(group));
    let found = page.matches().value().and_then(|matches| matches.of(&group.collection));
    if let Some(Ok(found)) = found {
        label::weak(ui, &words::matched_sentence(found));
    }
    let site = page.site().value();
    if let Some(count) = site.and_then(|site| SiteCount::find(site, &group.collection)) {
        label::weak(ui, &words::site_count_sentence(count));
    }
    ui.horizontal(|ui| {
        ui.label(words::use_it(&group.alias));
        button::copy(ui, words::COPY_ALIAS, &group.alias);
    });
    snippet::snippet(ui, &words::example(&group.alias));
}
