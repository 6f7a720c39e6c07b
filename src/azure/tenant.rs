//! Finding a tenant by its ID or domain, without credentials (OpenID Connect discovery).

use http::Method;
use serde_json::Value;
use url::Url;

use crate::model::{Environment, Problem, Result, TenantId};

use super::entra_error::{Asker, Asking, refusal};
use super::error::{segment, words};
use super::http::{Http, Request, json_headers, passing_status};
use super::patience::Patience;

/// A tenant as Entra describes it to anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its ID, whatever name it was asked for by.
    pub id: TenantId,
    /// The cloud that it belongs to (`cloud_instance_name`), such as `microsoftonline.com`.
    pub cloud_instance: Option<String>,
}

/// Finds a tenant by its ID or one of its domains.
///
/// # Errors
/// [`Problem::TenantNotFound`], [`Problem::TenantElsewhere`] when it belongs to another cloud than the built-in one that is
/// asked, or what keeps Entra from answering.
pub async fn find_tenant(environment: &Environment, tenant: &str) -> Result<Tenant> {
    find_patiently(environment, tenant, Patience::default()).await
}

async fn find_patiently(environment: &Environment, tenant: &str, patience: Patience) -> Result<Tenant> {
    const EXPECTED: &str = "the description of a tenant";
    let tenant = tenant.trim();
    let name = segment("tenant", tenant, "contoso.onmicrosoft.com")?;
    let http = Http::new(environment, patience)?;
    let request = Request {
        method: Method::GET,
        url: environment
            .authority
            .join(&format!("/{name}/v2.0/.well-known/openid-configuration")),
        headers: json_headers(),
        body: None,
        passing: passing_status,
    };
    let reply = http.send(&request, &|_| {}).await?;
    if !reply.status.is_success() {
        let asking = Asking {
            tenant: tenant.to_owned(),
            environment,
            asker: Asker::Anybody,
            audience: "",
        };
        return Err(refusal(&reply, &asking));
    }
    let json = reply.json(EXPECTED)?;
    let text = |name: &str| json.get(name).and_then(Value::as_str);
    let cloud_instance = text("cloud_instance_name").map(words).filter(|name| !name.is_empty());
    if let Some(cloud) = &cloud_instance
        && environment.is_not(cloud)
    {
        return Err(reply.with_facts(Problem::TenantElsewhere {
            tenant: tenant.to_owned(),
            environment: environment.name.clone(),
            cloud: cloud.clone(),
        }));
    }
    let id = text("issuer")
        .and_then(tenant_in)
        .ok_or_else(|| reply.not_understood(EXPECTED))?;
    Ok(Tenant { id, cloud_instance })
}

/// The tenant ID in an issuer, such as `https://login.microsoftonline.com/{tenant ID}/v2.0`.
fn tenant_in(issuer: &str) -> Option<TenantId> {
    Url::parse(issuer)
        .ok()?
        .path_segments()?
        .find_map(|part| part.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::testing::{Answer, Server, TENANT, environment};

    const PATH: &str = "/contoso.example/v2.0/.well-known/openid-configuration";

    async fn find(answer: Answer) -> Result<Tenant> {
        let server = Server::start().await;
        server.on("GET", PATH, [answer]);
        find_patiently(&environment(&server), " contoso.example ", Patience::hasty()).await
    }

    #[tokio::test]
    async fn a_domain_becomes_a_tenant_id() {
        for issuer in [
            "https://login.microsoftonline.com/{}/v2.0",
            "https://sts.windows.net/{}/",
        ] {
            let body = json!({"issuer": issuer.replace("{}", TENANT), "cloud_instance_name": "microsoftonline.com"});
            let tenant = find(Answer::json(200, &body)).await.unwrap();
            assert_eq!(tenant.id.to_string(), TENANT);
            assert_eq!(tenant.cloud_instance.as_deref(), Some("microsoftonline.com"));
        }
    }

    #[tokio::test]
    async fn what_is_no_tenant() {
        let unknown = json!({"error": "invalid_tenant", "error_description": "AADSTS90002: Tenant 'x' not found."});
        let elsewhere = json!({"error": "invalid_request", "error_codes": [90038],
            "error_description": "AADSTS90038: Tenant 'x' request is being redirected to the National Cloud 'MicrosoftOnline.US'."});
        for (answer, wanted) in [
            (Answer::json(400, &unknown), "tenant_not_found"),
            (
                Answer::json(404, &json!({"error": "invalid_tenant"})),
                "tenant_not_found",
            ),
            (Answer::json(400, &elsewhere), "tenant_elsewhere"),
            (
                Answer::json(200, &json!({"issuer": "https://x.example/common/"})),
                "not_understood",
            ),
            (Answer::text(200, "<html>"), "not_understood"),
        ] {
            assert_eq!(find(answer).await.unwrap_err().problem().code(), wanted);
        }
    }

    #[tokio::test]
    async fn a_name_cannot_change_the_path() {
        let server = Server::start().await;
        for name in ["", ".", ".."] {
            let refused = find_tenant(&environment(&server), name).await.unwrap_err();
            assert_eq!(refused.problem().code(), "invalid");
        }
        server.on(
            "GET",
            "/a%2Fb%3Fc/v2.0/.well-known/openid-configuration",
            [Answer::json(200, &json!({}))],
        );
        assert!(find_tenant(&environment(&server), "a/b?c").await.is_err());
        assert_eq!(server.seen().len(), 1, "only the encoded one went out");
    }
}
