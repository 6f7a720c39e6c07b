//! Azure role-based access control, evaluated on its own terms: assignments are inherited from a scope to everything
//! below it, patterns compare without case, and a role's `notActions` take away from that role only.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::roles::Role;

/// A role given to a principal at a scope.
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    /// A GUID that no other assignment has.
    pub(super) name: String,
    /// Object ID of the service principal or person.
    pub(super) principal: String,
    /// What is given.
    pub(super) role: &'static Role,
    /// ARM scope as it was given, without a slash at its end.
    pub(super) place: String,
    /// The same in lower case.
    scope: String,
    /// When it was made.
    pub(super) made: DateTime<Utc>,
    /// Object ID of who made it; empty for what was there from the start.
    pub(super) made_by: String,
    /// From when on data services honour it; ARM shows it at once.
    data_from: DateTime<Utc>,
}

impl Assignment {
    /// A role given now, which data services honour from `data_from` on.
    pub(super) fn new(
        (name, made_by): (&str, &str),
        principal: &str,
        role: &'static Role,
        place: &str,
        (made, data_from): (DateTime<Utc>, DateTime<Utc>),
    ) -> Self {
        Self {
            name: name.to_owned(),
            principal: principal.to_owned(),
            role,
            place: place.trim_end_matches('/').to_owned(),
            scope: normal(place),
            made,
            made_by: made_by.to_owned(),
            data_from,
        }
    }

    /// Whether it was given at this scope itself.
    pub(super) fn is_at(&self, scope: &str) -> bool {
        self.scope == normal(scope)
    }

    /// Whether it reaches this scope: given there or above.
    pub(super) fn reaches(&self, scope: &str) -> bool {
        within(&normal(scope), &self.scope)
    }

    /// Whether it was given at this scope or below.
    pub(super) fn is_below(&self, scope: &str) -> bool {
        within(&self.scope, &normal(scope))
    }
}

/// All role assignments.
#[derive(Default)]
pub(super) struct Access {
    assignments: Vec<Assignment>,
}

impl Access {
    /// Gives a role; data services honour it from `data_from` on.
    pub(super) fn assign(&mut self, principal: &str, role: &'static Role, scope: &str, data_from: DateTime<Utc>) {
        let text = format!("{principal}|{}|{}", role.id, normal(scope));
        let name = Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).to_string();
        self.add(Assignment::new(
            (&name, ""),
            principal,
            role,
            scope,
            (data_from, data_from),
        ));
    }

    /// Puts an assignment beside the others.
    pub(super) fn add(&mut self, assignment: Assignment) {
        self.assignments.push(assignment);
    }

    /// All assignments.
    pub(super) fn all(&self) -> impl Iterator<Item = &Assignment> {
        self.assignments.iter()
    }

    /// Takes one away by its name at a scope.
    pub(super) fn remove(&mut self, name: &str, scope: &str) -> Option<Assignment> {
        let here = |held: &Assignment| held.name.eq_ignore_ascii_case(name) && held.is_at(scope);
        let place = self.assignments.iter().position(here)?;
        Some(self.assignments.remove(place))
    }

    /// Takes away everything that was given at a resource which is gone, or below it.
    pub(super) fn forget(&mut self, scope: &str) {
        self.assignments.retain(|held| !held.is_below(scope));
    }

    /// Takes away what a principal holds at a scope itself; what it inherits stays.
    pub(super) fn revoke_at(&mut self, principal: &str, scope: &str) -> usize {
        let scope = normal(scope);
        let before = self.assignments.len();
        self.assignments
            .retain(|held| held.principal != principal || held.scope != scope);
        before - self.assignments.len()
    }

    /// The assignments of a principal that reach a scope, its own and inherited ones.
    pub(super) fn reaching(&self, principal: &str, scope: &str) -> impl Iterator<Item = &Assignment> {
        let scope = normal(scope);
        self.of(principal).filter(move |held| held.reaches(&scope))
    }

    /// Whether an operation of the control plane is granted.
    pub(super) fn allows(&self, principal: &str, action: &str, scope: &str) -> bool {
        self.reaching(principal, scope).any(|held| grants(held.role, action))
    }

    /// Whether an operation of the data plane is granted at `now`.
    pub(super) fn allows_data(&self, principal: &str, action: &str, scope: &str, now: DateTime<Utc>) -> bool {
        self.reaching(principal, scope)
            .filter(|held| held.data_from <= now)
            .any(|held| any_matches(held.role.data_actions, action))
    }

    /// Whether the principal holds anything at, above or below a scope.
    pub(super) fn touches(&self, principal: &str, scope: &str) -> bool {
        self.of(principal)
            .any(|held| held.reaches(scope) || held.is_below(scope))
    }

    fn of(&self, principal: &str) -> impl Iterator<Item = &Assignment> {
        self.assignments.iter().filter(move |held| held.principal == principal)
    }
}

fn grants(role: &Role, action: &str) -> bool {
    any_matches(role.actions, action) && !any_matches(role.not_actions, action)
}

fn any_matches(patterns: &[&str], action: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, action))
}

fn normal(scope: &str) -> String {
    scope.trim_end_matches('/').to_ascii_lowercase()
}

/// Whether `scope` is `outer` or lies below it; both normal.
fn within(scope: &str, outer: &str) -> bool {
    scope
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Compares without case; `*` stands for any run of characters, slashes too.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == action;
    };
    let Some(mut left) = action.strip_prefix(start) else {
        return false;
    };
    // Every piece but the last is taken where it first occurs, which leaves the most room for the others.
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*') {
        match left.split_once(piece) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::super::roles::{
        CONTRIBUTOR, LOG_ANALYTICS_CONTRIBUTOR, MONITORING_CONTRIBUTOR, MONITORING_METRICS_PUBLISHER, OWNER, READER,
    };
    use super::*;
    use chrono::TimeDelta;

    const SUBSCRIPTION: &str = "/subscriptions/s";
    const GROUP: &str = "/subscriptions/s/resourceGroups/rg";
    const WORKSPACE: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w";

    fn with(role: &'static Role, scope: &str) -> Access {
        let mut access = Access::default();
        access.assign("p", role, scope, DateTime::UNIX_EPOCH);
        access
    }

    #[test]
    fn patterns_match_runs_without_case() {
        for (pattern, action, expected) in [
            ("*", "Microsoft.X/y/write", true),
            ("*/read", "Microsoft.X/y/READ", true),
            ("*/read", "Microsoft.X/y/read/action", false),
            (
                "Microsoft.Authorization/*/Write",
                "microsoft.authorization/roleAssignments/write",
                true,
            ),
            (
                "Microsoft.Authorization/*/Write",
                "Microsoft.Authorization/write",
                false,
            ),
            ("Microsoft.X/a*/b*/c", "Microsoft.X/aa/q/bb/z/c", true),
            ("Microsoft.X/a*/b*/c", "Microsoft.X/aa/q/z/c", false),
            ("Microsoft.X/y", "Microsoft.X/yy", false),
        ] {
            assert_eq!(matches(pattern, action), expected, "{pattern} on {action}");
        }
    }

    #[test]
    fn a_role_reaches_down_and_never_up_or_aside() {
        let access = with(&READER, "/Subscriptions/S/ResourceGroups/RG/");
        let read = |scope: &str| access.allows("p", "Microsoft.Resources/x/read", scope);
        assert!(read(GROUP));
        assert!(read(WORKSPACE));
        assert!(!read(SUBSCRIPTION));
        assert!(!read("/subscriptions/s/resourceGroups/rg2"));
        assert!(!access.allows("q", "Microsoft.Resources/x/read", GROUP));
        assert!(access.touches("p", SUBSCRIPTION));
        assert!(!access.touches("p", "/subscriptions/t"));
    }

    #[test]
    fn what_one_role_leaves_out_another_may_grant() {
        let grant = "Microsoft.Authorization/roleAssignments/write";
        let mut access = with(&CONTRIBUTOR, SUBSCRIPTION);
        assert!(!access.allows("p", grant, GROUP));
        access.assign("p", &OWNER, GROUP, DateTime::UNIX_EPOCH);
        assert!(access.allows("p", grant, GROUP));
        assert!(!access.allows("p", grant, SUBSCRIPTION));
    }

    /// The table of who may do what with a connector's resources.
    #[test]
    fn the_four_usual_assignments_grant_what_microsofts_definitions_say() {
        let held = [
            with(&CONTRIBUTOR, WORKSPACE),
            with(&CONTRIBUTOR, GROUP),
            with(&LOG_ANALYTICS_CONTRIBUTOR, WORKSPACE),
            with(&MONITORING_CONTRIBUTOR, GROUP),
        ];
        let insights = |rest: &str| format!("Microsoft.OperationalInsights/workspaces/{rest}");
        let table = [
            (insights("tables/write"), WORKSPACE, [true, true, true, false]),
            (insights("savedSearches/write"), WORKSPACE, [true; 4]),
            (insights("savedSearches/delete"), WORKSPACE, [true; 4]),
            (insights("query/read"), WORKSPACE, [true; 4]),
            (insights("query/Heartbeat/read"), WORKSPACE, [true; 4]),
            (
                "Microsoft.Insights/dataCollectionRules/write".into(),
                GROUP,
                [false, true, false, true],
            ),
            (
                "Microsoft.Insights/dataCollectionEndpoints/write".into(),
                GROUP,
                [false, true, false, true],
            ),
            (
                "Microsoft.Authorization/roleAssignments/write".into(),
                GROUP,
                [false; 4],
            ),
            (insights("sharedKeys/action"), WORKSPACE, [true; 4]),
            ("Microsoft.Insights/register/action".into(), SUBSCRIPTION, [false; 4]),
        ];
        for (action, scope, expected) in table {
            let got = held.each_ref().map(|access| access.allows("p", &action, scope));
            assert_eq!(got, expected, "{action}");
        }
        for access in &held {
            assert!(!access.allows_data("p", "Microsoft.Insights/Telemetry/Write", GROUP, Utc::now()));
        }
        let registrar = with(&CONTRIBUTOR, SUBSCRIPTION);
        assert!(registrar.allows("p", "Microsoft.Insights/register/action", SUBSCRIPTION));
    }

    #[test]
    fn an_upload_role_takes_effect_in_its_own_time() {
        let now = Utc::now();
        let mut access = Access::default();
        access.assign("p", &MONITORING_METRICS_PUBLISHER, GROUP, now + TimeDelta::minutes(30));
        let may = |at| access.allows_data("p", "Microsoft.Insights/Telemetry/Write", WORKSPACE, at);
        assert!(!may(now));
        assert!(may(now + TimeDelta::minutes(30)));
        assert_eq!(access.reaching("p", GROUP).count(), 1);
    }

    #[test]
    fn revoking_takes_what_is_held_there_and_leaves_the_rest() {
        let mut access = with(&CONTRIBUTOR, WORKSPACE);
        access.assign("p", &READER, GROUP, DateTime::UNIX_EPOCH);
        assert_eq!(access.revoke_at("p", WORKSPACE), 1);
        assert!(!access.allows("p", "Microsoft.X/y/write", WORKSPACE));
        assert!(access.allows("p", "Microsoft.X/y/read", WORKSPACE));
    }
}
