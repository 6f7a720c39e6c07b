//! The log-query endpoint: `POST` or `GET /v1/workspaces/{customerId}/query`.
//!
//! Errors have the shapes of Microsoft's page "Azure Monitor Log Analytics API errors".

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::estate::Workspace;
use super::rows::{self, Rows};
use super::throttle::Kind;
use super::tokens::{Audience, Caller, Refusal};
use super::{Cloud, State, heartbeats, timespan};
use crate::lab::http::{Request, Response};
use crate::lab::kql::{self, QueryError, Scope, Source, Table};

const READ: &str = "Microsoft.OperationalInsights/workspaces/query/read";

/// The names that a query of one workspace can use, as they are at the moment of the query.
struct Names {
    tables: HashMap<String, Arc<Table>>,
    functions: HashMap<String, Arc<str>>,
}

impl Names {
    /// The names of a workspace at a moment. A custom table has its name once it has a row, or as soon as it is made
    /// where `unwritten` says so.
    fn of(workspace: &Workspace, rows: &mut Rows, unwritten: bool, now: DateTime<Utc>) -> Self {
        let functions = workspace.saved.values().filter_map(|search| search.function());
        let mut tables = workspace.tables.clone();
        for table in workspace.custom.values().filter(|table| table.usable(now)) {
            let seen = rows.table(workspace, table, now);
            let seen = seen.or_else(|| unwritten.then(|| Arc::new(rows::empty(table))));
            tables.extend(seen.map(|seen| (table.name.clone(), seen)));
        }
        Self {
            tables,
            functions: functions.map(|(alias, text)| (alias.to_owned(), text.into())).collect(),
        }
    }
}

impl Source for Names {
    fn table(&self, name: &str) -> Option<Arc<Table>> {
        self.tables.get(name).cloned()
    }

    fn function(&self, alias: &str) -> Option<Arc<str>> {
        self.functions.get(alias).cloned()
    }
}

/// What is asked for.
#[derive(Deserialize)]
struct Ask {
    query: String,
    #[serde(default)]
    timespan: Option<String>,
    #[serde(default)]
    workspaces: Option<Vec<String>>,
}

/// What is asked, in which workspace, and at how many rows the answer is cut.
struct Asked {
    names: Names,
    ask: Ask,
    most_rows: Option<usize>,
}

/// A refusal: the status, and what goes under `error`.
struct Fault {
    status: u16,
    error: Value,
    retry_after: Option<u64>,
}

impl Fault {
    fn new(status: u16, code: &str, message: &str) -> Self {
        Self {
            status,
            error: json!({"message": message, "code": code}),
            retry_after: None,
        }
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        if let Some(error) = self.error.as_object_mut() {
            error.insert(name.to_owned(), value);
        }
        self
    }

    /// A query that was not understood.
    fn query(inner: Value) -> Self {
        Self::new(400, "BadArgumentError", "The request had some invalid properties").with("innererror", inner)
    }

    /// A parameter that was not understood.
    fn argument(target: &str, message: &str) -> Self {
        let detail = json!({"code": "InvalidParameter", "message": message, "target": target});
        Self::new(400, "BadArgumentError", "The request had some invalid properties").with("details", json!([detail]))
    }

    fn access() -> Self {
        let message = "The provided credentials have insufficient access to perform the requested operation";
        Self::new(403, "InsufficientAccessError", message)
    }

    fn path() -> Self {
        Self::new(404, "PathNotFoundError", "The requested path does not exist")
    }

    /// A token that belongs elsewhere or whose time is over.
    fn token(status: u16) -> Self {
        let inner = json!({"code": "SignatureVerificationFailed", "message": "Could not validate the request"});
        let message = "The provided authentication is not valid for this resource";
        Self::new(status, "InvalidTokenError", message).with("innererror", inner)
    }

    fn response(&self) -> Response {
        let response = Response::json(self.status, &json!({"error": self.error}));
        match self.retry_after {
            None => response,
            Some(seconds) => response.with_header("retry-after", &seconds.to_string()),
        }
    }
}

/// Answers one request.
pub(super) fn answer(cloud: &Cloud, request: &Request, now: DateTime<Utc>) -> Response {
    let (id, prepared) = {
        let state = &mut *cloud.state();
        (state.next_guid(), prepare(cloud, state, request, now))
    };
    // The query runs after the lock is gone: a long one must not hold up the rest of the lab.
    let response = match prepared {
        Ok(Some(asked)) => run(&asked, now).unwrap_or_else(|fault| fault.response()),
        Ok(None) => Response::empty(200),
        Err(fault) => fault.response(),
    };
    let mut response = response.with_header("x-ms-request-id", &id);
    if let Some(client) = request.header("x-ms-client-request-id") {
        response = response.with_header("x-ms-client-request-id", client);
    }
    response
}

/// Who asks what of which workspace; `None` where a POST carries no JSON, which the service answers with nothing.
fn prepare(cloud: &Cloud, state: &mut State, request: &Request, now: DateTime<Utc>) -> Result<Option<Asked>, Fault> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let id = match segments.as_slice() {
        ["v1", "workspaces", id, "query"] if uuid::Uuid::parse_str(id).is_ok() => *id,
        _ => {
            return Err(Fault::path());
        }
    };
    let caller = caller(cloud, request, now)?;
    if let Err(seconds) = state.throttle.take(&caller.object_id, "", Kind::Queries, now) {
        let mut fault = Fault::new(429, "ThrottledError", "The throttle limit has been exceeded.");
        fault.retry_after = Some(seconds);
        return Err(fault);
    }
    // A wrong workspace and a missing role look the same.
    let workspace = state.estate.by_customer_id(id);
    let workspace = workspace
        .filter(|found| state.access.allows(&caller.object_id, READ, &found.resource_id()))
        .ok_or_else(Fault::access)?;
    if !workspace.public_query {
        let text = "Queries from a public network are disabled on this workspace.";
        let inner = json!({"code": "PublicNetworkAccessDisabled", "message": text});
        return Err(Fault::access().with("innererror", inner));
    }
    let Some(ask) = ask(request)? else {
        return Ok(None);
    };
    let others = ask.workspaces.iter().flatten();
    if let Some(other) = others.into_iter().find(|other| !other.eq_ignore_ascii_case(id)) {
        let text = format!("Workspace '{other}' could not be joined: one workspace can be queried at a time.");
        return Err(Fault::argument("workspaces", &text));
    }
    let unwritten = state.knobs.services.unwritten_is_empty;
    let mut names = Names::of(workspace, &mut state.rows, unwritten, now);
    // Agents report to the first workspace, the one that the apps have roles on.
    let first = state.estate.workspaces.first();
    if first.is_some_and(|first| first.customer_id == workspace.customer_id)
        && let Some(table) = names.tables.get_mut(heartbeats::TABLE)
        && let Some(filled) = state.heartbeats.table(&table.columns, now)
    {
        *table = filled;
    }
    let most_rows = state.knobs.services.answer_rows;
    Ok(Some(Asked { names, ask, most_rows }))
}

fn caller(cloud: &Cloud, request: &Request, now: DateTime<Utc>) -> Result<Caller, Fault> {
    let caller = cloud.signer.caller(request, Audience::LogAnalytics, now);
    caller.map_err(|refusal| match refusal {
        Refusal::Missing => Fault::new(
            401,
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
        ),
        Refusal::Malformed => Fault::new(403, "InvalidAuthenticationToken", "The access token is invalid."),
        Refusal::Expired(_) => Fault::token(401),
        Refusal::Audience(_) => Fault::token(403),
    })
}

fn ask(request: &Request) -> Result<Option<Ask>, Fault> {
    match request.method {
        Method::GET => match request.param("query") {
            None => Err(Fault::argument("query", "The query parameter is missing.")),
            Some(query) => Ok(Some(Ask {
                query,
                timespan: request.param("timespan"),
                workspaces: request
                    .param("workspaces")
                    .map(|list| list.split(',').map(str::to_owned).collect()),
            })),
        },
        Method::POST => {
            let content_type = request.header("content-type").unwrap_or_default();
            let kind = content_type.split(';').next().unwrap_or_default().trim();
            if !kind.eq_ignore_ascii_case("application/json") || request.body.is_empty() {
                return Ok(None);
            }
            let ask = serde_json::from_slice(&request.body);
            ask.map(Some)
                .map_err(|fault| Fault::argument("query", &fault.to_string()))
        }
        _ => Err(Fault::path()),
    }
}

fn run(Asked { names, ask, most_rows }: &Asked, now: DateTime<Utc>) -> Result<Response, Fault> {
    let timespan = match ask.timespan.as_deref().filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => Some(
            timespan::parse(text, now)
                .ok_or_else(|| Fault::argument("timespan", &format!("The timespan '{text}' is not valid.")))?,
        ),
    };
    let answer = kql::run(&ask.query, names, &Scope { now, timespan });
    let mut table = answer.map_err(|error| match error {
        QueryError::Syntax { message, line, column } => Fault::query(json!({
            "code": "SyntaxError",
            "message": "A recognition error occurred in the query.",
            "innererror": {
                "code": "SYN0002",
                "message": message,
                "line": line,
                // The service counts columns from 0.
                "pos": column.saturating_sub(1)
            }
        })),
        QueryError::Semantic { message } => Fault::query(json!({
            "code": "SemanticError",
            "message": "A semantic error occurred.",
            "innererror": {"code": "SEM0100", "message": message}
        })),
    })?;
    let is_cut = most_rows.is_some_and(|most| table.rows.len() > most);
    table.rows.truncate(most_rows.unwrap_or(usize::MAX));
    let mut answer = json!({"tables": [kql::to_json(&table)]});
    if is_cut {
        answer["error"] = partial(table.rows.len());
    }
    Ok(Response::json(200, &answer))
}

/// What stands beside rows that are not all.
fn partial(rows: usize) -> Value {
    let message = format!("The query result exceeded the limit of {rows} records; the rest was left out.");
    let inner = json!({"code": "-2133196797", "message": message, "severity": 2, "severityName": "Error"});
    let detail = json!({"code": "EngineError", "message": "", "innererror": inner});
    json!({"code": "PartialError", "message": "There were some errors when processing your query.", "details": [detail]})
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ARM, LOGS, Lab, code, json_of};
    use super::*;

    fn ask(lab: &Lab, bearer: Option<&str>, path: &str, body: Value) -> Response {
        let mut request = Lab::request(Method::POST, path, None, Some(body.to_string().into_bytes()));
        request
            .headers
            .insert("content-type", "application/json".parse().unwrap());
        if let Some(token) = bearer {
            let bearer = format!("Bearer {token}");
            request.headers.insert("authorization", bearer.parse().unwrap());
        }
        lab.cloud.query(&request, lab.now)
    }

    fn path(lab: &Lab, place: usize) -> String {
        format!("/v1/workspaces/{}/query", lab.cloud.workspaces()[place].customer_id)
    }

    fn inner(answer: &Response) -> String {
        json_of(answer)["error"]["innererror"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// A text that no query engine takes.
    const NONSENSE: &str = "| where";

    #[test]
    fn tokens_and_roles_are_checked() {
        let lab = Lab::new();
        let body = json!({"query": NONSENSE});
        let good = lab.bearer("workspace-contributor", LOGS);
        let first = path(&lab, 0);
        // The query is refused, hence reached.
        for label in ["workspace-contributor", "reader", "ready", "no-publisher", "owner"] {
            let answer = ask(&lab, Some(&lab.bearer(label, LOGS)), &first, body.clone());
            assert_eq!(
                (answer.status, code(&answer).as_str()),
                (400, "BadArgumentError"),
                "{label}"
            );
        }
        let nobody = lab.bearer("no-rights", LOGS);
        let unknown = "/v1/workspaces/11111111-2222-4333-8444-555555555555/query";
        let other = path(&lab, 2);
        let wrong_audience = lab.bearer("ready", ARM);
        for (token, path, status, expected) in [
            (None, first.as_str(), 401, "AuthenticationFailed"),
            (Some("nonsense"), &first, 403, "InvalidAuthenticationToken"),
            (Some(wrong_audience.as_str()), &first, 403, "InvalidTokenError"),
            (Some(&nobody), &first, 403, "InsufficientAccessError"),
            (Some(&good), unknown, 403, "InsufficientAccessError"),
            (Some(&good), &other, 403, "InsufficientAccessError"),
            (
                Some(&good),
                "/v1/workspaces/law-contoso/query",
                404,
                "PathNotFoundError",
            ),
            (Some(&good), "/v1/apps", 404, "PathNotFoundError"),
        ] {
            let answer = ask(&lab, token, path, body.clone());
            assert_eq!((answer.status, code(&answer).as_str()), (status, expected), "{path}");
        }
        let mut later = lab;
        later.now += chrono::TimeDelta::hours(1);
        assert_eq!(ask(&later, Some(&good), &first, body).status, 401);
    }

    #[test]
    fn a_post_without_json_is_answered_with_nothing() {
        let lab = Lab::new();
        let bearer = format!("Bearer {}", lab.bearer("ready", LOGS));
        let mut request = Lab::request(Method::POST, &path(&lab, 0), None, Some(b"{\"query\":\"x\"}".to_vec()));
        request.headers.insert("authorization", bearer.parse().unwrap());
        let answer = lab.cloud.query(&request, lab.now);
        assert_eq!((answer.status, answer.body.len()), (200, 0));
        request
            .headers
            .insert("content-type", "application/json".parse().unwrap());
        request.body = bytes::Bytes::new();
        let answer = lab.cloud.query(&request, lab.now);
        assert_eq!((answer.status, answer.body.len()), (200, 0));
        request.body = "{\"q\":1}".into();
        assert_eq!(code(&lab.cloud.query(&request, lab.now)), "BadArgumentError");
    }

    #[test]
    fn arguments_are_checked() {
        let lab = Lab::new();
        let token = lab.bearer("ready", LOGS);
        let own = lab.cloud.workspaces()[0].customer_id.clone();
        let target = |body: Value| {
            let answer = ask(&lab, Some(&token), &path(&lab, 0), body);
            json_of(&answer)["error"]["details"][0]["target"]
                .as_str()
                .map(str::to_owned)
        };
        assert_eq!(
            target(json!({"query": "x", "timespan": "yesterday"})),
            Some("timespan".into())
        );
        assert_eq!(
            target(json!({"query": "x", "workspaces": ["other"]})),
            Some("workspaces".into())
        );
        assert_eq!(
            target(json!({"query": "x", "workspaces": [own], "timespan": "P1D"})),
            None
        );
        let mut get = Lab::request(Method::GET, &path(&lab, 0), None, None);
        get.headers
            .insert("authorization", format!("Bearer {token}").parse().unwrap());
        assert_eq!(
            json_of(&lab.cloud.query(&get, lab.now))["error"]["details"][0]["target"],
            "query"
        );
        get.query = Some("query=%7C%20where".into());
        assert!(!inner(&lab.cloud.query(&get, lab.now)).is_empty());
    }

    #[test]
    fn functions_are_found_by_their_exact_alias_and_tables_by_their_name() {
        let lab = Lab::new();
        let state = &mut *lab.cloud.state();
        let names = Names::of(
            state.estate.workspaces.first().unwrap(),
            &mut state.rows,
            false,
            lab.now,
        );
        assert!(names.function("ConfigMgr_PS1_SMS00001").unwrap().contains("OLD-SRV-01"));
        assert!(names.function("configmgr_ps1_sms00001").is_none());
        assert!(names.table("Heartbeat").unwrap().rows.is_empty());
        assert!(names.table("heartbeat").is_none());
    }
}
