//! The token endpoint of Entra: what is sent there, and the tokens that come back.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::Value;
use url::form_urlencoded;
use zeroize::Zeroizing;

use crate::model::{Environment, Result, TenantId};

use super::entra_answer::is_passing;
use super::entra_error::{Asker, Asking, refusal};
use super::grant::Credential;
use super::http::{Hears, Http, Reply, Request, passing_status};
use super::tokens::Token;

/// Asks for an app's token for one audience (OAuth 2.0 client credentials).
///
/// # Errors
/// What Entra refuses, or what keeps it from answering.
pub(super) async fn request_token(
    http: &Http,
    environment: &Environment,
    app: &Credential,
    audience: &str,
    hears: Hears<'_>,
) -> Result<Token> {
    let form = form(&[
        ("client_id", &app.client_id.to_string()),
        ("scope", &format!("{audience}/.default")),
        ("grant_type", "client_credentials"),
        ("client_secret", app.secret.expose()),
    ]);
    let asked = Instant::now();
    let reply = post(http, environment, app.tenant_id, "token", form, hears).await?;
    if reply.status.is_success() {
        return Ok(read_tokens(&reply, asked)?.access);
    }
    let asking = Asking {
        tenant: app.tenant_id.to_string(),
        environment,
        asker: Asker::App(app),
        audience,
    };
    Err(refusal(&reply, &asking))
}

/// Posts a form to an endpoint of a tenant, `token` or `devicecode`, and returns the answer of any status.
///
/// # Errors
/// What keeps Entra from answering.
pub(super) async fn post(
    http: &Http,
    environment: &Environment,
    tenant: TenantId,
    endpoint: &str,
    form: Bytes,
    hears: Hears<'_>,
) -> Result<Reply> {
    let json = HeaderValue::from_static("application/json");
    let urlencoded = HeaderValue::from_static("application/x-www-form-urlencoded");
    let request = Request {
        method: Method::POST,
        url: environment.authority.join(&format!("/{tenant}/oauth2/v2.0/{endpoint}")),
        headers: HeaderMap::from_iter([(header::ACCEPT, json), (header::CONTENT_TYPE, urlencoded)]),
        body: Some(form),
        passing,
    };
    http.send(&request, hears).await
}

/// A form, in memory that is wiped when the last try is over.
pub(super) fn form(fields: &[(&str, &str)]) -> Bytes {
    // Room for everything from the start: a growing text would leave copies behind.
    let room = fields
        .iter()
        .map(|(name, value)| 2 + 3 * (name.len() + value.len()))
        .sum();
    let form = form_urlencoded::Serializer::new(String::with_capacity(room))
        .extend_pairs(fields)
        .finish();
    Bytes::from_owner(Zeroizing::new(form.into_bytes()))
}

/// What the token endpoint gives.
pub(super) struct Tokens {
    pub(super) access: Token,
    /// What renews it; only for a person.
    pub(super) refresh: Option<Zeroizing<String>>,
    /// Who has signed in; only for a person.
    pub(super) id: Option<Zeroizing<String>>,
}

/// Reads the tokens of an answer to a request that was `asked` then.
///
/// # Errors
/// [`Problem::NotUnderstood`](crate::model::Problem::NotUnderstood).
pub(super) fn read_tokens(reply: &Reply, asked: Instant) -> Result<Tokens> {
    const EXPECTED: &str = "an access token";
    let Value::Object(mut answer) = reply.json(EXPECTED)? else {
        return Err(reply.not_understood(EXPECTED));
    };
    let mut take = |name: &str| match answer.remove(name) {
        Some(Value::String(text)) => Some(Zeroizing::new(text)),
        _ => None,
    };
    let (access, refresh, id) = (take("access_token"), take("refresh_token"), take("id_token"));
    // Tokens are visible ASCII; anything else could not stand in a header.
    let is_usable = |text: &Zeroizing<String>| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let access = access.filter(is_usable).ok_or_else(|| reply.not_understood(EXPECTED))?;
    let seconds = match answer.get("expires_in") {
        Some(Value::Number(seconds)) => seconds.as_u64(),
        Some(Value::String(seconds)) => seconds.parse().ok(),
        _ => None,
    };
    let lifetime = Duration::from_secs(seconds.unwrap_or_default());
    Ok(Tokens {
        access: Token::new(access, asked, lifetime),
        refresh,
        id,
    })
}

fn passing(reply: &Reply) -> bool {
    // An answer with a token in it is not looked into twice.
    if reply.status.is_success() {
        return false;
    }
    passing_status(reply) || is_passing(reply)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::patience::Patience;
    use crate::azure::testing::{Answer as Scripted, SECRET, Server, TOKEN_PATH, credential, environment, silent};
    use crate::model::SecretKey;

    async fn ask(server: &Server, credential: &Credential) -> Result<Token> {
        let environment = environment(server);
        let http = Http::new(&environment, Patience::hasty()).unwrap();
        request_token(&http, &environment, credential, &environment.arm_audience, &silent).await
    }

    #[tokio::test]
    async fn sends_the_documented_form() {
        let server = Server::start().await;
        let answer = json!({"token_type": "Bearer", "expires_in": 3599, "access_token": "tok"});
        server.on("POST", TOKEN_PATH, [Scripted::json(200, &answer)]);
        let tricky = Credential {
            secret: SecretKey::parse("a+b&c=d~ %é").unwrap(),
            ..credential()
        };
        assert_eq!(ask(&server, &tricky).await.unwrap().expose(), "tok");
        let seen = server.seen();
        let [seen] = seen.as_slice() else {
            panic!("{} requests", seen.len())
        };
        assert_eq!(seen.header("content-type"), "application/x-www-form-urlencoded");
        assert!(!seen.header("x-ms-client-request-id").is_empty());
        let form: Vec<(String, String)> = form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect();
        let wanted = [
            ("client_id", tricky.client_id.to_string()),
            ("scope", "https://arm.test/.default".to_owned()),
            ("grant_type", "client_credentials".to_owned()),
            ("client_secret", "a+b&c=d~ %é".to_owned()),
        ];
        assert_eq!(form, wanted.map(|(name, value)| (name.to_owned(), value)));
        assert!(!seen.path.contains("a+b"), "the secret travels in the body only");
    }

    #[tokio::test]
    async fn tries_again_when_entra_is_busy() {
        let server = Server::start().await;
        let busy = json!({"error": "temporarily_unavailable", "error_codes": [90033]});
        let answer = json!({"expires_in": "3599", "access_token": "tok"});
        server.on(
            "POST",
            TOKEN_PATH,
            [
                Scripted::json(400, &busy),
                Scripted::text(503, "<html>busy</html>"),
                Scripted::json(200, &answer),
            ],
        );
        assert_eq!(ask(&server, &credential()).await.unwrap().expose(), "tok");
        assert_eq!(server.seen().len(), 3);
    }

    #[tokio::test]
    async fn what_is_no_answer_of_entra() {
        for (scripted, wanted) in [
            (
                Scripted::text(200, "<html>sign in to the Wi-Fi</html>"),
                "not_understood",
            ),
            (Scripted::json(200, &json!({"access_token": ""})), "not_understood"),
            (Scripted::json(200, &json!({"access_token": "a\nb"})), "not_understood"),
            (Scripted::json(200, &json!([])), "not_understood"),
            (Scripted::text(403, "blocked by the firewall"), "not_understood"),
            (Scripted::text(502, "bad gateway"), "unavailable"),
            (Scripted::text(429, ""), "throttled"),
        ] {
            let server = Server::start().await;
            server.on("POST", TOKEN_PATH, [scripted]);
            assert_eq!(
                ask(&server, &credential()).await.err().unwrap().problem().code(),
                wanted
            );
        }
    }

    #[tokio::test]
    async fn no_error_shows_the_secret() {
        let encoded: String = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        for echo in [SECRET.to_owned(), encoded] {
            for error in ["invalid_client", "something_new"] {
                let server = Server::start().await;
                let body = json!({"error": error, "error_description": format!("AADSTS1: you sent {echo}\r\n{echo}")});
                server.on("POST", TOKEN_PATH, [Scripted::json(400, &body)]);
                let failure = ask(&server, &credential()).await.err().unwrap();
                let shown = format!("{failure} {failure:?}");
                assert!(!shown.contains(SECRET) && !shown.contains(&echo), "{shown}");
            }
        }
    }
}
