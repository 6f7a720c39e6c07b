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
    bench.plan_faults(&json!([{ "service": "ingestion", "path": "*", "kind": "status", "status": 413, "after": 2, "times": 1 }]));
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
