//! *Configuration*: where the groups go, whether the app may put them there, whether history is kept too, and which collections
//! they come from.
//!
//! | file | part |
//! | --- | --- |
//! | this one | subscription, resource group, workspace; what the app may do there |
//! | `tree` | what there is to choose from |
//! | [`history`] | groups alone or history too, and what that needs |
//! | [`help`] | a person with more rights signs in, or gets commands to run |
//! | `adoption` | a connection that the workspace carries already |
//! | `chosen` | the chosen device collections |

use super::checked::Checked;
use super::listed::Listed;
use super::picker::Picker;
use crate::flow::effect::{AppAccess, RightsSeen, SiteAccess, Visible};
use crate::flow::{Asker, Query, TextField, Ticket};
use crate::model::plan::{CheckKind, Progress};
use crate::model::report::FoundConnection;
use crate::model::{
    CollectionId, DeviceCollection, Failure, History, Invalid, MemberScope, Problem, ProviderAddress,
    Result as Answered, Setup, SiteCode, SubscriptionId, Workspace, WorkspaceId,
};

mod adoption;
mod chosen;
pub mod help;
pub mod history;
mod tree;

pub use help::{Commands, Help};
pub use history::{AcceptedHistory, HistoryChoice};

use tree::Tree;

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
    /// Whether history is kept too.
    pub history: HistoryChoice,
    /// Which records of a collection become members of its group.
    pub members: MemberScope,
    /// The dialog for help of an administrator.
    pub help: Option<Help>,
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
    /// Which of their records count.
    pub members: MemberScope,
    /// History, where it is kept.
    pub history: Option<AcceptedHistory>,
    /// The connection that is taken over, where one is.
    pub adopted: Option<FoundConnection>,
    is_typed: bool,
    site: ProviderAddress,
}

/// The site that is typed, and the code that it gave as its own.
pub struct SiteHere {
    /// Its provider.
    pub provider: ProviderAddress,
    /// Its code, once it has answered.
    pub code: Option<SiteCode>,
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
    pub fn subscriptions(&self, access: &AppAccess) -> &[Choice<SubscriptionId>] {
        self.tree(access).map_or(&[], Tree::subscriptions)
    }

    /// Resource groups of the chosen subscription that hold a workspace.
    pub fn resource_groups(&self, access: &AppAccess) -> &[Choice<String>] {
        let found = self.tree(access).zip(self.subscription);
        found.map_or(&[], |(tree, id)| tree.resource_groups(id))
    }

    /// Workspaces of the chosen resource group.
    pub fn workspaces(&self, access: &AppAccess) -> &[Choice<WorkspaceId>] {
        let (Some(tree), Some(id), Some(group)) = (self.tree(access), self.subscription, &self.resource_group) else {
            return &[];
        };
        tree.workspaces(id, group)
    }

    /// The chosen workspace as far as it is known: as it was read, or else as the list describes it.
    pub fn described(&self, access: &AppAccess) -> Option<&Workspace> {
        let question = self.question(access)?;
        let read = self.rights.of(&question).and_then(|seen| seen.workspace.as_ref());
        read.or_else(|| {
            let at = self.tree(access)?.index(&question.1)?;
            self.visible.of(access)?.workspaces.get(at)
        })
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
        if self.workspace.as_ref() != Some(&id) {
            self.history.turn_to(&id);
        }
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
            if let Some(only) = self.tree.only_workspace(id, group) {
                self.set_workspace(only);
            }
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
        self.ask_history(access, asker, false);
    }

    /// Asks what history needs, where that is not known; `again` in any case.
    pub fn ask_history(&mut self, access: &AppAccess, asker: &mut Asker, again: bool) {
        if let Some(workspace) = &self.workspace {
            self.history.ask(access, workspace, asker, again);
        }
    }

    /// Groups alone, or history too.
    pub fn want_history(&mut self, wanted: bool, access: &AppAccess, asker: &mut Asker) {
        self.history.wanted = wanted;
        self.ask_history(access, asker, false);
    }

    /// Asks for what was found missing where nothing could be asked.
    pub(in crate::flow::wizard) fn attend(&mut self, access: &AppAccess, asker: &mut Asker) {
        if self.wants_rights {
            self.ask_rights(access, asker, false);
        }
    }

    pub(in crate::flow::wizard) fn wants_rights(&self) -> bool {
        self.wants_rights
    }

    /// Asks Azure again: what is there, and what the app may do.
    pub fn check_again(&mut self, access: &AppAccess, asker: &mut Asker) {
        self.ask_visible(access, asker);
        self.ask_rights(access, asker, true);
        self.ask_history(access, asker, true);
    }

    fn ask_visible(&mut self, access: &AppAccess, asker: &mut Asker) {
        asker.abandon(self.visible.stop());
        let ticket = asker.query(Query::Workspaces(access.duplicate()));
        self.visible.ask(access.duplicate(), ticket);
    }

    /// What the page needs is asked for, once.
    pub(in crate::flow::wizard) fn enter(&mut self, access: &AppAccess, site: &SiteAccess, asker: &mut Asker) {
        self.turn_to(&site.connection.provider);
        if self.visible.is_new(access) || self.visible.failure(access).is_some() {
            self.ask_visible(access, asker);
        }
        let failed = self
            .question(access)
            .is_some_and(|question| self.rights.failure(&question).is_some());
        self.ask_rights(access, asker, failed);
        let chosen = self.workspace.as_ref();
        let failed = chosen.is_some_and(|id| self.history.failure(access, id).is_some());
        self.ask_history(access, asker, failed);
        if self.collections.is_new(site) || self.collections.failure(site).is_some() {
            self.list_again(site, asker);
        }
    }

    /// Waits for nobody any longer.
    pub fn stop(&mut self, asker: &mut Asker) {
        asker.abandon(self.visible.stop());
        asker.abandon(self.rights.stop());
        asker.abandon(self.collections.stop());
        self.history.stop(asker);
    }

    pub(in crate::flow::wizard) fn hear(&mut self, ticket: Ticket, progress: &Progress) {
        self.visible.hear(ticket, progress.clone());
        self.rights.hear(ticket, progress.clone());
        self.collections.hear(ticket, progress.clone());
        self.history.hear(ticket, progress);
    }

    /// Azure has listed what is there.
    pub(in crate::flow::wizard) fn take_visible(&mut self, ticket: Ticket, answer: Answered<Visible>) -> bool {
        let taken = self.visible.answer(ticket, answer);
        if let Some(visible) = self.visible.remote().value().filter(|_| taken) {
            self.tree = Tree::of(visible);
        }
        taken
    }

    /// Azure has told what the app may do.
    pub(in crate::flow::wizard) fn take_rights(&mut self, ticket: Ticket, answer: Answered<RightsSeen>) -> bool {
        self.rights.answer(ticket, answer)
    }

    /// After Azure has answered: what leaves no choice is chosen.
    pub(in crate::flow::wizard) fn after_azure(&mut self, access: &AppAccess, asker: &mut Asker) {
        self.fill(access, asker);
        self.reconsider(access, asker);
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

    /// Whether the page holds what it should: a workspace that can be used, collections of this site or none, and for history
    /// nothing that stands in its way.
    pub(in crate::flow::wizard) fn is_ready(&self, access: &AppAccess, site: &SiteHere) -> bool {
        let of_this_site = self.chosen.is_empty() || self.chosen_on.as_ref() == Some(&site.provider);
        let history = |id: &WorkspaceId| self.history.is_ready(access, id);
        of_this_site && self.usable(access).is_some_and(|workspace| history(&workspace.id))
    }

    /// Whether the workspace can be used for groups, and only history is in the way.
    pub(in crate::flow::wizard) fn lacks_history_only(&self, access: &AppAccess) -> bool {
        let workspace = self.usable(access);
        workspace.is_some_and(|workspace| self.history.wanted && !self.history.is_ready(access, &workspace.id))
    }

    pub(in crate::flow::wizard) fn apply(&mut self, access: &AppAccess, site: &SiteHere) -> Option<AcceptedPlace> {
        if !self.is_ready(access, site) {
            return None;
        }
        let workspace = self.usable(access)?.clone();
        let adopted = self.taken_over(access, site).cloned();
        self.history.taking = adopted.as_ref().map(|each| each.id);
        self.rights.accept(&(access.duplicate(), workspace.id.clone()));
        self.history.accept(access, &workspace.id);
        Some(AcceptedPlace {
            collections: self.chosen.clone(),
            members: self.members,
            history: self.history.accepted(access, &workspace.id),
            adopted,
            is_typed: self.is_typed,
            site: site.provider.clone(),
            workspace,
        })
    }

    /// Whether what is chosen is what was accepted, whatever has become of it since.
    pub(in crate::flow::wizard) fn holds(&self, accepted: &AcceptedPlace) -> bool {
        let here = self.chosen_on.as_ref() == Some(&accepted.site);
        self.workspace.as_ref() == Some(&accepted.workspace.id)
            && self.members == accepted.members
            && self.history.holds(accepted.history.as_ref(), &accepted.workspace.id)
            && self.history.taking == accepted.adopted.as_ref().map(|each| each.id)
            && (here || self.chosen.is_empty())
            && self
                .chosen
                .iter()
                .map(|each| &each.id)
                .eq(accepted.collections.iter().map(|each| &each.id))
    }

    /// Brings back what was accepted. Collections that were accepted for another site stay there.
    pub(in crate::flow::wizard) fn revert(&mut self, accepted: &AcceptedPlace) {
        self.set_workspace(accepted.workspace.id.clone());
        self.history.revert(accepted.history.as_ref(), &accepted.workspace.id);
        self.members = accepted.members;
        self.history.taking = accepted.adopted.as_ref().map(|each| each.id);
        self.is_typed = accepted.is_typed;
        self.wants_rights = true;
        self.picker = None;
        if self.chosen_on.as_ref() == Some(&accepted.site) {
            self.chosen.clone_from(&accepted.collections);
        }
    }

    /// Holds what a set-up chooses: the workspace needs no list to show it, and the site will say what its collections are called.
    pub(in crate::flow::wizard) fn hold(&mut self, setup: &Setup) {
        self.set_workspace(setup.workspace.clone());
        self.is_typed = true;
        self.wants_rights = true;
        self.members = setup.members;
        if setup.history != History::Off {
            self.history.keep_in(&setup.rule_group(), &setup.workspace);
        }
        self.chosen_on = Some(setup.site.provider.clone());
        self.chosen = setup
            .collections
            .iter()
            .cloned()
            .map(DeviceCollection::unseen)
            .collect();
    }

    pub(in crate::flow::wizard) fn is_blank(&self) -> bool {
        self.chosen.is_empty() && self.aside.is_empty()
    }
}
