//! The token request (OAuth 2.0 client credentials).

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::Value;
use url::form_urlencoded;
use zeroize::Zeroizing;

use crate::model::{Environment, Result};

use super::client::Credential;
use super::entra_error::{Asking, is_passing, refusal};
use super::http::{Hears, Http, Reply, Request, passing_status};
use super::tokens::Token;

/// Asks for a token for one audience.
///
/// # Errors
/// What Entra refuses, or what keeps it from answering.
pub(super) async fn request_token(
    http: &Http,
    environment: &Environment,
    credential: &Credential,
    audience: &str,
    hears: Hears<'_>,
) -> Result<Token> {
    let json = HeaderValue::from_static("application/json");
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    let request = Request {
        method: Method::POST,
        url: environment
            .authority
            .join(&format!("/{}/oauth2/v2.0/token", credential.tenant_id)),
        headers: HeaderMap::from_iter([(header::ACCEPT, json), (header::CONTENT_TYPE, form)]),
        body: Some(form_body(credential, audience)),
        passing,
    };
    let asked = Instant::now();
    let reply = http.send(&request, hears).await?;
    if reply.status.is_success() {
        read_token(&reply, asked)
    } else {
        let asking = Asking {
            tenant: credential.tenant_id.to_string(),
            environment,
            credential: Some(credential),
            audience,
        };
        Err(refusal(&reply, &asking))
    }
}

/// The form, in memory that is wiped when the last try is over.
fn form_body(credential: &Credential, audience: &str) -> Bytes {
    let secret = credential.secret.expose();
    // Room for everything from the start: a growing text would leave copies behind.
    let room = 256 + 3 * (secret.len() + audience.len());
    let form = form_urlencoded::Serializer::new(String::with_capacity(room))
        .append_pair("client_id", &credential.client_id.to_string())
        .append_pair("scope", &format!("{audience}/.default"))
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_secret", secret)
        .finish();
    Bytes::from_owner(Zeroizing::new(form.into_bytes()))
}

fn read_token(reply: &Reply, asked: Instant) -> Result<Token> {
    const EXPECTED: &str = "an access token";
    let Value::Object(mut answer) = reply.json(EXPECTED)? else {
        return Err(reply.not_understood(EXPECTED));
    };
    let Some(Value::String(text)) = answer.remove("access_token") else {
        return Err(reply.not_understood(EXPECTED));
    };
    let text = Zeroizing::new(text);
    // Tokens are visible ASCII; anything else could not stand in a header.
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(reply.not_understood(EXPECTED));
    }
    let seconds = match answer.get("expires_in") {
        Some(Value::Number(seconds)) => seconds.as_u64(),
        Some(Value::String(seconds)) => seconds.parse().ok(),
        _ => None,
    };
    Ok(Token::new(
        text,
        asked,
        Duration::from_secs(seconds.unwrap_or_default()),
    ))
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
    use crate::azure::http::Patience;
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
