//! Reading back rows of history: taken by Azure and seen by a query are two things.
//!
//! What was sent is looked for at the next run. Whole: its generation goes into later markers as the newest that a query has seen,
//! below which readers need not look. Not whole after an hour: taken for lost, and sent again ([`super::protocol`]). Whether a query may be made at
//! all is a right of its own; without it nothing is concluded.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::protocol::{self, Arrived, Fate};
use crate::azure::{Azure, Table};
use crate::model::history::{COLUMNS, TABLE};
use crate::model::{CollectionId, Connection, ConnectionId, CustomerId, Problem, Result, Warning, WorkspaceId, reader};
use crate::store::GroupState;

/// Readings asked for by one query: a text of about 20,000 bytes.
const AT_ONCE: usize = 500;

/// Looks for what earlier runs sent and no query has seen yet, and notes in the states what has become of it. Answers what a
/// person should know.
pub async fn look_back(
    connection: &Connection,
    azure: &Azure,
    states: &mut HashMap<CollectionId, GroupState>,
    now: DateTime<Utc>,
) -> Vec<Warning> {
    let Some(customer) = connection.workspace.as_ref().and_then(|known| known.customer_id) else {
        return Vec::new();
    };
    let mut waiting: Vec<&mut GroupState> = states
        .values_mut()
        .filter(|state| protocol::is_waiting(state))
        .collect();
    let syncs: Vec<Uuid> = waiting
        .iter()
        .filter_map(|state| state.rows.as_ref().map(|sent| sent.sync_id))
        .collect();
    let arrived = match arrived(azure, customer, connection.id, &syncs).await {
        Ok(arrived) => arrived,
        Err(failure) => {
            tracing::info!(
                code = failure.problem().code(),
                "rows of history could not be looked for"
            );
            return Vec::new();
        }
    };
    let lost = waiting
        .iter_mut()
        .filter_map(|state| note(state, &arrived, now))
        .filter(|fate| *fate == Fate::Lost)
        .count();
    if lost == 0 {
        return Vec::new();
    }
    tracing::warn!(lost, "rows of history were taken and never seen; they go up again");
    let mut warnings = vec![Warning::RowsLost { collections: lost }];
    warnings.extend(likely_causes(azure, &connection.setup.workspace).await);
    warnings
}

fn note(state: &mut GroupState, arrived: &HashMap<Uuid, Arrived>, now: DateTime<Utc>) -> Option<Fate> {
    let sync = state.rows.as_ref()?.sync_id;
    protocol::note_fate(state, arrived.get(&sync).copied().unwrap_or_default(), now)
}

async fn arrived(
    azure: &Azure,
    customer: CustomerId,
    connection: ConnectionId,
    syncs: &[Uuid],
) -> Result<HashMap<Uuid, Arrived>> {
    let mut all = HashMap::new();
    for some in syncs.chunks(AT_ONCE) {
        let table = match azure.query(customer, &reader::arrived(connection, some), None).await {
            Ok(table) => table,
            // The table is gone or has never had a row: nothing has arrived.
            Err(failure) if no_table(failure.problem()) => continue,
            Err(failure) => return Err(failure),
        };
        all.extend(read(&table)?);
    }
    Ok(all)
}

fn no_table(problem: &Problem) -> bool {
    matches!(problem, Problem::QueryRefused { message } if message.contains(TABLE))
}

/// # Errors
/// `NotUnderstood` where the rows are not those that were asked for, or not all of them.
fn read(table: &Table) -> Result<Vec<(Uuid, Arrived)>> {
    let row = |row: &Vec<Value>| match row.as_slice() {
        [Value::String(sync), have, generation] => Some((
            sync.parse().ok()?,
            Arrived {
                rows: have.as_i64()?,
                generation: generation.as_i64(),
            },
        )),
        _ => None,
    };
    let rows: Option<Vec<_>> = table.rows.iter().map(row).collect();
    rows.filter(|_| table.partial.is_none()).ok_or_else(|| {
        Problem::NotUnderstood {
            host: "the log query service".to_owned(),
            expected: "the numbers of rows by reading".to_owned(),
        }
        .into()
    })
}

/// What keeps a workspace from storing rows that it has taken.
async fn likely_causes(azure: &Azure, workspace: &WorkspaceId) -> Vec<Warning> {
    let mut causes = Vec::new();
    if let Ok(workspace) = azure.workspace(workspace).await {
        causes.extend(workspace.warnings());
    }
    if let Ok(table) = azure.table(workspace, TABLE).await {
        causes.extend(missing_columns(table.map(|table| table.columns)));
    }
    causes
}

fn missing_columns(columns: Option<Vec<(String, String)>>) -> Option<Warning> {
    let columns = columns.unwrap_or_default();
    let has = |wanted: &str| columns.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let missing: Vec<String> = COLUMNS
        .iter()
        .filter(|column| !has(column.name))
        .map(|column| column.name.to_owned())
        .collect();
    (!missing.is_empty()).then_some(Warning::TableLacksColumns { columns: missing })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_that_may_not_be_all_prove_nothing() {
        let table = |partial: Option<&str>, rows| Table {
            columns: Vec::new(),
            rows,
            partial: partial.map(str::to_owned),
        };
        let sync = Uuid::from_u128(5);
        let row = vec![json!(sync.to_string()), json!(2), json!(null)];
        let wanted = Arrived {
            rows: 2,
            generation: None,
        };
        assert_eq!(read(&table(None, vec![row.clone()])).unwrap(), [(sync, wanted)]);
        assert!(read(&table(Some("cut"), vec![row])).is_err());
        assert!(read(&table(None, vec![vec![json!(1)]])).is_err());
    }

    #[test]
    fn columns_that_are_missing_are_named() {
        let all = || {
            COLUMNS
                .iter()
                .map(|column| (column.name.to_lowercase(), "string".to_owned()))
        };
        assert_eq!(missing_columns(Some(all().collect())), None);
        let columns = vec!["Seq".to_owned()];
        let without = all().filter(|(name, _)| name != "seq").collect();
        assert_eq!(
            missing_columns(Some(without)),
            Some(Warning::TableLacksColumns { columns })
        );
    }
}
