//! One HTTP client and one function that sends: request ID, time-outs, retries with back-off and `Retry-After`.
//!
//! Whoever calls gets an answer of any status, or the problem that kept one from arriving. Redirects are not followed: no
//! service here sends any, and a token must not travel to where one leads.

use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use url::Url;
use uuid::Uuid;

use crate::model::plan::Progress;
use crate::model::{Environment, Failure, Problem, Result};

use super::patience::Patience;
use super::transport::{Broken, During, broken};
use super::trust;

/// How long a connection may take.
pub(super) const CONNECT_TIME_OUT: Duration = Duration::from_secs(15);
/// How long one request may take, answer included.
pub(super) const TIME_OUT: Duration = Duration::from_secs(60);

/// Hears of waits that the other side asked for.
pub(super) type Hears<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// What is sent; the same at every try.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
    /// Whether an answer is one that another try may better.
    pub(super) passing: fn(&Reply) -> bool,
}

/// A whole answer, of any status.
pub(super) struct Reply {
    pub(super) host: String,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Our own ID of the request.
    pub(super) client_request_id: String,
    /// How many tries it took. With more than one, an earlier one may have taken effect unseen.
    pub(super) tries: u32,
}

impl Reply {
    /// A header as text; empty where there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`Problem::NotUnderstood`] naming what was expected.
    pub(super) fn json(&self, expected: &str) -> Result<serde_json::Value> {
        let body = self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body);
        serde_json::from_slice(body).map_err(|_| self.not_understood(expected))
    }

    /// The failure of an answer that is not what was expected.
    pub(super) fn not_understood(&self, expected: &str) -> Failure {
        self.with_facts(Problem::NotUnderstood {
            host: self.host.clone(),
            expected: expected.to_owned(),
        })
    }

    /// A problem with the facts by which Microsoft's support finds the request.
    pub(super) fn with_facts(&self, problem: Problem) -> Failure {
        Failure::from(problem)
            .with("HTTP status", self.status.as_str())
            .with("Request ID", self.header("x-ms-request-id"))
            .with("Correlation ID", self.header("x-ms-correlation-request-id"))
            .with("Client request ID", self.client_request_id.as_str())
    }

    /// How long the service asks to wait: seconds, or a date, which counts from the service's own clock.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let asked = self.header("retry-after").trim();
        if let Ok(seconds) = asked.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = |text| DateTime::parse_from_rfc2822(text).ok().map(DateTime::<Utc>::from);
        let now = date(self.header("date")).unwrap_or_else(Utc::now);
        Some((date(asked)? - now).to_std().unwrap_or_default())
    }
}

/// Whether the status says that another try may help.
pub(super) fn passing_status(reply: &Reply) -> bool {
    let status = reply.status.as_u16();
    matches!(status, 408 | 429) || (status >= 500 && !matches!(status, 501 | 505))
}

/// The client.
pub(super) struct Http {
    client: reqwest::Client,
    patience: Patience,
}

impl Http {
    /// A client for one environment.
    ///
    /// # Errors
    /// [`Problem::CertificateFile`] when the environment's file of roots cannot be used; [`Problem::AzureCertificate`] when
    /// this computer's own roots cannot.
    pub(super) fn new(environment: &Environment, patience: Patience) -> Result<Self> {
        Ok(Self {
            client: trust::client(environment)?,
            patience,
        })
    }

    /// How long this client waits for what.
    pub(super) const fn patience(&self) -> Patience {
        self.patience
    }

    /// Sends, as often as it takes, and returns the last answer, whatever its status.
    ///
    /// # Errors
    /// Why no whole answer came.
    pub(super) async fn send(&self, request: &Request, hears: Hears<'_>) -> Result<Reply> {
        let url = Url::parse(&request.url).map_err(|cause| Problem::Internal {
            what: format!("an address could not be built: {cause}"),
        })?;
        let host = host_of(&url);
        let started = Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            let outcome = self.once(request, &url, &host, tries).await;
            let asked = match &outcome {
                Ok(reply) if (request.passing)(reply) => reply.retry_after(),
                Err(broken) if broken.passing => None,
                _ => return outcome.map_err(|broken| broken.failure),
            };
            let wait = asked.unwrap_or_else(|| self.patience.back_off(tries));
            let too_late = started.elapsed().saturating_add(wait) > self.patience.total;
            if tries >= self.patience.tries || too_late {
                return outcome.map_err(|broken| broken.failure.with("Tries", tries.to_string()));
            }
            if wait >= Duration::from_secs(1) {
                hears(Progress::Waiting {
                    host: host.clone(),
                    seconds: wait.as_secs(),
                });
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn once(&self, request: &Request, url: &Url, host: &str, tries: u32) -> std::result::Result<Reply, Broken> {
        let started = Instant::now();
        let client_request_id = Uuid::new_v4().to_string();
        let mut headers = request.headers.clone();
        if let Ok(id) = HeaderValue::from_str(&client_request_id) {
            headers.insert("x-ms-client-request-id", id);
        }
        let mut building = self
            .client
            .request(request.method.clone(), url.clone())
            .headers(headers);
        if let Some(body) = &request.body {
            building = building.body(body.clone());
        }
        let outcome = receive(building, host, client_request_id.clone(), tries).await;
        let (status, request_id) = match &outcome {
            Ok(reply) => (reply.status.as_str(), reply.header("x-ms-request-id")),
            Err(broken) => (broken.failure.problem().code(), ""),
        };
        tracing::debug!(
            method = %request.method,
            host,
            path = url.path(),
            status,
            ms = started.elapsed().as_millis(),
            request_id,
            client_request_id,
            tries,
            "azure request"
        );
        outcome
    }
}

async fn receive(
    building: reqwest::RequestBuilder,
    host: &str,
    client_request_id: String,
    tries: u32,
) -> std::result::Result<Reply, Broken> {
    let response = building
        .send()
        .await
        .map_err(|error| broken(error, During::Request, host))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response
        .bytes()
        .await
        .map_err(|error| broken(error, During::Body, host))?;
    Ok(Reply {
        host: host.to_owned(),
        status,
        headers,
        body,
        client_request_id,
        tries,
    })
}

/// The headers of a JSON request.
pub(super) fn json_headers() -> HeaderMap {
    let json = HeaderValue::from_static("application/json");
    HeaderMap::from_iter([(header::ACCEPT, json.clone()), (header::CONTENT_TYPE, json)])
}

/// Host and port as people read them.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(headers: &[(&str, &str)]) -> Reply {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        Reply {
            host: String::new(),
            status: StatusCode::TOO_MANY_REQUESTS,
            headers: headers.collect(),
            body: Bytes::from_static(b"\xef\xbb\xbf{}"),
            client_request_id: String::new(),
            tries: 1,
        }
    }

    #[test]
    fn reads_every_form_of_retry_after() {
        let date = ("date", "Sun, 22 Nov 2026 20:00:00 GMT");
        for (headers, wanted) in [
            (vec![("retry-after", "17")], Some(17)),
            (vec![("retry-after", " 0 ")], Some(0)),
            (vec![date, ("retry-after", "Sun, 22 Nov 2026 20:00:30 GMT")], Some(30)),
            (vec![date, ("retry-after", "Sun, 22 Nov 2026 19:00:00 GMT")], Some(0)),
            (vec![("retry-after", "soon")], None),
            (vec![("retry-after", "-1")], None),
            (vec![], None),
        ] {
            assert_eq!(
                reply(&headers).retry_after(),
                wanted.map(Duration::from_secs),
                "{headers:?}"
            );
        }
    }

    #[test]
    fn a_mark_before_json_is_no_error() {
        assert!(reply(&[]).json("").is_ok());
    }
}
