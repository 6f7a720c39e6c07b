//! Errors in the shape and with the sentences of Resource Manager.

use serde_json::{Value, json};

use super::super::directory::Tenant;
use super::super::tokens::{Caller, Refusal};
use crate::lab::http::Response;

/// A refusal.
#[derive(Debug)]
pub(super) struct ArmError {
    status: u16,
    code: &'static str,
    message: String,
    details: Option<Value>,
    headers: Vec<(&'static str, String)>,
}

impl ArmError {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            details: None,
            headers: Vec::new(),
        }
    }

    /// The same error with `details`.
    pub(super) fn detailed(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The same error with a header.
    pub(super) fn headed(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// 400 with a sentence.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 403: the caller holds no role that grants this.
    pub(super) fn forbidden(caller: &Caller, action: &str, scope: &str) -> Self {
        Self::new(
            403,
            "AuthorizationFailed",
            format!(
                "The client '{}' with object id '{}' does not have authorization to perform action '{action}' over \
                 scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your \
                 credentials.",
                caller.app_id, caller.object_id
            ),
        )
    }

    /// 403: the caller may do this, but not what it needs on another resource.
    pub(super) fn linked(caller: &Caller, action: &str, scope: &str, needed: &str, linked: &str) -> Self {
        Self::new(
            403,
            "LinkedAuthorizationFailed",
            format!(
                "The client '{}' with object id '{}' has permission to perform action '{action}' on scope '{scope}'; \
                 however, it does not have permission to perform action(s) '{needed}' on the linked scope(s) \
                 '{linked}' (respectively) or the linked scope(s) are invalid.",
                caller.app_id, caller.object_id
            ),
        )
    }

    /// 404 for a resource.
    pub(super) fn resource_not_found(resource: &str, group: &str) -> Self {
        Self::new(
            404,
            "ResourceNotFound",
            format!(
                "The Resource '{resource}' under resource group '{group}' was not found. For more details please go \
                 to https://aka.ms/ARMResourceNotFoundFix"
            ),
        )
    }

    /// 405 for a verb that the resource does not take here.
    pub(super) fn method(method: &http::Method) -> Self {
        Self::new(
            405,
            "HttpMethodNotSupported",
            format!("The HTTP method '{method}' is not supported at this scope."),
        )
    }

    /// 401 for a token that was not accepted.
    pub(super) fn token(refusal: &Refusal, authority: &str, tenant: &Tenant) -> Self {
        let (code, message) = match refusal {
            Refusal::Missing => (
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing.".to_owned(),
            ),
            Refusal::Malformed => ("InvalidAuthenticationToken", "The access token is invalid.".to_owned()),
            Refusal::Expired(at) => (
                "ExpiredAuthenticationToken",
                format!("The access token expiry UTC time '{at}' is earlier than current UTC time."),
            ),
            Refusal::Audience(resource) => (
                "InvalidAuthenticationTokenAudience",
                format!(
                    "The access token has been obtained from wrong audience or resource '{resource}'. It should \
                     exactly match (including forward slash) with one of the allowed audiences \
                     '{}/','{}/'.",
                    tenant.cloud.traits().arm[1],
                    tenant.cloud.traits().arm[0]
                ),
            ),
        };
        let challenge = format!(
            "Bearer authorization_uri=\"{authority}/{}\", error=\"invalid_token\", error_description=\"{message}\"",
            tenant.id
        );
        Self::new(401, code, message).headed("www-authenticate", challenge)
    }

    /// 429: no request of this kind is left.
    pub(super) fn throttled(kind: &str, place: &str, caller: &Caller, seconds: u64) -> Self {
        let whose = if place.is_empty() {
            "the tenant".to_owned()
        } else {
            format!("subscription '{place}'")
        };
        let code = if place.is_empty() {
            "TenantRequestsThrottled"
        } else {
            "SubscriptionRequestsThrottled"
        };
        Self::new(
            429,
            code,
            format!(
                "Number of '{kind}' requests for {whose} actor '{}' exceeded. Please try again after '{seconds}' \
                 seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for \
                 additional information.",
                caller.object_id
            ),
        )
        .headed("retry-after", seconds.to_string())
    }

    /// The answer.
    pub(super) fn response(&self) -> Response {
        let mut error = json!({"code": self.code, "message": self.message});
        if let (Some(details), Some(object)) = (&self.details, error.as_object_mut()) {
            object.insert("details".into(), details.clone());
        }
        let mut response = Response::json(self.status, &json!({"error": error}));
        for (name, value) in &self.headers {
            response = response.with_header(name, value);
        }
        response
    }
}
