//! Rows of history read back: seen whole, lost and sent again, and the groups that are made from them.

use std::collections::{BTreeMap, BTreeSet};

use azure_services_wizard::lab::LabConfig;
use azure_services_wizard::model::WorkspaceId;
use azure_services_wizard::store::{GroupState, Store};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Bench, small};
use crate::history;

/// A lab, and a connection with history that has not published yet.
async fn connected(config: LabConfig) -> (Bench, String) {
    let bench = Bench::start(config).await;
    let setup = bench.setup_set("ready", &[("history", "\"on\"")]);
    let words = ["--json", "--secrets-stdin", "connect", "--file", &setup];
    bench.asw(&bench.secrets("ready"), &words).await.ending(0);
    let name = history::name(&bench).await;
    (bench, name)
}

async fn sync(bench: &Bench, name: &str) -> Value {
    bench.asw("", &["--json", "sync", name]).await.ending(0).json()
}

fn warned(report: &Value, code: &str) -> bool {
    let warnings = report["warnings"].as_array().unwrap();
    warnings.iter().any(|each| each["code"] == code)
}

/// Changes what the store remembers of each collection, as time would.
fn each_state(bench: &Bench, change: impl Fn(&mut GroupState)) -> Vec<GroupState> {
    let store = Store::open(&bench.data()).unwrap();
    let id = store.connections().unwrap()[0].id;
    let mut states = store.groups(id).unwrap();
    for state in &mut states {
        change(state);
        store.put_group(id, state).unwrap();
    }
    states
}

fn states(bench: &Bench) -> Vec<GroupState> {
    each_state(bench, |_| {})
}

/// A marker: of which collection, its generation, and the newest one that it says has been seen.
type Marker = (String, i64, Option<i64>);

fn markers(bench: &Bench) -> Vec<Marker> {
    let rows = bench.lab.cloud().rows();
    let markers = rows.iter().filter(|row| row["RowKind"] == "snapshot");
    markers
        .map(|row| {
            (
                row["CollectionId"].as_str().unwrap().to_owned(),
                row["Generation"].as_i64().unwrap(),
                row["ConfirmedGen"].as_i64(),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_query_has_seen_goes_into_the_next_marker() {
    let (bench, name) = connected(small()).await;
    sync(&bench, &name).await;
    let first = markers(&bench);
    assert!(first.iter().all(|(_, _, confirmed)| confirmed.is_none()));
    assert!(states(&bench).iter().all(|state| state.confirmed.is_none()));

    let report = sync(&bench, &name).await;
    assert!(!warned(&report, "rows_lost"));
    let seen = states(&bench);
    assert!(seen.iter().all(|state| state.rows.as_ref().unwrap().seen_at.is_some()));
    let mut later = markers(&bench);
    later.retain(|marker| !first.contains(marker));
    let confirmed: BTreeSet<(String, i64)> = later.into_iter().map(|(id, _, seen)| (id, seen.unwrap())).collect();
    let sent: BTreeSet<(String, i64)> = first.into_iter().map(|(id, generation, _)| (id, generation)).collect();
    assert_eq!(confirmed, sent);
    assert_eq!(history::from_rows(&bench), bench.truth());
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_were_taken_and_lost_go_up_again() {
    let (bench, name) = connected(small()).await;
    bench.plan_faults(&json!([{"service": "ingestion", "kind": "lose", "after": 1, "times": 3}]));
    sync(&bench, &name).await;
    assert_ne!(history::read_back(&bench).await, bench.truth());
    // On their way, as far as anybody knows.
    let report = sync(&bench, &name).await;
    assert!(!warned(&report, "rows_lost"), "{report}");
    each_state(&bench, |state| {
        if let Some(sent) = &mut state.rows {
            sent.sent_at -= TimeDelta::hours(1);
        }
    });
    let report = sync(&bench, &name).await;
    assert!(warned(&report, "rows_lost"), "{report}");
    assert!(!warned(&report, "table_lacks_columns"), "{report}");
    let report = sync(&bench, &name).await;
    assert!(!warned(&report, "rows_lost"), "{report}");
    assert_eq!(history::read_back(&bench).await, bench.truth());
}

/// More members than 50 texts of this length take.
const SHORT: usize = 500;

fn large() -> LabConfig {
    LabConfig {
        devices: 1_500,
        collections: 14,
        ..LabConfig::default()
    }
}

fn members_sent(bench: &Bench) -> usize {
    let rows = bench.lab.cloud().rows();
    rows.iter().filter(|row| row["RowKind"] == "member").count()
}

fn outcomes(report: &Value) -> BTreeMap<String, String> {
    let collections = report["collections"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let outcome = |each: &Value| (text(&each["id"]), text(&each["outcome"]));
    collections.iter().map(outcome).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_too_large_for_texts_is_made_from_its_rows_once_they_are_seen() {
    let (bench, name) = connected(large()).await;
    let workspace: WorkspaceId = bench.lab.info().workspaces[0].resource_id.parse().unwrap();
    Store::open(&bench.data())
        .unwrap()
        .set_text_limit(&workspace, SHORT)
        .unwrap();
    let first = sync(&bench, &name).await;
    let awaiting: Vec<String> = outcomes(&first)
        .into_iter()
        .filter(|(_, outcome)| outcome == "awaiting")
        .map(|(id, _)| id)
        .collect();
    assert!(!awaiting.is_empty(), "{first}");
    assert!(warned(&first, "group_awaits_rows"));
    let standing = bench.groups(&name).await;
    assert!(
        awaiting.iter().all(|id| !standing.contains_key(id)),
        "none before its rows are seen"
    );

    let second = sync(&bench, &name).await;
    let found = outcomes(&second);
    assert!(awaiting.iter().all(|id| found[id] == "published"), "{second}");
    assert_eq!(bench.groups(&name).await, bench.truth());

    // It follows its rows.
    bench.lab.site().churn(7, 200, bench.lab.clock().now());
    sync(&bench, &name).await;
    assert_eq!(bench.groups(&name).await, bench.truth());
    // Nothing has moved: no rows, no group.
    let rows = members_sent(&bench);
    let quiet = outcomes(&sync(&bench, &name).await);
    assert!(quiet.values().all(|outcome| outcome == "unmoved"), "{quiet:?}");
    assert_eq!(members_sent(&bench), rows);

    // Without history it would come out empty.
    let said = bench.asw("", &["--json", "set", &name, "--history", "off"]).await;
    let said = said.ending(1).json();
    assert_eq!(said["error"]["code"], "groups_need_history");
    let message = said["error"]["message"].as_str().unwrap();
    assert!(awaiting.iter().all(|id| message.contains(id)), "{message}");
    assert_eq!(bench.groups(&name).await, bench.truth());
}

/// The workspace's limit is learnt late: until then the group was a text, newer than any rows that a query has seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_gives_way_to_rows_that_are_no_older_than_itself() {
    let (bench, name) = connected(large()).await;
    sync(&bench, &name).await;
    sync(&bench, &name).await;
    assert!(states(&bench).iter().all(|state| state.confirmed.is_some()));
    // New texts, and none of their rows arrive.
    bench.lab.site().churn(7, 400, bench.lab.clock().now());
    bench.plan_faults(&json!([{"service": "ingestion", "kind": "lose"}]));
    sync(&bench, &name).await;
    assert_eq!(bench.groups(&name).await, bench.truth());

    let workspace: WorkspaceId = bench.lab.info().workspaces[0].resource_id.parse().unwrap();
    let store = Store::open(&bench.data()).unwrap();
    store.set_text_limit(&workspace, SHORT).unwrap();
    let again = ["--json", "sync", &name, "--full"];
    let report = bench.asw("", &again).await.ending(0).json();
    let awaiting = outcomes(&report).into_values().filter(|outcome| outcome == "awaiting");
    assert!(awaiting.count() > 0, "{report}");
    assert_eq!(bench.groups(&name).await, bench.truth(), "the texts stay");

    bench.lab.faults().clear();
    let wait = |state: &mut GroupState| {
        if let Some(sent) = &mut state.rows {
            sent.sent_at -= TimeDelta::hours(1);
        }
    };
    each_state(&bench, wait);
    sync(&bench, &name).await;
    let report = sync(&bench, &name).await;
    assert!(!warned(&report, "group_awaits_rows"), "{report}");
    assert_eq!(bench.groups(&name).await, bench.truth());
    let from_rows = |state: &&GroupState| state.published.as_ref().is_some_and(|shown| shown.generation == "rows");
    assert!(states(&bench).iter().filter(from_rows).count() > 0);
}
