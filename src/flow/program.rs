//! The whole: home, at most one wizard, at most one dialog, the list of messages. Effects out, events in.

use chrono::{DateTime, NaiveDate, Utc};

use super::home::Home;
use super::notices::{News, Notices};
use super::removal::Removal;
use super::renewal::{self, Renewal};
use super::wizard::Wizard;
use super::{Answer, Asker, Effect, Event, Outcome, RunId, Shell, Ticket};
use crate::model::plan::Progress;
use crate::model::{ConnectionName, ConnectionState, Environment};

/// A dialog over home.
pub enum Dialog {
    /// Update secret key.
    Renewal(Renewal),
    /// Delete.
    Removal(Removal),
    /// Close the window, though publications are under way?
    Quit,
}

/// Everything that the window shows and does.
pub struct Program {
    /// The connections.
    pub home: Home,
    /// The wizard, while there is one; it covers home.
    pub wizard: Option<Wizard>,
    /// The dialog, while there is one.
    pub dialog: Option<Dialog>,
    /// The messages.
    pub notices: Notices,
    /// Where effects wait until the front takes them.
    pub asker: Asker,
    environments: Vec<Environment>,
    removing: Vec<(RunId, ConnectionName)>,
    opening: Option<ConnectionName>,
    quitting: bool,
    now: DateTime<Utc>,
}

impl Program {
    /// The program at its start: home, reading the connections. The first environment is the one that is offered first.
    pub fn new(environments: Vec<Environment>, now: DateTime<Utc>) -> Self {
        let mut program = Self {
            home: Home::default(),
            wizard: None,
            dialog: None,
            notices: Notices::default(),
            asker: Asker::default(),
            environments,
            removing: Vec::new(),
            opening: None,
            quitting: false,
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
        if self.wizard.as_ref().is_some_and(Wizard::is_over) {
            self.wizard = None;
            self.home.refresh(&mut self.asker);
        }
        if self.quitting && !self.is_working() {
            self.quitting = false;
            self.asker.shell(Shell::Close);
        }
        self.asker.take()
    }

    /// Opens the wizard.
    pub fn new_connection(&mut self) {
        if self.wizard.is_some() {
            return;
        }
        let taken = self.home.list().iter().map(|each| each.connection.setup.name.clone());
        let known = self.home.list().iter().rev().map(|each| &each.connection.setup.site);
        let wizard = Wizard::new(self.environments.clone(), taken.collect(), known.into_iter().next());
        self.wizard = Some(wizard);
    }

    /// Goes on with a connection that was not finished.
    pub fn finish(&mut self, name: &ConnectionName) {
        if self.wizard.is_some() {
            return;
        }
        let found = self.home.find(name).map(|each| each.connection.clone());
        if let Some(connection) = found.filter(|each| each.state == ConnectionState::Connecting) {
            self.wizard = Some(Wizard::resume(connection, &mut self.asker));
        }
    }

    /// Opens *Update secret key*; once the connections are known, where they are not yet.
    pub fn update_secret(&mut self, name: &ConnectionName) {
        match self.home.find(name) {
            Some(found) => {
                let setup = &found.connection.setup;
                let renewal = Renewal::new(setup.name.clone(), setup.app.secret_expiry, self.now.date_naive());
                self.home.selected = Some(setup.name.clone());
                self.dialog = Some(Dialog::Renewal(renewal));
            }
            None => self.opening = Some(name.clone()),
        }
    }

    /// Opens *Delete*.
    pub fn delete(&mut self, name: &ConnectionName) {
        self.dialog = Some(Dialog::Removal(Removal::new(name.clone(), &mut self.asker)));
    }

    /// Cancel or Escape in the dialog: closes it, or stops what it does.
    pub fn close_dialog(&mut self) {
        let closes = match &mut self.dialog {
            Some(Dialog::Renewal(renewal)) => renewal.cancel(&mut self.asker),
            Some(Dialog::Removal(removal)) => removal.cancel(&mut self.asker),
            Some(Dialog::Quit) | None => true,
        };
        if closes {
            self.dialog = None;
        }
    }

    /// The window is to be closed. Answers whether it may be at once; else something was asked, or is being stopped.
    pub fn close_requested(&mut self) -> bool {
        if let Some(wizard) = &mut self.wizard {
            wizard.cancel(&mut self.asker);
            return wizard.is_over() && !self.is_working();
        }
        if self.is_working() {
            self.dialog.get_or_insert(Dialog::Quit);
            return false;
        }
        true
    }

    /// Yes to [`Dialog::Quit`]: everything is stopped at its next safe point, then the window closes.
    pub fn quit(&mut self) {
        self.dialog = None;
        let names: Vec<ConnectionName> = self.home.publications().iter().map(|each| each.name.clone()).collect();
        for name in names {
            self.home.stop(&name, &mut self.asker);
        }
        for (run, _) in &self.removing {
            self.asker.stop(*run);
        }
        self.quitting = true;
    }

    /// Whether it waits for work to stop, and then closes.
    pub fn is_quitting(&self) -> bool {
        self.quitting
    }

    fn is_working(&self) -> bool {
        let dialog = match &self.dialog {
            Some(Dialog::Renewal(renewal)) => renewal.is_running(),
            Some(Dialog::Removal(removal)) => removal.is_running(),
            Some(Dialog::Quit) | None => false,
        };
        dialog || !self.home.publications().is_empty() || !self.removing.is_empty()
    }

    /// Takes what came back.
    pub fn on(&mut self, event: Event) {
        match event {
            Event::Answer(ticket, answer) => self.answer(ticket, answer),
            Event::Asking(ticket, progress) => {
                if let Some(wizard) = &mut self.wizard {
                    wizard.hear_query(ticket, &progress);
                }
            }
            Event::Working(run, progress) => self.hear(run, &progress),
            Event::Ended(run, outcome) => self.ended(run, outcome),
            Event::FilePicked(purpose, path) => {
                if let (Some(wizard), Some(path)) = (&mut self.wizard, path) {
                    wizard.file_picked(purpose, path, &mut self.asker);
                }
            }
        }
    }

    fn answer(&mut self, ticket: Ticket, answer: Answer) {
        match answer {
            Answer::Connections(answer) => {
                let failure = answer.as_ref().err().cloned();
                if self.home.connections.answer(ticket, answer) {
                    self.home.after_answer();
                    if let Some(failure) = failure {
                        self.notices.add(self.now, News::NotRead(failure));
                    }
                    if let Some(name) = self.opening.take().filter(|name| self.home.find(name).is_some()) {
                        self.update_secret(&name);
                    }
                }
            }
            Answer::Inventory(answer) => {
                if let Some(Dialog::Removal(removal)) = &mut self.dialog {
                    removal.answer(ticket, answer);
                }
            }
            answer => {
                if let Some(wizard) = &mut self.wizard {
                    wizard.answer(ticket, answer, &mut self.asker);
                }
            }
        }
    }

    fn hear(&mut self, run: RunId, progress: &Progress) {
        self.home.hear(run, progress.clone());
        if let Some(wizard) = &mut self.wizard {
            wizard.hear(run, progress.clone());
        }
        match &mut self.dialog {
            Some(Dialog::Renewal(renewal)) => renewal.hear(run, progress.clone()),
            Some(Dialog::Removal(removal)) => removal.hear(run, progress.clone()),
            Some(Dialog::Quit) | None => {}
        }
    }

    fn ended(&mut self, run: RunId, outcome: Outcome) {
        match outcome {
            Outcome::Created(end) => {
                let name = self.wizard.as_ref().and_then(|wizard| wizard.name().cloned());
                if let Some(wizard) = &mut self.wizard {
                    wizard.ended(run, &end);
                }
                match (end, name) {
                    (Ok(created), _) => self.tell(News::Created(created.connection.setup.name)),
                    (Err(unfinished), Some(name)) => self.tell(News::NotCreated(name, unfinished.failure)),
                    (Err(_), None) => {}
                }
            }
            Outcome::Published(end) => {
                if let Some(name) = self.home.ended(run) {
                    self.tell(match end {
                        Ok(report) => News::Published(name, Box::new(report)),
                        Err(failure) => News::NotPublished(name, failure),
                    });
                }
            }
            Outcome::SecretUpdated(end) => self.secret_updated(run, end),
            Outcome::Removed(end) => self.removed(run, end),
        }
        self.home.refresh(&mut self.asker);
    }

    fn secret_updated(&mut self, run: RunId, end: crate::model::Result<Vec<crate::model::Warning>>) {
        let Some(Dialog::Renewal(renewal)) = &mut self.dialog else {
            return;
        };
        renewal.ended(run, &end);
        let (name, expiry) = (renewal.name.clone(), renewal.expiry.parse());
        match (end, renewal.stage(), expiry) {
            (Ok(warnings), renewal::Stage::Done(_), Ok(expiry)) => {
                self.tell(News::SecretUpdated(name, expiry, warnings))
            }
            (Err(failure), ..) => self.tell(News::SecretNotUpdated(name, failure)),
            (Ok(_), ..) => {}
        }
    }

    fn removed(&mut self, run: RunId, end: crate::model::Result<()>) {
        let mut name = None;
        if let Some(Dialog::Removal(removal)) = &mut self.dialog {
            removal.ended(run, &end);
            name = Some(removal.name.clone());
        }
        if let Some(at) = self.removing.iter().position(|(each, _)| *each == run) {
            name = Some(self.removing.remove(at).1);
        }
        if let Some(name) = name {
            self.tell(match end {
                Ok(()) => News::Removed(name),
                Err(failure) => News::NotRemoved(name, failure),
            });
        }
    }

    /// Yes to "take away what stands" of an unfinished connection.
    pub fn take_away_unfinished(&mut self) {
        if let Some(wizard) = &mut self.wizard {
            self.removing.extend(wizard.take_away(&mut self.asker));
        }
    }

    fn tell(&mut self, news: News) {
        self.notices.add(self.now, news);
    }
}
