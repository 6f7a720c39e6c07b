//! A field for a secret: masked, shown while a button is pressed; its text is wiped, and egui keeps no copy of it for undo.

use std::ops::Range;

use egui::text_edit::TextEditState;
use egui::{Response, TextBuffer, TextEdit, Ui};

use super::{focus, form};
use crate::flow::SecretText;
use crate::model::Invalid;
use crate::text;
use crate::ui::theme::size;

/// The secret as egui's text widget sees it.
struct Buffer<'a>(&'a mut SecretText);

impl TextBuffer for Buffer<'_> {
    fn is_mutable(&self) -> bool {
        true
    }

    fn as_str(&self) -> &str {
        self.0.expose()
    }

    fn insert_text(&mut self, text: &str, at: egui::text::CharIndex) -> usize {
        // A pasted secret often brings a line break along.
        self.0.insert(text.trim_end_matches(['\r', '\n']), at.0)
    }

    fn delete_char_range(&mut self, range: Range<egui::text::CharIndex>) {
        self.0.delete(range.start.0..range.end.0);
    }

    fn type_id(&self) -> std::any::TypeId {
        std::any::TypeId::of::<SecretText>()
    }
}

/// A labelled field for a secret, with its mistake below it.
pub fn secret(
    ui: &mut Ui,
    name: &str,
    value: &mut SecretText,
    settled: &mut bool,
    note: &str,
    mistake: Option<&Invalid>,
) -> Response {
    let shown = mistake.filter(|_| *settled);
    let response = ui
        .vertical(|ui| {
            let label = form::caption(ui, name, note);
            let reveal_id = ui.scope_id().with((name, "reveal"));
            let reveal = ui.data(|data| data.get_temp::<bool>(reveal_id)).unwrap_or(false);
            let response = ui
                .horizontal(|ui| {
                    let mut buffer = Buffer(value);
                    let edit = TextEdit::singleline(&mut buffer)
                        .password(!reveal)
                        .desired_width(size::FIELD)
                        .min_size(egui::vec2(0.0, size::CONTROL));
                    let response = ui.add(edit).labelled_by(label.id);
                    let show = super::button::small(ui, text::window::SHOW);
                    let held = show.is_pointer_button_down_on();
                    ui.data_mut(|data| data.insert_temp(reveal_id, held));
                    response
                })
                .inner;
            forget_undo(ui, &response);
            focus::claim(ui, &response);
            form::below(ui, &response, shown);
            response
        })
        .inner;
    if response.lost_focus() && !value.is_blank() {
        *settled = true;
    }
    response
}

/// egui's undo memory would keep plain copies of what was typed.
fn forget_undo(ui: &Ui, field: &Response) {
    if let Some(mut state) = TextEditState::load(ui.ctx(), field.id) {
        state.clear_undoer();
        state.store(ui.ctx(), field.id);
    }
}
