//! A lab, a connection, and every way of running a publication on it.

use std::collections::BTreeMap;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use azure_services_wizard::azure::{Azure, Credential};
use azure_services_wizard::configmgr::{Site, SiteOptions};
use azure_services_wizard::lab::{LabConfig, LabInfo};
use azure_services_wizard::model::group::{self, Owner};
use azure_services_wizard::model::plan::Tell;
use azure_services_wizard::model::report::SyncReport;
use azure_services_wizard::model::{CollectionId, Connection, SecretKey, SitePassword};
use azure_services_wizard::platform::{RunLock, checkpoint};
use azure_services_wizard::publish::sync::{self, Options, Run};
use azure_services_wizard::store::Store;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr};
use tokio_util::sync::CancellationToken;

use super::schedule::{Kill, Round, SHORTEST, Schedule, Shape, Way};
use super::tally::Ran;
use crate::harness::Bench;

/// A small site.
const DEVICES: usize = 220;
const COLLECTIONS: usize = 24;
/// The collections that are published: at first one of them is empty, five have more than a hundred members.
const CHOSEN: [&str; 10] = [
    "PS100014", "PS100015", "PS100016", "PS100017", "PS10001A", "PS10001D", "PS10001F", "PS100020", "PS100022",
    "SMS00001",
];
/// Rows a page, in this process: so few that collections of a small site have many pages.
const PAGE: usize = 16;
/// How long a request is held that nobody is to be killed at.
const HELD: Duration = Duration::from_millis(30);
/// The function name that somebody else in the workspace has already.
const TAKEN: &str = "ConfigMgr_PS1_SMS00001";
/// Exit codes that a publication may end with: everything but wrong usage and a crash.
const EXITS: [i32; 7] = [0, 1, 3, 4, 5, 6, 7];

pub struct Stage {
    pub bench: Bench,
    pub store: Store,
    pub connection: Connection,
    /// The collections that are published.
    pub chosen: Vec<String>,
    /// Those of them that the site does not show now.
    pub gone: Vec<String>,
    pub history: bool,
    label: &'static str,
    keeps_one_gone: bool,
    last_report: Mutex<String>,
}

impl Stage {
    /// Starts a lab and connects, without faults.
    pub async fn set(schedule: &Schedule) -> Self {
        let bench = Bench::start(LabConfig {
            seed: schedule.seed,
            devices: DEVICES,
            collections: COLLECTIONS,
            site_auth: schedule.signs_in,
            ..LabConfig::default()
        })
        .await;
        if let Shape::Parts { query_chars } = schedule.shape {
            let cloud = bench.lab.cloud();
            cloud.set_knob("query_chars", &json!(query_chars)).unwrap();
        }
        let (label, history) = match schedule.history {
            true => ("ready", "\"on\""),
            false => ("workspace-contributor", "\"off\""),
        };
        let chosen = CHOSEN.map(str::to_owned).to_vec();
        let setup = bench.setup_set(
            label,
            &[("history", history), ("collections", &json!(chosen).to_string())],
        );
        let words = ["--secrets-stdin", "connect", "--file", &setup];
        bench.asw(&bench.secrets(label), &words).await.ending(0);
        let store = Store::open(&bench.data()).unwrap();
        Self {
            connection: store.connections().unwrap().remove(0),
            chosen,
            gone: Vec::new(),
            history: schedule.history,
            keeps_one_gone: schedule.seed.is_multiple_of(3),
            last_report: Mutex::default(),
            label,
            store,
            bench,
        }
    }

    /// The function name of a collection's group.
    pub fn alias(&self, collection: &CollectionId) -> String {
        let owner = Owner {
            connection: self.connection.id,
            site: self.connection.site.as_ref().unwrap().code.clone(),
        };
        group::alias(&owner, collection, |alias| alias.eq_ignore_ascii_case(TAKEN))
    }

    /// Every saved search of the workspace that is ours.
    pub fn saved_searches(&self) -> Vec<String> {
        let workspace = &self.bench.lab.info().workspaces[0].resource_id;
        let mut ids = self.bench.lab.cloud().saved_search_ids(workspace);
        ids.retain(|id| id.starts_with("asw-"));
        ids
    }

    fn knob(&self, name: &str, value: &Value) {
        self.bench.lab.site().set_knob(name, value).unwrap();
    }

    /// Changes what changes before a round, and plans its faults.
    pub fn prepare(&mut self, round: &Round) {
        self.advance(round.minutes);
        let chosen = |places: &[usize]| -> Vec<String> {
            let at = |place: &usize| self.chosen[place % self.chosen.len()].clone();
            places.iter().map(at).collect()
        };
        let renamed: BTreeMap<String, String> = chosen(&round.renamed)
            .into_iter()
            .map(|id| (id.clone(), format!("Renamed \"{id}\" {}", round.minutes)))
            .collect();
        self.gone = chosen(&round.gone);
        self.knob("gone", &json!(self.gone));
        self.knob("renamed", &json!(renamed));
        if let Some((name, value)) = &round.unrest {
            self.knob(name, value);
        }
        if round.short_texts {
            let workspace = &self.connection.setup.workspace;
            self.store.set_text_limit(workspace, SHORTEST).unwrap();
        }
        if let Some((seed, moves)) = round.churn {
            self.churn(seed, moves);
        }
        let first = match &round.way {
            Way::Killed {
                at: Kill::Request(held),
                ..
            } => Some(held),
            _ => None,
        };
        let faults = first.into_iter().chain(&round.faults);
        self.bench.plan_faults(&faults.cloned().collect());
    }

    fn churn(&self, seed: u64, moves: usize) {
        let lab = &self.bench.lab;
        lab.site().churn(seed, moves, lab.clock().now());
    }

    /// Lets time pass: in the lab, and in what the program remembers, since its own clock is the machine's. What it remembers by the
    /// site's clock moves with the lab.
    pub fn advance(&self, minutes: i64) {
        self.bench.lab.clock().advance(minutes * 60).unwrap();
        let by = TimeDelta::minutes(minutes);
        let id = self.connection.id;
        for mut state in self.store.groups(id).unwrap() {
            let published = state.published.iter_mut();
            let sent = state.rows.iter_mut();
            let moments = [&mut state.read_at, &mut state.checked_at, &mut state.not_seen_since].into_iter();
            moments
                .filter_map(Option::as_mut)
                .chain(published.map(|published| &mut published.sent_at))
                .chain(sent.map(|sent| &mut sent.sent_at))
                .for_each(|moment| *moment -= by);
            self.store.put_group(id, &state).unwrap();
        }
    }

    /// The faults of this round, with how often each has struck.
    pub fn fired(&self) -> Vec<Value> {
        self.bench
            .lab
            .faults()
            .list()
            .iter()
            .map(|fault| json!(fault))
            .collect()
    }

    /// Ends what befalls the requests. Collections say for a moment that they are being evaluated; lab time is cheap.
    pub fn calm(&self) {
        self.bench.lab.faults().clear();
        for name in ["mid_change", "evaluation"] {
            self.knob(name, &Value::Null);
        }
        self.bench.lab.clock().advance(2).unwrap();
    }

    /// Makes fair weather, over memberships that nobody has read yet. In some schedules a collection that was gone stays gone: it
    /// was deleted.
    pub fn fair_for_good(&mut self) {
        self.calm();
        self.gone.truncate(usize::from(self.keeps_one_gone));
        self.knob("gone", &json!(self.gone));
        self.churn(99, 20);
    }

    /// Publishes once.
    ///
    /// # Errors
    /// What no fault excuses: a crash, a wrong usage.
    pub async fn publish(&self, way: &Way) -> Result<Ran, String> {
        match way {
            Way::Killed { full, at } => self.killed(*full, at).await,
            _ => tokio::select! {
                outcome = Box::pin(self.to_the_end(way)) => outcome,
                () = self.let_go() => unreachable!(),
            },
        }
    }

    async fn to_the_end(&self, way: &Way) -> Result<Ran, String> {
        match *way {
            Way::Here { full } => Ok(self.here(full).await),
            Way::Process { full } => self.process(full).await,
            Way::Twice { full } | Way::Killed { full, .. } => {
                let (here, there) = tokio::join!(self.here(full), self.process(full));
                Ok(here.and(there?))
            }
        }
    }

    /// Lets held requests go after a while, for as long as it is polled.
    async fn let_go(&self) {
        let faults = self.bench.lab.faults();
        loop {
            faults.wait_for_held(|held| held > 0).await;
            tokio::time::sleep(HELD).await;
            // One that is held from now on waits for the next turn: none may wait for all to be gone.
            faults.release();
        }
    }

    async fn here(&self, full: bool) -> Ran {
        let lock = RunLock::acquire(&self.bench.data(), &self.connection.id).unwrap();
        let Some(_lock) = lock else {
            return Ran::failed("busy");
        };
        let connection = self.store.connection(&self.connection.setup.name).unwrap().unwrap();
        let info = self.bench.lab.info();
        let password = SitePassword::parse(&info.site.password).unwrap();
        let options = SiteOptions {
            page_timeout: Duration::from_secs(5),
            attempts: 3,
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(50),
            page_rows: PAGE,
            ..SiteOptions::default()
        };
        let site = Site::with_options(&connection.setup.site, Some(password), options).unwrap();
        let azure = Azure::new(&connection.setup.environment, self.credential(info)).unwrap();
        let tell: Tell = Arc::new(|_| {});
        let run = Run {
            connection: &connection,
            site: &site,
            azure: &azure,
            store: &self.store,
            tell,
            stop: CancellationToken::new(),
            options: Options { full, dry_run: false },
        };
        let outcome = Box::pin(sync::run(&run)).await;
        *self.last_report.lock().unwrap() = format!("{outcome:#?}");
        match outcome {
            Ok(report) => outcomes(&report),
            Err(failure) => Ran::failed(failure.problem().code()),
        }
    }

    fn credential(&self, info: &LabInfo) -> Credential {
        let app = info.apps.iter().find(|app| app.label == self.label).unwrap();
        Credential {
            tenant_id: self.connection.setup.app.tenant_id,
            client_id: self.connection.setup.app.client_id,
            secret: SecretKey::parse(&app.secret).unwrap(),
        }
    }

    /// What the last run in this process said.
    pub fn last_words(&self) -> String {
        self.last_report.lock().unwrap().clone()
    }

    /// Starts a process, with the secrets on its standard input; its standard error is to be read.
    async fn start(&self, full: bool, pause_at: Option<&str>) -> (Child, BufReader<ChildStderr>) {
        let name = self.connection.setup.name.to_string();
        let mut words = vec!["--secrets-in-memory", "--secrets-stdin", "sync", &name];
        if full {
            words.push("--full");
        }
        let mut command = self.bench.process(&words, &[]);
        command.stdout(std::process::Stdio::null());
        if let Some(point) = pause_at {
            command.env(checkpoint::VARIABLE, point);
        }
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let line = format!("{}\n", self.bench.secrets(self.label));
        // One that ends at once never reads.
        let _ = stdin.write_all(line.as_bytes()).await;
        let stderr = BufReader::new(child.stderr.take().unwrap());
        (child, stderr)
    }

    async fn process(&self, full: bool) -> Result<Ran, String> {
        let (mut child, mut stderr) = self.start(full, None).await;
        let mut said = String::new();
        stderr.read_to_string(&mut said).await.unwrap();
        ended(child.wait().await.unwrap(), &said)
    }

    /// Starts a process and kills it; one that ends before that has ended.
    async fn killed(&self, full: bool, at: &Kill) -> Result<Ran, String> {
        let point = match at {
            Kill::Checkpoint(point) if cfg!(debug_assertions) => Some(*point),
            _ => None,
        };
        let (mut child, mut stderr) = self.start(full, point).await;
        let mut said = String::new();
        let how = tokio::select! {
            biased;
            () = self.moment(at) => match at {
                Kill::Request(_) => "killed at a request",
                _ => "killed at a moment",
            },
            paused = read(&mut stderr, &mut said, point) => match paused {
                true => "killed at a checkpoint",
                false => return ended(child.wait().await.unwrap(), &said),
            },
        };
        child.kill().await.unwrap(); // SIGKILL
        Ok(Ran::process(how))
    }

    /// Returns at the moment of a kill; never for a checkpoint, which the process itself tells of.
    async fn moment(&self, at: &Kill) {
        match at {
            Kill::Request(_) => self.bench.lab.faults().wait_for_held(|held| held > 0).await,
            Kill::Moment(after) => {
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(*after)) => {}
                    () = self.let_go() => {}
                }
            }
            Kill::Checkpoint(_) if cfg!(debug_assertions) => self.let_go().await,
            Kill::Checkpoint(_) => tokio::time::sleep(Duration::from_millis(400)).await,
        }
    }

    pub async fn end(self) {
        self.bench.lab.stop().await.unwrap();
    }
}

/// Reads what a process says until it pauses at a checkpoint (`true`) or has ended.
async fn read(stderr: &mut BufReader<ChildStderr>, said: &mut String, point: Option<&str>) -> bool {
    let paused = point.map(|point| format!("paused at {point}\n"));
    let mut line = String::new();
    while stderr.read_line(&mut line).await.unwrap() > 0 {
        if paused.as_ref() == Some(&line) {
            return true;
        }
        said.push_str(&line);
        line.clear();
    }
    false
}

fn ended(status: ExitStatus, said: &str) -> Result<Ran, String> {
    match status.code().filter(|code| EXITS.contains(code)) {
        Some(code) => Ok(Ran::process(format!("exit {code}"))),
        None => Err(format!("a process ended with {status}: {said}")),
    }
}

fn outcomes(report: &SyncReport) -> Ran {
    let mut ran = Ran::default();
    for collection in &report.collections {
        *ran.outcomes.entry(format!("{:?}", collection.outcome)).or_default() += 1;
    }
    ran
}
