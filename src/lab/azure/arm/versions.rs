//! The api-versions that Resource Manager takes for each kind of target.

use super::error::ArmError;
use super::path::Target;

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
const TABLES: &[&str] = &[
    "2021-12-01-preview",
    "2022-10-01",
    "2023-09-01",
    "2025-02-01",
    "2025-07-01",
    "2026-03-01",
];
const DATA_COLLECTION: &[&str] = &[
    "2021-04-01",
    "2021-09-01-preview",
    "2022-06-01",
    "2023-03-11",
    "2024-03-11",
];
const ROLE_ASSIGNMENTS: &[&str] = &[
    "2015-07-01",
    "2018-01-01-preview",
    "2018-09-01-preview",
    "2020-04-01-preview",
    "2022-04-01",
];
const PERMISSIONS: &[&str] = &["2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"];
const RESOURCE_GRAPH: &[&str] = &["2019-04-01", "2021-03-01", "2022-10-01", "2024-04-01"];

/// The api-versions of a target, and its type where it belongs to a provider other than `Microsoft.Resources`.
fn supported(target: &Target) -> (&'static [&'static str], Option<&'static str>) {
    match target {
        Target::Subscriptions | Target::Subscription(_) => (SUBSCRIPTIONS, None),
        Target::ResourceGroups(_)
        | Target::ResourceGroup(..)
        | Target::Resources(_)
        | Target::Provider(..)
        | Target::RegisterProvider(..)
        | Target::Deployment(..)
        | Target::ValidateDeployment(..)
        | Target::DeploymentStatus(..)
        | Target::DeploymentOperations(..) => (RESOURCES, None),
        Target::Workspaces(..) | Target::Workspace(_) => (OPERATIONAL_INSIGHTS, Some("workspaces")),
        Target::SavedSearches(_) | Target::SavedSearch(..) => (OPERATIONAL_INSIGHTS, Some("workspaces/savedSearches")),
        Target::Tables(_) | Target::Table(..) | Target::TableOperation(..) => (TABLES, Some("workspaces/tables")),
        Target::OperationStatus(..) => (TABLES, Some("locations/operationStatuses")),
        Target::Rules(..) | Target::Rule(_) => (DATA_COLLECTION, Some("dataCollectionRules")),
        Target::Endpoints(..) | Target::Endpoint(_) => (DATA_COLLECTION, Some("dataCollectionEndpoints")),
        Target::RoleAssignments(_) | Target::RoleAssignment(..) => (ROLE_ASSIGNMENTS, Some("roleAssignments")),
        Target::RoleDefinitions(_) | Target::RoleDefinition(..) => (PERMISSIONS, Some("roleDefinitions")),
        Target::Permissions(_) => (PERMISSIONS, Some("permissions")),
        Target::ResourceGraph => (RESOURCE_GRAPH, Some("resources")),
    }
}

/// Checks the api-version, which every request must name.
///
/// # Errors
/// 400 with the versions that there are.
pub(super) fn check(target: &Target, version: Option<&str>) -> Result<(), ArmError> {
    let Some(version) = version.filter(|version| !version.is_empty()) else {
        return Err(missing());
    };
    let (supported, kind) = supported(target);
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
                "No registered resource provider found for location 'global' and API version '{version}' for type \
                 '{kind}'. The supported api-versions are '{list}'."
            ),
        ),
    })
}

/// 400 for a request without an api-version.
pub(super) fn missing() -> ArmError {
    ArmError::new(
        400,
        "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests.",
    )
}

/// The api-versions of a resource type, for its provider's own description.
pub(super) fn of_type(kind: &str) -> &'static [&'static str] {
    match kind {
        "workspaces" => OPERATIONAL_INSIGHTS,
        "workspaces/tables" => TABLES,
        "dataCollectionRules" | "dataCollectionEndpoints" => DATA_COLLECTION,
        "roleAssignments" => ROLE_ASSIGNMENTS,
        "deployments" => RESOURCES,
        _ => PERMISSIONS,
    }
}
