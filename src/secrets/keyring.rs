//! The keyring of the operating system, through `keyring-core` and the system's own store.
//!
//! The store object is held here and not set as the process's default, so that nothing else decides which keyring is used and
//! tests can put in another one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use keyring_core::api::CredentialStore;
use keyring_core::{Entry, Error};
use zeroize::{Zeroize, Zeroizing};

use super::Vault;
use crate::model::{Failure, Problem, Result};

/// Under this service name all entries of this program stand in the keyring.
pub const SERVICE: &str = "azure-services-wizard";

type OpenStore = Box<dyn Fn() -> keyring_core::Result<Arc<CredentialStore>> + Send + Sync>;

/// Secret Service on Linux, Credential Manager on Windows, Keychain on macOS.
pub struct KeyringVault {
    open: OpenStore,
    store: Mutex<Arc<CredentialStore>>,
}

impl KeyringVault {
    /// Reaches for the keyring. Blocks, as all calls do.
    ///
    /// # Errors
    /// `NoKeyring` when none answers: no session bus, no Secret Service.
    pub fn open() -> Result<Self> {
        Self::over(Box::new(system_store))
    }

    fn over(open: OpenStore) -> Result<Self> {
        let store = open().map_err(no_keyring)?;
        Ok(Self {
            open,
            store: Mutex::new(store),
        })
    }

    /// Does something with an entry; `None` when there is no such entry. Tries once more with a new store when the system
    /// fails, since a keyring that was restarted does not know the session of the old one.
    fn with_entry<T>(&self, entry: &str, job: impl Fn(&Entry) -> keyring_core::Result<T>) -> Result<Option<T>> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let attempt = |store: &Arc<CredentialStore>| job(&store.build(SERVICE, entry, Some(&modifiers()))?);
        let mut result = attempt(&store);
        if matches!(result, Err(Error::PlatformFailure(_))) {
            *store = (self.open)().map_err(no_keyring)?;
            result = attempt(&store);
        }
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(Failure::from(problem(error)).with("Keyring entry", entry)),
        }
    }
}

impl Vault for KeyringVault {
    fn put(&self, entry: &str, secret: &str) -> Result<()> {
        let done = self.with_entry(entry, |item| item.set_password(secret))?;
        done.ok_or_else(|| problem(Error::NoEntry).into())
    }

    fn get(&self, entry: &str) -> Result<Option<Zeroizing<String>>> {
        self.with_entry(entry, |item| item.get_password().map(Zeroizing::new))
    }

    fn delete(&self, entry: &str) -> Result<()> {
        self.with_entry(entry, Entry::delete_credential).map(drop)
    }

    fn is_persistent(&self) -> bool {
        true
    }
}

#[cfg(target_os = "linux")]
fn system_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(windows)]
fn system_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn system_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn system_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Err(Error::NotSupportedByStore(
        "this program knows no keyring of this operating system".to_owned(),
    ))
}

/// Credential Manager would otherwise take the entry along to other machines of a roaming profile, where the database that names it
/// is not.
fn modifiers() -> HashMap<&'static str, &'static str> {
    if cfg!(windows) {
        HashMap::from([("persistence", "Local")])
    } else {
        HashMap::new()
    }
}

fn no_keyring(error: Error) -> Failure {
    match problem(error) {
        Problem::KeyringLocked { cause } | Problem::Keyring { cause } => Problem::NoKeyring { cause }.into(),
        other => other.into(),
    }
}

/// The problem behind an error of `keyring-core`. Two of its errors carry the bytes of a secret, and one that is not known yet
/// may: none of these is ever printed.
fn problem(error: Error) -> Problem {
    let cause = match error {
        Error::NoStorageAccess(cause) => {
            return Problem::KeyringLocked {
                cause: cause.to_string(),
            };
        }
        Error::PlatformFailure(cause) => {
            let cause = cause.to_string();
            // `org.freedesktop.Secret.Error.IsLocked`, where the store does not tell it from other failures.
            if cause.contains("IsLocked") {
                return Problem::KeyringLocked { cause };
            }
            cause
        }
        Error::BadEncoding(mut bytes) => {
            bytes.zeroize();
            "what it holds under this name is not text".to_owned()
        }
        Error::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            "what it holds under this name is damaged".to_owned()
        }
        Error::TooLong(what, limit) => format!("it takes no more than {limit} as the length of the {what}"),
        Error::Ambiguous(items) => format!("it holds {} entries of this name", items.len()),
        Error::Invalid(what, why) => format!("it does not take the {what}: {why}"),
        Error::BadStoreFormat(why) | Error::NotSupportedByStore(why) => why,
        Error::NoEntry => "it holds nothing under this name".to_owned(),
        Error::NoDefaultStore => "no keyring was opened".to_owned(),
        _ => "it fails in a way that this program does not know".to_owned(),
    };
    Problem::Keyring { cause }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use keyring_core::mock;

    use super::*;

    const ENTRY: &str = "a/client-secret/1";

    fn vault() -> (Arc<mock::Store>, KeyringVault) {
        let store = mock::Store::new().unwrap();
        let same = Arc::clone(&store);
        let vault = KeyringVault::over(Box::new(move || Ok(same.clone() as Arc<CredentialStore>))).unwrap();
        (store, vault)
    }

    /// Plants an error for the next call on the entry.
    fn plant(store: &Arc<mock::Store>, error: Error) {
        use keyring_core::api::CredentialStoreApi;
        let entry = store.build(SERVICE, ENTRY, None).unwrap();
        entry.as_any().downcast_ref::<mock::Cred>().unwrap().set_error(error);
    }

    fn other(text: &str) -> Box<dyn std::error::Error + Send + Sync> {
        text.into()
    }

    #[test]
    fn puts_gets_and_deletes() {
        let (_store, vault) = vault();
        assert!(vault.get(ENTRY).unwrap().is_none());
        vault.put(ENTRY, "pä§ß東").unwrap();
        assert_eq!(vault.get(ENTRY).unwrap().unwrap().as_str(), "pä§ß東");
        assert!(vault.get("a/client-secret/2").unwrap().is_none());
        vault.delete(ENTRY).unwrap();
        vault.delete(ENTRY).unwrap();
        assert!(vault.get(ENTRY).unwrap().is_none());
        assert!(vault.is_persistent());
    }

    #[test]
    fn a_locked_keyring_is_told_from_a_failing_one() {
        let (store, vault) = vault();
        vault.put(ENTRY, "secret").unwrap();
        plant(&store, Error::NoStorageAccess(other("prompt dismissed")));
        let failure = vault.get(ENTRY).unwrap_err();
        assert_eq!(
            failure.problem(),
            &Problem::KeyringLocked {
                cause: "prompt dismissed".into()
            }
        );
        assert_eq!(failure.details(), [("Keyring entry".into(), ENTRY.to_owned())]);
        plant(&store, Error::TooLong("user".into(), 513));
        assert_eq!(
            vault.put(ENTRY, "secret").unwrap_err().problem(),
            &Problem::Keyring {
                cause: "it takes no more than 513 as the length of the user".into()
            }
        );
        let is_locked = problem(Error::PlatformFailure(other(
            "org.freedesktop.Secret.Error.IsLocked: x",
        )));
        assert_eq!(is_locked.code(), "keyring_locked");
        assert_eq!(problem(Error::PlatformFailure(other("disk"))).code(), "keyring");
    }

    #[test]
    fn errors_never_show_what_they_carry() {
        let (store, vault) = vault();
        let bytes = b"abc8Q~\xff".to_vec();
        for error in [
            Error::BadEncoding(bytes.clone()),
            Error::BadDataFormat(bytes.clone(), other("abc8Q~")),
        ] {
            plant(&store, error);
            let shown = format!("{:?}", vault.get(ENTRY).err().unwrap());
            assert!(shown.contains("under this name"), "{shown}");
            assert!(!shown.contains("abc8Q") && !shown.contains("97, 98"), "{shown}");
        }
    }

    #[test]
    fn without_a_keyring_it_says_so() {
        for error in [
            || Error::PlatformFailure("no bus".into()),
            || Error::NoStorageAccess("no bus".into()),
        ] {
            let failure = KeyringVault::over(Box::new(move || Err(error()))).err().unwrap();
            assert_eq!(failure.problem(), &Problem::NoKeyring { cause: "no bus".into() });
        }
    }

    #[test]
    fn a_keyring_that_was_restarted_is_opened_again() {
        let store = mock::Store::new().unwrap();
        let opened = Arc::new(AtomicUsize::new(0));
        let (same, count) = (Arc::clone(&store), Arc::clone(&opened));
        let vault = KeyringVault::over(Box::new(move || match count.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => Ok(same.clone() as Arc<CredentialStore>),
            _ => Err(Error::PlatformFailure("bus gone".into())),
        }))
        .unwrap();
        vault.put(ENTRY, "secret").unwrap();
        plant(&store, Error::PlatformFailure(other("no such session")));
        assert_eq!(vault.get(ENTRY).unwrap().unwrap().as_str(), "secret");
        assert_eq!(opened.load(Ordering::SeqCst), 2);
        plant(&store, Error::PlatformFailure(other("no such session")));
        let failure = vault.get(ENTRY).err().unwrap();
        assert_eq!(
            failure.problem(),
            &Problem::NoKeyring {
                cause: "bus gone".into()
            }
        );
    }
}
