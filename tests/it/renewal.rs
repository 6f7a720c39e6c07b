//! A new secret key: for all connections of an app, and what is left where it goes wrong in the middle. Read back from a real Secret
//! Service.

use std::process::Stdio;

use azure_services_wizard::model::Connection;
use azure_services_wizard::platform::RunLock;
use azure_services_wizard::secrets::{KeyringVault, Vault};
use azure_services_wizard::store::{SecretKind, Store};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::harness::{Bench, Said, finish, small};
use crate::secret_service::{SecretServiceSession, child, is_child};

const APP: &str = "workspace-contributor";
const DAY: &str = "2031-01-31";

fn key_of(bench: &Bench, next: bool) -> String {
    let apps = &bench.lab.info().apps;
    let app = apps.iter().find(|app| app.label == APP).unwrap();
    if next {
        app.next_secret.clone()
    } else {
        app.secret.clone()
    }
}

fn line(key: &str) -> String {
    json!({ "client_secret": key }).to_string()
}

fn turn(bench: &Bench, knob: &str) {
    bench.lab.cloud().set_knob(knob, &json!({ "label": APP })).unwrap();
}

fn connection(bench: &Bench, name: &str) -> Connection {
    let store = Store::open(&bench.data()).unwrap();
    store.connection(&name.parse().unwrap()).unwrap().unwrap()
}

async fn connect(bench: &Bench, label: &str, name: &str) {
    let setup = bench.setup_set(label, &[("name", &format!("\"{name}\""))]);
    let words = ["--secrets-stdin", "connect", "--file", &setup];
    bench.asw(&bench.secrets(label), &words).await.ending(0);
}

/// The keys that the store says are in use, read from the keyring of the bench.
fn in_use(bench: &Bench, name: &str) -> String {
    let store = Store::open(&bench.data()).unwrap();
    let entry = store
        .current_entry(connection(bench, name).id, SecretKind::ClientSecret)
        .unwrap();
    bench.vault.get(&entry.unwrap()).unwrap().unwrap().to_string()
}

/// A and B of one app, C of another.
async fn three() -> Bench {
    let bench = Bench::start(small()).await;
    connect(&bench, APP, "A").await;
    connect(&bench, APP, "B").await;
    connect(&bench, "ready", "C").await;
    turn(&bench, "rotate_secret");
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn all_connections_of_an_app_are_renewed_in_one_go() {
    let bench = three().await;
    let (old, new, other) = (key_of(&bench, false), key_of(&bench, true), in_use(&bench, "C"));
    let renew = ["--secrets-stdin", "--json", "update-secret", "B", "--expires", DAY];
    // One that does not verify changes none of them.
    bench.asw(&line("wrong8Q~key"), &renew).await.ending(3);
    assert_eq!([in_use(&bench, "A"), in_use(&bench, "B")], [old.clone(), old.clone()]);
    let said = bench.asw(&line(&new), &renew).await.ending(0).json();
    assert_eq!(said["others"], json!([{ "name": "A", "renewed": true, "error": null }]));
    assert_eq!([in_use(&bench, "A"), in_use(&bench, "B")], [new.clone(), new]);
    assert_eq!(in_use(&bench, "C"), other, "it is of another app");
    let days = ["A", "B"].map(|name| connection(&bench, name).setup.app.secret_expiry.to_string());
    assert_eq!(days, [DAY, DAY]);
    turn(&bench, "expire_secret");
    for name in ["A", "B"] {
        bench.asw("", &["sync", name, "--full"]).await.ending(0);
        let runs = bench.asw("", &["status", name, "--runs", "5"]).await.ending(0).out;
        assert!(runs.contains("secret key replaced"), "it is recorded: {runs}");
    }
}

/// The date that was typed is for those who cannot ask.
#[tokio::test(flavor = "multi_thread")]
async fn the_day_that_entra_tells_counts_whatever_was_typed() {
    let bench = three().await;
    let words = ["--secrets-stdin", "--json", "update-secret", "A", "--expires", DAY];
    let read = json!({ "label": APP, "permission": "Application.Read.All" });
    bench.lab.cloud().set_knob("grant_graph", &read).unwrap();
    let said = bench.asw(&line(&key_of(&bench, true)), &words).await.ending(0).json();
    let warning = &said["warnings"][0];
    assert_eq!(
        (&warning["code"], &warning["typed"]),
        (&json!("expiry_differs"), &json!(DAY))
    );
    let days = ["A", "B"].map(|name| connection(&bench, name).setup.app.secret_expiry.to_string());
    assert_eq!(
        [&json!(days[0]), &json!(days[1])],
        [&warning["actual"], &warning["actual"]]
    );
    assert_eq!(said["secret_expiry"], warning["actual"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_connection_is_renewed_where_that_is_wanted() {
    let bench = three().await;
    let words = ["--secrets-stdin", "update-secret", "A", "--only", "--expires", DAY];
    let said = bench.asw(&line(&key_of(&bench, true)), &words).await.ending(0).out;
    assert!(!said.contains("\"B\""), "{said}");
    assert_eq!(in_use(&bench, "A"), key_of(&bench, true));
    assert_eq!(in_use(&bench, "B"), key_of(&bench, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_for_one_of_them_is_said_and_the_others_stand() {
    let bench = three().await;
    let lock = RunLock::acquire(&bench.data(), &connection(&bench, "B").id)
        .unwrap()
        .unwrap();
    let words = ["--secrets-stdin", "update-secret", "A", "--expires", DAY];
    let said = bench.asw(&line(&key_of(&bench, true)), &words).await.ending(6);
    assert!(
        said.out.contains("The new secret key of \"A\" works and is in use"),
        "{said:?}"
    );
    assert!(
        said.err
            .contains("\"B\", of the same app, keeps the secret key that it had"),
        "{said:?}"
    );
    assert_eq!(in_use(&bench, "A"), key_of(&bench, true));
    assert_eq!(in_use(&bench, "B"), key_of(&bench, false));
    drop(lock);
    bench.asw(&line(&key_of(&bench, true)), &words).await.ending(0);
    assert_eq!(in_use(&bench, "B"), key_of(&bench, true));
}

/// Not a test: reads an entry as another program would.
#[test]
#[ignore = "run by another test"]
fn in_child_read_an_entry() {
    if !is_child() {
        return;
    }
    let entry = std::env::var("ASW_TEST_ENTRY").unwrap();
    let secret = KeyringVault::open().unwrap().get(&entry).unwrap();
    println!("\nit holds {}", secret.unwrap().as_str());
}

/// What the Secret Service holds under this name.
pub fn held(session: &SecretServiceSession, entry: &str) -> String {
    let mut reader = child("renewal::in_child_read_an_entry");
    let read = session
        .reach_from(&mut reader)
        .env("ASW_TEST_ENTRY", entry)
        .output()
        .unwrap();
    let said = String::from_utf8(read.stdout).unwrap();
    let held = said.lines().find_map(|line| line.strip_prefix("it holds "));
    held.unwrap_or_else(|| panic!("{said}")).to_owned()
}

/// A connection of a process whose keyring is a real one.
struct Real {
    bench: Bench,
    session: SecretServiceSession,
}

impl Real {
    async fn start() -> Option<Self> {
        let session = SecretServiceSession::start()?;
        let bench = Bench::start(small()).await;
        let real = Self { bench, session };
        let setup = real.bench.setup_set(APP, &[("name", "\"A\"")]);
        let connect = ["--secrets-stdin", "connect", "--file", &setup];
        real.run(&real.bench.secrets(APP), &connect).await.ending(0);
        turn(&real.bench, "rotate_secret");
        Some(real)
    }

    async fn run(&self, input: &str, words: &[&str]) -> Said {
        finish(self.bench.process(words, &self.session.env()), input).await
    }

    /// Begins `asw update-secret`; its answer comes with `Renewing::answer`.
    async fn renewing(&self, key: &str) -> Renewing {
        let words = ["--secrets-stdin", "--json", "update-secret", "A", "--expires", DAY];
        let mut process = self.bench.process(&words, &self.session.env()).spawn().unwrap();
        let mut stdin = process.stdin.take().unwrap();
        stdin.write_all(format!("{}\n", line(key)).as_bytes()).await.unwrap();
        Renewing(process)
    }

    /// The key in use, as the Secret Service gives it to another program.
    fn in_use(&self) -> String {
        let store = Store::open(&self.bench.data()).unwrap();
        let id = connection(&self.bench, "A").id;
        let entry = store.current_entry(id, SecretKind::ClientSecret).unwrap().unwrap();
        held(&self.session, &entry)
    }

    /// The old key is still there, and in use: it is read back, and it publishes.
    async fn still_uses_the_old_key(&self) {
        assert_eq!(self.in_use(), key_of(&self.bench, false));
        self.run("", &["sync", "A", "--full"]).await.ending(0);
        assert_ne!(connection(&self.bench, "A").setup.app.secret_expiry.to_string(), DAY);
    }

    /// And with the next try the new one is in use, and nothing of the first is left.
    async fn renews_after_all(&self) {
        let renewing = self.renewing(&key_of(&self.bench, true)).await;
        renewing.answer().await.ending(0);
        assert_eq!(self.in_use(), key_of(&self.bench, true));
        let store = Store::open(&self.bench.data()).unwrap();
        assert_eq!(store.stray_entries(None).unwrap(), Vec::<String>::new());
    }
}

struct Renewing(tokio::process::Child);

impl Renewing {
    async fn answer(self) -> Said {
        let output = self.0.wait_with_output().await.unwrap();
        Said {
            exit: u8::try_from(output.status.code().unwrap_or(255)).unwrap_or(255),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

fn code(said: &Said) -> Value {
    said.json()["error"]["code"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_leaves_the_old_one_in_use() {
    let Some(real) = Real::start().await else { return };
    let said = real.renewing("wrong8Q~key").await.answer().await.ending(3);
    assert_eq!(code(&said), "secret_wrong");
    real.still_uses_the_old_key().await;
    real.renews_after_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_goes_away_in_the_middle_leaves_the_old_key_in_use() {
    let Some(real) = Real::start().await else { return };
    // The tenant is found yet; then nothing answers any more.
    let gone = json!({ "service": "entra", "path": "/token", "kind": "drop", "times": 1000 });
    real.bench.plan_faults(&gone);
    let said = real.renewing(&key_of(&real.bench, true)).await.answer().await.ending(5);
    assert_eq!(code(&said), "cut_off");
    assert_eq!(real.in_use(), key_of(&real.bench, false));
    real.bench.lab.faults().clear();
    real.still_uses_the_old_key().await;
    real.renews_after_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_is_locked_in_the_middle_leaves_the_old_key_in_use() {
    let Some(mut real) = Real::start().await else { return };
    let held = json!({ "service": "entra", "path": "/token", "kind": "hold", "times": 1 });
    real.bench.plan_faults(&held);
    let renewing = real.renewing(&key_of(&real.bench, true)).await;
    real.bench.lab.faults().wait_for_held(|held| held > 0).await;
    lock(&real.session).await;
    real.bench.lab.faults().release();
    let said = renewing.answer().await.ending(1);
    assert_eq!(code(&said), "keyring_locked", "{said:?}");
    real.session.restart_keyring();
    real.still_uses_the_old_key().await;
    real.renews_after_all().await;
}

/// As when the screen is locked, or a person locks it by hand.
async fn lock(session: &SecretServiceSession) {
    use zbus::zvariant::OwnedObjectPath;
    let address = session.env()[0].1.to_str().unwrap().to_owned();
    let bus = zbus::connection::Builder::address(address.as_str())
        .unwrap()
        .build()
        .await
        .unwrap();
    let service = (
        Some("org.freedesktop.secrets"),
        "/org/freedesktop/secrets",
        Some("org.freedesktop.Secret.Service"),
    );
    let asked = bus
        .call_method(service.0, service.1, service.2, "ReadAlias", &"default")
        .await;
    let ring: OwnedObjectPath = asked.unwrap().body().deserialize().unwrap();
    let asked = bus
        .call_method(service.0, service.1, service.2, "Lock", &vec![ring.clone()])
        .await;
    let (locked, _): (Vec<OwnedObjectPath>, OwnedObjectPath) = asked.unwrap().body().deserialize().unwrap();
    assert_eq!(locked, [ring]);
}

/// Killed while Azure is asked, and between any two steps after that (`kills` has each): the old key, and a person is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_that_was_killed_in_the_middle_leaves_the_old_key_in_use_and_is_told() {
    let Some(real) = Real::start().await else { return };
    let words = ["--secrets-stdin", "update-secret", "A", "--expires", DAY];
    let mut process = real.bench.process(&words, &real.session.env());
    let mut process = process
        .env(
            azure_services_wizard::platform::checkpoint::VARIABLE,
            "update-secret: secret stored",
        )
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let key = line(&key_of(&real.bench, true));
    stdin.write_all(format!("{key}\n").as_bytes()).await.unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    while lines.next_line().await.unwrap().unwrap() != "paused at update-secret: secret stored" {}
    process.kill().await.unwrap();
    assert_eq!(real.in_use(), key_of(&real.bench, false));
    let said = real.run("", &["status", "A"]).await.ending(0).out;
    assert!(
        said.contains("the end of that is not known") && said.contains("nothing is lost"),
        "{said}"
    );
    real.still_uses_the_old_key().await;
    let said = real.run("", &["status", "A"]).await.ending(0).out;
    assert!(
        !said.contains("not known"),
        "a publication has shown that the key works: {said}"
    );
    real.renews_after_all().await;
}
