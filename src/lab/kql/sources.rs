//! `print` and `range`: tables made by the query itself.

use std::sync::Arc;

use super::ast::{Arithmetic, Expr, Named};
use super::bind::Binder;
use super::eval;
use super::execute::{self, Executor, Frame, semantic};
use super::names::{self, Names};
use super::{Column, ColumnType, QueryError, Table, Value, functions, values};

/// One row of values.
pub(super) fn print(executor: &Executor, items: &[Named], frame: &Frame) -> Result<Arc<Table>, QueryError> {
    let binder = Binder {
        executor,
        frame,
        columns: &[],
        operator: "print",
    };
    let mut names = Names::default();
    let mut table = Table {
        columns: Vec::new(),
        rows: Vec::new(),
    };
    let mut row = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let typed = binder.constant(&item.expr)?;
        let name = match (&item.name, names::of(&item.expr)) {
            (Some(name), _) => names.explicit(name, "print")?,
            (None, Some(name)) => names.derived(&name),
            (None, None) => names.derived(&format!("print_{index}")),
        };
        table.columns.push(Column { name, kind: typed.kind });
        row.push(typed.value);
    }
    table.rows.push(row);
    Ok(Arc::new(table))
}

/// One column of values from a start up to an end; `limits` are start, end and step.
pub(super) fn range(
    executor: &Executor,
    frame: &Frame,
    column: &str,
    limits: [&Expr; 3],
) -> Result<Arc<Table>, QueryError> {
    let binder = Binder {
        executor,
        frame,
        columns: &[],
        operator: "range",
    };
    let [from, to, step] = limits.map(|limit| binder.constant(limit));
    let (from, to, step) = (from?, to?, step?);
    let Some(kind) = functions::steps(from.kind, to.kind, step.kind) else {
        let kinds = [from.kind, to.kind, step.kind].map(ColumnType::name).join(", ");
        return Err(semantic(format!(
            "'range' operator: cannot step over values of types {kinds}"
        )));
    };
    let zero = eval::compute(&step.value, Arithmetic::Subtract, &step.value);
    let rising = values::order(&step.value, &zero);
    let mut rows = Vec::new();
    let mut value = match (kind, values::real(&from.value)) {
        (ColumnType::Real, Some(number)) => Value::Real(number),
        _ => from.value,
    };
    while ![&value, &to.value, &step.value].contains(&&Value::Null)
        && rising.is_ne()
        && values::order(&value, &to.value) != rising
    {
        execute::check_size(rows.len() + 1, "range")?;
        let next = eval::compute(&value, Arithmetic::Add, &step.value);
        rows.push(vec![value]);
        value = next;
    }
    let columns = vec![Column {
        name: column.to_owned(),
        kind,
    }];
    Ok(Arc::new(Table { columns, rows }))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answer, refused};

    // Microsoft: "range operator".
    #[test]
    fn ranges_of_the_page() {
        assert_eq!(answer("range Steps from 1 to 8 step 3"), "Steps\n1\n4\n7");
        assert_eq!(
            answer(
                "let Range1 = range Time from datetime(2024-01-01) to datetime(2024-01-05) step 1d;
                let Range2 = range Time from datetime(2024-01-06) to datetime(2024-01-10) step 1d;
                union Range1, Range2 | order by Time asc | count"
            ),
            "Count\n10"
        );
        // The clock of these tests stands at 2024-06-01 12:00.
        assert_eq!(
            answer("range LastWeek from ago(1d) to now() step 12h"),
            "LastWeek\n2024-05-31T12:00:00.0000000Z\n2024-06-01T00:00:00.0000000Z\n2024-06-01T12:00:00.0000000Z"
        );
    }

    #[test]
    fn ranges_that_do_not_end_are_empty_or_refused() {
        assert_eq!(answer("range x from 1 to 5 step 0"), "x");
        assert_eq!(answer("range x from 3 to 1 step -1"), "x\n3\n2\n1");
        assert_eq!(answer("range x from 1 to long(null) step 1"), "x");
        assert_eq!(answer("range x from 0 to 1 step 0.5"), "x\n0\n0.5\n1");
        assert!(refused("range x from 1 to 100000000 step 1").contains("2000000 rows"));
        assert!(refused("range x from 1 to now() step 1d").contains("long, datetime, timespan"));
    }

    // Microsoft: "print operator".
    #[test]
    fn print_of_the_page() {
        assert_eq!(
            answer("print 0 + 1 + 2 + 3 + 4 + 5, x = \"Wow!\""),
            "print_0|x\n15|Wow!"
        );
    }
}
