//! `union`: rows of several tables below one another.

use std::sync::Arc;

use super::ast::{Expr, Union};
use super::execute::{self, Executor, Frame, semantic};
use super::names::Names;
use super::{Column, ColumnType, QueryError, Table, Value, parser};

/// The union of the table before `|`, if there is one, and of those that `union` names.
pub(super) fn union(
    executor: &Executor,
    union: &Union,
    piped: Option<Arc<Table>>,
    frame: &Frame,
) -> Result<Arc<Table>, QueryError> {
    let mut legs: Vec<(String, Arc<Table>)> = Vec::new();
    legs.extend(piped.map(|table| ("union_arg0".to_owned(), table)));
    for leg in &union.legs {
        if union.fuzzy && !exists(executor, leg, frame) {
            continue;
        }
        let name = parser::source_name(leg).map_or_else(|| format!("union_arg{}", legs.len()), str::to_owned);
        legs.push((name, executor.table(leg, frame, "union")?));
    }
    if legs.is_empty() {
        return Err(semantic(
            "'union' operator: Failed to resolve table expression: none of the tables exists",
        ));
    }
    execute::check_size(legs.iter().map(|(_, table)| table.rows.len()).sum(), "union")?;
    let columns = merged(&legs, union.inner);
    Ok(Arc::new(stacked(legs, &columns, union.source_column.as_deref())?))
}

/// Whether what a leg reads is there.
fn exists(executor: &Executor, leg: &Expr, frame: &Frame) -> bool {
    match parser::source_name(leg) {
        Some(name) => executor.is_table(name, frame),
        None => match leg {
            Expr::Call(call) => executor.is_table(&call.name, frame),
            _ => true,
        },
    }
}

/// The columns of the result: one for each name and type, in the order of first appearance.
fn merged(legs: &[(String, Arc<Table>)], inner: bool) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for (_, table) in legs {
        for column in &table.columns {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
    }
    if inner {
        columns.retain(|column| legs.iter().all(|(_, table)| table.columns.contains(column)));
    }
    columns
}

/// Names by type where one name has several types; a name that is taken gets a number.
fn output_names(columns: &[Column], source_column: Option<&str>) -> Result<Vec<String>, QueryError> {
    let has_rival = |column: &Column| columns.iter().filter(|other| other.name == column.name).count() > 1;
    let mut names = Names::default();
    if let Some(name) = source_column {
        names.explicit(name, "union")?;
    }
    let mut output: Vec<Option<String>> = Vec::new();
    for column in columns {
        output.push(if has_rival(column) {
            None
        } else {
            Some(names.derived(&column.name))
        });
    }
    let complete = |(name, column): (Option<String>, &Column)| match name {
        Some(name) => name,
        None => names.derived(&format!("{}_{}", column.name, column.kind.name())),
    };
    Ok(output.into_iter().zip(columns).map(complete).collect())
}

fn stacked(
    legs: Vec<(String, Arc<Table>)>,
    columns: &[Column],
    source_column: Option<&str>,
) -> Result<Table, QueryError> {
    let names = output_names(columns, source_column)?;
    let mut table = Table {
        columns: Vec::new(),
        rows: Vec::new(),
    };
    let from = source_column.map(|name| Column {
        name: name.to_owned(),
        kind: ColumnType::String,
    });
    table.columns.extend(from);
    let named = names.into_iter().zip(columns);
    table.columns.extend(named.map(|(name, column)| Column {
        name,
        kind: column.kind,
    }));
    for (name, leg) in legs {
        let places: Vec<Option<usize>> = columns
            .iter()
            .map(|column| leg.columns.iter().position(|own| own == column))
            .collect();
        let as_it_is = source_column.is_none() && leg.columns == columns;
        if as_it_is && table.rows.is_empty() {
            table.rows = Arc::unwrap_or_clone(leg).rows;
            continue;
        }
        for row in &leg.rows {
            let cells = places.iter().zip(columns).map(|(place, column)| {
                let cell = place.and_then(|place| row.get(place)).cloned();
                cell.unwrap_or_else(|| column.kind.nothing())
            });
            let from = source_column.map(|_| Value::String(name.clone()));
            table.rows.push(from.into_iter().chain(cells).collect());
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Workspace, answer, refused};

    const VIEWS: &str = "let View_1 = view () { print x=1 };
        let View_2 = view () { print x=toint(2) };
        let View_3 = view () { print x_long=3 };\n";

    // Microsoft: "union operator".
    #[test]
    fn columns_of_several_types_of_the_page() {
        assert_eq!(
            answer(&format!("{VIEWS} union withsource=TableName View_1, View_2")),
            "TableName|x_long|x_int\nView_1|1|\nView_2||2"
        );
        assert_eq!(
            answer(&format!("{VIEWS} union withsource=TableName View_1, View_2, View_3")),
            "TableName|x_long1|x_int|x_long\nView_1|1||\nView_2||2|\nView_3|||3"
        );
    }

    // Microsoft: "union operator".
    #[test]
    fn fuzzy_of_the_page() {
        let views = "let View_1 = view () { print x=1 };
            let View_2 = view () { print x=1 };
            let OtherView_1 = view () { print x=1 };";
        let legs = "(View_1 | where x > 0),\n(View_2 | where x > 0),\n(View_3 | where x > 0)\n| count";
        assert_eq!(answer(&format!("{views} union isfuzzy=true\n{legs}")), "Count\n2");
        assert!(refused(&format!("{views} union isfuzzy=false {legs}")).contains("'View_3'"));
        assert!(refused("union isfuzzy=true A, B()").contains("none of the tables"));
        assert!(refused("union isfuzzy=true View*").contains("wildcards"));
    }

    // Microsoft: "union operator", the example "Distinct count" with made-up rows.
    #[test]
    fn piped_and_leading_forms() {
        let workspace = Workspace::new()
            .table(
                "Query",
                "datatable(Timestamp:datetime, UserId:long)[datetime(2024-06-01),1, datetime(2024-05-01),2]",
            )
            .table(
                "Command",
                "datatable(Timestamp:datetime, UserId:long)[datetime(2024-06-01),1, datetime(2024-06-01),3]",
            );
        let expected = "dcount_UserId\n2";
        let leading = "union withsource=SourceTable kind=outer Query, Command
            | where Timestamp > ago(1d)
            | summarize dcount(UserId)";
        assert_eq!(workspace.answer(leading), expected);
        let piped = "Query
            | where Timestamp > ago(1d)
            | union withsource=SourceTable kind=outer
               (Command | where Timestamp > ago(1d))
            | summarize dcount(UserId)";
        assert_eq!(workspace.answer(piped), expected);
    }

    #[test]
    fn inner_keeps_what_all_have() {
        let tables = "let A = print a = 1, b = 'x'; let B = print b = 'y', c = 2;";
        assert_eq!(answer(&format!("{tables} union kind=inner A, B")), "b\nx\ny");
        assert_eq!(answer(&format!("{tables} A | union B")), "a|b|c\n1|x|\n|y|2");
        assert_eq!(answer(&format!("{tables} union (A), (B | take 0) | count")), "Count\n1");
    }
}
