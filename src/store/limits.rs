//! How long a text a workspace takes. Azure does not publish the limit; a refusal teaches it, and all connections to the
//! workspace profit.

use rusqlite::{OptionalExtension, params};

use super::Store;
use crate::model::{Result, WorkspaceId};

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
}
