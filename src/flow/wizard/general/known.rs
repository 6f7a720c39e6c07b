//! Sites that need not be typed: those that connections of this account use, and the other SMS Providers of the site that has
//! answered.

use super::{General, TrustChoice};
use crate::flow::{SecretText, TextField};
use crate::model::{ProviderAddress, SiteConnection, SiteIdentity};

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
    OfSameSite(ProviderAddress),
}

impl General {
    /// These sites can be chosen from now on: of each provider and account the last one.
    pub(in crate::flow::wizard) fn remember(&mut self, sites: impl IntoIterator<Item = KnownSite>) {
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
    pub(in crate::flow) fn prefill(&mut self, known: SiteConnection) {
        self.fill(&known);
        self.forget_password();
        self.prefilled = Some(known);
    }

    /// What can be chosen. Empty where there is nothing but what is typed already.
    pub fn suggestions(&self) -> Vec<Suggestion> {
        let is_known = |provider: &ProviderAddress| self.known.iter().any(|site| site.connection.provider == *provider);
        let typed = self.provider.parse().ok();
        let of_same_site = self
            .siblings
            .iter()
            .filter(|_| typed.as_ref().is_some_and(|typed| self.siblings.contains(typed)));
        let of_same_site = of_same_site
            .filter(|each| !is_known(each))
            .cloned()
            .map(Suggestion::OfSameSite);
        let all: Vec<Suggestion> = self
            .known
            .iter()
            .cloned()
            .map(Suggestion::Known)
            .chain(of_same_site)
            .collect();
        if all.iter().all(|each| self.is_typed(each)) {
            return Vec::new();
        }
        all
    }

    /// Whether the page holds this one already.
    pub fn is_typed(&self, suggestion: &Suggestion) -> bool {
        match suggestion {
            Suggestion::Known(site) => self.connection().is_ok_and(|typed| typed == site.connection),
            Suggestion::OfSameSite(provider) => self
                .provider
                .parse()
                .is_ok_and(|typed: ProviderAddress| typed == *provider),
        }
    }

    /// Fills the page with it. The password is asked for again: it goes to no server that it was not typed for.
    pub fn choose(&mut self, suggestion: Suggestion) {
        match suggestion {
            Suggestion::Known(site) => self.prefill(site.connection),
            Suggestion::OfSameSite(provider) => {
                self.turn_to(&provider);
                self.forget_password();
            }
        }
    }

    /// Another server: a certificate that was accepted belongs to the one before.
    pub(super) fn turn_to(&mut self, provider: &ProviderAddress) {
        self.provider = TextField::holding(provider.to_string());
        if matches!(self.trust, TrustChoice::Accepted(_)) {
            self.trust = TrustChoice::System;
        }
    }

    fn forget_password(&mut self) {
        self.password = SecretText::default();
        self.password_settled = false;
    }

    /// After this provider has answered: all providers of its site, itself first.
    pub(super) fn note_siblings(&mut self, asked: ProviderAddress, told: &[String]) {
        let told = told.iter().filter_map(|server| server.parse().ok());
        let others: Vec<ProviderAddress> = told
            .filter(|each: &ProviderAddress| each.host() != asked.host())
            .collect();
        self.siblings = std::iter::once(asked).chain(others).collect();
    }
}
