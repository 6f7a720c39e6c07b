//! The operators that take one table and give one, but for `summarize`.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use super::ast::{Named, Operator, Ordered, Pattern};
use super::bind::{Binder, Bound, values_of};
use super::eval::Node;
use super::execute::{Executor, Frame, semantic};
use super::names::{self, Names};
use super::values::{self, Key, RowKey};
use super::{Column, ColumnType, QueryError, Table, Value, joins, summarize, unions};

/// The table after an operator.
pub(super) fn apply(
    executor: &Executor,
    operator: &Operator,
    table: Arc<Table>,
    frame: &Frame,
) -> Result<Arc<Table>, QueryError> {
    let columns = table.columns.clone();
    let binder = Binder {
        executor,
        frame,
        columns: &columns,
        operator: operator.name(),
    };
    match operator {
        Operator::Where(condition) => Ok(filter(table, &binder.truth(condition)?)),
        Operator::Extend(items) => extend(&binder, items, table),
        Operator::Project(items) => project(&binder, items, &table),
        Operator::ProjectAway(patterns) => select(&binder, patterns, table, false),
        Operator::ProjectKeep(patterns) => select(&binder, patterns, table, true),
        Operator::ProjectRename(pairs) => rename(&binder, pairs, table),
        Operator::Distinct(names) => distinct(&binder, names, &table),
        Operator::Summarize { aggregates, by } => summarize::summarize(&binder, aggregates, by, &table),
        Operator::Count => Ok(count(&table)),
        Operator::Take(count) => Ok(take(table, binder.count(count)?)),
        Operator::Top { count, by } => Ok(take(sort(&binder, by, table)?, binder.count(count)?)),
        Operator::Sort(by) => sort(&binder, by, table),
        Operator::Join(join) => joins::join(executor, join, &table, frame),
        Operator::Union(union) => unions::union(executor, union, Some(table), frame),
        Operator::Serialize => Ok(table),
    }
}

/// Keeps rows; copies only where somebody else holds the table too.
fn filter(table: Arc<Table>, condition: &Node) -> Arc<Table> {
    Arc::new(match Arc::try_unwrap(table) {
        Ok(mut table) => {
            table.rows.retain(|row| condition.holds(row));
            table
        }
        Err(shared) => Table {
            columns: shared.columns.clone(),
            rows: shared.rows.iter().filter(|row| condition.holds(row)).cloned().collect(),
        },
    })
}

/// Binds expressions to columns with names.
pub(super) fn bind_all(binder: &Binder, items: &[Named], names: &mut Names) -> Result<Vec<(Column, Node)>, QueryError> {
    let mut bound = Vec::with_capacity(items.len());
    for item in items {
        let Bound { node, kind } = binder.bind(&item.expr)?;
        let name = match (&item.name, names::of(&item.expr)) {
            (Some(name), _) => names.explicit(name, binder.operator)?,
            (None, Some(name)) => names.derived(&name),
            (None, None) => names.nameless(),
        };
        bound.push((Column { name, kind }, node));
    }
    Ok(bound)
}

/// A column that is defined anew leaves its place and stands at the end.
fn extend(binder: &Binder, items: &[Named], table: Arc<Table>) -> Result<Arc<Table>, QueryError> {
    let new_name = |item: &Named| item.name.clone().or_else(|| names::of(&item.expr));
    let replaced: HashSet<String> = items.iter().filter_map(new_name).collect();
    let mut names = Names::default();
    let kept: Vec<usize> = (0..table.columns.len())
        .filter(|index| {
            table
                .columns
                .get(*index)
                .is_some_and(|column| !replaced.contains(&column.name))
        })
        .collect();
    let mut columns: Vec<Column> = kept
        .iter()
        .filter_map(|index| table.columns.get(*index).cloned())
        .collect();
    for column in &columns {
        names.derived(&column.name);
    }
    let (new, nodes): (Vec<Column>, Vec<Node>) = bind_all(binder, items, &mut names)?.into_iter().unzip();
    columns.extend(new);
    let all_kept = kept.len() == table.columns.len();
    let extended = |row: &[Value]| -> Vec<Value> { values_of(&nodes, row).map(Cow::into_owned).collect() };
    let rows = match Arc::try_unwrap(table) {
        Ok(owned) if all_kept => {
            let longer = |mut row: Vec<Value>| {
                row.extend(extended(&row));
                row
            };
            owned.rows.into_iter().map(longer).collect()
        }
        Ok(owned) => owned
            .rows
            .iter()
            .map(|row| [picked(row, &kept), extended(row)].concat())
            .collect(),
        Err(shared) => shared
            .rows
            .iter()
            .map(|row| [picked(row, &kept), extended(row)].concat())
            .collect(),
    };
    Ok(Arc::new(Table { columns, rows }))
}

fn project(binder: &Binder, items: &[Named], table: &Table) -> Result<Arc<Table>, QueryError> {
    let (columns, nodes): (Vec<Column>, Vec<Node>) =
        bind_all(binder, items, &mut Names::default())?.into_iter().unzip();
    let projected = |row: &Vec<Value>| values_of(&nodes, row).map(Cow::into_owned).collect();
    let rows = table.rows.iter().map(projected).collect();
    Ok(Arc::new(Table { columns, rows }))
}

fn picked(row: &[Value], places: &[usize]) -> Vec<Value> {
    places
        .iter()
        .map(|place| row.get(*place).cloned().unwrap_or(Value::Null))
        .collect()
}

/// `project-keep` and `project-away`: columns keep their order.
fn select(binder: &Binder, patterns: &[Pattern], table: Arc<Table>, keep: bool) -> Result<Arc<Table>, QueryError> {
    for Pattern(pattern) in patterns {
        if !pattern.contains('*') {
            binder.column(pattern)?;
        }
    }
    let named = |column: &Column| patterns.iter().any(|Pattern(pattern)| fits(&column.name, pattern));
    let places: Vec<usize> = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| named(column) == keep)
        .map(|(place, _)| place)
        .collect();
    if places.is_empty() {
        return Err(semantic(format!("'{}' operator: no column is left", binder.operator)));
    }
    Ok(Arc::new(Table {
        columns: places
            .iter()
            .filter_map(|place| table.columns.get(*place).cloned())
            .collect(),
        rows: table.rows.iter().map(|row| picked(row, &places)).collect(),
    }))
}

/// Whether a name fits a pattern in which `*` stands for any characters.
fn fits(name: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return name == pattern;
    };
    let Some(mut name) = name.strip_prefix(start) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(place) = name.find(part) else {
            return false;
        };
        name = name.get(place + part.len()..).unwrap_or_default();
    }
    name.ends_with(end)
}

fn rename(binder: &Binder, pairs: &[(String, String)], table: Arc<Table>) -> Result<Arc<Table>, QueryError> {
    let mut columns = table.columns.clone();
    for (new, old) in pairs {
        let place = binder.column(old)?;
        if let Some(column) = columns.get_mut(place) {
            column.name.clone_from(new);
        }
    }
    let mut names = Names::default();
    for column in &columns {
        names.explicit(&column.name, binder.operator)?;
    }
    let rows = match Arc::try_unwrap(table) {
        Ok(owned) => owned.rows,
        Err(shared) => shared.rows.clone(),
    };
    Ok(Arc::new(Table { columns, rows }))
}

/// Each combination once, in the order of first appearance.
fn distinct(binder: &Binder, names: &[String], table: &Table) -> Result<Arc<Table>, QueryError> {
    let places: Vec<usize> = if names.is_empty() {
        (0..table.columns.len()).collect()
    } else {
        names.iter().map(|name| binder.column(name)).collect::<Result<_, _>>()?
    };
    let mut seen: HashSet<RowKey> = HashSet::with_capacity(table.rows.len());
    let mut rows = Vec::new();
    for row in &table.rows {
        let cells = places.iter().map(|place| row.get(*place).unwrap_or(&Value::Null));
        if seen.insert(cells.map(|cell| Key(Cow::Borrowed(cell))).collect()) {
            rows.push(picked(row, &places));
        }
    }
    let columns = places
        .iter()
        .filter_map(|place| table.columns.get(*place).cloned())
        .collect();
    Ok(Arc::new(Table { columns, rows }))
}

fn count(table: &Table) -> Arc<Table> {
    let count = i64::try_from(table.rows.len()).unwrap_or(i64::MAX);
    Arc::new(Table {
        columns: vec![Column {
            name: "Count".into(),
            kind: ColumnType::Long,
        }],
        rows: vec![vec![Value::Long(count)]],
    })
}

fn take(table: Arc<Table>, count: usize) -> Arc<Table> {
    if table.rows.len() <= count {
        return table;
    }
    Arc::new(Table {
        columns: table.columns.clone(),
        rows: table.rows.iter().take(count).cloned().collect(),
    })
}

fn sort(binder: &Binder, by: &[Ordered], table: Arc<Table>) -> Result<Arc<Table>, QueryError> {
    let mut nodes = Vec::with_capacity(by.len());
    for item in by {
        let Bound { node, kind } = binder.bind(&item.expr)?;
        if kind == ColumnType::Dynamic {
            return Err(semantic(
                "'order' operator: a dynamic value has no order. Try adding explicit casts",
            ));
        }
        nodes.push(node);
    }
    let mut keyed: Vec<(Vec<Cow<Value>>, &Vec<Value>)> = table
        .rows
        .iter()
        .map(|row| (values_of(&nodes, row).collect(), row))
        .collect();
    keyed.sort_by(|(a, _), (b, _)| {
        let cells = a.iter().zip(b).zip(by);
        cells
            .map(|((a, b), item)| ordered(a, b, item))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    Ok(Arc::new(Table {
        columns: table.columns.clone(),
        rows: keyed.into_iter().map(|(_, row)| row.clone()).collect(),
    }))
}

/// Null and not-a-number stand together at the end that the query chose; where nulls stand first, null is the first.
fn ordered(a: &Value, b: &Value, item: &Ordered) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        value if values::is_nan(value) => 1,
        _ => 2,
    };
    let by_rank = rank(a).cmp(&rank(b));
    if by_rank.is_ne() || rank(a) < 2 {
        return if item.nulls_first { by_rank } else { by_rank.reverse() };
    }
    let order = values::order(a, b);
    if item.ascending { order } else { order.reverse() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answer, refused};

    const STORMS: &str = "datatable(State:string, EventType:string, InjuriesDirect:long)[
        'TEXAS','Winter Weather',519, 'KANSAS','Tornado',422, 'OKLAHOMA','Heat',200, 'KANSAS','Tornado',46, 'MAINE','Flood',1]";

    // Microsoft: "distinct operator", "top operator", "take operator", "count operator", with few made-up rows.
    #[test]
    fn storms() {
        assert_eq!(
            answer(&format!(
                "{STORMS} | where InjuriesDirect > 45 | distinct State, EventType"
            )),
            "State|EventType\nTEXAS|Winter Weather\nKANSAS|Tornado\nOKLAHOMA|Heat"
        );
        assert_eq!(
            answer(&format!("{STORMS} | top 3 by InjuriesDirect | project InjuriesDirect")),
            "InjuriesDirect\n519\n422\n200"
        );
        assert_eq!(
            answer(&format!("{STORMS} | top 1 by InjuriesDirect asc | project State")),
            "State\nMAINE"
        );
        assert_eq!(answer(&format!("{STORMS} | take 2 | count")), "Count\n2");
        assert_eq!(answer(&format!("{STORMS} | limit 0 | project State")), "State");
        assert_eq!(
            answer(&format!("{STORMS} | filter State startswith 'k' | distinct * | count")),
            "Count\n2"
        );
        assert_eq!(
            answer(&format!(
                "{STORMS} | sort by State asc, InjuriesDirect | project State, InjuriesDirect | take 3"
            )),
            "State|InjuriesDirect\nKANSAS|422\nKANSAS|46\nMAINE|1"
        );
        assert_eq!(answer(&format!("{STORMS} | serialize | count")), "Count\n5");
    }

    // Microsoft: "sort operator", the table of special values.
    #[test]
    fn special_values_of_the_page() {
        let rows = "datatable(x:real)[5, real(+inf), real(null), 0, real(nan), -5, real(-inf)]";
        let sorted = |by: &str| answer(&format!("{rows} | sort by x {by}")).replace('\n', " ");
        assert_eq!(sorted("asc nulls first"), "x  NaN -Infinity -5 0 5 Infinity");
        assert_eq!(sorted("desc nulls first"), "x  NaN Infinity 5 0 -5 -Infinity");
        assert_eq!(sorted("desc nulls last"), "x Infinity 5 0 -5 -Infinity NaN ");
        assert_eq!(sorted(""), sorted("desc nulls last"));
        assert_eq!(sorted("asc"), sorted("asc nulls first"));
        assert!(refused("print d = dynamic([1]) | order by d").contains("dynamic"));
    }

    // Microsoft: "project-keep operator", "project-rename operator", "project-away operator".
    #[test]
    fn columns_of_the_pages() {
        let abc = "datatable(A1:long, A2:long, B:long) [1, 2, 3]";
        assert_eq!(
            answer(&format!(
                "{abc} | project-keep A*    // Keeps only columns A1 and A2 in the output"
            )),
            "A1|A2\n1|2"
        );
        assert_eq!(answer(&format!("{abc} | project-keep B, A1")), "A1|B\n1|3");
        assert_eq!(answer(&format!("{abc} | project-away A*")), "B\n3");
        assert_eq!(
            answer("print LeftKey = 1, RightKey = 2, Key_3 = 3 | project-away *Key, L*f*K*"),
            "Key_3\n3"
        );
        assert_eq!(
            answer("print a='a', b='b', c='c'\n|  project-rename new_b=b, new_a=a"),
            "new_a|new_b|c\na|b|c"
        );
        assert!(refused(&format!("{abc} | project-away C")).contains("'C'"));
        assert!(refused(&format!("{abc} | project-rename A1 = B")).contains("'A1'"));
    }

    // Microsoft: "extend operator", "project operator".
    #[test]
    fn extend_and_project() {
        let storm = "datatable(EndTime:datetime, StartTime:datetime)[datetime(2007-01-01T04:37:00Z), datetime(2007-01-01T03:37:00Z)]";
        assert_eq!(
            answer(&format!(
                "{storm} | extend Duration = EndTime - StartTime | project Duration"
            )),
            "Duration\n01:00:00"
        );
        assert_eq!(answer("print a = 1, b = 2 | extend a = b, c = a"), "b|a|c\n2|2|1");
        assert_eq!(
            answer("print a = 1, b = 2 | project b, ['the sum'] = a + b"),
            "b|the sum\n2|3"
        );
    }

    #[test]
    fn a_column_may_have_any_name() {
        assert_eq!(
            answer("print ['a \"b\"'] = 1, range = 2, union = 3 | where range == 2 | project union, ['a \"b\"']"),
            "union|a \"b\"\n3|1"
        );
    }
}
