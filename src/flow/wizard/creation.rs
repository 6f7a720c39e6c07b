//! *Progress*: the connection is being made, step by step.

use crate::flow::effect::{Created, Unfinished};
use crate::flow::{RunId, SecretText};
use crate::model::plan::{CONNECT_STEPS, HISTORY_STEPS, Progress, Step};
use crate::model::schedule::{Every, ScheduleEnd};
use crate::model::{Failure, Problem};

/// What is to be made, as far as its steps depend on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// Collections are published.
    pub(super) publishes: bool,
    /// History is kept.
    pub(super) history: bool,
    /// A connection that stands is taken over.
    pub(super) adopts: bool,
    /// This machine is to publish it so often from then on.
    pub(super) schedule: Option<Every>,
}

impl Extent {
    fn steps(self) -> Vec<Step> {
        let mut steps = CONNECT_STEPS.to_vec();
        if self.adopts {
            let at = steps.iter().position(|step| *step == Step::RecordIntent);
            steps.insert(at.unwrap_or(0), Step::Adopt);
        }
        if self.history {
            steps.extend(HISTORY_STEPS);
        }
        if self.publishes {
            steps.push(Step::Publish);
        }
        if self.schedule.is_some() {
            steps.push(Step::Schedule);
        }
        steps
    }
}

/// How far one step is.
#[derive(Debug, Clone, PartialEq)]
pub enum StepState {
    /// Not begun.
    Pending,
    /// Under way.
    Running,
    /// Done.
    Done,
    /// Not done, and why.
    Failed(Failure),
    /// Begun, then stopped because a person wished so.
    Stopped,
    /// Not done yet; a later run does it.
    Later,
}

/// One attempt after another to make one connection.
pub struct Creation {
    run: RunId,
    steps: Vec<(Step, StepState)>,
    progress: Option<Progress>,
    stopping: bool,
    resumed: bool,
    schedule: Option<Every>,
    end: Option<Result<Box<Created>, Unfinished>>,
    /// The secret key, typed again where the keyring does not have it.
    pub secret: SecretText,
    /// The site account's password, likewise.
    pub password: SecretText,
}

impl Creation {
    /// `resumed` is one whose secrets nobody here knows any more.
    pub(super) fn new(run: RunId, extent: Extent, resumed: bool) -> Self {
        let steps = extent.steps().into_iter();
        Self {
            run,
            steps: steps.map(|step| (step, StepState::Pending)).collect(),
            progress: None,
            stopping: false,
            resumed,
            schedule: extent.schedule,
            end: None,
            secret: SecretText::default(),
            password: SecretText::default(),
        }
    }

    /// The present attempt.
    pub fn run(&self) -> RunId {
        self.run
    }

    /// How often this machine is to publish it, as it was wished when the making began.
    pub(super) fn schedule(&self) -> Option<Every> {
        self.schedule
    }

    /// Each step, and how far it is.
    pub fn steps(&self) -> &[(Step, StepState)] {
        &self.steps
    }

    /// The last that was heard of the step under way.
    pub fn progress(&self) -> Option<&Progress> {
        self.progress.as_ref().filter(|_| self.is_running())
    }

    /// Whether it is under way.
    pub fn is_running(&self) -> bool {
        self.end.is_none()
    }

    /// Whether it was asked to stop.
    pub fn is_stopping(&self) -> bool {
        self.stopping && self.is_running()
    }

    /// What it has come to.
    pub fn created(&self) -> Option<&Created> {
        self.end.as_ref().and_then(|end| end.as_ref().ok()).map(Box::as_ref)
    }

    /// Why it did not come to its end, and what stands.
    pub fn unfinished(&self) -> Option<&Unfinished> {
        self.end.as_ref().and_then(|end| end.as_ref().err())
    }

    /// Whether it cannot go on without secrets that only a person has.
    pub fn needs_secrets(&self) -> bool {
        let problem = self.unfinished().map(|unfinished| unfinished.failure.problem());
        let lost = matches!(
            problem,
            Some(Problem::SecretLost { .. } | Problem::SecretsMissing { .. })
        );
        lost && self.resumed
    }

    /// Tries again. What was done stays shown as done until it is looked at again.
    pub(super) fn again(&mut self, run: RunId) {
        self.run = run;
        self.end = None;
        self.stopping = false;
        self.progress = None;
        for (_, state) in &mut self.steps {
            if *state != StepState::Done {
                *state = StepState::Pending;
            }
        }
    }

    pub(super) fn ask_to_stop(&mut self) {
        self.stopping = true;
    }

    pub(super) fn hear(&mut self, progress: Progress) {
        match &progress {
            Progress::Step(step) => self.begin(step),
            Progress::Refused { step, failure } => self.set(step, StepState::Failed(failure.clone())),
            _ => {}
        }
        self.progress = Some(progress);
    }

    /// A step begins: the one before it is done. Publishing has steps of its own, which are not told here.
    fn begin(&mut self, step: &Step) {
        let publishing = self.state(&Step::Publish) == Some(&StepState::Running);
        if (publishing && *step != Step::Schedule) || (self.state(step).is_none() && !self.insert(step)) {
            return;
        }
        self.close(StepState::Done);
        self.set(step, StepState::Running);
    }

    /// A step that nobody could foresee takes its place behind the one under way. Answers whether it is such a step.
    fn insert(&mut self, step: &Step) -> bool {
        let unforeseen =
            HISTORY_STEPS.contains(step) || matches!(step, Step::WriteEndpoint | Step::SignInPerson | Step::Adopt);
        if unforeseen {
            let running = self.steps.iter().position(|(_, state)| *state == StepState::Running);
            let pending = || self.steps.iter().position(|(_, state)| *state == StepState::Pending);
            let at = running.map(|at| at + 1).or_else(pending).unwrap_or(self.steps.len());
            self.steps.insert(at, (step.clone(), StepState::Pending));
        }
        unforeseen
    }

    fn state(&self, step: &Step) -> Option<&StepState> {
        self.steps.iter().find(|(each, _)| each == step).map(|(_, state)| state)
    }

    fn set(&mut self, step: &Step, state: StepState) {
        if let Some((_, now)) = self.steps.iter_mut().find(|(each, _)| each == step) {
            *now = state;
        }
    }

    /// The step under way becomes this.
    fn close(&mut self, state: StepState) {
        if let Some((_, now)) = self.steps.iter_mut().find(|(_, now)| *now == StepState::Running) {
            *now = state;
        }
    }

    pub(super) fn finish(&mut self, end: Result<Box<Created>, Unfinished>) {
        match &end {
            Ok(created) => {
                self.secret.clear();
                self.password.clear();
                for (step, state) in &mut self.steps {
                    *state = match (step, &created.publication) {
                        (Step::Publish, Some(Err(failure))) => StepState::Failed(failure.clone()),
                        (Step::FirstUpload, _) if created.upload_is_pending() => StepState::Later,
                        (Step::Schedule, _) => scheduled(&created.schedule),
                        _ => StepState::Done,
                    };
                }
            }
            Err(unfinished) => {
                let told = self
                    .steps
                    .iter()
                    .any(|(_, state)| matches!(state, StepState::Failed(_)));
                self.close(match unfinished.failure.problem() {
                    Problem::Cancelled { .. } => StepState::Stopped,
                    _ if told => StepState::Done,
                    _ => StepState::Failed(unfinished.failure.clone()),
                });
            }
        }
        self.end = Some(end);
    }
}

/// What has become of the step that installs the schedule.
fn scheduled(end: &ScheduleEnd) -> StepState {
    match end {
        ScheduleEnd::Installed(_) | ScheduleEnd::Stood(_) => StepState::Done,
        ScheduleEnd::NotWished | ScheduleEnd::NotTried => StepState::Pending,
        ScheduleEnd::Failed(failure) => match failure.problem() {
            Problem::Cancelled { .. } => StepState::Stopped,
            _ => StepState::Failed(failure.clone()),
        },
    }
}
