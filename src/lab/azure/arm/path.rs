//! What a path of Resource Manager names, and which api-versions go with it. Paths compare without case.

use super::error::ArmError;

/// The three parts of a workspace's resource ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WorkspaceName {
    pub(super) subscription: String,
    pub(super) group: String,
    pub(super) name: String,
}

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// The subscriptions of the caller.
    Subscriptions,
    /// A Resource Graph query.
    ResourceGraph,
    /// One subscription.
    Subscription(String),
    /// The resource groups of a subscription.
    ResourceGroups(String),
    /// One resource group.
    ResourceGroup(String, String),
    /// All resources of a subscription.
    Resources(String),
    /// The workspaces of a subscription, or of one of its resource groups.
    Workspaces(String, Option<String>),
    /// One workspace.
    Workspace(WorkspaceName),
    /// The saved searches of a workspace.
    SavedSearches(WorkspaceName),
    /// One saved search, by its ID.
    SavedSearch(WorkspaceName, String),
    /// The caller's permissions at a subscription, resource group or workspace.
    Permissions(Box<Target>),
}

const SUBSCRIPTIONS: &[&str] = &[
    "2014-04-01",
    "2015-11-01",
    "2016-06-01",
    "2018-06-01",
    "2019-06-01",
    "2019-11-01",
    "2020-01-01",
    "2021-01-01",
    "2021-10-01",
    "2022-09-01",
    "2022-12-01",
];
const RESOURCES: &[&str] = &[
    "2019-10-01",
    "2020-06-01",
    "2020-10-01",
    "2021-01-01",
    "2021-04-01",
    "2022-09-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-03-01",
    "2025-04-01",
];
const OPERATIONAL_INSIGHTS: &[&str] = &[
    "2020-08-01",
    "2020-10-01",
    "2021-06-01",
    "2022-10-01",
    "2023-09-01",
    "2025-02-01",
    "2025-07-01",
    "2026-03-01",
];
const PERMISSIONS: &[&str] = &["2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"];
const RESOURCE_GRAPH: &[&str] = &["2019-04-01", "2021-03-01", "2022-10-01", "2024-04-01"];

impl Target {
    /// Reads the segments of a path.
    ///
    /// # Errors
    /// 404 in the words of Resource Manager for a path that the lab has nothing at.
    pub(super) fn parse(segments: &[String], version: &str) -> Result<Self, ArmError> {
        let lower: Vec<String> = segments.iter().map(|segment| segment.to_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        if let [scope @ .., "providers", "microsoft.authorization", "permissions"] = lower.as_slice() {
            let scope = Self::scope(scope, segments).ok_or_else(|| unknown(segments, version))?;
            return Ok(Self::Permissions(Box::new(scope)));
        }
        let given = |place: usize| segments.get(place).cloned().unwrap_or_default();
        Ok(match lower.as_slice() {
            ["subscriptions"] => Self::Subscriptions,
            ["providers", "microsoft.resourcegraph", "resources"] => Self::ResourceGraph,
            ["subscriptions", _, "resourcegroups"] => Self::ResourceGroups(given(1)),
            ["subscriptions", _, "resources"] => Self::Resources(given(1)),
            [
                "subscriptions",
                _,
                "providers",
                "microsoft.operationalinsights",
                "workspaces",
            ] => Self::Workspaces(given(1), None),
            [
                "subscriptions",
                _,
                "resourcegroups",
                _,
                "providers",
                "microsoft.operationalinsights",
                "workspaces",
            ] => Self::Workspaces(given(1), Some(given(3))),
            [workspace @ .., "savedsearches"] if workspace.len() == 8 => match Self::scope(workspace, segments) {
                Some(Self::Workspace(name)) => Self::SavedSearches(name),
                _ => return Err(unknown(segments, version)),
            },
            [workspace @ .., "savedsearches", _] if workspace.len() == 8 => match Self::scope(workspace, segments) {
                Some(Self::Workspace(name)) => Self::SavedSearch(name, given(9)),
                _ => return Err(unknown(segments, version)),
            },
            other => Self::scope(other, segments).ok_or_else(|| unknown(segments, version))?,
        })
    }

    /// A subscription, a resource group or a workspace.
    fn scope(lower: &[&str], segments: &[String]) -> Option<Self> {
        let given = |place: usize| segments.get(place).cloned().unwrap_or_default();
        match lower {
            ["subscriptions", _] => Some(Self::Subscription(given(1))),
            ["subscriptions", _, "resourcegroups", _] => Some(Self::ResourceGroup(given(1), given(3))),
            [
                "subscriptions",
                _,
                "resourcegroups",
                _,
                "providers",
                "microsoft.operationalinsights",
                "workspaces",
                _,
            ] => Some(Self::Workspace(WorkspaceName {
                subscription: given(1),
                group: given(3),
                name: given(7),
            })),
            _ => None,
        }
    }

    /// The subscription that the path goes through.
    pub(super) fn subscription(&self) -> Option<&str> {
        match self {
            Self::Subscriptions | Self::ResourceGraph => None,
            Self::Subscription(id)
            | Self::ResourceGroups(id)
            | Self::ResourceGroup(id, _)
            | Self::Resources(id)
            | Self::Workspaces(id, _) => Some(id),
            Self::Workspace(name) | Self::SavedSearches(name) | Self::SavedSearch(name, _) => Some(&name.subscription),
            Self::Permissions(scope) => scope.subscription(),
        }
    }

    /// Checks the api-version, which every request must name.
    ///
    /// # Errors
    /// 400 with the versions that there are.
    pub(super) fn check_version(&self, version: Option<&str>) -> Result<(), ArmError> {
        let Some(version) = version.filter(|version| !version.is_empty()) else {
            return Err(missing_version());
        };
        let (supported, kind) = match self {
            Self::Subscriptions | Self::Subscription(_) => (SUBSCRIPTIONS, None),
            Self::ResourceGroups(_) | Self::ResourceGroup(..) | Self::Resources(_) => (RESOURCES, None),
            Self::Workspaces(..) | Self::Workspace(_) => (OPERATIONAL_INSIGHTS, Some("workspaces")),
            Self::SavedSearches(_) | Self::SavedSearch(..) => (OPERATIONAL_INSIGHTS, Some("workspaces/savedSearches")),
            Self::Permissions(_) => (PERMISSIONS, Some("permissions")),
            Self::ResourceGraph => (RESOURCE_GRAPH, Some("resources")),
        };
        if supported.iter().any(|one| one.eq_ignore_ascii_case(version)) {
            return Ok(());
        }
        let list = supported.join(",");
        Err(match kind {
            None => ArmError::new(
                400,
                "InvalidApiVersionParameter",
                format!("The api-version '{version}' is invalid. The supported versions are '{list}'."),
            ),
            Some(kind) => ArmError::new(
                400,
                "NoRegisteredProviderFound",
                format!(
                    "No registered resource provider found for location 'global' and API version '{version}' for \
                     type '{kind}'. The supported api-versions are '{list}'."
                ),
            ),
        })
    }
}

/// 400 for a request without an api-version.
pub(super) fn missing_version() -> ArmError {
    ArmError::new(
        400,
        "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests.",
    )
}

fn unknown(segments: &[String], version: &str) -> ArmError {
    let mut after = segments
        .iter()
        .skip_while(|one| !one.eq_ignore_ascii_case("providers"))
        .skip(1);
    match (after.next(), after.next()) {
        (Some(namespace), Some(kind)) => ArmError::new(
            404,
            "InvalidResourceType",
            format!(
                "The resource type '{kind}' could not be found in the namespace '{namespace}' for api version \
                 '{version}'."
            ),
        ),
        (Some(namespace), None) => ArmError::new(
            404,
            "InvalidResourceNamespace",
            format!("The resource namespace '{namespace}' is invalid."),
        ),
        _ => ArmError::new(
            404,
            "NotFound",
            format!("There is nothing at the path '/{}'.", segments.join("/")),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(path: &str) -> Result<Target, ArmError> {
        let segments: Vec<String> = path
            .split('/')
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect();
        Target::parse(&segments, "2023-09-01")
    }

    #[test]
    fn paths_are_read_without_case_and_names_kept_as_given() {
        let name = WorkspaceName {
            subscription: "S".into(),
            group: "Rg".into(),
            name: "W".into(),
        };
        let id = "/SUBSCRIPTIONS/S/resourcegroups/Rg/Providers/microsoft.operationalinsights/WorkSpaces/W";
        assert_eq!(parse(id).unwrap(), Target::Workspace(name.clone()));
        assert_eq!(
            parse(&format!("{id}/SavedSearches/Id-1")).unwrap(),
            Target::SavedSearch(name.clone(), "Id-1".into())
        );
        // Microsoft's Python client leaves an empty parent path in the middle.
        let permissions = id.replace("WorkSpaces", "/workspaces") + "/providers/Microsoft.Authorization/permissions";
        assert_eq!(
            parse(&permissions).unwrap(),
            Target::Permissions(Box::new(Target::Workspace(name)))
        );
    }

    #[test]
    fn what_the_lab_does_not_have_is_refused() {
        for path in [
            "/",
            "/tenants",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w/tables",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v",
            "/subscriptions/s/providers/Microsoft.Compute",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d/providers/Microsoft.Authorization/permissions",
        ] {
            assert!(parse(path).is_err(), "{path}");
        }
    }
}
