//! The server apps that the site has been given before, to fill the fields of *Import Apps* from; all but secret key and expiry,
//! which no site tells. A convenience: nothing waits for the answer, and nothing is lost where there is none.

use super::checked::Checked;
use super::{App, Wizard};
use crate::flow::effect::SiteAccess;
use crate::flow::{Asker, Query, TextField, Ticket};
use crate::model::{KnownApp, Result as Answered, SiteCode};

/// What the site has said so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer<'a> {
    /// It is being asked.
    Asking,
    /// It knows these; at least one.
    Apps(&'a [KnownApp]),
    /// It knows none.
    Nothing,
    /// It did not say.
    Untold,
}

/// The apps, and the one that has filled the fields.
#[derive(Default)]
pub(super) struct KnownApps {
    asked: Checked<SiteAccess, Vec<KnownApp>>,
    filled: Option<Filled>,
}

/// What an app has put into the fields, and what stood there before.
struct Filled {
    app: KnownApp,
    fields: Vec<(TextField, String)>,
    environment: (usize, usize),
}

impl KnownApps {
    /// Asks the site, unless it has said it already.
    pub(super) fn ask(&mut self, site: &SiteAccess, asker: &mut Asker) {
        if self.asked.is_new(site) || self.asked.failure(site).is_some() {
            asker.abandon(self.asked.stop());
            let ticket = asker.query(Query::KnownApps(site.duplicate()));
            self.asked.ask(site.duplicate(), ticket);
        }
    }

    pub(super) fn stop(&mut self, asker: &mut Asker) {
        asker.abandon(self.asked.stop());
    }

    pub(super) fn take(&mut self, ticket: Ticket, answer: Answered<Vec<KnownApp>>) -> bool {
        self.asked.answer(ticket, answer)
    }

    fn offer(&self, site: &SiteAccess) -> Option<Offer<'_>> {
        match self.asked.of(site).map(Vec::as_slice) {
            Some([]) => Some(Offer::Nothing),
            Some(apps) => Some(Offer::Apps(apps)),
            None if self.asked.is_asking(site) => Some(Offer::Asking),
            None => self.asked.failure(site).map(|_| Offer::Untold),
        }
    }
}

impl Wizard {
    /// The accepted site, and what it has said of the apps it knows.
    pub fn known_apps(&self) -> Option<(&SiteCode, Offer<'_>)> {
        let site = self.accepted.site.as_ref()?;
        Some((&site.identity.code, self.app.known.offer(&site.access)?))
    }

    pub(super) fn ask_known_apps(&mut self, asker: &mut Asker) {
        if let Some(site) = &self.accepted.site {
            self.app.known.ask(&site.access, asker);
        }
    }
}

impl App {
    /// The known app that has filled the fields, while the IDs are still its own.
    pub fn filled_from(&self) -> Option<&KnownApp> {
        let app = &self.known.filled.as_ref()?.app;
        let same = self.tenant_id.parse() == Ok(app.tenant_id) && self.client_id.parse() == Ok(app.client_id);
        same.then_some(app)
    }

    /// Fills the fields from an app that the site knows. What it does not tell stays as it is typed.
    pub fn fill_from(&mut self, app: &KnownApp, asker: &mut Asker) {
        self.unfill();
        asker.abandon(self.document.forget()); // what is said of it is about other values
        let fields = self.fillable().into_iter().zip(told(app)).map(|(field, told)| {
            if told.is_empty() {
                return (field.clone(), field.text.clone());
            }
            (std::mem::replace(field, TextField::holding(told.as_str())), told)
        });
        let fields = fields.collect();
        let typed = self.environment;
        let offered = |name: &String| self.environments.iter().position(|each| each.name == *name);
        self.environment = app.environment.as_ref().and_then(offered).unwrap_or(typed);
        self.known.filled = Some(Filled {
            app: app.clone(),
            fields,
            environment: (typed, self.environment),
        });
    }

    /// Brings back what stood in the fields before; what was typed over since stays.
    pub fn unfill(&mut self) {
        let Some(filled) = self.known.filled.take() else { return };
        for (field, (typed, told)) in self.fillable().into_iter().zip(filled.fields) {
            if field.text == told {
                *field = typed;
            }
        }
        let (typed, told) = filled.environment;
        if self.environment == told {
            self.environment = typed;
        }
    }

    fn fillable(&mut self) -> [&mut TextField; 5] {
        [
            &mut self.tenant_name,
            &mut self.tenant_id,
            &mut self.application_name,
            &mut self.client_id,
            &mut self.app_id_uri,
        ]
    }
}

/// In the order of [`App::fillable`].
fn told(app: &KnownApp) -> [String; 5] {
    [
        app.tenant_name.clone(),
        app.tenant_id.to_string(),
        app.name.clone(),
        app.client_id.to_string(),
        app.app_id_uri.clone(),
    ]
}
