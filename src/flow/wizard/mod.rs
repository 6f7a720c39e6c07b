//! *Configure Azure Services*: the pages, what has been accepted on each, and the way from one to the next.
//!
//! | file | page |
//! | --- | --- |
//! | [`general`] | *General*: prerequisites, and the connection to the site |
//! | [`service`] | *Azure Services*: name and description |
//! | [`app`] | *App* and *Import Apps* |
//! | [`place`], [`picker`] | *Configuration*: workspace and collections; the dialog that adds collections |
//! | [`creation`] | *Progress* and *Completion* |
//! | [`checked`] | an answer that counts only for the question it was given to |
//!
//! Life of a page: `enter` asks for what it needs; *Next* applies it (what is typed is parsed, checked, and accepted) and moves
//! on; *Back* moves and loses nothing; [`Wizard::revert`] brings back what was accepted. [`Wizard::setup`] is drawn from what
//! was accepted, and is there only while every page still holds exactly that: an edit anywhere takes it away.

use crate::flow::effect::{AppAccess, Created, FilePurpose, SiteAccess, Unfinished};
use crate::flow::{Answer, Asker, Command, RunId, SecretText, TextField, Ticket};
use crate::model::connection::SetupSecrets;
use crate::model::plan::Progress;
use crate::model::report::Standing;
use crate::model::{Connection, ConnectionName, Environment, History, SecretKey, Setup, SignIn, SiteConnection};

pub mod app;
pub mod checked;
pub mod creation;
pub mod general;
pub mod picker;
pub mod place;
pub mod service;
#[cfg(test)]
mod tests;

pub use app::{App, AppField};
pub use checked::Checked;
pub use creation::{Creation, StepState};
pub use general::{General, Prerequisite, TrustChoice};
pub use picker::Picker;
pub use place::Place;
pub use service::Service;

use general::AcceptedSite;
use place::AcceptedPlace;
use service::AcceptedService;

/// The pages, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Page {
    /// Prerequisites and the site.
    General,
    /// Name and service.
    AzureServices,
    /// Cloud and web app.
    App,
    /// The app registration, verified.
    ImportApps,
    /// Workspace and collections.
    Configuration,
    /// All that will be made.
    Confirm,
    /// It is being made.
    Progress,
    /// It is made.
    Completion,
}

impl Page {
    /// All pages.
    pub const ALL: [Self; 8] = [
        Self::General,
        Self::AzureServices,
        Self::App,
        Self::ImportApps,
        Self::Configuration,
        Self::Confirm,
        Self::Progress,
        Self::Completion,
    ];

    fn after(self) -> Option<Self> {
        Self::ALL.into_iter().find(|page| *page > self)
    }

    fn before(self) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|page| *page < self)
    }
}

/// Something to answer before the wizard goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Leave, though what was typed is lost?
    Leave,
    /// Stop what is being made?
    Stop,
    /// It was not finished: take away what stands, or leave it to be finished later?
    Unfinished(Standing),
}

/// What has been accepted, page by page.
#[derive(Default)]
struct Accepted {
    site: Option<AcceptedSite>,
    service: Option<AcceptedService>,
    app: Option<AppAccess>,
    place: Option<AcceptedPlace>,
}

/// The wizard.
pub struct Wizard {
    page: Page,
    /// *General*; edited in place.
    pub general: General,
    /// *Azure Services*; edited in place.
    pub service: Service,
    /// *App* and *Import Apps*; edited in place.
    pub app: App,
    /// *Configuration*; edited in place.
    pub place: Place,
    accepted: Accepted,
    creation: Option<Creation>,
    resumed: Option<Connection>,
    /// What waits for an answer.
    pub question: Option<Question>,
    /// The field to which the focus goes next, once.
    pub go_to: Option<AppField>,
    over: bool,
}

/// What Confirm shows: all that will be made. No secret in it.
pub struct Plan<'a> {
    /// The site's way in.
    pub site: &'a AcceptedSite,
    /// Name and description.
    pub service: &'a AcceptedService,
    /// Cloud and app.
    pub app: &'a AppAccess,
    /// Workspace and collections.
    pub place: &'a AcceptedPlace,
}

impl Wizard {
    /// A wizard at its first page. `taken` are names that exist; `known` is a site that another connection of this account uses.
    pub fn new(environments: Vec<Environment>, taken: Vec<ConnectionName>, known: Option<&SiteConnection>) -> Self {
        let mut wizard = Self {
            page: Page::General,
            general: General::default(),
            service: Service::default(),
            app: App::new(environments),
            place: Place::default(),
            accepted: Accepted::default(),
            creation: None,
            resumed: None,
            question: None,
            go_to: None,
            over: false,
        };
        wizard.service.taken = taken;
        if let Some(known) = known {
            wizard.general.prefill(known);
        }
        wizard
    }

    /// A wizard that goes on with a connection that was not finished, at Progress.
    pub fn resume(connection: Connection, asker: &mut Asker) -> Self {
        let mut wizard = Self::new(Vec::new(), Vec::new(), None);
        let run = asker.command(Command::Finish(connection.setup.name.clone(), None));
        wizard.creation = Some(Creation::new(run, !connection.setup.collections.is_empty()));
        wizard.resumed = Some(connection);
        wizard.page = Page::Progress;
        wizard
    }

    /// The page that is shown.
    pub fn page(&self) -> Page {
        self.page
    }

    /// Whether the wizard is done with and can go.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The connection's name, as far as it is known.
    pub fn name(&self) -> Option<&ConnectionName> {
        let accepted = self.accepted.service.as_ref().map(|service| &service.name);
        accepted.or_else(|| self.resumed.as_ref().map(|connection| &connection.setup.name))
    }

    /// What is being made.
    pub fn creation(&self) -> Option<&Creation> {
        self.creation.as_ref()
    }

    /// The fields for secrets that have to be typed again; edited in place.
    pub fn creation_secrets(&mut self) -> Option<(&mut SecretText, &mut SecretText)> {
        let creation = self.creation.as_mut().filter(|creation| creation.needs_secrets())?;
        Some((&mut creation.secret, &mut creation.password))
    }

    /// Whether the site of what is being made signs in with a password.
    pub fn creation_needs_password(&self) -> bool {
        let resumed = self.resumed.as_ref();
        resumed.is_none_or(|connection| matches!(connection.setup.site.sign_in, SignIn::Account(_)))
    }

    /// The app as typed, and the site as typed, where both hold what they should.
    pub fn accesses(&self) -> Option<(AppAccess, SiteAccess)> {
        Some((self.app.access().ok()?, self.general.access().ok()?))
    }

    /// Whether Next leads on from this page as it is now.
    pub fn may_go_on(&self) -> bool {
        match self.page {
            Page::General => self.general.site().is_some(),
            Page::AzureServices => self.service.name().is_ok(),
            Page::App => self.app.chosen_environment().is_some(),
            Page::ImportApps => self.app.is_verified(),
            Page::Configuration => self
                .app
                .access()
                .is_ok_and(|access| self.place.apply(&access).is_some()),
            Page::Confirm => self.setup().is_some() && self.creation.is_none(),
            Page::Progress => self
                .creation
                .as_ref()
                .is_some_and(|creation| creation.created().is_some()),
            Page::Completion => true,
        }
    }

    /// Whether Back leads anywhere from this page. Not once something has been made.
    pub fn may_go_back(&self) -> bool {
        self.page.before().is_some() && self.page <= Page::Confirm
    }

    /// Next: applies the page, and moves on where it holds what it should.
    pub fn next(&mut self, asker: &mut Asker) {
        if self.question.is_some() || !self.apply(asker) {
            return;
        }
        if self.page == Page::Completion {
            self.over = true;
            return;
        }
        if let Some(next) = self.page.after() {
            self.enter(next, asker);
        }
    }

    /// Back: nothing that was accepted or typed is lost.
    pub fn back(&mut self, asker: &mut Asker) {
        if let Some(before) = self
            .page
            .before()
            .filter(|_| self.may_go_back() && self.question.is_none())
        {
            self.enter(before, asker);
        }
    }

    /// Straight to a page that lies behind: the page list.
    pub fn go_back_to(&mut self, page: Page, asker: &mut Asker) {
        if page < self.page && self.may_go_back() && self.question.is_none() {
            self.enter(page, asker);
        }
    }

    fn enter(&mut self, page: Page, asker: &mut Asker) {
        self.page = page;
        if page == Page::Configuration
            && let Some((app, site)) = self.accesses()
        {
            self.place.enter(&app, &site, asker);
        }
    }

    fn apply(&mut self, asker: &mut Asker) -> bool {
        match self.page {
            Page::General => {
                self.general.settle();
                let site = self.general.apply();
                keep(&mut self.accepted.site, site)
            }
            Page::AzureServices => {
                let service = self.service.apply();
                keep(&mut self.accepted.service, service)
            }
            Page::App => self.app.chosen_environment().is_some(),
            Page::ImportApps => {
                let app = self.app.apply();
                keep(&mut self.accepted.app, app)
            }
            Page::Configuration => {
                let place = self.app.access().ok().and_then(|access| self.place.apply(&access));
                keep(&mut self.accepted.place, place)
            }
            Page::Confirm => self.create(asker),
            Page::Progress | Page::Completion => self.may_go_on(),
        }
    }

    /// Brings the page back to what was accepted on it, where something was.
    pub fn revert(&mut self) {
        let accepted = &self.accepted;
        match self.page {
            Page::General => {
                if let Some(site) = &accepted.site {
                    self.general.prefill(&site.access.connection);
                    let password = site.access.password.as_ref();
                    self.general.password = SecretText::holding(password.map_or("", |password| password.expose()));
                }
            }
            Page::AzureServices => {
                if let Some(service) = &accepted.service {
                    self.service.name = TextField::holding(service.name.to_string());
                    self.service.description = service.description.clone();
                }
            }
            Page::App | Page::ImportApps => {
                if let Some(access) = &accepted.app {
                    self.app.revert(access);
                }
            }
            Page::Configuration => {
                if let (Some(place), Some(access)) = (&accepted.place, &accepted.app) {
                    self.place.revert(place, access);
                }
            }
            Page::Confirm | Page::Progress | Page::Completion => {}
        }
    }

    /// Whether the page holds something else than what was accepted on it.
    pub fn is_edited(&self) -> bool {
        match self.page {
            Page::General => self.accepted.site.is_some() && !self.site_stands(),
            Page::AzureServices => self.accepted.service.is_some() && !self.service_stands(),
            Page::App | Page::ImportApps => self.accepted.app.is_some() && !self.app_stands(),
            Page::Configuration => self.accepted.place.is_some() && !self.place_stands(),
            Page::Confirm | Page::Progress | Page::Completion => false,
        }
    }

    fn site_stands(&self) -> bool {
        let accepted = self.accepted.site.as_ref();
        self.general
            .apply()
            .zip(accepted)
            .is_some_and(|(now, then)| now.access == then.access)
    }

    fn service_stands(&self) -> bool {
        let name = self.service.name().ok();
        let accepted = self.accepted.service.as_ref();
        let same = |(name, then): (ConnectionName, &AcceptedService)| {
            name.as_str() == then.name.as_str() && self.service.description.trim() == then.description
        };
        name.zip(accepted).is_some_and(same)
    }

    fn app_stands(&self) -> bool {
        let verified = self.app.access().ok().filter(|_| self.app.is_verified());
        verified.is_some() && verified == self.accepted.app.as_ref().map(AppAccess::duplicate)
    }

    fn place_stands(&self) -> bool {
        let now = self.app.access().ok().and_then(|access| self.place.apply(&access));
        now.is_some() && now == self.accepted.place
    }

    /// The first page that no longer holds what was accepted on it.
    pub fn changed_page(&self) -> Option<Page> {
        let pages = [
            (Page::General, self.site_stands()),
            (Page::AzureServices, self.service_stands()),
            (Page::ImportApps, self.app_stands()),
            (Page::Configuration, self.place_stands()),
        ];
        pages.into_iter().find(|(_, stands)| !stands).map(|(page, _)| page)
    }

    /// All that will be made, as accepted; nothing once any page holds something else.
    pub fn plan(&self) -> Option<Plan<'_>> {
        let plan = Plan {
            site: self.accepted.site.as_ref()?,
            service: self.accepted.service.as_ref()?,
            app: self.accepted.app.as_ref()?,
            place: self.accepted.place.as_ref()?,
        };
        self.changed_page().is_none().then_some(plan)
    }

    /// The same as a set-up with its secrets.
    pub fn setup(&self) -> Option<(Setup, SetupSecrets)> {
        let plan = self.plan()?;
        let setup = Setup {
            name: plan.service.name.clone(),
            description: plan.service.description.clone(),
            environment: plan.app.environment.clone(),
            app: plan.app.app.clone(),
            workspace: plan.place.workspace.id.clone(),
            site: plan.site.access.connection.clone(),
            collections: plan.place.collections.iter().map(|each| each.id.clone()).collect(),
            history: History::Off,
            import: true,
        };
        let secrets = SetupSecrets {
            client_secret: plan.app.secret.duplicate(),
            site_password: plan.site.access.duplicate().password,
        };
        Some((setup, secrets))
    }

    fn create(&mut self, asker: &mut Asker) -> bool {
        if self.creation.is_some() {
            return false;
        }
        let Some((setup, secrets)) = self.setup() else {
            return false;
        };
        let publishes = !setup.collections.is_empty();
        let run = asker.command(Command::Create(Box::new(setup), secrets));
        self.creation = Some(Creation::new(run, publishes));
        true
    }

    /// Goes on from the step that failed. Where the keyring has no secrets, those that were typed again go along.
    pub fn retry(&mut self, asker: &mut Asker) {
        let failed = self
            .creation
            .as_ref()
            .filter(|creation| creation.unfinished().is_some());
        let Some(needs_secrets) = failed.map(Creation::needs_secrets) else {
            return;
        };
        let typed = self.typed_secrets();
        if needs_secrets && typed.is_none() {
            return;
        }
        let command = match (&self.resumed, self.setup()) {
            (None, Some((setup, secrets))) => Command::Create(Box::new(setup), secrets),
            (Some(connection), _) => Command::Finish(connection.setup.name.clone(), typed),
            (None, None) => return,
        };
        let run = asker.command(command);
        if let Some(creation) = &mut self.creation {
            creation.again(run);
        }
    }

    fn typed_secrets(&self) -> Option<SetupSecrets> {
        let creation = self.creation.as_ref()?;
        let client_secret: SecretKey = creation.secret.key().ok()?;
        let site_password = creation.password.password().ok();
        if self.creation_needs_password() && site_password.is_none() {
            return None;
        }
        Some(SetupSecrets {
            client_secret,
            site_password,
        })
    }

    /// Back to the pages after a failed attempt, to correct something. Only while nothing of it stands.
    pub fn correct(&mut self) {
        if self.can_correct() {
            self.creation = None;
            self.page = Page::Confirm;
        }
    }

    /// Whether [`Wizard::correct`] is possible.
    pub fn can_correct(&self) -> bool {
        let unfinished = self.creation.as_ref().and_then(Creation::unfinished);
        self.resumed.is_none() && unfinished.is_some_and(|unfinished| unfinished.standing == Standing::Nothing)
    }

    /// Cancel, Escape, or the window's own close button. Asks first where something would be lost or left.
    pub fn cancel(&mut self, asker: &mut Asker) {
        match (self.page, &self.creation) {
            (Page::Completion, _) => self.over = true,
            (_, Some(creation)) if creation.is_running() => self.question = Some(Question::Stop),
            (_, Some(creation)) => match creation.unfinished() {
                Some(unfinished) if unfinished.standing != Standing::Nothing => {
                    self.question = Some(Question::Unfinished(unfinished.standing));
                }
                Some(_) | None => self.over = true,
            },
            (_, None) if self.is_blank() => self.leave(asker),
            (_, None) => self.question = Some(Question::Leave),
        }
    }

    /// Whether nothing was typed that would be lost.
    fn is_blank(&self) -> bool {
        let untouched = self.accepted.site.is_none() && self.general.is_blank();
        untouched && self.service.is_blank() && self.app.is_blank() && self.place.is_blank()
    }

    fn leave(&mut self, asker: &mut Asker) {
        self.general.stop(asker);
        self.app.stop(asker);
        self.place.stop(asker);
        self.over = true;
    }

    /// No: stays where it was.
    pub fn stay(&mut self) {
        self.question = None;
    }

    /// Yes: leaves, stops, or leaves what stands to be finished later.
    pub fn confirm(&mut self, asker: &mut Asker) {
        match self.question.take() {
            Some(Question::Leave) => self.leave(asker),
            Some(Question::Stop) => {
                if let Some(creation) = self.creation.as_mut().filter(|creation| creation.is_running()) {
                    creation.ask_to_stop();
                    asker.stop(creation.run());
                }
            }
            Some(Question::Unfinished(_)) => self.over = true,
            None => {}
        }
    }

    /// Takes away what stands of an unfinished connection, and leaves. Answers the command, for whoever follows it.
    pub fn take_away(&mut self, asker: &mut Asker) -> Option<(RunId, ConnectionName)> {
        let Some(Question::Unfinished(_)) = self.question.take() else {
            return None;
        };
        let name = self.name()?.clone();
        self.over = true;
        let run = asker.command(Command::Remove {
            name: name.clone(),
            keep_groups: false,
        });
        Some((run, name))
    }

    /// Takes an answer. Answers whether anybody here waited for it.
    pub fn answer(&mut self, ticket: Ticket, answer: Answer, asker: &mut Asker) -> bool {
        match answer {
            Answer::Site(answer) => {
                let taken = self.general.reading.answer(ticket, answer);
                if taken {
                    self.general.after_answer(asker);
                }
                taken
            }
            Answer::Certificate(answer) => self.general.certificate.answer(ticket, answer),
            Answer::Verify(answer) => self.app.verification.answer(ticket, answer),
            Answer::AppFile(answer) => self.app.take_document(ticket, answer),
            Answer::Workspaces(answer) => {
                let taken = self.place.visible.answer(ticket, answer);
                if let Some((app, _)) = self.accesses().filter(|_| taken) {
                    self.place.after_visible(&app, asker);
                }
                taken
            }
            Answer::Rights(answer) => self.place.rights.answer(ticket, answer),
            Answer::Collections(answer) => {
                let taken = self.place.collections.answer(ticket, answer);
                if let Some((_, site)) = self.accesses().filter(|_| taken) {
                    self.place.after_collections(&site);
                }
                taken
            }
            Answer::Connections(_) | Answer::Inventory(_) => false,
        }
    }

    /// Hears how far a query is.
    pub fn hear_query(&mut self, ticket: Ticket, progress: &Progress) {
        self.general.reading.hear(ticket, progress.clone());
        self.app.verification.hear(ticket, progress.clone());
        self.place.visible.hear(ticket, progress.clone());
        self.place.rights.hear(ticket, progress.clone());
        self.place.collections.hear(ticket, progress.clone());
    }

    /// Hears how far the making is.
    pub fn hear(&mut self, run: RunId, progress: Progress) {
        if let Some(creation) = self.creation.as_mut().filter(|creation| creation.run() == run) {
            creation.hear(progress);
        }
    }

    /// The making has ended. Answers whether it was this wizard's.
    pub fn ended(&mut self, run: RunId, end: &Result<Box<Created>, Unfinished>) -> bool {
        let Some(creation) = self.creation.as_mut().filter(|creation| creation.run() == run) else {
            return false;
        };
        creation.finish(end.clone());
        if self.question == Some(Question::Stop) {
            self.question = None; // there is nothing to stop any more
        }
        if end.is_ok() {
            self.page = Page::Completion;
        }
        true
    }

    /// A person has chosen a file.
    pub fn file_picked(&mut self, purpose: FilePurpose, path: std::path::PathBuf, asker: &mut Asker) {
        match purpose {
            FilePurpose::App => self.app.open(path, asker),
            FilePurpose::SiteRoot => {
                self.general.trust = TrustChoice::RootFile;
                self.general.root_file.text = path.display().to_string();
            }
        }
    }
}

/// Keeps a newly accepted value; where there is none, the earlier one stays.
fn keep<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    let some = value.is_some();
    if some {
        *place = value;
    }
    some
}
