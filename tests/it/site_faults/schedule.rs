//! A schedule: what a site is like for good, and what befalls it from run to run. Everything comes from its seed.

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// Runs under a schedule, before the last one in fair weather.
const RUNS: usize = 5;
/// Custom collections that the connection chooses, beside All Systems.
pub const CHOSEN: [&str; 6] = ["PS100014", "PS100015", "PS100016", "PS100019", "PS10001A", "PS10001B"];

/// What a site is like, and what befalls it.
#[derive(Debug)]
pub struct Schedule {
    pub seed: u64,
    /// Whether the site asks for a sign-in, which makes three requests of each one.
    pub signs_in: bool,
    /// Whether empty lists come that are not true.
    pub lies: bool,
    /// Knobs for good.
    pub nature: Vec<(&'static str, Value)>,
    /// A failure or a lie that a reading meets at the same place in every run, for as long as the weather is bad.
    pub stubborn: Option<Value>,
    /// Whether it takes no `/$count`, by which a client could check where a listing ends.
    pub no_count: bool,
    /// Collections that are counted wrong while it lasts.
    pub count_off: Vec<&'static str>,
    pub runs: Vec<Weather>,
}

/// What befalls a site during one run.
#[derive(Debug)]
pub struct Weather {
    pub full: bool,
    /// Memberships moved before it.
    pub churn: Option<u64>,
    /// Faults on its requests.
    pub faults: Vec<Value>,
    /// Knobs that are turned for it, mostly for changes under the eyes of the reader.
    pub unrest: Vec<(&'static str, Value)>,
}

impl Schedule {
    pub fn of(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5173_0000);
        // Where a site counts wrong, two readings that agree are believed; where it lies as well, they cannot be.
        let lies = rng.random_bool(0.5);
        let count_off = match rng.random_bool(0.5) && !lies {
            true => vec![CHOSEN[rng.random_range(0..CHOSEN.len())]],
            false => Vec::new(),
        };
        Self {
            seed,
            signs_in: seed % 6 == 5,
            lies,
            nature: nature(&mut rng),
            stubborn: stubborn(&mut rng, lies),
            no_count: !lies && rng.random_bool(0.5),
            runs: (0..RUNS).map(|run| Weather::of(&mut rng, run, lies)).collect(),
            count_off,
        }
    }

    /// Whether all that befalls a run is failures that show: then each ends in an error or in a reading to the end.
    pub fn only_fails(&self, weather: &Weather) -> bool {
        !self.lies && self.count_off.is_empty() && weather.unrest.is_empty()
    }

    pub fn counts_wrong(&self, id: &str) -> bool {
        self.count_off.contains(&id)
    }
}

/// Ways of paging that a site takes or does not take.
fn nature(rng: &mut ChaCha8Rng) -> Vec<(&'static str, Value)> {
    let mut nature = Vec::new();
    let mut sometimes = |share: f64, name: &'static str, value: Value| {
        if rng.random_bool(share) {
            nature.push((name, value));
        }
    };
    sometimes(0.4, "ranges", json!("refused"));
    sometimes(0.3, "orderby_with_skip", json!("refused"));
    sometimes(0.5, "refused_filters", json!("empty"));
    sometimes(0.3, "silent_cap", json!(11));
    sometimes(0.3, "next_link_cap", json!(7));
    sometimes(0.1, "top", json!("ignored"));
    sometimes(0.3, "collapse_select", json!(true));
    nature
}

impl Weather {
    fn of(rng: &mut ChaCha8Rng, run: usize, lies: bool) -> Self {
        // Half of the sites are well at first, so that there is something to spoil.
        let is_fair = run == 0 && rng.random_bool(0.5);
        let count = if is_fair { 0 } else { rng.random_range(1..=3) };
        let mut faults: Vec<Value> = (0..count).map(|_| fault(rng)).collect();
        if lies && !is_fair && rng.random_bool(0.7) {
            faults.push(lie(rng));
        }
        Self {
            full: rng.random_bool(0.3),
            churn: rng.random_bool(0.7).then(|| rng.random()),
            faults,
            unrest: if is_fair { Vec::new() } else { unrest(rng, lies) },
        }
    }
}

/// Which requests suffer.
fn stricken(rng: &mut ChaCha8Rng) -> Value {
    let path = *["*", "SMS_R_System", "SMS_FullCollectionMembership", "SMS_Collection"]
        .choose(rng)
        .unwrap();
    let mut fault = json!({ "service": "site", "path": path });
    if rng.random_bool(0.5) {
        fault["probability"] = json!(*[0.03, 0.1, 0.3].choose(rng).unwrap());
        fault["seed"] = json!(rng.random::<u32>());
    } else {
        fault["after"] = json!(rng.random_range(0..40));
        fault["times"] = json!(rng.random_range(1..=6));
    }
    fault
}

/// A failure that a client can see for one.
fn fault(rng: &mut ChaCha8Rng) -> Value {
    let mut fault = stricken(rng);
    let kind = *["status", "status", "status", "drop", "truncate", "garbage", "delay"]
        .choose(rng)
        .unwrap();
    fault["kind"] = json!(kind);
    match kind {
        "delay" => {
            fault["delay_ms"] = json!(700);
            fault["times"] = json!(1);
        }
        "status" => {
            let status = *[401, 403, 404, 404, 404, 429, 429, 500, 500, 503, 503, 503]
                .choose(rng)
                .unwrap();
            fault["status"] = json!(status);
            match rng.random_range(0..4) {
                0 => fault["retry_after"] = json!(0),
                1 => fault["retry_after"] = json!(3600),
                _ => {}
            }
            if rng.random_bool(0.5) {
                fault["body"] = json!({ "error": { "code": status.to_string(), "message": "Something." } });
            }
        }
        _ => {}
    }
    fault
}

/// A failure of the pages behind the first one, in some way of paging or in each.
fn stubborn(rng: &mut ChaCha8Rng, lies: bool) -> Option<Value> {
    if lies && rng.random_bool(0.5) {
        // All memberships look empty, or all but their first pages do.
        let path = *["FullCollectionMembership", "FullCollectionMembership?*gt 1", "skip=16"]
            .choose(rng)
            .unwrap();
        return Some(with_no_rows(json!({ "service": "site", "path": format!("*{path}*") })));
    }
    let path = *[
        "gt 1",
        "gt 2",
        "skip=16",
        "skip=32",
        "FullCollectionMembership?*gt 1",
        "SMS_R_System?*gt 2",
    ]
    .choose(rng)
    .unwrap();
    let status = *[403, 404, 500, 503].choose(rng).unwrap();
    let fault = json!({ "service": "site", "path": format!("*{path}*"), "kind": "status", "status": status });
    rng.random_bool(0.6).then_some(fault)
}

/// An empty list instead of the rows: what a refusal or lost rights look like.
fn lie(rng: &mut ChaCha8Rng) -> Value {
    let mut lie = stricken(rng);
    // Names that are not there are the hardest to miss.
    if rng.random_bool(0.3) {
        lie["path"] = json!("SMS_R_System");
    }
    with_no_rows(lie)
}

fn with_no_rows(mut lie: Value) -> Value {
    lie["kind"] = json!("status");
    lie["status"] = json!(200);
    lie["body"] = json!({ "value": [] });
    lie
}

fn unrest(rng: &mut ChaCha8Rng, lies: bool) -> Vec<(&'static str, Value)> {
    let after_pages = rng.random_range(1..=5);
    // A refusal of all memberships, or no unrest at all.
    if lies && rng.random_bool(0.3) {
        return vec![("refused_properties", json!(["CollectionID"]))];
    }
    let times = [Some(1), Some(5), None].choose(rng).copied().flatten();
    match rng.random_range(0..5) {
        0 | 1 => {
            let change = json!({ "after_pages": after_pages, "moves": rng.random_range(1..=6), "times": times });
            vec![("mid_change", change)]
        }
        2 | 3 => {
            let pages = *[2, 3, 4, 6, 10, 20, 40].choose(rng).unwrap();
            let moves = rng.random_range(2..=8);
            let evaluation = json!({ "after_pages": after_pages, "pages": pages, "moves": moves, "times": times });
            vec![("evaluation", evaluation)]
        }
        _ => Vec::new(),
    }
}
