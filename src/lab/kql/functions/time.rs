//! Functions on `datetime` and `timespan`, and `bin()`, which is mostly used on them.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, Months, TimeDelta, Utc};

use super::super::ColumnType::{self, DateTime as Moment, Int, Long, Real, String as Text, TimeSpan};
use super::super::values::{self, TICKS_PER_DAY, TICKS_PER_SECOND};
use super::super::{Value, text};
use super::at;

pub(super) fn bin_kind(kinds: &[ColumnType]) -> Option<ColumnType> {
    match kinds {
        [Moment, TimeSpan] => Some(Moment),
        [TimeSpan, TimeSpan] => Some(TimeSpan),
        [a, b] if a.is_number() && b.is_number() => values::common(*a, *b),
        _ => None,
    }
}

/// The multiple of the second argument at or below the first; null for a size that is not positive.
pub(super) fn bin(arguments: &[Cow<Value>]) -> Value {
    let binned = match (at(arguments, 0), at(arguments, 1)) {
        (Value::Long(value), Value::Long(size)) => floor(*value, *size).map(Value::Long),
        (Value::TimeSpan(value), Value::TimeSpan(size)) => values::ticks(*value)
            .zip(values::ticks(*size))
            .and_then(|(value, size)| floor(value, size))
            .map(|ticks| Value::TimeSpan(values::span(ticks))),
        (Value::DateTime(moment), Value::TimeSpan(size)) => bin_moment(*moment, *size).map(Value::DateTime),
        (value, size) => values::real(value)
            .zip(values::real(size))
            .filter(|(_, size)| *size > 0.0)
            .map(|(value, size)| Value::Real((value / size).floor() * size)),
    };
    binned.unwrap_or(Value::Null)
}

fn floor(value: i64, size: i64) -> Option<i64> {
    (size > 0).then(|| value.checked_sub(value.rem_euclid(size))).flatten()
}

/// Bins of time begin at the first moment of the year 1.
fn bin_moment(moment: DateTime<Utc>, size: TimeDelta) -> Option<DateTime<Utc>> {
    let ticks = ticks_of_moment(moment)?;
    let over = ticks - floor(ticks, values::ticks(size)?)?;
    let whole = moment.checked_sub_signed(values::span(over))?;
    whole.checked_sub_signed(TimeDelta::nanoseconds(i64::from(whole.timestamp_subsec_nanos() % 100)))
}

fn ticks_of_moment(moment: DateTime<Utc>) -> Option<i64> {
    let days = i64::from(moment.num_days_from_ce()) - 1;
    let in_day = values::ticks(moment.time().signed_duration_since(chrono::NaiveTime::MIN))?;
    days.checked_mul(TICKS_PER_DAY)?.checked_add(in_day)
}

pub(super) fn startofday(arguments: &[Cow<Value>]) -> Value {
    match at(arguments, 0) {
        Value::DateTime(moment) => bin_moment(*moment, TimeDelta::days(1)).map_or(Value::Null, Value::DateTime),
        _ => Value::Null,
    }
}

pub(super) fn difference_kind(kinds: &[ColumnType]) -> Option<ColumnType> {
    (kinds == [Text, Moment, Moment]).then_some(Long)
}

/// How many borders of the period lie between two moments.
pub(super) fn difference(arguments: &[Cow<Value>]) -> Value {
    let (Value::String(period), Value::DateTime(a), Value::DateTime(b)) =
        (at(arguments, 0), at(arguments, 1), at(arguments, 2))
    else {
        return Value::Null;
    };
    let period = period.to_ascii_lowercase();
    let count = if period == "nanosecond" {
        values::ticks(a.signed_duration_since(b)).and_then(|ticks| ticks.checked_mul(100))
    } else {
        ordinal(&period, *a).zip(ordinal(&period, *b)).map(|(a, b)| a - b)
    };
    count.map_or(Value::Null, Value::Long)
}

/// The number of the period that a moment lies in. Weeks begin on Sunday.
fn ordinal(period: &str, moment: DateTime<Utc>) -> Option<i64> {
    let (year, month) = (i64::from(moment.year()), i64::from(moment.month0()));
    match period {
        "year" => return Some(year),
        "quarter" => return Some(year * 4 + month / 3),
        "month" => return Some(year * 12 + month),
        "week" => return Some(i64::from(moment.num_days_from_ce()).div_euclid(7)),
        _ => {}
    }
    Some(ticks_of_moment(moment)?.div_euclid(ticks_of_period(period)?))
}

fn ticks_of_period(period: &str) -> Option<i64> {
    Some(match period {
        "day" => TICKS_PER_DAY,
        "hour" => TICKS_PER_SECOND * 3600,
        "minute" => TICKS_PER_SECOND * 60,
        "second" => TICKS_PER_SECOND,
        "millisecond" => TICKS_PER_SECOND / 1_000,
        "microsecond" => TICKS_PER_SECOND / 1_000_000,
        _ => return None,
    })
}

pub(super) fn addition_kind(kinds: &[ColumnType]) -> Option<ColumnType> {
    matches!(kinds, [Text, Int | Long, Moment]).then_some(Moment)
}

pub(super) fn addition(arguments: &[Cow<Value>]) -> Value {
    let (Value::String(period), Value::Long(count), Value::DateTime(moment)) =
        (at(arguments, 0), at(arguments, 1), at(arguments, 2))
    else {
        return Value::Null;
    };
    later(*moment, &period.to_ascii_lowercase(), *count).map_or(Value::Null, Value::DateTime)
}

fn later(moment: DateTime<Utc>, period: &str, count: i64) -> Option<DateTime<Utc>> {
    let months = match period {
        "year" => 12,
        "quarter" => 3,
        "month" => 1,
        "week" => return later(moment, "day", count.checked_mul(7)?),
        _ => {
            let ticks = ticks_of_period(period)?.checked_mul(count)?;
            return moment.checked_add_signed(values::span(ticks));
        }
    };
    let by = Months::new(u32::try_from(count.checked_mul(months)?.unsigned_abs()).ok()?);
    if count < 0 {
        moment.checked_sub_months(by)
    } else {
        moment.checked_add_months(by)
    }
}

pub(super) fn format_kind(kinds: &[ColumnType]) -> Option<ColumnType> {
    (kinds == [Moment, Text]).then_some(Text)
}

pub(super) fn format(arguments: &[Cow<Value>]) -> Value {
    match (at(arguments, 0), at(arguments, 1)) {
        (Value::DateTime(moment), Value::String(format)) => {
            Value::String(text::formatted(*moment, format).unwrap_or_default())
        }
        _ => Value::String(String::new()),
    }
}

/// Whether a word names a period of `datetime_diff()` and `datetime_add()`.
pub(super) fn is_period(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word == "nanosecond" || ordinal(&word, DateTime::UNIX_EPOCH).is_some()
}

/// Whether all elements of a format are known.
pub(super) fn is_format(format: &str) -> bool {
    text::formatted(DateTime::UNIX_EPOCH, format).is_some()
}

/// The types that a range may step over.
pub(in super::super) fn steps(from: ColumnType, to: ColumnType, step: ColumnType) -> Option<ColumnType> {
    match (from, to, step) {
        (Moment, Moment, TimeSpan) => Some(Moment),
        (TimeSpan, TimeSpan, TimeSpan) => Some(TimeSpan),
        (Int | Long | Real, Int | Long | Real, Int | Long | Real) => values::common(values::common(from, to)?, step),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::answer;

    // Microsoft: "datetime_diff()".
    #[test]
    fn datetime_diff_of_the_page() {
        let query = "print
            year = datetime_diff('year',datetime(2017-01-01),datetime(2000-12-31)),
            quarter = datetime_diff('quarter',datetime(2017-07-01),datetime(2017-03-30)),
            month = datetime_diff('month',datetime(2017-01-01),datetime(2015-12-30)),
            week = datetime_diff('week',datetime(2017-10-29 00:00),datetime(2017-09-30 23:59)),
            day = datetime_diff('day',datetime(2017-10-29 00:00),datetime(2017-09-30 23:59)),
            hour = datetime_diff('hour',datetime(2017-10-31 01:00),datetime(2017-10-30 23:59)),
            minute = datetime_diff('minute',datetime(2017-10-30 23:05:01),datetime(2017-10-30 23:00:59)),
            second = datetime_diff('second',datetime(2017-10-30 23:00:10.100),datetime(2017-10-30 23:00:00.900)),
            millisecond = datetime_diff('millisecond',datetime(2017-10-30 23:00:00.200100),datetime(2017-10-30 23:00:00.100900)),
            microsecond = datetime_diff('microsecond',datetime(2017-10-30 23:00:00.1009001),datetime(2017-10-30 23:00:00.1008009)),
            nanosecond = datetime_diff('nanosecond',datetime(2017-10-30 23:00:00.0000000),datetime(2017-10-30 23:00:00.0000007))";
        assert_eq!(answer(query).lines().last(), Some("17|2|13|5|29|2|5|10|100|100|-700"));
    }

    // Microsoft: "bin()".
    #[test]
    fn bins_of_the_page() {
        assert_eq!(answer("print bin(4.5, 1)"), "print_0\n4");
        assert_eq!(answer("print bin(time(16d), 7d)"), "print_0\n14.00:00:00");
        assert_eq!(
            answer("print bin(datetime(1970-05-11 13:45:07), 1d)"),
            "print_0\n1970-05-11T00:00:00.0000000Z"
        );
        assert_eq!(
            answer("print bin(-5, 3), bin(5, 0), bin(5, -1)"),
            "print_0|print_1|print_2\n-6||"
        );
        assert_eq!(
            answer("print startofday(datetime(2024-02-29 23:59:59.9999999))"),
            "print_0\n2024-02-29T00:00:00.0000000Z"
        );
    }

    #[test]
    fn moments_move_by_periods() {
        assert_eq!(
            answer(
                "print datetime_add('month', 1, datetime(2024-01-31)), datetime_add('week', -1, datetime(2024-01-08))"
            ),
            "print_0|print_1\n2024-02-29T00:00:00.0000000Z|2024-01-01T00:00:00.0000000Z"
        );
    }
}
