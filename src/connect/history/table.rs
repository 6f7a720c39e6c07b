//! The table of history: made, widened where an older version made it, or left alone where it is somebody else's.

use std::time::Duration;

use super::{Notes, Work};
use crate::model::history::{COLUMNS, Column, Made, TABLE, WorkspaceTable};
use crate::model::plan::{Progress, Step};
use crate::model::{Problem, Result};
use crate::platform::checkpoint;

/// Between two looks at a table that Azure is at work on.
const PAUSE: Duration = Duration::from_secs(3);
/// Looks before it counts as locked for longer than anybody wants to wait.
const LOOKS: u64 = 100;

/// What is to be done with the table that stands.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Fits,
    Widen,
    Foreign(String),
}

/// Makes sure that the table is there with all columns, and can be used.
pub(super) async fn ensure(work: &Work<'_>, notes: &mut Notes<'_>) -> Result<()> {
    (work.ground.tell)(Progress::Step(Step::WriteTable));
    match unlocked(work).await? {
        None => {
            notes.note(Made::Table {
                workspace: work.workspace().clone(),
            })?;
            // It has none of the rows that a table of this name may once have had.
            work.ground.store.forget_rows(work.connection.id)?;
            put(work).await?;
            checkpoint("history: table made");
            Ok(())
        }
        Some(table) => match judge(&table) {
            Verdict::Fits => Ok(()),
            Verdict::Widen => put(work).await,
            Verdict::Foreign(why) => Err(Problem::TableDiffers {
                table: TABLE.to_owned(),
                why,
            }
            .into()),
        },
    }
}

/// The table, once Azure is not at work on it any more.
async fn unlocked(work: &Work<'_>) -> Result<Option<WorkspaceTable>> {
    for look in 0..LOOKS {
        let table = work.azure.table(work.workspace(), TABLE).await?;
        let state = table.as_ref().and_then(|table| table.provisioning_state.as_deref());
        if !matches!(state, Some("Updating" | "InProgress" | "Deleting")) {
            return Ok(table);
        }
        (work.ground.tell)(Progress::Provisioning {
            what: what(),
            seconds: look * PAUSE.as_secs(),
        });
        tokio::time::sleep(PAUSE).await;
    }
    Err(Problem::ResourceBusy { what: what() }.into())
}

fn what() -> String {
    format!("the table {TABLE}")
}

/// By the app, which needs no more than Contributor on the workspace; else by the person.
async fn put(work: &Work<'_>) -> Result<()> {
    let outcome = work.azure.put_table(work.workspace(), TABLE, &COLUMNS).await;
    let outcome = match (outcome, work.person) {
        (Err(failure), Some(person)) if matches!(failure.problem(), Problem::NotAllowed { .. }) => {
            work.told(person.put_table(work.workspace(), TABLE, &COLUMNS).await)
        }
        (outcome, _) => outcome,
    };
    outcome.map(|_| ())
}

fn judge(table: &WorkspaceTable) -> Verdict {
    if let Some(plan) = table
        .plan
        .as_ref()
        .filter(|plan| !plan.eq_ignore_ascii_case("Analytics"))
    {
        return Verdict::Foreign(format!("its plan is {plan}, on which functions and joins do not work"));
    }
    let standing = |column: &Column| table.columns.iter().find(|(name, _)| name == column.name);
    let other = COLUMNS.iter().find_map(|column| {
        let (name, kind) = standing(column)?;
        (!is_same_type(kind, column.kind.in_table())).then(|| format!("its column {name} is of type {kind}"))
    });
    if let Some(why) = other {
        return Verdict::Foreign(why);
    }
    let missing: Vec<&str> = COLUMNS
        .iter()
        .filter(|column| standing(column).is_none())
        .map(|column| column.name)
        .collect();
    let Some(first) = missing.first() else {
        return Verdict::Fits;
    };
    // A write names all columns; one that it does not name would be lost with what is in it.
    let foreign = table.columns.iter().find(|(name, _)| is_foreign(name));
    match foreign {
        Some((name, _)) => Verdict::Foreign(format!("it has a column {name}, and lacks {first}")),
        None => Verdict::Widen,
    }
}

/// Spellings differ between a table's schema and its query.
fn is_same_type(one: &str, other: &str) -> bool {
    let normal = |kind: &str| match kind.to_lowercase().as_str() {
        "bool" => "boolean".to_owned(),
        kind => kind.to_owned(),
    };
    normal(one) == normal(other)
}

/// Whether a column is neither ours nor one that the service adds to every table.
fn is_foreign(name: &str) -> bool {
    const OF_SERVICE: [&str; 7] = [
        "TenantId",
        "Type",
        "SourceSystem",
        "MG",
        "ManagementGroupName",
        "RawData",
        "Title",
    ];
    !name.starts_with('_') && !OF_SERVICE.contains(&name) && COLUMNS.iter().all(|column| column.name != name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(change: impl FnOnce(&mut WorkspaceTable)) -> Verdict {
        let ours = COLUMNS
            .iter()
            .map(|column| (column.name.to_owned(), column.kind.in_table().to_owned()));
        let service = [("TenantId", "guid"), ("_ResourceId", "string")];
        let service = service.map(|(name, kind)| (name.to_owned(), kind.to_owned()));
        let mut table = WorkspaceTable {
            name: TABLE.to_owned(),
            columns: ours.chain(service).collect(),
            plan: Some("Analytics".to_owned()),
            provisioning_state: Some("Succeeded".to_owned()),
        };
        change(&mut table);
        judge(&table)
    }

    fn lacking(table: &mut WorkspaceTable, name: &str) {
        table.columns.retain(|(each, _)| each != name);
    }

    #[test]
    fn ours_fits_however_the_service_spells_it() {
        assert_eq!(table(|_| {}), Verdict::Fits);
        assert_eq!(
            table(|table| {
                table.plan = None;
                for (_, kind) in &mut table.columns {
                    *kind = kind.to_lowercase().replace("boolean", "bool");
                }
            }),
            Verdict::Fits
        );
        // One that a newer version has made stays as it is.
        assert_eq!(
            table(|table| table.columns.push(("Later".into(), "string".into()))),
            Verdict::Fits
        );
    }

    #[test]
    fn an_older_one_is_widened() {
        assert_eq!(table(|table| lacking(table, "AadDeviceId")), Verdict::Widen);
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let why = |verdict| match verdict {
            Verdict::Foreign(why) => why,
            other => panic!("{other:?}"),
        };
        assert!(why(table(|table| table.plan = Some("Basic".into()))).contains("Basic"));
        let rows = |table: &mut WorkspaceTable| {
            lacking(table, "Rows");
            table.columns.push(("Rows".into(), "string".into()));
        };
        assert!(why(table(rows)).contains("Rows"));
        let foreign = |table: &mut WorkspaceTable| {
            lacking(table, "SyncId");
            table.columns.push(("Invoice".into(), "string".into()));
        };
        let why = why(table(foreign));
        assert!(why.contains("Invoice") && why.contains("SyncId"), "{why}");
    }
}
