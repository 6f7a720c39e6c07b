//! The user whose Kerberos ticket is in the cache of this computer, by the Kerberos library of the system (MIT or Heimdal).
//!
//! Only in builds with the feature `kerberos`. The library asks the domain controller for the ticket of the site, keeps it in
//! the cache, sends the channel binding and checks the proof of the site.

use cross_krb5::{ClientCtx, InitiateFlags, PendingClientCtx, Step};

use super::{Negotiator, NoToken};
use crate::model::site::SignedIn;
use crate::model::{Failure, Problem, ProviderAddress};

/// One sign-in under way.
pub(super) struct CurrentUser {
    service: String,
    provider: String,
    binding: Option<Vec<u8>>,
    pending: Option<PendingClientCtx>,
    /// The site has proved itself.
    done: bool,
}

impl CurrentUser {
    /// Prepares a sign-in; `end_point_hash` is the hash of the site's certificate for the channel binding.
    pub(super) fn new(provider: &ProviderAddress, end_point_hash: Option<&[u8]>) -> Self {
        Self {
            service: format!("HTTP/{}", provider.host()),
            provider: provider.to_string(),
            binding: end_point_hash.map(|hash| [b"tls-server-end-point:", hash].concat()),
            pending: None,
            done: false,
        }
    }

    /// A ticket that runs out on the way is no fault of the site.
    fn refused_proof(&self, why: &str) -> NoToken {
        match Meaning::of(why) {
            Meaning::Expired => NoToken::Failed(self.failed(why)),
            _ => NoToken::NotUnderstood(why.to_owned()),
        }
    }

    fn failed(&self, why: &str) -> Failure {
        let provider = self.provider.clone();
        let problem = match Meaning::of(why) {
            Meaning::NoTicket => Problem::NoTicket { provider },
            Meaning::Expired => Problem::TicketExpired { provider },
            Meaning::ServiceUnknown => Problem::ServiceUnknown {
                service: self.service.clone(),
            },
            Meaning::NoDomainController => Problem::NoDomainController {
                domain: "the signed-in user's domain".to_owned(),
                cause: "it does not answer".to_owned(),
            },
            Meaning::ClockSkew => Problem::ClockSkew { provider },
            Meaning::Other => Problem::SiteSignIn {
                why: format!("the Kerberos library says \"{why}\""),
            },
        };
        Failure::from(problem).with("Kerberos", why.to_owned())
    }
}

impl Negotiator for CurrentUser {
    fn scheme(&self) -> &'static str {
        "Negotiate"
    }

    fn step(&mut self, server_token: Option<&[u8]>) -> Result<Option<Vec<u8>>, NoToken> {
        let Some(token) = server_token else {
            let started = ClientCtx::new(InitiateFlags::empty(), None, &self.service, self.binding.as_deref());
            let (pending, token) = started.map_err(|error| NoToken::Failed(self.failed(&format!("{error:#}"))))?;
            self.pending = Some(pending);
            return Ok(Some(token.to_vec()));
        };
        let Some(pending) = self.pending.take() else {
            return Ok(None);
        };
        let step = pending.step(token);
        match step.map_err(|error| self.refused_proof(&format!("{error:#}")))? {
            Step::Finished((_, last)) => {
                self.done = true;
                Ok(last.map(|token| token.to_vec()))
            }
            Step::Continue((pending, next)) => {
                self.pending = Some(pending);
                Ok(Some(next.to_vec()))
            }
        }
    }

    fn mechanism(&self) -> Option<SignedIn> {
        Some(SignedIn::Kerberos)
    }

    fn is_complete(&self) -> bool {
        self.done
    }
}

/// What the words of the library mean for a sign-in: it hands out no codes.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    NoTicket,
    Expired,
    ServiceUnknown,
    NoDomainController,
    ClockSkew,
    Other,
}

impl Meaning {
    fn of(why: &str) -> Self {
        let why = why.to_lowercase();
        let says = |words: &str| why.contains(words);
        if says("expired") {
            Self::Expired
        } else if says("no kerberos credentials")
            || says("no credentials cache")
            || says("credentials cache file")
            || says("no credentials were supplied")
        {
            Self::NoTicket
        } else if says("not found in kerberos database") {
            Self::ServiceUnknown
        } else if says("cannot contact any kdc") || says("cannot find kdc") {
            Self::NoDomainController
        } else if says("clock skew") {
            Self::ClockSkew
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_library() {
        for (words, meaning) in [
            (
                "No Kerberos credentials available (default cache: FILE:/tmp/x)",
                Meaning::NoTicket,
            ),
            ("Ticket expired", Meaning::Expired),
            (
                "Server HTTP/cm01@CORP.TEST not found in Kerberos database",
                Meaning::ServiceUnknown,
            ),
            (
                "Cannot contact any KDC for realm 'CORP.TEST'",
                Meaning::NoDomainController,
            ),
            ("Clock skew too great", Meaning::ClockSkew),
            ("something else", Meaning::Other),
        ] {
            assert_eq!(Meaning::of(words), meaning, "{words}");
        }
    }
}
