//! The keys of the rows so far, so that each row is handed on once.
//!
//! Numbers are kept in a compressed bitmap: two bytes a key where keys lie scattered, one bit where most of 65,536
//! neighbours are there, as with the resource IDs of a large collection. A million members need 2 MB at the worst. Texts,
//! which are the keys of short lists, are kept as they are.
//!
//! Paging by key alone would need none of it, since strictly rising keys are distinct. It may have to give way to another way of
//! paging after rows were handed on, though, and "up to here" does not say which those were on a site that does not sort.

use std::collections::HashSet;
use std::hash::Hash;

use roaring::RoaringTreemap;

use super::odata::text_literal;

/// A key property's value.
pub(super) trait Key: Clone + Ord + Hash + Send + Sync {
    type Set: KeySet<Self>;
    /// As a literal of a filter.
    fn literal(&self) -> String;
    /// A literal below every value.
    const LOWEST: &str;
}

impl Key for i64 {
    type Set = RoaringTreemap;
    fn literal(&self) -> String {
        self.to_string()
    }
    const LOWEST: &str = "0";
}

impl Key for String {
    type Set = HashSet<Self>;
    fn literal(&self) -> String {
        text_literal(self)
    }
    const LOWEST: &str = "''";
}

/// A set of keys that only grows.
pub(super) trait KeySet<K>: Default + Send {
    /// False where the key was in it before.
    fn add(&mut self, key: K) -> bool;
    fn holds(&self, key: &K) -> bool;
    fn size(&self) -> usize;
    fn add_all(&mut self, other: Self);
}

impl KeySet<i64> for RoaringTreemap {
    fn add(&mut self, key: i64) -> bool {
        self.insert(key.cast_unsigned())
    }

    fn holds(&self, key: &i64) -> bool {
        self.contains(key.cast_unsigned())
    }

    fn size(&self) -> usize {
        usize::try_from(self.len()).unwrap_or(usize::MAX)
    }

    fn add_all(&mut self, other: Self) {
        *self |= other;
    }
}

impl<K: Eq + Hash + Send> KeySet<K> for HashSet<K> {
    fn add(&mut self, key: K) -> bool {
        self.insert(key)
    }

    fn holds(&self, key: &K) -> bool {
        self.contains(key)
    }

    fn size(&self) -> usize {
        self.len()
    }

    fn add_all(&mut self, other: Self) {
        self.extend(other);
    }
}

/// The keys of the rows so far.
pub(super) struct Seen<K: Key> {
    /// In the ways of paging given up before: their rows were handed on already.
    handed_on: K::Set,
    /// In the way of paging under way.
    now: K::Set,
}

impl<K: Key> Default for Seen<K> {
    fn default() -> Self {
        Self {
            handed_on: K::Set::default(),
            now: K::Set::default(),
        }
    }
}

impl<K: Key> Seen<K> {
    /// Whether the row is to be handed on.
    pub(super) fn note(&mut self, key: K) -> bool {
        !self.handed_on.holds(&key) & self.now.add(key)
    }

    /// How many different rows the way of paging under way has brought.
    pub(super) fn now(&self) -> usize {
        self.now.size()
    }

    /// Another way of paging begins.
    pub(super) fn start_again(&mut self) {
        let now = std::mem::take(&mut self.now);
        self.handed_on.add_all(now);
    }

    /// How many rows were handed on, the way of paging under way apart.
    pub(super) fn handed_on(&self) -> usize {
        self.handed_on.size()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The bitmap takes every number that a site can send, negative ones too, as a plain set does.
        #[test]
        fn numbers_are_kept_as_in_a_plain_set(keys in proptest::collection::vec(prop_oneof![any::<i64>(), -3_i64..3], 0..60)) {
            let (mut compact, mut plain) = (RoaringTreemap::default(), HashSet::new());
            for key in &keys {
                prop_assert_eq!(compact.add(*key), plain.add(*key));
            }
            prop_assert_eq!(compact.size(), plain.size());
            prop_assert!(keys.iter().all(|key| compact.holds(key)));
        }
    }

    #[test]
    fn a_million_keys_are_small() {
        let size = |step: u32| {
            let keys = (0..1_000_000).map(|at| u64::from(16_777_216 + at * step));
            keys.collect::<RoaringTreemap>().serialized_size()
        };
        assert!(size(1) < 200_000, "neighbours: {}", size(1));
        assert!(size(97) < 2_100_000 + 1_500 * 20, "scattered: {}", size(97));
    }
}
