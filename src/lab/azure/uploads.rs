//! From the JSON of an upload to cells: what fits a column is kept, what does not is lost without a word, as the service
//! does it. And what can go wrong with rows that were accepted.

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value as Json};

use super::custom::CustomTable;
use super::rules::StreamColumn;
use super::timespan;
use crate::lab::kql::{ColumnType, Value};

/// The longest text that a cell holds, in bytes; the rest is cut off.
const CELL_BYTES: usize = 64 * 1024;
/// How old a row may say that it is, in days; an older one gets the time of its arrival.
const OLDEST_DAYS: i64 = 2;
/// How far ahead of its arrival a row may say that it is, in days.
const NEWEST_DAYS: i64 = 1;
/// The column that every table has.
pub(super) const TIME: &str = "TimeGenerated";

/// What becomes of the rows of an upload that was answered as accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// They are never stored.
    Lose,
    /// They are stored twice.
    Duplicate,
    /// Queries see them this many seconds later.
    Late(i64),
    /// They are stored in another order, and each is seen at its own moment within this many seconds.
    Reorder(i64),
    /// Their `TimeGenerated` becomes the time of arrival, moved by this many seconds.
    Restamp(i64),
}

/// The rows of an upload in the columns of a table: names of the columns, cells.
pub(super) struct Cells {
    /// Names of the columns: those that stream and table both have, and [`TIME`].
    pub(super) columns: Vec<String>,
    /// A row each.
    pub(super) rows: Vec<Vec<Value>>,
}

impl Cells {
    /// Reads rows as their stream declares them, for a table; `transformKql` is `source`.
    pub(super) fn read(
        rows: &[Map<String, Json>],
        stream: &[StreamColumn],
        table: &CustomTable,
        now: DateTime<Utc>,
    ) -> Self {
        let pairs = table.columns.iter().filter(|column| column.name != TIME);
        let pairs: Vec<(&str, ColumnType, ColumnType)> = pairs
            .filter_map(|column| {
                let declared = stream.iter().find(|declared| declared.name == column.name)?;
                Some((column.name.as_str(), declared.kind, column.stored()))
            })
            .collect();
        let columns = std::iter::once(TIME).chain(pairs.iter().map(|(name, _, _)| *name));
        let read = |row: &Map<String, Json>| {
            let cell = |(name, declared, stored): &(&str, ColumnType, ColumnType)| match row.get(*name) {
                Some(json) => converted(cell(json, *declared), *stored),
                None => Value::Null,
            };
            let time = std::iter::once(Value::DateTime(stamp(row, now)));
            time.chain(pairs.iter().map(cell)).collect()
        };
        Self {
            columns: columns.map(str::to_owned).collect(),
            rows: rows.iter().map(read).collect(),
        }
    }

    /// The rows with the moment from which on queries see them, after a mishap; `seed` decides what is drawn.
    pub(super) fn after(
        mut self,
        mishap: Option<Mishap>,
        seed: u64,
        now: DateTime<Utc>,
    ) -> Vec<(DateTime<Utc>, Vec<Value>)> {
        let later = |seconds: i64| now.checked_add_signed(TimeDelta::seconds(seconds)).unwrap_or(now);
        let mut seen = vec![now; self.rows.len()];
        match mishap {
            None => {}
            Some(Mishap::Lose) => self.rows.clear(),
            Some(Mishap::Duplicate) => {
                self.rows.extend_from_within(..);
                seen = vec![now; self.rows.len()];
            }
            Some(Mishap::Late(seconds)) => seen.fill(later(seconds)),
            Some(Mishap::Reorder(seconds)) => {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                self.rows.shuffle(&mut random);
                seen.iter_mut()
                    .for_each(|seen| *seen = later(random.random_range(0..=seconds.max(0))));
            }
            Some(Mishap::Restamp(seconds)) => {
                for time in self.rows.iter_mut().filter_map(|row| row.first_mut()) {
                    *time = Value::DateTime(later(seconds));
                }
            }
        }
        seen.into_iter().zip(self.rows).collect()
    }
}

/// When a row says that it is from, where that is not too far from its arrival.
fn stamp(row: &Map<String, Json>, now: DateTime<Utc>) -> DateTime<Utc> {
    let said = row.get(TIME).and_then(Json::as_str).and_then(timespan::moment);
    let near = now - TimeDelta::days(OLDEST_DAYS)..=now + TimeDelta::days(NEWEST_DAYS);
    said.filter(|said| near.contains(said)).unwrap_or(now)
}

/// A JSON value in a column; what does not fit is nothing.
fn cell(json: &Json, kind: ColumnType) -> Value {
    let fitting = match kind {
        ColumnType::String | ColumnType::Guid => json.as_str().map(|text| Value::String(cut(text).to_owned())),
        ColumnType::Int => json
            .as_i64()
            .filter(|number| i32::try_from(*number).is_ok())
            .map(Value::Long),
        ColumnType::Long => json.as_i64().map(Value::Long),
        ColumnType::Real => json.as_f64().map(Value::Real),
        ColumnType::Bool => json.as_bool().map(Value::Bool),
        ColumnType::DateTime => json.as_str().and_then(timespan::moment).map(Value::DateTime),
        ColumnType::Dynamic => Some(Value::Dynamic(json.clone())),
        ColumnType::TimeSpan => None,
    };
    fitting.unwrap_or(Value::Null)
}

/// A cell of a stream in a column of the table; whole numbers fit real ones, nothing else changes its type.
fn converted(cell: Value, kind: ColumnType) -> Value {
    match (cell, kind) {
        (Value::Long(number), ColumnType::Real) => Value::Real(number as f64),
        (cell @ Value::Long(_), ColumnType::Int | ColumnType::Long)
        | (cell @ Value::String(_), ColumnType::String)
        | (cell @ Value::Real(_), ColumnType::Real)
        | (cell @ Value::Bool(_), ColumnType::Bool)
        | (cell @ Value::DateTime(_), ColumnType::DateTime)
        | (cell @ Value::Dynamic(_), ColumnType::Dynamic) => cell,
        _ => Value::Null,
    }
}

fn cut(text: &str) -> &str {
    let end = (0..=text.len().min(CELL_BYTES))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use serde_json::json;

    use super::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 20, 0, 0).unwrap()
    }

    #[test]
    fn what_does_not_fit_its_column_is_nothing() {
        use ColumnType as T;
        let at = Value::DateTime(now());
        for (json, kind, expected) in [
            (json!("x"), T::String, Value::String("x".into())),
            (json!(1), T::String, Value::Null),
            (json!(5), T::Long, Value::Long(5)),
            (json!("5"), T::Long, Value::Null),
            (json!(5.5), T::Long, Value::Null),
            (json!(3_000_000_000_i64), T::Int, Value::Null),
            (json!(5), T::Real, Value::Real(5.0)),
            (json!(true), T::Bool, Value::Bool(true)),
            (json!("true"), T::Bool, Value::Null),
            (json!("2026-11-22T20:00:00Z"), T::DateTime, at.clone()),
            (json!("2026-11-22T21:00:00+01:00"), T::DateTime, at),
            (json!("yesterday"), T::DateTime, Value::Null),
            (json!({"a": 1}), T::Dynamic, Value::Dynamic(json!({"a": 1}))),
            (json!(null), T::String, Value::Null),
        ] {
            assert_eq!(cell(&json, kind), expected, "{json} in {kind:?}");
        }
        assert_eq!(converted(Value::Long(2), ColumnType::Real), Value::Real(2.0));
        assert_eq!(converted(Value::String("2".into()), ColumnType::Long), Value::Null);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"a".repeat(CELL_BYTES + 1)).len(), CELL_BYTES);
        assert_eq!(cut(&format!("a{}", "é".repeat(CELL_BYTES))).len(), CELL_BYTES - 1);
    }

    #[test]
    fn a_time_far_from_the_arrival_is_replaced() {
        let stamped = |value: Json| stamp(&Map::from_iter([(TIME.to_owned(), value)]), now());
        let near = now() - TimeDelta::days(2);
        assert_eq!(stamped(json!(near.to_rfc3339())), near);
        for far in [near - TimeDelta::seconds(1), now() + TimeDelta::seconds(86_401)] {
            assert_eq!(stamped(json!(far.to_rfc3339())), now());
        }
        assert_eq!(stamped(json!("soon")), now());
        assert_eq!(stamp(&Map::new(), now()), now());
    }

    #[test]
    fn mishaps_change_what_is_stored() {
        let after = |mishap| {
            let rows = (0..20).map(|number| vec![Value::DateTime(now()), Value::Long(number)]);
            let cells = Cells {
                columns: vec![TIME.into(), "N".into()],
                rows: rows.collect(),
            };
            cells.after(Some(mishap), 7, now())
        };
        let numbers = |rows: &[(DateTime<Utc>, Vec<Value>)]| -> Vec<Value> {
            rows.iter().map(|(_, cells)| cells[1].clone()).collect()
        };
        let in_order: Vec<Value> = (0..20).map(Value::Long).collect();
        assert!(after(Mishap::Lose).is_empty());
        assert_eq!(
            numbers(&after(Mishap::Duplicate)),
            [in_order.clone(), in_order.clone()].concat()
        );
        let late = after(Mishap::Late(60));
        assert!(late.iter().all(|(seen, _)| *seen == now() + TimeDelta::seconds(60)));
        let mixed = after(Mishap::Reorder(60));
        assert_ne!(numbers(&mixed), in_order);
        assert!(mixed.iter().any(|(seen, _)| *seen > now()));
        let restamped = after(Mishap::Restamp(-3600));
        let hour_ago = Value::DateTime(now() - TimeDelta::hours(1));
        assert!(
            restamped
                .iter()
                .all(|(seen, cells)| *seen == now() && cells[0] == hour_ago)
        );
    }
}
