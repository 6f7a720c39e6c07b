//! Workspaces and the path of resource IDs that leads to one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::resource::{ResourceGroupId, is_name, words_differ};
use super::{CustomerId, Invalid, SubscriptionId, TenantId, Warning, excerpt};

const EXAMPLE: &str =
    "/subscriptions/…guid…/resourceGroups/rg-monitor/providers/Microsoft.OperationalInsights/workspaces/law-contoso";

/// The ARM resource ID of a Log Analytics workspace. Compares without regard to case, as ARM does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorkspaceId {
    subscription: SubscriptionId,
    resource_group: String,
    name: String,
}

impl WorkspaceId {
    /// The subscription.
    pub const fn subscription(&self) -> SubscriptionId {
        self.subscription
    }

    /// The name of the resource group.
    pub fn resource_group(&self) -> &str {
        &self.resource_group
    }

    /// The name of the workspace.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The resource group.
    pub fn group(&self) -> ResourceGroupId {
        ResourceGroupId::known(self.subscription, self.resource_group.clone())
    }

    fn key(&self) -> (SubscriptionId, String, String) {
        (
            self.subscription,
            self.resource_group.to_lowercase(),
            self.name.to_lowercase(),
        )
    }
}

impl PartialEq for WorkspaceId {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl Eq for WorkspaceId {}
impl PartialOrd for WorkspaceId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for WorkspaceId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl FromStr for WorkspaceId {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |why: String| Invalid::new("workspace resource ID", why, EXAMPLE);
        let trimmed = text.trim();
        let parts: Vec<&str> = trimmed.split('/').filter(|part| !part.is_empty()).collect();
        let [
            subscriptions,
            subscription,
            groups,
            group,
            providers,
            namespace,
            kind,
            name,
        ] = parts.as_slice()
        else {
            return Err(invalid(format!(
                "\"{}\" does not have the parts of one",
                excerpt(trimmed)
            )));
        };
        let words = [
            (*subscriptions, "subscriptions"),
            (*groups, "resourceGroups"),
            (*providers, "providers"),
            (*namespace, "Microsoft.OperationalInsights"),
            (*kind, "workspaces"),
        ];
        if let Some(why) = words_differ(&words) {
            return Err(invalid(why));
        }
        if let Some(bad) = [*group, *name].iter().find(|name| !is_name(name)) {
            return Err(invalid(format!("\"{}\" is not a name that Azure allows", excerpt(bad))));
        }
        Ok(Self {
            subscription: subscription.parse()?,
            resource_group: (*group).to_owned(),
            name: (*name).to_owned(),
        })
    }
}

impl TryFrom<String> for WorkspaceId {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<WorkspaceId> for String {
    fn from(id: WorkspaceId) -> String {
        id.to_string()
    }
}

impl fmt::Display for WorkspaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.OperationalInsights/workspaces/{}",
            self.subscription, self.resource_group, self.name
        )
    }
}

/// A subscription that the app can see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The subscription's GUID.
    pub id: SubscriptionId,
    /// Its name in the portal.
    pub name: String,
    /// `Enabled`, `Disabled`, `Warned`, `PastDue`, `Deleted`, or what Azure adds.
    pub state: String,
    /// The tenant that it belongs to.
    pub tenant_id: Option<TenantId>,
}

/// A workspace as Resource Manager describes it. What a list leaves out stays `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its resource ID.
    pub id: WorkspaceId,
    /// The GUID used in queries.
    pub customer_id: Option<CustomerId>,
    /// Region, such as `westeurope`.
    pub location: Option<String>,
    /// `Succeeded` when it can be used.
    pub provisioning_state: Option<String>,
    /// Price plan, such as `PerGB2018`.
    pub sku: Option<String>,
    /// Days that rows are kept.
    pub retention_days: Option<i64>,
    /// `RespectQuota`, `OverQuota`, `SubscriptionSuspended`, …
    pub ingestion_status: Option<String>,
    /// Whether queries from outside a private link are answered.
    pub public_query: Option<bool>,
    /// Whether rows from outside a private link are taken in.
    #[serde(default)]
    pub public_ingestion: Option<bool>,
}

impl Workspace {
    /// A workspace of which only the resource ID is known.
    pub const fn bare(id: WorkspaceId) -> Self {
        Self {
            id,
            customer_id: None,
            location: None,
            provisioning_state: None,
            sku: None,
            retention_days: None,
            ingestion_status: None,
            public_query: None,
            public_ingestion: None,
        }
    }

    /// What a person should know of its health, as far as it is known.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let unready = |state: &&String| !state.eq_ignore_ascii_case("Succeeded");
        if let Some(state) = self.provisioning_state.as_ref().filter(unready) {
            warnings.push(Warning::WorkspaceNotReady { state: state.clone() });
        }
        let known = ["OverQuota", "ApproachingQuota", "ForceOff", "SubscriptionSuspended"];
        let troubled = |status: &&String| known.iter().any(|each| each.eq_ignore_ascii_case(status));
        if let Some(status) = self.ingestion_status.as_ref().filter(troubled) {
            warnings.push(Warning::WorkspaceIngestion { status: status.clone() });
        }
        let (queries, rows) = (self.public_query == Some(false), self.public_ingestion == Some(false));
        if queries || rows {
            warnings.push(Warning::WorkspacePrivate { queries, rows });
        }
        warnings
    }

    /// Fills what is not known here from another description of the same workspace.
    pub fn merge(&mut self, other: Self) {
        self.customer_id = self.customer_id.or(other.customer_id);
        self.location = self.location.take().or(other.location);
        self.provisioning_state = self.provisioning_state.take().or(other.provisioning_state);
        self.sku = self.sku.take().or(other.sku);
        self.retention_days = self.retention_days.or(other.retention_days);
        self.ingestion_status = self.ingestion_status.take().or(other.ingestion_status);
        self.public_query = self.public_query.or(other.public_query);
        self.public_ingestion = self.public_ingestion.or(other.public_ingestion);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resourceGroups/rg-a/providers/Microsoft.OperationalInsights/workspaces/law";

    #[test]
    fn compares_without_case() {
        let a: WorkspaceId = ID.parse().unwrap();
        let b: WorkspaceId = ID.to_lowercase().parse().unwrap();
        assert_eq!(a, b);
        assert_eq!(a.to_string(), ID);
    }

    #[test]
    fn its_health_is_told_as_far_as_it_is_known() {
        let mut workspace = Workspace::bare(ID.parse().unwrap());
        assert!(workspace.warnings().is_empty());
        workspace.provisioning_state = Some("Succeeded".into());
        workspace.ingestion_status = Some("RespectQuota".into());
        workspace.public_query = Some(true);
        assert!(workspace.warnings().is_empty());
        workspace.ingestion_status = Some("ApproachingQuota".into());
        workspace.public_ingestion = Some(false);
        let status = "ApproachingQuota".into();
        let private = Warning::WorkspacePrivate {
            queries: false,
            rows: true,
        };
        assert_eq!(workspace.warnings(), [Warning::WorkspaceIngestion { status }, private]);
    }

    #[test]
    fn names_the_wrong_part() {
        let refused = ID
            .replace("resourceGroups", "groups")
            .parse::<WorkspaceId>()
            .unwrap_err();
        assert!(
            refused.why.contains("\"groups\" where \"resourceGroups\" belongs"),
            "{}",
            refused.why
        );
        assert!("/subscriptions/x".parse::<WorkspaceId>().is_err());
        assert!(ID.replace("law", "law?x=1").parse::<WorkspaceId>().is_err());
        assert!(ID.replace("/rg-a/", "/../").parse::<WorkspaceId>().is_err());
    }
}
