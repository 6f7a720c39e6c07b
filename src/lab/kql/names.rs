//! The names that Kusto gives to columns that the query does not name.

use std::collections::HashSet;

use super::ast::Expr;
use super::{QueryError, aggregates, functions};

/// The name that an expression brings along: of a column, of a path (`a.b` gives `a_b`), of the first argument of
/// `bin` and the conversions, or made of an aggregate's prefix and argument (`dcount_X`, `count_`).
pub(super) fn of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name.clone()),
        Expr::Member(value, name) => Some(format!("{}_{name}", of(value)?)),
        Expr::Call(call) => {
            let first = call.arguments.first().and_then(of);
            if let Some(prefix) = aggregates::prefix(&call.name) {
                return Some(format!("{prefix}{}", first.unwrap_or_default()));
            }
            first.filter(|_| functions::keeps_name(&call.name))
        }
        _ => None,
    }
}

/// Hands out the column names of one table, each once.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
    numbered: usize,
}

impl Names {
    /// A name that the query gives; it may not be there already.
    pub fn explicit(&mut self, name: &str, operator: &str) -> Result<String, QueryError> {
        if self.taken.insert(name.to_owned()) {
            return Ok(name.to_owned());
        }
        Err(QueryError::Semantic {
            message: format!("'{operator}' operator: the column '{name}' is defined more than once"),
        })
    }

    /// A name that is derived; a number makes it unique.
    pub fn derived(&mut self, name: &str) -> String {
        if self.taken.insert(name.to_owned()) {
            return name.to_owned();
        }
        let mut number = 1_usize;
        loop {
            let numbered = format!("{name}{number}");
            if self.taken.insert(numbered.clone()) {
                return numbered;
            }
            number += 1;
        }
    }

    /// The name of an expression that brings none: `Column1`, `Column2`, …
    pub fn nameless(&mut self) -> String {
        loop {
            self.numbered += 1;
            let name = format!("Column{}", self.numbered);
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answer, header, refused};

    #[test]
    fn names_of_unnamed_columns() {
        let table = "datatable(a:long, t:datetime, d:dynamic)[1, datetime(null), dynamic({'x':1})] | ";
        let cases = [
            ("project a, a", "a|a1"),
            ("project a + 1, strlen(tostring(a)), tostring(a)", "Column1|Column2|a"),
            ("project tostring(d.x)", "d_x"),
            ("extend a + 1, a * 2", "a|t|d|Column1|Column2"),
            ("summarize count() by bin(t, 1d)", "t|count_"),
            ("summarize count() by a + 1", "Column1|count_"),
            (
                "summarize dcount(a), sum(a), min(a), max(a), avg(a)",
                "dcount_a|sum_a|min_a|max_a|avg_a",
            ),
            (
                "summarize make_set(a), make_set(a), make_list(a)",
                "set_a|set_a1|list_a",
            ),
            (
                "summarize countif(a > 1), take_any(a), any(a), count_distinct(a)",
                "countif_|a|any_a|count_distinct_a",
            ),
            ("summarize sum(a) / 2", "Column1"),
            ("count", "Count"),
        ];
        for (query, expected) in cases {
            assert_eq!(header(&format!("{table}{query}")), expected, "{query}");
        }
        assert_eq!(answer("print 1, x = 2, 3"), "print_0|x|print_2\n1|2|3");
        assert!(refused("print x = 1, x = 2").contains("'x' is defined more than once"));
    }
}
