//! Help of an administrator: the dialogs in which somebody with more rights signs in, or gets commands to run.

use std::path::PathBuf;

use super::Place;
use crate::flow::effect::{AppAccess, FilePurpose, IfThere, Saved};
use crate::flow::{Asker, Query, Remote, Shell, TextField, Ticket};
use crate::model::grant::{self, Grant};
use crate::model::needs::{self, Need};
use crate::model::plan::{Check, CheckKind};
use crate::model::{Environment, Failure, Result as Answered, WorkspaceId};

/// A dialog of these.
pub enum Help {
    /// What an administrator can run.
    Commands(Commands),
    /// An administrator signs in here.
    SignIn,
}

/// *Commands for an administrator*: as commands, or as a template.
#[derive(Default)]
pub struct Commands {
    /// An ARM template instead of commands.
    pub template: bool,
    /// Where to save it.
    pub path: TextField,
    saving: Remote<Saved>,
}

impl Commands {
    /// The text, for this cloud.
    pub fn text(&self, grant: &Grant, environment: &Environment) -> String {
        if self.template {
            format!("{:#}\n", grant.template())
        } else {
            grant.az(environment)
        }
    }

    /// Opens the file dialog, which asks by itself before a file is replaced; what is named there is saved at once.
    pub fn browse(&self, asker: &mut Asker) {
        asker.shell(Shell::PickFile(FilePurpose::Commands));
    }

    /// Saves it under the path that is typed.
    pub fn save(&mut self, grant: &Grant, environment: &Environment, if_there: IfThere, asker: &mut Asker) {
        asker.abandon(self.saving.stop());
        let path = PathBuf::from(self.path.text.trim());
        let text = self.text(grant, environment);
        self.saving.ask(asker.query(Query::SaveText(path, text, if_there)));
    }

    /// Another path, or another text: what is said about the last saving is not about it.
    pub fn forget(&mut self, asker: &mut Asker) {
        asker.abandon(self.saving.forget());
    }

    /// Whether it is being written.
    pub fn is_saving(&self) -> bool {
        self.saving.is_asking()
    }

    /// The file that was written.
    pub fn saved(&self) -> Option<&PathBuf> {
        match self.outcome()? {
            Saved::Written(path) => Some(path),
            Saved::Kept(_) => None,
        }
    }

    /// The file that is there already, and that was left as it is: a person is asked whether to replace it.
    pub fn in_the_way(&self) -> Option<&PathBuf> {
        match self.outcome()? {
            Saved::Kept(path) => Some(path),
            Saved::Written(_) => None,
        }
    }

    fn outcome(&self) -> Option<&Saved> {
        let settled = !self.is_saving() && self.failure().is_none();
        self.saving.value().filter(|_| settled)
    }

    /// Why it could not be written.
    pub fn failure(&self) -> Option<&Failure> {
        self.saving.failure()
    }
}

impl Place {
    /// What an administrator is asked to give the app, once it is known where: the roles that are missing, or all of them where
    /// none is or where it is not known.
    pub fn grant(&self, access: &AppAccess) -> Option<Grant> {
        let workspace = self.workspace.clone()?;
        let history = self.history.seen(access, &workspace);
        let missing = self.missing(access, &workspace);
        let roles = if missing.is_empty() {
            let for_history = needs::of_history(false).filter(|_| self.history.wanted);
            grant::roles(needs::of_groups().chain(for_history))
        } else {
            grant::roles(missing)
        };
        Some(Grant {
            tenant_id: access.app.tenant_id,
            client_id: access.app.client_id,
            principal: history.and_then(|seen| seen.principal),
            rule_group: self.history.place_of_rule(&workspace),
            roles,
            workspace,
        })
    }

    /// What was looked at and is not allowed.
    fn missing(&self, access: &AppAccess, workspace: &WorkspaceId) -> Vec<&'static Need> {
        let rights = self.rights.of(&(access.duplicate(), workspace.clone()));
        let history = self.history.seen(access, workspace).filter(|_| self.history.wanted);
        let checks = rights.map_or(&[][..], |seen| &seen.checks).iter();
        let checks = checks.chain(history.map_or(&[][..], |seen| &seen.checks));
        let refused = checks.filter(|check| check.outcome.is_err());
        let need = |check: &Check| match &check.what {
            CheckKind::Right { operation } | CheckKind::HistoryRight { operation, .. } => {
                needs::of_operation(operation)
            }
            _ => None,
        };
        refused.filter_map(need).collect()
    }

    /// A file was named in the dialog.
    pub(in crate::flow::wizard) fn save_commands(&mut self, path: PathBuf, access: &AppAccess, asker: &mut Asker) {
        let grant = self.grant(access);
        if let (Some(Help::Commands(commands)), Some(grant)) = (&mut self.help, grant) {
            commands.path = TextField::holding(path.display().to_string());
            commands.save(&grant, &access.environment, IfThere::Replace, asker);
        }
    }

    pub(in crate::flow::wizard) fn take_saved(&mut self, ticket: Ticket, answer: Answered<Saved>) -> bool {
        match &mut self.help {
            Some(Help::Commands(commands)) => commands.saving.answer(ticket, answer),
            Some(Help::SignIn) | None => false,
        }
    }

    /// Closes the dialog; a sign-in under way is waited for no longer.
    pub fn close_help(&mut self, asker: &mut Asker) {
        match self.help.take() {
            Some(Help::Commands(mut commands)) => commands.forget(asker),
            Some(Help::SignIn) => self.history.administrator.stop(asker),
            None => {}
        }
    }
}
