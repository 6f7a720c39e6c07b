//! What *Properties* asks and changes: the jobs of [`crate::connect::changes`], and the schedule beside them.

use std::sync::Arc;

use super::hands::{Hands, guarded, off_thread};
use super::{overview, upkeep};
use crate::connect::{changes, open, readiness};
use crate::flow::properties::ask::{Ask, Told};
use crate::flow::wizard::Listed;
use crate::model::changes::{Changed, Changes, Preview};
use crate::model::plan::{Check, Progress, Step};
use crate::model::run_history::RunHistory;
use crate::model::{CollectionId, ConnectionName, Result};

/// Finds out what is asked.
pub(super) async fn told(hands: &Hands, name: &ConnectionName, ask: Ask) -> Told {
    match ask {
        Ask::Verify => Told::Verify(guarded(verified(hands, name)).await),
        Ask::Collections => Told::Collections(guarded(collections(hands, name)).await),
        Ask::Runs(of) => Told::Runs(guarded(runs(hands, name, of)).await),
        Ask::Preview(changes) => Told::Preview(guarded(preview(hands, name, &changes)).await.map(Box::new)),
    }
}

async fn verified(hands: &Hands, name: &ConnectionName) -> Result<Vec<Check>> {
    let ground = hands.ground().await?;
    let connection = open::find(ground.store, name)?;
    Ok(readiness::of(&ground, &connection).await?.all().cloned().collect())
}

async fn collections(hands: &Hands, name: &ConnectionName) -> Result<Listed> {
    (hands.tell)(Progress::Step(Step::FindCollections));
    let ground = hands.ground().await?;
    let connection = open::find(ground.store, name)?;
    let listed = open::site(&ground, &connection).await?.collections().await?;
    // Here, where nobody waits for the next frame.
    off_thread(move || Ok(Listed::new(listed))).await
}

async fn runs(hands: &Hands, name: &ConnectionName, of: Option<CollectionId>) -> Result<RunHistory> {
    let (core, name) = (Arc::clone(&hands.core), name.clone());
    off_thread(move || {
        let connection = open::find(&core.store, &name)?;
        overview::run_history(&core.store, connection.id, of)
    })
    .await
}

async fn preview(hands: &Hands, name: &ConnectionName, wanted: &Changes) -> Result<Preview> {
    let ground = hands.ground().await?;
    let connection = open::find(ground.store, name)?;
    let person = hands.person(&connection.setup);
    changes::preview(&ground, &connection, wanted, person.as_ref()).await
}

/// Makes changes, as many of them as can be made.
pub(super) async fn change(hands: &Hands, name: &ConnectionName, wanted: &Changes) -> Result<Changed> {
    let ground = hands.ground().await?;
    let connection = open::find(ground.store, name)?;
    let person = hands.person(&connection.setup);
    let mut made = changes::make(&ground, &connection, wanted, person.as_ref()).await;
    if let (Some(rhythm), None) = (wanted.schedule, &made.failure) {
        match guarded(upkeep::set(hands, rhythm)).await {
            Ok(()) => made.done.schedule = Some(rhythm),
            Err(failure) => made.failure = Some(failure),
        }
    }
    if let Some(failure) = &made.failure {
        let code = failure.problem().code();
        tracing::error!(code, details = ?failure.details(), "not all changes were made");
    }
    // Read anew: where a change failed half-way, the connection may stand otherwise than before it all the same.
    let now = open::find(ground.store, &made.connection.setup.name)?;
    Ok(Changed {
        now: overview::of(ground.store, now)?,
        done: made.done,
        warnings: made.warnings,
        failure: made.failure,
    })
}
