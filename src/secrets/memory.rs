//! A vault that lasts as long as the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use super::Vault;
use crate::model::Result;

/// Secrets in memory only, wiped when dropped.
#[derive(Default)]
pub struct MemoryVault {
    entries: Mutex<HashMap<String, Zeroizing<String>>>,
    lasts: bool,
}

impl MemoryVault {
    /// One that lasts as long as everything that knows of it: the window on the lab, where one process is a whole life.
    pub fn for_life() -> Self {
        Self {
            lasts: true,
            ..Self::default()
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Zeroizing<String>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault for MemoryVault {
    fn put(&self, entry: &str, secret: &str) -> Result<()> {
        self.entries()
            .insert(entry.to_owned(), Zeroizing::new(secret.to_owned()));
        Ok(())
    }

    fn get(&self, entry: &str) -> Result<Option<Zeroizing<String>>> {
        Ok(self.entries().get(entry).cloned())
    }

    fn delete(&self, entry: &str) -> Result<()> {
        self.entries().remove(entry);
        Ok(())
    }

    fn is_persistent(&self) -> bool {
        self.lasts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_replaces_and_deletes() {
        let vault = MemoryVault::default();
        assert!(vault.get("a/client-secret/1").unwrap().is_none());
        vault.put("a/client-secret/1", "old").unwrap();
        vault.put("a/client-secret/2", "new").unwrap();
        vault.put("a/client-secret/1", "older").unwrap();
        assert_eq!(vault.get("a/client-secret/1").unwrap().unwrap().as_str(), "older");
        vault.delete("a/client-secret/1").unwrap();
        vault.delete("a/client-secret/1").unwrap();
        assert!(vault.get("a/client-secret/1").unwrap().is_none());
        assert_eq!(vault.get("a/client-secret/2").unwrap().unwrap().as_str(), "new");
        assert!(!vault.is_persistent());
    }
}
