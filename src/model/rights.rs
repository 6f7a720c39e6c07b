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
    use super::*;

    fn role(actions: &[&str], not_actions: &[&str]) -> Permission {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Permission {
            actions: owned(actions),
            not_actions: owned(not_actions),
            ..Permission::default()
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
        let contributor = role(&["*"], &["Microsoft.Authorization/*/Write"]);
        let grant = Operation::Action("Microsoft.Authorization/roleAssignments/write");
        assert!(!allows(std::slice::from_ref(&contributor), grant));
        assert!(allows(&[contributor, role(&["Microsoft.Authorization/*"], &[])], grant));
    }

    #[test]
    fn management_rights_are_no_data_rights() {
        let owner = [role(&["*"], &[])];
        assert!(allows(&owner, Operation::WRITE_GROUP));
        assert!(!allows(
            &owner,
            Operation::DataAction("Microsoft.Insights/Telemetry/Write")
        ));
        assert!(!allows(&[], Operation::QUERY));
    }
}
