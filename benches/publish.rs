//! What a publication with history costs us: processor time and memory of one `asw sync` from reading the site to the last row that
//! Azure has taken. `cargo bench --bench publish`; exit code 1 where a target is missed. Other cases: devices and collections, as in
//! `cargo bench --bench publish -- 100000x1 100000x60`; `x1` is All Systems alone.
//!
//! Site and Azure are the built-in lab, in this process; `asw` runs in a process of its own. What Linux tells of that process in
//! `/proc` counts.

// A measurement is no place for error handling.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod connected;

use std::fs::read_to_string;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use azure_services_wizard::lab::{self, LabConfig};
use serde_json::json;

use connected::{APP, connect};

/// Targets: mebibytes at the peak; seconds of processor time a million rows.
const PEAK: f64 = 150.0;
const CPU: f64 = 3.0;

/// All Systems: every device is in it.
const ALL_SYSTEMS: &str = "SMS00001";

struct Case {
    devices: usize,
    collections: usize,
}

/// What one publication took.
#[derive(Default)]
struct Cost {
    rows: usize,
    seconds: f64,
    cpu: f64,
    peak: f64,
}

fn main() -> ExitCode {
    let cases: Vec<Case> = std::env::args().skip(1).filter_map(|word| case(&word)).collect();
    let cases = if cases.is_empty() {
        vec![case("100000x1").unwrap(), case("1000000x1").unwrap()]
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
        let by_million = cost.cpu / cost.rows as f64 * 1e6;
        println!(
            "{:9}  {:11}  {:9}  {:8.1}  {:7.0}  {by_million:10.2}  {:8.1}",
            case.devices,
            case.collections,
            cost.rows,
            cost.seconds,
            cost.rows as f64 / cost.seconds,
            cost.peak
        );
        held &= cost.peak <= PEAK && by_million <= CPU;
    }
    println!("targets: at most {CPU} CPU s a million rows, {PEAK} MiB");
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn case(word: &str) -> Option<Case> {
    let (devices, collections) = word.split_once('x')?;
    Some(Case {
        devices: devices.parse().ok()?,
        collections: collections.parse().ok()?,
    })
}

async fn measure(case: &Case) -> Cost {
    let config = LabConfig {
        devices: case.devices,
        collections: case.collections.max(6),
        ..LabConfig::default()
    };
    let lab = lab::start(config).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let info = lab.info();
    let app = info.apps.iter().find(|app| app.label == APP).unwrap();
    let secrets = json!({ "client_secret": app.secret, "site_password": info.site.password }).to_string();
    let alone: &[&str] = &[ALL_SYSTEMS];
    connect(&lab, folder.path(), &secrets, (case.collections == 1).then_some(alone)).await;
    let started = Instant::now();
    let mut cost = watched(publish(folder.path(), &secrets)).await;
    cost.seconds = started.elapsed().as_secs_f64();
    let is_member = |row: &&serde_json::Value| row["RowKind"] == "member";
    cost.rows = lab.cloud().rows().iter().filter(is_member).count();
    // Less than all: some are no computers, and several records of one name count once.
    assert!(cost.rows * 10 >= case.devices * 9, "members are missing: {}", cost.rows);
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
        let id = child.id();
        if let (Ok(stat), Ok(status)) = (
            read_to_string(format!("/proc/{id}/stat")),
            read_to_string(format!("/proc/{id}/status")),
        ) {
            cost.cpu = processor(&stat).unwrap_or(cost.cpu);
            cost.peak = peak(&status).unwrap_or(cost.peak);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Seconds of processor time so far, in its own code and in the system for it; to a hundredth.
fn processor(stat: &str) -> Option<f64> {
    // The second field is a name in brackets.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

/// The most memory held at once, in mebibytes.
fn peak(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}
