//! The Entra authority: tenant discovery, tokens for apps that present their secret key, sign-ins of people.
//!
//! | file | subject |
//! | --- | --- |
//! | `discovery` | the documents that tell about a tenant |
//! | `token`, `form` | the token request and its parameters |
//! | `app` | the grant for apps, and every reason to refuse it |
//! | `authorize`, `page` | the address that a browser is sent to; what it shows there |
//! | `device` | the code that a person types in on another device |
//! | `person`, `scopes` | the grants for people: what a sign-in is redeemed for, and for which service |
//! | `sign_ins` | codes, device codes and refresh tokens that are out |

mod app;
mod authorize;
mod device;
mod discovery;
mod form;
mod page;
mod person;
mod scopes;
mod sign_ins;
mod token;

pub(super) use self::sign_ins::{Answer, SignIns};

use chrono::{DateTime, Utc};
use http::Method;
use serde_json::{Value, json};

use self::discovery::Version;
use super::directory::{Directory, PublicClient, Tenant};
use super::tokens::{Grant, LIFETIME_S, Signer};
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
    /// A client that runs on a person's machine has no secret, so whoever presents one is not it.
    fn public_with_secret() -> Self {
        Self::new(
            "invalid_client",
            700_025,
            "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        )
    }

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

/// A request, and what every answer to it needs.
struct Asked<'a> {
    authority: &'a str,
    signer: &'a Signer,
    request: &'a Request,
    now: DateTime<Utc>,
    /// The GUID that this request is traced by.
    trace: &'a str,
    /// The GUID that the caller gave it, or one of ours.
    correlation: &'a str,
}

impl Asked<'_> {
    /// The token that a grant stands for, as the body of an answer.
    fn access(&self, grant: &Grant) -> Value {
        json!({
            "token_type": "Bearer",
            "expires_in": LIFETIME_S,
            "ext_expires_in": LIFETIME_S,
            "access_token": self.signer.issue(grant, self.now),
        })
    }

    /// A refusal in words, with what the support of Microsoft asks for.
    fn describe(&self, fault: &Fault) -> String {
        format!(
            "AADSTS{}: {}\r\nTrace ID: {}\r\nCorrelation ID: {}\r\nTimestamp: {}",
            fault.code,
            fault.message,
            self.trace,
            self.correlation,
            self.timestamp()
        )
    }

    fn timestamp(&self) -> String {
        self.now.format("%Y-%m-%d %H:%M:%SZ").to_string()
    }

    fn refusal(&self, fault: &Fault) -> Response {
        let body = json!({
            "error": fault.error,
            "error_description": self.describe(fault),
            "error_codes": [fault.code],
            "timestamp": self.timestamp(),
            "trace_id": self.trace,
            "correlation_id": self.correlation,
            "error_uri": format!("{}/error?code={}", self.authority, fault.code),
        });
        Response::json(fault.status, &body)
    }
}

/// Answers one request.
pub(super) fn answer(cloud: &Cloud, request: &Request, now: DateTime<Utc>) -> Response {
    let state = &mut *cloud.state();
    let trace = state.next_guid();
    let own = request.header("client-request-id").map(str::to_owned);
    let correlation = own.unwrap_or_else(|| state.next_guid());
    let asked = Asked {
        authority: &cloud.urls.authority,
        signer: &cloud.signer,
        request,
        now,
        trace: &trace,
        correlation: &correlation,
    };
    route(&asked, state)
        .unwrap_or_else(|fault| asked.refusal(&fault))
        .with_header("cache-control", "no-store, no-cache")
        .with_header("pragma", "no-cache")
        .with_header("x-ms-request-id", &trace)
}

fn route(asked: &Asked, state: &mut State) -> Result<Response, Fault> {
    let authority = asked.authority;
    let segments = asked.request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (&asked.request.method, segments.as_slice()) {
        (&Method::GET, ["common", "discovery", "instance"]) => instance(authority, asked.request),
        (&Method::GET, [tenant, ".well-known", "openid-configuration"]) => {
            discover(authority, state, tenant, Version::V1)
        }
        (&Method::GET, [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
            discover(authority, state, tenant, Version::V2)
        }
        // Tokens of the lab are signed with a key that is nobody's to check with.
        (&Method::GET, [_, "discovery", "keys"] | [_, "discovery", "v2.0", "keys"]) => {
            Ok(Response::json(200, &json!({"keys": []})))
        }
        (&Method::POST, [tenant, "oauth2", "v2.0", "token"]) => token::answer(asked, state, tenant),
        (method, [_, "oauth2", "v2.0", "token"]) => Err(Fault::new(
            "invalid_request",
            900_561,
            format!("The endpoint only accepts POST requests. Received a {method} request."),
        )),
        (&Method::GET | &Method::POST, [tenant, "oauth2", "v2.0", "authorize"]) => {
            Ok(authorize::answer(asked, state, tenant))
        }
        (&Method::POST, [tenant, "oauth2", "v2.0", "devicecode"]) => device::start(asked, state, tenant),
        (&Method::GET | &Method::POST, ["devicelogin"]) => Ok(device::page(asked, state)),
        _ => Ok(Response::empty(404)),
    }
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

/// A tenant document answers for a tenant of another cloud too: that is how a client learns which cloud it lives in.
fn discover(authority: &str, state: &State, name: &str, version: Version) -> Result<Response, Fault> {
    let tenant = match name {
        "common" | "organizations" => None,
        named => Some(find_tenant(&state.directory, named, "invalid_tenant")?),
    };
    let directory = &state.directory;
    if let Some(tenant) = tenant.filter(|tenant| !directory.serves(tenant))
        && !state.knobs.services.national_discovery
    {
        return Err(token::national(name, tenant, directory));
    }
    let cloud = tenant.unwrap_or(directory.home()).cloud;
    let document = discovery::configuration(authority, cloud, tenant, version);
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

/// The public client, where the client ID is its.
fn public_client<'a>(directory: &'a Directory, client_id: &str, tenant: &Tenant) -> Result<&'a PublicClient, Fault> {
    let client = &directory.public_client;
    if client.client_id.eq_ignore_ascii_case(client_id) {
        return Ok(client);
    }
    Err(match directory.app(client_id) {
        Some(_) => Fault::new(
            "invalid_client",
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        ),
        None => unknown_client(client_id, tenant),
    })
}

fn unknown_client(client_id: &str, tenant: &Tenant) -> Fault {
    Fault::new(
        "unauthorized_client",
        700_016,
        format!(
            "Application with identifier '{client_id}' was not found in the directory '{}'. This can happen if the \
             application has not been installed by the administrator of the tenant or consented to by any user in the \
             tenant. You may have sent your authentication request to the wrong tenant.",
            tenant.display_name()
        ),
    )
}

fn blocked_by_policy() -> Fault {
    Fault::new(
        "invalid_grant",
        53_003,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    )
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
        for tenant in lab.cloud.national_tenants() {
            let path = format!("/{}/v2.0/.well-known/openid-configuration", tenant.name);
            assert_eq!(json_of(&get(&path))["cloud_instance_name"], tenant.cloud_instance_name);
            lab.knob("national_discovery", false.into());
            assert_eq!(json_of(&get(&path))["error_codes"][0], 90_038);
            lab.knob("national_discovery", true.into());
        }
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
