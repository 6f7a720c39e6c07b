//! `join`: rows of two tables side by side, by equal keys.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::ast::{Join, JoinKind};
use super::bind::Binder;
use super::execute::{self, Executor, Frame, semantic};
use super::names::Names;
use super::values::{Key, RowKey};
use super::{Column, ColumnType, QueryError, Table, Value, values};

/// Joins a table with the right side that `join` names.
pub(super) fn join(executor: &Executor, join: &Join, left: &Table, frame: &Frame) -> Result<Arc<Table>, QueryError> {
    let right = executor.table(&join.right, frame, "join")?;
    let side = |columns| Binder {
        executor,
        frame,
        columns,
        operator: "join",
    };
    let mut left_places = Vec::new();
    let mut right_places = Vec::new();
    for (left_name, right_name) in &join.on {
        let left_place = side(&left.columns).column(left_name)?;
        let right_place = side(&right.columns).column(right_name)?;
        let kinds = left.columns.get(left_place).zip(right.columns.get(right_place));
        if let Some((left, right)) = kinds.filter(|(left, right)| !joinable(left.kind, right.kind)) {
            let (a, b) = (left.kind.name(), right.kind.name());
            let message = format!("cannot match '{left_name}' of type {a} with '{right_name}' of type {b}");
            return Err(semantic(format!("'join' operator: {message}")));
        }
        left_places.push(left_place);
        right_places.push(right_place);
    }
    let left = Side {
        table: left,
        places: left_places,
    };
    let right = Side {
        table: &right,
        places: right_places,
    };
    let table = match join.kind {
        JoinKind::LeftSemi => left.one_sided(&right, true),
        JoinKind::LeftAnti => left.one_sided(&right, false),
        JoinKind::RightSemi => right.one_sided(&left, true),
        JoinKind::RightAnti => right.one_sided(&left, false),
        kind => two_sided(&left, &right, kind)?,
    };
    Ok(Arc::new(table))
}

fn joinable(a: ColumnType, b: ColumnType) -> bool {
    let one_is_real = (a == ColumnType::Real) != (b == ColumnType::Real);
    a != ColumnType::Dynamic && values::common(a, b).is_some() && !one_is_real
}

/// A table and the places of its key columns.
struct Side<'t> {
    table: &'t Table,
    places: Vec<usize>,
}

impl<'t> Side<'t> {
    /// The key of a row; a row with a null in it has none, for null equals nothing.
    fn key(&self, row: &'t [Value]) -> Option<RowKey<'t>> {
        let cell = |place: &usize| match row.get(*place) {
            None | Some(Value::Null) => None,
            Some(cell) => Some(Key(Cow::Borrowed(cell))),
        };
        self.places.iter().map(cell).collect()
    }

    /// The rows of this side that have a match on the other, or those that have none.
    fn one_sided(&self, other: &Side, matched: bool) -> Table {
        let keys: HashSet<RowKey> = other.table.rows.iter().filter_map(|row| other.key(row)).collect();
        let wanted = |row: &&Vec<Value>| self.key(row).is_some_and(|key| keys.contains(&key)) == matched;
        Table {
            columns: self.table.columns.clone(),
            rows: self.table.rows.iter().filter(wanted).cloned().collect(),
        }
    }

    fn nothing(&self) -> Vec<Value> {
        self.table.columns.iter().map(|column| column.kind.nothing()).collect()
    }
}

fn two_sided(left: &Side, right: &Side, kind: JoinKind) -> Result<Table, QueryError> {
    let mut names = Names::default();
    let columns = left.table.columns.iter().chain(&right.table.columns);
    let columns = columns
        .map(|column| Column {
            name: names.derived(&column.name),
            kind: column.kind,
        })
        .collect();
    let mut by_key: HashMap<RowKey, Vec<usize>> = HashMap::new();
    for (place, row) in right.table.rows.iter().enumerate() {
        if let Some(key) = right.key(row) {
            by_key.entry(key).or_default().push(place);
        }
    }
    let keep_left = matches!(kind, JoinKind::LeftOuter | JoinKind::FullOuter);
    let keep_right = matches!(kind, JoinKind::RightOuter | JoinKind::FullOuter);
    let mut used_keys: HashSet<RowKey> = HashSet::new();
    let mut used_rows = vec![false; right.table.rows.len()];
    let mut rows = Vec::new();
    for row in &left.table.rows {
        let key = left.key(row);
        let places = key.as_ref().and_then(|key| by_key.get(key));
        let Some(places) = places else {
            if keep_left {
                rows.push([row.clone(), right.nothing()].concat());
            }
            continue;
        };
        let again = kind == JoinKind::InnerUnique && key.is_some_and(|key| !used_keys.insert(key));
        for place in places.iter().filter(|_| !again) {
            let Some(other) = right.table.rows.get(*place) else {
                continue;
            };
            if let Some(used) = used_rows.get_mut(*place) {
                *used = true;
            }
            execute::check_size(rows.len() + 1, "join")?;
            rows.push([row.as_slice(), other].concat());
        }
    }
    if keep_right {
        let left_over = right.table.rows.iter().zip(used_rows).filter(|(_, used)| !used);
        rows.extend(left_over.map(|(row, _)| [left.nothing(), row.clone()].concat()));
    }
    Ok(Table { columns, rows })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answer, refused};

    fn xy(kind: &str) -> String {
        answer(&format!(
            "let X = datatable(Key:string, Value1:long)
            [
                'a',1,
                'b',2,
                'b',3,
                'c',4
            ];
            let Y = datatable(Key:string, Value2:long)
            [
                'b',10,
                'c',20,
                'c',30,
                'd',40
            ];
            X | join {kind} Y on Key"
        ))
    }

    // Microsoft: "innerunique join", "inner join", "leftouter join", "rightouter join", "fullouter join",
    // "leftanti join", "rightanti join", "leftsemi join", "rightsemi join".
    #[test]
    fn the_kinds_of_the_pages() {
        let both = "Key|Value1|Key1|Value2\n";
        assert_eq!(xy(""), format!("{both}b|2|b|10\nc|4|c|20\nc|4|c|30"));
        assert_eq!(xy("kind=innerunique"), xy(""));
        assert_eq!(
            xy("kind=inner"),
            format!("{both}b|2|b|10\nb|3|b|10\nc|4|c|20\nc|4|c|30")
        );
        assert_eq!(
            xy("kind=leftouter"),
            format!("{both}a|1||\nb|2|b|10\nb|3|b|10\nc|4|c|20\nc|4|c|30")
        );
        assert_eq!(
            xy("kind=rightouter"),
            format!("{both}b|2|b|10\nb|3|b|10\nc|4|c|20\nc|4|c|30\n||d|40")
        );
        assert_eq!(
            xy("kind=fullouter"),
            format!("{both}a|1||\nb|2|b|10\nb|3|b|10\nc|4|c|20\nc|4|c|30\n||d|40")
        );
        assert_eq!(xy("kind=leftanti"), "Key|Value1\na|1");
        assert_eq!(xy("kind=leftsemi"), "Key|Value1\nb|2\nb|3\nc|4");
        assert_eq!(xy("kind=rightanti"), "Key|Value2\nd|40");
        assert_eq!(xy("kind=rightsemi"), "Key|Value2\nb|10\nc|20\nc|30");
    }

    // Microsoft: "innerunique join".
    #[test]
    fn only_the_first_of_equal_keys() {
        let query = r#"let t1 = datatable(key: long, value: string)
            [
            1, "val1.1",
            1, "val1.2"
            ];
            let t2 = datatable(key: long, value: string)
            [
            1, "val1.3",
            1, "val1.4"
            ];
            t1
            | join kind = innerunique
                t2
                on key"#;
        assert_eq!(
            answer(query),
            "key|value|key1|value1\n1|val1.1|1|val1.3\n1|val1.1|1|val1.4"
        );
    }

    // Microsoft: "toscalar()", the mitigation by join.
    #[test]
    fn the_default_join_of_the_page() {
        let query = "let _dataset1 = datatable(x: long)[1, 2, 3, 4, 5];
            let _dataset2 = datatable(x: long, y: long) [1, 2, 3, 4, 5, 6];
            _dataset1
            | join (_dataset2) on x
            | project x, y";
        assert_eq!(answer(query), "x|y\n1|2\n3|4\n5|6");
    }

    #[test]
    fn several_keys_under_other_names() {
        let tables = "let A = datatable(a:long, b:string)[1,'x', 2,'y']; let B = datatable(c:int, b:string)[1,'x', 1,'y', 2,'y'];";
        let joined = "a|b|c|b1\n1|x|1|x\n2|y|2|y";
        assert_eq!(
            answer(&format!("{tables} A | join kind=inner B on $left.a == $right.c, b")),
            joined
        );
        assert_eq!(
            answer(&format!(
                "{tables} A | join kind=inner (B) on $right.c == $left.a and b"
            )),
            joined
        );
        assert!(refused(&format!("{tables} A | join B on $left.a == $right.b")).contains("cannot match"));
        assert!(refused(&format!("{tables} A | join B on z")).contains("'z'"));
    }

    #[test]
    fn null_matches_nothing() {
        let tables = "let A = datatable(a:long)[1, long(null)]; let B = datatable(a:long)[long(null), 1];";
        assert_eq!(answer(&format!("{tables} A | join kind=inner B on a")), "a|a1\n1|1");
        assert_eq!(answer(&format!("{tables} A | join kind=leftanti B on a")), "a\n");
    }

    #[test]
    fn a_join_that_explodes_is_refused() {
        let query = "let A = range x from 1 to 2000 step 1 | extend k = 1; A | join kind=inner A on k | count";
        assert!(refused(query).contains("2000000 rows"));
    }
}
