//! Whether the app may do what is needed, line by line, and who can give it what is missing.

use egui::Ui;

use crate::flow::effect::{AppAccess, HistorySeen, RightsSeen};
use crate::flow::wizard::Place;
use crate::model::plan::{Check, CheckKind};
use crate::model::{Problem, WorkspaceId};
use crate::text;
use crate::text::configuration as words;
use crate::text::history;
use crate::ui::theme::space;
use crate::ui::widgets::{busy, label, message};
use crate::ui::wizard::mark::{self, Mark};

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
    label::weak(ui, history::FOR_GROUPS);
    for (at, check) in seen.checks.iter().enumerate() {
        ui.push_id(at, |ui| show_check(ui, check, true));
    }
    ui.add_space(space::XS);
    if lacks_rights(seen) {
        message::framed(ui, message::Kind::Bad, words::RIGHTS_MISSING, |ui| {
            how_to_grant(ui, app);
            label::text(ui, words::OR_COMMANDS);
        });
    } else if let Some(obstacle) = place.obstacle(app).filter(|_| all_passed(seen)) {
        message::failure(ui, &obstacle);
    }
    for_history(ui, place, app, id);
}

/// What history needs; where it is wanted and something is missing, the simplest request comes first.
fn for_history(ui: &mut Ui, place: &Place, app: &AppAccess, id: &WorkspaceId) {
    if let Some(failure) = place.history.failure(app, id) {
        ui.push_id("history", |ui| message::failure(ui, failure));
    }
    if let Some(progress) = place.history.asking() {
        busy::busy(ui, history::ASKING, progress, false);
    }
    let Some(seen) = place.history.seen(app, id) else {
        return;
    };
    if place.history.wanted {
        request(ui, place, app, id, seen);
    }
    label::weak(ui, &history::for_both(&place.history.place_of_rule(id)));
    for (at, check) in seen.checks.iter().enumerate() {
        ui.push_id(("history", at), |ui| show_check(ui, check, place.history.wanted));
    }
}

/// What to ask for, or whose sign-in makes up for it.
fn request(ui: &mut Ui, place: &Place, app: &AppAccess, id: &WorkspaceId, seen: &HistorySeen) {
    let person = place.history.administrator.person(app.tenant());
    let missing = seen.checks.iter().any(is_refusal);
    if let Some(person) = person.filter(|_| !missing) {
        message::message(ui, message::Kind::Good, &history::made_by(&person.name));
    }
    if missing {
        let sentence = history::missing(&app.app, id, &place.history.place_of_rule(id));
        message::framed(ui, message::Kind::Bad, &sentence, |ui| {
            if let Some(person) = person {
                label::text(ui, &history::person_may_not(&person.name));
            }
            label::text(ui, history::MISSING_WAYS);
        });
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

/// A line with a mark and the same in words; below one that is missing, who can give it. What is not wanted is not alarming.
fn show_check(ui: &mut Ui, check: &Check, wanted: bool) {
    let (words, note) = match (&check.what, &check.outcome) {
        (CheckKind::Right { operation }, _) => (words::right(operation).to_owned(), words::short(operation)),
        (CheckKind::HistoryRight { operation, .. }, _) => (history::right(operation), words::short(operation)),
        (CheckKind::Workspace, Ok(seen)) => (words::READ_WORKSPACE.to_owned(), seen.as_str()),
        (CheckKind::Workspace, Err(_)) => (words::READ_WORKSPACE.to_owned(), ""),
        (what, _) => (text::progress::check(what), ""),
    };
    let (mark, state) = match (&check.what, &check.outcome) {
        (CheckKind::HistoryRight { .. }, Ok(way)) => (Mark::Good, history::allowed(way)),
        (_, Ok(_)) => (Mark::Good, words::ALLOWED.to_owned()),
        (_, Err(_)) => (
            if wanted { Mark::Bad } else { Mark::Pending },
            words::MISSING.to_owned(),
        ),
    };
    let words = format!("{state}: {words}");
    mark::line(ui, mark, &words, &words, note);
    if let (true, CheckKind::Right { operation } | CheckKind::HistoryRight { operation, .. }) =
        (wanted && is_refusal(check), &check.what)
    {
        mark::indented(ui, |ui| {
            label::weak(ui, &history::who_can_grant(operation));
        });
    }
    if let Some(failure) = check.outcome.as_ref().err().filter(|_| !is_refusal(check)) {
        message::failure(ui, failure);
    }
    if check.what != CheckKind::Workspace {
        message::warnings(ui, &check.warnings); // those of the workspace stand below its choice
    }
}

/// Who must do what, so that the app may do what groups need.
pub fn how_to_grant(ui: &mut Ui, app: &AppAccess) {
    label::text(ui, words::WHO_CAN_GRANT);
    for step in words::how_to_grant(&app.app) {
        label::text(ui, &step);
    }
    ui.add_space(space::XS);
}
