//! Runs a query: statements, names, stored functions, and the way of a table through its operators.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use super::ast::{Expr, LetValue, Pipeline, Query, Rows};
use super::bind::Binder;
use super::values::Typed;
use super::{ColumnType, QueryError, Scope, Source, Table, Value, operators, parser, sources, unions};

/// The deepest way through expressions, sub-queries and functions together; the stack of a thread holds it.
const MAX_DEPTH: usize = 96;
/// How deep stored functions may call one another.
const MAX_FUNCTIONS: usize = 16;
/// The most rows that a table on the way to the answer may have.
const MAX_ROWS: usize = 2_000_000;

/// An error of meaning.
pub(super) fn semantic(message: impl Into<String>) -> QueryError {
    QueryError::Semantic {
        message: message.into(),
    }
}

/// What a `let` name stands for.
#[derive(Debug, Clone)]
pub(super) enum Binding {
    Scalar(Typed),
    Table(Arc<Table>),
}

/// The `let` names that are seen at a place.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    pub lets: HashMap<String, Binding>,
}

/// One run of one query. A function and a table are computed once a run: nothing changes while it lasts.
pub(super) struct Executor<'a> {
    source: &'a dyn Source,
    pub scope: &'a Scope,
    depth: Cell<usize>,
    /// The stored functions that are being computed, the outermost first.
    expanding: RefCell<Vec<String>>,
    functions: RefCell<HashMap<String, Arc<Table>>>,
    tables: RefCell<HashMap<String, Arc<Table>>>,
}

/// One level of depth, given back at the end of its life.
pub(super) struct Level<'a>(&'a Cell<usize>);

impl Drop for Level<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

impl<'a> Executor<'a> {
    pub fn new(source: &'a dyn Source, scope: &'a Scope) -> Executor<'a> {
        Executor {
            source,
            scope,
            depth: Cell::new(0),
            expanding: RefCell::default(),
            functions: RefCell::default(),
            tables: RefCell::default(),
        }
    }

    /// Goes one level deeper; refuses where the stack could end.
    pub fn deeper(&self) -> Result<Level<'_>, QueryError> {
        if self.depth.get() >= MAX_DEPTH {
            return Err(semantic(format!(
                "the query and its functions are nested deeper than {MAX_DEPTH} levels"
            )));
        }
        self.depth.set(self.depth.get() + 1);
        Ok(Level(&self.depth))
    }

    /// The table that a text answers.
    pub fn run(&self, text: &str) -> Result<Arc<Table>, QueryError> {
        match self.query(&parser::parse(text)?, Frame::default())? {
            Binding::Table(table) => Ok(table),
            Binding::Scalar(_) => Err(semantic(
                "the query answers a single value; 'print' makes a table of it",
            )),
        }
    }

    fn query(&self, query: &Query, mut frame: Frame) -> Result<Binding, QueryError> {
        for statement in &query.lets {
            let value = match &statement.value {
                LetValue::Plain(expr) => self.value(expr, &frame, "let")?,
                LetValue::View(body) => {
                    let _level = self.deeper()?;
                    self.query(body, frame.clone())?
                }
            };
            frame.lets.insert(statement.name.clone(), value);
        }
        self.value(&query.answer, &frame, "")
    }

    /// A table or a value, whichever an expression is.
    fn value(&self, expr: &Expr, frame: &Frame, operator: &'static str) -> Result<Binding, QueryError> {
        let unknown_name = matches!(expr, Expr::Name(name) if !frame.lets.contains_key(name));
        if unknown_name || self.is_tabular(expr, frame) {
            return self.table(expr, frame, operator).map(Binding::Table);
        }
        let binder = Binder {
            executor: self,
            frame,
            columns: &[],
            operator,
        };
        binder.constant(expr).map(Binding::Scalar)
    }

    /// Whether an expression is a table.
    pub fn is_tabular(&self, expr: &Expr, frame: &Frame) -> bool {
        match expr {
            Expr::Tabular(_) => true,
            Expr::Name(name) => self.is_table(name, frame),
            Expr::Call(call) if call.name == "materialize" => true,
            Expr::Call(call) => call.arguments.is_empty() && self.is_table(&call.name, frame),
            _ => false,
        }
    }

    /// Whether a name stands for a table: by `let`, as a stored function, as a stored table.
    pub fn is_table(&self, name: &str, frame: &Frame) -> bool {
        match frame.lets.get(name) {
            Some(binding) => matches!(binding, Binding::Table(_)),
            None => self.source.function(name).is_some() || self.source.table(name).is_some(),
        }
    }

    /// The rows of an expression that stands where a table must stand.
    pub fn table(&self, expr: &Expr, frame: &Frame, operator: &str) -> Result<Arc<Table>, QueryError> {
        let _level = self.deeper()?;
        match expr {
            Expr::Tabular(pipeline) => self.pipeline(pipeline, frame, operator),
            Expr::Name(name) => self.named(name, frame, operator),
            Expr::Call(call) => match (call.name.as_str(), call.arguments.as_slice()) {
                ("materialize", [table]) => self.table(table, frame, operator),
                (name, []) if self.is_table(name, frame) => self.named(name, frame, operator),
                (name, []) => Err(semantic(format!("Unknown function: '{name}'"))),
                (name, _) => Err(call.at.error(format!("the function '{name}' does not give a table"))),
            },
            _ => Err(located(operator, "a value stands where a table is needed")),
        }
    }

    fn pipeline(&self, pipeline: &Pipeline, frame: &Frame, outer: &str) -> Result<Arc<Table>, QueryError> {
        let first = pipeline.operators.first().map_or(outer, |operator| operator.name());
        let mut table = match &pipeline.source {
            Rows::Of(expr) => self.table(expr, frame, first)?,
            Rows::Datatable(table) => Arc::clone(table),
            Rows::Print(items) => sources::print(self, items, frame)?,
            Rows::Range { column, from, to, step } => sources::range(self, frame, column, [from, to, step])?,
            Rows::Union(union) => unions::union(self, union, None, frame)?,
        };
        for operator in &pipeline.operators {
            table = operators::apply(self, operator, table, frame)?;
        }
        Ok(table)
    }

    fn named(&self, name: &str, frame: &Frame, operator: &str) -> Result<Arc<Table>, QueryError> {
        match frame.lets.get(name) {
            Some(Binding::Table(table)) => return Ok(Arc::clone(table)),
            Some(Binding::Scalar(_)) => {
                return Err(located(
                    operator,
                    format!("'{name}' is a value, a table is needed here"),
                ));
            }
            None => {}
        }
        if let Some(text) = self.source.function(name) {
            return self.function(name, &text);
        }
        self.stored(name).ok_or_else(|| {
            located(
                operator,
                format!("Failed to resolve table or column expression named '{name}'"),
            )
        })
    }

    /// Computes a stored function. It sees its own `let` names only, and the caller's time range.
    fn function(&self, alias: &str, text: &str) -> Result<Arc<Table>, QueryError> {
        if let Some(table) = self.functions.borrow().get(alias) {
            return Ok(Arc::clone(table));
        }
        self.enter(alias)?;
        let table = self.run(text).map_err(|error| inside(alias, error))?;
        self.expanding.borrow_mut().pop();
        self.functions.borrow_mut().insert(alias.to_owned(), Arc::clone(&table));
        Ok(table)
    }

    /// Notes that a function is being computed; refuses one that is under way already.
    fn enter(&self, alias: &str) -> Result<(), QueryError> {
        let mut expanding = self.expanding.borrow_mut();
        let recursive = expanding.iter().any(|outer| outer == alias);
        expanding.push(alias.to_owned());
        let way = || expanding.join("' calls '");
        if recursive {
            return Err(semantic(format!("a function calls itself: '{}'", way())));
        }
        if expanding.len() > MAX_FUNCTIONS {
            return Err(semantic(format!(
                "functions call one another deeper than {MAX_FUNCTIONS} levels: '{}'",
                way()
            )));
        }
        Ok(())
    }

    /// The rows of a stored table that the caller's time range lets through.
    fn stored(&self, name: &str) -> Option<Arc<Table>> {
        if let Some(table) = self.tables.borrow().get(name) {
            return Some(Arc::clone(table));
        }
        let table = seen(self.source.table(name)?, self.scope);
        self.tables.borrow_mut().insert(name.to_owned(), Arc::clone(&table));
        Some(table)
    }
}

/// A message that names the operator, where there is one.
pub(super) fn located(operator: &str, message: impl AsRef<str>) -> QueryError {
    match operator {
        "" => semantic(message.as_ref()),
        _ => semantic(format!("'{operator}' operator: {}", message.as_ref())),
    }
}

/// An error inside a stored function; its line and column are those of the function's text.
fn inside(alias: &str, error: QueryError) -> QueryError {
    match error {
        QueryError::Syntax { message, line, column } => QueryError::Syntax {
            message: format!("in the function '{alias}': {message}"),
            line,
            column,
        },
        QueryError::Semantic { message } => semantic(format!("in the function '{alias}': {message}")),
    }
}

/// What a run sees of a stored table: rows inside the time range, no null in a column of strings.
fn seen(table: Arc<Table>, scope: &Scope) -> Arc<Table> {
    let is_time = |kind| kind == ColumnType::DateTime;
    let time = table
        .columns
        .iter()
        .position(|column| column.name == "TimeGenerated" && is_time(column.kind));
    let range = time.zip(scope.timespan);
    let in_range = |row: &[Value]| match range {
        None => true,
        Some((time, (from, to))) => {
            matches!(row.get(time), Some(Value::DateTime(moment)) if (from..=to).contains(moment))
        }
    };
    let is_whole = |row: &[Value]| {
        let mut cells = table.columns.iter().zip(row);
        row.len() == table.columns.len()
            && cells.all(|(column, cell)| column.kind != ColumnType::String || *cell != Value::Null)
    };
    if table.rows.iter().all(|row| in_range(row) && is_whole(row)) {
        return table;
    }
    let filled = |row: &Vec<Value>| {
        let cells = table.columns.iter().enumerate();
        cells
            .map(|(index, column)| match row.get(index) {
                None | Some(Value::Null) => column.kind.nothing(),
                Some(cell) => cell.clone(),
            })
            .collect()
    };
    Arc::new(Table {
        columns: table.columns.clone(),
        rows: table.rows.iter().filter(|row| in_range(row)).map(filled).collect(),
    })
}

/// Refuses a table that grows beyond what the lab computes.
pub(super) fn check_size(rows: usize, operator: &str) -> Result<(), QueryError> {
    if rows <= MAX_ROWS {
        return Ok(());
    }
    Err(located(
        operator,
        format!("a table of more than {MAX_ROWS} rows is not computed here"),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Workspace, answer, refused};

    // Microsoft: "Let statement".
    #[test]
    fn let_of_the_page() {
        assert_eq!(
            answer("let ['some number'] = 20;\nrange y from 0 to ['some number'] step 5"),
            "y\n0\n5\n10\n15\n20"
        );
        assert_eq!(
            answer("let n = 10;  // number\nlet place = \"Dallas\";  // string\nprint n, place"),
            "n|place\n10|Dallas"
        );
        assert!(refused("let a = 1").contains("';'"));
    }

    // Microsoft: "toscalar()".
    #[test]
    fn toscalar_of_the_page() {
        assert_eq!(
            answer(
                "let Start = toscalar(print x=1);
                let End = toscalar(range x from 1 to 9 step 1 | count);
                let Step = toscalar(2);
                range z from Start to End step Step | extend start=Start, end=End, step=Step"
            ),
            "z|start|end|step\n1|1|9|2\n3|1|9|2\n5|1|9|2\n7|1|9|2\n9|1|9|2"
        );
        assert_eq!(
            answer(
                "let e = datatable(x:long)[]; print a = coalesce(toscalar(e | summarize max(x)), 0), b = toscalar(e)"
            ),
            "a|b\n0|"
        );
    }

    #[test]
    fn let_names_shadow_functions_and_tables() {
        let workspace = Workspace::new()
            .function("F", "print x = 'function'")
            .function("T", "print x = 'stored'");
        assert_eq!(workspace.answer("let F = print x = 'let'; F"), "x\nlet");
        assert_eq!(workspace.answer("union F, F(), T"), "x\nfunction\nfunction\nstored");
        assert_eq!(workspace.answer("let F = 5; T | extend y = F"), "x|y\nstored|5");
        assert_eq!(
            workspace.answer("let V = view () { let a = 1; print a }; union V, V()"),
            "a\n1\n1"
        );
    }

    #[test]
    fn a_function_does_not_see_the_callers_names() {
        let workspace = Workspace::new().function("F", "print x = secret");
        let message = workspace.refused("let secret = 1; F");
        assert!(
            message.contains("in the function 'F'") && message.contains("'secret'"),
            "{message}"
        );
    }

    #[test]
    fn names_differ_by_case() {
        let workspace = Workspace::new().function("F", "print x = 1");
        assert!(
            workspace
                .refused("f")
                .contains("Failed to resolve table or column expression named 'f'")
        );
        assert!(workspace.refused("f()").contains("Unknown function: 'f'"));
        assert!(workspace.refused("F | project X").contains("'project' operator"));
    }

    #[test]
    fn functions_that_call_themselves_are_refused() {
        let workspace = Workspace::new()
            .function("A", "B | take 1")
            .function("B", "union A(), A()")
            .function("Self", "Self");
        assert!(workspace.refused("A").contains("'A' calls 'B' calls 'A'"));
        assert!(workspace.refused("print x = toscalar(Self)").contains("calls itself"));
        let mut long = Workspace::new().function("F0", "print x = 1");
        for n in 1..100 {
            long = long.function(&format!("F{n}"), &format!("F{}", n - 1));
        }
        assert_eq!(long.answer("F15"), "x\n1");
        assert!(long.refused("F99").contains("deeper than 16"));
    }

    #[test]
    fn a_function_that_is_used_often_is_computed_once() {
        let mut workspace = Workspace::new().function("F0", "print x = 1");
        for n in 1..16 {
            let before = n - 1;
            workspace = workspace.function(&format!("F{n}"), &format!("union F{before}, F{before} | distinct x"));
        }
        assert_eq!(workspace.answer("F15"), "x\n1");
    }

    #[test]
    fn the_position_of_an_error_in_a_function_is_in_its_text() {
        let workspace = Workspace::new().function("Bad", "print 1\n| frobnicate");
        let message = workspace.refused("Bad | take 1");
        assert!(
            message.starts_with("2:3 in the function 'Bad': 'frobnicate'"),
            "{message}"
        );
    }

    #[test]
    fn deep_trees_through_functions_are_refused_not_overflown() {
        let deep = |inner: &str| format!("print x = {}toscalar({inner}){}", "not(".repeat(30), ")".repeat(30));
        let mut workspace = Workspace::new().function("F0", "print x = true");
        for n in 1..15 {
            workspace = workspace.function(&format!("F{n}"), &deep(&format!("F{}", n - 1)));
        }
        assert_eq!(workspace.answer("F1"), "x\ntrue");
        assert!(workspace.refused("F14").contains("nested deeper"));
        let joined = |inner: &str| {
            format!(
                "print x = 1 {}{inner}{}",
                "| join (print x = 1 ".repeat(30),
                ") on x".repeat(30)
            )
        };
        let mut workspace = Workspace::new().function("F0", "print x = 1");
        for n in 1..15 {
            workspace = workspace.function(&format!("F{n}"), &joined(&format!("| join F{} on x", n - 1)));
        }
        assert_eq!(workspace.answer("F1 | count"), "Count\n1");
        assert!(workspace.refused("F14").contains("nested deeper"));
    }

    #[test]
    fn the_callers_time_range_applies_inside_functions() {
        let workspace = Workspace::new()
            .table("Heartbeat", "datatable(TimeGenerated:datetime, Computer:string)[
                datetime(2024-01-01), 'old', datetime(2024-01-10), 'edge', datetime(2024-01-11), 'new', datetime(null), 'never']")
            .table("Other", "datatable(Time:datetime, Computer:string)[datetime(2024-01-01), 'kept']")
            .function("Inner", "Heartbeat | project Computer")
            .function("Outer", "union Inner, (datatable(TimeGenerated:datetime, Computer:string)[datetime(2000-01-01), 'literal'] | project Computer), (Other | project Computer)");
        assert_eq!(workspace.answer("Outer | count"), "Count\n6");
        let week = workspace.within("2024-01-10", "2024-01-17");
        assert_eq!(week.answer("Outer"), "Computer\nedge\nnew\nliteral\nkept");
        assert_eq!(
            week.answer("print x = 'old' in (Inner), y = 'new' in (Inner)"),
            "x|y\nfalse|true"
        );
    }

    #[test]
    fn stored_strings_are_never_null() {
        let workspace = Workspace::new().table_of(&["a", "b"], vec![vec![super::Value::Null, super::Value::Null]]);
        assert_eq!(workspace.answer("T | where a == '' and isempty(b) | count"), "Count\n1");
    }
}
