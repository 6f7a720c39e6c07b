//! Reading back rows of history: taken by Azure and seen by a query are two things.
//!
//! What was sent is looked for at the next run. Whole: its generation goes into later markers as the newest that a query has seen,
//! below which readers need not look. Not whole after [`LATEST`]: taken for lost, and sent again. Whether a query may be made at
//! all is a right of its own; without it nothing is concluded.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::azure::{Azure, Table};
use crate::model::history::{COLUMNS, TABLE};
use crate::model::{CollectionId, Connection, ConnectionId, CustomerId, Problem, Result, Warning, WorkspaceId, reader};
use crate::store::{GroupState, SentRows};

/// Rows are seen a few minutes after they were taken, as a rule; what is not seen by then does not come any more.
const LATEST: TimeDelta = TimeDelta::hours(1);
/// Readings asked for by one query: a text of about 20,000 bytes.
const AT_ONCE: usize = 500;

/// What the table has of one reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Arrived {
    /// Distinct numbers of its rows.
    rows: i64,
    /// The newest generation that one of its markers gives it.
    generation: Option<i64>,
}

/// What became of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// All of it is there.
    Whole {
        /// The generation that shows it.
        generation: i64,
    },
    /// It may still come.
    OnItsWay,
    /// It does not come any more.
    Lost,
}

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
    let mut waiting: Vec<&mut GroupState> = states.values_mut().filter(|state| is_waiting(state)).collect();
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

fn is_waiting(state: &GroupState) -> bool {
    state
        .rows
        .as_ref()
        .is_some_and(|sent| sent.seen_at.is_none() && !sent.hash.is_empty())
}

fn note(state: &mut GroupState, arrived: &HashMap<Uuid, Arrived>, now: DateTime<Utc>) -> Option<Fate> {
    let sent = state.rows.as_mut()?;
    let fate = fate(sent, arrived.get(&sent.sync_id).copied().unwrap_or_default(), now);
    match fate {
        Fate::Whole { generation } => {
            sent.seen_at = Some(now);
            state.confirmed = state.confirmed.max(Some(generation));
        }
        Fate::OnItsWay => {}
        Fate::Lost => sent.forget(),
    }
    Some(fate)
}

fn fate(sent: &SentRows, arrived: Arrived, now: DateTime<Utc>) -> Fate {
    match arrived.generation {
        Some(generation) if arrived.rows == sent.rows => Fate::Whole { generation },
        _ if now - sent.sent_at < LATEST => Fate::OnItsWay,
        _ => Fate::Lost,
    }
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

    fn moment(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(1_000 + minutes)
    }

    fn state() -> GroupState {
        let mut state = GroupState::new("PS100016".parse().unwrap(), "n".into());
        state.rows = Some(SentRows {
            sync_id: Uuid::from_u128(1),
            generation: 7,
            rows: 3,
            hash: "h".into(),
            as_of: moment(0),
            sent_at: moment(0),
            seen_at: None,
        });
        state
    }

    fn noted(arrived: Option<(i64, Option<i64>)>, minutes: i64) -> (GroupState, Fate) {
        let mut state = state();
        let arrived = arrived.map(|(rows, generation)| (Uuid::from_u128(1), Arrived { rows, generation }));
        let fate = note(&mut state, &arrived.into_iter().collect(), moment(minutes)).unwrap();
        (state, fate)
    }

    #[test]
    fn each_fate() {
        for (arrived, minutes, fate) in [
            (Some((3, Some(9))), 0, Fate::Whole { generation: 9 }),
            (Some((3, Some(9))), 600, Fate::Whole { generation: 9 }),
            (Some((3, None)), 59, Fate::OnItsWay),
            (Some((2, Some(9))), 59, Fate::OnItsWay),
            (Some((4, Some(9))), 59, Fate::OnItsWay),
            (Some((3, None)), 60, Fate::Lost),
            (Some((2, Some(9))), 60, Fate::Lost),
            (None, 59, Fate::OnItsWay),
            (None, 60, Fate::Lost),
        ] {
            assert_eq!(noted(arrived, minutes).1, fate, "{arrived:?} {minutes}");
        }
    }

    #[test]
    fn what_was_seen_whole_is_not_looked_for_again_and_what_was_lost_goes_up_again() {
        let (whole, _) = noted(Some((3, Some(9))), 5);
        assert_eq!(whole.confirmed, Some(9));
        assert!(!is_waiting(&whole));
        let (lost, _) = noted(None, 60);
        assert_eq!((lost.confirmed, lost.rows.as_ref().unwrap().hash.as_str()), (None, ""));
        assert!(!is_waiting(&lost));
        let (coming, _) = noted(None, 5);
        assert!(is_waiting(&coming));
    }

    #[test]
    fn what_was_seen_never_goes_back() {
        let mut state = state();
        state.confirmed = Some(12);
        let arrived = HashMap::from([(
            Uuid::from_u128(1),
            Arrived {
                rows: 3,
                generation: Some(9),
            },
        )]);
        note(&mut state, &arrived, moment(1));
        assert_eq!(state.confirmed, Some(12));
    }

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
