//! The runs of a connection over time: what each was for and did, and how many members its groups had after it. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::CollectionId;
use super::report::Outcome;
use super::run_record::{RunKind, RunRecord};

/// A run, as the history has it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSeen {
    /// What for.
    pub kind: RunKind,
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it ended; `None` while it is under way, and for ever when it was ended from outside.
    pub ended: Option<DateTime<Utc>>,
    /// What it did.
    pub record: RunRecord,
}

/// How many members there were from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The moment: the end of a publication.
    pub at: DateTime<Utc>,
    /// Members of all groups together, each as often as it is one; or of the one group.
    pub members: u64,
}

/// The history of a connection, as far as it is looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunHistory {
    /// The latest runs, newest first.
    pub latest: Vec<RunSeen>,
    /// How many runs there are in all.
    pub runs: usize,
    /// Of which collection the members are counted; `None`: of all together.
    pub of: Option<CollectionId>,
    /// Members over time, oldest first.
    pub members: Vec<Sample>,
}

/// Members after each publication; runs come oldest first. What a run left as it was has as many members as before. A run after
/// which the number of some group is not known, since what came before is not in the history any more, has no place here.
pub fn members<'a>(runs: impl IntoIterator<Item = &'a RunSeen>, of: Option<&CollectionId>) -> Vec<Sample> {
    let mut counts: BTreeMap<&CollectionId, usize> = BTreeMap::new();
    let mut samples = Vec::new();
    for run in runs {
        let (RunKind::Sync, Some(at)) = (run.kind, run.ended) else {
            continue;
        };
        let each = run.record.each();
        if each.is_empty() {
            continue; // it came to none
        }
        if run.record.problem.is_none() && !run.record.cancelled {
            counts.retain(|id, _| each.contains_key(id)); // what it did not name is not chosen any more
        }
        for (id, (_, told)) in &each {
            if let Some(computers) = told.and_then(|told| told.computers) {
                counts.insert(id, computers);
            }
        }
        let stood = |outcome| matches!(outcome, Outcome::Unchanged | Outcome::Unmoved);
        let wanted = |id: &CollectionId| of.is_none_or(|of| of == id);
        let is_known = each
            .iter()
            .all(|(id, (outcome, _))| !wanted(id) || !stood(*outcome) || counts.contains_key(id));
        let known = counts.iter().filter(|(id, _)| wanted(id));
        let has_any = known.clone().next().is_some();
        if is_known && (has_any || of.is_none()) {
            let members = known.map(|(_, count)| *count as u64).sum();
            samples.push(Sample { at, members });
        }
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Problem;
    use crate::model::dry_run::RowsUp;
    use crate::model::run_record::CollectionRecord;

    fn id(number: usize) -> CollectionId {
        format!("PS1{number:05}").parse().unwrap()
    }

    fn told(number: usize, outcome: Outcome, computers: Option<usize>) -> CollectionRecord {
        CollectionRecord {
            id: id(number),
            outcome,
            computers,
            sent: RowsUp::default(),
            problem: None,
        }
    }

    fn run(second: i64, record: RunRecord) -> RunSeen {
        let at = DateTime::from_timestamp(second, 0).unwrap();
        RunSeen {
            kind: RunKind::Sync,
            started: at,
            ended: Some(at),
            record,
        }
    }

    fn numbers(runs: &[RunSeen], of: Option<&CollectionId>) -> Vec<(i64, u64)> {
        let samples = members(runs, of);
        samples.iter().map(|each| (each.at.timestamp(), each.members)).collect()
    }

    fn runs() -> Vec<RunSeen> {
        let published = |collections| RunRecord {
            collections,
            ..RunRecord::default()
        };
        let mut killed = run(45, RunRecord::default());
        killed.ended = None;
        vec![
            run(
                10,
                published(vec![
                    told(1, Outcome::Published, Some(5)),
                    told(2, Outcome::Published, Some(7)),
                ]),
            ),
            run(
                20,
                RunRecord {
                    unmoved: vec![id(2)],
                    ..published(vec![told(1, Outcome::Published, Some(6))])
                },
            ),
            run(
                30,
                RunRecord {
                    problem: Some(Problem::SecretExpired),
                    ..RunRecord::default()
                },
            ),
            run(
                40,
                RunRecord {
                    unchanged: vec![id(2)],
                    ..published(vec![told(1, Outcome::Failed, None)])
                },
            ),
            killed,
            // The second one is not chosen any more.
            run(
                50,
                RunRecord {
                    unchanged: vec![id(1)],
                    ..RunRecord::default()
                },
            ),
        ]
    }

    #[test]
    fn what_a_run_left_has_as_many_members_as_before() {
        assert_eq!(numbers(&runs(), None), [(10, 12), (20, 13), (40, 13), (50, 6)]);
        assert_eq!(numbers(&runs(), Some(&id(2))), [(10, 7), (20, 7), (40, 7)]);
        assert_eq!(numbers(&runs(), Some(&id(9))), []);
    }

    #[test]
    fn a_number_that_is_not_known_is_not_made_up() {
        let later = &runs()[1..];
        assert_eq!(
            numbers(later, None),
            [(50, 6)],
            "how many the second one had is not known"
        );
        assert_eq!(numbers(later, Some(&id(1))), [(20, 6), (40, 6), (50, 6)]);
    }
}
