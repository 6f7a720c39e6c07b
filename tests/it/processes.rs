//! The command line as scripts use it: separate processes that share nothing but the data folder and a real Secret Service.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::harness::{finish, members, process, sorted};
use crate::secret_service::SecretServiceSession;

/// The lab as a process of its own; it ends when its standard input does.
struct LabProcess {
    child: tokio::process::Child,
    info: Value,
}

impl LabProcess {
    async fn start(words: &[&str]) -> Self {
        let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_asw"))
            .args(["--json", "lab"])
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .await
            .unwrap();
        Self {
            child,
            info: serde_json::from_str(&line).unwrap(),
        }
    }

    async fn control(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.info["control"].as_str().unwrap());
        reqwest::get(url).await.unwrap().json().await.unwrap()
    }

    /// Ends it the way a script does, by closing its input.
    async fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().await.unwrap().success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lab_connect_sync_and_groups_agree_with_the_truth() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    let environment = keyring.env();
    let lab = LabProcess::start(&["--devices", "600", "--collections", "15"]).await;
    let folder = tempfile::tempdir().unwrap();
    let asw = |words: &[&str]| process(folder.path(), words, &environment);

    // The app whose only right is Contributor on the workspace.
    let apps = lab.info["apps"].as_array().unwrap();
    let app = apps.iter().find(|app| app["label"] == "workspace-contributor").unwrap();
    let line = serde_json::json!({ "client_secret": app["secret"], "site_password": lab.info["site"]["password"] })
        .to_string();
    let setup = lab.info["setup_files"]["workspace-contributor"].as_str().unwrap();
    let connected = finish(asw(&["--json", "--secrets-stdin", "connect", "--file", setup]), &line)
        .await
        .ending(0)
        .json();
    let name = connected["connection"]["name"].as_str().unwrap();
    finish(asw(&["--json", "sync"]), "").await.ending(0);
    let groups = members(
        &finish(asw(&["--json", "groups", name, "--members"]), "")
            .await
            .ending(0)
            .json(),
    );

    let truth = lab.control("/truth").await;
    let chosen: Vec<&str> = connected["connection"]["collections"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(groups.len(), chosen.len());
    for collection in truth["collections"].as_array().unwrap() {
        let id = collection["id"].as_str().unwrap();
        if chosen.contains(&id) {
            let names = collection["computers"]
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap().to_owned());
            assert_eq!(groups[id], sorted(names.collect()), "{id}");
        }
    }

    // At its usual level the log tells what was done; a nightly run leaves nothing else behind.
    let log = std::fs::read_to_string(folder.path().join("logs/asw.log")).unwrap();
    for line in ["asw connect begins", "asw sync begins", "asw sync ends", "outcome"] {
        assert!(log.contains(line), "{line} is not in the log:\n{log}");
    }

    let status = finish(asw(&["--json", "status"]), "").await.ending(0).json();
    assert!(status["connections"][0]["secret_expires_in_days"].as_i64().unwrap() > 0);
    finish(asw(&["--json", "remove", name, "--yes"]), "").await.ending(0);
    let again = finish(asw(&["--json", "remove", name, "--yes"]), "")
        .await
        .ending(0)
        .json();
    assert_eq!(again["already"], true);
    lab.end().await;
}

/// As on Windows, whose programs begin with a stack of 1 MiB.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_small_first_stack_is_enough() {
    let mut command = tokio::process::Command::new("sh");
    command
        .args(["-c", "ulimit -s 1024 && exec \"$0\" demo --devices 200 --collections 6"])
        .arg(env!("CARGO_BIN_EXE_asw"));
    let output = command.kill_on_drop(true).output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
}
