//! What the tests of this folder share: a workspace, and answers as short text.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeZone, Utc};

use super::{Column, ColumnType, QueryError, Scope, Source, Table, Value, literals, run, text};

/// A workspace in memory. Its clock stands at 2024-06-01 12:00.
#[derive(Clone, Default)]
pub struct Workspace {
    tables: HashMap<String, Arc<Table>>,
    functions: HashMap<String, Arc<str>>,
    timespan: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl Source for Workspace {
    fn table(&self, name: &str) -> Option<Arc<Table>> {
        self.tables.get(name).cloned()
    }

    fn function(&self, alias: &str) -> Option<Arc<str>> {
        self.functions.get(alias).cloned()
    }
}

impl Workspace {
    pub fn new() -> Workspace {
        Workspace::default()
    }

    pub fn function(mut self, alias: &str, text: &str) -> Workspace {
        self.functions.insert(alias.into(), text.into());
        self
    }

    /// Stores the answer of a query as a table.
    pub fn table(mut self, name: &str, query: &str) -> Workspace {
        let table = self.run(query).unwrap();
        self.tables.insert(name.into(), Arc::new(table));
        self
    }

    /// Stores rows of strings as the table `T`.
    pub fn table_of(mut self, columns: &[&str], rows: Vec<Vec<Value>>) -> Workspace {
        let column = |name: &&str| Column {
            name: (*name).into(),
            kind: ColumnType::String,
        };
        let table = Table {
            columns: columns.iter().map(column).collect(),
            rows,
        };
        self.tables.insert("T".into(), Arc::new(table));
        self
    }

    pub fn within(&self, from: &str, to: &str) -> Workspace {
        let mut narrowed = self.clone();
        narrowed.timespan = literals::datetime(from).zip(literals::datetime(to));
        assert!(narrowed.timespan.is_some());
        narrowed
    }

    pub fn run(&self, query: &str) -> Result<Table, QueryError> {
        let scope = Scope {
            now: Utc.with_ymd_and_hms(2024, 6, 1, 12, 0, 0).unwrap(),
            timespan: self.timespan,
        };
        run(query, self, &scope)
    }

    /// The answer: a line of names, a line for each row, cells parted by `|`.
    pub fn answer(&self, query: &str) -> String {
        let table = match self.run(query) {
            Ok(table) => table,
            Err(error) => panic!("{query}\n{error:?}"),
        };
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let mut lines = vec![names.join("|")];
        for row in &table.rows {
            assert_eq!(row.len(), names.len());
            let cells: Vec<String> = row.iter().map(text::shown).collect();
            lines.push(cells.join("|"));
        }
        lines.join("\n")
    }

    /// Why the query is refused; a syntax error begins with `line:column`.
    pub fn refused(&self, query: &str) -> String {
        match self.run(query) {
            Err(QueryError::Semantic { message }) => message,
            Err(QueryError::Syntax { message, line, column }) => format!("{line}:{column} {message}"),
            Ok(table) => panic!("{query}\n{table:?}"),
        }
    }
}

pub fn answer(query: &str) -> String {
    Workspace::new().answer(query)
}

pub fn header(query: &str) -> String {
    answer(query).lines().next().unwrap_or_default().to_owned()
}

pub fn refused(query: &str) -> String {
    Workspace::new().refused(query)
}
