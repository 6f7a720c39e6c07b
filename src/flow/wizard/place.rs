//! *Configuration*: where the groups go, whether the app may put them there, and which collections they come from.

use super::checked::Checked;
use super::picker::Picker;
use crate::flow::effect::{AppAccess, RightsSeen, SiteAccess, Visible};
use crate::flow::{Asker, Query, TextField};
use crate::model::plan::CheckKind;
use crate::model::{
    CollectionId, DeviceCollection, Failure, Invalid, Problem, Subscription, SubscriptionId, Workspace, WorkspaceId,
};

/// What is chosen on the page, and what Azure and the site answered to it.
#[derive(Default)]
pub struct Place {
    subscription: Option<SubscriptionId>,
    resource_group: Option<String>,
    workspace: Option<WorkspaceId>,
    /// A workspace's resource ID, for a workspace that no list shows.
    pub resource_id: TextField,
    /// The chosen device collections.
    pub chosen: Vec<DeviceCollection>,
    /// The dialog that adds more.
    pub picker: Option<Picker>,
    /// The collection that is marked in the list, for Remove.
    pub marked: Option<CollectionId>,
    pub(super) visible: Checked<AppAccess, Visible>,
    pub(super) rights: Checked<(AppAccess, WorkspaceId), RightsSeen>,
    pub(super) collections: Checked<SiteAccess, Vec<DeviceCollection>>,
}

/// As accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct AcceptedPlace {
    /// The workspace, as read.
    pub workspace: Workspace,
    /// The device collections.
    pub collections: Vec<DeviceCollection>,
}

/// One thing to choose from, with the words that show it.
pub type Choice<T> = (T, String);

impl Place {
    /// Subscriptions that hold a workspace the app can see, or are visible themselves.
    pub fn subscriptions(&self, access: &AppAccess) -> Vec<Choice<SubscriptionId>> {
        let Some(visible) = self.visible.of(access) else {
            return Vec::new();
        };
        let named: Vec<&Subscription> = visible.subscriptions.iter().collect();
        let mut found: Vec<Choice<SubscriptionId>> = named.iter().map(|each| (each.id, each.name.clone())).collect();
        // A role on a workspace alone may show no subscription.
        for workspace in &visible.workspaces {
            let id = workspace.id.subscription();
            if found.iter().all(|(known, _)| *known != id) {
                found.push((id, id.to_string()));
            }
        }
        found.sort_by_key(|(_, name)| name.to_lowercase());
        found
    }

    /// Resource groups of the chosen subscription that hold a workspace.
    pub fn resource_groups(&self, access: &AppAccess) -> Vec<Choice<String>> {
        let mut found: Vec<Choice<String>> = Vec::new();
        for workspace in self.in_subscription(access) {
            let name = workspace.id.resource_group();
            if found.iter().all(|(known, _)| *known != name.to_lowercase()) {
                found.push((name.to_lowercase(), name.to_owned()));
            }
        }
        found.sort();
        found
    }

    /// Workspaces of the chosen resource group.
    pub fn workspaces(&self, access: &AppAccess) -> Vec<Choice<WorkspaceId>> {
        let group = self.resource_group.as_deref();
        self.in_subscription(access)
            .filter(|workspace| group == Some(&workspace.id.resource_group().to_lowercase()))
            .map(|workspace| (workspace.id.clone(), workspace.id.name().to_owned()))
            .collect()
    }

    fn in_subscription(&self, access: &AppAccess) -> impl Iterator<Item = &Workspace> {
        let subscription = self.subscription;
        let visible = self.visible.of(access);
        visible
            .into_iter()
            .flat_map(|visible| &visible.workspaces)
            .filter(move |workspace| Some(workspace.id.subscription()) == subscription)
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
        self.subscription = Some(id.subscription());
        self.resource_group = Some(id.resource_group().to_lowercase());
        self.workspace = Some(id);
        self.ask_rights(access, asker, false);
    }

    /// Chooses the workspace whose resource ID is typed.
    ///
    /// # Errors
    /// [`Invalid`] where that is none.
    pub fn choose_typed(&mut self, access: &AppAccess, asker: &mut Asker) -> Result<(), Invalid> {
        self.resource_id.settled = true;
        let id = self.resource_id.parse()?;
        self.choose_workspace(id, access, asker);
        Ok(())
    }

    /// What is alone to choose from is chosen.
    fn fill(&mut self, access: &AppAccess, asker: &mut Asker) {
        let holding = |place: &Self| -> Vec<SubscriptionId> {
            let visible = place.visible.of(access);
            let mut ids: Vec<_> = visible
                .into_iter()
                .flat_map(|visible| visible.workspaces.iter().map(|each| each.id.subscription()))
                .collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        if self.subscription.is_none()
            && let [only] = holding(self).as_slice()
        {
            self.subscription = Some(*only);
        }
        if self.resource_group.is_none()
            && let [(only, _)] = self.resource_groups(access).as_slice()
        {
            self.resource_group = Some(only.clone());
        }
        if self.workspace.is_none()
            && let [(only, _)] = self.workspaces(access).as_slice()
        {
            self.workspace = Some(only.clone());
        }
        self.ask_rights(access, asker, false);
    }

    fn ask_rights(&mut self, access: &AppAccess, asker: &mut Asker, again: bool) {
        let Some(id) = self.workspace.clone() else { return };
        let question = (access.duplicate(), id.clone());
        if again || self.rights.is_new(&question) {
            asker.abandon(self.rights.stop());
            let ticket = asker.query(Query::Rights(access.duplicate(), id));
            self.rights.ask(question, ticket);
        }
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
        if self.visible.is_new(access) || self.visible.failure(access).is_some() {
            self.ask_visible(access, asker);
        }
        self.ask_rights(access, asker, false);
        if self.collections.is_new(site) || self.collections.failure(site).is_some() {
            self.list_again(site, asker);
        }
    }

    /// Waits for nobody any longer.
    pub fn stop(&mut self, asker: &mut Asker) {
        asker.abandon(self.visible.stop());
        asker.abandon(self.rights.stop());
        asker.abandon(self.collections.stop());
    }

    /// After Azure has listed what is there.
    pub(super) fn after_visible(&mut self, access: &AppAccess, asker: &mut Asker) {
        self.fill(access, asker);
    }

    /// After the site has listed its collections: what is shown of the chosen ones is renewed, and the picker gets its rows.
    pub(super) fn after_collections(&mut self, site: &SiteAccess) {
        let Some(listed) = self.collections.of(site) else {
            return;
        };
        for chosen in &mut self.chosen {
            if let Some(now) = listed.iter().find(|each| each.id == chosen.id) {
                *chosen = now.clone();
            }
        }
        if let Some(picker) = &mut self.picker {
            picker.refill(listed, &self.chosen);
        }
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
    pub fn collections(&self) -> &Checked<SiteAccess, Vec<DeviceCollection>> {
        &self.collections
    }

    /// Opens the dialog that adds collections.
    pub fn open_picker(&mut self, site: &SiteAccess) {
        let listed = self.collections.of(site).map_or(&[][..], Vec::as_slice);
        self.picker = Some(Picker::new(listed, &self.chosen));
    }

    /// Takes what is ticked in the dialog, and closes it.
    pub fn take_picked(&mut self) {
        if let Some(picker) = self.picker.take() {
            self.chosen.extend(picker.picked());
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
        let question = (access.duplicate(), self.workspace.clone()?);
        if let Some(failure) = self.rights.failure(&question) {
            return Some(failure.clone());
        }
        let seen = self.rights.fresh(&question)?;
        let refused = |kind: &CheckKind| matches!(kind, CheckKind::Workspace | CheckKind::Right { .. });
        let failed = seen.checks.iter().filter(|check| refused(&check.what));
        let first = failed.filter_map(|check| check.outcome.as_ref().err()).next();
        first.cloned().or_else(|| {
            let missing = || Problem::WorkspaceNotFound { id: question.1.clone() }.into();
            seen.workspace.is_none().then(missing)
        })
    }

    /// The accepted place: a workspace that was read and on which the app may do what groups need.
    pub(super) fn apply(&self, access: &AppAccess) -> Option<AcceptedPlace> {
        if self.obstacle(access).is_some() {
            return None;
        }
        let question = (access.duplicate(), self.workspace.clone()?);
        let workspace = self.rights.fresh(&question)?.workspace.clone()?;
        Some(AcceptedPlace {
            workspace,
            collections: self.chosen.clone(),
        })
    }

    pub(super) fn revert(&mut self, accepted: &AcceptedPlace, access: &AppAccess) {
        let id = accepted.workspace.id.clone();
        if self.rights.of(&(access.duplicate(), id.clone())).is_some() {
            self.subscription = Some(id.subscription());
            self.resource_group = Some(id.resource_group().to_lowercase());
            self.workspace = Some(id);
        }
        self.chosen.clone_from(&accepted.collections);
    }

    pub(super) fn is_blank(&self) -> bool {
        self.chosen.is_empty()
    }
}
