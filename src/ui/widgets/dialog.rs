//! A dialog over the page. Escape closes it; the focus goes to its first field, stays inside, and goes back when it closes. A click
//! beside it does nothing: what was typed would be lost by a slip of the hand.

use egui::{Context, Frame, Id, Modal, ScrollArea, Ui};

use super::{focus, keys, label};
use crate::ui::theme::{size, space};

/// A dialog that is open: where the focus was before, and when it was last drawn.
#[derive(Clone, Copy)]
struct Open {
    dialog: Id,
    came_from: Option<Id>,
    pass: u64,
}

/// The open ones, the lowest first.
type Stack = Vec<Open>;

fn key() -> Id {
    Id::unique("asw-open-dialogs")
}

/// Draws a dialog. Answers what its content answered, and whether a person wants it closed.
pub fn dialog<R>(ctx: &Context, title: &str, content: impl FnOnce(&mut Ui) -> R) -> (R, bool) {
    sized(ctx, title, size::DIALOG, content)
}

/// The same, as wide as this.
pub fn sized<R>(ctx: &Context, title: &str, width: f32, content: impl FnOnce(&mut Ui) -> R) -> (R, bool) {
    let id = Id::unique(("dialog", title));
    let area = Modal::default_area(id).accessible_name(title);
    let layer = area.layer();
    if note(ctx, id) {
        focus::ask_in(ctx, layer);
    }
    let frame = Frame::popup(&ctx.global_style()).inner_margin(space::L);
    let window = ctx.content_rect().size();
    let modal = Modal::new(id).area(area).frame(frame).show(ctx, |ui| {
        ui.set_width(width.min(window.x - 2.0 * (space::L + space::M)));
        label::title(ui, title);
        ui.add_space(space::S);
        // The ring of what has the focus needs room that the scroll area does not cut off.
        let highest = window.y - 2.0 * (space::L + space::XL) - 40.0;
        ScrollArea::vertical()
            .id_salt("dialog")
            .max_height(highest)
            .min_scrolled_height(highest) // else it is as low as the dialog was when it was measured
            .show(ui, |ui| {
                ui.set_width(ui.available_width() - 4.0);
                let inner = content(ui);
                ui.add_space(4.0);
                inner
            })
            .inner
    });
    focus::settle_in(ctx, layer);
    let close = modal.is_top_modal && !modal.any_popup_open && keys::take(ctx, egui::Key::Escape);
    (modal.inner, close)
}

/// Whether Enter was pressed for the dialog's default button. To be asked at the end of its content.
pub fn enter(ui: &Ui) -> bool {
    keys::enter(ui.ctx())
}

/// Writes down that a dialog is drawn; answers whether it was not, before.
fn note(ctx: &Context, dialog: Id) -> bool {
    let pass = ctx.cumulative_pass_nr();
    let focused = ctx.memory(|memory| memory.focused());
    ctx.data_mut(|data| {
        let stack = data.get_temp_mut_or_default::<Stack>(key());
        if let Some(open) = stack.iter_mut().find(|open| open.dialog == dialog) {
            open.pass = pass;
            return false;
        }
        stack.push(Open {
            dialog,
            came_from: focused,
            pass,
        });
        true
    })
}

/// Once a frame, after everything was drawn: the focus goes back to where it was before a dialog that is gone.
pub fn end_of_frame(ctx: &Context) {
    let pass = ctx.cumulative_pass_nr();
    let gone = ctx.data_mut(|data| {
        let stack = data.get_temp_mut_or_default::<Stack>(key());
        let lowest = stack.iter().find(|open| open.pass < pass).copied();
        stack.retain(|open| open.pass == pass);
        lowest
    });
    if let Some(field) = gone.and_then(|open| open.came_from) {
        ctx.memory_mut(|memory| memory.request_focus(field));
    }
    focus::end_of_frame(ctx);
}

#[cfg(test)]
mod tests {
    use egui::Key;
    use egui::accesskit::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::flow::TextField;
    use crate::ui::widgets::testing::{focused, harness, press};
    use crate::ui::widgets::{button, form};

    /// Whether it is open, whether it has a field, how many lines it has.
    type State = (bool, bool, usize);

    fn page(state: State) -> Harness<'static, State> {
        let mut harness = harness(state, |ui, (open, field, lines)| {
            *open |= button::small(ui, "Open").clicked();
            button::small(ui, "Behind");
            if *open {
                let ctx = ui.ctx().clone();
                let (closed, escape) = dialog(&ctx, "Question", |ui| {
                    for _ in 0..*lines {
                        label::text(ui, "A line.");
                    }
                    let first = button::small(ui, "First");
                    if *field {
                        form::text(ui, "Field", &mut TextField::default(), form::Look::default(), None);
                    }
                    button::small(ui, "Last");
                    first.clicked()
                });
                *open = !(closed || escape);
            }
        });
        harness.get_by_role_and_label(Role::Button, "Open").focus();
        harness.run_steps(2);
        harness
    }

    fn opened(state: State) -> Harness<'static, State> {
        let mut harness = page(state);
        press(&mut harness, &[Key::Enter]);
        harness.run_steps(4);
        harness
    }

    #[test]
    fn the_focus_goes_to_the_first_field_and_back() {
        let mut harness = opened((false, true, 1));
        harness.get_by_role_and_label(Role::Dialog, "Question");
        assert_eq!(focused(&harness).as_deref(), Some("Field"));
        press(&mut harness, &[Key::Escape]);
        harness.run_steps(3);
        assert!(!harness.state().0);
        assert_eq!(focused(&harness).as_deref(), Some("Open"));
    }

    #[test]
    fn without_a_field_the_first_button_gets_it() {
        let harness = opened((false, false, 1));
        assert_eq!(focused(&harness).as_deref(), Some("First"));
    }

    #[test]
    fn tab_stays_inside() {
        let mut harness = opened((false, false, 1));
        for _ in 0..5 {
            press(&mut harness, &[Key::Tab]);
            let now = focused(&harness);
            assert!(matches!(now.as_deref(), Some("First" | "Last") | None), "{now:?}");
        }
    }

    #[test]
    fn a_click_beside_it_does_not_close_it() {
        let mut harness = opened((false, true, 1));
        let at = egui::pos2(5.0, 590.0);
        crate::ui::widgets::testing::pointer(&mut harness, at, true);
        crate::ui::widgets::testing::pointer(&mut harness, at, false);
        assert!(harness.state().0);
    }

    #[test]
    fn one_that_is_taller_than_the_window_scrolls() {
        let harness = opened((false, false, 100));
        let first = harness.get_by_role_and_label(Role::Button, "First").rect();
        assert!(first.max.y < 600.0, "what has the focus is not in view: {first:?}");
        let title = harness.get_by_role_and_label(Role::Heading, "Question").rect();
        assert!(title.min.y > 0.0, "{title:?}");
    }
}
