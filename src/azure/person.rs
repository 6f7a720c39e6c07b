//! A person's own sign-in: authorization code with PKCE in the browser, or a code on any device. Tokens stay in memory.

use super::client::{Azure, Observer};
use super::tables::stub;
use crate::model::Result;
use crate::model::person::{PersonAccess, PersonSeen};

/// Opens an address in the system's browser; `false` where it cannot.
pub type OpenBrowser<'a> = &'a (dyn Fn(&str) -> bool + Send + Sync);

/// Signs a person in and returns Azure as that person sees it. Tells `Progress::Browser` or `Progress::DeviceCode`. Dropping the
/// future ends the waiting and the listener.
///
/// # Errors
/// `PersonNotSignedIn` with the reason, `PolicyBlocksSignIn`, `ClientUnknown` for the public client, what keeps Entra from
/// answering.
pub async fn sign_in_person(
    _access: &PersonAccess,
    _open: OpenBrowser<'_>,
    _observer: Observer,
) -> Result<(Azure, PersonSeen)> {
    Err(stub())
}
