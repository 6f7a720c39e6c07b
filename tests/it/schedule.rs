//! `asw schedule` and `asw sync --scheduled`, as processes.

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
