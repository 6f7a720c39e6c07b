//! kill -9 at random moments of a run: `cargo bench --bench kills -- 50 4000x50 seed=7` kills fifty runs that publish every membership
//! of 4,000 devices in 50 collections, with history, each after memberships have changed, and lets a normal run follow. With `x60+5`
//! five of 60 collections hold every computer. Without arguments: ten, in a small site. The seed of another time repeats its changes
//! and the moments of its kills, as far as the machine keeps time.
//!
//! After each kill every group and all of history must be some version of the truth, none older than one seen before. After the normal run
//! both must be the truth, and nothing may be left over: no part, no secret, no file. Exit code 1 at the first miss.
//!
//! Site and Azure are the built-in lab, in this process, whose clock runs fast so that Azure's limits on writes do not count;
//! `asw` is a process of its own, killed with SIGKILL. After each round rows that no reader looks at any more are let go. Sites too
//! large for the lab's queries are read by `newest`; in all others it must answer what the queries do, at every look.

// A measurement is no place for error handling.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod connected;
mod newest;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use azure_services_wizard::azure::{Azure, Credential};
use azure_services_wizard::lab::{self, Lab, LabConfig};
use azure_services_wizard::model::group::{self, Kind};
use azure_services_wizard::model::history::FUNCTION;
use azure_services_wizard::model::{Connection, SecretKey, reader};
use azure_services_wizard::publish::view::{Selection, groups};
use azure_services_wizard::store::Store;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use connected::{APP, connect};
use newest::newest;

/// Rounds in one lab.
const ROUNDS: usize = 10;

/// So many rows are read by queries. The workspace answers no more than 500,000, and the lab takes minutes for millions: then groups that
/// are made from rows, and history, are read by [`newest`].
const MOST_ROWS: usize = 400_000;

/// Computers by collection.
type Members = BTreeMap<String, Vec<String>>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |word: &String| word.parse::<usize>().ok();
    let rounds = words.iter().find_map(number).unwrap_or(10);
    let size = words.iter().find_map(|word| Size::read(word)).unwrap_or_default();
    let seed = words.iter().find_map(|word| word.strip_prefix("seed=")?.parse().ok());
    let seed = seed.unwrap_or_else(rand::random);
    println!("{rounds} kills, {size:?}, seed={seed}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match runtime.block_on(all(rounds, size, seed)) {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(miss) => {
            println!("MISSED: {miss}");
            ExitCode::FAILURE
        }
    }
}

/// The site.
#[derive(Debug, Clone, Copy)]
struct Size {
    devices: usize,
    collections: usize,
    /// Of the collections, those that hold every computer.
    everyone: usize,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            devices: 600,
            collections: 12,
            everyone: 0,
        }
    }
}

impl Size {
    /// `devices x collections`, and `+ everyone` behind it.
    fn read(word: &str) -> Option<Self> {
        let (devices, collections) = word.split_once('x')?;
        let (collections, everyone) = collections.split_once('+').unwrap_or((collections, "0"));
        Some(Self {
            devices: devices.parse().ok()?,
            collections: collections.parse().ok()?,
            everyone: everyone.parse().ok()?,
        })
    }
}

/// What all rounds came to.
#[derive(Default)]
struct Tally {
    killed: usize,
    ended_before: usize,
    group_samples: usize,
    history_samples: usize,
}

async fn all(rounds: usize, size: Size, seed: u64) -> Result<String, String> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut tally = Tally::default();
    let started = Instant::now();
    while tally.killed < rounds {
        let mut stage = Stage::set(size, random.random()).await?;
        for _ in 0..ROUNDS.min(rounds - tally.killed) {
            stage.round(&mut random, &mut tally).await?;
            println!("{:4}  {:6.0} s", tally.killed, started.elapsed().as_secs_f64());
        }
        stage.end().await;
    }
    Ok(format!(
        "{} runs killed ({} had ended before), {} groups and {} memberships in history sampled after kills: each a version of the \
         truth, none older than before; after each normal run all were the truth, and nothing was left over",
        tally.killed, tally.ended_before, tally.group_samples, tally.history_samples
    ))
}

/// A lab, and the machine of an administrator beside it.
struct Stage {
    lab: Arc<Lab>,
    clock: tokio::task::JoinHandle<()>,
    folder: tempfile::TempDir,
    secrets: String,
    connection: Connection,
    azure: Azure,
    /// How long a whole run takes.
    takes: Duration,
    /// Names in the data folder when nothing is under way.
    files: BTreeSet<String>,
    /// The versions that were last seen.
    groups: BTreeMap<String, u64>,
    history: BTreeMap<String, u64>,
    /// Too many rows for queries.
    is_large: bool,
}

impl Stage {
    async fn set(size: Size, seed: u64) -> Result<Self, String> {
        let config = LabConfig {
            seed,
            devices: size.devices,
            collections: size.collections,
            everyone: size.everyone,
            ..LabConfig::default()
        };
        let lab = Arc::new(lab::start(config).await.unwrap());
        let clock = tokio::spawn(fast(Arc::clone(&lab)));
        let folder = tempfile::tempdir().unwrap();
        let info = lab.info();
        let app = info.apps.iter().find(|app| app.label == APP).unwrap();
        let secrets = json!({ "client_secret": app.secret, "site_password": info.site.password }).to_string();
        connect(&lab, folder.path(), &secrets, None).await;
        let connection = Store::open(&folder.path().join("data"))
            .unwrap()
            .connections()
            .unwrap()
            .remove(0);
        let credential = Credential {
            tenant_id: connection.setup.app.tenant_id,
            client_id: connection.setup.app.client_id,
            secret: SecretKey::parse(&app.secret).unwrap(),
        };
        let azure = Azure::new(&connection.setup.environment, credential).unwrap();
        let mut stage = Self {
            lab: Arc::clone(&lab),
            clock,
            folder,
            secrets,
            connection,
            azure,
            takes: Duration::ZERO,
            files: BTreeSet::new(),
            groups: BTreeMap::new(),
            history: BTreeMap::new(),
            is_large: false,
        };
        stage.run_to_the_end(&["sync", "--all"]).await?;
        let started = Instant::now();
        stage.run_to_the_end(&["sync", "--all", "--full"]).await?;
        stage.takes = started.elapsed();
        let rows = stage.truth(None).values().map(Vec::len).sum::<usize>();
        stage.is_large = rows > MOST_ROWS;
        println!("      a run of {rows} rows takes {:.1} s", stage.takes.as_secs_f64());
        stage.is_the_truth("at the start").await?;
        stage.files = stage.names();
        Ok(stage)
    }

    async fn end(self) {
        self.clock.abort();
        let _ = self.clock.await;
        drop(self.azure);
        Arc::into_inner(self.lab).unwrap().stop().await.unwrap();
    }

    /// Changes memberships, kills a run that publishes all of them, looks, and lets a normal run follow.
    async fn round(&mut self, random: &mut ChaCha8Rng, tally: &mut Tally) -> Result<(), String> {
        self.lab.site().churn(random.random(), 200, self.lab.clock().now());
        let mut child = self.asw(&["sync", "--all", "--full"]);
        let moment = self.takes.mul_f64(random.random_range(0.0..1.0));
        tokio::time::sleep(moment).await;
        match child.try_wait().unwrap() {
            Some(_) => {
                tally.ended_before += 1;
                self.takes = self.takes.mul_f64(0.9);
            }
            None => {
                child.kill().unwrap();
                child.wait().unwrap();
                tally.killed += 1;
            }
        }
        let when = format!("kill {} after {:.2} s", tally.killed, moment.as_secs_f64());
        let (shown, rows) = (self.shown().await, self.by_history().await);
        tally.group_samples += shown.len();
        tally.history_samples += rows.len();
        are_versions(&self.lab, &mut self.groups, shown, &format!("{when}, groups"))?;
        are_versions(&self.lab, &mut self.history, rows, &format!("{when}, history"))?;
        // What was half written is not wanted any more.
        self.lab.site().churn(random.random(), 20, self.lab.clock().now());
        self.run_to_the_end(&["sync", "--all"]).await?;
        self.is_the_truth(&when).await?;
        self.nothing_is_left_over(&when).await?;
        self.let_rows_go();
        Ok(())
    }

    /// Leaves the rows of the readings that were sent last.
    fn let_rows_go(&self) {
        let store = Store::open(&self.folder.path().join("data")).unwrap();
        let states = store.groups(self.connection.id).unwrap();
        let last = states.iter().filter_map(|state| state.rows.as_ref());
        self.lab
            .cloud()
            .keep_rows("SyncId", &last.map(|rows| rows.sync_id.to_string()).collect());
    }

    fn truth(&self, version: Option<u64>) -> Members {
        truth(&self.lab, version).unwrap()
    }

    async fn is_the_truth(&mut self, when: &str) -> Result<(), String> {
        let (truth, version) = (self.truth(None), self.lab.truth(None).unwrap().version);
        let shown = self.shown().await;
        let rows = self.by_history().await;
        for (what, shown) in [("groups", &shown), ("history", &rows)] {
            if let Some((id, members)) = truth.iter().find(|(id, members)| shown.get(*id) != Some(members)) {
                let (shown, members) = (shown.get(id).map_or(0, Vec::len), members.len());
                return Err(format!(
                    "{when}, then a normal run: {what}: {id} shows {shown} computers, not {members}"
                ));
            }
        }
        let seen: BTreeMap<String, u64> = truth.into_keys().map(|id| (id, version)).collect();
        self.groups.extend(seen.clone());
        self.history.extend(seen);
        Ok(())
    }

    /// What the groups answer.
    async fn shown(&self) -> Members {
        if self.is_large {
            return self.shown_in_part_by_rows().await;
        }
        let selection = Selection {
            only: None,
            members: true,
        };
        let found = groups(&self.azure, &self.connection, &selection).await.unwrap();
        let members = |group: azure_services_wizard::model::report::Group| {
            (group.collection_id.to_string(), sorted(group.computers.unwrap()))
        };
        found.into_iter().map(members).collect()
    }

    /// The same; groups whose text reads the rows of their collection are taken from these.
    async fn shown_in_part_by_rows(&self) -> Members {
        let customer = self.connection.workspace.as_ref().unwrap().customer_id.unwrap();
        let searches = self
            .azure
            .saved_searches(&self.connection.setup.workspace)
            .await
            .unwrap();
        let by_rows = newest(&self.lab);
        let mut shown = Members::new();
        for search in searches
            .iter()
            .filter(|search| group::kind(search) == Some(Kind::Group))
        {
            let id = group::collection(search).unwrap();
            let computers = if search.query.ends_with(&reader::members(self.connection.id, &id)) {
                by_rows.get(id.as_str()).cloned().unwrap_or_default()
            } else {
                let query = group::members_query(search.alias.as_ref().unwrap());
                let table = self.azure.query(customer, &query, None).await.unwrap();
                let name = |row: Vec<serde_json::Value>| row[0].as_str().unwrap().to_owned();
                sorted(table.rows.into_iter().map(name).collect())
            };
            shown.insert(id.to_string(), computers);
        }
        shown
    }

    /// What the function over the rows of history answers.
    async fn by_history(&self) -> Members {
        // An empty collection has no row to answer.
        let mut members: Members = self.truth(None).into_keys().map(|id| (id, Vec::new())).collect();
        if self.is_large {
            members.extend(newest(&self.lab));
            return members;
        }
        let customer = self.connection.workspace.as_ref().unwrap().customer_id.unwrap();
        let query = format!("{FUNCTION} | project GroupId, Computer");
        let table = self.azure.query(customer, &query, None).await.unwrap();
        assert_eq!(table.partial, None);
        for row in table.rows {
            let text = |at: usize| row[at].as_str().unwrap().to_owned();
            members.entry(text(0)).or_default().push(text(1));
        }
        members.values_mut().for_each(|computers| computers.sort());
        self.are_read_alike(&members);
        members
    }

    /// [`newest`] is trusted where there is no query to compare it with: so it must agree wherever there is one.
    fn are_read_alike(&self, members: &Members) {
        let is_filled = |(_, computers): &(&String, &Vec<String>)| !computers.is_empty();
        let queried: BTreeMap<&String, &Vec<String>> = members.iter().filter(is_filled).collect();
        let newest = newest(&self.lab);
        assert_eq!(
            queried,
            newest.iter().collect(),
            "the query, and the reader of large sites"
        );
    }

    async fn nothing_is_left_over(&self, when: &str) -> Result<(), String> {
        let store = Store::open(&self.folder.path().join("data")).unwrap();
        let states = store.groups(self.connection.id).unwrap();
        let parts: usize = states
            .iter()
            .map(|state| state.published.as_ref().map_or(0, |live| live.parts))
            .sum();
        let workspace = &self.lab.info().workspaces[0].resource_id;
        let saved = self.lab.cloud().saved_search_ids(workspace);
        let saved = saved.iter().filter(|id| id.starts_with("asw-")).count();
        // The groups, their parts, the connection's record, and the function.
        let wanted = states.len() + parts + 2;
        if saved != wanted {
            return Err(format!("{when}: {saved} saved searches, not {wanted}"));
        }
        if !store.stray_entries(None).unwrap().is_empty() {
            return Err(format!("{when}: a secret was left over"));
        }
        drop(store);
        let files = self.names();
        if files != self.files {
            return Err(format!("{when}: {files:?}, not {:?}", self.files));
        }
        Ok(())
    }

    /// The files of the data folder; SQLite's own come and go.
    fn names(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let mut folders = vec![self.folder.path().join("data")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    names.insert(path.display().to_string());
                }
            }
        }
        names.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
        names
    }

    /// `asw` as a process of its own.
    fn asw(&self, words: &[&str]) -> Child {
        let mut child = Command::new(env!("CARGO_BIN_EXE_asw"))
            .arg("--data-dir")
            .arg(self.folder.path().join("data"))
            .args(["--secrets-in-memory", "--secrets-stdin"])
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{}", self.secrets).unwrap();
        child
    }

    async fn run_to_the_end(&self, words: &[&str]) -> Result<(), String> {
        let mut child = self.asw(words);
        loop {
            match child.try_wait().unwrap() {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(format!("{words:?} ended with {status}")),
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }
}

/// The lab's clock, ten times as fast: what Azure lets an app write in a minute comes back in a moment. Not faster: a token must
/// outlive a long query.
async fn fast(lab: Arc<Lab>) {
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        lab.clock().advance(1).unwrap();
    }
}

fn truth(lab: &Lab, version: Option<u64>) -> Option<Members> {
    let chosen: BTreeSet<String> = lab.site().chosen_collections().into_iter().collect();
    let collections = lab.truth(version)?.collections.into_iter();
    let chosen = collections.filter(|collection| chosen.contains(&collection.id));
    Some(
        chosen
            .map(|collection| (collection.id, sorted(collection.computers)))
            .collect(),
    )
}

/// Each must be a version of the truth, none before the one that was seen last.
fn are_versions(lab: &Lab, seen: &mut BTreeMap<String, u64>, shown: Members, when: &str) -> Result<(), String> {
    let newest = lab.truth(None).unwrap().version;
    let oldest = seen.values().copied().min().unwrap_or_default();
    let versions: Vec<(u64, Members)> = (oldest..=newest)
        .filter_map(|at| Some((at, truth(lab, Some(at))?)))
        .collect();
    for (id, members) in shown {
        let from = seen.get(&id).copied().unwrap_or_default();
        let is_it = |(at, truth): &&(u64, Members)| *at >= from && truth.get(&id) == Some(&members);
        let Some((version, _)) = versions.iter().find(is_it) else {
            return Err(format!(
                "{when}: {id} shows {} computers, in no version from {from} to {newest}",
                members.len()
            ));
        };
        seen.insert(id, *version);
    }
    Ok(())
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}
