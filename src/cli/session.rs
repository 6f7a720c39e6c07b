//! Data folder, store, vault and progress of one command.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::args::Args;
use super::host::Host;
use super::progress;
use crate::connect::{Ground, open, secrets};
use crate::model::plan::Tell;
use crate::model::{Connection, ConnectionName, ConnectionState, Problem, Result};
use crate::platform::DataDir;
use crate::secrets::{KeyringVault, SharedVault};
use crate::store::Store;

/// What the commands on connections work with.
pub struct Session {
    /// The data folder.
    pub data_dir: PathBuf,
    /// Our memory.
    pub store: Store,
    /// Hears how far a job is.
    pub tell: Tell,
    /// Cancelled when the person wants to stop.
    pub stop: CancellationToken,
    vault: Vault,
}

enum Vault {
    Given(SharedVault),
    Keyring(std::sync::OnceLock<SharedVault>),
}

impl Session {
    /// Opens the data folder. The keyring is opened when it is first needed.
    ///
    /// # Errors
    /// [`Problem::DataFolder`], [`Problem::DatabaseNewer`], [`Problem::Database`].
    pub fn open(args: &Args, host: &Host) -> Result<Self> {
        let data_dir = DataDir::resolve(args.data_dir.as_deref())?.path().to_owned();
        let vault = match (&host.vault, args.secrets_in_memory) {
            (Some(vault), _) => Vault::Given(Arc::clone(vault)),
            (None, true) => Vault::Given(secrets::in_memory()),
            (None, false) => Vault::Keyring(std::sync::OnceLock::new()),
        };
        Ok(Self {
            store: Store::open(&data_dir)?,
            data_dir,
            tell: progress::teller(host),
            stop: host.stop.clone(),
            vault,
        })
    }

    /// A session of its own, for the demo.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn in_folder(data_dir: PathBuf, vault: SharedVault, tell: Tell, stop: CancellationToken) -> Result<Self> {
        Ok(Self {
            store: Store::open(&data_dir)?,
            data_dir,
            tell,
            stop,
            vault: Vault::Given(vault),
        })
    }

    /// The vault.
    ///
    /// # Errors
    /// [`Problem::NoKeyring`], [`Problem::KeyringLocked`].
    pub async fn vault(&self) -> Result<&SharedVault> {
        match &self.vault {
            Vault::Given(vault) => Ok(vault),
            Vault::Keyring(opened) => {
                if let Some(vault) = opened.get() {
                    return Ok(vault);
                }
                let vault =
                    tokio::task::spawn_blocking(KeyringVault::open)
                        .await
                        .map_err(|_| Problem::Internal {
                            what: "opening the keyring ended without an answer".to_owned(),
                        })??;
                Ok(opened.get_or_init(|| Arc::new(vault)))
            }
        }
    }

    /// What the jobs stand on.
    ///
    /// # Errors
    /// As [`Session::vault`].
    pub async fn ground(&self) -> Result<Ground<'_>> {
        Ok(Ground {
            data_dir: &self.data_dir,
            store: &self.store,
            vault: self.vault().await?,
            tell: &self.tell,
            stop: &self.stop,
        })
    }

    /// A connection by name, whatever state it is in.
    ///
    /// # Errors
    /// [`Problem::NoSuchConnection`]; a name that is none.
    pub fn connection(&self, name: &str) -> Result<Connection> {
        open::find(&self.store, &name.parse::<ConnectionName>()?)
    }

    /// A connection that is complete.
    ///
    /// # Errors
    /// As [`Session::connection`]; [`Problem::Usage`] where a kill has left it half made or half removed.
    pub fn ready(&self, name: &str) -> Result<Connection> {
        let connection = self.connection(name)?;
        let name = &connection.setup.name;
        match connection.state {
            ConnectionState::Ready => Ok(connection),
            ConnectionState::Connecting => Err(Problem::Usage {
                what: format!(
                    "\"{name}\" was not finished: run the same asw connect again, or asw remove to give it up"
                ),
            }
            .into()),
            ConnectionState::Removing => Err(Problem::Usage {
                what: format!("\"{name}\" is being removed: run asw remove again to finish that"),
            }
            .into()),
        }
    }
}
