//! The whole: home, at most one wizard, at most one dialog, the list of messages. Effects out, events in.

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};

use super::asker::Errand;
use super::closing::Closing;
use super::diagnosis::Diagnose;
use super::effect::{Created, FilePurpose, Moved, Unfinished};
use super::home::Home;
use super::notices::{News, Notices};
use super::properties::Properties;
use super::relocation::Move;
use super::removal::Removal;
use super::renewal::Renewal;
use super::settings::{OpenSettings, SaveSettings};
use super::view::View;
use super::wizard::{KnownSite, Wizard};
use super::{Answer, Asker, Effect, Event, Outcome, RunId, Ticket};
use crate::model::expiry::Threshold;
use crate::model::person::PersonSeen;
use crate::model::plan::Progress;
use crate::model::renewal::Renewed;
use crate::model::report::ConnectionOverview;
use crate::model::{ConnectionId, ConnectionName, ConnectionState, Environment, Problem, Result};

/// A dialog over home.
pub enum Dialog {
    /// Update secret key.
    Renewal(Box<Renewal>),
    /// Move connection.
    Move(Box<Move>),
    /// Connection Properties.
    Properties(Box<Properties>),
    /// Delete.
    Removal(Box<Removal>),
    /// Save settings.
    SaveSettings(Box<SaveSettings>),
    /// New from settings.
    OpenSettings(Box<OpenSettings>),
    /// Diagnose.
    Diagnosis(Box<Diagnose>),
    /// Close the window, though publications are under way?
    Quit,
}

/// Everything that the window shows and does.
pub struct Program {
    /// The connections.
    pub home: Home,
    /// The wizard, while there is one; it covers home.
    pub wizard: Option<Wizard>,
    /// The page that looks at what is published, while there is one; it covers home.
    pub view: Option<View>,
    /// The dialog, while there is one.
    pub dialog: Option<Dialog>,
    /// The messages.
    pub notices: Notices,
    /// Where effects wait until the front takes them.
    pub asker: Asker,
    pub(super) environments: Vec<Environment>,
    opening: Option<ConnectionName>,
    /// The dialogs that are there again, the last one first, when the one over them closes.
    pub(super) behind: Vec<Dialog>,
    /// The connection to publish as soon as the list shows how it stands.
    pub(super) publish_once_read: Option<ConnectionName>,
    pub(super) closing: Closing,
    /// Of what the desktop was told, or was not to be told, since the start.
    pub(super) claimed: Vec<(ConnectionId, Threshold)>,
    now: DateTime<Utc>,
}

impl Program {
    /// The program at its start: home, reading the connections. The first environment is the one that is offered first.
    pub fn new(environments: Vec<Environment>, now: DateTime<Utc>) -> Self {
        let mut program = Self {
            home: Home::default(),
            wizard: None,
            view: None,
            dialog: None,
            notices: Notices::default(),
            asker: Asker::default(),
            environments,
            opening: None,
            behind: Vec::new(),
            publish_once_read: None,
            closing: Closing::No,
            claimed: Vec::new(),
            now,
        };
        program.home.refresh(&mut program.asker);
        program
    }

    /// The time, told by the front.
    pub fn tick(&mut self, now: DateTime<Utc>) {
        self.now = now;
    }

    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Today, in UTC: expiry dates are days.
    pub fn today(&self) -> NaiveDate {
        self.now.date_naive()
    }

    /// What is asked for since the last time.
    pub fn effects(&mut self) -> Vec<Effect> {
        self.put_away_finished_wizard();
        if let Some(wizard) = &mut self.wizard {
            wizard.attend(&mut self.asker);
        }
        self.go_on_closing();
        self.asker.take()
    }

    /// Whether something else covers home already: one wizard, one dialog, never both, never a second one in its place.
    pub(super) fn is_covered(&self) -> bool {
        self.wizard.is_some() || self.is_dialog_running() || matches!(self.dialog, Some(Dialog::Quit))
    }

    /// Opens the wizard.
    pub fn new_connection(&mut self) {
        if self.is_covered() {
            return;
        }
        self.close_view();
        let known = self.home.list().iter().map(|each| KnownSite {
            connection: each.connection.setup.site.clone(),
            identity: each.connection.site.clone(),
        });
        self.wizard = Some(Wizard::new(self.environments.clone(), self.names(), known));
        self.uncover();
    }

    /// Goes on with a connection that was not finished.
    pub fn finish(&mut self, name: &ConnectionName) {
        if self.is_covered() {
            return;
        }
        let found = self.home.find(name).map(|each| each.connection.clone());
        if let Some(connection) = found.filter(|each| each.state == ConnectionState::Connecting) {
            self.close_view();
            self.wizard = Some(Wizard::resume(connection, &mut self.asker));
            self.uncover();
        }
    }

    /// Whoever begins something new does not want the window closed any more, nor an earlier dialog.
    pub(super) fn uncover(&mut self) {
        self.keep_open();
        self.close_dialog();
    }

    pub(super) fn names(&self) -> Vec<ConnectionName> {
        let list = self.home.list().iter();
        list.map(|each| each.connection.setup.name.clone()).collect()
    }

    /// Opens *Update secret key*; once the connections are known, where they are not yet.
    pub fn update_secret(&mut self, name: &ConnectionName) {
        if self.is_covered() {
            return;
        }
        let Some(found) = self.home.find(name) else {
            self.update_secret_later(name);
            return;
        };
        let connection = &found.connection;
        let all = self.home.list().iter().map(|each| &each.connection);
        let others = all.filter(|each| each.shares_app_with(connection));
        let others = others.map(|each| each.setup.name.clone()).collect();
        let renewal = Renewal::new(&connection.setup, others, self.now.date_naive());
        self.uncover();
        self.home.selected = Some(renewal.name.clone());
        self.dialog = Some(Dialog::Renewal(Box::new(renewal)));
    }

    fn update_secret_later(&mut self, name: &ConnectionName) {
        if self.home.connections.value().is_none() {
            self.opening = Some(name.clone());
            return;
        }
        let names = self.names().iter().map(ToString::to_string).collect();
        let unknown = Problem::NoSuchConnection {
            name: name.to_string(),
            known: names,
        };
        self.tell(News::SecretNotUpdated(name.clone(), unknown.into()));
    }

    /// Opens *Move connection*, for a connection that is complete.
    pub fn move_connection(&mut self, name: &ConnectionName) {
        if self.is_covered() {
            return;
        }
        let found = self.home.find(name);
        let found = found.filter(|each| each.connection.state == ConnectionState::Ready);
        if let Some(moving) = found.map(Move::new) {
            self.uncover();
            self.home.selected = Some(moving.name.clone());
            self.dialog = Some(Dialog::Move(Box::new(moving)));
        }
    }

    /// Opens *Delete*.
    pub fn delete(&mut self, name: &ConnectionName) {
        if !self.is_covered() {
            self.uncover();
            let removal = Removal::new(name.clone(), &mut self.asker);
            self.dialog = Some(Dialog::Removal(Box::new(removal)));
        }
    }

    /// Cancel or Escape in the dialog: closes it, or stops what it does. After [`Dialog::Quit`] the window stays open.
    pub fn close_dialog(&mut self) {
        let closes = match &mut self.dialog {
            Some(Dialog::Renewal(renewal)) => renewal.cancel(&mut self.asker),
            Some(Dialog::Move(moving)) => moving.cancel(&mut self.asker),
            Some(Dialog::Properties(properties)) => properties.cancel(&mut self.asker),
            Some(Dialog::Removal(removal)) => removal.cancel(&mut self.asker),
            Some(Dialog::SaveSettings(saving)) => {
                saving.leave(&mut self.asker);
                true
            }
            Some(Dialog::OpenSettings(opening)) => {
                opening.leave(&mut self.asker);
                true
            }
            Some(Dialog::Diagnosis(diagnose)) => diagnose.cancel(&mut self.asker),
            Some(Dialog::Quit) => true,
            None => false,
        };
        if closes {
            self.dialog = self.behind.pop();
        }
    }

    /// Takes what came back.
    pub fn on(&mut self, event: Event) {
        match event {
            Event::Answer(ticket, answer) => self.answer(ticket, answer),
            Event::Asking(ticket, progress) => {
                if let Some(wizard) = &mut self.wizard {
                    wizard.hear_query(ticket, &progress);
                }
                for dialog in self.dialogs() {
                    match dialog {
                        Dialog::Move(moving) => moving.hear_query(ticket, &progress),
                        Dialog::Renewal(renewal) => renewal.administrator.hear(ticket, &progress),
                        Dialog::Properties(properties) => properties.hear_query(ticket, &progress),
                        Dialog::Removal(removal) => removal.hear_query(ticket, &progress),
                        Dialog::Diagnosis(diagnose) => diagnose.hear_query(ticket, &progress),
                        _ => {}
                    }
                }
                self.view_hears(ticket, &progress);
            }
            Event::Working(run, progress) => self.hear(run, &progress),
            Event::Ended(run, outcome) => self.ended(run, outcome),
            Event::FilePicked(purpose, path) => {
                if let Some(path) = path {
                    self.file_picked(purpose, path);
                }
            }
        }
    }

    fn file_picked(&mut self, purpose: FilePurpose, path: std::path::PathBuf) {
        if self.dialog_picked(purpose, &path) {
            return;
        }
        if purpose == FilePurpose::Csv {
            self.csv_picked(&path);
        } else if let Some(wizard) = &mut self.wizard {
            wizard.file_picked(purpose, path, &mut self.asker);
        } else if let (FilePurpose::SiteRoot, Some(moving)) = (purpose, self.moving()) {
            moving.root_picked(&path);
        }
    }

    /// A file for the dialog that is open. Answers whether it was one.
    fn dialog_picked(&mut self, purpose: FilePurpose, path: &Path) -> bool {
        let asker = &mut self.asker;
        for dialog in self.dialog.iter_mut().chain(&mut self.behind) {
            match (dialog, purpose) {
                (Dialog::SaveSettings(saving), FilePurpose::Settings) => saving.picked(path, asker),
                (Dialog::OpenSettings(opening), FilePurpose::Setup) => opening.picked(path, asker),
                (Dialog::Diagnosis(diagnose), FilePurpose::Report) => diagnose.picked(path, asker),
                _ => continue,
            }
            return true;
        }
        false
    }

    /// The dialogs that are open: others may wait behind the one that is shown.
    pub(super) fn dialogs(&mut self) -> impl Iterator<Item = &mut Dialog> {
        self.dialog.iter_mut().chain(&mut self.behind)
    }

    /// *Move connection*, where it is open.
    fn moving(&mut self) -> Option<&mut Move> {
        self.dialogs().find_map(|dialog| match dialog {
            Dialog::Move(moving) => Some(&mut **moving),
            _ => None,
        })
    }

    /// *Delete*, where it is open.
    fn removal(&mut self) -> Option<&mut Removal> {
        self.dialogs().find_map(|dialog| match dialog {
            Dialog::Removal(removal) => Some(&mut **removal),
            _ => None,
        })
    }

    fn answer(&mut self, ticket: Ticket, answer: Answer) {
        match answer {
            Answer::Connections(answer) => self.connections(ticket, answer),
            Answer::Inventory(answer) => {
                if let Some(removal) = self.removal() {
                    removal.answer(ticket, answer);
                }
            }
            Answer::Remnants(answer) => {
                if let Some(removal) = self.removal() {
                    removal.answer_remnants(ticket, answer);
                }
            }
            Answer::Seen(answer) => self.answer_view(ticket, answer),
            Answer::Properties(told) => self.answer_properties(ticket, told),
            Answer::Schedule(answer) if self.wizard.is_none() => self.answer_schedule(ticket, answer),
            Answer::SetupFile(answer) => self.settings_read(ticket, answer),
            Answer::OpenLog(answer) => {
                if let Err(failure) = answer {
                    self.tell(News::LogNotOpened(failure));
                }
            }
            Answer::Settings(_) | Answer::Diagnose(_) => self.answer_dialog(ticket, answer),
            Answer::Person(answer) if self.wizard.is_none() => self.person_signed_in(ticket, answer),
            Answer::SaveText(_) if self.wizard.is_none() => self.answer_dialog(ticket, answer),
            answer => {
                if let Some(wizard) = &mut self.wizard {
                    wizard.answer(ticket, answer, &mut self.asker);
                } else {
                    self.answer_moving(ticket, answer);
                }
            }
        }
    }

    fn answer_dialog(&mut self, ticket: Ticket, answer: Answer) {
        let taker = self
            .dialogs()
            .find(|dialog| matches!(dialog, Dialog::SaveSettings(_) | Dialog::Diagnosis(_)));
        match taker {
            Some(Dialog::SaveSettings(saving)) => saving.answer(ticket, answer),
            Some(Dialog::Diagnosis(diagnose)) => diagnose.answer(ticket, answer),
            _ => {}
        }
    }

    fn person_signed_in(&mut self, ticket: Ticket, answer: Result<PersonSeen>) {
        let waiting = self.dialogs().find_map(|dialog| match dialog {
            Dialog::Renewal(renewal) => Some(renewal),
            _ => None,
        });
        if let Some(renewal) = waiting {
            renewal.administrator.take(ticket, answer);
        }
    }

    fn answer_moving(&mut self, ticket: Ticket, answer: Answer) {
        let asker = &mut self.asker;
        for dialog in self.dialog.iter_mut().chain(&mut self.behind) {
            if let Dialog::Move(moving) = dialog {
                moving.answer(ticket, answer, asker);
                return;
            }
        }
    }

    fn connections(&mut self, ticket: Ticket, answer: Result<Vec<ConnectionOverview>>) {
        let failure = answer.as_ref().err().cloned();
        if !self.home.connections.answer(ticket, answer) {
            return;
        }
        if let Some(failure) = failure {
            self.tell(News::NotRead(failure));
            return;
        }
        self.home.after_answer();
        self.claim_notices();
        self.properties_follow();
        if let Some(name) = self.publish_once_read.take() {
            self.home.publish(&name, &mut self.asker);
        }
        let names = self.names();
        if let Some(wizard) = &mut self.wizard {
            wizard.names_taken(names);
        }
        if let Some(name) = self.opening.take() {
            self.update_secret(&name);
        }
    }

    fn hear(&mut self, run: RunId, progress: &Progress) {
        self.home.hear(run, progress.clone());
        if let Some(wizard) = &mut self.wizard {
            wizard.hear(run, progress.clone());
        }
        for dialog in self.dialogs() {
            match dialog {
                Dialog::Renewal(renewal) => renewal.hear(run, progress.clone()),
                Dialog::Move(moving) => moving.hear(run, progress.clone()),
                Dialog::Properties(properties) => properties.hear(run, progress),
                Dialog::Removal(removal) => removal.hear(run, progress.clone()),
                _ => {}
            }
        }
    }

    /// The end of a command is told wherever the page it came from is by now; each once.
    fn ended(&mut self, run: RunId, outcome: Outcome) {
        let Some(errand) = self.asker.ended(run) else {
            return;
        };
        self.home.ended(run);
        match outcome {
            Outcome::Created(end) => self.made(run, errand, end),
            Outcome::Published(end) => self.tell(match end {
                Ok(report) => News::Published(errand.name, Box::new(report)),
                Err(failure) => News::NotPublished(errand.name, failure),
            }),
            Outcome::SecretUpdated(end) => self.secret_updated(run, errand, end),
            Outcome::Reminded(Ok(())) => {}
            Outcome::Reminded(Err(failure)) => self.tell(News::NotReminded(errand.name, failure)),
            Outcome::NoticeClaimed(end) => return self.notice_claimed(errand.name, end), // changes no connection
            Outcome::Moved(end) => self.moved(run, errand, end),
            Outcome::Changed(end) => self.changed(run, errand.name, end),
            Outcome::Removed(end) => self.removed(run, errand, end),
        }
        self.home.refresh(&mut self.asker);
    }

    fn made(&mut self, run: RunId, errand: Errand, end: std::result::Result<Box<Created>, Unfinished>) {
        let own = self.wizard.as_mut().is_some_and(|wizard| wizard.ended(run, &end));
        let created = match end {
            Ok(created) => *created,
            Err(unfinished) => {
                if own {
                    self.closing_after_failure();
                } else {
                    self.keep_open();
                }
                return self.tell(News::NotCreated(errand.name, unfinished.failure));
            }
        };
        let name = created.connection.setup.name;
        self.tell(News::Created(name.clone()));
        match created.publication {
            Some(Err(failure)) => self.tell(News::NotPublished(name, failure)),
            Some(Ok(report)) if report.is_partial() => self.tell(News::Published(name, Box::new(report))),
            Some(Ok(_)) | None => {}
        }
    }

    fn secret_updated(&mut self, run: RunId, errand: Errand, end: Result<Renewed>) {
        if let Some(Dialog::Renewal(renewal)) = &mut self.dialog {
            renewal.ended(run, &end);
        }
        match end {
            Ok(renewed) => {
                if renewed.is_partial() {
                    self.keep_open();
                }
                self.tell(News::SecretUpdated(errand.name, renewed));
            }
            Err(failure) => {
                self.keep_open();
                self.tell(News::SecretNotUpdated(errand.name, failure));
            }
        }
    }

    fn moved(&mut self, run: RunId, errand: Errand, end: Result<Box<Moved>>) {
        if let Some(moving) = self.moving() {
            moving.ended(run, &end);
        }
        match end {
            Ok(_) => self.tell(News::Moved(errand.name)),
            Err(failure) => {
                self.keep_open();
                self.tell(News::NotMoved(errand.name, failure));
            }
        }
    }

    fn removed(&mut self, run: RunId, errand: Errand, end: Result<()>) {
        let left = self.removal().and_then(|removal| {
            removal.ended(run, &end);
            removal.left_behind().cloned()
        });
        match end {
            Ok(()) => self.tell(News::Removed(errand.name, left)),
            Err(failure) => {
                self.keep_open();
                self.tell(News::NotRemoved(errand.name, failure));
            }
        }
    }

    /// Yes to "take away what stands" of an unfinished connection.
    pub fn take_away_unfinished(&mut self) {
        if let Some(wizard) = &mut self.wizard {
            wizard.take_away(&mut self.asker);
        }
    }

    pub(super) fn tell(&mut self, news: News) {
        self.notices.add(self.now, news);
    }
}

#[cfg(test)]
mod tests;
