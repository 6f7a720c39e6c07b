//! The built-in roles that the lab knows, with the permissions that Microsoft's pages "Azure built-in roles" give them.
//! Entries that reach nothing a connector touches (alerts, workbooks, …) are kept where `permissions` would show them.

/// A role definition.
#[derive(Debug)]
pub(super) struct Role {
    /// The GUID of the definition, which is the same in every tenant.
    pub(super) id: &'static str,
    /// The name shown in the portal.
    pub(super) name: &'static str,
    /// Control-plane operations that it grants.
    pub(super) actions: &'static [&'static str],
    /// Control-plane operations that this role's own `actions` do not grant after all.
    pub(super) not_actions: &'static [&'static str],
    /// Data-plane operations that it grants.
    pub(super) data_actions: &'static [&'static str],
}

/// Full access, role assignments included.
pub(super) static OWNER: Role = Role {
    id: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    name: "Owner",
    actions: &["*"],
    not_actions: &[],
    data_actions: &[],
};

/// Full access except to roles.
pub(super) static CONTRIBUTOR: Role = Role {
    id: "b24988ac-6180-42a0-ab88-20f7382dd24c",
    name: "Contributor",
    actions: &["*"],
    not_actions: &[
        "Microsoft.Authorization/*/Delete",
        "Microsoft.Authorization/*/Write",
        "Microsoft.Authorization/elevateAccess/Action",
        "Microsoft.Blueprint/blueprintAssignments/write",
        "Microsoft.Blueprint/blueprintAssignments/delete",
        "Microsoft.Compute/galleries/share/action",
        "Microsoft.Purview/consents/write",
        "Microsoft.Purview/consents/delete",
        "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
        "Microsoft.Subscription/cancel/action",
        "Microsoft.Subscription/enable/action",
    ],
    data_actions: &[],
};

/// Sees everything, changes nothing.
pub(super) static READER: Role = Role {
    id: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    name: "Reader",
    actions: &["*/read"],
    not_actions: &[],
    data_actions: &[],
};

/// Reads everything, changes monitoring settings.
pub(super) static MONITORING_CONTRIBUTOR: Role = Role {
    id: "749f88d5-cbae-40b8-bcfc-e573ddc772fa",
    name: "Monitoring Contributor",
    actions: &[
        "*/read",
        "Microsoft.AlertsManagement/alerts/*",
        "Microsoft.AlertsManagement/alertsSummary/*",
        "Microsoft.Insights/actiongroups/*",
        "Microsoft.Insights/activityLogAlerts/*",
        "Microsoft.Insights/AlertRules/*",
        "Microsoft.Insights/components/*",
        "Microsoft.Insights/createNotifications/*",
        "Microsoft.Insights/dataCollectionEndpoints/*",
        "Microsoft.Insights/dataCollectionRules/*",
        "Microsoft.Insights/dataCollectionRuleAssociations/*",
        "Microsoft.Insights/DiagnosticSettings/*",
        "Microsoft.Insights/eventtypes/*",
        "Microsoft.Insights/LogDefinitions/*",
        "Microsoft.Insights/metricalerts/*",
        "Microsoft.Insights/MetricDefinitions/*",
        "Microsoft.Insights/Metrics/*",
        "Microsoft.Insights/notificationStatus/*",
        "Microsoft.Insights/Register/Action",
        "Microsoft.Insights/scheduledqueryrules/*",
        "Microsoft.Insights/webtests/*",
        "Microsoft.Insights/workbooks/*",
        "Microsoft.Insights/workbooktemplates/*",
        "Microsoft.Insights/privateLinkScopes/*",
        "Microsoft.Insights/privateLinkScopeOperationStatuses/*",
        "Microsoft.Monitor/accounts/*",
        "Microsoft.OperationalInsights/workspaces/write",
        "Microsoft.OperationalInsights/workspaces/intelligencepacks/*",
        "Microsoft.OperationalInsights/workspaces/savedSearches/*",
        "Microsoft.OperationalInsights/workspaces/search/action",
        "Microsoft.OperationalInsights/workspaces/sharedKeys/action",
        "Microsoft.OperationalInsights/workspaces/sharedKeys/read",
        "Microsoft.OperationalInsights/workspaces/storageinsightconfigs/*",
        "Microsoft.Support/*",
        "Microsoft.Resources/deployments/*",
    ],
    not_actions: &[],
    data_actions: &[],
};

/// Uploads metrics and logs.
pub(super) static MONITORING_METRICS_PUBLISHER: Role = Role {
    id: "3913510d-42f4-4e42-8a64-420c390055eb",
    name: "Monitoring Metrics Publisher",
    actions: &[
        "Microsoft.Insights/Register/Action",
        "Microsoft.Support/*",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
    ],
    not_actions: &[],
    data_actions: &["Microsoft.Insights/Metrics/Write", "Microsoft.Insights/Telemetry/Write"],
};

/// Manages Log Analytics, reads everything else.
pub(super) static LOG_ANALYTICS_CONTRIBUTOR: Role = Role {
    id: "92aaf0da-9dab-42b6-94a3-d43ce8d16293",
    name: "Log Analytics Contributor",
    actions: &[
        "*/read",
        "Microsoft.ClassicCompute/virtualMachines/extensions/*",
        "Microsoft.ClassicStorage/storageAccounts/listKeys/action",
        "Microsoft.Compute/virtualMachines/extensions/*",
        "Microsoft.HybridCompute/machines/extensions/write",
        "Microsoft.Insights/alertRules/*",
        "Microsoft.Insights/diagnosticSettings/*",
        "Microsoft.OperationalInsights/*",
        "Microsoft.OperationsManagement/*",
        "Microsoft.Resources/deployments/*",
        "Microsoft.Resources/subscriptions/resourcegroups/deployments/*",
        "Microsoft.Storage/storageAccounts/listKeys/action",
        "Microsoft.Support/*",
    ],
    not_actions: &[],
    data_actions: &[],
};

/// Reads everything; gives and takes any role.
pub(super) static USER_ACCESS_ADMINISTRATOR: Role = Role {
    id: "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    name: "User Access Administrator",
    actions: &["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
    not_actions: &[],
    data_actions: &[],
};

/// Reads everything; gives and takes roles, and nothing else of authorization.
pub(super) static RBAC_ADMINISTRATOR: Role = Role {
    id: "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
    name: "Role Based Access Control Administrator",
    actions: &[
        "Microsoft.Authorization/roleAssignments/write",
        "Microsoft.Authorization/roleAssignments/delete",
        "*/read",
        "Microsoft.Support/*",
    ],
    not_actions: &[],
    data_actions: &[],
};

/// Reads monitoring data and settings.
pub(super) static MONITORING_READER: Role = Role {
    id: "43d0d8ad-25c7-4714-9337-8ba259a9fe05",
    name: "Monitoring Reader",
    actions: &[
        "*/read",
        "Microsoft.OperationalInsights/workspaces/search/action",
        "Microsoft.Support/*",
    ],
    not_actions: &[],
    data_actions: &[],
};

/// Reads Log Analytics, all but the keys.
pub(super) static LOG_ANALYTICS_READER: Role = Role {
    id: "73c42c96-874c-492b-b04d-ab87d138a893",
    name: "Log Analytics Reader",
    actions: &[
        "*/read",
        "Microsoft.OperationalInsights/workspaces/analytics/query/action",
        "Microsoft.OperationalInsights/workspaces/search/action",
        "Microsoft.Support/*",
    ],
    not_actions: &["Microsoft.OperationalInsights/workspaces/sharedKeys/read"],
    data_actions: &[],
};

/// All roles that the lab knows.
pub(super) static ALL: [&Role; 10] = [
    &OWNER,
    &CONTRIBUTOR,
    &READER,
    &USER_ACCESS_ADMINISTRATOR,
    &RBAC_ADMINISTRATOR,
    &LOG_ANALYTICS_CONTRIBUTOR,
    &LOG_ANALYTICS_READER,
    &MONITORING_CONTRIBUTOR,
    &MONITORING_READER,
    &MONITORING_METRICS_PUBLISHER,
];

/// A role by the name that the portal shows, without case.
pub(super) fn named(name: &str) -> Option<&'static Role> {
    ALL.into_iter().find(|role| role.name.eq_ignore_ascii_case(name))
}

/// A role by the GUID of its definition.
pub(super) fn by_id(id: &str) -> Option<&'static Role> {
    ALL.into_iter().find(|role| role.id.eq_ignore_ascii_case(id))
}
