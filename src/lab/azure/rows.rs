//! The rows that uploads have stored in custom tables, and how queries see them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value as Json, json};

use super::custom::CustomTable;
use super::estate::Workspace;
use crate::lab::kql::{self, Column, ColumnType, Table, Value};

/// The rows of one upload in one table. They share their columns.
pub(super) struct Batch {
    /// Resource ID of the workspace.
    pub(super) workspace: String,
    /// Name of the table.
    pub(super) table: String,
    /// The stream that they came through.
    pub(super) stream: String,
    /// The immutable ID of the rule that they came through.
    pub(super) rule: String,
    /// When they came.
    pub(super) arrived: DateTime<Utc>,
    /// Names of the columns.
    pub(super) columns: Vec<String>,
    /// From when on queries see a row, and its cells.
    pub(super) rows: Vec<(DateTime<Utc>, Vec<Value>)>,
}

/// What the table looked like when it was put together, and the table.
type Built = ((usize, usize, usize), Arc<Table>);

/// Everything that was ever stored, in the order in which it came.
#[derive(Default)]
pub(super) struct Rows {
    batches: Vec<Batch>,
    built: HashMap<String, Built>,
}

/// Columns that the service adds to every table.
const ADDED: [&str; 3] = ["TenantId", "Type", "_ResourceId"];

impl Rows {
    /// Stores the rows of an upload.
    pub(super) fn add(&mut self, batch: Batch) {
        self.batches.push(batch);
    }

    /// How many uploads have been stored.
    pub(super) fn uploads(&self) -> usize {
        self.batches.len()
    }

    /// The rows that queries see by now, each with the names of its columns.
    pub(super) fn seen(&self, now: DateTime<Utc>) -> impl Iterator<Item = (&[String], &[Value])> {
        self.batches.iter().flat_map(move |batch| {
            let seen = batch.rows.iter().filter(move |(from, _)| *from <= now);
            seen.map(|(_, cells)| (batch.columns.as_slice(), cells.as_slice()))
        })
    }

    /// Lets rows go whose text in this column is none of these.
    pub(super) fn keep(&mut self, column: &str, texts: &BTreeSet<String>) {
        self.built.clear();
        for batch in &mut self.batches {
            let place = batch.columns.iter().position(|name| name == column);
            batch
                .rows
                .retain(|(_, cells)| match place.and_then(|place| cells.get(place)) {
                    Some(Value::String(text)) => texts.contains(text),
                    _ => true,
                });
        }
    }

    /// How many rows have been stored.
    pub(super) fn count(&self) -> usize {
        self.batches.iter().map(|batch| batch.rows.len()).sum()
    }

    /// A custom table as a query sees it; `None` until it has a row to see. A table that was deleted and made again
    /// does not have the rows of the old one.
    pub(super) fn table(
        &mut self,
        workspace: &Workspace,
        table: &CustomTable,
        now: DateTime<Utc>,
    ) -> Option<Arc<Table>> {
        let id = workspace.resource_id();
        let own: Vec<&Batch> = self
            .batches
            .iter()
            .filter(|batch| batch.belongs(&id, table) && table.created <= batch.arrived)
            .collect();
        let seen = own.iter().flat_map(|batch| &batch.rows);
        let seen = seen.filter(|(from, _)| *from <= now).count();
        if seen == 0 {
            return None;
        }
        let key = format!("{id}/{}", table.name).to_ascii_lowercase();
        let state = (self.batches.len(), seen, table.columns.len());
        if let Some((before, built)) = self.built.get(&key)
            && *before == state
        {
            return Some(Arc::clone(built));
        }
        let mut whole = empty(table);
        for batch in own {
            whole.rows.extend(batch.seen_as(&whole.columns, workspace, table, now));
        }
        let whole = Arc::new(whole);
        self.built.insert(key, (state, Arc::clone(&whole)));
        Some(whole)
    }

    /// Every row, each with its stream, table, workspace and rule, and when it came and is seen.
    pub(super) fn to_json(&self) -> Vec<Json> {
        self.batches.iter().flat_map(Batch::to_json).collect()
    }
}

/// A custom table without rows, as a query sees it.
pub(super) fn empty(table: &CustomTable) -> Table {
    let declared = table.columns.iter().map(|column| Column {
        name: column.name.clone(),
        kind: column.stored(),
    });
    let added = ADDED.iter().map(|name| Column {
        name: (*name).to_owned(),
        kind: ColumnType::String,
    });
    Table {
        columns: declared.chain(added).collect(),
        rows: Vec::new(),
    }
}

impl Batch {
    fn belongs(&self, workspace: &str, table: &CustomTable) -> bool {
        self.workspace.eq_ignore_ascii_case(workspace) && self.table.eq_ignore_ascii_case(&table.name)
    }

    /// The rows that are seen at `now`, in the columns that the table has by now.
    fn seen_as(
        &self,
        columns: &[Column],
        workspace: &Workspace,
        table: &CustomTable,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = Vec<Value>> {
        let places: Vec<Result<usize, Value>> = columns
            .iter()
            .map(|column| {
                let place = self.columns.iter().position(|name| *name == column.name);
                place.ok_or_else(|| match column.name.as_str() {
                    "TenantId" => Value::String(workspace.customer_id.clone()),
                    "Type" => Value::String(table.name.clone()),
                    _ => column.kind.nothing(),
                })
            })
            .collect();
        let seen = self.rows.iter().filter(move |(from, _)| *from <= now);
        seen.map(move |(_, cells)| {
            let cell = |(place, column): (&Result<usize, Value>, &Column)| match place {
                // As queries see it: no text is null. Said here, so that a query need not copy all of the table for it.
                Ok(place) => match cells.get(*place) {
                    None | Some(Value::Null) => column.kind.nothing(),
                    Some(cell) => cell.clone(),
                },
                Err(filled) => filled.clone(),
            };
            places.iter().zip(columns).map(cell).collect()
        })
    }

    fn to_json(&self) -> impl Iterator<Item = Json> {
        let time = |at: &DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        self.rows.iter().map(move |(seen, cells)| {
            let named = self.columns.iter().zip(cells);
            let mut row: Map<String, Json> = named
                .map(|(name, cell)| (name.clone(), kql::cell_to_json(cell)))
                .collect();
            row.insert("stream".into(), json!(self.stream));
            row.insert("table".into(), json!(self.table));
            row.insert("workspace".into(), json!(self.workspace));
            row.insert("rule".into(), json!(self.rule));
            row.insert("arrived".into(), json!(time(&self.arrived)));
            row.insert("seen_from".into(), json!(time(seen)));
            Json::Object(row)
        })
    }
}
