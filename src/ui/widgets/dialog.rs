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
    Id::unique("asw open dialogs")
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
