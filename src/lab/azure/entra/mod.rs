//! The Entra authority: tenant discovery, and tokens for apps that present their secret key.
//!
//! | file | subject |
//! | --- | --- |
//! | `discovery` | the documents that tell about a tenant |
//! | `token` | the token request, and every reason to refuse it |

mod discovery;
mod token;

use chrono::{DateTime, Utc};
use http::Method;
use serde_json::json;

use self::discovery::Version;
use super::directory::{Directory, Tenant};
use super::{Cloud, State};
use crate::lab::http::{Request, Response};

/// A refusal in the shape of OAuth 2.0, with Entra's code.
#[derive(Debug)]
struct Fault {
    status: u16,
    error: &'static str,
    code: u32,
    message: String,
}

impl Fault {
    fn new(error: &'static str, code: u32, message: impl Into<String>) -> Self {
        let status = if error == "invalid_client" { 401 } else { 400 };
        Self {
            status,
            error,
            code,
            message: message.into(),
        }
    }
}

/// Answers one request.
pub(super) fn answer(cloud: &Cloud, request: &Request, now: DateTime<Utc>) -> Response {
    let state = &mut cloud.state();
    let authority = &cloud.urls.authority;
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let answer = match (&request.method, segments.as_slice()) {
        (&Method::GET, ["common", "discovery", "instance"]) => instance(authority, request),
        (&Method::GET, [tenant, ".well-known", "openid-configuration"]) => {
            discover(authority, &state.directory, tenant, Version::V1)
        }
        (&Method::GET, [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
            discover(authority, &state.directory, tenant, Version::V2)
        }
        // Tokens of the lab are signed with a key that is nobody's to check with.
        (&Method::GET, [_, "discovery", "keys"] | [_, "discovery", "v2.0", "keys"]) => {
            Ok(Response::json(200, &json!({"keys": []})))
        }
        (&Method::POST, [tenant, "oauth2", "v2.0", "token"]) => token::answer(cloud, state, request, tenant, now),
        (method, [_, "oauth2", "v2.0", "token"]) => Err(Fault::new(
            "invalid_request",
            900_561,
            format!("The endpoint only accepts POST requests. Received a {method} request."),
        )),
        _ => return Response::empty(404),
    };
    let trace = state.next_guid();
    answer
        .unwrap_or_else(|fault| refusal(authority, state, request, &fault, &trace, now))
        .with_header("cache-control", "no-store, no-cache")
        .with_header("pragma", "no-cache")
        .with_header("x-ms-request-id", &trace)
}

fn refusal(
    authority: &str,
    state: &mut State,
    request: &Request,
    fault: &Fault,
    trace: &str,
    now: DateTime<Utc>,
) -> Response {
    let own = request.header("client-request-id").map(str::to_owned);
    let correlation = own.unwrap_or_else(|| state.next_guid());
    let timestamp = now.format("%Y-%m-%d %H:%M:%SZ").to_string();
    let description = format!(
        "AADSTS{}: {}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {timestamp}",
        fault.code, fault.message
    );
    let body = json!({
        "error": fault.error,
        "error_description": description,
        "error_codes": [fault.code],
        "timestamp": timestamp,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": format!("{authority}/error?code={}", fault.code),
    });
    Response::json(fault.status, &body)
}

fn instance(authority: &str, request: &Request) -> Result<Response, Fault> {
    let wanted = request.param("authorization_endpoint").unwrap_or_default();
    let tenant = wanted
        .strip_prefix(authority)
        .and_then(|path| path.trim_start_matches('/').split('/').next())
        .filter(|tenant| !tenant.is_empty());
    match tenant {
        Some(tenant) => Ok(Response::json(200, &discovery::instances(authority, tenant))),
        None => Err(Fault::new(
            "invalid_instance",
            50_049,
            format!("Unknown or invalid instance '{wanted}'."),
        )),
    }
}

/// A tenant document answers for the national tenant too: that is how a client learns which cloud it lives in.
fn discover(authority: &str, directory: &Directory, tenant: &str, version: Version) -> Result<Response, Fault> {
    let tenant = match tenant {
        "common" | "organizations" => None,
        named => Some(find_tenant(directory, named, "invalid_tenant")?),
    };
    let document = discovery::configuration(authority, tenant, version);
    Ok(Response::json(200, &document).with_header("access-control-allow-origin", "*"))
}

fn find_tenant<'a>(directory: &'a Directory, name: &str, error: &'static str) -> Result<&'a Tenant, Fault> {
    let domain = name.contains('.') && name.chars().all(|one| one.is_alphanumeric() || ".-_".contains(one));
    if !domain && uuid::Uuid::parse_str(name).is_err() {
        return Err(Fault::new(
            "invalid_request",
            900_023,
            format!("Specified tenant identifier '{name}' is neither a valid DNS name, nor a valid external domain."),
        ));
    }
    directory.tenant(name).ok_or_else(|| {
        Fault::new(
            error,
            90_002,
            format!(
                "Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into \
                 the correct cloud. Check with your subscription administrator, this may happen if there are no \
                 active subscriptions for the tenant."
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Lab, json_of};
    use http::Method;

    #[test]
    fn discovery_turns_a_domain_into_the_tenant_id() {
        let lab = Lab::new();
        let (domain, id) = lab.cloud.tenant();
        let get = |path: &str| lab.cloud.entra(&Lab::request(Method::GET, path, None, None), lab.now);
        let document = json_of(&get(&format!("/{domain}/v2.0/.well-known/openid-configuration")));
        assert_eq!(document["issuer"], format!("{}/{id}/v2.0", lab.urls.authority));
        assert_eq!(
            document["token_endpoint"],
            format!("{}/{id}/oauth2/v2.0/token", lab.urls.authority)
        );
        assert_eq!(document["cloud_instance_name"], "microsoftonline.com");
        let old = json_of(&get(&format!("/{id}/.well-known/openid-configuration")));
        assert_eq!(old["issuer"], format!("https://sts.windows.net/{id}/"));
        let unknown = get("/fabrikam.onmicrosoft.com/v2.0/.well-known/openid-configuration");
        assert_eq!(unknown.status, 400);
        assert_eq!(json_of(&unknown)["error"], "invalid_tenant");
        assert_eq!(json_of(&unknown)["error_codes"][0], 90_002);
        let (national, _) = lab.cloud.national_tenant();
        let elsewhere = json_of(&get(&format!("/{national}/v2.0/.well-known/openid-configuration")));
        assert_eq!(elsewhere["cloud_instance_name"], "microsoftonline.us");
        assert_eq!(get("/anything/else").status, 404);
    }

    #[test]
    fn the_instance_document_knows_this_authority_only() {
        let lab = Lab::new();
        let ask = |endpoint: &str| {
            let query = format!("api-version=1.1&authorization_endpoint={endpoint}");
            let request = Lab::request(Method::GET, "/common/discovery/instance", Some(&query), None);
            lab.cloud.entra(&request, lab.now)
        };
        let own = json_of(&ask(&format!("{}/t/oauth2/v2.0/authorize", lab.urls.authority)));
        assert_eq!(own["metadata"][0]["preferred_network"], "127.0.0.1:1");
        assert_eq!(ask("https://elsewhere.example/t/authorize").status, 400);
    }
}
