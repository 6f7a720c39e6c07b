//! What the tests of this room share: a lab without sockets.

pub(in crate::lab) mod history;

use std::collections::HashMap;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use chrono::{DateTime, TimeZone, Utc};
use http::Method;
use serde_json::{Value, json};

use super::national::NationalCloud;
use super::{Cloud, CloudConfig, CloudUrls, LabApp};
use crate::lab::http::{Request, Response};

/// A cloud, its addresses, and a moment.
pub(super) struct Lab {
    pub(super) cloud: Cloud,
    pub(super) urls: CloudUrls,
    pub(super) now: DateTime<Utc>,
    tokens: Mutex<HashMap<(String, String), String>>,
}

/// The scope for Resource Manager.
pub(super) const ARM: &str = "https://management.azure.com/.default";
/// The scope for log queries.
pub(super) const LOGS: &str = "https://api.loganalytics.io/.default";

impl Lab {
    pub(super) fn new() -> Self {
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let urls = CloudUrls {
            authority: url(1),
            arm: url(2),
            query: url(3),
            graph: url(4),
            ingestion: url(5),
        };
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 20, 0, 0).unwrap();
        let config = CloudConfig {
            seed: 42,
            cloud: NationalCloud::Public,
            urls: urls.clone(),
        };
        Self {
            cloud: Cloud::new(config, now),
            urls,
            now,
            tokens: Mutex::default(),
        }
    }

    pub(super) fn app(&self, label: &str) -> LabApp {
        let mut apps = self.cloud.apps().into_iter();
        apps.find(|app| app.label == label).unwrap()
    }

    pub(super) fn knob(&self, name: &str, value: Value) {
        self.cloud.set_knob(name, &value).unwrap();
    }

    pub(super) fn request(method: Method, path: &str, query: Option<&str>, body: Option<Vec<u8>>) -> Request {
        Request {
            method,
            path: path.replace(' ', "%20"),
            query: query.map(str::to_owned),
            headers: http::HeaderMap::new(),
            body: Bytes::from(body.unwrap_or_default()),
        }
    }

    /// The form of a good token request of an app.
    pub(super) fn form(&self, label: &str, scope: &'static str) -> Vec<(&'static str, &'static str)> {
        let app = self.app(label);
        vec![
            ("grant_type", "client_credentials"),
            ("client_id", app.client_id.leak()),
            ("client_secret", app.secret.leak()),
            ("scope", scope),
        ]
    }

    pub(super) fn token(&self, tenant: &str, fields: &[(&str, &str)]) -> Response {
        self.form_post(&format!("/{tenant}/oauth2/v2.0/token"), None, fields)
    }

    /// Posts a form to the authority.
    pub(super) fn form_post(&self, path: &str, query: Option<&str>, fields: &[(&str, &str)]) -> Response {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut request = Self::request(Method::POST, path, query, Some(body.into_bytes()));
        let form = "application/x-www-form-urlencoded";
        request.headers.insert("content-type", form.parse().unwrap());
        self.cloud.entra(&request, self.now)
    }

    pub(super) fn basic_token(&self, tenant: &str, id: &str, secret: &str, scope: &str) -> Response {
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let path = format!("/{tenant}/oauth2/v2.0/token");
        let mut request = Self::request(Method::POST, &path, None, Some(body.into_bytes()));
        let form = "application/x-www-form-urlencoded";
        request.headers.insert("content-type", form.parse().unwrap());
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        request.headers.insert("authorization", basic.parse().unwrap());
        self.cloud.entra(&request, self.now)
    }

    /// What a token says.
    pub(super) fn claims(&self, token: &str) -> Value {
        let payload = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    }

    /// A token of an app for a scope, asked for once and then kept.
    pub(super) fn bearer(&self, label: &str, scope: &'static str) -> String {
        let key = (label.to_owned(), scope.to_owned());
        let mut tokens = self.tokens.lock().unwrap();
        tokens
            .entry(key)
            .or_insert_with(|| {
                let answer = self.token(&self.cloud.tenant().0, &self.form(label, scope));
                json_of(&answer)["access_token"].as_str().unwrap().to_owned()
            })
            .clone()
    }

    /// Asks for tokens anew from now on, since the clock has moved.
    pub(super) fn forget_tokens(&self) {
        self.tokens.lock().unwrap().clear();
    }

    /// Asks Resource Manager as an app, with a JSON body where there is one.
    pub(super) fn arm(&self, label: &str, method: Method, path: &str, query: &str, body: Option<Value>) -> Response {
        let bytes = body.as_ref().map(|body| body.to_string().into_bytes());
        let mut request = Self::request(method, path, Some(query), bytes);
        let bearer = format!("Bearer {}", self.bearer(label, ARM));
        request.headers.insert("authorization", bearer.parse().unwrap());
        if body.is_some() {
            request
                .headers
                .insert("content-type", "application/json".parse().unwrap());
        }
        self.cloud.arm(&request, self.now)
    }

    /// Asks Microsoft Graph with a token; `target` is path and query.
    pub(super) fn ask_graph(&self, token: &str, method: Method, target: &str, body: Value) -> Response {
        let (path, query) = target
            .split_once('?')
            .map_or((target, None), |(path, query)| (path, Some(query)));
        let mut request = Self::request(method, path, query, Some(body.to_string().into_bytes()));
        let bearer = format!("Bearer {token}");
        request.headers.insert("authorization", bearer.parse().unwrap());
        self.cloud.graph(&request, self.now)
    }

    /// Asks the query endpoint of the first workspace as an app: the rows as JSON, or the error.
    pub(super) fn query(&self, label: &str, query: &str, timespan: Option<&str>) -> Value {
        let path = format!("/v1/workspaces/{}/query", self.cloud.workspaces()[0].customer_id);
        let body = json!({"query": query, "timespan": timespan}).to_string();
        let mut request = Self::request(Method::POST, &path, None, Some(body.into_bytes()));
        let bearer = format!("Bearer {}", self.bearer(label, LOGS));
        request.headers.insert("authorization", bearer.parse().unwrap());
        request
            .headers
            .insert("content-type", "application/json".parse().unwrap());
        let answer = json_of(&self.cloud.query(&request, self.now));
        match answer.get("tables") {
            Some(tables) => tables[0]["rows"].clone(),
            None => answer["error"].clone(),
        }
    }

    /// GET from Resource Manager.
    pub(super) fn get(&self, label: &str, path: &str, version: &str) -> Response {
        self.arm(label, Method::GET, path, &format!("api-version={version}"), None)
    }

    /// The resource ID of a table of the first workspace.
    pub(super) fn table(&self, name: &str) -> String {
        format!("{}/tables/{name}", self.workspace(0))
    }

    /// Makes a table in the first workspace with text columns beside `TimeGenerated`.
    pub(super) fn put_table(&self, label: &str, name: &str, columns: &[&str]) -> Response {
        let mut declared = vec![json!({"name": "TimeGenerated", "type": "dateTime"})];
        declared.extend(columns.iter().map(|column| json!({"name": column, "type": "string"})));
        let body = json!({"properties": {"schema": {"name": name, "columns": declared}}});
        self.arm(
            label,
            Method::PUT,
            &self.table(name),
            "api-version=2023-09-01",
            Some(body),
        )
    }

    /// The resource ID of a rule in the first workspace's resource group.
    pub(super) fn rule(&self, name: &str) -> String {
        format!(
            "{}/providers/Microsoft.Insights/dataCollectionRules/{name}",
            self.group()
        )
    }

    /// The body of a rule of kind `Direct` that leads to a table of the first workspace through a stream of its name.
    pub(super) fn rule_body(&self, table: &str) -> Value {
        let stream = format!("Custom-{}", table.trim_end_matches("_CL"));
        json!({
            "location": "westeurope",
            "kind": "Direct",
            "properties": {
                "streamDeclarations": {&stream: {"columns": [
                    {"name": "TimeGenerated", "type": "datetime"},
                    {"name": "Computer", "type": "string"}
                ]}},
                "destinations": {"logAnalytics": [{"workspaceResourceId": self.workspace(0), "name": "la"}]},
                "dataFlows": [{
                    "streams": [&stream],
                    "destinations": ["la"],
                    "transformKql": "source",
                    "outputStream": format!("Custom-{table}")
                }]
            }
        })
    }

    /// Writes such a rule, with what `more` gives at its top instead.
    pub(super) fn put_rule(&self, label: &str, name: &str, table: &str, more: Value) -> Response {
        let mut body = self.rule_body(table);
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.arm(
            label,
            Method::PUT,
            &self.rule(name),
            "api-version=2023-03-11",
            Some(body),
        )
    }

    /// The resource ID of a workspace, by its place in the list.
    pub(super) fn workspace(&self, place: usize) -> String {
        self.cloud.workspaces()[place].resource_id.clone()
    }

    /// The scope of the first workspace's resource group.
    pub(super) fn group(&self) -> String {
        let id = self.workspace(0);
        id.split("/providers/").next().unwrap().to_owned()
    }

    /// The scope of the first workspace's subscription.
    pub(super) fn subscription(&self) -> String {
        let id = self.workspace(0);
        id.split("/resourceGroups/").next().unwrap().to_owned()
    }
}

/// The body of an answer as JSON.
pub(super) fn json_of(answer: &Response) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"))
}

/// The code of an ARM or query error.
pub(super) fn code(answer: &Response) -> String {
    json_of(answer)["error"]["code"].as_str().unwrap().to_owned()
}

/// Names in a list answer.
pub(super) fn names(answer: &Response) -> Vec<String> {
    let body = json_of(answer);
    let list = body["value"].as_array().unwrap_or_else(|| panic!("{body}"));
    let name = |one: &Value| one["name"].as_str().unwrap_or_default().to_owned();
    list.iter().map(name).collect()
}
