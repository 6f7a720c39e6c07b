//! One request to the site: at most two connections, a sign-in where it asks for one, retries, and what was learnt.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tracing::debug;
use url::Url;

use super::body::{Intake, Json, Unread, Whole};
use super::connection::{Answer, Broken, Connection, Door};
use super::exchange::{Failed, SignIn};
use super::list::{List, Sink};
use super::odata::{error_message, is_access_denied};
use super::site::SiteOptions;
use super::sweep::Paging;
use crate::model::{Failure, Problem, Result};

/// More would only queue at the provider: every request runs WMI and SQL there.
const MOST_IN_FLIGHT: usize = 2;

/// Bytes of an answer that is kept whole, such as a keyed read. Lists are not: see [`Client::rows`].
const LARGEST_WHOLE: usize = 64 << 20;

/// Rows handed on at once at most: so few that their memory is small change to the allocator.
const BATCH: usize = 250;

/// The way to one site, shared by all its requests.
pub(super) struct Client {
    pub(super) door: Door,
    pub(super) sign_in: SignIn,
    pub(super) options: SiteOptions,
    in_flight: Semaphore,
    idle: Mutex<Vec<Connection>>,
    /// Held by a request that may make the first sign-in.
    first_sign_in: tokio::sync::Mutex<()>,
    /// Whether the site has ever answered: until then it is not there rather than out of order.
    answered: AtomicBool,
    server_time: Mutex<Option<DateTime<Utc>>>,
    /// The way of paging that a class has been seen to accept.
    paging: Mutex<HashMap<&'static str, Paging>>,
    /// The properties that a class has been seen to accept, as a place in its list of choices.
    selection: Mutex<HashMap<&'static str, usize>>,
}

/// A failure, and whether the same request may be sent again.
struct Fault {
    failure: Failure,
    again: Again,
}

/// What an exchange did not come to.
enum Missed {
    Answer(Failed),
    Body(Unread),
}

enum Again {
    Never,
    /// After our own pause.
    Soon,
    /// After the pause that the site asks for.
    After(Duration),
}

impl Client {
    pub(super) fn new(door: Door, sign_in: SignIn, options: SiteOptions) -> Self {
        Self {
            door,
            sign_in,
            options,
            in_flight: Semaphore::new(MOST_IN_FLIGHT),
            idle: Mutex::default(),
            first_sign_in: tokio::sync::Mutex::default(),
            answered: AtomicBool::new(false),
            server_time: Mutex::default(),
            paging: Mutex::default(),
            selection: Mutex::default(),
        }
    }

    /// The latest `Date` header.
    pub(super) fn server_time(&self) -> Option<DateTime<Utc>> {
        *lock(&self.server_time)
    }

    pub(super) fn paging(&self, class: &'static str) -> Option<Paging> {
        lock(&self.paging).get(class).copied()
    }

    pub(super) fn remember_paging(&self, class: &'static str, paging: Paging) {
        lock(&self.paging).insert(class, paging);
    }

    pub(super) fn selection(&self, class: &'static str) -> Option<usize> {
        lock(&self.selection).get(class).copied()
    }

    pub(super) fn remember_selection(&self, class: &'static str, choice: usize) {
        lock(&self.selection).insert(class, choice);
    }

    /// Whatever the site answers, but for "try again later".
    ///
    /// # Errors
    /// Those of the network and of the sign-in.
    pub(super) async fn answer(&self, target: &str, doing: &str) -> Result<Answer> {
        let mut whole = Whole::of_at_most(LARGEST_WHOLE);
        self.read(target, doing, |_| true, &mut whole).await
    }

    /// The JSON that the site answers, for what is small: a list is better read with [`Client::rows`].
    ///
    /// # Errors
    /// Those of the network and of the sign-in; [`Problem::NoConfigMgrRights`] and [`Problem::SiteRefused`] for a refusal;
    /// [`Problem::CutOff`] and [`Problem::NotUnderstood`] for what is no such JSON.
    pub(super) async fn json<T: DeserializeOwned>(&self, target: &str, doing: &str) -> Result<T> {
        let mut json = Json::of_at_most(LARGEST_WHOLE);
        self.read(target, doing, is_success, &mut json).await
    }

    /// Hands the rows of a list on while they arrive; returns the link to where the list goes on, if there is one.
    ///
    /// A page that breaks off is asked for again, and its rows go into the sink again behind a [`Sink::begin`].
    ///
    /// # Errors
    /// As [`Client::json`], and those of the sink.
    pub(super) async fn rows<R: DeserializeOwned + Send>(
        &self,
        target: &str,
        doing: &str,
        sink: &mut impl Sink<R>,
    ) -> Result<Option<String>> {
        let mut list = List::new(sink, self.options.page_rows.min(BATCH));
        self.read(target, doing, is_success, &mut list).await
    }

    async fn read<I: Intake<Error: Into<Unread>>>(
        &self,
        target: &str,
        doing: &str,
        wanted: impl Fn(u16) -> bool,
        intake: &mut I,
    ) -> Result<I::Output> {
        let mut attempt = 1;
        loop {
            let outcome = self.attempt(target, doing, &wanted, intake).await;
            let fault = match outcome {
                Ok(value) => return Ok(value),
                Err(fault) => fault,
            };
            let pause = match fault.again {
                _ if attempt >= self.options.attempts => None,
                Again::Never => None,
                Again::Soon => Some(self.options.first_pause * 2_u32.saturating_pow(attempt - 1)),
                // Asking earlier than told would only be refused again.
                Again::After(pause) => Some(pause).filter(|pause| *pause <= self.options.longest_pause),
            };
            let Some(pause) = pause else {
                return Err(fault.failure);
            };
            debug!(
                "GET {target}: {} (attempt {attempt}), again in {pause:?}",
                fault.failure.problem().code()
            );
            sleep(pause).await;
            attempt += 1;
        }
    }

    async fn attempt<I: Intake<Error: Into<Unread>>>(
        &self,
        target: &str,
        doing: &str,
        wanted: impl Fn(u16) -> bool,
        intake: &mut I,
    ) -> std::result::Result<I::Output, Fault> {
        // Never closed.
        let _permit = self.in_flight.acquire().await;
        let _alone = if self.sign_in.is_unproven() {
            Some(self.first_sign_in.lock().await)
        } else {
            None
        };
        if let Some(refusal) = self.sign_in.refusal() {
            return Err(Fault::never(refusal));
        }
        loop {
            let (mut connection, reused) = self.connection().await?;
            let exchange = self.exchange(&mut connection, target, &wanted, intake);
            let failed = match timeout(self.options.page_timeout, exchange).await {
                Ok(Ok(taken)) => {
                    // Only here: a connection with an answer half read is of no use to the next request.
                    if connection.is_open() {
                        lock(&self.idle).push(connection);
                    }
                    return taken.map_err(|refused| self.refused(&refused, doing));
                }
                Ok(Err(failed)) => failed,
                Err(_) => return Err(self.timed_out()),
            };
            match failed {
                // An idle connection that the site has closed in the meantime is no failure of this request.
                Missed::Answer(Failed::Broken(Broken::BeforeAnswer, 0 | 1)) if reused => {}
                Missed::Answer(Failed::Broken(broken, tokens)) => return Err(self.broken(broken, tokens)),
                Missed::Answer(Failed::Refused(failure)) => return Err(Fault::never(failure)),
                // Behind the head of an answer no token of ours is in doubt any more.
                Missed::Body(Unread::Broken(broken)) => return Err(self.broken(broken, 0)),
                Missed::Body(Unread::Json(error)) => return Err(self.undecoded(&error, doing)),
                Missed::Body(Unread::Stopped(failure)) => return Err(Fault::never(failure)),
            }
        }
    }

    /// One exchange to the end of its answer; inside an answer that was not wanted.
    async fn exchange<I: Intake<Error: Into<Unread>>>(
        &self,
        connection: &mut Connection,
        target: &str,
        wanted: impl Fn(u16) -> bool,
        intake: &mut I,
    ) -> std::result::Result<std::result::Result<I::Output, Answer>, Missed> {
        let arriving = self.sign_in.get(connection, target).await.map_err(Missed::Answer)?;
        self.answered.store(true, Relaxed);
        self.note_time(&arriving.headers);
        if wanted(arriving.status) && !is_transient(arriving.status) {
            let taken = arriving.read(intake).await;
            return taken.map(Ok).map_err(|error| Missed::Body(error.into()));
        }
        let refused = arriving.whole().await;
        refused.map(Err).map_err(|broken| Missed::Body(broken.into()))
    }

    async fn connection(&self) -> std::result::Result<(Connection, bool), Fault> {
        while let Some(connection) = { lock(&self.idle).pop() } {
            if connection.is_open() {
                return Ok((connection, true));
            }
        }
        let opened = Connection::open(&self.door).await;
        opened.map(|connection| (connection, false)).map_err(|failure| {
            let reachable = matches!(failure.problem(), Problem::SiteUnreachable { .. });
            Fault {
                again: if reachable {
                    self.if_answered_before()
                } else {
                    Again::Never
                },
                failure,
            }
        })
    }

    /// A site that never answered is not tried for minutes: the person waits for the verdict on an address.
    fn if_answered_before(&self) -> Again {
        if self.answered.load(Relaxed) {
            Again::Soon
        } else {
            Again::Never
        }
    }

    fn broken(&self, broken: Broken, tokens: u8) -> Fault {
        let provider = self.door.provider.to_string();
        let (problem, again) = match broken {
            Broken::Midway => (Problem::CutOff { host: provider }, Again::Soon),
            Broken::BeforeAnswer => {
                let cause = "it closed the connection without an answer".into();
                (Problem::SiteUnreachable { provider, cause }, Again::Soon)
            }
            Broken::NotHttp => (Problem::NotAProvider { provider }, Again::Never),
            Broken::TooLarge => {
                let expected = "a row or an answer of a usual size".into();
                (
                    Problem::NotUnderstood {
                        host: provider,
                        expected,
                    },
                    Again::Never,
                )
            }
        };
        Fault {
            failure: problem.into(),
            // The second token holds the proof of the password: the domain controller may have counted it as wrong.
            again: if tokens > 1 && self.sign_in.is_unproven() {
                Again::Never
            } else {
                again
            },
        }
    }

    fn timed_out(&self) -> Fault {
        Fault {
            failure: Problem::TimedOut {
                host: self.door.provider.to_string(),
                seconds: self.options.page_timeout.as_secs(),
            }
            .into(),
            again: if self.sign_in.is_unproven() {
                Again::Never
            } else {
                self.if_answered_before()
            },
        }
    }

    fn undecoded(&self, error: &serde_json::Error, doing: &str) -> Fault {
        let host = self.door.provider.to_string();
        // An answer without a length that ends midway looks whole until it is read.
        if error.is_eof() {
            return Fault {
                failure: Problem::CutOff { host }.into(),
                again: Again::Soon,
            };
        }
        let expected = format!("JSON when {doing}");
        let failure = Failure::from(Problem::NotUnderstood { host, expected });
        Fault::never(failure.with("JSON", error.to_string()))
    }

    fn refused(&self, answer: &Answer, doing: &str) -> Fault {
        let host = self.door.provider.to_string();
        let message = error_message(&answer.body).unwrap_or_default();
        let status = answer.status;
        let problem = match status {
            429 => {
                let wait = retry_after(&answer.headers);
                let retry_after = wait.map(|wait| wait.as_secs());
                return Fault {
                    failure: Problem::Throttled { host, retry_after }.into(),
                    again: wait.map_or(Again::Soon, Again::After),
                };
            }
            502..=504 => {
                return Fault {
                    failure: Problem::Unavailable { host, status }.into(),
                    again: retry_after(&answer.headers).map_or(Again::Soon, Again::After),
                };
            }
            _ if status == 403 || is_access_denied(&message) => Problem::NoConfigMgrRights {
                provider: host,
                account: self.sign_in.account_name(),
            },
            _ => Problem::SiteRefused {
                doing: doing.into(),
                status,
                message: excerpt(&message),
            },
        };
        Fault {
            failure: problem.into(),
            again: if status == 500 { Again::Soon } else { Again::Never },
        }
    }

    fn note_time(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|value| value.to_str().ok());
        if let Some(date) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) {
            *lock(&self.server_time) = Some(date.to_utc());
        }
    }

    /// The target of a link to the next page, seen on the page `target`.
    ///
    /// # Errors
    /// [`Problem::ForeignLink`] when it leads to another scheme, host or port.
    pub(super) fn own_link(&self, target: &str, link: &str) -> Result<String> {
        let foreign = || Problem::ForeignLink {
            host: self.door.provider.to_string(),
            link: excerpt(link),
        };
        let scheme = if self.door.trust.is_some() { "https" } else { "http" };
        let (host, port) = (self.door.provider.host(), self.door.provider.port());
        let here = Url::parse(&format!("{scheme}://{host}:{port}{target}")).map_err(|_| foreign())?;
        let there = here.join(link).map_err(|_| foreign())?;
        if here.origin() != there.origin() {
            return Err(foreign().into());
        }
        Ok(match there.query() {
            Some(query) => format!("{}?{query}", there.path()),
            None => there.path().to_owned(),
        })
    }
}

impl Fault {
    fn never(failure: Failure) -> Self {
        Self {
            failure,
            again: Again::Never,
        }
    }
}

fn is_success(status: u16) -> bool {
    status < 300
}

/// Whether the same request may succeed in a moment.
fn is_transient(status: u16) -> bool {
    matches!(status, 429 | 500 | 502..=504)
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(value).ok()?;
    (date.to_utc() - Utc::now()).to_std().ok()
}

fn excerpt(text: &str) -> String {
    text.chars().take(300).collect()
}

/// What these locks guard is whole at every moment, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[cfg(feature = "lab")]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use serde_json::Value;

    use super::*;
    use crate::configmgr::testing::{Reply, Server, closed_port, quick};

    async fn get(site: &crate::configmgr::Site) -> Result<Value> {
        site.client().json("/AdminService/wmi/SMS_Site", "reading").await
    }

    #[tokio::test]
    async fn connections_are_reused_and_at_most_two() {
        let gate = Arc::new(Semaphore::new(0));
        let held = gate.clone();
        let server = Server::plain(move |_| Reply::json(200, "{}").held(&held)).await;
        let site = server.site();
        let all = futures_util::future::join_all((0..6).map(|_| get(&site)));
        let watch = async {
            while server.asked().len() < 2 {
                tokio::task::yield_now().await;
            }
            // A third would be there by now.
            for _ in 0..200 {
                tokio::task::yield_now().await;
            }
            assert_eq!(server.asked().len(), 2);
            gate.add_permits(6);
        };
        let (answers, ()) = tokio::join!(all, watch);
        assert!(answers.into_iter().all(|answer| answer.is_ok()));
        assert!(server.asked().iter().all(|asked| asked.connection < 2));
    }

    #[tokio::test]
    async fn an_idle_connection_that_was_closed_is_no_failure() {
        let count = AtomicUsize::new(0);
        let server = Server::plain(move |_| match count.fetch_add(1, SeqCst) {
            // Closes right behind its answer.
            0 => Reply::Unmeasured("{}".into()),
            // Closes while the next request is on its way.
            2 => Reply::Hang,
            _ => Reply::json(200, "{}"),
        })
        .await;
        let options = SiteOptions { attempts: 1, ..quick() };
        let site = server.site_with(options);
        for _ in 0..3 {
            get(&site).await.unwrap();
        }
        let connections: Vec<usize> = server.asked().iter().map(|asked| asked.connection).collect();
        assert_eq!(connections, [0, 1, 1, 2]);
    }

    #[tokio::test]
    async fn busy_sites_are_asked_again() {
        for status in [429, 500, 502, 503, 504] {
            let tries = AtomicUsize::new(0);
            let server = Server::plain(move |_| match tries.fetch_add(1, SeqCst) {
                0 | 1 => Reply::json(status, "").with("Retry-After", "0"),
                _ => Reply::json(200, "{}"),
            })
            .await;
            get(&server.site()).await.unwrap();
            assert_eq!(server.asked().len(), 3, "{status}");
        }
    }

    #[tokio::test]
    async fn a_pause_too_long_to_wait_is_reported() {
        let server = Server::plain(|_| Reply::json(429, "").with("Retry-After", "3600")).await;
        let failure = get(&server.site()).await.unwrap_err();
        assert!(
            matches!(
                failure.problem(),
                Problem::Throttled {
                    retry_after: Some(3600),
                    ..
                }
            ),
            "{failure:?}"
        );
        assert_eq!(server.asked().len(), 1);
    }

    #[tokio::test]
    async fn a_site_that_never_answered_is_not_tried_again() {
        let server = Server::plain(|_| Reply::Silence).await;
        let options = SiteOptions {
            page_timeout: Duration::from_millis(200),
            ..quick()
        };
        let failure = get(&server.site_with(options)).await.unwrap_err();
        assert_eq!(failure.problem().code(), "timed_out");
        assert_eq!(server.asked().len(), 1);
    }

    #[tokio::test]
    async fn nothing_listens() {
        let connection = crate::model::SiteConnection {
            provider: closed_port().await,
            sign_in: crate::model::SignIn::None,
            trust: crate::model::CertificateTrust::System,
        };
        let site = crate::configmgr::Site::with_options(&connection, None, quick()).unwrap();
        assert_eq!(get(&site).await.unwrap_err().problem().code(), "site_unreachable");
    }

    #[tokio::test]
    async fn refusals_keep_the_words_of_the_site() {
        let server = Server::plain(|_| Reply::json(405, r#"{"error":{"code":"405","message":"Not  allowed."}}"#)).await;
        assert_eq!(
            *get(&server.site()).await.unwrap_err().problem(),
            Problem::SiteRefused {
                doing: "reading".into(),
                status: 405,
                message: "Not allowed.".into(),
            }
        );
    }

    #[tokio::test]
    async fn the_clock_of_the_site() {
        let server = Server::plain(|_| Reply::json(200, "{}").with("Date", "Sat, 18 Jul 2026 08:08:03 GMT")).await;
        let site = server.site();
        assert_eq!(site.server_time(), None);
        get(&site).await.unwrap();
        assert_eq!(site.server_time().unwrap().to_rfc3339(), "2026-07-18T08:08:03+00:00");
    }

    #[tokio::test]
    async fn what_is_not_http_is_no_provider() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut tcp, _) = listener.accept().await.unwrap();
            tokio::io::AsyncReadExt::read(&mut tcp, &mut [0; 1024]).await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut tcp, b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
                .await
                .unwrap();
            std::future::pending::<()>().await;
        });
        let connection = crate::model::SiteConnection {
            provider: format!("localhost:{port}").parse().unwrap(),
            sign_in: crate::model::SignIn::None,
            trust: crate::model::CertificateTrust::System,
        };
        let site = crate::configmgr::Site::with_options(&connection, None, quick()).unwrap();
        assert_eq!(get(&site).await.unwrap_err().problem().code(), "not_a_provider");
    }
}
