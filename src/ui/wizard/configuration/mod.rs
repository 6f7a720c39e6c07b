//! The page *Configuration*: where the groups go, whether the app may put them there, and which collections they come from.
//!
//! | file | part |
//! | --- | --- |
//! | [`workspace`] | subscription, resource group, workspace; or a resource ID |
//! | [`health`] | what is to be known of the workspace |
//! | [`history`] | computer groups alone or history too; a connection that stands there already |
//! | [`members`] | all computers of a collection, or clients only |
//! | [`rights`] | what the app may do there, and who can give it what is missing |
//! | [`help`] | commands for an administrator, and the sign-in of one |
//! | [`collections`] | the chosen device collections |

use egui::Ui;

use super::section::section;
use crate::flow::Asker;
use crate::flow::wizard::Wizard;
use crate::text;
use crate::text::configuration as words;
use crate::ui::widgets::message::{self, Kind};

mod collections;
mod health;
pub mod help;
mod history;
mod members;
mod rights;
mod workspace;

/// Draws the page.
pub fn show(ui: &mut Ui, wizard: &mut Wizard, asker: &mut Asker) {
    let Some((app, site)) = wizard.accesses() else {
        message::message(ui, Kind::Caution, words::EARLIER_PAGE);
        return;
    };
    let here = wizard.site_here();
    let place = &mut wizard.place;
    workspace::show(ui, place, &app, asker);
    health::show(ui, place, &app);
    if let Some(here) = &here {
        history::found(ui, place, &app, (here, &site), asker);
    }
    section(ui, text::history::WHAT, |ui| history::choice(ui, place, &app, asker));
    rights::show(ui, place, &app);
    section(ui, words::CHECK_AGAIN, |ui| {
        workspace::check_again(ui, place, &app, asker)
    });
    section(ui, text::administrator::COMMANDS, |ui| help::buttons(ui, place));
    section(ui, words::RESOURCE_ID, |ui| workspace::typed(ui, place, &app, asker));
    section(ui, text::members::WHO, |ui| members::choice(ui, place));
    section(ui, words::COLLECTIONS, |ui| collections::show(ui, place, &site, asker));
}
