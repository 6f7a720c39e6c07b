//! Services that check who calls and then refuse: nothing of them is built yet.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::Cloud;
use super::tokens::{Audience, Refusal};
use crate::lab::http::{Request, Response};

/// Microsoft Graph for an app without any Graph permission, which is what every app of the lab is.
pub(super) fn graph(cloud: &Cloud, request: &Request, now: DateTime<Utc>) -> Response {
    let id = cloud.state().next_guid();
    let error = |status: u16, code: &str, message: &str| {
        let inner = json!({
            "date": now.format("%Y-%m-%dT%H:%M:%S").to_string(),
            "request-id": id,
            "client-request-id": request.header("client-request-id").unwrap_or(&id),
        });
        let body = json!({"error": {"code": code, "message": message, "innerError": inner}});
        Response::json(status, &body).with_header("request-id", &id)
    };
    let token = "InvalidAuthenticationToken";
    match cloud.signer.caller(request, Audience::Graph, now) {
        Err(Refusal::Missing) => error(401, token, "Access token is empty."),
        Err(Refusal::Malformed) => error(401, token, "CompactToken parsing failed with error code: 80049217"),
        Err(Refusal::Expired(_)) => error(401, token, "Lifetime validation failed, the token is expired."),
        Err(Refusal::Audience(_)) => error(401, token, "Access token validation failure. Invalid audience."),
        Ok(_) => error(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        ),
    }
}

/// Logs ingestion of a tenant without a data collection rule.
pub(super) fn ingestion(cloud: &Cloud, request: &Request, now: DateTime<Utc>) -> Response {
    let error = |status: u16, code: &str, message: &str| {
        let body = json!({"error": {"code": code, "message": message}});
        Response::json(status, &body).with_header("x-ms-error-code", code)
    };
    if cloud.signer.caller(request, Audience::Monitor, now).is_err() {
        return error(
            401,
            "AuthenticationError",
            "The authentication token is missing, expired or was issued for another audience.",
        );
    }
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["dataCollectionRules", rule, "streams", _] => {
            let message = format!("Data collection rule with immutable Id '{rule}' not found.");
            error(404, "NotFound", &message)
        }
        _ => error(404, "NotFound", "The requested path does not exist."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ARM, Lab, code};
    use http::Method;

    #[test]
    fn graph_and_ingestion_check_the_caller_and_refuse() {
        let lab = Lab::new();
        let ask = |graph: bool, scope: Option<&'static str>| {
            let path = "/dataCollectionRules/dcr-1/streams/Custom-A";
            let mut request = Lab::request(Method::POST, path, None, None);
            if let Some(scope) = scope {
                let bearer = format!("Bearer {}", lab.bearer("owner", scope));
                request.headers.insert("authorization", bearer.parse().unwrap());
            }
            let answer = match graph {
                true => lab.cloud.graph(&request, lab.now),
                false => lab.cloud.ingestion(&request, lab.now),
            };
            (answer.status, code(&answer))
        };
        let (graph, monitor) = (
            "https://graph.microsoft.com/.default",
            "https://monitor.azure.com/.default",
        );
        assert_eq!(ask(true, None), (401, "InvalidAuthenticationToken".into()));
        assert_eq!(ask(true, Some(ARM)), (401, "InvalidAuthenticationToken".into()));
        assert_eq!(ask(true, Some(graph)), (403, "Authorization_RequestDenied".into()));
        assert_eq!(ask(false, Some(ARM)), (401, "AuthenticationError".into()));
        assert_eq!(ask(false, Some(monitor)), (404, "NotFound".into()));
        assert!(lab.cloud.rows().is_empty());
    }
}
