//! *Update secret key*: the help desk's minute. One secret, one date; the old key stays in use until the new one has verified.

use chrono::{Days, NaiveDate};

use super::{Asker, Command, RunId, SecretText, TextField};
use crate::model::plan::Progress;
use crate::model::{ConnectionName, Failure, Result, SecretExpiry, Warning};

/// Keys that are made in the portal are valid for so long unless a person chooses otherwise (its recommended choice).
const USUAL_DAYS: u64 = 180;

/// How far it is.
pub enum Stage {
    /// A person types.
    Typing,
    /// The new key is being verified and put into use.
    Running {
        /// The command.
        run: RunId,
        /// The last that was heard of it.
        progress: Option<Progress>,
        /// It was asked to stop.
        stopping: bool,
    },
    /// It did not work; the old key is still in use.
    Failed(Failure),
    /// The new key is in use.
    Done(Vec<Warning>),
}

/// The dialog.
pub struct Renewal {
    /// Whose key.
    pub name: ConnectionName,
    /// When the key in use expires, as last typed.
    pub present_expiry: SecretExpiry,
    /// The new key; edited in place.
    pub secret: SecretText,
    /// Mistakes of the key may be pointed out.
    pub secret_settled: bool,
    /// When the new key expires; edited in place.
    pub expiry: TextField,
    stage: Stage,
}

impl Renewal {
    /// The dialog for a connection.
    pub fn new(name: ConnectionName, present_expiry: SecretExpiry, today: NaiveDate) -> Self {
        let expiry = today.checked_add_days(Days::new(USUAL_DAYS)).unwrap_or(today);
        Self {
            name,
            present_expiry,
            secret: SecretText::default(),
            secret_settled: false,
            expiry: TextField::holding(expiry.format("%Y-%m-%d").to_string()),
            stage: Stage::Typing,
        }
    }

    /// How far it is.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Whether the command is under way.
    pub fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Running { .. })
    }

    /// Verifies the new key and puts it into use.
    pub fn update(&mut self, asker: &mut Asker) {
        self.secret_settled = true;
        self.expiry.settled = true;
        if !matches!(self.stage, Stage::Typing | Stage::Failed(_)) {
            return;
        }
        if let (Ok(secret), Ok(expiry)) = (self.secret.key(), self.expiry.parse()) {
            let run = asker.command(Command::UpdateSecret(self.name.clone(), secret, expiry));
            self.stage = Stage::Running {
                run,
                progress: None,
                stopping: false,
            };
        }
    }

    /// Cancel or Escape: stops what is under way, else the dialog may close. Answers whether it may.
    pub fn cancel(&mut self, asker: &mut Asker) -> bool {
        match &mut self.stage {
            Stage::Running { run, stopping, .. } => {
                *stopping = true;
                asker.stop(*run);
                false
            }
            Stage::Typing | Stage::Failed(_) | Stage::Done(_) => true,
        }
    }

    pub(super) fn hear(&mut self, heard: RunId, now: Progress) {
        if let Stage::Running { run, progress, .. } = &mut self.stage
            && *run == heard
        {
            *progress = Some(now);
        }
    }

    pub(super) fn ended(&mut self, ended: RunId, end: &Result<Vec<Warning>>) {
        if matches!(self.stage, Stage::Running { run, .. } if run == ended) {
            self.stage = match end {
                Ok(warnings) => {
                    self.secret.clear();
                    Stage::Done(warnings.clone())
                }
                Err(failure) => Stage::Failed(failure.clone()),
            };
        }
    }
}
