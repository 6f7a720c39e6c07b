//! Refusals of Resource Manager and of the query service, as problems.
//!
//! Both answer `{"error": {"code", "message", …}}`, a few resource providers without the wrapper. The code picks the problem;
//! code, message and request IDs always ride along for a ticket.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::model::{Failure, Invalid, Problem, Result};

use super::client::Call;
use super::http::Reply;
use super::tokens::Service;

/// An error as Azure describes it.
#[derive(Debug, Default)]
pub(super) struct AzureError {
    pub(super) code: String,
    pub(super) message: String,
    /// Codes and messages of nested errors, outer ones first.
    pub(super) inner: Vec<(String, String)>,
}

impl AzureError {
    /// Reads the body of an answer; `None` when it describes no error.
    pub(super) fn read(reply: &Reply) -> Option<Self> {
        Self::from_json(&reply.json("").ok()?)
    }

    /// Reads an error, with its wrapper or without.
    pub(super) fn from_json(json: &Value) -> Option<Self> {
        let error = field(json, "error").filter(|error| error.is_object()).unwrap_or(json);
        let (code, message) = (text(error, "code"), text(error, "message"));
        let mut inner = Vec::new();
        collect_inner(error, &mut inner, 8);
        (!code.is_empty() || !message.is_empty()).then_some(Self { code, message, inner })
    }

    /// The words that say most: those of the innermost error that has some.
    pub(super) fn best_message(&self) -> &str {
        let innermost = self.inner.iter().rev().map(|(_, message)| message.as_str());
        innermost
            .chain([self.message.as_str()])
            .find(|message| !message.is_empty())
            .unwrap_or(&self.code)
    }

    pub(super) fn has_code(&self, codes: &[&str]) -> bool {
        codes.iter().any(|code| self.code.eq_ignore_ascii_case(code))
    }
}

fn collect_inner(error: &Value, found: &mut Vec<(String, String)>, depth: usize) {
    if depth == 0 {
        return;
    }
    let details = field(error, "details").and_then(Value::as_array);
    let nested = details.into_iter().flatten().chain(field(error, "innererror"));
    for nested in nested.filter(|nested| nested.is_object()) {
        let (code, message) = (text(nested, "code"), text(nested, "message"));
        // Graph puts nothing but its request's ID and date there.
        if !code.is_empty() || !message.is_empty() {
            found.push((code, message));
        }
        collect_inner(nested, found, depth - 1);
    }
}

/// A member by name, whatever its letter case: providers differ.
pub(super) fn field<'a>(json: &'a Value, name: &str) -> Option<&'a Value> {
    let members = json.as_object()?;
    members.get(name).or_else(|| {
        members
            .iter()
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    })
}

fn text(json: &Value, name: &str) -> String {
    match field(json, name) {
        Some(Value::String(text)) => words(text),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Text from outside for one line of ours: no control characters, at most 1,000 characters.
pub(super) fn words(text: &str) -> String {
    let cleaned: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(1000)
        .collect();
    cleaned.trim().to_owned()
}

/// What may stand in a path as it is; everything else is percent-encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text as one segment of a path.
///
/// # Errors
/// [`Problem::Invalid`] when it is empty or one of the dots that mean "here" and "one up": such a segment would lead a call
/// to another resource.
pub(super) fn segment(what: &'static str, text: &str, example: &'static str) -> Result<String> {
    match text {
        "" => Err(Invalid::new(what, "it is empty", example).into()),
        "." | ".." => Err(Invalid::new(what, format!("\"{text}\" is not a name"), example).into()),
        _ => Ok(utf8_percent_encode(text, SEGMENT).to_string()),
    }
}

/// Whether a 404 is about the resource itself: not about what it stands in (`parent`, such as `workspaces/law-contoso`), nor
/// the page of a proxy.
pub(super) fn is_absent(reply: &Reply, parent: &str) -> bool {
    const ABOVE: [&str; 3] = [
        "SubscriptionNotFound",
        "ResourceGroupNotFound",
        "ParentResourceNotFound",
    ];
    if reply.status != 404 {
        return false;
    }
    let Some(error) = AzureError::read(reply) else {
        return reply.body.is_empty();
    };
    let names_parent = format!("/{parent}'").to_lowercase();
    !error.has_code(&ABOVE) && !error.message.to_lowercase().contains(&names_parent)
}

/// What an answer other than success means for a call.
pub(super) fn refusal(reply: &Reply, call: &Call) -> Failure {
    let read = AzureError::read(reply);
    let has_words = read.is_some();
    let error = read.unwrap_or_default();
    let problem = match by_status(reply, &error).or_else(|| by_code(&error, call)) {
        Some(problem) => problem,
        None if reply.status.is_redirection() => return redirected(reply),
        // A page of a proxy or a firewall: Azure itself describes its errors.
        None if !has_words && !reply.body.is_empty() => return reply.not_understood("an answer of Azure"),
        None => by_status_alone(reply, &error, call),
    };
    let inner = error
        .inner
        .iter()
        .map(|(code, message)| format!("{code}: {message}"))
        .collect::<Vec<_>>();
    reply
        .with_facts(problem)
        .with("Error code", error.code)
        .with("Message", error.message)
        .with("Inner errors", words(&inner.join("; ")))
        .with("Call", call.doing)
}

fn redirected(reply: &Reply) -> Failure {
    let to = url::Url::parse(reply.header("location"))
        .ok()
        .and_then(|url| url.host_str().map(words));
    let elsewhere = to.unwrap_or_else(|| "another address".to_owned());
    reply.not_understood(&format!(
        "an answer of the service itself, not a redirect to {elsewhere}"
    ))
}

/// Statuses that mean the same whatever the body says.
fn by_status(reply: &Reply, error: &AzureError) -> Option<Problem> {
    let (host, status) = (reply.host.clone(), reply.status.as_u16());
    match status {
        401 if error.has_code(&["InvalidAuthenticationTokenTenant"]) => None,
        401 => Some(Problem::TokenRejected { host }),
        429 => Some(Problem::Throttled {
            host,
            retry_after: reply.retry_after().map(|wait| wait.as_secs()),
        }),
        408 | 500.. => Some(Problem::Unavailable { host, status }),
        _ if error.has_code(&TOKEN_REFUSED) => Some(Problem::TokenRejected { host }),
        _ => None,
    }
}

/// Codes by which a service says, with whatever status, that the token itself is not good.
pub(super) const TOKEN_REFUSED: [&str; 3] = [
    "InvalidAuthenticationToken",
    "ExpiredAuthenticationToken",
    "InvalidAuthenticationTokenAudience",
];

/// Whether an answer says that a fresh token may help.
pub(super) fn refuses_token(reply: &Reply) -> bool {
    match reply.status.as_u16() {
        401 => true,
        403 => AzureError::read(reply).is_some_and(|error| error.has_code(&TOKEN_REFUSED)),
        _ => false,
    }
}

/// What a code means, whatever the status it comes with.
pub(super) fn by_code(error: &AzureError, call: &Call) -> Option<Problem> {
    let message = || error.best_message().to_owned();
    if error.has_code(&[
        "AuthorizationFailed",
        "LinkedAuthorizationFailed",
        "DenyAssignmentAuthorizationFailed",
    ]) {
        Some(not_allowed(&error.message, call))
    } else if error.has_code(&["InsufficientAccessError", "Forbidden", "AccessDenied"]) {
        Some(not_allowed("", call))
    } else if error.has_code(&["UnauthorizedClient"]) && call.service == Service::Query {
        // Microsoft's pages differ on whether a role is enough for queries; where it is not, this is the answer.
        Some(Problem::ApiPermissionMissing {
            api: "Log Analytics API".to_owned(),
            permission: "Data.Read".to_owned(),
        })
    } else if error.has_code(&["InvalidAuthenticationTokenTenant"]) {
        Some(Problem::OfOtherTenant {
            what: call.scope.clone(),
        })
    } else if error.has_code(&["MissingSubscriptionRegistration", "NoRegisteredProviderFound"]) {
        let named = quoted_after(&error.message, "namespace");
        Some(Problem::ProviderNotRegistered {
            namespace: named.unwrap_or_else(|| "Microsoft.OperationalInsights".to_owned()),
        })
    } else if error.has_code(&["RequestDisallowedByPolicy"]) {
        Some(Problem::PolicyForbids { message: message() })
    } else if error.has_code(&["ScopeLocked"]) {
        Some(Problem::ResourceLocked { message: message() })
    } else if error.has_code(&[
        "SubscriptionNotFound",
        "ResourceGroupNotFound",
        "ResourceNotFound",
        "ParentResourceNotFound",
        "PathNotFoundError",
    ]) {
        Some(not_found(call))
    } else {
        None
    }
}

fn by_status_alone(reply: &Reply, error: &AzureError, call: &Call) -> Problem {
    let reason = reply.status.canonical_reason().unwrap_or_default();
    match reply.status.as_u16() {
        403 if error.code.is_empty() => not_allowed("", call),
        404 => not_found(call),
        status => Problem::AzureRefused {
            doing: call.doing.to_owned(),
            status,
            code: error.code.clone(),
            message: Some(error.best_message())
                .filter(|words| !words.is_empty())
                .unwrap_or(reason)
                .to_owned(),
        },
    }
}

fn not_found(call: &Call) -> Problem {
    Problem::ResourceNotFound {
        what: call.scope.clone(),
    }
}

/// Azure names the operation and the scope in its message, as in "… to perform action 'A' over scope 'S' …"; where a linked
/// resource is meant, the last action is the one that is missing. Where it names none, those of the call are.
fn not_allowed(message: &str, call: &Call) -> Problem {
    let action = message.rsplit_once("perform action").and_then(|(_, rest)| quoted(rest));
    let scope = message.rsplit_once("scope").and_then(|_| {
        ["linked scope(s)", "over scope", "on scope"]
            .iter()
            .find_map(|before| quoted_after(message, before))
    });
    Problem::NotAllowed {
        operation: action.unwrap_or_else(|| call.operation.to_owned()),
        scope: scope.unwrap_or_else(|| call.scope.clone()),
    }
}

fn quoted_after(message: &str, before: &str) -> Option<String> {
    message.split_once(before).and_then(|(_, rest)| quoted(rest))
}

/// The text between the next two single quotes.
fn quoted(rest: &str) -> Option<String> {
    rest.split('\'')
        .nth(1)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, Method, StatusCode};
    use serde_json::json;

    use super::*;

    fn call() -> Call {
        Call {
            service: Service::Arm,
            method: Method::PUT,
            url: String::new(),
            body: None,
            doing: "writing a saved search",
            operation: "asked/operation",
            scope: "/asked/scope".to_owned(),
        }
    }

    fn reply(status: u16, body: &str) -> Reply {
        let headers = [
            ("x-ms-request-id", "req-1"),
            ("x-ms-correlation-request-id", "corr-1"),
            ("retry-after", "7"),
        ];
        Reply {
            host: "arm.test".to_owned(),
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::from_iter(headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))),
            body: Bytes::from(body.to_owned()),
            client_request_id: "mine-1".to_owned(),
            tries: 1,
        }
    }

    fn refused(status: u16, code: &str, message: &str) -> Problem {
        let body = json!({"error": {"code": code, "message": message}}).to_string();
        refusal(&reply(status, &body), &call()).problem().clone()
    }

    #[test]
    fn codes_and_statuses_have_their_problems() {
        for (status, code, wanted) in [
            (401, "InvalidAuthenticationToken", "token_rejected"),
            (401, "AuthenticationFailed", "token_rejected"),
            (403, "InvalidAuthenticationToken", "token_rejected"),
            (401, "InvalidAuthenticationTokenTenant", "of_other_tenant"),
            (403, "AuthorizationFailed", "not_allowed"),
            (403, "LinkedAuthorizationFailed", "not_allowed"),
            (403, "InsufficientAccessError", "not_allowed"),
            (403, "RequestDisallowedByPolicy", "policy_forbids"),
            (403, "SomethingNew", "azure_refused"),
            (404, "SubscriptionNotFound", "resource_not_found"),
            (404, "ResourceGroupNotFound", "resource_not_found"),
            (404, "ResourceNotFound", "resource_not_found"),
            (404, "Whatever", "resource_not_found"),
            (409, "MissingSubscriptionRegistration", "provider_not_registered"),
            (400, "NoRegisteredProviderFound", "provider_not_registered"),
            (409, "ScopeLocked", "resource_locked"),
            (409, "Conflict", "azure_refused"),
            (429, "TooManyRequests", "throttled"),
            (408, "", "unavailable"),
            (504, "GatewayTimeout", "unavailable"),
        ] {
            assert_eq!(refused(status, code, "m").code(), wanted, "{status} {code}");
        }
    }

    #[test]
    fn names_action_and_scope() {
        let simple = "The client 'a' with object id 'b' does not have authorization to perform action \
                      'Microsoft.X/y/write' over scope '/subscriptions/s' or the scope is invalid. If access …";
        let linked = "The client 'a' has permission to perform action 'p/q' on scope '/subscriptions/t'; however, it does \
                      not have permission to perform action 'Microsoft.X/z/read' on the linked scope(s) '/subscriptions/s' \
                      or the linked scope(s) are invalid.";
        for (message, operation, scope) in [
            (simple, "Microsoft.X/y/write", "/subscriptions/s"),
            (linked, "Microsoft.X/z/read", "/subscriptions/s"),
            ("No.", "asked/operation", "/asked/scope"),
        ] {
            let (operation, scope) = (operation.to_owned(), scope.to_owned());
            let wanted = Problem::NotAllowed { operation, scope };
            assert_eq!(refused(403, "AuthorizationFailed", message), wanted);
        }
        let missing = "The subscription is not registered to use namespace 'Microsoft.Insights'.";
        let namespace = "Microsoft.Insights".to_owned();
        assert_eq!(
            refused(409, "MissingSubscriptionRegistration", missing),
            Problem::ProviderNotRegistered { namespace }
        );
    }

    #[test]
    fn reads_every_shape_of_body() {
        let inner = json!({"error": {"code": "A", "message": "outer", "details": [{"code": "D", "message": "detail"}],
            "innererror": {"code": "B", "message": "", "innererror": {"code": "C", "message": "deep"}}}});
        let error = AzureError::from_json(&inner).unwrap();
        assert_eq!((error.code.as_str(), error.best_message()), ("A", "deep"));
        assert_eq!(error.inner.len(), 3);
        let graph = json!({"error": {"code": "A", "message": "m", "innerError": {"date": "d", "request-id": "r"}}});
        assert_eq!(AzureError::from_json(&graph).unwrap().inner, []);
        let bare = AzureError::from_json(&json!({"Code": "A", "Message": "m\r\nn"})).unwrap();
        assert_eq!((bare.code.as_str(), bare.message.as_str()), ("A", "m  n"));
        for nothing in [
            json!({}),
            json!([]),
            json!("x"),
            json!({"error": "x"}),
            json!({"error": {}}),
        ] {
            assert!(AzureError::from_json(&nothing).is_none(), "{nothing}");
        }
        let mut deep = json!({"code": "x"});
        for _ in 0..100 {
            deep = json!({"code": "x", "innererror": deep});
        }
        assert_eq!(AzureError::from_json(&deep).unwrap().inner.len(), 8);
    }

    #[test]
    fn bodies_of_others() {
        for (status, body, wanted) in [
            (403, "", "not_allowed"),
            (404, "", "resource_not_found"),
            (400, "", "azure_refused"),
            (403, "<html>blocked</html>", "not_understood"),
            (404, "<html>not here</html>", "not_understood"),
            (302, "", "not_understood"),
            (503, "<html>busy</html>", "unavailable"),
        ] {
            assert_eq!(
                refusal(&reply(status, body), &call()).problem().code(),
                wanted,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn keeps_the_facts_for_a_ticket() {
        let body = json!({"error": {"code": "Conflict", "message": "words"}}).to_string();
        let failure = refusal(&reply(409, &body), &call());
        for (name, value) in [
            ("HTTP status", "409"),
            ("Error code", "Conflict"),
            ("Message", "words"),
            ("Request ID", "req-1"),
            ("Correlation ID", "corr-1"),
            ("Client request ID", "mine-1"),
        ] {
            assert!(
                failure.details().contains(&(name.into(), value.to_owned())),
                "{name}: {failure:?}"
            );
        }
    }

    #[test]
    fn a_segment_stays_one_segment() {
        assert_eq!(segment("x", "asw-1_a.b~c", "").unwrap(), "asw-1_a.b~c");
        assert_eq!(
            segment("x", "General|a/b?c#d %", "").unwrap(),
            "General%7Ca%2Fb%3Fc%23d%20%25"
        );
        for bad in ["", ".", ".."] {
            assert!(segment("x", bad, "").is_err(), "{bad:?}");
        }
    }
}
