//! A new secret key that Microsoft Entra makes: made, verified with patience, put into use, and the one before removed there.
//!
//! Under a name of its own each key stands in Entra, and that name is written down before the key is made. So whatever happens, a key
//! that is not in use is found again there by its name: at once where it can be removed, else by the next renewal.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use super::renew::{STATES, switch_others};
use super::{Ground, open, renew, secrets, verify};
use crate::azure::{Azure, KeySeen, MadeKey};
use crate::model::plan::{Progress, Step};
use crate::model::renewal::Renewed;
use crate::model::{ClientId, Connection, Failure, Problem, Result, SecretExpiry, SecretKey, Warning};
use crate::platform::{checkpoint, stoppable};
use crate::store::{RunKind, SecretKind};

/// How long a new key may take to be known everywhere. Microsoft speaks of some seconds to a minute.
const PATIENCE: Duration = Duration::from_secs(180);

/// The first pause between two attempts; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// So many sign-ins in a row have to go well: the first may have met the one place that knows the key already.
const SURE: usize = 2;

/// Has Entra make a new secret key, and puts it into use for a connection and these others of its app; then removes the one before,
/// where it is sure which that was and nothing on this machine uses it any more. `person`: who has signed in for what the app may not
/// do by itself.
///
/// # Errors
/// [`Problem::KeysNotAllowed`], what Azure, keyring or store refuse. The old key stays in use then, and what was made is removed again;
/// where that fails, the failure says so.
pub async fn create_secret(
    ground: &Ground<'_>,
    connection: &Connection,
    others: &[Connection],
    person: Option<&Azure>,
    expiry: SecretExpiry,
) -> Result<Renewed> {
    let (graph, new, old, mut renewed) = {
        let _lock = ground.lock(connection.id, connection.setup.name.as_str())?;
        let connection = &ground.fresh(connection, &STATES)?;
        ground.keeps_secrets(connection.id)?;
        let creation = create(ground, connection, person, expiry);
        ground
            .recorded(connection.id, RunKind::UpdateSecret, creation, |_| json!({}))
            .await?
    };
    renewed.others = switch_others(ground, others, &new, renewed.expiry).await;
    let gone = remove_old(ground, connection, &graph, &renewed, old).await;
    renewed.warnings.extend(gone);
    Ok(renewed)
}

/// Who asked Graph, the new key, which one was in use before where that is sure, what was done.
type Created = (Azure, SecretKey, Option<KeySeen>, Renewed);

async fn create(
    ground: &Ground<'_>,
    connection: &Connection,
    person: Option<&Azure>,
    expiry: SecretExpiry,
) -> Result<Created> {
    let client_id = connection.setup.app.client_id;
    let graph = match person {
        Some(person) => person.clone(),
        None => open::signed_in(ground, connection).await?,
    };
    (ground.tell)(Progress::Step(Step::AddSecret));
    let keys = stoppable(ground.stop, graph.secret_keys(client_id)).await?;
    clear_away(ground, connection, &graph).await?;
    secrets::sweep(ground.store, ground.vault, connection.id).await?;
    let old = old_key(ground, connection, keys).await;

    let name = format!("Azure Services Wizard {}", Uuid::new_v4());
    ground.store.add_made_key(connection.id, &name)?;
    checkpoint("create-secret: intent recorded");
    let switched = async {
        let made = graph.make_secret_key(client_id, &name, expiry).await?;
        checkpoint("create-secret: key made");
        if made.again {
            remove(&graph, client_id, |key| key.name == name && key.id != made.id).await?;
        }
        verify_and_switch(ground, connection, made, &name).await
    };
    match switched.await {
        Ok((new, renewed)) => Ok((graph, new, old, renewed)),
        Err(failure) => match clear_away(ground, connection, &graph).await {
            Ok(()) => Err(failure),
            Err(left) => Err(failure
                .with("Left in the app registration", name)
                .with("Not removed there", left.problem().code().to_owned())),
        },
    }
}

/// Removes the keys that were made and never came into use.
async fn clear_away(ground: &Ground<'_>, connection: &Connection, graph: &Azure) -> Result<()> {
    let client_id = connection.setup.app.client_id;
    let names = ground.store.made_keys(connection.id)?;
    if names.is_empty() {
        return Ok(());
    }
    remove(graph, client_id, |key| names.contains(&key.name)).await?;
    for name in names {
        ground.store.drop_made_key(connection.id, &name)?;
    }
    Ok(())
}

/// Removes the keys of which this is true.
async fn remove(graph: &Azure, client_id: ClientId, goes: impl Fn(&KeySeen) -> bool) -> Result<()> {
    for key in graph.secret_keys(client_id).await?.iter().filter(|key| goes(key)) {
        graph.remove_secret_key(client_id, key).await?;
    }
    Ok(())
}

/// Which of the keys is the one in use; `None` where that is not sure.
async fn old_key(ground: &Ground<'_>, connection: &Connection, keys: Vec<KeySeen>) -> Option<KeySeen> {
    let secret = secrets::client_secret(ground.store, ground.vault, connection.id).await;
    let secret = secret.ok()?;
    let mut fitting = keys.into_iter().filter(|key| key.may_be(&secret));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

async fn verify_and_switch(
    ground: &Ground<'_>,
    connection: &Connection,
    made: MadeKey,
    name: &str,
) -> Result<(SecretKey, Renewed)> {
    let MadeKey { secret, expiry, .. } = made;
    stoppable(ground.stop, verify_patiently(ground, connection, &secret)).await?;
    checkpoint("create-secret: verified");
    ground.cancelled(false, "everything; the old secret key stays in use")?;
    (ground.tell)(Progress::Step(Step::SwitchSecret));
    let points = renew::POINTS;
    let text = secrets::copy(secret.expose());
    let (store, vault, id) = (ground.store, ground.vault, connection.id);
    let entry = secrets::lay_up(store, vault, id, SecretKind::ClientSecret, text, &points).await?;
    store.make_current_made(&entry, expiry, name)?;
    checkpoint("create-secret: pointer switched");
    // It is in use from here on: what else may fail is no reason to call it off.
    let left = renew::swept(ground, connection).await.unwrap_or_default();
    let renewed = Renewed {
        expiry,
        warnings: left.into_iter().collect(),
        others: Vec::new(),
    };
    Ok((secret, renewed))
}

/// Signs in with the new key until that goes well, for as long as it may take to be known.
async fn verify_patiently(ground: &Ground<'_>, connection: &Connection, secret: &SecretKey) -> Result<()> {
    let setup = &connection.setup;
    let begun = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut well = 0;
    while well < SURE {
        match verify::sign_in(&setup.environment, &setup.app, secret, ground.tell).await {
            Ok(_) => well += 1,
            Err(failure) if !matches!(failure.problem(), Problem::SecretWrong { .. }) => return Err(failure),
            Err(failure) if begun.elapsed() + pause > PATIENCE => return Err(failure),
            Err(_) => {
                well = 0;
                let (waited, patience) = (begun.elapsed().as_secs(), PATIENCE.as_secs());
                (ground.tell)(Progress::KeyPending { waited, patience });
                tokio::time::sleep(pause).await;
                pause = (2 * pause).min(LONGEST_PAUSE);
            }
        }
    }
    Ok(())
}

/// Removes the key before in Entra. Where it stays, a warning says why.
async fn remove_old(
    ground: &Ground<'_>,
    connection: &Connection,
    graph: &Azure,
    renewed: &Renewed,
    old: Option<KeySeen>,
) -> Option<Warning> {
    let Some(old) = old else {
        return Some(Warning::OldKeyNotSure);
    };
    let removal = async {
        let is_renewed = |each: &Connection| renewed.also().any(|name| *name == each.setup.name);
        if !renew::others(ground.store, connection)?.iter().all(is_renewed) {
            return Ok(Some(Warning::OldKeyInUse));
        }
        (ground.tell)(Progress::Step(Step::RemoveSecret));
        graph.remove_secret_key(connection.setup.app.client_id, &old).await?;
        Ok(None)
    };
    removal.await.unwrap_or_else(|failure: Failure| {
        let problem = failure.problem().code().to_owned();
        tracing::warn!(problem, "the secret key before was not removed in Microsoft Entra");
        Some(Warning::OldKeyNotRemoved { problem })
    })
}
