//! Labelled fields for text. Other kinds of fields have files of their own and can be reached from here.

use egui::{Align2, Margin, Response, RichText, Stroke, TextEdit, Ui, Vec2};

use super::{button, focus, keys, label, mark};
use crate::flow::TextField;
use crate::model::Invalid;
use crate::text::window as words;
use crate::ui::theme::{size, space, tokens};

pub use super::choice::choice;
pub use super::disclosure::disclosure;
pub use super::link::link;
pub use super::tick::{radio, tick};

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
    with_beside(ui, name, field, look, mistake, |_, _| {})
}

/// A labelled date, written YYYY-MM-DD. `shortcuts` are buttons beside it: their words, and the date that each puts in.
pub fn date(
    ui: &mut Ui,
    name: &str,
    field: &mut TextField,
    note: &str,
    mistake: Option<&Invalid>,
    shortcuts: &[(&str, String)],
) -> Response {
    let look = Look {
        width: size::SHORT_FIELD,
        example: words::DATE_EXAMPLE,
        note,
    };
    with_beside(ui, name, field, look, mistake, |ui, field| {
        for (text, date) in shortcuts {
            if button::beside_field(ui, None, text).clicked() {
                field.text.clone_from(date);
                field.settled = true;
            }
        }
    })
}

/// A labelled path, to type, to paste, or to choose: answers the field and whether Browse was pressed.
pub fn path(
    ui: &mut Ui,
    name: &str,
    field: &mut TextField,
    look: Look<'_>,
    mistake: Option<&Invalid>,
) -> (Response, bool) {
    let mut browse = false;
    let response = with_beside(ui, name, field, look, mistake, |ui, _| {
        let button = button::beside_field(ui, None, words::BROWSE);
        ui.ctx()
            .accesskit_node_builder(button.id, |node| node.set_description(name));
        browse = button.clicked();
    });
    (response, browse)
}

/// Several lines of text. Tab leaves it, as it leaves every field.
pub fn lines(ui: &mut Ui, name: &str, value: &mut String, rows: usize, note: &str) -> Response {
    ui.vertical(|ui| {
        let label = caption(ui, name, note);
        let edit = TextEdit::multiline(value)
            .desired_width(size::FIELD)
            .desired_rows(rows)
            .margin(MARGIN)
            .lock_focus(false);
        let response = ui.add(edit).labelled_by(label.id);
        focus::claim(ui, &response);
        focus::into_view(&response);
        response
    })
    .inner
}

/// Between the edge of a field and its text.
const MARGIN: Margin = Margin::symmetric(8, 4);

/// What stands beside a field needs about this much room before the field gets it all.
const LEAST: f32 = 120.0;

fn with_beside(
    ui: &mut Ui,
    name: &str,
    field: &mut TextField,
    look: Look<'_>,
    mistake: Option<&Invalid>,
    beside: impl FnOnce(&mut Ui, &mut TextField),
) -> Response {
    let shown = mistake.filter(|_| field.settled);
    let response = ui
        .vertical(|ui| {
            let label = caption(ui, name, look.note);
            let row = ui.horizontal(|ui| {
                let response = edit(ui, &mut field.text, look, shown.is_some()).labelled_by(label.id);
                beside(ui, field);
                response
            });
            below(ui, &row.inner, shown);
            row.inner
        })
        .inner;
    if response.lost_focus() && !field.is_blank() {
        field.settled = true;
    }
    response
}

/// The line itself: as wide as it looks, as far as there is room; longer text scrolls in it.
fn edit(ui: &mut Ui, text: &mut String, look: Look<'_>, wrong: bool) -> Response {
    let edit = TextEdit::singleline(text)
        .hint_text(RichText::new(look.example).color(tokens(ui).weak))
        .desired_width(look.width.min(ui.available_width().max(LEAST)));
    let response = add_line(ui, edit, wrong);
    focus::keep_after_enter(ui, &response);
    response
}

/// Adds a line to type in, of the usual height; with a red edge where something is wrong with it.
pub(super) fn add_line(ui: &mut Ui, edit: TextEdit<'_>, wrong: bool) -> Response {
    let edge = tokens(ui).bad.edge;
    let response = ui
        .scope(|ui| {
            if wrong {
                let widgets = &mut ui.visuals_mut().widgets;
                widgets.inactive.bg_stroke = Stroke::new(1.0, edge);
                widgets.hovered.bg_stroke = Stroke::new(1.0, edge);
            }
            ui.add(
                edit.margin(MARGIN)
                    .align(Align2::LEFT_CENTER)
                    .min_size(Vec2::new(0.0, size::CONTROL)),
            )
        })
        .inner;
    focus::claim(ui, &response);
    focus::into_view(&response);
    keys::lets_enter_pass(ui, &response);
    response
}

/// The words above a field.
pub(super) fn caption(ui: &mut Ui, name: &str, note: &str) -> Response {
    let label = ui
        .horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let label = ui.label(RichText::new(name).color(tokens(ui).text));
            if !note.is_empty() {
                ui.label(RichText::new(note).color(tokens(ui).weak));
            }
            label
        })
        .inner;
    ui.add_space(space::XS - ui.spacing().item_spacing.y);
    label
}

/// The mistake below a field, said to screen readers with the field.
pub(super) fn below(ui: &mut Ui, field: &Response, mistake: Option<&Invalid>) {
    let Some(mistake) = mistake else { return };
    let words = crate::text::problem::mistake(mistake);
    ui.ctx().accesskit_node_builder(field.id, |node| {
        node.set_description(words.as_str());
        node.set_invalid(egui::accesskit::Invalid::True);
    });
    let t = tokens(ui);
    ui.add_space(space::XS - ui.spacing().item_spacing.y);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        mark::mark(ui, mark::Mark::Attention, t.bad.text, t.page);
        label::wrapped(ui, RichText::new(words).color(t.bad.text).small());
    });
}
