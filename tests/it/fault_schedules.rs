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

/// The bugs that `tests/planted/run.sh` plants find the code that they change.
#[test]
fn every_planted_bug_fits_the_code() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut looked_at = 0;
    for entry in std::fs::read_dir(root.join("tests").join("planted")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "patch") {
            continue;
        }
        let patch = std::fs::read_to_string(&path).unwrap();
        let changed = patch.lines().find_map(|line| line.strip_prefix("--- ")).unwrap();
        let code = std::fs::read_to_string(root.join(changed)).unwrap();
        for hunk in patch.split("\n@@ ").skip(1) {
            let lines = hunk.lines().skip(1).filter(|line| !line.starts_with('+'));
            let before: String = lines
                .map(|line| format!("{}\n", line.get(1..).unwrap_or_default()))
                .collect();
            assert!(code.contains(&before), "{} no longer fits {changed}", path.display());
            looked_at += 1;
        }
    }
    assert!(looked_at > 5, "only {looked_at} places were looked at");
}
