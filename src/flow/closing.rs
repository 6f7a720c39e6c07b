//! The window is to be closed: what is in the way is asked about or waited for, then it closes.
//!
//! Nothing that a person has to know goes down with the window: where a secret key could not be put into use or a connection
//! could not be taken away, the window stays and says so. Publications that are stopped go on by themselves another time.

use super::program::Dialog;
use super::wizard::Wizard;
use super::{Program, Shell};

/// How far the closing of the window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Closing {
    /// Nobody wishes it.
    #[default]
    No,
    /// It closes when nothing is in the way any more.
    Wanted,
    /// [`Dialog::Quit`] waits for an answer.
    Asking,
}

impl Program {
    /// The window is to be closed. Answers whether it may be at once; else something was asked, or is waited for, and the window
    /// closes afterwards by itself.
    pub fn close_requested(&mut self) -> bool {
        if let Some(wizard) = &mut self.wizard {
            wizard.cancel(&mut self.asker);
        }
        self.put_away_finished_wizard();
        if self.unsaved_properties() {
            self.closing = Closing::Wanted;
            return false;
        }
        if self.wizard.is_none() && self.asker.under_way().next().is_none() {
            self.closing = Closing::No;
            return true;
        }
        if self.closing == Closing::No {
            self.closing = Closing::Wanted;
        }
        self.go_on_closing();
        false
    }

    /// Yes to [`Dialog::Quit`]: publications are stopped at their next safe point; when everything has ended the window closes.
    pub fn quit(&mut self) {
        if matches!(self.dialog, Some(Dialog::Quit)) {
            (self.dialog, self.behind) = (None, Vec::new());
        }
        self.home.stop_all(&mut self.asker);
        self.closing = Closing::Wanted;
    }

    /// Whether it waits for work to end, and then closes.
    pub fn is_quitting(&self) -> bool {
        self.closing == Closing::Wanted && self.wizard.is_none()
    }

    /// The window stays open after all.
    pub(super) fn keep_open(&mut self) {
        self.closing = Closing::No;
    }

    /// Looks again at what is in the way.
    pub(super) fn go_on_closing(&mut self) {
        match (self.closing, &self.wizard) {
            (Closing::No, _) => {}
            // Its question was answered with "stay", or it has something to show.
            (_, Some(wizard)) if wizard.question.is_none() && !wizard.is_stopping() => self.keep_open(),
            (_, Some(_)) => {}
            (Closing::Asking, None) if !matches!(self.dialog, Some(Dialog::Quit)) => self.keep_open(),
            (_, None) => self.close_or_ask(),
        }
    }

    fn close_or_ask(&mut self) {
        let goes_on = self.home.publications().iter().any(|each| !each.stopping);
        if self.is_dialog_running() {
            return;
        }
        if let Some(Dialog::Properties(properties)) = &self.dialog
            && properties.is_changed()
        {
            if !properties.leaving {
                self.keep_open(); // its question was answered with no
            }
            return;
        }
        if goes_on {
            if self.closing == Closing::Wanted {
                self.behind.extend(self.dialog.replace(Dialog::Quit));
                self.closing = Closing::Asking;
            }
        } else if self.closing == Closing::Asking {
            self.quit(); // what was asked about has ended meanwhile
        }
        if self.asker.under_way().next().is_none() {
            self.closing = Closing::No;
            self.asker.shell(Shell::Close);
        }
    }

    /// The wizard's making has not come to its end while the window is to be closed: the next question. Where there is none, or
    /// where it was made after all, the page is to be read first.
    pub(super) fn closing_after_failure(&mut self) {
        if let (Closing::Wanted, Some(wizard)) = (self.closing, &mut self.wizard) {
            wizard.ask_before_leaving();
        }
    }

    pub(super) fn put_away_finished_wizard(&mut self) {
        if self.wizard.as_ref().is_some_and(Wizard::is_over) {
            self.wizard = None;
            self.home.refresh(&mut self.asker);
        }
    }

    pub(super) fn is_dialog_running(&self) -> bool {
        match &self.dialog {
            Some(Dialog::Renewal(renewal)) => renewal.is_running(),
            Some(Dialog::Move(moving)) => moving.is_running(),
            Some(Dialog::Properties(properties)) => properties.is_running(),
            Some(Dialog::Removal(removal)) => removal.is_running(),
            Some(Dialog::SaveSettings(_) | Dialog::OpenSettings(_) | Dialog::Diagnosis(_) | Dialog::Quit) | None => {
                false
            }
        }
    }
}
