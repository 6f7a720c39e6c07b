//! The lab's values beside the form, ready to copy: what a person would have from the portal and the console.

use egui::{Frame, Label, Margin, RichText, ScrollArea, Stroke, Ui};

use super::theme::{size, space, tokens};
use super::widgets::{button, label};
use crate::text::lab_sheet as words;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The field that it goes into, as the wizard names it.
    pub name: String,
    /// The value.
    pub value: String,
}

/// Values in groups, each with a title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabSheet {
    /// Groups: title and values.
    pub groups: Vec<(String, Vec<Value>)>,
}

impl LabSheet {
    /// How wide the panel is in a window of this width: the form comes first.
    pub fn width(window: f32) -> f32 {
        (window * 0.27).clamp(200.0, size::SHEET).floor()
    }

    /// The panel on the right: fills what it is given. To be drawn after the page, so that Tab comes to it last.
    pub fn panel(&self, ui: &mut Ui) {
        let rect = ui.available_rect_before_wrap();
        let t = tokens(ui);
        ui.painter().rect_filled(rect, 0.0, t.chrome);
        ui.painter()
            .vline(rect.min.x + 0.5, rect.y_range(), Stroke::new(1.0, t.line));
        let frame = Frame::new().inner_margin(Margin::symmetric(space::M as i8 + 2, space::M as i8));
        frame.show(ui, |ui| {
            let scroll = ScrollArea::vertical().id_salt("lab-sheet").auto_shrink(false);
            scroll.show(ui, |ui| {
                ui.set_width(ui.available_width() - space::S);
                label::group(ui, words::TITLE);
                label::weak(ui, words::WHAT);
                for (title, values) in &self.groups {
                    label::group(ui, title);
                    for each in values {
                        value(ui, each);
                    }
                }
            });
        });
    }
}

fn value(ui: &mut Ui, each: &Value) {
    ui.push_id(&each.name, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.horizontal(|ui| {
            let room = ui.available_width() - 62.0 - space::S;
            ui.allocate_ui(egui::vec2(room, 22.0), |ui| {
                ui.set_width(room);
                let name = RichText::new(&each.name).small().color(tokens(ui).weak);
                ui.add(Label::new(name).wrap());
            });
            button::copy(ui, &words::copy(&each.name), &each.value);
        });
        let value = RichText::new(&each.value).monospace().color(tokens(ui).text);
        ui.add(Label::new(value).wrap().selectable(true));
        ui.add_space(space::S);
    });
}

#[cfg(test)]
mod tests {
    use egui::accesskit::Role;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::widgets::testing::{copied, harness};

    #[test]
    fn every_value_has_a_copy_button_with_its_name() {
        let value = |name: &str, value: &str| Value {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let values = vec![value("Client ID", "1-2-3"), value("Secret Key", "abc")];
        let sheet = LabSheet {
            groups: vec![("App".to_owned(), values)],
        };
        let mut harness = harness((), move |ui, ()| sheet.panel(ui));
        harness.get_by_role_and_label(Role::Button, "Copy Client ID");
        harness.get_by_role_and_label(Role::Button, "Copy Secret Key").click();
        harness.run_steps(2);
        assert_eq!(copied(&harness).as_deref(), Some("abc"));
    }
}
