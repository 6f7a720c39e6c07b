//! *Move connection*: another SMS Provider, a look at the site there and at what becomes of the chosen collections, then the move.

use super::effect::{Moved, SiteAccess};
use super::wizard::checked::Checked;
use super::wizard::{General, KnownSite, TrustChoice};
use super::{Answer, Asker, Command, Query, RunId, TextField, Ticket};
use crate::model::plan::Progress;
use crate::model::report::{ConnectionOverview, Relocation};
use crate::model::{ConnectionName, Failure, Problem, Result};

/// How far it is.
pub enum Stage {
    /// A person says where to, and looks at what the site there answers.
    Choosing,
    /// It goes over.
    Running {
        /// The command.
        run: RunId,
        /// The last that was heard of it.
        progress: Option<Progress>,
        /// It was asked to stop.
        stopping: bool,
    },
    /// It did not work; the connection is as it was.
    Failed(Failure),
    /// It has gone over.
    Done(Box<Moved>),
}

/// The dialog.
pub struct Move {
    /// Which connection.
    pub name: ConnectionName,
    /// The way to the site; edited in place.
    pub site: General,
    plan: Checked<SiteAccess, Box<Relocation>>,
    stage: Stage,
}

impl Move {
    /// The dialog for a connection, with the way in that it has now; where its last publication has named a server of the site
    /// above, with that one.
    pub fn new(overview: &ConnectionOverview) -> Self {
        let setup = &overview.connection.setup;
        let mut site = General::default();
        site.remember([KnownSite {
            connection: setup.site.clone(),
            identity: overview.connection.site.clone(),
        }]);
        let problem = overview.last_run.as_ref().and_then(|run| run.problem.as_ref());
        if let Some(Problem::HierarchyChanged {
            server: Some(server), ..
        }) = problem
        {
            match server.parse() {
                Ok(server) => site.turn_to(&server),
                Err(_) => site.provider = TextField::holding(server.clone()),
            }
        }
        Self {
            name: setup.name.clone(),
            site,
            plan: Checked::default(),
            stage: Stage::Choosing,
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

    /// What the move would do, for exactly what is typed now.
    pub fn plan(&self) -> Option<&Relocation> {
        self.plan.fresh(&self.site.access().ok()?).map(|plan| &**plan)
    }

    /// The question after the plan, and its answers.
    pub fn planning(&self) -> &Checked<SiteAccess, Box<Relocation>> {
        &self.plan
    }

    /// Why there is no plan for what is typed now.
    pub fn plan_failure(&self) -> Option<&Failure> {
        self.plan.failure(&self.site.access().ok()?)
    }

    /// Goes over, to the site that the plan was made for.
    pub fn go(&mut self, asker: &mut Asker) {
        let is_free = matches!(self.stage, Stage::Choosing | Stage::Failed(_));
        if let (true, Ok(access)) = (is_free, self.site.access())
            && let Some(plan) = self.plan.fresh(&access)
        {
            let identity = plan.to.identity.clone();
            let run = asker.command(Command::Move(self.name.clone(), access, identity));
            self.stage = Stage::Running {
                run,
                progress: None,
                stopping: false,
            };
        }
    }

    /// Cancel or Escape: stops what is under way, else the dialog may close. Answers whether it may.
    pub fn cancel(&mut self, asker: &mut Asker) -> bool {
        if let Stage::Running { run, stopping, .. } = &mut self.stage {
            *stopping = true;
            asker.stop(*run);
            return false;
        }
        self.site.stop(asker);
        asker.abandon(self.plan.stop());
        true
    }

    /// Takes an answer. Answers whether anybody here waited for it.
    pub(super) fn answer(&mut self, ticket: Ticket, answer: Answer, asker: &mut Asker) -> bool {
        match answer {
            Answer::Site(answer) => {
                let taken = self.site.reading.answer(ticket, answer);
                if taken {
                    self.site.after_answer(asker);
                    self.ask_for_plan(asker);
                }
                taken
            }
            Answer::Certificate(answer) => self.site.take_certificate(ticket, answer),
            Answer::Relocation(answer) => self.plan.answer(ticket, answer),
            _ => false,
        }
    }

    /// Once the site has answered: what becomes of the collections there.
    fn ask_for_plan(&mut self, asker: &mut Asker) {
        if let (Some(_), Ok(access)) = (self.site.site(), self.site.access()) {
            asker.abandon(self.plan.stop());
            let ticket = asker.query(Query::Relocation(self.name.clone(), access.duplicate()));
            self.plan.ask(access, ticket);
        }
    }

    pub(super) fn hear_query(&mut self, ticket: Ticket, progress: &Progress) {
        self.site.reading.hear(ticket, progress.clone());
        self.plan.hear(ticket, progress.clone());
    }

    pub(super) fn root_picked(&mut self, path: &std::path::Path) {
        self.site.trust = TrustChoice::RootFile;
        self.site.root_file.text = path.display().to_string();
    }

    pub(super) fn hear(&mut self, heard: RunId, now: Progress) {
        if let Stage::Running { run, progress, .. } = &mut self.stage
            && *run == heard
        {
            *progress = Some(now);
        }
    }

    pub(super) fn ended(&mut self, ended: RunId, end: &Result<Box<Moved>>) {
        if matches!(self.stage, Stage::Running { run, .. } if run == ended) {
            self.stage = match end {
                Ok(moved) => {
                    self.site.password.clear();
                    Stage::Done(moved.clone())
                }
                Err(failure) => Stage::Failed(failure.clone()),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::testing::{name, not_allowed, overview, reading};
    use crate::flow::{Effect, SecretText};
    use crate::model::ConnectionState;

    fn opened() -> (Asker, Move) {
        let mut overview = overview("A", ConnectionState::Ready);
        overview.connection.setup.site.sign_in = crate::model::SignIn::Account("CORP\\svc-asw".into());
        let mut moving = Move::new(&overview);
        moving.site.who = crate::flow::wizard::SignInChoice::Account;
        moving.site.provider = TextField::holding("cas01.corp.example".to_owned());
        moving.site.password = SecretText::holding("p w");
        (Asker::default(), moving)
    }

    fn plan() -> Relocation {
        Relocation {
            from: None,
            to: reading(),
            kept: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// The site is asked, then the plan; answers the ticket of the plan.
    fn checked(asker: &mut Asker, moving: &mut Move) -> Ticket {
        moving.site.connect(asker);
        let effects = asker.take();
        let [Effect::Query(ticket, Query::Site(_))] = effects.as_slice() else {
            panic!("the site was not asked");
        };
        assert!(moving.answer(*ticket, Answer::Site(Ok(reading())), asker));
        let effects = asker.take();
        let [Effect::Query(ticket, Query::Relocation(of, _))] = effects.as_slice() else {
            panic!("the plan was not asked for");
        };
        assert_eq!(*of, name("A"));
        *ticket
    }

    fn run(moving: &Move) -> RunId {
        match moving.stage() {
            Stage::Running { run, .. } => *run,
            _ => panic!("it does not run"),
        }
    }

    #[test]
    fn it_goes_over_once_and_only_to_what_was_looked_at() {
        let (mut asker, mut moving) = opened();
        moving.go(&mut asker);
        assert!(asker.take().is_empty(), "nothing was looked at");
        let ticket = checked(&mut asker, &mut moving);
        assert!(moving.planning().remote().is_asking() && moving.plan().is_none());
        assert!(moving.answer(ticket, Answer::Relocation(Ok(Box::new(plan()))), &mut asker));
        moving.site.provider.text.push('x');
        moving.go(&mut asker);
        assert!(
            asker.take().is_empty(),
            "another server than the one that was looked at"
        );
        moving.site.provider.text.pop();
        moving.go(&mut asker);
        moving.go(&mut asker);
        let effects = asker.take();
        let [Effect::Command(_, Command::Move(of, access, agreed))] = effects.as_slice() else {
            panic!("not one command");
        };
        assert_eq!((of, &agreed.code), (&name("A"), &reading().identity.code));
        assert_eq!(access.connection.provider.host(), "cas01.corp.example");
    }

    #[test]
    fn a_failure_leaves_what_was_typed_and_success_wipes_the_password() {
        let (mut asker, mut moving) = opened();
        let ticket = checked(&mut asker, &mut moving);
        moving.answer(ticket, Answer::Relocation(Ok(Box::new(plan()))), &mut asker);
        moving.go(&mut asker);
        moving.ended(run(&moving), &Err(not_allowed()));
        assert!(matches!(moving.stage(), Stage::Failed(_)) && !moving.site.password.is_blank());
        moving.go(&mut asker);
        let moved = Moved {
            relocation: plan(),
            warnings: Vec::new(),
        };
        moving.ended(run(&moving), &Ok(Box::new(moved)));
        assert!(matches!(moving.stage(), Stage::Done(_)) && moving.site.password.is_blank());
        assert!(moving.cancel(&mut asker));
    }

    #[test]
    fn cancel_waits_no_more_for_what_was_asked_and_stops_what_runs() {
        let (mut asker, mut moving) = opened();
        let ticket = checked(&mut asker, &mut moving);
        assert!(moving.cancel(&mut asker));
        let abandoned = |each: &Effect| matches!(each, Effect::Abandon(gone) if *gone == ticket);
        assert!(asker.take().iter().any(abandoned));
        let ticket = checked(&mut asker, &mut moving);
        moving.answer(ticket, Answer::Relocation(Ok(Box::new(plan()))), &mut asker);
        moving.go(&mut asker);
        asker.take();
        assert!(!moving.cancel(&mut asker));
        assert!(matches!(asker.take().as_slice(), [Effect::Stop(stopped)] if *stopped == run(&moving)));
    }

    #[test]
    fn it_begins_with_the_server_that_the_last_publication_has_named() {
        let mut overview = overview("A", ConnectionState::Ready);
        let own = overview.connection.setup.site.provider.to_string();
        assert_eq!(Move::new(&overview).site.provider.text, own);
        overview.last_run = Some(crate::model::report::LastRun {
            started: chrono::DateTime::UNIX_EPOCH,
            ended: None,
            problem: Some(Problem::HierarchyChanged {
                site: "PS1".parse().unwrap(),
                parent: "CAS".into(),
                server: Some("cas01.corp.example".into()),
            }),
            moved_since: false,
            renewed_since: false,
        });
        assert_eq!(Move::new(&overview).site.provider.text, "cas01.corp.example");
    }
}
