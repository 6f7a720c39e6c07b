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

use super::connection::{Answer, Arriving, Broken, Connection};
use super::negotiate::{self, Negotiator, NoToken, Who};
use super::offers::Offers;
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

#[cfg(test)]
#[cfg(feature = "lab")]
mod kerberos_tests;

#[cfg(test)]
#[cfg(feature = "lab")]
mod sign_in_tests;
