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

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::widgets::testing::{copied, harness, opened};

    #[test]
    fn it_opens_in_the_browser_and_can_be_copied() {
        let url = "https://portal.azure.com";
        let mut harness = harness((), move |ui, ()| {
            link(ui, "Azure portal", url);
        });
        harness.get_by_role_and_label(Role::Link, "Azure portal").click();
        harness.step();
        harness.step();
        assert_eq!(opened(&harness).as_deref(), Some(url));
        harness
            .get_by_role_and_label(Role::Button, &words::copy_link("Azure portal"))
            .click();
        harness.step();
        harness.step();
        assert_eq!(copied(&harness).as_deref(), Some(url));
    }
}
