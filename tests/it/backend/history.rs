//! History and an administrator's help at the window's side: what is asked, what is made with the person's sign-in, and that it
//! can be left for later.

use azure_services_wizard::flow::effect::HistorySeen;
use azure_services_wizard::flow::{Answer, Command, Query};
use azure_services_wizard::model::history::TABLE;
use azure_services_wizard::model::person::{PersonAccess, PersonSeen, PersonWay};
use azure_services_wizard::model::plan::{CheckKind, Progress, RightPlace};
use azure_services_wizard::model::removal::Extent;
use azure_services_wizard::model::report::Standing;
use azure_services_wizard::model::{History, Result, Setup, Warning};
use serde_json::json;

use super::rig::{APP, Rig};
use crate::history::{group, has_table, rules};

fn seen(rig: &mut Rig, app: &str) -> HistorySeen {
    let setup = rig.setup(app);
    let query = Query::History(rig.app_access(app), setup.workspace.clone(), setup.rule_group());
    match rig.ask(query) {
        Answer::History(seen) => seen.unwrap(),
        _ => panic!("another query's answer"),
    }
}

fn missing(seen: &HistorySeen) -> Vec<(&str, RightPlace)> {
    let failed = seen.checks.iter().filter(|check| check.outcome.is_err());
    failed
        .map(|check| match &check.what {
            CheckKind::HistoryRight { operation, place } => (operation.rsplit('/').nth(1).unwrap(), *place),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn with_history(rig: &Rig, app: &str) -> Setup {
    Setup {
        history: History::On,
        ..rig.setup(app)
    }
}

/// A person signs in with a code, typed in by that person elsewhere.
fn sign_in(rig: &mut Rig, person: &str) -> Result<PersonSeen> {
    rig.bench
        .lab
        .cloud()
        .set_knob("device_code_interval_s", &json!(1))
        .unwrap();
    let setup = rig.setup(APP);
    let access = PersonAccess {
        environment: setup.environment,
        tenant_id: setup.app.tenant_id,
        public_client: rig.bench.lab.info().public_client_id.parse().unwrap(),
        way: PersonWay::Code,
    };
    let ticket = rig.query(Query::Person(access));
    let code = rig.asked(ticket, |progress| match progress {
        Progress::DeviceCode { code, .. } => Some(code.clone()),
        _ => None,
    });
    let typed = json!({ "user_code": code, "person": person });
    rig.bench.lab.cloud().set_knob("device_code", &typed).unwrap();
    match rig.answer(ticket) {
        Answer::Person(seen) => seen,
        _ => panic!("another query's answer"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_right_is_told_with_its_place() {
    use RightPlace::RuleGroup;
    let mut rig = Rig::start().await;
    assert_eq!(missing(&seen(&mut rig, "ready")), []);
    let narrow = seen(&mut rig, APP);
    let rule = ("dataCollectionRules", RuleGroup);
    assert_eq!(missing(&narrow), [rule, rule, ("Telemetry", RuleGroup)]);
    assert_eq!(narrow.elsewhere, []);
    let info = rig.bench.lab.info();
    let app = info.apps.iter().find(|app| app.label == APP).unwrap();
    assert_eq!(narrow.principal.unwrap().to_string(), app.object_id);
    assert_eq!(missing(&seen(&mut rig, "no-publisher")), [("Telemetry", RuleGroup)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_makes_what_the_app_may_not() {
    for app in [APP, "no-publisher"] {
        let mut rig = Rig::start().await;
        let person = sign_in(&mut rig, "owner").unwrap();
        assert!(person.name.starts_with("owner@"), "{}", person.name);
        assert_eq!(
            missing(&seen(&mut rig, app)),
            [],
            "with the administrator's sign-in nothing is missing"
        );
        let (setup, secrets) = (with_history(&rig, app), rig.secrets(app));
        let run = rig.command(Command::Create(Box::new(setup), secrets, None));
        let created = rig.created(run).unwrap();
        assert!(created.connection.history.unwrap().proven, "{app}");
        let report = created.publication.unwrap().unwrap();
        assert!(
            report
                .warnings
                .iter()
                .all(|each| !matches!(each, Warning::RowsFailed { .. })),
            "{report:?}"
        );
        assert_eq!(rules(&rig.bench, &group(&rig.bench)).await.len(), 1);
        let rows = rig.bench.lab.cloud().rows();
        assert!(rows.iter().any(|row| row["RowKind"] == "member"), "{app}");
        // Without the sign-in the rows go on.
        rig.restart();
        let name = rig.connections()[0].connection.setup.name.clone();
        let run = rig.command(Command::Publish(name));
        let report = rig.published(run).unwrap();
        assert_eq!(report.warnings, []);
        assert!(rig.bench.lab.cloud().rows().len() > rows.len());
    }
}

/// The rule is the administrator's work, and the app may not even look at it.
async fn made_by_an_administrator() -> (Rig, String) {
    let mut rig = Rig::start().await;
    sign_in(&mut rig, "owner").unwrap();
    let (setup, secrets) = (with_history(&rig, APP), rig.secrets(APP));
    let name = setup.name.to_string();
    let run = rig.command(Command::Create(Box::new(setup), secrets, None));
    rig.created(run).unwrap();
    rig.restart();
    (rig, name)
}

#[tokio::test(flavor = "multi_thread")]
async fn turning_history_on_again_needs_no_administrator() {
    let (rig, name) = made_by_an_administrator().await;
    let requests = || rig.bench.lab.requests().records();
    let before = requests().len();
    rig.bench.asw("", &["verify", &name]).await.ending(0);
    rig.bench.asw("", &["set", &name, "--history", "on"]).await.ending(0);
    let wrote = |method: &str| method == "PUT" || method == "DELETE";
    assert!(requests().iter().skip(before).all(|record| !wrote(&record.method)));
    assert_eq!(rules(&rig.bench, &group(&rig.bench)).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_the_app_may_not_look_at_is_not_lost_by_adopting() {
    let (mut rig, _) = made_by_an_administrator().await;
    rig.end();
    rig.bench.folder = tempfile::tempdir().unwrap();
    rig.restart();
    let offered = seen(&mut rig, APP).elsewhere.remove(0);
    assert!(offered.rule.is_some());
    let (setup, secrets) = (rig.setup(APP), rig.secrets(APP));
    let run = rig.command(Command::Adopt(Box::new(setup), secrets, offered.id, None));
    let unfinished = rig.created(run).unwrap_err();
    assert_eq!(unfinished.failure.problem().code(), "not_allowed");
    // With the administrator's sign-in it goes on.
    sign_in(&mut rig, "owner").unwrap();
    let (setup, secrets) = (rig.setup(APP), rig.secrets(APP));
    let run = rig.command(Command::Adopt(Box::new(setup), secrets, offered.id, None));
    assert_eq!(
        rig.created(run).unwrap().connection.history.map(|place| place.rule),
        offered.rule
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_azure_takes_its_time_over_can_be_left() {
    for path in [
        "tables",
        "dataCollectionRules",
        "roleAssignments",
        "savedSearches/asw-function",
    ] {
        let mut rig = Rig::start().await;
        rig.bench
            .plan_faults(&json!({ "service": "arm", "method": "PUT", "path": path, "kind": "hold", "times": 1 }));
        let (setup, secrets) = (with_history(&rig, "owner"), rig.secrets("owner"));
        let name = setup.name.clone();
        let run = rig.command(Command::Create(Box::new(setup), secrets, None));
        rig.bench.lab.faults().wait_for_held(|held| held > 0).await;
        rig.stop(run);
        let unfinished = rig.created(run).unwrap_err();
        assert_eq!(unfinished.failure.problem().code(), "cancelled", "{path}");
        rig.bench.lab.faults().release();
        let run = rig.command(Command::Remove(name, Extent::Everything));
        rig.removed(run).unwrap();
        assert!(!has_table(&rig.bench).await, "{path}");
        assert!(rules(&rig.bench, &group(&rig.bench)).await.is_empty(), "{path}");
        assert!(rig.bench.saved_searches().await.is_empty(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_may_not_either_is_told_so() {
    let mut rig = Rig::start().await;
    sign_in(&mut rig, "reader").unwrap();
    assert_eq!(missing(&seen(&mut rig, APP)).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_does_not_count_yet_can_be_left_for_later() {
    let mut rig = Rig::start().await;
    let (setup, secrets) = (with_history(&rig, "slow-role"), rig.secrets("slow-role"));
    let run = rig.command(Command::Create(Box::new(setup), secrets, None));
    rig.waits(run, |progress| matches!(progress, Progress::RolePending { .. }));
    rig.stop(run);
    let created = rig.created(run).unwrap();
    assert!(
        created.warnings.contains(&Warning::UploadPending),
        "{:?}",
        created.warnings
    );
    let overview = rig.connections().remove(0);
    assert!(!overview.connection.history.unwrap().proven);
    let name = overview.connection.setup.name;

    // The groups do not wait for it.
    let run = rig.command(Command::Publish(name.clone()));
    let report = rig.published(run).unwrap();
    assert!(!report.is_partial());
    assert_eq!(report.warnings, [Warning::UploadPending]);
    assert_eq!(rig.bench.groups(name.as_str()).await, rig.bench.truth());
    assert_eq!(rig.bench.lab.cloud().rows().len(), 0);

    // Half an hour later the next publication goes on.
    rig.bench.lab.clock().advance(31 * 60).unwrap();
    let run = rig.command(Command::Publish(name));
    assert_eq!(rig.published(run).unwrap().warnings, []);
    assert!(rig.connections().remove(0).connection.history.unwrap().proven);
    let markers = rig
        .bench
        .lab
        .cloud()
        .rows()
        .iter()
        .filter(|row| row["RowKind"] == "snapshot")
        .count();
    assert_eq!(markers, rig.bench.truth().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_failed_attempt_made_is_named_kept_and_undone_by_deleting() {
    let mut rig = Rig::start().await;
    rig.bench.plan_faults(&json!({
        "service": "arm", "method": "PUT", "path": "dataCollectionRules", "kind": "status", "status": 403, "times": 1
    }));
    let (setup, secrets) = (with_history(&rig, "ready"), rig.secrets("ready"));
    let name = setup.name.clone();
    let run = rig.command(Command::Create(Box::new(setup), secrets, None));
    let unfinished = rig.created(run).unwrap_err();
    assert_eq!(unfinished.standing, Standing::Begun);
    let facts = unfinished.failure.details();
    assert!(
        facts
            .iter()
            .any(|(name, value)| name == "Stands in Azure" && value.contains(TABLE)),
        "{facts:?}"
    );
    assert!(has_table(&rig.bench).await);
    let run = rig.command(Command::Remove(name, Extent::Everything));
    rig.removed(run).unwrap();
    assert!(!has_table(&rig.bench).await, "nothing was ever written to it");
    assert!(rig.bench.saved_searches().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_of_another_machine_is_offered_and_taken_over() {
    let mut rig = Rig::start().await;
    let (setup, secrets) = (with_history(&rig, "ready"), rig.secrets("ready"));
    let run = rig.command(Command::Create(Box::new(setup), secrets, None));
    let created = rig.created(run).unwrap();
    let (id, name) = (created.connection.id, created.connection.setup.name);
    assert_eq!(seen(&mut rig, "ready").elsewhere, [], "it is here");

    rig.end();
    rig.bench.folder = tempfile::tempdir().unwrap();
    rig.bench.lab.clock().advance(5).unwrap();
    rig.restart();
    let offered = seen(&mut rig, "ready").elsewhere;
    assert_eq!(offered.len(), 1);
    assert_eq!((offered[0].id, offered[0].name.as_str()), (id, name.as_str()));
    assert_eq!(offered[0].collections.len(), rig.bench.truth().len());
    assert!(offered[0].rule.is_some());
    let (setup, secrets) = (rig.setup("ready"), rig.secrets("ready"));
    let run = rig.command(Command::Adopt(Box::new(setup), secrets, id, None));
    let adopted = rig.created(run).unwrap();
    assert_eq!(adopted.connection.id, id);
    assert!(!adopted.publication.unwrap().unwrap().is_partial());
    assert_eq!(rig.bench.groups(name.as_str()).await, rig.bench.truth());
    assert_eq!(rules(&rig.bench, &group(&rig.bench)).await.len(), 1, "no second one");
}
