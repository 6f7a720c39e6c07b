//! The built-in roles that the lab knows, with the permissions that Microsoft's pages "Azure built-in roles" give them.
//! Entries that reach nothing a connector touches (alerts, workbooks, …) are kept where `permissions` would show them.

/// A role definition.
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

/// A role by the name that the portal shows, without case.
pub(super) fn named(name: &str) -> Option<&'static Role> {
    [
        &OWNER,
        &CONTRIBUTOR,
        &READER,
        &MONITORING_CONTRIBUTOR,
        &MONITORING_METRICS_PUBLISHER,
        &LOG_ANALYTICS_CONTRIBUTOR,
    ]
    .into_iter()
    .find(|role| role.name.eq_ignore_ascii_case(name))
}
