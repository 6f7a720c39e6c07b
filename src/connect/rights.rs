//! May it be done? Each operation that a delivery needs, looked up in what the roles say; who else could do it, or give the role.

use crate::azure::{Azure, Identity};
use crate::model::grant::{self, Grant};
use crate::model::needs::{self, Need};
use crate::model::plan::{Check, CheckKind, RightPlace};
use crate::model::rights::{Operation, Permission, allows};
use crate::model::{Failure, HistoryPlace, Problem, ResourceGroupId, Result, RuleId, Setup, Workspace, WorkspaceId};

/// What helps where the app's own roles on the resource group do not reach.
#[derive(Clone, Copy, Default)]
pub struct Aid<'a> {
    /// The rule, where it stands already: a role may be given on it alone.
    pub rule: Option<&'a RuleId>,
    /// Rows were taken through that rule.
    pub is_proven: bool,
    /// Azure as an administrator sees it who has signed in.
    pub person: Option<&'a Azure>,
}

impl<'a> Aid<'a> {
    /// For a connection that stands: the rule of its history.
    pub fn of(history: Option<&'a HistoryPlace>, person: Option<&'a Azure>) -> Self {
        Self {
            rule: history.map(|place| &place.rule),
            is_proven: history.is_some_and(|place| place.proven),
            person,
        }
    }
}

/// What computer groups need on the workspace.
pub fn of_groups(permissions: &[Permission], workspace: &WorkspaceId) -> Vec<Check> {
    let scope = workspace.to_string();
    needs::of_groups()
        .map(|need| {
            let operation = need.operation.name().to_owned();
            let seen = allows(permissions, need.operation).then(|| ALLOWED.to_owned());
            check(CheckKind::Right { operation }, seen, need, &scope)
        })
        .collect()
}

/// What history needs, with the rule in `group`. `on_workspace` is what the app's roles say there.
///
/// # Errors
/// What keeps Azure from answering; a scope that the app may not even look at is one without rights.
pub async fn of_history(
    azure: &Azure,
    workspace: &Workspace,
    on_workspace: &[Permission],
    group: &ResourceGroupId,
    aid: Aid<'_>,
) -> Result<Vec<Check>> {
    let seen = Seen {
        on_workspace,
        on_group: permissions(azure, &group.to_string()).await?,
        on_rule: match aid.rule {
            Some(rule) => Some(permissions(azure, &rule.to_string()).await?),
            None => None,
        },
        is_proven: aid.is_proven,
        person_on_workspace: of_person(aid.person, &workspace.id.to_string()).await?,
        person_on_group: of_person(aid.person, &group.to_string()).await?,
    };
    let is_private = workspace.public_ingestion == Some(false);
    Ok(needs::of_history(is_private)
        .map(|need| {
            let what = CheckKind::HistoryRight {
                operation: need.operation.name().to_owned(),
                place: need.place,
            };
            let scope = match need.place {
                RightPlace::Workspace => workspace.id.to_string(),
                RightPlace::RuleGroup => group.to_string(),
            };
            check(what, seen.way(need).map(str::to_owned), need, &scope)
        })
        .collect())
}

const ALLOWED: &str = "allowed";
const BY_PERSON: &str = "with the administrator's sign-in";

/// What all roles say, place by place.
struct Seen<'a> {
    on_workspace: &'a [Permission],
    on_group: Vec<Permission>,
    /// `None`: the rule does not stand yet.
    on_rule: Option<Vec<Permission>>,
    is_proven: bool,
    person_on_workspace: Vec<Permission>,
    person_on_group: Vec<Permission>,
}

impl Seen<'_> {
    /// By which way an operation can be done, in a few words.
    fn way(&self, need: &Need) -> Option<&'static str> {
        let operation = need.operation;
        match need.place {
            RightPlace::Workspace if allows(self.on_workspace, operation) => Some(ALLOWED),
            RightPlace::Workspace => allows(&self.person_on_workspace, operation).then_some(BY_PERSON),
            RightPlace::RuleGroup if operation == Operation::UPLOAD => self.way_to_upload(),
            RightPlace::RuleGroup if allows(&self.on_group, operation) => Some(ALLOWED),
            RightPlace::RuleGroup if self.on_rule.is_some() => Some("the rule stands already"),
            RightPlace::RuleGroup => allows(&self.person_on_group, operation).then_some(BY_PERSON),
        }
    }

    fn way_to_upload(&self) -> Option<&'static str> {
        let rule = self.on_rule.as_deref().unwrap_or_default();
        if allows(&self.on_group, Operation::UPLOAD) || allows(rule, Operation::UPLOAD) {
            Some(ALLOWED)
        } else if allows(&self.on_group, Operation::GRANT) || allows(rule, Operation::GRANT) {
            Some("the app may give itself the role")
        } else if self.is_proven && rule.is_empty() {
            // An app that an administrator has given just this role may not look at what it may do there.
            Some("rows were taken before")
        } else {
            allows(&self.person_on_group, Operation::GRANT).then_some(BY_PERSON)
        }
    }
}

fn check(what: CheckKind, seen: Option<String>, need: &Need, scope: &str) -> Check {
    let outcome = seen.ok_or_else(|| {
        Failure::from(Problem::NotAllowed {
            operation: need.operation.name().to_owned(),
            scope: scope.to_owned(),
        })
    });
    Check {
        what,
        outcome,
        warnings: Vec::new(),
    }
}

async fn of_person(person: Option<&Azure>, scope: &str) -> Result<Vec<Permission>> {
    match person {
        Some(person) => permissions(person, scope).await,
        None => Ok(Vec::new()),
    }
}

/// What the roles say at a scope. One that may not be looked at, or does not show itself, gives none.
pub(super) async fn permissions(azure: &Azure, scope: &str) -> Result<Vec<Permission>> {
    match azure.permissions(scope).await {
        Err(failure) if is_closed(&failure) => Ok(Vec::new()),
        answer => answer,
    }
}

/// Whether this is how a scope answers that app or person have no rights on.
pub(super) fn is_closed(failure: &Failure) -> bool {
    matches!(
        failure.problem(),
        Problem::NotAllowed { .. }
            | Problem::PersonNotAllowed { .. }
            | Problem::ResourceNotFound { .. }
            | Problem::WorkspaceNotFound { .. }
    )
}

/// What must be given to an app that is signed in: only what failed of these checks, or all; also all where the app may not even
/// see what is there.
pub fn grant(setup: &Setup, identity: &Identity, checks: &[Check], all: bool) -> Grant {
    let failed = || checks.iter().filter(|check| check.outcome.is_err());
    let roles = if all || failed().any(|check| need_of(check).is_none()) {
        grant::roles(needs::of_groups().chain(needs::of_history(false)))
    } else {
        grant::roles(failed().filter_map(need_of))
    };
    Grant {
        tenant_id: identity.tenant_id,
        client_id: identity.client_id,
        principal: identity.object_id,
        workspace: setup.workspace.clone(),
        rule_group: setup.rule_group(),
        roles,
    }
}

/// The need behind a check of a right.
pub fn need_of(check: &Check) -> Option<&'static Need> {
    match &check.what {
        CheckKind::Right { operation } | CheckKind::HistoryRight { operation, .. } => needs::of_operation(operation),
        _ => None,
    }
}
