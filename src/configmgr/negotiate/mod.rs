//! The tokens of a Windows sign-in.
//!
//! | file | who signs in, and how |
//! | --- | --- |
//! | `sspi_native` | on Windows: the signed-in user or a typed account, as Windows decides |
//! | `current_user` | elsewhere: the user whose ticket is in the cache (feature `kerberos`) |
//! | `preferred` | elsewhere: a typed account, with Kerberos where that can be had, else NTLM |
//! | `kerberos`, `ntlm` | its two halves |
//!
//! A token is computed in a blocking task: a domain controller may have to be asked for it.

use crate::model::site::SignedIn;
use crate::model::{Failure, ProviderAddress, SingleSignOn, SitePassword};

#[cfg(all(unix, feature = "kerberos"))]
mod current_user;
#[cfg(any(not(windows), test))]
#[cfg_attr(windows, allow(dead_code))]
mod kerberos;
#[cfg(any(not(windows), test))]
pub(super) mod ntlm;
#[cfg(any(not(windows), test))]
#[cfg_attr(windows, allow(dead_code))]
mod preferred;
#[cfg(windows)]
#[cfg_attr(test, allow(dead_code))]
mod sspi_native;

#[cfg(any(not(windows), test))]
use self::{kerberos::Kerberos, ntlm::Ntlm, preferred::Preferred};

/// Whether the account that runs this program can sign in without a password.
pub const SINGLE_SIGN_ON: bool = SingleSignOn::HERE.is_possible();

/// Who signs in. Has no `Debug`.
pub(super) enum Who {
    /// The account that runs this program.
    CurrentUser,
    /// A typed account.
    Account(Account),
    /// A test's own idea of a mechanism.
    #[cfg(test)]
    Played(fn() -> Box<dyn Negotiator>),
}

impl Who {
    /// The account, for a sentence.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::CurrentUser => "the account that runs this program",
            Self::Account(account) => &account.name,
            #[cfg(test)]
            Self::Played(_) => "CORP\\played",
        }
    }
}

/// An account and its password. Has no `Debug`.
pub(super) struct Account {
    /// `DOMAIN\user` or `user@dns.domain`.
    pub(super) name: String,
    pub(super) password: SitePassword,
}

/// The domain of `user@dns.domain` or `dns.domain\user`; `None` for a domain without a dot: that is a NetBIOS name, from which
/// nobody but Windows finds a domain controller.
pub(super) fn dns_domain(account: &str) -> Option<&str> {
    let domain = match account.split_once('\\') {
        Some((domain, _)) => domain,
        None => account.rsplit_once('@')?.1,
    };
    domain.contains('.').then_some(domain)
}

/// Why there is no next token.
#[derive(Debug)]
pub(super) enum NoToken {
    /// What the site sent is no token of this mechanism.
    NotUnderstood(String),
    /// The sign-in has failed.
    Failed(Failure),
}

/// One side of a sign-in under way.
pub(super) trait Negotiator: Send {
    /// The name of the HTTP scheme: `Negotiate` or `NTLM`.
    fn scheme(&self) -> &'static str;

    /// The next token, given the other side's; `None` for the first. `Ok(None)`: there is nothing more to send.
    fn step(&mut self, server_token: Option<&[u8]>) -> Result<Option<Vec<u8>>, NoToken>;

    /// The mechanism, as far as it is known.
    fn mechanism(&self) -> Option<SignedIn>;

    /// Whether nothing of the site is awaited any more.
    fn is_complete(&self) -> bool;

    /// Why this mechanism has taken the place of a better one.
    fn instead_of(&self) -> Option<&Failure> {
        None
    }
}

/// Starts a sign-in under an HTTP scheme; `end_point_hash` is the hash of the site's certificate for the channel binding.
#[cfg(all(windows, not(test)))]
pub(super) fn negotiator(
    scheme: &'static str,
    who: &Who,
    provider: &ProviderAddress,
    end_point_hash: Option<&[u8]>,
) -> Option<Box<dyn Negotiator>> {
    Some(Box::new(sspi_native::Sspi::new(scheme, who, provider, end_point_hash)))
}

/// As above. Unit tests meet a server that knows raw NTLM only, so on Windows too they take this.
#[cfg(any(not(windows), test))]
pub(super) fn negotiator(
    scheme: &'static str,
    who: &Who,
    provider: &ProviderAddress,
    end_point_hash: Option<&[u8]>,
) -> Option<Box<dyn Negotiator>> {
    match who {
        #[cfg(all(unix, feature = "kerberos"))]
        Who::CurrentUser => Some(Box::new(current_user::CurrentUser::new(provider, end_point_hash))),
        #[cfg(not(all(unix, feature = "kerberos")))]
        Who::CurrentUser => None,
        Who::Account(account) => {
            let ntlm = Ntlm::new(scheme, account, end_point_hash);
            match Kerberos::new(account, provider).filter(|_| scheme == "Negotiate") {
                Some(kerberos) => Some(Box::new(Preferred::new(kerberos, ntlm))),
                None => Some(Box::new(ntlm)),
            }
        }
        #[cfg(test)]
        Who::Played(start) => Some(start()),
    }
}
