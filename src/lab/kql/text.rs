//! Values as text (`tostring()`, messages) and as the JSON of the query endpoint.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use serde_json::json;

use super::values::{self, TICKS_PER_DAY, TICKS_PER_SECOND};
use super::{Table, Value};

/// A table as the query endpoint writes it: `{"name","columns":[{"name","type"}],"rows":[[…]]}`.
///
/// A `dynamic` cell is a JSON text, a `datetime` is ISO 8601 in UTC with at most seven digits of a second, a `timespan`
/// has the constant format `[-][d.]hh:mm:ss[.fffffff]`, and a `real` that JSON has no number for is a string.
pub fn to_json(table: &Table) -> serde_json::Value {
    let columns: Vec<serde_json::Value> = table
        .columns
        .iter()
        .map(|column| json!({"name": column.name, "type": column.kind.name()}))
        .collect();
    let rows: Vec<serde_json::Value> = table
        .rows
        .iter()
        .map(|row| row.iter().map(cell_to_json).collect())
        .collect();
    json!({"name": "PrimaryResult", "columns": columns, "rows": rows})
}

/// A cell as the query endpoint writes it.
pub fn cell_to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null | Value::Dynamic(serde_json::Value::Null) => serde_json::Value::Null,
        Value::String(text) => json!(text),
        Value::Long(number) => json!(number),
        Value::Real(number) if number.is_finite() => json!(number),
        Value::Real(number) => json!(real(*number)),
        Value::Bool(truth) => json!(truth),
        Value::DateTime(moment) => json!(datetime(*moment, Digits::Shortest)),
        Value::TimeSpan(span) => json!(timespan(*span)),
        Value::Dynamic(dynamic) => json!(dynamic.to_string()),
    }
}

/// The text that `tostring()` gives; null gives the empty string.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null | Value::Dynamic(serde_json::Value::Null) => String::new(),
        Value::String(text) | Value::Dynamic(serde_json::Value::String(text)) => text.clone(),
        Value::Long(number) => number.to_string(),
        Value::Real(number) => real(*number),
        Value::Bool(truth) => truth.to_string(),
        Value::DateTime(moment) => datetime(*moment, Digits::Seven),
        Value::TimeSpan(span) => timespan(*span),
        Value::Dynamic(dynamic) => dynamic.to_string(),
    }
}

fn real(number: f64) -> String {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.into()
    } else {
        number.to_string()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Digits {
    Seven,
    Shortest,
}

fn datetime(moment: DateTime<Utc>, digits: Digits) -> String {
    let fraction = format!("{:07}", moment.nanosecond() % 1_000_000_000 / 100);
    let fraction = match digits {
        Digits::Seven => fraction.as_str(),
        Digits::Shortest => fraction.trim_end_matches('0'),
    };
    let point = if fraction.is_empty() { "" } else { "." };
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{point}{fraction}Z",
        moment.year(),
        moment.month(),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second(),
    )
}

fn timespan(span: TimeDelta) -> String {
    let Some(ticks) = values::ticks(span) else {
        return String::new();
    };
    let sign = if ticks < 0 { "-" } else { "" };
    let ticks = ticks.unsigned_abs();
    let per_second = TICKS_PER_SECOND.unsigned_abs();
    let per_day = TICKS_PER_DAY.unsigned_abs();
    let days = match ticks / per_day {
        0 => String::new(),
        days => format!("{days}."),
    };
    let seconds = ticks % per_day / per_second;
    let fraction = match ticks % per_second {
        0 => String::new(),
        rest => format!(".{rest:07}"),
    };
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{sign}{days}{hours:02}:{minutes:02}:{:02}{fraction}", seconds % 60)
}

/// `format_datetime()`: the elements of Microsoft's table and its delimiters; none where the format has another one.
pub(super) fn formatted(moment: DateTime<Utc>, format: &str) -> Option<String> {
    let mut text = String::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        let count = rest.chars().take_while(|c| *c == first).count();
        rest = rest.get(count * first.len_utf8()..)?;
        if " /-:,._[]".contains(first) {
            text.extend(std::iter::repeat_n(first, count));
        } else {
            text.push_str(&element(moment, first, count)?);
        }
    }
    Some(text)
}

fn element(moment: DateTime<Utc>, letter: char, count: usize) -> Option<String> {
    let number = match letter {
        'd' => moment.day(),
        'M' => moment.month(),
        'H' => moment.hour(),
        'h' => moment.hour12().1,
        'm' => moment.minute(),
        's' => moment.second(),
        'y' if count == 4 => return Some(format!("{:04}", moment.year())),
        'y' => moment.year().rem_euclid(100).unsigned_abs(),
        't' if count == 2 => return Some(if moment.hour() < 12 { "AM" } else { "PM" }.into()),
        'f' | 'F' if count <= 7 => {
            let all = format!("{:07}", moment.nanosecond() % 1_000_000_000 / 100);
            let digits = all.get(..count)?;
            return Some(
                if letter == 'f' {
                    digits
                } else {
                    digits.trim_end_matches('0')
                }
                .into(),
            );
        }
        _ => return None,
    };
    match count {
        1 => Some(number.to_string()),
        2 => Some(format!("{number:02}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Column, ColumnType};
    use super::*;
    use chrono::TimeZone;

    fn moment(nanosecond: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2017, 1, 29, 9, 0, 5)
            .unwrap()
            .with_nanosecond(nanosecond)
            .unwrap()
    }

    #[test]
    fn json_of_every_type() {
        let kinds = [
            (
                ColumnType::String,
                Value::String("Zürich \"1\"".into()),
                json!("Zürich \"1\""),
            ),
            (ColumnType::Int, Value::Long(-3), json!(-3)),
            (ColumnType::Real, Value::Real(0.5), json!(0.5)),
            (ColumnType::Real, Value::Real(f64::NAN), json!("NaN")),
            (ColumnType::Real, Value::Real(f64::NEG_INFINITY), json!("-Infinity")),
            (ColumnType::Bool, Value::Bool(true), json!(true)),
            (
                ColumnType::DateTime,
                Value::DateTime(moment(0)),
                json!("2017-01-29T09:00:05Z"),
            ),
            (
                ColumnType::DateTime,
                Value::DateTime(moment(120_000_000)),
                json!("2017-01-29T09:00:05.12Z"),
            ),
            (
                ColumnType::DateTime,
                Value::DateTime(moment(123_456_789)),
                json!("2017-01-29T09:00:05.1234567Z"),
            ),
            (
                ColumnType::TimeSpan,
                Value::TimeSpan(TimeDelta::days(14)),
                json!("14.00:00:00"),
            ),
            (
                ColumnType::TimeSpan,
                Value::TimeSpan(TimeDelta::milliseconds(-1500)),
                json!("-00:00:01.5000000"),
            ),
            (ColumnType::Guid, Value::Null, json!(null)),
            (ColumnType::Dynamic, Value::Dynamic(json!(["a", 1])), json!("[\"a\",1]")),
        ];
        let table = Table {
            columns: kinds
                .iter()
                .map(|(kind, _, _)| Column {
                    name: "c".into(),
                    kind: *kind,
                })
                .collect(),
            rows: vec![kinds.iter().map(|(_, value, _)| value.clone()).collect()],
        };
        let answer = to_json(&table);
        assert_eq!(answer["name"], "PrimaryResult");
        for (index, (kind, _, expected)) in kinds.iter().enumerate() {
            assert_eq!(answer["rows"][0][index], *expected);
            assert_eq!(answer["columns"][index], json!({"name": "c", "type": kind.name()}));
        }
    }

    // Microsoft: "format_datetime()".
    #[test]
    fn dates_by_format() {
        let formats = [
            ("yy-MM-dd [HH:mm:ss]", "17-01-29 [09:00:05]"),
            ("yyyy-M-dd [H:mm:ss]", "2017-1-29 [9:00:05]"),
            ("yy-MM-dd [hh:mm:ss tt]", "17-01-29 [09:00:05 AM]"),
            ("ss.fff_FFF", "05.050_05"),
        ];
        for (format, expected) in formats {
            assert_eq!(formatted(moment(50_000_000), format).as_deref(), Some(expected));
        }
        assert_eq!(formatted(moment(0), "yyyy week"), None);
    }

    #[test]
    fn text_of_values() {
        assert_eq!(shown(&Value::Real(2.0)), "2");
        assert_eq!(shown(&Value::DateTime(moment(0))), "2017-01-29T09:00:05.0000000Z");
        assert_eq!(shown(&Value::Dynamic(json!("plain"))), "plain");
        assert_eq!(shown(&Value::Null), "");
    }
}
