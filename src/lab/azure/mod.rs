//! The lab's Azure: one tenant with its apps, subscriptions, workspaces and what is stored in them, behind the services
//! that a connector talks to. It keeps state, checks tokens, audiences, roles, api-versions and limits, and answers
//! errors in Microsoft's shapes. What it does not know, it refuses.
//!
//! It may know [`super::http`] and [`super::kql`], and nothing else of this library: the rights evaluator, the wire types
//! and the rules are its own, so that a mistake of the program does not agree with itself.
//!
//! | file | subject |
//! | --- | --- |
//! | `national` | the clouds that it can be one of: what their services are called |
//! | `directory`, `people` | tenants, app registrations with their secret keys; people |
//! | `entra` | the authority: tenant discovery, tokens for apps, sign-ins of people |
//! | `tokens` | how a token is signed and checked |
//! | `rbac`, `roles` | who may do what where; the built-in roles |
//! | `estate` | subscriptions, resource groups, workspaces, and what stands in them |
//! | `saved`, `tables`, `custom` | saved searches; built-in tables; custom tables |
//! | `heartbeats` | what agents have reported |
//! | `rules` | data collection rules and endpoints, and the addresses that they hand out |
//! | `arm` | Resource Manager, one file a resource |
//! | `operations` | what Resource Manager has started and not ended |
//! | `others` | what somebody else does in the tenant meanwhile |
//! | `query`, `timespan` | the log-query endpoint |
//! | `graph` | Microsoft Graph: the secret keys of an app registration |
//! | `ingestion`, `uploads`, `rows` | logs ingestion; from JSON to cells; the rows that are stored |
//! | `throttle`, `knobs`, `seeded` | request rates; what tests may turn; where GUIDs and keys come from |
//!
//! Start reading at [`Cloud`], then `arm`.

mod arm;
mod custom;
mod directory;
mod entra;
mod estate;
mod graph;
mod heartbeats;
mod ingestion;
mod knobs;
mod national;
mod operations;
mod others;
mod people;
mod query;
mod rbac;
mod roles;
mod rows;
mod rules;
mod saved;
mod seeded;
mod tables;
mod throttle;
mod timespan;
mod tokens;
mod uploads;

#[cfg(test)]
pub(in crate::lab) mod testing;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use self::arm::Deployments;
use self::directory::{App, Directory};
use self::entra::SignIns;
use self::estate::Estate;
use self::heartbeats::Heartbeats;
use self::knobs::Knobs;
use self::operations::Operations;
use self::rbac::Access;
use self::roles::{CONTRIBUTOR, MONITORING_CONTRIBUTOR, MONITORING_METRICS_PUBLISHER, OWNER, READER, Role};
use self::rows::Rows;
use self::seeded::Seeded;
use self::throttle::{Throttle, UploadRates};
use self::tokens::Signer;
use super::http::{Request, Response};
use super::kql;

pub use self::national::NationalCloud;
pub use self::uploads::Mishap;

/// The addresses of the lab's services, each a scheme, host and port without a trailing slash.
#[derive(Debug, Clone)]
pub struct CloudUrls {
    /// Entra authority.
    pub authority: String,
    /// Resource Manager.
    pub arm: String,
    /// Log query.
    pub query: String,
    /// Microsoft Graph.
    pub graph: String,
    /// Logs ingestion.
    pub ingestion: String,
}

/// What the lab's Azure is made from.
#[derive(Debug, Clone)]
pub struct CloudConfig {
    /// Everything random comes from this number.
    pub seed: u64,
    /// Which cloud it is.
    pub cloud: NationalCloud,
    /// Where the services answer.
    pub urls: CloudUrls,
}

/// An app registration of the lab, with the situation it stands for.
#[derive(Clone, serde::Serialize)]
pub struct LabApp {
    /// `ready`, `workspace-contributor`, `no-rights`, …
    pub label: String,
    /// Display name.
    pub application_name: String,
    /// Client ID.
    pub client_id: String,
    /// The value of its secret key.
    pub secret: String,
    /// The day that key ends, `YYYY-MM-DD`.
    pub secret_expiry: String,
    /// The value of the key that the knob `rotate_secret` adds.
    pub next_secret: String,
    /// App ID URI.
    pub app_id_uri: String,
    /// Object ID of its service principal.
    pub object_id: String,
}

impl fmt::Debug for LabApp {
    /// Label and client ID; the secret keys are left out.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LabApp")
            .field("label", &self.label)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// A workspace of the lab.
#[derive(Debug, Clone)]
pub struct LabWorkspace {
    /// ARM resource ID.
    pub resource_id: String,
    /// The GUID used in queries.
    pub customer_id: String,
}

/// A person who can sign in.
#[derive(Clone, serde::Serialize)]
pub struct LabPerson {
    /// The sign-in name.
    pub name: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for LabPerson {
    /// The name; the password is left out.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LabPerson")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A tenant that belongs to another cloud, so that this authority refuses it (AADSTS90038).
#[derive(Debug, Clone, serde::Serialize)]
pub struct NationalTenant {
    /// Tenant name.
    pub name: String,
    /// Tenant ID.
    pub id: String,
    /// The host of its cloud, as tenant discovery names it.
    pub cloud_instance_name: String,
}

/// The lab's Azure: one tenant, its apps, subscriptions, workspaces. All state inside; every method takes `&self`.
pub struct Cloud {
    urls: CloudUrls,
    signer: Signer,
    state: Mutex<State>,
}

/// What changes while the lab runs.
struct State {
    directory: Directory,
    access: Access,
    estate: Estate,
    heartbeats: Heartbeats,
    sign_ins: SignIns,
    rows: Rows,
    uploads: UploadRates,
    throttle: Throttle,
    knobs: Knobs,
    operations: Operations,
    deployments: Deployments,
    /// Resource providers that are not registered, in lower case, and when they will be.
    registrations: BTreeMap<String, DateTime<Utc>>,
    seeded: Seeded,
    /// How many request IDs have been given out.
    requests: u64,
}

impl State {
    /// A GUID that no request had before.
    fn next_guid(&mut self) -> String {
        self.requests += 1;
        self.seeded.guid(&format!("request/{}", self.requests))
    }
}

impl fmt::Debug for Cloud {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Cloud")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

/// How long the upload role of the app `slow-role` takes to be honoured by the ingestion service.
const SLOW_ROLE_MINUTES: i64 = 30;

impl Cloud {
    /// Makes the cloud as it is at `now`.
    pub fn new(config: CloudConfig, now: DateTime<Utc>) -> Self {
        let seeded = Seeded::new(config.seed);
        let directory = Directory::new(seeded, config.cloud, now);
        let estate = Estate::new(seeded, config.cloud.traits().regions, now);
        Self {
            urls: config.urls,
            signer: Signer::new(seeded.bytes("token key"), config.cloud),
            state: Mutex::new(State {
                access: assignments(&directory, &estate, now),
                directory,
                estate,
                heartbeats: Heartbeats::default(),
                sign_ins: SignIns::new(seeded),
                rows: Rows::default(),
                uploads: UploadRates::default(),
                throttle: Throttle::default(),
                knobs: Knobs::default(),
                operations: Operations::default(),
                deployments: Deployments::default(),
                registrations: BTreeMap::new(),
                seeded,
                requests: 0,
            }),
        }
    }

    /// Tenant name and ID.
    pub fn tenant(&self) -> (String, String) {
        let state = self.state();
        let tenant = state.directory.home();
        (tenant.domain().to_owned(), tenant.id.clone())
    }

    /// The tenants that belong to other clouds.
    pub fn national_tenants(&self) -> Vec<NationalTenant> {
        let state = self.state();
        let tenants = state.directory.elsewhere.iter();
        tenants
            .map(|tenant| NationalTenant {
                name: tenant.domain().to_owned(),
                id: tenant.id.clone(),
                cloud_instance_name: tenant.cloud.traits().instance.to_owned(),
            })
            .collect()
    }

    /// The people who can sign in; the first is Owner of every subscription, the second only reads.
    pub fn people(&self) -> Vec<LabPerson> {
        let state = self.state();
        let people = state.directory.people.iter();
        people
            .map(|person| LabPerson {
                name: person.sign_in_name.clone(),
                password: person.password.clone(),
            })
            .collect()
    }

    /// Client ID of the public client with which people sign in.
    pub fn public_client_id(&self) -> String {
        self.state().directory.public_client.client_id.clone()
    }

    /// The apps.
    pub fn apps(&self) -> Vec<LabApp> {
        self.state().directory.apps.iter().map(lab_app).collect()
    }

    /// The workspaces; the first is the one that the apps have roles on.
    pub fn workspaces(&self) -> Vec<LabWorkspace> {
        let state = self.state();
        let workspaces = state.estate.workspaces.iter();
        workspaces
            .map(|workspace| LabWorkspace {
                resource_id: workspace.resource_id(),
                customer_id: workspace.customer_id.clone(),
            })
            .collect()
    }

    /// Answers as the Entra authority.
    pub fn entra(&self, request: &Request, now: DateTime<Utc>) -> Response {
        dated(entra::answer(self, request, now), now)
    }

    /// Answers as Resource Manager.
    pub fn arm(&self, request: &Request, now: DateTime<Utc>) -> Response {
        self.state().estate.settle(now);
        dated(arm::answer(self, request, now), now)
    }

    /// Answers as the log-query endpoint.
    pub fn query(&self, request: &Request, now: DateTime<Utc>) -> Response {
        self.state().estate.settle(now);
        dated(query::answer(self, request, now), now)
    }

    /// Answers as Microsoft Graph.
    pub fn graph(&self, request: &Request, now: DateTime<Utc>) -> Response {
        dated(graph::answer(self, request, now), now)
    }

    /// Answers as the ingestion endpoint; `mishap` is what becomes of the rows that are accepted.
    pub fn ingestion(&self, request: &Request, now: DateTime<Utc>, mishap: Option<Mishap>) -> Response {
        self.state().estate.settle(now);
        dated(ingestion::answer(self, request, now, mishap), now)
    }

    /// Every ingested row, one JSON object each: its cells, and the stream, table, workspace and rule that it came
    /// through.
    pub fn rows(&self) -> Vec<serde_json::Value> {
        self.state().rows.to_json()
    }

    /// How many ingested rows stand stored.
    pub fn row_count(&self) -> usize {
        self.state().rows.count()
    }

    /// Hands over each stored row that queries see by now: the names of its columns, its cells.
    pub fn each_row(&self, now: DateTime<Utc>, mut visit: impl FnMut(&[String], &[kql::Value])) {
        for (columns, cells) in self.state().rows.seen(now) {
            visit(columns, cells);
        }
    }

    /// Lets rows go whose text in this column is none of these: for benchmarks that would otherwise wait for the days after which a
    /// workspace does so.
    pub fn keep_rows(&self, column: &str, texts: &BTreeSet<String>) {
        self.state().rows.keep(column, texts);
    }

    /// Has these agents report to the first workspace from now on: what each calls its computer, and how long ago it was heard.
    pub fn set_agents(&self, agents: Vec<(String, TimeDelta)>) {
        self.state().heartbeats.set(agents);
    }

    /// The last tokens that were issued, for tests that look whether a client has kept one where it should not.
    pub fn issued_tokens(&self) -> Vec<String> {
        self.signer.issued()
    }

    /// The IDs of all saved searches of a workspace, for tests; empty where there is no such workspace.
    pub fn saved_search_ids(&self, resource_id: &str) -> Vec<String> {
        let state = self.state();
        let workspace = state
            .estate
            .workspaces
            .iter()
            .find(|workspace| workspace.resource_id().eq_ignore_ascii_case(resource_id));
        workspace
            .map(|workspace| workspace.saved.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// Sets one of the lab's knobs (`POST /knobs` of the control address), such as the longest accepted query text. The
    /// table at the head of `knobs` lists them.
    ///
    /// # Errors
    /// The name of the knob that is not known, or what is wrong with its value.
    pub fn set_knob(&self, name: &str, value: &serde_json::Value) -> Result<(), String> {
        knobs::set(&mut self.state(), name, value)
    }

    /// The state; a panic elsewhere while it was held does not make it unusable.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer with the lab's own time, which may have been moved, as its `Date`.
fn dated(response: Response, now: DateTime<Utc>) -> Response {
    response.with_header("date", &now.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

fn lab_app(app: &App) -> LabApp {
    LabApp {
        label: app.label.to_owned(),
        application_name: app.name.clone(),
        client_id: app.client_id.clone(),
        secret: app.secret.value.clone(),
        secret_expiry: app.secret.expires.format("%Y-%m-%d").to_string(),
        next_secret: app.next_secret.value.clone(),
        app_id_uri: app.app_id_uri.clone(),
        object_id: app.object_id.clone(),
    }
}

/// What each app holds. Apps whose sign-in fails hold what `ready` holds, so that nothing else is wrong with them.
fn assignments(directory: &Directory, estate: &Estate, now: DateTime<Utc>) -> Access {
    let mut access = Access::default();
    let Some(workspace) = estate.workspaces.first() else {
        return access;
    };
    let workspace_scope = workspace.resource_id();
    let Some(group) = estate.group(&workspace.subscription, workspace.group) else {
        return access;
    };
    let group_scope = group.scope();
    let slow = now + TimeDelta::minutes(SLOW_ROLE_MINUTES);
    let mut assign = |label: &str, role: &'static Role, scope: &str, data_from| {
        if let Some(principal) = directory.object_id(label) {
            access.assign(&principal, role, scope, data_from);
        }
    };
    for (label, publisher_from) in [
        ("ready", now),
        ("expired-secret", now),
        ("disabled-app", now),
        ("slow-role", slow),
    ] {
        assign(label, &CONTRIBUTOR, &workspace_scope, now);
        assign(label, &MONITORING_CONTRIBUTOR, &group_scope, now);
        assign(label, &MONITORING_METRICS_PUBLISHER, &group_scope, publisher_from);
    }
    assign("workspace-contributor", &CONTRIBUTOR, &workspace_scope, now);
    assign("reader", &READER, &workspace_scope, now);
    assign("no-publisher", &CONTRIBUTOR, &group_scope, now);
    for subscription in &estate.subscriptions {
        assign("owner", &OWNER, &subscription.scope(), now);
    }
    assign_people(&mut access, directory, estate, now);
    access
}

/// The owner may do everything in every subscription, the reader look at everything in the first.
fn assign_people(access: &mut Access, directory: &Directory, estate: &Estate, now: DateTime<Utc>) {
    for person in &directory.people {
        let (role, reach): (&'static Role, usize) = match person.label {
            "owner" => (&OWNER, estate.subscriptions.len()),
            _ => (&READER, 1),
        };
        for subscription in estate.subscriptions.iter().take(reach) {
            access.assign(&person.object_id, role, &subscription.scope(), now);
        }
    }
}
