//! What has been accepted, page by page, and whether the pages still hold it: what *Confirm* is drawn from.

use super::general::AcceptedSite;
use super::place::AcceptedPlace;
use super::service::AcceptedService;
use super::{Page, Wizard};
use crate::flow::Command;
use crate::flow::TextField;
use crate::flow::effect::AppAccess;
use crate::model::connection::SetupSecrets;
use crate::model::schedule::Every;
use crate::model::{History, ResourceGroupId, SecretKey, Setup};

/// What has been accepted, page by page.
#[derive(Default)]
pub(super) struct Accepted {
    pub(super) site: Option<AcceptedSite>,
    pub(super) service: Option<AcceptedService>,
    pub(super) app: Option<AppAccess>,
    pub(super) place: Option<AcceptedPlace>,
}

/// Keeps a newly accepted value; where there is none, the earlier one stays.
pub(super) fn keep<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    let some = value.is_some();
    if some {
        *place = value;
    }
    some
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

impl Accepted {
    fn plan(&self) -> Option<Plan<'_>> {
        Some(Plan {
            site: self.site.as_ref()?,
            service: self.service.as_ref()?,
            app: self.app.as_ref()?,
            place: self.place.as_ref()?,
        })
    }

    /// All that was accepted as a set-up with its secrets, whatever the pages hold by now.
    #[cfg(test)]
    pub(super) fn setup(&self) -> Option<(Setup, SetupSecrets)> {
        self.plan().map(|plan| plan.setup())
    }

    /// The command that makes it: anew, or under the identity of the connection that is taken over;
    /// and then has this machine publish it so often.
    pub(super) fn command(&self, schedule: Option<Every>) -> Option<Command> {
        let plan = self.plan()?;
        let (setup, secrets) = plan.setup();
        let setup = Box::new(setup);
        Some(match &plan.place.adopted {
            Some(found) => Command::Adopt(setup, secrets, found.id, schedule),
            None => Command::Create(setup, secrets, schedule),
        })
    }
}

impl Plan<'_> {
    fn setup(&self) -> (Setup, SetupSecrets) {
        let history = self.place.history.as_ref();
        let elsewhere = |group: &&ResourceGroupId| **group != self.place.workspace.id.group();
        let rule_group = history.map(|history| &history.rule_group).filter(elsewhere);
        let setup = Setup {
            name: self.service.name.clone(),
            description: self.service.description.clone(),
            environment: self.app.environment.clone(),
            app: self.app.app.clone(),
            workspace: self.place.workspace.id.clone(),
            site: self.site.access.connection.clone(),
            collections: self.place.collections.iter().map(|each| each.id.clone()).collect(),
            members: self.place.members,
            history: history.map_or(History::Off, |_| History::On),
            rule_group: rule_group.cloned(),
            import: self.service.import,
        };
        let secrets = SetupSecrets {
            client_secret: self.app.secret.duplicate(),
            site_password: self.site.access.duplicate().password,
        };
        (setup, secrets)
    }
}

/// Two things can become of what was accepted: the page holds something else by now (`holds_…` is no longer true), or what it
/// holds no longer has the answer that it was accepted on (`…_stands` is no longer true).
impl Wizard {
    /// All that will be made, as accepted; nothing once any page holds something else.
    pub fn plan(&self) -> Option<Plan<'_>> {
        let plan = self.accepted.plan()?;
        self.changed_page().is_none().then_some(plan)
    }

    /// The same as a set-up with its secrets.
    pub fn setup(&self) -> Option<(Setup, SetupSecrets)> {
        self.plan().map(|plan| plan.setup())
    }

    /// The first page that no longer holds what was accepted on it.
    pub fn changed_page(&self) -> Option<Page> {
        // The cloud is accepted together with the app that was verified there.
        let cloud = self.accepted.app.is_none() || self.holds_environment();
        let pages: [(Page, &dyn Fn() -> bool); 5] = [
            (Page::General, &|| self.site_stands()),
            (Page::AzureServices, &|| self.holds_service()),
            (Page::App, &|| cloud),
            (Page::ImportApps, &|| self.app_stands()),
            (Page::Configuration, &|| self.place_stands()),
        ];
        pages.into_iter().find(|(_, stands)| !stands()).map(|(page, _)| page)
    }

    /// Whether the page holds something else than what was accepted on it.
    pub fn is_edited(&self) -> bool {
        let accepted = &self.accepted;
        match self.page {
            Page::General => accepted.site.is_some() && !self.holds_site(),
            Page::AzureServices => accepted.service.is_some() && !self.holds_service(),
            Page::App => accepted.app.is_some() && !self.holds_environment(),
            Page::ImportApps => accepted.app.is_some() && !self.holds_app(),
            Page::Configuration => accepted.place.is_some() && !self.holds_place(),
            Page::Confirm | Page::Progress | Page::Completion => false,
        }
    }

    /// Brings the page back to what was accepted on it, where something was.
    pub fn revert(&mut self) {
        let accepted = &self.accepted;
        match self.page {
            Page::General => {
                if let Some(site) = &accepted.site {
                    self.general.revert(&site.access);
                }
            }
            Page::AzureServices => {
                if let Some(service) = &accepted.service {
                    self.service.name = TextField::holding(service.name.to_string());
                    self.service.description = service.description.clone();
                }
            }
            Page::App => {
                if let Some(access) = &accepted.app {
                    self.app.revert_environment(access);
                }
            }
            Page::ImportApps => {
                if let Some(access) = &accepted.app {
                    self.app.revert(access);
                }
            }
            Page::Configuration => {
                if let Some(place) = &accepted.place {
                    self.place.revert(place);
                }
            }
            Page::Confirm | Page::Progress | Page::Completion => {}
        }
    }

    fn holds_site(&self) -> bool {
        let typed = self.general.access().ok();
        typed
            .zip(self.accepted.site.as_ref())
            .is_some_and(|(now, then)| now == then.access)
    }

    fn site_stands(&self) -> bool {
        self.holds_site() && self.general.site().is_some()
    }

    fn holds_service(&self) -> bool {
        let typed = self.service.name().ok();
        typed.zip(self.accepted.service.as_ref()).is_some_and(|(name, then)| {
            name.as_str() == then.name.as_str() && self.service.description.trim() == then.description
        })
    }

    fn holds_environment(&self) -> bool {
        let accepted = self.accepted.app.as_ref().map(|access| &access.environment);
        accepted.is_some() && self.app.chosen_environment() == accepted
    }

    /// The app alone, in whichever cloud.
    fn holds_app(&self) -> bool {
        let typed = self.app.registration().ok();
        let same = |((app, secret), then): (_, &AppAccess)| {
            app == then.app && SecretKey::expose(&secret) == then.secret.expose()
        };
        typed.zip(self.accepted.app.as_ref()).is_some_and(same)
    }

    fn app_stands(&self) -> bool {
        self.holds_environment() && self.holds_app() && self.app.is_verified()
    }

    fn holds_place(&self) -> bool {
        self.accepted
            .place
            .as_ref()
            .is_some_and(|place| self.place.holds(place))
    }

    fn place_stands(&self) -> bool {
        let ready = |(app, site)| self.place.is_ready(&app, &site);
        self.holds_place() && self.app_and_site().is_some_and(ready)
    }
}
