//! A connection's settings as a file, and several connections side by side.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use azure_services_wizard::connect::setup_file;
use azure_services_wizard::lab::LabConfig;
use azure_services_wizard::secrets::{MemoryVault, SharedVault};
use azure_services_wizard::store::Store;
use serde_json::{Value, json};

use crate::harness::{Bench, small};
use crate::leaks::found;

/// Everything that `asw show` says of a connection and that is not its identity.
async fn shown(bench: &Bench, data: &Path, vault: &SharedVault, name: &str) -> Value {
    let said = bench.asw_at(data, vault, &["--json", "show", name]).await.ending(0);
    let mut connection = said.json()["connection"].take();
    connection["id"] = Value::Null;
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_connects_to_the_same_on_another_machine() {
    let bench = Bench::start(small()).await;
    let name = bench.connected("workspace-contributor").await;
    let said = bench.asw("", &["export", &name]).await.ending(0);
    let secrets: Value = serde_json::from_str(&bench.secrets("workspace-contributor")).unwrap();
    let secrets: Vec<(String, String)> = ["client_secret", "site_password"]
        .map(|each| (each.to_owned(), secrets[each].as_str().unwrap().to_owned()))
        .into();
    assert_eq!(
        found("the settings", said.out.as_bytes(), &secrets),
        Vec::<String>::new()
    );
    // The lab is no built-in cloud: its addresses are in the file.
    assert!(said.out.contains("[environment]"), "{}", said.out);

    let file = bench.folder.path().join("exported.toml");
    let path = file.display().to_string();
    bench.asw("", &["export", &name, "--out", &path]).await.ending(0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), said.out);
    let refused = bench.asw("", &["export", &name, "--out", &path]).await.ending(2);
    assert!(refused.err.contains("is there already"), "{}", refused.err);
    let setup = Store::open(&bench.data())
        .unwrap()
        .connections()
        .unwrap()
        .remove(0)
        .setup;
    assert_eq!(setup_file::load(&file).unwrap(), setup);

    let (data, vault) = (
        bench.folder.path().join("other"),
        Arc::new(MemoryVault::for_life()) as SharedVault,
    );
    let before = shown(&bench, &bench.data(), &bench.vault, &name).await;
    let line = bench.secrets("workspace-contributor");
    let words = ["--secrets-stdin", "connect", "--file", &path];
    bench.asw_with(&data, &vault, &line, &words).await.ending(0);
    assert_eq!(shown(&bench, &data, &vault, &name).await, before);
}

/// Everything in the two workspaces that carries our prefix, and the groups' members.
async fn state(bench: &Bench, data: &Path, vault: &SharedVault, name: &str) -> (Vec<String>, Value) {
    let groups = bench
        .asw_at(data, vault, &["--json", "groups", name, "--members"])
        .await;
    (bench.saved_searches().await, groups.ending(0).json()["groups"].take())
}

/// Two tenants, two workspaces, two sites: two labs. One data folder and one keyring hold a connection to each.
#[tokio::test(flavor = "multi_thread")]
async fn connections_to_two_tenants_and_two_sites_do_not_touch_each_other() {
    let (one, other) = tokio::join!(
        Bench::start(small()),
        Bench::start(LabConfig {
            seed: 77,
            devices: 300,
            ..small()
        })
    );
    let (data, vault) = (one.data(), one.vault.clone());
    let mut names = BTreeMap::new();
    for (bench, name) in [(&one, "First"), (&other, "Second")] {
        let setup = bench.setup_set("workspace-contributor", &[("name", &format!("{name:?}"))]);
        let words = ["--secrets-stdin", "connect", "--file", &setup];
        let line = bench.secrets("workspace-contributor");
        bench.asw_with(&data, &vault, &line, &words).await.ending(0);
        names.insert(name, bench);
    }
    let said = one.asw_at(&data, &vault, &["--json", "sync", "--all"]).await.ending(0);
    assert_eq!(said.json()["runs"].as_array().unwrap().len(), 2, "{}", said.out);
    let first = state(&one, &data, &vault, "First").await;
    let second = state(&other, &data, &vault, "Second").await;
    assert_eq!(crate::harness::members(&json!({ "groups": first.1 })), one.truth());
    assert_eq!(crate::harness::members(&json!({ "groups": second.1 })), other.truth());

    // What happens to the one, its key, its membership, its removal, leaves the other as it is, and asks its lab nothing.
    let requests = other.lab.requests().records().len();
    one.lab
        .cloud()
        .set_knob("expire_secret", &json!({ "label": "workspace-contributor" }))
        .unwrap();
    one.asw_at(&data, &vault, &["sync", "First", "--full"]).await.ending(3);
    let said = one.asw_at(&data, &vault, &["--json", "status"]).await.ending(0).json();
    let error = |at: usize| said["connections"][at]["last_run"]["error"].clone();
    assert_eq!(error(0)["code"], "secret_expired", "{said}");
    assert!(error(1).is_null(), "{said}");
    let next = one
        .lab
        .info()
        .apps
        .iter()
        .find(|app| app.label == "workspace-contributor")
        .unwrap();
    let line = json!({ "client_secret": next.next_secret }).to_string();
    one.lab
        .cloud()
        .set_knob("rotate_secret", &json!({ "label": "workspace-contributor" }))
        .unwrap();
    let renew = ["--secrets-stdin", "update-secret", "First", "--expires", "2031-01-31"];
    one.asw_with(&data, &vault, &line, &renew).await.ending(0);
    one.asw_at(&data, &vault, &["remove", "First", "--yes"]).await.ending(0);
    assert_eq!(one.saved_searches().await, Vec::<String>::new());
    assert_eq!(
        other.lab.requests().records().len(),
        requests,
        "nobody asked the other lab"
    );
    assert_eq!(state(&other, &data, &vault, "Second").await, second);
    one.asw_at(&data, &vault, &["sync", "Second"]).await.ending(0);
}
