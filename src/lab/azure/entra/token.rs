//! Tokens for apps that present their secret key: the client credentials grant of OAuth 2.0.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::json;

use super::super::directory::{App, Directory, SecretCheck, Tenant};
use super::super::tokens::{Audience, Caller, Grant, LIFETIME_S};
use super::super::{Cloud, State};
use super::{Fault, find_tenant};
use crate::lab::http::{Request, Response};

/// The parameters of a token request.
struct Form {
    fields: Vec<(String, String)>,
    /// Client ID and secret from HTTP Basic, percent-decoded.
    basic: Option<(String, String)>,
}

impl Form {
    fn read(request: &Request) -> Self {
        let content_type = request.header("content-type").unwrap_or_default();
        let form = content_type
            .split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
        let fields = if form {
            url::form_urlencoded::parse(&request.body).into_owned().collect()
        } else {
            Vec::new()
        };
        Self {
            fields,
            basic: basic(request),
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn need(&self, name: &str) -> Result<&str, Fault> {
        self.get(name).ok_or_else(|| {
            Fault::new(
                "invalid_request",
                900_144,
                format!("The request body must contain the following parameter: '{name}'."),
            )
        })
    }

    fn client_id(&self) -> Result<&str, Fault> {
        match &self.basic {
            Some((id, _)) => Ok(id),
            None => self.need("client_id"),
        }
    }

    fn secret(&self) -> Result<&str, Fault> {
        let basic = self.basic.as_ref().map(|(_, secret)| secret.as_str());
        basic.or_else(|| self.get("client_secret")).ok_or_else(|| {
            Fault::new(
                "invalid_client",
                7_000_218,
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            )
        })
    }
}

fn basic(request: &Request) -> Option<(String, String)> {
    let (scheme, credentials) = request.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let credentials = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = credentials.split_once(':')?;
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        Some(
            percent_encoding::percent_decode_str(&spaced)
                .decode_utf8()
                .ok()?
                .into_owned(),
        )
    };
    Some((decode(id)?, decode(secret)?))
}

/// Answers a token request.
pub(super) fn answer(
    cloud: &Cloud,
    state: &mut State,
    request: &Request,
    tenant: &str,
    now: DateTime<Utc>,
) -> Result<Response, Fault> {
    let form = Form::read(request);
    let token_id = state.next_guid();
    let tenant = token_tenant(&state.directory, tenant)?;
    let grant_type = form.need("grant_type")?;
    if grant_type != "client_credentials" {
        return Err(Fault::new(
            "unsupported_grant_type",
            70_003,
            format!("The app requested an unsupported grant type '{grant_type}'."),
        ));
    }
    let app = usable_app(&state.directory, tenant, form.client_id()?)?;
    check_secret(app, form.secret()?, now)?;
    let resource = resource(form.need("scope")?, tenant)?;
    let caller = Caller {
        app_id: app.client_id.clone(),
        object_id: app.object_id.clone(),
    };
    let grant = Grant {
        resource,
        tenant_id: &tenant.id,
        caller: &caller,
        token_id: &token_id,
    };
    let body = json!({
        "token_type": "Bearer",
        "expires_in": LIFETIME_S,
        "ext_expires_in": LIFETIME_S,
        "access_token": cloud.signer.issue(&grant, now),
    });
    Ok(Response::json(200, &body))
}

fn token_tenant<'a>(directory: &'a Directory, name: &str) -> Result<&'a Tenant, Fault> {
    if matches!(name, "common" | "organizations" | "consumers") {
        return Err(Fault::new(
            "invalid_request",
            50_059,
            "No tenant-identifying information found in either the request or implied by any provided credentials.",
        ));
    }
    let tenant = find_tenant(directory, name, "invalid_request")?;
    match tenant.national_cloud {
        None => Ok(tenant),
        Some(cloud) => Err(Fault::new(
            "invalid_request",
            90_038,
            format!(
                "The specified tenant '{name}' belongs to the National Cloud '{cloud}'. Current cloud instance \
                 'microsoftonline.com' does not federate with '{cloud}'."
            ),
        )),
    }
}

fn usable_app<'a>(directory: &'a Directory, tenant: &Tenant, client_id: &str) -> Result<&'a App, Fault> {
    let Some(app) = directory.app(client_id) else {
        return Err(Fault::new(
            "unauthorized_client",
            700_016,
            format!(
                "Application with identifier '{client_id}' was not found in the directory '{}'. This can happen if \
                 the application has not been installed by the administrator of the tenant or consented to by any \
                 user in the tenant. You may have sent your authentication request to the wrong tenant.",
                tenant.display_name
            ),
        ));
    };
    if !app.has_service_principal {
        return Err(Fault::new(
            "unauthorized_client",
            7_000_229,
            format!(
                "The client application {client_id} is missing service principal in the tenant {}. See instructions \
                 here: https://go.microsoft.com/fwlink/?linkid=2225119",
                tenant.id
            ),
        ));
    }
    if app.disabled {
        return Err(Fault::new(
            "unauthorized_client",
            7_000_112,
            format!("Application '{client_id}'({}) is disabled.", app.name),
        ));
    }
    Ok(app)
}

fn check_secret(app: &App, secret: &str, now: DateTime<Utc>) -> Result<(), Fault> {
    let id = &app.client_id;
    match app.check_secret(secret, now) {
        SecretCheck::Good => Ok(()),
        SecretCheck::Expired => Err(Fault::new(
            "invalid_client",
            7_000_222,
            format!(
                "The provided client secret keys for app '{id}' are expired. Visit the Azure portal to create new \
                 keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for \
                 added security: https://aka.ms/certCreds."
            ),
        )),
        SecretCheck::Unknown => Err(Fault::new(
            "invalid_client",
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
                 value, not the client secret ID, for a secret added to app '{id}'."
            ),
        )),
    }
}

/// The resource that a scope asks for: everything before `/.default`, as it stands.
fn resource<'a>(scope: &'a str, tenant: &Tenant) -> Result<&'a str, Fault> {
    let bad = || {
        Fault::new(
            "invalid_scope",
            70_011,
            format!(
                "The provided request must include a 'scope' input parameter. The provided value for the input \
                 parameter 'scope' is not valid. The scope {scope} is not valid."
            ),
        )
    };
    if scope.split_whitespace().count() > 1 {
        return Err(Fault::new(
            "invalid_scope",
            700_022,
            "The provided value for the input parameter 'scope' is not valid because it contains more than one resource.",
        ));
    }
    let resource = scope.strip_suffix("/.default").ok_or_else(bad)?;
    if !resource.contains("://") {
        return Err(bad());
    }
    if Audience::of(resource).is_none() {
        return Err(Fault::new(
            "invalid_resource",
            500_011,
            format!(
                "The resource principal named {resource} was not found in the tenant named {}. This can happen if \
                 the application has not been installed by the administrator of the tenant or consented to by any \
                 user in the tenant. You might have sent your authentication request to the wrong tenant.",
                tenant.display_name
            ),
        ));
    }
    Ok(resource)
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, json_of};
    use chrono::TimeDelta;
    use http::Method;
    use serde_json::Value;

    const ARM: &str = "https://management.azure.com/.default";

    fn refused(lab: &Lab, tenant: &str, fields: &[(&str, &str)]) -> (u16, String, i64) {
        let answer = lab.token(tenant, fields);
        let body = json_of(&answer);
        let code = body["error_codes"][0].as_i64().unwrap();
        let text = body["error_description"].as_str().unwrap();
        assert!(text.starts_with(&format!("AADSTS{code}: ")), "{text}");
        for (field, line) in [("trace_id", "Trace ID"), ("correlation_id", "Correlation ID")] {
            assert!(text.contains(&format!("\r\n{line}: {}", body[field].as_str().unwrap())));
        }
        (answer.status, body["error"].as_str().unwrap().to_owned(), code)
    }

    #[test]
    fn a_good_secret_gets_a_token_by_domain_and_by_guid_and_by_basic() {
        let lab = Lab::new();
        let (domain, id) = lab.cloud.tenant();
        let app = lab.app("ready");
        for tenant in [&domain, &id] {
            let answer = lab.token(tenant, &lab.form("ready", ARM));
            assert_eq!(answer.status, 200);
            let body = json_of(&answer);
            assert_eq!(body["token_type"], "Bearer");
            assert_eq!(body["expires_in"], 3599);
            let token = body["access_token"].as_str().unwrap();
            assert_eq!(lab.claims(token)["tid"], Value::from(id.clone()));
            assert_eq!(lab.claims(token)["oid"], Value::from(app.object_id.clone()));
            assert_eq!(lab.claims(token)["appid"], Value::from(app.client_id.clone()));
        }
        let basic = lab.basic_token(&domain, &app.client_id, &app.secret, ARM);
        assert_eq!(basic.status, 200);
    }

    #[test]
    fn every_refusal_has_its_code() {
        let lab = Lab::new();
        let (domain, _) = lab.cloud.tenant();
        let (national, _) = lab.cloud.national_tenant();
        let ready = lab.app("ready");
        let with = |change: (&str, &str)| -> Vec<(String, String)> {
            let form = lab.form("ready", ARM);
            let mut form: Vec<_> = form
                .iter()
                .map(|(key, value)| (key.to_string(), value.to_string()))
                .collect();
            form.retain(|(key, _)| key != change.0);
            if !change.1.is_empty() {
                form.push((change.0.into(), change.1.into()));
            }
            form
        };
        let (domain, national) = (domain.as_str(), national.as_str());
        for (tenant, form, (status, error, code)) in [
            (
                domain,
                with(("client_id", "5b02755b-5bf4-430c-9487-45502a2a7e62")),
                (400, "unauthorized_client", 700_016),
            ),
            (
                domain,
                with(("client_secret", "wrong")),
                (401, "invalid_client", 7_000_215),
            ),
            (
                domain,
                with(("client_secret", &ready.next_secret)),
                (401, "invalid_client", 7_000_215),
            ),
            (domain, with(("client_secret", "")), (401, "invalid_client", 7_000_218)),
            (
                domain,
                with(("grant_type", "password")),
                (400, "unsupported_grant_type", 70_003),
            ),
            (domain, with(("grant_type", "")), (400, "invalid_request", 900_144)),
            (domain, with(("scope", "")), (400, "invalid_request", 900_144)),
            (
                domain,
                with(("scope", "https://management.azure.com/user_impersonation")),
                (400, "invalid_scope", 70_011),
            ),
            (
                domain,
                with(("scope", "https://management.usgovcloudapi.net/.default")),
                (400, "invalid_resource", 500_011),
            ),
            (
                domain,
                with((
                    "scope",
                    "https://management.azure.com/.default https://api.loganalytics.io/.default",
                )),
                (400, "invalid_scope", 700_022),
            ),
            (
                "fabrikam.onmicrosoft.com",
                with(("", "")),
                (400, "invalid_request", 90_002),
            ),
            ("not a tenant", with(("", "")), (400, "invalid_request", 900_023)),
            ("common", with(("", "")), (400, "invalid_request", 50_059)),
            (national, with(("", "")), (400, "invalid_request", 90_038)),
        ] {
            let form: Vec<(&str, &str)> = form.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            assert_eq!(
                refused(&lab, tenant, &form),
                (status, error.to_owned(), code),
                "{tenant} {code}"
            );
        }
        for (label, status, error, code) in [
            ("expired-secret", 401, "invalid_client", 7_000_222),
            ("disabled-app", 400, "unauthorized_client", 7_000_112),
            ("no-service-principal", 400, "unauthorized_client", 7_000_229),
        ] {
            assert_eq!(
                refused(&lab, domain, &lab.form(label, ARM)),
                (status, error.to_owned(), code)
            );
        }
    }

    #[test]
    fn every_spelling_of_the_scopes_is_taken_and_stays_in_the_audience() {
        let lab = Lab::new();
        let (domain, _) = lab.cloud.tenant();
        for (scope, audience) in [
            (ARM, "https://management.azure.com"),
            (
                "https://management.azure.com//.default",
                "https://management.azure.com/",
            ),
            (
                "https://management.core.windows.net//.default",
                "https://management.core.windows.net/",
            ),
            ("https://api.loganalytics.io/.default", "https://api.loganalytics.io"),
            ("https://monitor.azure.com//.default", "https://monitor.azure.com/"),
            ("https://graph.microsoft.com/.default", "https://graph.microsoft.com"),
        ] {
            let body = json_of(&lab.token(&domain, &lab.form("ready", scope)));
            let claims = lab.claims(body["access_token"].as_str().unwrap());
            assert_eq!(claims["aud"], audience);
        }
    }

    #[test]
    fn a_json_body_is_no_form() {
        let lab = Lab::new();
        let (domain, _) = lab.cloud.tenant();
        let path = format!("/{domain}/oauth2/v2.0/token");
        let mut request = Lab::request(
            Method::POST,
            &path,
            None,
            Some(b"grant_type=client_credentials".to_vec()),
        );
        request
            .headers
            .insert("content-type", "application/json".parse().unwrap());
        let answer = lab.cloud.entra(&request, lab.now);
        assert_eq!(json_of(&answer)["error_codes"][0], 900_144);
        request.method = Method::GET;
        assert_eq!(json_of(&lab.cloud.entra(&request, lab.now))["error_codes"][0], 900_561);
    }

    #[test]
    fn a_secret_is_rotated_and_expired_by_the_knobs() {
        let lab = Lab::new();
        let (domain, _) = lab.cloud.tenant();
        let app = lab.app("expired-secret");
        let mut form = lab.form("expired-secret", ARM);
        form.retain(|(key, _)| *key != "client_secret");
        form.push(("client_secret", &app.next_secret));
        assert_eq!(refused(&lab, &domain, &form).2, 7_000_215);
        lab.knob("rotate_secret", serde_json::json!({"label": "expired-secret"}));
        assert_eq!(lab.token(&domain, &form).status, 200);
        lab.knob("expire_secret", serde_json::json!({"label": "ready"}));
        assert_eq!(refused(&lab, &domain, &lab.form("ready", ARM)).2, 7_000_222);
        lab.knob("disable_app", serde_json::json!({"label": "reader"}));
        assert_eq!(refused(&lab, &domain, &lab.form("reader", ARM)).2, 7_000_112);
        assert!(
            lab.cloud
                .set_knob("rotate_secret", &serde_json::json!({"label": "x"}))
                .is_err()
        );
    }

    #[test]
    fn a_secret_ends_by_the_labs_clock() {
        let mut lab = Lab::new();
        let (domain, _) = lab.cloud.tenant();
        let day = lab.now.date_naive() + TimeDelta::days(180);
        assert_eq!(lab.app("ready").secret_expiry, day.to_string());
        lab.now += TimeDelta::days(181);
        assert_eq!(refused(&lab, &domain, &lab.form("ready", ARM)).2, 7_000_222);
    }
}
