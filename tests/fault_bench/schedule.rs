//! A schedule: what one connection is like and what befalls it from round to round. Everything comes from its seed.

use std::fmt;

use azure_services_wizard::platform::checkpoint;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::sequence::Sequence;
use super::weather;

/// What one connection is like, and what befalls it.
#[derive(Debug)]
pub struct Schedule {
    pub seed: u64,
    pub history: bool,
    pub shape: Shape,
    /// Whether the site asks for a sign-in, which makes three requests of each one.
    pub signs_in: bool,
    pub rounds: Vec<Round>,
    /// Faults of several rounds that belong together, and the first of these rounds.
    pub sequence: Option<(Sequence, usize)>,
}

/// What the groups are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Texts that hold all their members.
    Whole,
    /// The workspace takes texts of so many characters only: most groups have several parts. The function of history must fit.
    Parts { query_chars: usize },
    /// From this round on the workspace is known to take texts of [`SHORTEST`] only: groups that were texts come from the rows of
    /// history.
    Rows { from: usize },
}

/// A text limit under which a group of a hundred members is too large for texts.
pub const SHORTEST: usize = 500;

/// What befalls a connection around one publication.
#[derive(Debug)]
pub struct Round {
    /// Minutes that lab and memory are moved on by, before it.
    pub minutes: i64,
    /// Memberships moved before it: a seed, and how many.
    pub churn: Option<(u64, usize)>,
    /// Collections that the site does not show, by their places among the chosen ones.
    pub gone: Vec<usize>,
    /// Collections with a new name.
    pub renamed: Vec<usize>,
    /// A knob of the site that changes memberships under the eyes of the reader.
    pub unrest: Option<(&'static str, Value)>,
    /// Whether the workspace is known to take short texts only, from now on.
    pub short_texts: bool,
    /// Planned faults.
    pub faults: Vec<Value>,
    pub way: Way,
}

/// How a publication is run.
#[derive(Debug, Clone)]
pub enum Way {
    /// In this process, to its end.
    Here { full: bool },
    /// In a process of its own, to its end.
    Process { full: bool },
    /// In a process of its own, which is killed.
    Killed { full: bool, at: Kill },
    /// In this process and in another one, both at once on the same connection.
    Twice { full: bool },
}

/// When a process is killed.
#[derive(Debug, Clone)]
pub enum Kill {
    /// While this request waits: a fault of kind `hold`.
    Request(Value),
    /// So many milliseconds after its start.
    Moment(u64),
    /// At a checkpoint. Builds without debug assertions have none: then after a moment.
    Checkpoint(&'static str),
}

/// Which changes a schedule may have without a reason for a group that is no version: after a day without a settled reading the best
/// one is published as approximate, and after an hour two readings of a collection at work that agree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// Nothing changes under the reader's eyes; days may pass.
    Days,
    /// Members change between two pages; hours may pass.
    Hours,
    /// Collections are evaluated while they are read; minutes pass.
    Minutes,
}

impl Schedule {
    pub fn of(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0xFA17_0000);
        let history = rng.random_bool(0.7);
        let count = rng.random_range(3..=6);
        let shape = match rng.random_range(0..6) {
            0 | 1 => Shape::Whole,
            2 | 3 if history => Shape::Rows {
                from: rng.random_range(0..count),
            },
            _ => Shape::Parts {
                query_chars: rng.random_range(1_700..3_000),
            },
        };
        let pace = *[Pace::Days, Pace::Days, Pace::Hours, Pace::Minutes]
            .choose(&mut rng)
            .unwrap();
        let mut rounds: Vec<Round> = (0..count)
            .map(|number| Round::of(&mut rng, number, history, pace))
            .collect();
        if let Shape::Rows { from } = shape {
            rounds[from].short_texts = true;
            // The rows that groups are switched to are the ones to spoil.
            for round in &mut rounds[from.saturating_sub(1)..=from] {
                if rng.random_bool(0.7) {
                    round.faults.push(weather::rows(&mut rng));
                }
            }
        }
        let sequence = if history {
            Sequence::draw(&mut rng, pace != Pace::Minutes)
        } else {
            None
        };
        let sequence = sequence.map(|sequence| (sequence, sequence.plan(&mut rng, &mut rounds)));
        Self {
            seed,
            history,
            shape,
            signs_in: seed % 10 == 9,
            rounds,
            sequence,
        }
    }
}

impl Round {
    fn of(rng: &mut ChaCha8Rng, number: usize, history: bool, pace: Pace) -> Self {
        // Half of the connections are well at first, so that there is something to spoil.
        let is_fair = number == 0 && rng.random_bool(0.5);
        let way = if is_fair {
            Way::Here { full: false }
        } else {
            way(rng, history)
        };
        let count = if is_fair { 0 } else { rng.random_range(1..=4) };
        let gentle = pace == Pace::Days;
        let mut faults: Vec<Value> = (0..count).map(|_| weather::fault(rng, history, gentle)).collect();
        if let Way::Killed {
            at: Kill::Request(_), ..
        } = way
        {
            // The reader waits for one held request: that must be the one to be killed at.
            faults.retain(|fault| fault["kind"] != "hold");
        }
        let places = |rng: &mut ChaCha8Rng, share| match rng.random_bool(share) {
            true => (0..rng.random_range(1..=3)).map(|_| rng.random_range(0..100)).collect(),
            false => Vec::new(),
        };
        Self {
            minutes: minutes(rng, pace),
            churn: rng.random_bool(0.8).then(|| (rng.random(), rng.random_range(10..=120))),
            gone: if is_fair { Vec::new() } else { places(rng, 0.3) },
            renamed: places(rng, 0.2),
            unrest: unrest(rng, pace).filter(|_| !is_fair),
            short_texts: false,
            faults,
            way,
        }
    }
}

fn minutes(rng: &mut ChaCha8Rng, pace: Pace) -> i64 {
    match (rng.random_range(0..10), pace) {
        (0..4, _) => 0,
        (4..6, _) | (_, Pace::Minutes) => rng.random_range(1..=8),
        (6..9, _) | (_, Pace::Hours) => rng.random_range(61..=240),
        _ => rng.random_range(22 * 60..=26 * 60),
    }
}

fn unrest(rng: &mut ChaCha8Rng, pace: Pace) -> Option<(&'static str, Value)> {
    let after_pages = rng.random_range(1..=4);
    let times = *[1, 3].choose(rng)?;
    if pace == Pace::Days || rng.random_bool(0.4) {
        return None;
    }
    let moves = rng.random_range(2..=6);
    Some(match pace {
        Pace::Minutes => {
            let pages = *[2, 3, 5, 9].choose(rng)?;
            let evaluation = json!({ "after_pages": after_pages, "pages": pages, "moves": moves, "times": times });
            ("evaluation", evaluation)
        }
        _ => (
            "mid_change",
            json!({ "after_pages": after_pages, "moves": moves, "times": times }),
        ),
    })
}

fn way(rng: &mut ChaCha8Rng, history: bool) -> Way {
    let full = rng.random_bool(0.25);
    match rng.random_range(0..10) {
        0..5 => Way::Here { full },
        5 => Way::Process { full },
        6 => Way::Twice { full },
        _ => Way::Killed {
            full,
            at: kill(rng, history),
        },
    }
}

fn kill(rng: &mut ChaCha8Rng, history: bool) -> Kill {
    match rng.random_range(0..5) {
        0 => Kill::Moment(rng.random_range(20..1_500)),
        1 => {
            let points: Vec<&'static str> = checkpoint::ALL
                .iter()
                .copied()
                .filter(|point| point.starts_with("publish:") || (history && point.starts_with("rows:")))
                .collect();
            Kill::Checkpoint(points.choose(rng).copied().unwrap_or("publish: reading done"))
        }
        _ => Kill::Request(weather::held(rng, history)),
    }
}

/// Whole, in lines: what is needed to understand a failure.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "  schedule {}: history {}, {:?}, {:?}, the site {} for a sign-in; again: cargo bench --bench faults -- --seed {}",
            self.seed,
            self.history,
            self.shape,
            self.sequence,
            if self.signs_in { "asks" } else { "does not ask" },
            self.seed
        )?;
        for (number, round) in self.rounds.iter().enumerate() {
            writeln!(
                f,
                "    round {number}: {} min on, churn {:?}, gone {:?}, renamed {:?}, unrest {:?}, short texts {}, {:?}",
                round.minutes,
                round.churn,
                round.gone,
                round.renamed,
                round.unrest.as_ref().map(|(name, value)| format!("{name} {value}")),
                round.short_texts,
                round.way
            )?;
            for fault in &round.faults {
                writeln!(f, "      {fault}")?;
            }
        }
        Ok(())
    }
}
