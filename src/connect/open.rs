//! An existing connection with its secrets, ready to work.

use super::key::KeyInUse;
use super::{Ground, secrets};
use crate::azure::{Azure, Credential};
use crate::configmgr::Site;
use crate::model::connection::SetupSecrets;
use crate::model::{Connection, ConnectionName, Problem, Result, SignIn, SitePassword};
use crate::store::Store;

/// Finds a connection by name.
///
/// # Errors
/// [`Problem::NoSuchConnection`] with the names there are; the store's.
pub fn find(store: &Store, name: &ConnectionName) -> Result<Connection> {
    match store.connection(name)? {
        Some(connection) => Ok(connection),
        None => {
            let known = store
                .connections()?
                .iter()
                .map(|each| each.setup.name.to_string())
                .collect();
            Err(Problem::NoSuchConnection {
                name: name.to_string(),
                known,
            }
            .into())
        }
    }
}

/// The workspace's side of a connection.
///
/// # Errors
/// [`Problem::SecretLost`], the keyring's.
pub async fn azure(ground: &Ground<'_>, connection: &Connection) -> Result<Azure> {
    let app = &connection.setup.app;
    let secret = secrets::client_secret(ground.store, ground.vault, connection.id).await?;
    let credential = Credential {
        tenant_id: app.tenant_id,
        client_id: app.client_id,
        secret,
    };
    Ok(Azure::new(&connection.setup.environment, credential)?.with_observer(ground.tell.clone()))
}

/// The same, signed in. Where Azure calls the key expired, that is noted.
///
/// # Errors
/// As [`azure`]; what Azure refuses.
pub async fn signed_in(ground: &Ground<'_>, connection: &Connection) -> Result<Azure> {
    let key = KeyInUse::of(ground.store, connection.id)?;
    let azure = azure(ground, connection).await?;
    match azure.sign_in().await {
        Ok(_) => Ok(azure),
        Err(failure) => {
            key.heed(&failure);
            Err(failure)
        }
    }
}

/// Its secrets, for who looks at everything that they are for.
///
/// # Errors
/// [`Problem::SecretLost`], the keyring's.
pub async fn secrets(ground: &Ground<'_>, connection: &Connection) -> Result<SetupSecrets> {
    Ok(SetupSecrets {
        client_secret: secrets::client_secret(ground.store, ground.vault, connection.id).await?,
        site_password: site_password(ground, connection).await?,
    })
}

async fn site_password(ground: &Ground<'_>, connection: &Connection) -> Result<Option<SitePassword>> {
    match &connection.setup.site.sign_in {
        SignIn::Account(_) => Ok(Some(
            secrets::site_password(ground.store, ground.vault, connection.id).await?,
        )),
        SignIn::CurrentUser | SignIn::None => Ok(None),
    }
}

/// The site's side of a connection.
///
/// # Errors
/// [`Problem::SecretLost`], the keyring's, [`Problem::SiteSignIn`].
pub async fn site(ground: &Ground<'_>, connection: &Connection) -> Result<Site> {
    Site::new(&connection.setup.site, site_password(ground, connection).await?)
}
