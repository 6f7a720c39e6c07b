//! Labelled fields.

use egui::{Response, RichText, TextEdit, Ui};

use super::{focus, label};
use crate::flow::TextField;
use crate::model::Invalid;
use crate::ui::theme::{size, space, tokens};

/// How a field is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Its width.
    pub width: f32,
    /// An example in grey while it is empty.
    pub example: &'a str,
    /// Words beside the label, such as "optional".
    pub note: &'a str,
}

impl Default for Look<'_> {
    fn default() -> Self {
        Self {
            width: size::FIELD,
            example: "",
            note: "",
        }
    }
}

/// A labelled line of text, with its mistake below it. The mistake may be pointed out once the person has left the field.
pub fn text(ui: &mut Ui, name: &str, field: &mut TextField, look: Look<'_>, mistake: Option<&Invalid>) -> Response {
    let shown = mistake.filter(|_| field.settled);
    let response = ui
        .vertical(|ui| {
            let label = caption(ui, name, look.note);
            let edit = TextEdit::singleline(&mut field.text)
                .desired_width(look.width)
                .hint_text(RichText::new(look.example).color(tokens(ui).weak))
                .min_size(egui::vec2(0.0, size::CONTROL));
            let response = ui.add(edit).labelled_by(label.id);
            focus::claim(ui, &response);
            below(ui, &response, shown);
            response
        })
        .inner;
    if response.lost_focus() && !field.is_blank() {
        field.settled = true;
    }
    response
}

/// Several lines of text.
pub fn lines(ui: &mut Ui, name: &str, value: &mut String, rows: usize, note: &str) -> Response {
    ui.vertical(|ui| {
        let label = caption(ui, name, note);
        let edit = TextEdit::multiline(value).desired_width(size::FIELD).desired_rows(rows);
        let response = ui.add(edit).labelled_by(label.id);
        focus::claim(ui, &response);
        response
    })
    .inner
}

/// A choice among a few. `chosen` is what the closed box shows. Answers what was chosen now.
pub fn choice<T>(
    ui: &mut Ui,
    name: &str,
    chosen: &str,
    options: impl IntoIterator<Item = (T, String)>,
    why_not: Option<&str>,
) -> Option<T> {
    let mut picked = None;
    ui.vertical(|ui| {
        caption(ui, name, "");
        ui.add_enabled_ui(why_not.is_none(), |ui| {
            let combo = egui::ComboBox::from_id_salt(name)
                .width(size::FIELD)
                .selected_text(chosen);
            let response = combo.show_ui(ui, |ui| {
                for (value, text) in options {
                    let now = text == chosen;
                    if ui.selectable_label(now, text).clicked() {
                        picked = Some(value);
                    }
                }
            });
            let response = response.response;
            ui.ctx().accesskit_node_builder(response.id, |node| {
                node.set_label(name);
                node.set_value(chosen);
            });
            focus::claim(ui, &response);
            if let Some(why) = why_not {
                response.on_disabled_hover_text(why);
            }
        });
    });
    picked
}

/// The words above a field.
pub(super) fn caption(ui: &mut Ui, name: &str, note: &str) -> Response {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let label = ui.label(RichText::new(name).color(tokens(ui).text));
        if !note.is_empty() {
            label::weak(ui, note);
        }
        label
    })
    .inner
}

/// The mistake below a field, said to screen readers with the field.
pub(super) fn below(ui: &mut Ui, field: &Response, mistake: Option<&Invalid>) {
    if let Some(mistake) = mistake {
        let words = crate::text::problem::mistake(mistake);
        ui.ctx().accesskit_node_builder(field.id, |node| {
            node.set_description(words.as_str());
            node.set_invalid(egui::accesskit::Invalid::True);
        });
        let ink = tokens(ui).bad.text;
        ui.label(RichText::new(words).color(ink).small());
    }
}
