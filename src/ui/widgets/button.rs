//! Buttons.

use egui::{Color32, Id, Rect, Response, Sense, Stroke, StrokeKind, TextStyle, Ui, WidgetInfo, accesskit::Role, vec2};

use super::{focus, mark};
use crate::text;
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

/// How long "Copied" stays, in seconds.
const COPIED: f64 = 2.0;

/// A button of the usual size.
pub fn button(ui: &mut Ui, kind: Kind, text: &str) -> Response {
    enabled(ui, kind, text, None)
}

/// A button that may be unavailable; then `why_not` says why, when pointed at and to screen readers.
pub fn enabled(ui: &mut Ui, kind: Kind, text: &str, why_not: Option<&str>) -> Response {
    let shape = Shape {
        kind,
        min_width: size::BUTTON,
        height: size::CONTROL,
        pad: 14.0,
        id: None,
    };
    shape.show_enabled(ui, text, why_not)
}

/// The same in a toolbar: no wider than its words need, so that the buttons stay in one line.
pub fn in_toolbar(ui: &mut Ui, kind: Kind, text: &str, why_not: Option<&str>) -> Response {
    let shape = Shape {
        kind,
        height: size::CONTROL,
        pad: 12.0,
        ..SMALL
    };
    shape.show_enabled(ui, text, why_not)
}

/// A small button inside running text or beside a field.
pub fn small(ui: &mut Ui, text: &str) -> Response {
    SMALL.show(ui, text)
}

/// How much room a button beside a field takes, with the space before it.
pub(super) fn width_beside_field(ui: &Ui, text: &str) -> f32 {
    let font = TextStyle::Button.resolve(ui.style());
    let words = ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER);
    (words.size().x + 24.0).ceil() + ui.spacing().item_spacing.x
}

/// A button beside a field, as high as the field. With `id` its response can be asked for before it is drawn.
pub(super) fn beside_field(ui: &mut Ui, id: Option<Id>, text: &str) -> Response {
    let shape = Shape {
        height: size::CONTROL,
        pad: 12.0,
        id,
        ..SMALL
    };
    shape.show(ui, text)
}

/// A small button that copies, and says for a moment that it did. `name` is what screen readers call it.
pub fn copy(ui: &mut Ui, name: &str, value: &str) -> Response {
    let id = ui.next_auto_id().with("copied");
    let now = ui.input(|input| input.time);
    let since = ui.data(|data| data.get_temp::<f64>(id)).map(|at| now - at);
    let copied = since.is_some_and(|seconds| seconds < COPIED);
    let words = if copied {
        text::window::COPIED
    } else {
        text::window::COPY
    };
    // As wide for both words, so that nothing beside it moves.
    let shape = Shape {
        min_width: 62.0,
        ..SMALL
    };
    let response = shape.show(ui, words);
    if name != text::window::COPY {
        let name = if copied {
            text::window::copied(name)
        } else {
            name.to_owned()
        };
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_label(name.as_str()));
    }
    if response.clicked() {
        ui.ctx().copy_text(value.to_owned());
        ui.data_mut(|data| data.insert_temp(id, now));
        ui.ctx()
            .request_repaint_after(std::time::Duration::from_secs_f64(COPIED));
    }
    response
}

/// Words that act like a button and look like a link.
pub fn link(ui: &mut Ui, text: &str) -> Response {
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), TextStyle::Body.resolve(ui.style()), tokens(ui).link);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x, galley.size().y.max(20.0)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), text));
    let at = egui::pos2(rect.min.x, rect.center().y - galley.size().y / 2.0);
    let under = at.y + galley.size().y;
    ui.painter().galley(at, galley, tokens(ui).link);
    if response.hovered() || response.has_focus() {
        let line = Stroke::new(1.0, tokens(ui).link);
        ui.painter().hline(rect.x_range(), under, line);
    }
    focus::ring(ui, &response);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// How a button is drawn.
#[derive(Clone, Copy)]
struct Shape {
    kind: Kind,
    min_width: f32,
    height: f32,
    pad: f32,
    id: Option<Id>,
}

const SMALL: Shape = Shape {
    kind: Kind::Plain,
    min_width: 0.0,
    height: 22.0,
    pad: 9.0,
    id: None,
};

impl Shape {
    /// Begins the next line of a row that wraps where the rest of this one is too short: what is drawn in a part of its own
    /// would be cut instead.
    fn make_room(self, ui: &mut Ui, text: &str) {
        if !ui.layout().main_wrap() {
            return;
        }
        let font = TextStyle::Button.resolve(ui.style());
        let words = ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER);
        let width = (words.size().x + 2.0 * self.pad).max(self.min_width).ceil();
        if ui.available_size_before_wrap().x < width {
            ui.end_row();
        }
    }

    /// With `why_not` it is not available.
    fn show_enabled(self, ui: &mut Ui, text: &str, why_not: Option<&str>) -> Response {
        self.make_room(ui, text);
        let response = ui.add_enabled_ui(why_not.is_none(), |ui| self.show(ui, text)).inner;
        match why_not {
            Some(why) if !why.is_empty() => {
                ui.ctx()
                    .accesskit_node_builder(response.id, |node| node.set_description(why));
                response.on_disabled_hover_text(why)
            }
            _ => response,
        }
    }

    fn show(self, ui: &mut Ui, text: &str) -> Response {
        let font = TextStyle::Button.resolve(ui.style());
        let most = ui.max_rect().width().max(60.0) - 2.0 * self.pad;
        let galley = mark::cut(ui, text, font, Color32::PLACEHOLDER, most);
        let width = (galley.size().x + 2.0 * self.pad).max(self.min_width).ceil();
        let height = self.height.max(galley.size().y + 4.0);
        let (rect, response) = match self.id {
            Some(id) => {
                let (_, rect) = ui.allocate_space(vec2(width, height));
                (rect, ui.interact(rect, id, Sense::click()))
            }
            None => {
                // As wide as the menu, where it stands in one.
                let response = ui.allocate_response(vec2(width, height), Sense::click());
                (response.rect, response)
            }
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), text));
        let ink = self.ground(ui, rect, &response);
        ui.painter().galley(rect.center() - galley.size() / 2.0, galley, ink);
        focus::ring(ui, &response);
        focus::stand_by(ui, &response);
        response
    }

    /// Draws what is behind the words; answers their colour.
    fn ground(self, ui: &Ui, rect: Rect, response: &Response) -> Color32 {
        let t = tokens(ui);
        let (pressed, hovered) = (response.is_pointer_button_down_on(), response.hovered());
        let (fill, edge, ink) = match self.kind {
            Kind::Default if ui.is_enabled() && (pressed || hovered) => {
                (t.accent_hovered, t.accent_hovered, t.on_accent)
            }
            Kind::Default if ui.is_enabled() => (t.accent, t.accent, t.on_accent),
            Kind::Danger if ui.is_enabled() && (pressed || hovered) => {
                (t.danger_hovered, t.danger_hovered, t.on_danger)
            }
            Kind::Danger if ui.is_enabled() => (t.danger, t.danger, t.on_danger),
            _ if pressed => (t.button_pressed, t.edge, t.text),
            _ if hovered => (t.button_hovered, t.edge, t.text),
            _ => (t.button, t.edge, t.text),
        };
        ui.painter()
            .rect(rect, 4.0, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
        ink
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{NodeT, Queryable};

    use super::*;
    use crate::ui::widgets::testing::{copied, description, focused, harness, press};

    #[test]
    fn a_button_that_is_not_available_says_why_and_is_no_tab_stop() {
        let mut harness = harness(0, |ui, clicks| {
            *clicks += i32::from(enabled(ui, Kind::Default, "Next", Some("Verify first.")).clicked());
            button(ui, Kind::Plain, "Cancel");
        });
        assert_eq!(
            description(&harness, Role::Button, "Next").as_deref(),
            Some("Verify first.")
        );
        harness.get_by_role_and_label(Role::Button, "Next").click();
        press(&mut harness, &[egui::Key::Tab]);
        assert_eq!(focused(&harness).as_deref(), Some("Cancel"));
        assert_eq!(*harness.state(), 0);
        assert!(
            harness
                .get_by_role_and_label(Role::Button, "Next")
                .accesskit_node()
                .is_disabled()
        );
    }

    #[test]
    fn a_row_that_wraps_cuts_no_button() {
        for why_not in [None, Some("Not now.")] {
            let harness = harness((), move |ui, ()| {
                ui.set_max_width(200.0);
                ui.horizontal_wrapped(|ui| {
                    button(ui, Kind::Plain, "Update secret key…");
                    enabled(ui, Kind::Plain, "Move connection…", why_not);
                });
            });
            let place = |name| harness.get_by_role_and_label(Role::Button, name).rect();
            let (first, second) = (place("Update secret key…"), place("Move connection…"));
            assert!(second.top() >= first.bottom(), "{first} {second}");
            assert!(second.width() > 100.0, "{second}");
        }
    }

    #[test]
    fn copying_is_confirmed() {
        let mut harness = harness((), |ui, ()| {
            copy(ui, text::window::COPY, "value");
        });
        harness.get_by_role_and_label(Role::Button, text::window::COPY).click();
        harness.step();
        harness.step();
        assert_eq!(copied(&harness).as_deref(), Some("value"));
        harness.step();
        harness.get_by_role_and_label(Role::Button, text::window::COPIED);
    }
}
