//! What the app may do on the chosen workspace, and who can give it what is missing.

use egui::Ui;

use crate::flow::effect::{AppAccess, RightsSeen};
use crate::flow::wizard::Place;
use crate::model::plan::{Check, CheckKind};
use crate::model::{Problem, WorkspaceId};
use crate::text;
use crate::text::configuration as words;
use crate::ui::theme::space;
use crate::ui::widgets::{label, message};
use crate::ui::wizard::mark::{self, Mark};
use crate::ui::wizard::snippet::snippet;

/// Draws what was seen on the chosen workspace; nothing where none is chosen.
pub fn show(ui: &mut Ui, place: &Place, app: &AppAccess) {
    let Some(id) = place.workspace() else { return };
    let question = (app.duplicate(), id.clone());
    if let Some(failure) = place.rights().failure(&question) {
        message::failure(ui, failure);
    }
    let Some(seen) = place.rights().of(&question) else {
        return;
    };
    label::group(ui, words::RIGHTS);
    for (at, check) in seen.checks.iter().enumerate() {
        ui.push_id(at, |ui| show_check(ui, check));
    }
    ui.add_space(space::XS);
    if lacks_rights(seen) {
        message::framed(ui, message::Kind::Bad, words::RIGHTS_MISSING, |ui| {
            how_to_grant(ui, app, Some(id));
        });
    } else if let Some(obstacle) = place.obstacle(app).filter(|_| all_passed(seen)) {
        message::failure(ui, &obstacle);
    }
}

fn all_passed(seen: &RightsSeen) -> bool {
    seen.checks.iter().all(|check| check.outcome.is_ok())
}

/// Whether anything is missing that a role would give.
fn lacks_rights(seen: &RightsSeen) -> bool {
    seen.checks.iter().any(is_refusal)
}

fn is_refusal(check: &Check) -> bool {
    check
        .outcome
        .as_ref()
        .is_err_and(|failure| matches!(failure.problem(), Problem::NotAllowed { .. }))
}

fn show_check(ui: &mut Ui, check: &Check) {
    let (words, note) = match (&check.what, &check.outcome) {
        (CheckKind::Right { operation }, _) => (words::right(operation).to_owned(), operation.as_str()),
        (CheckKind::Workspace, Ok(seen)) => (words::READ_WORKSPACE.to_owned(), seen.as_str()),
        (CheckKind::Workspace, Err(_)) => (words::READ_WORKSPACE.to_owned(), ""),
        (what, _) => (text::progress::check(what), ""),
    };
    let (mark, state) = if check.outcome.is_ok() {
        (Mark::Good, words::ALLOWED)
    } else {
        (Mark::Bad, words::MISSING)
    };
    mark::line(ui, mark, &words, &format!("{state}: {words}"), note);
    if let Some(failure) = check.outcome.as_ref().err().filter(|_| !is_refusal(check)) {
        message::failure(ui, failure);
    }
    message::warnings(ui, &check.warnings);
}

/// Who must do what, so that the app may do what groups need.
pub fn how_to_grant(ui: &mut Ui, app: &AppAccess, workspace: Option<&WorkspaceId>) {
    label::text(ui, words::WHO_CAN_GRANT);
    for step in words::how_to_grant(&app.app) {
        label::text(ui, &step);
    }
    ui.add_space(space::XS);
    label::text(ui, words::OR_COMMAND);
    snippet(ui, &words::grant_command(&app.app, workspace));
}
