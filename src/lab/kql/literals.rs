//! Literal texts to values: numbers, timespans, `datetime(…)` and the other typed literals.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::values::{self, TICKS_PER_DAY, TICKS_PER_SECOND, Typed};
use super::{ColumnType, Value};

/// Whether `word(` begins a typed literal. (`dynamic(` has a grammar of its own.)
pub(super) fn is_typed(word: &str) -> bool {
    ColumnType::named(word).is_some_and(|kind| !matches!(kind, ColumnType::Dynamic | ColumnType::String))
}

/// The value of a typed literal, for example of `datetime` and `2024-01-31 10:00`.
pub(super) fn typed(word: &str, inside: &str) -> Result<Typed, String> {
    let unknown = || format!("'{word}' is not a type");
    let kind = ColumnType::named(word).ok_or_else(unknown)?;
    let text = unquoted(inside.trim());
    if text == "null" {
        return Ok(Typed::new(kind, Value::Null));
    }
    let value = match kind {
        ColumnType::Int => long(text).filter(fits_int).map(Value::Long),
        ColumnType::Long => long(text).map(Value::Long),
        ColumnType::Real => real(text).map(Value::Real),
        ColumnType::Bool => boolean(text).map(Value::Bool),
        ColumnType::DateTime => datetime(text).map(Value::DateTime),
        ColumnType::TimeSpan => timespan(text).map(Value::TimeSpan),
        ColumnType::Guid => guid(text).map(Value::String),
        ColumnType::String | ColumnType::Dynamic => None,
    };
    match value {
        Some(value) => Ok(Typed::new(kind, value)),
        None => Err(format!("'{word}({inside})' is not a literal of type {}", kind.name())),
    }
}

/// The value of a number as written, with the unit that follows it (empty for none).
pub(super) fn number(digits: &str, unit: &str) -> Result<Typed, String> {
    let refused = || format!("'{digits}{unit}' is not a number, nor a timespan such as 5m or 1.5h");
    if !unit.is_empty() {
        let ticks = digits
            .parse::<f64>()
            .ok()
            .zip(ticks_of(unit))
            .and_then(|(count, unit)| scaled(count, unit));
        let span = ticks.map(values::span).ok_or_else(refused)?;
        return Ok(Typed::new(ColumnType::TimeSpan, Value::TimeSpan(span)));
    }
    if let Some(number) = long(digits) {
        return Ok(Typed::new(ColumnType::Long, Value::Long(number)));
    }
    let real = real(digits).filter(|_| digits.contains(['.', 'e', 'E']));
    real.map(|number| Typed::new(ColumnType::Real, Value::Real(number)))
        .ok_or_else(refused)
}

fn unquoted(text: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(text)
}

/// Whether a number can be an `int`.
pub(super) fn fits_int(number: &i64) -> bool {
    i32::try_from(*number).is_ok()
}

/// A `long`, decimal or hexadecimal.
pub(super) fn long(text: &str) -> Option<i64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// A `real`; also `nan`, `+inf`, `-inf`.
pub(super) fn real(text: &str) -> Option<f64> {
    let text = text.trim();
    let inner = text.strip_prefix(['+', '-']).unwrap_or(text);
    let named = inner.eq_ignore_ascii_case("nan") || inner.eq_ignore_ascii_case("inf");
    let numeric = inner.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    (named || numeric).then(|| text.parse().ok()).flatten()
}

/// A `bool` by its word.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// A `guid` in its usual form, lower case.
pub(super) fn guid(text: &str) -> Option<String> {
    uuid::Uuid::try_parse(text.trim())
        .ok()
        .map(|guid| guid.hyphenated().to_string())
}

/// A `datetime` in ISO 8601 form, with `T` or a blank before the time, in UTC unless an offset says otherwise.
pub(super) fn datetime(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let day = NaiveDate::parse_from_str(date, "%Y-%m-%d")
        .ok()
        .filter(|_| date.len() == 10)?;
    let (clock, offset) = split_offset(time.trim())?;
    let time = ["%H:%M:%S%.f", "%H:%M"]
        .iter()
        .find_map(|format| NaiveTime::parse_from_str(clock, format).ok())?;
    let whole_ticks = TimeDelta::nanoseconds(i64::from(chrono::Timelike::nanosecond(&time) % 100));
    let moment = day.and_time(time).checked_sub_signed(whole_ticks)?;
    Some(moment.and_local_timezone(offset).single()?.with_timezone(&Utc))
}

fn split_offset(time: &str) -> Option<(&str, FixedOffset)> {
    let zero = FixedOffset::east_opt(0)?;
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock.trim_end(), zero));
    }
    let Some(place) = time.rfind(['+', '-']) else {
        return Some((time, zero));
    };
    let (clock, offset) = time.split_at_checked(place)?;
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let minutes = hours
        .parse::<i32>()
        .ok()?
        .checked_mul(60)?
        .checked_add(minutes.parse().ok()?)?;
    let seconds = minutes.checked_mul(60)?;
    let seconds = if offset.starts_with('-') { -seconds } else { seconds };
    Some((clock.trim_end(), FixedOffset::east_opt(seconds)?))
}

/// A `timespan`: `2` (days), `1.5h`, `15 seconds`, `[-][d.]hh:mm[:ss[.fffffff]]`.
pub(super) fn timespan(text: &str) -> Option<TimeDelta> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(positive) => (true, positive),
        None => (false, text),
    };
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let ticks = if text.contains(':') {
        clock_ticks(text)
    } else {
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (count, unit) = text.split_at_checked(end)?;
        let unit = if unit.is_empty() { "d" } else { unit.trim_start() };
        scaled(count.parse().ok()?, ticks_of(unit)?)
    };
    ticks.map(|ticks| values::span(if negative { -ticks } else { ticks }))
}

fn clock_ticks(text: &str) -> Option<i64> {
    let (front, rest) = text.split_once(':')?;
    let (days, hours) = front.split_once('.').unwrap_or(("0", front));
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "0"));
    let whole = |text: &str, below: i64| text.parse::<i64>().ok().filter(|n| (0..below).contains(n));
    let seconds: f64 = seconds.parse().ok().filter(|s| (0.0..60.0).contains(s))?;
    let rest = (whole(hours, 24)? * 3600 + whole(minutes, 60)? * 60) * TICKS_PER_SECOND;
    whole(days, 10_000_000)?
        .checked_mul(TICKS_PER_DAY)?
        .checked_add(rest)?
        .checked_add(scaled(seconds, TICKS_PER_SECOND)?)
}

fn scaled(count: f64, unit: i64) -> Option<i64> {
    let ticks = (count * unit as f64).round();
    (ticks.abs() < i64::MAX as f64).then_some(ticks as i64)
}

fn ticks_of(unit: &str) -> Option<i64> {
    Some(match unit {
        "d" | "day" | "days" => TICKS_PER_DAY,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600 * TICKS_PER_SECOND,
        "m" | "min" | "minute" | "minutes" => 60 * TICKS_PER_SECOND,
        "s" | "sec" | "second" | "seconds" => TICKS_PER_SECOND,
        "ms" | "milli" | "millis" | "millisecond" | "milliseconds" => TICKS_PER_SECOND / 1_000,
        "micro" | "micros" | "microsecond" | "microseconds" => TICKS_PER_SECOND / 1_000_000,
        "tick" | "ticks" => 1,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::kql::text::shown;

    fn of(word: &str, inside: &str) -> String {
        shown(&typed(word, inside).unwrap().value)
    }

    fn with_unit(digits: &str, unit: &str) -> String {
        shown(&number(digits, unit).unwrap().value)
    }

    // Microsoft: "The timespan data type".
    #[test]
    fn timespans() {
        assert_eq!(with_unit("2", "d"), "2.00:00:00");
        assert_eq!(with_unit("1.5", "h"), "01:30:00");
        assert_eq!(with_unit("30", "m"), "00:30:00");
        assert_eq!(with_unit("0.1", "s"), "00:00:00.1000000");
        assert_eq!(with_unit("100", "ms"), "00:00:00.1000000");
        assert_eq!(with_unit("10", "microsecond"), "00:00:00.0000100");
        assert_eq!(with_unit("1", "tick"), "00:00:00.0000001");
        assert_eq!(of("time", "15 seconds"), "00:00:15");
        assert_eq!(of("time", "2"), "2.00:00:00");
        assert_eq!(of("time", "0.12:34:56.7"), "12:34:56.7000000");
        assert_eq!(of("timespan", "-1.00:00:00"), "-1.00:00:00");
        assert!(typed("timespan", "--1d").is_err());
        assert!(typed("timespan", "25:00").is_err());
        assert!(number("1e300", "d").is_err());
    }

    #[test]
    fn datetimes() {
        assert_eq!(of("datetime", "2017-01-01"), "2017-01-01T00:00:00.0000000Z");
        assert_eq!(of("datetime", "'2007-04-07'"), "2007-04-07T00:00:00.0000000Z");
        assert_eq!(of("datetime", "2017-10-29 00:00"), "2017-10-29T00:00:00.0000000Z");
        assert_eq!(
            of("date", "2017-10-30T23:00:10.1234567+02:00"),
            "2017-10-30T21:00:10.1234567Z"
        );
        assert_eq!(
            of("datetime", "2017-10-30 23:00:00.12345678Z"),
            "2017-10-30T23:00:00.1234567Z"
        );
        for wrong in [
            "2017-02-30",
            "17-01-01",
            "2017-01-01 25:00",
            "today",
            "2017-01-01T10:00+",
            "2017-01-01T10:00+00:2000000000",
            "",
        ] {
            assert!(typed("datetime", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn other_types() {
        assert_eq!(of("long", "-0"), "0");
        assert_eq!(of("real", "-inf"), "-Infinity");
        assert_eq!(of("bool", "true"), "true");
        assert_eq!(
            of("guid", "{74BE27DE-1E4E-49D9-B579-FE0B331D3642}"),
            "74be27de-1e4e-49d9-b579-fe0b331d3642"
        );
        assert_eq!(
            typed("datetime", " null "),
            Ok(Typed::new(ColumnType::DateTime, Value::Null))
        );
        assert!(typed("int", "3000000000").is_err());
        assert!(typed("real", "infinity").is_err());
        assert_eq!(number("0x1F", "").unwrap().value, Value::Long(31));
        assert_eq!(number("1e3", "").unwrap().value, Value::Real(1000.0));
        assert!(number("99999999999999999999", "").is_err());
    }
}
