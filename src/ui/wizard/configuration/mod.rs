//! The page *Configuration*: where the groups go, whether the app may put them there, and which collections they come from.
//!
//! | file | part |
//! | --- | --- |
//! | [`workspace`] | subscription, resource group, workspace; or a resource ID |
//! | [`rights`] | what the app may do there, and who can give it what is missing |
//! | [`collections`] | the chosen device collections |

use egui::Ui;

use super::section::section;
use crate::flow::Asker;
use crate::flow::wizard::Wizard;
use crate::text::configuration as words;
use crate::ui::widgets::message::{self, Kind};

mod collections;
mod rights;
mod workspace;

/// Draws the page.
pub fn show(ui: &mut Ui, wizard: &mut Wizard, asker: &mut Asker) {
    let Some((app, site)) = wizard.accesses() else {
        message::message(ui, Kind::Caution, words::EARLIER_PAGE);
        return;
    };
    let place = &mut wizard.place;
    workspace::show(ui, place, &app, asker);
    rights::show(ui, place, &app);
    section(ui, words::CHECK_AGAIN, |ui| {
        workspace::check_again(ui, place, &app, asker)
    });
    section(ui, words::RESOURCE_ID, |ui| workspace::typed(ui, place, &app, asker));
    section(ui, words::COLLECTIONS, |ui| collections::show(ui, place, &site, asker));
}
