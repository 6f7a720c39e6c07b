//! What is noted of the secret key in use: that Azure calls it expired, which warning is snoozed, of which one the desktop was told.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction, params};

use super::encode::{document, read_document, word};
use super::failure::Attempt;
use super::{Database, Store};
use crate::model::expiry::{Snooze, Threshold};
use crate::model::{ConnectionId, KeyNotes, Result};

impl Store {
    /// What is noted of the key in use of a connection.
    ///
    /// # Errors
    /// `Database`.
    pub fn key_notes(&self, id: ConnectionId) -> Result<KeyNotes> {
        self.read(|database| read(database, id))
    }

    /// Notes that Azure has called the key in this keyring entry expired. Does nothing where another one is in use by now, and keeps
    /// the first moment.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn note_expired(&self, id: ConnectionId, entry: &str, now: DateTime<Utc>) -> Result<()> {
        self.write(|transaction| {
            let is_in_use = transaction
                .query_row(
                    "SELECT 1 FROM secret_entries WHERE entry = ?1 AND connection_id = ?2 AND state = 'current'",
                    params![entry, word(&id)?],
                    |_| Ok(()),
                )
                .optional()?;
            let mut notes = read(transaction, id)?;
            if is_in_use.is_none() || notes.called_expired.is_some() {
                return Ok(());
            }
            notes.called_expired = Some(now);
            write(transaction, id, &notes)
        })
    }

    /// Snoozes a warning, or ends that.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn set_snooze(&self, id: ConnectionId, snooze: Option<Snooze>) -> Result<()> {
        self.write(|transaction| {
            let notes = KeyNotes {
                snooze,
                ..read(transaction, id)?
            };
            write(transaction, id, &notes)
        })
    }

    /// Whoever gets `true` tells the desktop of this threshold: of several processes only one does, and of each threshold once.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn claim_notice(&self, id: ConnectionId, threshold: Threshold) -> Result<bool> {
        self.write(|transaction| {
            let notes = read(transaction, id)?;
            if notes.notified >= Some(threshold) {
                return Ok(false);
            }
            let notified = Some(threshold);
            write(transaction, id, &KeyNotes { notified, ..notes })?;
            Ok(true)
        })
    }

    /// The desktop could not be told: somebody tries again later.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn give_back_notice(&self, id: ConnectionId) -> Result<()> {
        self.write(|transaction| {
            let notes = KeyNotes {
                notified: None,
                ..read(transaction, id)?
            };
            write(transaction, id, &notes)
        })
    }

    /// Whether the desktop is told when the key of a connection nears its end.
    ///
    /// # Errors
    /// `Database`.
    pub fn tells_desktop(&self, id: ConnectionId) -> Result<bool> {
        self.read(|database| {
            let tells = database
                .query_row(
                    "SELECT tells_desktop FROM connections WHERE id = ?1",
                    [word(&id)?],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(tells.unwrap_or(true))
        })
    }

    /// Turns that on or off.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn set_tells_desktop(&self, id: ConnectionId, on: bool) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE connections SET tells_desktop = ?2 WHERE id = ?1",
                params![word(&id)?, on],
            )?;
            Ok(())
        })
    }
}

fn read(database: &Database, id: ConnectionId) -> Attempt<KeyNotes> {
    let text: Option<Option<String>> = database
        .query_row("SELECT key_notes FROM connections WHERE id = ?1", [word(&id)?], |row| {
            row.get(0)
        })
        .optional()?;
    let notes = text.flatten().map(|text| read_document("connections.key_notes", &text));
    Ok(notes.transpose()?.unwrap_or_default())
}

fn write(transaction: &Transaction<'_>, id: ConnectionId, notes: &KeyNotes) -> Attempt<()> {
    transaction.execute(
        "UPDATE connections SET key_notes = ?2 WHERE id = ?1",
        params![word(&id)?, document(notes)?],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::samples::{connection, moment, store};
    use crate::store::{SecretKind, entry_name};

    fn with_key() -> (tempfile::TempDir, Store, ConnectionId, String) {
        let (dir, store) = store();
        let connection = connection("Contoso");
        store.insert_intent(&connection, moment(0)).unwrap();
        let entry = put_to_use(&store, connection.id, SecretKind::ClientSecret);
        (dir, store, connection.id, entry)
    }

    fn put_to_use(store: &Store, id: ConnectionId, kind: SecretKind) -> String {
        let entry = entry_name(id, kind, store.next_version(id, kind).unwrap());
        store.add_pending(&entry, id, kind).unwrap();
        store.make_current(&entry, None).unwrap();
        entry
    }

    #[test]
    fn what_azure_says_first_stays_until_a_new_key_is_in_use() {
        let (_dir, store, id, entry) = with_key();
        assert_eq!(store.key_notes(id).unwrap(), KeyNotes::default());
        store.note_expired(id, &entry, moment(1)).unwrap();
        store.note_expired(id, &entry, moment(2)).unwrap();
        assert_eq!(store.key_notes(id).unwrap().called_expired, Some(moment(1)));
        // Another secret of the connection is not the key.
        put_to_use(&store, id, SecretKind::SitePassword);
        assert_eq!(store.key_notes(id).unwrap().called_expired, Some(moment(1)));
        let next = put_to_use(&store, id, SecretKind::ClientSecret);
        assert_eq!(store.key_notes(id).unwrap(), KeyNotes::default());
        // Somebody who began before the change learns of the old one now.
        store.note_expired(id, &entry, moment(3)).unwrap();
        assert_eq!(store.key_notes(id).unwrap(), KeyNotes::default());
        store.note_expired(id, &next, moment(4)).unwrap();
        assert_eq!(store.key_notes(id).unwrap().called_expired, Some(moment(4)));
    }

    #[test]
    fn a_snooze_is_kept_beside_the_rest_and_survives_other_changes() {
        let (dir, store, id, entry) = with_key();
        let snooze = Some(Snooze {
            threshold: Threshold::ThirtyDays,
            until: moment(9),
        });
        store.note_expired(id, &entry, moment(1)).unwrap();
        store.set_snooze(id, snooze).unwrap();
        let mut connection = store.connections().unwrap().remove(0);
        connection.setup.description = "another".into();
        store.update_connection(&connection).unwrap();
        let again = Store::open(dir.path()).unwrap().key_notes(id).unwrap();
        assert_eq!((again.snooze, again.called_expired), (snooze, Some(moment(1))));
        store.set_snooze(id, None).unwrap();
        assert_eq!(store.key_notes(id).unwrap().snooze, None);
    }

    #[test]
    fn of_each_threshold_one_tells_and_only_once() {
        let (dir, store, id, _) = with_key();
        let other = Store::open(dir.path()).unwrap();
        assert!(store.claim_notice(id, Threshold::ThirtyDays).unwrap());
        assert!(!other.claim_notice(id, Threshold::ThirtyDays).unwrap());
        assert!(!other.claim_notice(id, Threshold::SixtyDays).unwrap(), "a farther one");
        assert!(other.claim_notice(id, Threshold::FourteenDays).unwrap());
        other.give_back_notice(id).unwrap();
        assert!(store.claim_notice(id, Threshold::FourteenDays).unwrap());
    }

    #[test]
    fn the_desktop_is_told_unless_somebody_turned_that_off_also_after_a_new_key() {
        let (_dir, store, id, _) = with_key();
        assert!(store.tells_desktop(id).unwrap());
        store.set_tells_desktop(id, false).unwrap();
        put_to_use(&store, id, SecretKind::ClientSecret);
        assert!(!store.tells_desktop(id).unwrap());
    }
}
