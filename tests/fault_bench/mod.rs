//! The fault bench of publishing: seeded schedules of faults, changes, clock moves and kills. While a schedule runs, all groups are
//! asked for through the query endpoint, again and again; at its end they are compared with the truth.
//!
//! | file | what |
//! | --- | --- |
//! | [`schedule`] | what befalls one connection, all of it drawn from a seed |
//! | [`weather`] | the planned faults of a round |
//! | [`sequence`] | faults of several rounds that belong together |
//! | [`stage`] | a lab, a connection, and every way of running a publication on it |
//! | [`sampler`] | a reader who looks at all groups and never stops |
//! | [`versions`] | what the groups may show: some version of the truth, never an earlier one than before |
//! | [`rules`] | what must be so in the workspace beside the groups |
//! | [`tally`] | what was met, and whether that is everything |
//!
//! [`run`] takes a schedule from its beginning to its end. Two programs share this: `cargo bench --bench faults` with hundreds of
//! seeds, and a test with a few. What a schedule plans is the same each time; when things happen to each other is not, because
//! publication, reader and kills go on at the same time.

pub mod rules;
pub mod sampler;
pub mod schedule;
pub mod sequence;
pub mod stage;
pub mod tally;
pub mod versions;
pub mod weather;

use std::time::Duration;

use futures_util::stream::{self, StreamExt};

use self::sampler::Sampler;
use self::schedule::{Round, Schedule, Way};
use self::stage::Stage;
use self::tally::Tally;

/// Runs in fair weather after which every group must be what it should be: what was lost is taken for lost after an hour, goes up
/// again, and is seen one run later.
const FAIR_RUNS: usize = 5;
/// Minutes of lab time before each of them.
const FAIR_PAUSE: i64 = 61;
/// No schedule takes this long unless something hangs: alone it takes seconds, among others on a busy machine minutes.
const LONGEST: Duration = Duration::from_secs(1_200);

/// Runs the schedules of these seeds, so many at a time: they wait more than they work. Answers what was met and what went wrong,
/// and tells of each wrong one as soon as it is known. `first`: the first wrong one is the last.
pub async fn run_all(
    seeds: impl Iterator<Item = u64>,
    at_a_time: usize,
    first: bool,
    tell: impl Fn(&str),
) -> (Tally, Vec<String>) {
    let mut running = stream::iter(seeds)
        .map(|seed| async move {
            let ended = tokio::spawn(tokio::time::timeout(LONGEST, run(seed))).await;
            match ended {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Err(format!("it hangs: not at its end after {} s", LONGEST.as_secs())),
                Err(panic) => Err(format!("it panicked: {panic}")),
            }
            .map_err(|wrong| format!("seed {seed}: {wrong}\n{}", Schedule::of(seed)))
        })
        .buffer_unordered(at_a_time);
    let (mut all, mut wrong) = (Tally::default(), Vec::new());
    while let Some(outcome) = running.next().await {
        match outcome {
            Ok(tally) => all.add(tally),
            Err(what) => {
                tell(&what);
                wrong.push(what);
                if first {
                    break;
                }
            }
        }
    }
    (all, wrong)
}

/// Runs one schedule.
///
/// # Errors
/// What went wrong, and in which round.
pub async fn run(seed: u64) -> Result<Tally, String> {
    let schedule = Schedule::of(seed);
    let mut tally = Tally::default();
    let mut stage = Stage::set(&schedule).await;
    let mut sampler = Sampler::of(&stage);
    for (number, round) in schedule.rounds.iter().enumerate() {
        under(&mut stage, &mut sampler, round, &mut tally)
            .await
            .map_err(|what| format!("round {number}: {what}"))?;
    }
    clear_up(&mut stage, &mut sampler, &mut tally)
        .await
        .map_err(|what| format!("in fair weather: {what}"))?;
    tally.schedules = 1;
    tally.samples = sampler.samples;
    tally.answers = sampler.answers;
    tally.versions = sampler.versions_shown();
    stage.end().await;
    Ok(tally)
}

/// One round: changes, then a publication under faults, with a reader beside it.
async fn under(stage: &mut Stage, sampler: &mut Sampler, round: &Round, tally: &mut Tally) -> Result<(), String> {
    stage.prepare(round);
    let outcome = tokio::select! {
        outcome = stage.publish(&round.way) => outcome,
        wrong = sampler.keep_looking(stage) => Err(wrong),
    };
    tally.met(stage.fired());
    tally.ran(outcome?);
    stage.calm();
    rules::markers_follow_their_rows(stage)
}

/// The faults stop, and normal runs bring every group to the truth.
async fn clear_up(stage: &mut Stage, sampler: &mut Sampler, tally: &mut Tally) -> Result<(), String> {
    stage.fair_for_good();
    let mut left = String::new();
    for _ in 0..FAIR_RUNS {
        stage.advance(FAIR_PAUSE);
        fair_run(stage, sampler, false, tally).await?;
        left = sampler.difference_to_truth(stage).await?;
        if left.is_empty() {
            break;
        }
    }
    if !left.is_empty() {
        let said = stage.last_words();
        return Err(format!(
            "after {FAIR_RUNS} runs the truth is not reached: {left}\n{said}"
        ));
    }
    // A full run clears what kills have left over, once nothing can be under way any more.
    stage.advance(25 * 60);
    fair_run(stage, sampler, true, tally).await?;
    rules::nothing_is_left_over(stage)?;
    rules::markers_follow_their_rows(stage)
}

async fn fair_run(stage: &Stage, sampler: &mut Sampler, full: bool, tally: &mut Tally) -> Result<(), String> {
    let way = Way::Here { full };
    let outcome = tokio::select! {
        outcome = stage.publish(&way) => outcome,
        wrong = sampler.keep_looking(stage) => Err(wrong),
    };
    tally.ran(outcome?);
    Ok(())
}
