//! Who is a member, under which name, and of which collections: through `asw` against the lab's truth.

use std::collections::{BTreeMap, HashMap};

use azure_services_wizard::lab::LabConfig;
use serde_json::{Value, json};

use crate::harness::{Bench, small, sorted};
use crate::history::from_rows;

const CLIENTS_ONLY: (&str, &str) = ("collections =", "members = \"clients-only\"\ncollections =");

/// What each chosen group must hold where only clients count.
fn truth_of_clients(bench: &Bench) -> BTreeMap<String, Vec<String>> {
    let chosen = bench.lab.site().chosen_collections();
    let truth = bench.lab.truth_of_clients(None).unwrap();
    let chosen = truth.collections.into_iter().filter(|each| chosen.contains(&each.id));
    chosen.map(|each| (each.id, sorted(each.computers))).collect()
}

async fn connected(bench: &Bench, setup: &str) -> String {
    let words = ["--json", "--secrets-stdin", "connect", "--file", setup];
    let said = bench.asw(&bench.secrets("ready"), &words).await.ending(0);
    said.json()["connection"]["name"].as_str().unwrap().to_owned()
}

async fn sync(bench: &Bench, name: &str) -> Value {
    bench.asw("", &["--json", "sync", name]).await.json()
}

/// How many requests for devices the site answered whose query has this in it.
fn asked_for_devices(bench: &Bench, part: &str) -> usize {
    let records = bench.lab.requests().records();
    let asked = records.iter().filter(|record| {
        let query = record.query.as_deref().unwrap_or_default();
        let query = percent_encoding::percent_decode_str(query).decode_utf8_lossy();
        record.path.ends_with("/SMS_R_System") && record.status == Some(200) && query.contains(part)
    });
    asked.count()
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_only_leaves_out_what_never_reports_and_can_be_changed() {
    let bench = Bench::start(small()).await;
    let name = connected(&bench, &bench.setup_with("ready", &[CLIENTS_ONLY])).await;
    let (all, clients) = (bench.truth(), truth_of_clients(&bench));
    assert_ne!(all, clients);
    sync(&bench, &name).await;
    assert_eq!(bench.groups(&name).await, clients);
    let shown = bench.asw("", &["--json", "show", &name]).await.ending(0).json();
    assert_eq!(shown["connection"]["members"], "clients-only");
    // Settled by the site's count, which counts the others too: no second reading, no note.
    assert_eq!(sync(&bench, &name).await["warnings"], json!([]));

    for (scope, truth) in [("all-computers", &all), ("clients-only", &clients)] {
        let said = bench
            .asw("", &["--json", "set", &name, "--members", scope])
            .await
            .ending(0);
        assert_eq!(said.json()["connection"]["members"], scope);
        sync(&bench, &name).await;
        assert_eq!(bench.groups(&name).await, *truth, "{scope}");
        let again = sync(&bench, &name).await;
        let outcomes = again["collections"].as_array().unwrap().iter();
        assert!(outcomes.clone().all(|each| each["outcome"] == "unmoved"), "{again}");
    }
    bench.asw("", &["set", &name]).await.ending(2);
    bench.lab.site().churn(5, 60, bench.lab.clock().now());
    sync(&bench, &name).await;
    assert_eq!(bench.groups(&name).await, truth_of_clients(&bench));
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_that_the_sweep_missed_go_by_their_full_names() {
    for (late, lookups) in [(6, 6), (200, 0)] {
        let bench = Bench::start(small()).await;
        let name = bench.connected("ready").await;
        bench.lab.site().set_knob("late_devices", &json!(late)).unwrap();
        sync(&bench, &name).await;
        assert_eq!(bench.groups(&name).await, bench.truth(), "{late}");
        assert_eq!(asked_for_devices(&bench, "ResourceId eq "), lookups, "{late}");
        let sweeps = asked_for_devices(&bench, "ResourceId gt 0&");
        assert_eq!(sweeps, if lookups == 0 { 2 } else { 1 }, "{late}");
    }
}

/// The Entra device ID of every record, as the site answers.
async fn entra_ids(bench: &Bench) -> HashMap<i64, Option<String>> {
    let url = format!(
        "{}/wmi/SMS_R_System?$select=ResourceId,AADDeviceID",
        bench.lab.info().site.url
    );
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let page: Value = http.get(url).send().await.unwrap().json().await.unwrap();
    let rows = page["value"].as_array().unwrap().iter();
    let pair = |row: &Value| {
        let id = row["AADDeviceID"].as_str().map(str::to_owned);
        (row["ResourceId"].as_i64().unwrap(), id)
    };
    rows.map(pair).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_carry_the_identity_in_entra() {
    let config = LabConfig {
        site_auth: false,
        ..small()
    };
    let bench = Bench::start(config).await;
    let name = connected(&bench, &bench.setup_set("ready", &[("history", "\"on\"")])).await;
    sync(&bench, &name).await;
    assert_eq!(from_rows(&bench), bench.truth());
    let expected = entra_ids(&bench).await;
    let rows = bench.lab.cloud().rows();
    let (mut with, mut without) = (0, 0);
    for row in rows.iter().filter(|row| row["RowKind"] == "member") {
        let id = row["AadDeviceId"].as_str().map(str::to_owned);
        *(if id.is_some() { &mut with } else { &mut without }) += 1;
        assert_eq!(id, expected[&row["ResourceId"].as_i64().unwrap()], "{row}");
    }
    assert!(with > 50 && without > 50, "{with} {without}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_collection_keeps_its_alias_and_a_gone_one_its_group() {
    let bench = Bench::start(small()).await;
    let name = bench.connected("ready").await;
    sync(&bench, &name).await;
    let groups = bench.asw("", &["--json", "groups", &name]).await.json();
    let custom = |group: &&Value| !group["collection_id"].as_str().unwrap().starts_with("SMS");
    let mut two = groups["groups"].as_array().unwrap().iter().filter(custom);
    let (renamed, gone) = (two.next().unwrap(), two.next().unwrap());
    let id = |group: &Value| group["collection_id"].as_str().unwrap().to_owned();
    let site = bench.lab.site();
    site.set_knob("renamed", &json!({ id(renamed): "Größe \"neu\"" }))
        .unwrap();
    site.set_knob("gone", &json!([id(gone)])).unwrap();

    let report = sync(&bench, &name).await;
    let outcome = |id: &str| {
        let all = report["collections"].as_array().unwrap();
        all.iter().find(|each| each["id"] == id).unwrap()["outcome"].clone()
    };
    assert_eq!(
        (outcome(&id(renamed)), outcome(&id(gone))),
        (json!("published"), json!("not_seen"))
    );
    let note = &report["warnings"][0];
    assert_eq!(
        (&note["code"], &note["name"]),
        (&json!("collection_not_seen"), &gone["name"])
    );
    assert!(
        note["message"]
            .as_str()
            .unwrap()
            .contains(gone["name"].as_str().unwrap()),
        "{note}"
    );

    let after = bench.asw("", &["--json", "groups", &name]).await.json();
    let find = |id: &str| {
        let all = after["groups"].as_array().unwrap();
        all.iter().find(|each| each["collection_id"] == id).unwrap().clone()
    };
    let now = find(&id(renamed));
    assert_eq!(now["name"], "Größe \"neu\"");
    assert_eq!((&now["alias"], &now["count"]), (&renamed["alias"], &renamed["count"]));
    assert_eq!(find(&id(gone)), *gone, "left as it was");
    assert_eq!(bench.groups(&name).await, bench.truth());

    let told = bench.asw("", &["--json", "collections", &name]).await.ending(0).json();
    let told = told["collections"].as_array().unwrap();
    let line = told.iter().find(|each| each["id"] == id(gone)).unwrap();
    assert_eq!((&line["name"], &line["listed"]), (&gone["name"], &json!(false)));
    // Back again, as if the account had got its rights back.
    site.set_knob("gone", &Value::Null).unwrap();
    let back = sync(&bench, &name).await;
    assert_eq!(back["warnings"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_are_listed_added_and_taken_away() {
    let bench = Bench::start(small()).await;
    let history = ("history", "\"on\"");
    let chosen = ("collections", "[\"SMS00001\"]");
    let name = connected(&bench, &bench.setup_set("ready", &[history, chosen])).await;
    sync(&bench, &name).await;
    let all = bench
        .asw("", &["--json", "collections", &name, "--all"])
        .await
        .ending(0)
        .json();
    let all = all["collections"].as_array().unwrap().clone();
    assert_eq!(all.len(), bench.truth().len());
    assert_eq!(all[0]["id"], "SMS00001");
    assert_eq!((&all[0]["chosen"], &all[0]["built_in"]), (&json!(true), &json!(true)));
    assert!(all[0]["limiting"].is_null());
    let custom = all.iter().find(|each| each["built_in"] == false).unwrap();
    assert_eq!(custom["limiting"]["id"].as_str().unwrap().len(), 8);
    assert!(custom["members"].is_i64() && custom["path"].is_string());
    let id = custom["id"].as_str().unwrap();
    let shown = bench.asw("", &["collections", &name, "--all"]).await.ending(0);
    assert!(
        shown.out.contains("* SMS00001") && shown.out.contains("  built in"),
        "{}",
        shown.out
    );

    let lower = id.to_lowercase();
    let said = bench
        .asw("", &["--json", "collections", &name, "add", &lower, id])
        .await
        .ending(0);
    assert_eq!(said.json()["added"], json!([id]));
    let said = bench
        .asw("", &["--json", "collections", &name, "add", id])
        .await
        .ending(0);
    assert_eq!(said.json()["added"], json!([]));
    for (wrong, exit) in [("XXX00001", 2), ("SMS00002", 4), ("x", 2)] {
        let said = bench.asw("", &["collections", &name, "add", wrong]).await;
        assert_eq!(said.exit, exit, "{wrong}: {}", said.err);
    }
    sync(&bench, &name).await;
    let truth = |ids: &[&str]| {
        let mut truth = bench.truth();
        truth.retain(|each, _| ids.contains(&each.as_str()));
        truth
    };
    assert_eq!(bench.groups(&name).await, truth(&["SMS00001", id]));

    bench.asw("", &["collections", &name, "remove", id]).await.ending(2);
    bench
        .asw("", &["collections", &name, "remove", "PS1FFFFF", "--yes"])
        .await
        .ending(2);
    assert_eq!(bench.groups(&name).await.len(), 2, "nothing was taken away");
    let said = bench
        .asw("", &["--json", "collections", &name, "remove", id, "--yes"])
        .await
        .ending(0);
    assert_eq!(said.json()["groups"].as_array().unwrap().len(), 1);
    assert_eq!(bench.groups(&name).await, truth(&["SMS00001"]));
    let left = bench.saved_searches().await;
    assert!(left.iter().all(|search| !search.contains(&lower)), "{left:?}");
    assert_eq!(from_rows(&bench).len(), 2, "what has been stays");
    let removed = |row: &&Value| row["Removed"] == true;
    let rows = bench.lab.cloud().rows();
    assert_eq!(rows.iter().find(removed).unwrap()["CollectionId"], id);
    assert_eq!(rows.iter().filter(removed).count(), 1);
    sync(&bench, &name).await;
    assert_eq!(bench.groups(&name).await, truth(&["SMS00001"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_interrupted_removal_left_goes_with_the_same_command() {
    let bench = Bench::start(small()).await;
    let name = bench.connected("ready").await;
    sync(&bench, &name).await;
    let id = bench.lab.site().chosen_collections().pop().unwrap();
    bench.plan_faults(
        &json!({"service": "arm", "path": "savedSearches/", "method": "DELETE", "kind": "status", "status": 403}),
    );
    let said = bench.asw("", &["collections", &name, "remove", &id, "--yes"]).await;
    assert_ne!(said.exit, 0, "{said:?}");
    bench.lab.faults().clear();
    let ids = bench.asw("", &["--json", "show", &name]).await.json()["connection"]["collections"].clone();
    assert!(
        !ids.as_array().unwrap().contains(&json!(id)),
        "the choice is what counts"
    );
    bench
        .asw("", &["collections", &name, "remove", &id, "--yes"])
        .await
        .ending(0);
    let left = bench.saved_searches().await;
    assert!(
        left.iter().all(|search| !search.contains(&id.to_lowercase())),
        "{left:?}"
    );
}
