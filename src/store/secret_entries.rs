//! Which keyring entry holds which secret. The secrets themselves are in the keyring; here are the entries' names.
//!
//! A secret is replaced without a moment in which none is there:
//!
//! 1. [`Store::add_pending`] writes the new entry's name down;
//! 2. the caller puts the secret into the keyring under that name;
//! 3. [`Store::make_current`] moves the pointer, the earlier entry becomes retired;
//! 4. the caller deletes the retired entry from the keyring, then [`Store::drop_entry`].
//!
//! A kill after any step leaves one current entry (or none before the very first step 3), and every other name that the keyring may
//! still hold in [`Store::stray_entries`].

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::Store;
use super::encode::{document, read_document, word};
use super::failure::{Attempt, Trouble};
use crate::model::{ConnectionId, Problem, Result, SecretExpiry, Setup};

/// The two secrets of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretKind {
    /// The app's secret key.
    ClientSecret,
    /// The password of the account that signs in to the SMS Provider.
    SitePassword,
}

/// The name of a keyring entry: `<connection ID>/client-secret/3`.
pub fn entry_name(connection: ConnectionId, kind: SecretKind, version: u32) -> String {
    let kind = match kind {
        SecretKind::ClientSecret => "client-secret",
        SecretKind::SitePassword => "site-password",
    };
    format!("{connection}/{kind}/{version}")
}

impl Store {
    /// The version for the next entry of that connection and kind: one more than the highest that is listed, so that no
    /// entry in use is ever overwritten.
    ///
    /// # Errors
    /// `Database`.
    pub fn next_version(&self, connection: ConnectionId, kind: SecretKind) -> Result<u32> {
        self.read(|database| {
            let mut statement =
                database.prepare("SELECT entry FROM secret_entries WHERE connection_id = ?1 AND kind = ?2")?;
            let entries = statement.query_map([word(&connection)?, word(&kind)?], |row| row.get::<_, String>(0))?;
            let mut highest: u32 = 0;
            for entry in entries {
                let version = entry?.rsplit('/').next().and_then(|version| version.parse().ok());
                highest = highest.max(version.unwrap_or(0));
            }
            Ok(highest.saturating_add(1))
        })
    }

    /// Writes down the name of an entry that is about to be put into the keyring. Writing one down twice is fine.
    ///
    /// # Errors
    /// `Internal` when the name is listed as current or retired.
    pub fn add_pending(&self, entry: &str, connection: ConnectionId, kind: SecretKind) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT OR IGNORE INTO secret_entries (entry, connection_id, kind, state) VALUES (?1, ?2, ?3, 'pending')",
                params![entry, word(&connection)?, word(&kind)?],
            )?;
            let state: String = transaction.query_row(
                "SELECT state FROM secret_entries WHERE entry = ?1",
                [entry],
                |row| row.get(0),
            )?;
            match state.as_str() {
                "pending" => Ok(()),
                other => Err(unexpected(entry, other)),
            }
        })
    }

    /// From now on this entry is the one in use; the earlier one of that connection and kind is retired. `expiry` is stored with the
    /// connection in the same transaction. Doing it twice is fine.
    ///
    /// # Errors
    /// `Internal` when the entry is not listed, or already retired.
    pub fn make_current(&self, entry: &str, expiry: Option<SecretExpiry>) -> Result<()> {
        self.write(|transaction| {
            let connection = put_to_use(transaction, entry)?;
            expiry.map_or(Ok(()), |expiry| set_expiry(transaction, &connection, expiry))
        })
    }

    /// No entry of the connection is in use any more: all of them are strays from now on.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn retire_entries(&self, connection: ConnectionId) -> Result<()> {
        self.write(|transaction| {
            let id = word(&connection)?;
            transaction.execute(
                "UPDATE secret_entries SET state = 'retired' WHERE connection_id = ?1",
                [id],
            )?;
            Ok(())
        })
    }

    /// The entry in use.
    ///
    /// # Errors
    /// `Database`.
    pub fn current_entry(&self, connection: ConnectionId, kind: SecretKind) -> Result<Option<String>> {
        self.read(|database| {
            Ok(database
                .query_row(
                    "SELECT entry FROM secret_entries WHERE connection_id = ?1 AND kind = ?2 AND state = 'current'",
                    [word(&connection)?, word(&kind)?],
                    |row| row.get(0),
                )
                .optional()?)
        })
    }

    /// Entries that the keyring may still hold though nothing uses them: pending and retired, of one connection or of all.
    ///
    /// A pending entry may belong to a run under way: delete only strays of a connection whose run lock you hold, or of one
    /// that is not there any more.
    ///
    /// # Errors
    /// `Database`.
    pub fn stray_entries(&self, connection: Option<ConnectionId>) -> Result<Vec<String>> {
        self.read(|database| {
            let mut statement = database.prepare(
                "SELECT entry FROM secret_entries
                 WHERE state <> 'current' AND (?1 IS NULL OR connection_id = ?1) ORDER BY entry",
            )?;
            let connection = connection.as_ref().map(word).transpose()?;
            let entries = statement.query_map([connection], |row| row.get(0))?;
            Ok(entries.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Strays whose connection is not there any more: anybody may delete them.
    ///
    /// # Errors
    /// `Database`.
    pub fn orphaned_entries(&self) -> Result<Vec<String>> {
        self.read(|database| {
            let mut statement = database.prepare(
                "SELECT entry FROM secret_entries
                 WHERE connection_id NOT IN (SELECT id FROM connections) ORDER BY entry",
            )?;
            let entries = statement.query_map([], |row| row.get(0))?;
            Ok(entries.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Takes a name off the list, once the keyring does not hold it any more. Does nothing when it is not listed.
    ///
    /// # Errors
    /// `Database`.
    pub fn drop_entry(&self, entry: &str) -> Result<()> {
        self.write(|transaction| {
            transaction.execute("DELETE FROM secret_entries WHERE entry = ?1", [entry])?;
            Ok(())
        })
    }
}

/// Moves the pointer to this entry. Answers whose it is.
pub(super) fn put_to_use(transaction: &Transaction<'_>, entry: &str) -> Attempt<String> {
    let row: Option<(String, String, String)> = transaction
        .query_row(
            "SELECT connection_id, kind, state FROM secret_entries WHERE entry = ?1",
            [entry],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let (connection, kind, state) = row.ok_or_else(|| unexpected(entry, "not listed"))?;
    if state == "retired" {
        return Err(unexpected(entry, &state));
    }
    transaction.execute(
        "UPDATE secret_entries SET state = 'retired'
         WHERE connection_id = ?1 AND kind = ?2 AND state = 'current' AND entry <> ?3",
        params![connection, kind, entry],
    )?;
    transaction.execute("UPDATE secret_entries SET state = 'current' WHERE entry = ?1", [entry])?;
    if kind == word(&SecretKind::ClientSecret)? {
        // What was noted was about the key before.
        transaction.execute("UPDATE connections SET key_notes = NULL WHERE id = ?1", [&connection])?;
    }
    Ok(connection)
}

/// No entry of this kind is in use any more.
pub(super) fn retire(transaction: &Transaction<'_>, connection: ConnectionId, kind: SecretKind) -> Attempt<()> {
    transaction.execute(
        "UPDATE secret_entries SET state = 'retired' WHERE connection_id = ?1 AND kind = ?2 AND state = 'current'",
        params![word(&connection)?, word(&kind)?],
    )?;
    Ok(())
}

pub(super) fn set_expiry(transaction: &Transaction<'_>, connection: &str, expiry: SecretExpiry) -> Attempt<()> {
    let text: String = transaction
        .query_row("SELECT setup FROM connections WHERE id = ?1", [connection], |row| {
            row.get(0)
        })
        .optional()?
        .ok_or_else(|| Problem::Internal {
            what: format!("the connection {connection} of a secret is not in the database"),
        })?;
    let mut setup: Setup = read_document("connections.setup", &text)?;
    setup.app.secret_expiry = expiry;
    transaction.execute(
        "UPDATE connections SET setup = ?2, updated = ?3 WHERE id = ?1",
        params![connection, document(&setup)?, word(&chrono::Utc::now())?],
    )?;
    Ok(())
}

fn unexpected(entry: &str, state: &str) -> Trouble {
    Problem::Internal {
        what: format!("the keyring entry {entry} is {state}, so it cannot be put to use"),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::SecretKind::{ClientSecret, SitePassword};
    use super::*;
    use crate::store::samples::{connection, moment, store};

    fn with_connection() -> (tempfile::TempDir, Store, ConnectionId) {
        let (dir, store) = store();
        let connection = connection("Contoso");
        store.insert_intent(&connection, moment(0)).unwrap();
        (dir, store, connection.id)
    }

    /// What another process would see: the entry in use, and what may be deleted.
    fn seen(dir: &tempfile::TempDir, id: ConnectionId) -> (Option<String>, Vec<String>) {
        let store = Store::open(dir.path()).unwrap();
        (
            store.current_entry(id, ClientSecret).unwrap(),
            store.stray_entries(Some(id)).unwrap(),
        )
    }

    #[test]
    fn every_step_of_a_replacement_can_be_read_after_a_kill() {
        let (dir, store, id) = with_connection();
        let first = entry_name(id, ClientSecret, store.next_version(id, ClientSecret).unwrap());
        assert_eq!(first, format!("{id}/client-secret/1"));
        assert_eq!(seen(&dir, id), (None, vec![]));
        store.add_pending(&first, id, ClientSecret).unwrap();
        assert_eq!(seen(&dir, id), (None, vec![first.clone()]));
        store.make_current(&first, None).unwrap();
        assert_eq!(seen(&dir, id), (Some(first.clone()), vec![]));

        let second = entry_name(id, ClientSecret, store.next_version(id, ClientSecret).unwrap());
        assert_eq!(second, format!("{id}/client-secret/2"));
        store.add_pending(&second, id, ClientSecret).unwrap();
        assert_eq!(seen(&dir, id), (Some(first.clone()), vec![second.clone()]));
        store.make_current(&second, None).unwrap();
        assert_eq!(seen(&dir, id), (Some(second.clone()), vec![first.clone()]));
        store.drop_entry(&first).unwrap();
        assert_eq!(seen(&dir, id), (Some(second), vec![]));
        assert_eq!(store.next_version(id, ClientSecret).unwrap(), 3);
    }

    #[test]
    fn steps_may_be_taken_again_but_never_back() {
        let (dir, store, id) = with_connection();
        let (first, second) = (entry_name(id, ClientSecret, 1), entry_name(id, ClientSecret, 2));
        for entry in [&first, &second] {
            store.add_pending(entry, id, ClientSecret).unwrap();
            store.add_pending(entry, id, ClientSecret).unwrap();
            store.make_current(entry, None).unwrap();
            store.make_current(entry, None).unwrap();
        }
        assert_eq!(
            store.make_current(&first, None).unwrap_err().problem().code(),
            "internal"
        );
        assert_eq!(
            store
                .add_pending(&second, id, ClientSecret)
                .unwrap_err()
                .problem()
                .code(),
            "internal"
        );
        assert_eq!(
            store.make_current("unknown", None).unwrap_err().problem().code(),
            "internal"
        );
        assert_eq!(seen(&dir, id), (Some(second), vec![first]));
    }

    #[test]
    fn the_expiry_changes_with_the_pointer_or_not_at_all() {
        let (_dir, store, id) = with_connection();
        let name = "Contoso".parse().unwrap();
        let expiry = || store.connection(&name).unwrap().unwrap().setup.app.secret_expiry;
        let (before, after) = (expiry(), "2030-01-31".parse::<SecretExpiry>().unwrap());
        let entry = entry_name(id, ClientSecret, 1);
        assert!(store.make_current(&entry, Some(after)).is_err());
        assert_eq!(expiry(), before);
        store.add_pending(&entry, id, ClientSecret).unwrap();
        store.make_current(&entry, Some(after)).unwrap();
        assert_eq!(expiry(), after);

        // No connection to write the date to: the pointer must not move either.
        let stranger = connection("Fabrikam").id;
        let entry = entry_name(stranger, ClientSecret, 1);
        store.add_pending(&entry, stranger, ClientSecret).unwrap();
        assert!(store.make_current(&entry, Some(after)).is_err());
        assert_eq!(store.current_entry(stranger, ClientSecret).unwrap(), None);
        assert_eq!(store.orphaned_entries().unwrap(), [entry]);
    }

    #[test]
    fn kinds_and_connections_do_not_touch_each_other() {
        let (_dir, store, id) = with_connection();
        let other = connection("Fabrikam");
        store.insert_intent(&other, moment(0)).unwrap();
        for (owner, kind) in [(id, ClientSecret), (id, SitePassword), (other.id, ClientSecret)] {
            let entry = entry_name(owner, kind, store.next_version(owner, kind).unwrap());
            assert!(entry.ends_with("/1"), "{entry}");
            store.add_pending(&entry, owner, kind).unwrap();
            store.make_current(&entry, None).unwrap();
        }
        assert!(store.stray_entries(None).unwrap().is_empty());
        assert_eq!(
            store.current_entry(id, SitePassword).unwrap().unwrap(),
            format!("{id}/site-password/1")
        );
        let pending = entry_name(id, ClientSecret, 10);
        store.add_pending(&pending, id, ClientSecret).unwrap();
        // As numbers, not as text: 10 comes after 9.
        store
            .add_pending(&entry_name(id, ClientSecret, 9), id, ClientSecret)
            .unwrap();
        assert_eq!(store.next_version(id, ClientSecret).unwrap(), 11);
        assert_eq!(store.stray_entries(Some(id)).unwrap().len(), 2);
        assert!(store.stray_entries(Some(other.id)).unwrap().is_empty());
        assert!(store.orphaned_entries().unwrap().is_empty());
    }
}
