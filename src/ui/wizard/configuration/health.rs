//! What is to be known of the chosen workspace, said at once below its choice.

use egui::Ui;

use crate::flow::effect::AppAccess;
use crate::flow::wizard::Place;
use crate::model::Warning;
use crate::model::plan::CheckKind;
use crate::text::configuration as words;
use crate::ui::widgets::{label, message};

/// Draws region and warnings, from the list as long as the workspace itself has not been read.
pub fn show(ui: &mut Ui, place: &Place, app: &AppAccess) {
    let workspace = place.described(app);
    if let Some(location) = workspace.and_then(|workspace| workspace.location.as_deref()) {
        label::weak(ui, &words::region(location, place.history.wanted));
    }
    let mut warnings = workspace.map(crate::model::Workspace::warnings).unwrap_or_default();
    for read in as_read(place, app) {
        if !warnings.contains(read) {
            warnings.push(read.clone());
        }
    }
    message::warnings(ui, &warnings);
}

/// The warnings with which it was read.
fn as_read<'a>(place: &'a Place, app: &AppAccess) -> impl Iterator<Item = &'a Warning> {
    let question = place.workspace().map(|id| (app.duplicate(), id.clone()));
    let seen = question.and_then(|question| place.rights().of(&question));
    let checks = seen.map_or(&[][..], |seen| &seen.checks).iter();
    checks
        .filter(|check| check.what == CheckKind::Workspace)
        .flat_map(|check| &check.warnings)
}
