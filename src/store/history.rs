//! Where a connection's rows go, and what a set-up has made in Azure for them.

use chrono::Utc;
use rusqlite::{OptionalExtension, params};

use super::Store;
use super::encode::{document, read_document, word};
use crate::model::history::Made;
use crate::model::{ConnectionId, HistoryPlace, Result};

impl Store {
    /// Notes where rows go from now on; `None`: nowhere any more. Does nothing when the connection is not there.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn set_history(&self, id: ConnectionId, place: Option<&HistoryPlace>) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE connections SET history = ?2, updated = ?3 WHERE id = ?1",
                params![word(&id)?, place.map(document).transpose()?, word(&Utc::now())?],
            )?;
            Ok(())
        })
    }

    /// Notes what a set-up has made in Azure, or is about to make; empty: nothing that Undo would take away.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn set_made(&self, id: ConnectionId, made: &[Made]) -> Result<()> {
        let text = Some(made).filter(|made| !made.is_empty());
        self.write(|transaction| {
            transaction.execute(
                "UPDATE connections SET made = ?2 WHERE id = ?1",
                params![word(&id)?, text.map(|made| document(&made)).transpose()?],
            )?;
            Ok(())
        })
    }

    /// What a set-up that did not come to its end has made in Azure, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub fn made(&self, id: ConnectionId) -> Result<Vec<Made>> {
        self.read(|database| {
            let text: Option<Option<String>> = database
                .query_row("SELECT made FROM connections WHERE id = ?1", [word(&id)?], |row| {
                    row.get(0)
                })
                .optional()?;
            match text.flatten() {
                Some(text) => read_document("connections.made", &text),
                None => Ok(Vec::new()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::history::rule_id;
    use crate::store::samples::{connection, moment, store};

    #[test]
    fn place_and_made_read_back_and_go_with_their_connection() {
        let (_dir, store) = store();
        let connection = connection("Contoso");
        let setup = &connection.setup;
        store.insert_intent(&connection, moment(0)).unwrap();
        assert_eq!(store.made(connection.id).unwrap(), []);
        let rule = rule_id(&setup.rule_group(), connection.id).unwrap();
        let place = HistoryPlace {
            rule: rule.clone(),
            immutable_id: "dcr-0123".into(),
            ingestion: "https://x.westeurope-1.ingest.monitor.azure.com".parse().unwrap(),
            endpoint: None,
            proven: false,
        };
        let made = [
            Made::Table {
                workspace: setup.workspace.clone(),
            },
            Made::Rule { id: rule },
        ];
        store.set_history(connection.id, Some(&place)).unwrap();
        store.set_made(connection.id, &made).unwrap();
        assert_eq!(store.made(connection.id).unwrap(), made);
        let read = store.connection(&setup.name).unwrap().unwrap();
        assert_eq!(read.history, Some(place));
        // The whole connection is written without losing it.
        store.update_connection(&read).unwrap();
        assert_eq!(store.connection(&setup.name).unwrap().unwrap(), read);
        store.set_made(connection.id, &[]).unwrap();
        store.set_history(connection.id, None).unwrap();
        assert_eq!(store.connection(&setup.name).unwrap().unwrap().history, None);
        assert_eq!(store.made(connection.id).unwrap(), []);
        store.set_made(connection.id, &made).unwrap();
        store.forget(connection.id, moment(1)).unwrap();
        assert_eq!(store.made(connection.id).unwrap(), []);
    }
}
