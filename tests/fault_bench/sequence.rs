//! Faults of several rounds that show only together what is wrong. Drawn one by one they would meet once in hundreds of schedules.
//!
//! | sequence | rounds | finds out |
//! | --- | --- | --- |
//! | [`Sequence::Overtaken`] | rows come late; newer ones come at once and say that they are older; an hour passes | who goes by times |
//! | [`Sequence::Doubled`] | rows are stored twice; then nothing moves | who counts rows, not numbers |
//! | [`Sequence::Lost`] | rows are taken and lost; then, within the hour, nothing moves | who believes that what was taken is there |
//!
//! Everything else about these rounds stays as it was drawn, but that they come to their end and that not much else befalls them.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::schedule::{Round, Way};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sequence {
    /// The rows of one round arrive after those of the next, which say that they are older. Who goes by times then goes back.
    Overtaken,
    /// A reading whose rows are stored twice becomes the only one that counts: the next marker says that it was seen.
    Doubled,
    /// The next marker speaks of a reading that is not there. The one before it counts on.
    Lost,
}

impl Sequence {
    /// About every second schedule with history has one; only where hours may pass, one that needs them.
    pub fn draw(rng: &mut ChaCha8Rng, hours_may_pass: bool) -> Option<Self> {
        match rng.random_range(0..20) {
            0..5 if hours_may_pass => Some(Self::Overtaken),
            5..8 => Some(Self::Doubled),
            8..11 => Some(Self::Lost),
            _ => None,
        }
    }

    /// Plans it into some of the rounds, of which there are three at least. Answers the first of them.
    pub fn plan(self, rng: &mut ChaCha8Rng, rounds: &mut [Round]) -> usize {
        let (first_at_least, length) = match self {
            Self::Overtaken => (0, 3),
            Self::Doubled => (0, 2),
            // Something must have been shown before.
            Self::Lost => (1, 2),
        };
        let first = rng.random_range(first_at_least..=rounds.len() - length);
        if let (Self::Overtaken, Some(before)) = (self, first.checked_sub(1)) {
            // What was there before says that it is older still: else it would hide the newer ones from who goes by times.
            let shift = rng.random_range(-172_800..=-150_000);
            spoil(rng, &mut rounds[before], json!({ "kind": "restamp", "shift_s": shift }));
        }
        for (place, round) in rounds[first..first + length].iter_mut().enumerate() {
            match (self, place) {
                (Self::Overtaken, 0) => {
                    let late = rng.random_range(900..=3_000);
                    spoil(rng, round, json!({ "kind": "late", "late_s": late }));
                }
                (Self::Overtaken, 1) => {
                    // Before the late ones arrive.
                    round.minutes = rng.random_range(0..=5);
                    let shift = rng.random_range(-140_000..=-90_000);
                    spoil(rng, round, json!({ "kind": "restamp", "shift_s": shift }));
                }
                (Self::Overtaken, _) => round.minutes = round.minutes.max(rng.random_range(61..=240)),
                (Self::Doubled, 0) => spoil(rng, round, json!({ "kind": "duplicate" })),
                (Self::Lost, 0) => spoil(rng, round, json!({ "kind": "lose" })),
                (Self::Doubled | Self::Lost, _) => {
                    round.minutes = rng.random_range(0..=8);
                    quiet(round);
                }
            }
        }
        first
    }
}

/// A round that sends rows of nearly every collection, all of which the same befalls.
fn spoil(rng: &mut ChaCha8Rng, round: &mut Round, mut mishap: Value) {
    to_its_end(round);
    round.churn = Some((rng.random(), rng.random_range(60..=120)));
    mishap["service"] = json!("ingestion");
    // The first fault whose turn it is strikes: this one strikes every upload.
    round.faults.insert(0, mishap);
}

/// A round in which nothing has moved: rows that went up before get another marker.
fn quiet(round: &mut Round) {
    to_its_end(round);
    round.churn = None;
    round.unrest = None;
    round.renamed.clear();
}

/// A round that is run to its end, over few other faults.
fn to_its_end(round: &mut Round) {
    round.way = Way::Here { full: false };
    round.faults.truncate(1);
}
