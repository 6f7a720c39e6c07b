//! A lab, a data folder, and `asw` run inside this process or as a process of its own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use azure_services_wizard::cli::{self, host::Host};
use azure_services_wizard::connect::environment_file;
use azure_services_wizard::lab::{self, Lab, LabConfig, NationalCloud};
use azure_services_wizard::model::{Environment, Result};
use azure_services_wizard::secrets::{MemoryVault, SharedVault, Vault};
use serde_json::{Value, json};
use tempfile::TempDir;
use zeroize::Zeroizing;

/// Says that something was not tried. Written past the test runner, which keeps what a passing test prints to itself.
pub fn not_run(what: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "NOT RUN: {test}: {what}");
}

/// The environment that a lab wrote down.
pub fn environment(lab: &Lab) -> Environment {
    environment_file::resolve(&lab.info().environment_file, Path::new(".")).unwrap()
}

/// A cloud as it is built in, with its services at the addresses of this lab.
pub fn built_in_at(lab: &Lab, cloud: NationalCloud) -> Environment {
    let (real, info) = (Environment::built_in(cloud.name()).unwrap(), lab.info());
    Environment {
        graph_audience: Some(real.graph.to_string()),
        authority: info.authority.parse().unwrap(),
        arm: info.arm.parse().unwrap(),
        query: info.query.parse().unwrap(),
        graph: info.graph.parse().unwrap(),
        ..real
    }
}

/// Variables that a process gets beside our own.
pub type Variables = [(&'static str, OsString)];

/// What one command said.
#[derive(Debug)]
pub struct Said {
    pub exit: u8,
    pub out: String,
    pub err: String,
}

impl Said {
    /// The one JSON document on standard output.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|cause| panic!("{cause}: {self:?}"))
    }

    /// Fails the test where the command did not end as it should.
    #[track_caller]
    pub fn ending(self, exit: u8) -> Self {
        assert_eq!(self.exit, exit, "{}\n{}", self.out, self.err);
        self
    }
}

/// A stream whose bytes can be read afterwards.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The keyring of the bench: in memory, but it outlives every command, as a real one does.
#[derive(Default)]
struct KeptVault(MemoryVault);

impl Vault for KeptVault {
    fn put(&self, entry: &str, secret: &str) -> Result<()> {
        self.0.put(entry, secret)
    }
    fn get(&self, entry: &str) -> Result<Option<Zeroizing<String>>> {
        self.0.get(entry)
    }
    fn delete(&self, entry: &str) -> Result<()> {
        self.0.delete(entry)
    }
    fn is_persistent(&self) -> bool {
        true
    }
}

/// A lab and the machine of an administrator beside it.
pub struct Bench {
    pub lab: Lab,
    pub folder: TempDir,
    pub vault: SharedVault,
}

/// A lab small enough for a test, with every trap in it.
pub fn small() -> LabConfig {
    LabConfig {
        devices: 400,
        collections: 14,
        ..LabConfig::default()
    }
}

impl Bench {
    pub async fn start(config: LabConfig) -> Self {
        Self {
            lab: lab::start(config).await.unwrap(),
            folder: tempfile::tempdir().unwrap(),
            vault: Arc::new(KeptVault::default()),
        }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The set-up file that the lab wrote for an app.
    pub fn setup(&self, label: &str) -> String {
        self.lab.info().setup_files.get(label).unwrap().clone()
    }

    /// The lab's set-up file with one text replaced by another; `environment` and other paths keep working.
    pub fn setup_with(&self, label: &str, changes: &[(&str, &str)]) -> String {
        let mut text = std::fs::read_to_string(self.setup(label)).unwrap();
        for (from, to) in changes {
            assert!(text.contains(from), "{from} is not in the set-up:\n{text}");
            text = text.replace(from, to);
        }
        let path = self.folder.path().join(format!("setup-{}.toml", uuid::Uuid::new_v4()));
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// The set-up file with the value of a key replaced.
    pub fn setup_set(&self, label: &str, values: &[(&str, &str)]) -> String {
        let text = std::fs::read_to_string(self.setup(label)).unwrap();
        let lines: Vec<String> = text
            .lines()
            .map(|line| {
                let key = line.split('=').next().unwrap_or_default().trim();
                match values.iter().find(|(name, _)| *name == key) {
                    Some((name, value)) => format!("{name} = {value}"),
                    None => line.to_owned(),
                }
            })
            .collect();
        let path = self.folder.path().join(format!("setup-{}.toml", uuid::Uuid::new_v4()));
        std::fs::write(&path, lines.join("\n")).unwrap();
        path.display().to_string()
    }

    /// The line of secrets for an app.
    pub fn secrets(&self, label: &str) -> String {
        let info = self.lab.info();
        let secret = &info.apps.iter().find(|app| app.label == label).unwrap().secret;
        json!({ "client_secret": secret, "site_password": info.site.password }).to_string()
    }

    /// Runs a command in this process.
    pub async fn asw(&self, input: &str, words: &[&str]) -> Said {
        let (out, err) = (Kept::default(), Kept::default());
        let host = Host::new(
            Cursor::new(format!("{input}\n")),
            out.clone(),
            err.clone(),
            Some(self.vault.clone()),
        );
        Self::on(&self.data(), &host, words, &out, &err).await
    }

    /// Runs a command on another machine: with its data folder and its keyring.
    pub async fn asw_at(&self, data: &Path, vault: &SharedVault, words: &[&str]) -> Said {
        self.asw_with(data, vault, "", words).await
    }

    /// The same with a line of input.
    pub async fn asw_with(&self, data: &Path, vault: &SharedVault, input: &str, words: &[&str]) -> Said {
        let (out, err) = (Kept::default(), Kept::default());
        let host = Host::new(
            Cursor::new(format!("{input}\n")),
            out.clone(),
            err.clone(),
            Some(vault.clone()),
        );
        Self::on(data, &host, words, &out, &err).await
    }

    async fn on(data: &Path, host: &Host, words: &[&str], out: &Kept, err: &Kept) -> Said {
        let mut line = vec!["asw".into(), "--data-dir".into(), data.into()];
        line.extend(words.iter().map(Into::into));
        let exit = cli::run(line, host).await as u8;
        Said {
            exit,
            out: out.text(),
            err: err.text(),
        }
    }

    /// Connects the app and fails the test where that does not work.
    pub async fn connected(&self, label: &str) -> String {
        let setup = self.setup(label);
        self.asw(&self.secrets(label), &["--secrets-stdin", "connect", "--file", &setup])
            .await
            .ending(0);
        let said = self.asw("", &["--json", "list"]).await.ending(0);
        said.json()["connections"][0]["name"].as_str().unwrap().to_owned()
    }

    /// What each chosen group must hold.
    pub fn truth(&self) -> BTreeMap<String, Vec<String>> {
        let chosen = self.lab.site().chosen_collections();
        let truth = self.lab.truth(None).unwrap();
        truth
            .collections
            .into_iter()
            .filter(|collection| chosen.contains(&collection.id))
            .map(|collection| (collection.id, sorted(collection.computers)))
            .collect()
    }

    /// What the groups hold, as `asw groups --members` says.
    pub async fn groups(&self, name: &str) -> BTreeMap<String, Vec<String>> {
        members(
            &self
                .asw("", &["--json", "groups", name, "--members"])
                .await
                .ending(0)
                .json(),
        )
    }

    /// Every saved search of the first workspace that carries our prefix.
    pub async fn saved_searches(&self) -> Vec<String> {
        let workspace = self.lab.info().workspaces.first().unwrap().resource_id.clone();
        self.lab
            .cloud()
            .saved_search_ids(&workspace)
            .into_iter()
            .filter(|id| id.starts_with("asw-"))
            .collect()
    }

    /// Plans faults on the lab.
    pub fn plan_faults(&self, faults: &Value) {
        self.lab
            .faults()
            .add(lab::Fault::all_from_value(faults.clone()).unwrap());
    }

    /// `asw` as a process of its own.
    pub fn process(&self, words: &[&str], environment: &Variables) -> tokio::process::Command {
        process(&self.data(), words, environment)
    }
}

/// `asw` as a process of its own, with its standard streams piped and killed with the test.
pub fn process(data: &Path, words: &[&str], environment: &Variables) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_asw"));
    command
        .arg("--data-dir")
        .arg(data)
        .args(words)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Runs a process to its end with a line of input.
pub async fn finish(mut command: tokio::process::Command, input: &str) -> Said {
    use tokio::io::AsyncWriteExt;
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program that refuses its arguments never reads; that is no failure of the test.
    let _ = stdin.write_all(format!("{input}\n").as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    Said {
        exit: u8::try_from(output.status.code().unwrap_or(255)).unwrap_or(255),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The members of each group in the JSON of `asw groups --members`.
pub fn members(json: &Value) -> BTreeMap<String, Vec<String>> {
    json["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| {
            let names = group["computers"]
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap().to_owned());
            (
                group["collection_id"].as_str().unwrap().to_owned(),
                sorted(names.collect()),
            )
        })
        .collect()
}

pub fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

/// IDs of saved searches, sorted; of a part without the reading that it is of.
pub fn without_readings(ids: Vec<String>) -> Vec<String> {
    let plain = |id: String| {
        let segments: Vec<&str> = id.split('-').collect();
        match segments.as_slice() {
            [asw, connection, collection, _, number] => [*asw, connection, collection, number].join("-"),
            _ => id,
        }
    };
    sorted(ids.into_iter().map(plain).collect())
}
