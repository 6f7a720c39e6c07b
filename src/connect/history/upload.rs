//! The role to upload, and the first row, which proves that uploads are taken. A role takes up to 30 minutes to count (Azure
//! Monitor: "Logs Ingestion API", troubleshooting).

use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;

use super::super::rights;
use super::{Notes, Work};
use crate::azure::Assigned;
use crate::model::history::{Made, assignment_id};
use crate::model::plan::{Progress, Step};
use crate::model::rights::{Operation, allows};
use crate::model::roles::MONITORING_METRICS_PUBLISHER;
use crate::model::{HistoryPlace, Problem, Result, rows};
use crate::platform::checkpoint;

/// For so long a role may take to count.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// Makes sure that the app holds the role, given on the rule itself where it is not held above it.
pub(super) async fn ensure_role(work: &Work<'_>, notes: &mut Notes<'_>, place: &HistoryPlace) -> Result<()> {
    (work.ground.tell)(Progress::Step(Step::GrantUpload));
    let rule = &place.rule;
    let scope = rule.to_string();
    let held = rights::permissions(work.azure, &scope).await?;
    if allows(&held, Operation::UPLOAD) {
        return Ok(());
    }
    let Some(principal) = work.azure.sign_in().await?.object_id else {
        let what = "the token does not say which service principal it is for".to_owned();
        return Err(Problem::TokenMismatch { what }.into());
    };
    if work.person.is_none() && !allows(&held, Operation::GRANT) {
        // An app that an administrator has given just this role may not even look at what it may do.
        if place.proven && held.is_empty() {
            return Ok(());
        }
        let rule = rule.clone();
        return Err(Problem::UploadNotAllowed { rule, waited: 0 }.into());
    }
    let id = assignment_id(&scope, principal, MONITORING_METRICS_PUBLISHER);
    let made = Made::Assignment { rule: rule.clone(), id };
    notes.note(made.clone())?;
    let assigned = work
        .maker()
        .assign_role(&scope, id, MONITORING_METRICS_PUBLISHER, principal)
        .await;
    if work.told(assigned)? == Assigned::Before {
        notes.strike(&made)?;
    }
    checkpoint("history: role given");
    Ok(())
}

/// What became of the first row.
pub(super) enum First {
    /// It was taken.
    Taken,
    /// The role does not count yet, and the person did not want to wait.
    Pending,
    /// The role does not count after all that time, or the way in is closed.
    Refused(Problem),
}

/// Uploads the first row, and waits while the role does not count yet. Outside a private link an upload is refused as without a
/// role: then nothing would come of waiting.
pub(super) async fn first(work: &Work<'_>, place: &HistoryPlace) -> Result<First> {
    (work.ground.tell)(Progress::Step(Step::FirstUpload));
    let row = Bytes::from(rows::first(work.owner, Utc::now()));
    let mut waited = Duration::ZERO;
    for pause in pauses() {
        match work.azure.upload(place, row.clone()).await {
            Ok(()) => return Ok(First::Taken),
            Err(failure) if is_early(failure.problem()) && work.is_private() => {
                return Ok(First::Refused(failure.problem().clone()));
            }
            Err(failure) if is_early(failure.problem()) => {}
            Err(failure) => return Err(failure),
        }
        (work.ground.tell)(Progress::RolePending {
            waited: waited.as_secs(),
            patience: PATIENCE.as_secs(),
        });
        tokio::select! {
            () = tokio::time::sleep(pause) => waited += pause,
            () = work.ground.stop.cancelled() => return Ok(First::Pending),
        }
    }
    Ok(First::Refused(Problem::UploadNotAllowed {
        rule: place.rule.clone(),
        waited: waited.as_secs() / 60,
    }))
}

/// How a rule answers that is new, or whose role is.
fn is_early(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::UploadNotAllowed { .. } | Problem::ResourceNotFound { .. }
    )
}

/// Short ones first, since most roles count within a minute or two; then one a minute, for half an hour.
fn pauses() -> impl Iterator<Item = Duration> {
    let mut left = PATIENCE;
    let growing = [5, 10, 20, 30].into_iter().chain(std::iter::repeat(60));
    growing.map_while(move |seconds| {
        let pause = Duration::from_secs(seconds).min(left);
        left -= pause;
        (!pause.is_zero()).then_some(pause)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_for_half_an_hour_and_never_longer_than_a_minute_at_a_time() {
        assert_eq!(pauses().sum::<Duration>(), PATIENCE);
        assert!(pauses().all(|pause| pause <= Duration::from_secs(60)));
        assert_eq!(pauses().next(), Some(Duration::from_secs(5)));
    }
}
