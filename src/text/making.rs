//! Words of *Progress*.

use crate::flow::wizard::StepState;
use crate::model::ConnectionName;
use crate::model::plan::Step;

/// A button.
pub const RETRY: &str = "Retry";
/// A button.
pub const CORRECT: &str = "Back and correct";
/// A person wished to stop.
pub const STOPPING: &str = "Stopping at the next safe point…";
/// The steps, for screen readers.
pub const STEPS: &str = "Steps";
/// A person has stopped it.
pub const STOPPED: &str = "Stopped at a safe point, as you wished. Retry goes on from there.";
/// What Retry does.
pub const RETRY_NOTE: &str =
    "Retry goes on from the step that failed. What is done already is looked at again, not made twice.";

/// Secrets have to be typed again.
pub const SECRETS_NEEDED: &str = "The keyring does not have the secret key of this connection: it was stopped before it was stored. \
     Type it again here; then press Retry.";
/// The same, for a connection whose site account signs in with a password.
pub const SECRETS_AND_PASSWORD_NEEDED: &str = "The keyring does not have the secrets of this connection: it was stopped before they \
     were stored. Type the secret key and the site account's password again here; then press Retry.";
/// A field.
pub const SECRET_KEY: &str = "Secret Key";
/// Beside its label.
pub const SECRET_KEY_NOTE: &str = "the value, as the portal showed it once";
/// A field.
pub const PASSWORD: &str = "Password";
/// Beside its label.
pub const PASSWORD_NOTE: &str = "of the site account";

/// What is being done, above the steps.
pub fn making(name: Option<&ConnectionName>) -> String {
    match name {
        Some(name) => format!("The connection \"{name}\" is being made. You can stop it with Cancel."),
        None => "The connection is being made. You can stop it with Cancel.".to_owned(),
    }
}

/// The same, after it did not come to its end.
pub fn not_finished(name: Option<&ConnectionName>) -> String {
    match name {
        Some(name) => format!("The connection \"{name}\" is not finished."),
        None => "The connection is not finished.".to_owned(),
    }
}

/// While the upload role does not count yet; seconds.
pub fn role_pending(waited: u64, patience: u64) -> String {
    format!(
        "The upload role is given. Azure takes some minutes until it counts, which is usual: {} of up to {} so far. You can wait \
         here. Or press Cancel and come back later: what is made stays, and the first rows go up then.",
        waited / 60,
        super::count(
            usize::try_from(patience / 60).unwrap_or(usize::MAX),
            "minute",
            "minutes"
        )
    )
}

/// How far a step is, in a word.
pub fn state(state: &StepState) -> &'static str {
    match state {
        StepState::Pending => "Not begun",
        StepState::Running => "Under way",
        StepState::Done => "Done",
        StepState::Failed(_) => "Failed",
        StepState::Stopped => "Stopped",
        StepState::Later => "Comes later",
    }
}

/// A step with how far it is, for screen readers.
pub fn step(step: &Step, now: &StepState) -> String {
    format!("{}: {}", state(now), super::progress::step(step))
}
