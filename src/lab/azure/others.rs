//! What somebody else does in the tenant while a client runs: deletes what it made, or makes what has its name.

use std::collections::BTreeMap;

use chrono::DateTime;

use super::State;
use super::custom::{CustomTable, DEFAULT_RETENTION, TableColumn};
use super::estate::Workspace;
use super::rules::{DataCollectionRule, DataFlow, Resource, StreamColumn};
use super::saved::{self, Properties, SavedSearch};
use crate::lab::kql::ColumnType;

/// The table of somebody else that their rule writes to.
const THEIR_TABLE: &str = "Inventory_CL";

fn first(state: &mut State) -> Result<&mut Workspace, String> {
    let first = state.estate.workspaces.first_mut();
    first.ok_or_else(|| "the lab has no workspace".to_owned())
}

/// Deletes a table of the first workspace.
pub(super) fn drop_table(state: &mut State, name: &str) -> Result<(), String> {
    let gone = first(state)?.custom.remove(&name.to_ascii_lowercase());
    gone.map(|_| ()).ok_or_else(|| format!("no table {name}"))
}

/// Deletes a rule, and the roles that were given on it.
pub(super) fn drop_rule(state: &mut State, name: &str) -> Result<(), String> {
    let rules = &mut state.estate.rules;
    let place = rules
        .iter()
        .position(|rule| rule.resource.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| format!("no rule {name}"))?;
    let rule = rules.remove(place);
    state.access.forget(&rule.resource_id());
    Ok(())
}

/// Makes a table in the first workspace, with columns that no connector would give it.
pub(super) fn make_table(state: &mut State, name: &str) -> Result<(), String> {
    let workspace = first(state)?;
    let column = |name: &str, kind| TableColumn {
        name: name.to_owned(),
        kind,
        description: None,
        display_name: None,
    };
    let table = CustomTable {
        name: name.to_owned(),
        columns: vec![
            column("TimeGenerated", ColumnType::DateTime),
            column("Computer", ColumnType::Long),
            column("Owner", ColumnType::String),
        ],
        retired: Vec::new(),
        plan: "Analytics".to_owned(),
        description: Some("Inventory of the branch offices".to_owned()),
        retention_days: DEFAULT_RETENTION,
        total_retention_days: DEFAULT_RETENTION,
        created: workspace.created,
        created_by: String::new(),
        pending: None,
    };
    workspace.custom.insert(name.to_ascii_lowercase(), table);
    Ok(())
}

/// Makes a rule in the first workspace's resource group, which leads to a table of its own.
pub(super) fn make_rule(state: &mut State, name: &str) -> Result<(), String> {
    make_table(state, THEIR_TABLE)?;
    let host = state.seeded.guid(&format!("rule/others/{name}"));
    let workspace = first(state)?;
    let stream = format!("Custom-{THEIR_TABLE}");
    let made = (workspace.created, String::new());
    let rule = DataCollectionRule {
        resource: Resource {
            subscription: workspace.subscription.clone(),
            group: workspace.group.to_owned(),
            name: name.to_owned(),
            location: workspace.location.to_owned(),
            kind: Some("Direct".to_owned()),
            tags: BTreeMap::from([("owner".to_owned(), "it-operations".to_owned())]),
            etag: saved::etag(DateTime::UNIX_EPOCH),
            created: made.clone(),
            modified: made,
        },
        description: Some("Inventory of the branch offices".to_owned()),
        immutable_id: format!("dcr-{}", host.replace('-', "")),
        streams: BTreeMap::from([(
            stream.clone(),
            vec![StreamColumn {
                name: "TimeGenerated".to_owned(),
                kind: ColumnType::DateTime,
            }],
        )]),
        flows: vec![DataFlow {
            streams: vec![stream.clone()],
            destinations: vec!["inventory".to_owned()],
            transform_kql: None,
            output_stream: Some(stream),
        }],
        destinations: BTreeMap::from([("inventory".to_owned(), workspace.resource_id())]),
        endpoint_id: None,
        host: Some(host),
    };
    state.estate.rules.push(rule);
    Ok(())
}

/// Stores a function in the first workspace.
pub(super) fn make_function(state: &mut State, alias: &str) -> Result<(), String> {
    let workspace = first(state)?;
    let id = format!("operations-{}", alias.to_ascii_lowercase());
    let search = SavedSearch {
        id: id.clone(),
        etag: saved::etag(workspace.created),
        properties: Properties {
            category: "Operations".into(),
            display_name: format!("{alias} of the operations team"),
            query: "Heartbeat | distinct Computer".into(),
            function_alias: Some(alias.to_owned()),
            function_parameters: None,
            version: 2,
            tags: Vec::new(),
        },
    };
    workspace.saved.insert(id, search);
    Ok(())
}
