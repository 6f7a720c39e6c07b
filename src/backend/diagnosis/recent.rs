//! The latest runs of a connection, each in a line.

use crate::backend::overview;
use crate::model::diagnosis::RunLine;
use crate::model::report::Outcome;
use crate::model::run_record::RunRecord;
use crate::model::{Connection, Problem, Result};
use crate::store::{Run, RunKind, Store};

/// At most so many, newest first.
///
/// # Errors
/// The store's.
pub(super) fn runs(store: &Store, connection: &Connection, most: usize) -> Result<Vec<RunLine>> {
    let runs = overview::runs(store, connection.id, most)?;
    Ok(runs.iter().map(|(run, record)| line(run, record)).collect())
}

fn line(run: &Run, record: &RunRecord) -> RunLine {
    let good = record.count(Outcome::Published);
    let same = record.count(Outcome::Unchanged) + record.count(Outcome::Unmoved);
    RunLine {
        kind: match run.kind {
            RunKind::Sync => "publication",
            RunKind::Connect => "making",
            RunKind::UpdateSecret => "new secret key",
            RunKind::Remove => "removal",
            RunKind::Move => "move",
        },
        started: run.started,
        ended: run.ended,
        problem: record.problem.clone(),
        collections: (good, same, record.count(Outcome::Failed)),
        sent: record.sent,
        problems: problems(record),
    }
}

/// Each problem once, with the number of collections that it kept back.
fn problems(record: &RunRecord) -> Vec<(Problem, usize)> {
    let mut counted: Vec<(Problem, usize)> = Vec::new();
    for problem in record.collections.iter().filter_map(|each| each.problem.as_ref()) {
        match counted.iter_mut().find(|(each, _)| each == problem) {
            Some((_, number)) => *number += 1,
            None => counted.push((problem.clone(), 1)),
        }
    }
    counted
}
