//! Putting the schedule in place. It stays only where one real run by the scheduler has published: keyring, sign-ins and network must
//! work there, not here.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Job, LastScheduled, failed};
use crate::model::schedule::{Every, Standing, System};
use crate::model::{Connection, ConnectionState, Problem, Result};
use crate::platform::schedule::Schedule;
use crate::platform::stoppable;
use crate::store::RunKind;

/// How long the first run may take, and how often it is looked for where the system does not wait for it.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl Job<'_> {
    /// Installs the schedule, and answers what stands then. Where its first run does not publish, nothing of it is left.
    ///
    /// # Errors
    /// `Usage` where there is nothing to publish, or a password is to be stored where none is needed; `NoScheduler`;
    /// `ScheduleFailed` with the reason; `Cancelled`.
    pub async fn install(&self, every: Every, stored_password: bool) -> Result<Standing> {
        if stored_password && self.machine.system() != System::TaskScheduler {
            let what = "--stored-password is for Windows; here a schedule needs no password".to_owned();
            return Err(Problem::Usage { what }.into());
        }
        if !self.store.connections()?.iter().any(is_due) {
            let what = "there is nothing to publish on schedule: make a connection with asw connect --file SETUP.toml, \
                        or take one in with asw set NAME --import on";
            return Err(Problem::Usage { what: what.to_owned() }.into());
        }
        let schedule = self.plan(every, stored_password)?;
        let placed = self.with(&schedule, |scheduler, schedule| scheduler.place(schedule));
        let outcome = match placed.await {
            Ok(()) => self.prove_and_arm(&schedule).await,
            Err(failure) => Err(failure),
        };
        if let Err(failure) = outcome {
            // The first failure is the answer, whatever becomes of this.
            let _ = self
                .with(&schedule, |scheduler, schedule| scheduler.remove(schedule))
                .await;
            return Err(failure);
        }
        self.standing_of(&schedule).await
    }

    async fn prove_and_arm(&self, schedule: &Schedule) -> Result<()> {
        let begun = Utc::now();
        let fired = self.with(schedule, |scheduler, schedule| scheduler.fire(schedule));
        stoppable(self.stop, fired).await?;
        let ended = tokio::time::timeout(PATIENCE, stoppable(self.stop, self.first_run(begun))).await;
        let run = ended.map_err(|_| failed("its first run has not ended within half an hour".to_owned()))??;
        if !run.ended_well() {
            return Err(failed(format!("its first run did not publish: {}", run.said())));
        }
        for connection in self.store.connections()?.iter().filter(|each| is_due(each)) {
            let last = self.store.last_run(connection.id, RunKind::Sync)?;
            if last.is_none_or(|last| last.started < begun) {
                let name = &connection.setup.name;
                return Err(failed(format!("its first run has not published \"{name}\"")));
            }
        }
        self.with(schedule, |scheduler, schedule| scheduler.arm(schedule)).await
    }

    /// Waits until a run has ended that began after this moment.
    async fn first_run(&self, begun: DateTime<Utc>) -> Result<LastScheduled> {
        loop {
            if let Some(run) = LastScheduled::read(self.data_dir).filter(|run| run.started >= begun) {
                return Ok(run);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// Whether schedules publish it.
fn is_due(connection: &Connection) -> bool {
    connection.state == ConnectionState::Ready && connection.setup.import
}
