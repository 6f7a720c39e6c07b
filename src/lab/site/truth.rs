//! What each computer group must hold, now and at every earlier version.
//!
//! The rule, which the lab applies to its own records:
//!
//! 1. A member counts if its record is a computer: resource type 5, and not a resource ID of a provisioning device or an
//!    unknown computer (0x79000000 to 0x7AFFFFFF).
//! 2. Its name is the first of the record's `ResourceNames` that contains a dot, else `Name.FullDomainName`, else `Name`.
//! 3. Names of one collection that are equal without regard to case count once, spelt as in the best of their records:
//!    not obsolete before obsolete (null counts as not obsolete), then client before no client, then the lowest resource
//!    ID.
//! 4. The names stand in the order of their lower-case forms, then of their spellings.
//!
//! Where only clients count, records without a client are left out before all of this.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::collections::{Collection, Type};
use super::devices::Device;
use super::{TrueCollection, Truth};

/// The published names of all records, worked out once: records do not change, only memberships do.
#[derive(Debug)]
pub(super) struct Naming {
    /// Names with the best spelling first among equals, in the order of rule 4.
    ranked: Vec<Ranked>,
    rank_of: HashMap<u32, usize>,
}

#[derive(Debug)]
struct Ranked {
    folded: String,
    name: String,
}

impl Naming {
    pub(super) fn new(devices: &[Device]) -> Self {
        Self::of(devices.iter())
    }

    /// Of the records that are clients alone.
    pub(super) fn of_clients(devices: &[Device]) -> Self {
        Self::of(devices.iter().filter(|device| device.client.is_some()))
    }

    fn of<'a>(devices: impl Iterator<Item = &'a Device>) -> Self {
        let mut computers: Vec<(String, bool, bool, u32, String)> = devices
            .filter(|device| device.is_computer())
            .map(|device| {
                let name = device.computer();
                let obsolete = device.obsolete == Some(1);
                (
                    name.to_lowercase(),
                    obsolete,
                    device.client.is_none(),
                    device.resource_id,
                    name,
                )
            })
            .collect();
        computers.sort();
        let rank_of = computers
            .iter()
            .enumerate()
            .map(|(rank, computer)| (computer.3, rank))
            .collect();
        let ranked = computers
            .into_iter()
            .map(|(folded, _, _, _, name)| Ranked { folded, name })
            .collect();
        Self { ranked, rank_of }
    }

    /// The computer names of a membership.
    fn computers<'a>(&self, members: impl Iterator<Item = &'a u32>) -> Vec<String> {
        let mut ranks: Vec<usize> = members.filter_map(|id| self.rank_of.get(id)).copied().collect();
        ranks.sort_unstable();
        let mut last: Option<&str> = None;
        let mut names = Vec::with_capacity(ranks.len());
        for ranked in ranks.into_iter().filter_map(|rank| self.ranked.get(rank)) {
            if last != Some(ranked.folded.as_str()) {
                names.push(ranked.name.clone());
                last = Some(&ranked.folded);
            }
        }
        names
    }

    /// The records whose computer has another record, in the order of their resource IDs.
    pub(super) fn double_records(&self, devices: &[Device]) -> Vec<u32> {
        let folded = |rank: usize| self.ranked.get(rank).map(|ranked| ranked.folded.as_str());
        let is_double = |rank: usize| {
            let own = folded(rank);
            own == folded(rank + 1) || (rank > 0 && own == folded(rank - 1))
        };
        let ids = devices.iter().map(|device| device.resource_id);
        ids.filter(|id| self.rank_of.get(id).is_some_and(|rank| is_double(*rank)))
            .collect()
    }
}

/// The members that one collection won and lost at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shift {
    /// Position of the collection.
    pub(super) collection: usize,
    pub(super) added: Vec<u32>,
    pub(super) removed: Vec<u32>,
}

impl Shift {
    fn cost(&self) -> usize {
        // An empty shift costs something too: its own size.
        16 + self.added.len() + self.removed.len()
    }
}

#[derive(Debug)]
struct Change {
    version: u64,
    shifts: Vec<Shift>,
}

/// How much history is kept, in moved memberships (four bytes each); ten thousand versions of a hundred moves fit.
const HISTORY: usize = 2_000_000;

/// The versions of all memberships: the present ones are in the collections, earlier ones are reached by going back.
#[derive(Debug)]
pub(super) struct Ledger {
    version: u64,
    changes: VecDeque<Change>,
    cost: usize,
    /// The last version, before the kept history, at which each collection changed.
    before: Vec<u64>,
}

impl Ledger {
    /// The first version, 1, of so many collections.
    pub(super) fn new(collections: usize) -> Self {
        Self {
            version: 1,
            changes: VecDeque::new(),
            cost: 0,
            before: vec![1; collections],
        }
    }

    /// Records that these memberships changed together, as one new version; nothing for no shifts.
    pub(super) fn record(&mut self, shifts: Vec<Shift>) {
        if shifts.is_empty() {
            return;
        }
        self.version = self.version.saturating_add(1);
        self.cost = self.cost.saturating_add(shifts.iter().map(Shift::cost).sum());
        self.changes.push_back(Change {
            version: self.version,
            shifts,
        });
        while self.cost > HISTORY && self.changes.len() > 1 {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(change) = self.changes.pop_front() else { return };
        for shift in &change.shifts {
            self.cost = self.cost.saturating_sub(shift.cost());
            if let Some(version) = self.before.get_mut(shift.collection) {
                *version = change.version;
            }
        }
    }

    /// What each device collection must hold at a version; `None` where it never was or is forgotten.
    pub(super) fn truth(&self, at: Option<u64>, collections: &[Collection], naming: &Naming) -> Option<Truth> {
        let at = at.unwrap_or(self.version);
        let oldest = self
            .changes
            .front()
            .map_or(self.version, |change| change.version.saturating_sub(1));
        if !(oldest..=self.version).contains(&at) {
            return None;
        }
        let then = self.going_back(at);
        let versions = self.last_changes(at);
        let device_collections = collections.iter().enumerate().filter(|(_, c)| c.kind == Type::Device);
        let collections = device_collections
            .map(|(position, collection)| TrueCollection {
                id: collection.id.clone(),
                name: collection.name.clone(),
                version: versions.get(position).copied().unwrap_or(1),
                computers: match then.get(&position) {
                    None => naming.computers(collection.members.iter()),
                    Some(differences) => naming.computers(rewound(&collection.members, differences).iter()),
                },
            })
            .collect();
        Some(Truth {
            version: at,
            collections,
        })
    }

    /// For each collection that changed since: which members were (`true`) or were not (`false`) there at that version.
    fn going_back(&self, at: u64) -> HashMap<usize, BTreeMap<u32, bool>> {
        let mut then: HashMap<usize, BTreeMap<u32, bool>> = HashMap::new();
        for change in self.changes.iter().rev().take_while(|change| change.version > at) {
            for shift in &change.shifts {
                let differences = then.entry(shift.collection).or_default();
                differences.extend(shift.added.iter().map(|id| (*id, false)));
                differences.extend(shift.removed.iter().map(|id| (*id, true)));
            }
        }
        then
    }

    fn last_changes(&self, at: u64) -> Vec<u64> {
        let mut versions = self.before.clone();
        for change in self.changes.iter().take_while(|change| change.version <= at) {
            for shift in &change.shifts {
                if let Some(version) = versions.get_mut(shift.collection) {
                    *version = change.version;
                }
            }
        }
        versions
    }
}

fn rewound(members: &[u32], differences: &BTreeMap<u32, bool>) -> Vec<u32> {
    let kept = members.iter().filter(|id| differences.get(id) != Some(&false)).copied();
    let returned = differences
        .iter()
        .filter(|(id, was_there)| **was_there && members.binary_search(id).is_err())
        .map(|(id, _)| *id);
    kept.chain(returned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shift(added: Vec<u32>) -> Vec<Shift> {
        vec![Shift {
            collection: 0,
            added,
            removed: Vec::new(),
        }]
    }

    #[test]
    fn history_is_bounded_and_forgets_the_oldest_first() {
        let mut ledger = Ledger::new(1);
        let naming = Naming::new(&[]);
        for _ in 0..40 {
            ledger.record(shift((0..100_000).collect()));
        }
        ledger.record(Vec::new());
        assert_eq!(ledger.version, 41, "nothing changed, nothing recorded");
        assert!(ledger.cost <= HISTORY);
        assert_eq!(ledger.changes.len(), 19);
        let at = |version| ledger.truth(Some(version), &[], &naming).map(|truth| truth.version);
        assert_eq!((at(21), at(22), at(41), at(42)), (None, Some(22), Some(41), None));
        assert_eq!(
            ledger.last_changes(22),
            [22],
            "a forgotten change still counts as the last one"
        );
    }
}
