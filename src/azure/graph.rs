//! Microsoft Graph: what Entra knows of the app's own secret keys.

use super::client::Azure;
use super::tables::stub;
use crate::model::{Result, SecretExpiry};

impl Azure {
    /// When the secret key in use expires, as Entra has it; `None` where the app may not read that (the normal case), or where
    /// no key with the hint of this one is there. Several with the same hint: none is believed.
    ///
    /// # Errors
    /// Only what keeps Graph from answering; callers are quiet about it.
    pub async fn secret_expiry(&self) -> Result<Option<SecretExpiry>> {
        Err(stub())
    }
}
