//! Making a connection, and finishing one that was not finished. What a failed attempt has made stays, so that the next one goes
//! on from there; publishing and the schedule come after it, and their failure undoes nothing.

use super::hands::{Hands, guarded};
use super::{publication, upkeep};
use crate::azure::Azure;
use crate::connect::apply::{self, Connected, How, OnFailure};
use crate::connect::{Ground, adopt, open, secrets};
use crate::flow::effect::{Created, Unfinished};
use crate::model::connection::SetupSecrets;
use crate::model::plan::{Progress, Step};
use crate::model::report::{Standing, SyncReport};
use crate::model::schedule::Every;
use crate::model::{Connection, ConnectionId, ConnectionName, Failure, Problem, Result, Setup, SignIn};
use crate::publish::sync::Options;
use crate::store::SecretKind;

type End = std::result::Result<Box<Created>, Unfinished>;

/// Makes a connection, publishes it for the first time, and has this machine go on so often, where that is wished.
pub(super) async fn create(hands: &Hands, setup: &Setup, secrets: &SetupSecrets, schedule: Option<Every>) -> End {
    let end = guarded(made(hands, setup, secrets, schedule)).await;
    end.map(Box::new).map_err(|failure| unfinished(hands, setup, failure))
}

/// Takes over a connection that another machine has made; then as [`create`].
pub(super) async fn adopt(
    hands: &Hands,
    setup: &Setup,
    secrets: &SetupSecrets,
    id: ConnectionId,
    schedule: Option<Every>,
) -> End {
    let adopted = async {
        let ground = hands.ground().await?;
        let person = hands.person(setup);
        let connected = adopt::adopt(&ground, setup, secrets, Some(id), keeping(person.as_ref())).await?;
        published(hands, &ground, connected, schedule).await
    };
    let end = guarded(adopted).await;
    end.map(Box::new).map_err(|failure| unfinished(hands, setup, failure))
}

/// A person is looking on: what was made stays, for another attempt.
const fn keeping(person: Option<&Azure>) -> How<'_> {
    How {
        on_failure: OnFailure::Keep,
        person,
    }
}

/// Goes on with a connection whose making was interrupted.
pub(super) async fn finish(hands: &Hands, name: &ConnectionName, given: Option<SetupSecrets>) -> End {
    let nothing = |failure| Unfinished {
        failure,
        standing: Standing::Nothing,
    };
    let connection = open::find(&hands.core.store, name).map_err(nothing)?;
    let setup = &connection.setup;
    match guarded(kept(hands, &connection, given)).await {
        Ok(secrets) => create(hands, setup, &secrets, None).await,
        Err(failure) => Err(unfinished(hands, setup, failure)),
    }
}

fn unfinished(hands: &Hands, setup: &Setup, failure: Failure) -> Unfinished {
    let standing = apply::standing(&hands.core.store, setup);
    Unfinished { failure, standing }
}

async fn made(hands: &Hands, setup: &Setup, secrets: &SetupSecrets, schedule: Option<Every>) -> Result<Created> {
    let ground = hands.ground().await?;
    let person = hands.person(setup);
    let connected = apply::connect(&ground, setup, secrets, keeping(person.as_ref())).await?;
    published(hands, &ground, connected, schedule).await
}

async fn published(
    hands: &Hands,
    ground: &Ground<'_>,
    connected: Connected,
    schedule: Option<Every>,
) -> Result<Created> {
    let publication = if connected.connection.setup.collections.is_empty() {
        None
    } else {
        (hands.tell)(Progress::Step(Step::Publish));
        Some(guarded(first_publication(ground, &connected.connection)).await)
    };
    let schedule = upkeep::after_making(hands, schedule, publication.as_ref()).await;
    Ok(Created {
        connection: connected.connection,
        warnings: connected.warnings,
        publication,
        schedule,
    })
}

async fn first_publication(ground: &Ground<'_>, connection: &Connection) -> Result<SyncReport> {
    let report = publication::publish_once(ground, connection, Options::default()).await?;
    publication::judged(report)
}

/// The secrets of a connection: as the keyring holds them; what it does not hold, as a person has just given it.
async fn kept(hands: &Hands, connection: &Connection, given: Option<SetupSecrets>) -> Result<SetupSecrets> {
    let ground = hands.ground().await?;
    let (store, vault, id) = (ground.store, ground.vault, connection.id);
    let (key, password) = match given {
        Some(given) => (Some(given.client_secret), given.site_password),
        None => (None, None),
    };
    let client_secret = match secrets::client_secret(store, vault, id).await {
        Err(failure) => else_given(&ground, connection, SecretKind::ClientSecret, failure, key)?,
        held => held?,
    };
    let site_password = match &connection.setup.site.sign_in {
        SignIn::Account(_) => Some(match secrets::site_password(store, vault, id).await {
            Err(failure) => else_given(&ground, connection, SecretKind::SitePassword, failure, password)?,
            held => held?,
        }),
        SignIn::CurrentUser | SignIn::None => None,
    };
    Ok(SetupSecrets {
        client_secret,
        site_password,
    })
}

/// What a person has given takes the place of a secret that the keyring does not hold; of no other trouble with the keyring.
fn else_given<T>(
    ground: &Ground<'_>,
    connection: &Connection,
    kind: SecretKind,
    failure: Failure,
    given: Option<T>,
) -> Result<T> {
    if !matches!(failure.problem(), Problem::SecretLost { .. }) {
        return Err(failure);
    }
    if let Some(given) = given {
        return Ok(given);
    }
    if ground.store.current_entry(connection.id, kind)?.is_some() {
        return Err(failure);
    }
    // It never came so far that they were stored.
    let what = match &connection.setup.site.sign_in {
        SignIn::Account(account) => format!("the secret key, or the password of {account}"),
        SignIn::CurrentUser | SignIn::None => "the secret key".to_owned(),
    };
    Err(failure.instead(Problem::SecretsMissing { what }))
}
