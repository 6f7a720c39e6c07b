//! A person's own sign-in: authorization code with PKCE in the browser, or a code on any device. Tokens stay in memory.

use std::time::Instant;

use serde_json::Value;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::model::person::{PersonAccess, PersonSeen, PersonWay};
use crate::model::{ClientId, Environment, Problem, Result, TenantId};

use super::client::{Azure, Observer};
use super::entra::{form, post, read_tokens};
use super::entra_error::{Asker, Asking, refusal};
use super::error::words;
use super::grant::Grant;
use super::http::{Hears, Http};
use super::identity::{claims, identity};
use super::patience::Patience;
use super::tokens::{Service, Token};
use super::{browser_sign_in, device_code};

/// Opens an address in the system's browser; `false` where it cannot.
pub type OpenBrowser<'a> = &'a (dyn Fn(&str) -> bool + Send + Sync);

/// Signs a person in and returns Azure as that person sees it. Tells `Progress::Browser` or `Progress::DeviceCode`. Dropping the
/// future ends the waiting and the listener.
///
/// # Errors
/// `PersonNotSignedIn` with the reason, `PolicyBlocksSignIn`, `ClientUnknown` for the public client, what keeps Entra from
/// answering.
pub async fn sign_in_person(
    access: &PersonAccess,
    open: OpenBrowser<'_>,
    observer: Observer,
) -> Result<(Azure, PersonSeen)> {
    sign_in_patiently(access, open, observer, Patience::default()).await
}

async fn sign_in_patiently(
    access: &PersonAccess,
    open: OpenBrowser<'_>,
    observer: Observer,
    patience: Patience,
) -> Result<(Azure, PersonSeen)> {
    let http = Http::new(&access.environment, patience)?;
    let tokens = match access.way {
        PersonWay::Browser => browser_sign_in::sign_in(&http, access, open, &*observer).await?,
        PersonWay::Code => device_code::sign_in(&http, access, &*observer).await?,
    };
    identity(tokens.access.expose(), access.tenant_id, access.public_client)?;
    let said = [tokens.id.as_deref().map(String::as_str), Some(tokens.access.expose())];
    let name = said.into_iter().flatten().find_map(name_in);
    let seen = PersonSeen {
        name: name.unwrap_or_else(|| "a person without a name".to_owned()),
    };
    let person = Person {
        tenant_id: access.tenant_id,
        client_id: access.public_client,
        refresh: Mutex::new(tokens.refresh),
    };
    let azure = Azure::with(&access.environment, Grant::Person(person), http).with_observer(observer);
    azure.keep_token(Service::Arm, tokens.access).await?;
    Ok((azure, seen))
}

/// The sign-in name in a token, which is different from kind to kind.
fn name_in(token: &str) -> Option<String> {
    let claims = claims(token)?;
    ["preferred_username", "upn", "unique_name", "email", "name"]
        .iter()
        .find_map(|claim| claims.get(claim).and_then(Value::as_str))
        .map(words)
        .filter(|name| !name.is_empty())
}

/// A person's sign-in, as long as the program runs.
pub(super) struct Person {
    pub(super) tenant_id: TenantId,
    pub(super) client_id: ClientId,
    /// What gives new tokens; each one that is used may bring the next.
    refresh: Mutex<Option<Zeroizing<String>>>,
}

impl Person {
    /// A new token for an audience.
    ///
    /// # Errors
    /// [`Problem::PersonNotSignedIn`] where the sign-in is over, what Entra refuses.
    pub(super) async fn renew(
        &self,
        http: &Http,
        environment: &Environment,
        service: Service,
        hears: Hears<'_>,
    ) -> Result<Token> {
        let audience = service.audience(environment);
        // Held over the request: two at once would use the same one up.
        let mut refresh = self.refresh.lock().await;
        let Some(current) = refresh.as_deref() else {
            let why = "the sign-in is over".to_owned();
            return Err(Problem::PersonNotSignedIn { why }.into());
        };
        let form = form(&[
            ("client_id", &self.client_id.to_string()),
            ("scope", &scope(audience, service.permission())),
            ("grant_type", "refresh_token"),
            ("refresh_token", current),
        ]);
        let asked = Instant::now();
        let reply = post(http, environment, self.tenant_id, "token", form, hears).await?;
        if !reply.status.is_success() {
            let asking = asking_of(environment, self.tenant_id, self.client_id, audience);
            return Err(refusal(&reply, &asking));
        }
        let tokens = read_tokens(&reply, asked)?;
        if let Some(next) = tokens.refresh {
            *refresh = Some(next);
        }
        Ok(tokens.access)
    }
}

/// What is asked for in a person's name: to use a service, to go on doing so, and who it is.
pub(super) fn scope(audience: &str, permission: &str) -> String {
    format!("{audience}/{permission} offline_access openid profile")
}

/// Who asks, for the sentences of a refusal.
pub(super) fn asking(access: &PersonAccess) -> Asking<'_> {
    let environment = &access.environment;
    asking_of(
        environment,
        access.tenant_id,
        access.public_client,
        &environment.arm_audience,
    )
}

fn asking_of<'a>(
    environment: &'a Environment,
    tenant_id: TenantId,
    client_id: ClientId,
    audience: &'a str,
) -> Asking<'a> {
    Asking {
        tenant: tenant_id.to_string(),
        environment,
        asker: Asker::Person { tenant_id, client_id },
        audience,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex as StdMutex};
    use std::time::Duration;

    use serde_json::json;
    use url::{Url, form_urlencoded};

    use super::*;
    use crate::azure::testing::{
        Answer, CLIENT, Seen, Server, TENANT, TOKEN_PATH, environment, error, token_answer, token_with,
    };
    use crate::model::plan::Progress;

    const CODE_PATH: &str = "/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/oauth2/v2.0/devicecode";
    const LIST: &str = "/subscriptions";

    fn access(server: &Server, way: PersonWay) -> PersonAccess {
        PersonAccess {
            environment: environment(server),
            tenant_id: TENANT.parse().unwrap(),
            public_client: CLIENT.parse().unwrap(),
            way,
        }
    }

    fn signed_in(expires_in: u64, refresh: &str) -> Answer {
        let access = token_with(&json!({"tid": TENANT, "appid": CLIENT, "upn": "other@contoso.example"}));
        let id = token_with(&json!({"preferred_username": "owner@contoso.example"}));
        let body = json!({"token_type": "Bearer", "expires_in": expires_in, "access_token": access,
            "refresh_token": refresh, "id_token": id});
        Answer::json(200, &body)
    }

    fn form_of(seen: &Seen) -> HashMap<String, String> {
        form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect()
    }

    #[derive(Clone, Default)]
    struct Heard(Arc<StdMutex<Vec<Progress>>>);

    impl Heard {
        fn observer(&self) -> Observer {
            let heard = Arc::clone(&self.0);
            Arc::new(move |progress| heard.lock().unwrap().push(progress))
        }
    }

    /// A browser in which somebody answers the sign-in page: goes back with what `answer` makes of the page's address.
    fn browser(answer: fn(&HashMap<String, String>) -> String) -> impl Fn(&str) -> bool + Send + Sync {
        move |page: &str| {
            let asked: HashMap<String, String> = Url::parse(page).unwrap().query_pairs().into_owned().collect();
            let back = format!("{}/?{}", asked["redirect_uri"], answer(&asked)).replace("localhost", "127.0.0.1");
            tokio::spawn(async move {
                let client = reqwest::Client::builder().no_proxy().build().unwrap();
                client.get(back).send().await.unwrap();
            });
            true
        }
    }

    fn agrees(asked: &HashMap<String, String>) -> String {
        format!("code=the-code&state={}", asked["state"])
    }

    async fn in_browser(server: &Server, open: OpenBrowser<'_>) -> Result<(Azure, PersonSeen)> {
        let access = access(server, PersonWay::Browser);
        sign_in_patiently(&access, open, Arc::new(|_| {}), Patience::hasty()).await
    }

    #[tokio::test]
    async fn the_browser_brings_a_code_that_only_we_can_redeem() {
        let server = Server::start().await;
        server.on("POST", TOKEN_PATH, [signed_in(3599, "refresh-1")]);
        server.on("GET", LIST, [Answer::json(200, &json!({"value": []}))]);
        let heard = Heard::default();
        let open = browser(agrees);
        let access = access(&server, PersonWay::Browser);
        let (azure, person) = sign_in_patiently(&access, &open, heard.observer(), Patience::hasty())
            .await
            .unwrap();
        assert_eq!(person.name, "owner@contoso.example");

        let heard = heard.0.lock().unwrap().clone();
        let [Progress::Browser { url }] = heard.as_slice() else {
            panic!("{heard:?}")
        };
        let page = Url::parse(url).unwrap();
        assert_eq!(page.path(), format!("/{TENANT}/oauth2/v2.0/authorize"));
        let asked: HashMap<String, String> = page.query_pairs().into_owned().collect();
        let scope = "https://arm.test/user_impersonation offline_access openid profile";
        for (name, value) in [
            ("client_id", CLIENT),
            ("response_type", "code"),
            ("response_mode", "query"),
            ("scope", scope),
            ("code_challenge_method", "S256"),
        ] {
            assert_eq!(asked[name], value);
        }
        assert!(asked["redirect_uri"].starts_with("http://localhost:"));
        let form = form_of(&server.seen_at(TOKEN_PATH)[0]);
        for (name, value) in [
            ("client_id", CLIENT),
            ("grant_type", "authorization_code"),
            ("code", "the-code"),
            ("scope", scope),
            ("redirect_uri", asked["redirect_uri"].as_str()),
        ] {
            assert_eq!(form[name], value);
        }
        use base64::Engine as _;
        use sha2::Digest as _;
        let challenge = sha2::Sha256::digest(form["code_verifier"].as_bytes());
        let challenge = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(challenge);
        assert_eq!(asked["code_challenge"], challenge);
        assert!(!form.contains_key("client_secret") && !url.contains(&form["code_verifier"]));

        // The token that came is used as it is.
        assert!(azure.subscriptions().await.is_ok());
        assert_eq!(server.seen_at(TOKEN_PATH).len(), 1);
        let shown = format!("{azure:?} {person:?}");
        assert!(!shown.contains("refresh-1") && !shown.contains("e30."), "{shown}");
    }

    #[tokio::test]
    async fn each_renewal_uses_what_the_last_one_brought() {
        let server = Server::start().await;
        let answers = [
            signed_in(300, "refresh-1"),
            signed_in(300, "refresh-2"),
            token_answer("tok", 300),
        ];
        server.on("POST", TOKEN_PATH, answers);
        server.on("GET", LIST, [Answer::json(200, &json!({"value": []}))]);
        let open = browser(agrees);
        let (azure, _) = in_browser(&server, &open).await.unwrap();
        // A token of five minutes is due at once.
        for _ in 0..3 {
            azure.subscriptions().await.unwrap();
        }
        let forms: Vec<_> = server.seen_at(TOKEN_PATH).iter().skip(1).map(form_of).collect();
        let used: Vec<_> = forms.iter().map(|form| form["refresh_token"].as_str()).collect();
        assert_eq!(used, ["refresh-1", "refresh-2", "refresh-2"]);
        assert_eq!(forms[0]["grant_type"], "refresh_token");
        let over =
            json!({"error": "invalid_grant", "error_codes": [700_082], "error_description": "AADSTS700082: Expired."});
        server.on("POST", TOKEN_PATH, [Answer::json(400, &over)]);
        let Problem::PersonNotSignedIn { why } = azure.subscriptions().await.unwrap_err().problem().clone() else {
            panic!()
        };
        assert_eq!(why, "Entra says: AADSTS700082: Expired");
    }

    #[tokio::test]
    async fn a_person_without_rights_is_told_so_as_a_person() {
        let server = Server::start().await;
        server.on("POST", TOKEN_PATH, [signed_in(3599, "refresh-1")]);
        server.on("GET", LIST, [error(403, "AuthorizationFailed")]);
        let open = browser(agrees);
        let (azure, _) = in_browser(&server, &open).await.unwrap();
        assert_eq!(
            azure.subscriptions().await.unwrap_err().problem().code(),
            "person_not_allowed"
        );
        assert_eq!(azure.secret_expiry().await.unwrap(), None, "a person has no secret key");
    }

    #[tokio::test]
    async fn who_declines_or_may_not_is_told_why() {
        let mismatch = token_answer(&token_with(&json!({"tid": CLIENT, "appid": CLIENT})), 3599);
        let refused = |code: u64| Answer::json(400, &json!({"error": "invalid_grant", "error_codes": [code]}));
        for (answer, token, wanted) in [
            (
                (|asked| format!("error=access_denied&state={}", asked["state"]))
                    as fn(&HashMap<String, String>) -> String,
                signed_in(1, "r"),
                "person_not_signed_in",
            ),
            (
                |asked| {
                    format!(
                        "error=access_denied&error_description=AADSTS53003:+x&state={}",
                        asked["state"]
                    )
                },
                signed_in(1, "r"),
                "policy_blocks_sign_in",
            ),
            (agrees, refused(700_016), "client_unknown"),
            (agrees, refused(70008), "person_not_signed_in"),
            (agrees, mismatch, "token_mismatch"),
            (agrees, Answer::text(200, "<html>"), "not_understood"),
        ] {
            let server = Server::start().await;
            server.on("POST", TOKEN_PATH, [token]);
            let open = browser(answer);
            let failure = in_browser(&server, &open).await.err().unwrap();
            assert_eq!(failure.problem().code(), wanted);
        }
    }

    #[tokio::test]
    async fn a_browser_that_never_comes_back_is_not_waited_for_forever() {
        let server = Server::start().await;
        let heard = Heard::default();
        let patience = Patience {
            person: Duration::from_millis(1),
            ..Patience::hasty()
        };
        let access = access(&server, PersonWay::Browser);
        let outcome = sign_in_patiently(&access, &|_| false, heard.observer(), patience).await;
        assert_eq!(outcome.err().unwrap().problem().code(), "person_not_signed_in");
        assert!(
            matches!(heard.0.lock().unwrap()[0], Progress::Browser { .. }),
            "the address is shown all the same"
        );
    }

    fn code() -> Answer {
        Answer::json(
            200,
            &json!({"device_code": "secret-device-code", "user_code": "ABCD1234", "expires_in": 900, "interval": 0,
                "verification_uri": "https://microsoft.com/devicelogin", "message": "…"}),
        )
    }

    async fn with_code(code: Answer, tokens: Vec<Answer>) -> (Server, Heard, Result<(Azure, PersonSeen)>) {
        let server = Server::start().await;
        server.on("POST", CODE_PATH, [code]);
        server.on("POST", TOKEN_PATH, tokens);
        let heard = Heard::default();
        let access = access(&server, PersonWay::Code);
        let outcome = sign_in_patiently(&access, &|_| false, heard.observer(), Patience::hasty()).await;
        (server, heard, outcome)
    }

    fn pending(error: &str) -> Answer {
        Answer::json(400, &json!({"error": error}))
    }

    #[tokio::test]
    async fn a_code_is_shown_and_asked_for_until_it_was_used() {
        let answers = vec![
            pending("authorization_pending"),
            pending("slow_down"),
            signed_in(3599, "r"),
        ];
        let (server, heard, outcome) = with_code(code(), answers).await;
        assert_eq!(outcome.unwrap().1.name, "owner@contoso.example");
        let wanted = Progress::DeviceCode {
            url: "https://microsoft.com/devicelogin".to_owned(),
            code: "ABCD1234".to_owned(),
        };
        assert_eq!(*heard.0.lock().unwrap(), [wanted]);
        let asked = server.seen_at(TOKEN_PATH);
        assert_eq!(asked.len(), 3);
        let form = form_of(&asked[0]);
        assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:device_code");
        assert_eq!(
            (form["device_code"].as_str(), form["client_id"].as_str()),
            ("secret-device-code", CLIENT)
        );
        assert!(form_of(&server.seen_at(CODE_PATH)[0])["scope"].starts_with("https://arm.test/user_impersonation "));
    }

    #[tokio::test]
    async fn a_code_that_is_not_used_ends() {
        let short = Answer::json(
            200,
            &json!({"device_code": "d", "user_code": "A", "expires_in": 0, "verification_uri": "https://x.example"}),
        );
        let clear = json!({"device_code": "d", "user_code": "A", "verification_uri": "http://x.example"});
        for (code, answer, wanted) in [
            (code(), pending("authorization_declined"), "person_not_signed_in"),
            (code(), pending("expired_token"), "person_not_signed_in"),
            (short, pending("authorization_pending"), "person_not_signed_in"),
            (
                Answer::json(200, &clear),
                pending("authorization_pending"),
                "not_understood",
            ),
            (
                Answer::json(400, &json!({"error": "unauthorized_client", "error_codes": [700_016]})),
                code(),
                "client_unknown",
            ),
            (
                code(),
                Answer::json(400, &json!({"error": "access_denied", "error_codes": [53003]})),
                "policy_blocks_sign_in",
            ),
        ] {
            let (_, _, outcome) = with_code(code, vec![answer]).await;
            assert_eq!(outcome.err().unwrap().problem().code(), wanted);
        }
    }
}
