//! Connections, and the names of removed ones.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::encode::{document, read_document, read_word, word};
use super::failure::{Attempt, Trouble, is_taken};
use super::{Database, Store, limits};
use crate::model::{Connection, ConnectionId, ConnectionName, ConnectionState, Problem, Result};

const COLUMNS: &str = "id, state, setup, workspace, site, history";

impl Store {
    /// Writes down that a connection is about to be made. A removed connection of that name is remembered no more.
    ///
    /// # Errors
    /// `NameTaken` when another connection has the name.
    pub fn insert_intent(&self, connection: &Connection, now: DateTime<Utc>) -> Result<()> {
        let name = &connection.setup.name;
        self.write(|transaction| {
            transaction
                .execute(
                    "INSERT INTO connections (id, name, name_key, state, setup, workspace, site, history, created,
                     updated, import_off_since) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)",
                    params![
                        word(&connection.id)?,
                        name.as_str(),
                        name.key(),
                        word(&connection.state)?,
                        document(&connection.setup)?,
                        connection.workspace.as_ref().map(document).transpose()?,
                        connection.site.as_ref().map(document).transpose()?,
                        connection.history.as_ref().map(document).transpose()?,
                        word(&now)?,
                        (!connection.setup.import).then(|| word(&now)).transpose()?,
                    ],
                )
                .map_err(|error| name_taken_or(name, error))?;
            clear_removed(transaction, name)
        })
    }

    /// Since when a connection is left out of schedules; `None`: it is not, or nobody knows since when.
    ///
    /// # Errors
    /// `Database`.
    pub fn import_off_since(&self, id: ConnectionId) -> Result<Option<DateTime<Utc>>> {
        self.read(|database| {
            let moment: Option<Option<String>> = database
                .query_row(
                    "SELECT import_off_since FROM connections WHERE id = ?1",
                    [word(&id)?],
                    |row| row.get(0),
                )
                .optional()?;
            let moment = moment.flatten();
            moment
                .map(|moment| read_word("connections.import_off_since", moment))
                .transpose()
        })
    }

    /// The connection of that name.
    ///
    /// # Errors
    /// `Database` when it cannot be read.
    pub fn connection(&self, name: &ConnectionName) -> Result<Option<Connection>> {
        self.read(|database| {
            let row = database
                .query_row(
                    &format!("SELECT {COLUMNS} FROM connections WHERE name_key = ?1"),
                    [name.key()],
                    Columns::of,
                )
                .optional()?;
            row.map(Columns::decode).transpose()
        })
    }

    /// All connections, by name.
    ///
    /// # Errors
    /// `Database` when one cannot be read.
    pub fn connections(&self) -> Result<Vec<Connection>> {
        self.read(|database| {
            let mut statement = database.prepare(&format!("SELECT {COLUMNS} FROM connections ORDER BY name_key"))?;
            let rows = statement.query_map([], Columns::of)?;
            rows.map(|row| row?.decode()).collect()
        })
    }

    /// Moves a connection on in its life.
    ///
    /// # Errors
    /// `NoSuchConnection`.
    pub fn set_state(&self, id: ConnectionId, state: ConnectionState) -> Result<()> {
        self.write(|transaction| {
            let changed = transaction.execute(
                "UPDATE connections SET state = ?2, updated = ?3 WHERE id = ?1",
                params![word(&id)?, word(&state)?, word(&Utc::now())?],
            )?;
            found(transaction, changed, &id.to_string())
        })
    }

    /// Replaces all that is known of a connection but its ID.
    ///
    /// # Errors
    /// `NoSuchConnection`; `NameTaken` when another connection has its new name.
    pub fn update_connection(&self, connection: &Connection) -> Result<()> {
        self.write(|transaction| update(transaction, connection))
    }

    /// Deletes a connection with its groups' states, its runs, and what only it has learned of its workspace, and remembers that it was
    /// removed. Keyring entries that are
    /// still listed for it become strays, so that a later run can delete them. Does nothing when it is not there.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn forget(&self, id: ConnectionId, now: DateTime<Utc>) -> Result<()> {
        self.write(|transaction| {
            let id = word(&id)?;
            transaction.execute(
                "INSERT OR REPLACE INTO removed_connections (name_key, name, connection_id, removed_at)
                 SELECT name_key, name, id, ?2 FROM connections WHERE id = ?1",
                params![id, word(&now)?],
            )?;
            transaction.execute(
                "UPDATE secret_entries SET state = 'retired' WHERE connection_id = ?1",
                [&id],
            )?;
            transaction.execute("DELETE FROM runs WHERE connection_id = ?1", [&id])?;
            // The groups' states go with their connection.
            transaction.execute("DELETE FROM connections WHERE id = ?1", [&id])?;
            limits::forget_unused(transaction)
        })
    }

    /// When the last connection of that name was removed; `None` while one has the name, or where none ever had it.
    ///
    /// # Errors
    /// `Database`.
    pub fn was_removed(&self, name: &ConnectionName) -> Result<Option<DateTime<Utc>>> {
        self.read(|database| {
            let moment: Option<String> = database
                .query_row(
                    "SELECT removed_at FROM removed_connections WHERE name_key = ?1",
                    [name.key()],
                    |row| row.get(0),
                )
                .optional()?;
            moment
                .map(|moment| read_word("removed_connections.removed_at", moment))
                .transpose()
        })
    }
}

/// See [`Store::update_connection`].
pub(super) fn update(transaction: &Transaction<'_>, connection: &Connection) -> Attempt<()> {
    let name = &connection.setup.name;
    // What stands on the right of a SET is the row as it was: the moment is noted when import goes off, whoever turns it off.
    let changed = transaction
        .execute(
            "UPDATE connections SET name = ?2, name_key = ?3, state = ?4, setup = ?5, workspace = ?6, site = ?7,
             history = ?8, updated = ?9, import_off_since = CASE WHEN ?10 THEN NULL
             WHEN json_extract(setup, '$.import') THEN ?9 ELSE import_off_since END WHERE id = ?1",
            params![
                word(&connection.id)?,
                name.as_str(),
                name.key(),
                word(&connection.state)?,
                document(&connection.setup)?,
                connection.workspace.as_ref().map(document).transpose()?,
                connection.site.as_ref().map(document).transpose()?,
                connection.history.as_ref().map(document).transpose()?,
                word(&Utc::now())?,
                connection.setup.import,
            ],
        )
        .map_err(|error| name_taken_or(name, error))?;
    found(transaction, changed, name.as_str())?;
    clear_removed(transaction, name)
}

/// A row as SQLite gives it.
struct Columns {
    id: String,
    state: String,
    setup: String,
    workspace: Option<String>,
    site: Option<String>,
    history: Option<String>,
}

impl Columns {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            state: row.get(1)?,
            setup: row.get(2)?,
            workspace: row.get(3)?,
            site: row.get(4)?,
            history: row.get(5)?,
        })
    }

    fn decode(self) -> Attempt<Connection> {
        let workspace = self.workspace.map(|text| read_document("connections.workspace", &text));
        let site = self.site.map(|text| read_document("connections.site", &text));
        let history = self.history.map(|text| read_document("connections.history", &text));
        Ok(Connection {
            id: read_word("connections.id", self.id)?,
            state: read_word("connections.state", self.state)?,
            setup: read_document("connections.setup", &self.setup)?,
            workspace: workspace.transpose()?,
            site: site.transpose()?,
            history: history.transpose()?,
        })
    }
}

fn name_taken_or(name: &ConnectionName, error: rusqlite::Error) -> Trouble {
    if is_taken(&error) {
        return Problem::NameTaken {
            name: name.as_str().to_owned(),
        }
        .into();
    }
    error.into()
}

fn clear_removed(transaction: &Transaction<'_>, name: &ConnectionName) -> Attempt<()> {
    transaction.execute("DELETE FROM removed_connections WHERE name_key = ?1", [name.key()])?;
    Ok(())
}

/// Turns "no row was changed" into `NoSuchConnection`.
fn found(database: &Database, changed: usize, name: &str) -> Attempt<()> {
    if changed > 0 {
        return Ok(());
    }
    let mut statement = database.prepare("SELECT name FROM connections ORDER BY name_key")?;
    let known = statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Err(Problem::NoSuchConnection {
        name: name.to_owned(),
        known,
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SiteIdentity, Workspace};
    use crate::store::samples::{connection, group, moment, store};
    use crate::store::{RunKind, SecretKind, entry_name};

    #[test]
    fn a_connection_reads_back_whole() {
        let (_dir, store) = store();
        let mut wanted = connection("Contoso Größe");
        store.insert_intent(&wanted, moment(0)).unwrap();
        assert_eq!(store.connection(&wanted.setup.name).unwrap().unwrap(), wanted);

        wanted.state = ConnectionState::Ready;
        wanted.workspace = Some(Workspace {
            retention_days: Some(30),
            ..Workspace::bare(wanted.setup.workspace.clone())
        });
        wanted.site = Some(SiteIdentity {
            code: "PS1".parse().unwrap(),
            name: "東京".into(),
            build: Some(9135),
            is_cas: false,
            guid: None,
            providers: Vec::new(),
        });
        store.update_connection(&wanted).unwrap();
        assert_eq!(store.connection(&"contoso GRÖSSE".parse().unwrap()).unwrap(), None);
        assert_eq!(
            store.connection(&"contoso GRÖßE".parse().unwrap()).unwrap().unwrap(),
            wanted
        );

        store.set_state(wanted.id, ConnectionState::Removing).unwrap();
        let listed = store.connections().unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed.first().unwrap().state, ConnectionState::Removing);
    }

    #[test]
    fn the_moment_of_turning_import_off_is_kept_until_it_is_turned_on() {
        let (_dir, store) = store();
        let mut on = connection("Contoso");
        on.setup.import = true;
        store.insert_intent(&on, moment(0)).unwrap();
        let since = || store.import_off_since(on.id).unwrap();
        assert_eq!(since(), None);
        let mut off = on.clone();
        off.setup.import = false;
        let before = Utc::now();
        store.update_connection(&off).unwrap();
        let noted = since().unwrap();
        assert!(
            before - noted < chrono::TimeDelta::seconds(1) && noted <= Utc::now(),
            "{noted}"
        );
        // Another change leaves it.
        off.setup.description = "another".into();
        store.update_connection(&off).unwrap();
        assert_eq!(since(), Some(noted));
        store.update_connection(&on).unwrap();
        assert_eq!(since(), None);
        // Made without import: since then.
        let mut born_off = connection("Fabrikam");
        born_off.setup.import = false;
        store.insert_intent(&born_off, moment(7)).unwrap();
        assert_eq!(store.import_off_since(born_off.id).unwrap(), Some(moment(7)));
        // Turned off before this was noted: nobody knows.
        store
            .write(|transaction| Ok(transaction.execute("UPDATE connections SET import_off_since = NULL", [])?))
            .unwrap();
        store.update_connection(&born_off).unwrap();
        assert_eq!(store.import_off_since(born_off.id).unwrap(), None);
    }

    #[test]
    fn a_name_belongs_to_one_connection() {
        let (_dir, store) = store();
        let first = connection("Contoso");
        store.insert_intent(&first, moment(0)).unwrap();
        let failure = store.insert_intent(&connection("CONTOSO"), moment(0)).unwrap_err();
        assert_eq!(failure.problem(), &Problem::NameTaken { name: "CONTOSO".into() });

        let mut second = connection("Fabrikam");
        store.insert_intent(&second, moment(0)).unwrap();
        second.setup.name = "contoso".parse().unwrap();
        assert_eq!(
            store.update_connection(&second).unwrap_err().problem().code(),
            "name_taken"
        );
        // The refused change left the row alone.
        assert!(store.connection(&"Fabrikam".parse().unwrap()).unwrap().is_some());

        // One ID twice is a mistake of ours, not a taken name.
        let mut copy = first;
        copy.setup.name = "Copy".parse().unwrap();
        assert_eq!(
            store.insert_intent(&copy, moment(0)).unwrap_err().problem().code(),
            "database"
        );
    }

    #[test]
    fn changing_what_is_not_there_names_what_is() {
        let (_dir, store) = store();
        store.insert_intent(&connection("Contoso"), moment(0)).unwrap();
        let stranger = connection("Fabrikam");
        let failure = store.update_connection(&stranger).unwrap_err();
        assert_eq!(
            failure.problem(),
            &Problem::NoSuchConnection {
                name: "Fabrikam".into(),
                known: vec!["Contoso".into()]
            }
        );
        let failure = store.set_state(stranger.id, ConnectionState::Ready).unwrap_err();
        assert_eq!(failure.problem().code(), "no_such_connection");
    }

    #[test]
    fn forgetting_takes_everything_and_leaves_a_trace() {
        let (_dir, store) = store();
        let gone = connection("Contoso");
        let stays = connection("Fabrikam");
        for each in [&gone, &stays] {
            store.insert_intent(each, moment(0)).unwrap();
            store.put_group(each.id, &group("PS100016")).unwrap();
            store.begin_run(each.id, RunKind::Sync, moment(1)).unwrap();
            let entry = entry_name(each.id, SecretKind::ClientSecret, 1);
            store.add_pending(&entry, each.id, SecretKind::ClientSecret).unwrap();
            store.make_current(&entry, None).unwrap();
        }
        assert_eq!(store.was_removed(&gone.setup.name).unwrap(), None);
        store.forget(gone.id, moment(9)).unwrap();
        store.forget(gone.id, moment(10)).unwrap();

        assert_eq!(store.was_removed(&"CONTOSO".parse().unwrap()).unwrap(), Some(moment(9)));
        assert_eq!(store.connections().unwrap(), vec![stays.clone()]);
        assert!(store.groups(gone.id).unwrap().is_empty());
        assert!(store.runs(gone.id, 10).unwrap().is_empty());
        assert_eq!(store.current_entry(gone.id, SecretKind::ClientSecret).unwrap(), None);
        assert_eq!(
            store.stray_entries(None).unwrap(),
            vec![entry_name(gone.id, SecretKind::ClientSecret, 1)]
        );
        assert_eq!(store.groups(stays.id).unwrap().len(), 1);
        assert_eq!(store.runs(stays.id, 10).unwrap().len(), 1);
        assert!(
            store
                .current_entry(stays.id, SecretKind::ClientSecret)
                .unwrap()
                .is_some()
        );
    }

    #[test]
    fn a_new_connection_of_the_name_clears_the_trace() {
        let (_dir, store) = store();
        let first = connection("Contoso");
        store.insert_intent(&first, moment(0)).unwrap();
        store.forget(first.id, moment(1)).unwrap();
        let mut second = connection("Contoso");
        store.insert_intent(&second, moment(2)).unwrap();
        assert_eq!(store.was_removed(&first.setup.name).unwrap(), None);

        store.forget(second.id, moment(3)).unwrap();
        second = connection("Fabrikam");
        store.insert_intent(&second, moment(4)).unwrap();
        second.setup.name = "Contoso".parse().unwrap();
        store.update_connection(&second).unwrap();
        assert_eq!(store.was_removed(&first.setup.name).unwrap(), None);
    }
}
