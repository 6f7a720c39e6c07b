//! Lists of computers as the workspace answers them: the members of a group, the computers of all groups; the groups of a computer.

use super::batches::{ask, whole};
use super::cells::Cells;
use super::customer;
use crate::azure::Azure;
use crate::azure::Table;
use crate::model::group_query::{self, Called, MOST_NAMES, Spelling, Within};
use crate::model::group_view::{Computer, Computers, Membership};
use crate::model::{CollectionId, Connection, Failure, Problem, Result};

/// The members of one group, and how each reports.
///
/// # Errors
/// Whatever keeps the workspace from answering.
pub async fn of_group(azure: &Azure, connection: &Connection, alias: &str, within: Within) -> Result<Computers> {
    let matched = group_query::members(alias, within);
    list(azure, connection, &matched, &group_query::plain_members(alias)).await
}

/// The computers of all these groups, each once, and how each reports.
///
/// # Errors
/// Whatever keeps the workspace from answering.
pub async fn of_all(azure: &Azure, connection: &Connection, groups: &[Called], within: Within) -> Result<Computers> {
    if groups.is_empty() {
        return Ok(Computers::default());
    }
    let matched = group_query::computers(groups, within);
    list(azure, connection, &matched, &group_query::plain_computers(groups)).await
}

/// Asks for a list that says how each computer reports; where the workspace refuses that, for the plain one.
async fn list(azure: &Azure, connection: &Connection, matched: &str, plain: &str) -> Result<Computers> {
    let customer = customer(azure, connection).await?;
    match azure.query(customer, matched, None).await {
        Ok(table) => Ok(read(&table, None)),
        Err(failure) if matches!(failure.problem(), Problem::QueryRefused { .. }) => {
            let table = azure.query(customer, plain, None).await?;
            Ok(read(&table, Some(failure)))
        }
        Err(failure) => Err(failure),
    }
}

fn read(table: &Table, unmatched: Option<Failure>) -> Computers {
    let cells = Cells::of(table, "a list of computers");
    let text = |row, name| cells.text(row, name).map(str::to_owned);
    let list = cells.rows().filter_map(|row| {
        Some(Computer {
            computer: text(row, "Computer")?,
            groups: cells.count(row, "Groups").ok(),
            reports: cells.text(row, "Match").and_then(Spelling::of_word),
            reports_as: text(row, "ReportsAs"),
            last_heartbeat: cells.moment(row, "LastHeartbeat"),
        })
    });
    let mut list: Vec<Computer> = list.collect();
    list.sort_by_cached_key(|each| (each.computer.to_lowercase(), each.computer.clone()));
    Computers {
        list,
        partial: table.partial.clone().or_else(|| cut(table.rows.len())),
        unmatched,
    }
}

/// Why a list of so many names may not be whole: the query asks for no more.
fn cut(names: usize) -> Option<String> {
    (names >= MOST_NAMES).then(|| format!("No more than {MOST_NAMES} names are asked for at a time"))
}

/// The groups that a computer is in, however it is spelled there. Groups that cannot be asked come with the reason.
///
/// # Errors
/// Whatever keeps the workspace from answering.
pub async fn groups_of(
    azure: &Azure,
    connection: &Connection,
    groups: &[Called],
    computer: &str,
) -> Result<(Vec<Membership>, Vec<(CollectionId, Failure)>)> {
    let customer = customer(azure, connection).await?;
    let text = |batch: &[Called]| group_query::groups_of(batch, computer);
    let found = ask(azure, customer, groups, text, spelled, &Vec::new()).await?;
    let (mut memberships, mut refused) = (Vec::new(), Vec::new());
    for (collection_id, names) in found {
        match names {
            Ok(names) => memberships.extend(names.into_iter().map(|computer| Membership {
                collection_id: collection_id.clone(),
                computer,
            })),
            Err(failure) => refused.push((collection_id, failure)),
        }
    }
    Ok((memberships, refused))
}

/// The names that a batch found in each group.
fn spelled(table: &Table) -> Result<Vec<(CollectionId, Vec<String>)>> {
    let cells = Cells::of(table, "groups of a computer");
    let mut found: Vec<(CollectionId, Vec<String>)> = Vec::new();
    for row in cells.rows() {
        let id = cells.collection(row, "CollectionId")?;
        let name = cells.text(row, "Computer").unwrap_or_default().to_owned();
        match found.iter_mut().find(|(known, _)| *known == id) {
            Some((_, names)) => names.push(name),
            None => found.push((id, vec![name])),
        }
    }
    Ok(found)
}

/// How many computers these groups have together.
pub(super) async fn counted(azure: &Azure, connection: &Connection, groups: &[Called]) -> Result<usize> {
    if groups.is_empty() {
        return Ok(0);
    }
    let customer = customer(azure, connection).await?;
    let table = whole(azure, customer, &group_query::distinct(groups)).await?;
    let cells = Cells::of(&table, "the number of computers");
    cells.rows().next().map_or(Ok(0), |row| cells.count(row, "Count"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_that_is_cut_says_so() {
        let table = |names: usize, partial: Option<&str>| Table {
            columns: vec![("Computer".to_owned(), "string".to_owned())],
            rows: (0..names).map(|number| vec![json!(format!("pc{number:06}"))]).collect(),
            partial: partial.map(str::to_owned),
        };
        assert_eq!(read(&table(MOST_NAMES - 1, None), None).partial, None);
        let cut = read(&table(MOST_NAMES, None), None);
        assert_eq!(cut.list.len(), MOST_NAMES);
        assert_eq!(
            cut.partial.as_deref(),
            Some("No more than 200000 names are asked for at a time")
        );
        let told = read(&table(MOST_NAMES, Some("too much")), None).partial;
        assert_eq!(
            told.as_deref(),
            Some("too much"),
            "the workspace's own words come first"
        );
    }
}
