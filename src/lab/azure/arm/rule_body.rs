//! What a data collection rule may be: reads the body of a PUT and checks it by itself; whether the tables that it names are
//! there is [`super::rules`]' matter.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::rules::{CUSTOM, DataFlow, StreamColumn};
use super::columns;
use super::error::ArmError;

/// Most data flows, streams and destinations of one rule.
const MOST: usize = 10;
/// Longest transformation, in characters.
const TRANSFORM_CHARS: usize = 15_360;
/// What only answers carry; a client may send it back, and it changes nothing.
pub(super) const READ_ONLY: [&str; 10] = [
    "/id",
    "/name",
    "/type",
    "/etag",
    "/systemData",
    "/properties/immutableId",
    "/properties/provisioningState",
    "/properties/metadata",
    "/properties/endpoints",
    "/properties/destinations/logAnalytics/*/workspaceId",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    pub(super) location: String,
    #[serde(default)]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) tags: Option<BTreeMap<String, String>>,
    pub(super) properties: Properties,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Properties {
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) data_collection_endpoint_id: Option<String>,
    #[serde(default)]
    stream_declarations: BTreeMap<String, Declaration>,
    #[serde(default)]
    destinations: Destinations,
    #[serde(default)]
    data_flows: Vec<FlowBody>,
    /// Agents are none of the lab's business: an empty object or nothing.
    #[serde(default, rename = "dataSources")]
    _data_sources: Option<Nothing>,
}

/// An object without any property.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declaration {
    columns: Vec<ColumnBody>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnBody {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Destinations {
    #[serde(default)]
    log_analytics: Vec<Destination>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Destination {
    workspace_resource_id: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct FlowBody {
    streams: Vec<String>,
    destinations: Vec<String>,
    #[serde(default)]
    transform_kql: Option<String>,
    #[serde(default)]
    output_stream: Option<String>,
}

/// What is wrong with a rule; Azure tells all of it at once.
#[derive(Default)]
pub(super) struct Faults(Vec<Value>);

impl Faults {
    pub(super) fn add(&mut self, code: &str, target: &str, message: impl Into<String>) {
        let message: String = message.into();
        self.0.push(json!({"code": code, "message": message, "target": target}));
    }

    /// # Errors
    /// 400 with every fault, where there is any.
    pub(super) fn none(self) -> Result<(), ArmError> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(ArmError::new(400, "InvalidPayload", "Data collection rule is invalid").detailed(Value::Array(self.0)))
    }
}

/// Streams, flows and destinations that belong together.
pub(super) struct Routes {
    pub(super) streams: BTreeMap<String, Vec<StreamColumn>>,
    pub(super) flows: Vec<DataFlow>,
    pub(super) destinations: BTreeMap<String, String>,
}

impl Properties {
    /// The resource IDs of the workspaces that it leads to.
    pub(super) fn workspaces(&self) -> Vec<String> {
        let all = self.destinations.log_analytics.iter();
        all.map(|one| one.workspace_resource_id.clone()).collect()
    }

    /// What the rule says about the way of rows; what is wrong is added to `faults`.
    pub(super) fn routes(self, faults: &mut Faults) -> Routes {
        let streams = read_streams(self.stream_declarations, faults);
        let destinations = read_destinations(self.destinations, faults);
        let flows: Vec<DataFlow> = self.data_flows.into_iter().map(FlowBody::read).collect();
        if flows.is_empty() || flows.len() > MOST {
            let message = format!("'Data Flows' must have between 1 and {MOST} items.");
            faults.add("InvalidDataFlows", "properties.dataFlows", message);
        }
        for (place, flow) in flows.iter().enumerate() {
            check_flow(
                flow,
                &format!("properties.dataFlows[{place}]"),
                &streams,
                &destinations,
                faults,
            );
        }
        Routes {
            streams,
            flows,
            destinations,
        }
    }
}

impl FlowBody {
    fn read(self) -> DataFlow {
        DataFlow {
            streams: self.streams,
            destinations: self.destinations,
            transform_kql: self.transform_kql,
            output_stream: self.output_stream,
        }
    }
}

fn read_streams(declared: BTreeMap<String, Declaration>, faults: &mut Faults) -> BTreeMap<String, Vec<StreamColumn>> {
    if declared.is_empty() || declared.len() > MOST {
        let message = format!("'Stream Declarations' must have between 1 and {MOST} items.");
        faults.add("InvalidStreamDeclarations", "properties.streamDeclarations", message);
    }
    let mut streams = BTreeMap::new();
    for (name, declaration) in declared {
        let target = format!("properties.streamDeclarations.{name}");
        let shaped = name
            .strip_prefix(CUSTOM)
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|one| one.is_ascii_alphanumeric() || one == '_'));
        if !shaped {
            let message = format!(
                "Stream declaration '{name}' must start with '{CUSTOM}' and have letters, digits and underscores."
            );
            faults.add("InvalidStream", &target, message);
        }
        if declaration.columns.is_empty() {
            faults.add("InvalidStream", &target, format!("Stream '{name}' has no columns."));
        }
        if let Some(column) = columns::twice(declaration.columns.iter().map(|column| column.name.as_str())) {
            let message = format!("Stream '{name}' declares the column '{column}' twice.");
            faults.add("InvalidStream", &target, message);
        }
        let columns = declaration.columns.into_iter();
        let columns = columns
            .filter_map(|column| read_column(column, &target, faults))
            .collect();
        streams.insert(name, columns);
    }
    streams
}

fn read_column(column: ColumnBody, target: &str, faults: &mut Faults) -> Option<StreamColumn> {
    if let Some(message) = columns::name_fault(&column.name) {
        faults.add("InvalidColumn", target, message);
    }
    let kind = columns::of_stream(&column.kind);
    if kind.is_none() {
        let message = format!(
            "The type '{}' of the column '{}' is not valid.",
            column.kind, column.name
        );
        faults.add("InvalidColumn", target, message);
    }
    Some(StreamColumn {
        name: column.name,
        kind: kind?,
    })
}

fn read_destinations(destinations: Destinations, faults: &mut Faults) -> BTreeMap<String, String> {
    let all = destinations.log_analytics;
    let target = "properties.destinations.logAnalytics";
    if all.is_empty() || all.len() > MOST {
        let message = format!("'Log Analytics' must have between 1 and {MOST} items.");
        faults.add("InvalidDestinations", target, message);
    }
    if let Some(name) = columns::twice(all.iter().map(|one| one.name.as_str())) {
        faults.add(
            "InvalidDestinations",
            target,
            format!("The destination name '{name}' is used twice."),
        );
    }
    all.into_iter()
        .map(|one| (one.name, one.workspace_resource_id))
        .collect()
}

fn check_flow(
    flow: &DataFlow,
    target: &str,
    streams: &BTreeMap<String, Vec<StreamColumn>>,
    destinations: &BTreeMap<String, String>,
    faults: &mut Faults,
) {
    if flow.streams.is_empty() || flow.destinations.is_empty() {
        faults.add(
            "InvalidDataFlow",
            target,
            "A data flow must name streams and destinations.",
        );
    }
    for stream in flow.streams.iter().filter(|stream| !streams.contains_key(*stream)) {
        faults.add("InvalidStream", target, format!("Stream '{stream}' is not declared."));
    }
    for name in flow
        .destinations
        .iter()
        .filter(|name| !destinations.contains_key(*name))
    {
        faults.add(
            "InvalidDestination",
            target,
            format!("Destination '{name}' is not declared."),
        );
    }
    let transform = flow.transform_kql.as_deref().unwrap_or("source");
    if transform.chars().count() > TRANSFORM_CHARS {
        let message = format!("The transformation has more than {TRANSFORM_CHARS} characters.");
        faults.add("InvalidTransformQuery", target, message);
    } else if transform.trim() != "source" {
        let message = "The lab knows no other transformation than 'source'.";
        faults.add("InvalidTransformQuery", target, message);
    }
    if flow.table().is_none() {
        let message = format!("The output stream must be '{CUSTOM}' and the name of a table.");
        faults.add("InvalidOutputStream", target, message);
    }
}
