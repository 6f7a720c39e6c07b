//! Setting up history: table, rule, role, function, first row; turning it on and off later; taking it away.
//!
//! Every step looks first and writes only what differs, so that a second run changes nothing. What it makes is on record before
//! it is made, so that Undo takes away just that, also after a kill.
//!
//! | file | what |
//! | --- | --- |
//! | `table` | the table, with all columns |
//! | `rule` | the rule, and an endpoint where the rule has no address of its own |
//! | `upload` | the role to upload, and the first row |
//! | `function` | the function that reads the table |
//! | [`found`] | what stands of it in Azure, before it is taken away |
//! | [`undo`] | taking away what a set-up made, or all that a connection has |
//! | [`switch`] | history on or off for a connection that stands |
//!
//! Start at [`set_up`].

use super::Ground;
use crate::azure::Azure;
use crate::model::group::Owner;
use crate::model::history::{self, Made};
use crate::model::{Connection, ConnectionId, Failure, HistoryPlace, Problem, Result, RuleId, Warning, WorkspaceId};
use crate::platform::stoppable;
use crate::store::Store;

pub(super) mod found;
mod function;
mod rule;
pub mod switch;
mod table;
pub mod undo;
mod upload;

/// What a set-up works with. The caller holds the connection's run lock.
pub(super) struct Work<'a> {
    pub ground: &'a Ground<'a>,
    /// Azure as the app sees it.
    pub azure: &'a Azure,
    /// Azure as an administrator sees it, who then makes rule and role.
    pub person: Option<&'a Azure>,
    /// With its workspace as read just now.
    pub connection: &'a Connection,
    pub owner: &'a Owner,
}

impl Work<'_> {
    const fn workspace(&self) -> &WorkspaceId {
        &self.connection.setup.workspace
    }

    /// Whether rows get into the workspace through a private link only.
    fn is_private(&self) -> bool {
        let workspace = self.connection.workspace.as_ref();
        workspace.is_some_and(|workspace| workspace.public_ingestion == Some(false))
    }

    /// Who makes rule and role.
    fn maker(&self) -> &Azure {
        self.person.unwrap_or(self.azure)
    }

    /// Says whose rights were missing.
    fn told<T>(&self, outcome: Result<T>) -> Result<T> {
        outcome.map_err(|failure| match (self.person, failure.problem().clone()) {
            (Some(_), Problem::NotAllowed { operation, scope }) => {
                failure.instead(Problem::PersonNotAllowed { operation, scope })
            }
            _ => failure,
        })
    }

    /// One step, given up where it stands when a person wants to stop: what it may have made is on record. Best boxed: a step is
    /// many futures deep.
    async fn step<T>(&self, step: impl Future<Output = Result<T>>) -> Result<T> {
        let outcome = stoppable(self.ground.stop, step).await;
        self.ground.cancelled(true, "history")?;
        outcome
    }
}

/// What a set-up has made until now; every entry is on record before the thing is made.
pub(super) struct Notes<'a> {
    store: &'a Store,
    id: ConnectionId,
    made: Vec<Made>,
}

impl<'a> Notes<'a> {
    /// Goes on with what an interrupted set-up has noted.
    pub(super) fn resume(store: &'a Store, id: ConnectionId) -> Result<Self> {
        let made = store.made(id)?;
        Ok(Self { store, id, made })
    }

    fn note(&mut self, made: Made) -> Result<()> {
        if !self.made.contains(&made) {
            self.made.push(made);
            self.store.set_made(self.id, &self.made)?;
        }
        Ok(())
    }

    /// It stood already: Undo is to leave it alone.
    fn strike(&mut self, stood: &Made) -> Result<()> {
        self.made.retain(|each| each != stood);
        self.store.set_made(self.id, &self.made)
    }

    /// What was made, newest last.
    pub(super) fn made(&self) -> &[Made] {
        &self.made
    }
}

/// The rule of a connection: where it stands, or would stand.
pub(super) fn rule_of(connection: &Connection) -> Result<RuleId> {
    match &connection.history {
        Some(place) => Ok(place.rule.clone()),
        None => Ok(history::rule_id(&connection.setup.rule_group(), connection.id)?),
    }
}

/// Sets history up and returns where its rows go. Where the upload role does not count yet when the person wants to stop, or
/// after 30 minutes, it stands all the same, and a warning says so.
///
/// # Errors
/// [`Problem::TableDiffers`], [`Problem::ResourceNotOurs`], [`Problem::NotOurs`], [`Problem::RuleWithoutAddress`],
/// [`Problem::NotAllowed`] or [`Problem::PersonNotAllowed`], what Azure refuses, what keeps it or the store from working. What was
/// made until then is in `notes`.
pub(super) async fn set_up(work: &Work<'_>, notes: &mut Notes<'_>) -> Result<(HistoryPlace, Vec<Warning>)> {
    let (store, id) = (work.ground.store, work.connection.id);
    work.step(Box::pin(table::ensure(work, notes))).await?;
    let mut place = work.step(Box::pin(rule::ensure(work, notes))).await?;
    let known = work.connection.history.as_ref();
    place.proven = known.is_some_and(|known| known.proven && known.immutable_id == place.immutable_id);
    store.set_history(id, Some(&place))?;
    work.step(Box::pin(upload::ensure_role(work, notes, &place))).await?;
    work.step(Box::pin(function::ensure(work, notes))).await?;
    let mut warnings = Vec::new();
    if !place.proven {
        match upload::first(work, &place).await? {
            upload::First::Taken => {
                place.proven = true;
                store.set_history(id, Some(&place))?;
            }
            upload::First::Pending => warnings.push(Warning::UploadPending),
            upload::First::Refused(problem) => {
                let problem = problem.code().to_owned();
                warnings.push(Warning::RowsFailed { problem });
            }
        }
    }
    Ok((place, warnings))
}

/// Sets history up; where that fails, what it has made stays on record, for the next attempt or for Undo.
pub(super) async fn set_up_or_kept(work: &Work<'_>) -> Result<(HistoryPlace, Vec<Warning>)> {
    let (store, id) = (work.ground.store, work.connection.id);
    let mut notes = Notes::resume(store, id)?;
    let done = set_up(work, &mut notes).await?;
    store.set_made(id, &[])?;
    Ok(done)
}

/// Whether history cannot be had because somebody does not allow it: what the permissions do not show, the real call may refuse.
pub(super) const fn is_refusal(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::NotAllowed { .. }
            | Problem::PersonNotAllowed { .. }
            | Problem::PolicyForbids { .. }
            | Problem::RuleWithoutAddress { .. }
            | Problem::UploadNotAllowed { .. }
    )
}

/// Whether Azure answers that this may not be done, or not even be seen.
fn rights_closed(failure: &Failure) -> bool {
    super::rights::is_closed(failure)
}

/// A failure that says what stands in Azure because of it.
pub(super) fn with_made(failure: Failure, made: &[Made]) -> Failure {
    made.iter()
        .fold(failure, |failure, each| failure.with("Stands in Azure", name(each)))
}

fn name(made: &Made) -> String {
    match made {
        Made::Table { workspace } => format!("table {} of {}", history::TABLE, workspace.name()),
        Made::Endpoint { id } => id.to_string(),
        Made::Rule { id } => id.to_string(),
        Made::Assignment { rule, id } => format!("role assignment {id} on {rule}"),
        Made::Function { workspace } => format!("function {} of {}", history::FUNCTION, workspace.name()),
    }
}
