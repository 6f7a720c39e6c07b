//! A dialog over the page. Escape and a click beside it close it; the focus goes to its first field, and back when it closes.

use egui::{Context, Id, Modal, Ui};

use super::{focus, label};
use crate::ui::theme::{size, space};

/// Where the focus was before a dialog opened, and when that dialog was last drawn.
#[derive(Clone, Copy)]
struct Open {
    dialog: Id,
    came_from: Option<Id>,
    pass: u64,
}

fn key() -> Id {
    Id::unique("asw open dialog")
}

/// Draws a dialog. Answers what its content answered, and whether a person wants it closed.
pub fn dialog<R>(ctx: &Context, title: &str, content: impl FnOnce(&mut Ui) -> R) -> (R, bool) {
    let id = Id::unique(("dialog", title));
    let pass = ctx.cumulative_pass_nr();
    let open = ctx
        .data(|data| data.get_temp::<Open>(key()))
        .filter(|open| open.dialog == id);
    if open.is_none() {
        focus::ask_in_dialog(ctx);
    }
    let came_from = open.map_or_else(|| ctx.memory(|memory| memory.focused()), |open| open.came_from);
    ctx.data_mut(|data| {
        data.insert_temp(
            key(),
            Open {
                dialog: id,
                came_from,
                pass,
            },
        );
    });
    let area = Modal::default_area(id).accessible_name(title);
    let modal = Modal::new(id).area(area).show(ctx, |ui| {
        ui.set_width(size::DIALOG.min(ctx.content_rect().width() - 2.0 * space::XL));
        label::title(ui, title);
        ui.add_space(space::S);
        content(ui)
    });
    let close = modal.should_close();
    (modal.inner, close)
}

/// Once a frame, after everything was drawn: the focus goes back to where it was before a dialog that is gone.
pub fn end_of_frame(ctx: &Context) {
    let pass = ctx.cumulative_pass_nr();
    let gone = ctx
        .data(|data| data.get_temp::<Open>(key()))
        .filter(|open| open.pass < pass);
    if let Some(open) = gone {
        ctx.data_mut(|data| data.remove::<Open>(key()));
        if let Some(field) = open.came_from {
            ctx.memory_mut(|memory| memory.request_focus(field));
        }
    }
}
