//! Having this machine keep a connection up to date, after it was made. A failure of it undoes nothing else.

use super::hands::{Hands, guarded};
use crate::model::plan::{Progress, Step};
use crate::model::report::SyncReport;
use crate::model::schedule::{Every, Obstacle, ScheduleEnd, ScheduleSeen, Standing};
use crate::model::{Problem, Result};
use crate::schedule::{Job, Machine};

/// What can be said of a schedule; on the lab without asking anybody.
pub(super) async fn seen(hands: &Hands) -> Result<ScheduleSeen> {
    match job(hands) {
        Some(job) => job.seen().await,
        None => Ok(ScheduleSeen {
            system: Machine::here().system(),
            account: None,
            standing: Standing::default(),
            obstacle: Some(Obstacle::Lab),
        }),
    }
}

/// Installs a schedule where one is wished and none stands. `publication` is the first one, where there was anything to publish.
pub(super) async fn after_making(
    hands: &Hands,
    wish: Option<Every>,
    publication: Option<&Result<SyncReport>>,
) -> ScheduleEnd {
    let Some(job) = job(hands) else {
        return ScheduleEnd::NotWished;
    };
    let standing = guarded(job.standing()).await.ok();
    if let Some(standing) = standing.filter(|standing| standing.installed) {
        return ScheduleEnd::Stood(standing);
    }
    let Some(every) = wish else {
        return ScheduleEnd::NotWished;
    };
    if publication.is_some_and(|end| end.as_ref().map_or(true, |report| report.cancelled)) {
        return ScheduleEnd::NotTried;
    }
    (hands.tell)(Progress::Step(Step::Schedule));
    match guarded(job.install(every, false)).await {
        Ok(standing) => ScheduleEnd::Installed(standing),
        Err(failure) => {
            let cancelled = matches!(failure.problem(), Problem::Cancelled { .. });
            if !cancelled {
                let code = failure.problem().code();
                tracing::error!(code, details = ?failure.details(), "the schedule was not installed");
            }
            ScheduleEnd::Failed(failure)
        }
    }
}

fn job(hands: &Hands) -> Option<Job<'_>> {
    let core = &hands.core;
    core.machine.as_ref().map(|machine| Job {
        machine,
        data_dir: &core.data_dir,
        store: &core.store,
        stop: &hands.stop,
    })
}
