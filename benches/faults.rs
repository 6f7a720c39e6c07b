//! Whether a computer group ever lies: hundreds of seeded schedules of faults, churn, clock moves and kills, with a reader beside them
//! that looks at every group again and again. `cargo bench --bench faults -- 500` runs 500 of them, `-- --seed N` only that one;
//! `--from N` begins elsewhere, `--jobs N` says how many run at a time, `--first` ends with the first wrong one. Exit code 1 where a
//! group was wrong, or where many schedules have left a kind of fault out. What it does and finds: `docs/fault-bench.md`.

// A measurement is no place for error handling.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../tests/fault_bench/mod.rs"]
mod fault_bench;
#[allow(dead_code)]
#[path = "../tests/it/harness.rs"]
mod harness;

use std::process::ExitCode;
use std::time::Instant;

/// Schedules where no number says otherwise.
const USUAL: u64 = 50;
/// Schedules at a time.
const AT_A_TIME: usize = 12;
/// So many schedules meet every kind, or something is wrong with them.
const MEETS_ALL: usize = 500;

/// What is wanted.
struct Wanted {
    from: u64,
    count: u64,
    at_a_time: usize,
    first: bool,
}

fn main() -> ExitCode {
    let wanted = wanted();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let started = Instant::now();
    let seeds = wanted.from..wanted.from + wanted.count;
    if wanted.count == 1 {
        println!("{}", fault_bench::schedule::Schedule::of(wanted.from));
    }
    let tell = |wrong: &str| eprintln!("WRONG: {wrong}");
    let running = fault_bench::run_all(seeds, wanted.at_a_time, wanted.first, tell);
    let (tally, wrong) = runtime.block_on(running);
    println!("{tally}in {:.0} s", started.elapsed().as_secs_f64());
    let missing = tally.missing();
    let is_short = tally.schedules >= MEETS_ALL && !missing.is_empty();
    if !missing.is_empty() {
        println!("never met: {}", missing.join(", "));
    }
    if !wrong.is_empty() {
        println!("{} schedules went wrong", wrong.len());
    }
    match wrong.is_empty() && !is_short {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn wanted() -> Wanted {
    let mut wanted = Wanted {
        from: 0,
        count: USUAL,
        at_a_time: AT_A_TIME,
        first: false,
    };
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap().parse::<u64>().unwrap();
        match word.as_str() {
            "--seed" => (wanted.from, wanted.count) = (value(), 1),
            "--first" => wanted.first = true,
            "--from" => wanted.from = value(),
            "--jobs" => wanted.at_a_time = usize::try_from(value()).unwrap(),
            count => wanted.count = count.parse().unwrap(),
        }
    }
    wanted
}
