//! Tables of a workspace.

use crate::model::history::{Column, WorkspaceTable};
use crate::model::{Problem, Result, WorkspaceId};

use super::client::Azure;

impl Azure {
    /// A table; `None` where the workspace has none of this name.
    ///
    /// # Errors
    /// [`Problem::WorkspaceNotFound`], [`Problem::NotAllowed`], or what keeps Azure from answering.
    pub async fn table(&self, _workspace: &WorkspaceId, _name: &str) -> Result<Option<WorkspaceTable>> {
        Err(stub())
    }

    /// Makes a table, or adds columns to it, and waits until it can be used. Tells [`Progress::Provisioning`](crate::model::plan::Progress) meanwhile.
    ///
    /// # Errors
    /// [`Problem::ResourceBusy`] where it stays locked, [`Problem::OperationFailed`], what Azure refuses.
    pub async fn put_table(
        &self,
        _workspace: &WorkspaceId,
        _name: &str,
        _columns: &[Column],
    ) -> Result<WorkspaceTable> {
        Err(stub())
    }

    /// Deletes a table with all its rows. `false` when there was none.
    ///
    /// # Errors
    /// What Azure refuses.
    pub async fn delete_table(&self, _workspace: &WorkspaceId, _name: &str) -> Result<bool> {
        Err(stub())
    }
}

pub(super) fn stub() -> crate::model::Failure {
    let what = "History".to_owned();
    Problem::NotBuilt { what }.into()
}
