//! The first job: make a connection, look after its secret, take it away again.
//!
//! | file | what |
//! | --- | --- |
//! | [`verify`] | is the app right: tenant, client ID, secret key |
//! | [`readiness`] | everything a connection needs, looked at one by one: app, workspace, rights, site, collections |
//! | [`rights`] | the operations that each delivery needs, allowed or not, and what would have to be granted |
//! | [`apply`] | making it: intent, checks, secrets, Azure; undone or kept where it fails, taken up again after a kill |
//! | `make` | writing it: secrets, record, history |
//! | [`history`] | table, rule, role, function and first row of history; on and off later |
//! | [`adopt`] | taking over what another machine has made |
//! | [`secrets`] | versioned keyring entries and the pointer that says which one is in use |
//! | [`key`] | what is noted of the secret key in use: what Azure says of it, a snooze, a notice |
//! | [`open`] | an existing connection with its secrets, ready to work |
//! | [`renew`] | a new secret key in place of an expired one |
//! | [`create_key`] | a new secret key that Microsoft Entra makes, and the one before removed there |
//! | [`change`] | name, description, members and collections of a connection that stands, each by itself |
//! | [`changes`] | several of them at once, after a look at what they do in Azure |
//! | [`relocate`] | another SMS Provider, and the site there, for a connection that stands |
//! | [`remove`] | taking a connection away, with everything of it in Azure and nothing else |
//! | [`setup_file`], [`environment_file`] | the TOML files: a set-up without its secrets, read and written; a custom cloud |
//! | [`mod@remnants`] | what stays in Azure of one that is forgotten here only |
//!
//! Start at [`apply::connect`]. Every function that changes something takes the connection's run lock first, so that two
//! processes never work on one connection at a time.

use std::path::Path;

use chrono::Utc;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::model::plan::Tell;
use crate::model::{Connection, ConnectionId, ConnectionState, Problem, Result};
use crate::platform::RunLock;
use crate::secrets::SharedVault;
use crate::store::{RunKind, SecretKind, Store};

pub mod adopt;
pub mod apply;
pub mod change;
pub mod changes;
pub mod create_key;
pub mod environment_file;
pub mod history;
pub mod key;
mod make;
pub mod open;
pub mod readiness;
pub mod relocate;
pub mod remnants;
pub mod remove;
pub mod renew;
pub mod rights;
pub mod secrets;
pub mod setup_file;
pub mod verify;

use key::KeyInUse;

/// What every job here stands on.
pub struct Ground<'a> {
    /// The data folder.
    pub data_dir: &'a Path,
    /// Our memory.
    pub store: &'a Store,
    /// Where secrets are.
    pub vault: &'a SharedVault,
    /// Who hears how far it is.
    pub tell: &'a Tell,
    /// Asked at every safe point.
    pub stop: &'a CancellationToken,
}

impl Ground<'_> {
    /// The right to work on a connection; freed when dropped, or by the system when the process ends in any way.
    ///
    /// # Errors
    /// [`Problem::Busy`] where another process has it; [`Problem::DataFolder`].
    pub fn lock(&self, id: ConnectionId, name: &str) -> Result<RunLock> {
        RunLock::acquire(self.data_dir, &id)?.ok_or_else(|| Problem::Busy { name: name.to_owned() }.into())
    }

    /// The connection as it stands now that the lock is held: what was read before may be old.
    ///
    /// # Errors
    /// [`Problem::NoSuchConnection`] where it has gone meanwhile; [`Problem::Usage`] where it is in none of these states.
    pub fn fresh(&self, connection: &Connection, states: &[ConnectionState]) -> Result<Connection> {
        let name = &connection.setup.name;
        let found = open::find(self.store, name)?;
        if found.id != connection.id || !states.contains(&found.state) {
            let what = format!("\"{name}\" was changed by another command meanwhile: run this one again");
            return Err(Problem::Usage { what }.into());
        }
        Ok(found)
    }

    /// Keeps a run in the history, whatever becomes of it: what is shown later must not look well where nothing works.
    ///
    /// # Errors
    /// Those of the run; the store's, where it cannot even begin.
    pub async fn recorded<T>(
        &self,
        id: ConnectionId,
        kind: RunKind,
        run: impl Future<Output = Result<T>>,
        summary: impl FnOnce(&T) -> Value,
    ) -> Result<T> {
        let entry = self.store.begin_run(id, kind, Utc::now())?;
        let key = KeyInUse::of(self.store, id)?;
        let outcome = run.await;
        // A renewal speaks of the key that was given, not of the one in use.
        if let Some(failure) = outcome.as_ref().err().filter(|_| kind != RunKind::UpdateSecret) {
            key.heed(failure);
        }
        let summary = match &outcome {
            Ok(done) => summary(done),
            Err(failure) => json!({ "problem": failure.problem() }),
        };
        if let Err(failure) = self.store.end_run(entry, Utc::now(), &summary.to_string()) {
            // What was done is done: it must not be called failed for the history's sake.
            tracing::warn!(
                code = failure.problem().code(),
                "the end of a run is not in the history"
            );
        }
        outcome
    }

    /// A vault that forgets must not take the place of the keyring for good: the key in the keyring would be lost to us.
    fn keeps_secrets(&self, id: ConnectionId) -> Result<()> {
        let in_keyring = self.store.current_entry(id, SecretKind::ClientSecret)?.is_some();
        if in_keyring && !self.vault.is_persistent() {
            let what = "--secrets-in-memory cannot change the secrets of a connection that exists: give the new secret key to \
                        each command instead, or use a keyring";
            return Err(Problem::Usage { what: what.to_owned() }.into());
        }
        Ok(())
    }

    fn cancelled(&self, partly: bool, left: &str) -> Result<()> {
        if self.stop.is_cancelled() {
            return Err(Problem::Cancelled {
                partly,
                left: left.to_owned(),
            }
            .into());
        }
        Ok(())
    }
}
