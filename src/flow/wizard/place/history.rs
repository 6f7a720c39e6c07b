//! What is published: computer groups alone, or history too; where the rule of history stands, and what the app may do there.
//! And which connections of ours the workspace carries already: one of them can be taken over.

use crate::flow::Administrator;
use crate::flow::effect::{AppAccess, HistorySeen};
use crate::flow::wizard::Checked;
use crate::flow::{Asker, Query, TextField, Ticket};
use crate::model::person::PersonSeen;
use crate::model::plan::Progress;
use crate::model::report::FoundConnection;
use crate::model::{ConnectionId, Failure, Invalid, ResourceGroupId, Result as Answered, SiteCode, WorkspaceId};

/// What history is asked about.
pub type HistoryQuestion = (AppAccess, WorkspaceId, ResourceGroupId);

/// The choice, and what Azure answered to it.
#[derive(Default)]
pub struct HistoryChoice {
    /// *Computer groups and history*, not *Computer groups* alone.
    pub wanted: bool,
    /// The resource group of the rule: a name in the workspace's subscription, or a resource ID.
    pub group: TextField,
    /// What was put into that field with the workspace.
    prefilled: String,
    /// The connection to take over, instead of making a new one.
    pub(super) taking: Option<ConnectionId>,
    /// A person wants a new connection beside the ones that stand.
    pub(super) declined: bool,
    /// The sign-in of a person with more rights.
    pub administrator: Administrator,
    seen: Checked<HistoryQuestion, HistorySeen>,
}

/// History as accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct AcceptedHistory {
    /// Where the rule stands.
    pub rule_group: ResourceGroupId,
    /// With whose sign-in rule and upload role are made; `None`: the app's own.
    pub by: Option<PersonSeen>,
}

impl HistoryChoice {
    /// What is to be taken over, whether or not it is offered now.
    #[cfg(test)]
    pub(in crate::flow::wizard) fn taking(&self) -> Option<ConnectionId> {
        self.taking
    }

    /// The resource group of the rule, as typed; the workspace's where nothing is.
    ///
    /// # Errors
    /// [`Invalid`] where neither a name nor a resource ID is typed.
    pub fn rule_group(&self, workspace: &WorkspaceId) -> Result<ResourceGroupId, Invalid> {
        match self.group.text.trim() {
            "" => Ok(workspace.group()),
            id if id.contains('/') => id.parse(),
            name => ResourceGroupId::new(workspace.subscription(), name),
        }
    }

    /// Where the rule stands, or would: the workspace's group as long as nothing else is wanted and named.
    pub fn place_of_rule(&self, workspace: &WorkspaceId) -> ResourceGroupId {
        let typed = self.rule_group(workspace).ok().filter(|_| self.wanted);
        typed.unwrap_or_else(|| workspace.group())
    }

    /// The field follows the workspace, unless a person has typed something else.
    fn prefill(&mut self, workspace: &WorkspaceId) {
        if self.group.is_blank() || self.group.text == self.prefilled {
            self.group = TextField::holding(workspace.resource_group());
        }
        workspace.resource_group().clone_into(&mut self.prefilled);
    }

    /// Another workspace is chosen: what was decided about a connection in the one before does not go for it.
    pub(super) fn turn_to(&mut self, workspace: &WorkspaceId) {
        self.prefill(workspace);
        self.taking = None;
        self.declined = false;
    }

    pub(super) fn question(&self, access: &AppAccess, workspace: &WorkspaceId) -> Option<HistoryQuestion> {
        let group = if self.wanted {
            self.rule_group(workspace).ok()?
        } else {
            workspace.group()
        };
        Some((access.duplicate(), workspace.clone(), group))
    }

    /// Asks what stands in the way of history; `again` also where the answer is there.
    pub(super) fn ask(&mut self, access: &AppAccess, workspace: &WorkspaceId, asker: &mut Asker, again: bool) {
        let Some(question) = self.question(access, workspace) else {
            return;
        };
        if again || self.seen.is_new(&question) {
            asker.abandon(self.seen.stop());
            let (access, workspace, group) = &question;
            let query = Query::History(access.duplicate(), workspace.clone(), group.clone());
            let ticket = asker.query(query);
            self.seen.ask(question, ticket);
        }
    }

    /// What Azure answered, be it an older answer that is being renewed.
    pub fn seen(&self, access: &AppAccess, workspace: &WorkspaceId) -> Option<&HistorySeen> {
        self.seen.of(&self.question(access, workspace)?)
    }

    fn fresh(&self, access: &AppAccess, workspace: &WorkspaceId) -> Option<&HistorySeen> {
        self.seen.fresh(&self.question(access, workspace)?)
    }

    /// Why Azure could not answer.
    pub fn failure(&self, access: &AppAccess, workspace: &WorkspaceId) -> Option<&Failure> {
        self.seen.failure(&self.question(access, workspace)?)
    }

    /// Whether Azure is being asked, and how far that is.
    pub fn asking(&self) -> Option<Option<&Progress>> {
        let remote = self.seen.remote();
        remote.is_asking().then(|| remote.progress())
    }

    /// Whether history can be made as it is chosen, by the app or by the person who is signed in (the answer looks at both); and
    /// what is taken over is known to stand.
    pub(super) fn is_ready(&self, access: &AppAccess, workspace: &WorkspaceId) -> bool {
        if !self.wanted && self.taking.is_none() {
            return true;
        }
        let Some(seen) = self.fresh(access, workspace) else {
            return false;
        };
        !self.wanted || seen.checks.iter().all(|check| check.outcome.is_ok())
    }

    /// Connections of this site that the workspace carries and this account does not have.
    pub(super) fn offered<'a>(
        &'a self,
        access: &AppAccess,
        workspace: &WorkspaceId,
        site: &SiteCode,
    ) -> impl Iterator<Item = &'a FoundConnection> {
        let found = self.seen(access, workspace).map_or(&[][..], |seen| &seen.elsewhere);
        found.iter().filter({
            let site = site.clone();
            move |each| each.site == site
        })
    }

    pub(super) fn accepted(&self, access: &AppAccess, workspace: &WorkspaceId) -> Option<AcceptedHistory> {
        let rule_group = self.rule_group(workspace).ok().filter(|_| self.wanted)?;
        let by = self.administrator.person(access.tenant()).cloned();
        Some(AcceptedHistory { rule_group, by })
    }

    /// Something was accepted on the answer to the present question.
    pub(super) fn accept(&mut self, access: &AppAccess, workspace: &WorkspaceId) {
        if let Some(question) = self.question(access, workspace) {
            self.seen.accept(&question);
        }
    }

    /// Whether what is chosen is what was accepted.
    pub(super) fn holds(&self, accepted: Option<&AcceptedHistory>, workspace: &WorkspaceId) -> bool {
        match accepted {
            None => !self.wanted,
            Some(then) => self.wanted && self.rule_group(workspace).is_ok_and(|now| now == then.rule_group),
        }
    }

    pub(super) fn revert(&mut self, accepted: Option<&AcceptedHistory>, workspace: &WorkspaceId) {
        self.wanted = false;
        if let Some(then) = accepted {
            self.keep_in(&then.rule_group, workspace);
        }
    }

    /// History, with its rule in this resource group.
    pub(super) fn keep_in(&mut self, group: &ResourceGroupId, workspace: &WorkspaceId) {
        self.wanted = true;
        self.group = if group.subscription() == workspace.subscription() {
            TextField::holding(group.name())
        } else {
            TextField::holding(group.to_string())
        };
    }

    pub(super) fn stop(&mut self, asker: &mut Asker) {
        asker.abandon(self.seen.stop());
        self.administrator.stop(asker);
    }

    pub(super) fn hear(&mut self, ticket: Ticket, progress: &Progress) {
        self.seen.hear(ticket, progress.clone());
        self.administrator.hear(ticket, progress);
    }

    /// Azure has told what history needs. What was to be taken over and does not stand there is taken over no more.
    pub(in crate::flow::wizard) fn take(&mut self, ticket: Ticket, answer: Answered<HistorySeen>) -> bool {
        let found = answer
            .as_ref()
            .ok()
            .map(|seen| seen.elsewhere.iter().map(|each| each.id).collect::<Vec<_>>());
        let taken = self.seen.answer(ticket, answer);
        if let Some(found) = found.filter(|_| taken) {
            self.taking = self.taking.filter(|id| found.contains(id));
        }
        taken
    }
}
