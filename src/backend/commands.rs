//! Each command: one job, its end.

use chrono::Utc;

use super::creation;
use super::hands::{Hands, guarded};
use super::{properties, publication};
use crate::connect::relocate::{self, Way};
use crate::connect::remove;
use crate::connect::{Ground, create_key, key, open, renew};
use crate::flow::effect::{Moved, Reminder, Renew, SiteAccess};
use crate::flow::{Command, Outcome};
use crate::model::removal::Extent;
use crate::model::renewal::Renewed;
use crate::model::report::SyncReport;
use crate::model::{
    Connection, ConnectionName, Failure, KeyExpiry, Problem, Result, SecretExpiry, SecretKey, SiteIdentity,
};
use crate::publish::sync::Options;

/// Does what is asked, or as much of it as can be done, and says what has become of it.
pub(super) async fn carry_out(hands: &Hands, command: Command) -> Outcome {
    let name = name_of(&command);
    tracing::info!("{name} begins");
    let outcome = match command {
        Command::Create(setup, secrets, schedule) => {
            Outcome::Created(creation::create(hands, &setup, &secrets, schedule).await)
        }
        Command::Adopt(setup, secrets, id, schedule) => {
            Outcome::Created(creation::adopt(hands, &setup, &secrets, id, schedule).await)
        }
        Command::Finish(name, secrets) => Outcome::Created(creation::finish(hands, &name, secrets).await),
        Command::Publish(name) => Outcome::Published(guarded(publish(hands, &name)).await),
        Command::UpdateSecret(renew, secret, expiry) => {
            Outcome::SecretUpdated(guarded(update_secret(hands, &renew, &secret, expiry)).await)
        }
        Command::CreateSecret(renew, expiry) => {
            Outcome::SecretUpdated(guarded(create_secret(hands, &renew, expiry)).await)
        }
        Command::Remind(name, reminder) => Outcome::Reminded(guarded(remind(hands, &name, reminder)).await),
        Command::ClaimNotice(name) => Outcome::NoticeClaimed(guarded(claim_notice(hands, &name)).await),
        Command::Move(name, access, agreed) => {
            Outcome::Moved(guarded(relocation(hands, &name, &access, &agreed)).await.map(Box::new))
        }
        Command::Change(name, changes) => {
            Outcome::Changed(guarded(properties::change(hands, &name, &changes)).await.map(Box::new))
        }
        Command::Remove(name, extent) => Outcome::Removed(guarded(removal(hands, &name, extent)).await),
    };
    match failure_of(&outcome) {
        None => tracing::info!("{name} ends"),
        Some(failure) => {
            let code = failure.problem().code();
            tracing::error!(code, details = ?failure.details(), "{name} failed");
        }
    }
    outcome
}

/// For the log.
const fn name_of(command: &Command) -> &'static str {
    match command {
        Command::Create(..) => "create",
        Command::Adopt(..) => "adopt",
        Command::Finish(..) => "finish",
        Command::Publish(_) => "publish",
        Command::UpdateSecret(..) => "update secret",
        Command::CreateSecret(..) => "create secret",
        Command::Remind(..) => "remind",
        Command::ClaimNotice(_) => "claim notice",
        Command::Move(..) => "move",
        Command::Change(..) => "change",
        Command::Remove(..) => "remove",
    }
}

fn failure_of(outcome: &Outcome) -> Option<&Failure> {
    match outcome {
        Outcome::Created(Err(unfinished)) => Some(&unfinished.failure),
        Outcome::Created(Ok(created)) => created.publication.as_ref().and_then(|end| end.as_ref().err()),
        Outcome::Published(end) => end.as_ref().err(),
        Outcome::SecretUpdated(end) => end.as_ref().err(),
        Outcome::Reminded(end) => end.as_ref().err(),
        Outcome::NoticeClaimed(end) => end.as_ref().err(),
        Outcome::Moved(end) => end.as_ref().err(),
        Outcome::Changed(end) => end.as_ref().err(),
        Outcome::Removed(end) => end.as_ref().err(),
    }
}

async fn publish(hands: &Hands, name: &ConnectionName) -> Result<SyncReport> {
    let ground = hands.ground().await?;
    let connection = open::find(ground.store, name)?;
    let report = publication::publish_once(&ground, &connection, Options::default()).await?;
    publication::judged(report)
}

async fn update_secret(hands: &Hands, whose: &Renew, secret: &SecretKey, expiry: SecretExpiry) -> Result<Renewed> {
    let ground = hands.ground().await?;
    let connection = open::find(ground.store, &whose.name)?;
    let others = others(&ground, &connection, whose)?;
    renew::update_secret(&ground, &connection, &others, secret, expiry).await
}

async fn create_secret(hands: &Hands, whose: &Renew, expiry: SecretExpiry) -> Result<Renewed> {
    let ground = hands.ground().await?;
    let connection = open::find(ground.store, &whose.name)?;
    let others = others(&ground, &connection, whose)?;
    let person = hands.person(&connection.setup);
    create_key::create_secret(&ground, &connection, &others, person.as_ref(), expiry).await
}

/// Of the other connections of the app those that were asked for.
fn others(ground: &Ground<'_>, connection: &Connection, whose: &Renew) -> Result<Vec<Connection>> {
    let mut others = renew::others(ground.store, connection)?;
    others.retain(|each| whose.others.contains(&each.setup.name));
    Ok(others)
}

async fn remind(hands: &Hands, name: &ConnectionName, reminder: Reminder) -> Result<()> {
    let store = &hands.core.store;
    let connection = open::find(store, name)?;
    match reminder {
        Reminder::Snooze(time) => key::snooze(store, &connection, time, Utc::now()).map(drop),
        Reminder::Again => store.set_snooze(connection.id, None),
        Reminder::Desktop(on) => store.set_tells_desktop(connection.id, on),
    }
}

async fn claim_notice(hands: &Hands, name: &ConnectionName) -> Result<bool> {
    let store = &hands.core.store;
    let connection = open::find(store, name)?;
    let notes = store.key_notes(connection.id)?;
    let key = KeyExpiry::at(connection.setup.app.secret_expiry, &notes, Utc::now());
    key::claims_notice(store, connection.id, &key)
}

async fn relocation(hands: &Hands, name: &ConnectionName, access: &SiteAccess, agreed: &SiteIdentity) -> Result<Moved> {
    let ground = hands.ground().await?;
    let connection = open::find(ground.store, name)?;
    let done = relocate::relocate(&ground, &connection, way(access), agreed).await?;
    Ok(Moved {
        relocation: done.relocation,
        warnings: done.warnings,
    })
}

/// The way to a site, for the jobs.
pub(super) fn way(access: &SiteAccess) -> Way<'_> {
    Way {
        site: &access.connection,
        password: access.password.as_ref(),
    }
}

async fn removal(hands: &Hands, name: &ConnectionName, extent: Extent) -> Result<()> {
    let ground = hands.ground().await?;
    let connection = match open::find(ground.store, name) {
        // Asked again after it was done: that is what was wanted.
        Err(failure)
            if matches!(failure.problem(), Problem::NoSuchConnection { .. })
                && ground.store.was_removed(name)?.is_some() =>
        {
            return Ok(());
        }
        found => found?,
    };
    let person = hands.person(&connection.setup);
    remove::remove(&ground, &connection, extent, person.as_ref()).await
}
