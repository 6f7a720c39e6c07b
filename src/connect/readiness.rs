//! Everything a connection needs, looked at one by one, so that a person sees all that is missing at once. Changes nothing.

use chrono::Utc;
use tokio_util::sync::CancellationToken;

use super::verify;
use crate::azure::Azure;
use crate::configmgr::Site;
use crate::model::connection::SetupSecrets;
use crate::model::group::Limits;
use crate::model::plan::{Check, CheckKind, Progress, Step, Tell};
use crate::model::rights::{self, Operation};
use crate::model::{
    CollectionId, DeviceCollection, Failure, Problem, Result, Setup, SiteIdentity, SitePassword, Warning, Workspace,
    WorkspaceId,
};
use crate::platform::stoppable;

/// What computer groups need on the workspace.
const GROUPS_NEED: [Operation; 4] = [
    Operation::READ_GROUP,
    Operation::WRITE_GROUP,
    Operation::DELETE_GROUP,
    Operation::QUERY,
];

/// What was seen.
pub struct Readiness {
    /// Each thing, in the order in which it was looked at.
    pub checks: Vec<Check>,
    /// Azure, where the app was let in.
    pub azure: Option<Azure>,
    /// The workspace, where it could be read.
    pub workspace: Option<Workspace>,
    /// The site, where it answered.
    pub site: Option<SiteIdentity>,
}

impl Readiness {
    /// The first thing that does not do.
    pub fn first_failure(&self) -> Option<&Failure> {
        self.checks.iter().find_map(|check| check.outcome.as_ref().err())
    }

    /// How many things do not do.
    pub fn failures(&self) -> usize {
        self.checks.iter().filter(|check| check.outcome.is_err()).count()
    }

    /// All warnings.
    pub fn warnings(&self) -> Vec<Warning> {
        self.checks
            .iter()
            .flat_map(|check| check.warnings.iter().cloned())
            .collect()
    }
}

/// Looks at everything. Where one thing does not do, what depends on it is left out, and the rest is looked at all the same.
///
/// # Errors
/// Only [`Problem::Cancelled`]; everything else is a failed check.
pub async fn check(setup: &Setup, secrets: &SetupSecrets, tell: &Tell, stop: &CancellationToken) -> Result<Readiness> {
    let mut look = Look::new(tell);
    let both = async {
        look.azure(setup, secrets).await;
        look.site(setup, secrets).await;
        Ok(())
    };
    stoppable(stop, both).await?;
    Ok(look.seen)
}

/// Looks at a workspace and at what the app may do there; nothing else.
pub async fn on_workspace(azure: &Azure, id: &WorkspaceId, tell: &Tell) -> Readiness {
    let mut look = Look::new(tell);
    look.place(azure, id).await;
    look.seen
}

/// A look around: what was seen until now, and who hears of it.
struct Look<'a> {
    seen: Readiness,
    tell: &'a Tell,
    /// The step whose first failure was told.
    refused: Option<Step>,
}

impl<'a> Look<'a> {
    fn new(tell: &'a Tell) -> Self {
        let seen = Readiness {
            checks: Vec::new(),
            azure: None,
            workspace: None,
            site: None,
        };
        Self {
            seen,
            tell,
            refused: None,
        }
    }

    fn begin(&self, step: Step) {
        (self.tell)(Progress::Step(step));
    }

    /// Of several failures in one step the first is told: it is the one that a person will read as the cause.
    fn add(&mut self, what: CheckKind, outcome: Result<String>, warnings: Vec<Warning>) {
        let step = step_of(&what);
        if let Err(failure) = &outcome
            && self.refused.as_ref() != Some(&step)
        {
            (self.tell)(Progress::Refused {
                step: step.clone(),
                failure: failure.clone(),
            });
            self.refused = Some(step);
        }
        self.seen.checks.push(Check {
            what,
            outcome,
            warnings,
        });
    }

    async fn azure(&mut self, setup: &Setup, secrets: &SetupSecrets) {
        match verify::tenant(&setup.environment, &setup.app, self.tell).await {
            Ok(warnings) => {
                let found = format!("{} in {}", setup.app.tenant_id, setup.environment.name);
                self.add(CheckKind::Tenant, Ok(found), warnings);
            }
            Err(failure) => return self.add(CheckKind::Tenant, Err(failure), Vec::new()),
        }
        let warnings = verify::look_over(&setup.app, &secrets.client_secret, Utc::now().date_naive());
        let azure = match verify::sign_in(&setup.environment, &setup.app, &secrets.client_secret, self.tell).await {
            Ok((azure, _)) => azure,
            Err(failure) => return self.add(CheckKind::Secret, Err(failure), warnings),
        };
        self.add(CheckKind::Secret, Ok(format!("app {}", setup.app.client_id)), warnings);
        self.subscriptions(&azure).await;
        self.place(&azure, &setup.workspace).await;
        self.seen.azure = Some(azure);
    }

    async fn subscriptions(&mut self, azure: &Azure) {
        self.begin(Step::SeeSubscriptions);
        let (outcome, warnings) = match azure.subscriptions().await {
            // No visible subscription is a warning: a role on the workspace alone may not show it.
            Ok(list) if list.is_empty() => (Ok("none visible".to_owned()), vec![Warning::NoSubscriptionVisible]),
            Ok(list) => {
                let names: Vec<&str> = list.iter().take(3).map(|each| each.name.as_str()).collect();
                (Ok(format!("{} visible: {}", list.len(), names.join(", "))), Vec::new())
            }
            Err(failure) => (Err(failure), Vec::new()),
        };
        self.add(CheckKind::Subscriptions, outcome, warnings);
    }

    /// The workspace, and where it can be read, the rights on it.
    async fn place(&mut self, azure: &Azure, id: &WorkspaceId) {
        self.begin(Step::ReadWorkspace);
        let workspace = match azure.workspace(id).await {
            Ok(workspace) => workspace,
            Err(failure) => return self.add(CheckKind::Workspace, Err(failure), Vec::new()),
        };
        let location = workspace.location.as_deref().unwrap_or("region unknown");
        let seen = format!("{} ({location})", workspace.id.name());
        self.add(CheckKind::Workspace, Ok(seen), health(&workspace));
        self.seen.workspace = Some(workspace);
        self.rights(azure, id).await;
    }

    async fn rights(&mut self, azure: &Azure, id: &WorkspaceId) {
        self.begin(Step::CheckRights);
        let scope = id.to_string();
        let right = |operation: &str| CheckKind::Right {
            operation: operation.to_owned(),
        };
        let permissions = match azure.permissions(&scope).await {
            Ok(permissions) => permissions,
            Err(failure) => return self.add(right("(unknown)"), Err(failure), Vec::new()),
        };
        for operation in GROUPS_NEED {
            let outcome = if rights::allows(&permissions, operation) {
                Ok("allowed".to_owned())
            } else {
                Err(Problem::NotAllowed {
                    operation: operation.name().to_owned(),
                    scope: scope.clone(),
                }
                .into())
            };
            self.add(right(operation.name()), outcome, Vec::new());
        }
    }

    async fn site(&mut self, setup: &Setup, secrets: &SetupSecrets) {
        self.begin(Step::ReadSite);
        let password = secrets.site_password.as_ref().map(SitePassword::duplicate);
        let reading = match Site::new(&setup.site, password) {
            Ok(site) => site.identify().await.map(|reading| (site, reading)),
            Err(failure) => Err(failure),
        };
        match reading {
            Ok((site, reading)) => {
                let identity = &reading.identity;
                let seen = format!("{} {}", identity.code, identity.name);
                self.add(CheckKind::Site, Ok(seen), reading.warnings);
                self.seen.site = Some(reading.identity);
                self.collections(&site, setup).await;
            }
            Err(failure) => self.add(CheckKind::Site, Err(failure), Vec::new()),
        }
    }

    async fn collections(&mut self, site: &Site, setup: &Setup) {
        if setup.collections.is_empty() {
            let warnings = vec![Warning::NoCollections];
            return self.add(CheckKind::Collections, Ok("none chosen".to_owned()), warnings);
        }
        self.begin(Step::FindCollections);
        match site.collections().await {
            Ok(listed) => {
                let outcome = all_there(site, &setup.collections, &listed).await;
                self.add(CheckKind::Collections, outcome, too_large(&setup.collections, &listed));
            }
            Err(failure) => self.add(CheckKind::Collections, Err(failure), Vec::new()),
        }
    }
}

/// The step in which a thing is looked at.
const fn step_of(what: &CheckKind) -> Step {
    match what {
        CheckKind::Tenant => Step::FindTenant,
        CheckKind::Secret => Step::SignIn,
        CheckKind::Subscriptions => Step::SeeSubscriptions,
        CheckKind::Workspace => Step::ReadWorkspace,
        CheckKind::Right { .. } | CheckKind::HistoryRight { .. } => Step::CheckRights,
        CheckKind::Site => Step::ReadSite,
        CheckKind::Collections => Step::FindCollections,
    }
}

fn health(workspace: &Workspace) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Some(state) = workspace
        .provisioning_state
        .as_ref()
        .filter(|state| *state != "Succeeded")
    {
        warnings.push(Warning::WorkspaceNotReady { state: state.clone() });
    }
    let stopped = |status: &&String| ["OverQuota", "ForceOff", "SubscriptionSuspended"].contains(&status.as_str());
    if let Some(status) = workspace.ingestion_status.as_ref().filter(stopped) {
        warnings.push(Warning::WorkspaceIngestion { status: status.clone() });
    }
    warnings
}

fn too_large(chosen: &[CollectionId], listed: &[DeviceCollection]) -> Vec<Warning> {
    listed
        .iter()
        .filter(|each| chosen.contains(&each.id) && Limits::default().likely_exceeded_by(each.member_count))
        .map(|each| Warning::LikelyTooLarge {
            id: each.id.clone(),
            members: each.member_count,
        })
        .collect()
}

/// Whether the site lists each chosen collection.
async fn all_there(site: &Site, chosen: &[CollectionId], listed: &[DeviceCollection]) -> Result<String> {
    let is_missing = |id: &&CollectionId| listed.iter().all(|each| each.id != **id);
    let missing: Vec<CollectionId> = chosen.iter().filter(is_missing).cloned().collect();
    match missing.first() {
        None => Ok(format!("{} of {} chosen", chosen.len(), listed.len())),
        // A single read tells a user collection from one that is not there.
        Some(first) => match site.collection(first).await {
            Err(failure) if matches!(failure.problem(), Problem::NotADeviceCollection { .. }) => Err(failure),
            _ => Err(Problem::CollectionsNotFound { ids: missing }.into()),
        },
    }
}
