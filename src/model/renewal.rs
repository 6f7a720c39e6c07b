//! A new secret key for an app: what became of it for each connection that uses the app.

use super::{ConnectionName, Result, SecretExpiry, Warning};

/// A new secret key is in use.
#[derive(Debug, Clone, PartialEq)]
pub struct Renewed {
    /// When it expires.
    pub expiry: SecretExpiry,
    /// What a person should know.
    pub warnings: Vec<Warning>,
    /// What became of it for the other connections of the same app that were to have it, too.
    pub others: Vec<Other>,
}

/// Another connection of the same app.
#[derive(Debug, Clone, PartialEq)]
pub struct Other {
    /// Its name.
    pub name: ConnectionName,
    /// It uses the new key; or why it still uses the one before.
    pub end: Result<()>,
}

impl Renewed {
    /// Those that use the new key now.
    pub fn also(&self) -> impl Iterator<Item = &ConnectionName> {
        self.others
            .iter()
            .filter(|other| other.end.is_ok())
            .map(|other| &other.name)
    }

    /// Whether a connection that was to have it still uses the key before.
    pub fn is_partial(&self) -> bool {
        self.others.iter().any(|other| other.end.is_err())
    }
}
