//! What a path of Resource Manager names. Paths compare without case.

use super::error::ArmError;
use super::scope::{ResourceName, Scope};

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
    /// A resource provider of a subscription.
    Provider(String, String),
    /// The registration of a resource provider.
    RegisterProvider(String, String),
    /// The workspaces of a subscription, or of one of its resource groups.
    Workspaces(String, Option<String>),
    /// One workspace.
    Workspace(ResourceName),
    /// The saved searches of a workspace.
    SavedSearches(ResourceName),
    /// One saved search, by its ID.
    SavedSearch(ResourceName, String),
    /// The tables of a workspace.
    Tables(ResourceName),
    /// One table, by its name.
    Table(ResourceName, String),
    /// What became of a change to a table: the table's name, and the operation's ID.
    TableOperation(ResourceName, String, String),
    /// How far an operation is: subscription, region and ID.
    OperationStatus(String, String, String),
    /// The data collection rules of a subscription, or of one of its resource groups.
    Rules(String, Option<String>),
    /// One data collection rule.
    Rule(ResourceName),
    /// The data collection endpoints of a subscription, or of one of its resource groups.
    Endpoints(String, Option<String>),
    /// One data collection endpoint.
    Endpoint(ResourceName),
    /// The caller's permissions at a scope.
    Permissions(Scope),
    /// The role assignments at a scope.
    RoleAssignments(Scope),
    /// One role assignment, by its name.
    RoleAssignment(Scope, String),
    /// The role definitions at a scope; nowhere is the tenant.
    RoleDefinitions(Option<Scope>),
    /// One role definition, by its GUID.
    RoleDefinition(Option<Scope>, String),
    /// A deployment of a template at a subscription or resource group, by its name.
    Deployment(Scope, String),
    /// Whether a template could be deployed there.
    ValidateDeployment(Scope, String),
    /// How far a deployment is.
    DeploymentStatus(Scope, String),
    /// What a deployment has done.
    DeploymentOperations(Scope, String),
}

impl Target {
    /// Reads the segments of a path.
    ///
    /// # Errors
    /// 404 in the words of Resource Manager for a path that the lab has nothing at.
    pub(super) fn parse(segments: &[String], version: &str) -> Result<Self, ArmError> {
        let lower: Vec<String> = segments.iter().map(|segment| segment.to_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        let found = Self::authorization(&lower, segments)
            .or_else(|| Self::deployment(&lower, segments))
            .or_else(|| Self::in_workspace(&lower, segments))
            .or_else(|| Self::collection(&lower, segments))
            .or_else(|| Some(Scope::parse(&lower, segments)?.into()));
        found.ok_or_else(|| unknown(segments, version))
    }

    /// `{scope}/providers/Microsoft.Authorization/…`
    fn authorization(lower: &[&str], segments: &[String]) -> Option<Self> {
        let last = || segments.last().cloned().unwrap_or_default();
        let at = |scope: &[&str]| Scope::parse(scope, segments);
        match lower {
            [scope @ .., "providers", "microsoft.authorization", kind] => match *kind {
                "permissions" => Some(Self::Permissions(at(scope)?)),
                "roleassignments" => Some(Self::RoleAssignments(at(scope)?)),
                "roledefinitions" if scope.is_empty() => Some(Self::RoleDefinitions(None)),
                "roledefinitions" => Some(Self::RoleDefinitions(Some(at(scope)?))),
                _ => None,
            },
            [scope @ .., "providers", "microsoft.authorization", kind, _] => match *kind {
                "roleassignments" => Some(Self::RoleAssignment(at(scope)?, last())),
                "roledefinitions" if scope.is_empty() => Some(Self::RoleDefinition(None, last())),
                "roledefinitions" => Some(Self::RoleDefinition(Some(at(scope)?), last())),
                _ => None,
            },
            _ => None,
        }
    }

    /// `{scope}/providers/Microsoft.Resources/deployments/{name}…`, and the older path of its operations.
    fn deployment(lower: &[&str], segments: &[String]) -> Option<Self> {
        let given = |place: usize| segments.get(place).cloned().unwrap_or_default();
        let at = |scope: &[&str]| match Scope::parse(scope, segments)? {
            scope @ (Scope::Subscription(_) | Scope::Group(..)) => Some(scope),
            _ => None,
        };
        match lower {
            [scope @ .., "providers", "microsoft.resources", "deployments", _] => {
                Some(Self::Deployment(at(scope)?, given(scope.len() + 3)))
            }
            [
                scope @ ..,
                "providers",
                "microsoft.resources",
                "deployments",
                _,
                "operations",
            ] => Some(Self::DeploymentOperations(at(scope)?, given(scope.len() + 3))),
            [
                scope @ ..,
                "providers",
                "microsoft.resources",
                "deployments",
                _,
                "validate",
            ] => Some(Self::ValidateDeployment(at(scope)?, given(scope.len() + 3))),
            [scope @ .., "deployments", _, "operations"] => {
                Some(Self::DeploymentOperations(at(scope)?, given(scope.len() + 1)))
            }
            [
                scope @ ..,
                "providers",
                "microsoft.resources",
                "deployments",
                _,
                "operationstatuses",
                _,
            ] => Some(Self::DeploymentStatus(at(scope)?, given(scope.len() + 3))),
            _ => None,
        }
    }

    /// What stands in a workspace.
    fn in_workspace(lower: &[&str], segments: &[String]) -> Option<Self> {
        let (scope, below) = lower.split_at_checked(8)?;
        let Scope::Workspace(name) = Scope::parse(scope, segments)? else {
            return None;
        };
        let given = |place: usize| segments.get(place).cloned().unwrap_or_default();
        match below {
            ["savedsearches"] => Some(Self::SavedSearches(name)),
            ["savedsearches", _] => Some(Self::SavedSearch(name, given(9))),
            ["tables"] => Some(Self::Tables(name)),
            ["tables", _] => Some(Self::Table(name, given(9))),
            ["tables", _, "operationresults", _] => Some(Self::TableOperation(name, given(9), given(11))),
            _ => None,
        }
    }

    /// What is listed, and what belongs to a subscription as a whole.
    fn collection(lower: &[&str], segments: &[String]) -> Option<Self> {
        let given = |place: usize| segments.get(place).cloned().unwrap_or_default();
        let in_group =
            |subscription: String, group: Option<String>, namespace: &str, kind: &str| match (namespace, kind) {
                ("microsoft.operationalinsights", "workspaces") => Some(Self::Workspaces(subscription, group)),
                ("microsoft.insights", "datacollectionrules") => Some(Self::Rules(subscription, group)),
                ("microsoft.insights", "datacollectionendpoints") => Some(Self::Endpoints(subscription, group)),
                _ => None,
            };
        match lower {
            ["subscriptions"] => Some(Self::Subscriptions),
            ["providers", "microsoft.resourcegraph", "resources"] => Some(Self::ResourceGraph),
            ["subscriptions", _, "resourcegroups"] => Some(Self::ResourceGroups(given(1))),
            ["subscriptions", _, "resources"] => Some(Self::Resources(given(1))),
            ["subscriptions", _, "providers", namespace] if super::providers::known(namespace) => {
                Some(Self::Provider(given(1), given(3)))
            }
            ["subscriptions", _, "providers", namespace, "register"] if super::providers::known(namespace) => {
                Some(Self::RegisterProvider(given(1), given(3)))
            }
            ["subscriptions", _, "providers", namespace, kind] => in_group(given(1), None, namespace, kind),
            ["subscriptions", _, "resourcegroups", _, "providers", namespace, kind] => {
                in_group(given(1), Some(given(3)), namespace, kind)
            }
            [
                "subscriptions",
                _,
                "providers",
                "microsoft.operationalinsights",
                "locations",
                _,
                "operationstatuses",
                _,
            ] => Some(Self::OperationStatus(given(1), given(5), given(7))),
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
            | Self::Provider(id, _)
            | Self::RegisterProvider(id, _)
            | Self::OperationStatus(id, ..)
            | Self::Workspaces(id, _)
            | Self::Rules(id, _)
            | Self::Endpoints(id, _) => Some(id),
            Self::Workspace(name)
            | Self::SavedSearches(name)
            | Self::SavedSearch(name, _)
            | Self::Tables(name)
            | Self::Table(name, _)
            | Self::TableOperation(name, ..)
            | Self::Rule(name)
            | Self::Endpoint(name) => Some(&name.subscription),
            Self::Permissions(scope)
            | Self::RoleAssignments(scope)
            | Self::RoleAssignment(scope, _)
            | Self::Deployment(scope, _)
            | Self::ValidateDeployment(scope, _)
            | Self::DeploymentStatus(scope, _)
            | Self::DeploymentOperations(scope, _) => Some(scope.subscription()),
            Self::RoleDefinitions(scope) | Self::RoleDefinition(scope, _) => Some(scope.as_ref()?.subscription()),
        }
    }
}

impl From<Scope> for Target {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Subscription(id) => Self::Subscription(id),
            Scope::Group(subscription, name) => Self::ResourceGroup(subscription, name),
            Scope::Workspace(name) => Self::Workspace(name),
            Scope::Rule(name) => Self::Rule(name),
            Scope::Endpoint(name) => Self::Endpoint(name),
        }
    }
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
        let name = ResourceName {
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
            Target::Permissions(Scope::Workspace(name))
        );
    }

    #[test]
    fn what_the_lab_does_not_have_is_refused() {
        for path in [
            "/",
            "/tenants",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w/dataSources",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v",
            "/subscriptions/s/providers/Microsoft.Compute",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/dataCollectionRules/r/providers/Microsoft.Resources/deployments/d",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d/providers/Microsoft.Authorization/permissions",
        ] {
            assert!(parse(path).is_err(), "{path}");
        }
    }
}
