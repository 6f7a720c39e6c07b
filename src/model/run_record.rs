//! What the history keeps of one publication. Small: what a run found as it was is listed by ID alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dry_run::RowsUp;
use super::report::{CollectionReport, Outcome, SyncReport};
use super::{CollectionId, Failure, Problem};

/// What a run was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Publishing.
    Sync,
    /// Making the connection.
    Connect,
    /// Replacing the secret key.
    UpdateSecret,
    /// Removing the connection.
    Remove,
    /// Moving it to another SMS Provider or site.
    Move,
}

/// What a run did. Records of earlier versions, which say less, read as well.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunRecord {
    /// It was stopped before its end.
    #[serde(skip_serializing_if = "is_false")]
    pub cancelled: bool,
    /// Collections that it did something with, or could not.
    pub collections: Vec<CollectionRecord>,
    /// Read, and as they were.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unchanged: Vec<CollectionId>,
    /// Not even read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmoved: Vec<CollectionId>,
    /// Rows that Azure has taken.
    pub sent: RowsUp,
    /// Why nothing at all could be done, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// What a run did with one collection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CollectionRecord {
    /// Collection ID.
    pub id: CollectionId,
    /// What was done.
    pub outcome: Outcome,
    /// Computers in its group then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computers: Option<usize>,
    /// Rows that Azure has taken.
    #[serde(default, skip_serializing_if = "RowsUp::is_none")]
    pub sent: RowsUp,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls takes a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl RunRecord {
    /// Of a run that came to its end; `problem` is why nothing at all could be done.
    pub fn of(report: &SyncReport, problem: Option<&Problem>) -> Self {
        let with = |outcome: Outcome| {
            let all = report.collections.iter().filter(move |each| each.outcome == outcome);
            all.map(|each| each.id.clone()).collect()
        };
        let is_told = |each: &&CollectionReport| !matches!(each.outcome, Outcome::Unchanged | Outcome::Unmoved);
        Self {
            cancelled: report.cancelled,
            collections: report.collections.iter().filter(is_told).map(record).collect(),
            unchanged: with(Outcome::Unchanged),
            unmoved: with(Outcome::Unmoved),
            sent: report.sent(),
            problem: problem.cloned(),
        }
    }

    /// What it did with each collection that it came to.
    pub fn each(&self) -> BTreeMap<&CollectionId, (Outcome, Option<&CollectionRecord>)> {
        let told = self
            .collections
            .iter()
            .map(|each| (&each.id, (each.outcome, Some(each))));
        let unchanged = self.unchanged.iter().map(|id| (id, (Outcome::Unchanged, None)));
        let unmoved = self.unmoved.iter().map(|id| (id, (Outcome::Unmoved, None)));
        told.chain(unchanged).chain(unmoved).collect()
    }

    /// How many collections had this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        let told = self.collections.iter().filter(|each| each.outcome == outcome).count();
        told + match outcome {
            Outcome::Unchanged => self.unchanged.len(),
            Outcome::Unmoved => self.unmoved.len(),
            _ => 0,
        }
    }
}

fn record(each: &CollectionReport) -> CollectionRecord {
    CollectionRecord {
        id: each.id.clone(),
        outcome: each.outcome,
        computers: each.computers,
        sent: each.sent,
        problem: each.error.as_ref().map(Failure::problem).cloned(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn collection(number: usize, outcome: Outcome) -> CollectionReport {
        let failed = outcome == Outcome::Failed;
        CollectionReport {
            id: format!("PS1{number:05}").parse().unwrap(),
            name: "n".into(),
            outcome,
            computers: Some(3),
            as_of: None,
            parts: 0,
            would: None,
            sent: RowsUp {
                members: 3,
                markers: 1,
                bytes: 900,
                calls: 2,
            },
            error: failed.then(|| Problem::SecretExpired.into()),
        }
    }

    fn report(collections: Vec<CollectionReport>) -> SyncReport {
        SyncReport {
            connection: "n".into(),
            started: DateTime::UNIX_EPOCH,
            finished: DateTime::UNIX_EPOCH,
            cancelled: false,
            collections,
            beside: None,
            warnings: Vec::new(),
        }
    }

    #[test]
    fn all_outcomes_read_back() {
        let outcomes = [
            Outcome::Published,
            Outcome::Failed,
            Outcome::Unmoved,
            Outcome::Unchanged,
        ];
        let all = outcomes
            .iter()
            .enumerate()
            .map(|(at, outcome)| collection(at, *outcome))
            .collect();
        let kept = RunRecord::of(&report(all), None);
        let read: RunRecord = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
        assert_eq!(read, kept);
        for outcome in outcomes {
            assert_eq!(read.count(outcome), 1, "{outcome:?}");
        }
        assert_eq!(read.collections[1].problem, Some(Problem::SecretExpired));
        let each = read.each();
        let found: Vec<Outcome> = (0..4).map(|at| each[&collection(at, Outcome::Failed).id].0).collect();
        assert_eq!(found, outcomes);
        assert!(!each.contains_key(&collection(9, Outcome::Failed).id));
        assert_eq!(read.sent.bytes, 3_600);
    }

    #[test]
    fn a_quiet_run_takes_little_room() {
        let all = (0..1_000).map(|at| collection(at, Outcome::Unmoved)).collect();
        let text = serde_json::to_string(&RunRecord::of(&report(all), None)).unwrap();
        assert!(text.len() < 12_000, "{}", text.len());
    }

    #[test]
    fn records_of_earlier_versions_read_as_well() {
        let text = r#"{"started":"2026-11-25T14:03:59Z","finished":"2026-11-25T14:04:00Z","cancelled":false,"collections":
            [{"id":"PS100016","outcome":"unmoved","computers":4,"as_of":null,"parts":0,"problem":null}]}"#;
        let read: RunRecord = serde_json::from_str(text).unwrap();
        assert_eq!((read.count(Outcome::Unmoved), read.sent), (1, RowsUp::default()));
        let ended: RunRecord = serde_json::from_str(r#"{"problem":"secret_expired"}"#).unwrap_or_default();
        assert_eq!(ended.collections, Vec::new());
    }
}
