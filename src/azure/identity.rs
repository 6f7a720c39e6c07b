//! Signing in, and what the token says of whom it was made for.
//!
//! A token is opaque to clients by Microsoft's word. Its claims serve here as a hint and a cross-check only; a token that
//! cannot be read is as good as one that can.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::model::{ClientId, ObjectId, Problem, Result, TenantId};

use super::client::Azure;
use super::tokens::Service;

/// Whom Azure takes us for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The app registration.
    pub client_id: ClientId,
    /// The service principal: whom role assignments name. `None` when the token does not say.
    pub object_id: Option<ObjectId>,
}

impl Azure {
    /// Gets a token for Resource Manager. Says nothing about roles: an app without any gets one too.
    ///
    /// # Errors
    /// What Entra refuses; [`Problem::TokenMismatch`] when the token is for another tenant or app than asked for.
    pub async fn sign_in(&self) -> Result<Identity> {
        let token = self.token(Service::Arm, None).await?;
        identity(token.expose(), self.grant().tenant_id(), self.grant().client_id())
    }
}

/// Checks a token against whom it was asked for.
pub(super) fn identity(token: &str, tenant_id: TenantId, client_id: ClientId) -> Result<Identity> {
    let claims = claims(token).unwrap_or_default();
    let claim = |name: &str| claims.get(name).and_then(Value::as_str);
    let tenant: Option<TenantId> = claim("tid").and_then(|id| id.parse().ok());
    let client: Option<ClientId> = claim("appid").or_else(|| claim("azp")).and_then(|id| id.parse().ok());
    if let Some(tenant) = tenant.filter(|tenant| *tenant != tenant_id) {
        let what = format!("the token is for the tenant {tenant}, not for {tenant_id}");
        return Err(Problem::TokenMismatch { what }.into());
    }
    if let Some(client) = client.filter(|client| *client != client_id) {
        let what = format!("the token is for the app {client}, not for {client_id}");
        return Err(Problem::TokenMismatch { what }.into());
    }
    Ok(Identity {
        tenant_id,
        client_id,
        object_id: claim("oid").and_then(|id| id.parse().ok()),
    })
}

/// The middle part of a JSON Web Token; its signature is for the service to check.
pub(super) fn claims(token: &str) -> Option<Value> {
    let payload = token.split('.').nth(1)?.trim_end_matches('=');
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::testing::{CLIENT, TENANT, token_with};

    const OTHER: &str = "99999999-4b5a-6978-8796-a5b4c3d2e1f0";

    fn of_the_app(token: &str) -> Result<Identity> {
        identity(token, TENANT.parse().unwrap(), CLIENT.parse().unwrap())
    }

    #[test]
    fn reads_both_kinds_of_token() {
        for claim in ["appid", "azp"] {
            let token = token_with(&json!({"tid": TENANT, claim: CLIENT, "oid": OTHER}));
            let identity = of_the_app(&token).unwrap();
            assert_eq!(identity.object_id.unwrap().to_string(), OTHER);
        }
    }

    #[test]
    fn another_tenant_or_app_is_a_mismatch() {
        for (claims, word) in [
            (json!({"tid": OTHER, "appid": CLIENT}), "tenant"),
            (json!({"tid": TENANT, "appid": OTHER}), "app"),
            (json!({"tid": TENANT, "azp": OTHER}), "app"),
        ] {
            let failure = of_the_app(&token_with(&claims)).unwrap_err();
            let Problem::TokenMismatch { what } = failure.problem() else {
                panic!("{failure:?}")
            };
            assert!(what.contains(word) && what.contains(OTHER), "{what}");
        }
    }

    #[test]
    fn an_opaque_token_is_no_error() {
        for token in ["opaque", "a.b.c", "..", "", &token_with(&json!([1]))] {
            assert_eq!(of_the_app(token).unwrap().object_id, None, "{token}");
        }
    }
}
