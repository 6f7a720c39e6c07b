//! The writing itself, once everything that a connection needs is there: secrets, its record, history.

use super::{Ground, history, secrets};
use crate::azure::{Azure, Write};
use crate::model::connection::SetupSecrets;
use crate::model::group::{self, Owner};
use crate::model::plan::{Progress, Step};
use crate::model::{Connection, ConnectionState, History, Result, SavedSearch, Warning};
use crate::platform::checkpoint;
use crate::store::SecretKind;

/// What making a connection works with.
pub(super) struct Make<'a> {
    pub ground: &'a Ground<'a>,
    pub azure: &'a Azure,
    pub person: Option<&'a Azure>,
    pub owner: &'a Owner,
}

impl Make<'_> {
    /// Makes the connection, and answers what a person should know.
    pub(super) async fn all(
        &self,
        connection: &mut Connection,
        secrets: &SetupSecrets,
        with_history: bool,
    ) -> Result<Vec<Warning>> {
        let ground = self.ground;
        (ground.tell)(Progress::Step(Step::RecordIntent));
        ground.store.update_connection(connection)?;
        checkpoint("connect: intent recorded");
        ground.cancelled(false, "everything; nothing was made")?;
        self.store_secrets(connection, secrets).await?;
        ground.cancelled(false, "everything; what was made is taken away again")?;

        (ground.tell)(Progress::Step(Step::WriteRecord));
        keep_record(self.azure, connection, self.owner, with_history).await?;
        checkpoint("connect: record written");
        let warnings = if with_history {
            Box::pin(self.history(connection)).await?
        } else {
            Vec::new()
        };
        ground.store.set_state(connection.id, ConnectionState::Ready)?;
        Ok(warnings)
    }

    async fn store_secrets(&self, connection: &Connection, secrets: &SetupSecrets) -> Result<()> {
        let ground = self.ground;
        (ground.tell)(Progress::Step(Step::StoreSecrets));
        let points = secrets::Points {
            pending: None,
            stored: "connect: secret stored",
            switched: "connect: pointer set",
        };
        let (store, vault, id) = (ground.store, ground.vault, connection.id);
        if let Some(password) = &secrets.site_password {
            let text = secrets::copy(password.expose());
            secrets::put(store, vault, id, SecretKind::SitePassword, text, None, &points).await?;
        }
        let text = secrets::copy(secrets.client_secret.expose());
        secrets::put(store, vault, id, SecretKind::ClientSecret, text, None, &points).await
    }

    async fn history(&self, connection: &mut Connection) -> Result<Vec<Warning>> {
        let work = history::Work {
            ground: self.ground,
            azure: self.azure,
            person: self.person,
            connection,
            owner: self.owner,
        };
        let only_if_allowed = work.connection.setup.history == History::Auto;
        // Of a connection that stood before, the groups stand whatever becomes of this.
        let outcome = if work.connection.state == ConnectionState::Ready || only_if_allowed {
            history::switch::set_up_or_undone(&work).await
        } else {
            history::set_up_or_kept(&work).await
        };
        match outcome {
            Ok((place, warnings)) => {
                connection.history = Some(place);
                Ok(warnings)
            }
            Err(failure) if only_if_allowed && history::is_refusal(failure.problem()) => {
                Ok(vec![Warning::HistoryNotAllowed])
            }
            Err(failure) => Err(failure),
        }
    }
}

/// Writes the record of a connection into the workspace, unless it stands there as it should.
///
/// # Errors
/// `NotOurs`; what Azure refuses.
pub(super) async fn keep_record(
    azure: &Azure,
    connection: &Connection,
    owner: &Owner,
    with_history: bool,
) -> Result<()> {
    let rule = if with_history || connection.history.is_some() {
        Some(history::rule_of(connection)?)
    } else {
        None
    };
    let workspace = &connection.setup.workspace;
    let record = group::record(owner, connection.setup.name.as_str(), rule.as_ref());
    let ours = |search: &SavedSearch| group::is_ours(search, owner.connection);
    let first = match azure.saved_search(workspace, &record.id).await? {
        Some(standing) if same_record(&standing, &record) => return Ok(()),
        Some(standing) if ours(&standing) => Write::Overwrite,
        _ => Write::New,
    };
    azure.keep_saved_search(workspace, &record, first, ours).await
}

/// The tags count both ways: one that is left over would tell of a rule that is gone.
fn same_record(standing: &SavedSearch, wanted: &SavedSearch) -> bool {
    let tags = |search: &SavedSearch| {
        let mut tags = search.tags.clone();
        tags.sort();
        tags
    };
    standing.query == wanted.query && tags(standing) == tags(wanted)
}
