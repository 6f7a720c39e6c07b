//! The focus goes to the first field of what has just been opened: a page, or a dialog above it.

use egui::{AsIdSalt, Context, Id, Order, Response, Ui, UiBuilder};

fn key() -> Id {
    Id::unique("asw focus wanted")
}

/// The first field that is drawn on a page gets the focus.
pub fn ask_on_page(ctx: &Context) {
    ctx.data_mut(|data| data.insert_temp(key(), Order::Background));
}

/// The first field that is drawn in a dialog gets the focus.
pub fn ask_in_dialog(ctx: &Context) {
    ctx.data_mut(|data| data.insert_temp(key(), Order::Foreground));
}

/// Every field calls this: the first one to do so after it was asked for gets the focus.
pub fn claim(ui: &Ui, field: &Response) {
    let wanted = ui.ctx().data(|data| data.get_temp::<Order>(key()));
    if wanted == Some(ui.layer_id().order) && field.enabled() {
        ui.ctx().data_mut(|data| data.remove::<Order>(key()));
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
