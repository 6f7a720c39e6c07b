//! The aggregation functions of `summarize`: what each takes, and how it gathers rows.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;

use super::eval::Node;
use super::parser::as_json;
use super::values::{self, Key, Typed};
use super::{ColumnType, Value};

/// An aggregation function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Aggregate {
    Count,
    CountIf,
    /// Counts exactly, also for `dcount()`, which Azure estimates.
    CountDistinct,
    Sum,
    Average,
    Min,
    Max,
    TakeAny,
    ArgMin,
    ArgMax,
    MakeSet,
    MakeList,
}

/// Names, functions, and what the names of unnamed columns begin with.
const AGGREGATES: [(&str, Aggregate, &str); 14] = [
    ("count", Aggregate::Count, "count_"),
    ("countif", Aggregate::CountIf, "countif_"),
    ("dcount", Aggregate::CountDistinct, "dcount_"),
    ("count_distinct", Aggregate::CountDistinct, "count_distinct_"),
    ("sum", Aggregate::Sum, "sum_"),
    ("avg", Aggregate::Average, "avg_"),
    ("min", Aggregate::Min, "min_"),
    ("max", Aggregate::Max, "max_"),
    ("take_any", Aggregate::TakeAny, ""),
    ("any", Aggregate::TakeAny, "any_"),
    ("arg_min", Aggregate::ArgMin, ""),
    ("arg_max", Aggregate::ArgMax, ""),
    ("make_set", Aggregate::MakeSet, "set_"),
    ("make_list", Aggregate::MakeList, "list_"),
];

/// How many elements `make_set()` and `make_list()` gather at most.
const LONGEST_ARRAY: usize = 1_048_576;

/// The aggregation function of this name.
pub(super) fn named(name: &str) -> Option<Aggregate> {
    AGGREGATES
        .iter()
        .find(|(known, _, _)| *known == name)
        .map(|(_, aggregate, _)| *aggregate)
}

/// Whether an aggregation function has this name.
pub(super) fn is_known(name: &str) -> bool {
    named(name).is_some()
}

/// What the name of an unnamed column begins with; the argument's name follows.
pub(super) fn prefix(name: &str) -> Option<&'static str> {
    AGGREGATES
        .iter()
        .find(|(known, _, _)| *known == name)
        .map(|(_, _, prefix)| *prefix)
}

impl Aggregate {
    /// The types of the results by the types of the arguments; none where the function does not take them.
    pub fn kinds(self, arguments: &[ColumnType]) -> Option<Vec<ColumnType>> {
        use ColumnType::{Bool, Dynamic, Int, Long, Real, TimeSpan};
        let one = |kind| Some(vec![kind]);
        match (self, arguments) {
            (Aggregate::Count, [] | [_]) | (Aggregate::CountIf, [Bool]) => one(Long),
            (Aggregate::CountDistinct, [_] | [_, Int | Long]) => one(Long),
            (Aggregate::Sum, [Int | Long]) => one(Long),
            (Aggregate::Sum, [Real]) | (Aggregate::Average, [Int | Long | Real]) => one(Real),
            (Aggregate::Sum | Aggregate::Average, [TimeSpan]) => one(TimeSpan),
            (Aggregate::Min | Aggregate::Max, [kind]) if *kind != Dynamic => one(*kind),
            (Aggregate::MakeSet | Aggregate::MakeList, [_] | [_, Int | Long]) => one(Dynamic),
            (Aggregate::TakeAny, [_, ..]) => Some(arguments.to_vec()),
            (Aggregate::ArgMin | Aggregate::ArgMax, [by, _, ..]) if *by != Dynamic => Some(arguments.to_vec()),
            _ => None,
        }
    }

    /// The state before the first row. `kind` is the type of the first result; `size` bounds arrays.
    pub fn start(self, kind: ColumnType, size: Option<i64>) -> State {
        let size = size
            .and_then(|size| usize::try_from(size).ok())
            .unwrap_or(LONGEST_ARRAY)
            .min(LONGEST_ARRAY);
        match self {
            Aggregate::Count | Aggregate::CountIf => State::Count(0),
            Aggregate::CountDistinct => State::Distinct(HashSet::new()),
            Aggregate::Sum => State::Sum(Total::new(kind)),
            Aggregate::Average => State::Average(Total::new(kind), 0),
            Aggregate::Min => State::Extreme(None, Ordering::Less),
            Aggregate::Max => State::Extreme(None, Ordering::Greater),
            Aggregate::TakeAny => State::Row(None),
            Aggregate::ArgMin => State::RowOfExtreme(None, Ordering::Less),
            Aggregate::ArgMax => State::RowOfExtreme(None, Ordering::Greater),
            Aggregate::MakeSet => State::Array {
                items: Vec::new(),
                seen: Some(HashSet::new()),
                size,
            },
            Aggregate::MakeList => State::Array {
                items: Vec::new(),
                seen: None,
                size,
            },
        }
    }
}

/// What an aggregation function has gathered.
#[derive(Debug)]
pub(super) enum State {
    Count(i64),
    Distinct(HashSet<Key<'static>>),
    Sum(Total),
    Average(Total, i64),
    Extreme(Option<Value>, Ordering),
    Row(Option<Vec<Value>>),
    RowOfExtreme(Option<Vec<Value>>, Ordering),
    Array {
        items: Vec<serde_json::Value>,
        seen: Option<HashSet<Key<'static>>>,
        size: usize,
    },
}

/// A sum in the type of its result.
#[derive(Debug)]
pub(super) struct Total {
    kind: ColumnType,
    /// Ticks for a timespan; none after an overflow.
    whole: Option<i64>,
    real: f64,
}

impl Total {
    fn new(kind: ColumnType) -> Total {
        Total {
            kind,
            whole: Some(0),
            real: 0.0,
        }
    }

    fn add(&mut self, value: &Value) {
        let part = match value {
            Value::Long(number) => Some(*number),
            Value::TimeSpan(span) => values::ticks(*span),
            _ => Some(0),
        };
        self.whole = self.whole.zip(part).and_then(|(whole, part)| whole.checked_add(part));
        self.real += values::real(value).unwrap_or(0.0);
    }

    fn sum(&self) -> Value {
        match self.kind {
            ColumnType::Real => Value::Real(self.real),
            ColumnType::TimeSpan => self
                .whole
                .map_or(Value::Null, |ticks| Value::TimeSpan(values::span(ticks))),
            _ => self.whole.map_or(Value::Null, Value::Long),
        }
    }

    fn average(&self, count: i64) -> Value {
        match self.kind {
            ColumnType::TimeSpan => self
                .whole
                .and_then(|ticks| ticks.checked_div(count))
                .map_or(Value::Null, |ticks| Value::TimeSpan(values::span(ticks))),
            _ => Value::Real(self.real / count as f64),
        }
    }
}

impl State {
    /// Takes one row into account. Nulls are passed over, except where whole rows are counted or chosen.
    pub fn add(&mut self, aggregate: Aggregate, arguments: &[Node], row: &[Value]) {
        let first = arguments
            .first()
            .map_or(Cow::Owned(Value::Null), |argument| argument.value(row));
        let is_null = matches!(*first, Value::Null);
        match self {
            State::Count(count) => {
                let counted = aggregate == Aggregate::Count || *first == Value::Bool(true);
                *count += i64::from(counted);
            }
            State::Row(chosen) => choose_any(chosen, arguments, row),
            State::RowOfExtreme(chosen, wanted) => {
                let best = chosen.as_ref().and_then(|row| row.first());
                let better = match best {
                    None => true,
                    Some(Value::Null) => !is_null,
                    Some(best) => !is_null && values::order(&first, best) == *wanted,
                };
                if better {
                    *chosen = Some(
                        arguments
                            .iter()
                            .map(|argument| argument.value(row).into_owned())
                            .collect(),
                    );
                }
            }
            _ if is_null => {}
            State::Distinct(seen) => {
                add_key(seen, first);
            }
            State::Sum(total) => total.add(&first),
            State::Average(total, count) => {
                total.add(&first);
                *count += 1;
            }
            State::Extreme(best, wanted) => {
                if best.as_ref().is_none_or(|best| values::order(&first, best) == *wanted) {
                    *best = Some(first.into_owned());
                }
            }
            State::Array { items, seen, size } => gather(items, seen, *size, &first),
        }
    }

    /// The results, one for each of `kinds`.
    pub fn results(self, kinds: &[ColumnType]) -> Vec<Value> {
        let nothing = || kinds.iter().map(|kind| kind.nothing()).collect();
        match self {
            State::Count(count) => vec![Value::Long(count)],
            State::Distinct(seen) => vec![Value::Long(i64::try_from(seen.len()).unwrap_or(i64::MAX))],
            State::Sum(total) => vec![total.sum()],
            State::Average(total, count) => vec![total.average(count)],
            State::Extreme(best, _) => best.map_or_else(nothing, |best| vec![best]),
            State::Row(chosen) | State::RowOfExtreme(chosen, _) => chosen.unwrap_or_else(nothing),
            State::Array { items, .. } => vec![Value::Dynamic(items.into())],
        }
    }
}

/// Remembers a key; the key is copied only when it is new.
fn add_key(seen: &mut HashSet<Key<'static>>, value: Cow<Value>) -> bool {
    let new = !seen.contains(&Key(Cow::Borrowed(value.as_ref())));
    if new {
        seen.insert(Key(Cow::Owned(value.into_owned())));
    }
    new
}

/// The first row; where a single value is asked for, the first that is not null or empty.
fn choose_any(chosen: &mut Option<Vec<Value>>, arguments: &[Node], row: &[Value]) {
    let replace = match chosen.as_deref() {
        None => true,
        Some([only]) => values::is_nothing(only),
        Some(_) => false,
    };
    if replace {
        *chosen = Some(
            arguments
                .iter()
                .map(|argument| argument.value(row).into_owned())
                .collect(),
        );
    }
}

/// Adds a value to an array, the elements of a set one by one.
fn gather(items: &mut Vec<serde_json::Value>, seen: &mut Option<HashSet<Key<'static>>>, size: usize, value: &Value) {
    if let (Some(_), Value::Dynamic(serde_json::Value::Array(parts))) = (&seen, value) {
        for part in parts {
            gather(items, seen, size, &super::functions::from_json(part.clone()));
        }
        return;
    }
    let new = seen.as_mut().is_none_or(|seen| add_key(seen, Cow::Borrowed(value)));
    if new && items.len() < size {
        items.push(as_json(value));
    }
}

/// The second argument of the functions that have a size there; it must be a constant.
pub(super) fn size(aggregate: Aggregate, constants: &[Option<Typed>]) -> Option<Option<i64>> {
    if !matches!(aggregate, Aggregate::MakeSet | Aggregate::MakeList) {
        return Some(None);
    }
    match constants.get(1) {
        None => Some(None),
        Some(Some(Typed {
            value: Value::Long(size),
            ..
        })) => Some(Some(*size)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answer, refused};

    const FRUIT: &str = r#"datatable(Fruit: string, Color: string, Version: int) [
        "Apple", "Red", 1,
        "Apple", "Green", int(null),
        "Banana", "Yellow", int(null),
        "Banana", "Green", int(null),
        "Pear", "Brown", 1,
        "Pear", "Green", 2,
    ]"#;

    // Microsoft: "arg_max() (aggregation function)" and "arg_min() (aggregation function)".
    #[test]
    fn arg_max_and_arg_min_of_the_pages() {
        assert_eq!(
            answer(&format!("{FRUIT} | summarize arg_max(Version, *) by Fruit")),
            "Fruit|Version|Color\nApple|1|Red\nBanana||Yellow\nPear|2|Green"
        );
        assert_eq!(
            answer(&format!("{FRUIT} | summarize arg_min(Version, *) by Fruit")),
            "Fruit|Version|Color\nApple|1|Red\nBanana||Yellow\nPear|1|Brown"
        );
    }

    // Microsoft: "summarize operator", default values of aggregations.
    #[test]
    fn defaults_of_the_page() {
        assert_eq!(
            answer(
                "datatable(x:long)[] | summarize any_x=take_any(x), arg_max_x=arg_max(x, *), arg_min_x=arg_min(x, *), avg(x), max(x), min(x), sum(x)"
            ),
            "any_x|arg_max_x|arg_min_x|avg_x|max_x|min_x|sum_x\n|||NaN|||0"
        );
        assert_eq!(
            answer("datatable(x:long)[] | summarize  count(x), countif(x > 0) , dcount(x)"),
            "count_x|countif_|dcount_x\n0|0|0"
        );
        assert_eq!(
            answer("datatable(x:long)[] | summarize  make_set(x), make_list(x)"),
            "set_x|list_x\n[]|[]"
        );
        let four = "range x from 1 to 4 step 1 | extend y = iff(x == 1, real(null), real(5)) |";
        assert_eq!(answer(&format!("{four} summarize sum(y), avg(y)")), "sum_y|avg_y\n15|5");
        let two = "range x from 1 to 2 step 1 | extend y = iff(x == 1, real(null), real(5)) |";
        assert_eq!(answer(&format!("{two} summarize count(y)")), "count_y\n2");
        assert_eq!(
            answer(&format!("{two} summarize make_set(y), make_set(y)")),
            "set_y|set_y1\n[5.0]|[5.0]"
        );
    }

    // Microsoft: "make_set() (aggregation function)", "make_list() (aggregation function)".
    #[test]
    fn arrays_of_the_pages() {
        assert_eq!(
            answer(
                "datatable (Val: int, Arr1: dynamic)
                [
                    1, dynamic(['A1', 'A2', 'A3']),
                    5, dynamic(['A2', 'C1']),
                    7, dynamic(['C2', 'A3']),
                    5, dynamic(['C2', 'A1'])
                ]
                | summarize Val_set=make_set(Val), Arr1_set=make_set(Arr1)"
            ),
            r#"Val_set|Arr1_set
[1,5,7]|["A1","A2","A3","C1","C2"]"#
        );
        let shapes = r#"let shapes = datatable (name: string, sideCount: int)
            [
                "triangle", 3,
                "square", 4,
                "rectangle", 4,
                "pentagon", 5,
                "hexagon", 6,
                "heptagon", 7,
                "octagon", 8,
                "nonagon", 9,
                "decagon", 10
            ];
            shapes"#;
        assert_eq!(
            answer(&format!("{shapes} | summarize mylist = make_list(name)")),
            r#"mylist
["triangle","square","rectangle","pentagon","hexagon","heptagon","octagon","nonagon","decagon"]"#
        );
        assert_eq!(
            answer(&format!(
                "{shapes} | summarize mylist = make_list(name) by isEvenSideCount = sideCount % 2 == 0"
            )),
            r#"isEvenSideCount|mylist
false|["triangle","pentagon","heptagon","nonagon"]
true|["square","rectangle","hexagon","octagon","decagon"]"#
        );
        assert_eq!(
            answer(&format!("{shapes} | summarize make_list(sideCount, 2)")),
            "list_sideCount\n[3,4]"
        );
    }

    // Microsoft: "countif() (aggregation function)".
    #[test]
    fn countif_of_the_page() {
        let query = r#"let T = datatable(name:string, day_of_birth:long)
            ["John", 9, "Paul", 18, "George", 25, "Ringo", 7];
            T | summarize countif(strlen(name) > 4)"#;
        assert_eq!(answer(query), "countif_\n2");
    }

    #[test]
    fn nulls_and_types() {
        let rows = "datatable(a:long, s:string, t:timespan)[3, '', 1h, long(null), 'x', 2h, 1, 'x', timespan(null)]";
        assert_eq!(
            answer(&format!(
                "{rows} | summarize count(), dcount(a), count_distinct(s), min(a), max(s), sum(t), avg(t)"
            )),
            "count_|dcount_a|count_distinct_s|min_a|max_s|sum_t|avg_t\n3|2|2|1|x|03:00:00|01:30:00"
        );
        assert_eq!(
            answer(&format!("{rows} | summarize take_any(s), take_any(a, s)")),
            "s|a|s1\nx|3|"
        );
        assert_eq!(
            answer(&format!("{rows} | summarize Spread = max(a) - min(a), n = count() * 2")),
            "Spread|n\n2|6"
        );
        assert!(refused(&format!("{rows} | summarize sum(s)")).contains("'sum'"));
        assert!(refused(&format!("{rows} | where count() > 1")).contains("'count'"));
        assert!(refused(&format!("{rows} | summarize a")).contains("'a'"));
    }
}
