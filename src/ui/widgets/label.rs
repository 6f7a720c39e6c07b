//! Titles, running text, facts.

use egui::{Label, Response, RichText, TextStyle, Ui, WidgetText};

use crate::ui::theme::{size, space, tokens};

/// The title of a page.
pub fn title(ui: &mut Ui, text: &str) -> Response {
    heading(ui, RichText::new(text).text_style(TextStyle::Heading), text)
}

/// The title of a group on a page.
pub fn group(ui: &mut Ui, text: &str) -> Response {
    ui.add_space(space::M);
    section(ui, text)
}

/// The same without the space before it.
pub fn section(ui: &mut Ui, text: &str) -> Response {
    heading(ui, RichText::new(text).size(17.0), text)
}

fn heading(ui: &mut Ui, rich: RichText, text: &str) -> Response {
    let response = ui.label(rich.color(tokens(ui).text));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(egui::accesskit::Role::Heading);
        node.set_label(text);
    });
    response
}

/// Running text, in lines that are not too long to read.
pub fn text(ui: &mut Ui, text: &str) -> Response {
    wrapped(ui, text)
}

/// The same, less important.
pub fn weak(ui: &mut Ui, text: &str) -> Response {
    wrapped(ui, RichText::new(text).color(tokens(ui).weak))
}

/// Words that wrap within what room there is, also in the middle of a row.
pub(super) fn wrapped(ui: &mut Ui, text: impl Into<WidgetText>) -> Response {
    ui.vertical(|ui| {
        ui.set_max_width(size::TEXT.min(ui.available_width()));
        ui.add(Label::new(text).wrap())
    })
    .inner
}

/// Names and values in two columns.
pub fn facts<'a>(ui: &mut Ui, id: &str, facts: impl IntoIterator<Item = (&'a str, String)>) {
    let facts: Vec<(&str, String)> = facts.into_iter().collect();
    let font = TextStyle::Body.resolve(ui.style());
    let wide = |name: &str| {
        let text = ui
            .painter()
            .layout_no_wrap(name.to_owned(), font.clone(), tokens(ui).weak);
        text.size().x
    };
    let column = facts.iter().map(|(name, _)| wide(name)).fold(0.0, f32::max);
    let column = column.min(ui.available_width() * 0.4).ceil();
    ui.push_id(id, |ui| {
        for (name, value) in facts {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = space::L;
                ui.spacing_mut().interact_size.y = 0.0;
                ui.vertical(|ui| {
                    ui.set_width(column);
                    ui.add(Label::new(RichText::new(name).color(tokens(ui).weak)).wrap());
                });
                wrapped(ui, value);
            });
        }
    });
}
