//! `asw status [NAME] --runs N`: the latest runs, what each did with each collection, and why not.

use serde_json::{Value, json};

use crate::backend::overview;
use crate::cli::answer::{Answer, failure_json};
use crate::cli::session::Session;
use crate::model::run_record::{CollectionRecord, RunRecord};
use crate::model::{Connection, Failure, Result};
use crate::store::Run;
use crate::text;

/// The latest runs of these connections.
pub(super) fn runs(session: &Session, connections: &[Connection], limit: usize) -> Result<Answer> {
    let mut human = String::new();
    let mut all = Vec::new();
    for connection in connections {
        let runs = overview::runs(&session.store, connection.id, limit)?;
        human.push_str(&format!("{}\n", connection.setup.name));
        if runs.is_empty() {
            human.push_str("  no runs yet\n");
        }
        for (run, record) in &runs {
            human.push_str(&describe(run, record));
        }
        let runs: Vec<Value> = runs.iter().map(|(run, record)| entry(run, record)).collect();
        all.push(json!({ "name": connection.setup.name, "runs": runs }));
    }
    Ok(Answer::done(human, json!({ "connections": all })))
}

fn describe(run: &Run, record: &RunRecord) -> String {
    let parts = text::runs::figures(record);
    let end = match run.ended {
        None => ", under way or ended from outside".to_owned(),
        Some(ended) => format!(", {} s", (ended - run.started).num_seconds().max(0)),
    };
    let stopped = if record.cancelled { ", stopped" } else { "" };
    let mut lines = format!(
        "  {}  {}{end}{stopped}",
        text::home::moment(run.started),
        text::runs::kind(run.kind)
    );
    if !parts.is_empty() {
        lines.push_str(&format!(": {}", parts.join(", ")));
    }
    lines.push('\n');
    if let Some(problem) = &record.problem {
        lines.push_str(&format!("    {}\n", text::problem::wording(problem).sentence));
    }
    for each in &record.collections {
        lines.push_str(&collection(each, record));
    }
    lines
}

/// A collection with its reason, unless that is the one of the whole run.
fn collection(each: &CollectionRecord, record: &RunRecord) -> String {
    let computers = each
        .computers
        .map(|count| text::count(count, "computer", "computers"))
        .unwrap_or_default();
    let mut lines = format!(
        "    {}  {:<11}  {computers:>16}\n",
        each.id,
        text::progress::outcome(each.outcome)
    );
    if let Some(problem) = each
        .problem
        .as_ref()
        .filter(|problem| record.problem.as_ref() != Some(problem))
    {
        lines.push_str(&format!("              {}\n", text::problem::wording(problem).sentence));
    }
    lines
}

fn entry(run: &Run, record: &RunRecord) -> Value {
    let why = |problem: &Option<_>| problem.clone().map(|problem| failure_json(&Failure::from(problem)));
    let collections: Vec<Value> = record
        .collections
        .iter()
        .map(|each| {
            json!({
                "id": each.id,
                "outcome": each.outcome,
                "computers": each.computers,
                "sent": each.sent,
                "error": why(&each.problem),
            })
        })
        .collect();
    json!({
        "kind": run.kind,
        "started": run.started,
        "ended": run.ended,
        "cancelled": record.cancelled,
        "collections": collections,
        "unchanged": record.unchanged,
        "unmoved": record.unmoved,
        "sent": record.sent,
        "error": why(&record.problem),
    })
}
