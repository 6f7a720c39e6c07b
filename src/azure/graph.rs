//! Microsoft Graph: what Entra knows of the app's own secret keys.

use http::Method;
use serde_json::Value;

use super::client::{Azure, Call};
use super::grant::Grant;
use super::tokens::Service;
use crate::model::{Result, SecretExpiry};

impl Azure {
    /// When the secret key in use expires, as Entra has it; `None` where the app may not read that (the normal case), or where
    /// no key with the hint of this one is there. Several with the same hint: none is believed, unless they end on the same day.
    ///
    /// # Errors
    /// Only what keeps Graph from answering; callers are quiet about it.
    pub async fn secret_expiry(&self) -> Result<Option<SecretExpiry>> {
        const EXPECTED: &str = "an app registration";
        let Grant::App(app) = self.grant() else { return Ok(None) };
        let path = format!(
            "/v1.0/applications(appId='{}')?$select=id,appId,passwordCredentials",
            app.client_id
        );
        let call = Call {
            service: Service::Graph,
            method: Method::GET,
            url: self.environment().graph.join(&path),
            body: None,
            doing: "reading the app registration",
            operation: "Application.Read.All",
            scope: format!("the app {}", app.client_id),
        };
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
        Ok(expiry(&reply.json(EXPECTED)?, app.secret.expose()))
    }
}

/// Entra keeps of a secret its first three characters, as a hint. All that a list of ends says of the one in use.
fn expiry(app: &Value, secret: &str) -> Option<SecretExpiry> {
    let hint: String = secret.chars().take(3).collect();
    let keys = app.get("passwordCredentials")?.as_array()?;
    let text = |key: &Value, name: &str| key.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut ends = keys
        .iter()
        .filter(|key| text(key, "hint").is_some_and(|theirs| theirs == hint))
        .map(|key| text(key, "endDateTime").and_then(|end| end.parse().ok()));
    let first: SecretExpiry = ends.next()??;
    ends.all(|end| end == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
}
