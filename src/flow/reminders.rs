//! How a person is reminded of the end of a secret key: a snooze, and word to the desktop.

use super::effect::Reminder;
use super::{Command, Program, Shell};
use crate::model::{ConnectionName, ConnectionState, Result};

impl Program {
    /// Changes how a person is reminded.
    pub fn remind(&mut self, name: &ConnectionName, reminder: Reminder) {
        self.asker.command(Command::Remind(name.clone(), reminder));
    }

    /// Once the connections are read: asks, of each warning that the desktop may not know of yet, whether it is ours to tell. Another
    /// process may have told it meanwhile. Asked once, whatever the answer.
    pub(super) fn claim_notices(&mut self) {
        let now = self.now();
        for overview in self.home.list() {
            let connection = &overview.connection;
            let key = overview.key(now);
            let Some(threshold) = key.warning().filter(|_| !key.notified && overview.tells_desktop) else {
                continue;
            };
            let claim = (connection.id, threshold);
            if connection.state == ConnectionState::Ready && !self.claimed.contains(&claim) {
                self.claimed.push(claim);
                self.asker.command(Command::ClaimNotice(connection.setup.name.clone()));
            }
        }
    }

    /// What cannot be asked is in the log; the window says it all the same.
    pub(super) fn notice_claimed(&mut self, name: ConnectionName, end: Result<bool>) {
        if end.is_ok_and(|ours| ours) {
            self.asker.shell(Shell::Notify(name));
        }
    }
}
