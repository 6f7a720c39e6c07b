//! Tenant discovery documents, with the fields that Microsoft's authority answers.

use serde_json::{Value, json};

use super::super::directory::Tenant;
use super::super::national::NationalCloud;

/// Which of the two documents is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// `/{tenant}/.well-known/openid-configuration`
    V1,
    /// `/{tenant}/v2.0/.well-known/openid-configuration`
    V2,
}

/// The OpenID Connect configuration of a tenant of this cloud; `None` for `common`, whose issuer is a template.
pub(super) fn configuration(authority: &str, cloud: NationalCloud, tenant: Option<&Tenant>, version: Version) -> Value {
    let path = tenant.map_or("common", |tenant| &tenant.id);
    let id = tenant.map_or("{tenantid}", |tenant| &tenant.id);
    let region = tenant.map(|tenant| tenant.cloud.traits().tenant_region);
    let cloud = cloud.traits();
    let base = format!("{authority}/{path}");
    let (oauth, keys, issuer) = match version {
        Version::V1 => ("oauth2", "discovery/keys", format!("https://sts.windows.net/{id}/")),
        Version::V2 => ("oauth2/v2.0", "discovery/v2.0/keys", format!("{authority}/{id}/v2.0")),
    };
    json!({
        "token_endpoint": format!("{base}/{oauth}/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base}/{keys}"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issuer,
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": format!("{}/oidc/userinfo", cloud.graph),
        "authorization_endpoint": format!("{base}/{oauth}/authorize"),
        "device_authorization_endpoint": format!("{base}/{oauth}/devicecode"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": format!("{base}/{oauth}/logout"),
        "claims_supported": [
            "sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name",
            "msgraph_host", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid",
            "ver", "at_hash", "c_hash", "email"
        ],
        "kerberos_endpoint": format!("{base}/kerberos"),
        "tenant_region_scope": region,
        "cloud_instance_name": cloud.instance,
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": cloud.graph.trim_start_matches("https://"),
        "rbac_url": "https://pas.windows.net"
    })
}

/// The answer of `/common/discovery/instance` for this lab's authority: a cloud of its own, with one host.
pub(super) fn instances(authority: &str, tenant: &str) -> Value {
    let host = authority.split_once("://").map_or(authority, |(_, host)| host);
    json!({
        "tenant_discovery_endpoint": format!("{authority}/{tenant}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}]
    })
}
