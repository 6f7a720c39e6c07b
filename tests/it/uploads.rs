//! How large uploads of rows are: as they come, as a person wants them, as a workspace has taught; and what is kept of them.

use azure_services_wizard::model::WorkspaceId;
use azure_services_wizard::store::Store;
use serde_json::{Value, json};

use crate::harness::{Bench, small};
use crate::history::{ON, connect, from_rows, name, workspace};

fn store(bench: &Bench) -> Store {
    Store::open(&bench.data()).unwrap()
}

/// How many uploads of rows were taken.
fn uploads(bench: &Bench) -> usize {
    let records = bench.lab.requests().records();
    let taken = |record: &Value| record["service"] == "ingestion" && record["status"] == 204;
    records.iter().filter(|record| taken(&json!(record))).count()
}

/// Refused once as too large, rows go up in halves, now and at every later run, and none is missing.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_workspace_does_not_take_is_halved_for_good() {
    let bench = Bench::start(small()).await;
    connect(&bench, "ready", ON).await.ending(0);
    let name = name(&bench).await;
    let place: WorkspaceId = workspace(&bench).parse().unwrap();
    bench.plan_faults(
        &json!([{ "service": "ingestion", "path": "*", "kind": "status", "status": 413, "after": 2, "times": 1 }]),
    );
    bench.asw("", &["sync", &name]).await.ending(0);
    let learned = store(&bench).upload_limit(&place).unwrap().unwrap();
    assert!((10_000..500_000).contains(&learned), "{learned}");
    assert_eq!(from_rows(&bench), bench.truth());

    let before = uploads(&bench);
    bench.asw("", &["sync", &name, "--full"]).await.ending(0);
    let in_halves = uploads(&bench) - before;
    assert_eq!(store(&bench).upload_limit(&place).unwrap(), Some(learned));
    // A wish for more does not go over what was learned.
    let said = bench
        .asw("", &["set", &name, "--call-size", "1000000"])
        .await
        .ending(0)
        .out;
    assert!(said.contains(&format!("so {learned} stay the most")), "{said}");
    let before = uploads(&bench);
    bench.asw("", &["sync", &name, "--full"]).await.ending(0);
    assert_eq!(uploads(&bench) - before, in_halves);
    assert_eq!(from_rows(&bench), bench.truth());
}

/// What is foretold before a connection is made, what a dry run foretells, what was really sent, and what is kept of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_kept_by_run_collection_and_month() {
    let bench = Bench::start(small()).await;
    let setup = bench.setup_set("ready", &[ON]);
    let plan = ["--json", "--secrets-stdin", "connect", "--file", &setup, "--plan"];
    let plan = bench.asw(&bench.secrets("ready"), &plan).await.ending(0).json();
    connect(&bench, "ready", ON).await.ending(0);
    let name = name(&bench).await;
    let foretold = bench
        .asw("", &["--json", "sync", &name, "--dry-run"])
        .await
        .ending(0)
        .json();
    let said = bench.asw("", &["--json", "sync", &name]).await.ending(0).json();
    assert_eq!(said["sent"], foretold["would"]["rows"]);
    let members: usize = bench.truth().values().map(Vec::len).sum();
    assert_eq!(said["sent"]["members"], members);
    // The site counts records that are no computers, too.
    let rows = plan["cost"]["run"]["rows"].as_u64().unwrap();
    assert!(rows >= said["sent"]["members"].as_u64().unwrap(), "{plan}");

    bench.asw("", &["sync", &name]).await.ending(0);
    let kept = bench
        .asw("", &["--json", "status", &name, "--runs", "9"])
        .await
        .ending(0)
        .json();
    let runs = kept["connections"][0]["runs"].as_array().unwrap();
    let kinds: Vec<&str> = runs.iter().map(|run| run["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["sync", "sync", "connect"], "newest first, and no dry run");
    let chosen = said["collections"].as_array().unwrap().len();
    assert_eq!(runs[0]["unmoved"].as_array().unwrap().len(), chosen);
    assert_eq!(runs[1]["sent"], said["sent"]);
    for (kept, said) in runs[1]["collections"]
        .as_array()
        .unwrap()
        .iter()
        .zip(said["collections"].as_array().unwrap())
    {
        for field in ["id", "outcome", "computers", "sent"] {
            assert_eq!(kept[field], said[field]);
        }
    }
    let status = bench.asw("", &["--json", "status", &name]).await.ending(0).json();
    let month = status["connections"][0]["sent_this_month"].clone();
    let total = |field: &str| runs.iter().map(|run| run["sent"][field].as_u64().unwrap()).sum::<u64>();
    for field in ["members", "markers", "bytes", "calls"] {
        assert_eq!(month[field], total(field), "{field}");
    }
    let human = bench.asw("", &["status", &name]).await.ending(0).out;
    assert!(
        human.contains(&format!(
            "this month: {} rows sent",
            total("members") + total("markers")
        )),
        "{human}"
    );
    assert!(
        human.contains("seen whole"),
        "the second run has looked for the rows of the first: {human}"
    );
}

/// Why a collection was not published is kept with its run, and told.
#[tokio::test(flavor = "multi_thread")]
async fn reasons_are_kept() {
    let bench = Bench::start(small()).await;
    let name = bench.connected("workspace-contributor").await;
    bench.plan_faults(&json!([
        { "service": "arm", "path": "savedSearches", "method": "PUT", "kind": "status", "status": 400, "times": 1 }
    ]));
    bench.asw("", &["sync", &name]).await.ending(6);
    let kept = bench
        .asw("", &["--json", "status", &name, "--runs", "1"])
        .await
        .ending(0)
        .json();
    let collections = kept["connections"][0]["runs"][0]["collections"].as_array().unwrap();
    let failed: Vec<&Value> = collections.iter().filter(|each| each["outcome"] == "failed").collect();
    assert_eq!(failed.len(), 1, "{kept}");
    let sentence = failed[0]["error"]["message"].as_str().unwrap();
    let human = bench.asw("", &["status", &name, "--runs", "1"]).await.ending(0).out;
    assert!(human.contains(sentence) && human.contains("1 failed"), "{human}");
    bench.asw("", &["status", &name, "--runs", "0"]).await.ending(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_chooses_the_size_within_bounds() {
    let bench = Bench::start(small()).await;
    connect(&bench, "ready", ON).await.ending(0);
    let name = name(&bench).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let before = uploads(&bench);
    bench.asw("", &["sync", &name, "--full"]).await.ending(0);
    let whole = uploads(&bench) - before;
    bench.asw("", &["set", &name, "--call-size", "10000"]).await.ending(0);
    let before = uploads(&bench);
    bench.asw("", &["sync", &name, "--full"]).await.ending(0);
    assert!(uploads(&bench) - before > whole);
    assert_eq!(from_rows(&bench), bench.truth());
    for wrong in ["9999", "1048577", "-1", "many"] {
        bench
            .asw("", &["set", &name, &format!("--call-size={wrong}")])
            .await
            .ending(2);
    }
}
