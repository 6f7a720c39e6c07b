//! A table and a rule that leads to it, put into a lab's Azure without Resource Manager.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::super::Cloud;
use super::super::custom::{CustomTable, DEFAULT_RETENTION, TableColumn};
use super::super::rules::{DataCollectionRule, DataFlow, Resource, StreamColumn};
use crate::lab::kql::ColumnType;

/// The table.
pub(in crate::lab) const TABLE: &str = "ConfigMgrCollectionMember_CL";
/// The stream that the rule declares.
pub(in crate::lab) const STREAM: &str = "Custom-ConfigMgrCollectionMember";
/// Where the rule's own address begins.
pub(in crate::lab) const OWN: &str = "dcr/dcr-history-host";
const IMMUTABLE_ID: &str = "dcr-00000000000000000000000000000001";
const COLUMNS: [(&str, ColumnType); 12] = [
    ("TimeGenerated", ColumnType::DateTime),
    ("ConnectionId", ColumnType::String),
    ("CollectionId", ColumnType::String),
    ("SyncId", ColumnType::String),
    ("RowKind", ColumnType::String),
    ("Generation", ColumnType::Long),
    ("Rows", ColumnType::Long),
    ("ConfirmedGen", ColumnType::Long),
    ("Removed", ColumnType::Bool),
    ("Seq", ColumnType::Long),
    ("Computer", ColumnType::String),
    ("Share", ColumnType::Real),
];

/// The path of an upload through the rule.
pub(in crate::lab) fn path(address: &str, stream: &str) -> String {
    format!("/{address}/dataCollectionRules/{IMMUTABLE_ID}/streams/{stream}")
}

/// Puts the table into every workspace, and beside the first one a rule that leads to it and to the second.
pub(in crate::lab) fn add(cloud: &Cloud, now: DateTime<Utc>) {
    let rule = rule(cloud, now);
    let mut state = cloud.state();
    for workspace in &mut state.estate.workspaces {
        workspace.custom.insert(TABLE.to_ascii_lowercase(), table(now));
    }
    state.estate.rules.push(rule);
}

pub(in super::super) fn table(now: DateTime<Utc>) -> CustomTable {
    let column = |(name, kind): &(&str, ColumnType)| TableColumn {
        name: (*name).to_owned(),
        kind: *kind,
        description: None,
        display_name: None,
    };
    CustomTable {
        name: TABLE.into(),
        columns: COLUMNS.iter().map(column).collect(),
        retired: Vec::new(),
        plan: "Analytics".into(),
        description: None,
        retention_days: DEFAULT_RETENTION,
        total_retention_days: DEFAULT_RETENTION,
        created: now,
        created_by: String::new(),
        pending: None,
    }
}

pub(in super::super) fn resource(cloud: &Cloud, name: &str, now: DateTime<Utc>) -> Resource {
    let workspace = cloud.workspaces()[0].resource_id.clone();
    let parts: Vec<&str> = workspace.split('/').collect();
    Resource {
        subscription: parts[2].to_owned(),
        group: parts[4].to_owned(),
        name: name.to_owned(),
        location: "westeurope".into(),
        kind: Some("Direct".into()),
        tags: BTreeMap::new(),
        etag: String::new(),
        created: (now, String::new()),
        modified: (now, String::new()),
    }
}

fn rule(cloud: &Cloud, now: DateTime<Utc>) -> DataCollectionRule {
    let column = |(name, kind): &(&str, ColumnType)| StreamColumn {
        name: (*name).to_owned(),
        kind: *kind,
    };
    let workspaces = cloud.workspaces();
    let places = [("la", 0), ("capped", 1)];
    DataCollectionRule {
        resource: resource(cloud, "dcr-history", now),
        description: None,
        immutable_id: IMMUTABLE_ID.into(),
        streams: BTreeMap::from([(STREAM.to_owned(), COLUMNS.iter().map(column).collect())]),
        flows: vec![DataFlow {
            streams: vec![STREAM.into()],
            destinations: vec!["la".into(), "capped".into()],
            transform_kql: Some("source".into()),
            output_stream: Some(format!("Custom-{TABLE}")),
        }],
        destinations: places
            .map(|(name, place)| (name.to_owned(), workspaces[place].resource_id.clone()))
            .into(),
        endpoint_id: None,
        host: Some("dcr-history-host".into()),
    }
}
