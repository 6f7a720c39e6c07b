//! One publication of one connection, recorded in the history.

use serde_json::{Value, json};

use crate::connect::key::KeyInUse;
use crate::connect::{Ground, open, secrets};
use crate::model::report::{Outcome, SyncReport};
use crate::model::run_record::RunRecord;
use crate::model::{Connection, ConnectionState, Failure, Result, Warning};
use crate::publish::sync::{self, Options, Run};
use crate::store::RunKind;

/// Publishes once. Recorded whatever becomes of it; a dry run is none.
///
/// # Errors
/// [`crate::model::Problem::Busy`]; what keeps the run from starting. All else is in the report, a collection at a time.
pub async fn publish_once(ground: &Ground<'_>, connection: &Connection, options: Options) -> Result<SyncReport> {
    let _lock = ground.lock(connection.id, connection.setup.name.as_str())?;
    let connection = ground.fresh(connection, &[ConnectionState::Ready])?;
    let left = if options.dry_run {
        0 // what may go from the keyring goes with a real run
    } else {
        secrets::sweep(ground.store, ground.vault, connection.id).await?
    };
    let key = KeyInUse::of(ground.store, connection.id)?;
    let run = run(ground, &connection, options);
    let mut report = if options.dry_run {
        run.await?
    } else {
        ground.recorded(connection.id, RunKind::Sync, run, summary).await?
    };
    let failures = report.collections.iter().filter_map(|each| each.error.as_ref());
    failures.for_each(|failure| key.heed(failure));
    if !ground.store.made(connection.id)?.is_empty() {
        report.warnings.push(Warning::HistoryUnfinished);
    }
    if left > 0 {
        report.warnings.push(Warning::LeftInKeyring { entries: left });
    }
    Ok(report)
}

async fn run(ground: &Ground<'_>, connection: &Connection, options: Options) -> Result<SyncReport> {
    let azure = open::azure(ground, connection).await?;
    let site = open::site(ground, connection).await?;
    sync::run(&Run {
        connection,
        site: &site,
        azure: &azure,
        store: ground.store,
        tell: ground.tell.clone(),
        stop: ground.stop.clone(),
        options,
    })
    .await
}

/// The report; or, where nothing at all could be done, the cause.
///
/// # Errors
/// That cause.
pub fn judged(report: SyncReport) -> Result<SyncReport> {
    match nothing_done(&report) {
        Some(failure) => Err(failure.clone()),
        None => Ok(report),
    }
}

/// Why nothing at all could be done, where that is so.
pub fn nothing_done(report: &SyncReport) -> Option<&Failure> {
    let done = report.collections.iter().any(|each| is_good(each.outcome));
    let first = report.collections.iter().find_map(|each| each.error.as_ref());
    first.filter(|_| !done && !report.cancelled)
}

/// Whether the group is as it should be after this.
pub const fn is_good(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Published
            | Outcome::WouldPublish
            | Outcome::Unchanged
            | Outcome::Unmoved
            | Outcome::Awaiting
            | Outcome::NotSeen
    )
}

/// What the history keeps of a run; where nothing at all could be done, its cause as well.
fn summary(report: &SyncReport) -> Value {
    json!(RunRecord::of(report, nothing_done(report).map(Failure::problem)))
}
