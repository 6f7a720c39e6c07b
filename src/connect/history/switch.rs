//! History on or off for a connection that stands. The computer groups stay as they are.

use serde_json::json;

use super::{Notes, Work, set_up, undo, with_made};
use crate::azure::Azure;
use crate::connect::rights::Aid;
use crate::connect::{Ground, change, make, open, readiness};
use crate::model::group::FROM_ROWS;
use crate::model::{Connection, ConnectionState, History, HistoryPlace, Problem, Result, Warning};
use crate::store::{GroupState, RunKind};

/// What came of it.
pub struct Switched {
    /// The connection as it stands now.
    pub connection: Connection,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

/// Turns history on or off.
///
/// # Errors
/// The first right that is missing; what [`set_up`] refuses: then what was made is taken away again. [`Problem::Busy`].
pub async fn switch(
    ground: &Ground<'_>,
    connection: &Connection,
    wanted: History,
    person: Option<&Azure>,
) -> Result<Switched> {
    let _lock = ground.lock(connection.id, connection.setup.name.as_str())?;
    let connection = ground.fresh(connection, &[ConnectionState::Ready])?;
    // Boxed: it is many futures deep.
    let run = Box::pin(switched(ground, connection.clone(), wanted, person));
    ground
        .recorded(connection.id, RunKind::Connect, run, |_| json!({ "history": wanted }))
        .await
}

async fn switched(
    ground: &Ground<'_>,
    mut connection: Connection,
    wanted: History,
    person: Option<&Azure>,
) -> Result<Switched> {
    let azure = open::azure(ground, &connection).await?;
    let owner = change::owner(&connection)?;
    connection.setup.history = wanted;
    let mut warnings = Vec::new();
    if wanted == History::Off {
        must_not_need_it(ground, &connection)?;
        undo::take_away(ground, &azure, person, &connection, false).await?;
        connection.history = None;
    } else {
        let aid = Aid::of(connection.history.as_ref(), person);
        let setup = &connection.setup;
        let group = setup.rule_group();
        let ready = readiness::with_history(&azure, &setup.workspace, &group, wanted, aid, ground.tell).await;
        if let Some(failure) = ready.first_failure() {
            return Err(failure.clone());
        }
        warnings = ready.warnings();
        let delivers = ready.delivers_history();
        connection.workspace = ready.workspace;
        if delivers {
            let work = Work {
                ground,
                azure: &azure,
                person,
                connection: &connection,
                owner: &owner,
            };
            let (place, more) = set_up_or_undone(&work).await?;
            warnings.extend(more);
            connection.history = Some(place);
        }
    }
    make::keep_record(&azure, &connection, &owner, false).await?;
    ground.store.update_connection(&connection)?;
    Ok(Switched { connection, warnings })
}

/// Groups that are made from rows would come out empty.
fn must_not_need_it(ground: &Ground<'_>, connection: &Connection) -> Result<()> {
    let needs_it = |state: &GroupState| {
        state
            .published
            .as_ref()
            .is_some_and(|group| group.generation == FROM_ROWS)
    };
    let states = ground.store.groups(connection.id)?;
    let ids: Vec<_> = states
        .into_iter()
        .filter(needs_it)
        .map(|state| state.collection)
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    Err(Problem::GroupsNeedHistory { ids }.into())
}

/// Sets history up; where that fails, what it has made is taken away again.
pub(in crate::connect) async fn set_up_or_undone(work: &Work<'_>) -> Result<(HistoryPlace, Vec<Warning>)> {
    let (store, id) = (work.ground.store, work.connection.id);
    let mut notes = Notes::resume(store, id)?;
    // First of all, so that nobody takes away what this connection is about to share.
    make::keep_record(work.azure, work.connection, work.owner, true).await?;
    match set_up(work, &mut notes).await {
        Ok(done) => {
            store.set_made(id, &[])?;
            Ok(done)
        }
        Err(failure) => {
            let makers: Vec<&Azure> = [Some(work.azure), work.person].into_iter().flatten().collect();
            match undo::undo(&makers, work.connection, notes.made()).await {
                Ok(()) => {
                    store.set_made(id, &[])?;
                    store.set_history(id, work.connection.history.as_ref())?;
                    make::keep_record(work.azure, work.connection, work.owner, false).await?;
                    Err(failure)
                }
                Err(also) => {
                    let code = also.problem().code();
                    Err(with_made(failure, notes.made()).with("Not undone", code))
                }
            }
        }
    }
}
