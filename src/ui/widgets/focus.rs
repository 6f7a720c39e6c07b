//! Where the focus is and where it goes: a ring around what has it, the first field of what has just been opened, and back to
//! the field in which Enter was pressed.

use egui::{AsIdSalt, Context, Id, Key, LayerId, Order, Response, Stroke, StrokeKind, Ui, UiBuilder};

use crate::ui::theme::tokens;

/// Who is meant by "the first field".
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    OnPage,
    InDialog,
    In(LayerId),
}

fn key() -> Id {
    Id::unique("asw-focus-wanted")
}

fn fallback_key() -> Id {
    Id::unique("asw-focus-fallback")
}

fn seen_key() -> Id {
    Id::unique("asw-focus-seen")
}

fn back_key() -> Id {
    Id::unique("asw-focus-back")
}

fn ask(ctx: &Context, wanted: Wanted) {
    ctx.data_mut(|data| {
        data.insert_temp(key(), wanted);
        data.remove::<Id>(fallback_key());
    });
}

/// The first field that is drawn on a page gets the focus.
pub fn ask_on_page(ctx: &Context) {
    ask(ctx, Wanted::OnPage);
}

/// The first field that is drawn in a dialog gets the focus.
pub fn ask_in_dialog(ctx: &Context) {
    ask(ctx, Wanted::InDialog);
}

/// The first field that is drawn in this layer gets the focus.
pub(super) fn ask_in(ctx: &Context, layer: LayerId) {
    ask(ctx, Wanted::In(layer));
}

fn is_meant(ui: &Ui) -> bool {
    match ui.ctx().data(|data| data.get_temp::<Wanted>(key())) {
        Some(Wanted::OnPage) => ui.layer_id().order == Order::Background,
        Some(Wanted::InDialog) => ui.layer_id().order == Order::Foreground,
        Some(Wanted::In(layer)) => ui.layer_id() == layer,
        None => false,
    }
}

/// Every field calls this: the first one to do so after it was asked for gets the focus.
pub fn claim(ui: &Ui, field: &Response) {
    if field.enabled() && is_meant(ui) {
        ui.ctx().data_mut(|data| data.remove::<Wanted>(key()));
        field.request_focus();
    }
}

/// The same, each time that the dialog shows another stage than when it was last drawn.
pub fn follow_stage(ctx: &Context, stage: &'static str) {
    let last = Id::unique("asw stage of the dialog");
    if ctx.data(|data| data.get_temp::<&'static str>(last)) != Some(stage) {
        ctx.data_mut(|data| data.insert_temp(last, stage));
        ask_in_dialog(ctx);
    }
}

/// What is drawn in here keeps the focus when something comes or goes above it. (egui numbers widgets in the order in which they
/// are drawn; a message that appears would make others of all that follow.)
pub fn steady<R>(ui: &mut Ui, name: impl AsIdSalt, content: impl FnOnce(&mut Ui) -> R) -> R {
    let id = ui.scope_id().with("steady").with(name);
    ui.scope_builder(UiBuilder::new().scope_id(id), content).inner
}

/// Every button calls this: the first one gets the focus of a dialog in which there is no field.
pub(super) fn stand_by(ui: &Ui, button: &Response) {
    if button.enabled() && is_meant(ui) {
        ui.ctx().data_mut(|data| {
            data.get_temp_mut_or(fallback_key(), button.id);
        });
    }
}

/// A dialog was drawn for the first time, and no field wanted the focus.
pub(super) fn settle_in(ctx: &Context, layer: LayerId) {
    let unclaimed = ctx.data(|data| data.get_temp::<Wanted>(key())) == Some(Wanted::In(layer));
    let button = ctx.data(|data| data.get_temp::<Id>(fallback_key()));
    // In the very first pass a dialog is only measured: nothing in it can have the focus yet.
    if let (true, Some(button)) = (unclaimed, button) {
        ctx.data_mut(|data| data.remove::<Wanted>(key()));
        ctx.memory_mut(|memory| memory.request_focus(button));
    }
}

/// Draws the ring where a widget that we paint ourselves has the focus, and brings it into view when it gets it.
pub fn ring(ui: &Ui, widget: &Response) {
    if widget.has_focus() {
        let stroke = Stroke::new(2.0, tokens(ui).link);
        ui.painter()
            .rect_stroke(widget.rect.expand(1.0), 5.0, stroke, StrokeKind::Outside);
    }
    into_view(widget);
}

/// The same inside of the edge, for what fills all the room there is.
pub(super) fn ring_inside(ui: &Ui, widget: &Response) {
    if widget.has_focus() {
        let stroke = Stroke::new(2.0, tokens(ui).link);
        ui.painter().rect_stroke(widget.rect, 4.0, stroke, StrokeKind::Inside);
    }
    into_view(widget);
}

/// What gets the focus is scrolled into view, once. egui's own `gained_focus` misses what got it after it was drawn.
pub(super) fn into_view(widget: &Response) {
    if !widget.has_focus() {
        return;
    }
    let before = widget
        .ctx
        .data_mut(|data| std::mem::replace(data.get_temp_mut_or(seen_key(), Id::NULL), widget.id));
    if before != widget.id {
        widget.scroll_to_me(None);
    }
}

/// egui takes the focus from a line of text when Enter is pressed. A person who corrects a mistake wants to type on.
pub(super) fn keep_after_enter(ui: &Ui, field: &Response) {
    if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        ui.ctx().data_mut(|data| data.insert_temp(back_key(), field.id));
    }
}

/// Once a frame, after everything was drawn.
pub(super) fn end_of_frame(ctx: &Context) {
    let back = ctx.data(|data| data.get_temp::<Id>(back_key()));
    ctx.data_mut(|data| data.remove::<Id>(back_key()));
    let wanted = ctx.data(|data| data.get_temp::<Wanted>(key()));
    if let (Some(field), None, None) = (back, wanted, ctx.memory(|memory| memory.focused())) {
        ctx.memory_mut(|memory| memory.request_focus(field));
    }
    let focused = ctx.memory(|memory| memory.focused());
    if ctx.data(|data| data.get_temp::<Id>(seen_key())) != focused {
        ctx.data_mut(|data| data.remove::<Id>(seen_key()));
    }
    // A page without a field: nobody may take the focus later, when the person is somewhere else.
    if wanted == Some(Wanted::OnPage) {
        ctx.data_mut(|data| data.remove::<Wanted>(key()));
    }
}
