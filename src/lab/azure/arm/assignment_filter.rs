//! The documented filters of the list of role assignments.

use super::super::rbac::Assignment;

/// What a list is narrowed to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// At the scope, above it and below it.
    Around,
    /// At the scope and above it.
    AtScope,
    /// Around, of one principal.
    AroundOf(String),
    /// At the scope and above it, of one principal.
    AtScopeOf(String),
}

impl Filter {
    /// Reads `$filter`; nothing is everything around. `None` where it is none of the documented ones.
    pub(super) fn read(text: Option<&str>) -> Option<Self> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
            return Some(Self::Around);
        };
        let assigned = |text: &str| {
            let quoted = text.trim().strip_prefix("assignedTo('")?.strip_suffix("')")?;
            Some(quoted.to_owned())
        };
        if text == "atScope()" {
            return Some(Self::AtScope);
        }
        if let Some(rest) = text.strip_prefix("atScope() and ") {
            return assigned(rest).map(Self::AtScopeOf);
        }
        let principal = || {
            let quoted = text.strip_prefix("principalId eq ")?.trim();
            Some(quoted.strip_prefix('\'')?.strip_suffix('\'')?.to_owned())
        };
        assigned(text).or_else(principal).map(Self::AroundOf)
    }

    /// Whether an assignment belongs in the list of a scope.
    pub(super) fn takes(&self, held: &Assignment, scope: &str) -> bool {
        let (below, principal) = match self {
            Self::Around => (true, None),
            Self::AtScope => (false, None),
            Self::AroundOf(principal) => (true, Some(principal)),
            Self::AtScopeOf(principal) => (false, Some(principal)),
        };
        (held.reaches(scope) || (below && held.is_below(scope)))
            && principal.is_none_or(|principal| held.principal.eq_ignore_ascii_case(principal))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, code, json_of};
    use http::Method;

    #[test]
    fn lists_are_filtered_as_documented() {
        let lab = Lab::new();
        let count = |scope: &str, filter: &str| {
            let path = format!("{scope}/providers/Microsoft.Authorization/roleAssignments");
            let query = format!("api-version=2022-04-01&$filter={filter}");
            let body = json_of(&lab.arm("owner", Method::GET, &path, &query, None));
            body["value"].as_array().unwrap_or_else(|| panic!("{body}")).len()
        };
        let ready = lab.app("ready").object_id;
        let (group, workspace) = (lab.group(), lab.workspace(0));
        assert_eq!(count(&workspace, &format!("assignedTo('{ready}')")), 3);
        assert_eq!(count(&group, &format!("atScope() and assignedTo('{ready}')")), 2);
        assert_eq!(count(&group, &format!("principalId eq '{}'", ready.to_uppercase())), 3);
        assert!(count(&group, "") > count(&group, "atScope()"));
        let subscription = json_of(&lab.arm(
            "owner",
            Method::GET,
            &format!(
                "{}/providers/Microsoft.Authorization/roleAssignments",
                lab.subscription()
            ),
            "api-version=2022-04-01&$filter=atScope()",
            None,
        ));
        let kinds: Vec<&str> = subscription["value"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| one["properties"]["principalType"].as_str())
            .collect();
        assert_eq!(kinds, ["ServicePrincipal", "User", "User"]);
        let path = format!("{group}/providers/Microsoft.Authorization/roleAssignments");
        let bad = lab.arm(
            "owner",
            Method::GET,
            &path,
            "api-version=2022-04-01&$filter=x eq 1",
            None,
        );
        assert_eq!((bad.status, code(&bad).as_str()), (400, "UnsupportedFilter"));
        assert_eq!(lab.get("no-rights", &path, "2022-04-01").status, 403);
    }
}
