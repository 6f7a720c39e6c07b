//! What reading a large collection costs us: rows a second, processor time, memory. `cargo bench --bench site`; exit code 1
//! where a target is missed. Other sizes than 100,000 and 1,000,000 members: `cargo bench --bench site -- 1000 10000`.
//!
//! The site is the built-in lab, in a process of its own, and every reading is made by a new process, so that its peak is that
//! of one reading. Memory and processor time are what Linux tells of that process in `/proc`.

// A measurement is no place for error handling.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod measured;

use std::io::{BufRead, BufReader, Write, stdin};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::Instant;

use azure_services_wizard::configmgr::Site;
use azure_services_wizard::lab::{self, LabConfig};
use azure_services_wizard::model::{CertificateTrust, SignIn, SiteConnection, SitePassword};
use serde_json::{Value, json};

use measured::Taken;

/// Targets: mebibytes at the peak, and how far the peaks of all sizes may lie apart.
const PEAK: f64 = 150.0;
const SPREAD: f64 = 0.1;

/// All Systems: every device is in it.
const COLLECTION: &str = "SMS00001";

/// The ways of reading, by the knobs of the lab that lead to them.
const WAYS: [(&str, &str, &str); 3] = [
    ("by key", "accepted", "honoured"),
    ("by offset", "refused", "honoured"),
    ("one page", "accepted", "ignored"),
];

/// What a process of ours is told to be by this variable.
const PART: &str = "ASW_BENCH_SITE";

fn main() -> ExitCode {
    match std::env::var(PART).as_deref() {
        Ok("lab") => serve(),
        Ok("reader") => read(),
        _ => return measure(),
    }
    ExitCode::SUCCESS
}

fn measure() -> ExitCode {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() {
        vec![100_000, 1_000_000]
    } else {
        sizes
    };
    println!(
        "{:>9}  {:9}  {:9}  {:>9}  {:>7}  {:>10}  {:>8}  {:>8}",
        "members", "way", "sign-in", "rows", "rows/s", "CPU s/10^6", "peak MiB", "recv MiB"
    );
    let mut readings = Vec::new();
    for members in sizes {
        for signed_in in [true, false] {
            let mut lab = Process::start("lab", &json!({"members": members, "sign_in": signed_in}));
            let site = lab.hear();
            let mut sums = Vec::new();
            for (way, ranges, top) in WAYS {
                let before = lab.ask(&json!({"ranges": ranges, "top": top}))["bytes"]
                    .as_f64()
                    .unwrap();
                let mut reader = Process::start("reader", &site);
                let told = reader.hear();
                reader.end();
                let bytes = lab.ask(&json!({}))["bytes"].as_f64().unwrap() - before;
                let reading = Reading::of(way, signed_in, &told);
                reading.print(members, bytes);
                sums.push(told["sum"].clone());
                readings.push(reading);
            }
            assert!(
                sums.iter().all(|sum| *sum == sums[0]),
                "every way reads the same members"
            );
            lab.end();
        }
    }
    verdict(&readings)
}

/// One reading of the collection.
struct Reading {
    way: &'static str,
    signed_in: bool,
    rows: f64,
    seconds: f64,
    cpu: f64,
    /// Mebibytes.
    peak: f64,
}

impl Reading {
    fn of(way: &'static str, signed_in: bool, told: &Value) -> Self {
        let number = |name: &str| told[name].as_f64().unwrap();
        Self {
            way,
            signed_in,
            rows: number("rows"),
            seconds: number("seconds"),
            cpu: number("cpu"),
            peak: number("peak"),
        }
    }

    fn print(&self, members: usize, bytes: f64) {
        assert!(self.rows >= members as f64, "all members are read");
        println!(
            "{members:9}  {:9}  {:9}  {:9}  {:7.0}  {:10.2}  {:8.1}  {:8.1}",
            self.way,
            if self.signed_in { "NTLM, TLS" } else { "none" },
            self.rows,
            self.rows / self.seconds,
            self.cpu / self.rows * 1e6,
            self.peak,
            bytes / f64::from(1 << 20),
        );
    }
}

fn verdict(readings: &[Reading]) -> ExitCode {
    let highest = readings.iter().map(|reading| reading.peak).fold(0.0, f64::max);
    let spread = |reading: &Reading| {
        let alike = readings
            .iter()
            .filter(|other| (other.way, other.signed_in) == (reading.way, reading.signed_in));
        let peaks: Vec<f64> = alike.map(|other| other.peak).collect();
        let (low, high) = (
            peaks.iter().copied().fold(f64::MAX, f64::min),
            peaks.iter().copied().fold(0.0, f64::max),
        );
        high / low - 1.0
    };
    let widest = readings.iter().map(spread).fold(0.0, f64::max);
    println!("highest peak: {highest:.1} MiB (target: below {PEAK:.0})");
    println!(
        "peaks of the sizes lie apart by at most {:.0} % (target: {:.0} %)",
        widest * 100.0,
        SPREAD * 100.0
    );
    if highest < PEAK && widest <= SPREAD {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// This program again, as another part of the measurement. It is spoken to in lines of JSON, never by arguments: the lab's
/// password is among what is said.
struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(part: &str, told: &Value) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env(PART, part)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut process = Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        };
        process.say(told);
        process
    }

    fn say(&mut self, told: &Value) {
        writeln!(self.input, "{told}").unwrap();
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect("the other process says what it has found")
    }

    fn ask(&mut self, told: &Value) -> Value {
        self.say(told);
        self.hear()
    }

    /// The end of its input ends it.
    fn end(mut self) {
        drop(self.input);
        assert!(self.child.wait().unwrap().success());
    }
}

/// The lab: says how the site is reached, then turns the knobs of each line and says how many bytes have been sent so far.
fn serve() {
    let mut lines = stdin()
        .lines()
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let told = lines.next().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = LabConfig {
        devices: usize::try_from(told["members"].as_u64().unwrap()).unwrap(),
        collections: 6,
        site_auth: told["sign_in"].as_bool().unwrap(),
        ..LabConfig::default()
    };
    let lab = runtime.block_on(lab::start(config)).unwrap();
    println!("{}", json!(lab.info().site));
    for knobs in lines {
        for (knob, value) in knobs.as_object().unwrap() {
            lab.site().set_knob(knob, value).unwrap();
        }
        let bytes: usize = lab
            .requests()
            .records()
            .iter()
            .map(|record| record.response_bytes)
            .sum();
        println!("{}", json!({ "bytes": bytes }));
    }
    runtime.block_on(lab.stop()).unwrap();
}

/// The reader: reads the collection once and says what it took.
fn read() {
    let mut line = String::new();
    stdin().read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    let text = |name: &str| told[name].as_str().map(str::to_owned);
    let connection = SiteConnection {
        provider: text("provider").unwrap().parse().unwrap(),
        sign_in: match told["sha256"].is_string() {
            true => SignIn::Account(text("account").unwrap()),
            false => SignIn::None,
        },
        trust: match text("sha256") {
            Some(sha256) => CertificateTrust::Sha256(sha256.parse().unwrap()),
            None => CertificateTrust::System,
        },
    };
    let password = told["sha256"]
        .is_string()
        .then(|| SitePassword::parse(&text("password").unwrap()).unwrap());
    let site = Site::new(&connection, password).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (started, before, mut sum) = (Instant::now(), taken(), 0_i64);
    let rows = runtime.block_on(site.members(&COLLECTION.parse().unwrap(), |page| {
        sum += page.iter().map(|member| member.resource_id).sum::<i64>();
        Ok(())
    }));
    let (seconds, after) = (started.elapsed().as_secs_f64(), taken());
    let cpu = after.cpu - before.cpu;
    println!(
        "{}",
        json!({"rows": rows.unwrap(), "sum": sum, "seconds": seconds, "cpu": cpu, "peak": after.peak})
    );
}

fn taken() -> Taken {
    Taken::by("self").unwrap()
}
