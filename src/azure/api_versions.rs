//! Which version of each Resource Manager API is spoken.
//!
//! Not the newest ones: national clouds get new versions late, and the later ones only add fields that are not needed here.

/// `Microsoft.Resources` subscriptions.
pub(super) const SUBSCRIPTIONS: &str = "2022-12-01";
/// `Microsoft.Resources` generic resource list.
pub(super) const RESOURCES: &str = "2021-04-01";
/// `Microsoft.OperationalInsights` workspaces, tables and saved searches.
pub(super) const OPERATIONAL_INSIGHTS: &str = "2023-09-01";
/// `Microsoft.Authorization` permissions and role assignments.
pub(super) const AUTHORIZATION: &str = "2022-04-01";
/// `Microsoft.ResourceGraph` resources.
pub(super) const RESOURCE_GRAPH: &str = "2021-03-01";
/// `Microsoft.Insights` data collection rules and endpoints: the first with rules that have an address of their own.
pub(super) const INSIGHTS: &str = "2023-03-11";
/// Logs Ingestion API.
pub(super) const INGESTION: &str = "2023-01-01";
