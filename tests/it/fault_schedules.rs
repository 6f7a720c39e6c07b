//! A few schedules of the fault bench, always the same ones: groups that lie are found here first. `cargo bench --bench faults -- 500`
//! runs many.

use crate::fault_bench::run_all;

/// Seeds that meet texts, parts and rows, kills of every way, and two publications at once.
const SEEDS: std::ops::Range<u64> = 0..12;

#[tokio::test(flavor = "multi_thread")]
async fn no_group_lies_under_faults() {
    let count = SEEDS.count();
    let (tally, wrong) = run_all(SEEDS, count, false, |_| {}).await;
    println!("{tally}");
    assert!(
        wrong.is_empty(),
        "{} schedules went wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    // Schedules that meet nothing would prove nothing.
    assert_eq!(tally.schedules, count);
    let missing = tally.missing();
    assert!(missing.len() < 30, "never met: {}", missing.join(", "));
    assert!(tally.samples > 100 && tally.versions > 100, "{tally}");
}
