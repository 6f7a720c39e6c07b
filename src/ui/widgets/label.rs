//! Titles, running text, facts.

use egui::{Label, Response, RichText, TextStyle, Ui};

use crate::ui::theme::{size, space, tokens};

/// The title of a page.
pub fn title(ui: &mut Ui, text: &str) -> Response {
    let response = ui.label(
        RichText::new(text)
            .text_style(TextStyle::Heading)
            .color(tokens(ui).text),
    );
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(egui::accesskit::Role::Heading);
        node.set_label(text);
    });
    response
}

/// The title of a group on a page.
pub fn group(ui: &mut Ui, text: &str) -> Response {
    ui.add_space(space::M);
    ui.label(RichText::new(text).strong().color(tokens(ui).text))
}

/// Running text, in lines that are not too long to read.
pub fn text(ui: &mut Ui, text: &str) -> Response {
    ui.scope(|ui| {
        ui.set_max_width(size::TEXT.min(ui.available_width()));
        ui.add(Label::new(text).wrap())
    })
    .inner
}

/// The same, less important.
pub fn weak(ui: &mut Ui, text: &str) -> Response {
    let text = RichText::new(text).color(tokens(ui).weak);
    ui.scope(|ui| {
        ui.set_max_width(size::TEXT.min(ui.available_width()));
        ui.add(Label::new(text).wrap())
    })
    .inner
}

/// Names and values in two columns.
pub fn facts<'a>(ui: &mut Ui, id: &str, facts: impl IntoIterator<Item = (&'a str, String)>) {
    egui::Grid::new(id)
        .num_columns(2)
        .spacing([space::L, space::S])
        .show(ui, |ui| {
            for (name, value) in facts {
                ui.label(RichText::new(name).color(tokens(ui).weak));
                ui.add(Label::new(value).wrap().selectable(true));
                ui.end_row();
            }
        });
}
