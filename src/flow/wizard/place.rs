//! *Configuration*: where the groups go, whether the app may put them there, and which collections they come from.

use std::collections::HashSet;

use super::checked::Checked;
use super::listed::Listed;
use super::picker::Picker;
use super::tree::Tree;
use crate::flow::effect::{AppAccess, RightsSeen, SiteAccess, Visible};
use crate::flow::{Asker, Query, TextField, Ticket};
use crate::model::plan::{CheckKind, Progress};
use crate::model::{
    CollectionId, DeviceCollection, Failure, Invalid, Problem, ProviderAddress, Result as Answered, SubscriptionId,
    Workspace, WorkspaceId,
};

/// What is chosen on the page, and what Azure and the site answered to it.
#[derive(Default)]
pub struct Place {
    subscription: Option<SubscriptionId>,
    resource_group: Option<String>,
    workspace: Option<WorkspaceId>,
    /// The workspace was named by its resource ID: no list has to show it.
    is_typed: bool,
    /// A workspace's resource ID, for a workspace that no list shows.
    pub resource_id: TextField,
    /// The chosen device collections.
    pub chosen: Vec<DeviceCollection>,
    /// The site that they belong to.
    chosen_on: Option<ProviderAddress>,
    /// What was chosen on other sites.
    aside: Vec<(ProviderAddress, Vec<DeviceCollection>)>,
    /// The dialog that adds more.
    pub picker: Option<Picker>,
    /// The collection that is marked in the list, for Remove.
    pub marked: Option<CollectionId>,
    /// The rights have to be asked for as soon as there is a way to.
    wants_rights: bool,
    tree: Tree,
    visible: Checked<AppAccess, Visible>,
    rights: Checked<(AppAccess, WorkspaceId), RightsSeen>,
    collections: Checked<SiteAccess, Listed>,
}

/// As accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct AcceptedPlace {
    /// The workspace, as read.
    pub workspace: Workspace,
    /// The device collections.
    pub collections: Vec<DeviceCollection>,
    is_typed: bool,
    site: ProviderAddress,
}

/// One thing to choose from, with the words that show it.
pub type Choice<T> = (T, String);

/// A computer group needs these; whatever else was looked at may be refused.
fn is_needed(kind: &CheckKind) -> bool {
    matches!(kind, CheckKind::Workspace | CheckKind::Right { .. })
}

/// The first refusal of something that is needed.
fn refusal(seen: &RightsSeen) -> Option<&Failure> {
    let needed = seen.checks.iter().filter(|check| is_needed(&check.what));
    needed.filter_map(|check| check.outcome.as_ref().err()).next()
}

impl Place {
    /// Everything there is to choose from with this access.
    fn tree(&self, access: &AppAccess) -> Option<&Tree> {
        self.visible.of(access).map(|_| &self.tree)
    }

    /// Subscriptions that hold a workspace the app can see, or are visible themselves.
    pub fn subscriptions(&self, access: &AppAccess) -> Vec<Choice<SubscriptionId>> {
        self.tree(access)
            .map_or_else(Vec::new, |tree| tree.subscriptions().to_vec())
    }

    /// Resource groups of the chosen subscription that hold a workspace.
    pub fn resource_groups(&self, access: &AppAccess) -> Vec<Choice<String>> {
        let found = self.tree(access).zip(self.subscription);
        found.map_or_else(Vec::new, |(tree, id)| tree.resource_groups(id))
    }

    /// Workspaces of the chosen resource group.
    pub fn workspaces(&self, access: &AppAccess) -> Vec<Choice<WorkspaceId>> {
        let (Some(tree), Some(id), Some(group)) = (self.tree(access), self.subscription, &self.resource_group) else {
            return Vec::new();
        };
        tree.workspaces(id, group).to_vec()
    }

    /// The chosen subscription.
    pub fn subscription(&self) -> Option<SubscriptionId> {
        self.subscription
    }

    /// The chosen resource group, in lower case.
    pub fn resource_group(&self) -> Option<&str> {
        self.resource_group.as_deref()
    }

    /// The chosen workspace.
    pub fn workspace(&self) -> Option<&WorkspaceId> {
        self.workspace.as_ref()
    }

    /// Chooses a subscription, and below it what leaves no choice.
    pub fn choose_subscription(&mut self, id: SubscriptionId, access: &AppAccess, asker: &mut Asker) {
        if self.subscription != Some(id) {
            self.subscription = Some(id);
            self.resource_group = None;
            self.workspace = None;
        }
        self.fill(access, asker);
    }

    /// Chooses a resource group, and below it what leaves no choice.
    pub fn choose_resource_group(&mut self, name: &str, access: &AppAccess, asker: &mut Asker) {
        let name = name.to_lowercase();
        if self.resource_group.as_deref() != Some(&name) {
            self.resource_group = Some(name);
            self.workspace = None;
        }
        self.fill(access, asker);
    }

    /// Chooses a workspace, and asks what the app may do there.
    pub fn choose_workspace(&mut self, id: WorkspaceId, access: &AppAccess, asker: &mut Asker) {
        self.set_workspace(id);
        self.is_typed = false;
        self.ask_rights(access, asker, false);
    }

    fn set_workspace(&mut self, id: WorkspaceId) {
        self.subscription = Some(id.subscription());
        self.resource_group = Some(id.resource_group().to_lowercase());
        self.workspace = Some(id);
    }

    /// Chooses the workspace whose resource ID is typed.
    ///
    /// # Errors
    /// [`Invalid`] where that is none.
    pub fn choose_typed(&mut self, access: &AppAccess, asker: &mut Asker) -> Result<(), Invalid> {
        self.resource_id.settled = true;
        let id = self.resource_id.parse()?;
        self.choose_workspace(id, access, asker);
        self.is_typed = true;
        Ok(())
    }

    /// What is alone to choose from is chosen.
    fn fill(&mut self, access: &AppAccess, asker: &mut Asker) {
        if self.visible.of(access).is_none() {
            return;
        }
        if self.subscription.is_none() {
            self.subscription = self.tree.only_subscription();
        }
        if let (Some(id), None) = (self.subscription, &self.resource_group) {
            self.resource_group = self.tree.only_group(id);
        }
        if let (Some(id), Some(group), None) = (self.subscription, &self.resource_group, &self.workspace) {
            self.workspace = self.tree.only_workspace(id, group);
            self.is_typed = false;
        }
        self.ask_rights(access, asker, false);
    }

    /// A workspace that came from an earlier app's list, that this app's own list does not show and on which it may do nothing,
    /// is no choice any more.
    fn reconsider(&mut self, access: &AppAccess, asker: &mut Asker) {
        let complete = self
            .visible
            .fresh(access)
            .is_some_and(|each| each.incomplete.is_empty());
        let unseen = self.workspace.as_ref().is_some_and(|id| !self.tree.holds(id));
        if complete && unseen && !self.is_typed && self.obstacle(access).is_some() {
            self.subscription = None;
            self.resource_group = None;
            self.workspace = None;
            self.fill(access, asker);
        }
    }

    /// What the app may do on the chosen workspace, as a question.
    fn question(&self, access: &AppAccess) -> Option<(AppAccess, WorkspaceId)> {
        Some((access.duplicate(), self.workspace.clone()?))
    }

    fn ask_rights(&mut self, access: &AppAccess, asker: &mut Asker, again: bool) {
        self.wants_rights = false;
        let Some(question) = self.question(access) else { return };
        if again || self.rights.is_new(&question) {
            asker.abandon(self.rights.stop());
            let ticket = asker.query(Query::Rights(access.duplicate(), question.1.clone()));
            self.rights.ask(question, ticket);
        }
    }

    /// Asks for what was found missing where nothing could be asked.
    pub(super) fn attend(&mut self, access: &AppAccess, asker: &mut Asker) {
        if self.wants_rights {
            self.ask_rights(access, asker, false);
        }
    }

    pub(super) fn wants_rights(&self) -> bool {
        self.wants_rights
    }

    /// Asks Azure again: what is there, and what the app may do.
    pub fn check_again(&mut self, access: &AppAccess, asker: &mut Asker) {
        self.ask_visible(access, asker);
        self.ask_rights(access, asker, true);
    }

    fn ask_visible(&mut self, access: &AppAccess, asker: &mut Asker) {
        asker.abandon(self.visible.stop());
        let ticket = asker.query(Query::Workspaces(access.duplicate()));
        self.visible.ask(access.duplicate(), ticket);
    }

    /// Asks the site for its collections again.
    pub fn list_again(&mut self, site: &SiteAccess, asker: &mut Asker) {
        asker.abandon(self.collections.stop());
        let ticket = asker.query(Query::Collections(site.duplicate()));
        self.collections.ask(site.duplicate(), ticket);
    }

    /// What the page needs is asked for, once.
    pub(super) fn enter(&mut self, access: &AppAccess, site: &SiteAccess, asker: &mut Asker) {
        self.turn_to(&site.connection.provider);
        if self.visible.is_new(access) || self.visible.failure(access).is_some() {
            self.ask_visible(access, asker);
        }
        let failed = self
            .question(access)
            .is_some_and(|question| self.rights.failure(&question).is_some());
        self.ask_rights(access, asker, failed);
        if self.collections.is_new(site) || self.collections.failure(site).is_some() {
            self.list_again(site, asker);
        }
    }

    /// A choice of collections belongs to the site that listed them: IDs of one site may name other collections on another. What
    /// was chosen on one site is put aside while another is typed, and is there again when that one is.
    fn turn_to(&mut self, site: &ProviderAddress) {
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

    /// Waits for nobody any longer.
    pub fn stop(&mut self, asker: &mut Asker) {
        asker.abandon(self.visible.stop());
        asker.abandon(self.rights.stop());
        asker.abandon(self.collections.stop());
    }

    pub(super) fn hear(&mut self, ticket: Ticket, progress: &Progress) {
        self.visible.hear(ticket, progress.clone());
        self.rights.hear(ticket, progress.clone());
        self.collections.hear(ticket, progress.clone());
    }

    /// Azure has listed what is there.
    pub(super) fn take_visible(&mut self, ticket: Ticket, answer: Answered<Visible>) -> bool {
        let taken = self.visible.answer(ticket, answer);
        if let Some(visible) = self.visible.remote().value().filter(|_| taken) {
            self.tree = Tree::of(visible);
        }
        taken
    }

    /// Azure has told what the app may do.
    pub(super) fn take_rights(&mut self, ticket: Ticket, answer: Answered<RightsSeen>) -> bool {
        self.rights.answer(ticket, answer)
    }

    /// After Azure has answered: what leaves no choice is chosen.
    pub(super) fn after_azure(&mut self, access: &AppAccess, asker: &mut Asker) {
        self.fill(access, asker);
        self.reconsider(access, asker);
    }

    /// The site has listed its collections: what is shown of the chosen ones is renewed, and the picker gets its rows.
    pub(super) fn take_collections(
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

    /// What the app can see.
    pub fn visible(&self) -> &Checked<AppAccess, Visible> {
        &self.visible
    }

    /// What it may do on the chosen workspace.
    pub fn rights(&self) -> &Checked<(AppAccess, WorkspaceId), RightsSeen> {
        &self.rights
    }

    /// The site's device collections.
    pub fn collections(&self) -> &Checked<SiteAccess, Listed> {
        &self.collections
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
            let known: HashSet<CollectionId> = self.chosen.iter().map(|each| each.id.clone()).collect();
            let picked = picker.picked().into_iter();
            self.chosen.extend(picked.filter(|each| !known.contains(&each.id)));
        }
    }

    /// Removes a collection from the list, and marks its neighbour.
    pub fn remove(&mut self, id: &CollectionId) {
        if let Some(at) = self.chosen.iter().position(|each| each.id == *id) {
            self.chosen.remove(at);
            let neighbour = self.chosen.get(at).or_else(|| self.chosen.last());
            self.marked = neighbour.map(|each| each.id.clone());
        }
    }

    /// Why the workspace cannot be used as it is chosen, where that is known.
    pub fn obstacle(&self, access: &AppAccess) -> Option<Failure> {
        let question = self.question(access)?;
        if let Some(failure) = self.rights.failure(&question) {
            return Some(failure.clone());
        }
        let seen = self.rights.fresh(&question)?;
        let missing = || Problem::WorkspaceNotFound { id: question.1.clone() }.into();
        let unread = seen.workspace.is_none().then(missing);
        refusal(seen).cloned().or(unread)
    }

    /// The chosen workspace, where it was read and the app may do there what groups need.
    fn usable(&self, access: &AppAccess) -> Option<&Workspace> {
        let question = self.question(access)?;
        let seen = self.rights.fresh(&question).filter(|seen| refusal(seen).is_none())?;
        seen.workspace.as_ref().filter(|workspace| workspace.id == question.1)
    }

    /// Whether the page holds what it should: a workspace that can be used, and collections of this site or none.
    pub(super) fn is_ready(&self, access: &AppAccess, site: &ProviderAddress) -> bool {
        let of_this_site = self.chosen.is_empty() || self.chosen_on.as_ref() == Some(site);
        of_this_site && self.usable(access).is_some()
    }

    pub(super) fn apply(&mut self, access: &AppAccess, site: &ProviderAddress) -> Option<AcceptedPlace> {
        if !self.is_ready(access, site) {
            return None;
        }
        let workspace = self.usable(access)?.clone();
        self.rights.accept(&(access.duplicate(), workspace.id.clone()));
        Some(AcceptedPlace {
            workspace,
            collections: self.chosen.clone(),
            is_typed: self.is_typed,
            site: site.clone(),
        })
    }

    /// Whether what is chosen is what was accepted, whatever has become of it since.
    pub(super) fn holds(&self, accepted: &AcceptedPlace) -> bool {
        let here = self.chosen_on.as_ref() == Some(&accepted.site);
        self.workspace.as_ref() == Some(&accepted.workspace.id)
            && (here || self.chosen.is_empty())
            && self
                .chosen
                .iter()
                .map(|each| &each.id)
                .eq(accepted.collections.iter().map(|each| &each.id))
    }

    /// Brings back what was accepted. Collections that were accepted for another site stay there.
    pub(super) fn revert(&mut self, accepted: &AcceptedPlace) {
        self.set_workspace(accepted.workspace.id.clone());
        self.is_typed = accepted.is_typed;
        self.wants_rights = true;
        self.picker = None;
        if self.chosen_on.as_ref() == Some(&accepted.site) {
            self.chosen.clone_from(&accepted.collections);
        }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.chosen.is_empty() && self.aside.is_empty()
    }
}
