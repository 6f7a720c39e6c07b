//! Who gets a key. A widget that uses a key takes it out of the input; what is left belongs to the page.
//!
//! Enter does what the page's default button does, unless the focus is on something that uses Enter itself. Only widgets that
//! say so here let Enter pass: a widget that nobody thought of keeps it.

use egui::{Context, Id, Key, Modifiers, Response, Ui};

fn pass_key() -> Id {
    Id::unique("asw-lets-enter-pass")
}

/// Takes a key out of the input. Answers whether it was pressed.
pub fn take(ctx: &Context, key: Key) -> bool {
    ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key))
}

/// A widget that has no use for Enter itself calls this.
pub fn lets_enter_pass(ui: &Ui, widget: &Response) {
    if widget.has_focus() {
        let now = ui.ctx().cumulative_pass_nr();
        ui.ctx().data_mut(|data| data.insert_temp(pass_key(), now));
    }
}

/// Whether Enter was pressed for the default button: of a page, or of a dialog. To be asked after everything was drawn.
pub fn enter(ctx: &Context) -> bool {
    let now = ctx.cumulative_pass_nr();
    let passes = ctx.data(|data| data.get_temp::<u64>(pass_key())) == Some(now);
    let free = passes || ctx.memory(|memory| memory.focused()).is_none();
    free && take(ctx, Key::Enter)
}

/// Whether Enter was pressed in this field; then nobody else gets it.
pub fn enter_in(ui: &Ui, field: &Response) -> bool {
    (field.has_focus() || field.lost_focus()) && take(ui.ctx(), Key::Enter)
}

/// Whether Escape was pressed, and no list that hangs down from a field is open.
pub fn escape(ctx: &Context) -> bool {
    !egui::Popup::is_any_open(ctx) && take(ctx, Key::Escape)
}

#[cfg(test)]
mod tests {
    use egui::accesskit::Role;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::flow::TextField;
    use crate::ui::widgets::testing::{harness, press};
    use crate::ui::widgets::{button, form};

    /// What stands in the fields, how often Enter came through, how often the button was clicked.
    type State = (TextField, String, u32, u32);

    fn entered(role: Role, label: &str) -> (u32, u32) {
        let mut harness = harness(State::default(), |ui, (line, lines, entered, clicked)| {
            form::text(ui, "Line", line, form::Look::default(), None);
            form::lines(ui, "Lines", lines, 2, "");
            *clicked += u32::from(button::small(ui, "Details").clicked());
            *entered += u32::from(enter(ui.ctx()));
        });
        if !label.is_empty() {
            harness.get_by_role_and_label(role, label).focus();
            harness.run_steps(2);
        }
        press(&mut harness, &[Key::Enter]);
        (harness.state().2, harness.state().3)
    }

    #[test]
    fn enter_belongs_to_the_page_where_nothing_else_uses_it() {
        assert_eq!(entered(Role::Button, ""), (1, 0), "no focus");
        assert_eq!(entered(Role::TextInput, "Line"), (1, 0), "a line of text");
        assert_eq!(entered(Role::MultilineTextInput, "Lines"), (0, 0), "several lines");
        assert_eq!(entered(Role::Button, "Details"), (0, 1), "a button");
    }
}
