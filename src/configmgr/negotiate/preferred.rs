//! Kerberos where it can be had, else NTLM: what Windows does under `Negotiate`, for a typed account.
//!
//! NTLM is tried only where no domain controller gave a ticket for a reason that has nothing to do with the password. After a
//! refused password a second attempt would count again, and wrong passwords lock accounts.

use super::kerberos::Kerberos;
use super::ntlm::Ntlm;
use super::{Negotiator, NoToken};
use crate::model::site::SignedIn;
use crate::model::{Failure, Problem};

/// One sign-in under way.
pub(super) struct Preferred {
    kerberos: Kerberos,
    ntlm: Ntlm,
    /// Why it is NTLM.
    instead: Option<Failure>,
}

impl Preferred {
    pub(super) const fn new(kerberos: Kerberos, ntlm: Ntlm) -> Self {
        Self {
            kerberos,
            ntlm,
            instead: None,
        }
    }
}

impl Negotiator for Preferred {
    fn scheme(&self) -> &'static str {
        "Negotiate"
    }

    fn step(&mut self, server_token: Option<&[u8]>) -> Result<Option<Vec<u8>>, NoToken> {
        if self.instead.is_some() {
            return self.ntlm.step(server_token);
        }
        match self.kerberos.step(server_token) {
            Err(NoToken::Failed(why)) if server_token.is_none() && is_no_ticket(why.problem()) => {
                self.instead = Some(why);
                self.ntlm.step(None)
            }
            step => step,
        }
    }

    fn mechanism(&self) -> Option<SignedIn> {
        if self.instead.is_some() {
            self.ntlm.mechanism()
        } else {
            self.kerberos.mechanism()
        }
    }

    fn is_complete(&self) -> bool {
        if self.instead.is_some() {
            self.ntlm.is_complete()
        } else {
            self.kerberos.is_complete()
        }
    }

    fn instead_of(&self) -> Option<&Failure> {
        self.instead.as_ref()
    }
}

/// Whether there is no ticket for a reason that says nothing of the password.
const fn is_no_ticket(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::NoDomainController { .. } | Problem::ServiceUnknown { .. }
    )
}
