//! What goes wrong while memberships are published: what readers see meanwhile, and what the next run does. The table of docs/publishing.md
//! names these tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use azure_services_wizard::lab::LabConfig;
use azure_services_wizard::lab::requests::RequestRecord;
use azure_services_wizard::secrets::MemoryVault;
use azure_services_wizard::store::Store;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Bench, small};
use crate::history;

type Members = BTreeMap<String, Vec<String>>;

/// A lab and a connection with history that has published once.
async fn published(config: LabConfig) -> (Bench, String) {
    let bench = Bench::start(config).await;
    let setup = bench.setup_set("ready", &[("history", "\"on\"")]);
    let words = ["--secrets-stdin", "connect", "--file", &setup];
    bench.asw(&bench.secrets("ready"), &words).await.ending(0);
    let name = history::name(&bench).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    (bench, name)
}

/// One custom collection: what changes, changes there.
fn tiny() -> LabConfig {
    LabConfig {
        devices: 200,
        collections: 7,
        ..LabConfig::default()
    }
}

fn change(bench: &Bench, seed: u64) -> (Members, Members) {
    let before = bench.truth();
    assert!(bench.lab.site().churn(seed, 40, bench.lab.clock().now()) > 0);
    (before, bench.truth())
}

async fn sync(bench: &Bench, name: &str) -> (u8, Value) {
    let said = bench.asw("", &["--json", "sync", name]).await;
    (said.exit, said.json())
}

/// The problems of a run, of collections and of the whole.
fn problems(report: &Value) -> Vec<String> {
    let code = |error: &Value| error["code"].as_str().map(str::to_owned);
    let each = report["collections"].as_array().into_iter().flatten();
    each.map(|each| &each["error"])
        .chain([&report["error"]])
        .filter_map(code)
        .collect()
}

fn warned(report: &Value, code: &str) -> bool {
    report["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .any(|each| each["code"] == code)
}

#[track_caller]
fn old_or_new(shown: &Members, (before, after): &(Members, Members)) {
    assert_eq!(shown.len(), before.len());
    for (id, members) in shown {
        assert!(
            before[id] == *members || after[id] == *members,
            "{id} is neither the old nor the new one"
        );
    }
}

/// The next run, in peace.
async fn mended(bench: &Bench, name: &str) {
    bench.lab.faults().clear();
    bench.asw("", &["sync", name]).await.ending(0);
    assert_eq!(bench.groups(name).await, bench.truth());
    assert_eq!(history::read_back(bench).await, bench.truth());
    no_strays(bench);
}

/// The groups, their parts, the record and the function: no more.
fn no_strays(bench: &Bench) {
    let store = Store::open(&bench.data()).unwrap();
    let id = store.connections().unwrap()[0].id;
    let live = |state: azure_services_wizard::store::GroupState| 1 + state.published.map_or(0, |live| live.parts);
    let wanted: usize = store.groups(id).unwrap().into_iter().map(live).sum();
    let workspace = &bench.lab.info().workspaces[0].resource_id;
    let ids = bench.lab.cloud().saved_search_ids(workspace);
    assert_eq!(
        ids.iter().filter(|id| id.starts_with("asw-")).count(),
        wanted + 2,
        "{ids:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_goes_in_the_middle_leaves_the_old_or_the_new_group() {
    for after in [0, 1] {
        let (bench, name) = published(tiny()).await;
        let versions = change(&bench, 3);
        bench.plan_faults(&json!({"service": "arm", "kind": "drop", "after": after, "times": 1000}));
        let (exit, report) = sync(&bench, &name).await;
        assert_eq!(exit, 6, "{report}");
        assert!(problems(&report).iter().all(|code| code == "cut_off"), "{report}");
        bench.lab.faults().clear();
        old_or_new(&bench.groups(&name).await, &versions);
        old_or_new(&history::read_back(&bench).await, &versions);
        mended(&bench, &name).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_in_the_middle_is_renewed() {
    let (bench, name) = published(tiny()).await;
    change(&bench, 3);
    for service in ["arm", "ingestion"] {
        bench.plan_faults(&json!({"service": service, "kind": "status", "status": 401, "after": 1, "times": 1}));
    }
    mended(&bench, &name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_for_good_is_said() {
    let (bench, name) = published(tiny()).await;
    let versions = change(&bench, 3);
    bench.plan_faults(&json!({"service": "arm", "kind": "status", "status": 401, "times": 1000}));
    let (exit, report) = sync(&bench, &name).await;
    assert_ne!(exit, 0);
    assert!(problems(&report).contains(&"token_rejected".to_owned()), "{report}");
    bench.lab.faults().clear();
    old_or_new(&bench.groups(&name).await, &versions);
    mended(&bench, &name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_taken_away_is_said_and_the_groups_stay() {
    let bench = Bench::start(tiny()).await;
    let name = bench.connected("workspace-contributor").await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let (before, _) = change(&bench, 3);
    let role = json!({"label": "workspace-contributor", "role": "Contributor"});
    bench.lab.cloud().set_knob("remove_role", &role).unwrap();
    let (exit, report) = sync(&bench, &name).await;
    assert_ne!(exit, 0);
    assert!(problems(&report).contains(&"not_allowed".to_owned()), "{report}");
    bench.lab.cloud().set_knob("assign_role", &role).unwrap();
    assert_eq!(bench.groups(&name).await, before);
    bench.asw("", &["sync", &name]).await.ending(0);
    assert_eq!(bench.groups(&name).await, bench.truth());
}

/// Whatever keeps rows from going up: the groups do not wait for them, and the rows follow.
#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_refused_follow_with_the_next_run() {
    for (status, problem) in [
        (403, "upload_not_allowed"),
        (404, "resource_not_found"),
        (413, "upload_too_large"),
        (400, "upload_refused"),
    ] {
        let (bench, name) = published(tiny()).await;
        let versions = change(&bench, 3);
        bench.plan_faults(&json!({"service": "ingestion", "kind": "status", "status": status, "times": 1000}));
        let (exit, report) = sync(&bench, &name).await;
        assert_eq!(exit, 0, "{status}: {report}");
        let warnings = report["warnings"].as_array().unwrap();
        let said = json!({"code": "rows_failed", "problem": problem});
        let has = |each: &&Value| each["code"] == said["code"] && each.to_string().contains(problem);
        assert!(warnings.iter().any(|each| has(&each)), "{status}: {report}");
        assert_eq!(bench.groups(&name).await, versions.1, "{status}");
        assert_eq!(history::read_back(&bench).await, versions.0, "{status}");
        mended(&bench, &name).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_deleted_is_made_again_by_connecting_again() {
    let (bench, name) = published(tiny()).await;
    let (before, after) = change(&bench, 3);
    let rule = history::rules(&bench, &history::group(&bench)).await.remove(0);
    let drop = json!({"name": rule["name"]});
    bench.lab.cloud().set_knob("drop_rule", &drop).unwrap();
    let (exit, report) = sync(&bench, &name).await;
    assert_eq!(exit, 0, "{report}");
    assert!(warned(&report, "rows_failed"), "{report}");
    assert_eq!(bench.groups(&name).await, after);
    assert_eq!(history::read_back(&bench).await, before);
    let setup = bench.setup_set("ready", &[("history", "\"on\"")]);
    let words = ["--secrets-stdin", "connect", "--file", &setup];
    bench.asw(&bench.secrets("ready"), &words).await.ending(0);
    mended(&bench, &name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daily_cap_is_named_and_the_rows_go_up_again_after_it() {
    let (bench, name) = published(tiny()).await;
    let (before, after) = change(&bench, 3);
    let status = |status: &str| {
        let health = json!({"ingestion_status": status});
        bench.lab.cloud().set_knob("workspace", &health).unwrap();
    };
    status("OverQuota");
    assert_eq!(sync(&bench, &name).await.0, 0);
    assert_eq!(bench.groups(&name).await, after);
    assert_eq!(history::read_back(&bench).await, before);
    an_hour_goes_by(&bench);
    let (_, report) = sync(&bench, &name).await;
    assert!(
        warned(&report, "rows_lost") && warned(&report, "workspace_ingestion"),
        "{report}"
    );
    status("RespectQuota");
    an_hour_goes_by(&bench);
    mended(&bench, &name).await;
}

/// What the store remembers of sent rows becomes an hour older.
fn an_hour_goes_by(bench: &Bench) {
    let store = Store::open(&bench.data()).unwrap();
    let id = store.connections().unwrap()[0].id;
    for mut state in store.groups(id).unwrap() {
        if let Some(sent) = &mut state.rows {
            sent.sent_at -= TimeDelta::hours(1);
        }
        store.put_group(id, &state).unwrap();
    }
}

/// The clock of the site, and with it that of the whole lab, whose table is not there yet where it was put back: there the groups alone
/// are looked at, and `protocol` walks the rows.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_moved_stops_nothing() {
    for seconds in [-24 * 3_600, -600, 3 * 24 * 3_600] {
        let (bench, name) = published(tiny()).await;
        bench.lab.clock().advance(seconds).unwrap();
        for seed in [3, 4] {
            change(&bench, seed);
            bench.asw("", &["sync", &name]).await.ending(0);
            assert_eq!(bench.groups(&name).await, bench.truth(), "{seconds}");
            if seconds > 0 {
                assert_eq!(history::read_back(&bench).await, bench.truth(), "{seconds}");
            }
            no_strays(&bench);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_away_leaves_all_as_it_was() {
    let (bench, name) = published(tiny()).await;
    let (before, _) = change(&bench, 3);
    let rows = bench.lab.cloud().rows().len();
    bench.plan_faults(&json!({"service": "site", "kind": "drop", "times": 1000}));
    let (exit, report) = sync(&bench, &name).await;
    assert_eq!(exit, 5, "{report}");
    assert_eq!(bench.groups(&name).await, before);
    assert_eq!(bench.lab.cloud().rows().len(), rows);
    mended(&bench, &name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_come_late_twice_out_of_order_or_at_another_time_are_told_apart() {
    for kind in ["late", "reorder", "duplicate", "restamp"] {
        let (bench, name) = published(tiny()).await;
        let versions = change(&bench, 3);
        let seconds = match kind {
            "restamp" => json!({"service": "ingestion", "kind": kind, "shift_s": -3_600, "times": 1000}),
            _ => json!({"service": "ingestion", "kind": kind, "times": 1000}),
        };
        bench.plan_faults(&seconds);
        bench.asw("", &["sync", &name]).await.ending(0);
        old_or_new(&history::read_back(&bench).await, &versions);
        bench.lab.clock().advance(600).unwrap();
        assert_eq!(history::read_back(&bench).await, versions.1, "{kind}");
        assert_eq!(bench.groups(&name).await, versions.1, "{kind}");
        mended(&bench, &name).await;
    }
}

/// Every try of an upload is the same, byte for byte, and none of a failed one is missing.
#[tokio::test(flavor = "multi_thread")]
async fn a_retried_upload_is_the_same_to_the_byte() {
    let (bench, name) = published(tiny()).await;
    let before = bench.lab.requests().records().len();
    bench.plan_faults(&json!([
        {"service": "ingestion", "kind": "status", "status": 503, "times": 2},
        {"service": "ingestion", "kind": "drop", "phase": "after", "after": 3, "times": 1},
        {"service": "ingestion", "kind": "status", "status": 429, "retry_after": 0, "after": 5, "times": 1},
    ]));
    bench.asw("", &["sync", &name, "--full"]).await.ending(0);
    let uploads: Vec<_> = bench.lab.requests().records().into_iter().skip(before).collect();
    let uploads: Vec<_> = uploads
        .iter()
        .filter(|record| json!(record)["service"] == "ingestion")
        .collect();
    let (failed, taken): (Vec<&RequestRecord>, Vec<&RequestRecord>) =
        uploads.into_iter().partition(|record| record.fault.is_some());
    assert!(failed.len() >= 4, "{} tries failed", failed.len());
    for each in failed {
        let same = taken
            .iter()
            .filter(|other| (other.bytes, other.request_body()) == (each.bytes, each.request_body()));
        assert_eq!(same.count(), 1, "{:?}", each.request_body());
    }
    assert_eq!(history::read_back(&bench).await, bench.truth());
}

/// A power cut that took the last writes of the store, or an old copy of the data folder put back.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_older_than_the_workspace_is_no_harm() {
    let config = LabConfig { devices: 500, ..tiny() };
    let (bench, name) = published(config).await;
    let copy = bench.folder.path().join("copy");
    copy_files(&bench.data(), &copy);
    change(&bench, 3);
    bench.asw("", &["sync", &name]).await.ending(0);
    // The site tells its time in seconds, and of two readings of one second none is the later one.
    bench.lab.clock().advance(2).unwrap();
    let versions = change(&bench, 4);
    std::fs::remove_dir_all(bench.data()).unwrap();
    copy_files(&copy, &bench.data());
    old_or_new(&bench.groups(&name).await, &versions);
    mended(&bench, &name).await;
}

/// A saved search that stands is said not to be there: one of the parts, the group before it is written, the group after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_saved_search_that_is_denied_for_a_moment_is_not_taken_for_gone() {
    let config = LabConfig {
        devices: 1_000,
        ..tiny()
    };
    let (bench, name) = published(config).await;
    let workspace = bench.lab.info().workspaces[0].resource_id.parse().unwrap();
    let store = Store::open(&bench.data()).unwrap();
    store.set_text_limit(&workspace, 500).unwrap();
    for after in 0.. {
        let versions = change(&bench, after);
        bench.plan_faults(&json!({
            "service": "arm", "method": "GET", "path": "/savedSearches/asw-", "kind": "status", "status": 404,
            "after": after, "times": 1
        }));
        let (exit, report) = sync(&bench, &name).await;
        assert_eq!(exit, 0, "{report}");
        let is_over = json!(bench.lab.faults().list())[0]["fired"] == 0;
        old_or_new(&bench.groups(&name).await, &versions);
        no_strays(&bench);
        mended(&bench, &name).await;
        if is_over {
            assert!(after > 3, "a group and two parts are looked for at least: {after}");
            break;
        }
    }
}

fn copy_files(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy_files(&path, &target),
            false => drop(std::fs::copy(&path, &target).unwrap()),
        }
    }
}

/// Two machines on one connection, in turn and at once.
#[tokio::test(flavor = "multi_thread")]
async fn two_machines_on_one_connection_agree() {
    let config = LabConfig {
        devices: 500,
        ..small()
    };
    let (bench, name) = published(config).await;
    bench.lab.clock().advance(2).unwrap();
    let Bench { lab, folder, vault } = bench;
    let second = Bench {
        lab,
        folder: tempfile::tempdir().unwrap(),
        vault: Arc::new(MemoryVault::for_life()),
    };
    let setup = second.setup("ready");
    let words = ["--secrets-stdin", "adopt", "--file", &setup];
    second.asw(&second.secrets("ready"), &words).await.ending(0);
    let (data, other) = (folder.path().join("data"), vault);
    let first = async |second: &Bench| second.asw_at(&data, &other, &["--json", "sync", &name]).await;
    for round in 0..4 {
        let versions = change(&second, round);
        let words = ["--json", "sync", name.as_str()];
        let (one, two) = tokio::join!(first(&second), second.asw("", &words));
        for said in [one, two] {
            assert!([0, 6].contains(&said.exit), "{said:?}");
            assert!(problems(&said.json()).iter().all(|code| code == "conflict"), "{said:?}");
        }
        old_or_new(&second.groups(&name).await, &versions);
        old_or_new(&history::read_back(&second).await, &versions);
        second.lab.clock().advance(2).unwrap();
        first(&second).await.ending(0);
        second.asw("", &["sync", &name]).await.ending(0);
        assert_eq!(second.groups(&name).await, second.truth(), "{round}");
        assert_eq!(history::read_back(&second).await, second.truth(), "{round}");
    }
}

/// The documentation names tests: each must be there.
#[test]
fn every_test_that_the_documentation_names_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/publishing.md")).unwrap();
    let mut named = 0;
    for (module, test) in text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|word| word.split_once("::"))
    {
        let places = [format!("tests/it/{module}.rs"), format!("tests/it/{module}/mod.rs")];
        let source = places
            .iter()
            .find_map(|place| std::fs::read_to_string(root.join(place)).ok());
        let source = source.unwrap_or_else(|| panic!("there is no module {module}"));
        assert!(
            source.contains(&format!("fn {test}()")),
            "{module}::{test} is not there"
        );
        named += 1;
    }
    assert!(named > 25, "only {named} tests are named");
}
