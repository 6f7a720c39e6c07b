//! One membership, ready to be written: what a group and its rows are made of.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::CollectionId;
use super::group::{FORMAT, Limits};

/// One membership, ready to be written.
#[derive(Debug, Clone)]
pub struct Membership {
    /// Collection ID.
    pub collection: CollectionId,
    /// Collection name.
    pub name: String,
    /// The moment that it is true for.
    pub as_of: DateTime<Utc>,
    /// Members: distinct computer names.
    pub computers: usize,
    /// What their names come to, by [`NamesDigest`].
    pub digest: String,
    /// The names themselves.
    pub names: TextNames,
    /// Whether it is only the best reading of a collection that never came to rest.
    pub approximate: bool,
    /// Names the reading, and no other. What is written of it goes by a name made from this: whoever deletes what is left over of
    /// one reading deletes nothing of another, though it may have the same members.
    pub reading: Uuid,
}

/// Computer names, as far as a group's text may carry them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextNames {
    /// All of them, sorted.
    All(Vec<String>),
    /// They have more bytes than any text takes, and were not brought into memory.
    TooLong {
        /// So many.
        bytes: usize,
    },
}

/// What sorted names come to; equal for equal names only.
#[derive(Default)]
pub struct NamesDigest(Sha256);

impl NamesDigest {
    /// Adds the next name.
    pub fn add(&mut self, name: &str) {
        self.0.update(name.as_bytes());
        self.0.update([0]);
    }

    /// As hexadecimal digits.
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

impl Membership {
    /// A membership with all its names, which are sorted and distinct.
    pub fn new(collection: CollectionId, name: String, as_of: DateTime<Utc>, names: Vec<String>) -> Self {
        let mut digest = NamesDigest::default();
        for name in &names {
            digest.add(name);
        }
        Self {
            collection,
            name,
            as_of,
            computers: names.len(),
            digest: digest.finish(),
            names: TextNames::All(names),
            approximate: false,
            reading: Uuid::new_v4(),
        }
    }

    /// What decides whether a group must be written again: everything that it shows but the moment.
    pub fn hash(&self, alias: &str) -> String {
        let mut hash = Sha256::new();
        for text in [
            FORMAT,
            alias,
            &self.name,
            if self.approximate { "~" } else { "" },
            &self.digest,
        ] {
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        hex(&hash.finalize())
    }

    /// Names the parts of this membership when cut for `limits`. The limit belongs to it: the same reading cut in another way
    /// must not overwrite parts that a reader may be using. So does whether it is cut at all.
    pub(super) fn generation(&self, limits: Limits, whole: bool) -> String {
        let text = format!("{} {whole} {}", limits.text, self.reading);
        hex(&Sha256::digest(text.as_bytes())).chars().take(12).collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = std::fmt::Write::write_fmt(&mut text, format_args!("{byte:02x}"));
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn membership(names: &[&str]) -> Membership {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        Membership::new("PS100016".parse().unwrap(), "n".into(), DateTime::UNIX_EPOCH, names)
    }

    #[test]
    fn another_name_another_hash_but_not_another_moment() {
        let first = membership(&["ab", "c"]);
        let later = Membership {
            as_of: Utc::now(),
            ..first.clone()
        };
        assert_eq!(first.hash("x"), later.hash("x"));
        let renamed = Membership {
            name: "m".into(),
            ..first.clone()
        };
        let approximate = Membership {
            approximate: true,
            ..first.clone()
        };
        for other in [membership(&["a", "bc"]), membership(&["ab"]), renamed, approximate] {
            assert_ne!(first.hash("x"), other.hash("x"));
        }
        assert_ne!(first.hash("x"), first.hash("y"));
    }

    #[test]
    fn a_generation_belongs_to_reading_and_limits() {
        let limits = |text| Limits { text, parts: 50 };
        let one = membership(&["a"]);
        let generation = one.generation(limits(100), true);
        assert_eq!(generation.len(), 12);
        assert_eq!(generation, one.clone().generation(limits(100), true));
        for other in [
            one.generation(limits(50), true),
            one.generation(limits(100), false),
            membership(&["a"]).generation(limits(100), true),
        ] {
            assert_ne!(generation, other);
        }
    }
}
