//! A field for a secret: masked, shown while a button is held down, wiped when it goes.
//!
//! egui's text widget copies what it edits, every frame and for undo, and wipes nothing. Therefore it never gets the secret: it
//! edits a row of dots of the same length, and every change is made to the secret at the same place. Only while the secret is
//! shown, its text is drawn.

use std::any::TypeId;
use std::ops::Range;

use egui::text_edit::TextEditState;
use egui::{Event, Id, Key, Response, TextBuffer, TextEdit, Ui, text::CharIndex};

use super::{button, focus, form};
use crate::flow::SecretText;
use crate::model::Invalid;
use crate::text;
use crate::ui::theme::size;

/// What egui sees in place of each character.
const DOT: &str = "•";

/// A row of dots in front of the secret.
struct Dots<'a> {
    dots: String,
    secret: &'a mut SecretText,
}

impl<'a> Dots<'a> {
    fn before(secret: &'a mut SecretText) -> Self {
        let dots = DOT.repeat(secret.expose().chars().count());
        Self { dots, secret }
    }
}

impl TextBuffer for Dots<'_> {
    fn is_mutable(&self) -> bool {
        true
    }

    fn as_str(&self) -> &str {
        &self.dots
    }

    fn insert_text(&mut self, text: &str, at: CharIndex) -> usize {
        let inserted = self.secret.insert(text, at.0);
        self.dots = DOT.repeat(self.secret.expose().chars().count());
        inserted
    }

    fn delete_char_range(&mut self, range: Range<CharIndex>) {
        self.secret.delete(range.start.0..range.end.0);
        self.dots = DOT.repeat(self.secret.expose().chars().count());
    }

    fn clear(&mut self) {
        self.secret.clear();
        self.dots.clear();
    }

    /// Only undo and redo replace the whole; there is none for a secret.
    fn replace_with(&mut self, _text: &str) {}

    /// Nobody gets the secret out of here.
    fn take(&mut self) -> String {
        self.clear();
        String::new()
    }

    fn type_id(&self) -> TypeId {
        TypeId::of::<Dots<'static>>()
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
            let show = ui.make_persistent_id(("show", name));
            let row = ui.horizontal(|ui| {
                let beside = button::width_beside_field(ui, text::window::SHOW);
                let width = size::FIELD.min(ui.available_width() - beside);
                let response = field(ui, value, show, width, shown.is_some()).labelled_by(label.id);
                let button = button::beside_field(ui, Some(show), text::window::SHOW);
                ui.ctx().accesskit_node_builder(button.id, |node| {
                    node.set_description(text::window::SHOW_HOW);
                });
                button.on_hover_text(text::window::SHOW_HOW);
                response
            });
            form::below(ui, &row.inner, shown);
            row.inner
        })
        .inner;
    if response.lost_focus() && !value.is_blank() {
        *settled = true;
    }
    response
}

fn field(ui: &mut Ui, value: &mut SecretText, show: Id, width: f32, wrong: bool) -> Response {
    let id = show.with("field");
    let response = if is_held(ui, show) {
        let mut plain = value.expose();
        form::add_line(ui, TextEdit::singleline(&mut plain).id(id).desired_width(width), wrong)
    } else {
        without_line_breaks(ui, id);
        let mut dots = Dots::before(value);
        let edit = TextEdit::singleline(&mut dots)
            .id(id)
            .password(true)
            .desired_width(width);
        form::add_line(ui, edit, wrong)
    };
    focus::keep_after_enter(ui, &response);
    forget_undo(ui, &response);
    response
}

/// Whether the button is held down: with the pointer, or with Space.
fn is_held(ui: &Ui, show: Id) -> bool {
    let response = ui.ctx().read_response(show);
    let by_pointer = response.is_some_and(|button| button.is_pointer_button_down_on());
    let by_key = ui.memory(|memory| memory.has_focus(show)) && ui.input(|input| input.key_down(Key::Space));
    ui.is_enabled() && (by_pointer || by_key)
}

/// A pasted secret often brings a line break along, of which egui would make a blank.
fn without_line_breaks(ui: &Ui, id: Id) {
    if ui.memory(|memory| memory.has_focus(id)) {
        ui.input_mut(|input| {
            for event in &mut input.events {
                if let Event::Paste(text) = event {
                    text.truncate(text.trim_end_matches(['\r', '\n']).len());
                }
            }
        });
    }
}

/// There is no undo for a secret: nothing of how it was typed is kept, not even its length.
fn forget_undo(ui: &Ui, field: &Response) {
    if let Some(mut state) = TextEditState::load(ui.ctx(), field.id) {
        state.clear_undoer();
        state.store(ui.ctx(), field.id);
    }
}

#[cfg(test)]
mod tests {
    use egui::Modifiers;
    use egui::accesskit::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::widgets::testing::{self, copied, pointer, press, tree};

    const SECRET: &str = "abc8Q~Secret";

    type State = (SecretText, bool, Option<Id>);

    fn empty() -> Harness<'static, State> {
        let mut harness = testing::harness(State::default(), |ui, (value, settled, id)| {
            *id = Some(secret(ui, "Secret Key", value, settled, "", None).id);
        });
        harness.get_by_role(Role::PasswordInput).focus();
        harness.run_steps(2);
        harness
    }

    fn typed() -> Harness<'static, State> {
        let mut harness = empty();
        harness.get_by_role(Role::PasswordInput).type_text(SECRET);
        harness.run_steps(2);
        assert_eq!(harness.state().0.expose(), SECRET);
        harness
    }

    #[test]
    fn nothing_of_a_masked_secret_leaves_the_field() {
        let harness = typed();
        assert!(tree(&harness).contains("Secret Key"));
        assert!(!tree(&harness).contains("abc8"), "{}", tree(&harness));
        let state = TextEditState::load(&harness.ctx, harness.state().2.unwrap()).unwrap();
        let now = (state.cursor.char_range().unwrap_or_default(), String::new());
        assert!(!state.undoer().has_undo(&now), "egui remembers something for undo");
    }

    #[test]
    fn undo_brings_nothing_back() {
        let mut harness = typed();
        harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        press(&mut harness, &[Key::Backspace]);
        assert_eq!(harness.state().0.expose(), "");
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        harness.run_steps(2);
        assert_eq!(harness.state().0.expose(), "");
    }

    #[test]
    fn undo_does_not_put_dots_in_place_of_the_secret() {
        let mut harness = typed();
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        harness.run_steps(2);
        assert_eq!(harness.state().0.expose(), SECRET);
    }

    #[test]
    fn it_is_shown_only_while_the_button_is_held() {
        let mut harness = typed();
        let at = harness
            .get_by_role_and_label(Role::Button, text::window::SHOW)
            .rect()
            .center();
        pointer(&mut harness, at, true);
        assert!(tree(&harness).contains(SECRET), "{}", tree(&harness));
        pointer(&mut harness, at, false);
        assert!(!tree(&harness).contains("abc8"), "{}", tree(&harness));
    }

    #[test]
    fn space_held_on_the_button_shows_it_too() {
        let mut harness = typed();
        press(&mut harness, &[Key::Tab]);
        harness.key_down(Key::Space);
        harness.run_steps(2);
        assert!(tree(&harness).contains(SECRET));
        harness.key_up(Key::Space);
        harness.run_steps(2);
        assert!(!tree(&harness).contains("abc8"));
    }

    #[test]
    fn copying_and_cutting_put_nothing_on_the_clipboard() {
        let mut harness = typed();
        harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        harness.run_steps(2);
        harness.event(Event::Copy);
        harness.step();
        assert_eq!(copied(&harness), None);
        harness.event(Event::Cut);
        harness.step();
        assert_eq!(copied(&harness), None);
        assert_eq!(harness.state().0.expose(), "", "cutting still takes it out");
    }

    #[test]
    fn a_pasted_line_break_is_dropped() {
        let mut harness = empty();
        harness.event(Event::Paste(format!("{SECRET}\r\n")));
        harness.run_steps(2);
        assert_eq!(harness.state().0.expose(), SECRET);
    }

    #[test]
    fn typing_in_the_middle_goes_to_the_middle() {
        let mut harness = typed();
        press(&mut harness, &[Key::Home, Key::ArrowRight]);
        harness.get_by_role(Role::PasswordInput).type_text("ü");
        harness.run_steps(2);
        assert_eq!(harness.state().0.expose(), "aübc8Q~Secret");
    }

    #[test]
    fn its_mistake_waits_until_the_person_has_left() {
        let mistake = Invalid::new("secret key", "it has a line break inside", "abc8Q~…");
        let mut harness = testing::harness((SecretText::default(), false), move |ui, (value, settled)| {
            secret(ui, "Secret Key", value, settled, "", Some(&mistake));
        });
        harness.get_by_role(Role::PasswordInput).focus();
        harness.run_steps(2);
        harness.get_by_role(Role::PasswordInput).type_text("x");
        harness.run_steps(2);
        assert!(!tree(&harness).contains("line break"));
        press(&mut harness, &[Key::Tab]);
        assert!(tree(&harness).contains("line break"));
    }
}
