//! The dialog's part in the program: opened over home, with others over it, and what its end is told to whom.

use super::Properties;
use super::ask::Told;
use crate::flow::notices::News;
use crate::flow::program::Dialog;
use crate::flow::{Program, RunId, Ticket};
use crate::model::changes::Changed;
use crate::model::schedule::ScheduleSeen;
use crate::model::{ConnectionName, ConnectionState, Result};

impl Program {
    /// Opens *Properties*, for a connection that is complete.
    pub fn open_properties(&mut self, name: &ConnectionName) {
        if self.is_covered() {
            return;
        }
        let found = self.home.find(name).cloned();
        if let Some(overview) = found.filter(|each| each.connection.state == ConnectionState::Ready) {
            self.uncover();
            self.home.selected = Some(overview.connection.setup.name.clone());
            let properties = Properties::new(overview, &self.names());
            self.dialog = Some(Dialog::Properties(Box::new(properties)));
        }
    }

    /// Opens another dialog over *Properties*, which is there again when that one closes.
    pub fn over_properties(&mut self, open: impl FnOnce(&mut Self)) {
        let under = self.dialog.take();
        open(self);
        if self.dialog.is_some() {
            self.behind.extend(under);
        } else {
            self.dialog = under;
        }
    }

    /// *OK* or *Apply*.
    pub fn apply_properties(&mut self, closes: bool) {
        if let Some(Dialog::Properties(properties)) = &mut self.dialog
            && properties.apply(closes, &mut self.asker)
        {
            self.close_dialog();
        }
    }

    /// Yes to giving the changes up.
    pub fn give_up_properties(&mut self) {
        if let Some(Dialog::Properties(properties)) = &mut self.dialog {
            properties.give_up(&mut self.asker);
            self.close_dialog();
        }
    }

    /// *Properties*, where it is open.
    fn properties(&mut self) -> Option<&mut Properties> {
        self.dialogs().find_map(|dialog| match dialog {
            Dialog::Properties(properties) => Some(&mut **properties),
            _ => None,
        })
    }

    pub(in crate::flow) fn answer_properties(&mut self, ticket: Ticket, told: Told) {
        if let Some(properties) = self.properties() {
            properties.answer(ticket, told);
        }
    }

    pub(in crate::flow) fn answer_schedule(&mut self, ticket: Ticket, answer: Result<ScheduleSeen>) {
        if let Some(properties) = self.properties() {
            properties.answer_schedule(ticket, answer);
        }
    }

    /// The connections were read anew: the dialog shows how its own stands now.
    pub(in crate::flow) fn properties_follow(&mut self) {
        let names = self.names();
        let Some(name) = self.properties().map(|properties| properties.name().clone()) else {
            return;
        };
        let Some(now) = self.home.find(&name).cloned() else {
            return;
        };
        for dialog in self.dialog.iter_mut().chain(&mut self.behind) {
            if let Dialog::Properties(properties) = dialog {
                properties.follow(&now, &names, &mut self.asker);
            }
        }
    }

    pub(in crate::flow) fn changed(&mut self, run: RunId, name: ConnectionName, end: Result<Box<Changed>>) {
        let (mut closes, mut publishes) = (false, false);
        for dialog in self.dialog.iter_mut().chain(&mut self.behind) {
            if let Dialog::Properties(properties) = dialog
                && let Some(may_close) = properties.ended(run, &end, &mut self.asker)
            {
                (closes, publishes) = (may_close, properties.publishes);
            }
        }
        match end {
            Ok(changed) => {
                let now = changed.now.connection.setup.name.clone();
                if self.home.selected.as_ref() == Some(&name) {
                    self.home.selected = Some(now.clone());
                }
                if publishes && changed.done.call_for_publication() {
                    self.publish_once_read = Some(now.clone());
                }
                if let Some(failure) = changed.failure {
                    self.keep_open();
                    self.tell(News::NotChanged(now, failure));
                } else {
                    self.tell(News::Changed(now));
                }
            }
            Err(failure) => {
                self.keep_open();
                self.tell(News::NotChanged(name, failure));
            }
        }
        if closes {
            self.close_properties();
        }
    }

    /// Takes the dialog away, also from behind a question.
    fn close_properties(&mut self) {
        if matches!(self.dialog, Some(Dialog::Properties(_))) {
            self.dialog = self.behind.pop();
        } else {
            self.behind.retain(|dialog| !matches!(dialog, Dialog::Properties(_)));
        }
    }

    /// Whether changes are typed that closing the window would lose; then it is asked about them.
    pub(in crate::flow) fn unsaved_properties(&mut self) -> bool {
        match &mut self.dialog {
            Some(Dialog::Properties(properties)) if !properties.is_running() && properties.is_changed() => {
                properties.leaving = true;
                true
            }
            _ => false,
        }
    }
}
