//! The schedule that comes after the first publication: kept where its first run publishes, gone again where it does not.

use std::sync::Arc;

use azure_services_wizard::flow::effect::Created;
use azure_services_wizard::flow::{Answer, Command, Query};
use azure_services_wizard::model::plan::{Progress, Step};
use azure_services_wizard::model::schedule::{Obstacle, ScheduleEnd, ScheduleSeen, Standing};
use azure_services_wizard::model::{ConnectionState, Problem};
use azure_services_wizard::schedule::LastScheduled;
use azure_services_wizard::secrets::MemoryVault;
use azure_services_wizard::store::RunKind;
use serde_json::json;

use super::rig::{APP, Rig};
use crate::harness::{Bench, small};
use crate::stand_in::StandIn;

async fn with_scheduler() -> (Rig, Arc<StandIn>) {
    let bench = Bench::start(small()).await;
    let scheduler = StandIn::with(&bench.vault);
    let machine = scheduler.machine();
    (Rig::with(bench, machine), scheduler)
}

/// Begins to make a connection that is to be kept up to date.
fn begin(rig: &mut Rig) -> azure_services_wizard::flow::RunId {
    let (setup, secrets) = (rig.setup(APP), rig.secrets(APP));
    rig.command(Command::Create(Box::new(setup), secrets, "3h".parse().ok()))
}

fn make(rig: &mut Rig) -> Created {
    let run = begin(rig);
    *rig.created(run).unwrap()
}

fn publications(rig: &Rig) -> usize {
    let store = rig.store();
    let connection = store.connections().unwrap().remove(0);
    let runs = store.runs(connection.id, 10).unwrap();
    runs.iter().filter(|run| run.kind == RunKind::Sync).count()
}

fn seen(rig: &mut Rig) -> ScheduleSeen {
    match rig.ask(Query::Schedule) {
        Answer::Schedule(seen) => seen.unwrap(),
        _ => panic!("another query's answer"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stays_once_its_first_run_has_published() {
    let (mut rig, scheduler) = with_scheduler().await;
    let run = begin(&mut rig);
    let created = *rig.created(run).unwrap();
    let ScheduleEnd::Installed(standing) = created.schedule else {
        panic!("{:?}", created.schedule);
    };
    assert_eq!(standing.every, "3h".parse().ok());
    assert_eq!(standing, scheduler.standing_now());
    assert_eq!(scheduler.calls(), ["place", "fire", "arm"]);
    let told = rig.told(run);
    let is = |step: Step| move |progress: &Progress| *progress == Progress::Step(step.clone());
    let publish = told.iter().position(is(Step::Publish)).unwrap();
    assert!(
        told[publish..].iter().any(is(Step::Schedule)),
        "after the first publication"
    );
    assert!(LastScheduled::read(&rig.bench.data()).unwrap().ended_well());
    assert_eq!(publications(&rig), 2, "the first one, and the scheduler's");
    assert_eq!(seen(&mut rig).standing, standing);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_its_first_run_does_not_publish_it_is_gone_and_the_connection_stands() {
    let bench = Bench::start(small()).await;
    // Another keyring than ours: the context of the scheduler.
    let scheduler = StandIn::with(&(Arc::new(MemoryVault::default()) as _));
    let machine = scheduler.machine();
    let mut rig = Rig::with(bench, machine);
    let created = make(&mut rig);
    let ScheduleEnd::Failed(failure) = &created.schedule else {
        panic!("{:?}", created.schedule);
    };
    assert_eq!(failure.problem().code(), "schedule_failed");
    assert!(
        matches!(failure.problem(), Problem::ScheduleFailed { what } if what.contains("keyring")),
        "{failure:?}"
    );
    assert_eq!(scheduler.calls(), ["place", "fire", "remove"]);
    assert_eq!(scheduler.standing_now(), Standing::default());
    assert!(!created.publication.unwrap().unwrap().is_partial());
    assert_eq!(rig.connections()[0].connection.state, ConnectionState::Ready);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_stands_is_left_as_it_is() {
    let (mut rig, scheduler) = with_scheduler().await;
    let standing = Standing {
        installed: true,
        every: "6h".parse().ok(),
        ..Standing::default()
    };
    scheduler.set(standing.clone());
    assert_eq!(make(&mut rig).schedule, ScheduleEnd::Stood(standing.clone()));
    assert_eq!(scheduler.calls(), [""; 0]);
    assert_eq!(scheduler.standing_now(), standing);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_touched_where_nobody_asked_or_nothing_was_published() {
    let (mut rig, scheduler) = with_scheduler().await;
    let run = rig.begin_create(APP);
    assert_eq!(rig.created(run).unwrap().schedule, ScheduleEnd::NotWished);
    assert!(!rig.told(run).contains(&Progress::Step(Step::Schedule)));

    let (mut rig, other) = with_scheduler().await;
    // Names are read by publishing only.
    rig.bench.plan_faults(&json!({
        "service": "site", "path": "SMS_R_System", "kind": "garbage", "times": 1000
    }));
    let created = make(&mut rig);
    assert!(created.publication.unwrap().is_err());
    assert_eq!(created.schedule, ScheduleEnd::NotTried);
    assert!(scheduler.calls().is_empty() && other.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_while_its_first_run_is_awaited_it_is_gone_and_the_connection_stands() {
    let (mut rig, scheduler) = with_scheduler().await;
    scheduler.hold();
    let run = begin(&mut rig);
    rig.reaches(run, &Step::Schedule);
    rig.stop(run);
    let created = *rig.created(run).unwrap();
    scheduler.release();
    let ScheduleEnd::Failed(failure) = &created.schedule else {
        panic!("{:?}", created.schedule);
    };
    assert_eq!(failure.problem().code(), "cancelled");
    assert_eq!(scheduler.calls().last(), Some(&"remove"));
    assert_eq!(scheduler.standing_now(), Standing::default());
    assert_eq!(created.connection.state, ConnectionState::Ready);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_said_before_is_said_with_the_reason() {
    let (mut rig, scheduler) = with_scheduler().await;
    let possible = seen(&mut rig);
    assert_eq!(possible.account.as_deref(), Some("svc-asw"));
    assert!(possible.obstacle.is_none() && !possible.standing.installed);
    let what = "no systemd user instance answers".to_owned();
    let none = Problem::NoScheduler { what };
    scheduler.refuse(none.clone());
    assert_eq!(seen(&mut rig).obstacle, Some(Obstacle::Refused(none.into())));
    assert_eq!(scheduler.calls(), [""; 0], "looking changes nothing");

    let mut lab = Rig::start().await;
    assert_eq!(seen(&mut lab).obstacle, Some(Obstacle::Lab));
}
