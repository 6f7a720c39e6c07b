//! Bound expressions and their value for a row.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use super::Value;
use super::ast::{Arithmetic, Comparison, TextMatch, TextTest};
use super::text;
use super::values::{self, Key};

/// What computes a function from the values of its arguments.
pub(super) type Apply = fn(&[Cow<Value>]) -> Value;

/// An expression whose names and types are settled. Evaluating it cannot fail: what has no value is null.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Constant(Value),
    Column(usize),
    And(Vec<Node>),
    Or(Vec<Node>),
    Compare(Box<Node>, Comparison, Box<Node>),
    Compute(Box<Node>, Arithmetic, Box<Node>),
    Test(Box<Node>, TextTest, Box<Node>),
    In {
        needle: Box<Node>,
        set: Arc<Set>,
        caseless: bool,
        negated: bool,
    },
    Call(Apply, Vec<Node>),
}

/// What `in` looks into.
#[derive(Debug, Default)]
pub(super) struct Set {
    /// The constants among the list; for `in~` in lower case.
    pub constants: HashSet<Key<'static>>,
    pub has_null: bool,
    /// The elements that differ from row to row.
    pub others: Vec<Node>,
}

impl Node {
    pub fn is_constant(&self) -> bool {
        matches!(self, Node::Constant(_))
    }

    pub fn value<'a>(&'a self, row: &'a [Value]) -> Cow<'a, Value> {
        match self {
            Node::Constant(value) => Cow::Borrowed(value),
            Node::Column(index) => Cow::Borrowed(row.get(*index).unwrap_or(&Value::Null)),
            Node::And(terms) => truth(all(terms, row, false)),
            Node::Or(terms) => truth(all(terms, row, true)),
            Node::Compare(a, comparison, b) => truth(compare(&a.value(row), *comparison, &b.value(row))),
            Node::Compute(a, operation, b) => Cow::Owned(compute(&a.value(row), *operation, &b.value(row))),
            Node::Test(a, test, b) => truth(Some(text_test(&a.value(row), *test, &b.value(row)))),
            Node::In {
                needle,
                set,
                caseless,
                negated,
            } => {
                let found = set.contains(&needle.value(row), *caseless, row);
                truth(found.map(|found| found != *negated))
            }
            Node::Call(apply, arguments) => {
                let values: Vec<Cow<Value>> = arguments.iter().map(|argument| argument.value(row)).collect();
                Cow::Owned(apply(&values))
            }
        }
    }

    /// Whether a row passes; null does not.
    pub fn holds(&self, row: &[Value]) -> bool {
        matches!(*self.value(row), Value::Bool(true))
    }
}

fn truth<'a>(truth: Option<bool>) -> Cow<'a, Value> {
    Cow::Owned(truth.map_or(Value::Null, Value::Bool))
}

/// `and` (`decisive` false) and `or` (`decisive` true) of three-valued logic.
fn all(terms: &[Node], row: &[Value], decisive: bool) -> Option<bool> {
    let mut known = true;
    for term in terms {
        match *term.value(row) {
            Value::Bool(truth) if truth == decisive => return Some(decisive),
            Value::Bool(_) => {}
            _ => known = false,
        }
    }
    known.then_some(!decisive)
}

fn compare(a: &Value, comparison: Comparison, b: &Value) -> Option<bool> {
    match comparison {
        Comparison::Equal => return values::equal(a, b),
        Comparison::Unequal => return values::equal(a, b).map(|equal| !equal),
        _ => {}
    }
    if matches!(a, Value::Null) || matches!(b, Value::Null) {
        return None;
    }
    if values::is_nan(a) || values::is_nan(b) {
        return Some(false);
    }
    let order = values::order(a, b);
    Some(match comparison {
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        _ => order != Ordering::Less,
    })
}

/// Arithmetic; null where an operand is null or where the result cannot be said.
pub(super) fn compute(a: &Value, operation: Arithmetic, b: &Value) -> Value {
    let computed = match (a, b) {
        (Value::Long(a), Value::Long(b)) => long(*a, operation, *b).map(Value::Long),
        (Value::DateTime(a), Value::DateTime(b)) => Some(Value::TimeSpan(a.signed_duration_since(b))),
        (Value::DateTime(moment), Value::TimeSpan(span)) | (Value::TimeSpan(span), Value::DateTime(moment)) => {
            let moved = match operation {
                Arithmetic::Subtract => moment.checked_sub_signed(*span),
                _ => moment.checked_add_signed(*span),
            };
            moved.map(Value::DateTime)
        }
        (Value::TimeSpan(a), Value::TimeSpan(b)) => match (values::ticks(*a), values::ticks(*b)) {
            (Some(a), Some(b)) if operation == Arithmetic::Divide => Some(Value::Real(a as f64 / b as f64)),
            (Some(a), Some(b)) => long(a, operation, b).map(|ticks| Value::TimeSpan(values::span(ticks))),
            _ => None,
        },
        (Value::TimeSpan(span), number) | (number, Value::TimeSpan(span)) => {
            let ticks = values::ticks(*span).zip(values::real(number));
            ticks.and_then(|(ticks, number)| scale(ticks, operation, number))
        }
        _ => values::real(a)
            .zip(values::real(b))
            .map(|(a, b)| Value::Real(real(a, operation, b))),
    };
    computed.unwrap_or(Value::Null)
}

fn long(a: i64, operation: Arithmetic, b: i64) -> Option<i64> {
    match operation {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Modulo => a.checked_rem_euclid(b),
    }
}

fn real(a: f64, operation: Arithmetic, b: f64) -> f64 {
    match operation {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide => a / b,
        Arithmetic::Modulo => a.rem_euclid(b),
    }
}

fn scale(ticks: i64, operation: Arithmetic, number: f64) -> Option<Value> {
    let scaled = real(ticks as f64, operation, number);
    let fits = scaled.is_finite() && scaled.abs() < i64::MAX as f64;
    fits.then(|| Value::TimeSpan(values::span(scaled as i64)))
}

fn text_test(value: &Value, test: TextTest, wanted: &Value) -> bool {
    let (value, wanted) = (as_text(value), as_text(wanted));
    let found = if test.caseless {
        matches_text(&value.to_lowercase(), test.how, &wanted.to_lowercase())
    } else {
        matches_text(&value, test.how, &wanted)
    };
    found != test.negated
}

fn as_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(text::shown(other)),
    }
}

fn matches_text(value: &str, how: TextMatch, wanted: &str) -> bool {
    match how {
        TextMatch::Equals => value == wanted,
        TextMatch::Contains => value.contains(wanted),
        TextMatch::StartsWith => value.starts_with(wanted),
        TextMatch::EndsWith => value.ends_with(wanted),
        TextMatch::Has => has_term(value, wanted, true, true),
        TextMatch::HasPrefix => has_term(value, wanted, true, false),
        TextMatch::HasSuffix => has_term(value, wanted, false, true),
    }
}

/// Whether `wanted` occurs where a term begins (`at_start`) and ends (`at_end`). Terms are runs of letters and digits.
fn has_term(value: &str, wanted: &str, at_start: bool, at_end: bool) -> bool {
    let joins =
        |a: Option<char>, b: Option<char>| a.is_some_and(char::is_alphanumeric) && b.is_some_and(char::is_alphanumeric);
    value.match_indices(wanted).any(|(place, found)| {
        let before = value.get(..place).and_then(|text| text.chars().next_back());
        let after = value.get(place + found.len()..).and_then(|text| text.chars().next());
        let starts = !joins(before, found.chars().next());
        let ends = !joins(found.chars().next_back(), after);
        (starts || !at_start) && (ends || !at_end)
    })
}

impl Set {
    /// Adds an element that is the same for all rows; arrays add their elements.
    pub fn add(&mut self, value: Value, caseless: bool) {
        match value {
            Value::Null => self.has_null = true,
            Value::Dynamic(serde_json::Value::Array(items)) => {
                for item in items {
                    self.add(super::functions::from_json(item), caseless);
                }
            }
            value => {
                self.constants.insert(Key(Cow::Owned(folded(value, caseless))));
            }
        }
    }

    /// `or` over the equality with each element.
    fn contains(&self, needle: &Value, caseless: bool, row: &[Value]) -> Option<bool> {
        let needle = match needle {
            Value::String(text) if caseless => Cow::Owned(Value::String(text.to_lowercase())),
            Value::Dynamic(json) => Cow::Owned(folded(super::functions::from_json(json.clone()), caseless)),
            other => Cow::Borrowed(other),
        };
        let mut unknown = self.has_null && matches!(*needle, Value::Null);
        for other in &self.others {
            match element_equals(&needle, other.value(row).into_owned(), caseless) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => unknown = true,
            }
        }
        if !matches!(*needle, Value::Null) && self.constants.contains(&Key(needle)) {
            return Some(true);
        }
        (!unknown).then_some(false)
    }
}

/// Whether an element of a row's list is the needle; an array is when one of its elements is.
fn element_equals(needle: &Value, element: Value, caseless: bool) -> Option<bool> {
    match element {
        array @ Value::Dynamic(serde_json::Value::Array(_)) => {
            let mut elements = Set::default();
            elements.add(array, caseless);
            elements.contains(needle, caseless, &[])
        }
        element => values::equal(needle, &folded(element, caseless)),
    }
}

fn folded(value: Value, caseless: bool) -> Value {
    match value {
        Value::String(text) if caseless => Value::String(text.to_lowercase()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answer, refused};

    // Microsoft: "Null Values".
    #[test]
    fn nulls_of_the_page() {
        assert_eq!(
            answer(
                "datatable(val:int)[5, int(null)]
                | extend IsBiggerThan3 = val > 3
                | extend IsBiggerThan3OrNull = val > 3 or isnull(val)
                | extend IsEqualToNull = val == int(null)
                | extend IsNotEqualToNull = val != int(null)"
            ),
            "val|IsBiggerThan3|IsBiggerThan3OrNull|IsEqualToNull|IsNotEqualToNull
5|true|true|false|true
||true||"
        );
        assert_eq!(
            answer("datatable(val:int)[5, int(null)] | extend Add = val + 10 | extend Multiply = val * 10"),
            "val|Add|Multiply\n5|15|50\n||"
        );
        assert_eq!(
            answer("print print=iff(bool(null) and true, true, false)"),
            "print\nfalse"
        );
    }

    #[test]
    fn where_takes_null_for_false() {
        let rows = "datatable(a:long)[1, long(null), 3]";
        assert_eq!(answer(&format!("{rows} | where a > 1")), "a\n3");
        assert_eq!(answer(&format!("{rows} | where not(a > 1)")), "a\n1");
        assert_eq!(answer(&format!("{rows} | where a != 1")), "a\n\n3");
        assert_eq!(answer(&format!("{rows} | where a in (1, long(null))")), "a\n1");
        assert_eq!(answer(&format!("{rows} | where a !in (1, long(null))")), "a\n3");
    }

    // Microsoft: "Numerical operators", "The timespan data type", "Datetime / timespan arithmetic".
    #[test]
    fn arithmetic_of_the_pages() {
        assert_eq!(
            answer("print plusPlus = 14 % 12, minusPlus = -14 % 12, plusMinus = 14 % -12, minusMinus = -14 % -12"),
            "plusPlus|minusPlus|plusMinus|minusMinus\n2|10|2|10"
        );
        assert_eq!(
            answer("print 1.0 / 2, 1 / 2.0, 1 / 2, real(1) / 2"),
            "print_0|print_1|print_2|print_3\n0.5|0.5|0|0.5"
        );
        assert_eq!(
            answer(
                "print result1 = 1d / 1s, result2 = time(1d) / time(1s), result3 = 24 * 60 * time(00:01:00) / time(1s)"
            ),
            "result1|result2|result3\n86400|86400|86400"
        );
        assert_eq!(
            answer("print 1d / 5h, 1h / 1s, 1.5 * 1h"),
            "print_0|print_1|print_2\n4.8|3600|01:30:00"
        );
        assert_eq!(
            answer("print datetime(1997-06-25) - datetime(1910-06-11)"),
            "print_0\n31791.00:00:00"
        );
        assert_eq!(
            answer("print datetime(1910-06-11) + 1d, 1d + 2d"),
            "print_0|print_1\n1910-06-12T00:00:00.0000000Z|3.00:00:00"
        );
        assert_eq!(
            answer("print 1 / 0, 9223372036854775807 + 1, 1.0 / 0"),
            "print_0|print_1|print_2\n||Infinity"
        );
    }

    // Microsoft: "String operators", the column "Example (yields true)".
    #[test]
    fn string_operators_of_the_page() {
        let tests = [
            r#""aBc" == "aBc""#,
            r#""abc" != "ABC""#,
            r#""abc" =~ "ABC""#,
            r#""aBc" !~ "xyz""#,
            r#""North America" has "america""#,
            r#""North America" !has "amer""#,
            r#""North America" has_cs "America""#,
            r#""North America" !has_cs "amer""#,
            r#""North America" hasprefix "ame""#,
            r#""North America" !hasprefix "mer""#,
            r#""North America" hasprefix_cs "Ame""#,
            r#""North America" !hasprefix_cs "CA""#,
            r#""North America" hassuffix "ica""#,
            r#""North America" !hassuffix "americ""#,
            r#""North America" hassuffix_cs "ica""#,
            r#""North America" !hassuffix_cs "icA""#,
            r#""FabriKam" contains "BRik""#,
            r#""Fabrikam" !contains "xyz""#,
            r#""FabriKam" contains_cs "Kam""#,
            r#""Fabrikam" !contains_cs "Kam""#,
            r#""Fabrikam" startswith "fab""#,
            r#""Fabrikam" !startswith "kam""#,
            r#""Fabrikam" startswith_cs "Fab""#,
            r#""Fabrikam" !startswith_cs "fab""#,
            r#""Fabrikam" endswith "Kam""#,
            r#""Fabrikam" !endswith "brik""#,
            r#""abc" in ("123", "345", "abc")"#,
            r#""bca" !in ("123", "345", "abc")"#,
            r#""Abc" in~ ("123", "345", "abc")"#,
            r#""bCa" !in~ ("123", "345", "ABC")"#,
        ];
        for test in tests {
            assert_eq!(answer(&format!("print x = {test}")), "x\ntrue", "{test}");
        }
    }

    // Microsoft: "The case-insensitive in~ string operator", with made-up states.
    #[test]
    fn every_form_of_in() {
        let states = "let S = datatable(State:string, n:long)['FLORIDA',1, 'GEORGIA',2, 'Ohio',3];";
        let ask = |list: &str| answer(&format!("{states} S | where State {list} | count"));
        assert_eq!(ask(r#"in~ ("FLORIDA", "georgia", "NEW YORK")"#), "Count\n2");
        assert_eq!(ask(r#"in ("FLORIDA", "georgia", "NEW YORK")"#), "Count\n1");
        assert_eq!(ask(r#"in~ (dynamic(["FLORIDA", "georgia", "NEW YORK"]))"#), "Count\n2");
        assert_eq!(ask("!in~ ((S | where n > 1 | project State))"), "Count\n1");
        assert_eq!(ask("in (S)"), "Count\n3");
        assert_eq!(ask("in (State, 'x')"), "Count\n3");
        assert_eq!(ask("in~ (pack_array('ohio', State), 'x')"), "Count\n3");
        assert_eq!(ask("in (pack_array('Ohio', n))"), "Count\n1");
        assert_eq!(
            answer(&format!(
                "{states} let large = S | where n > 1 | project State; S | where State in~ (large) | count"
            )),
            "Count\n2"
        );
        assert!(refused(&format!("{states} S | where State in (1, 2)")).contains("types string and long"));
    }

    #[test]
    fn between_has_both_ends() {
        assert_eq!(
            answer("range x from 1 to 5 step 1 | where x between (2 .. 3)"),
            "x\n2\n3"
        );
        assert_eq!(
            answer("range x from 1 to 5 step 1 | where x !between (2..4)"),
            "x\n1\n5"
        );
    }
}
