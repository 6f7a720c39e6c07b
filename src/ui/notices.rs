//! The list of messages, and the newest by itself: a strip along the bottom, there once there is something to say.

use egui::{Align, Frame, Key, Layout, Margin, ScrollArea, Stroke, Ui};

use super::app::View;
use super::theme::{space, tokens};
use super::widgets::{button, choice, keys, label, message};
use crate::flow::Program;
use crate::flow::notices::{Level, Notice, Notices};
use crate::text;
use crate::text::notices as words;

/// The list takes so much of the window's height, at the most.
const LIST: f32 = 0.4;

/// The strip along the bottom: the newest message, and the button that opens the list. It is drawn last, so that Tab comes to it
/// last; `view.strip` keeps its height for the next frame, which leaves that much room below the page.
pub fn bar(ui: &mut Ui, program: &mut Program, view: &mut View) {
    if !program.notices.list().is_empty() && keys::take(ui.ctx(), Key::F8) {
        view.notices_open = !view.notices_open;
    }
    let height = if program.notices.list().is_empty() {
        0.0
    } else {
        draw(ui, &mut program.notices, view)
    };
    if (height - view.strip).abs() > 0.5 {
        view.strip = height;
        ui.ctx().request_discard(words::TITLE);
    }
}

/// Answers its height.
fn draw(ui: &mut Ui, notices: &mut Notices, view: &mut View) -> f32 {
    let t = tokens(ui);
    let frame = Frame::new()
        .fill(t.chrome)
        .inner_margin(Margin::symmetric(space::L as i8, space::S as i8));
    let drawn = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        if view.notices_open {
            notices.read();
            list(ui, notices, &mut view.least);
        }
        strip(ui, notices, view);
    });
    let rect = drawn.response.rect;
    ui.painter()
        .hline(rect.x_range(), rect.min.y + 0.5, Stroke::new(1.0, t.line));
    rect.height()
}

fn kind(notice: &Notice) -> message::Kind {
    match notice.news.level() {
        Level::Info => message::Kind::Good,
        Level::Warning => message::Kind::Caution,
        Level::Error => message::Kind::Bad,
    }
}

fn strip(ui: &mut Ui, notices: &mut Notices, view: &mut View) {
    let newest = notices.newest().cloned();
    // What the buttons take, as they were drawn last.
    let beside = ui.scope_id().with("beside");
    let beside_was = ui.data(|data| data.get_temp::<f32>(beside)).unwrap_or(330.0);
    ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
        let room = (ui.available_width() - beside_was - space::M).max(120.0);
        ui.vertical(|ui| {
            ui.set_width(room);
            if let Some(newest) = &newest {
                ui.add_space(2.0);
                message::said(ui, kind(newest), &words::sentence(&newest.news));
            }
        });
        let left = ui.cursor().min.x;
        if let Some(newest) = newest {
            if button::small(ui, text::window::DETAILS).clicked() {
                view.notices_open = true;
            }
            button::copy(ui, text::window::COPY, &words::for_ticket(&newest));
            if button::small(ui, words::DISMISS).clicked() {
                notices.put_away();
            }
        }
        let toggle = if view.notices_open {
            words::HIDE.to_owned()
        } else {
            words::show(notices.list().len())
        };
        let toggle = button::small(ui, &toggle).on_hover_text(words::KEY_HINT);
        if toggle.clicked() {
            view.notices_open = !view.notices_open;
        }
        let open = view.notices_open;
        ui.ctx()
            .accesskit_node_builder(toggle.id, |node| node.set_expanded(open));
        let beside_is = toggle.rect.max.x - left;
        if (beside_is - beside_was).abs() > 0.5 {
            ui.data_mut(|data| data.insert_temp(beside, beside_is));
            ui.ctx().request_discard(words::TITLE);
        }
    });
}

fn list(ui: &mut Ui, notices: &mut Notices, least: &mut Level) {
    ui.horizontal(|ui| {
        label::section(ui, words::TITLE);
        let all: String = notices
            .at_least(*least)
            .map(|(_, notice)| words::for_ticket(notice))
            .collect();
        button::copy(ui, words::COPY_ALL, &all);
        if button::small(ui, words::CLEAR).clicked() {
            notices.clear();
        }
    });
    let options = Level::ALL.map(|level| (level, words::at_least(level).to_owned()));
    if let Some(chosen) = choice::narrow(ui, words::FILTER, words::at_least(*least), &options) {
        *least = chosen;
    }
    let height = ui.ctx().content_rect().height() * LIST;
    ScrollArea::vertical()
        .id_salt("notices")
        .max_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            let mut any = false;
            for (at, notice) in notices.at_least(*least) {
                any = true;
                ui.push_id(notices.list().len() - at, |ui| entry(ui, notice));
            }
            if !any {
                label::weak(ui, words::NONE_OF_LEVEL);
            }
        });
    ui.separator();
}

fn entry(ui: &mut Ui, notice: &Notice) {
    let level = words::level(notice.news.level());
    label::weak(ui, &format!("{}  {level}", words::time(notice.at)));
    let details = words::details(&notice.news);
    message::framed(ui, kind(notice), &words::sentence(&notice.news), |ui| {
        if let Some(next_step) = words::next_step(&notice.news) {
            label::text(ui, &next_step);
        }
        let full = words::for_ticket(notice);
        if details.is_empty() {
            button::copy(ui, text::window::COPY, &full);
        } else {
            message::unfolding(ui, "details", &details, &full);
        }
    });
}

#[cfg(test)]
mod tests {
    use egui::accesskit::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::flow::{Answer, Asker, Effect, Event};
    use crate::model::{Failure, Problem};
    use crate::ui::widgets::testing::{copied, harness, press, tree};

    /// A program that has told once that the connections could not be read.
    fn told() -> Harness<'static, (Program, View)> {
        let mut program = Program::new(Vec::new(), chrono::DateTime::UNIX_EPOCH);
        let asked = program.effects().into_iter().find_map(|effect| match effect {
            Effect::Query(ticket, _) => Some(ticket),
            _ => None,
        });
        let failure: Failure = Problem::SecretExpired.into();
        program.on(Event::Answer(asked.unwrap(), Answer::Connections(Err(failure))));
        harness((program, View::default()), |ui, (program, view)| bar(ui, program, view))
    }

    fn click(harness: &mut Harness<'_, (Program, View)>, name: &str) {
        harness.get_by_role_and_label(Role::Button, name).click();
        harness.run_steps(3);
    }

    #[test]
    fn nothing_is_there_while_there_is_nothing_to_say() {
        let program = Program::new(Vec::new(), chrono::DateTime::UNIX_EPOCH);
        let harness = harness((program, View::default()), |ui, (program, view)| bar(ui, program, view));
        assert_eq!(harness.query_all_by_role(Role::Button).count(), 0);
        assert!(harness.state().1.strip.abs() < 0.1);
    }

    #[test]
    fn the_newest_is_said_until_it_is_put_away() {
        let mut harness = told();
        let sentence = words::sentence(&harness.state().0.notices.list()[0].news);
        harness.get_by_role_and_label(Role::Alert, &sentence);
        assert!(harness.state().1.strip > 20.0, "it has asked for room");
        click(&mut harness, words::DISMISS);
        assert!(!tree(&harness).contains(&sentence));
        harness.get_by_role_and_label(Role::Button, "Messages (1)");
    }

    #[test]
    fn the_list_has_everything_to_copy() {
        let mut harness = told();
        click(&mut harness, "Messages (1)");
        let sentence = words::sentence(&harness.state().0.notices.list()[0].news);
        assert!(tree(&harness).contains(&sentence));
        assert_eq!(harness.state().0.notices.unread(), 0);
        harness.get_by_role_and_label(Role::Button, words::COPY_ALL).click();
        harness.step();
        harness.step();
        assert!(copied(&harness).unwrap().contains("Code:"));
        click(&mut harness, words::HIDE);
        assert!(!tree(&harness).contains(&sentence));
    }

    #[test]
    fn a_key_opens_the_list_and_a_level_filters_it() {
        let mut harness = told();
        let sentence = words::sentence(&harness.state().0.notices.list()[0].news);
        harness.state_mut().0.notices.put_away();
        press(&mut harness, &[Key::F8]);
        harness.run_steps(3);
        assert!(tree(&harness).contains(&sentence));
        assert!(tree(&harness).contains(words::level(Level::Error)));
        harness.state_mut().0.home.refresh(&mut Asker::default());
        harness.state_mut().1.least = Level::Error;
        harness.run_steps(3);
        assert!(tree(&harness).contains(&sentence), "it is an error");
        press(&mut harness, &[Key::F8]);
        harness.run_steps(3);
        assert!(!tree(&harness).contains(&sentence));
    }

    #[test]
    fn the_list_can_be_cleared() {
        let mut harness = told();
        click(&mut harness, "Messages (1)");
        click(&mut harness, words::CLEAR);
        assert!(harness.state().0.notices.list().is_empty());
        assert_eq!(harness.query_all_by_role(Role::Button).count(), 0);
    }
}
