//! Which members report to the workspace: by `Heartbeat`, where every agent leaves the name of its computer.

use super::batches::{ask, whole};
use super::cells::Cells;
use super::customer;
use crate::azure::Azure;
use crate::azure::Table;
use crate::model::group_query::{self, Called, Within};
use crate::model::group_view::{Match, Matches};
use crate::model::{CollectionId, Connection, Problem, Result};

const WHAT: &str = "how many computers report";

/// Looks for the members of these groups among the computers that report, of each group and over all.
///
/// # Errors
/// Whatever keeps the workspace from answering; [`crate::model::Problem::QueryRefused`] where it does not show `Heartbeat`.
pub async fn matches(azure: &Azure, connection: &Connection, groups: &[Called], within: Within) -> Result<Matches> {
    if groups.is_empty() {
        return Ok(Matches {
            within,
            all: Ok(Match::default()),
            groups: Vec::new(),
        });
    }
    let customer = customer(azure, connection).await?;
    let all = match whole(azure, customer, &group_query::matched_over_all(groups, within)).await {
        Ok(table) => Ok(over_all(&table)?),
        Err(failure) if matches!(failure.problem(), Problem::QueryRefused { .. }) => {
            // One group that cannot be called is enough for that. Where heartbeats are not shown, no group need be asked about.
            whole(azure, customer, group_query::PROBE).await?;
            Err(failure)
        }
        Err(failure) => return Err(failure),
    };
    let text = |batch: &[Called]| group_query::matched(batch, within);
    let groups = ask(azure, customer, groups, text, read, &Match::default()).await?;
    Ok(Matches { within, all, groups })
}

fn over_all(table: &Table) -> Result<Match> {
    let cells = Cells::of(table, WHAT);
    cells
        .rows()
        .next()
        .map_or(Ok(Match::default()), |row| found(&cells, row))
}

fn read(table: &Table) -> Result<Vec<(CollectionId, Match)>> {
    let cells = Cells::of(table, WHAT);
    cells
        .rows()
        .map(|row| Ok((cells.collection(row, "CollectionId")?, found(&cells, row)?)))
        .collect()
}

fn found<'a>(cells: &Cells<'a>, row: &'a [serde_json::Value]) -> Result<Match> {
    Ok(Match {
        computers: cells.count(row, "Computers")?,
        same: cells.count(row, "Same")?,
        letter_case: cells.count(row, "LetterCase")?,
        short_name: cells.count(row, "ShortName")?,
    })
}
