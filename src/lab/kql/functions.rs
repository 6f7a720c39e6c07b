//! The scalar functions: what each is called, what it takes, what it gives.

mod conversions;
mod strings;
mod time;

use std::borrow::Cow;

pub(super) use time::steps;

use super::ColumnType::{self, Bool, DateTime, Dynamic, Guid, Int, Long, Real, String as Text, TimeSpan};
use super::Value;
use super::bind::Bound;
use super::eval::{Apply, Node};
use super::values;

/// A scalar function.
pub(super) struct Function {
    pub name: &'static str,
    /// The type of the result by the types of the arguments; none where the function does not take them.
    pub kind: fn(&[ColumnType]) -> Option<ColumnType>,
    pub apply: Apply,
    /// What the function takes, for messages.
    pub takes: &'static str,
}

/// The functions by name. `now`, `ago`, `toscalar` and `materialize` need more than values; the binder knows them.
const FUNCTIONS: [Function; 36] = [
    function("not", |k| given(k, [Bool], Bool), not, "(bool)"),
    function("iff", choice, iff, "(bool, a, b) with a and b of one type"),
    function("iif", choice, iff, "(bool, a, b) with a and b of one type"),
    function(
        "case",
        cases,
        case,
        "(bool, value, …, value otherwise) with values of one type",
    ),
    function("coalesce", alike, coalesce, "two or more values of one type"),
    function("isempty", |k| any(k, Bool), |a| Value::Bool(empty(a)), "(value)"),
    function("isnotempty", |k| any(k, Bool), |a| Value::Bool(!empty(a)), "(value)"),
    function("isnull", |k| any(k, Bool), |a| Value::Bool(null(a)), "(value)"),
    function("isnotnull", |k| any(k, Bool), |a| Value::Bool(!null(a)), "(value)"),
    function("tolower", |k| texts(k, 1, Text), strings::tolower, "(string)"),
    function("toupper", |k| texts(k, 1, Text), strings::toupper, "(string)"),
    function("strlen", |k| texts(k, 1, Long), strings::strlen, "(string)"),
    function(
        "strcat",
        |k| (!k.is_empty()).then_some(Text),
        strings::strcat,
        "one or more values",
    ),
    function(
        "substring",
        strings::substring_kind,
        strings::substring,
        "(string, start[, length])",
    ),
    function(
        "split",
        strings::split_kind,
        strings::split,
        "(string, delimiter[, index])",
    ),
    function("tostring", |k| any(k, Text), conversions::tostring, "(value)"),
    function("tolong", |k| convertible(k, Long), conversions::tolong, "(value)"),
    function("toint", |k| convertible(k, Int), conversions::toint, "(value)"),
    function("todouble", |k| convertible(k, Real), conversions::todouble, "(value)"),
    function("toreal", |k| convertible(k, Real), conversions::todouble, "(value)"),
    function("tobool", |k| convertible(k, Bool), conversions::tobool, "(value)"),
    function("toboolean", |k| convertible(k, Bool), conversions::tobool, "(value)"),
    function(
        "todatetime",
        |k| convertible(k, DateTime),
        conversions::todatetime,
        "(value)",
    ),
    function(
        "totimespan",
        |k| convertible(k, TimeSpan),
        conversions::totimespan,
        "(value)",
    ),
    function("toguid", |k| convertible(k, Guid), conversions::toguid, "(string)"),
    function("todynamic", |k| any(k, Dynamic), conversions::parse_json, "(string)"),
    function("parse_json", |k| any(k, Dynamic), conversions::parse_json, "(string)"),
    function(
        "array_length",
        |k| given(k, [Dynamic], Long),
        conversions::array_length,
        "(dynamic)",
    ),
    function("pack_array", |_| Some(Dynamic), conversions::pack_array, "values"),
    function(
        "bin",
        time::bin_kind,
        time::bin,
        "(number, number), (datetime, timespan) or (timespan, timespan)",
    ),
    function(
        "floor",
        time::bin_kind,
        time::bin,
        "(number, number), (datetime, timespan) or (timespan, timespan)",
    ),
    function(
        "startofday",
        |k| given(k, [DateTime], DateTime),
        time::startofday,
        "(datetime)",
    ),
    function(
        "datetime_diff",
        time::difference_kind,
        time::difference,
        "(period, datetime, datetime)",
    ),
    function(
        "datetime_add",
        time::addition_kind,
        time::addition,
        "(period, number, datetime)",
    ),
    function("format_datetime", time::format_kind, time::format, "(datetime, format)"),
    function("abs", absolute, abs, "(number or timespan)"),
];

const fn function(
    name: &'static str,
    kind: fn(&[ColumnType]) -> Option<ColumnType>,
    apply: Apply,
    takes: &'static str,
) -> Function {
    Function {
        name,
        kind,
        apply,
        takes,
    }
}

/// The functions that the binder itself knows.
const OF_BINDER: [&str; 4] = ["now", "ago", "toscalar", "materialize"];

/// Whether a scalar function has this name.
pub(super) fn is_known(name: &str) -> bool {
    named(name).is_some() || OF_BINDER.contains(&name)
}

/// The function of this name.
pub(super) fn named(name: &str) -> Option<&'static Function> {
    const TABLE: &[Function] = &FUNCTIONS;
    TABLE.iter().find(|function| function.name == name)
}

/// Whether a column made by this function alone has the name of the first argument.
pub(super) fn keeps_name(name: &str) -> bool {
    matches!(name, "bin" | "floor") || (name.starts_with("to") && !matches!(name, "tolower" | "toupper" | "toscalar"))
}

/// A constant argument that must be one of certain words and is not: a period, a format.
pub(super) fn misunderstood(name: &str, arguments: &[Bound]) -> Option<String> {
    let place = match name {
        "datetime_diff" | "datetime_add" => 0,
        "format_datetime" => 1,
        _ => return None,
    };
    let known: fn(&str) -> bool = if place == 0 { time::is_period } else { time::is_format };
    match arguments.get(place).map(|argument| &argument.node) {
        Some(Node::Constant(Value::String(word))) if known(word) => None,
        Some(Node::Constant(Value::String(word))) => Some(format!("'{word}'")),
        _ => Some("a period or format that is not a constant string".into()),
    }
}

fn given<const N: usize>(kinds: &[ColumnType], wanted: [ColumnType; N], result: ColumnType) -> Option<ColumnType> {
    (kinds == wanted).then_some(result)
}

fn any(kinds: &[ColumnType], result: ColumnType) -> Option<ColumnType> {
    (kinds.len() == 1).then_some(result)
}

fn texts(kinds: &[ColumnType], count: usize, result: ColumnType) -> Option<ColumnType> {
    (kinds.len() == count && kinds.iter().all(|kind| matches!(kind, Text | Dynamic))).then_some(result)
}

/// From the type itself, from text, from `dynamic`, and between numbers and `bool`.
fn convertible(kinds: &[ColumnType], to: ColumnType) -> Option<ColumnType> {
    let &[from] = kinds else {
        return None;
    };
    let numeric = |kind: ColumnType| kind.is_number() || kind == Bool;
    (from == to || matches!(from, Text | Dynamic) || (numeric(from) && numeric(to))).then_some(to)
}

fn alike(kinds: &[ColumnType]) -> Option<ColumnType> {
    let (first, rest) = kinds.split_first()?;
    let kind = rest.iter().try_fold(*first, |kind, next| values::common(kind, *next))?;
    (!rest.is_empty()).then_some(kind)
}

fn choice(kinds: &[ColumnType]) -> Option<ColumnType> {
    match kinds {
        [Bool, a, b] => values::common(*a, *b),
        _ => None,
    }
}

fn cases(kinds: &[ColumnType]) -> Option<ColumnType> {
    let (last, pairs) = kinds.split_last()?;
    pairs.chunks(2).try_fold(*last, |kind, pair| match pair {
        [Bool, value] => values::common(kind, *value),
        _ => None,
    })
}

fn absolute(kinds: &[ColumnType]) -> Option<ColumnType> {
    match kinds {
        [kind] if kind.is_number() || *kind == TimeSpan => Some(*kind),
        _ => None,
    }
}

fn at<'a>(arguments: &'a [Cow<Value>], index: usize) -> &'a Value {
    arguments.get(index).map_or(&Value::Null, |value| value.as_ref())
}

fn not(arguments: &[Cow<Value>]) -> Value {
    match at(arguments, 0) {
        Value::Bool(truth) => Value::Bool(!truth),
        _ => Value::Null,
    }
}

fn iff(arguments: &[Cow<Value>]) -> Value {
    let chosen = if *at(arguments, 0) == Value::Bool(true) { 1 } else { 2 };
    at(arguments, chosen).clone()
}

fn case(arguments: &[Cow<Value>]) -> Value {
    let chosen = arguments.chunks(2).find_map(|pair| match pair {
        [otherwise] => Some(otherwise),
        [condition, value] if **condition == Value::Bool(true) => Some(value),
        _ => None,
    });
    chosen.map_or(Value::Null, |value| value.clone().into_owned())
}

fn coalesce(arguments: &[Cow<Value>]) -> Value {
    let found = arguments.iter().find(|value| !values::is_nothing(value));
    found
        .or(arguments.last())
        .map_or(Value::Null, |value| value.clone().into_owned())
}

fn empty(arguments: &[Cow<Value>]) -> bool {
    values::is_nothing(at(arguments, 0))
}

/// A string is never null.
fn null(arguments: &[Cow<Value>]) -> bool {
    matches!(at(arguments, 0), Value::Null | Value::Dynamic(serde_json::Value::Null))
}

fn abs(arguments: &[Cow<Value>]) -> Value {
    match at(arguments, 0) {
        Value::Long(number) => number.checked_abs().map_or(Value::Null, Value::Long),
        Value::Real(number) => Value::Real(number.abs()),
        Value::TimeSpan(span) => Value::TimeSpan(span.abs()),
        _ => Value::Null,
    }
}

/// The value of what a `dynamic` value holds: a scalar of its own type, else `dynamic`.
pub(super) fn from_json(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(truth),
        serde_json::Value::String(text) => Value::String(text),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(long), _) => Value::Long(long),
            (None, Some(real)) => Value::Real(real),
            (None, None) => Value::Null,
        },
        other => Value::Dynamic(other),
    }
}

/// `value.name` and `value[index]`: what a `dynamic` value holds there, else null.
pub(super) fn element(arguments: &[Cow<Value>]) -> Value {
    let Value::Dynamic(json) = at(arguments, 0) else {
        return Value::Null;
    };
    let found = match at(arguments, 1) {
        Value::String(name) => json.get(name),
        Value::Long(index) => json.as_array().and_then(|items| {
            let from_end = items.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?);
            items.get(if *index < 0 {
                from_end?
            } else {
                usize::try_from(*index).ok()?
            })
        }),
        _ => None,
    };
    match found {
        None | Some(serde_json::Value::Null) => Value::Null,
        Some(found) => Value::Dynamic(found.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answer, refused};

    #[test]
    fn choices() {
        // Microsoft: "coalesce()".
        assert_eq!(
            answer(r#"print result=coalesce(tolong("not a number"), tolong("42"), 33)"#),
            "result\n42"
        );
        assert_eq!(
            answer("print coalesce('', 'b'), coalesce(long(null), 2)"),
            "print_0|print_1\nb|2"
        );
        assert_eq!(
            answer("print iff(1 < 2, 'a', 'b'), iif(bool(null), 1, 2)"),
            "print_0|print_1\na|2"
        );
        assert_eq!(
            answer("print case(false, 1, true, 2, 3), case(false, 1, 3)"),
            "print_0|print_1\n2|3"
        );
        assert!(refused("print iff(true, 1, 'x')").contains("'iff'"));
        assert!(refused("print coalesce(1, 'x')").contains("'coalesce'"));
        assert!(refused("print case(false, 1)").contains("'case'"));
    }

    #[test]
    fn emptiness() {
        assert_eq!(
            answer("print isempty(''), isnull(''), isempty(long(null)), isnotnull(5), isnotempty(dynamic(null))"),
            "print_0|print_1|print_2|print_3|print_4\ntrue|false|true|true|false"
        );
    }

    #[test]
    fn paths_into_dynamic() {
        let query =
            r#"print d = dynamic({"a": [1, {"b c": "x"}]}) | project d.a[0], d["a"][1]["b c"], d.a[-2], d.no, d.a[9]"#;
        assert_eq!(answer(query).lines().last(), Some("1|x|1||"));
        assert_eq!(
            answer("print d = dynamic({'a': 'x'}) | where d.a == 'x' | count"),
            "Count\n1"
        );
        assert!(refused("print a = 1 | project a.b").contains("dynamic"));
    }
}
