//! The job beside the other two: have this machine's scheduler publish, for this account and its data folder.
//!
//! | file | what |
//! | --- | --- |
//! | [`last_run`] | what the scheduled run before has left in the data folder |
//! | `install` | putting the schedule in place, one real run by it as proof, and away with it where that fails |
//!
//! Used by `asw schedule` and by the wizard alike. Start at [`Job`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::model::schedule::{Every, Obstacle, ScheduleSeen, Standing, System};
use crate::model::{Failure, Problem, Result};
use crate::platform::schedule::{Here, Schedule, Scheduler};
use crate::store::Store;

mod install;
pub mod last_run;

pub use last_run::LastScheduled;

/// How long a look at the scheduler may take before it counts as one that does not answer.
const LOOK_PATIENCE: Duration = Duration::from_secs(10);

/// The command line program that schedules run.
const PROGRAM: &str = "asw";

/// A scheduler, and the program that it is to run.
#[derive(Clone)]
pub struct Machine {
    scheduler: Arc<dyn Scheduler>,
    program: Result<PathBuf>,
}

impl Machine {
    /// A scheduler that runs this program.
    pub fn new(scheduler: Arc<dyn Scheduler>, program: PathBuf) -> Self {
        let program = Ok(program);
        Self { scheduler, program }
    }

    /// This machine, as `asw` sees it: the schedule runs this very program.
    pub fn here() -> Self {
        Self {
            scheduler: Arc::new(Here),
            program: this_program(),
        }
    }

    /// This machine, as the window sees it: the schedule runs the `asw` that lies beside it.
    pub fn beside_window() -> Self {
        Self {
            scheduler: Arc::new(Here),
            program: this_program().and_then(|window| beside(&window)),
        }
    }

    /// Which scheduler it is.
    pub fn system(&self) -> System {
        self.scheduler.system()
    }
}

fn this_program() -> Result<PathBuf> {
    std::env::current_exe().map_err(|cause| failed(format!("this program does not find itself ({cause})")))
}

fn beside(window: &Path) -> Result<PathBuf> {
    let asw = window.with_file_name(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX));
    if asw.is_file() {
        return Ok(asw);
    }
    Err(failed(format!(
        "the program {PROGRAM}, which it would run, does not lie beside this one, as {}",
        asw.display()
    )))
}

/// What work on a schedule stands on.
pub struct Job<'a> {
    /// The scheduler.
    pub machine: &'a Machine,
    /// The data folder that is published from.
    pub data_dir: &'a Path,
    /// Our memory.
    pub store: &'a Store,
    /// Asked at every safe point.
    pub stop: &'a CancellationToken,
}

impl Job<'_> {
    /// The name of the schedule.
    ///
    /// # Errors
    /// `ScheduleFailed` where the program that it runs is not found.
    pub fn name(&self) -> Result<String> {
        Ok(self.plan(Every::default(), false)?.name())
    }

    /// What stands.
    ///
    /// # Errors
    /// `NoScheduler`, `ScheduleFailed`.
    pub async fn standing(&self) -> Result<Standing> {
        self.standing_of(&self.plan(Every::default(), false)?).await
    }

    /// Takes the schedule away; answers whether there was one.
    ///
    /// # Errors
    /// `NoScheduler`, `ScheduleFailed`.
    pub async fn remove(&self) -> Result<bool> {
        let schedule = self.plan(Every::default(), false)?;
        self.with(&schedule, |scheduler, schedule| scheduler.remove(schedule))
            .await
    }

    /// What can be said before a schedule is asked for; changes nothing.
    ///
    /// # Errors
    /// None that is about the scheduler: those are in the answer.
    pub async fn seen(&self) -> Result<ScheduleSeen> {
        let refused = |failure| ScheduleSeen {
            system: self.machine.system(),
            account: None,
            standing: Standing::default(),
            obstacle: Some(Obstacle::Refused(failure)),
        };
        let schedule = match self.plan(Every::default(), false) {
            Ok(schedule) => schedule,
            Err(failure) => return Ok(refused(failure)),
        };
        let look = self.with(&schedule, |scheduler, schedule| {
            Ok(ScheduleSeen {
                system: scheduler.system(),
                account: scheduler.account(),
                standing: scheduler.standing(schedule)?,
                obstacle: scheduler.try_out(schedule).err().map(Obstacle::Refused),
            })
        });
        Ok(match tokio::time::timeout(LOOK_PATIENCE, look).await {
            Ok(seen) => seen.unwrap_or_else(refused),
            Err(_) => refused(unanswered()),
        })
    }

    async fn standing_of(&self, schedule: &Schedule) -> Result<Standing> {
        self.with(schedule, |scheduler, schedule| scheduler.standing(schedule))
            .await
    }

    fn plan(&self, every: Every, stored_password: bool) -> Result<Schedule> {
        Ok(Schedule {
            program: self.machine.program.clone()?,
            data_dir: self.data_dir.to_owned(),
            every,
            stored_password,
        })
    }

    /// Does something with the scheduler, away from the runtime's threads.
    async fn with<T: Send + 'static>(
        &self,
        schedule: &Schedule,
        act: impl FnOnce(&dyn Scheduler, &Schedule) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (scheduler, schedule) = (Arc::clone(&self.machine.scheduler), schedule.clone());
        let acted = tokio::task::spawn_blocking(move || act(&*scheduler, &schedule)).await;
        acted.map_err(|_| Problem::Internal {
            what: "asking the system's scheduler ended without an answer".to_owned(),
        })?
    }
}

fn failed(what: String) -> Failure {
    // What a run says is a sentence already.
    let what = what.trim_end_matches('.').to_owned();
    Problem::ScheduleFailed { what }.into()
}

fn unanswered() -> Failure {
    let what = format!(
        "the system's scheduler has not answered within {} seconds",
        LOOK_PATIENCE.as_secs()
    );
    Problem::NoScheduler { what }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_runs_what_lies_beside_it_and_names_what_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let window = dir.path().join("azure-services-wizard");
        let failure = beside(&window).unwrap_err();
        assert_eq!(failure.problem().code(), "schedule_failed");
        let asw = dir.path().join(format!("asw{}", std::env::consts::EXE_SUFFIX));
        assert!(format!("{:?}", failure.problem()).contains("asw"), "{failure:?}");
        std::fs::write(&asw, "").unwrap();
        assert_eq!(beside(&window).unwrap(), asw);
    }
}
