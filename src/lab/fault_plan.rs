//! The faults in force: whose turn it is, what is held, what was released.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use tokio::sync::watch;

use super::faults::{Act, Fault, Phase};
use super::http::Request;
use super::service::Service;

/// The plan of a lab. One request suffers at most one fault: the first in the plan whose turn it is. Faults after it
/// do not count that request as matching.
#[derive(Debug, Default)]
pub struct FaultPlan {
    entries: Mutex<Entries>,
    held: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Entries {
    last_id: u64,
    list: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    id: u64,
    fault: Fault,
    matched: u64,
    fired: u64,
    random: ChaCha8Rng,
    /// A change lets the requests go that this fault holds; so does its end.
    releases: watch::Sender<()>,
}

/// A fault in the plan, and what it has done so far.
#[derive(Debug, Clone, Serialize)]
pub struct FaultState {
    /// Number within this lab, from 1.
    pub id: u64,
    /// Requests that it was for, those included that it let pass.
    pub matched: u64,
    /// Requests that it struck.
    pub fired: u64,
    /// The fault as it was planned.
    #[serde(flatten)]
    pub fault: Fault,
}

/// A fault that strikes one request.
#[derive(Debug)]
pub(super) struct Strike {
    pub kind: &'static str,
    pub phase: Phase,
    pub act: Act,
    /// Set where the request is to be held.
    pub hold: Option<Hold>,
}

/// A request that waits to be released. It counts as held from the moment of the decision until this is dropped, be it
/// because the client went away.
#[derive(Debug)]
pub(super) struct Hold {
    releases: watch::Receiver<()>,
    held: watch::Sender<usize>,
}

impl FaultPlan {
    /// Adds faults at the end of the plan and answers their numbers.
    pub fn add(&self, faults: Vec<Fault>) -> Vec<u64> {
        let mut entries = self.lock();
        faults
            .into_iter()
            .map(|fault| {
                entries.last_id += 1;
                let id = entries.last_id;
                let random = ChaCha8Rng::seed_from_u64(fault.turn.seed);
                let releases = watch::Sender::new(());
                entries.list.push(Entry {
                    id,
                    fault,
                    matched: 0,
                    fired: 0,
                    random,
                    releases,
                });
                id
            })
            .collect()
    }

    /// Takes all faults out of the plan, which releases what they hold, and answers how many there were.
    pub fn clear(&self) -> usize {
        std::mem::take(&mut self.lock().list).len()
    }

    /// Takes one fault out of the plan, which releases what it holds; `false` where there is none of that number.
    pub fn remove(&self, id: u64) -> bool {
        let mut entries = self.lock();
        let before = entries.list.len();
        entries.list.retain(|entry| entry.id != id);
        entries.list.len() < before
    }

    /// The plan in its order.
    pub fn list(&self) -> Vec<FaultState> {
        self.lock()
            .list
            .iter()
            .map(|entry| FaultState {
                id: entry.id,
                matched: entry.matched,
                fired: entry.fired,
                fault: entry.fault.clone(),
            })
            .collect()
    }

    /// Lets all requests go that are held now, and answers how many; the faults stay and hold later ones.
    pub fn release(&self) -> usize {
        let entries = self.lock();
        let held = self.held();
        for entry in &entries.list {
            entry.releases.send_replace(());
        }
        held
    }

    /// How many requests are held now.
    pub fn held(&self) -> usize {
        *self.held.borrow()
    }

    /// Returns once the number of held requests is one that `wanted` accepts.
    pub async fn wait_for_held(&self, wanted: impl Fn(usize) -> bool) {
        let mut held = self.held.subscribe();
        // An error would mean that the counter is gone, and it lives as long as the plan.
        let _reached = held.wait_for(|held| wanted(*held)).await;
    }

    /// The fault that strikes this request, if any.
    pub(super) fn decide(&self, service: Service, request: &Request) -> Option<Strike> {
        let mut entries = self.lock();
        let entry = entries
            .list
            .iter_mut()
            .find_map(|entry| (entry.fault.matches(service, request) && entry.takes_turn()).then_some(entry))?;
        let hold = matches!(entry.fault.act, Act::Hold).then(|| Hold::new(&entry.releases, &self.held));
        Some(Strike {
            kind: entry.fault.kind(),
            phase: entry.fault.phase,
            act: entry.fault.act.clone(),
            hold,
        })
    }

    /// A panic elsewhere leaves the counters usable.
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Counts a matching request and says whether the fault strikes it.
    fn takes_turn(&mut self) -> bool {
        let turn = self.fault.turn;
        self.matched += 1;
        let due = self.matched > turn.after
            && turn.times.is_none_or(|times| self.fired < times)
            && turn.probability.is_none_or(|share| self.random.random_bool(share));
        self.fired += u64::from(due);
        due
    }
}

impl Hold {
    fn new(releases: &watch::Sender<()>, held: &watch::Sender<usize>) -> Self {
        held.send_modify(|count| *count += 1);
        Self {
            releases: releases.subscribe(),
            held: held.clone(),
        }
    }

    /// Waits until the request is released.
    pub async fn wait(mut self) {
        // An error means that the fault is gone, which releases as well.
        let _released = self.releases.changed().await;
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.held.send_modify(|count| *count = count.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::lab::http::tests::request;

    fn plan(faults: Value) -> FaultPlan {
        let plan = FaultPlan::default();
        plan.add(Fault::all_from_value(faults).unwrap());
        plan
    }

    fn strikes(plan: &FaultPlan, path: &str) -> Option<&'static str> {
        plan.decide(Service::Arm, &request("GET", path, ""))
            .map(|strike| strike.kind)
    }

    #[test]
    fn after_and_times_bound_the_strikes() {
        let plan = plan(json!({"path":"/a","kind":"drop","after":1,"times":2}));
        let struck: Vec<_> = (0..5).map(|_| strikes(&plan, "/a").is_some()).collect();
        assert_eq!(struck, [false, true, true, false, false]);
        let state = plan.list().remove(0);
        assert_eq!((state.id, state.matched, state.fired), (1, 5, 2));
    }

    #[test]
    fn the_first_fault_whose_turn_it_is_strikes_alone() {
        let plan = plan(json!([{"kind":"drop","times":1},{"path":"/a","kind":"garbage"}]));
        assert_eq!(strikes(&plan, "/a"), Some("drop"));
        assert_eq!(strikes(&plan, "/a"), Some("garbage"));
        assert_eq!(strikes(&plan, "/b"), None);
        assert_eq!(plan.list()[1].matched, 1);
    }

    #[test]
    fn a_seeded_probability_repeats_itself() {
        let draw = |seed: u64| -> Vec<bool> {
            let plan = plan(json!({"kind":"drop","probability":0.5,"seed":seed}));
            (0..64).map(|_| strikes(&plan, "/a").is_some()).collect()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        let struck = draw(7).into_iter().filter(|struck| *struck).count();
        assert!((16..=48).contains(&struck), "{struck} of 64");
    }

    #[tokio::test]
    async fn a_hold_ends_with_release_and_the_fault_stays() {
        let plan = plan(json!({"kind":"hold"}));
        let hold = plan
            .decide(Service::Site, &request("GET", "/", ""))
            .unwrap()
            .hold
            .unwrap();
        assert_eq!(plan.held(), 1);
        // Released before it began to wait: that must not be lost.
        assert_eq!(plan.release(), 1);
        hold.wait().await;
        assert_eq!(plan.held(), 0);
        assert!(
            plan.decide(Service::Site, &request("GET", "/", ""))
                .unwrap()
                .hold
                .is_some()
        );
    }

    #[tokio::test]
    async fn a_hold_ends_with_its_fault() {
        let plan = plan(json!([{"kind":"hold"}]));
        let hold = plan
            .decide(Service::Site, &request("GET", "/", ""))
            .unwrap()
            .hold
            .unwrap();
        assert!(!plan.remove(9));
        assert!(plan.remove(1));
        hold.wait().await;
        assert_eq!(plan.clear(), 0);
    }

    #[test]
    fn a_client_that_goes_away_is_no_longer_held() {
        let plan = plan(json!({"kind":"hold"}));
        let strike = plan.decide(Service::Site, &request("GET", "/", ""));
        assert_eq!(plan.held(), 1);
        drop(strike);
        assert_eq!(plan.held(), 0);
    }
}
