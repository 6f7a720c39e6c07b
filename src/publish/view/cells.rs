//! What stands in the rows of an answer, by the names of the columns.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::azure::Table;
use crate::model::{CollectionId, Problem, Result};

/// An answer whose columns are known by name.
pub(super) struct Cells<'a> {
    table: &'a Table,
    what: &'static str,
}

impl<'a> Cells<'a> {
    /// Of this answer; `what` is what it should be, for a person who reads that it is not.
    pub(super) fn of(table: &'a Table, what: &'static str) -> Self {
        Self { table, what }
    }

    /// The rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = &'a Vec<Value>> {
        self.table.rows.iter()
    }

    fn cell(&self, row: &'a [Value], name: &str) -> Option<&'a Value> {
        let place = self.table.columns.iter().position(|(column, _)| column == name)?;
        row.get(place)
    }

    /// Text; nothing where the cell is empty or not there.
    pub(super) fn text(&self, row: &'a [Value], name: &str) -> Option<&'a str> {
        self.cell(row, name)?.as_str().filter(|text| !text.is_empty())
    }

    /// A moment.
    pub(super) fn moment(&self, row: &'a [Value], name: &str) -> Option<DateTime<Utc>> {
        let text = self.text(row, name)?;
        DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.to_utc())
    }

    /// A count.
    ///
    /// # Errors
    /// [`Problem::NotUnderstood`] where there is none.
    pub(super) fn count(&self, row: &'a [Value], name: &str) -> Result<usize> {
        let number = self.cell(row, name).and_then(Value::as_u64);
        let number = number.and_then(|number| usize::try_from(number).ok());
        number.ok_or_else(|| self.not_understood().into())
    }

    /// A collection's ID.
    ///
    /// # Errors
    /// [`Problem::NotUnderstood`] where there is none.
    pub(super) fn collection(&self, row: &'a [Value], name: &str) -> Result<CollectionId> {
        let id = self.text(row, name).and_then(|text| text.parse().ok());
        id.ok_or_else(|| self.not_understood().into())
    }

    fn not_understood(&self) -> Problem {
        Problem::NotUnderstood {
            host: "The workspace".to_owned(),
            expected: self.what.to_owned(),
        }
    }
}
