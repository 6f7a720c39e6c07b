//! *App* and *Import Apps*: the cloud, the app registration, and whether Azure lets it in; where not, how far it came.

use std::path::PathBuf;

use super::checked::Checked;
use super::known::KnownApps;
use crate::flow::effect::{AppAccess, FilePurpose};
use crate::flow::{Asker, Query, Remote, SecretText, Shell, TextField, Ticket};
use crate::model::app_document::AppDocument;
use crate::model::{
    AppIdUri, AppRegistration, ApplicationName, ClientId, Environment, Invalid, Problem, Result as Answered,
    SecretExpiry, SecretKey, TenantId, TenantName, Warning,
};

/// The fields of *Import Apps*, in the order of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppField {
    /// Azure AD Tenant Name.
    TenantName,
    /// Azure AD Tenant ID.
    TenantId,
    /// Application Name.
    ApplicationName,
    /// Client ID.
    ClientId,
    /// Secret Key.
    SecretKey,
    /// Secret Key Expiry.
    SecretExpiry,
    /// App ID URI.
    AppIdUri,
}

/// What Azure looks at before it lets an app in, in that order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The tenant exists in this cloud.
    Tenant,
    /// The app is registered there.
    App,
    /// The secret key is one of the app's.
    Secret,
    /// The app's enterprise application is there and enabled.
    Principal,
    /// No policy stands in the way.
    Policy,
}

impl Layer {
    /// All, in their order.
    pub const ALL: [Self; 5] = [Self::Tenant, Self::App, Self::Secret, Self::Principal, Self::Policy];

    /// The one at which Azure has stopped; `None` where the refusal does not tell.
    pub fn stopped_at(problem: &Problem) -> Option<Self> {
        Some(match problem {
            Problem::TenantNotFound { .. } | Problem::TenantElsewhere { .. } => Self::Tenant,
            Problem::ClientUnknown { .. } | Problem::PublicClient => Self::App,
            Problem::SecretWrong { .. } | Problem::SecretExpired => Self::Secret,
            Problem::NoServicePrincipal { .. } | Problem::AppDisabled { .. } => Self::Principal,
            Problem::PolicyBlocksSignIn => Self::Policy,
            _ => return None,
        })
    }
}

/// What is typed on both pages, and what Azure answered to it.
pub struct App {
    pub(super) environments: Vec<Environment>,
    /// Which of the environments.
    pub environment: usize,
    /// Azure AD Tenant Name: friendly text, may be empty.
    pub tenant_name: TextField,
    /// Azure AD Tenant ID.
    pub tenant_id: TextField,
    /// Application Name: friendly text, may be empty.
    pub application_name: TextField,
    /// Client ID.
    pub client_id: TextField,
    /// Secret Key.
    pub secret: SecretText,
    /// Mistakes of the secret key may be pointed out.
    pub secret_settled: bool,
    /// Secret Key Expiry.
    pub expiry: TextField,
    /// App ID URI: friendly text, may be empty.
    pub app_id_uri: TextField,
    /// A file as the Azure command line writes it.
    pub file: TextField,
    /// The reading of that file, or of a pasted document.
    pub document: Remote<()>,
    pub(super) verification: Checked<AppAccess, Vec<Warning>>,
    pub(super) known: KnownApps,
}

impl App {
    pub(super) fn new(environments: Vec<Environment>) -> Self {
        Self {
            environments,
            environment: 0,
            tenant_name: TextField::default(),
            tenant_id: TextField::default(),
            application_name: TextField::default(),
            client_id: TextField::default(),
            secret: SecretText::default(),
            secret_settled: false,
            expiry: TextField::default(),
            app_id_uri: TextField::default(),
            file: TextField::default(),
            document: Remote::default(),
            verification: Checked::default(),
            known: KnownApps::default(),
        }
    }

    /// The clouds to choose from.
    pub fn environments(&self) -> &[Environment] {
        &self.environments
    }

    /// The chosen cloud.
    pub fn chosen_environment(&self) -> Option<&Environment> {
        self.environments.get(self.environment)
    }

    /// What is typed, as an app registration with its secret key. Where it is none: the first mistake and its field.
    ///
    /// # Errors
    /// The first field that does not hold what it should.
    pub fn access(&self) -> Result<AppAccess, (AppField, Invalid)> {
        let environment = self.chosen_environment().cloned().ok_or_else(|| {
            let invalid = Invalid::new("Azure environment", "none is chosen", "AzurePublicCloud");
            (AppField::TenantId, invalid)
        })?;
        let (app, secret) = self.registration()?;
        Ok(AppAccess {
            environment,
            app,
            secret,
        })
    }

    /// The same, in whichever cloud.
    pub(super) fn registration(&self) -> Result<(AppRegistration, SecretKey), (AppField, Invalid)> {
        let at = |field: AppField| move |invalid: Invalid| (field, invalid);
        let tenant_id = self.tenant_id.parse::<TenantId>().map_err(at(AppField::TenantId))?;
        let client_id = self.client_id.parse::<ClientId>().map_err(at(AppField::ClientId))?;
        let secret: SecretKey = self.secret.key().map_err(at(AppField::SecretKey))?;
        let secret_expiry: SecretExpiry = self.expiry.parse().map_err(at(AppField::SecretExpiry))?;
        let app = AppRegistration {
            tenant_name: TenantName::new(&self.tenant_name.text),
            tenant_id,
            application_name: ApplicationName::new(&self.application_name.text),
            client_id,
            secret_expiry,
            app_id_uri: AppIdUri::new(&self.app_id_uri.text),
        };
        Ok((app, secret))
    }

    /// Points out mistakes everywhere from now on.
    pub fn settle(&mut self) {
        for field in [&mut self.tenant_id, &mut self.client_id, &mut self.expiry] {
            field.settled = true;
        }
        self.secret_settled = true;
    }

    /// Asks Azure whether it lets this app in. Answers the field to go to, where one does not hold what it should.
    pub fn verify(&mut self, asker: &mut Asker) -> Option<AppField> {
        self.settle();
        match self.access() {
            Ok(access) => {
                asker.abandon(self.verification.stop());
                let ticket = asker.query(Query::Verify(access.duplicate()));
                self.verification.ask(access, ticket);
                None
            }
            Err((field, _)) => Some(field),
        }
    }

    /// The cloud to which the tenant belongs, where Azure has refused it for being in another one than the chosen one.
    pub fn right_environment(&self) -> Option<Environment> {
        let access = self.access().ok()?;
        match self.verification.failure(&access)?.problem() {
            Problem::TenantElsewhere { cloud, .. } => {
                Environment::of_cloud(cloud).filter(|right| Some(right) != self.chosen_environment())
            }
            _ => None,
        }
    }

    /// Chooses this cloud, and asks again there.
    pub fn use_environment(&mut self, environment: Environment, asker: &mut Asker) {
        self.choose_environment(environment);
        self.verify(asker);
    }

    fn choose_environment(&mut self, environment: Environment) {
        let known = self.environments.iter().position(|each| *each == environment);
        self.environment = known.unwrap_or(self.environments.len());
        if known.is_none() {
            self.environments.push(environment);
        }
    }

    /// Takes the expiry date that Entra has, and asks again: what Azure said was about the date that was typed.
    pub fn use_expiry(&mut self, expiry: SecretExpiry, asker: &mut Asker) {
        self.expiry = TextField::holding(expiry.to_string());
        self.verify(asker);
    }

    /// Waits for Azure no longer.
    pub fn stop(&mut self, asker: &mut Asker) {
        asker.abandon(self.verification.stop());
        asker.abandon(self.document.stop());
    }

    /// The question and its answers.
    pub fn verification(&self) -> &Checked<AppAccess, Vec<Warning>> {
        &self.verification
    }

    /// Whether Azure has let in exactly what is typed now.
    pub fn is_verified(&self) -> bool {
        self.access()
            .is_ok_and(|access| self.verification.fresh(&access).is_some())
    }

    /// Reads a file as the Azure command line writes it.
    pub fn open(&mut self, path: PathBuf, asker: &mut Asker) {
        self.file.text = path.display().to_string();
        asker.abandon(self.document.stop());
        let ticket = asker.query(Query::AppFile(path));
        self.document.ask(ticket);
    }

    /// Opens the file dialog.
    pub fn browse(&self, asker: &mut Asker) {
        asker.shell(Shell::PickFile(FilePurpose::App));
    }

    /// Takes the text of such a file, pasted. One that cannot be read changes nothing but says so.
    pub fn paste(&mut self, text: &str, asker: &mut Asker) {
        asker.abandon(self.document.stop());
        // No query: the text is here. A ticket of its own keeps one way for both.
        let ticket = asker.ticket();
        self.document.ask(ticket);
        self.take_document(ticket, AppDocument::parse(text).map_err(Into::into));
    }

    pub(super) fn take_document(&mut self, ticket: Ticket, answer: Answered<AppDocument>) -> bool {
        if self.document.pending() != Some(ticket) {
            return false;
        }
        let read = answer.map(|document| {
            self.tenant_id = TextField::holding(document.tenant_id.to_string());
            self.client_id = TextField::holding(document.client_id.to_string());
            if let Some(name) = document.application_name {
                self.application_name = TextField::holding(name);
            }
            self.secret = SecretText::holding(document.secret.expose());
        });
        self.document.answer(ticket, read)
    }

    /// Brings back the accepted cloud: all that the page *App* holds.
    pub(super) fn revert_environment(&mut self, accepted: &AppAccess) {
        if let Some(at) = self.environments.iter().position(|each| *each == accepted.environment) {
            self.environment = at;
        }
    }

    /// Holds this cloud and this app from now on, without its secret key.
    pub(super) fn hold(&mut self, environment: Environment, app: &AppRegistration) {
        self.choose_environment(environment);
        self.fill(app);
    }

    /// Brings back the accepted app: all that the page *Import Apps* holds.
    pub(super) fn revert(&mut self, accepted: &AppAccess) {
        self.fill(&accepted.app);
        self.secret = SecretText::holding(accepted.secret.expose());
        self.secret_settled = false;
    }

    fn fill(&mut self, app: &AppRegistration) {
        self.tenant_name = TextField::holding(app.tenant_name.as_str());
        self.tenant_id = TextField::holding(app.tenant_id.to_string());
        self.application_name = TextField::holding(app.application_name.as_str());
        self.client_id = TextField::holding(app.client_id.to_string());
        self.expiry = TextField::holding(app.secret_expiry.to_string());
        self.app_id_uri = TextField::holding(app.app_id_uri.as_str());
    }

    pub(super) fn is_blank(&self) -> bool {
        let fields = [
            &self.tenant_name,
            &self.tenant_id,
            &self.application_name,
            &self.client_id,
            &self.expiry,
            &self.app_id_uri,
        ];
        fields.iter().all(|field| field.is_blank()) && self.secret.is_blank()
    }

    pub(super) fn apply(&mut self) -> Option<AppAccess> {
        self.settle();
        let access = self.access().ok()?;
        self.verification.fresh(&access)?;
        self.verification.accept(&access);
        Some(access)
    }
}
