//! Making a connection: intent, then secrets, then Azure. Undone where it fails, taken up again after a kill.

use chrono::Utc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::readiness::{self, Readiness};
use super::{Ground, remove, secrets};
use crate::azure::{Azure, Write};
use crate::model::connection::SetupSecrets;
use crate::model::group::{self, Owner};
use crate::model::plan::{Progress, Step};
use crate::model::{
    Connection, ConnectionId, ConnectionState, Failure, History, Problem, Result, Setup, SignIn, Warning,
};
use crate::platform::checkpoint;
use crate::store::SecretKind;

/// A connection that stands.
pub struct Connected {
    /// The connection.
    pub connection: Connection,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

/// Makes a connection. Asked again for the same set-up it finishes what a kill interrupted, or finds it made already.
///
/// # Errors
/// The first thing that is not ready; [`Problem::NameTaken`]; the keyring's, the store's or Azure's. What had been made until
/// then is taken away again.
pub async fn connect(ground: &Ground<'_>, setup: &Setup, secrets: &SetupSecrets) -> Result<Connected> {
    is_built(setup)?;
    let standing = earlier(ground, setup)?;
    if let Some(standing) = standing
        .as_ref()
        .filter(|standing| standing.state == ConnectionState::Ready)
    {
        ground.keeps_secrets(standing.id)?;
    }
    let ready = readiness::check(setup, secrets, ground.tell, ground.stop).await?;
    if let Some(failure) = ready.first_failure() {
        return Err(failure.clone());
    }
    same_site(standing.as_ref(), &ready)?;
    let mut warnings = ready.warnings();
    let connection = intended(standing.as_ref(), setup, &ready);
    let _lock = ground.lock(connection.id, setup.name.as_str())?;
    if earlier(ground, setup)? != standing {
        // Another command was at work on it while we looked around.
        return Err(Problem::Busy {
            name: setup.name.to_string(),
        }
        .into());
    }
    let (azure, owner) = match (ready.azure, &connection.site) {
        (Some(azure), Some(site)) => (
            azure,
            Owner {
                connection: connection.id,
                site: site.code.clone(),
            },
        ),
        _ => {
            return Err(Problem::Internal {
                what: "all checks passed without a site or a sign-in".to_owned(),
            }
            .into());
        }
    };
    if let Err(failure) = make(ground, &connection, &azure, &owner, secrets).await {
        return Err(undo(ground, &connection, &azure, failure).await);
    }
    let left = secrets::sweep(ground.store, ground.vault, connection.id).await?;
    if left > 0 {
        warnings.push(Warning::LeftInKeyring { entries: left });
    }
    if !ground.vault.is_persistent() {
        warnings.push(Warning::SecretsInMemory);
    }
    Ok(Connected {
        connection: Connection {
            state: ConnectionState::Ready,
            ..connection
        },
        warnings,
    })
}

/// Whether this version can do what the set-up asks for; said before anybody is asked for a secret.
///
/// # Errors
/// [`Problem::NotBuilt`].
pub fn is_built(setup: &Setup) -> Result<()> {
    let what = match (setup.history, &setup.site.sign_in) {
        (History::On, _) => "Publishing with history (history = \"on\")",
        (_, SignIn::CurrentUser) => {
            "The sign-in to the site as the current user (sign_in = \"current-user\", by Kerberos)"
        }
        _ => return Ok(()),
    };
    Err(Problem::NotBuilt { what: what.to_owned() }.into())
}

/// The connection of this name that may be taken up again: one that was asked to be the same. A renewed secret key has
/// another expiry and is no other connection for it.
fn earlier(ground: &Ground<'_>, setup: &Setup) -> Result<Option<Connection>> {
    let Some(found) = ground.store.connection(&setup.name)? else {
        return Ok(None);
    };
    let name = &setup.name;
    if found.state == ConnectionState::Removing {
        let what = format!("\"{name}\" is being removed: run asw remove again to finish that");
        return Err(Problem::Usage { what }.into());
    }
    let mut wanted = setup.clone();
    wanted.app.secret_expiry = found.setup.app.secret_expiry;
    if found.setup == wanted {
        return Ok(Some(found));
    }
    Err(Problem::NameTaken { name: name.to_string() }.into())
}

/// A connection belongs to one site for life: its groups would otherwise mix two.
fn same_site(earlier: Option<&Connection>, ready: &Readiness) -> Result<()> {
    let was = earlier.and_then(|earlier| earlier.site.as_ref());
    match (was, &ready.site) {
        (Some(was), Some(now)) if was.code != now.code => Err(Problem::SiteChanged {
            expected: was.code.clone(),
            found: now.code.clone(),
        }
        .into()),
        _ => Ok(()),
    }
}

fn intended(earlier: Option<&Connection>, setup: &Setup, ready: &Readiness) -> Connection {
    Connection {
        id: earlier.map_or_else(|| ConnectionId::new(Uuid::new_v4()), |earlier| earlier.id),
        state: earlier.map_or(ConnectionState::Connecting, |earlier| earlier.state),
        setup: setup.clone(),
        workspace: ready.workspace.clone(),
        site: ready.site.clone(),
    }
}

async fn make(
    ground: &Ground<'_>,
    connection: &Connection,
    azure: &Azure,
    owner: &Owner,
    secrets: &SetupSecrets,
) -> Result<()> {
    (ground.tell)(Progress::Step(Step::RecordIntent));
    match ground.store.connection(&connection.setup.name)? {
        Some(found) if found.id == connection.id => ground.store.update_connection(connection)?,
        _ => ground.store.insert_intent(connection, Utc::now())?,
    }
    checkpoint("connect: intent recorded");
    ground.cancelled(false, "everything; nothing was made")?;

    (ground.tell)(Progress::Step(Step::StoreSecrets));
    let points = secrets::Points {
        pending: None,
        stored: "connect: secret stored",
        switched: "connect: pointer set",
    };
    let (store, vault, id) = (ground.store, ground.vault, connection.id);
    if let Some(password) = &secrets.site_password {
        let text = secrets::copy(password.expose());
        secrets::put(store, vault, id, SecretKind::SitePassword, text, None, &points).await?;
    }
    let text = secrets::copy(secrets.client_secret.expose());
    secrets::put(store, vault, id, SecretKind::ClientSecret, text, None, &points).await?;
    ground.cancelled(false, "everything; what was made is taken away again")?;

    (ground.tell)(Progress::Step(Step::WriteRecord));
    let record = group::record(owner, connection.setup.name.as_str());
    let ours = |search: &crate::model::SavedSearch| group::is_ours(search, owner.connection);
    azure
        .keep_saved_search(&connection.setup.workspace, &record, Write::New, ours)
        .await?;
    checkpoint("connect: record written");
    ground.store.set_state(id, ConnectionState::Ready)
}

/// Takes away what a failed attempt had made. Where even that fails, the connection stays on record as half made, so that the
/// same command can finish it or `remove` can take it away.
async fn undo(ground: &Ground<'_>, connection: &Connection, azure: &Azure, failure: Failure) -> Failure {
    let recorded =
        matches!(ground.store.connection(&connection.setup.name), Ok(Some(found)) if found.id == connection.id);
    if connection.state == ConnectionState::Ready || !recorded {
        return failure; // it stood before this attempt, and stands now; or nothing was begun
    }
    // A wish to stop is no reason to leave things half made.
    let unstoppable = CancellationToken::new();
    let ground = Ground {
        stop: &unstoppable,
        ..*ground
    };
    match remove::take_away(&ground, connection, Some(azure)).await {
        Ok(()) => failure,
        Err(also) => failure.with(
            "Left half made",
            format!("{} ({})", connection.setup.name, also.problem().code()),
        ),
    }
}
