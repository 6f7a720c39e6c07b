//! What a job works with.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::Surroundings;
use crate::azure::Azure;
use crate::connect::Ground;
use crate::model::plan::Tell;
use crate::model::{Environment, Problem, Result, Setup, TenantId};
use crate::schedule::Machine;
use crate::secrets::{KeyringVault, SharedVault};
use crate::store::Store;

/// What all jobs share.
pub(super) struct Core {
    pub data_dir: PathBuf,
    pub store: Store,
    pub open_browser: fn(&str) -> bool,
    pub open_file: fn(&Path) -> bool,
    pub machine: Option<Machine>,
    vault: OnceCell<SharedVault>,
    person: Mutex<Option<SignedIn>>,
}

/// A person's own sign-in. Lives in memory only, and ends with the program.
struct SignedIn {
    tenant: (Environment, TenantId),
    azure: Azure,
}

impl Core {
    pub(super) fn open(surroundings: Surroundings) -> Result<Self> {
        Ok(Self {
            store: Store::open(&surroundings.data_dir)?,
            data_dir: surroundings.data_dir,
            open_browser: surroundings.open_browser,
            open_file: surroundings.open_file,
            machine: surroundings.machine,
            vault: OnceCell::new_with(surroundings.vault),
            person: Mutex::new(None),
        })
    }

    /// Keeps a person's sign-in, in place of an earlier one.
    pub(super) fn keep_person(&self, environment: Environment, tenant: TenantId, azure: Azure) {
        let tenant = (environment, tenant);
        *self.person.lock().unwrap_or_else(PoisonError::into_inner) = Some(SignedIn { tenant, azure });
    }

    /// Azure as a person sees it who has signed in to this tenant.
    pub(super) fn person(&self, environment: &Environment, tenant: TenantId) -> Option<Azure> {
        let person = self.person.lock().unwrap_or_else(PoisonError::into_inner);
        let here = person
            .as_ref()
            .filter(|person| person.tenant.0 == *environment && person.tenant.1 == tenant);
        here.map(|person| person.azure.clone())
    }

    /// The vault. A keyring that is not there is looked for again the next time.
    pub(super) async fn vault(&self) -> Result<&SharedVault> {
        let open = || async {
            let opened = off_thread(KeyringVault::open).await?;
            Ok(Arc::new(opened) as SharedVault)
        };
        self.vault.get_or_try_init(open).await
    }
}

/// What one job works with.
pub(super) struct Hands {
    pub core: Arc<Core>,
    /// Hears how far it is.
    pub tell: Tell,
    /// Asked at every safe point.
    pub stop: CancellationToken,
}

impl Hands {
    /// What the jobs on connections stand on.
    ///
    /// # Errors
    /// `NoKeyring`, `KeyringLocked`.
    pub(super) async fn ground(&self) -> Result<Ground<'_>> {
        Ok(Ground {
            data_dir: &self.core.data_dir,
            store: &self.core.store,
            vault: self.core.vault().await?,
            tell: &self.tell,
            stop: &self.stop,
        })
    }

    /// Azure as a person sees it who has signed in to the tenant of this set-up, telling this job how far it is.
    pub(super) fn person(&self, setup: &Setup) -> Option<Azure> {
        let person = self.core.person(&setup.environment, setup.app.tenant_id)?;
        Some(person.with_observer(self.tell.clone()))
    }
}

/// Work that blocks, on a thread that may.
pub(super) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| broken())
}

/// A mistake of ours that would end a job without a word becomes its answer. What a panic says may quote a value, so it is
/// not passed on.
pub(super) async fn guarded<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let ended = AssertUnwindSafe(work).catch_unwind().await;
    ended.unwrap_or_else(|_| broken())
}

fn broken<T>() -> Result<T> {
    let what = "a job ended without an answer".to_owned();
    Err(Problem::Internal { what }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_an_answer_without_its_words() {
        let failure = guarded::<()>(async { panic!("abc8Q~secret") }).await.unwrap_err();
        assert_eq!(failure.problem().code(), "internal");
        assert!(!format!("{failure:?}").contains("abc8Q"));
        let failure = off_thread::<()>(|| panic!("abc8Q~secret")).await.unwrap_err();
        assert_eq!(failure.problem().code(), "internal");
        assert_eq!(guarded(async { Ok(7) }).await.unwrap(), 7);
    }
}
