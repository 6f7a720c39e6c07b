//! *Import Apps*: the app registration, and whether Azure lets it in.
//!
//! | file | part |
//! | --- | --- |
//! | [`known`] | an app that the site knows already |
//! | [`document`] | what the Azure command line has printed: from a file, dropped, or pasted |
//! | [`fields`] | the seven fields of the original article |
//! | [`verify`] | *Verify* and what Azure answered |

use egui::Ui;

use crate::flow::Asker;
use crate::flow::wizard::Wizard;
use crate::text::import_apps as words;
use crate::ui::theme::space;
use crate::ui::widgets::label;
use crate::ui::wizard::section::section;

pub mod document;
pub mod fields;
pub mod known;
pub mod verify;

/// Draws the page.
pub fn show(ui: &mut Ui, wizard: &mut Wizard, asker: &mut Asker) {
    if wizard.question.is_none() {
        // Before any field sees it: a pasted document belongs in none of them.
        document::take_pasted(ui, &mut wizard.app, asker);
        document::take_dropped(ui, &mut wizard.app, asker);
    }
    label::text(ui, words::INTRO);
    known::show(ui, wizard, asker);
    section(ui, words::FILE, |ui| document::show(ui, &mut wizard.app, asker));
    ui.add_space(space::M);
    let go_to = wizard.go_to.take();
    section(ui, words::CLIENT_ID, |ui| fields::show(ui, &mut wizard.app, go_to));
    ui.add_space(space::M);
    section(ui, words::VERIFY, |ui| verify::show(ui, wizard, asker));
}
