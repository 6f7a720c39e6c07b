//! Who signs in to the site, as chosen on the page.

use super::General;
use crate::flow::TextField;
use crate::model::{Invalid, SignIn, SingleSignOn, SitePassword};

/// Who signs in to the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInChoice {
    /// The account that runs this program; it needs no password here.
    CurrentUser,
    /// The account that is typed, with the password that is typed.
    Account,
    /// Nobody: only where a known site on this machine is read so.
    Nobody,
}

impl SignInChoice {
    /// The one that is chosen until a person chooses.
    pub(super) fn usual(here: SingleSignOn) -> Self {
        match here {
            SingleSignOn::Windows => Self::CurrentUser,
            SingleSignOn::Ticket | SingleSignOn::NotBuilt => Self::Account,
        }
    }
}

impl General {
    /// How the account that runs this program can sign in.
    pub fn single_sign_on(&self) -> SingleSignOn {
        self.single_sign_on
    }

    /// The account.
    ///
    /// # Errors
    /// [`Invalid`] when it is empty.
    pub fn account(&self) -> Result<String, Invalid> {
        match self.account.text.trim() {
            "" => Err(Invalid::new("account", "it is empty", "CONTOSO\\svc-asw")),
            account => Ok(account.to_owned()),
        }
    }

    pub(super) fn sign_in(&self) -> Result<SignIn, Invalid> {
        Ok(match self.who {
            SignInChoice::CurrentUser => SignIn::CurrentUser,
            SignInChoice::Account => SignIn::Account(self.account()?),
            SignInChoice::Nobody => SignIn::None,
        })
    }

    /// The password that goes along; none where nobody is asked for one.
    pub(super) fn password_of_account(&self) -> Result<Option<SitePassword>, Invalid> {
        match self.who {
            SignInChoice::Account => self.password.password().map(Some),
            SignInChoice::CurrentUser | SignInChoice::Nobody => Ok(None),
        }
    }

    /// Takes over who signs in. Where this build cannot do it, an account is asked for.
    pub(super) fn fill_sign_in(&mut self, known: &SignIn) {
        let (who, account) = match known {
            SignIn::CurrentUser if self.single_sign_on.is_possible() => (SignInChoice::CurrentUser, ""),
            SignIn::CurrentUser => (SignInChoice::Account, ""),
            SignIn::Account(account) => (SignInChoice::Account, account.as_str()),
            SignIn::None => (SignInChoice::Nobody, ""),
        };
        self.who = who;
        self.account = TextField::holding(account);
    }
}
