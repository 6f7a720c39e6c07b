//! A new secret key in place of an expired one. The old key stays in use until the new one has been let in by Azure.

use chrono::Utc;
use serde_json::json;

use super::{Ground, secrets, verify};
use crate::model::plan::{Progress, Step};
use crate::model::{Connection, ConnectionState, Result, SecretExpiry, SecretKey, Warning};
use crate::platform::{checkpoint, stoppable};
use crate::store::{RunKind, SecretKind};

/// Verifies a new secret key and puts it into use.
///
/// # Errors
/// What Azure refuses: then the old key stays. The keyring's or the store's: likewise, and what is left over is cleared by the
/// next command. [`crate::model::Problem::Busy`] while a run is under way.
pub async fn update_secret(
    ground: &Ground<'_>,
    connection: &Connection,
    new: &SecretKey,
    expiry: SecretExpiry,
) -> Result<Vec<Warning>> {
    let _lock = ground.lock(connection.id, connection.setup.name.as_str())?;
    // One that is being removed needs a key that works, too: its groups go with it.
    let connection = &ground.fresh(connection, &[ConnectionState::Ready, ConnectionState::Removing])?;
    ground.keeps_secrets(connection.id)?;
    let switch = switch(ground, connection, new, expiry);
    ground
        .recorded(connection.id, RunKind::UpdateSecret, switch, |_| json!({}))
        .await
}

async fn switch(
    ground: &Ground<'_>,
    connection: &Connection,
    new: &SecretKey,
    expiry: SecretExpiry,
) -> Result<Vec<Warning>> {
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
    app.secret_expiry = expiry;
    let verification = verify::app(&setup.environment, &app, new, Utc::now().date_naive(), ground.tell);
    let verified = stoppable(ground.stop, verification).await?;
    warnings.extend(verified.warnings);
    checkpoint("update-secret: verified");
    ground.cancelled(false, "everything; the old secret key stays in use")?;

    (ground.tell)(Progress::Step(Step::SwitchSecret));
    let points = secrets::Points {
        pending: Some("update-secret: entry pending"),
        stored: "update-secret: secret stored",
        switched: "update-secret: pointer switched",
    };
    let text = secrets::copy(new.expose());
    secrets::put(
        ground.store,
        ground.vault,
        connection.id,
        SecretKind::ClientSecret,
        text,
        Some(expiry),
        &points,
    )
    .await?;
    let entries = secrets::sweep(ground.store, ground.vault, connection.id).await?;
    if entries > 0 {
        warnings.push(Warning::LeftInKeyring { entries });
    }
    checkpoint("update-secret: old secret deleted");
    Ok(warnings)
}
