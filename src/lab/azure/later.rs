//! Services that check who calls and then refuse: nothing of them is built yet.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::Cloud;
use super::tokens::Audience;
use crate::lab::http::{Request, Response};

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
