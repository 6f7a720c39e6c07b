//! *General*: what must be there before, and the connection to the site.

use std::path::PathBuf;

use super::checked::Checked;
use crate::flow::effect::{FilePurpose, SiteAccess};
use crate::flow::{Asker, Query, SecretText, Shell, TextField};
use crate::model::site::{PresentedCertificate, SiteReading};
use crate::model::{
    CertificateTrust, Fingerprint, Invalid, Problem, ProviderAddress, SignIn, SiteConnection, SiteIdentity,
    SitePassword,
};

/// Things that must be there before, in the order of the original article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prerequisite {
    /// An app is registered in Microsoft Entra.
    AppRegistered,
    /// Client ID, secret key and its expiry are at hand.
    SecretAtHand,
    /// The app is Contributor on the workspace.
    AppIsContributor,
    /// The provider belongs to the top of the hierarchy.
    TopTierSite,
}

impl Prerequisite {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::AppRegistered,
        Self::SecretAtHand,
        Self::AppIsContributor,
        Self::TopTierSite,
    ];
}

/// What makes the site's certificate trustworthy, as chosen on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrustChoice {
    /// The roots of this computer.
    #[default]
    System,
    /// A root certificate in a file.
    RootFile,
    /// One certificate, accepted by a person.
    Accepted(Fingerprint),
}

/// What is typed on the page, and what the site answered to it.
#[derive(Default)]
pub struct General {
    /// The SMS Provider's full name.
    pub provider: TextField,
    /// The account that signs in.
    pub account: TextField,
    /// Its password.
    pub password: SecretText,
    /// Mistakes of the password may be pointed out.
    pub password_settled: bool,
    /// Trust in the site's certificate.
    pub trust: TrustChoice,
    /// The root certificate's file, for [`TrustChoice::RootFile`].
    pub root_file: TextField,
    /// What a person has ticked, in the order of [`Prerequisite::ALL`]; the site is never ticked by hand.
    pub ticks: [bool; 3],
    /// What was filled in before a person came.
    prefilled: Option<SiteConnection>,
    pub(in crate::flow) reading: Checked<SiteAccess, SiteReading>,
    pub(in crate::flow) certificate: Checked<ProviderAddress, PresentedCertificate>,
}

/// The site as accepted: an access, and what the site answered to it.
pub struct AcceptedSite {
    /// The way in.
    pub access: SiteAccess,
    /// What is there.
    pub identity: SiteIdentity,
}

/// A file that is to be named but is not.
fn no_file() -> Invalid {
    Invalid::new(
        "root certificate",
        "no file is named",
        "C:\\certificates\\contoso-root.cer",
    )
}

impl General {
    /// What is typed, as an access. Where it is none: the first mistake.
    ///
    /// # Errors
    /// The [`Invalid`] of the first field that does not hold what it should.
    pub fn access(&self) -> Result<SiteAccess, Invalid> {
        let provider = self.provider.parse()?;
        let account = self.account()?;
        let password = self.password.password()?;
        let trust = match self.trust {
            TrustChoice::System => CertificateTrust::System,
            TrustChoice::Accepted(fingerprint) => CertificateTrust::Sha256(fingerprint),
            TrustChoice::RootFile if self.root_file.is_blank() => return Err(no_file()),
            TrustChoice::RootFile => CertificateTrust::Pem(PathBuf::from(self.root_file.text.trim())),
        };
        let sign_in = SignIn::Account(account);
        Ok(SiteAccess {
            connection: SiteConnection {
                provider,
                sign_in,
                trust,
            },
            password: Some(password),
        })
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

    /// Points out mistakes everywhere from now on.
    pub fn settle(&mut self) {
        for field in [&mut self.provider, &mut self.account, &mut self.root_file] {
            field.settled = true;
        }
        self.password_settled = true;
    }

    /// Asks the site, with what is typed.
    pub fn connect(&mut self, asker: &mut Asker) {
        self.settle();
        if let Ok(access) = self.access() {
            asker.abandon(self.reading.stop());
            let ticket = asker.query(Query::Site(access.duplicate()));
            self.reading.ask(access, ticket);
        }
    }

    /// Waits for the site no longer.
    pub fn stop(&mut self, asker: &mut Asker) {
        asker.abandon(self.reading.stop());
        asker.abandon(self.certificate.stop());
    }

    /// What the site answered to exactly what is typed now.
    pub fn site(&self) -> Option<&SiteReading> {
        self.access().ok().and_then(|access| self.reading.fresh(&access))
    }

    /// The question and its answers.
    pub fn reading(&self) -> &Checked<SiteAccess, SiteReading> {
        &self.reading
    }

    /// The certificate that waits for a person's yes or no, for exactly the provider that is typed now.
    pub fn offered_certificate(&self) -> Option<&PresentedCertificate> {
        let access = self.access().ok()?;
        let unknown = self
            .reading
            .failure(&access)
            .is_some_and(|failure| matches!(failure.problem(), Problem::CertificateUnknown { .. }));
        self.certificate.fresh(&access.connection.provider).filter(|_| unknown)
    }

    /// Accepts the offered certificate, this one only, and asks the site again.
    pub fn accept_certificate(&mut self, asker: &mut Asker) {
        if let Some(offered) = self.offered_certificate() {
            self.trust = TrustChoice::Accepted(offered.fingerprint);
            self.connect(asker);
        }
    }

    /// Opens the file dialog for the root certificate.
    pub fn browse(&self, asker: &mut Asker) {
        asker.shell(Shell::PickFile(FilePurpose::SiteRoot));
    }

    /// Whether anything was typed that would be lost.
    pub(super) fn is_blank(&self) -> bool {
        let known = self.prefilled.as_ref();
        let provider = known.map(|known| known.provider.to_string()).unwrap_or_default();
        let account = match known.map(|known| &known.sign_in) {
            Some(SignIn::Account(account)) => account.as_str(),
            _ => "",
        };
        let typed = [(&self.provider, provider.as_str()), (&self.account, account)];
        typed
            .iter()
            .all(|(field, known)| field.is_blank() || field.text.trim() == *known)
            && self.password.is_blank()
    }

    /// After the site has answered: an unknown certificate is fetched, so that a person can look at it.
    pub(in crate::flow) fn after_answer(&mut self, asker: &mut Asker) {
        let Ok(access) = self.access() else { return };
        let failure = self.reading.failure(&access);
        if failure.is_some_and(|failure| matches!(failure.problem(), Problem::CertificateUnknown { .. })) {
            let provider = access.connection.provider;
            asker.abandon(self.certificate.stop());
            let ticket = asker.query(Query::Certificate(provider.clone()));
            self.certificate.ask(provider, ticket);
        }
    }

    /// Takes over what another connection of this account has typed once; the password is asked for again.
    pub(in crate::flow) fn prefill(&mut self, known: &SiteConnection) {
        self.fill(known);
        self.prefilled = Some(known.clone());
    }

    /// Brings back what was accepted.
    pub(super) fn revert(&mut self, accepted: &SiteAccess) {
        self.fill(&accepted.connection);
        self.password = SecretText::holding(accepted.password.as_ref().map_or("", SitePassword::expose));
        self.password_settled = false;
    }

    fn fill(&mut self, known: &SiteConnection) {
        self.provider = TextField::holding(known.provider.to_string());
        if let SignIn::Account(account) = &known.sign_in {
            self.account = TextField::holding(account.clone());
        }
        match &known.trust {
            CertificateTrust::System => self.trust = TrustChoice::System,
            CertificateTrust::Sha256(fingerprint) => self.trust = TrustChoice::Accepted(*fingerprint),
            CertificateTrust::Pem(path) => {
                self.trust = TrustChoice::RootFile;
                self.root_file = TextField::holding(path.display().to_string());
            }
        }
    }

    /// The accepted site, where what is typed has been answered.
    pub(super) fn apply(&mut self) -> Option<AcceptedSite> {
        self.settle();
        let access = self.access().ok()?;
        let identity = self.reading.fresh(&access)?.identity.clone();
        self.reading.accept(&access);
        Some(AcceptedSite { access, identity })
    }
}
