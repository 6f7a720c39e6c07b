//! The chosen device collections, and the site that they belong to.

use std::collections::HashSet;

use super::Place;
use crate::flow::effect::SiteAccess;
use crate::flow::wizard::{Listed, Picker};
use crate::flow::{Asker, Query, Ticket};
use crate::model::{CollectionId, DeviceCollection, ProviderAddress, Result as Answered};

impl Place {
    /// Asks the site for its collections again.
    pub fn list_again(&mut self, site: &SiteAccess, asker: &mut Asker) {
        asker.abandon(self.collections.stop());
        let ticket = asker.query(Query::Collections(site.duplicate()));
        self.collections.ask(site.duplicate(), ticket);
    }

    /// A choice of collections belongs to the site that listed them: IDs of one site may name other collections on another. What
    /// was chosen on one site is put aside while another is typed, and is there again when that one is.
    pub(super) fn turn_to(&mut self, site: &ProviderAddress) {
        if self.chosen_on.as_ref() == Some(site) {
            return;
        }
        if let Some(earlier) = self.chosen_on.replace(site.clone()) {
            let known = self.aside.iter().position(|(each, _)| each == site);
            let here = known.map_or_else(Vec::new, |at| self.aside.swap_remove(at).1);
            let there = std::mem::replace(&mut self.chosen, here);
            self.aside.push((earlier, there));
            self.aside.retain(|(_, chosen)| !chosen.is_empty());
            self.marked = None;
            self.picker = None;
        }
    }

    /// What was chosen on other sites, and is not part of this connection: site and collections.
    pub fn aside(&self) -> &[(ProviderAddress, Vec<DeviceCollection>)] {
        &self.aside
    }

    /// The site has listed its collections: what is shown of the chosen ones is renewed, and the picker gets its rows.
    pub(in crate::flow::wizard) fn take_collections(
        &mut self,
        ticket: Ticket,
        answer: Answered<Listed>,
        site: Option<&SiteAccess>,
    ) -> bool {
        let taken = self.collections.answer(ticket, answer);
        let here = site.filter(|site| taken && self.chosen_on.as_ref() == Some(&site.connection.provider));
        let Some(listed) = here.and_then(|site| self.collections.of(site)) else {
            return taken;
        };
        for chosen in &mut self.chosen {
            if let Some(now) = listed.get(&chosen.id) {
                chosen.clone_from(now);
            }
        }
        if let Some(picker) = &mut self.picker {
            picker.refill(listed, &self.chosen);
        }
        taken
    }

    /// Opens the dialog that adds collections.
    pub fn open_picker(&mut self, site: &SiteAccess) {
        self.turn_to(&site.connection.provider);
        if self.picker.is_none() {
            let listed = self.collections.of(site).cloned().unwrap_or_default();
            self.picker = Some(Picker::new(&listed, &self.chosen));
        }
    }

    /// Takes what is ticked in the dialog, and closes it.
    pub fn take_picked(&mut self) {
        if let Some(picker) = self.picker.take() {
            self.choose(picker.picked());
        }
    }

    /// Chooses these too, each once.
    pub(super) fn choose(&mut self, more: Vec<DeviceCollection>) {
        let known: HashSet<CollectionId> = self.chosen.iter().map(|each| each.id.clone()).collect();
        let new = more.into_iter().filter(|each| !known.contains(&each.id));
        self.chosen.extend(new);
    }

    /// Removes a collection from the list, and marks its neighbour.
    pub fn remove(&mut self, id: &CollectionId) {
        if let Some(at) = self.chosen.iter().position(|each| each.id == *id) {
            self.chosen.remove(at);
            let neighbour = self.chosen.get(at).or_else(|| self.chosen.last());
            self.marked = neighbour.map(|each| each.id.clone());
        }
    }
}
