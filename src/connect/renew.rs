//! A new secret key in place of an expired one. The old key stays in use until the new one has been let in by Azure.
//!
//! An app may serve several connections. They are renewed in one go: the key is verified once, then each of them is switched to it
//! with the same care. What fails for one of them is said, and does not undo the others.

use chrono::Utc;
use serde_json::json;

use super::{Ground, secrets, verify};
use crate::model::plan::{Progress, Step};
use crate::model::renewal::{Other, Renewed};
use crate::model::{Connection, ConnectionState, Result, SecretExpiry, SecretKey, Warning};
use crate::platform::{checkpoint, stoppable};
use crate::store::{RunKind, SecretKind, Store};

/// One that is being removed needs a key that works, too: its groups go with it.
pub(super) const STATES: [ConnectionState; 2] = [ConnectionState::Ready, ConnectionState::Removing];

/// The checkpoints of putting a key into the keyring.
pub(super) const POINTS: secrets::Points = secrets::Points {
    pending: Some("update-secret: entry pending"),
    stored: "update-secret: secret stored",
    switched: "update-secret: pointer switched",
};

/// The other connections of the same app, by name.
///
/// # Errors
/// The store's.
pub fn others(store: &Store, connection: &Connection) -> Result<Vec<Connection>> {
    let mut all = store.connections()?;
    all.retain(|each| each.shares_app_with(connection));
    Ok(all)
}

/// Verifies a new secret key and puts it into use, for a connection and these others of its app. It is kept with the day that Entra
/// tells, where the app may read that, else with the one that was typed.
///
/// # Errors
/// What Azure refuses: then the old key stays. The keyring's or the store's: likewise, and what is left over is cleared by the
/// next command. [`crate::model::Problem::Busy`] while a run is under way. What keeps one of the others from it is in the answer.
pub async fn update_secret(
    ground: &Ground<'_>,
    connection: &Connection,
    others: &[Connection],
    new: &SecretKey,
    expiry: SecretExpiry,
) -> Result<Renewed> {
    let (warnings, expiry) = {
        let _lock = ground.lock(connection.id, connection.setup.name.as_str())?;
        let connection = &ground.fresh(connection, &STATES)?;
        ground.keeps_secrets(connection.id)?;
        let renewal = verify_and_switch(ground, connection, new, expiry);
        ground
            .recorded(connection.id, RunKind::UpdateSecret, renewal, |_| json!({}))
            .await?
    };
    Ok(Renewed {
        expiry,
        warnings,
        others: switch_others(ground, others, new, expiry).await,
    })
}

async fn verify_and_switch(
    ground: &Ground<'_>,
    connection: &Connection,
    new: &SecretKey,
    typed: SecretExpiry,
) -> Result<(Vec<Warning>, SecretExpiry)> {
    let setup = &connection.setup;
    let mut warnings = Vec::new();
    // A dead key may be lost altogether; then there is nothing to compare with.
    if let Ok(old) = secrets::client_secret(ground.store, ground.vault, connection.id).await
        && old.expose() == new.expose()
    {
        warnings.push(Warning::SameSecret);
    }
    secrets::sweep(ground.store, ground.vault, connection.id).await?;

    let mut app = setup.app.clone();
    app.secret_expiry = typed;
    let verification = verify::app(&setup.environment, &app, new, Utc::now().date_naive(), ground.tell);
    let verified = stoppable(ground.stop, verification).await?;
    warnings.extend(verified.warnings);
    // Where Entra tells the true day, that one counts.
    let told = warnings.iter().find_map(|warning| match warning {
        Warning::ExpiryDiffers { actual, .. } => Some(*actual),
        _ => None,
    });
    let expiry = told.unwrap_or(typed);
    checkpoint("update-secret: verified");
    ground.cancelled(false, "everything; the old secret key stays in use")?;

    (ground.tell)(Progress::Step(Step::SwitchSecret));
    warnings.extend(switch(ground, connection, new, expiry).await?);
    Ok((warnings, expiry))
}

/// Gives a connection a key that has been let in.
async fn switch(
    ground: &Ground<'_>,
    connection: &Connection,
    new: &SecretKey,
    expiry: SecretExpiry,
) -> Result<Option<Warning>> {
    secrets::put(
        ground.store,
        ground.vault,
        connection.id,
        SecretKind::ClientSecret,
        secrets::copy(new.expose()),
        Some(expiry),
        &POINTS,
    )
    .await?;
    swept(ground, connection).await
}

/// Clears away what is not in use any more after a switch.
pub(super) async fn swept(ground: &Ground<'_>, connection: &Connection) -> Result<Option<Warning>> {
    let entries = secrets::sweep(ground.store, ground.vault, connection.id).await?;
    checkpoint("update-secret: old secret deleted");
    Ok((entries > 0).then_some(Warning::LeftInKeyring { entries }))
}

/// Gives the others of the app the key that has been let in, whatever becomes of each.
pub(super) async fn switch_others(
    ground: &Ground<'_>,
    others: &[Connection],
    new: &SecretKey,
    expiry: SecretExpiry,
) -> Vec<Other> {
    let mut ends = Vec::with_capacity(others.len());
    for other in others {
        let end = switch_other(ground, other, new, expiry).await;
        if let Err(failure) = &end {
            let (name, code) = (other.setup.name.as_str(), failure.problem().code());
            tracing::warn!(code, "\"{name}\" of the same app keeps the secret key that it had");
        }
        ends.push(Other {
            name: other.setup.name.clone(),
            end,
        });
    }
    ends
}

async fn switch_other(ground: &Ground<'_>, other: &Connection, new: &SecretKey, expiry: SecretExpiry) -> Result<()> {
    ground.cancelled(true, "the old secret key stays in use there")?;
    let _lock = ground.lock(other.id, other.setup.name.as_str())?;
    let other = &ground.fresh(other, &STATES)?;
    ground.keeps_secrets(other.id)?;
    let switched = switch(ground, other, new, expiry);
    ground
        .recorded(other.id, RunKind::UpdateSecret, switched, |_| json!({}))
        .await
        .map(drop)
}
