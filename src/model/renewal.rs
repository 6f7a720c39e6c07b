//! A new secret key for an app: what became of it for each connection that uses the app.

use chrono::{Days, NaiveDate};

use super::{ConnectionName, Result, SecretExpiry, Warning};

/// Keys are valid for so many days unless a person chooses otherwise: the portal's recommended choice.
const USUAL_DAYS: u64 = 180;

/// When a key that is made today usually expires.
pub fn usual_expiry(today: NaiveDate) -> SecretExpiry {
    SecretExpiry::new(today.checked_add_days(Days::new(USUAL_DAYS)).unwrap_or(today))
}

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
