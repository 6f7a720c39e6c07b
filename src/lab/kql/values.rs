//! What cells mean: type names, null rules, equality, order, keys for hashing.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use chrono::TimeDelta;

use super::{ColumnType, Value};

/// A value whose type is known even where it is null.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Typed {
    pub kind: ColumnType,
    pub value: Value,
}

impl Typed {
    pub fn new(kind: ColumnType, value: Value) -> Typed {
        Typed { kind, value }
    }
}

/// Kusto counts time in ticks of 100 nanoseconds.
pub(super) const TICKS_PER_SECOND: i64 = 10_000_000;
/// Ticks of one day.
pub(super) const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;

impl ColumnType {
    /// The name that Kusto's answers and declarations use.
    pub fn name(self) -> &'static str {
        match self {
            ColumnType::String => "string",
            ColumnType::Int => "int",
            ColumnType::Long => "long",
            ColumnType::Real => "real",
            ColumnType::Bool => "bool",
            ColumnType::DateTime => "datetime",
            ColumnType::TimeSpan => "timespan",
            ColumnType::Guid => "guid",
            ColumnType::Dynamic => "dynamic",
        }
    }

    /// The type by one of the names that a declaration may use.
    pub fn named(name: &str) -> Option<ColumnType> {
        Some(match name {
            "string" => ColumnType::String,
            "int" => ColumnType::Int,
            "long" => ColumnType::Long,
            "real" | "double" => ColumnType::Real,
            "bool" | "boolean" => ColumnType::Bool,
            "datetime" | "date" => ColumnType::DateTime,
            "timespan" | "time" => ColumnType::TimeSpan,
            "guid" | "uuid" | "uniqueid" => ColumnType::Guid,
            "dynamic" => ColumnType::Dynamic,
            _ => return None,
        })
    }

    /// `int`, `long` or `real`.
    pub fn is_number(self) -> bool {
        matches!(self, ColumnType::Int | ColumnType::Long | ColumnType::Real)
    }

    /// What a cell of this type holds when there is nothing to hold: null, and for strings the empty string.
    pub fn nothing(self) -> Value {
        match self {
            ColumnType::String => Value::String(String::new()),
            _ => Value::Null,
        }
    }
}

/// The type of both where two types may stand for one another: the same, or two number types.
pub(super) fn common(a: ColumnType, b: ColumnType) -> Option<ColumnType> {
    if a == b {
        return Some(a);
    }
    (a.is_number() && b.is_number()).then(|| {
        if a == ColumnType::Real || b == ColumnType::Real {
            ColumnType::Real
        } else {
            ColumnType::Long
        }
    })
}

/// Null, or the empty string, which stands for it.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Dynamic(serde_json::Value::Null) => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// Equality as Kusto has it: two nulls are neither equal nor unequal, null and a value are unequal.
pub(super) fn equal(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Null, Value::Null) => None,
        (Value::Null, _) | (_, Value::Null) => Some(false),
        (Value::Dynamic(a), Value::Dynamic(b)) => Some(a == b),
        (Value::Dynamic(dynamic), plain) | (plain, Value::Dynamic(dynamic)) => Some(dynamic_equals(dynamic, plain)),
        _ => Some(order(a, b) == Ordering::Equal && !is_nan(a) && !is_nan(b)),
    }
}

fn dynamic_equals(dynamic: &serde_json::Value, plain: &Value) -> bool {
    match plain {
        Value::String(text) => dynamic.as_str() == Some(text),
        Value::Bool(truth) => dynamic.as_bool() == Some(*truth),
        Value::Long(number) => dynamic.as_i64() == Some(*number),
        Value::Real(number) => dynamic.as_f64() == Some(*number),
        _ => false,
    }
}

/// Whether a number is not a number.
pub(super) fn is_nan(value: &Value) -> bool {
    matches!(value, Value::Real(number) if number.is_nan())
}

/// The order of two values of one type that are not null; values of different types have none and count as equal.
pub(super) fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Long(a), Value::Long(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::DateTime(a), Value::DateTime(b)) => a.cmp(b),
        (Value::TimeSpan(a), Value::TimeSpan(b)) => a.cmp(b),
        _ => match (real(a), real(b)) {
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan())),
            _ => Ordering::Equal,
        },
    }
}

/// A number of any type as `real`.
pub(super) fn real(value: &Value) -> Option<f64> {
    match value {
        Value::Long(number) => Some(*number as f64),
        Value::Real(number) => Some(*number),
        _ => None,
    }
}

/// A timespan in ticks; none where it is longer than Kusto can say.
pub(super) fn ticks(span: TimeDelta) -> Option<i64> {
    span.num_seconds()
        .checked_mul(TICKS_PER_SECOND)?
        .checked_add(i64::from(span.subsec_nanos() / 100))
}

/// A timespan from ticks.
pub(super) fn span(ticks: i64) -> TimeDelta {
    let seconds = ticks.div_euclid(TICKS_PER_SECOND);
    let rest = ticks.rem_euclid(TICKS_PER_SECOND) * 100;
    TimeDelta::seconds(seconds) + TimeDelta::nanoseconds(rest)
}

/// A value as a key of a hash table: null is a key like any other, `real` goes by its bits.
#[derive(Debug, Clone)]
pub(super) struct Key<'a>(pub Cow<'a, Value>);

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.0.as_ref(), other.0.as_ref()) {
            (Value::Real(a), Value::Real(b)) => bits(*a) == bits(*b),
            (a, b) => a == b,
        }
    }
}

impl Eq for Key<'_> {}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.0.as_ref() {
            Value::Null => 0_u8.hash(state),
            Value::String(text) => text.hash(state),
            Value::Long(number) => number.hash(state),
            Value::Real(number) => bits(*number).hash(state),
            Value::Bool(truth) => truth.hash(state),
            Value::DateTime(moment) => moment.hash(state),
            Value::TimeSpan(span) => span.hash(state),
            Value::Dynamic(dynamic) => dynamic.to_string().hash(state),
        }
    }
}

/// Several values as one key.
pub(super) type RowKey<'a> = Vec<Key<'a>>;

/// Both zeros are one number, and so are all forms of not-a-number.
fn bits(number: f64) -> u64 {
    if number == 0.0 {
        0
    } else if number.is_nan() {
        f64::NAN.to_bits()
    } else {
        number.to_bits()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn null_is_neither_equal_nor_unequal_to_null() {
        assert_eq!(equal(&Value::Null, &Value::Null), None);
        assert_eq!(equal(&Value::Null, &Value::Long(5)), Some(false));
        assert_eq!(equal(&Value::Long(5), &Value::Real(5.0)), Some(true));
        assert_eq!(equal(&Value::Real(f64::NAN), &Value::Real(f64::NAN)), Some(false));
    }

    #[test]
    fn keys_join_what_grouping_joins() {
        let keys = [
            Value::Null,
            Value::Null,
            Value::Real(0.0),
            Value::Real(-0.0),
            Value::Real(f64::NAN),
            Value::Real(f64::NAN),
            Value::String(String::new()),
        ];
        let distinct: HashSet<Key> = keys.iter().map(|value| Key(Cow::Borrowed(value))).collect();
        assert_eq!(distinct.len(), 4);
    }

    #[test]
    fn ticks_and_spans_go_both_ways() {
        for count in [0, 1, -1, TICKS_PER_DAY, -TICKS_PER_DAY - 7, i64::MAX, i64::MIN + 1] {
            assert_eq!(ticks(span(count)), Some(count), "{count}");
        }
        assert_eq!(ticks(TimeDelta::MAX), None);
    }
}
