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
/// Everything, giving roles included.
pub const OWNER: Role = Role {
    name: "Owner",
    id: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
};
/// Gives roles of any kind.
pub const USER_ACCESS_ADMINISTRATOR: Role = Role {
    name: "User Access Administrator",
    id: "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
};
/// Gives roles, unless its own assignment says which it may not give.
pub const RBAC_ADMINISTRATOR: Role = Role {
    name: "Role Based Access Control Administrator",
    id: "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
};

/// Who may give a role at a scope: whoever holds one of these there or above.
pub const GRANTERS: [Role; 3] = [OWNER, USER_ACCESS_ADMINISTRATOR, RBAC_ADMINISTRATOR];
