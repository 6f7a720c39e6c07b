//! *Configure Azure Services*: the pages, what has been accepted on each, and the way from one to the next.
//!
//! | file | page |
//! | --- | --- |
//! | [`general`] | *General*: prerequisites, and the connection to the site |
//! | [`service`] | *Azure Services*: name and description |
//! | [`app`], [`known`] | *App* and *Import Apps*; the apps that the site knows |
//! | [`place`] | *Configuration*: workspace, history and collections |
//! | [`schedule`] | *Confirm*: whether this machine is to keep the connection up to date |
//! | `listed`, [`picker`] | the site's collections, looked through; the dialog that adds some |
//! | [`accepted`] | *Confirm*: what was accepted, whether it still stands, and the set-up made of it |
//! | [`creation`], `making` | *Progress* and *Completion*: one attempt after another, and the wizard's part in it |
//! | [`leaving`] | Cancel, and the questions before anything is lost |
//! | [`checked`] | an answer that counts only for the question it was given to |
//!
//! Life of a page: `enter` asks for what it needs; *Next* applies it (what is typed is parsed, checked, and accepted) and moves
//! on; *Back* moves and loses nothing; [`Wizard::revert`] brings back what was accepted. [`Wizard::setup`] is drawn from what
//! was accepted, and is there only while every page still holds exactly that: an edit anywhere takes it away.

use crate::flow::effect::{AppAccess, FilePurpose, SiteAccess};
use crate::flow::{Answer, Asker, Command, Ticket};
use crate::model::person::PersonSeen;
use crate::model::plan::Progress;
use crate::model::{Connection, ConnectionName, Environment, History, Result as Answered, Setup};

pub mod accepted;
pub mod app;
pub mod checked;
pub mod creation;
pub mod general;
pub mod known;
pub mod leaving;
mod listed;
mod making;
pub mod picker;
pub mod place;
pub mod schedule;
pub mod service;
#[cfg(test)]
mod tests;

pub use accepted::Plan;
pub use app::{App, AppField, Layer};
pub use checked::Checked;
pub use creation::{Creation, StepState};
pub use general::{
    Distrust, General, KnownSite, OfferedCertificate, Prerequisite, SignInChoice, Suggestion, TrustChoice,
};
pub use known::Offer;
pub use leaving::Question;
pub use listed::Listed;
pub use picker::Picker;
pub use place::{Commands, Help, HistoryChoice, Place};
pub use schedule::{ScheduleOffer, ScheduleWish};
pub use service::Service;

use accepted::{Accepted, keep};
use creation::Extent;
use place::SiteHere;

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
    /// The schedule that *Confirm* offers; edited in place.
    pub schedule: ScheduleWish,
    accepted: Accepted,
    creation: Option<Creation>,
    resumed: Option<Connection>,
    /// What waits for an answer.
    pub question: Option<Question>,
    /// The field to which the focus goes next, once.
    pub go_to: Option<AppField>,
    over: bool,
}

impl Wizard {
    /// A wizard at its first page. `taken` are names that exist; `known` are the sites that connections of this account use;
    /// the last one is filled in.
    pub fn new(
        environments: Vec<Environment>,
        taken: Vec<ConnectionName>,
        known: impl IntoIterator<Item = KnownSite>,
    ) -> Self {
        let mut wizard = Self {
            page: Page::General,
            general: General::default(),
            service: Service::default(),
            app: App::new(environments),
            place: Place::default(),
            schedule: ScheduleWish::default(),
            accepted: Accepted::default(),
            creation: None,
            resumed: None,
            question: None,
            go_to: None,
            over: false,
        };
        wizard.service.taken = taken;
        wizard.general.remember(known);
        wizard
    }

    /// A wizard at its first page that holds a whole set-up already: all but the secrets.
    pub fn holding(setup: Setup, environments: Vec<Environment>, taken: Vec<ConnectionName>) -> Self {
        let mut wizard = Self::new(environments, taken, None);
        wizard.place.hold(&setup);
        wizard.general.hold(setup.site);
        wizard.service.hold(setup.name, setup.description, setup.import);
        wizard.app.hold(setup.environment, &setup.app);
        wizard
    }

    /// A wizard that goes on with a connection that was not finished, at Progress.
    pub fn resume(connection: Connection, asker: &mut Asker) -> Self {
        let mut wizard = Self::new(Vec::new(), Vec::new(), None);
        let run = asker.command(Command::Finish(connection.setup.name.clone(), None));
        let extent = Extent {
            publishes: !connection.setup.collections.is_empty(),
            history: connection.setup.history == History::On,
            adopts: false,
            schedule: None, // nobody was asked
        };
        wizard.creation = Some(Creation::new(run, extent, true));
        wizard.resumed = Some(connection);
        wizard.schedule.ask(asker); // Completion says what can be done
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

    /// The app as typed, and the site as typed, where both hold what they should.
    pub fn accesses(&self) -> Option<(AppAccess, SiteAccess)> {
        Some((self.app.access().ok()?, self.general.access().ok()?))
    }

    /// The app as typed, and which site is typed.
    fn app_and_site(&self) -> Option<(AppAccess, SiteHere)> {
        Some((self.app.access().ok()?, self.site_here()?))
    }

    /// Which site is typed.
    pub fn site_here(&self) -> Option<SiteHere> {
        Some(SiteHere {
            provider: self.general.provider.parse().ok()?,
            code: self.general.site().map(|reading| reading.identity.code.clone()),
        })
    }

    /// Whether Next leads on from this page as it is now.
    pub fn may_go_on(&self) -> bool {
        match self.page {
            Page::General => self.general.site().is_some(),
            Page::AzureServices => self.service.name().is_ok(),
            Page::App => self.app.chosen_environment().is_some(),
            Page::ImportApps => self.app.is_verified(),
            Page::Configuration => self
                .app_and_site()
                .is_some_and(|(app, site)| self.place.is_ready(&app, &site)),
            Page::Confirm => self.plan().is_some() && self.creation.is_none(),
            Page::Progress => self
                .creation
                .as_ref()
                .is_some_and(|creation| creation.created().is_some()),
            Page::Completion => true,
        }
    }

    /// Whether the workspace can be used for computer groups, and only history is in the way.
    pub fn lacks_history_only(&self) -> bool {
        self.app.access().is_ok_and(|app| self.place.lacks_history_only(&app))
    }

    /// Whether Back leads anywhere from this page. Not once something has been made.
    pub fn may_go_back(&self) -> bool {
        self.page.before().is_some() && self.page <= Page::Confirm
    }

    /// Next: applies the page, and moves on where it holds what it should.
    pub fn next(&mut self, asker: &mut Asker) {
        if self.over || self.question.is_some() || !self.apply(asker) {
            return;
        }
        if self.page == Page::Completion {
            self.leave(asker);
            return;
        }
        if let Some(next) = self.page.after() {
            self.enter(next, asker);
        }
    }

    /// Back: nothing that was accepted or typed is lost.
    pub fn back(&mut self, asker: &mut Asker) {
        if let Some(before) = self.page.before() {
            self.go_back_to(before, asker);
        }
    }

    /// Straight to a page that lies behind: the page list.
    pub fn go_back_to(&mut self, page: Page, asker: &mut Asker) {
        if page < self.page && self.may_go_back() && self.question.is_none() && !self.over {
            self.enter(page, asker);
        }
    }

    fn enter(&mut self, page: Page, asker: &mut Asker) {
        self.page = page;
        self.general.decline_certificate();
        self.place.picker = None;
        self.place.close_help(asker);
        if page > Page::General {
            // Known long before Confirm offers it.
            self.schedule.ask(asker);
        }
        if matches!(page, Page::App | Page::ImportApps) {
            self.ask_known_apps(asker);
        }
        if page == Page::Configuration
            && let Some((app, site)) = self.accesses()
        {
            self.place.enter(&app, &site, asker);
        }
    }

    fn apply(&mut self, asker: &mut Asker) -> bool {
        match self.page {
            Page::General => {
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
                let place = self
                    .app_and_site()
                    .and_then(|(app, site)| self.place.apply(&app, &site));
                keep(&mut self.accepted.place, place)
            }
            Page::Confirm => self.create(asker),
            Page::Progress | Page::Completion => self.may_go_on(),
        }
    }

    /// Asks for what was found missing where nothing could be asked, as after [`Wizard::revert`]. Cheap where nothing is.
    pub fn attend(&mut self, asker: &mut Asker) {
        if self.place.wants_rights()
            && self.page == Page::Configuration
            && let Ok(app) = self.app.access()
        {
            self.place.attend(&app, asker);
        }
    }

    /// Names that exist now. Not heard any more once something is being made: its own name is one of them then.
    pub(in crate::flow) fn names_taken(&mut self, taken: Vec<ConnectionName>) {
        if self.creation.is_none() {
            self.service.taken = taken;
        }
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
            Answer::Certificate(answer) => self.general.take_certificate(ticket, answer),
            Answer::Verify(answer) => self.app.verification.answer(ticket, answer),
            Answer::AppFile(answer) => self.app.take_document(ticket, answer),
            Answer::KnownApps(answer) => self.app.known.take(ticket, answer),
            Answer::Workspaces(answer) => {
                let taken = self.place.take_visible(ticket, answer);
                self.after_azure(taken, asker)
            }
            Answer::Rights(answer) => {
                let taken = self.place.take_rights(ticket, answer);
                self.after_azure(taken, asker)
            }
            Answer::Collections(answer) => {
                let site = self.general.access().ok();
                self.place.take_collections(ticket, answer, site.as_ref())
            }
            Answer::History(answer) => self.place.history.take(ticket, answer),
            Answer::Person(answer) => self.person(ticket, answer, asker),
            Answer::Schedule(answer) => self.schedule.take(ticket, answer),
            Answer::SaveText(answer) => self.place.take_saved(ticket, answer),
            Answer::Connections(_)
            | Answer::Inventory(_)
            | Answer::Remnants(_)
            | Answer::Relocation(_)
            | Answer::Properties(_)
            | Answer::Seen(_)
            | Answer::Settings(_)
            | Answer::SetupFile(_)
            | Answer::Diagnose(_)
            | Answer::OpenLog(_) => false,
        }
    }

    /// Somebody has signed in: what history needs is looked at anew, with that person's rights.
    fn person(&mut self, ticket: Ticket, answer: Answered<PersonSeen>, asker: &mut Asker) -> bool {
        let signed_in = answer.is_ok();
        let taken = self.place.history.administrator.take(ticket, answer);
        if let (true, true, Ok(app)) = (taken, signed_in, self.app.access()) {
            self.place.ask_history(&app, asker, true);
        }
        taken
    }

    fn after_azure(&mut self, taken: bool, asker: &mut Asker) -> bool {
        // Once something is being made, nothing is chosen any more.
        if taken
            && self.creation.is_none()
            && let Ok(app) = self.app.access()
        {
            self.place.after_azure(&app, asker);
        }
        taken
    }

    /// Hears how far a query is.
    pub fn hear_query(&mut self, ticket: Ticket, progress: &Progress) {
        self.general.reading.hear(ticket, progress.clone());
        self.app.verification.hear(ticket, progress.clone());
        self.place.hear(ticket, progress);
    }

    /// A person has chosen a file, for the page that is shown.
    pub fn file_picked(&mut self, purpose: FilePurpose, path: std::path::PathBuf, asker: &mut Asker) {
        match (purpose, self.page) {
            (FilePurpose::App, Page::App | Page::ImportApps) => self.app.open(path, asker),
            (FilePurpose::SiteRoot, Page::General) => {
                self.general.trust = TrustChoice::RootFile;
                self.general.root_file.text = path.display().to_string();
            }
            (FilePurpose::Commands, Page::Configuration) => {
                if let Ok(app) = self.app.access() {
                    self.place.save_commands(path, &app, asker);
                }
            }
            _ => {} // the page that asked for it is gone
        }
    }
}
