//! *General*: what must be there before, and the connection to the site.
//!
//! | file | part |
//! | --- | --- |
//! | [`checklist`] | the prerequisites: ticks, what to do about each, what is no longer needed |
//! | [`site`] | SMS Provider, sign-in, trust |
//! | [`result`] | *Check the site*, and what it answered |
//! | [`certificate`] | the dialog over the page with a certificate that waits for a yes or no |

use egui::Ui;

use crate::flow::Asker;
use crate::flow::wizard::Wizard;
use crate::text::general as words;
use crate::ui::widgets::label;

pub mod certificate;
pub mod checklist;
pub mod result;
pub mod site;

/// Draws the page.
pub fn show(ui: &mut Ui, wizard: &mut Wizard, asker: &mut Asker) {
    label::text(ui, words::INTRO);
    checklist::show(ui, wizard);
    site::show(ui, &mut wizard.general, asker);
}
