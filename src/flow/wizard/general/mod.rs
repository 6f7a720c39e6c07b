//! *General*: what must be there before, and the connection to the site.
//!
//! | file | part |
//! | --- | --- |
//! | `sign_in` | who signs in: the account that runs this program, or one that is typed |
//! | `known` | sites that can be chosen instead of typed |
//! | `certificate` | a certificate that is looked at before it is trusted |

use std::path::PathBuf;

use super::checked::Checked;
use crate::flow::effect::{FilePurpose, SiteAccess};
use crate::flow::{Asker, Query, SecretText, Shell, TextField};
use crate::model::site::{PresentedCertificate, SiteReading};
use crate::model::{
    CertificateTrust, Fingerprint, Invalid, Problem, ProviderAddress, SignIn, SingleSignOn, SiteCode, SiteConnection,
    SiteIdentity, SitePassword,
};

mod certificate;
mod known;
mod sign_in;

pub use certificate::{Distrust, OfferedCertificate};
pub use known::{KnownSite, Suggestion};
pub use sign_in::SignInChoice;

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
pub struct General {
    /// The SMS Provider's full name.
    pub provider: TextField,
    /// Who signs in.
    pub who: SignInChoice,
    /// The account that signs in, for [`SignInChoice::Account`].
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
    single_sign_on: SingleSignOn,
    /// The sites that connections of this account use.
    known: Vec<KnownSite>,
    /// What was filled in without a person's typing.
    prefilled: Option<SiteConnection>,
    /// The site that answered last, and its providers.
    siblings: Option<(SiteCode, Vec<ProviderAddress>)>,
    /// The server whose certificate [`TrustChoice::Accepted`] is.
    accepted_at: Option<ProviderAddress>,
    /// A person looks at the offered certificate.
    looks_at_certificate: bool,
    pub(in crate::flow) reading: Checked<SiteAccess, SiteReading>,
    pub(super) certificate: Checked<ProviderAddress, PresentedCertificate>,
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

impl Default for General {
    fn default() -> Self {
        Self::of_build(SingleSignOn::HERE)
    }
}

impl General {
    /// The empty page, in a build that can sign in so.
    pub fn of_build(single_sign_on: SingleSignOn) -> Self {
        Self {
            provider: TextField::default(),
            who: SignInChoice::usual(single_sign_on),
            account: TextField::default(),
            password: SecretText::default(),
            password_settled: false,
            trust: TrustChoice::default(),
            root_file: TextField::default(),
            ticks: [false; 3],
            single_sign_on,
            known: Vec::new(),
            prefilled: None,
            siblings: None,
            accepted_at: None,
            looks_at_certificate: false,
            reading: Checked::default(),
            certificate: Checked::default(),
        }
    }

    /// What is typed, as an access. Where it is none: the first mistake.
    ///
    /// # Errors
    /// The [`Invalid`] of the first field that does not hold what it should.
    pub fn access(&self) -> Result<SiteAccess, Invalid> {
        let connection = self.connection()?;
        let password = self.password_of_account()?;
        Ok(SiteAccess { connection, password })
    }

    /// The same without the password.
    fn connection(&self) -> Result<SiteConnection, Invalid> {
        let provider = self.provider.parse()?;
        let sign_in = self.sign_in()?;
        let trust = match self.trust {
            TrustChoice::System => CertificateTrust::System,
            TrustChoice::Accepted(fingerprint) => CertificateTrust::Sha256(fingerprint),
            TrustChoice::RootFile if self.root_file.is_blank() => return Err(no_file()),
            TrustChoice::RootFile => CertificateTrust::Pem(PathBuf::from(self.root_file.text.trim())),
        };
        Ok(SiteConnection {
            provider,
            sign_in,
            trust,
        })
    }

    /// Points out mistakes everywhere from now on.
    pub fn settle(&mut self) {
        for field in [&mut self.provider, &mut self.account, &mut self.root_file] {
            field.settled = true;
        }
        self.password_settled = true;
    }

    /// Whether mistakes are pointed out everywhere.
    pub fn is_settled(&self) -> bool {
        let account = self.who != SignInChoice::Account || (self.account.settled && self.password_settled);
        self.provider.settled && account
    }

    /// Asks the site, with what is typed. A certificate that was accepted at another server does not count here.
    pub fn connect(&mut self, asker: &mut Asker) {
        self.settle();
        self.looks_at_certificate = false;
        if self.accepted_at.is_some() && self.accepted_at != self.provider.parse().ok() {
            self.forget_accepted();
        }
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

    /// The server at the top of the hierarchy, where the typed one belongs to a child site that has named it.
    pub fn top_server(&self) -> Option<ProviderAddress> {
        let failure = self.reading.failure(&self.access().ok()?)?;
        match failure.problem() {
            Problem::ChildPrimary { server, .. } => server.as_ref()?.parse().ok(),
            _ => None,
        }
    }

    /// Turns to the server at the top of the hierarchy, and asks it.
    pub fn go_to_top(&mut self, asker: &mut Asker) {
        if let Some(server) = self.top_server() {
            self.turn_to(&server);
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

    /// After the site has answered: its other providers are noted; a certificate that is not trusted is fetched, so that a person
    /// can look at it.
    pub(in crate::flow) fn after_answer(&mut self, asker: &mut Asker) {
        if self.refused_certificate().is_some() {
            self.fetch_certificate(asker);
        }
        let site = self.site().map(|reading| reading.identity.clone());
        if let Some((site, asked)) = site.zip(self.provider.parse().ok()) {
            self.note_siblings(asked, &site);
        }
    }

    /// Brings back what was accepted.
    pub(super) fn revert(&mut self, accepted: &SiteAccess) {
        self.fill(&accepted.connection);
        self.password = SecretText::holding(accepted.password.as_ref().map_or("", SitePassword::expose));
        self.password_settled = false;
    }

    /// Holds this way to a site from now on; it is no one's typing.
    pub(in crate::flow::wizard) fn hold(&mut self, site: SiteConnection) {
        self.fill(&site);
        self.prefilled = Some(site);
    }

    fn fill(&mut self, known: &SiteConnection) {
        self.provider = TextField::holding(known.provider.to_string());
        self.fill_sign_in(&known.sign_in);
        match &known.trust {
            CertificateTrust::System => self.trust = TrustChoice::System,
            CertificateTrust::Sha256(fingerprint) => self.note_accepted(*fingerprint, known.provider.clone()),
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
