//! Microsoft Graph: the secret keys of an app registration. Read, make one, remove one.

use bytes::Bytes;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::client::{Azure, Call};
use super::error::AzureError;
use super::grant::Grant;
use super::http::Reply;
use super::tokens::Service;
use crate::model::{ClientId, Problem, Result, SecretExpiry, SecretKey};

/// A secret key of an app registration, as Graph shows it: never the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySeen {
    /// By this it is removed.
    pub id: String,
    /// What people read about it.
    pub name: String,
    /// The first three characters of the value.
    hint: String,
    end: Option<SecretExpiry>,
}

impl KeySeen {
    /// Whether it may be the key with this value: Graph shows no more of it than its beginning.
    pub fn may_be(&self, secret: &SecretKey) -> bool {
        self.hint == hint(secret)
    }
}

/// Entra keeps of a secret its first three characters, as a hint.
fn hint(secret: &SecretKey) -> String {
    secret.expose().chars().take(3).collect()
}

/// A secret key that was made just now. Entra shows its value this once.
pub struct MadeKey {
    /// By this it is removed.
    pub id: String,
    /// The value.
    pub secret: SecretKey,
    /// When it expires.
    pub expiry: SecretExpiry,
    /// It took more than one try: an earlier one may have made another key of this name.
    pub again: bool,
}

impl Azure {
    /// When the secret key in use expires, as Entra has it; `None` where the app may not read that (the normal case), or where
    /// no key with the hint of this one is there. Several with the same hint: none is believed, unless they end on the same day.
    ///
    /// # Errors
    /// Only what keeps Graph from answering; callers are quiet about it.
    pub async fn secret_expiry(&self) -> Result<Option<SecretExpiry>> {
        let Grant::App(app) = self.grant() else { return Ok(None) };
        let call = self.registration(app.client_id, "", Method::GET, "reading the app registration");
        let reply = self.call(&call).await?;
        if matches!(reply.status.as_u16(), 400 | 401 | 403 | 404) {
            tracing::debug!(
                status = reply.status.as_str(),
                "the app may not read its own registration"
            );
            return Ok(None);
        }
        if !reply.status.is_success() {
            return Err(self.refused(&reply, &call));
        }
        Ok(expiry(&keys(&reply.json(REGISTRATION)?), &app.secret))
    }

    /// The secret keys of an app registration.
    ///
    /// # Errors
    /// [`Problem::KeysNotAllowed`], what Graph refuses.
    pub async fn secret_keys(&self, client_id: ClientId) -> Result<Vec<KeySeen>> {
        let call = self.registration(client_id, "", Method::GET, "reading the app registration");
        Ok(keys(&self.of_keys(&call).await?.json(REGISTRATION)?))
    }

    /// Has Entra make a secret key. An answer that was lost on the way leaves one behind, perhaps more than one: all of this name.
    ///
    /// # Errors
    /// [`Problem::KeysNotAllowed`], what Graph refuses: a policy of the tenant, in its own words.
    pub async fn make_secret_key(&self, client_id: ClientId, name: &str, expiry: SecretExpiry) -> Result<MadeKey> {
        const EXPECTED: &str = "a new secret key";
        let mut call = self.registration(client_id, "/addPassword", Method::POST, "making a secret key");
        // Through the whole of its last day.
        let end = format!("{expiry}T23:59:59Z");
        let body = json!({"passwordCredential": {"displayName": name, "endDateTime": end}});
        call.body = Some(Bytes::from(body.to_string()));
        let reply = self.of_keys(&call).await?;
        let made: Made = serde_json::from_slice(&reply.body).map_err(|_| reply.not_understood(EXPECTED))?;
        let secret = SecretKey::parse(&made.secret_text).map_err(|_| reply.not_understood(EXPECTED))?;
        Ok(MadeKey {
            id: made.key_id,
            again: reply.tries > 1,
            secret,
            expiry: made.end_date_time.parse().unwrap_or(expiry),
        })
    }

    /// Removes a secret key. One that is gone is as good.
    ///
    /// # Errors
    /// [`Problem::KeysNotAllowed`], what Graph refuses.
    pub async fn remove_secret_key(&self, client_id: ClientId, key: &KeySeen) -> Result<()> {
        let mut call = self.registration(client_id, "/removePassword", Method::POST, "removing a secret key");
        call.body = Some(Bytes::from(json!({"keyId": key.id}).to_string()));
        match self.of_keys(&call).await {
            Err(failure) if self.is_gone(client_id, key).await => {
                tracing::debug!(code = failure.problem().code(), "the secret key was gone already");
                Ok(())
            }
            done => done.map(drop),
        }
    }

    async fn is_gone(&self, client_id: ClientId, key: &KeySeen) -> bool {
        let keys = self.secret_keys(client_id).await;
        keys.is_ok_and(|keys| keys.iter().all(|each| each.id != key.id))
    }

    fn registration(&self, client_id: ClientId, action: &str, method: Method, doing: &'static str) -> Call {
        let select = match method {
            Method::GET => "?$select=id,appId,passwordCredentials",
            _ => "",
        };
        let path = format!("/v1.0/applications(appId='{client_id}'){action}{select}");
        Call {
            service: Service::Graph,
            method,
            url: self.environment().graph.join(&path),
            body: None,
            doing,
            operation: "Application.ReadWrite.OwnedBy",
            scope: format!("the app {client_id}"),
        }
    }

    /// Sends a call about secret keys; who may not is told so.
    async fn of_keys(&self, call: &Call) -> Result<Reply> {
        let reply = self.call(call).await?;
        if reply.status.is_success() {
            return Ok(reply);
        }
        let denied = AzureError::read(&reply).is_some_and(|error| error.has_code(&["Authorization_RequestDenied"]));
        let failure = self.refused(&reply, call);
        let person = matches!(self.grant(), Grant::Person(_));
        Err(match denied {
            true => failure.instead(Problem::KeysNotAllowed { person }),
            false => failure,
        })
    }
}

const REGISTRATION: &str = "an app registration";

/// The answer to `addPassword`; no more of it than is needed, and nothing of it in an error.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    key_id: String,
    secret_text: Zeroizing<String>,
    end_date_time: String,
}

fn keys(app: &Value) -> Vec<KeySeen> {
    let text = |key: &Value, name: &str| key.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let keys = app.get("passwordCredentials").and_then(Value::as_array);
    let seen = |key: &Value| KeySeen {
        id: text(key, "keyId"),
        name: text(key, "displayName"),
        hint: text(key, "hint"),
        end: text(key, "endDateTime").parse().ok(),
    };
    keys.into_iter().flatten().map(seen).collect()
}

/// All that a list of ends says of the one in use.
fn expiry(keys: &[KeySeen], secret: &SecretKey) -> Option<SecretExpiry> {
    let mut ends = keys.iter().filter(|key| key.may_be(secret)).map(|key| key.end);
    let first = ends.next()??;
    ends.all(|end| end == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::testing::{Answer, CLIENT, TOKEN_PATH, client_of, error, signed_in, token_answer};

    fn path() -> String {
        format!("/v1.0/applications(appId='{CLIENT}')")
    }

    async fn ask(answer: Answer) -> Result<Option<String>> {
        let (server, azure) = signed_in().await;
        server.on("POST", TOKEN_PATH, [token_answer("fresh", 3599)]);
        server.on("GET", &path(), [answer]);
        let found = azure.secret_expiry().await?;
        Ok(found.map(|expiry| expiry.date().to_string()))
    }

    fn app(keys: &[(&str, &str)]) -> Answer {
        let keys: Vec<Value> = keys
            .iter()
            .map(|(hint, end)| json!({"hint": hint, "endDateTime": end, "secretText": null}))
            .collect();
        Answer::json(200, &json!({"appId": CLIENT, "passwordCredentials": keys}))
    }

    #[tokio::test]
    async fn the_key_in_use_is_known_by_its_hint() {
        let (may, june) = ("2027-05-22T00:00:00Z", "2027-06-22T10:00:00.123Z");
        for (keys, wanted) in [
            (vec![("xyz", june), ("abc", may)], Some("2027-05-22")),
            (vec![("abc", may), ("abc", "2027-05-22T09:00:00Z")], Some("2027-05-22")),
            (vec![("abc", may), ("abc", june)], None),
            (vec![("abc", may), ("abc", "soon")], None),
            (vec![("ABC", may)], None),
            (vec![], None),
        ] {
            assert_eq!(ask(app(&keys)).await.unwrap().as_deref(), wanted, "{keys:?}");
        }
        assert_eq!(ask(Answer::json(200, &json!({}))).await.unwrap(), None);
    }

    #[tokio::test]
    async fn asks_graph_with_a_token_for_graph() {
        let (server, azure) = signed_in().await;
        server.on("GET", &path(), [app(&[])]);
        azure.secret_expiry().await.unwrap();
        let seen = &server.seen()[0];
        assert_eq!(seen.header("authorization"), "Bearer token-for-graph");
        assert_eq!(seen.query, "$select=id,appId,passwordCredentials");
        server.on("POST", TOKEN_PATH, [token_answer("tok", 3599)]);
        client_of(&server).secret_expiry().await.unwrap();
        let scope =
            url::form_urlencoded::byte_serialize(format!("{}/.default", server.url()).as_bytes()).collect::<String>();
        assert!(server.seen_at(TOKEN_PATH)[0].body.contains(&format!("scope={scope}")));
    }

    #[tokio::test]
    async fn who_may_not_read_is_told_nothing() {
        for (status, code) in [
            (403, "Authorization_RequestDenied"),
            (401, "InvalidAuthenticationToken"),
            (400, "BadRequest"),
            (404, "Request_ResourceNotFound"),
        ] {
            assert_eq!(ask(error(status, code)).await.unwrap(), None);
        }
        assert!(ask(Answer::text(200, "<html>")).await.is_err());
        assert!(ask(error(503, "busy")).await.is_err());
    }

    fn made() -> Answer {
        Answer::json(
            200,
            &json!({"keyId": "k2", "secretText": "def8Q~made", "hint": "def", "endDateTime": "2027-05-22T23:59:59Z"}),
        )
    }

    #[tokio::test]
    async fn a_key_is_made_with_its_name_and_its_last_day_and_removed_by_its_id() {
        let (server, azure) = signed_in().await;
        let client = CLIENT.parse().unwrap();
        server.on("POST", &format!("{}/addPassword", path()), [made()]);
        let key = azure
            .make_secret_key(client, "ours", "2027-05-22".parse().unwrap())
            .await
            .unwrap();
        assert_eq!(
            (
                key.id.as_str(),
                key.secret.expose(),
                key.expiry.to_string().as_str(),
                key.again
            ),
            ("k2", "def8Q~made", "2027-05-22", false)
        );
        let asked: Value = serde_json::from_str(&server.seen()[0].body).unwrap();
        let wanted = json!({"displayName": "ours", "endDateTime": "2027-05-22T23:59:59Z"});
        assert_eq!(asked, json!({ "passwordCredential": wanted }));
        server.on("POST", &format!("{}/removePassword", path()), [Answer::text(204, "")]);
        let seen = KeySeen {
            id: "k1".into(),
            name: "old".into(),
            hint: "abc".into(),
            end: None,
        };
        azure.remove_secret_key(client, &seen).await.unwrap();
        assert_eq!(server.seen()[1].body, r#"{"keyId":"k1"}"#);
        assert!(seen.may_be(&SecretKey::parse("abc8Q~x").unwrap()) && !seen.may_be(&key.secret));
    }

    #[tokio::test]
    async fn a_try_whose_answer_was_lost_is_known_and_a_key_that_is_gone_is_removed() {
        let (server, azure) = signed_in().await;
        let client = CLIENT.parse().unwrap();
        server.on("POST", &format!("{}/addPassword", path()), [error(503, "busy"), made()]);
        let key = azure.make_secret_key(client, "ours", "2027-05-22".parse().unwrap());
        assert!(key.await.unwrap().again);
        let seen = KeySeen {
            id: "k1".into(),
            name: "old".into(),
            hint: "abc".into(),
            end: None,
        };
        for (there, code) in [(json!([]), None), (json!([{"keyId": "k1"}]), Some("azure_refused"))] {
            let refused = error(400, "Request_BadRequest");
            server.on("POST", &format!("{}/removePassword", path()), [refused]);
            server.on(
                "GET",
                &path(),
                [Answer::json(200, &json!({"passwordCredentials": there}))],
            );
            let done = azure.remove_secret_key(client, &seen).await;
            assert_eq!(done.err().map(|failure| failure.problem().code()), code);
        }
    }

    #[tokio::test]
    async fn who_may_not_make_keys_is_told_so_and_a_policy_in_its_own_words() {
        let (server, azure) = signed_in().await;
        let client = CLIENT.parse().unwrap();
        for (code, wanted) in [
            ("Authorization_RequestDenied", "keys_not_allowed"),
            ("CredentialTypeNotAllowedAsPerAppPolicy", "azure_refused"),
        ] {
            server.on("POST", &format!("{}/addPassword", path()), [error(403, code)]);
            let refused = azure.make_secret_key(client, "ours", "2027-05-22".parse().unwrap());
            assert_eq!(refused.await.err().unwrap().problem().code(), wanted);
        }
        server.on(
            "POST",
            &format!("{}/addPassword", path()),
            [Answer::text(200, r#"{"secretText":"def8Q~x"}"#)],
        );
        let broken = azure.make_secret_key(client, "ours", "2027-05-22".parse().unwrap());
        assert!(
            !format!("{:?}", broken.await.err().unwrap()).contains("def8Q"),
            "the value is quoted"
        );
    }
}
