//! Everything a connection needs, looked at one by one, so that a person sees all that is missing at once. Changes nothing.

use std::time::Duration;

use chrono::Utc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::key::KeyInUse;
use super::rights::{self, Aid};
use super::{Ground, open, verify};
use crate::azure::Azure;
use crate::configmgr::Site;
use crate::model::connection::SetupSecrets;
use crate::model::group::Limits;
use crate::model::plan::{Check, CheckKind, Progress, Step, Tell};
use crate::model::rights::Permission;
use crate::model::site::SiteFacts;
use crate::model::{
    CollectionId, Connection, DeviceCollection, Failure, History, Problem, ResourceGroupId, Result, SecretKey, Setup,
    SiteIdentity, SitePassword, Warning, Workspace, WorkspaceId,
};
use crate::platform::stoppable;

/// What was seen.
pub struct Readiness {
    /// Each thing, in the order in which it was looked at.
    pub checks: Vec<Check>,
    /// What history needs, where it is wanted.
    pub history: Vec<Check>,
    /// How it is wanted: only where it must be, does a missing right count as a failure.
    pub wanted: History,
    /// Azure, where the app was let in.
    pub azure: Option<Azure>,
    /// The workspace, where it could be read.
    pub workspace: Option<Workspace>,
    /// The site, where it answered.
    pub site: Option<SiteIdentity>,
    /// What else it said of itself.
    pub facts: Option<SiteFacts>,
    /// Members of the chosen collections, as the site counts them.
    pub members: Vec<i64>,
}

impl Readiness {
    /// Before anything was looked at.
    pub const fn nothing(wanted: History) -> Self {
        Self {
            checks: Vec::new(),
            history: Vec::new(),
            wanted,
            azure: None,
            workspace: None,
            site: None,
            facts: None,
            members: Vec::new(),
        }
    }

    /// Each thing, what history needs included.
    pub fn all(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().chain(&self.history)
    }

    /// The first thing that does not do.
    pub fn first_failure(&self) -> Option<&Failure> {
        self.required().find_map(|check| check.outcome.as_ref().err())
    }

    /// How many things do not do.
    pub fn failures(&self) -> usize {
        self.required().filter(|check| check.outcome.is_err()).count()
    }

    fn required(&self) -> impl Iterator<Item = &Check> {
        let history: &[Check] = if self.wanted == History::On { &self.history } else { &[] };
        self.checks.iter().chain(history)
    }

    /// Compares the site that answers with that of a connection: another one is no good check, whatever it answers.
    pub fn must_be(&mut self, was: &SiteIdentity) {
        let site = self.site.as_ref();
        for check in self.checks.iter_mut().filter(|check| check.what == CheckKind::Site) {
            let outcome = std::mem::replace(&mut check.outcome, Ok(String::new()));
            check.outcome = match (outcome, site) {
                (Ok(seen), Some(now)) => was.must_be(now).map(|()| seen),
                (Ok(seen), None) => Ok(seen),
                (Err(failure), _) => Err(was.when_refused(failure)),
            };
        }
    }

    /// Whether history can be had, and is wanted.
    pub fn delivers_history(&self) -> bool {
        self.wanted != History::Off
            && !self.history.is_empty()
            && self.history.iter().all(|check| check.outcome.is_ok())
    }

    /// All warnings.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings: Vec<Warning> = self.all().flat_map(|check| check.warnings.iter().cloned()).collect();
        let not_allowed = self.wanted == History::Auto && !self.history.is_empty() && !self.delivers_history();
        warnings.extend(not_allowed.then_some(Warning::HistoryNotAllowed));
        warnings
    }
}

/// Looks at everything. Where one thing does not do, what depends on it is left out, and the rest is looked at all the same.
///
/// # Errors
/// Only [`Problem::Cancelled`]; everything else is a failed check.
pub async fn check(
    setup: &Setup,
    secrets: &SetupSecrets,
    aid: Aid<'_>,
    tell: &Tell,
    stop: &CancellationToken,
) -> Result<Readiness> {
    let mut look = Look::new(tell, setup.history);
    let both = async {
        look.azure(setup, &secrets.client_secret, aid).await;
        look.site(setup, secrets.site_password.as_ref()).await;
        Ok(())
    };
    stoppable(stop, both).await?;
    Ok(look.seen)
}

/// Looks at everything for a connection that stands, with the secrets that it has; another site than its own does not do.
///
/// # Errors
/// The keyring's; [`Problem::Cancelled`]. Everything else is a failed check.
pub async fn of(ground: &Ground<'_>, connection: &Connection) -> Result<Readiness> {
    let kept = open::secrets(ground, connection).await?;
    let key = KeyInUse::of(ground.store, connection.id)?;
    let aid = Aid::of(connection.history.as_ref(), None);
    let mut seen = check(&connection.setup, &kept, aid, ground.tell, ground.stop).await?;
    let failures = seen.all().filter_map(|check| check.outcome.as_ref().err());
    failures.for_each(|failure| key.heed(failure));
    if let Some(was) = &connection.site {
        seen.must_be(was);
    }
    Ok(seen)
}

/// One half of [`check`], which was perhaps not waited for to its end.
pub struct Half {
    /// What was seen until then.
    pub seen: Readiness,
    /// The time was up: what came next has not answered.
    pub is_late: bool,
}

/// The half that Azure answers.
pub async fn azure_half(setup: &Setup, key: &SecretKey, aid: Aid<'_>, tell: &Tell, patience: Duration) -> Half {
    let mut look = Look::new(tell, setup.history);
    let is_late = timeout(patience, look.azure(setup, key, aid)).await.is_err();
    Half {
        seen: look.seen,
        is_late,
    }
}

/// The half that the site answers.
pub async fn site_half(setup: &Setup, password: Option<&SitePassword>, tell: &Tell, patience: Duration) -> Half {
    let mut look = Look::new(tell, setup.history);
    let is_late = timeout(patience, look.site(setup, password)).await.is_err();
    Half {
        seen: look.seen,
        is_late,
    }
}

/// Looks at a workspace and at what the app may do there; nothing else.
pub async fn on_workspace(azure: &Azure, id: &WorkspaceId, tell: &Tell) -> Readiness {
    let mut look = Look::new(tell, History::Off);
    look.place(azure, id).await;
    look.seen
}

/// The same, with what history needs in a resource group for its rule.
pub async fn with_history(
    azure: &Azure,
    id: &WorkspaceId,
    rule_group: &ResourceGroupId,
    wanted: History,
    aid: Aid<'_>,
    tell: &Tell,
) -> Readiness {
    let mut look = Look::new(tell, wanted);
    if let Some(permissions) = look.place(azure, id).await {
        look.history(azure, &permissions, rule_group, aid).await;
    }
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
    fn new(tell: &'a Tell, wanted: History) -> Self {
        Self {
            seen: Readiness::nothing(wanted),
            tell,
            refused: None,
        }
    }

    fn begin(&self, step: Step) {
        (self.tell)(Progress::Step(step));
    }

    /// Of several failures in one step the first is told: it is the one that a person will read as the cause.
    fn add(&mut self, what: CheckKind, outcome: Result<String>, warnings: Vec<Warning>) {
        self.tell_refusal(&what, &outcome);
        self.seen.checks.push(Check {
            what,
            outcome,
            warnings,
        });
    }

    fn tell_refusal(&mut self, what: &CheckKind, outcome: &Result<String>) {
        let step = step_of(what);
        if let Err(failure) = outcome
            && self.refused.as_ref() != Some(&step)
        {
            (self.tell)(Progress::Refused {
                step: step.clone(),
                failure: failure.clone(),
            });
            self.refused = Some(step);
        }
    }

    async fn azure(&mut self, setup: &Setup, key: &SecretKey, aid: Aid<'_>) {
        match verify::tenant(&setup.environment, &setup.app, self.tell).await {
            Ok(warnings) => {
                let found = format!("{} in {}", setup.app.tenant_id, setup.environment.name);
                self.add(CheckKind::Tenant, Ok(found), warnings);
            }
            Err(failure) => return self.add(CheckKind::Tenant, Err(failure), Vec::new()),
        }
        let mut warnings = verify::look_over(&setup.app, key, Utc::now().date_naive());
        let azure = match verify::sign_in(&setup.environment, &setup.app, key, self.tell).await {
            Ok((azure, _)) => azure,
            Err(failure) => return self.add(CheckKind::Secret, Err(failure), warnings),
        };
        warnings.extend(verify::true_expiry(&azure, &setup.app).await);
        self.add(CheckKind::Secret, Ok(format!("app {}", setup.app.client_id)), warnings);
        self.seen.azure = Some(azure.clone());
        self.subscriptions(&azure).await;
        let permissions = self.place(&azure, &setup.workspace).await;
        if let (Some(permissions), true) = (permissions, setup.history != History::Off) {
            self.history(&azure, &permissions, &setup.rule_group(), aid).await;
        }
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

    /// The workspace, and where it can be read, the rights on it; answers what the roles say there.
    async fn place(&mut self, azure: &Azure, id: &WorkspaceId) -> Option<Vec<Permission>> {
        self.begin(Step::ReadWorkspace);
        let workspace = match azure.workspace(id).await {
            Ok(workspace) => workspace,
            Err(failure) => {
                self.add(CheckKind::Workspace, Err(failure), Vec::new());
                return None;
            }
        };
        let location = workspace.location.as_deref().unwrap_or("region unknown");
        let seen = format!("{} ({location})", workspace.id.name());
        self.add(CheckKind::Workspace, Ok(seen), workspace.warnings());
        self.seen.workspace = Some(workspace);
        self.rights(azure, id).await
    }

    async fn rights(&mut self, azure: &Azure, id: &WorkspaceId) -> Option<Vec<Permission>> {
        self.begin(Step::CheckRights);
        match azure.permissions(&id.to_string()).await {
            Ok(permissions) => {
                for check in rights::of_groups(&permissions, id) {
                    self.add(check.what, check.outcome, check.warnings);
                }
                Some(permissions)
            }
            Err(failure) => {
                let operation = "(unknown)".to_owned();
                self.add(CheckKind::Right { operation }, Err(failure), Vec::new());
                None
            }
        }
    }

    /// What history needs. Where it is only wanted if it can be had, what is missing is not told as a refusal.
    async fn history(&mut self, azure: &Azure, permissions: &[Permission], group: &ResourceGroupId, aid: Aid<'_>) {
        let Some(workspace) = &self.seen.workspace else {
            return;
        };
        let checks = match rights::of_history(azure, workspace, permissions, group, aid).await {
            Ok(checks) => checks,
            Err(failure) => {
                let operation = "(unknown)".to_owned();
                return self.add(CheckKind::Right { operation }, Err(failure), Vec::new());
            }
        };
        if self.seen.wanted == History::On {
            for check in &checks {
                self.tell_refusal(&check.what, &check.outcome);
            }
        }
        self.seen.history = checks;
    }

    async fn site(&mut self, setup: &Setup, password: Option<&SitePassword>) {
        self.begin(Step::ReadSite);
        let password = password.map(SitePassword::duplicate);
        let reading = match Site::new(&setup.site, password) {
            Ok(site) => site.describe().await.map(|reading| (site, reading)),
            Err(failure) => Err(failure),
        };
        match reading {
            Ok((site, reading)) => {
                let identity = &reading.identity;
                let seen = format!("{} {}", identity.code, identity.name);
                self.add(CheckKind::Site, Ok(seen), reading.warnings);
                self.seen.site = Some(reading.identity);
                self.seen.facts = Some(reading.facts);
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
                let chosen = listed.iter().filter(|each| setup.collections.contains(&each.id));
                self.seen.members = chosen.map(|each| each.member_count).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(what: CheckKind, passed: bool) -> Check {
        let operation = "Microsoft.Insights/dataCollectionRules/write".to_owned();
        let failure = || {
            Problem::NotAllowed {
                operation,
                scope: "/s".to_owned(),
            }
            .into()
        };
        Check {
            what,
            outcome: if passed {
                Ok("allowed".to_owned())
            } else {
                Err(failure())
            },
            warnings: Vec::new(),
        }
    }

    fn seen(wanted: History, passed: bool) -> Readiness {
        Readiness {
            checks: vec![check(CheckKind::Workspace, true)],
            history: vec![check(CheckKind::Tenant, true), check(CheckKind::Secret, passed)],
            wanted,
            azure: None,
            workspace: None,
            site: None,
            facts: None,
            members: Vec::new(),
        }
    }

    #[test]
    fn a_missing_right_of_history_counts_as_it_is_wanted() {
        use History::{Auto, Off, On};
        for (wanted, passed, failures, delivers, warned) in [
            (On, false, 1, false, false),
            (Auto, false, 0, false, true),
            (Off, false, 0, false, false),
            (On, true, 0, true, false),
            (Auto, true, 0, true, false),
            (Off, true, 0, false, false),
        ] {
            let seen = seen(wanted, passed);
            let told = (
                seen.failures(),
                seen.delivers_history(),
                seen.warnings() == [Warning::HistoryNotAllowed],
            );
            assert_eq!(told, (failures, delivers, warned), "{wanted:?} {passed}");
            assert_eq!(seen.first_failure().is_some(), failures > 0);
        }
    }

    #[test]
    fn the_health_of_a_workspace_is_said_at_once() {
        let id = "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resourceGroups/rg/providers/\
                  Microsoft.OperationalInsights/workspaces/law";
        let mut workspace = Workspace::bare(id.parse().unwrap());
        assert_eq!(workspace.warnings(), []);
        workspace.ingestion_status = Some("RespectQuota".into());
        workspace.public_query = Some(true);
        workspace.public_ingestion = Some(true);
        workspace.provisioning_state = Some("Succeeded".into());
        assert_eq!(workspace.warnings(), []);
        workspace.public_ingestion = Some(false);
        workspace.provisioning_state = Some("Updating".into());
        for status in ["OverQuota", "ForceOff", "SubscriptionSuspended", "ApproachingQuota"] {
            workspace.ingestion_status = Some(status.into());
            assert_eq!(
                workspace.warnings(),
                [
                    Warning::WorkspaceNotReady {
                        state: "Updating".into()
                    },
                    Warning::WorkspaceIngestion { status: status.into() },
                    Warning::WorkspacePrivate {
                        queries: false,
                        rows: true
                    },
                ]
            );
        }
    }
}
