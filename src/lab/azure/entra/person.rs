//! Tokens for people: what an authorization code, an approved device or a refresh token is redeemed for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::directory::{Directory, PublicClient, Tenant};
use super::super::people::Person;
use super::super::tokens::{Actor, Caller, Grant, LIFETIME_S};
use super::form::Form;
use super::scopes::Wanted;
use super::sign_ins::{Agreed, Code, SignIns};
use super::{Asked, Fault, blocked_by_policy, public_client};
use crate::lab::http::Response;

/// Redeems an authorization code.
pub(super) fn redeem(
    asked: &Asked,
    directory: &Directory,
    sign_ins: &mut SignIns,
    form: &Form,
    tenant: &Tenant,
) -> Result<Response, Fault> {
    let client = own_client(directory, form, tenant)?;
    let (redirect_uri, verifier) = (form.need("redirect_uri")?, form.need("code_verifier")?);
    let code = sign_ins.code(form.need("code")?).ok_or_else(malformed)?;
    check_code(asked, code, redirect_uri, verifier)?;
    check_policy(client)?;
    code.redeemed = true;
    let agreed = code.agreed.clone();
    tokens(asked, directory, sign_ins, tenant, agreed, form.get("scope"))
}

/// Gives new tokens for a refresh token, for the same service or another.
pub(super) fn refresh(
    asked: &Asked,
    directory: &Directory,
    sign_ins: &mut SignIns,
    form: &Form,
    tenant: &Tenant,
) -> Result<Response, Fault> {
    let client = own_client(directory, form, tenant)?;
    let (agreed, expires) = sign_ins.refresh(form.need("refresh_token")?).ok_or_else(malformed)?;
    if expires <= asked.now {
        let text = "The refresh token has expired due to inactivity.";
        return Err(Fault::new("invalid_grant", 700_082, text));
    }
    check_policy(client)?;
    let agreed = agreed.clone();
    tokens(asked, directory, sign_ins, tenant, agreed, form.get("scope"))
}

fn own_client<'a>(directory: &'a Directory, form: &Form, tenant: &Tenant) -> Result<&'a PublicClient, Fault> {
    let client = public_client(directory, form.client_id()?, tenant)?;
    match form.secret() {
        Some(_) => Err(Fault::public_with_secret()),
        None => Ok(client),
    }
}

fn check_code(asked: &Asked, code: &Code, redirect_uri: &str, verifier: &str) -> Result<(), Fault> {
    if code.redeemed {
        return Err(redeemed());
    }
    if code.expires <= asked.now {
        let text = "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive \
                    authorization request for this user and resource.";
        return Err(Fault::new("invalid_grant", 70_008, text));
    }
    if code.redirect_uri != redirect_uri {
        let text = format!(
            "The reply address '{redirect_uri}' does not match the reply address '{}' provided when requesting \
             Authorization code.",
            code.redirect_uri
        );
        return Err(Fault::new("invalid_grant", 500_112, text));
    }
    if code.challenge != URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) {
        let text = "The Code_Verifier does not match the code_challenge supplied in the authorization request.";
        return Err(Fault::new("invalid_grant", 501_481, text));
    }
    Ok(())
}

/// A code that has been used once.
pub(super) fn redeemed() -> Fault {
    Fault::new(
        "invalid_grant",
        54_005,
        "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh \
         token.",
    )
}

fn malformed() -> Fault {
    Fault::new("invalid_grant", 70_000, "Provided grant is invalid or malformed.")
}

/// Refuses where a policy blocks sign-ins through the public client.
pub(super) fn check_policy(client: &PublicClient) -> Result<(), Fault> {
    match client.blocked_by_policy {
        true => Err(blocked_by_policy()),
        false => Ok(()),
    }
}

/// The tokens for what a person has agreed to, or for the scope that is asked for now.
pub(super) fn tokens(
    asked: &Asked,
    directory: &Directory,
    sign_ins: &mut SignIns,
    tenant: &Tenant,
    agreed: Agreed,
    scope: Option<&str>,
) -> Result<Response, Fault> {
    let mut people = directory.people.iter();
    let person = people
        .find(|person| person.object_id == agreed.person)
        .ok_or_else(malformed)?;
    let wanted = Wanted::read(scope.unwrap_or(&agreed.scope), tenant)?;
    let first = Wanted::read(&agreed.scope, tenant)?;
    let client_id = &directory.public_client.client_id;
    let caller = Caller {
        app_id: client_id.clone(),
        object_id: person.object_id.clone(),
        actor: Actor::Person {
            name: person.sign_in_name.clone(),
            scopes: wanted.permissions.clone(),
        },
    };
    let mut body = asked.access(&Grant {
        resource: &wanted.resource,
        tenant_id: &tenant.id,
        caller: &caller,
        token_id: asked.trace,
    });
    body["scope"] = wanted.granted().into();
    if first.id_token {
        body["id_token"] = id_token(asked, client_id, tenant, person, agreed.nonce.as_deref()).into();
    }
    if first.refresh_token {
        let token = sign_ins.add_refresh(agreed, asked.now);
        asked.signer.remember(&token);
        body["refresh_token"] = token.into();
    }
    Ok(Response::json(200, &body))
}

/// The token that tells a client who signed in.
fn id_token(asked: &Asked, client_id: &str, tenant: &Tenant, person: &Person, nonce: Option<&str>) -> String {
    let issued = asked.now.timestamp();
    let mut claims = json!({
        "aud": client_id,
        "iss": format!("{}/{}/v2.0", asked.authority, tenant.id),
        "iat": issued,
        "nbf": issued,
        "exp": issued + LIFETIME_S,
        "name": person.display_name,
        "oid": person.object_id,
        "preferred_username": person.sign_in_name,
        "sub": person.object_id,
        "tid": tenant.id,
        "ver": "2.0",
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = Value::from(nonce);
    }
    asked.signer.signed(&claims)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::super::testing::{ARM, Lab, json_of};
    use super::super::authorize::tests::{REDIRECT, SCOPE, VERIFIER, code};
    use super::*;

    /// The answer to a request of the public client, with one parameter changed.
    fn ask(lab: &Lab, form: &[(&str, &str)], change: (&str, &str)) -> Response {
        let client = lab.cloud.public_client_id();
        let all = form.iter().copied().chain([("client_id", client.as_str())]);
        let mut form: Vec<_> = all.filter(|(name, _)| *name != change.0).collect();
        form.push(change);
        lab.token(&lab.cloud.tenant().0, &form)
    }

    fn redeemed(lab: &Lab, code: &str, change: (&str, &str)) -> Response {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        ask(lab, &form, change)
    }

    fn error(answer: &Response) -> i64 {
        json_of(answer)["error_codes"][0].as_i64().unwrap()
    }

    #[test]
    fn a_code_is_redeemed_for_the_tokens_of_the_person() {
        let lab = Lab::new();
        let answer = redeemed(&lab, &code(&lab, "owner"), ("", ""));
        let body = json_of(&answer);
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(body["scope"], "https://management.azure.com/user_impersonation");
        let claims = lab.claims(body["access_token"].as_str().unwrap());
        assert_eq!(claims["idtyp"], "user");
        assert_eq!(claims["scp"], "user_impersonation");
        assert_eq!(claims["upn"], "owner@contoso.onmicrosoft.com");
        assert_eq!(claims["preferred_username"], claims["upn"]);
        assert_eq!(claims["appid"], lab.cloud.public_client_id());
        let id = lab.claims(body["id_token"].as_str().unwrap());
        assert_eq!((&id["oid"], &id["nonce"]), (&claims["oid"], &json!("n-1")));
        for token in ["access_token", "id_token", "refresh_token"] {
            let token = body[token].as_str().unwrap().to_owned();
            assert!(lab.cloud.issued_tokens().contains(&token));
        }
    }

    #[test]
    fn the_roles_of_the_person_count_and_not_those_of_an_app() {
        let lab = Lab::new();
        let seen = |person: &str| {
            let body = json_of(&redeemed(&lab, &code(&lab, person), ("", "")));
            let bearer = format!("Bearer {}", body["access_token"].as_str().unwrap());
            let subscription = format!("{}/resourcegroups", lab.subscription());
            let query = Some("api-version=2021-04-01");
            let mut request = Lab::request(http::Method::GET, &subscription, query, None);
            request.headers.insert("authorization", bearer.parse().unwrap());
            let groups = json_of(&lab.cloud.arm(&request, lab.now))["value"]
                .as_array()
                .unwrap()
                .len();
            request.path = format!("{}/providers/Microsoft.Authorization/permissions", lab.group());
            request.query = Some("api-version=2022-04-01".into());
            let permissions = json_of(&lab.cloud.arm(&request, lab.now))["value"][0]["actions"][0].clone();
            (groups, permissions)
        };
        assert_eq!(seen("owner"), (2, json!("*")));
        assert_eq!(seen("reader"), (2, json!("*/read")));
        // A token that tells who signed in is none to call a service with.
        let body = json_of(&redeemed(&lab, &code(&lab, "owner"), ("", "")));
        let mut request = Lab::request(
            http::Method::GET,
            "/subscriptions",
            Some("api-version=2022-12-01"),
            None,
        );
        let bearer = format!("Bearer {}", body["id_token"].as_str().unwrap());
        request.headers.insert("authorization", bearer.parse().unwrap());
        assert_eq!(lab.cloud.arm(&request, lab.now).status, 401);
    }

    #[test]
    fn a_code_is_good_once_for_ten_minutes_and_for_whom_it_was_made() {
        let mut lab = Lab::new();
        let value = code(&lab, "owner");
        let secret = lab.app("ready").secret;
        for (change, expected) in [
            (("code", "nonsense"), 70_000),
            (("redirect_uri", "http://localhost:49153"), 500_112),
            (
                ("code_verifier", "another-verifier-that-is-long-enough-for-rfc7636"),
                501_481,
            ),
            (("code_verifier", ""), 900_144),
            (("client_secret", secret.as_str()), 700_025),
        ] {
            assert_eq!(error(&redeemed(&lab, &value, change)), expected);
        }
        assert_eq!(redeemed(&lab, &value, ("", "")).status, 200);
        assert_eq!(error(&redeemed(&lab, &value, ("", ""))), 54_005);
        let late = code(&lab, "owner");
        lab.now += TimeDelta::minutes(10);
        assert_eq!(error(&redeemed(&lab, &late, ("", ""))), 70_008);
        let ready = lab.app("ready").client_id;
        assert_eq!(error(&redeemed(&lab, &late, ("client_id", &ready))), 7_000_218);
    }

    #[test]
    fn a_refresh_token_gives_tokens_for_another_service_until_it_ends() {
        let mut lab = Lab::new();
        let first = json_of(&redeemed(&lab, &code(&lab, "owner"), ("", "")));
        let refresh = first["refresh_token"].as_str().unwrap();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let logs = ask(&lab, &form, ("scope", "https://api.loganalytics.io/.default"));
        let logs = json_of(&logs);
        assert_eq!(logs["scope"], "https://api.loganalytics.io/Data.Read");
        assert!(logs["refresh_token"].is_string());
        assert_eq!(lab.claims(logs["access_token"].as_str().unwrap())["idtyp"], "user");
        assert_eq!(error(&ask(&lab, &form, ("refresh_token", "x"))), 70_000);
        assert_eq!(error(&ask(&lab, &form, ("client_secret", "x"))), 700_025);
        lab.knob("conditional_access", json!({"label": "administrators-client"}));
        assert_eq!(error(&ask(&lab, &form, ("scope", ARM))), 53_003);
        lab.knob(
            "conditional_access",
            json!({"label": "administrators-client", "blocked": false}),
        );
        lab.now += TimeDelta::days(90);
        assert_eq!(error(&ask(&lab, &form, ("scope", SCOPE))), 700_082);
    }

    #[test]
    fn only_the_owner_changes_secrets_through_graph() {
        let lab = Lab::new();
        let path = format!("/v1.0/applications(appId='{}')", lab.app("ready").client_id);
        let asked = |person: &str, scope: &str| {
            let answer = redeemed(&lab, &code(&lab, person), ("scope", scope));
            let token = json_of(&answer)["access_token"].as_str().unwrap().to_owned();
            let add = format!("{path}/addPassword");
            let read = lab.ask_graph(&token, http::Method::GET, &path, Value::Null).status;
            let wish = json!({"passwordCredential": {}});
            (read, lab.ask_graph(&token, http::Method::POST, &add, wish).status)
        };
        assert_eq!(asked("owner", "Application.ReadWrite.All"), (200, 200));
        assert_eq!(asked("owner", "Application.Read.All"), (200, 403));
        assert_eq!(asked("owner", "User.Read"), (403, 403));
        assert_eq!(asked("reader", "Application.ReadWrite.All"), (200, 403));
    }
}
