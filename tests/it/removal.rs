//! Taking a connection away, compared with everything that stood in the lab's Azure before it was made.

use std::collections::BTreeSet;

use azure_services_wizard::model::history::TABLE;
use azure_services_wizard::store::Store;
use serde_json::{Value, json};

use crate::harness::{Bench, Said, Variables, finish, small};
use crate::history::{ON, arm, connect, group, name, workspace};
use crate::leaks::{files_below, found};
use crate::secret_service::SecretServiceSession;

/// The versions of Resource Manager's interfaces that the listings speak.
const LISTINGS: [(&str, &str); 3] = [
    ("providers/Microsoft.Insights/dataCollectionRules", "2023-03-11"),
    ("providers/Microsoft.Insights/dataCollectionEndpoints", "2023-03-11"),
    ("providers/Microsoft.Authorization/roleAssignments", "2022-04-01"),
];

/// The IDs of everything in the resource group and in the workspace.
async fn listing(bench: &Bench) -> BTreeSet<String> {
    let (group, workspace) = (group(bench), workspace(bench));
    let mut paths: Vec<(String, &str)> = LISTINGS
        .iter()
        .map(|(path, version)| (format!("{group}/{path}"), *version))
        .collect();
    paths.push((format!("{workspace}/savedSearches"), "2020-08-01"));
    let mut ids = BTreeSet::new();
    for (path, version) in paths {
        let (status, list) = arm(bench, "GET", &path, version, None).await;
        assert_eq!(status, 200, "{path}: {list}");
        let all = list["value"].as_array().unwrap_or_else(|| panic!("{path}: {list}"));
        ids.extend(all.iter().map(|each| each["id"].as_str().unwrap().to_lowercase()));
    }
    // The lab, like Azure, lists every table that a workspace is born with: only ours is of interest.
    let table = format!("{workspace}/tables/{TABLE}");
    if arm(bench, "GET", &table, "2023-09-01", None).await.0 == 200 {
        ids.insert(table.to_lowercase());
    }
    ids
}

/// Everything in the listing that was not there before, by the last part of its name.
fn new_names(before: &BTreeSet<String>, now: &BTreeSet<String>) -> BTreeSet<String> {
    let last = |id: &String| id.rsplit('/').next().unwrap_or_default().to_owned();
    now.difference(before).map(last).collect()
}

/// The names in `left_in_azure`, as the listing has them.
fn left(said: &Value) -> BTreeSet<String> {
    let things = said["left_in_azure"].as_array().unwrap();
    let name = |thing: &Value| {
        let name = thing["id"].as_str().or(thing["name"].as_str()).unwrap();
        name.rsplit('/').next().unwrap_or_default().to_lowercase()
    };
    things.iter().map(name).collect()
}

fn made(bench: &Bench) -> String {
    let store = Store::open(&bench.data()).unwrap();
    store.connections().unwrap()[0].setup.name.to_string()
}

async fn asw(bench: &Bench, words: &[&str], input: &str, keyring: &Variables) -> Said {
    finish(bench.process(words, keyring), input).await
}

/// The acceptance of a removal: with history, and with a real keyring.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_ours_is_left_in_azure_in_the_keyring_or_in_the_data_folder() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    let (bench, environment) = (Bench::start(small()).await, keyring.env());
    let before = listing(&bench).await;
    let setup = bench.setup_set("ready", &[ON, ("name", "\"Gone tomorrow\"")]);
    let words = ["--secrets-stdin", "connect", "--file", &setup];
    asw(&bench, &words, &bench.secrets("ready"), &environment)
        .await
        .ending(0);
    let name = made(&bench);
    asw(&bench, &["sync", &name], "", &environment).await.ending(0);
    let standing = listing(&bench).await;
    assert!(new_names(&before, &standing).len() > 10, "{standing:?}");
    let entries = keyring.entries();
    assert_eq!(entries.len(), 2, "the secret key and the site password: {entries:?}");

    let words = ["--json", "remove", &name, "--yes", "--delete-table"];
    let said = asw(&bench, &words, "", &environment).await.ending(0).json();
    assert_eq!(said["table"]["removed"], true, "{said}");
    assert!(said["table"]["rows"].as_u64().unwrap() > 0, "{said}");
    assert_eq!(listing(&bench).await, before);
    assert_eq!(keyring.entries(), Vec::<String>::new());
    let store = Store::open(&bench.data()).unwrap();
    assert_eq!(store.connections().unwrap(), Vec::new());
    assert_eq!(store.stray_entries(None).unwrap(), Vec::<String>::new());
    drop(store);

    // The data folder keeps the log, and that something of this name was removed; nothing else of the connection.
    let mut files = Vec::new();
    files_below(&bench.data(), &mut files);
    let info = bench.lab.info();
    let app = info.apps.iter().find(|app| app.label == "ready").unwrap();
    let traces = [
        ("the client ID".to_owned(), app.client_id.clone()),
        ("the secret key".to_owned(), app.secret.clone()),
        ("the site password".to_owned(), info.site.password.clone()),
        ("a collection".to_owned(), "PS100016".to_owned()),
    ];
    let database = files.iter().filter(|(path, _)| !path.contains("logs"));
    let traces: Vec<String> = database.flat_map(|(path, bytes)| found(path, bytes, &traces)).collect();
    assert!(traces.is_empty(), "{traces:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forgotten_here_only_is_listed_exactly_also_without_azure() {
    let bench = Bench::start(azure_services_wizard::lab::LabConfig {
        devices: 1_500,
        collections: 12,
        ..small()
    })
    .await;
    let before = listing(&bench).await;
    connect(&bench, "ready", ON).await.ending(0);
    let name = name(&bench).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let standing = listing(&bench).await;
    // The role goes with the rule, and is told with it.
    let mut expected = new_names(&before, &standing);
    expected.retain(|name| name.starts_with("asw-") || name.starts_with("dcr-") || name.starts_with("configmgr"));
    assert!(
        expected.iter().any(|name| name.ends_with("-2")),
        "there are parts: {expected:?}"
    );

    // Azure is gone: it is refused with the way out, then forgotten here.
    bench.plan_faults(&json!({ "service": "entra", "path": "*", "kind": "drop" }));
    let said = bench.asw("", &["remove", &name, "--yes"]).await;
    assert_eq!(said.exit, 5, "{said:?}");
    assert!(said.err.contains("--keep-azure"), "{}", said.err);
    let requests = bench.lab.requests().records().len();
    let words = ["--json", "remove", &name, "--yes", "--keep-azure"];
    let said = bench.asw("", &words).await.ending(0).json();
    assert_eq!(bench.lab.requests().records().len(), requests, "nobody was asked");
    assert_eq!(left(&said), expected);
    bench.lab.faults().clear();
    assert_eq!(listing(&bench).await, standing, "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_was_stopped_in_history_goes_on() {
    let bench = Bench::start(small()).await;
    let before = listing(&bench).await;
    connect(&bench, "ready", ON).await.ending(0);
    let name = name(&bench).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    bench.plan_faults(&json!({
        "service": "arm", "method": "DELETE", "path": "savedSearches/asw-function", "kind": "status", "status": 403, "times": 1
    }));
    bench.asw("", &["remove", &name, "--yes"]).await.ending(3);
    let listed = bench.asw("", &["list"]).await.ending(0);
    assert!(listed.out.contains("being removed"), "{}", listed.out);
    bench
        .asw("", &["remove", &name, "--yes", "--delete-table"])
        .await
        .ending(0);
    assert_eq!(listing(&bench).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_in_use_is_told_with_who_uses_it_until_nobody_does() {
    let bench = Bench::start(small()).await;
    connect(&bench, "ready", ON).await.ending(0);
    let first = name(&bench).await;
    let setup = bench.setup_set("ready", &[ON, ("name", "\"Another\"")]);
    let words = ["--secrets-stdin", "connect", "--file", &setup];
    bench.asw(&bench.secrets("ready"), &words).await.ending(0);
    for (connection, used_by) in [(first.as_str(), json!(["Another"])), ("Another", json!([]))] {
        let said = bench
            .asw("", &["--json", "remove", connection, "--yes"])
            .await
            .ending(0);
        let table = &said.json()["table"];
        assert_eq!(table["used_by"], used_by, "{}", said.out);
        assert_eq!(table["removed"], false, "it was not asked for");
    }
}
