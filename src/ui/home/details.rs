//! What is known of the selected connection; the page before there is any.

use egui::{Label, RichText, Ui};

use super::{attention, collections, words};
use crate::flow::Program;
use crate::model::report::ConnectionOverview;
use crate::ui::theme::space;
use crate::ui::widgets::label;

/// What is known of a connection.
pub(super) fn of(ui: &mut Ui, program: &Program, overview: &ConnectionOverview) {
    label::group(ui, overview.connection.setup.name.as_str());
    let facts = words::facts(overview, &attention::key_words(program, overview));
    label::facts(ui, words::TITLE, facts);
    if !overview.collections.is_empty() && overview.last_run.is_some() {
        ui.add_space(space::S);
        ui.push_id(overview.connection.id.to_string(), |ui| {
            collections::show(ui, program, overview)
        });
    }
}

/// What this is for and what one needs, while there is no connection.
pub(super) fn before_there_is_any(ui: &mut Ui, on_lab: bool) {
    ui.add_space(space::S);
    label::text(ui, words::WHAT_THIS_DOES);
    label::group(ui, words::AT_HAND);
    for need in words::NEEDS {
        ui.horizontal_top(|ui| {
            label::weak(ui, "•");
            label::text(ui, need);
        });
    }
    label::group(ui, words::JUST_TRYING);
    if on_lab {
        label::text(ui, words::ON_LAB);
    } else {
        label::text(ui, words::TRY_ON_LAB);
        ui.add(Label::new(RichText::new(words::LAB_COMMAND).monospace()).selectable(true));
    }
}
