//! The tab *General*.

use egui::Ui;

use super::{Wish, facts};
use crate::flow::properties::Properties;
use crate::text::properties as words;
use crate::text::{azure_services, home, window};
use crate::ui::theme::{size, space};
use crate::ui::widgets::form;

/// Draws it.
pub(super) fn show(ui: &mut Ui, properties: &mut Properties) -> Option<Wish> {
    let mistake = properties.name_mistake();
    let look = form::Look {
        note: words::NAME_NOTE,
        width: size::FIELD,
        example: azure_services::NAME_EXAMPLE,
    };
    form::text(ui, words::NAME, &mut properties.draft.name, look, mistake.as_ref());
    ui.add_space(space::S);
    form::lines(
        ui,
        words::DESCRIPTION,
        &mut properties.draft.description,
        5,
        window::OPTIONAL,
    );
    ui.add_space(space::M);
    let connection = &properties.overview().connection;
    let known = [
        (azure_services::SERVICE, azure_services::OMS_CONNECTOR.to_owned()),
        (
            home::column(crate::model::connection_list::ListColumn::State),
            home::state(connection.state).to_owned(),
        ),
        (words::CONNECTION_ID, connection.id.to_string()),
    ];
    facts(ui, "general", known);
    None
}
