//! A lab, a connection, and the parts of the program that publish, with pauses and pages short enough for a test.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use azure_services_wizard::azure::Azure;
use azure_services_wizard::configmgr::{Site, SiteOptions};
use azure_services_wizard::connect::{Ground, open};
use azure_services_wizard::lab::LabConfig;
use azure_services_wizard::lab::site::Truth;
use azure_services_wizard::model::plan::Tell;
use azure_services_wizard::model::report::SyncReport;
use azure_services_wizard::model::{Connection, Result, SitePassword};
use azure_services_wizard::publish::sync::{self, Options, Run};
use azure_services_wizard::publish::view::{self, Selection};
use azure_services_wizard::store::Store;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::schedule::{CHOSEN, Schedule, Weather};
use crate::harness::{Bench, sorted};

const APP: &str = "workspace-contributor";
/// Rows a page: so few that collections of a small site have many pages.
const PAGE: usize = 16;

/// Computers by collection.
pub type Groups = BTreeMap<String, Vec<String>>;

pub struct Rig {
    bench: Bench,
    store: Store,
    connection: Connection,
    azure: Azure,
    tell: Tell,
    count_off: Value,
}

/// A client for bad weather: it gives up soon.
pub fn impatient() -> SiteOptions {
    SiteOptions {
        page_timeout: Duration::from_millis(500),
        ..patient()
    }
}

/// A client for fair weather.
pub fn patient() -> SiteOptions {
    SiteOptions {
        attempts: 3,
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(50),
        page_rows: PAGE,
        ..SiteOptions::default()
    }
}

impl Rig {
    pub async fn start(schedule: &Schedule) -> Self {
        let bench = Bench::start(LabConfig {
            seed: schedule.seed,
            devices: 150,
            collections: 14,
            site_auth: schedule.signs_in,
            site_knobs: schedule
                .nature
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            ..LabConfig::default()
        })
        .await;
        let chosen = json!(chosen().collect::<Vec<_>>()).to_string();
        let setup = bench.setup_set(APP, &[("collections", &chosen)]);
        let words = ["--json", "--secrets-stdin", "connect", "--file", &setup];
        let said = bench.asw(&bench.secrets(APP), &words).await.ending(0).json();
        let name = said["connection"]["name"].as_str().unwrap().parse().unwrap();
        let store = Store::open(&bench.data()).unwrap();
        let connection = store.connection(&name).unwrap().unwrap();
        let tell: Tell = Arc::new(|_| {});
        let ground = Ground {
            data_dir: &bench.data(),
            store: &store,
            vault: &bench.vault,
            tell: &tell,
            stop: &CancellationToken::new(),
        };
        let azure = open::azure(&ground, &connection).await.unwrap();
        let wrong = schedule.count_off.iter().map(|id| ((*id).to_owned(), json!(-2)));
        Self {
            count_off: Value::Object(wrong.collect()),
            bench,
            store,
            connection,
            azure,
            tell,
        }
    }

    fn knob(&self, name: &str, value: &Value) {
        self.bench.lab.site().set_knob(name, value).unwrap();
    }

    /// Makes the weather of a run.
    pub fn brew(&self, schedule: &Schedule, weather: &Weather) {
        self.fair();
        let lab = &self.bench.lab;
        self.knob("member_count_off", &self.count_off);
        if let Some(seed) = weather.churn {
            lab.site().churn(seed, 25, lab.clock().now());
        }
        for (name, value) in &weather.unrest {
            self.knob(name, value);
        }
        let no_count = json!({ "service": "site", "path": "*$count*", "kind": "status", "status": 404 });
        let nature = schedule
            .no_count
            .then_some(&no_count)
            .into_iter()
            .chain(&schedule.stubborn);
        let faults = nature.chain(&weather.faults);
        self.bench.plan_faults(&faults.cloned().collect());
    }

    /// Ends all that befalls the site; what was under way comes to its end.
    fn fair(&self) {
        let lab = &self.bench.lab;
        lab.faults().clear();
        for name in ["mid_change", "evaluation", "member_count_off", "refused_properties"] {
            self.knob(name, &Value::Null);
        }
        // Collections say for a moment that they are being evaluated; lab time is cheap.
        lab.clock().advance(2).unwrap();
    }

    /// Makes fair weather for good, over memberships that nobody has read yet.
    pub fn clear_up(&self) {
        self.fair();
        let lab = &self.bench.lab;
        lab.site().churn(99, 25, lab.clock().now());
    }

    pub fn version(&self) -> u64 {
        self.bench.lab.truth(None).unwrap().version
    }

    pub fn truth(&self, version: u64) -> Truth {
        self.bench.lab.truth(Some(version)).unwrap()
    }

    /// What the chosen groups must hold.
    pub fn chosen(&self, truth: &Truth) -> Groups {
        let collections = truth.collections.iter();
        let wanted = collections.filter(|each| chosen().any(|id| id == each.id));
        wanted
            .map(|each| (each.id.clone(), sorted(each.computers.clone())))
            .collect()
    }

    /// Requests that a fault has struck since the weather was made.
    pub fn struck(&self) -> u64 {
        self.bench.lab.faults().list().iter().map(|fault| fault.fired).sum()
    }

    pub async fn sync(&self, full: bool, options: SiteOptions) -> Result<SyncReport> {
        let password = SitePassword::parse(&self.bench.lab.info().site.password).unwrap();
        let site = Site::with_options(&self.connection.setup.site, Some(password), options)?;
        let run = Run {
            connection: &self.connection,
            site: &site,
            azure: &self.azure,
            store: &self.store,
            tell: self.tell.clone(),
            stop: CancellationToken::new(),
            options: Options { full, dry_run: false },
        };
        sync::run(&run).await
    }

    /// The groups as the workspace answers them.
    pub async fn groups(&self) -> Groups {
        let selection = Selection {
            only: None,
            members: true,
        };
        let groups = view::groups(&self.azure, &self.connection, &selection).await.unwrap();
        let groups = groups.into_iter();
        groups
            .map(|group| (group.collection_id.to_string(), sorted(group.computers.unwrap())))
            .collect()
    }

    pub async fn end(self) {
        self.bench.lab.stop().await.unwrap();
    }
}

fn chosen() -> impl Iterator<Item = &'static str> {
    CHOSEN.into_iter().chain(["SMS00001"])
}
