//! The list of messages, and the newest by itself: a strip along the bottom, there once there is something to say.

use egui::{Align, Frame, Layout, Margin, ScrollArea, Stroke, Ui};

use super::app::View;
use super::theme::{space, tokens};
use super::widgets::{button, label, message};
use crate::flow::Program;
use crate::flow::notices::{Notice, Notices};
use crate::text;
use crate::text::notices as words;

/// The list takes so much of the window's height, at the most.
const LIST: f32 = 0.4;

/// The strip along the bottom: the newest message, and the button that opens the list. It is drawn last, so that Tab comes to it
/// last; `view.strip` keeps its height for the next frame, which leaves that much room below the page.
pub fn bar(ui: &mut Ui, program: &mut Program, view: &mut View) {
    let height = if program.notices.list().is_empty() {
        0.0
    } else {
        draw(ui, &mut program.notices, view)
    };
    if (height - view.strip).abs() > 0.5 {
        view.strip = height;
        ui.ctx().request_discard(format!("strip of {height}"));
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
            list(ui, notices);
        }
        strip(ui, notices, view);
    });
    let rect = drawn.response.rect;
    ui.painter()
        .hline(rect.x_range(), rect.min.y + 0.5, Stroke::new(1.0, t.line));
    rect.height()
}

fn kind(notice: &Notice) -> message::Kind {
    if notice.news.failure().is_some() {
        message::Kind::Bad
    } else if notice.news.is_bad() {
        message::Kind::Caution
    } else {
        message::Kind::Good
    }
}

fn strip(ui: &mut Ui, notices: &mut Notices, view: &mut View) {
    let newest = notices.newest().cloned();
    ui.with_layout(Layout::left_to_right(Align::Min).with_main_wrap(true), |ui| {
        if let Some(newest) = newest {
            let beside = 4.0 * 90.0;
            let room = (ui.available_width() - beside).max(ui.available_width() * 0.45);
            ui.allocate_ui(egui::vec2(room, 22.0), |ui| {
                ui.set_width(room);
                message::said(ui, kind(&newest), &words::sentence(&newest.news));
            });
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
        let toggle = button::small(ui, &toggle);
        if toggle.clicked() {
            view.notices_open = !view.notices_open;
        }
        let open = view.notices_open;
        ui.ctx()
            .accesskit_node_builder(toggle.id, |node| node.set_expanded(open));
    });
}

fn list(ui: &mut Ui, notices: &Notices) {
    ui.horizontal(|ui| {
        label::group(ui, words::TITLE);
        let all: String = notices.list().iter().map(words::for_ticket).collect();
        button::copy(ui, words::COPY_ALL, &all);
    });
    let height = ui.ctx().content_rect().height() * LIST;
    ScrollArea::vertical()
        .max_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for (at, notice) in notices.list().iter().enumerate() {
                ui.push_id(notices.list().len() - at, |ui| entry(ui, notice));
            }
        });
    ui.separator();
}

fn entry(ui: &mut Ui, notice: &Notice) {
    ui.horizontal(|ui| {
        label::weak(ui, &words::time(notice.at));
    });
    let details = words::details(&notice.news);
    message::framed(ui, kind(notice), &words::sentence(&notice.news), |ui| {
        if let Some(next_step) = words::next_step(&notice.news) {
            label::text(ui, &next_step);
        }
        if !details.is_empty() {
            message::unfolding(ui, "details", &details, &words::for_ticket(notice));
        }
    });
}
