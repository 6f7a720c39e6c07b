//! The first job: make a connection, look after its secret, take it away again.
//!
//! | file | what |
//! | --- | --- |
//! | [`verify`] | is the app right: tenant, client ID, secret key |
//! | [`readiness`] | everything a connection needs, looked at one by one: app, workspace, rights, site, collections |
//! | [`apply`] | making it: intent, then secrets, then Azure; undone where it fails, taken up again after a kill |
//! | [`secrets`] | versioned keyring entries and the pointer that says which one is in use |
//! | [`open`] | an existing connection with its secrets, ready to work |
//! | [`renew`] | a new secret key in place of an expired one |
//! | [`remove`] | taking a connection away, with everything of it in Azure and nothing else |
//!
//! Start at [`apply::connect`]. Every function that changes something takes the connection's run lock first, so that two
//! processes never work on one connection at a time.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::model::plan::Tell;
use crate::model::{Connection, ConnectionId, ConnectionState, Problem, Result};
use crate::platform::RunLock;
use crate::secrets::SharedVault;
use crate::store::{SecretKind, Store};

pub mod apply;
pub mod open;
pub mod readiness;
pub mod remove;
pub mod renew;
pub mod secrets;
pub mod verify;

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
