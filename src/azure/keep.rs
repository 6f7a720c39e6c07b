//! Writing a saved search so that it stands: never over somebody else's, read back, sent again where it did not stay.

use super::{Azure, Write};
use crate::model::{Problem, Result, SavedSearch, WorkspaceId};

impl Azure {
    /// Writes a saved search and makes sure that it is there. `first` says how it is tried: [`Write::New`] where none is
    /// expected; one that is in the way is overwritten only if `is_ours` says so.
    ///
    /// # Errors
    /// [`Problem::NotOurs`]; [`Problem::NotStored`] where Azure says "done" twice and it does not read back; what Azure
    /// refuses or what keeps it from answering.
    pub async fn keep_saved_search(
        &self,
        workspace: &WorkspaceId,
        search: &SavedSearch,
        first: Write,
        is_ours: impl Fn(&SavedSearch) -> bool,
    ) -> Result<()> {
        match self.put_saved_search(workspace, search, first).await {
            Ok(_) => {}
            Err(failure) if matches!(failure.problem(), Problem::Conflict { .. }) => {
                let standing = self.saved_search(workspace, &search.id).await?;
                if standing.is_some_and(|standing| !is_ours(&standing)) {
                    return Err(Problem::NotOurs { id: search.id.clone() }.into());
                }
                self.put_saved_search(workspace, search, Write::Overwrite).await?;
            }
            Err(failure) => return Err(failure),
        }
        if self.stands(workspace, search).await? {
            return Ok(());
        }
        tracing::warn!(id = search.id, "what was accepted is not there; it is sent again");
        self.put_saved_search(workspace, search, Write::Overwrite).await?;
        if self.stands(workspace, search).await? {
            return Ok(());
        }
        let what = format!("the saved search \"{}\"", search.display_name);
        Err(Problem::NotStored { what }.into())
    }

    /// Azure's "done" is not proof: what stands there is compared with what was sent.
    async fn stands(&self, workspace: &WorkspaceId, search: &SavedSearch) -> Result<bool> {
        let standing = self.saved_search(workspace, &search.id).await?;
        Ok(standing.is_some_and(|standing| standing.holds(search)))
    }
}
