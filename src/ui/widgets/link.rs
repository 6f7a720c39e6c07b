//! A link to a page on the web: opens in the browser, and can be copied where there is none.

use egui::accesskit::Role;
use egui::{OpenUrl, Response, Ui, WidgetInfo};

use super::button;
use crate::text::window as words;

/// A link, and a small button beside it that copies its address. Remote servers often have no browser that may go out.
pub fn link(ui: &mut Ui, text: &str, url: &str) -> Response {
    ui.horizontal(|ui| {
        let response = button::link(ui, text);
        response.widget_info(|| WidgetInfo::labeled(Role::Link, ui.is_enabled(), text));
        if response.clicked() {
            ui.ctx().open_url(OpenUrl::new_tab(url));
        }
        let response = response.on_hover_text(url);
        button::copy(ui, &words::copy_link(text), url);
        response
    })
    .inner
}
