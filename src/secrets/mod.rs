//! Where secret keys and site passwords live: in the keyring of the account that runs this program, and nowhere else.
//!
//! Knows `model` only. Which entry is in use is not known here: the store keeps the entries' names.
//!
//! | file | subject |
//! | --- | --- |
//! | [`mod@self`] | [`Vault`], the one interface; [`off_thread`], the way to it from async code |
//! | `keyring` | [`KeyringVault`]: Secret Service, Windows Credential Manager, macOS Keychain |
//! | `memory` | [`MemoryVault`]: for the lab, for tests, and for a person who has no keyring, until the program ends |
//!
//! Start at [`Vault`].

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::model::{Problem, Result};

mod keyring;
mod memory;

pub use keyring::{KeyringVault, SERVICE};
pub use memory::MemoryVault;

/// A place for secrets, each under the name of its entry.
///
/// Calls block, and a keyring may wait for a person who is asked to unlock it: in async code go through [`off_thread`].
/// No error text holds a secret.
pub trait Vault: Send + Sync {
    /// Stores a secret; one of the same name is replaced.
    ///
    /// # Errors
    /// `NoKeyring`, `KeyringLocked`, `Keyring`.
    fn put(&self, entry: &str, secret: &str) -> Result<()>;

    /// The secret of that name; `None` when there is none.
    ///
    /// # Errors
    /// `NoKeyring`, `KeyringLocked`, `Keyring`.
    fn get(&self, entry: &str) -> Result<Option<Zeroizing<String>>>;

    /// Deletes the secret of that name; none there is as good.
    ///
    /// # Errors
    /// `NoKeyring`, `KeyringLocked`, `Keyring`.
    fn delete(&self, entry: &str) -> Result<()>;

    /// Whether the secrets outlive this process.
    fn is_persistent(&self) -> bool;
}

/// A vault that several tasks work with.
pub type SharedVault = Arc<dyn Vault>;

/// Runs a job on the vault on a thread that may block. Dropping the future does not stop a job that has begun.
///
/// # Errors
/// Those of the job; `Internal` when it panics.
pub async fn off_thread<T, F>(vault: &SharedVault, job: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce(&dyn Vault) -> Result<T> + Send + 'static,
{
    let vault = Arc::clone(vault);
    // What a panic says may quote a value, so it is not passed on.
    tokio::task::spawn_blocking(move || job(&*vault))
        .await
        .unwrap_or_else(|_| {
            Err(Problem::Internal {
                what: "a call of the keyring ended unexpectedly".into(),
            }
            .into())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_job_runs_beside_the_async_threads() {
        let vault: Arc<dyn Vault> = Arc::new(MemoryVault::default());
        let here = std::thread::current().id();
        let there = off_thread(&vault, |vault| {
            vault.put("a", "secret")?;
            Ok(std::thread::current().id())
        })
        .await
        .unwrap();
        assert_ne!(here, there);
        assert_eq!(vault.get("a").unwrap().unwrap().as_str(), "secret");
    }

    #[tokio::test]
    async fn a_panic_becomes_a_problem_without_its_words() {
        let vault: Arc<dyn Vault> = Arc::new(MemoryVault::default());
        let failure = off_thread::<(), _>(&vault, |_| panic!("abc8Q~secret"))
            .await
            .unwrap_err();
        assert_eq!(failure.problem().code(), "internal");
        assert!(!format!("{failure:?}").contains("abc8Q"));
    }
}
