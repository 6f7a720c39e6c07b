//! The wizard's frame: page list on the left, title, page, and Previous, Next, Cancel below. One file a page.
//!
//! | file | page |
//! | --- | --- |
//! | [`general`] | *General* |
//! | [`azure_services`] | *Azure Services* |
//! | [`app`] | *App* |
//! | [`import_apps`] | *Import Apps* |
//! | [`configuration`], [`picker`] | *Configuration*, and the dialog that adds collections |
//! | [`confirm`] | *Confirm* |
//! | [`progress`] | *Progress* |
//! | [`completion`] | *Completion* |
//! | [`parts`] | what pages share: buttons beside a field, a result that is scrolled to |
//! | [`mark`], [`snippet`], [`section`] | a line with a tick or a cross, a command to copy, a part whose widgets stay themselves |

use egui::{Align, Color32, Key, Layout, Rect, RichText, ScrollArea, Ui, UiBuilder, vec2};

use super::theme::{size, space, tokens};
use super::widgets::button::{self, Kind};
use super::widgets::{dialog, label};
use crate::flow::Program;
use crate::flow::wizard::{Page, Question, Wizard};
use crate::text::pages as words;

pub mod app;
pub mod azure_services;
pub mod completion;
pub mod configuration;
pub mod confirm;
pub mod general;
pub mod import_apps;
pub mod mark;
pub mod parts;
pub mod picker;
pub mod progress;
pub mod section;
pub mod snippet;
#[cfg(test)]
mod tests;

/// The height of the button row.
const BUTTON_ROW: f32 = 56.0;

/// Draws the wizard. Page list, page, buttons: drawn in the order in which they are read, so that Tab follows it.
pub fn show(ui: &mut Ui, program: &mut Program) {
    let whole = ui.available_rect_before_wrap();
    let (above, buttons_area) = whole.split_top_bottom_at_y(whole.max.y - BUTTON_ROW);
    let (list_area, page_area) = above.split_left_right_at_x(above.min.x + size::PAGE_LIST);
    area(ui, list_area, tokens(ui).chrome, |ui| page_list(ui, program));
    area(ui, page_area, tokens(ui).page, |ui| page(ui, program));
    area(ui, buttons_area, tokens(ui).chrome, |ui| buttons(ui, program));
    ui.advance_cursor_after_rect(whole);
    over_the_page(ui, program);
}

/// A part of the frame, with its own ground and a margin.
fn area(ui: &mut Ui, rect: Rect, fill: Color32, content: impl FnOnce(&mut Ui)) {
    ui.painter().rect_filled(rect, 0.0, fill);
    let inside = UiBuilder::new()
        .max_rect(rect.shrink2(vec2(space::L, space::M)))
        .layout(Layout::top_down(Align::Min));
    ui.scope_builder(inside, |ui| {
        ui.set_clip_rect(rect.intersect(ui.clip_rect()));
        content(ui);
    });
}

fn page(ui: &mut Ui, program: &mut Program) {
    let Program {
        wizard: Some(wizard),
        asker,
        ..
    } = program
    else {
        return;
    };
    label::title(ui, words::title(wizard.page()));
    ui.add_space(space::S);
    let scroll = ScrollArea::vertical()
        .id_salt(words::title(wizard.page()))
        .auto_shrink(false);
    scroll.show(ui, |ui| match wizard.page() {
        Page::General => general::show(ui, wizard, asker),
        Page::AzureServices => azure_services::show(ui, wizard, asker),
        Page::App => app::show(ui, wizard, asker),
        Page::ImportApps => import_apps::show(ui, wizard, asker),
        Page::Configuration => configuration::show(ui, wizard, asker),
        Page::Confirm => confirm::show(ui, wizard, asker),
        Page::Progress => progress::show(ui, wizard, asker),
        Page::Completion => completion::show(ui, wizard, asker),
    });
}

fn over_the_page(ui: &mut Ui, program: &mut Program) {
    let ctx = ui.ctx().clone();
    let Program {
        wizard: Some(wizard),
        asker,
        ..
    } = program
    else {
        return;
    };
    if wizard.place.picker.is_some() {
        picker::show(&ctx, wizard);
    }
    if wizard.question.is_some() {
        question(&ctx, program);
    } else if wizard.place.picker.is_none() && program.dialog.is_none() {
        keys(ui, wizard, asker);
    }
}

/// Enter and Escape, where nothing else has taken them.
fn keys(ui: &Ui, wizard: &mut Wizard, asker: &mut crate::flow::Asker) {
    if ui.input(|input| input.key_pressed(Key::Escape)) && !egui::Popup::is_any_open(ui.ctx()) {
        wizard.cancel(asker);
    }
}

fn page_list(ui: &mut Ui, program: &mut Program) {
    let Program {
        wizard: Some(wizard),
        asker,
        ..
    } = program
    else {
        return;
    };
    for page in Page::ALL {
        let now = page == wizard.page();
        let behind = page < wizard.page() && wizard.may_go_back();
        let text = RichText::new(words::title(page));
        let text = if now { text.strong() } else { text };
        let response = ui.add_enabled(now || behind, egui::Button::selectable(now, text));
        if response.clicked() && behind {
            wizard.go_back_to(page, asker);
        }
    }
}

fn buttons(ui: &mut Ui, program: &mut Program) {
    let Program {
        wizard: Some(wizard),
        asker,
        ..
    } = program
    else {
        return;
    };
    ui.horizontal(|ui| {
        let row = 3.0 * size::BUTTON + 2.0 * space::S;
        ui.add_space((ui.available_width() - row).max(0.0));
        let no_way_back = words::no_way_back(wizard.page());
        if button::enabled(
            ui,
            Kind::Plain,
            words::PREVIOUS,
            (!wizard.may_go_back()).then_some(no_way_back),
        )
        .clicked()
        {
            wizard.back(asker);
        }
        let why_not = words::why_not_next(wizard.page());
        let next = words::next(wizard.page());
        if button::enabled(ui, Kind::Default, next, (!wizard.may_go_on()).then_some(why_not)).clicked() {
            wizard.next(asker);
        }
        if button::button(ui, Kind::Plain, crate::text::window::CANCEL).clicked() {
            wizard.cancel(asker);
        }
    });
}

/// What is asked before the wizard is left or stopped.
fn question(ctx: &egui::Context, program: &mut Program) {
    let Program {
        wizard: Some(wizard),
        asker,
        ..
    } = program
    else {
        return;
    };
    let Some(asked) = wizard.question else { return };
    let (answer, close) = dialog::dialog(ctx, words::question_title(asked), |ui| {
        label::text(ui, &words::question(asked));
        ui.add_space(space::M);
        ui.horizontal(|ui| {
            let stay = button::button(ui, Kind::Default, words::STAY);
            super::widgets::focus::claim(ui, &stay);
            let yes = button::button(ui, Kind::Plain, words::yes(asked));
            let take_away = matches!(asked, Question::Unfinished(_))
                && button::button(ui, Kind::Danger, words::TAKE_AWAY).clicked();
            (stay.clicked(), yes.clicked(), take_away)
        })
        .inner
    });
    match answer {
        (true, ..) => wizard.stay(),
        (_, true, _) => wizard.confirm(asker),
        (_, _, true) => program.take_away_unfinished(),
        _ if close => wizard.stay(),
        _ => {}
    }
}
