//! The planned faults of a round: every kind that the lab knows, on every service that a publication calls.
//!
//! The reader beside the publication must not suffer: log queries are struck where they come as POST, which is how the program asks
//! and not how the reader does, and sign-ins where they name the tenant by its ID.

use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// The services that a publication calls.
pub const SERVICES: [&str; 5] = ["site", "entra", "arm", "query", "ingestion"];
/// What can befall a request to any of them, before or after its work is done.
pub const ANYWHERE: [&str; 6] = ["status", "delay", "drop", "truncate", "garbage", "hold"];
/// What can befall rows that were accepted.
pub const ROWS: [&str; 5] = ["lose", "late", "reorder", "duplicate", "restamp"];

/// One fault. `gentle`: the site refuses nothing for good, which a client could take for devices that are not there.
pub fn fault(rng: &mut ChaCha8Rng, history: bool, gentle: bool) -> Value {
    let services: &[&str] = match history {
        true => &[
            "site",
            "site",
            "entra",
            "arm",
            "arm",
            "arm",
            "query",
            "query",
            "ingestion",
            "ingestion",
            "rows",
            "rows",
            "rows",
        ],
        false => &["site", "site", "entra", "arm", "arm", "arm"],
    };
    let service = *services.choose(rng).unwrap_or(&"arm");
    match service {
        "rows" => rows(rng),
        "arm" if rng.random_bool(0.1) => {
            let mut fault = json!({ "service": "arm", "kind": "lose" });
            turn(rng, &mut fault, 20, 2);
            fault
        }
        _ => on_a_request(rng, service, gentle),
    }
}

/// A request that is held until its client is killed.
pub fn held(rng: &mut ChaCha8Rng, history: bool) -> Value {
    let places: &[(&str, Option<&str>, u32)] = &[
        ("arm", Some("PUT"), 25),
        ("arm", Some("PUT"), 25),
        ("arm", Some("DELETE"), 4),
        ("arm", None, 40),
        ("site", None, 40),
        ("ingestion", None, 16),
        ("ingestion", None, 16),
    ];
    let places = if history { places } else { &places[..5] };
    let (service, method, furthest) = *places.choose(rng).unwrap_or(&("arm", None, 40));
    let phase = *["before", "after"].choose(rng).unwrap_or(&"before");
    let after = rng.random_range(0..furthest);
    let mut fault = json!({ "service": service, "kind": "hold", "phase": phase, "after": after, "times": 1 });
    if let Some(method) = method {
        fault["method"] = json!(method);
    }
    fault
}

/// What becomes of rows that the service has taken.
pub fn rows(rng: &mut ChaCha8Rng) -> Value {
    let kind = *ROWS.choose(rng).unwrap_or(&"lose");
    let mut fault = json!({ "service": "ingestion", "kind": kind });
    match kind {
        "late" => fault["late_s"] = json!(rng.random_range(60..7_200)),
        "reorder" => fault["late_s"] = json!(rng.random_range(60..3_600)),
        // The service itself moves the time of no row further than this.
        "restamp" => fault["shift_s"] = json!(rng.random_range(-172_800..86_400)),
        _ => {}
    }
    if rng.random_bool(0.3) {
        fault["probability"] = json!(0.5);
        fault["seed"] = json!(rng.random::<u32>());
    } else {
        turn(rng, &mut fault, 16, 12);
    }
    fault
}

fn on_a_request(rng: &mut ChaCha8Rng, service: &str, gentle: bool) -> Value {
    let kind = *ANYWHERE.choose(rng).unwrap_or(&"status");
    let phase = *["before", "after"].choose(rng).unwrap_or(&"before");
    let mut fault = json!({ "service": service, "kind": kind, "phase": phase });
    // Each new try waits longer than the one before: few of those that the service does not give a time for.
    let (mut furthest, mut most) = (place(rng, service, &mut fault), 3);
    match kind {
        "status" => {
            fault["status"] = json!(status(rng, service, gentle));
            if rng.random_bool(0.85) {
                fault["retry_after"] = json!(0);
                most = 8;
            }
            if rng.random_bool(0.5) {
                fault["body"] = json!({ "error": { "code": "Passing", "message": "Something went wrong." } });
            }
        }
        "delay" => fault["delay_ms"] = json!(rng.random_range(10..150)),
        _ => {}
    }
    if kind == "hold" {
        most = 2;
        furthest = furthest.min(12);
    }
    turn(rng, &mut fault, furthest, most);
    fault
}

/// Narrows a fault to some requests of a service; answers how many of them may pass first.
fn place(rng: &mut ChaCha8Rng, service: &str, fault: &mut Value) -> u32 {
    match service {
        "site" => {
            let paths = ["*", "SMS_R_System", "SMS_FullCollectionMembership", "SMS_Collection"];
            fault["path"] = json!(paths.choose(rng));
            40
        }
        "entra" => {
            fault["path"] = json!("*-*-*-*-*/oauth2/v2.0/token");
            3
        }
        "query" => {
            fault["method"] = json!("POST");
            1
        }
        "arm" => {
            let methods: [Option<&str>; 5] = [None, Some("GET"), Some("PUT"), Some("PUT"), Some("DELETE")];
            match methods.choose(rng).copied().flatten() {
                None => 40,
                Some(method) => {
                    fault["method"] = json!(method);
                    if method == "DELETE" { 3 } else { 20 }
                }
            }
        }
        _ => 12,
    }
}

fn status(rng: &mut ChaCha8Rng, service: &str, gentle: bool) -> u16 {
    let statuses: &[u16] = match service {
        "site" if gentle => &[429, 500, 503],
        "site" => &[401, 403, 404, 404, 429, 500, 503],
        "entra" => &[400, 401, 429, 500, 503],
        "arm" => &[401, 403, 404, 404, 408, 409, 412, 429, 500, 502, 503, 504],
        "query" => &[400, 401, 403, 429, 500, 503, 504],
        _ => &[400, 401, 403, 404, 413, 429, 500, 503],
    };
    *statuses.choose(rng).unwrap_or(&503)
}

/// When a fault strikes: somewhere among its requests, so many times in a row.
fn turn(rng: &mut ChaCha8Rng, fault: &mut Value, furthest: u32, most: u32) {
    fault["after"] = json!(rng.random_range(0..furthest.max(1)));
    fault["times"] = json!(rng.random_range(1..=most));
}
