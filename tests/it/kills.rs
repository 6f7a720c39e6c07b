//! kill -9 at each step of each job; then the same command again. It must finish, make nothing twice, and at every moment in
//! between each group must be some version of the truth, never an older one than before.
//!
//! A debug build stops at a checkpoint when it is told to, so that the kill hits exactly there.

use std::collections::BTreeMap;

use azure_services_wizard::azure::{Azure, Credential};
use azure_services_wizard::model::{Connection, SecretKey, reader};
use azure_services_wizard::platform::checkpoint;
use azure_services_wizard::publish::view::{Selection, groups};
use azure_services_wizard::store::Store;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::harness::{Bench, finish, sorted};
use crate::history;
use crate::relocation;
use crate::secret_service::SecretServiceSession;
use azure_services_wizard::lab::LabConfig;

const APP: &str = "workspace-contributor";

fn points(job: &str) -> Vec<&'static str> {
    let points: Vec<&str> = checkpoint::ALL
        .iter()
        .copied()
        .filter(|point| point.starts_with(job))
        .collect();
    assert!(!points.is_empty());
    points
}

struct Stage {
    bench: Bench,
    environment: [(&'static str, std::ffi::OsString); 1],
}

impl Stage {
    async fn set(keyring: &SecretServiceSession) -> Self {
        // Small, yet with groups that need several parts.
        let config = LabConfig {
            devices: 700,
            collections: 10,
            ..LabConfig::default()
        };
        let bench = Bench::start(config).await;
        // Short texts only, so that groups of every size have parts.
        bench.lab.cloud().set_knob("query_chars", &json!(2_500)).unwrap();
        Self {
            bench,
            environment: keyring.env(),
        }
    }

    async fn run(&self, input: &str, words: &[&str]) -> crate::harness::Said {
        finish(self.bench.process(words, &self.environment), input).await
    }

    /// Starts a command, waits until it stands at the checkpoint, kills it there. False where it ended without passing it.
    async fn killed_at(&self, point: &str, input: &str, words: &[&str]) -> bool {
        let mut command = self.bench.process(words, &self.environment);
        let mut child = command.env(checkpoint::VARIABLE, point).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(format!("{input}\n").as_bytes()).await.unwrap();
        drop(stdin);
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let paused = format!("paused at {point}");
        while let Some(line) = lines.next_line().await.unwrap() {
            if line == paused {
                child.kill().await.unwrap(); // SIGKILL
                return true;
            }
        }
        child.wait().await.unwrap();
        false
    }

    async fn connect(&self) -> crate::harness::Said {
        let setup = self.bench.setup(APP);
        self.run(
            &self.bench.secrets(APP),
            &["--secrets-stdin", "--json", "connect", "--file", &setup],
        )
        .await
    }

    fn connection(&self) -> Connection {
        Store::open(&self.bench.data())
            .unwrap()
            .connections()
            .unwrap()
            .remove(0)
    }

    fn name(&self) -> String {
        self.connection().setup.name.to_string()
    }

    fn next_secret(&self) -> String {
        let apps = &self.bench.lab.info().apps;
        apps.iter().find(|app| app.label == APP).unwrap().next_secret.clone()
    }

    /// What the workspace answers now, asked past our own memory and keyring.
    async fn sample(&self, connection: &Connection) -> BTreeMap<String, Vec<String>> {
        let app = self
            .bench
            .lab
            .info()
            .apps
            .iter()
            .find(|app| app.label == APP)
            .unwrap()
            .clone();
        let credential = Credential {
            tenant_id: connection.setup.app.tenant_id,
            client_id: connection.setup.app.client_id,
            secret: SecretKey::parse(&app.secret).unwrap(),
        };
        let azure = Azure::new(&connection.setup.environment, credential).unwrap();
        let selection = Selection {
            only: None,
            members: true,
        };
        let groups = groups(&azure, connection, &selection).await.unwrap();
        groups
            .into_iter()
            .map(|group| (group.collection_id.to_string(), sorted(group.computers.unwrap())))
            .collect()
    }
}

/// The versions that the groups were last seen to show. A group must show some version, and never one before that.
#[derive(Default)]
struct Shown(BTreeMap<String, u64>);

impl Shown {
    fn look(&mut self, bench: &Bench, sample: BTreeMap<String, Vec<String>>, when: &str) {
        let newest = bench.lab.truth(None).unwrap().version;
        for (id, computers) in sample {
            let from = self.0.get(&id).copied().unwrap_or_default();
            let was = |version: &u64| {
                let truth = bench.lab.truth(Some(*version));
                let collection = truth.and_then(|truth| truth.collections.into_iter().find(|one| one.id == id));
                collection.is_some_and(|collection| sorted(collection.computers) == computers)
            };
            let version = (from..=newest).find(was).unwrap_or_else(|| {
                panic!(
                    "{when}: {id} shows {} computers, its membership in no version from {from} to {newest}",
                    computers.len()
                )
            });
            self.0.insert(id, version);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connect_is_finished_by_the_same_command() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    for point in points("connect") {
        let stage = Stage::set(&keyring).await;
        let setup = stage.bench.setup(APP);
        let words = ["--secrets-stdin", "--json", "connect", "--file", &setup];
        assert!(
            stage.killed_at(point, &stage.bench.secrets(APP), &words).await,
            "{point} was not passed"
        );
        stage.connect().await.ending(0);
        let listed = stage.run("", &["--json", "list"]).await.ending(0).json();
        assert_eq!(listed["connections"].as_array().unwrap().len(), 1, "{point}");
        assert_eq!(listed["connections"][0]["state"], "ready", "{point}");
        assert_eq!(stage.bench.saved_searches().await.len(), 1, "{point}: one record");
        let store = Store::open(&stage.bench.data()).unwrap();
        assert!(
            store.stray_entries(None).unwrap().is_empty(),
            "{point}: an unused secret was left in the keyring"
        );
        stage.run("", &["sync", &stage.name()]).await.ending(0);
    }
}

/// An app that gives itself the role to upload: its set-up passes every checkpoint of history.
const GIVES_ROLES: &str = "owner";

impl Stage {
    /// What stands in Azure of history: rules, and whether the table and the function are there.
    async fn history(&self) -> (usize, bool, bool) {
        let bench = &self.bench;
        (
            history::rules(bench, &history::group(bench)).await.len(),
            history::has_table(bench).await,
            bench.saved_searches().await.iter().any(|id| id == reader::ID),
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_finished_by_the_same_command_or_taken_away_whole() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    for point in points("history")
        .into_iter()
        .filter(|point| !point.ends_with("deleted"))
    {
        for finishes in [true, false] {
            let stage = Stage::set(&keyring).await;
            let setup = stage.bench.setup_set(GIVES_ROLES, &[("history", "\"on\"")]);
            let words = ["--secrets-stdin", "--json", "connect", "--file", &setup];
            let secrets = stage.bench.secrets(GIVES_ROLES);
            assert!(stage.killed_at(point, &secrets, &words).await, "{point} was not passed");
            if finishes {
                stage.run(&secrets, &words).await.ending(0);
                assert_eq!(stage.history().await, (1, true, true), "{point}");
                assert!(stage.connection().history.unwrap().proven, "{point}");
            }
            let name = stage.name();
            let remove = ["remove", &name, "--yes"];
            if finishes {
                let paused = stage.killed_at("history: rule deleted", "", &remove).await;
                assert!(paused, "the removal did not pass the rule");
            }
            stage.run("", &remove).await.ending(0);
            // The table that an unfinished set-up has made goes; one that was in use stays with what has been.
            assert_eq!(stage.history().await, (0, finishes, false), "{point} {finishes}");
            assert!(stage.bench.saved_searches().await.is_empty(), "{point}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_a_kill_cuts_off_go_up_anew() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    for point in points("rows") {
        let stage = Stage::set(&keyring).await;
        let setup = stage.bench.setup_set(GIVES_ROLES, &[("history", "\"on\"")]);
        let words = ["--secrets-stdin", "connect", "--file", &setup];
        stage.run(&stage.bench.secrets(GIVES_ROLES), &words).await.ending(0);
        let name = stage.name();
        let sync = ["sync", &name];
        assert!(stage.killed_at(point, "", &sync).await, "{point} was not passed");
        stage.run("", &sync).await.ending(0);
        assert_eq!(history::from_rows(&stage.bench), stage.bench.truth(), "{point}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn turning_history_on_is_finished_or_taken_back() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    for point in points("history")
        .into_iter()
        .filter(|point| !point.ends_with("deleted"))
    {
        for wanted in ["on", "off"] {
            let stage = Stage::set(&keyring).await;
            let setup = stage.bench.setup_set(GIVES_ROLES, &[("history", "\"off\"")]);
            let words = ["--secrets-stdin", "connect", "--file", &setup];
            stage.run(&stage.bench.secrets(GIVES_ROLES), &words).await.ending(0);
            let name = stage.name();
            let turn_on = ["set", &name, "--history", "on"];
            assert!(stage.killed_at(point, "", &turn_on).await, "{point} was not passed");
            let said = stage.run("", &["sync", &name]).await.ending(0);
            assert!(
                said.err.contains("Turning history on was interrupted"),
                "{point}: {said:?}"
            );
            stage.run("", &["set", &name, "--history", wanted]).await.ending(0);
            let stands = if wanted == "on" {
                (1, true, true)
            } else {
                (0, false, false)
            };
            assert_eq!(stage.history().await, stands, "{point} {wanted}");
            let said = stage.run("", &["sync", &name]).await.ending(0);
            assert!(!said.err.contains("interrupted"), "{point}: {said:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_shows_a_version_of_the_truth_at_every_moment() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    let stage = Stage::set(&keyring).await;
    stage.connect().await.ending(0);
    let connection = stage.connection();
    let name = stage.name();
    stage.run("", &["sync", &name]).await.ending(0);

    let mut shown = Shown::default();
    shown.look(&stage.bench, stage.sample(&connection).await, "at the start");
    for (round, point) in points("publish").into_iter().enumerate() {
        assert!(
            stage
                .bench
                .lab
                .site()
                .churn(round as u64 + 11, 60, stage.bench.lab.clock().now())
                > 0
        );
        assert!(
            stage.killed_at(point, "", &["sync", &name, "--full"]).await,
            "{point} was not passed"
        );
        shown.look(&stage.bench, stage.sample(&connection).await, point);
        // What was half written must not be what is wanted any more: then nothing clears it but a run that knows of it.
        assert!(
            stage
                .bench
                .lab
                .site()
                .churn(round as u64 + 31, 60, stage.bench.lab.clock().now())
                > 0
        );
        stage.run("", &["sync", &name]).await.ending(0);
        shown.look(
            &stage.bench,
            stage.sample(&connection).await,
            &format!("after {point} and again"),
        );
        assert_eq!(stage.sample(&connection).await, stage.bench.truth(), "{point}");
        // Nothing is left over: what stands is what one clean run would have made.
        let kept = stage.bench.saved_searches().await.len();
        let known = Store::open(&stage.bench.data()).unwrap().groups(connection.id).unwrap();
        let expected: usize = 1 + known
            .iter()
            .map(|state| 1 + state.published.as_ref().unwrap().parts)
            .sum::<usize>();
        assert_eq!(kept, expected, "{point}: saved searches were left over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_leaves_the_old_or_the_new_secret_in_use() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    for point in points("update-secret") {
        let stage = Stage::set(&keyring).await;
        stage.connect().await.ending(0);
        let name = stage.name();
        stage
            .bench
            .lab
            .cloud()
            .set_knob("rotate_secret", &json!({ "label": APP }))
            .unwrap();
        let line = json!({ "client_secret": stage.next_secret() }).to_string();
        let words = [
            "--secrets-stdin",
            "--json",
            "update-secret",
            &name,
            "--expires",
            "2031-01-31",
        ];
        assert!(stage.killed_at(point, &line, &words).await, "{point} was not passed");
        stage.run("", &["sync", &name]).await.ending(0); // both are good now: one of them must be in use
        stage.run(&line, &words).await.ending(0);
        stage
            .bench
            .lab
            .cloud()
            .set_knob("expire_secret", &json!({ "label": APP }))
            .unwrap();
        stage.run("", &["sync", &name, "--full"]).await.ending(0); // only the new one is good now
        let store = Store::open(&stage.bench.data()).unwrap();
        assert!(
            store.stray_entries(None).unwrap().is_empty(),
            "{point}: an unused secret was left in the keyring"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_is_finished_by_the_same_command() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    for point in points("remove") {
        let stage = Stage::set(&keyring).await;
        stage.connect().await.ending(0);
        let name = stage.name();
        stage.run("", &["sync", &name]).await.ending(0);
        let words = ["--json", "remove", &name, "--yes"];
        assert!(stage.killed_at(point, "", &words).await, "{point} was not passed");
        stage.run("", &words).await.ending(0);
        assert!(stage.bench.saved_searches().await.is_empty(), "{point}");
        let store = Store::open(&stage.bench.data()).unwrap();
        assert!(store.connections().unwrap().is_empty(), "{point}");
        assert!(
            store.stray_entries(None).unwrap().is_empty(),
            "{point}: a secret was left in the keyring"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_leaves_the_old_or_the_new_connection_whole() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    for point in points("move") {
        let stage = Stage::set(&keyring).await;
        stage.connect().await.ending(0);
        let name = stage.name();
        stage.run("", &["sync", &name]).await.ending(0);
        let old = stage.connection();
        let bench = &stage.bench;
        bench.lab.site().set_knob("hierarchy", &json!("cas")).unwrap();
        assert!(bench.lab.site().churn(5, 60, bench.lab.clock().now()) > 0);

        let (account, password) = bench.lab.site().account();
        let line = relocation::password(&password);
        let (provider, trust) = (relocation::elsewhere(bench), relocation::trust(bench));
        let way = ["--provider", &provider, "--account", &account, "--trust", &trust];
        let words = [&["--secrets-stdin", "--json", "move", &name, "--yes"][..], &way].concat();
        assert!(stage.killed_at(point, &line, &words).await, "{point} was not passed");

        let switched = ["move: switched", "move: old password deleted"].contains(&point);
        let now = stage.connection();
        if switched {
            assert_eq!(now.setup.site.provider.to_string(), provider, "{point}");
            assert_eq!(now.site.unwrap().code.as_str(), "CAS", "{point}");
        } else {
            assert_eq!(now, old, "{point}");
            bench.lab.site().set_knob("hierarchy", &json!("standalone")).unwrap();
        }
        stage.run("", &["sync", &name]).await.ending(0);
        assert_eq!(stage.sample(&old).await, bench.truth(), "{point}");

        bench.lab.site().set_knob("hierarchy", &json!("cas")).unwrap();
        stage.run(&line, &words).await.ending(0);
        stage.run("", &["sync", &name]).await.ending(0);
        assert_eq!(stage.sample(&old).await, bench.truth(), "{point}");
        let store = Store::open(&bench.data()).unwrap();
        assert!(
            store.stray_entries(None).unwrap().is_empty(),
            "{point}: an unused password was left in the keyring"
        );
    }
}

/// No kill at all: while runs and changes go on, each look shows a version of the truth that is not older than the last.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_beside_running_publications_sees_whole_memberships() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    let stage = Stage::set(&keyring).await;
    stage.connect().await.ending(0);
    let connection = stage.connection();
    let name = stage.name();
    stage.run("", &["sync", &name]).await.ending(0);
    let publishing = async {
        for seed in 0..4 {
            assert!(
                stage
                    .bench
                    .lab
                    .site()
                    .churn(seed + 50, 80, stage.bench.lab.clock().now())
                    > 0
            );
            stage.run("", &["sync", &name, "--full"]).await.ending(0);
        }
    };
    tokio::pin!(publishing);
    let mut shown = Shown::default();
    let mut looks = 0;
    loop {
        let sample = tokio::select! {
            () = &mut publishing => break,
            sample = stage.sample(&connection) => sample,
        };
        looks += 1;
        shown.look(&stage.bench, sample, "while a run goes on");
    }
    assert!(looks > 3, "only {looks} looks");
    assert_eq!(stage.sample(&connection).await, stage.bench.truth());
}

/// In the middle of a request, where no checkpoint is: the lab holds the answer back, the client is killed meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_a_write_is_mended() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    for (phase, after) in [("before", 0), ("after", 0), ("before", 3), ("after", 3)] {
        let stage = Stage::set(&keyring).await;
        stage.connect().await.ending(0);
        let name = stage.name();
        stage.bench.plan_faults(&json!({
            "service": "arm", "method": "PUT", "path": "savedSearches", "kind": "hold", "phase": phase, "after": after, "times": 1
        }));
        let mut child = stage
            .bench
            .process(&["sync", &name], &stage.environment)
            .spawn()
            .unwrap();
        tokio::select! {
            () = stage.bench.lab.faults().wait_for_held(|held| held > 0) => child.kill().await.unwrap(),
            ended = child.wait() => panic!("{phase} {after}: it ended before its write, {ended:?}: {}", said(&mut child).await),
        }
        stage.bench.lab.faults().clear();
        stage.run("", &["sync", &name]).await.ending(0);
        assert_eq!(
            stage.sample(&stage.connection()).await,
            stage.bench.truth(),
            "{phase} {after}"
        );
    }
}

/// What a process that has ended had to say.
async fn said(child: &mut tokio::process::Child) -> String {
    use tokio::io::AsyncReadExt;
    let mut text = String::new();
    for stream in [
        child
            .stdout
            .as_mut()
            .map(|stream| stream as &mut (dyn tokio::io::AsyncRead + Unpin + Send)),
        child
            .stderr
            .as_mut()
            .map(|stream| stream as &mut (dyn tokio::io::AsyncRead + Unpin + Send)),
    ]
    .into_iter()
    .flatten()
    {
        stream.read_to_string(&mut text).await.unwrap();
    }
    text
}
