//! `asw schedule`, `asw sync --scheduled` and `asw sync --watch`, as processes.

use std::ffi::OsString;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::harness::{Bench, finish, process, small};
use crate::secret_service::SecretServiceSession;

const APP: &str = "workspace-contributor";

/// A machine without a systemd user instance, as a container is: systemctl finds nobody to talk to.
fn nobody(folder: &std::path::Path) -> Vec<(&'static str, OsString)> {
    let empty = folder.join("run");
    std::fs::create_dir_all(&empty).unwrap();
    vec![
        ("XDG_RUNTIME_DIR", empty.clone().into()),
        (
            "DBUS_SESSION_BUS_ADDRESS",
            format!("unix:path={}/none", empty.display()).into(),
        ),
        ("XDG_CONFIG_HOME", folder.join("config").into()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_run_leaves_how_it_ended_and_status_tells() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    let bench = Bench::start(small()).await;
    let mut environment = keyring.env().to_vec();
    environment.push(("XDG_CONFIG_HOME", bench.folder.path().join("config").into()));
    let data = bench.data();
    let asw = |words: &[&str]| process(&data, words, &environment);
    let status = async || {
        let said = finish(asw(&["--json", "schedule", "status"]), "")
            .await
            .ending(0)
            .json();
        said["schedule"].clone()
    };
    let connect = ["--json", "--secrets-stdin", "connect", "--file", &bench.setup(APP)];
    finish(asw(&connect), &bench.secrets(APP)).await.ending(0);
    assert_eq!(
        (&status().await["installed"], &status().await["last"]),
        (&Value::from(false), &Value::Null)
    );

    finish(asw(&["--json", "sync", "--all", "--scheduled"]), "")
        .await
        .ending(0);
    let last = status().await["last"].clone();
    assert_eq!(last["exit"], 0);
    assert!(last["answer"]["runs"][0]["result"]["collections"].is_array(), "{last}");
    assert!(!last.to_string().contains("secret"), "{last}");

    // The vault is gone, as in a context that cannot open it: that is what is told.
    drop(keyring);
    let ended = finish(asw(&["--json", "sync", "--all", "--scheduled"]), "").await;
    assert_ne!(ended.exit, 0);
    let last = status().await["last"].clone();
    assert_eq!(last["exit"], ended.exit);
    let said = finish(asw(&["schedule", "status"]), "").await.ending(0);
    assert!(said.out.contains("keyring"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn without_an_instance_of_systemd_nothing_is_left_and_the_way_out_is_named() {
    let bench = Bench::start(small()).await;
    let environment = nobody(bench.folder.path());
    let data = bench.data();
    let asw = |words: &[&str]| process(&data, words, &environment);
    let none = finish(asw(&["--json", "schedule", "install"]), "")
        .await
        .ending(2)
        .json();
    assert_eq!(none["error"]["code"], "usage", "there is nothing to publish yet");

    bench.connected(APP).await;
    let refused = finish(asw(&["--json", "schedule", "install"]), "")
        .await
        .ending(1)
        .json();
    assert_eq!(refused["error"]["code"], "no_scheduler");
    assert!(
        refused["error"]["next_step"]
            .as_str()
            .unwrap()
            .contains("asw sync --all --watch")
    );
    let units = bench.folder.path().join("config/systemd/user");
    assert!(!units.exists() || std::fs::read_dir(units).unwrap().next().is_none());

    for _ in 0..2 {
        let removed = finish(asw(&["--json", "schedule", "remove"]), "")
            .await
            .ending(0)
            .json();
        assert_eq!(removed["removed"], false);
    }
    finish(asw(&["schedule", "install", "--every", "5h"]), "")
        .await
        .ending(2);
}

/// With programs in the place of systemd's, which run for real what they are told to run.
#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn it_is_installed_once_its_first_run_has_published_and_gone_where_that_does_not() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    let bench = Bench::start(small()).await;
    let folder = bench.folder.path();
    let systemd = crate::stand_in::Programs::in_folder(folder);
    let mut environment = keyring.env().to_vec();
    environment.push(("XDG_CONFIG_HOME", folder.join("config").into()));
    environment.push(systemd.env());
    let data = bench.data();
    let asw = async |words: &[&str]| finish(process(&data, &[&["--json"], words].concat(), &environment), "").await;
    let units = || {
        let folder = std::fs::read_dir(folder.join("config/systemd/user"));
        folder.map_or(0, Iterator::count)
    };
    let connect = ["--json", "--secrets-stdin", "connect", "--file", &bench.setup(APP)];
    finish(process(&data, &connect, &environment), &bench.secrets(APP))
        .await
        .ending(0);

    let installed = asw(&["schedule", "install", "--every", "6h"]).await.ending(0).json();
    let schedule = &installed["schedule"];
    assert_eq!(
        (&schedule["installed"], &schedule["last"]["exit"]),
        (&true.into(), &0.into())
    );
    assert_eq!(
        (&schedule["every"], &schedule["unattended"]),
        (&"6h".into(), &true.into())
    );
    assert!(schedule["next"].is_string(), "{schedule}");
    let wanted = ["list-timers", "daemon-reload", "start", "enable", "list-timers"];
    assert_eq!(systemd.calls(), wanted, "armed only once the run has published");
    assert_eq!(units(), 2, "service and timer");
    let runs = asw(&["status", "--runs", "9"]).await.ending(0).json();
    let kinds = runs["connections"][0]["runs"].as_array().unwrap().iter();
    assert_eq!(kinds.filter(|run| run["kind"] == "sync").count(), 1, "{runs}");
    let said = finish(process(&data, &["schedule", "status"], &environment), "")
        .await
        .ending(0);
    assert!(said.out.contains("is installed, every 6h."), "{said:?}");

    assert_eq!(asw(&["schedule", "remove"]).await.ending(0).json()["removed"], true);
    assert_eq!(units(), 0);

    // The keyring is out of reach where the schedule runs, though not from here.
    systemd.take_the_bus_away();
    systemd.calls();
    let refused = asw(&["schedule", "install"]).await.ending(1).json();
    assert_eq!(refused["error"]["code"], "schedule_failed");
    assert!(
        refused["error"]["message"].as_str().unwrap().contains("keyring"),
        "{refused}"
    );
    assert!(!systemd.calls().contains(&"enable".to_owned()));
    assert_eq!(units(), 0);
}

/// A watch as a process, with secrets for this run only.
#[cfg(unix)]
struct Watch {
    child: tokio::process::Child,
    out: tokio::io::Lines<tokio::io::BufReader<tokio::process::ChildStdout>>,
    err: tokio::io::Lines<tokio::io::BufReader<tokio::process::ChildStderr>>,
}

#[cfg(unix)]
impl Watch {
    async fn start(bench: &Bench) -> Self {
        use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
        let words = [
            "--json",
            "--secrets-stdin",
            "--secrets-in-memory",
            "sync",
            "--all",
            "--watch",
        ];
        let mut child = bench.process(&words, &[]).spawn().unwrap();
        let secrets = format!("{}\n", bench.secrets(APP));
        child.stdin.take().unwrap().write_all(secrets.as_bytes()).await.unwrap();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Self {
            child,
            out: BufReader::new(out).lines(),
            err: BufReader::new(err).lines(),
        }
    }

    /// The next JSON document.
    async fn says(&mut self) -> Value {
        let line = self.out.next_line().await.unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// SIGTERM; comes back once it was heard.
    async fn terminate(&mut self) {
        let process = self.child.id().unwrap().to_string();
        let sent = std::process::Command::new("kill").args(["-TERM", &process]).status();
        assert!(sent.unwrap().success());
        while let Some(line) = self.err.next_line().await.unwrap() {
            if line == "Stopping at the next safe point" {
                return;
            }
        }
        panic!("the signal was not heard");
    }

    async fn exit(mut self) -> Option<i32> {
        self.child.wait().await.unwrap().code()
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn a_watch_publishes_at_once_and_a_signal_ends_its_waiting() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    let mut watch = Watch::start(&bench).await;
    let first = watch.says().await;
    assert_eq!(first["runs"][0]["name"], name);
    assert_eq!(bench.groups(&name).await, bench.truth());
    watch.terminate().await;
    assert_eq!(watch.says().await["stopped"], true);
    assert_eq!(watch.exit().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn a_signal_within_a_round_of_a_watch_ends_it_at_a_safe_point() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench.plan_faults(&serde_json::json!({
        "service": "arm", "method": "PUT", "path": "savedSearches", "kind": "hold", "after": 2, "times": 1
    }));
    let mut watch = Watch::start(&bench).await;
    bench.lab.faults().wait_for_held(|held| held > 0).await;
    watch.terminate().await;
    bench.lab.faults().release();
    let last = watch.says().await;
    let result = &last["runs"][0]["result"];
    assert_eq!(result["cancelled"], true, "{last}");
    let outcomes: Vec<&str> = result["collections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["outcome"].as_str().unwrap())
        .collect();
    assert!(
        outcomes.contains(&"published") && outcomes.contains(&"skipped"),
        "{outcomes:?}"
    );
    assert_eq!(watch.exit().await, Some(6), "partly done, and no other round");
    // What was published is whole; the rest is not there.
    let truth = bench.truth();
    let groups = bench.groups(&name).await;
    assert!(!groups.is_empty() && groups.len() < truth.len());
    assert!(groups.iter().all(|(id, computers)| truth[id] == *computers));
}

/// What is not to be imported, no schedule publishes; by name it is published all the same.
#[tokio::test(flavor = "multi_thread")]
async fn with_import_off_a_connection_is_left_out() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    let set = async |to: &str| {
        bench
            .asw("", &["--json", "set", &name, "--import", to])
            .await
            .ending(0)
            .json()
    };
    let runs = async || {
        let said = bench.asw("", &["--json", "sync", "--all"]).await.ending(0).json();
        said["runs"].as_array().unwrap().len()
    };
    assert_eq!(set("off").await["connection"]["import"], false);
    let since = async || {
        let status = bench.asw("", &["--json", "status"]).await.ending(0).json();
        let list = bench.asw("", &["--json", "list"]).await.ending(0).json();
        let both = [status, list].map(|said| said["connections"][0]["import_off_since"].clone());
        assert_eq!(both[0], both[1]);
        both[0].clone()
    };
    let off: DateTime<Utc> = since().await.as_str().unwrap().parse().unwrap();
    let words = format!("import is off since {}", off.format("%Y-%m-%d %H:%M UTC"));
    for command in ["status", "list"] {
        let said = bench.asw("", &[command]).await.ending(0).out;
        assert!(said.contains(&words), "{said}");
    }
    let shown = bench.asw("", &["show", &name]).await.ending(0).out;
    assert!(shown.contains(&words["import is ".len()..]), "{shown}");
    assert_eq!(runs().await, 0);
    let refused = bench.asw("", &["--json", "schedule", "install"]).await.ending(2).json();
    assert_eq!(refused["error"]["code"], "usage");
    bench.asw("", &["sync", &name]).await.ending(0);
    assert_eq!(set("on").await["connection"]["import"], true);
    assert_eq!(since().await, Value::Null);
    assert_eq!(runs().await, 1);
}
