//! *Update secret key*: the help desk's minute. One secret, one date; the old key stays in use until the new one has verified.

use chrono::NaiveDate;

use super::effect::Renew;
use super::{Administrator, Asker, Command, RunId, SecretText, TextField};
use crate::model::plan::Progress;
use crate::model::renewal::{Renewed, usual_expiry};
use crate::model::{ConnectionName, Failure, Result, SecretExpiry, Setup};

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
    Done(Renewed),
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
    /// Other connections of the same app.
    pub others: Vec<ConnectionName>,
    /// They get the new key, too; edited in place.
    pub with_others: bool,
    /// Who signs in for what the app may not do; edited in place.
    pub administrator: Administrator,
    /// The dialog shows that sign-in.
    pub signs_in: bool,
    stage: Stage,
}

impl Renewal {
    /// The dialog for a connection.
    pub fn new(setup: &Setup, others: Vec<ConnectionName>, today: NaiveDate) -> Self {
        Self {
            name: setup.name.clone(),
            present_expiry: setup.app.secret_expiry,
            secret: SecretText::default(),
            secret_settled: false,
            expiry: TextField::holding(usual_expiry(today).to_string()),
            others,
            with_others: true,
            administrator: Administrator::default(),
            signs_in: false,
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
            let run = asker.command(Command::UpdateSecret(self.whose(), secret, expiry));
            self.stage = Stage::Running {
                run,
                progress: None,
                stopping: false,
            };
        }
    }

    /// Has Azure make the new key, and puts it into use; the field for the key is not needed.
    pub fn create(&mut self, asker: &mut Asker) {
        self.expiry.settled = true;
        if !matches!(self.stage, Stage::Typing | Stage::Failed(_)) {
            return;
        }
        if let Ok(expiry) = self.expiry.parse() {
            let run = asker.command(Command::CreateSecret(self.whose(), expiry));
            self.stage = Stage::Running {
                run,
                progress: None,
                stopping: false,
            };
        }
    }

    fn whose(&self) -> Renew {
        Renew {
            name: self.name.clone(),
            others: if self.with_others {
                self.others.clone()
            } else {
                Vec::new()
            },
        }
    }

    /// Cancel or Escape: stops what is under way, else the dialog may close. Answers whether it may.
    pub fn cancel(&mut self, asker: &mut Asker) -> bool {
        if self.signs_in {
            self.leave_sign_in(asker);
            return false;
        }
        match &mut self.stage {
            Stage::Running { run, stopping, .. } => {
                *stopping = true;
                asker.stop(*run);
                false
            }
            Stage::Typing | Stage::Failed(_) | Stage::Done(_) => true,
        }
    }

    /// Back from the sign-in to the key.
    pub fn leave_sign_in(&mut self, asker: &mut Asker) {
        self.administrator.stop(asker);
        self.signs_in = false;
    }

    pub(super) fn hear(&mut self, heard: RunId, now: Progress) {
        if let Stage::Running { run, progress, .. } = &mut self.stage
            && *run == heard
        {
            *progress = Some(now);
        }
    }

    pub(super) fn ended(&mut self, ended: RunId, end: &Result<Renewed>) {
        if matches!(self.stage, Stage::Running { run, .. } if run == ended) {
            self.stage = match end {
                Ok(renewed) => {
                    self.secret.clear();
                    Stage::Done(renewed.clone())
                }
                Err(failure) => Stage::Failed(failure.clone()),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::testing::{name, not_allowed, overview, renewed};
    use crate::flow::{Effect, Tickets};
    use crate::model::ConnectionState::Ready;

    fn renewal() -> Renewal {
        let today = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
        Renewal::new(&overview("A", Ready).connection.setup, vec![name("B")], today)
    }

    fn typed() -> Renewal {
        let mut renewal = renewal();
        renewal.secret = SecretText::holding("new~key");
        renewal
    }

    fn run(renewal: &Renewal) -> RunId {
        match renewal.stage() {
            Stage::Running { run, .. } => *run,
            _ => panic!("it does not run"),
        }
    }

    fn count(asker: &mut Asker) -> (usize, usize) {
        let effects = asker.take();
        let commands = effects.iter().filter(|each| matches!(each, Effect::Command(..)));
        (
            commands.count(),
            effects.iter().filter(|each| matches!(each, Effect::Stop(_))).count(),
        )
    }

    #[test]
    fn a_key_is_taken_to_be_valid_for_half_a_year_unless_somebody_says_otherwise() {
        assert_eq!(renewal().expiry.text, "2027-05-24");
        let never = Renewal::new(&overview("A", Ready).connection.setup, Vec::new(), NaiveDate::MAX);
        assert!(!never.expiry.is_blank());
    }

    #[test]
    fn nothing_is_asked_for_while_a_field_does_not_hold_what_it_should() {
        let edits: [fn(&mut Renewal); 2] = [|each| each.secret.clear(), |each| each.expiry.text = "soon".into()];
        for edit in edits {
            let (mut asker, mut renewal) = (Asker::default(), typed());
            edit(&mut renewal);
            renewal.update(&mut asker);
            assert_eq!(count(&mut asker), (0, 0));
            assert!(
                renewal.secret_settled && renewal.expiry.settled,
                "mistakes are pointed out now"
            );
        }
    }

    #[test]
    fn it_is_asked_for_once_with_what_is_typed() {
        let (mut asker, mut renewal) = (Asker::default(), typed());
        renewal.expiry.text = " 2027-01-01 ".into();
        renewal.update(&mut asker);
        renewal.update(&mut asker);
        let effects = asker.take();
        let [Effect::Command(_, Command::UpdateSecret(renew, secret, expiry))] = effects.as_slice() else {
            panic!("not one command");
        };
        assert_eq!(
            (&renew.name, secret.expose(), expiry.to_string().as_str()),
            (&name("A"), "new~key", "2027-01-01")
        );
        renewal.ended(run(&renewal), &Ok(renewed(Ok(()))));
        renewal.secret = SecretText::holding("another");
        renewal.update(&mut asker);
        assert_eq!(count(&mut asker), (0, 0), "it is done");
    }

    #[test]
    fn the_others_of_the_app_are_renewed_too_unless_somebody_says_otherwise() {
        for (with_others, wanted) in [(true, vec![name("B")]), (false, Vec::new())] {
            let (mut asker, mut renewal) = (Asker::default(), typed());
            assert!(renewal.with_others, "the default");
            renewal.with_others = with_others;
            renewal.update(&mut asker);
            let effects = asker.take();
            let [Effect::Command(_, Command::UpdateSecret(renew, ..))] = effects.as_slice() else {
                panic!("not one command");
            };
            assert_eq!(renew.others, wanted);
        }
    }

    #[test]
    fn the_typed_key_stays_after_a_failure_and_is_wiped_after_success() {
        let (mut asker, mut renewal) = (Asker::default(), typed());
        renewal.update(&mut asker);
        let mut tickets = Tickets::default();
        tickets.run();
        renewal.ended(tickets.run(), &Ok(renewed(Ok(()))));
        assert!(renewal.is_running(), "another command has ended");
        renewal.ended(run(&renewal), &Err(not_allowed()));
        assert!(matches!(renewal.stage(), Stage::Failed(_)));
        assert_eq!(renewal.secret.expose(), "new~key");
        renewal.update(&mut asker);
        assert_eq!(count(&mut asker), (2, 0));
        renewal.ended(run(&renewal), &Ok(renewed(Ok(()))));
        assert!(matches!(renewal.stage(), Stage::Done(_)) && renewal.secret.is_blank());
    }

    #[test]
    fn cancel_stops_what_runs_and_closes_what_does_not() {
        let (mut asker, mut renewal) = (Asker::default(), typed());
        assert!(renewal.cancel(&mut asker));
        renewal.update(&mut asker);
        assert!(!renewal.cancel(&mut asker) && !renewal.cancel(&mut asker));
        assert_eq!(count(&mut asker), (1, 1));
        assert!(matches!(renewal.stage(), Stage::Running { stopping: true, .. }));
        renewal.ended(run(&renewal), &Err(not_allowed()));
        assert!(renewal.cancel(&mut asker));
    }
}
