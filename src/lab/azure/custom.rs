//! Custom tables of a workspace: what Resource Manager knows of them. Where rows are kept is the ingestion endpoint's matter;
//! a row belongs to a table by [`CustomTable::name`], and to nothing once the table is gone.

use chrono::{DateTime, Utc};

use crate::lab::kql::ColumnType;

/// What a table's retention is when it follows the workspace's.
pub(super) const DEFAULT_RETENTION: i64 = -1;

/// A column of a custom table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableColumn {
    /// Its name, as declared.
    pub(super) name: String,
    /// Its type; `guid` columns are stored and queried as strings.
    pub(super) kind: ColumnType,
    /// What people read about it.
    pub(super) description: Option<String>,
    /// The name that the portal shows instead.
    pub(super) display_name: Option<String>,
}

impl TableColumn {
    /// The type of its cells in a query.
    pub(super) fn stored(&self) -> ColumnType {
        match self.kind {
            ColumnType::Guid => ColumnType::String,
            other => other,
        }
    }
}

/// A change that Resource Manager has taken on and not finished: the table is locked meanwhile.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    /// When it ends.
    pub(super) until: DateTime<Utc>,
    /// What stands then; `None` is no table.
    pub(super) becomes: Option<Box<CustomTable>>,
    /// Whether the table can be written to and queried meanwhile.
    pub(super) usable: bool,
    /// `Updating` or `Deleting`.
    pub(super) state: &'static str,
}

/// A custom table.
#[derive(Debug, Clone)]
pub(super) struct CustomTable {
    /// The name, as it was created; it ends in `_CL`.
    pub(super) name: String,
    /// The columns that were declared, `TimeGenerated` among them.
    pub(super) columns: Vec<TableColumn>,
    /// Columns that it had once; none comes back with another type.
    pub(super) retired: Vec<TableColumn>,
    /// `Analytics`, `Basic` or `Auxiliary`.
    pub(super) plan: String,
    /// What people read about it.
    pub(super) description: Option<String>,
    /// Days, or [`DEFAULT_RETENTION`].
    pub(super) retention_days: i64,
    /// Days with archive, or [`DEFAULT_RETENTION`].
    pub(super) total_retention_days: i64,
    /// When it was made.
    pub(super) created: DateTime<Utc>,
    /// Object ID of who made it.
    pub(super) created_by: String,
    /// The change that has not ended.
    pub(super) pending: Option<Pending>,
}

impl CustomTable {
    /// `Updating` or `Deleting` while a change is not finished, else `Succeeded`.
    pub(super) fn provisioning_state(&self, now: DateTime<Utc>) -> &'static str {
        let pending = self.pending.as_ref().filter(|pending| now < pending.until);
        pending.map_or("Succeeded", |pending| pending.state)
    }

    /// Whether a change is not finished, so that no other is taken.
    pub(super) fn locked(&self, now: DateTime<Utc>) -> bool {
        self.pending.as_ref().is_some_and(|pending| now < pending.until)
    }

    /// Whether it can be written to and queried: not while it is made for the first time, nor while it is deleted.
    pub(super) fn usable(&self, now: DateTime<Utc>) -> bool {
        self.pending.as_ref().is_none_or(|pending| match now < pending.until {
            true => pending.usable,
            false => pending.becomes.is_some(),
        })
    }

    /// A column by name; the names of columns compare without case.
    pub(super) fn column(&self, name: &str) -> Option<&TableColumn> {
        self.columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The table as it stands at `now`, when a change may have ended. `None` where that leaves no table.
    pub(super) fn settled(mut self, now: DateTime<Utc>) -> Option<Self> {
        match self.pending.take() {
            Some(pending) if pending.until <= now => pending.becomes.map(|table| *table),
            pending => {
                self.pending = pending;
                Some(self)
            }
        }
    }
}
