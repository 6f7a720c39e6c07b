//! Everything random of the site comes from its seed: one independent stream a purpose, so that more devices do not change
//! the passwords.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A generator of its own for one purpose.
pub(super) fn stream(seed: u64, purpose: &str) -> ChaCha8Rng {
    // FNV-1a: any stable mixing does, since nothing here is a secret to anybody.
    let mixed = purpose.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    ChaCha8Rng::seed_from_u64(mixed)
}

/// A GUID in upper case, as ConfigMgr writes them.
pub(super) fn guid(rng: &mut ChaCha8Rng) -> String {
    uuid::Builder::from_random_bytes(rng.random())
        .into_uuid()
        .to_string()
        .to_uppercase()
}

/// `amount` different positions below `length`, fewer where there are not so many; in rising order.
pub(super) fn pick(rng: &mut ChaCha8Rng, length: usize, amount: usize) -> Vec<usize> {
    let mut picked = rand::seq::index::sample(rng, length, amount.min(length)).into_vec();
    picked.sort_unstable();
    picked
}
