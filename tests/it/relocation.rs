//! Moving a connection: a site that gets another one above it, and its groups go on under their names.

use std::collections::BTreeMap;

use azure_services_wizard::azure::{Azure, Credential};
use azure_services_wizard::model::{Connection, SavedSearch, SecretKey, group};
use azure_services_wizard::store::{SecretKind, Store};
use serde_json::{Value, json};

use crate::harness::{Bench, Said, small, sorted};
use crate::history::from_rows;
use crate::leaks::{files_below, found};

const APP: &str = "workspace-contributor";

/// The lab's provider under another name, as the new site's.
pub fn elsewhere(bench: &Bench) -> String {
    bench.lab.info().site.provider.replace("localhost", "127.0.0.1")
}

/// The lab's certificate, accepted.
pub fn trust(bench: &Bench) -> String {
    format!("sha256:{}", bench.lab.info().site.sha256.as_ref().unwrap())
}

/// A password alone, as a line of secrets.
pub fn password(password: &str) -> String {
    json!({ "site_password": password }).to_string()
}

/// `asw move` to the lab's provider by another name, as another account or as now.
async fn moved(bench: &Bench, name: &str, account: Option<(&str, &str)>, more: &[&str]) -> Said {
    let (provider, trust) = (elsewhere(bench), trust(bench));
    let mut words = vec!["--json", "move", name, "--provider", &provider, "--trust", &trust];
    let mut line = String::new();
    if let Some((account, secret)) = account {
        words.extend(["--account", account, "--secrets-stdin"]);
        line = password(secret);
    }
    bench.asw(&line, &[&words[..], more].concat()).await
}

fn turn(bench: &Bench, knob: &str, value: Value) {
    bench.lab.site().set_knob(knob, &value).unwrap();
}

fn connection(bench: &Bench) -> Connection {
    Store::open(&bench.data()).unwrap().connections().unwrap().remove(0)
}

/// What stands of the connection in the workspace, asked past our own memory.
pub async fn standing(bench: &Bench) -> Vec<SavedSearch> {
    let connection = connection(bench);
    let apps = &bench.lab.info().apps;
    let secret = &apps.iter().find(|app| app.label == APP).unwrap().secret;
    let credential = Credential {
        tenant_id: connection.setup.app.tenant_id,
        client_id: connection.setup.app.client_id,
        secret: SecretKey::parse(secret).unwrap(),
    };
    let azure = Azure::new(&connection.setup.environment, credential).unwrap();
    let all = azure.saved_searches(&connection.setup.workspace).await.unwrap();
    all.into_iter()
        .filter(|each| group::is_ours(each, connection.id))
        .collect()
}

/// Function name and site of each group, by the ID of its saved search.
async fn groups(bench: &Bench) -> BTreeMap<String, (String, String)> {
    let all = standing(bench).await.into_iter();
    all.filter(|each| group::kind(each) == Some(group::Kind::Group))
        .map(|each| {
            let site = group::owner(&each).unwrap().site.to_string();
            assert!(each.query.contains(&format!(", site {site}, AsOf ")), "{}", each.query);
            (each.id, (each.alias.unwrap(), site))
        })
        .collect()
}

fn aliases(groups: &BTreeMap<String, (String, String)>) -> Vec<(&str, &str)> {
    groups
        .iter()
        .map(|(id, (alias, _))| (id.as_str(), alias.as_str()))
        .collect()
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|each| each["id"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_groups_of_a_site_that_got_another_above_it_go_on_under_their_names() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let before = groups(&bench).await;
    assert!(before.values().all(|(_, site)| site == "PS1"));

    turn(&bench, "hierarchy", json!("child"));
    let said = bench.asw("", &["--json", "sync", &name]).await.ending(4).json();
    assert_eq!(said["error"]["code"], "hierarchy_changed");
    assert!(
        said["error"]["next_step"].as_str().unwrap().contains("asw move"),
        "{said}"
    );
    // The account's own site is no place to move to.
    let said = moved(&bench, &name, None, &["--yes"]).await.ending(4).json();
    assert_eq!(said["error"]["code"], "child_primary");

    turn(&bench, "hierarchy", json!("cas"));
    let (account, secret) = bench.lab.site().account();
    let said = moved(&bench, &name, Some((&account, &secret)), &["--yes"])
        .await
        .ending(0)
        .json();
    assert_eq!(
        (&said["moved"], &said["from"]["code"], &said["to"]["code"]),
        (&json!(true), &json!("PS1"), &json!("CAS"))
    );
    assert_eq!(said["to"]["kind"], "central-administration-site");
    assert_eq!(ids(&said["kept"]), bench.lab.site().chosen_collections());
    assert_eq!(said["missing"], json!([]));
    let status = bench.asw("", &["--json", "status", &name]).await.ending(0).json();
    assert_eq!(status["connections"][0]["last_run"]["moved_since"], true);

    // Nothing moved at the site meanwhile; what was read at the old one counts for nothing all the same.
    let said = bench.asw("", &["--json", "sync", &name]).await.ending(0).json();
    let outcomes = said["collections"].as_array().unwrap().iter();
    assert!(
        outcomes.map(|each| &each["outcome"]).all(|each| each == "published"),
        "{said}"
    );
    let after = groups(&bench).await;
    assert_eq!(aliases(&after), aliases(&before));
    assert!(after.values().all(|(_, site)| site == "CAS"), "{after:?}");
    assert_eq!(bench.groups(&name).await, bench.truth());
    let said = bench.asw("", &["--json", "sync", &name]).await.ending(0).json();
    let outcomes = said["collections"].as_array().unwrap().iter();
    assert!(
        outcomes.map(|each| &each["outcome"]).all(|each| each == "unmoved"),
        "{said}"
    );

    let mut files = Vec::new();
    files_below(&bench.data(), &mut files);
    let secrets = [("the site password".to_owned(), secret)];
    let leaks: Vec<String> = files
        .iter()
        .flat_map(|(place, bytes)| found(place, bytes, &secrets))
        .collect();
    assert!(leaks.is_empty() && !files.is_empty(), "{leaks:?}");
}

/// What a publication would stop at, a look at everything says as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_look_at_everything_finds_another_site() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    for (hierarchy, code) in [("child", "hierarchy_changed"), ("cas", "site_changed")] {
        turn(&bench, "hierarchy", json!(hierarchy));
        let said = bench.asw("", &["--json", "verify", &name]).await.ending(4).json();
        let checks = said["checks"].as_array().unwrap();
        let site = checks.iter().find(|check| check["check"] == "site").unwrap();
        assert_eq!((&site["passed"], &site["error"]["code"]), (&json!(false), &json!(code)));
    }
    turn(&bench, "hierarchy", json!("standalone"));
    bench.asw("", &["verify", &name]).await.ending(0);
}

/// Another machine takes over what has moved: its record says the new site.
#[tokio::test(flavor = "multi_thread")]
async fn what_has_moved_can_be_taken_over() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let before = groups(&bench).await;
    turn(&bench, "hierarchy", json!("cas"));
    moved(&bench, &name, None, &["--yes"]).await.ending(0);
    let record = standing(&bench)
        .await
        .into_iter()
        .find(|each| group::kind(each) == Some(group::Kind::Record));
    assert_eq!(group::owner(&record.unwrap()).unwrap().site.as_str(), "CAS");

    let Bench { lab, .. } = bench;
    let bench = Bench {
        lab,
        folder: tempfile::tempdir().unwrap(),
        vault: std::sync::Arc::new(azure_services_wizard::secrets::MemoryVault::for_life()),
    };
    let setup = bench.setup(APP);
    let words = ["--json", "--secrets-stdin", "adopt", "--file", &setup];
    let said = bench.asw(&bench.secrets(APP), &words).await.ending(0).json();
    assert_eq!(said["connection"]["site"]["code"], "CAS");
    bench.asw("", &["sync", &name]).await.ending(0);
    assert_eq!(aliases(&groups(&bench).await), aliases(&before));
    assert_eq!(bench.groups(&name).await, bench.truth());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_that_the_new_site_does_not_show_stays_as_it_is() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let (before, was) = (groups(&bench).await, bench.groups(&name).await);
    let chosen = bench.lab.site().chosen_collections();
    let (gone, renamed) = (&chosen[0], &chosen[1]);
    turn(&bench, "hierarchy", json!("cas"));
    turn(&bench, "gone", json!([gone]));
    turn(&bench, "renamed", json!({ renamed.as_str(): "Another name" }));
    // A plan changes nothing, and without a yes nothing is moved.
    let stood = connection(&bench);
    let plan = moved(&bench, &name, None, &["--dry-run"]).await.ending(0).json();
    assert_eq!(
        (ids(&plan["missing"]), &plan["moved"]),
        (vec![gone.as_str()], &json!(false))
    );
    let other = plan["kept"]
        .as_array()
        .unwrap()
        .iter()
        .find(|each| each["id"] == renamed.as_str())
        .unwrap();
    assert_eq!(other["name"], "Another name");
    assert!(other["name_before"].is_string());
    let said = moved(&bench, &name, None, &[]).await.ending(2).json();
    assert!(said["error"]["message"].as_str().unwrap().contains("--yes"), "{said}");
    assert_eq!((connection(&bench), groups(&bench).await), (stood, before.clone()));

    moved(&bench, &name, None, &["--yes"]).await.ending(0);
    assert!(bench.lab.site().churn(3, 60, bench.lab.clock().now()) > 0);
    let said = bench.asw("", &["--json", "sync", &name]).await.ending(0).json();
    let of_gone = said["collections"]
        .as_array()
        .unwrap()
        .iter()
        .find(|each| each["id"] == gone.as_str())
        .unwrap();
    assert_eq!(of_gone["outcome"], "not_seen", "{said}");
    let after = groups(&bench).await;
    assert_eq!(aliases(&after), aliases(&before));
    let elsewhere: Vec<&str> = after
        .values()
        .filter(|(_, site)| site == "PS1")
        .map(|(alias, _)| alias.as_str())
        .collect();
    assert_eq!(elsewhere, [format!("ConfigMgr_PS1_{gone}")]);
    let mut wanted = bench.truth();
    wanted.insert(gone.clone(), was[gone].clone());
    assert_eq!(bench.groups(&name).await, wanted);
}

/// Whatever stands in the way: the connection is as it was, and its password is.
#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_fails_leaves_the_connection_as_it_was() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let stood = connection(&bench);
    let (account, secret) = bench.lab.site().account();
    let code = |said: Said| said.json()["error"]["code"].as_str().unwrap().to_owned();
    let refused = moved(&bench, &name, Some((&account, "wrong")), &["--yes"])
        .await
        .ending(4);
    assert_eq!(code(refused), "account_refused");
    let other = moved(&bench, &name, Some(("CORP\\nobody", "wrong")), &["--yes"])
        .await
        .ending(4);
    assert_eq!(code(other), "account_refused");
    let words = ["--json", "move", &name, "--provider", "localhost:1", "--yes"];
    assert_eq!(code(bench.asw("", &words).await.ending(5)), "site_unreachable");
    let words = [
        "--json",
        "move",
        &name,
        "--provider",
        "localhost:1",
        "--account",
        "CORP\\x",
        "--yes",
    ];
    assert_eq!(code(bench.asw("", &words).await.ending(2)), "secrets_missing");
    // Azure refuses the record: the password that was laid up goes again.
    bench.plan_faults(
        &json!({ "service": "arm", "method": "PUT", "path": "savedSearches", "kind": "status", "status": 403 }),
    );
    turn(&bench, "hierarchy", json!("cas"));
    moved(&bench, &name, Some((&account, &secret)), &["--yes"])
        .await
        .ending(3);
    bench.lab.faults().clear();
    turn(&bench, "hierarchy", json!("standalone"));

    assert_eq!(connection(&bench), stood);
    let store = Store::open(&bench.data()).unwrap();
    assert!(store.stray_entries(None).unwrap().is_empty());
    bench.asw("", &["sync", &name, "--full"]).await.ending(0);
    assert_eq!(bench.groups(&name).await, bench.truth());
}

/// Another account signs in from then on, with its own password; that of the one before is in the keyring no more.
#[tokio::test(flavor = "multi_thread")]
async fn another_account_takes_the_place_of_the_one_before() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    let entry = |bench: &Bench| {
        let store = Store::open(&bench.data()).unwrap();
        let entry = store.current_entry(connection(bench).id, SecretKind::SitePassword);
        entry.unwrap().unwrap()
    };
    let old = entry(&bench);
    let accounts = bench.lab.site().accounts();
    let (_, analyst, secret) = accounts.iter().find(|each| each.0 == "read-only-analyst").unwrap();
    let plan = moved(&bench, &name, Some((analyst, secret)), &["--yes"])
        .await
        .ending(0)
        .json();
    assert!(
        !ids(&plan["missing"]).is_empty(),
        "not all are in the analyst's scope: {plan}"
    );
    assert_ne!(entry(&bench), old);
    let kept = |entry: &str| bench.vault.get(entry).unwrap().map(|secret| secret.to_string());
    assert_eq!((kept(&old), kept(&entry(&bench)).as_ref()), (None, Some(secret)));
    let said = bench.asw("", &["--json", "sync", &name]).await.ending(0).json();
    let outcomes = said["collections"].as_array().unwrap().iter();
    let unseen: Vec<&str> = outcomes
        .filter(|each| each["outcome"] == "not_seen")
        .map(|each| each["id"].as_str().unwrap())
        .collect();
    assert_eq!(unseen, ids(&plan["missing"]));
}

/// History goes on: the rows of the new site take the place of the old ones, collection by collection.
#[tokio::test(flavor = "multi_thread")]
async fn history_goes_on_from_the_new_site() {
    let bench = Bench::start(small()).await;
    let setup = bench.setup_set("ready", &[("history", "\"on\"")]);
    let words = ["--secrets-stdin", "connect", "--file", &setup];
    bench.asw(&bench.secrets("ready"), &words).await.ending(0);
    let name = connection(&bench).setup.name.to_string();
    bench.asw("", &["sync", &name]).await.ending(0);
    turn(&bench, "hierarchy", json!("cas"));
    moved(&bench, &name, None, &["--yes"]).await.ending(0);
    let before = bench.lab.cloud().rows().len();
    bench.asw("", &["sync", &name]).await.ending(0);
    assert_eq!(from_rows(&bench), bench.truth());
    let rows = bench.lab.cloud().rows().split_off(before);
    let markers = rows.iter().filter(|row| row["RowKind"] == "snapshot").count();
    assert_eq!(markers, bench.lab.site().chosen_collections().len());
    assert!(rows.iter().all(|row| row["Site"] == "CAS"));
}

/// A site that was installed anew gives its IDs out again: the plan says so, and names are to be compared.
#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_was_installed_anew_is_told_apart() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    turn(&bench, "site_guid", json!("0f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"));
    let said = bench.asw("", &["--json", "sync", &name]).await.ending(4).json();
    assert_eq!(said["error"]["code"], "site_replaced");
    let plan = moved(&bench, &name, None, &["--dry-run"]).await.ending(0).json();
    assert_eq!(plan["installed_anew"], true);
    moved(&bench, &name, None, &["--yes"]).await.ending(0);
    bench.asw("", &["sync", &name]).await.ending(0);
    assert_eq!(bench.groups(&name).await, bench.truth());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_site_is_told_where_it_is_asked_and_where_it_is_remembered() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    turn(&bench, "scp", json!("offline"));
    let said = bench.asw("", &["--json", "verify", &name]).await.ending(0).json();
    let site = &said["site"];
    assert_eq!(
        (&site["code"], &site["build"], &site["version"]),
        (&json!("PS1"), &json!(9135), &json!("2503"))
    );
    assert_eq!(
        (&site["signed_in"], &site["full_version"]),
        (&json!("ntlm"), &json!("5.00.9135.1000"))
    );
    assert_eq!(
        site["service_connection_point"],
        json!({ "mode": "offline", "server": "scp01.corp.example" })
    );
    let said = bench.asw("", &["verify", &name]).await.ending(0).out;
    assert!(
        said.contains("scp01.corp.example, offline") && said.contains("2503 (build 9135)"),
        "{said}"
    );

    // No network is needed for what is remembered.
    turn(&bench, "role", json!("iis"));
    let shown = bench.asw("", &["--json", "show", &name]).await.ending(0).json();
    let providers = sorted(
        site["providers"]
            .as_array()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect(),
    );
    assert!(!providers.is_empty());
    for (key, value) in site.as_object().unwrap() {
        if !["signed_in", "full_version", "service_connection_point"].contains(&key.as_str()) {
            assert_eq!(&shown["connection"]["site"][key], value, "{key}");
        }
    }
    let status = bench.asw("", &["--json", "status", &name]).await.ending(0).json();
    assert_eq!(status["connections"][0]["site"], shown["connection"]["site"]);
    let said = bench.asw("", &["status", &name]).await.ending(0).out;
    assert!(
        said.contains("site PS1, standalone primary site, 2503 (build 9135), through localhost"),
        "{said}"
    );
}
