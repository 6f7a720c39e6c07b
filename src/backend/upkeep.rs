//! Having this machine keep connections up to date: after one was made, where a failure of it undoes nothing else, and as a person
//! wishes later.

use super::hands::{Hands, guarded};
use crate::model::changes::Rhythm;
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

/// Has this account's schedule publish so often, or takes it away.
///
/// # Errors
/// `NoScheduler`, `ScheduleFailed`; what keeps its first run from publishing: then it is as it was, or gone.
pub(super) async fn set(hands: &Hands, rhythm: Rhythm) -> Result<()> {
    let Some(job) = job(hands) else {
        let what = "the lab ends with the window, so nothing could publish on schedule".to_owned();
        return Err(Problem::NoScheduler { what }.into());
    };
    (hands.tell)(Progress::Step(Step::Schedule));
    match rhythm {
        Rhythm::Never => job.remove().await.map(|_| ()),
        Rhythm::Every(every) => job.install(every, false).await.map(|_| ()),
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
