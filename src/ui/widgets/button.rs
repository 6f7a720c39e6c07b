//! Buttons.

use egui::{Button, Response, RichText, Ui, Widget, vec2};

use crate::ui::theme::{size, tokens};

/// What a button is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What Enter does.
    Default,
    /// Anything else.
    Plain,
    /// Takes something away.
    Danger,
}

/// A button of the usual size.
pub fn button(ui: &mut Ui, kind: Kind, text: &str) -> Response {
    enabled(ui, kind, text, None)
}

/// A button that may be unavailable; then `why_not` says why, when pointed at and to screen readers.
pub fn enabled(ui: &mut Ui, kind: Kind, text: &str, why_not: Option<&str>) -> Response {
    let t = tokens(ui);
    let available = why_not.is_none();
    let (fill, ink) = match kind {
        Kind::Default if available => (Some(t.accent), t.on_accent),
        Kind::Danger if available => (Some(t.danger), t.on_danger),
        _ => (None, t.text),
    };
    let mut button = Button::new(RichText::new(text).color(ink)).min_size(vec2(size::BUTTON, size::CONTROL));
    if let Some(fill) = fill {
        button = button.fill(fill);
    }
    let response = ui.add_enabled(available, button);
    match why_not {
        Some(why) if !why.is_empty() => {
            ui.ctx()
                .accesskit_node_builder(response.id, |node| node.set_description(why));
            response.on_disabled_hover_text(why)
        }
        _ => response,
    }
}

/// A small button inside running text or beside a field.
pub fn small(ui: &mut Ui, text: &str) -> Response {
    Button::new(text).small().ui(ui)
}
