//! Memberships that change: random moves among the custom device collections.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use rand::RngExt;

use super::seed::stream;
use super::truth::Shift;
use super::world::World;

impl World {
    /// Moves `moves` memberships at random among the custom device collections in `among`: a member goes, or a record that
    /// the limiting collection holds comes. What comes and goes again within one call does not count. Raises the version
    /// once if anything changed; answers how many collections changed.
    pub(super) fn churn(&mut self, seed: u64, moves: usize, among: &[usize], now: DateTime<Utc>) -> usize {
        let mut rng = stream(seed, "churn");
        // Net effect: +1 came, -1 went.
        let mut effects: BTreeMap<usize, BTreeMap<u32, i8>> = BTreeMap::new();
        // The result of an evaluation under way is settled already.
        let at_rest = |at: &&usize| self.collections.get(**at).is_some_and(|c| c.evaluating.is_none());
        let among: Vec<usize> = among.iter().filter(at_rest).copied().collect();
        for _ in 0..moves {
            let Some(position) = at_random(&among, &mut rng) else {
                break;
            };
            let remove = rng.random_bool(0.5);
            let moved = if remove {
                self.one_goes(position, &mut rng)
            } else {
                self.one_comes(position, &mut rng)
            };
            if let Some(resource) = moved {
                let effect = effects.entry(position).or_default().entry(resource).or_default();
                *effect += if remove { -1 } else { 1 };
            }
        }
        let shifts: Vec<Shift> = effects
            .into_iter()
            .filter_map(|(at, effect)| shift(at, &effect))
            .collect();
        for shift in &shifts {
            self.stamp(shift, now);
        }
        let changed = shifts.len();
        self.ledger.record(shifts);
        changed
    }

    fn one_goes(&mut self, position: usize, rng: &mut impl RngExt) -> Option<u32> {
        let members = &mut self.collections.get_mut(position)?.members;
        if members.is_empty() {
            return None;
        }
        Some(members.remove(rng.random_range(0..members.len())))
    }

    fn one_comes(&mut self, position: usize, rng: &mut impl RngExt) -> Option<u32> {
        let limit = self.collections.get(position)?.limit.map(|(id, _)| id);
        let pool = &self.collections.iter().find(|c| Some(c.id.as_str()) == limit)?.members;
        let resource = *at_random(pool, rng).as_ref()?;
        let members = &mut self.collections.get_mut(position)?.members;
        let place = members.binary_search(&resource).err()?;
        members.insert(place, resource);
        Some(resource)
    }

    pub(super) fn stamp(&mut self, shift: &Shift, now: DateTime<Utc>) {
        let Some(collection) = self.collections.get_mut(shift.collection) else {
            return;
        };
        // Two evaluations of one collection never end at the same moment.
        let at = now.max(collection.last_member_change + Duration::milliseconds(10));
        collection.last_member_change = at;
        collection.last_refresh = at;
        collection.last_moved = i64::try_from(shift.added.len() + shift.removed.len()).unwrap_or(i64::MAX);
    }
}

fn at_random<T: Copy>(items: &[T], rng: &mut impl RngExt) -> Option<T> {
    if items.is_empty() {
        return None;
    }
    items.get(rng.random_range(0..items.len())).copied()
}

fn shift(collection: usize, effect: &BTreeMap<u32, i8>) -> Option<Shift> {
    let with = |sign: i8| {
        effect
            .iter()
            .filter(move |(_, net)| **net == sign)
            .map(|(id, _)| *id)
            .collect()
    };
    let (added, removed): (Vec<u32>, Vec<u32>) = (with(1), with(-1));
    (!added.is_empty() || !removed.is_empty()).then_some(Shift {
        collection,
        added,
        removed,
    })
}
