//! Secret keys that Microsoft Entra was asked to make and that are not in use: their names there, written down before they are made.

use rusqlite::params;

use super::Store;
use super::encode::word;
use super::secret_entries::{put_to_use, set_expiry};
use crate::model::{ConnectionId, Result, SecretExpiry};

impl Store {
    /// Writes down that a key of this name is about to be made.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn add_made_key(&self, connection: ConnectionId, name: &str) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO made_keys (connection_id, name) VALUES (?1, ?2)",
                params![word(&connection)?, name],
            )?;
            Ok(())
        })
    }

    /// The names of keys that may stand in Microsoft Entra though nothing uses them.
    ///
    /// # Errors
    /// `Database`.
    pub fn made_keys(&self, connection: ConnectionId) -> Result<Vec<String>> {
        self.read(|database| {
            let mut statement =
                database.prepare("SELECT name FROM made_keys WHERE connection_id = ?1 ORDER BY name")?;
            let names = statement.query_map([word(&connection)?], |row| row.get(0))?;
            Ok(names.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// No key of this name stands there any more.
    ///
    /// # Errors
    /// `Database`.
    pub fn drop_made_key(&self, connection: ConnectionId, name: &str) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "DELETE FROM made_keys WHERE connection_id = ?1 AND name = ?2",
                params![word(&connection)?, name],
            )?;
            Ok(())
        })
    }

    /// As [`Store::make_current`], for the key that was made under this name: from this moment on it is one in use.
    ///
    /// # Errors
    /// As there.
    pub fn make_current_made(&self, entry: &str, expiry: SecretExpiry, name: &str) -> Result<()> {
        self.write(|transaction| {
            let connection = put_to_use(transaction, entry)?;
            set_expiry(transaction, &connection, expiry)?;
            transaction.execute(
                "DELETE FROM made_keys WHERE connection_id = ?1 AND name = ?2",
                params![connection, name],
            )?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::store::samples::{connection, moment, store};
    use crate::store::{SecretKind, entry_name};

    #[test]
    fn a_key_that_comes_into_use_is_no_stray_from_that_moment_on() {
        let (_dir, store) = store();
        let connection = connection("Contoso");
        store.insert_intent(&connection, moment(0)).unwrap();
        let id = connection.id;
        for name in ["first", "second"] {
            store.add_made_key(id, name).unwrap();
        }
        let entry = entry_name(id, SecretKind::ClientSecret, 1);
        let expiry = "2031-01-31".parse().unwrap();
        store.make_current_made(&entry, expiry, "second").unwrap_err();
        assert_eq!(store.made_keys(id).unwrap(), ["first", "second"]);
        store.add_pending(&entry, id, SecretKind::ClientSecret).unwrap();
        store.make_current_made(&entry, expiry, "second").unwrap();
        assert_eq!(store.made_keys(id).unwrap(), ["first"]);
        assert_eq!(store.current_entry(id, SecretKind::ClientSecret).unwrap(), Some(entry));
        assert_eq!(store.connections().unwrap()[0].setup.app.secret_expiry, expiry);
        store.drop_made_key(id, "first").unwrap();
        assert!(store.made_keys(id).unwrap().is_empty());
    }
}
