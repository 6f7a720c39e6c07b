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
use crate::model::{Failure, Problem, Result, Setup, SiteIdentity, Warning, Workspace};
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

    fn add(&mut self, what: CheckKind, outcome: Result<String>, warnings: Vec<Warning>) {
        self.checks.push(Check {
            what,
            outcome,
            warnings,
        });
    }
}

/// Looks at everything. Where one thing does not do, what depends on it is left out, and the rest is looked at all the same.
///
/// # Errors
/// Only [`Problem::Cancelled`]; everything else is a failed check.
pub async fn check(setup: &Setup, secrets: &SetupSecrets, tell: &Tell, stop: &CancellationToken) -> Result<Readiness> {
    let mut seen = Readiness {
        checks: Vec::new(),
        azure: None,
        workspace: None,
        site: None,
    };
    let both = async {
        azure(&mut seen, setup, secrets, tell).await;
        site(&mut seen, setup, secrets, tell).await;
        Ok(())
    };
    stoppable(stop, both).await?;
    Ok(seen)
}

async fn azure(seen: &mut Readiness, setup: &Setup, secrets: &SetupSecrets, tell: &Tell) {
    let tenant = verify::tenant(&setup.environment, &setup.app, tell).await;
    let found = tenant.is_ok();
    let (outcome, warnings) = match tenant {
        Ok(warnings) => (
            Ok(format!("{} in {}", setup.app.tenant_id, setup.environment.name)),
            warnings,
        ),
        Err(failure) => (Err(failure), Vec::new()),
    };
    seen.add(CheckKind::Tenant, outcome, warnings);
    if !found {
        return;
    }
    let warnings = verify::look_over(&setup.app, &secrets.client_secret, Utc::now().date_naive());
    let azure = match verify::sign_in(&setup.environment, &setup.app, &secrets.client_secret, tell).await {
        Ok((azure, _)) => {
            seen.add(CheckKind::Secret, Ok(format!("app {}", setup.app.client_id)), warnings);
            azure
        }
        Err(failure) => return seen.add(CheckKind::Secret, Err(failure), warnings),
    };
    subscriptions(seen, &azure, tell).await;
    workspace(seen, &azure, setup, tell).await;
    if seen.workspace.is_some() {
        rights(seen, &azure, setup, tell).await;
    }
    seen.azure = Some(azure);
}

async fn subscriptions(seen: &mut Readiness, azure: &Azure, tell: &Tell) {
    tell(Progress::Step(Step::SeeSubscriptions));
    match azure.subscriptions().await {
        // No visible subscription is a warning: a role on the workspace alone may not show it.
        Ok(list) if list.is_empty() => {
            seen.add(
                CheckKind::Subscriptions,
                Ok("none visible".to_owned()),
                vec![Warning::NoSubscriptionVisible],
            );
        }
        Ok(list) => {
            let names: Vec<&str> = list.iter().take(3).map(|each| each.name.as_str()).collect();
            seen.add(
                CheckKind::Subscriptions,
                Ok(format!("{} visible: {}", list.len(), names.join(", "))),
                Vec::new(),
            );
        }
        Err(failure) => seen.add(CheckKind::Subscriptions, Err(failure), Vec::new()),
    }
}

async fn workspace(seen: &mut Readiness, azure: &Azure, setup: &Setup, tell: &Tell) {
    tell(Progress::Step(Step::ReadWorkspace));
    match azure.workspace(&setup.workspace).await {
        Ok(workspace) => {
            let location = workspace
                .location
                .clone()
                .unwrap_or_else(|| "region unknown".to_owned());
            seen.add(
                CheckKind::Workspace,
                Ok(format!("{} ({location})", workspace.id.name())),
                health(&workspace),
            );
            seen.workspace = Some(workspace);
        }
        Err(failure) => seen.add(CheckKind::Workspace, Err(failure), Vec::new()),
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

async fn rights(seen: &mut Readiness, azure: &Azure, setup: &Setup, tell: &Tell) {
    tell(Progress::Step(Step::CheckRights));
    let scope = setup.workspace.to_string();
    let permissions = match azure.permissions(&scope).await {
        Ok(permissions) => permissions,
        Err(failure) => {
            return seen.add(
                CheckKind::Right {
                    operation: "(unknown)".to_owned(),
                },
                Err(failure),
                Vec::new(),
            );
        }
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
        seen.add(
            CheckKind::Right {
                operation: operation.name().to_owned(),
            },
            outcome,
            Vec::new(),
        );
    }
}

async fn site(seen: &mut Readiness, setup: &Setup, secrets: &SetupSecrets, tell: &Tell) {
    tell(Progress::Step(Step::ReadSite));
    let password = secrets
        .site_password
        .as_ref()
        .map(crate::model::SitePassword::duplicate);
    let reading = match Site::new(&setup.site, password) {
        Ok(site) => site.identify().await.map(|reading| (site, reading)),
        Err(failure) => Err(failure),
    };
    match reading {
        Ok((site, reading)) => {
            let identity = &reading.identity;
            seen.add(
                CheckKind::Site,
                Ok(format!("{} {}", identity.code, identity.name)),
                reading.warnings,
            );
            seen.site = Some(reading.identity);
            collections(seen, &site, setup, tell).await;
        }
        Err(failure) => seen.add(CheckKind::Site, Err(failure), Vec::new()),
    }
}

async fn collections(seen: &mut Readiness, site: &Site, setup: &Setup, tell: &Tell) {
    if setup.collections.is_empty() {
        return seen.add(
            CheckKind::Collections,
            Ok("none chosen".to_owned()),
            vec![Warning::NoCollections],
        );
    }
    tell(Progress::Step(Step::FindCollections));
    let mut warnings = Vec::new();
    let outcome = match site.collections().await {
        Ok(listed) => {
            let chosen = listed.iter().filter(|each| setup.collections.contains(&each.id));
            let too_large = chosen.filter(|each| Limits::default().likely_exceeded_by(each.member_count));
            warnings.extend(too_large.map(|each| Warning::LikelyTooLarge {
                id: each.id.clone(),
                members: each.member_count,
            }));
            let missing: Vec<_> = setup
                .collections
                .iter()
                .filter(|id| listed.iter().all(|each| each.id != **id))
                .cloned()
                .collect();
            match missing.first() {
                None => Ok(format!("{} of {} chosen", setup.collections.len(), listed.len())),
                // A single read tells a user collection from one that is not there.
                Some(first) => match site.collection(first).await {
                    Err(failure) if matches!(failure.problem(), Problem::NotADeviceCollection { .. }) => Err(failure),
                    _ => Err(Problem::CollectionsNotFound { ids: missing }.into()),
                },
            }
        }
        Err(failure) => Err(failure),
    };
    seen.add(CheckKind::Collections, outcome, warnings);
}
