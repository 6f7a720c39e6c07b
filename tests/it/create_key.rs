//! `asw update-secret --create`: a key that Microsoft Entra makes, and what stands there after each way in which that can go wrong.

use azure_services_wizard::azure::{Azure, Credential};
use azure_services_wizard::model::{Connection, SecretKey};
use azure_services_wizard::platform::checkpoint;
use azure_services_wizard::store::{SecretKind, Store};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::harness::{Bench, finish, small};
use crate::secret_service::SecretServiceSession;

const APP: &str = "workspace-contributor";
const CREATE: [&str; 6] = ["--json", "update-secret", "A", "--create", "--expires", "2031-01-31"];

async fn connect(bench: &Bench, name: &str) {
    let setup = bench.setup_set(APP, &[("name", &format!("\"{name}\""))]);
    let words = ["--secrets-stdin", "connect", "--file", &setup];
    bench.asw(&bench.secrets(APP), &words).await.ending(0);
}

fn grant(bench: &Bench) {
    let knob = json!({ "label": APP, "permission": "Application.ReadWrite.OwnedBy" });
    bench.lab.cloud().set_knob("grant_graph", &knob).unwrap();
}

/// A connection A of an app that may renew its own keys.
async fn one() -> Bench {
    let bench = Bench::start(small()).await;
    connect(&bench, "A").await;
    grant(&bench);
    bench
}

fn connection(bench: &Bench) -> Connection {
    let store = Store::open(&bench.data()).unwrap();
    store.connection(&"A".parse().unwrap()).unwrap().unwrap()
}

fn first_key(bench: &Bench) -> String {
    let apps = &bench.lab.info().apps;
    apps.iter().find(|app| app.label == APP).unwrap().secret.clone()
}

fn in_use(bench: &Bench) -> String {
    let store = Store::open(&bench.data()).unwrap();
    let entry = store
        .current_entry(connection(bench).id, SecretKind::ClientSecret)
        .unwrap();
    bench.vault.get(&entry.unwrap()).unwrap().unwrap().to_string()
}

/// Names of the keys that stand in the lab's directory, asked with this one of them.
async fn keys(bench: &Bench, secret: &str) -> Vec<String> {
    let connection = connection(bench);
    let app = &connection.setup.app;
    let credential = Credential {
        tenant_id: app.tenant_id,
        client_id: app.client_id,
        secret: SecretKey::parse(secret).unwrap(),
    };
    let azure = Azure::new(&connection.setup.environment, credential).unwrap();
    let keys = azure.secret_keys(app.client_id).await.unwrap();
    keys.into_iter().map(|key| key.name).collect()
}

fn is_ours(name: &str) -> bool {
    name.starts_with("Azure Services Wizard ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_made_verified_with_patience_put_into_use_and_the_one_before_removed() {
    let bench = one().await;
    bench
        .lab
        .cloud()
        .set_knob("secret_replicates_after_s", &json!(2))
        .unwrap();
    let said = bench.asw("", &CREATE).await.ending(0);
    assert!(said.err.contains("not known everywhere yet"), "it waited: {}", said.err);
    assert_eq!(said.json()["secret_expiry"], "2031-01-31");
    assert_eq!(said.json()["warnings"], json!([]));
    let new = in_use(&bench);
    assert_ne!(new, first_key(&bench));
    let names = keys(&bench, &new).await;
    assert!(
        names.len() == 1 && names.iter().all(|name| is_ours(name)),
        "the one before is gone: {names:?}"
    );
    bench.asw("", &["sync", "A", "--full"]).await.ending(0);
    assert!(!said.out.contains(&new) && !said.err.contains(&new));
    // And again, from the one that was made.
    bench.asw("", &["update-secret", "A", "--create"]).await.ending(0);
    assert_ne!(in_use(&bench), new);
    assert_eq!(keys(&bench, &in_use(&bench)).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_may_not_is_told_and_nothing_is_changed() {
    let bench = Bench::start(small()).await;
    connect(&bench, "A").await;
    let said = bench.asw("", &CREATE).await.ending(3).json();
    assert_eq!(said["error"]["code"], "keys_not_allowed");
    assert_eq!(in_use(&bench), first_key(&bench));
    // With a key that has expired it cannot even ask.
    bench
        .lab
        .cloud()
        .set_knob("expire_secret", &json!({ "label": APP }))
        .unwrap();
    let said = bench.asw("", &CREATE).await.ending(3).json();
    assert_eq!(said["error"]["code"], "secret_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_before_stays_while_another_connection_uses_it() {
    let bench = one().await;
    connect(&bench, "B").await;
    let said = bench
        .asw("", &[&CREATE[..], &["--only"]].concat())
        .await
        .ending(0)
        .json();
    assert_eq!(said["warnings"][0]["code"], "old_key_in_use");
    assert_eq!(keys(&bench, &in_use(&bench)).await.len(), 2);
    bench.asw("", &["sync", "B", "--full"]).await.ending(0);
    // Both in one go: then B has the new one too, and none of the others is needed.
    let said = bench.asw("", &CREATE).await.ending(0).json();
    assert_eq!(said["others"][0]["renewed"], true);
    bench.asw("", &["sync", "B", "--full"]).await.ending(0);
    let names = keys(&bench, &in_use(&bench)).await;
    // The very first was never A's old key in this renewal: it is not ours to guess.
    assert_eq!(names.iter().filter(|name| is_ours(name)).count(), 1, "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_does_not_verify_is_removed_again() {
    let bench = one().await;
    // The token for Graph is fetched, then the key made; the third sign-in is the new key's.
    let gone = json!({ "service": "entra", "path": "/token", "kind": "drop", "after": 2, "times": 1000 });
    let planned = azure_services_wizard::lab::Fault::all_from_value(gone);
    bench.lab.faults().add(planned.unwrap());
    let said = bench.asw("", &CREATE).await.ending(5).json();
    assert_eq!(said["error"]["code"], "cut_off");
    bench.lab.faults().clear();
    assert_eq!(in_use(&bench), first_key(&bench));
    let names = keys(&bench, &first_key(&bench)).await;
    assert!(names.len() == 1 && !names.iter().any(|name| is_ours(name)), "{names:?}");
    bench.asw("", &["sync", "A", "--full"]).await.ending(0);
    bench.asw("", &CREATE).await.ending(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_removed_again_is_said_and_goes_with_the_next_renewal() {
    let bench = one().await;
    let gone = json!([
        { "service": "entra", "path": "/token", "kind": "drop", "after": 2, "times": 1000 },
        { "service": "graph", "path": "removePassword", "kind": "status", "status": 403, "times": 1 },
    ]);
    bench.plan_faults(&gone);
    let said = bench.asw("", &CREATE).await.ending(5).json();
    let left = said["error"]["details"]["Left in the app registration"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(is_ours(&left), "{said}");
    bench.lab.faults().clear();
    assert!(keys(&bench, &first_key(&bench)).await.contains(&left));
    bench.asw("", &CREATE).await.ending(0);
    let names = keys(&bench, &in_use(&bench)).await;
    assert!(names.len() == 1 && !names.contains(&left), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_leaves_no_second_key() {
    let bench = one().await;
    bench.plan_faults(
        &json!({ "service": "graph", "path": "addPassword", "phase": "after", "kind": "drop", "times": 1 }),
    );
    bench.asw("", &CREATE).await.ending(0);
    let names = keys(&bench, &in_use(&bench)).await;
    assert_eq!(names.len(), 1, "{names:?}");
}

/// kill -9 at each step: a key that works is in use, and the next renewal leaves one key in Entra.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_leaves_a_key_that_works_and_the_next_renewal_nothing_else() {
    let Some(session) = SecretServiceSession::start() else {
        return;
    };
    let points = checkpoint::ALL
        .iter()
        .filter(|point| point.starts_with("create-secret"));
    for point in points {
        let bench = Bench::start(small()).await;
        let run = async |input: &str, words: &[&str]| finish(bench.process(words, &session.env()), input).await;
        let setup = bench.setup_set(APP, &[("name", "\"A\"")]);
        let connect = ["--secrets-stdin", "connect", "--file", &setup];
        run(&bench.secrets(APP), &connect).await.ending(0);
        grant(&bench);
        let mut process = bench.process(&CREATE, &session.env());
        let mut process = process.env(checkpoint::VARIABLE, point).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        while lines.next_line().await.unwrap().expect("it ended without passing it") != format!("paused at {point}") {}
        process.kill().await.unwrap();
        run("", &["sync", "A", "--full"]).await.ending(0);
        let renewed = run("", &CREATE).await.ending(0).json();
        assert_eq!(renewed["warnings"], json!([]), "{point}");
        run("", &["sync", "A", "--full"]).await.ending(0);
        let names = names_in_directory(&bench, &session).await;
        let ours = names.iter().filter(|name| is_ours(name)).count();
        // Killed after the switch, the one before was not removed yet; which it was is not known to the next renewal.
        let first = usize::from(*point == "create-secret: pointer switched");
        assert_eq!((ours, names.len() - ours), (1, first), "{point}: {names:?}");
    }
}

/// The same, asked with the key that the process keeps in its keyring: by a log query nobody could see it.
async fn names_in_directory(bench: &Bench, session: &SecretServiceSession) -> Vec<String> {
    let store = Store::open(&bench.data()).unwrap();
    let entry = store
        .current_entry(connection(bench).id, SecretKind::ClientSecret)
        .unwrap();
    let secret = crate::renewal::held(session, &entry.unwrap());
    keys(bench, &secret).await
}
