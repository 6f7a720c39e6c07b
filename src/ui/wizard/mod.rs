//! The wizard's frame: page list on the left, title, page, and Previous, Next, Cancel below. One file a page.
//!
//! | file | page |
//! | --- | --- |
//! | [`general`] | *General* |
//! | [`azure_services`] | *Azure Services* |
//! | [`app`] | *App* |
//! | [`import_apps`] | *Import Apps* |
//! | [`configuration`], [`picker`] | *Configuration* with its dialogs, and the one that adds collections |
//! | [`confirm`] | *Confirm* |
//! | [`schedule`] | the schedule, on *Confirm* and *Completion* |
//! | [`progress`] | *Progress* |
//! | [`completion`] | *Completion* |
//! | [`parts`] | what pages share: buttons beside a field, a result that is scrolled to |
//! | [`mark`], [`snippet`], [`section`] | a line with a tick or a cross, a command to copy, a part whose widgets stay themselves |

use egui::accesskit::{AriaCurrent, Role};
use egui::{
    Align, Color32, FontSelection, Layout, Rect, Response, RichText, ScrollArea, Sense, Stroke, TextStyle, Ui,
    UiBuilder, WidgetInfo, WidgetText, pos2, vec2,
};

use super::theme::{size, space, tokens};
use super::widgets::button::{self, Kind};
use super::widgets::{dialog, focus, keys, label};
use crate::flow::wizard::{Page, Question, Wizard};
use crate::flow::{Asker, Program};
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
pub mod schedule;
pub mod section;
pub mod snippet;
#[cfg(test)]
mod tests;

/// The height of the button row: a button, or three small lines that say why Next leads nowhere.
const BUTTON_ROW: f32 = 64.0;
/// The height of a line of the page list.
const PAGE_LINE: f32 = 32.0;

/// Draws the wizard. Page list, page, buttons: drawn in the order in which they are read, so that Tab follows it.
pub fn show(ui: &mut Ui, program: &mut Program) {
    let whole = ui.available_rect_before_wrap();
    let (above, buttons_area) = whole.split_top_bottom_at_y(whole.max.y - BUTTON_ROW);
    let (list_area, page_area) = above.split_left_right_at_x(above.min.x + size::PAGE_LIST);
    let t = tokens(ui);
    if let Some((wizard, asker)) = wizard(program) {
        area(ui, "list", list_area, [0.0, space::M], t.chrome, |ui| {
            page_list(ui, wizard, asker)
        });
        area(ui, "page", page_area, [space::XL, space::L], t.page, |ui| {
            page(ui, wizard, asker)
        });
        area(ui, "buttons", buttons_area, [space::L, 6.0], t.chrome, |ui| {
            buttons(ui, wizard, asker)
        });
    }
    let line = Stroke::new(1.0, t.line);
    ui.painter().vline(page_area.min.x - 0.5, above.y_range(), line);
    ui.painter().hline(whole.x_range(), above.max.y + 0.5, line);
    ui.advance_cursor_after_rect(whole);
    over_the_page(ui, program);
}

fn wizard(program: &mut Program) -> Option<(&mut Wizard, &mut Asker)> {
    Some((program.wizard.as_mut()?, &mut program.asker))
}

/// A part of the frame, with its own ground and a margin.
fn area(ui: &mut Ui, id: &str, rect: Rect, [x, y]: [f32; 2], fill: Color32, content: impl FnOnce(&mut Ui)) {
    ui.painter().rect_filled(rect, 0.0, fill);
    let inside = UiBuilder::new()
        .id_salt(id)
        .max_rect(rect.shrink2(vec2(x, y)))
        .layout(Layout::top_down(Align::Min));
    ui.scope_builder(inside, |ui| {
        ui.set_clip_rect(rect.intersect(ui.clip_rect()));
        content(ui);
    });
}

fn page(ui: &mut Ui, wizard: &mut Wizard, asker: &mut Asker) {
    ui.horizontal(|ui| {
        label::title(ui, words::title(wizard.page()));
        if wizard.is_edited() {
            ui.add_space(space::M);
            if button::link(ui, words::UNDO_CHANGES).clicked() {
                wizard.revert();
            }
        }
    });
    ui.add_space(space::S);
    let scroll = ScrollArea::vertical()
        .id_salt(words::title(wizard.page()))
        .auto_shrink(false);
    scroll.show(ui, |ui| {
        // Room for the scroll bar, and for the ring around what has the focus.
        ui.set_max_width(ui.available_width() - space::M);
        match wizard.page() {
            Page::General => general::show(ui, wizard, asker),
            Page::AzureServices => azure_services::show(ui, wizard, asker),
            Page::App => app::show(ui, wizard, asker),
            Page::ImportApps => import_apps::show(ui, wizard, asker),
            Page::Configuration => configuration::show(ui, wizard, asker),
            Page::Confirm => confirm::show(ui, wizard, asker),
            Page::Progress => progress::show(ui, wizard, asker),
            Page::Completion => completion::show(ui, wizard, asker),
        }
    });
}

fn over_the_page(ui: &mut Ui, program: &mut Program) {
    let ctx = ui.ctx().clone();
    let now = program.now();
    let Some((wizard, asker)) = wizard(program) else { return };
    let certificate = wizard.general.certificate_looked_at().is_some();
    let covered = certificate || wizard.place.picker.is_some() || wizard.place.help.is_some();
    let asked = wizard.question.is_some();
    if !asked {
        general::certificate::dialog(&ctx, &mut wizard.general, asker, now);
    }
    if wizard.place.picker.is_some() {
        picker::show(&ctx, wizard);
    }
    configuration::help::show(&ctx, wizard, asker);
    if asked {
        question(&ctx, program);
    } else if !covered && program.dialog.is_none() {
        keys(ui, program);
    }
}

/// Enter and Escape, where nothing else has taken them.
fn keys(ui: &Ui, program: &mut Program) {
    let Some((wizard, asker)) = wizard(program) else { return };
    if keys::escape(ui.ctx()) {
        wizard.cancel(asker);
    } else if keys::enter(ui.ctx()) {
        default_action(wizard, asker);
    }
}

/// What Enter does: Next. While Next leads nowhere, what makes it lead on; or else the mistakes on the page are pointed out.
fn default_action(wizard: &mut Wizard, asker: &mut Asker) {
    match wizard.page() {
        _ if wizard.may_go_on() => wizard.next(asker),
        Page::General => {
            let access = wizard.general.access();
            if !access.is_ok_and(|access| wizard.general.reading().is_asking(&access)) {
                wizard.general.connect(asker);
            }
        }
        Page::ImportApps => {
            let access = wizard.app.access();
            if !access.is_ok_and(|access| wizard.app.verification().is_asking(&access)) {
                wizard.go_to = wizard.app.verify(asker);
            }
        }
        _ => wizard.next(asker),
    }
}

fn page_list(ui: &mut Ui, wizard: &mut Wizard, asker: &mut Asker) {
    let list = ui.scope_id().with(words::PAGE_LIST);
    ui.ctx().accesskit_node_builder(list, |node| {
        node.set_role(Role::List);
        node.set_label(words::PAGE_LIST);
    });
    ui.spacing_mut().item_spacing.y = 0.0;
    for page in Page::ALL {
        if page_line(ui, wizard, page).clicked() {
            wizard.go_back_to(page, asker);
        }
    }
}

/// A line of the page list: what lies behind can be clicked, the present page is marked, what lies ahead is only named.
fn page_line(ui: &mut Ui, wizard: &Wizard, page: Page) -> Response {
    let t = tokens(ui);
    let now = page == wizard.page();
    let behind = page < wizard.page() && wizard.may_go_back();
    let sense = if behind { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), PAGE_LINE), sense);
    let role = if behind { Role::Button } else { Role::Label };
    response.widget_info(|| WidgetInfo::labeled(role, true, words::title(page)));
    if now {
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_aria_current(AriaCurrent::Step));
        ui.painter().rect_filled(rect, 0.0, t.selected);
        let bar = Rect::from_min_size(rect.min, vec2(4.0, rect.height()));
        ui.painter().rect_filled(bar, 0.0, t.accent);
    } else if behind && response.hovered() {
        ui.painter().rect_filled(rect, 0.0, t.button);
    }
    let ink = if now || behind { t.text } else { t.weak };
    let title = WidgetText::from(words::title(page)).into_galley(
        ui,
        Some(egui::TextWrapMode::Truncate),
        rect.width() - 2.0 * space::L,
        FontSelection::Style(TextStyle::Body),
    );
    let at = pos2(rect.min.x + space::L, rect.center().y - title.size().y / 2.0);
    ui.painter().galley_with_override_text_color(at, title, ink);
    if response.has_focus() {
        let ring = Stroke::new(2.0, t.link);
        ui.painter()
            .rect_stroke(rect.shrink(1.0), 2.0, ring, egui::StrokeKind::Inside);
    }
    response
}

/// Why Next leads nowhere, on the left; the buttons on the right, in a width of their own so that nothing pushes them out.
fn buttons(ui: &mut Ui, wizard: &mut Wizard, asker: &mut Asker) {
    let done = wizard.page() == Page::Completion;
    let number = if done { 1.0 } else { 3.0 };
    let row = number * size::BUTTON + (number - 1.0) * space::S;
    let area = ui.max_rect();
    let (reason, row) = area.split_left_right_at_x(area.max.x - row);
    let why_not = (!wizard.may_go_on()).then(|| why_not_next(wizard));
    if let Some(why_not) = why_not {
        let inside = reason.with_max_x(reason.max.x - space::L);
        let layout = Layout::left_to_right(Align::Center);
        ui.scope_builder(UiBuilder::new().max_rect(inside).layout(layout), |ui| {
            let words = RichText::new(why_not).small().color(tokens(ui).weak);
            ui.add(egui::Label::new(words).wrap());
        });
    }
    let layout = Layout::left_to_right(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(row).layout(layout), |ui| {
        if !done {
            let no_way_back = (!wizard.may_go_back()).then(|| words::no_way_back(wizard.page()));
            if button::enabled(ui, Kind::Plain, words::PREVIOUS, no_way_back).clicked() {
                wizard.back(asker);
            }
        }
        if button::enabled(ui, Kind::Default, words::next(wizard.page()), why_not).clicked() {
            wizard.next(asker);
        }
        if !done && button::button(ui, Kind::Plain, crate::text::window::CANCEL).clicked() {
            wizard.cancel(asker);
        }
    });
}

/// On *Configuration* it makes a difference whether the workspace or history is in the way.
fn why_not_next(wizard: &Wizard) -> &'static str {
    match wizard.page() {
        Page::Configuration if wizard.lacks_history_only() => words::WHY_NOT_HISTORY,
        page => words::why_not_next(page),
    }
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
            focus::claim(ui, &stay);
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

#[cfg(test)]
mod frame_tests {
    use egui::Key;
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT, Queryable};

    use super::*;
    use crate::flow::wizard::SignInChoice;
    use crate::flow::{Effect, Query, SecretText, TextField};
    use crate::text::window::CANCEL;
    use crate::ui::widgets::testing::{description, focused, harness, press, tree};

    fn opened() -> Program {
        let mut program = Program::new(Vec::new(), chrono::DateTime::UNIX_EPOCH);
        program.new_connection();
        drop(program.effects());
        program
    }

    fn window(program: Program) -> Harness<'static, Program> {
        harness(program, show)
    }

    fn asks_the_site(program: &mut Program) -> bool {
        let mut effects = program.effects().into_iter();
        effects.any(|effect| matches!(effect, Effect::Query(_, Query::Site(_))))
    }

    #[test]
    fn enter_points_out_mistakes_before_anything_is_asked() {
        let mut harness = window(opened());
        press(&mut harness, &[Key::Enter]);
        let wizard = harness.state().wizard.as_ref().unwrap();
        assert!(wizard.general.provider.settled && wizard.general.password_settled);
        assert!(!asks_the_site(harness.state_mut()));
    }

    #[test]
    fn enter_checks_the_site_once_while_next_is_not_available() {
        let mut program = opened();
        let general = &mut program.wizard.as_mut().unwrap().general;
        general.provider = TextField::holding("cm01.contoso.com");
        general.who = SignInChoice::Account;
        general.account = TextField::holding("CONTOSO\\svc-asw");
        general.password = SecretText::holding("practice");
        let mut harness = window(program);
        press(&mut harness, &[Key::Enter]);
        assert!(asks_the_site(harness.state_mut()));
        press(&mut harness, &[Key::Enter]);
        assert!(!asks_the_site(harness.state_mut()), "it is being asked already");
    }

    #[test]
    fn escape_is_cancel_and_closes_the_question_first() {
        let mut program = opened();
        program.wizard.as_mut().unwrap().general.account = TextField::holding("x");
        let mut harness = window(program);
        press(&mut harness, &[Key::Escape]);
        harness.run_steps(4);
        let question = words::question_title(Question::Leave);
        harness.get_by_role_and_label(Role::Dialog, question);
        assert_eq!(focused(&harness).as_deref(), Some(words::STAY));
        press(&mut harness, &[Key::Escape]);
        let wizard = harness.state().wizard.as_ref().unwrap();
        assert!(wizard.question.is_none() && !wizard.is_over());
    }

    #[test]
    fn why_next_is_not_available_can_be_read_without_pointing_at_it() {
        let harness = window(opened());
        let why = words::why_not_next(Page::General);
        assert!(tree(&harness).lines().filter(|line| *line == why).count() >= 2);
        let next = words::next(Page::General);
        assert_eq!(description(&harness, Role::Button, next).as_deref(), Some(why));
    }

    #[test]
    fn the_present_page_is_marked_and_pages_ahead_are_no_buttons() {
        let harness = window(opened());
        let mut pages = harness.query_all_by_role_and_label(Role::Label, words::title(Page::General));
        let present = pages.any(|node| node.accesskit_node().data().aria_current() == Some(AriaCurrent::Step));
        assert!(present);
        let ahead = harness.query_all_by_role_and_label(Role::Button, words::title(Page::Confirm));
        assert_eq!(ahead.count(), 0);
    }

    #[test]
    fn the_buttons_stay_in_a_small_window_with_enlarged_text() {
        let mut harness = window(opened());
        harness.set_size(egui::vec2(1024.0 / 1.25 - 220.0, 700.0 / 1.25));
        harness.run_steps(3);
        let screen = harness.ctx.content_rect();
        for name in [words::PREVIOUS, words::next(Page::General), CANCEL] {
            let rect = harness.get_by_role_and_label(Role::Button, name).rect();
            assert!(screen.contains_rect(rect), "{name}: {rect:?} in {screen:?}");
        }
    }
}
