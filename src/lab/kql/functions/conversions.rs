//! From one type to another. What cannot be converted is null.

use std::borrow::Cow;

use super::super::Value;
use super::super::parser::as_json;
use super::super::{literals, text};
use super::{at, from_json};

/// A `dynamic` scalar counts as the value that it holds.
fn plain<'a>(arguments: &'a [Cow<Value>]) -> Cow<'a, Value> {
    match at(arguments, 0) {
        Value::Dynamic(json) => Cow::Owned(from_json(json.clone())),
        other => Cow::Borrowed(other),
    }
}

pub(super) fn tostring(arguments: &[Cow<Value>]) -> Value {
    Value::String(text::shown(at(arguments, 0)))
}

fn long(arguments: &[Cow<Value>]) -> Option<i64> {
    match plain(arguments).as_ref() {
        Value::Long(number) => Some(*number),
        Value::Real(number) if number.abs() < i64::MAX as f64 => Some(*number as i64),
        Value::Bool(truth) => Some(i64::from(*truth)),
        Value::String(text) => literals::long(text),
        _ => None,
    }
}

pub(super) fn tolong(arguments: &[Cow<Value>]) -> Value {
    long(arguments).map_or(Value::Null, Value::Long)
}

pub(super) fn toint(arguments: &[Cow<Value>]) -> Value {
    let number = long(arguments).filter(literals::fits_int);
    number.map_or(Value::Null, Value::Long)
}

pub(super) fn todouble(arguments: &[Cow<Value>]) -> Value {
    let number = match plain(arguments).as_ref() {
        Value::Long(number) => Some(*number as f64),
        Value::Real(number) => Some(*number),
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Value::String(text) => literals::real(text),
        _ => None,
    };
    number.map_or(Value::Null, Value::Real)
}

pub(super) fn tobool(arguments: &[Cow<Value>]) -> Value {
    let truth = match plain(arguments).as_ref() {
        Value::Bool(truth) => Some(*truth),
        Value::Long(number) => Some(*number != 0),
        Value::Real(number) => Some(*number != 0.0),
        Value::String(text) => literals::boolean(text),
        _ => None,
    };
    truth.map_or(Value::Null, Value::Bool)
}

pub(super) fn todatetime(arguments: &[Cow<Value>]) -> Value {
    match plain(arguments).as_ref() {
        Value::DateTime(moment) => Value::DateTime(*moment),
        Value::String(text) => literals::datetime(text).map_or(Value::Null, Value::DateTime),
        _ => Value::Null,
    }
}

pub(super) fn totimespan(arguments: &[Cow<Value>]) -> Value {
    match plain(arguments).as_ref() {
        Value::TimeSpan(span) => Value::TimeSpan(*span),
        Value::String(text) => literals::timespan(text).map_or(Value::Null, Value::TimeSpan),
        _ => Value::Null,
    }
}

pub(super) fn toguid(arguments: &[Cow<Value>]) -> Value {
    match plain(arguments).as_ref() {
        Value::String(text) => literals::guid(text).map_or(Value::Null, Value::String),
        _ => Value::Null,
    }
}

/// Text that is not JSON becomes a `dynamic` string.
pub(super) fn parse_json(arguments: &[Cow<Value>]) -> Value {
    match at(arguments, 0) {
        Value::String(text) => match serde_json::from_str(text) {
            Ok(serde_json::Value::Null) => Value::Null,
            Ok(json) => Value::Dynamic(json),
            Err(_) if text.is_empty() => Value::Null,
            Err(_) => Value::Dynamic(text.clone().into()),
        },
        Value::Null => Value::Null,
        other => Value::Dynamic(as_json(other)),
    }
}

pub(super) fn array_length(arguments: &[Cow<Value>]) -> Value {
    match at(arguments, 0) {
        Value::Dynamic(serde_json::Value::Array(items)) => Value::Long(i64::try_from(items.len()).unwrap_or(i64::MAX)),
        _ => Value::Null,
    }
}

pub(super) fn pack_array(arguments: &[Cow<Value>]) -> Value {
    Value::Dynamic(arguments.iter().map(|value| as_json(value)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{answer, refused};

    fn row(query: &str) -> String {
        answer(query).lines().nth(1).unwrap_or_default().to_owned()
    }

    #[test]
    fn conversions() {
        assert_eq!(
            row("print tolong('42'), tolong('x'), tolong(2.9), tolong(true), tolong('0x10')"),
            "42||2|1|16"
        );
        assert_eq!(
            row("print toint('3000000000'), todouble('1.5'), toreal(2), tobool('TRUE'), tobool('x')"),
            "|1.5|2|true|"
        );
        assert_eq!(
            row("print todatetime('2024-01-31 10:00'), todatetime('x')"),
            "2024-01-31T10:00:00.0000000Z|"
        );
        assert_eq!(
            row("print totimespan('0.00:01:00'), tostring(1d), tostring(true)"),
            "00:01:00|1.00:00:00|true"
        );
        assert!(refused("print tolong(1d)").contains("'tolong'"));
    }

    #[test]
    fn dynamic_and_back() {
        assert_eq!(
            row("print array_length(pack_array(1, 'a', dynamic([2]))), pack_array(1, 'a')"),
            "3|[1,\"a\"]"
        );
        assert_eq!(
            row(r#"print parse_json('{"a": [1]}').a[0], todynamic('no json'), array_length(dynamic({}))"#),
            "1|no json|"
        );
        assert_eq!(
            row("print tostring(dynamic({'a':1})), tolong(dynamic([7])[0])"),
            "{\"a\":1}|7"
        );
    }
}
