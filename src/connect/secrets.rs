//! The secrets of a connection: versioned keyring entries, and the pointer in the store that says which one is in use.
//!
//! Order of a change: the entry's name is noted as pending, the secret is put under it, the pointer is switched, the entry
//! that was in use before is deleted. A kill between any two steps leaves the old or the new secret in use, never none, and
//! every entry that is left over is known by name; [`sweep`] deletes it.
//!
//! Entries belong to one connection each, so that removing one never takes another's key; two connections of one app hold
//! the same key twice.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::model::{ConnectionId, Failure, Problem, Result, SecretExpiry, SecretKey, SitePassword};
use crate::platform::checkpoint;
use crate::secrets::{SharedVault, off_thread};
use crate::store::{SecretKind, Store, entry_name};

/// Names of the checkpoints of one change.
pub(super) struct Points {
    pub pending: Option<&'static str>,
    pub stored: &'static str,
    pub switched: &'static str,
}

/// Puts a secret into use.
///
/// # Errors
/// The keyring's or the store's. The secret in use before stays in use then.
pub(super) async fn put(
    store: &Store,
    vault: &SharedVault,
    id: ConnectionId,
    kind: SecretKind,
    secret: Zeroizing<String>,
    expiry: Option<SecretExpiry>,
    points: &Points,
) -> Result<()> {
    let entry = lay_up(store, vault, id, kind, secret, points).await?;
    store.make_current(&entry, expiry)?;
    checkpoint(points.switched);
    Ok(())
}

/// Puts a secret into the keyring under a name of its own, for whoever switches to it later; answers that name.
///
/// # Errors
/// The keyring's or the store's.
pub(super) async fn lay_up(
    store: &Store,
    vault: &SharedVault,
    id: ConnectionId,
    kind: SecretKind,
    secret: Zeroizing<String>,
    points: &Points,
) -> Result<String> {
    let entry = entry_name(id, kind, store.next_version(id, kind)?);
    store.add_pending(&entry, id, kind)?;
    if let Some(point) = points.pending {
        checkpoint(point);
    }
    let name = entry.clone();
    off_thread(vault, move |vault| vault.put(&name, &secret)).await?;
    checkpoint(points.stored);
    Ok(entry)
}

/// Deletes entries that are no longer, or not yet, in use. Answers how many could not be deleted; those stay noted.
///
/// # Errors
/// The store's.
pub async fn sweep(store: &Store, vault: &SharedVault, id: ConnectionId) -> Result<usize> {
    delete(store, vault, store.stray_entries(Some(id))?).await
}

/// The same for connections that are gone.
///
/// # Errors
/// The store's.
pub async fn sweep_orphans(store: &Store, vault: &SharedVault) -> Result<usize> {
    delete(store, vault, store.orphaned_entries()?).await
}

async fn delete(store: &Store, vault: &SharedVault, entries: Vec<String>) -> Result<usize> {
    if !vault.is_persistent() {
        return Ok(0); // it never held them: they stay noted for the keyring that does
    }
    let mut left = 0;
    for entry in entries {
        let name = entry.clone();
        match off_thread(vault, move |vault| vault.delete(&name)).await {
            Ok(()) => store.drop_entry(&entry)?,
            Err(failure) => {
                tracing::warn!(
                    entry,
                    code = failure.problem().code(),
                    "an unused secret stays in the keyring"
                );
                left += 1;
            }
        }
    }
    Ok(left)
}

/// Deletes every entry of a connection. None is in use from the first moment on, so that a kill in between cannot leave a
/// pointer to a secret that is gone.
///
/// # Errors
/// The keyring's or the store's; what is left stays noted.
pub async fn delete_all(store: &Store, vault: &SharedVault, id: ConnectionId) -> Result<()> {
    store.retire_entries(id)?;
    if !vault.is_persistent() {
        return Ok(()); // noted as strays, for the keyring that holds them
    }
    for entry in store.stray_entries(Some(id))? {
        let name = entry.clone();
        off_thread(vault, move |vault| vault.delete(&name)).await?;
        store.drop_entry(&entry)?;
    }
    Ok(())
}

async fn get(
    store: &Store,
    vault: &SharedVault,
    id: ConnectionId,
    kind: SecretKind,
    what: &str,
) -> Result<Zeroizing<String>> {
    let lost = || Failure::from(Problem::SecretLost { what: what.to_owned() });
    let entry = store.current_entry(id, kind)?.ok_or_else(lost)?;
    off_thread(vault, move |vault| vault.get(&entry))
        .await?
        .ok_or_else(lost)
}

/// The secret key in use.
///
/// # Errors
/// [`Problem::SecretLost`] where there is none; the keyring's or the store's.
pub async fn client_secret(store: &Store, vault: &SharedVault, id: ConnectionId) -> Result<SecretKey> {
    let text = get(
        store,
        vault,
        id,
        SecretKind::ClientSecret,
        "the secret key of this connection",
    )
    .await?;
    Ok(SecretKey::parse(&text)?)
}

/// The site account's password.
///
/// # Errors
/// As [`client_secret`].
pub async fn site_password(store: &Store, vault: &SharedVault, id: ConnectionId) -> Result<SitePassword> {
    let text = get(
        store,
        vault,
        id,
        SecretKind::SitePassword,
        "the password of this connection's site account",
    )
    .await?;
    Ok(SitePassword::parse(&text)?)
}

/// A copy of a secret for the way into the keyring.
pub(super) fn copy(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

/// A vault for the lab, for tests, and for "this run only".
pub fn in_memory() -> SharedVault {
    Arc::new(crate::secrets::MemoryVault::default())
}

/// Puts secrets that a person has just given into a vault that forgets, under the names that are in use.
///
/// # Errors
/// The store's or the vault's.
pub fn lend(
    store: &Store,
    vault: &SharedVault,
    id: ConnectionId,
    client_secret: &SecretKey,
    site_password: Option<&SitePassword>,
) -> Result<()> {
    if let Some(entry) = store.current_entry(id, SecretKind::ClientSecret)? {
        vault.put(&entry, client_secret.expose())?;
    }
    if let (Some(entry), Some(password)) = (store.current_entry(id, SecretKind::SitePassword)?, site_password) {
        vault.put(&entry, password.expose())?;
    }
    Ok(())
}
