//! Logs ingestion: `POST {address}/dataCollectionRules/{immutableId}/streams/{stream}`.
//!
//! `{address}` is that of a rule or of an endpoint, as `rules` hands it out. 204 means accepted, not stored: rows for a
//! table that is not there, or for a workspace that takes none (cap reached, suspended), are lost without a word.

mod body;
#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use http::Method;
use serde_json::{Map, Value, json};

use super::rows::Batch;
use super::rules::{DataCollectionRule, StreamColumn};
use super::tokens::{Audience, Caller};
use super::uploads::{Cells, Mishap};
use super::{Cloud, State};
use crate::lab::http::{Request, Response};

const VERSION: &str = "2023-01-01";
const WRITE: &str = "Microsoft.Insights/Telemetry/Write";
/// How far apart the rows of one upload may be in time, in minutes.
const SPAN_MINUTES: i64 = 30;

/// A refusal.
struct Fault {
    status: u16,
    code: &'static str,
    message: String,
    retry_after: Option<u64>,
}

impl Fault {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            retry_after: None,
        }
    }

    fn body(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidRequestBody", message)
    }

    fn response(&self) -> Response {
        let body = json!({"error": {"code": self.code, "message": self.message}});
        let response = Response::json(self.status, &body).with_header("x-ms-error-code", self.code);
        match self.retry_after {
            None => response,
            Some(seconds) => response.with_header("retry-after", &seconds.to_string()),
        }
    }
}

/// Answers one request; `mishap` is what becomes of its rows once they are accepted.
pub(super) fn answer(cloud: &Cloud, request: &Request, now: DateTime<Utc>, mishap: Option<Mishap>) -> Response {
    let state = &mut *cloud.state();
    let id = state.next_guid();
    let response = match upload(cloud, state, request, now, mishap) {
        Ok(()) => Response::empty(204),
        Err(fault) => fault.response(),
    };
    let response = response.with_header("x-ms-request-id", &id);
    match request.header("x-ms-client-request-id") {
        None => response,
        Some(client) => response.with_header("x-ms-client-request-id", client),
    }
}

/// Checks an upload in the order in which the service finds fault with it, and stores its rows.
fn upload(
    cloud: &Cloud,
    state: &mut State,
    request: &Request,
    now: DateTime<Utc>,
    mishap: Option<Mishap>,
) -> Result<(), Fault> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let unknown = || Fault::new(404, "NotFound", "The requested path does not exist.");
    let [kind, host, "dataCollectionRules", rule, "streams", stream] = segments.as_slice() else {
        return Err(unknown());
    };
    let door = match *kind {
        "dcr" => Door::Rule(host),
        "dce" => Door::Endpoint(host),
        _ => return Err(unknown()),
    };
    if request.method != Method::POST {
        return Err(Fault::new(
            405,
            "MethodNotAllowed",
            "The endpoint takes POST requests only.",
        ));
    }
    let caller = cloud.signer.caller(request, Audience::Monitor, now).map_err(|_| {
        let text = "The authentication token is missing, expired or was issued for another audience.";
        Fault::new(401, "AuthenticationError", text)
    })?;
    if request.param("api-version").as_deref() != Some(VERSION) {
        let text = format!("The api-version is missing or not supported; the supported one is {VERSION}.");
        return Err(Fault::new(400, "UnsupportedApiVersion", text));
    }
    let rule = state.estate.rule_by_immutable_id(rule).cloned().ok_or_else(|| {
        let text = format!("Data collection rule with immutable Id '{rule}' not found.");
        Fault::new(404, "NotFound", text)
    })?;
    check_access(state, &caller, &rule, &door, now)?;
    let columns = rule.streams.get(*stream).ok_or_else(|| {
        let text = format!(
            "Stream '{stream}' is not declared in the data collection rule with immutable Id '{}'.",
            rule.immutable_id
        );
        Fault::new(400, "InvalidStream", text)
    })?;
    let most = state.knobs.services.uploads_per_minute;
    let bytes = request.body.len();
    state
        .uploads
        .take(&rule.immutable_id, bytes, most, now)
        .map_err(|seconds| Fault {
            retry_after: Some(seconds),
            ..Fault::new(
                429,
                "TooManyRequests",
                "The limit of this data collection rule has been reached. Try again later.",
            )
        })?;
    let rows = body::rows(request, state.knobs.services.upload_counts_unpacked)?;
    if state.knobs.services.upload_span_limited && body::spread(&rows) > TimeDelta::minutes(SPAN_MINUTES) {
        let text = format!("The records of one request are more than {SPAN_MINUTES} minutes apart.");
        return Err(Fault::new(400, "RecordsTimeRangeIsMoreThan30Minutes", text));
    }
    store(state, &rule, (stream, columns), &rows, now, mishap);
    Ok(())
}

/// Where an upload came in: at a rule's own address or at an endpoint's.
enum Door<'a> {
    Rule(&'a str),
    Endpoint(&'a str),
}

/// The caller needs the role, and the rule must belong to the address; the service tells both in one refusal.
fn check_access(
    state: &mut State,
    caller: &Caller,
    rule: &DataCollectionRule,
    door: &Door,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    let id = rule.resource_id();
    let role = state.access.allows_data(&caller.object_id, WRITE, &id, now);
    let bound = match door {
        Door::Rule(host) => rule.host.as_deref() == Some(*host),
        Door::Endpoint(host) => {
            let endpoint = rule
                .endpoint_id
                .as_deref()
                .and_then(|id| state.estate.endpoint_by_id(id));
            endpoint.is_some_and(|endpoint| endpoint.host == *host && endpoint.public_network_access == "Enabled")
        }
    };
    if role && bound {
        return check_network(state, rule, door);
    }
    let word = |truth: bool| if truth { "True" } else { "False" };
    let text = format!(
        "The authentication token provided does not have access to ingest data for the data collection rule with \
         immutable Id '{}' PipelineAccessResult: AccessGranted: False, IsRbacPresent: {}, IsDcrDceBindingValid: {}, \
         DcrArmId: {id}, Message: Required authorization action was not found for tenantId {} objectId {} on \
         resourceId {id} ConfigurationId: {}..",
        rule.immutable_id,
        word(role),
        word(bound),
        state.directory.home().id,
        caller.object_id,
        rule.immutable_id,
    );
    Err(Fault::new(403, "OperationFailed", text))
}

/// A workspace without public network access takes rows from outside through an endpoint only. The service's text for it is
/// not published.
fn check_network(state: &mut State, rule: &DataCollectionRule, door: &Door) -> Result<(), Fault> {
    let mut workspaces = rule.destinations.values();
    let private = workspaces.find(|id| {
        let workspace = state.estate.workspace_by_id(id);
        workspace.is_some_and(|workspace| !workspace.public_ingestion)
    });
    match (door, private) {
        (Door::Rule(_), Some(id)) => {
            let text = format!("Public network access for ingestion is disabled on the workspace {id}.");
            Err(Fault::new(403, "PublicNetworkAccessDisabled", text))
        }
        _ => Ok(()),
    }
}

/// Stores rows in every table that their stream leads to and that takes them.
fn store(
    state: &mut State,
    rule: &DataCollectionRule,
    (stream, columns): (&str, &[StreamColumn]),
    rows: &[Map<String, Value>],
    now: DateTime<Utc>,
    mishap: Option<Mishap>,
) {
    for (workspace, table) in rule.routes(stream) {
        let Some(workspace) = state.estate.workspace_by_id(workspace) else {
            continue;
        };
        let takes_rows = !matches!(
            workspace.ingestion_status,
            "OverQuota" | "ForceOff" | "SubscriptionSuspended"
        );
        let table = workspace.custom.get(&table.to_ascii_lowercase());
        let Some(table) = table.filter(|table| takes_rows && table.usable(now)) else {
            continue;
        };
        let cells = Cells::read(rows, columns, table, now);
        let seed = u64::try_from(state.rows.uploads()).unwrap_or_default();
        state.rows.add(Batch {
            workspace: workspace.resource_id(),
            table: table.name.clone(),
            stream: stream.to_owned(),
            rule: rule.immutable_id.clone(),
            arrived: now,
            columns: cells.columns.clone(),
            rows: cells.after(mishap, seed, now),
        });
    }
}
