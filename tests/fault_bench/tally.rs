//! What was met over many schedules, and whether that is everything.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::weather::{ANYWHERE, ROWS, SERVICES};

/// A fault as it is counted: service, kind, and before or after the work where that makes a difference.
type Kind = (String, String, &'static str);

/// What came of one publication.
#[derive(Debug, Default)]
pub struct Ran {
    /// Publications that went to their end, by what became of each collection.
    pub outcomes: BTreeMap<String, usize>,
    /// Publications that did not begin or ended early, by their cause.
    pub failures: BTreeMap<String, usize>,
    /// How a process ended: its exit code, or the way in which it was killed.
    pub processes: BTreeMap<String, usize>,
}

/// Counts over schedules.
#[derive(Debug, Default)]
pub struct Tally {
    pub schedules: usize,
    /// Looks of the reader.
    pub samples: usize,
    /// Memberships that it compared.
    pub answers: usize,
    /// Steps to a later version that it saw.
    pub versions: usize,
    runs: usize,
    struck: BTreeMap<Kind, u64>,
    ran: Ran,
}

impl Ran {
    pub fn failed(cause: &str) -> Self {
        Self {
            failures: BTreeMap::from([(cause.to_owned(), 1)]),
            ..Self::default()
        }
    }

    pub fn process(how: impl Into<String>) -> Self {
        Self {
            processes: BTreeMap::from([(how.into(), 1)]),
            ..Self::default()
        }
    }

    pub fn and(mut self, other: Self) -> Self {
        sum(&mut self.outcomes, other.outcomes);
        sum(&mut self.failures, other.failures);
        sum(&mut self.processes, other.processes);
        self
    }
}

fn sum<K: Ord, N: std::ops::AddAssign + Default>(all: &mut BTreeMap<K, N>, more: BTreeMap<K, N>) {
    for (key, count) in more {
        *all.entry(key).or_default() += count;
    }
}

impl Tally {
    /// Counts faults as the lab lists them.
    pub fn met(&mut self, faults: Vec<Value>) {
        for fault in faults {
            let text = |name: &str| fault[name].as_str().unwrap_or_default().to_owned();
            let phase = match fault["phase"].as_str() {
                Some("before") => "before",
                Some(_) => "after",
                None => "",
            };
            let fired = fault["fired"].as_u64().unwrap_or_default();
            *self.struck.entry((text("service"), text("kind"), phase)).or_default() += fired;
        }
    }

    pub fn ran(&mut self, ran: Ran) {
        self.runs += 1;
        self.ran = std::mem::take(&mut self.ran).and(ran);
    }

    pub fn add(&mut self, other: Self) {
        self.schedules += other.schedules;
        self.samples += other.samples;
        self.answers += other.answers;
        self.versions += other.versions;
        self.runs += other.runs;
        sum(&mut self.struck, other.struck);
        self.ran = std::mem::take(&mut self.ran).and(other.ran);
    }

    /// The kinds of faults that struck nobody, and what else was never met.
    pub fn missing(&self) -> Vec<String> {
        let mut wanted: Vec<Kind> = Vec::new();
        for service in SERVICES {
            for kind in ANYWHERE {
                for phase in ["before", "after"] {
                    wanted.push((service.to_owned(), kind.to_owned(), phase));
                }
            }
        }
        wanted.push(("arm".to_owned(), "lose".to_owned(), ""));
        wanted.extend(ROWS.map(|kind| ("ingestion".to_owned(), kind.to_owned(), "")));
        let never = |kind: &Kind| self.struck.get(kind).copied().unwrap_or_default() == 0;
        let faults = wanted.iter().filter(|kind| never(kind));
        let mut missing: Vec<String> = faults
            .map(|(service, kind, phase)| format!("{service} {kind} {phase}"))
            .collect();
        for outcome in [
            "Published",
            "Unchanged",
            "Unmoved",
            "NotSettled",
            "Awaiting",
            "NotSeen",
            "Failed",
        ] {
            if !self.ran.outcomes.contains_key(outcome) {
                missing.push(format!("a collection that ends as {outcome}"));
            }
        }
        for end in ["exit 0", "exit 7", "killed at a request", "killed at a moment"] {
            if !self.ran.processes.contains_key(end) {
                missing.push(format!("a process with {end}"));
            }
        }
        missing
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "schedules {}, publications {}", self.schedules, self.runs)?;
        writeln!(
            f,
            "samples {}, memberships compared {}, steps to a later version seen {}",
            self.samples, self.answers, self.versions
        )?;
        writeln!(f, "requests struck {}:", self.struck.values().sum::<u64>())?;
        for service in SERVICES {
            let of_service = self.struck.iter().filter(|((of, _, _), _)| of == service);
            let kinds: Vec<String> = of_service
                .map(|((_, kind, phase), count)| match *phase {
                    "" => format!("{kind} {count}"),
                    phase => format!("{kind} {phase} {count}"),
                })
                .collect();
            writeln!(f, "  {service}: {}", kinds.join(", "))?;
        }
        for (what, counts) in [
            ("collections", &self.ran.outcomes),
            ("publications given up", &self.ran.failures),
            ("processes", &self.ran.processes),
        ] {
            let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
            writeln!(f, "{what}: {}", counts.join(", "))?;
        }
        Ok(())
    }
}
