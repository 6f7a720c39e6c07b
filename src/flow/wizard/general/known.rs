//! Sites that need not be typed: those that connections of this account use, and the other SMS Providers of the site that has
//! answered.

use super::General;
use crate::flow::{SecretText, TextField};
use crate::model::{ProviderAddress, SiteCode, SiteConnection, SiteIdentity};

/// A site that a connection of this account uses.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownSite {
    /// The way to it.
    pub connection: SiteConnection,
    /// The site as it was last read, where it was.
    pub identity: Option<SiteIdentity>,
}

/// Something to choose instead of typing it.
#[derive(Debug, Clone, PartialEq)]
pub enum Suggestion {
    /// A way to a site that is in use.
    Known(KnownSite),
    /// An SMS Provider of the site that has answered.
    OfSite(SiteCode, ProviderAddress),
}

impl General {
    /// These sites can be chosen from now on: of each provider and account the last one.
    pub(in crate::flow) fn remember(&mut self, sites: impl IntoIterator<Item = KnownSite>) {
        for site in sites {
            let same = |each: &KnownSite| {
                each.connection.provider == site.connection.provider
                    && each.connection.sign_in == site.connection.sign_in
            };
            self.known.retain(|each| !same(each));
            self.known.push(site);
        }
        if let Some(last) = self.known.last().map(|site| site.connection.clone()) {
            self.prefill(last);
        }
    }

    /// Takes over what another connection of this account has typed once.
    fn prefill(&mut self, known: SiteConnection) {
        self.fill(&known);
        self.forget_password();
        self.prefilled = Some(known);
    }

    /// What can be chosen. Empty where there is nothing but what is typed already.
    pub fn suggestions(&self) -> Vec<Suggestion> {
        let known = self.known.iter().cloned().map(Suggestion::Known);
        let all: Vec<Suggestion> = known.chain(self.of_site()).collect();
        if all.iter().all(|each| self.is_typed(each)) {
            return Vec::new();
        }
        all
    }

    /// The providers of the site that has answered, while one of them is typed; known ones are there already.
    fn of_site(&self) -> Vec<Suggestion> {
        let typed = self.provider.parse::<ProviderAddress>().ok();
        let Some((code, providers)) = self
            .siblings
            .as_ref()
            .filter(|(_, all)| all.iter().any(|each| Some(each) == typed.as_ref()))
        else {
            return Vec::new();
        };
        let is_known = |provider: &ProviderAddress| self.known.iter().any(|site| site.connection.provider == *provider);
        let new = providers.iter().filter(|each| !is_known(each));
        new.map(|each| Suggestion::OfSite(code.clone(), each.clone())).collect()
    }

    /// Whether the page holds this one already.
    pub fn is_typed(&self, suggestion: &Suggestion) -> bool {
        match suggestion {
            Suggestion::Known(site) => self.connection().is_ok_and(|typed| typed == site.connection),
            Suggestion::OfSite(_, provider) => {
                let typed = self.provider.parse::<ProviderAddress>();
                typed.is_ok_and(|typed| typed == *provider)
            }
        }
    }

    /// Fills the page with it. The password is asked for again: it goes to no server that it was not typed for.
    pub fn choose(&mut self, suggestion: Suggestion) {
        if self.is_typed(&suggestion) {
            return;
        }
        match suggestion {
            Suggestion::Known(site) => self.prefill(site.connection),
            Suggestion::OfSite(_, provider) => {
                self.turn_to(&provider);
                self.forget_password();
            }
        }
    }

    /// Another server.
    pub(in crate::flow) fn turn_to(&mut self, provider: &ProviderAddress) {
        self.provider = TextField::holding(provider.to_string());
        self.forget_accepted();
    }

    fn forget_password(&mut self) {
        self.password = SecretText::default();
        self.password_settled = false;
    }

    /// After this provider has answered: all providers of its site, itself first.
    pub(super) fn note_siblings(&mut self, asked: ProviderAddress, site: &SiteIdentity) {
        let told = site.providers.iter().filter_map(|server| server.parse().ok());
        let others: Vec<ProviderAddress> = told
            .filter(|each: &ProviderAddress| each.host() != asked.host())
            .collect();
        self.siblings = Some((site.code.clone(), std::iter::once(asked).chain(others).collect()));
    }
}
