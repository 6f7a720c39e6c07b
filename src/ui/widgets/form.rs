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
    with_beside(ui, name, field, (look, 0.0), mistake, |_, _| {})
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
    with_beside(ui, name, field, (look, 0.0), mistake, |ui, field| {
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
    with_button(ui, (name, words::BROWSE), field, look, mistake)
}

/// A labelled line of text with a button beside it that uses it: answers the field and whether the button was pressed.
pub fn with_button(
    ui: &mut Ui,
    (name, button): (&str, &str),
    field: &mut TextField,
    look: Look<'_>,
    mistake: Option<&Invalid>,
) -> (Response, bool) {
    let mut pressed = false;
    let beside = button::width_beside_field(ui, button);
    let response = with_beside(ui, name, field, (look, beside), mistake, |ui, _| {
        let button = button::beside_field(ui, None, button);
        ui.ctx()
            .accesskit_node_builder(button.id, |node| node.set_description(name));
        pressed = button.clicked();
    });
    (response, pressed)
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

/// No field gets narrower than this.
const LEAST: f32 = 100.0;

fn with_beside(
    ui: &mut Ui,
    name: &str,
    field: &mut TextField,
    (look, room_beside): (Look<'_>, f32),
    mistake: Option<&Invalid>,
    beside: impl FnOnce(&mut Ui, &mut TextField),
) -> Response {
    let shown = mistake.filter(|_| field.settled);
    let response = ui
        .vertical(|ui| {
            let label = caption(ui, name, look.note);
            let width = look.width.min((ui.available_width() - room_beside).max(LEAST));
            let look = Look { width, ..look };
            let row = ui.horizontal_wrapped(|ui| {
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
        .desired_width(look.width);
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
    let words = |ui: &mut Ui| {
        let label = ui.label(RichText::new(name).color(tokens(ui).text));
        if !note.is_empty() {
            ui.label(RichText::new(note).color(tokens(ui).weak));
        }
        label
    };
    let label = ui
        .scope(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.spacing_mut().interact_size.y = 0.0; // a line of words, not of buttons
            ui.horizontal_wrapped(words).inner
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

/// A piece of advice below a field that holds no mistake, said to screen readers with the field.
pub fn hint(ui: &mut Ui, field: &Response, words: &str) {
    ui.ctx()
        .accesskit_node_builder(field.id, |node| node.set_description(words));
    let t = tokens(ui);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        mark::mark(ui, mark::Mark::Info, t.caution.text, t.page);
        label::wrapped(ui, RichText::new(words).color(t.caution.text).small());
    });
}

#[cfg(test)]
mod tests {
    use egui::Key;
    use egui::accesskit::Role;
    use egui_kittest::kittest::{NodeT, Queryable};

    use super::*;
    use crate::ui::widgets::testing::{description, focused, harness, press};

    fn mistake() -> Invalid {
        Invalid::new("name", "it is not allowed", "Contoso")
    }

    #[test]
    fn a_mistake_is_told_once_the_field_is_left() {
        let mut harness = harness(TextField::default(), |ui, field| {
            text(ui, "Name:", field, Look::default(), Some(&mistake()));
            button::small(ui, "after");
        });
        harness.get_by_role_and_label(Role::TextInput, "Name:").focus();
        harness.run_steps(2);
        harness.get_by_role_and_label(Role::TextInput, "Name:").type_text("x");
        harness.run_steps(2);
        assert_eq!(description(&harness, Role::TextInput, "Name:"), None);
        press(&mut harness, &[Key::Tab]);
        assert!(
            description(&harness, Role::TextInput, "Name:")
                .unwrap()
                .contains("not allowed")
        );
        let field = harness.get_by_role_and_label(Role::TextInput, "Name:");
        assert_eq!(
            field.accesskit_node().data().invalid(),
            Some(egui::accesskit::Invalid::True)
        );
    }

    #[test]
    fn enter_keeps_the_focus_in_the_field_and_tells_its_mistake() {
        let mut harness = harness(TextField::holding("x"), |ui, field| {
            text(ui, "Name:", field, Look::default(), Some(&mistake()));
        });
        harness.get_by_role_and_label(Role::TextInput, "Name:").focus();
        harness.run_steps(2);
        press(&mut harness, &[Key::Enter]);
        assert!(description(&harness, Role::TextInput, "Name:").is_some());
        assert_eq!(focused(&harness).as_deref(), Some("Name:"));
    }

    #[test]
    fn long_text_stays_inside_its_field() {
        let long = TextField::holding("x".repeat(2000));
        let harness = harness(long, |ui, field| {
            text(ui, "Name:", field, Look::default(), None);
        });
        let rect = harness.get_by_role_and_label(Role::TextInput, "Name:").rect();
        assert!(rect.width() <= size::FIELD + 1.0, "{rect:?}");
    }

    #[test]
    fn tab_leaves_a_field_of_several_lines() {
        let mut harness = harness("one".to_owned(), |ui, value| {
            lines(ui, "Description:", value, 3, "");
            button::small(ui, "after");
        });
        harness
            .get_by_role_and_label(Role::MultilineTextInput, "Description:")
            .focus();
        harness.run_steps(2);
        press(&mut harness, &[Key::Enter, Key::Tab]);
        assert!(!harness.state().contains('\t'), "{:?}", harness.state());
        assert_eq!(harness.state().matches('\n').count(), 1, "Enter makes a line");
        assert_eq!(focused(&harness).as_deref(), Some("after"));
    }

    #[test]
    fn a_shortcut_puts_its_date_in() {
        let mut harness = harness(TextField::default(), |ui, field| {
            date(ui, "Expiry:", field, "", None, &[("+1 year", "2027-11-25".to_owned())]);
        });
        harness.get_by_role_and_label(Role::Button, "+1 year").click();
        harness.run_steps(2);
        assert_eq!(harness.state().text, "2027-11-25");
        harness.get_by_role_and_label(Role::TextInput, "Expiry:");
    }

    #[test]
    fn browse_stands_beside_a_path_and_says_what_it_is_for() {
        let mut harness = harness((TextField::default(), false), |ui, (field, browsed)| {
            *browsed |= path(ui, "File:", field, Look::default(), None).1;
        });
        assert_eq!(
            description(&harness, Role::Button, words::BROWSE).as_deref(),
            Some("File:")
        );
        harness.get_by_role_and_label(Role::Button, words::BROWSE).click();
        harness.run_steps(2);
        assert!(harness.state().1);
    }

    #[test]
    fn a_field_is_not_wider_than_the_room_there_is() {
        let harness = harness(TextField::default(), |ui, field| {
            ui.set_max_width(300.0);
            path(ui, "File:", field, Look::default(), None);
        });
        let field = harness.get_by_role_and_label(Role::TextInput, "File:").rect();
        let browse = harness.get_by_role_and_label(Role::Button, words::BROWSE).rect();
        assert!(browse.max.x <= field.min.x + 301.0, "{field:?} {browse:?}");
    }
}
