//! A bench with a backend on it.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use azure_services_wizard::backend::{Backend, Surroundings};
use azure_services_wizard::connect::setup_file;
use azure_services_wizard::flow::effect::{AppAccess, Created, Renew, SiteAccess, Unfinished};
use azure_services_wizard::flow::{Answer, Command, Effect, Event, Outcome, Query, RunId, Ticket, Tickets};
use azure_services_wizard::model::connection::SetupSecrets;
use azure_services_wizard::model::plan::{Progress, Step};
use azure_services_wizard::model::renewal::Renewed;
use azure_services_wizard::model::report::{ConnectionOverview, SyncReport};
use azure_services_wizard::model::{ConnectionName, Result, SecretKey, Setup, SitePassword};
use azure_services_wizard::schedule::Machine;
use azure_services_wizard::secrets::SharedVault;
use azure_services_wizard::store::Store;
use serde_json::json;

use crate::harness::{Bench, small};

/// The app whose only right is Contributor on the workspace.
pub const APP: &str = "workspace-contributor";

/// How long an event is awaited before the test fails. Generous: a loaded machine is no mistake of ours.
const PATIENCE: Duration = Duration::from_secs(60);

/// Counts how often the backend has woken us.
#[derive(Default)]
struct Bell {
    rung: Mutex<u64>,
    heard: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rung.lock().unwrap() += 1;
        self.heard.notify_all();
    }

    fn count(&self) -> u64 {
        *self.rung.lock().unwrap()
    }

    /// Waits for one more ring than `count`; nobody polls, so one that does not come fails the test.
    fn wait(&self, count: u64, until: Instant, what: &str) {
        let left = until.saturating_duration_since(Instant::now());
        let rung = self.rung.lock().unwrap();
        let (_rung, late) = self
            .heard
            .wait_timeout_while(rung, left, |rung| *rung <= count)
            .unwrap();
        assert!(!late.timed_out(), "never came: {what}");
    }
}

/// A bench with a backend on it.
pub struct Rig {
    pub bench: Bench,
    machine: Option<Machine>,
    backend: Option<Backend>,
    tickets: Tickets,
    bell: Arc<Bell>,
    seen: Vec<Event>,
}

/// This connection and no other of its app.
pub fn only(name: &ConnectionName) -> Renew {
    Renew {
        name: name.clone(),
        others: Vec::new(),
    }
}

impl Rig {
    pub async fn start() -> Self {
        Self::on(Bench::start(small()).await)
    }

    pub fn on(bench: Bench) -> Self {
        Self::with(bench, None)
    }

    /// The same with a scheduler.
    pub fn with(bench: Bench, machine: Option<Machine>) -> Self {
        let vault = bench.vault.clone();
        let mut rig = Self {
            bench,
            machine,
            backend: None,
            tickets: Tickets::default(),
            bell: Arc::default(),
            seen: Vec::new(),
        };
        rig.open(vault);
        rig
    }

    /// Ends the backend, as when the window is closed, and starts another one.
    pub fn restart(&mut self) {
        self.restart_with(self.bench.vault.clone());
    }

    /// The same, with another keyring.
    pub fn restart_with(&mut self, vault: SharedVault) {
        self.end();
        self.open(vault);
    }

    /// Ends the backend.
    pub fn end(&mut self) {
        self.backend = None;
        self.seen.clear();
    }

    fn open(&mut self, vault: SharedVault) {
        let surroundings = Surroundings {
            data_dir: self.bench.data(),
            vault: Some(vault),
            open_browser: |_| false,
            open_file: |_| false,
            machine: self.machine.clone(),
        };
        let backend = Backend::start(surroundings).unwrap();
        let bell = Arc::clone(&self.bell);
        backend.wake_with(move || bell.ring());
        self.backend = Some(backend);
    }

    pub fn store(&self) -> Store {
        Store::open(&self.bench.data()).unwrap()
    }

    pub fn setup(&self, app: &str) -> Setup {
        setup_file::load(Path::new(&self.bench.setup(app))).unwrap()
    }

    pub fn secrets(&self, app: &str) -> SetupSecrets {
        let info = self.bench.lab.info();
        let app = info.apps.iter().find(|each| each.label == app).unwrap();
        SetupSecrets {
            client_secret: SecretKey::parse(&app.secret).unwrap(),
            site_password: Some(SitePassword::parse(&info.site.password).unwrap()),
        }
    }

    pub fn next_secret(&self) -> SecretKey {
        let apps = &self.bench.lab.info().apps;
        let app = apps.iter().find(|app| app.label == APP).unwrap();
        SecretKey::parse(&app.next_secret).unwrap()
    }

    pub fn app_access(&self, app: &str) -> AppAccess {
        let setup = self.setup(app);
        AppAccess {
            environment: setup.environment,
            app: setup.app,
            secret: self.secrets(app).client_secret,
        }
    }

    pub fn site_access(&self) -> SiteAccess {
        SiteAccess {
            connection: self.setup(APP).site,
            password: self.secrets(APP).site_password,
        }
    }

    fn carry_out(&self, effect: Effect) {
        self.backend.as_ref().unwrap().carry_out(effect);
    }

    pub fn query(&mut self, query: Query) -> Ticket {
        let ticket = self.tickets.ticket();
        self.carry_out(Effect::Query(ticket, query));
        ticket
    }

    pub fn abandon(&mut self, ticket: Ticket) {
        self.carry_out(Effect::Abandon(ticket));
    }

    pub fn command(&mut self, command: Command) -> RunId {
        let run = self.tickets.run();
        self.carry_out(Effect::Command(run, command));
        run
    }

    pub fn stop(&mut self, run: RunId) {
        self.carry_out(Effect::Stop(run));
    }

    /// Waits for an event, which is taken out; what came before it stays.
    #[track_caller]
    fn take(&mut self, what: &str, wanted: impl Fn(&Event) -> bool) -> Event {
        let until = Instant::now() + PATIENCE;
        loop {
            let count = self.bell.count();
            self.seen.extend(self.backend.as_ref().unwrap().events());
            if let Some(at) = self.seen.iter().position(&wanted) {
                return self.seen.remove(at);
            }
            self.bell.wait(count, until, what);
        }
    }

    /// The answer to a query.
    #[track_caller]
    pub fn answer(&mut self, ticket: Ticket) -> Answer {
        match self.take(
            "an answer",
            |event| matches!(event, Event::Answer(of, _) if *of == ticket),
        ) {
            Event::Answer(_, answer) => answer,
            _ => unreachable!(),
        }
    }

    /// Asks, and waits for the answer.
    #[track_caller]
    pub fn ask(&mut self, query: Query) -> Answer {
        let ticket = self.query(query);
        self.answer(ticket)
    }

    /// Whether an answer to this query has come.
    pub fn is_answered(&mut self, ticket: Ticket) -> bool {
        self.seen.extend(self.backend.as_ref().unwrap().events());
        let is_it = |event: &Event| matches!(event, Event::Answer(of, _) if *of == ticket);
        self.seen.iter().any(is_it)
    }

    /// The end of a command.
    #[track_caller]
    pub fn outcome(&mut self, run: RunId) -> Outcome {
        match self.take("an end", |event| matches!(event, Event::Ended(of, _) if *of == run)) {
            Event::Ended(_, outcome) => outcome,
            _ => unreachable!(),
        }
    }

    /// What a command has told until its end.
    pub fn told(&self, run: RunId) -> Vec<Progress> {
        let of = |event: &Event| match event {
            Event::Working(of, progress) if *of == run => Some(progress.clone()),
            _ => None,
        };
        self.seen.iter().filter_map(of).collect()
    }

    /// Waits until a command tells that a step begins.
    #[track_caller]
    pub fn reaches(&mut self, run: RunId, step: &Step) {
        self.take(
            "a step",
            |event| matches!(event, Event::Working(of, Progress::Step(at)) if *of == run && at == step),
        );
    }

    /// Waits until a query tells something.
    #[track_caller]
    pub fn asked<T>(&mut self, ticket: Ticket, wanted: impl Fn(&Progress) -> Option<T>) -> T {
        let found = |event: &Event| match event {
            Event::Asking(of, progress) if *of == ticket => wanted(progress),
            _ => None,
        };
        let event = self.take("word of a query", |event| found(event).is_some());
        found(&event).unwrap()
    }

    /// Waits until a command tells something.
    #[track_caller]
    pub fn waits(&mut self, run: RunId, wanted: impl Fn(&Progress) -> bool) {
        let is_it = |event: &Event| matches!(event, Event::Working(of, progress) if *of == run && wanted(progress));
        self.take("word of a command", is_it);
    }

    #[track_caller]
    pub fn created(&mut self, run: RunId) -> std::result::Result<Box<Created>, Unfinished> {
        match self.outcome(run) {
            Outcome::Created(end) => end,
            _ => panic!("another command's end"),
        }
    }

    #[track_caller]
    pub fn published(&mut self, run: RunId) -> Result<SyncReport> {
        match self.outcome(run) {
            Outcome::Published(end) => end,
            _ => panic!("another command's end"),
        }
    }

    #[track_caller]
    pub fn updated(&mut self, run: RunId) -> Result<Renewed> {
        match self.outcome(run) {
            Outcome::SecretUpdated(end) => end,
            _ => panic!("another command's end"),
        }
    }

    #[track_caller]
    pub fn removed(&mut self, run: RunId) -> Result<()> {
        match self.outcome(run) {
            Outcome::Removed(end) => end,
            _ => panic!("another command's end"),
        }
    }

    /// Begins to make the connection of an app.
    pub fn begin_create(&mut self, app: &str) -> RunId {
        let (setup, secrets) = (self.setup(app), self.secrets(app));
        self.command(Command::Create(Box::new(setup), secrets, None))
    }

    /// Makes a connection and publishes it.
    #[track_caller]
    pub fn create(&mut self) -> ConnectionName {
        let run = self.begin_create(APP);
        let created = self.created(run).unwrap();
        created.publication.unwrap().unwrap();
        created.connection.setup.name
    }

    /// The connections, as home shows them.
    #[track_caller]
    pub fn connections(&mut self) -> Vec<ConnectionOverview> {
        match self.ask(Query::Connections) {
            Answer::Connections(list) => list.unwrap(),
            _ => panic!("another query's answer"),
        }
    }

    /// Fails the test where anything is doubled or left over: one record, one group a collection with its parts, no stray secret.
    pub async fn is_clean(&self) {
        let store = self.store();
        let connection = store.connections().unwrap().remove(0);
        let groups = store.groups(connection.id).unwrap();
        let parts = |state: &azure_services_wizard::store::GroupState| 1 + state.published.as_ref().unwrap().parts;
        let expected: usize = 1 + groups.iter().map(parts).sum::<usize>();
        assert_eq!(self.bench.saved_searches().await.len(), expected);
        assert_eq!(store.stray_entries(None).unwrap(), Vec::<String>::new());
    }

    /// Refuses the next write of a saved search.
    pub fn refuse_a_write(&self) {
        self.bench.plan_faults(&json!({
            "service": "arm", "method": "PUT", "path": "savedSearches", "kind": "status", "status": 403, "times": 1
        }));
    }
}
