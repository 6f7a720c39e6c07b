//! The page *Progress*: the steps, how far each is, and what to do where it did not come to its end.

use egui::{Id, Key, Ui};

use super::mark::{self, Mark};
use super::section::section;
use crate::flow::Asker;
use crate::flow::wizard::{Creation, StepState, Wizard};
use crate::model::plan::{Progress, Step};
use crate::model::{Failure, Problem};
use crate::text;
use crate::text::making as words;
use crate::ui::theme::space;
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::{busy, focus, label, message, secret_field};

/// Draws the page.
pub fn show(ui: &mut Ui, wizard: &mut Wizard, asker: &mut Asker) {
    let Some(creation) = wizard.creation() else { return };
    let intro = if creation.is_running() {
        words::making(wizard.name())
    } else {
        words::not_finished(wizard.name())
    };
    label::text(ui, &intro);
    ui.add_space(space::S);
    steps(ui, creation);
    if creation.is_stopping() {
        ui.add_space(space::S);
        busy::busy(ui, words::STOPPING, None, false);
    }
    if creation.unfinished().is_some() {
        ui.add_space(space::M);
        unfinished(ui, wizard, asker);
    }
}

/// Each step with its mark; below the one under way, how far it is; below one that failed, why.
pub fn steps(ui: &mut Ui, creation: &Creation) {
    for (at, (step, state)) in creation.steps().iter().enumerate() {
        ui.push_id(at, |ui| {
            let spoken = words::step(step, state);
            mark::line(ui, mark_of(state), text::progress::step(step), &spoken, "");
            match state {
                StepState::Running => how_far(ui, creation, step),
                StepState::Failed(failure) if !creation.needs_secrets() => mark::indented(ui, |ui| {
                    message::failure(ui, failure);
                }),
                _ => {}
            }
        });
    }
}

fn mark_of(state: &StepState) -> Mark {
    match state {
        StepState::Pending => Mark::Pending,
        StepState::Running => Mark::Running,
        StepState::Done => Mark::Good,
        StepState::Failed(_) => Mark::Bad,
        StepState::Stopped | StepState::Later => Mark::Stopped,
    }
}

/// The last that was heard, unless it is only the step itself again.
fn how_far(ui: &mut Ui, creation: &Creation, step: &Step) {
    if let Some(Progress::RolePending { waited, patience }) = creation.progress() {
        let words = words::role_pending(*waited, *patience);
        mark::indented(ui, |ui| {
            label::text(ui, &words);
        });
        return;
    }
    let line = creation.progress().map(text::progress::line);
    if let Some(line) = line.filter(|line| line != text::progress::step(step)) {
        mark::indented(ui, |ui| {
            label::weak(ui, &line);
        });
    }
}

/// It did not come to its end: why, what stands, and the ways on.
fn unfinished(ui: &mut Ui, wizard: &mut Wizard, asker: &mut Asker) {
    let Some((creation, unfinished)) = wizard.creation().and_then(|each| Some((each, each.unfinished()?))) else {
        return;
    };
    let (failure, stands) = (unfinished.failure.clone(), text::pages::stands(unfinished.standing));
    let needs_secrets = creation.needs_secrets();
    if matches!(failure.problem(), Problem::Cancelled { .. }) {
        message::message(ui, message::Kind::Info, words::STOPPED);
    } else if !needs_secrets && !is_shown(creation, &failure) {
        message::failure(ui, &failure);
    }
    label::text(ui, stands);
    let entered = needs_secrets && section(ui, words::SECRET_KEY, |ui| secrets(ui, wizard, &failure));
    label::weak(ui, words::RETRY_NOTE);
    ui.add_space(space::S);
    section(ui, words::RETRY, |ui| buttons(ui, wizard, asker, entered));
}

/// Whether a failure stands below its step already.
fn is_shown(creation: &Creation, failure: &Failure) -> bool {
    let shows = |state: &StepState| matches!(state, StepState::Failed(each) if each == failure);
    creation.steps().iter().any(|(_, state)| shows(state))
}

fn buttons(ui: &mut Ui, wizard: &mut Wizard, asker: &mut Asker, entered: bool) {
    ui.horizontal(|ui| {
        let retry = button::button(ui, Kind::Default, words::RETRY);
        focus::claim(ui, &retry);
        let correct = wizard.can_correct() && button::button(ui, Kind::Plain, words::CORRECT).clicked();
        if retry.clicked() || entered {
            wizard.retry(asker);
            // Where it did not begin anew, a secret is missing.
            let missing = wizard.creation().is_some_and(|creation| !creation.is_running());
            ui.data_mut(|data| data.insert_temp(settled_id(), [missing; 2]));
        } else if correct {
            wizard.correct();
        }
    });
}

/// Where it is kept whether mistakes of the two secret fields may be pointed out.
fn settled_id() -> Id {
    Id::unique("asw creation secrets settled")
}

/// The secrets that the keyring does not have. Answers whether Enter was pressed in one of them.
fn secrets(ui: &mut Ui, wizard: &mut Wizard, failure: &Failure) -> bool {
    let with_password = wizard.creation_needs_password();
    let why = if with_password {
        words::SECRETS_AND_PASSWORD_NEEDED
    } else {
        words::SECRETS_NEEDED
    };
    message::framed(ui, message::Kind::Caution, why, |ui| message::details(ui, failure));
    ui.add_space(space::S);
    let Some((secret, password)) = wizard.creation_secrets() else {
        return false;
    };
    let [mut secret_settled, mut password_settled] = ui
        .data(|data| data.get_temp::<[bool; 2]>(settled_id()))
        .unwrap_or_default();
    let mistake = secret.key().err();
    let (name, note) = (words::SECRET_KEY, words::SECRET_KEY_NOTE);
    let first = secret_field::secret(ui, name, secret, &mut secret_settled, note, mistake.as_ref());
    let second = with_password.then(|| {
        let mistake = password.password().err();
        let (name, note) = (words::PASSWORD, words::PASSWORD_NOTE);
        secret_field::secret(ui, name, password, &mut password_settled, note, mistake.as_ref())
    });
    ui.data_mut(|data| data.insert_temp(settled_id(), [secret_settled, password_settled]));
    let left = first.lost_focus() || second.is_some_and(|second| second.lost_focus());
    left && ui.input(|input| input.key_pressed(Key::Enter))
}
