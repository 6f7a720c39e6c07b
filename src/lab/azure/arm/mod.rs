//! Resource Manager: what every request goes through, and one file a resource.
//!
//! A request passes these gates in this order: bearer token, path, api-version, request rate, subscription, and then the
//! rights and rules of the resource. Rights are checked before existence, so that a stranger cannot tell what there is.
//!
//! | file | subject |
//! | --- | --- |
//! | `path`, `scope` | what a path names; places in the tree of resources |
//! | `versions`, `dispatch` | api-versions; which handler answers what |
//! | `guards` | roles, locks, policies, registration: who may do what now |
//! | `error` | errors in Resource Manager's shape |
//! | `subscriptions`, `providers` | subscriptions, resource groups, the list of all resources; resource providers |
//! | `workspaces` | workspaces |
//! | `saved_searches` | saved searches |
//! | `tables`, `table_changes` | tables; changes to them that take their time |
//! | `table_body`, `columns` | what a table may be |
//! | `rules` | data collection rules |
//! | `rule_body`, `rule_checks` | what a rule may be by itself, and among what is there |
//! | `endpoints`, `tracked` | data collection endpoints; what they have in common with rules |
//! | `permissions` | what the caller may do |
//! | `role_assignments`, `assignment_filter` | roles that are given; the filters of their list |
//! | `role_definitions` | roles that there are |
//! | `deployments`, `template` | deployments of templates; the template language |
//! | `graph` | Resource Graph, for one shape of query |

mod assignment_filter;
mod columns;
mod deployments;
mod dispatch;
mod endpoints;
mod error;
mod graph;
mod guards;
mod path;
mod permissions;
mod providers;
mod role_assignments;
mod role_definitions;
mod rule_body;
mod rule_checks;
mod rules;
mod saved_searches;
mod scope;
mod subscriptions;
mod table_body;
mod table_changes;
mod tables;
mod template;
mod tracked;
mod versions;
mod workspaces;

use chrono::{DateTime, Utc};
use http::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::error::ArmError;
use self::path::Target;
use self::scope::{ResourceName, Scope};
use super::estate::{ResourceGroup, WORKSPACE_TYPE, Workspace};
use super::rules::{ENDPOINT_TYPE, RULE_TYPE};
use super::throttle::Kind;
use super::tokens::{Audience, Caller};
use super::{Cloud, State};
use crate::lab::http::{Request, Response};

pub(super) use self::deployments::Deployments;

/// One request that came with a good token, and what it may touch.
struct Call<'a> {
    state: &'a mut State,
    request: &'a Request,
    /// The base of `nextLink`s.
    base: &'a str,
    /// The base of the addresses that rules and endpoints hand out.
    ingestion: &'a str,
    caller: Caller,
    now: DateTime<Utc>,
}

/// Answers one request.
pub(super) fn answer(cloud: &Cloud, request: &Request, now: DateTime<Utc>) -> Response {
    let state = &mut *cloud.state();
    let id = state.next_guid();
    let mut headers = Vec::new();
    let answer = pass(cloud, state, request, now, &mut headers);
    let mut response = answer.unwrap_or_else(|error| error.response());
    let correlation = request.header("x-ms-correlation-request-id").unwrap_or(&id);
    headers.push(("x-ms-correlation-request-id", correlation.to_owned()));
    headers.push(("x-ms-request-id", id));
    headers.push(("cache-control", "no-cache".to_owned()));
    if let Some(client) = request.header("x-ms-client-request-id") {
        headers.push(("x-ms-client-request-id", client.to_owned()));
    }
    for (name, value) in &headers {
        response = response.with_header(name, value);
    }
    response
}

fn pass(
    cloud: &Cloud,
    state: &mut State,
    request: &Request,
    now: DateTime<Utc>,
    headers: &mut Vec<(&'static str, String)>,
) -> Result<Response, ArmError> {
    let caller = cloud.signer.caller(request, Audience::ResourceManager, now);
    let tenant = state.directory.home();
    let caller = caller.map_err(|refusal| ArmError::token(&refusal, &cloud.urls.authority, tenant))?;
    let version = request.param("api-version");
    let segments = request.segments();
    if version.as_deref().is_none_or(str::is_empty) {
        return Err(versions::missing());
    }
    let target = Target::parse(&segments, version.as_deref().unwrap_or_default())?;
    versions::check(&target, version.as_deref())?;
    throttle(state, request, &target, &caller, now, headers)?;
    let mut call = Call {
        state,
        request,
        base: &cloud.urls.arm,
        ingestion: &cloud.urls.ingestion,
        caller,
        now,
    };
    call.continue_deployments();
    call.enter(&target)?;
    call.dispatch(&target)
}

/// Takes one request out of the caller's bucket, and says in a header how many are left.
fn throttle(
    state: &mut State,
    request: &Request,
    target: &Target,
    caller: &Caller,
    now: DateTime<Utc>,
    headers: &mut Vec<(&'static str, String)>,
) -> Result<(), ArmError> {
    let place = target.subscription().unwrap_or_default();
    let (kind, word) = match (target, &request.method) {
        (Target::ResourceGraph, _) => (Kind::Graph, "graph"),
        (_, &Method::GET | &Method::HEAD) => (Kind::Reads, "read"),
        (_, &Method::DELETE) => (Kind::Deletes, "delete"),
        _ => (Kind::Writes, "write"),
    };
    let left = state
        .throttle
        .take(&caller.object_id, place, kind, now)
        .map_err(|seconds| ArmError::throttled(word, place, caller, seconds))?;
    let header = match (kind, place.is_empty()) {
        (Kind::Reads, false) => "x-ms-ratelimit-remaining-subscription-reads",
        (Kind::Deletes, false) => "x-ms-ratelimit-remaining-subscription-deletes",
        (Kind::Writes, false) => "x-ms-ratelimit-remaining-subscription-writes",
        (Kind::Reads, true) => "x-ms-ratelimit-remaining-tenant-reads",
        (Kind::Graph | Kind::Queries, _) => "x-ms-user-quota-remaining",
        (_, true) => "x-ms-ratelimit-remaining-tenant-writes",
    };
    headers.push((header, left.to_string()));
    Ok(())
}

impl Call<'_> {
    /// The subscription must exist, and take changes where this is one.
    fn enter(&self, target: &Target) -> Result<(), ArmError> {
        let Some(id) = target.subscription() else {
            return Ok(());
        };
        if uuid::Uuid::parse_str(id).is_err() {
            return Err(ArmError::new(
                400,
                "InvalidSubscriptionId",
                format!("The provided subscription identifier '{id}' is malformed or invalid."),
            ));
        }
        let Some(subscription) = self.state.estate.subscription(id) else {
            return Err(ArmError::new(
                404,
                "SubscriptionNotFound",
                format!("The subscription '{id}' could not be found."),
            ));
        };
        let reads = matches!(self.request.method, Method::GET | Method::HEAD);
        if subscription.state == "Disabled" && !reads {
            return Err(ArmError::new(
                409,
                "ReadOnlyDisabledSubscription",
                format!(
                    "The subscription '{id}' is disabled and therefore marked as read only. You cannot perform any \
                     write actions on this subscription until it is re-enabled."
                ),
            ));
        }
        Ok(())
    }

    /// 404 where a scope is not there.
    fn exists(&mut self, scope: &Scope) -> Result<(), ArmError> {
        if let Some(group) = scope.group() {
            self.group(scope.subscription(), group)?;
        }
        let estate = &mut self.state.estate;
        let (found, kind, name) = match scope {
            Scope::Subscription(_) | Scope::Group(..) => return Ok(()),
            Scope::Workspace(one) => {
                let found = estate.workspace(&one.subscription, &one.group, &one.name).is_some();
                (found, WORKSPACE_TYPE, one)
            }
            Scope::Rule(one) => {
                let found = estate.rule(&one.subscription, &one.group, &one.name).is_some();
                (found, RULE_TYPE, one)
            }
            Scope::Endpoint(one) => {
                let found = estate.endpoint(&one.subscription, &one.group, &one.name).is_some();
                (found, ENDPOINT_TYPE, one)
            }
        };
        match found {
            true => Ok(()),
            false => Err(ArmError::resource_not_found(
                &format!("{kind}/{}", name.name),
                &name.group,
            )),
        }
    }

    /// The api-version of the request.
    fn version(&self) -> String {
        self.request.param("api-version").unwrap_or_default()
    }

    /// Whether the caller holds any role in a subscription.
    fn touches(&self, subscription: &str) -> bool {
        let scope = format!("/subscriptions/{subscription}");
        self.state.access.touches(&self.caller.object_id, &scope)
    }

    fn group(&self, subscription: &str, name: &str) -> Result<&ResourceGroup, ArmError> {
        self.state.estate.group(subscription, name).ok_or_else(|| {
            ArmError::new(
                404,
                "ResourceGroupNotFound",
                format!("Resource group '{name}' could not be found."),
            )
        })
    }

    /// A workspace, where the caller may do this to it or to what is below it (`path` begins with a slash).
    fn workspace(&mut self, name: &ResourceName, action: &str, below: &str) -> Result<&mut Workspace, ArmError> {
        let id = name.id(WORKSPACE_TYPE);
        self.authorize(action, &format!("{id}{below}"))?;
        self.group(&name.subscription, &name.group)?;
        let workspace = self.state.estate.workspace(&name.subscription, &name.group, &name.name);
        workspace.ok_or_else(|| ArmError::resource_not_found(&format!("{WORKSPACE_TYPE}/{}", name.name), &name.group))
    }

    /// The JSON body.
    fn body<T: DeserializeOwned>(&self) -> Result<T, ArmError> {
        self.body_without(&[])
    }

    fn is_json(&self) -> Result<(), ArmError> {
        let content_type = self.request.header("content-type").unwrap_or_default();
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/json") {
            return Ok(());
        }
        Err(ArmError::new(
            415,
            "UnsupportedMediaType",
            format!("The content media type '{kind}' is not supported. Only 'application/json' is supported."),
        ))
    }

    /// The JSON body without what only answers carry: paths like `/properties/columns/*/isHidden`.
    fn body_without<T: DeserializeOwned>(&self, read_only: &[&str]) -> Result<T, ArmError> {
        self.is_json()?;
        // Twice, since the value reports a repeated property as the last one and the type would not.
        let mut value: Value = serde_json::from_slice(&self.request.body).map_err(not_read)?;
        for path in read_only {
            let steps: Vec<&str> = path.split('/').skip(1).collect();
            remove(&mut value, &steps);
        }
        serde_json::from_value(value).map_err(not_read)
    }

    /// The body of a deployment. Resource Manager takes templates with comments, and the Azure command line sends the name
    /// `template` without quotes (its `JsonCTemplatePolicy`).
    fn body_with_comments<T: DeserializeOwned>(&self) -> Result<T, ArmError> {
        if serde_json::from_slice::<Value>(&self.request.body).is_ok() {
            return self.body();
        }
        self.is_json()?;
        let text = std::str::from_utf8(&self.request.body).map_err(not_read)?;
        let value: Value = json5::from_str(text).map_err(not_read)?;
        serde_json::from_value(value).map_err(not_read)
    }
}

fn not_read(error: impl std::fmt::Display) -> ArmError {
    ArmError::new(
        400,
        "InvalidRequestContent",
        format!("The request content was invalid and could not be deserialized: '{error}'."),
    )
}

/// Removes what a path leads to; `*` is every element of an array.
fn remove(value: &mut Value, steps: &[&str]) {
    match steps {
        [] => {}
        [last] => {
            if let Some(object) = value.as_object_mut() {
                object.remove(*last);
            }
        }
        ["*", rest @ ..] => {
            for one in value.as_array_mut().into_iter().flatten() {
                remove(one, rest);
            }
        }
        [first, rest @ ..] => {
            if let Some(below) = value.get_mut(*first) {
                remove(below, rest);
            }
        }
    }
}

/// A list on one page.
fn list(value: Vec<Value>) -> Response {
    Response::json(200, &json!({ "value": value }))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ARM, LOGS, Lab, code, json_of};
    use super::*;
    use chrono::TimeDelta;

    fn bare(lab: &Lab, authorization: Option<&str>) -> Request {
        let mut request = Lab::request(Method::GET, &lab.workspace(0), Some("api-version=2023-09-01"), None);
        if let Some(value) = authorization {
            request.headers.insert("authorization", value.parse().unwrap());
        }
        request
    }

    #[test]
    fn only_a_good_token_of_the_right_audience_comes_in() {
        let lab = Lab::new();
        let arm = format!("Bearer {}", lab.bearer("ready", ARM));
        let logs = format!("Bearer {}", lab.bearer("ready", LOGS));
        let ask = |authorization: Option<&str>, later: i64| {
            lab.cloud
                .arm(&bare(&lab, authorization), lab.now + TimeDelta::seconds(later))
        };
        assert_eq!(ask(Some(&arm), 0).status, 200);
        for (authorization, later, expected) in [
            (None, 0, "AuthenticationFailed"),
            (Some("Bearer nonsense"), 0, "InvalidAuthenticationToken"),
            (Some(logs.as_str()), 0, "InvalidAuthenticationTokenAudience"),
            (Some(arm.as_str()), 3600, "ExpiredAuthenticationToken"),
        ] {
            let answer = ask(authorization, later);
            assert_eq!((answer.status, code(&answer).as_str()), (401, expected));
            let challenge = answer.headers.get("www-authenticate").unwrap().to_str().unwrap();
            assert!(challenge.starts_with("Bearer authorization_uri="), "{challenge}");
        }
    }

    #[test]
    fn an_api_version_is_required_and_must_exist() {
        let lab = Lab::new();
        let ask = |path: &str, query: &str| code(&lab.arm("owner", Method::GET, path, query, None));
        let id = lab.workspace(0);
        assert_eq!(ask(&id, ""), "MissingApiVersionParameter");
        assert_eq!(ask(&id, "api-version="), "MissingApiVersionParameter");
        assert_eq!(ask(&id, "api-version=1999-01-01"), "NoRegisteredProviderFound");
        assert_eq!(
            ask("/subscriptions", "api-version=2023-09-01"),
            "InvalidApiVersionParameter"
        );
        assert_eq!(lab.get("owner", &id, "2025-07-01").status, 200);
    }

    #[test]
    fn ids_are_answered_and_echoed() {
        let lab = Lab::new();
        let mut request = bare(&lab, Some(&format!("Bearer {}", lab.bearer("ready", ARM))));
        request
            .headers
            .insert("x-ms-client-request-id", "mine".parse().unwrap());
        let answer = lab.cloud.arm(&request, lab.now);
        let header = |name: &str| answer.headers.get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(header("x-ms-client-request-id"), "mine");
        assert!(uuid::Uuid::parse_str(&header("x-ms-request-id")).is_ok());
        assert_eq!(header("x-ms-request-id"), header("x-ms-correlation-request-id"));
        assert_eq!(header("x-ms-ratelimit-remaining-subscription-reads"), "249");
        assert_eq!(header("date"), "Sun, 22 Nov 2026 20:00:00 GMT");
        let second = lab.cloud.arm(&request, lab.now);
        assert_ne!(
            answer.headers.get("x-ms-request-id"),
            second.headers.get("x-ms-request-id")
        );
    }

    #[test]
    fn what_is_not_there_is_told_only_to_those_who_may_look() {
        let lab = Lab::new();
        let id = lab.workspace(0);
        let subscription = lab.subscription();
        let ask = |label: &str, path: &str, version: &str| {
            let answer = lab.get(label, path, version);
            (answer.status, code(&answer))
        };
        let missing = format!(
            "{}/providers/Microsoft.OperationalInsights/workspaces/none",
            lab.group()
        );
        assert_eq!(ask("owner", &missing, "2023-09-01"), (404, "ResourceNotFound".into()));
        assert_eq!(
            ask("reader", &missing, "2023-09-01"),
            (403, "AuthorizationFailed".into())
        );
        let nowhere = id.replace("rg-configmgr", "rg-none");
        assert_eq!(
            ask("owner", &nowhere, "2023-09-01"),
            (404, "ResourceGroupNotFound".into())
        );
        let none = "/subscriptions/11111111-2222-4333-8444-555555555555";
        assert_eq!(ask("owner", none, "2022-12-01"), (404, "SubscriptionNotFound".into()));
        assert_eq!(
            ask("owner", "/subscriptions/x", "2022-12-01"),
            (400, "InvalidSubscriptionId".into())
        );
        assert_eq!(ask("owner", "/tenants", "2022-12-01"), (404, "NotFound".into()));
        let vm = format!("{subscription}/providers/Microsoft.Compute/virtualMachines");
        assert_eq!(ask("owner", &vm, "2024-03-01"), (404, "InvalidResourceType".into()));
        let verb = lab.arm("owner", Method::PATCH, &id, "api-version=2023-09-01", None);
        assert_eq!(verb.status, 405);
    }

    #[test]
    fn the_refusal_of_a_right_names_app_action_and_scope() {
        let lab = Lab::new();
        let id = lab.workspace(0);
        let app = lab.app("no-rights");
        let message = json_of(&lab.get("no-rights", &id, "2023-09-01"))["error"]["message"].to_string();
        for part in [
            &app.client_id,
            &app.object_id,
            &id,
            "Microsoft.OperationalInsights/workspaces/read",
        ] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn too_many_reads_are_throttled_until_the_bucket_fills() {
        let lab = Lab::new();
        let ask = |at| {
            lab.cloud
                .arm(&bare(&lab, Some(&format!("Bearer {}", lab.bearer("ready", ARM)))), at)
        };
        for _ in 0..250 {
            assert_eq!(ask(lab.now).status, 200);
        }
        let refused = ask(lab.now);
        assert_eq!(
            (refused.status, code(&refused).as_str()),
            (429, "SubscriptionRequestsThrottled")
        );
        assert_eq!(refused.headers.get("retry-after").unwrap(), "1");
        assert_eq!(ask(lab.now + TimeDelta::seconds(1)).status, 200);
    }

    #[test]
    fn every_kind_of_write_comes_out_of_the_same_bucket() {
        let lab = Lab::new();
        for _ in 0..100 {
            assert_eq!(lab.put_table("reader", "A_CL", &[]).status, 403);
            assert_eq!(lab.put_rule("reader", "dcr-a", "A_CL", json!({})).status, 403);
        }
        let refused = lab.put_table("reader", "A_CL", &[]);
        assert_eq!(
            (refused.status, code(&refused).as_str()),
            (429, "SubscriptionRequestsThrottled")
        );
        assert!(refused.headers.contains_key("retry-after"));
    }
}
