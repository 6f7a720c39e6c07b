//! How long a text a workspace takes, and how large an upload. A refusal teaches it, and all connections to the workspace profit.

use std::collections::HashSet;

use rusqlite::{OptionalExtension, Transaction, params};

use super::Store;
use super::encode::word;
use super::failure::Attempt;
use crate::model::{Connection, ConnectionId, Result, WorkspaceId};

impl Store {
    /// The longest text, in characters, that the workspace is to be sent; `None` while nothing was learned.
    ///
    /// # Errors
    /// `Database`.
    pub fn text_limit(&self, workspace: &WorkspaceId) -> Result<Option<usize>> {
        self.read(|database| {
            let limit: Option<i64> = database
                .query_row(
                    "SELECT text_limit FROM workspace_limits WHERE workspace = ?1",
                    [key(workspace)],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(limit.and_then(|limit| usize::try_from(limit).ok()))
        })
    }

    /// Remembers the limit of a workspace.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn set_text_limit(&self, workspace: &WorkspaceId, limit: usize) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT OR REPLACE INTO workspace_limits (workspace, text_limit) VALUES (?1, ?2)",
                params![key(workspace), i64::try_from(limit).unwrap_or(i64::MAX)],
            )?;
            Ok(())
        })
    }
}

impl Store {
    /// The most bytes of JSON that one upload is to have: what a person wants for the connection, else `usual`; and never more than
    /// its workspace has taken.
    ///
    /// # Errors
    /// `Database`.
    pub fn most_bytes(&self, connection: &Connection, usual: usize) -> Result<usize> {
        let wanted = self.call_size(connection.id)?.unwrap_or(usual);
        let learned = self.upload_limit(&connection.setup.workspace)?;
        Ok(learned.map_or(wanted, |learned| wanted.min(learned)))
    }

    /// What a person wants for the uploads of a connection, in bytes of JSON; `None`: what is usual.
    ///
    /// # Errors
    /// `Database`.
    pub fn call_size(&self, id: ConnectionId) -> Result<Option<usize>> {
        self.read(|database| {
            let size: Option<Option<i64>> = database
                .query_row("SELECT call_size FROM connections WHERE id = ?1", [word(&id)?], |row| {
                    row.get(0)
                })
                .optional()?;
            Ok(size.flatten().and_then(|size| usize::try_from(size).ok()))
        })
    }

    /// Notes what a person wants. Does nothing when the connection is not there.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn set_call_size(&self, id: ConnectionId, bytes: usize) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE connections SET call_size = ?2 WHERE id = ?1",
                params![word(&id)?, i64::try_from(bytes).unwrap_or(i64::MAX)],
            )?;
            Ok(())
        })
    }

    /// The most bytes of JSON that a workspace is to be sent at once; `None` while nothing was learned.
    ///
    /// # Errors
    /// `Database`.
    pub fn upload_limit(&self, workspace: &WorkspaceId) -> Result<Option<usize>> {
        self.read(|database| {
            let limit: Option<i64> = database
                .query_row(
                    "SELECT bytes FROM upload_limits WHERE workspace = ?1",
                    [key(workspace)],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(limit.and_then(|limit| usize::try_from(limit).ok()))
        })
    }

    /// Remembers it for good. A smaller one that another run has learned meanwhile stays: it is never guessed upward.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn learn_upload_limit(&self, workspace: &WorkspaceId, bytes: usize) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO upload_limits (workspace, bytes) VALUES (?1, ?2)
                 ON CONFLICT (workspace) DO UPDATE SET bytes = min(bytes, excluded.bytes)",
                params![key(workspace), i64::try_from(bytes).unwrap_or(i64::MAX)],
            )?;
            Ok(())
        })
    }
}

/// Forgets what was learned of workspaces into which no connection publishes any more.
pub(super) fn forget_unused(transaction: &Transaction<'_>) -> Attempt<()> {
    let texts = |query: &str| -> Attempt<Vec<String>> {
        let mut statement = transaction.prepare(query)?;
        let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0))?;
        Ok(rows
            .collect::<rusqlite::Result<Vec<_>>>()?
            .into_iter()
            .flatten()
            .collect())
    };
    let used = texts("SELECT json_extract(setup, '$.workspace') FROM connections")?;
    let used: HashSet<String> = used.into_iter().map(|workspace| workspace.to_lowercase()).collect();
    for table in ["workspace_limits", "upload_limits"] {
        let known = texts(&format!("SELECT workspace FROM {table}"))?;
        for workspace in known.into_iter().filter(|each| !used.contains(each)) {
            transaction.execute(&format!("DELETE FROM {table} WHERE workspace = ?1"), [workspace])?;
        }
    }
    Ok(())
}

/// Resource IDs compare without regard to case.
fn key(workspace: &WorkspaceId) -> String {
    workspace.to_string().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::samples::{connection, store};

    #[test]
    fn a_limit_belongs_to_one_workspace_in_any_case() {
        let (_dir, store) = store();
        let workspace = connection("Contoso").setup.workspace;
        assert_eq!(store.text_limit(&workspace).unwrap(), None);
        store.set_text_limit(&workspace, 8000).unwrap();
        store.set_text_limit(&workspace, 4000).unwrap();
        let shouted: WorkspaceId = workspace.to_string().to_uppercase().parse().unwrap();
        assert_eq!(store.text_limit(&shouted).unwrap(), Some(4000));
        let other: WorkspaceId = format!("{workspace}-2").parse().unwrap();
        assert_eq!(store.text_limit(&other).unwrap(), None);
    }

    #[test]
    fn what_was_learned_goes_with_the_last_connection_of_the_workspace() {
        let (_dir, store) = store();
        let (one, other) = (connection("One"), connection("Two"));
        let workspace = &one.setup.workspace;
        for each in [&one, &other] {
            store.insert_intent(each, chrono::Utc::now()).unwrap();
        }
        store.set_text_limit(workspace, 4000).unwrap();
        store.learn_upload_limit(workspace, 700).unwrap();
        store.forget(one.id, chrono::Utc::now()).unwrap();
        assert_eq!(
            store.text_limit(workspace).unwrap(),
            Some(4000),
            "the other one is there"
        );
        store.forget(other.id, chrono::Utc::now()).unwrap();
        assert_eq!(store.text_limit(workspace).unwrap(), None);
        assert_eq!(store.upload_limit(workspace).unwrap(), None);
    }

    #[test]
    fn a_wish_holds_as_far_as_the_workspace_takes_it() {
        let (_dir, store) = store();
        let (one, other) = (connection("One"), connection("Two"));
        for each in [&one, &other] {
            store.insert_intent(each, chrono::Utc::now()).unwrap();
        }
        let most = |each| store.most_bytes(each, 1_000).unwrap();
        assert_eq!((most(&one), most(&other)), (1_000, 1_000));
        store.set_call_size(one.id, 5_000).unwrap();
        assert_eq!((most(&one), most(&other)), (5_000, 1_000));
        let workspace = &one.setup.workspace;
        store.learn_upload_limit(workspace, 700).unwrap();
        store.learn_upload_limit(workspace, 900).unwrap();
        assert_eq!(store.upload_limit(workspace).unwrap(), Some(700), "never upward");
        assert_eq!((most(&one), most(&other)), (700, 700), "both have that workspace");
        store.set_call_size(one.id, 300).unwrap();
        assert_eq!(most(&one), 300);
    }
}
