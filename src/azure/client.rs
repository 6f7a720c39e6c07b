//! The client itself: one authenticated call. The files beside it add one kind of call each.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderValue, Method, header};
use zeroize::Zeroizing;

use crate::model::plan::Progress;
use crate::model::{Environment, Failure, Problem, Result};

use super::entra::request_token;
use super::error::{refusal, refuses_token};
use super::grant::{Credential, Grant};
use super::http::{Http, Reply, Request, json_headers, passing_status};
use super::pace::{Pace, UploadPace};
use super::patience::Patience;
use super::tokens::{Service, Token, Tokens};

/// Hears how a call is getting on: [`Progress::Waiting`], [`Progress::Provisioning`], [`Progress::Browser`] and
/// [`Progress::DeviceCode`].
pub type Observer = Arc<dyn Fn(Progress) + Send + Sync>;

/// Azure as one app registration, or one person, sees it. Clones share tokens and connections.
#[derive(Clone)]
pub struct Azure {
    shared: Arc<Shared>,
    observer: Option<Observer>,
}

struct Shared {
    environment: Environment,
    grant: Grant,
    http: Http,
    tokens: Tokens,
    writes: Pace,
    deletes: Pace,
    uploads: UploadPace,
}

/// Tenant and app; never a secret or a token.
impl fmt::Debug for Azure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Azure")
            .field("environment", &self.shared.environment.name)
            .field("tenant_id", &self.shared.grant.tenant_id())
            .field("client_id", &self.shared.grant.client_id())
            .finish_non_exhaustive()
    }
}

/// One call that wants a token.
pub(super) struct Call {
    pub(super) service: Service,
    pub(super) method: Method,
    pub(super) url: String,
    /// JSON; compressed for the ingestion service.
    pub(super) body: Option<Bytes>,
    /// What is being done, such as "listing the saved searches".
    pub(super) doing: &'static str,
    /// The operation that it needs, as Azure names it; for a refusal that does not say.
    pub(super) operation: &'static str,
    /// Where, likewise.
    pub(super) scope: String,
}

impl Azure {
    /// A client for one environment and app. Sends nothing yet.
    ///
    /// # Errors
    /// [`Problem::CertificateFile`] when the environment's file of roots cannot be used;
    /// [`Problem::AzureCertificate`] when this computer's own roots cannot.
    pub fn new(environment: &Environment, credential: Credential) -> Result<Self> {
        Self::patiently(environment, credential, Patience::default())
    }

    pub(super) fn patiently(environment: &Environment, credential: Credential, patience: Patience) -> Result<Self> {
        Ok(Self::with(
            environment,
            Grant::App(credential),
            Http::new(environment, patience)?,
        ))
    }

    pub(super) fn with(environment: &Environment, grant: Grant, http: Http) -> Self {
        Self {
            shared: Arc::new(Shared {
                environment: environment.clone(),
                grant,
                http,
                tokens: Tokens::default(),
                writes: Pace::new("x-ms-ratelimit-remaining-subscription-writes"),
                deletes: Pace::new("x-ms-ratelimit-remaining-subscription-deletes"),
                uploads: UploadPace::default(),
            }),
            observer: None,
        }
    }

    /// The same client, with someone who hears when it waits.
    #[must_use]
    pub fn with_observer(self, observer: Observer) -> Self {
        Self {
            observer: Some(observer),
            ..self
        }
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.shared.environment
    }

    pub(super) fn grant(&self) -> &Grant {
        &self.shared.grant
    }

    pub(super) fn patience(&self) -> Patience {
        self.shared.http.patience()
    }

    pub(super) fn uploads(&self) -> &UploadPace {
        &self.shared.uploads
    }

    /// A GET to Resource Manager; `path` starts with a slash and has no query.
    pub(super) fn arm(&self, path: &str, api_version: &str, doing: &'static str, operation: &'static str) -> Call {
        let url = format!("{}?api-version={api_version}", self.shared.environment.arm.join(path));
        Call {
            service: Service::Arm,
            method: Method::GET,
            url,
            body: None,
            doing,
            operation,
            scope: path.to_owned(),
        }
    }

    /// The token of a service; not `refused`, if that one is given.
    pub(super) async fn token(&self, service: Service, refused: Option<&Arc<Token>>) -> Result<Arc<Token>> {
        let Shared {
            environment,
            grant,
            http,
            tokens,
            ..
        } = &*self.shared;
        let audience = service.audience(environment);
        let hears = |progress| self.hear(progress);
        tokens
            .get(service, refused, async || match grant {
                Grant::App(app) => request_token(http, environment, app, audience, &hears).await,
                Grant::Person(person) => person.renew(http, environment, service, &hears).await,
            })
            .await
    }

    /// Takes over a token that came with the sign-in.
    pub(super) async fn keep_token(&self, service: Service, token: Token) -> Result<Arc<Token>> {
        self.shared.tokens.get(service, None, async || Ok(token)).await
    }

    /// Sends a call and returns the answer, whatever its status; a token that is refused is replaced once.
    pub(super) async fn call(&self, call: &Call) -> Result<Reply> {
        let token = self.token(call.service, None).await?;
        let first = self.send(call, &token).await?;
        if !refuses_token(&first) {
            return Ok(first);
        }
        let fresh = self.token(call.service, Some(&token)).await?;
        let mut second = self.send(call, &fresh).await?;
        second.tries += first.tries - 1;
        Ok(second)
    }

    /// Sends a call and returns its answer if it is a success.
    pub(super) async fn answer(&self, call: &Call) -> Result<Reply> {
        let reply = self.call(call).await?;
        if reply.status.is_success() {
            Ok(reply)
        } else {
            Err(self.refused(&reply, call))
        }
    }

    /// What an answer other than success means; what a person may not do is said of the person, not of the app.
    pub(super) fn refused(&self, reply: &Reply, call: &Call) -> Failure {
        let failure = refusal(reply, call);
        match (self.grant(), failure.problem().clone()) {
            (Grant::Person(_), Problem::NotAllowed { operation, scope }) => {
                failure.instead(Problem::PersonNotAllowed { operation, scope })
            }
            _ => failure,
        }
    }

    async fn send(&self, call: &Call, token: &Token) -> Result<Reply> {
        let mut headers = json_headers();
        let bearer = Zeroizing::new(format!("Bearer {}", token.expose()));
        let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| Problem::Internal {
            what: "an access token could not stand in a header".to_owned(),
        })?;
        bearer.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, bearer);
        match call.service {
            // So that the service gives up, and says why, before we hang up.
            Service::Query => drop(headers.insert("prefer", HeaderValue::from_static("wait=50"))),
            Service::Ingestion => drop(headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))),
            Service::Arm | Service::Graph => {}
        }
        let request = Request {
            method: call.method.clone(),
            url: call.url.clone(),
            headers,
            body: call.body.clone(),
            passing: passing_status,
        };
        let pace = match (call.service, &call.method) {
            (Service::Arm, &Method::PUT) => Some(&self.shared.writes),
            (Service::Arm, &Method::DELETE) => Some(&self.shared.deletes),
            _ => None,
        };
        if let Some(pace) = pace {
            tokio::time::sleep(pace.reserve(Instant::now())).await;
        }
        let reply = self.shared.http.send(&request, &|progress| self.hear(progress)).await?;
        if let Some(pace) = pace {
            pace.heed(&reply.headers);
        }
        Ok(reply)
    }

    pub(super) fn hear(&self, progress: Progress) {
        if let Some(observer) = &self.observer {
            observer(progress);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use serde_json::json;

    use super::*;
    use crate::azure::testing::{
        Answer, SECRET, SUBSCRIPTION, Server, TENANT, TOKEN_PATH, client_of, credential, environment, error, signed_in,
        token_answer,
    };

    const LIST: &str = "/subscriptions";

    fn empty() -> Answer {
        Answer::json(200, &json!({"value": []}))
    }

    async fn listing(answers: Vec<Answer>) -> (Server, Result<usize>) {
        let (server, azure) = signed_in().await;
        server.on("GET", LIST, answers);
        let outcome = azure.subscriptions().await.map(|all| all.len());
        (server, outcome)
    }

    async fn failing(answers: Vec<Answer>) -> (usize, Failure) {
        let (server, outcome) = listing(answers).await;
        (server.seen().len(), outcome.unwrap_err())
    }

    #[tokio::test]
    async fn two_calls_at_once_ask_for_one_token() {
        let server = Server::start().await;
        let azure = client_of(&server);
        server.on("POST", TOKEN_PATH, [token_answer("tok", 3599)]);
        server.on("GET", LIST, [empty()]);
        let (one, two) = tokio::join!(azure.subscriptions(), azure.subscriptions());
        assert!(one.is_ok() && two.is_ok() && azure.subscriptions().await.is_ok());
        assert_eq!((server.seen_at(TOKEN_PATH).len(), server.seen_at(LIST).len()), (1, 3));
        let seen = server.seen_at(LIST);
        assert!(seen.iter().all(|seen| seen.header("authorization") == "Bearer tok"));
        let ids: std::collections::BTreeSet<_> =
            seen.iter().map(|seen| seen.header("x-ms-client-request-id")).collect();
        assert!(ids.len() == 3 && !ids.contains(""), "{ids:?}");
        assert!(
            seen.iter()
                .all(|seen| seen.header("user-agent").starts_with("azure-services-wizard/"))
        );
    }

    #[tokio::test]
    async fn a_token_is_renewed_five_minutes_early() {
        for (seconds, asked) in [(300, 2), (330, 1)] {
            let server = Server::start().await;
            let azure = client_of(&server);
            server.on("POST", TOKEN_PATH, [token_answer("tok", seconds)]);
            server.on("GET", LIST, [empty()]);
            assert!(azure.subscriptions().await.is_ok() && azure.subscriptions().await.is_ok());
            assert_eq!(server.seen_at(TOKEN_PATH).len(), asked, "{seconds} s");
        }
    }

    #[tokio::test]
    async fn a_refused_token_is_replaced_once() {
        let (server, azure) = signed_in().await;
        server.on("POST", TOKEN_PATH, [token_answer("fresh", 3599)]);
        server.on("GET", LIST, [error(401, "ExpiredAuthenticationToken"), empty()]);
        assert!(azure.subscriptions().await.is_ok());
        let used: Vec<_> = server
            .seen_at(LIST)
            .iter()
            .map(|seen| seen.header("authorization").to_owned())
            .collect();
        assert_eq!(used, ["Bearer token-for-arm", "Bearer fresh"]);
        server.on("GET", LIST, [error(401, "InvalidAuthenticationToken")]);
        assert_eq!(
            azure.subscriptions().await.unwrap_err().problem().code(),
            "token_rejected"
        );
        assert_eq!(server.seen_at(LIST).len(), 4);
    }

    #[tokio::test]
    async fn waits_as_asked_and_says_so() {
        let (server, azure) = signed_in().await;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        let azure = azure.with_observer(Arc::new(move |progress| hears.lock().unwrap().push(progress)));
        let busy = |wait| Answer::with_headers(429, &[("Retry-After", wait)], "");
        server.on("GET", LIST, [busy("0"), busy("1"), empty()]);
        let started = Instant::now();
        assert!(azure.subscriptions().await.is_ok());
        assert!(started.elapsed().as_millis() >= 1000);
        let host = server.url().trim_start_matches("http://").to_owned();
        assert_eq!(*heard.lock().unwrap(), [Progress::Waiting { host, seconds: 1 }]);
    }

    #[tokio::test]
    async fn passing_trouble_is_tried_again() {
        for trouble in [
            error(503, "ServerBusy"),
            Answer::text(500, ""),
            Answer::text(408, ""),
            Answer::cut(200, "{\"value\": ["),
            Answer::raw(""),
        ] {
            let (server, outcome) = listing(vec![trouble.clone(), trouble, empty()]).await;
            assert_eq!((outcome.unwrap(), server.seen().len()), (0, 3));
        }
    }

    #[tokio::test]
    async fn lasting_trouble_ends_after_five_tries() {
        for (trouble, wanted) in [
            (Answer::with_headers(429, &[("Retry-After", "0")], ""), "throttled"),
            (error(503, "ServerBusy"), "unavailable"),
            (Answer::cut(200, "{"), "cut_off"),
            (Answer::raw(""), "cut_off"),
        ] {
            let (tries, failure) = failing(vec![trouble]).await;
            assert_eq!((tries, failure.problem().code()), (5, wanted));
        }
    }

    #[tokio::test]
    async fn a_wait_beyond_patience_is_not_waited() {
        for wait in ["301", "18446744073709551615"] {
            let (tries, failure) = failing(vec![Answer::with_headers(429, &[("Retry-After", wait)], "")]).await;
            assert_eq!(tries, 1);
            assert!(matches!(failure.problem(), Problem::Throttled { retry_after: Some(asked), .. } if *asked > 300));
        }
    }

    #[tokio::test]
    async fn what_no_retry_betters_is_tried_once() {
        let redirect = Answer::with_headers(302, &[("Location", "https://login.corp.example/x?y")], "");
        for (answer, wanted) in [
            (redirect, "not_understood"),
            (Answer::text(200, "<html>welcome to the hotel</html>"), "not_understood"),
            (Answer::json(200, &json!({"values": []})), "not_understood"),
            (Answer::raw("SSH-2.0-OpenSSH_9.6\r\n\r\n"), "not_understood"),
            (error(400, "BadRequest"), "azure_refused"),
            (error(403, "AuthorizationFailed"), "not_allowed"),
        ] {
            let (tries, failure) = failing(vec![answer]).await;
            assert_eq!((tries, failure.problem().code()), (1, wanted), "{failure:?}");
        }
    }

    #[tokio::test]
    async fn a_redirect_names_the_host_that_it_leads_to() {
        let redirect = Answer::with_headers(307, &[("Location", "https://login.corp.example/x?y")], "");
        let Problem::NotUnderstood { expected, .. } = failing(vec![redirect]).await.1.problem().clone() else {
            panic!()
        };
        assert!(expected.ends_with("not a redirect to login.corp.example"), "{expected}");
    }

    #[tokio::test]
    async fn nobody_there() {
        let server = Server::start().await;
        let mut nowhere = environment(&server);
        let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        nowhere.authority = format!("http://{address}").parse().unwrap();
        let azure = Azure::patiently(&nowhere, credential(), Patience::hasty()).unwrap();
        let failure = azure.sign_in().await.unwrap_err();
        let Problem::Unreachable { host, cause } = failure.problem() else {
            panic!("{failure:?}")
        };
        assert_eq!(*host, address.to_string());
        assert!(cause.contains("refused"), "{cause}");
    }

    #[tokio::test]
    async fn a_file_of_roots_that_cannot_be_used() {
        let server = Server::start().await;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("empty.pem"), "no certificate").unwrap();
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        std::fs::write(path("broken.pem"), broken).unwrap();
        for name in ["missing.pem", "empty.pem", "broken.pem"] {
            for authority in [server.url(), "https://login.test"] {
                let mut private = environment(&server);
                private.ca_file = Some(path(name));
                private.authority = authority.parse().unwrap();
                let failure = Azure::new(&private, credential()).unwrap_err();
                assert!(
                    matches!(failure.problem(), Problem::CertificateFile { path, .. } if path.ends_with(name)),
                    "{name}: {failure:?}"
                );
            }
        }
    }

    #[tokio::test]
    async fn the_secret_and_the_token_are_nowhere_to_be_read() {
        let server = Server::start().await;
        let azure = client_of(&server);
        server.on("POST", TOKEN_PATH, [token_answer("top-secret-token", 3599)]);
        server.on("GET", LIST, [Answer::text(200, "<html>")]);
        let mut shown = format!("{azure:?}");
        assert!(shown.contains(TENANT));
        let failure = azure.subscriptions().await.unwrap_err();
        shown.push_str(&format!("{failure} {failure:?}"));
        server.on("POST", TOKEN_PATH, [Answer::raw("garbage\r\n\r\n")]);
        let failure = client_of(&server).sign_in().await.unwrap_err();
        shown.push_str(&format!("{failure} {failure:?}"));
        assert!(
            !shown.contains(SECRET) && !shown.contains("top-secret") && !shown.contains(SUBSCRIPTION),
            "{shown}"
        );
    }

    #[tokio::test]
    async fn no_log_line_holds_the_secret_or_a_token() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(Arc::new(log.reopen().unwrap()))
            .finish();
        // With a single subscriber in the process, tracing asks the thread that happens to be first whether a line is wanted,
        // and a test beside this one says no. A second one makes it ask them all.
        let _second = tracing::Dispatch::new(tracing_subscriber::registry());
        let logging = tracing::subscriber::set_default(subscriber);
        tracing::callsite::rebuild_interest_cache();
        let server = Server::start().await;
        let azure = client_of(&server);
        server.on("POST", TOKEN_PATH, [token_answer("top-secret-token", 3599)]);
        let refused = Answer::with_headers(
            400,
            &[("x-ms-request-id", "req-77")],
            "{\"error\": {\"code\": \"BadRequest\"}}",
        );
        server.on("GET", LIST, [refused]);
        assert!(azure.subscriptions().await.is_err());
        drop(logging);
        let log = std::fs::read_to_string(log.path()).unwrap();
        assert!(log.contains("azure request") && log.contains(TOKEN_PATH), "{log}");
        let encoded: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        // By this line Microsoft's support finds the call, and nothing else is in it.
        let client_id = server.seen_at(LIST)[0].header("x-ms-client-request-id").to_owned();
        let line = log.lines().find(|line| line.contains("req-77")).unwrap();
        for fact in [
            "method=GET",
            "path=\"/subscriptions\"",
            "status=\"400\"",
            "request_id=\"req-77\"",
            &client_id,
        ] {
            assert!(line.contains(fact), "{fact}: {line}");
        }
        assert!(!line.contains("api-version"), "{line}");
        for secret in [SECRET, &encoded, "top-secret"] {
            assert!(!log.contains(secret), "{log}");
        }
    }
}
