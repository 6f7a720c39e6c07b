//! What a set of Azure roles allows.
//!
//! Rule of Azure RBAC: an operation is allowed when one role's `actions` match it and none of *the same role's* `notActions`
//! do; `*` matches any run of characters, letter case does not count. Deny assignments and conditions are not part of the
//! answer, so a "yes" here is "probably" and the real call decides.

use serde::{Deserialize, Serialize};

/// One role that reaches a scope, as `Microsoft.Authorization/permissions` answers it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Permission {
    /// Allowed management operations.
    pub actions: Vec<String>,
    /// Exceptions from them.
    pub not_actions: Vec<String>,
    /// Allowed data operations.
    pub data_actions: Vec<String>,
    /// Exceptions from them.
    pub not_data_actions: Vec<String>,
}

/// An operation of Azure RBAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Management plane, such as `Microsoft.OperationalInsights/workspaces/savedSearches/write`.
    Action(&'static str),
    /// Data plane, such as `Microsoft.Insights/Telemetry/Write`.
    DataAction(&'static str),
}

impl Operation {
    /// Writing a computer group.
    pub const WRITE_GROUP: Self = Self::Action("Microsoft.OperationalInsights/workspaces/savedSearches/write");
    /// Deleting a computer group.
    pub const DELETE_GROUP: Self = Self::Action("Microsoft.OperationalInsights/workspaces/savedSearches/delete");
    /// Reading computer groups.
    pub const READ_GROUP: Self = Self::Action("Microsoft.OperationalInsights/workspaces/savedSearches/read");
    /// Running a log query.
    pub const QUERY: Self = Self::Action("Microsoft.OperationalInsights/workspaces/query/read");
    /// Making the table of history, or adding columns to it.
    pub const WRITE_TABLE: Self = Self::Action("Microsoft.OperationalInsights/workspaces/tables/write");
    /// Making a data collection rule.
    pub const WRITE_RULE: Self = Self::Action("Microsoft.Insights/dataCollectionRules/write");
    /// Taking it away again.
    pub const DELETE_RULE: Self = Self::Action("Microsoft.Insights/dataCollectionRules/delete");
    /// Making a data collection endpoint.
    pub const WRITE_ENDPOINT: Self = Self::Action("Microsoft.Insights/dataCollectionEndpoints/write");
    /// Uploading rows.
    pub const UPLOAD: Self = Self::DataAction("Microsoft.Insights/Telemetry/Write");
    /// Giving a role.
    pub const GRANT: Self = Self::Action("Microsoft.Authorization/roleAssignments/write");

    /// The name as Azure writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Action(name) | Self::DataAction(name) => name,
        }
    }
}

/// Whether the roles allow an operation.
pub fn allows(permissions: &[Permission], operation: Operation) -> bool {
    permissions.iter().any(|role| {
        let (granted, excepted) = match operation {
            Operation::Action(_) => (&role.actions, &role.not_actions),
            Operation::DataAction(_) => (&role.data_actions, &role.not_data_actions),
        };
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, operation.name()));
        any(granted) && !any(excepted)
    })
}

/// Whether a pattern with `*` wildcards covers a name, without regard to case.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_ascii_lowercase(), name.to_ascii_lowercase());
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return rest.is_empty();
    };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = rest.get(at + piece.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn owned(list: &[&str]) -> Vec<String> {
        list.iter().map(|&text| text.to_owned()).collect()
    }

    fn role(actions: &[&str], not_actions: &[&str]) -> Permission {
        Permission {
            actions: owned(actions),
            not_actions: owned(not_actions),
            ..Permission::default()
        }
    }

    // The built-in roles as Microsoft defines them ("Azure built-in roles").

    fn contributor() -> Permission {
        role(
            &["*"],
            &[
                "Microsoft.Authorization/*/Delete",
                "Microsoft.Authorization/*/Write",
                "Microsoft.Authorization/elevateAccess/Action",
                "Microsoft.Blueprint/blueprintAssignments/write",
                "Microsoft.Blueprint/blueprintAssignments/delete",
                "Microsoft.Compute/galleries/share/action",
                "Microsoft.Purview/consents/write",
                "Microsoft.Purview/consents/delete",
            ],
        )
    }

    fn log_analytics_contributor() -> Permission {
        role(
            &[
                "*/read",
                "Microsoft.Insights/alertRules/*",
                "Microsoft.Insights/diagnosticSettings/*",
                "Microsoft.OperationalInsights/*",
                "Microsoft.OperationsManagement/*",
                "Microsoft.Resources/deployments/*",
                "Microsoft.Resources/subscriptions/resourcegroups/deployments/*",
                "Microsoft.Support/*",
            ],
            &[],
        )
    }

    fn monitoring_contributor() -> Permission {
        role(
            &[
                "*/read",
                "Microsoft.AlertsManagement/alerts/*",
                "Microsoft.Insights/actiongroups/*",
                "Microsoft.Insights/AlertRules/*",
                "Microsoft.Insights/DataCollectionEndpoints/*",
                "Microsoft.Insights/DataCollectionRules/*",
                "Microsoft.Insights/DataCollectionRuleAssociations/*",
                "Microsoft.Insights/DiagnosticSettings/*",
                "Microsoft.OperationalInsights/workspaces/write",
                "Microsoft.OperationalInsights/workspaces/intelligencepacks/*",
                "Microsoft.OperationalInsights/workspaces/savedSearches/*",
                "Microsoft.OperationalInsights/workspaces/search/action",
                "Microsoft.OperationalInsights/workspaces/sharedKeys/action",
                "Microsoft.OperationalInsights/workspaces/storageinsightconfigs/*",
                "Microsoft.Support/*",
            ],
            &[],
        )
    }

    fn metrics_publisher() -> Permission {
        Permission {
            actions: owned(&["Microsoft.Insights/Register/Action", "Microsoft.Support/*"]),
            data_actions: owned(&["Microsoft.Insights/Metrics/Write", "Microsoft.Insights/Telemetry/Write"]),
            ..Permission::default()
        }
    }

    /// What reaches a scope: nothing, where the role was given elsewhere.
    fn reaching(role: Permission, reaches: bool) -> Vec<Permission> {
        if reaches { vec![role] } else { Vec::new() }
    }

    /// Every cell of the table "May the app do it?" of the reference. Columns: Contributor on the workspace, Contributor on the
    /// resource group, Log Analytics Contributor on the workspace, Monitoring Contributor on the resource group.
    #[test]
    fn every_cell_of_the_table_of_roles() {
        const WORKSPACE: [bool; 4] = [true; 4];
        const GROUP: [bool; 4] = [false, true, false, true];
        const SUBSCRIPTION: [bool; 4] = [false; 4];
        let table = [
            (Operation::WRITE_TABLE, WORKSPACE, [true, true, true, false]),
            (Operation::WRITE_GROUP, WORKSPACE, [true; 4]),
            (Operation::DELETE_GROUP, WORKSPACE, [true; 4]),
            (Operation::QUERY, WORKSPACE, [true; 4]),
            (
                Operation::Action("Microsoft.OperationalInsights/workspaces/query/Heartbeat/read"),
                WORKSPACE,
                [true; 4],
            ),
            (Operation::WRITE_RULE, GROUP, [false, true, false, true]),
            (Operation::WRITE_ENDPOINT, GROUP, [false, true, false, true]),
            (Operation::GRANT, GROUP, [false; 4]),
            (Operation::UPLOAD, GROUP, [false; 4]),
            (
                Operation::Action("Microsoft.OperationalInsights/workspaces/sharedKeys/action"),
                WORKSPACE,
                [true; 4],
            ),
            (
                Operation::Action("Microsoft.Insights/register/action"),
                SUBSCRIPTION,
                [false; 4],
            ),
        ];
        for (operation, reaches, expected) in table {
            let roles = [
                contributor(),
                contributor(),
                log_analytics_contributor(),
                monitoring_contributor(),
            ];
            let found: Vec<bool> = roles
                .into_iter()
                .zip(reaches)
                .map(|(role, reaches)| allows(&reaching(role, reaches), operation))
                .collect();
            assert_eq!(found, expected, "{operation:?}");
        }
        let register = Operation::Action("Microsoft.Insights/register/action");
        assert!(allows(&[contributor()], register), "assigned on the subscription");
    }

    #[test]
    fn the_simplest_role_of_each_need_gives_it() {
        for need in crate::model::needs::NEEDS {
            let role = match need.role.name {
                "Contributor" => contributor(),
                "Monitoring Contributor" => monitoring_contributor(),
                "Monitoring Metrics Publisher" => metrics_publisher(),
                other => panic!("{other}"),
            };
            assert!(allows(&[role], need.operation), "{need:?}");
        }
    }

    #[test]
    fn wildcards() {
        for (pattern, name, covered) in [
            ("*", "a/b", true),
            ("*/read", "microsoft.x/y/read", true),
            ("*/read", "microsoft.x/y/write", false),
            (
                "Microsoft.Authorization/*/Write",
                "microsoft.authorization/roleassignments/write",
                true,
            ),
            (
                "Microsoft.Authorization/*/Write",
                "microsoft.authorization/write",
                false,
            ),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("abc", "abcd", false),
        ] {
            assert_eq!(matches(pattern, name), covered, "{pattern} ~ {name}");
        }
    }

    #[test]
    fn an_exception_counts_only_in_its_own_role() {
        assert!(!allows(&[contributor()], Operation::GRANT));
        assert!(allows(
            &[contributor(), role(&["Microsoft.Authorization/*"], &[])],
            Operation::GRANT
        ));
    }

    #[test]
    fn management_rights_are_no_data_rights() {
        let owner = [role(&["*"], &[])];
        assert!(allows(&owner, Operation::WRITE_GROUP));
        assert!(!allows(&owner, Operation::UPLOAD));
        assert!(!allows(&[], Operation::QUERY));
    }

    /// Tries every way in which a pattern could cover a name.
    fn covers(pattern: &[char], name: &[char]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), None) => covers(rest, name),
            (Some(('*', rest)), Some((_, shorter))) => covers(rest, name) || covers(pattern, shorter),
            (Some((wanted, rest)), Some((found, shorter))) => {
                wanted.eq_ignore_ascii_case(found) && covers(rest, shorter)
            }
            _ => false,
        }
    }

    /// Element by element, straight from the rule.
    fn plain(permissions: &[Permission], operation: Operation) -> bool {
        let name: Vec<char> = operation.name().chars().collect();
        let any = |patterns: &[String]| {
            let mut all = patterns.iter().map(|pattern| pattern.chars().collect::<Vec<_>>());
            all.any(|pattern| covers(&pattern, &name))
        };
        let mut allowed = false;
        for element in permissions {
            allowed |= match operation {
                Operation::Action(_) => any(&element.actions) && !any(&element.not_actions),
                Operation::DataAction(_) => any(&element.data_actions) && !any(&element.not_data_actions),
            };
        }
        allowed
    }

    fn element() -> impl Strategy<Value = Permission> {
        // Few letters, so that patterns hit names; what stands in the names below.
        let list = || {
            prop::collection::vec(
                "[mM*iI/.wtre]{0,6}|M[a-z]{0,3}\\*|\\*/write|\\*|Microsoft\\.\\*/W\\*",
                0..3,
            )
        };
        (list(), list(), list(), list()).prop_map(|(actions, not_actions, data_actions, not_data_actions)| Permission {
            actions,
            not_actions,
            data_actions,
            not_data_actions,
        })
    }

    proptest! {
        #[test]
        fn agrees_with_a_slow_plain_reading_of_the_rule(
            permissions in prop::collection::vec(element(), 0..4),
            operation in prop::sample::select(vec![
                Operation::UPLOAD,
                Operation::WRITE_RULE,
                Operation::Action("mi/write"),
                Operation::DataAction("Mtr"),
                Operation::Action("m.i"),
            ]),
        ) {
            prop_assert_eq!(allows(&permissions, operation), plain(&permissions, operation));
        }

        #[test]
        fn a_pattern_covers_what_trying_every_way_says(pattern in "[aAb*]{0,8}", name in "[aBb]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &name), covers(&chars(&pattern), &chars(&name)));
        }
    }
}
