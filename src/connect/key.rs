//! What is noted of the secret key in use: what Azure says of it, which warning is snoozed, of which one the desktop was told.

use chrono::{DateTime, Utc};

use crate::model::expiry::SnoozeTime;
use crate::model::{Connection, ConnectionId, Failure, KeyExpiry, Problem, Result};
use crate::store::{SecretKind, Store};

/// The key that is in use when something begins. What Azure says of it is noted, unless another one has taken its place meanwhile.
pub struct KeyInUse<'a> {
    store: &'a Store,
    connection: ConnectionId,
    entry: Option<String>,
}

impl<'a> KeyInUse<'a> {
    /// The key of a connection.
    ///
    /// # Errors
    /// The store's.
    pub fn of(store: &'a Store, connection: ConnectionId) -> Result<Self> {
        Ok(Self {
            store,
            connection,
            entry: store.current_entry(connection, SecretKind::ClientSecret)?,
        })
    }

    /// Something has failed: perhaps because the key has expired.
    pub fn heed(&self, failure: &Failure) {
        let (Problem::SecretExpired, Some(entry)) = (failure.problem(), &self.entry) else {
            return;
        };
        if let Err(failure) = self.store.note_expired(self.connection, entry, Utc::now()) {
            // Azure will say so again.
            let code = failure.problem().code();
            tracing::warn!(code, "that Azure calls the secret key expired is not noted");
        }
    }
}

/// Snoozes the warning that is due on a key now. Answers until when.
///
/// # Errors
/// [`Problem::Usage`] where none is due, or where the key has expired: that is never hidden. The store's.
pub fn snooze(store: &Store, connection: &Connection, time: SnoozeTime, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let setup = &connection.setup;
    let key = KeyExpiry::at(setup.app.secret_expiry, &store.key_notes(connection.id)?, now);
    let Some(snooze) = key.snooze(time, now) else {
        let name = &setup.name;
        let what = match key.is_expired() {
            true => format!("the secret key of \"{name}\" has expired, which is not hidden: put a new one into use"),
            false => format!(
                "there is no reminder of the secret key of \"{name}\" yet: it expires on {}",
                key.date
            ),
        };
        return Err(Problem::Usage { what }.into());
    };
    store.set_snooze(connection.id, Some(snooze))?;
    Ok(snooze.until)
}

/// Whether the desktop is to be told of the warning that is due on this key now; whoever gets `true` tells it.
///
/// # Errors
/// The store's.
pub fn claims_notice(store: &Store, id: ConnectionId, key: &KeyExpiry) -> Result<bool> {
    match key.warning() {
        Some(threshold) if !key.notified && store.tells_desktop(id)? => store.claim_notice(id, threshold),
        _ => Ok(false),
    }
}
