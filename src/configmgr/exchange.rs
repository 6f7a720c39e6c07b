//! One request on one connection: the legs of a Windows sign-in.
//!
//! Some sites sign in a connection, others ask at every request; both are met. A 401 may come at any time.
//!
//! | what we sent | 401 without a token | 401 with a token | anything else |
//! | --- | --- | --- | --- |
//! | no token | start: our first token | start: our first token | the answer |
//! | our first token | the mechanism is refused | our next token | the answer |
//! | a later token | the account is refused | our next token if there is one, else the account is refused | the answer |
//!
//! With Kerberos the first token is the whole proof, and the answer brings that of the site.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::{HeaderMap, WWW_AUTHENTICATE};

use super::connection::{Answer, Arriving, Broken, Connection};
use super::negotiate::{self, Negotiator, NoToken, Who};
use crate::model::site::SignedIn;
use crate::model::{Failure, Problem, ProviderAddress};

/// No mechanism takes more tokens of ours than this.
const MOST_TOKENS: u8 = 4;

/// What an anonymous request met: the key to reading a 404.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Challenge {
    /// Nobody asked us to sign in.
    None,
    /// 401 with an empty body, as an SMS Provider answers.
    Bare,
    /// 401 with a page, as other web servers answer.
    WithPage,
}

/// Who signs in, and what was learnt about signing in at this site.
pub(super) struct SignIn {
    provider: ProviderAddress,
    /// `None`: nobody.
    who: Option<Who>,
    /// The first scheme of ours that the site offered.
    scheme: OnceLock<&'static str>,
    /// The first 401 to an anonymous request.
    challenge: OnceLock<Challenge>,
    /// Whether the site asks again on a connection that is signed in.
    each_request: AtomicBool,
    /// The mechanism of the first sign-in that has succeeded.
    proven: OnceLock<SignedIn>,
    /// The refusal of the account, once there was one: then nothing more is sent.
    refused: OnceLock<Failure>,
}

/// Why an exchange gave no answer.
pub(super) enum Failed {
    /// The connection broke, after so many tokens of ours.
    Broken(Broken, u8),
    /// The site refused, or cannot be understood.
    Refused(Failure),
}

/// A sign-in under way.
struct Handshake {
    negotiator: Box<dyn Negotiator>,
    tokens: u8,
}

impl SignIn {
    pub(super) fn new(provider: ProviderAddress, who: Option<Who>) -> Self {
        Self {
            provider,
            who,
            scheme: OnceLock::new(),
            challenge: OnceLock::new(),
            each_request: AtomicBool::new(false),
            proven: OnceLock::new(),
            refused: OnceLock::new(),
        }
    }

    /// The account, for a sentence.
    pub(super) fn account_name(&self) -> String {
        self.who
            .as_ref()
            .map_or_else(|| "(nobody signs in)".to_owned(), |who| who.name().to_owned())
    }

    /// What the anonymous request met.
    pub(super) fn challenge(&self) -> Challenge {
        self.challenge.get().copied().unwrap_or(Challenge::None)
    }

    /// Whether a sign-in with NTLM has succeeded.
    pub(super) fn used_ntlm(&self) -> bool {
        self.signed_in() == SignedIn::Ntlm
    }

    /// How the first sign-in that has succeeded was made.
    pub(super) fn signed_in(&self) -> SignedIn {
        self.proven.get().copied().unwrap_or_default()
    }

    /// Whether a next sign-in would be the first: it must not be made twice at a time, nor again after it broke.
    pub(super) fn is_unproven(&self) -> bool {
        self.who.is_some() && self.proven.get().is_none()
    }

    /// The refusal, once there was one.
    pub(super) fn refusal(&self) -> Option<Failure> {
        self.refused.get().cloned()
    }

    /// Sends a GET and signs in as far as the site asks for it. The body of the answer is still to be read.
    ///
    /// # Errors
    /// [`Problem::AccountRefused`], [`Problem::NtlmRefused`], [`Problem::SiteSignIn`], or a broken connection.
    pub(super) async fn get(&self, connection: &mut Connection, target: &str) -> Result<Arriving, Failed> {
        let mut handshake = None;
        let mut authorization = None;
        // Where the site asks at every request, our first token goes along at once and saves a trip.
        if let Some(&scheme) = self.scheme.get()
            && (!connection.signed_in || self.each_request.load(Relaxed))
        {
            authorization = Some(self.start(&mut handshake, scheme, connection).await?);
        }
        loop {
            let tokens = handshake.as_ref().map_or(0, |handshake: &Handshake| handshake.tokens);
            let answer = connection.get(target, authorization.take()).await;
            let answer = answer.map_err(|broken| Failed::Broken(broken, tokens))?;
            if answer.status != 401 {
                self.succeed(handshake, connection, &answer).await?;
                return Ok(answer);
            }
            let answer = answer.whole().await;
            let answer = answer.map_err(|broken| Failed::Broken(broken, tokens))?;
            let offers = Offers::of(&answer.headers);
            authorization = Some(match &mut handshake {
                None => {
                    self.note_challenge(connection, &answer);
                    let scheme = self.choose(&offers)?;
                    self.start(&mut handshake, scheme, connection).await?
                }
                Some(under_way) => self.go_on(under_way, &offers).await?,
            });
        }
    }

    fn note_challenge(&self, connection: &mut Connection, answer: &Answer) {
        if connection.signed_in {
            self.each_request.store(true, Relaxed);
        }
        let _ = self.challenge.set(if answer.body.is_empty() {
            Challenge::Bare
        } else {
            Challenge::WithPage
        });
    }

    fn choose(&self, offers: &Offers) -> Result<&'static str, Failed> {
        if self.who.is_none() {
            let why = "the site asks for a sign-in, and the connection says that nobody signs in".to_owned();
            return Err(Failed::Refused(Problem::SiteSignIn { why }.into()));
        }
        let scheme = ["Negotiate", "NTLM"].into_iter().find(|scheme| offers.has(scheme));
        let scheme = scheme.ok_or_else(|| self.ntlm_refused(offers))?;
        Ok(self.scheme.get_or_init(|| scheme))
    }

    async fn start(
        &self,
        handshake: &mut Option<Handshake>,
        scheme: &'static str,
        connection: &Connection,
    ) -> Result<HeaderValue, Failed> {
        let who = self
            .who
            .as_ref()
            .ok_or_else(|| internal("a sign-in without an account"))?;
        let hash = connection.end_point_hash.as_deref();
        let negotiator = negotiate::negotiator(scheme, who, &self.provider, hash);
        let negotiator = negotiator.ok_or_else(|| Failed::Refused(Problem::NoSingleSignOn.into()))?;
        let started = handshake.insert(Handshake { negotiator, tokens: 0 });
        let token = started.step(None).await.map_err(|no_token| match no_token {
            NoToken::NotUnderstood(why) => internal(&why),
            NoToken::Failed(failure) => self.failed(failure),
        })?;
        token.ok_or_else(|| internal("a sign-in without a first token"))
    }

    async fn go_on(&self, handshake: &mut Handshake, offers: &Offers) -> Result<HeaderValue, Failed> {
        let first = handshake.tokens <= 1;
        let mechanism = handshake.negotiator.mechanism();
        let instead_of = handshake.negotiator.instead_of().cloned();
        let refused = |offers: &Offers| {
            // NTLM was the second choice, so what stood in the way of the first is what can be mended.
            if let Some(why) = instead_of.clone().filter(|_| first) {
                Failed::Refused(why.with("NTLM", format!("refused; the site offers {}", offers.names())))
            } else if mechanism == Some(SignedIn::Kerberos) {
                self.ticket_refused()
            } else if first {
                self.ntlm_refused(offers)
            } else {
                let refused = self.account_refused();
                self.failed(match &instead_of {
                    Some(why) => refused.with("Kerberos", why.problem().code()),
                    None => refused,
                })
            }
        };
        let Some(token) = offers.token(handshake.negotiator.scheme()) else {
            return Err(refused(offers));
        };
        if handshake.tokens >= MOST_TOKENS {
            return Err(refused(offers));
        }
        // What is no challenge of NTLM wants another mechanism of us.
        let next = handshake.step(Some(token)).await.map_err(|no_token| match no_token {
            NoToken::NotUnderstood(_) => refused(offers),
            NoToken::Failed(failure) => self.failed(failure),
        })?;
        next.ok_or_else(|| refused(offers))
    }

    async fn succeed(
        &self,
        handshake: Option<Handshake>,
        connection: &mut Connection,
        answer: &Arriving,
    ) -> Result<(), Failed> {
        let Some(mut handshake) = handshake else {
            return Ok(());
        };
        // A token that comes with success is the site's proof of itself, where the mechanism has one.
        if let Some(proof) = Offers::of(&answer.headers).token(handshake.negotiator.scheme()) {
            let checked = handshake.step(Some(proof)).await;
            checked.map_err(|no_token| match no_token {
                NoToken::NotUnderstood(_) => self.unproven(),
                NoToken::Failed(failure) => self.failed(failure),
            })?;
        }
        let mechanism = handshake.negotiator.mechanism();
        let complete = handshake.negotiator.is_complete();
        // NTLM has no proof of the site; with Kerberos we ask for it, and Windows as well as Apache send it with the answer. A
        // server that is too busy to look at a ticket has none to give, and nothing but "later" is taken from such an answer.
        if mechanism == Some(SignedIn::Kerberos) && !complete {
            return match answer.status {
                429 | 502..=504 => Ok(()),
                _ => Err(self.unproven()),
            };
        }
        connection.signed_in = true;
        // An answer to the first token would be that of a site that does not look at it.
        if let Some(mechanism) = mechanism
            && (mechanism == SignedIn::Kerberos || handshake.tokens > 1)
        {
            let _ = self.proven.set(mechanism);
        }
        Ok(())
    }

    /// A sign-in that was refused is not tried again, nor one that failed for a reason that is not known: either may count
    /// as a wrong password.
    fn failed(&self, failure: Failure) -> Failed {
        use Problem::{AccountRefused, SiteSignIn};
        if matches!(failure.problem(), AccountRefused { .. } | SiteSignIn { .. }) {
            let _ = self.refused.set(failure.clone());
        }
        Failed::Refused(failure)
    }

    fn unproven(&self) -> Failed {
        let provider = self.provider.to_string();
        Failed::Refused(Problem::SiteUnproven { provider }.into())
    }

    fn ticket_refused(&self) -> Failed {
        let (provider, account) = (self.provider.to_string(), self.account_name());
        Failed::Refused(Problem::TicketRefused { provider, account }.into())
    }

    fn ntlm_refused(&self, offers: &Offers) -> Failed {
        let (provider, account) = (self.provider.to_string(), self.account_name());
        // With its domain the account could have had a ticket, had the site been given by its name.
        let could_have = negotiate::dns_domain(&account).is_some() && !self.provider.is_full_name();
        let problem = if could_have {
            Problem::ProviderNeedsFullName { provider }
        } else {
            Problem::NtlmRefused {
                provider,
                account,
                offered: offers.names(),
            }
        };
        Failed::Refused(problem.into())
    }

    fn account_refused(&self) -> Failure {
        Problem::AccountRefused {
            provider: self.provider.to_string(),
            account: self.account_name(),
        }
        .into()
    }
}

impl Handshake {
    /// The next token as a header. Runs in a blocking task; a panic in it is an error like any other.
    async fn step(&mut self, server_token: Option<Vec<u8>>) -> Result<Option<HeaderValue>, NoToken> {
        let broken = |error: &dyn std::error::Error| NoToken::NotUnderstood(error.to_string());
        let scheme = self.negotiator.scheme();
        let mut negotiator = std::mem::replace(&mut self.negotiator, Box::new(Absent(scheme)));
        let task = tokio::task::spawn_blocking(move || {
            let token = negotiator.step(server_token.as_deref());
            (negotiator, token)
        });
        let (negotiator, token) = task.await.map_err(|error| broken(&error))?;
        self.negotiator = negotiator;
        let Some(token) = token? else {
            return Ok(None);
        };
        self.tokens += 1;
        let header = HeaderValue::from_str(&format!("{scheme} {}", STANDARD.encode(token)));
        header.map(Some).map_err(|error| broken(&error))
    }
}

/// Stands in while the negotiator is away in a blocking task.
struct Absent(&'static str);

impl Negotiator for Absent {
    fn scheme(&self) -> &'static str {
        self.0
    }

    fn step(&mut self, _: Option<&[u8]>) -> Result<Option<Vec<u8>>, NoToken> {
        Ok(None)
    }

    fn mechanism(&self) -> Option<SignedIn> {
        None
    }

    fn is_complete(&self) -> bool {
        false
    }
}

fn internal(what: &str) -> Failed {
    Failed::Refused(Problem::Internal { what: what.into() }.into())
}

/// What the `WWW-Authenticate` headers offer: schemes, each with or without a token.
#[derive(Debug, PartialEq, Eq)]
struct Offers(Vec<(String, Option<String>)>);

impl Offers {
    /// Reads all headers; one may hold several schemes, in any case.
    fn of(headers: &HeaderMap) -> Self {
        let values = headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let offers = values.flat_map(|value| value.split(',')).filter_map(|part| {
            let (scheme, token) = part.trim().split_once(' ').unwrap_or((part.trim(), ""));
            // `realm="…"` belongs to the scheme before it.
            let is_scheme = !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            let token = Some(token.trim().to_owned()).filter(|token| !token.is_empty());
            is_scheme.then(|| (scheme.to_owned(), token))
        });
        Self(offers.collect())
    }

    fn has(&self, scheme: &str) -> bool {
        self.0.iter().any(|(name, _)| name.eq_ignore_ascii_case(scheme))
    }

    fn token(&self, scheme: &str) -> Option<Vec<u8>> {
        let of_scheme = self.0.iter().filter(|(name, _)| name.eq_ignore_ascii_case(scheme));
        let token = of_scheme.filter_map(|(_, token)| token.as_deref()).next()?;
        STANDARD.decode(token).ok()
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        if names.is_empty() {
            "nothing".into()
        } else {
            names.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(values: &[&'static str]) -> Offers {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(value));
        }
        Offers::of(&headers)
    }

    #[test]
    fn offers_in_one_header_or_several() {
        for values in [
            ["Negotiate", "NTLM"].as_slice(),
            &["negotiate, ntlm"],
            &["Basic realm=\"a, b\", NEGOTIATE", "Ntlm"],
        ] {
            let offers = offers(values);
            assert!(offers.has("Negotiate") && offers.has("NTLM"), "{values:?}");
            assert_eq!(offers.token("Negotiate"), None);
        }
        assert!(!offers(&["Basic realm=\"NTLM\""]).has("NTLM"));
        assert_eq!(offers(&["Bearer", "Basic realm=\"x\""]).names(), "Bearer, Basic");
        assert_eq!(offers(&[]).names(), "nothing");
    }

    #[test]
    fn tokens_belong_to_their_scheme() {
        let offers = offers(&["Negotiate", "NTLM TlRMTVNTUAA="]);
        assert_eq!(offers.token("ntlm").unwrap(), b"NTLMSSP\0");
        assert_eq!(offers.token("Negotiate"), None);
    }
}

#[cfg(test)]
#[cfg(feature = "lab")]
mod kerberos_tests;

#[cfg(test)]
#[cfg(feature = "lab")]
mod sign_in_tests {
    use std::sync::atomic::Ordering::SeqCst;

    use crate::configmgr::testing::{Asked, NtlmSite, Reply, Server, quick};
    use crate::configmgr::{Site, SiteOptions};
    use crate::model::Result;

    async fn get(site: &Site) -> Result<serde_json::Value> {
        site.client().json("/AdminService/wmi/SMS_Site", "reading").await
    }

    async fn code(site: &Site) -> &'static str {
        get(site).await.unwrap_err().problem().code()
    }

    /// 0 for a request without a token, else the number of the NTLM message.
    fn messages(server: &Server) -> Vec<u8> {
        server.asked().iter().map(Asked::ntlm_message).collect()
    }

    #[tokio::test]
    async fn a_connection_stays_signed_in() {
        let ntlm = NtlmSite::new();
        let (server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
        for _ in 0..3 {
            get(&site).await.unwrap();
        }
        assert_eq!(messages(&server), [0, 1, 3, 0, 0]);
        assert!(server.asked().iter().all(|asked| asked.connection == 0));
    }

    #[tokio::test]
    async fn a_site_that_asks_at_every_request_gets_its_token_at_once() {
        let ntlm = NtlmSite {
            each_request: true,
            ..NtlmSite::new()
        };
        let (server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
        for _ in 0..3 {
            get(&site).await.unwrap();
        }
        assert_eq!(messages(&server), [0, 1, 3, 0, 1, 3, 1, 3]);
    }

    #[tokio::test]
    async fn a_challenge_that_ends_the_connection_is_taken_up_on_the_next() {
        let ntlm = NtlmSite {
            closes_first: true,
            ..NtlmSite::new()
        };
        let (server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
        get(&site).await.unwrap();
        assert_eq!(messages(&server), [0, 1, 3]);
    }

    #[tokio::test]
    async fn a_refused_password_is_sent_once() {
        let ntlm = NtlmSite {
            password: "another",
            ..NtlmSite::new()
        };
        let proofs = ntlm.proofs.clone();
        let (server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
        let all = futures_util::future::join_all((0..5).map(|_| code(&site))).await;
        assert_eq!(all, ["account_refused"; 5]);
        assert_eq!(proofs.load(SeqCst), 1);
        let asked = server.asked().len();
        assert_eq!(code(&site.clone()).await, "account_refused");
        assert_eq!(server.asked().len(), asked, "nothing more is sent");
    }

    #[tokio::test]
    async fn a_first_sign_in_that_breaks_is_not_repeated() {
        for reply in [Reply::Hang, Reply::Silence] {
            let ntlm = NtlmSite::new();
            let proofs = ntlm.proofs.clone();
            let (_server, site) = ntlm
                .start_with(
                    SiteOptions {
                        page_timeout: std::time::Duration::from_millis(500),
                        ..quick()
                    },
                    move |_| reply.clone(),
                )
                .await;
            get(&site).await.unwrap_err();
            assert_eq!(proofs.load(SeqCst), 1);
        }
    }

    #[tokio::test]
    async fn a_first_sign_in_whose_answer_breaks_off_was_one_all_the_same() {
        let ntlm = NtlmSite::new();
        let proofs = ntlm.proofs.clone();
        let (_server, site) = ntlm
            .start(move |_| match proofs.load(SeqCst) {
                1 => Reply::Cut("{   }".into(), 1),
                _ => Reply::json(200, "{}"),
            })
            .await;
        get(&site).await.unwrap();
    }

    #[tokio::test]
    async fn ntlm_is_refused_without_a_password_being_sent() {
        for refusal in [
            Reply::unauthorized(&["Negotiate"]),
            Reply::unauthorized(&["Negotiate oQcwBaADCgEC"]),
            Reply::unauthorized(&["Negotiate !"]),
        ] {
            let ntlm = NtlmSite {
                instead_of_challenge: Some(refusal),
                ..NtlmSite::new()
            };
            let proofs = ntlm.proofs.clone();
            let (server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
            let failure = get(&site).await.unwrap_err();
            assert_eq!(
                *failure.problem(),
                crate::model::Problem::NtlmRefused {
                    provider: server.address().to_string(),
                    account: site.client().sign_in.account_name(),
                    offered: "Negotiate".into(),
                }
            );
            assert_eq!((proofs.load(SeqCst), server.asked().len()), (0, 2));
        }
    }

    #[tokio::test]
    async fn other_schemes_are_not_ours() {
        let ntlm = NtlmSite {
            offers: &[
                "Bearer authorization_uri=\"https://login.example\"",
                "Basic realm=\"NTLM\"",
            ],
            ..NtlmSite::new()
        };
        let (server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
        assert_eq!(code(&site).await, "ntlm_refused");
        assert_eq!(messages(&server), [0]);
    }

    #[tokio::test]
    async fn ntlm_under_its_own_name() {
        let ntlm = NtlmSite {
            offers: &["ntlm"],
            ..NtlmSite::new()
        };
        let (server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
        get(&site).await.unwrap();
        assert!(server.asked()[1].authorization.as_deref().unwrap().starts_with("NTLM "));
    }

    #[tokio::test]
    async fn a_channel_binding_of_another_certificate_is_refused() {
        // As behind something that takes TLS apart on the way.
        let ntlm = NtlmSite {
            right_binding: false,
            ..NtlmSite::new()
        };
        let (_server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
        assert_eq!(code(&site).await, "account_refused");
    }

    #[tokio::test]
    async fn nobody_cannot_sign_in() {
        let server = Server::plain(|_| Reply::unauthorized(&["Negotiate"])).await;
        assert_eq!(code(&server.site()).await, "site_sign_in");
        assert_eq!(server.asked().len(), 1);
    }
}
