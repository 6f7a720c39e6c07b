//! `summarize`: rows gathered into groups.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::aggregates::{self, Aggregate, State};
use super::ast::{Arithmetic, Call, Comparison, Expr, Named};
use super::bind::{self, Binder, values_of};
use super::eval::Node;
use super::execute::semantic;
use super::names::{self, Names};
use super::operators::bind_all;
use super::values::{Key, RowKey};
use super::{Column, ColumnType, QueryError, Table, Value};

/// An aggregation function with its arguments.
struct Gathering {
    aggregate: Aggregate,
    arguments: Vec<Node>,
    /// The columns of the results, one for most functions, one per argument for `arg_max` and its like.
    columns: Vec<Column>,
    size: Option<i64>,
}

impl Gathering {
    fn start(&self) -> State {
        let kind = self.columns.first().map_or(ColumnType::Long, |column| column.kind);
        self.aggregate.start(kind, self.size)
    }
}

/// The groups in the order of their first rows: first the columns of `by`, then the aggregates.
pub(super) fn summarize(
    binder: &Binder,
    aggregates: &[Named],
    by: &[Named],
    table: &Table,
) -> Result<Arc<Table>, QueryError> {
    let mut names = Names::default();
    let (by_columns, by_nodes): (Vec<Column>, Vec<Node>) = bind_all(binder, by, &mut names)?.into_iter().unzip();
    let grouping: Vec<&str> = by_columns.iter().map(|column| column.name.as_str()).collect();
    let mut gatherings = Vec::new();
    let mut outputs = Vec::new();
    for item in aggregates {
        outputs.extend(bind_item(binder, item, &grouping, &mut names, &mut gatherings)?);
    }
    let groups = gather(table, &by_nodes, &gatherings);
    let mut columns = by_columns;
    let (output_columns, output_nodes): (Vec<Column>, Vec<Node>) = outputs.into_iter().unzip();
    columns.extend(output_columns);
    let finished = |(key, states): (Vec<Value>, Vec<State>)| {
        let mut results = Vec::new();
        for (state, gathering) in states.into_iter().zip(&gatherings) {
            let kinds: Vec<ColumnType> = gathering.columns.iter().map(|column| column.kind).collect();
            results.extend(state.results(&kinds));
        }
        let mut row = key;
        row.extend(values_of(&output_nodes, &results).map(Cow::into_owned));
        row
    };
    let rows = groups.into_iter().map(finished).collect();
    Ok(Arc::new(Table { columns, rows }))
}

/// Puts every row into its group.
fn gather(table: &Table, by: &[Node], gatherings: &[Gathering]) -> Vec<(Vec<Value>, Vec<State>)> {
    let start = || gatherings.iter().map(Gathering::start).collect::<Vec<State>>();
    let mut places: HashMap<RowKey, usize> = HashMap::new();
    let mut groups: Vec<(Vec<Value>, Vec<State>)> = Vec::new();
    if by.is_empty() {
        groups.push((Vec::new(), start()));
        places.insert(Vec::new(), 0);
    }
    for row in &table.rows {
        let key: RowKey = values_of(by, row).map(Key).collect();
        let place = match places.get(&key) {
            Some(place) => *place,
            None => {
                let values = key.iter().map(|cell| cell.0.as_ref().clone()).collect();
                groups.push((values, start()));
                places.insert(key, groups.len() - 1);
                groups.len() - 1
            }
        };
        let Some((_, states)) = groups.get_mut(place) else {
            continue;
        };
        for (state, gathering) in states.iter_mut().zip(gatherings) {
            state.add(gathering.aggregate, &gathering.arguments, row);
        }
    }
    groups
}

/// Binds one item between `summarize` and `by`. Aggregates inside an expression are gathered on their own, and the
/// expression is computed from their results.
fn bind_item(
    binder: &Binder,
    item: &Named,
    grouping: &[&str],
    names: &mut Names,
    gatherings: &mut Vec<Gathering>,
) -> Result<Vec<(Column, Node)>, QueryError> {
    let mut results: Vec<Column> = gatherings
        .iter()
        .flat_map(|gathering| gathering.columns.clone())
        .collect();
    if let Some((call, aggregate)) = aggregate_call(&item.expr) {
        let gathering = bind_aggregate(binder, call, aggregate, grouping)?;
        let mut columns = Vec::new();
        for (place, column) in gathering.columns.iter().enumerate() {
            let name = match &item.name {
                Some(name) if place == 0 => names.explicit(name, binder.operator)?,
                _ => names.derived(&column.name),
            };
            columns.push((
                Column {
                    name,
                    kind: column.kind,
                },
                Node::Column(results.len() + place),
            ));
        }
        gatherings.push(gathering);
        return Ok(columns);
    }
    let mut lifted = 0;
    let expr = lift(binder, &item.expr, grouping, &mut results, gatherings, &mut lifted)?;
    if lifted == 0 {
        let what = names::of(&item.expr).map_or_else(String::new, |name| format!(" '{name}'"));
        return Err(semantic(format!(
            "'summarize' operator: the expression{what} has no aggregation function"
        )));
    }
    let bound = Binder {
        columns: &results,
        ..*binder
    }
    .bind(&expr)?;
    let name = match &item.name {
        Some(name) => names.explicit(name, binder.operator)?,
        None => names.nameless(),
    };
    Ok(vec![(Column { name, kind: bound.kind }, bound.node)])
}

fn aggregate_call(expr: &Expr) -> Option<(&Call, Aggregate)> {
    match expr {
        Expr::Call(call) => aggregates::named(&call.name).map(|aggregate| (call.as_ref(), aggregate)),
        _ => None,
    }
}

fn bind_aggregate(
    binder: &Binder,
    call: &Call,
    aggregate: Aggregate,
    grouping: &[&str],
) -> Result<Gathering, QueryError> {
    let mut columns = Vec::new();
    let mut arguments = Vec::new();
    let mut constants = Vec::new();
    let takes_all = matches!(aggregate, Aggregate::ArgMax | Aggregate::ArgMin | Aggregate::TakeAny);
    for argument in &call.arguments {
        if takes_all && matches!(argument, Expr::Star) {
            let first = call.arguments.first().and_then(names::of);
            for (place, column) in binder.columns.iter().enumerate() {
                if !grouping.contains(&column.name.as_str()) && first.as_ref() != Some(&column.name) {
                    columns.push(column.clone());
                    arguments.push(Node::Column(place));
                }
            }
            continue;
        }
        let bound = binder.bind(argument)?;
        constants.push(bind::constant_of(&bound));
        let name = names::of(argument).unwrap_or_else(|| format!("{}_", call.name));
        columns.push(Column { name, kind: bound.kind });
        arguments.push(bound.node);
    }
    let kinds: Vec<ColumnType> = columns.iter().map(|column| column.kind).collect();
    // `arg_max(x, *)` over a table of the one column x has nothing else to return.
    let alone = takes_all && aggregate != Aggregate::TakeAny && call.arguments.len() == 2 && kinds.len() == 1;
    let results = if alone {
        Some(kinds.clone())
    } else {
        aggregate.kinds(&kinds)
    };
    let (Some(results), Some(size)) = (results, aggregates::size(aggregate, &constants)) else {
        let given: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        let (name, given) = (&call.name, given.join(", "));
        return Err(semantic(format!(
            "'summarize' operator: the function '{name}' does not take ({given})"
        )));
    };
    let prefixed = |argument: &Column| {
        format!(
            "{}{}",
            aggregates::prefix(&call.name).unwrap_or_default(),
            argument.name
        )
    };
    let columns = match results.as_slice() {
        [kind] if !takes_all => {
            let name = names::of(&Expr::Call(Box::new(named_call(call)))).unwrap_or_default();
            vec![Column { name, kind: *kind }]
        }
        kinds => {
            let pairs = columns.iter().zip(kinds);
            pairs
                .map(|(argument, kind)| Column {
                    name: prefixed(argument),
                    kind: *kind,
                })
                .collect()
        }
    };
    Ok(Gathering {
        aggregate,
        arguments,
        columns,
        size,
    })
}

/// The call with as much of its arguments as its name is made of.
fn named_call(call: &Call) -> Call {
    let name = call.arguments.first().and_then(names::of);
    Call {
        name: call.name.clone(),
        arguments: name.map(Expr::Name).into_iter().collect(),
        at: call.at,
    }
}

/// The expression with each aggregate replaced by the name of the column that its result will stand in.
fn lift(
    binder: &Binder,
    expr: &Expr,
    grouping: &[&str],
    results: &mut Vec<Column>,
    gatherings: &mut Vec<Gathering>,
    lifted: &mut usize,
) -> Result<Expr, QueryError> {
    if let Some((call, aggregate)) = aggregate_call(expr) {
        let mut gathering = bind_aggregate(binder, call, aggregate, grouping)?;
        let [column] = gathering.columns.as_mut_slice() else {
            let name = &call.name;
            return Err(semantic(format!(
                "'summarize' operator: '{name}' has several results and must stand alone"
            )));
        };
        // No column of a query can have this name, so nothing else is meant by it.
        column.name = format!("\u{0}{}", results.len());
        let name = column.name.clone();
        results.push(column.clone());
        gatherings.push(gathering);
        *lifted += 1;
        return Ok(Expr::Name(name));
    }
    let mut lift = |expr: &Expr| lift(binder, expr, grouping, results, gatherings, lifted);
    Ok(match expr {
        Expr::Negate(value) => Expr::Negate(Box::new(lift(value)?)),
        Expr::Compute(a, operation, b) => {
            let operation: Arithmetic = *operation;
            Expr::Compute(Box::new(lift(a)?), operation, Box::new(lift(b)?))
        }
        Expr::Compare(a, comparison, b) => {
            let comparison: Comparison = *comparison;
            Expr::Compare(Box::new(lift(a)?), comparison, Box::new(lift(b)?))
        }
        Expr::And(terms) => Expr::And(terms.iter().map(lift).collect::<Result<_, _>>()?),
        Expr::Or(terms) => Expr::Or(terms.iter().map(lift).collect::<Result<_, _>>()?),
        Expr::Call(call) => Expr::Call(Box::new(Call {
            name: call.name.clone(),
            arguments: call.arguments.iter().map(lift).collect::<Result<_, _>>()?,
            at: call.at,
        })),
        Expr::Literal(typed) => Expr::Literal(typed.clone()),
        Expr::Name(name) => Expr::Name(name.clone()),
        _ => {
            return Err(semantic(
                "'summarize' operator: this kind of expression over aggregates is not understood",
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answer, refused};

    // Microsoft: "summarize operator", with few made-up rows.
    #[test]
    fn groups() {
        let storms = "datatable(State:string, EventType:string, StartTime:datetime, EndTime:datetime)[
            'TEXAS','Flood',datetime(2007-01-01),datetime(2007-01-01 01:08),
            'TEXAS','Heat',datetime(2007-01-01),datetime(2007-01-31),
            'MAINE','Flood',datetime(2007-01-01),datetime(2007-01-01 11:55),
            'TEXAS','Flood',datetime(2007-01-01),datetime(2007-01-30 05:00)]";
        assert_eq!(
            answer(&format!("{storms} | summarize by State, EventType")),
            "State|EventType\nTEXAS|Flood\nTEXAS|Heat\nMAINE|Flood"
        );
        assert_eq!(
            answer(&format!(
                "{storms} | where EventType == 'Flood' and EndTime < datetime(2007-01-02)
                | project Duration = EndTime - StartTime | summarize Min = min(Duration), Max = max(Duration)"
            )),
            "Min|Max\n01:08:00|11:55:00"
        );
        assert_eq!(
            answer(&format!(
                "{storms} | summarize TypesOfStorms=dcount(EventType) by State | sort by TypesOfStorms"
            )),
            "State|TypesOfStorms\nTEXAS|2\nMAINE|1"
        );
        assert_eq!(
            answer(&format!(
                "{storms} | project EventType, Duration = EndTime - StartTime
                | where Duration > 1d
                | summarize EventCount=count() by EventType, Length=bin(Duration, 1d)
                | sort by Length"
            )),
            "EventType|Length|EventCount\nHeat|30.00:00:00|1\nFlood|29.00:00:00|1"
        );
        // Microsoft: "take_any() (aggregation function)".
        assert_eq!(
            answer(&format!(
                "{storms} | project State, EventType | summarize take_any(*) by State"
            )),
            "State|EventType\nTEXAS|Flood\nMAINE|Flood"
        );
    }

    #[test]
    fn nulls_and_empty_strings_are_groups() {
        assert_eq!(
            answer("datatable(a:long, s:string)[1,'', long(null),'', long(null),''] | summarize count() by a, s"),
            "a|s|count_\n1||1\n||2"
        );
        assert_eq!(answer("datatable(a:long)[] | summarize count() by a"), "a|count_");
    }

    #[test]
    fn expressions_over_aggregates() {
        let rows = "datatable(a:long)[1, 2, 6]";
        assert_eq!(
            answer(&format!("{rows} | summarize avg(a) + 1, n = tostring(count())")),
            "Column1|n\n4|3"
        );
        assert_eq!(
            answer(&format!(
                "{rows} | summarize m = max(a), big = max(a) > 5 and count() == 3"
            )),
            "m|big\n6|true"
        );
        assert!(refused(&format!("{rows} | summarize max(a) + a")).contains("'a'"));
        assert!(refused(&format!("{rows} | summarize 1 + arg_max(a, a)")).contains("must stand alone"));
    }
}
