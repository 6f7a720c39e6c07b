//! Data collection rules and endpoints: what Resource Manager knows of them, and how uploads find their way.
//!
//! In Azure every rule of kind `Direct` and every endpoint has a host of its own. In the lab they share the address of the
//! ingestion service and differ by the beginning of the path:
//!
//! | uploads for | go to |
//! | --- | --- |
//! | a rule with an address of its own | `{ingestion}/dcr/{host}` |
//! | a data collection endpoint | `{ingestion}/dce/{host}` |
//!
//! `host` is [`DataCollectionRule::host`] or [`DataCollectionEndpoint::host`]; a client puts
//! `/dataCollectionRules/{immutableId}/streams/{stream}` behind it. A rule is reached through its own address, or through
//! the endpoint that its `dataCollectionEndpointId` names, and through no other. The role
//! `Microsoft.Insights/Telemetry/Write` is needed on [`DataCollectionRule::resource_id`].

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::lab::kql::ColumnType;

/// The type of a rule.
pub(super) const RULE_TYPE: &str = "Microsoft.Insights/dataCollectionRules";
/// The type of an endpoint.
pub(super) const ENDPOINT_TYPE: &str = "Microsoft.Insights/dataCollectionEndpoints";
/// What the names of custom streams begin with; a custom output stream is this and the name of the table.
pub(super) const CUSTOM: &str = "Custom-";

/// What every resource of a resource group has.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    /// The subscription that it is in.
    pub(super) subscription: String,
    /// The resource group that it is in.
    pub(super) group: String,
    /// The name, as it was created.
    pub(super) name: String,
    /// Region.
    pub(super) location: String,
    /// `Direct`, …
    pub(super) kind: Option<String>,
    /// Names and values.
    pub(super) tags: BTreeMap<String, String>,
    /// Changes with every write.
    pub(super) etag: String,
    /// When it was made, and by which principal.
    pub(super) created: (DateTime<Utc>, String),
    /// When it was last written, and by which principal.
    pub(super) modified: (DateTime<Utc>, String),
}

impl Resource {
    /// Whether these are its subscription, group and name; they compare without case.
    pub(super) fn is(&self, subscription: &str, group: &str, name: &str) -> bool {
        self.subscription.eq_ignore_ascii_case(subscription)
            && self.group.eq_ignore_ascii_case(group)
            && self.name.eq_ignore_ascii_case(name)
    }

    /// The resource ID.
    pub(super) fn id(&self, kind: &str) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/{kind}/{}",
            self.subscription, self.group, self.name
        )
    }
}

/// A column of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StreamColumn {
    /// Its name, as declared.
    pub(super) name: String,
    /// Its type.
    pub(super) kind: ColumnType,
}

/// Which streams go where.
#[derive(Debug, Clone)]
pub(super) struct DataFlow {
    /// Declared streams.
    pub(super) streams: Vec<String>,
    /// Names of destinations.
    pub(super) destinations: Vec<String>,
    /// What is done to the rows: `source` or nothing leaves them as they are.
    pub(super) transform_kql: Option<String>,
    /// [`CUSTOM`] and the name of a table.
    pub(super) output_stream: Option<String>,
}

impl DataFlow {
    /// The custom table that it writes to.
    pub(super) fn table(&self) -> Option<&str> {
        let output = self
            .output_stream
            .as_deref()
            .or(self.streams.first().map(String::as_str));
        output?.strip_prefix(CUSTOM)
    }
}

/// A data collection rule.
#[derive(Debug, Clone)]
pub(super) struct DataCollectionRule {
    /// What it is as a resource.
    pub(super) resource: Resource,
    /// What people read about it.
    pub(super) description: Option<String>,
    /// `dcr-` and 32 hexadecimal digits.
    pub(super) immutable_id: String,
    /// The columns of each declared stream.
    pub(super) streams: BTreeMap<String, Vec<StreamColumn>>,
    /// Which streams go where.
    pub(super) flows: Vec<DataFlow>,
    /// Resource IDs of workspaces by the name of the destination.
    pub(super) destinations: BTreeMap<String, String>,
    /// Resource ID of the endpoint that it is bound to.
    pub(super) endpoint_id: Option<String>,
    /// What its own address ends in, where it has one.
    pub(super) host: Option<String>,
}

impl DataCollectionRule {
    /// The resource ID.
    pub(super) fn resource_id(&self) -> String {
        self.resource.id(RULE_TYPE)
    }

    /// Its own address for uploads, where it has one.
    pub(super) fn logs_ingestion(&self, ingestion: &str) -> Option<String> {
        let host = self.host.as_ref()?;
        Some(format!("{ingestion}/dcr/{host}"))
    }

    /// Where rows of a stream go: resource IDs of workspaces, and the name of the table in each.
    #[allow(dead_code, reason = "for the services that take uploads and sign people in")]
    pub(super) fn routes<'a>(&'a self, stream: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let flows = self
            .flows
            .iter()
            .filter(move |flow| flow.streams.iter().any(|one| one == stream));
        flows.flat_map(|flow| {
            let workspaces = flow.destinations.iter().filter_map(|name| self.destinations.get(name));
            workspaces.filter_map(|workspace| Some((workspace.as_str(), flow.table()?)))
        })
    }
}

/// A data collection endpoint.
#[derive(Debug, Clone)]
pub(super) struct DataCollectionEndpoint {
    /// What it is as a resource.
    pub(super) resource: Resource,
    /// What people read about it.
    pub(super) description: Option<String>,
    /// `dce-` and 32 hexadecimal digits.
    pub(super) immutable_id: String,
    /// `Enabled`, `Disabled` or `SecuredByPerimeter`: only the first lets in callers from outside.
    pub(super) public_network_access: String,
    /// What its address ends in.
    pub(super) host: String,
}

impl DataCollectionEndpoint {
    /// The resource ID.
    pub(super) fn resource_id(&self) -> String {
        self.resource.id(ENDPOINT_TYPE)
    }

    /// Its address for uploads.
    pub(super) fn logs_ingestion(&self, ingestion: &str) -> String {
        format!("{ingestion}/dce/{}", self.host)
    }
}
