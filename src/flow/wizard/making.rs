//! The wizard's part in making the connection: it is made once, from what was accepted, and tried again where that failed.

use super::creation::Extent;
use super::{Creation, Page, Question, Wizard};
use crate::flow::effect::{Created, Unfinished};
use crate::flow::{Asker, Command, RunId, SecretText};
use crate::model::SignIn;
use crate::model::connection::SetupSecrets;
use crate::model::plan::Progress;
use crate::model::report::Standing;

impl Wizard {
    pub(super) fn create(&mut self, asker: &mut Asker) -> bool {
        if self.creation.is_some() {
            return false;
        }
        let Some(plan) = self.plan() else { return false };
        let extent = Extent {
            publishes: !plan.place.collections.is_empty(),
            history: plan.place.history.is_some(),
            adopts: plan.place.adopted.is_some(),
            schedule: self.schedule.wish(),
        };
        let Some(command) = self.accepted.command(extent.schedule) else {
            return false;
        };
        self.creation = Some(Creation::new(asker.command(command), extent, false));
        true
    }

    /// Goes on from the step that failed. Where the keyring has no secrets, those that were typed again go along.
    pub fn retry(&mut self, asker: &mut Asker) {
        let failed = self.creation.as_ref().is_some_and(|each| each.unfinished().is_some());
        if !failed || self.question.is_some() || self.over {
            return;
        }
        if let Some(command) = self.next_attempt() {
            let run = asker.command(command);
            if let Some(creation) = &mut self.creation {
                creation.again(run);
            }
        }
    }

    /// The same once more: what was begun is what was accepted then, whatever has become of answers and fields since.
    fn next_attempt(&self) -> Option<Command> {
        let Some(connection) = &self.resumed else {
            return self
                .accepted
                .command(self.creation.as_ref().and_then(Creation::schedule));
        };
        let typed = self.typed_secrets();
        let missing = typed.is_none() && self.creation.as_ref().is_some_and(Creation::needs_secrets);
        (!missing).then(|| Command::Finish(connection.setup.name.clone(), typed))
    }

    fn typed_secrets(&self) -> Option<SetupSecrets> {
        let creation = self.creation.as_ref()?;
        let site_password = creation.password.password().ok();
        if self.creation_needs_password() && site_password.is_none() {
            return None;
        }
        Some(SetupSecrets {
            client_secret: creation.secret.key().ok()?,
            site_password,
        })
    }

    /// The fields for secrets that have to be typed again; edited in place.
    pub fn creation_secrets(&mut self) -> Option<(&mut SecretText, &mut SecretText)> {
        let creation = self.creation.as_mut().filter(|creation| creation.needs_secrets())?;
        Some((&mut creation.secret, &mut creation.password))
    }

    /// Whether the site of what is being made signs in with a password.
    pub fn creation_needs_password(&self) -> bool {
        let resumed = self.resumed.as_ref();
        resumed.is_none_or(|connection| matches!(connection.setup.site.sign_in, SignIn::Account(_)))
    }

    /// Back to the pages after a failed attempt, to correct something. Only while nothing of it stands.
    pub fn correct(&mut self) {
        if self.can_correct() && self.question.is_none() && !self.over {
            self.creation = None;
            self.page = Page::Confirm;
        }
    }

    /// Whether [`Wizard::correct`] is possible.
    pub fn can_correct(&self) -> bool {
        let unfinished = self.creation.as_ref().and_then(Creation::unfinished);
        self.resumed.is_none() && unfinished.is_some_and(|unfinished| unfinished.standing == Standing::Nothing)
    }

    fn running(&mut self, run: RunId) -> Option<&mut Creation> {
        self.creation
            .as_mut()
            .filter(|creation| creation.run() == run && creation.is_running())
    }

    /// Hears how far the making is.
    pub fn hear(&mut self, run: RunId, progress: Progress) {
        if let Some(creation) = self.running(run) {
            creation.hear(progress);
        }
    }

    /// The making has ended. Answers whether it was this wizard's.
    pub fn ended(&mut self, run: RunId, end: &Result<Box<Created>, Unfinished>) -> bool {
        let Some(creation) = self.running(run) else {
            return false;
        };
        creation.finish(end.clone());
        if self.question == Some(Question::Stop) {
            self.question = None; // there is nothing to stop any more
        }
        if end.is_ok() {
            self.page = Page::Completion;
        }
        true
    }
}
