//! The built-in roles of Azure that this program asks for, with the IDs that they have in every tenant (Microsoft: "Azure
//! built-in roles").

/// A built-in role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    /// As the portal shows it.
    pub name: &'static str,
    /// The GUID of its definition.
    pub id: &'static str,
}

/// Everything but giving roles: what the original article asks for, on the workspace.
pub const CONTRIBUTOR: Role = Role {
    name: "Contributor",
    id: "b24988ac-6180-42a0-ab88-20f7382dd24c",
};
/// Makes data collection rules and endpoints, among other things of monitoring.
pub const MONITORING_CONTRIBUTOR: Role = Role {
    name: "Monitoring Contributor",
    id: "749f88d5-cbae-40b8-bcfc-e573ddc772fa",
};
/// Uploads rows.
pub const MONITORING_METRICS_PUBLISHER: Role = Role {
    name: "Monitoring Metrics Publisher",
    id: "3913510d-42f4-4e42-8a64-420c390055eb",
};
