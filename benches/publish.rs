//! What a publication with history costs us: processor time and memory of one `asw sync` from reading the site to the last row that
//! Azure has taken. `cargo bench --bench publish`; exit code 1 where a target is missed. Other cases: devices and collections, as in
//! `cargo bench --bench publish -- 100000x1 100000x60`; `x1` is All Systems alone.
//!
//! Site and Azure are the built-in lab, in this process; `asw` runs in a process of its own. What Linux tells of that process in
//! `/proc` counts. `100000*100` is a site of 100,000 devices with 100 collections that hold all of them.

// A measurement is no place for error handling.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod connected;
mod measured;

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use azure_services_wizard::lab::{self, Lab, LabConfig};
use serde_json::json;

use connected::{APP, connect};
use measured::Taken;

/// Targets: mebibytes at the peak; seconds of processor time a million rows.
const PEAK: f64 = 150.0;
const CPU: f64 = 3.0;

/// All Systems: every device is in it.
const ALL_SYSTEMS: &str = "SMS00001";

struct Case {
    devices: usize,
    collections: usize,
    /// Each of the collections holds every computer.
    alike: bool,
}

/// What one publication took.
#[derive(Default)]
struct Cost {
    rows: usize,
    seconds: f64,
    taken: Taken,
}

fn main() -> ExitCode {
    let cases: Vec<Case> = std::env::args().skip(1).filter_map(|word| case(&word)).collect();
    let cases = if cases.is_empty() {
        ["100000x1", "1000000x1", "100000*10", "100000*100"]
            .iter()
            .filter_map(|word| case(word))
            .collect()
    } else {
        cases
    };
    println!(
        "{:>9}  {:>11}  {:>9}  {:>8}  {:>7}  {:>10}  {:>8}",
        "devices", "collections", "rows", "seconds", "rows/s", "CPU s/10^6", "peak MiB"
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut held = true;
    for case in cases {
        let cost = runtime.block_on(measure(&case));
        let by_million = cost.taken.cpu / cost.rows as f64 * 1e6;
        println!(
            "{:9}  {:11}  {:9}  {:8.1}  {:7.0}  {by_million:10.2}  {:8.1}",
            case.devices,
            case.collections,
            cost.rows,
            cost.seconds,
            cost.rows as f64 / cost.seconds,
            cost.taken.peak
        );
        held &= cost.taken.peak <= PEAK && by_million <= CPU;
    }
    println!("targets: at most {CPU} CPU s a million rows, {PEAK} MiB");
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn case(word: &str) -> Option<Case> {
    let (devices, collections) = word.split_once(['x', '*'])?;
    Some(Case {
        devices: devices.parse().ok()?,
        collections: collections.parse().ok()?,
        alike: word.contains('*'),
    })
}

/// Collections of the lab that every site has.
const BUILT_IN: usize = 6;

impl Case {
    fn config(&self) -> LabConfig {
        let everyone = if self.alike { self.collections - 1 } else { 0 };
        LabConfig {
            devices: self.devices,
            collections: if self.alike {
                BUILT_IN + everyone
            } else {
                self.collections.max(BUILT_IN)
            },
            everyone,
            ..LabConfig::default()
        }
    }

    /// The collections to publish; all where `None`.
    fn chosen(&self, lab: &Lab) -> Option<Vec<String>> {
        if !self.alike && self.collections > 1 {
            return None;
        }
        let is_alike = |id: &String| id == ALL_SYSTEMS || (self.alike && !id.starts_with("SMS"));
        Some(lab.site().chosen_collections().into_iter().filter(is_alike).collect())
    }
}

async fn measure(case: &Case) -> Cost {
    let lab = lab::start(case.config()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let info = lab.info();
    let app = info.apps.iter().find(|app| app.label == APP).unwrap();
    let secrets = json!({ "client_secret": app.secret, "site_password": info.site.password }).to_string();
    let chosen = case.chosen(&lab);
    connect(&lab, folder.path(), &secrets, chosen.as_deref()).await;
    let before = lab.cloud().row_count();
    let started = Instant::now();
    let mut cost = watched(publish(folder.path(), &secrets)).await;
    cost.seconds = started.elapsed().as_secs_f64();
    // One marker a collection is among them.
    cost.rows = lab.cloud().row_count() - before;
    let alike = chosen.map_or(1, |chosen| chosen.len());
    // Less than all: some are no computers, and several records of one name count once.
    assert!(
        cost.rows * 10 >= case.devices * alike * 9,
        "members are missing: {}",
        cost.rows
    );
    lab.stop().await.unwrap();
    cost
}

/// `asw sync --all` as a process of its own.
fn publish(data: &Path, secrets: &str) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_asw"))
        .arg("--data-dir")
        .arg(data.join("data"))
        .args(["--secrets-in-memory", "--secrets-stdin", "sync", "--all"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{secrets}").unwrap();
    child
}

/// Looks at a process until it ends: what `/proc` said last is what it took, but for the last moments.
async fn watched(mut child: Child) -> Cost {
    let mut cost = Cost::default();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            // A group too large for texts waits for its rows: that is no failure here.
            assert!(status.success(), "{status}");
            return cost;
        }
        cost.taken = Taken::by(&child.id().to_string()).unwrap_or(cost.taken);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
