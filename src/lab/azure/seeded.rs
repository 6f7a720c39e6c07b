//! Everything in the lab that looks random comes from the seed and a name, so that adding one thing changes no other.

use sha2::{Digest, Sha256};

/// The source of GUIDs, keys and secret values.
#[derive(Clone, Copy)]
pub(super) struct Seeded(u64);

/// What an Entra secret value is written with.
const SECRET_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

impl Seeded {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 32 bytes that belong to `what`.
    pub(super) fn bytes(self, what: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.0.to_le_bytes());
        hash.update(what.as_bytes());
        hash.finalize().into()
    }

    /// A GUID in its usual form: lower case with dashes.
    pub(super) fn guid(self, what: &str) -> String {
        let bytes = self.bytes(what);
        let mut half = [0_u8; 16];
        half.copy_from_slice(bytes.split_at(16).0);
        uuid::Builder::from_random_bytes(half).into_uuid().to_string()
    }

    /// Letters and digits.
    pub(super) fn letters(self, what: &str, count: usize) -> String {
        (0..count.div_ceil(32))
            .flat_map(|block| self.bytes(&format!("{what}/{block}")))
            .filter_map(|byte| SECRET_ALPHABET.get(usize::from(byte) % SECRET_ALPHABET.len()))
            .map(|byte| char::from(*byte))
            .take(count)
            .collect()
    }

    /// A secret value with the shape that Entra gives it: 40 characters, three letters, `8Q~`, then the rest, with dots,
    /// dashes, underscores and tildes in between.
    pub(super) fn secret(self, what: &str) -> String {
        let start: String = self
            .bytes(&format!("{what}/start"))
            .iter()
            .take(3)
            .map(|byte| char::from(b'a' + byte % 26))
            .collect();
        let letters = self.letters(what, 30);
        let (first, rest) = letters.split_at(7);
        let (second, rest) = rest.split_at(8);
        let (third, fourth) = rest.split_at(6);
        format!("{start}8Q~{first}.{second}_{third}-{fourth}~")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_gives_the_same_thing_and_another_name_another() {
        let seeded = Seeded::new(7);
        assert_eq!(seeded.guid("a"), Seeded::new(7).guid("a"));
        assert_ne!(seeded.guid("a"), seeded.guid("b"));
        assert_ne!(seeded.guid("a"), Seeded::new(8).guid("a"));
        assert_eq!(uuid::Uuid::parse_str(&seeded.guid("a")).unwrap().get_version_num(), 4);
    }

    #[test]
    fn a_secret_has_the_shape_of_a_real_one() {
        for name in ["a", "b", "c", "d"] {
            let secret = Seeded::new(1).secret(name);
            assert_eq!(secret.chars().count(), 40, "{secret}");
            assert!(secret.starts_with(|first: char| first.is_ascii_alphabetic()));
            assert_eq!(secret.get(3..6), Some("8Q~"));
            assert!(['.', '_', '-', '~'].iter().all(|mark| secret.contains(*mark)));
        }
    }
}
