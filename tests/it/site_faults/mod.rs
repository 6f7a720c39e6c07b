//! Whatever a site does, no wrong group is published: random schedules of faults, changes and refusals, several runs under
//! each, and after every run a look at all groups as the workspace answers them.
//!
//! A group must be one of these:
//!
//! * what it was before the run;
//! * what the lab's truth says of its collection at one version between the beginning and the end of the run.
//!
//! Never a mixture, never empty by accident, and never gone again. Once the site is well, one run brings every group to the
//! newest truth. A group may be marked "count off" only where the lab was told to count wrong, and never "approximate",
//! because a day does not pass here. Where nothing but failures befell a run, it says so: no collection passes for unsettled.
//!
//! | variable | meaning |
//! | --- | --- |
//! | `ASW_SCHEDULES=N` | so many schedules instead of a few |
//! | `ASW_SCHEDULE=SEED` | only this one; a failure names the seed of its schedule |

mod rig;
mod schedule;

use std::collections::BTreeMap;

use azure_services_wizard::lab::site::Truth;
use azure_services_wizard::model::Warning;
use azure_services_wizard::model::report::{Outcome, SyncReport};
use futures_util::StreamExt;
use futures_util::stream;
use serde_json::{Value, json};

use self::rig::{Groups, Rig};
use self::schedule::Schedule;
use crate::harness::{Bench, small, sorted};

/// Schedules where no variable says otherwise.
const USUAL: u64 = 32;
/// Schedules at a time: they wait more than they work.
const AT_A_TIME: usize = 6;

/// What came of all runs, to see that the schedules reach what they are for.
#[derive(Debug, Default)]
struct Tally {
    runs: usize,
    broken_off: usize,
    struck: u64,
    versions: u64,
    outcomes: BTreeMap<String, usize>,
    count_off: usize,
}

#[tokio::test(flavor = "multi_thread")]
async fn no_wrong_group_is_published() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seeds = match number("ASW_SCHEDULE") {
        Some(seed) => seed..seed + 1,
        None => 0..number("ASW_SCHEDULES").unwrap_or(USUAL),
    };
    let is_long = seeds.end - seeds.start > 1;
    let mut schedules = stream::iter(seeds)
        .map(|seed| tokio::spawn(under(Schedule::of(seed))))
        .buffer_unordered(AT_A_TIME);
    let (mut all, mut wrong) = (Tally::default(), Vec::new());
    while let Some(ended) = schedules.next().await {
        match ended.unwrap() {
            Ok(tally) => all.add(tally),
            Err(what) => wrong.push(what),
        }
    }
    println!("{all:#?}");
    assert!(
        wrong.is_empty(),
        "{} schedules went wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    // Schedules that meet nothing would prove nothing.
    if is_long {
        let outcome = |outcome: Outcome| all.outcomes.get(&format!("{outcome:?}")).copied().unwrap_or_default();
        assert!(all.struck > 100 && all.versions > 50 && all.broken_off > 0, "{all:?}");
        assert!(
            outcome(Outcome::Published) > 100 && outcome(Outcome::NotSettled) > 10,
            "{all:?}"
        );
        assert!(outcome(Outcome::Failed) > 10, "{all:?}");
    }
}

/// Devices that the site does not show for once leave their collections as they were; nobody is published by half a name.
#[tokio::test(flavor = "multi_thread")]
async fn members_without_a_device_are_not_published_by_half_a_name() {
    let bench = Bench::start(small()).await;
    let name = bench.connected("workspace-contributor").await;
    let lie =
        json!({ "service": "site", "path": "SMS_R_System", "kind": "status", "status": 200, "body": { "value": [] } });
    bench.plan_faults(&lie);
    let said = bench.asw("", &["--json", "sync", &name]).await.ending(6).json();
    let collections = said["collections"].as_array().unwrap();
    let settled = collections.iter().filter(|each| each["outcome"] == "published");
    assert!(settled.clone().all(|each| each["computers"] == 0), "{said}");
    let unsettled: Vec<&Value> = collections
        .iter()
        .filter(|each| each["outcome"] == "not_settled")
        .collect();
    assert!(unsettled.len() > 5, "{said}");
    let why = unsettled[0]["error"]["message"].as_str().unwrap();
    assert!(why.contains("shows no device for"), "{why}");

    bench.lab.faults().clear();
    bench.asw("", &["sync", &name]).await.ending(0);
    assert_eq!(bench.groups(&name).await, bench.truth());
}

/// Runs under one schedule; answers what went wrong.
async fn under(schedule: Schedule) -> Result<Tally, String> {
    let rig = Rig::start(&schedule).await;
    let mut tally = Tally::default();
    let mut known = Groups::new();
    let failed = |step: &str, what: String| format!("ASW_SCHEDULE={} {step}: {what}\n  {schedule:?}", schedule.seed);
    for (number, weather) in schedule.runs.iter().enumerate() {
        rig.brew(&schedule, weather);
        let first = rig.version();
        let report = rig.sync(weather.full, rig::impatient()).await;
        let last = rig.version();
        tally.struck += rig.struck();
        let groups = rig.groups().await;
        let step = format!("run {number}, versions {first} to {last}");
        let truths: Vec<Truth> = (first..=last).map(|version| rig.truth(version)).collect();
        sound(&groups, &known, &truths).map_err(|what| failed(&step, what))?;
        if let Ok(report) = &report {
            marked(report, &schedule).map_err(|what| failed(&step, what))?;
            if schedule.only_fails(weather) {
                said(report).map_err(|what| failed(&step, what))?;
            }
        }
        tally.note(report.ok().as_ref(), last - first);
        known = groups;
    }
    rig.clear_up();
    let report = rig.sync(false, rig::patient()).await;
    let report = report.map_err(|failure| failed("once well", format!("{failure:?}")))?;
    let (groups, truth) = (rig.groups().await, rig.chosen(&rig.truth(rig.version())));
    rig.end().await;
    for (id, computers) in &truth {
        if groups.get(id) != Some(computers) {
            let outcome = report.collections.iter().find(|each| each.id.as_str() == id);
            let what = format!(
                "{id} is not the newest truth: {}",
                difference(groups.get(id), computers)
            );
            return Err(failed("once well", format!("{what}, {outcome:?}")));
        }
    }
    Ok(tally)
}

/// Whether every group is what it was, or exactly one version.
fn sound(groups: &Groups, known: &Groups, truths: &[Truth]) -> Result<(), String> {
    if let Some(lost) = known.keys().find(|id| !groups.contains_key(*id)) {
        return Err(format!("the group of {lost} is gone"));
    }
    for (id, computers) in groups {
        if known.get(id) == Some(computers) {
            continue;
        }
        let versions: Vec<Vec<String>> = truths
            .iter()
            .flat_map(|truth| truth.collections.iter().filter(|each| each.id == *id))
            .map(|each| sorted(each.computers.clone()))
            .collect();
        if !versions.contains(computers) {
            let newest = versions.last().map_or(&[][..], Vec::as_slice);
            return Err(format!(
                "the group of {id} is no version of its collection: {}",
                difference(Some(computers), newest)
            ));
        }
    }
    Ok(())
}

/// Whether groups are marked only where there is a reason.
fn marked(report: &SyncReport, schedule: &Schedule) -> Result<(), String> {
    for warning in &report.warnings {
        match warning {
            Warning::CountOff { id } if !schedule.counts_wrong(id.as_str()) => {
                return Err(format!("{id} is published as counted wrong, and it is not"));
            }
            Warning::Approximate { id } => return Err(format!("{id} is published as approximate")),
            _ => {}
        }
    }
    Ok(())
}

/// Whether failures are called failures, and no collection unsettled or unseen because of them.
fn said(report: &SyncReport) -> Result<(), String> {
    let is_wrong = |outcome: Outcome| matches!(outcome, Outcome::NotSettled | Outcome::NotSeen);
    match report.collections.iter().find(|each| is_wrong(each.outcome)) {
        Some(each) => Err(format!("a failure of the site passes for {:?}: {each:?}", each.outcome)),
        None => Ok(()),
    }
}

fn difference(found: Option<&Vec<String>>, truth: &[String]) -> String {
    let Some(found) = found else {
        return "there is no group".to_owned();
    };
    let without = |all: &[String], others: &[String]| {
        let left: Vec<&String> = all.iter().filter(|name| !others.contains(name)).take(6).collect();
        format!("{left:?}")
    };
    format!(
        "{} computers instead of {}; missing {}; too many {}",
        found.len(),
        truth.len(),
        without(truth, found),
        without(found, truth)
    )
}

impl Tally {
    fn note(&mut self, report: Option<&SyncReport>, versions: u64) {
        self.runs += 1;
        self.versions += versions;
        let Some(report) = report else {
            self.broken_off += 1;
            return;
        };
        for each in &report.collections {
            *self.outcomes.entry(format!("{:?}", each.outcome)).or_default() += 1;
        }
        let is_count_off = |warning: &&Warning| matches!(warning, Warning::CountOff { .. });
        self.count_off += report.warnings.iter().filter(is_count_off).count();
    }

    fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.broken_off += other.broken_off;
        self.struck += other.struck;
        self.versions += other.versions;
        self.count_off += other.count_off;
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
    }
}
