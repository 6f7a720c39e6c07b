//! Memberships that change under the eyes of a reader: at once between two pages, or as an evaluation that takes a while.

use chrono::{DateTime, Duration, Utc};
use rand::RngExt;

use super::seed::stream;
use super::truth::Shift;
use super::world::World;

/// How long a collection says that it is being evaluated after a change between pages.
const AFTER_A_CHANGE: Duration = Duration::milliseconds(500);

/// An evaluation under way. The membership of the collection is the old one until it ends; readers see half of the change.
#[derive(Debug, Clone)]
pub(super) struct Evaluating {
    /// Resource IDs that readers see, in rising order.
    pub(super) shown: Vec<u32>,
    /// Resource IDs at the end, in rising order.
    result: Vec<u32>,
    /// It lasts for so many more page requests.
    pages_left: usize,
}

impl World {
    /// Notes that a page of a collection's members was read, and changes the collection where a switch asks for it.
    pub(super) fn page_was_read(&mut self, collection: usize, now: DateTime<Utc>) {
        let Some(read) = self.collections.get_mut(collection).filter(|c| c.is_movable()) else {
            return;
        };
        if let Some(evaluating) = &mut read.evaluating {
            evaluating.pages_left = evaluating.pages_left.saturating_sub(1);
            if evaluating.pages_left == 0 {
                self.end_evaluation(collection, now);
            }
            return;
        }
        read.pages += 1;
        let pages = read.pages;
        if self.changes_after(pages) {
            self.change_at_once(collection, now);
        } else if self.is_evaluated_after(pages) {
            self.begin_evaluation(collection);
        }
    }

    fn changes_after(&self, pages: usize) -> bool {
        let mid = self.knobs.mid_change.as_ref().filter(|mid| mid.times != Some(0));
        mid.is_some_and(|mid| pages >= mid.after_pages)
    }

    fn change_at_once(&mut self, collection: usize, now: DateTime<Utc>) {
        let seed = self.next_change();
        let Some(mid) = &mut self.knobs.mid_change else { return };
        mid.times = mid.times.map(|times| times.saturating_sub(1));
        let moves = mid.moves;
        if let Some(read) = self.collections.get_mut(collection) {
            read.pages = 0;
            read.busy_until = now + AFTER_A_CHANGE;
        }
        self.churn(seed, moves, &[collection], now);
    }

    fn is_evaluated_after(&self, pages: usize) -> bool {
        let evaluation = self.knobs.evaluation.as_ref().filter(|each| each.times != Some(0));
        evaluation.is_some_and(|each| pages >= each.after_pages)
    }

    /// Begins an evaluation in which as many come as go, so that the number of rows gives nothing away.
    fn begin_evaluation(&mut self, collection: usize) {
        let seed = self.next_change();
        let Some(evaluation) = self.knobs.evaluation.clone() else {
            return;
        };
        let Some(read) = self.collections.get(collection) else {
            return;
        };
        let mut rng = stream(seed, "evaluation");
        let pool = self.pool(read.limit.map(|(id, _)| id));
        let mut comers: Vec<u32> = pool
            .iter()
            .filter(|id| read.members.binary_search(id).is_err())
            .copied()
            .collect();
        let mut stages = vec![read.members.clone()];
        for _ in 0..evaluation.moves.max(2) {
            let mut members = stages.last().cloned().unwrap_or_default();
            if members.is_empty() || comers.is_empty() {
                break;
            }
            members.remove(rng.random_range(0..members.len()));
            members.push(comers.swap_remove(rng.random_range(0..comers.len())));
            members.sort_unstable();
            stages.push(members);
        }
        let shown = stages.get(stages.len() / 2).cloned();
        let (Some(shown), Some(result), 3..) = (shown, stages.pop(), stages.len() + 1) else {
            return;
        };
        if let Some(read) = self.collections.get_mut(collection) {
            read.pages = 0;
            read.evaluating = Some(Evaluating {
                shown,
                result,
                pages_left: evaluation.pages,
            });
        }
        if let Some(evaluation) = &mut self.knobs.evaluation {
            evaluation.times = evaluation.times.map(|times| times.saturating_sub(1));
        }
    }

    /// The members of the collection that limits another one.
    fn pool(&self, limit: Option<&str>) -> &[u32] {
        let pool = self.collections.iter().find(|c| Some(c.id.as_str()) == limit);
        pool.map_or(&[], |c| c.members.as_slice())
    }

    fn end_evaluation(&mut self, collection: usize, now: DateTime<Utc>) {
        let Some(read) = self.collections.get_mut(collection) else {
            return;
        };
        let Some(ended) = read.evaluating.take() else { return };
        let old = std::mem::replace(&mut read.members, ended.result);
        let without = |all: &[u32], others: &[u32]| -> Vec<u32> {
            let left = all.iter().filter(|id| others.binary_search(id).is_err());
            left.copied().collect()
        };
        let shift = Shift {
            collection,
            added: without(&read.members, &old),
            removed: without(&old, &read.members),
        };
        self.stamp(&shift, now);
        self.ledger.record(vec![shift]);
    }

    /// Ends all evaluations: the switch was turned off.
    pub(super) fn end_evaluations(&mut self) {
        for collection in 0..self.collections.len() {
            // The stamp is later than the last one in any case.
            self.end_evaluation(collection, self.made);
        }
    }
}
