//! Help of an administrator: the dialogs in which somebody with more rights signs in, or gets commands to run.

use std::path::PathBuf;

use super::Place;
use crate::flow::effect::{AppAccess, FilePurpose};
use crate::flow::{Asker, Query, Remote, Shell, TextField, Ticket};
use crate::model::grant::{self, GrantRequest};
use crate::model::{Failure, Result as Answered};

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
    saving: Remote<PathBuf>,
}

impl Commands {
    /// The text.
    pub fn text(&self, request: &GrantRequest) -> String {
        if self.template {
            grant::template(request)
        } else {
            grant::az(request)
        }
    }

    /// Opens the file dialog; what is named there is saved at once.
    pub fn browse(&self, asker: &mut Asker) {
        asker.shell(Shell::PickFile(FilePurpose::Commands));
    }

    /// Saves it under the path that is typed.
    pub fn save(&mut self, request: &GrantRequest, asker: &mut Asker) {
        asker.abandon(self.saving.stop());
        let path = PathBuf::from(self.path.text.trim());
        self.saving.ask(asker.query(Query::SaveText(path, self.text(request))));
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
        self.saving.value().filter(|_| !self.is_saving())
    }

    /// Why it could not be written.
    pub fn failure(&self) -> Option<&Failure> {
        self.saving.failure()
    }
}

impl Place {
    /// What an administrator is asked to give the app, once it is known where.
    pub fn request(&self, access: &AppAccess) -> Option<GrantRequest> {
        let workspace = self.workspace.clone()?;
        let rule_group = self.history.rule_group(&workspace).ok();
        Some(GrantRequest {
            application_name: access.app.application_name.clone(),
            client_id: access.app.client_id,
            object_id: None,
            rule_group: rule_group.unwrap_or_else(|| workspace.group()),
            workspace,
            history: self.history.wanted,
        })
    }

    /// A file was named in the dialog.
    pub(in crate::flow::wizard) fn save_commands(&mut self, path: PathBuf, access: &AppAccess, asker: &mut Asker) {
        let request = self.request(access);
        if let (Some(Help::Commands(commands)), Some(request)) = (&mut self.help, request) {
            commands.path = TextField::holding(path.display().to_string());
            commands.save(&request, asker);
        }
    }

    pub(in crate::flow::wizard) fn take_saved(&mut self, ticket: Ticket, answer: Answered<PathBuf>) -> bool {
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
