//! The token request: which grant it is, and to which tenant it goes.

use super::super::State;
use super::super::directory::{Directory, Tenant};
use super::form::Form;
use super::{Asked, Fault, app, device, find_tenant, person};
use crate::lab::http::Response;

/// The grant by which a device asks whether its code has been approved.
pub(super) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Answers a token request.
pub(super) fn answer(asked: &Asked, state: &mut State, tenant: &str) -> Result<Response, Fault> {
    let form = Form::read(asked.request);
    let State {
        directory,
        sign_ins,
        knobs,
        ..
    } = state;
    let tenant = own_tenant(directory, tenant, knobs.services.national_tenant_error)?;
    match form.need("grant_type")? {
        "client_credentials" => app::grant(asked, directory, &form, tenant),
        "authorization_code" => person::redeem(asked, directory, sign_ins, &form, tenant),
        "refresh_token" => person::refresh(asked, directory, sign_ins, &form, tenant),
        DEVICE_CODE => device::poll(asked, directory, sign_ins, &form, tenant),
        other => Err(Fault::new(
            "unsupported_grant_type",
            70_003,
            format!("The app requested an unsupported grant type '{other}'."),
        )),
    }
}

/// The tenant of a request that may only go to a tenant of this cloud; `national_error` is what others are refused with.
pub(super) fn own_tenant<'a>(directory: &'a Directory, name: &str, national_error: u32) -> Result<&'a Tenant, Fault> {
    if matches!(name, "common" | "organizations" | "consumers") {
        return Err(Fault::new(
            "invalid_request",
            50_059,
            "No tenant-identifying information found in either the request or implied by any provided credentials.",
        ));
    }
    let tenant = find_tenant(directory, name, "invalid_request")?;
    if directory.serves(tenant) {
        return Ok(tenant);
    }
    Err(match national_error {
        900_382 => Fault::new(
            "invalid_request",
            900_382,
            "Confidential Client is not supported in Cross Cloud request.",
        ),
        _ => national(name, tenant, directory),
    })
}

/// A tenant that this authority does not serve.
pub(super) fn national(name: &str, tenant: &Tenant, directory: &Directory) -> Fault {
    let theirs = tenant.cloud.traits().instance;
    let ours = directory.home().cloud.traits().instance;
    Fault::new(
        "invalid_request",
        90_038,
        format!(
            "The specified tenant '{name}' belongs to the National Cloud '{theirs}'. Current cloud instance \
             '{ours}' does not federate with '{theirs}'."
        ),
    )
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
        let national = lab.cloud.national_tenants().remove(0).name;
        let (ready, public) = (lab.app("ready"), lab.cloud.public_client_id());
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
            (domain, with(("client_id", &public)), (401, "invalid_client", 700_025)),
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
    fn a_policy_blocks_an_app_and_a_tenant_of_another_cloud_has_two_texts() {
        let lab = Lab::new();
        let domain = lab.cloud.tenant().0;
        let form = lab.form("ready", ARM);
        lab.knob("conditional_access", serde_json::json!({"label": "ready"}));
        assert_eq!(refused(&lab, &domain, &form), (400, "invalid_grant".into(), 53_003));
        assert_eq!(lab.token(&domain, &lab.form("reader", ARM)).status, 200);
        lab.knob(
            "conditional_access",
            serde_json::json!({"label": "ready", "blocked": false}),
        );
        assert_eq!(lab.token(&domain, &form).status, 200);
        let china = lab.cloud.national_tenants().remove(1);
        let text = json_of(&lab.token(&china.id, &form))["error_description"].to_string();
        assert!(text.contains("National Cloud 'partner.microsoftonline.cn'"), "{text}");
        lab.knob("national_tenant_error", 900_382.into());
        assert_eq!(refused(&lab, &china.name, &form).2, 900_382);
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
