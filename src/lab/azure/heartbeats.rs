//! What agents have reported lately: the rows of `Heartbeat` in the workspace that the apps have roles on.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::lab::kql::{Column, Table, Value};

/// The table.
pub(super) const TABLE: &str = "Heartbeat";

/// Heartbeats of one agent that are stored. Real ones come every minute; these suffice to tell a row from a computer.
const STORED: i32 = 2;
const BETWEEN: TimeDelta = TimeDelta::minutes(1);

/// For so long the same rows are shown: a moment later an agent has been heard again.
const STEADY: TimeDelta = TimeDelta::seconds(30);

/// The agents, and the table that they have filled.
#[derive(Default)]
pub(super) struct Heartbeats {
    /// What each calls its computer, and how long ago it was heard last.
    agents: Vec<(String, TimeDelta)>,
    made: Option<(DateTime<Utc>, Arc<Table>)>,
}

impl Heartbeats {
    /// Has these agents report, in place of others.
    pub(super) fn set(&mut self, agents: Vec<(String, TimeDelta)>) {
        (self.agents, self.made) = (agents, None);
    }

    /// The table as it is now; `None` where no agent reports.
    pub(super) fn table(&mut self, columns: &[Column], now: DateTime<Utc>) -> Option<Arc<Table>> {
        if self.agents.is_empty() {
            return None;
        }
        if let Some((then, table)) = &self.made
            && (now - *then).abs() <= STEADY
        {
            return Some(Arc::clone(table));
        }
        let rows = self.agents.iter().flat_map(|(computer, ago)| {
            let heard = now - *ago;
            (0..STORED).map(move |number| row(columns, computer, heard - BETWEEN * number))
        });
        let table = Arc::new(Table {
            rows: rows.collect(),
            columns: columns.to_vec(),
        });
        self.made = Some((now, Arc::clone(&table)));
        Some(table)
    }
}

fn row(columns: &[Column], computer: &str, heard: DateTime<Utc>) -> Vec<Value> {
    let text = |text: &str| Value::String(text.to_owned());
    let cell = |column: &Column| match column.name.as_str() {
        "TimeGenerated" => Value::DateTime(heard),
        "Computer" => text(computer),
        "Category" => text("Azure Monitor Agent"),
        "OSType" => text("Windows"),
        "Type" => text(TABLE),
        _ => text(""),
    };
    columns.iter().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tables::built_in;
    use super::*;

    #[test]
    fn agents_are_heard_again_and_again() {
        let columns = built_in().get(TABLE).unwrap().columns.clone();
        let mut heartbeats = Heartbeats::default();
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        assert!(heartbeats.table(&columns, now).is_none());
        heartbeats.set(vec![("pc1".to_owned(), TimeDelta::minutes(5))]);
        let newest = |heartbeats: &mut Heartbeats, now| {
            let table = heartbeats.table(&columns, now).unwrap();
            assert_eq!(table.rows.len(), 2);
            table.rows[0][2].clone()
        };
        assert_eq!(
            newest(&mut heartbeats, now),
            Value::DateTime(now - TimeDelta::minutes(5))
        );
        let later = now + TimeDelta::hours(1);
        assert_eq!(
            newest(&mut heartbeats, later),
            Value::DateTime(later - TimeDelta::minutes(5))
        );
    }
}
