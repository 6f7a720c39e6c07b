//! What the tenant owns: subscriptions, resource groups, workspaces.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::custom::CustomTable;
use super::rules::{DataCollectionEndpoint, DataCollectionRule};
use super::saved::SavedSearch;
use super::seeded::Seeded;
use super::tables;
use crate::lab::kql::Table;

/// The type of a workspace.
pub(super) const WORKSPACE_TYPE: &str = "Microsoft.OperationalInsights/workspaces";

/// A subscription.
pub(super) struct Subscription {
    /// The GUID.
    pub(super) id: String,
    /// Display name.
    pub(super) name: &'static str,
    /// `Enabled` or `Disabled`; the latter refuses every change.
    pub(super) state: &'static str,
}

impl Subscription {
    /// The ARM scope.
    pub(super) fn scope(&self) -> String {
        format!("/subscriptions/{}", self.id)
    }
}

/// A resource group.
pub(super) struct ResourceGroup {
    /// The subscription that it is in.
    pub(super) subscription: String,
    /// The name, as it was created.
    pub(super) name: &'static str,
    /// Region.
    pub(super) location: &'static str,
}

impl ResourceGroup {
    /// The ARM scope.
    pub(super) fn scope(&self) -> String {
        format!("/subscriptions/{}/resourceGroups/{}", self.subscription, self.name)
    }
}

/// A Log Analytics workspace with what it stores.
pub(super) struct Workspace {
    /// The subscription that it is in.
    pub(super) subscription: String,
    /// The resource group that it is in.
    pub(super) group: &'static str,
    /// The name, as it was created.
    pub(super) name: &'static str,
    /// Region.
    pub(super) location: &'static str,
    /// The GUID used in queries.
    pub(super) customer_id: String,
    /// `RespectQuota`, `OverQuota`, …
    pub(super) ingestion_status: &'static str,
    /// Whether rows are taken from outside a private link.
    pub(super) public_ingestion: bool,
    /// Whether queries are taken from outside a private link.
    pub(super) public_query: bool,
    /// Daily cap in GB; -1 is none.
    pub(super) daily_quota_gb: f64,
    /// When it was made.
    pub(super) created: DateTime<Utc>,
    /// Saved searches by ID in lower case.
    pub(super) saved: BTreeMap<String, SavedSearch>,
    /// Built-in tables by name.
    pub(super) tables: HashMap<String, Arc<Table>>,
    /// Custom tables by name in lower case.
    pub(super) custom: BTreeMap<String, CustomTable>,
}

/// A switch as Azure spells it.
fn enabled(on: bool) -> &'static str {
    if on { "Enabled" } else { "Disabled" }
}

impl Workspace {
    /// The resource ID, spelled as Microsoft's documents spell it.
    pub(super) fn resource_id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/{WORKSPACE_TYPE}/{}",
            self.subscription, self.group, self.name
        )
    }

    /// The resource as its provider shows it, whose resource IDs are spelled in lower case up to the name.
    pub(super) fn to_json(&self, now: DateTime<Utc>) -> Value {
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let reset = (now + TimeDelta::days(1)).date_naive().and_hms_opt(5, 0, 0);
        json!({
            "properties": {
                "customerId": self.customer_id,
                "provisioningState": "Succeeded",
                "sku": {"name": "PerGB2018", "lastSkuUpdate": time(self.created)},
                "retentionInDays": 30,
                "features": {
                    "legacy": 0,
                    "searchVersion": 1,
                    "enableLogAccessUsingOnlyResourcePermissions": true
                },
                "workspaceCapping": {
                    "dailyQuotaGb": self.daily_quota_gb,
                    "quotaNextResetTime": reset.map(|at| time(at.and_utc())),
                    "dataIngestionStatus": self.ingestion_status
                },
                "publicNetworkAccessForIngestion": enabled(self.public_ingestion),
                "publicNetworkAccessForQuery": enabled(self.public_query),
                "createdDate": time(self.created),
                "modifiedDate": time(self.created)
            },
            "location": self.location,
            "tags": {"owner": "it-operations"},
            "id": format!(
                "/subscriptions/{}/resourcegroups/{}/providers/microsoft.operationalinsights/workspaces/{}",
                self.subscription, self.group, self.name
            ),
            "name": self.name,
            "type": WORKSPACE_TYPE,
            "etag": format!("\"{}\"", self.customer_id)
        })
    }
}

/// Everything below the tenant.
pub(super) struct Estate {
    /// All subscriptions.
    pub(super) subscriptions: Vec<Subscription>,
    /// All resource groups.
    pub(super) groups: Vec<ResourceGroup>,
    /// All workspaces; the first is the healthy one that the apps have roles on.
    pub(super) workspaces: Vec<Workspace>,
    /// All data collection rules.
    pub(super) rules: Vec<DataCollectionRule>,
    /// All data collection endpoints.
    pub(super) endpoints: Vec<DataCollectionEndpoint>,
}

/// How long the workspaces have been there, in days.
const AGE_DAYS: i64 = 400;

impl Estate {
    /// The estate in these regions, as it is at `now`.
    pub(super) fn new(seeded: Seeded, [region, other]: [&'static str; 2], now: DateTime<Utc>) -> Self {
        let main = seeded.guid("subscription/main");
        let group = |name, location| ResourceGroup {
            subscription: main.clone(),
            name,
            location,
        };
        let workspace = |group, name, location, ingestion_status, daily_quota_gb| Workspace {
            subscription: main.clone(),
            group,
            name,
            location,
            customer_id: seeded.guid(&format!("workspace/{name}")),
            ingestion_status,
            public_ingestion: true,
            public_query: true,
            daily_quota_gb,
            created: now - TimeDelta::days(AGE_DAYS),
            saved: BTreeMap::new(),
            tables: tables::built_in(),
            custom: BTreeMap::new(),
        };
        let mut workspaces = vec![
            workspace("rg-configmgr", "law-contoso", region, "RespectQuota", -1.0),
            workspace("rg-configmgr", "law-contoso-capped", region, "OverQuota", 0.5),
            workspace("rg-branch", "law-branch", other, "RespectQuota", -1.0),
            workspace("rg-branch", "law-suspended", other, "SubscriptionSuspended", -1.0),
            Workspace {
                public_ingestion: false,
                public_query: false,
                ..workspace("rg-branch", "law-private", other, "RespectQuota", -1.0)
            },
        ];
        if let Some(first) = workspaces.first_mut() {
            first.saved = SavedSearch::of_others(now - TimeDelta::days(AGE_DAYS))
                .into_iter()
                .map(|search| (search.id.to_ascii_lowercase(), search))
                .collect();
        }
        Self {
            groups: vec![group("rg-configmgr", region), group("rg-branch", other)],
            subscriptions: vec![
                Subscription {
                    id: main.clone(),
                    name: "Contoso Production",
                    state: "Enabled",
                },
                Subscription {
                    id: seeded.guid("subscription/closed"),
                    name: "Contoso Trial",
                    state: "Disabled",
                },
            ],
            workspaces,
            rules: Vec::new(),
            endpoints: Vec::new(),
        }
    }

    /// A subscription by GUID.
    pub(super) fn subscription(&self, id: &str) -> Option<&Subscription> {
        self.subscriptions.iter().find(|one| one.id.eq_ignore_ascii_case(id))
    }

    /// A resource group by subscription and name.
    pub(super) fn group(&self, subscription: &str, name: &str) -> Option<&ResourceGroup> {
        self.groups
            .iter()
            .find(|one| one.subscription.eq_ignore_ascii_case(subscription) && one.name.eq_ignore_ascii_case(name))
    }

    /// A workspace by the parts of its resource ID.
    pub(super) fn workspace(&mut self, subscription: &str, group: &str, name: &str) -> Option<&mut Workspace> {
        self.workspaces.iter_mut().find(|one| {
            one.subscription.eq_ignore_ascii_case(subscription)
                && one.group.eq_ignore_ascii_case(group)
                && one.name.eq_ignore_ascii_case(name)
        })
    }

    /// A workspace by the GUID used in queries.
    pub(super) fn by_customer_id(&self, customer_id: &str) -> Option<&Workspace> {
        self.workspaces
            .iter()
            .find(|one| one.customer_id.eq_ignore_ascii_case(customer_id))
    }

    /// A workspace by its resource ID.
    pub(super) fn workspace_by_id(&mut self, resource_id: &str) -> Option<&mut Workspace> {
        self.workspaces
            .iter_mut()
            .find(|one| one.resource_id().eq_ignore_ascii_case(resource_id))
    }

    /// A data collection rule by what uploads call it.
    pub(super) fn rule_by_immutable_id(&self, immutable_id: &str) -> Option<&DataCollectionRule> {
        self.rules
            .iter()
            .find(|one| one.immutable_id.eq_ignore_ascii_case(immutable_id))
    }

    /// A data collection endpoint by its resource ID.
    pub(super) fn endpoint_by_id(&self, resource_id: &str) -> Option<&DataCollectionEndpoint> {
        self.endpoints
            .iter()
            .find(|one| one.resource_id().eq_ignore_ascii_case(resource_id))
    }

    /// A data collection rule by the parts of its resource ID.
    pub(super) fn rule(&mut self, subscription: &str, group: &str, name: &str) -> Option<&mut DataCollectionRule> {
        self.rules
            .iter_mut()
            .find(|one| one.resource.is(subscription, group, name))
    }

    /// A data collection endpoint by the parts of its resource ID.
    pub(super) fn endpoint(
        &mut self,
        subscription: &str,
        group: &str,
        name: &str,
    ) -> Option<&mut DataCollectionEndpoint> {
        self.endpoints
            .iter_mut()
            .find(|one| one.resource.is(subscription, group, name))
    }

    /// Lets changes to tables end whose time has come; every service asks for it first.
    pub(super) fn settle(&mut self, now: DateTime<Utc>) {
        for workspace in &mut self.workspaces {
            let tables = std::mem::take(&mut workspace.custom).into_iter();
            workspace.custom = tables
                .filter_map(|(key, table)| Some((key, table.settled(now)?)))
                .collect();
        }
    }
}
