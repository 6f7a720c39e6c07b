//! What groups may show. The truth has versions; a group must show one of them, and none that is earlier than the last one shown.

use std::collections::BTreeMap;

use azure_services_wizard::lab::Lab;

/// Computers, sorted.
pub type Members = Vec<String>;

/// The memberships of the chosen collections, version by version.
#[derive(Default)]
pub struct Versions {
    /// Of each collection: the versions at which it changed, with what it has held since.
    of: BTreeMap<String, Vec<(u64, Members)>>,
    newest: u64,
}

/// Up to where each reader has come: by way of reading and collection, a place in the versions.
#[derive(Default)]
pub struct Shown(BTreeMap<(&'static str, String), usize>);

impl Versions {
    /// Learns what has come since; only of these collections.
    pub fn learn(&mut self, lab: &Lab, chosen: &[String]) {
        let newest = lab.truth(None).unwrap().version;
        for version in self.newest + 1..=newest {
            let truth = lab.truth(Some(version)).unwrap();
            for collection in truth.collections.into_iter().filter(|each| chosen.contains(&each.id)) {
                let known = self.of.entry(collection.id).or_default();
                if known.last().is_none_or(|(since, _)| *since < collection.version) {
                    let mut members = collection.computers;
                    members.sort();
                    known.push((collection.version, members));
                }
            }
        }
        self.newest = newest;
    }

    /// What a collection must hold now.
    pub fn newest(&self, id: &str) -> &Members {
        &self.of[id].last().unwrap().1
    }
}

impl Shown {
    /// Takes in what a reader was shown.
    ///
    /// # Errors
    /// Where it is no version, or an earlier one than was shown before.
    pub fn look(&mut self, versions: &Versions, way: &'static str, id: &str, members: &Members) -> Result<(), String> {
        let known = versions
            .of
            .get(id)
            .ok_or_else(|| format!("{way}: {id} was never chosen"))?;
        let from = self.0.get(&(way, id.to_owned())).copied().unwrap_or_default();
        let matches = |place: &usize| known[*place].1 == *members;
        if let Some(place) = (from..known.len()).find(matches) {
            self.0.insert((way, id.to_owned()), place);
            return Ok(());
        }
        Err(match (0..from).rev().find(matches) {
            Some(place) => format!(
                "{way}: {id} has gone back to version {} after it showed version {}",
                known[place].0, known[from].0
            ),
            None => {
                let nearest = known
                    .last()
                    .map(|(version, truth)| format!("beside version {version}: {}", difference(members, truth)));
                format!(
                    "{way}: {id} shows no version of the truth; {}",
                    nearest.unwrap_or_default()
                )
            }
        })
    }

    /// Whether this reader was ever shown this collection.
    pub fn has_seen(&self, way: &'static str, id: &str) -> bool {
        self.0.contains_key(&(way, id.to_owned()))
    }

    /// How many collections and readers have moved on to a later version than the first, in steps.
    pub fn steps(&self) -> usize {
        self.0.values().sum()
    }
}

/// Some of what is missing and what is too many.
pub fn difference(found: &Members, truth: &Members) -> String {
    let without = |all: &Members, others: &Members| {
        let left: Vec<&String> = all.iter().filter(|name| !others.contains(name)).collect();
        format!("{} {:?}", left.len(), left.iter().take(4).collect::<Vec<_>>())
    };
    format!(
        "{} computers, {} are true; missing {}; too many {}",
        found.len(),
        truth.len(),
        without(truth, found),
        without(found, truth)
    )
}
