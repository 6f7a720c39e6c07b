//! `datatable(…)[…]` and `dynamic(…)`: values written out.

use std::sync::Arc;

use super::super::ast::Rows;
use super::super::lexer::Token;
use super::super::literals;
use super::super::values::Typed;
use super::super::{Column, ColumnType, QueryError, Table, Value};
use super::Parser;

impl Parser {
    /// What follows the word `datatable`. The cells are literals, so they become a table without a tree between.
    pub(super) fn datatable(&mut self) -> Result<Rows, QueryError> {
        self.expect("(")?;
        let columns = self.list(Self::column_declaration)?;
        self.expect(")")?;
        let at = self.at();
        self.expect("[")?;
        let mut rows = Vec::new();
        let mut row = Vec::with_capacity(columns.len());
        while !self.is_symbol("]") {
            if let Some(column) = columns.get(row.len()) {
                row.push(self.cell(column)?);
            }
            if row.len() == columns.len() {
                rows.push(std::mem::replace(&mut row, Vec::with_capacity(columns.len())));
            }
            if !self.accept(",") && !self.is_symbol("]") {
                return Err(self.unexpected("',' or ']'"));
            }
        }
        self.expect("]")?;
        if row.is_empty() {
            return Ok(Rows::Datatable(Arc::new(Table { columns, rows })));
        }
        let (count, wide) = (rows.len() * columns.len() + row.len(), columns.len());
        Err(at.error(format!(
            "'datatable' has {count} values, which is no multiple of its {wide} columns"
        )))
    }

    fn column_declaration(&mut self) -> Result<Column, QueryError> {
        let name = self.name()?;
        self.expect(":")?;
        let kind = match self.peek() {
            Token::Word(word) => ColumnType::named(word),
            _ => None,
        };
        let kind = kind.ok_or_else(|| self.unexpected("a type"))?;
        self.next += 1;
        Ok(Column { name, kind })
    }

    fn cell(&mut self, column: &Column) -> Result<Value, QueryError> {
        let at = self.at();
        let literal = self.literal()?;
        let found = literal.kind;
        fitting(literal, column.kind).ok_or_else(|| {
            let (name, wanted) = (&column.name, column.kind.name());
            at.error(format!(
                "the column '{name}' is of type {wanted}, the value is of type {}",
                found.name()
            ))
        })
    }

    /// A literal, perhaps with a sign.
    pub(super) fn literal(&mut self) -> Result<Typed, QueryError> {
        let negative = self.accept("-");
        if !negative {
            self.accept("+");
        }
        let wanted = "a literal value";
        match (self.peek(), negative) {
            (Token::Text(_), false) => Ok(Typed::new(ColumnType::String, Value::String(self.text()))),
            (Token::Literal(_), _) => self.number(negative),
            (Token::Word(word), false) => match word.as_str() {
                "true" | "false" => {
                    let truth = word == "true";
                    self.next += 1;
                    Ok(Typed::new(ColumnType::Bool, Value::Bool(truth)))
                }
                "dynamic" if self.is_symbol_at(1, "(") => self.dynamic(),
                _ => Err(self.unexpected(wanted)),
            },
            _ => Err(self.unexpected(wanted)),
        }
    }

    fn number(&mut self, negative: bool) -> Result<Typed, QueryError> {
        let at = self.at();
        let Token::Literal(mut literal) = self.advance() else {
            return Err(at.error("expected a literal value"));
        };
        if negative {
            literal.value = match literal.value {
                Value::Long(number) => Value::Long(number.wrapping_neg()),
                Value::Real(number) => Value::Real(-number),
                Value::TimeSpan(span) => Value::TimeSpan(-span),
                _ => return Err(at.error("'-' has no meaning before this literal")),
            };
        }
        Ok(literal)
    }

    /// A string literal; string literals that follow one another are one.
    pub(super) fn text(&mut self) -> String {
        let mut text = String::new();
        while matches!(self.peek(), Token::Text(_)) {
            if let Token::Text(part) = self.advance() {
                text.push_str(&part);
            }
        }
        text
    }

    /// `dynamic(…)`: JSON with Kusto's string literals.
    pub(super) fn dynamic(&mut self) -> Result<Typed, QueryError> {
        self.expect_word("dynamic")?;
        self.expect("(")?;
        let json = self.json()?;
        self.expect(")")?;
        let value = match json {
            serde_json::Value::Null => Value::Null,
            json => Value::Dynamic(json),
        };
        Ok(Typed::new(ColumnType::Dynamic, value))
    }

    fn json(&mut self) -> Result<serde_json::Value, QueryError> {
        self.nested(|parser| {
            if parser.accept("[") {
                return parser.json_array();
            }
            if parser.accept("{") {
                return parser.json_object();
            }
            if parser.accept_word("null") {
                return Ok(serde_json::Value::Null);
            }
            Ok(as_json(&parser.literal()?.value))
        })
    }

    fn json_array(&mut self) -> Result<serde_json::Value, QueryError> {
        let mut items = Vec::new();
        while !self.accept("]") {
            items.push(self.json()?);
            if !self.accept(",") && !self.is_symbol("]") {
                return Err(self.unexpected("',' or ']'"));
            }
        }
        Ok(items.into())
    }

    fn json_object(&mut self) -> Result<serde_json::Value, QueryError> {
        let mut members = serde_json::Map::new();
        while !self.accept("}") {
            if !matches!(self.peek(), Token::Text(_)) {
                return Err(self.unexpected("a key in quotes"));
            }
            let key = self.text();
            self.expect(":")?;
            members.insert(key, self.json()?);
            if !self.accept(",") && !self.is_symbol("}") {
                return Err(self.unexpected("',' or '}'"));
            }
        }
        Ok(members.into())
    }
}

/// A value inside a `dynamic` one; what JSON has no form for is text there.
pub(in super::super) fn as_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Long(number) => (*number).into(),
        Value::Real(number) => (*number).into(),
        Value::Bool(truth) => (*truth).into(),
        Value::Dynamic(json) => json.clone(),
        text => super::super::text::shown(text).into(),
    }
}

/// The literal as a cell of a column, where it is of the column's type or a narrower number.
fn fitting(literal: Typed, wanted: ColumnType) -> Option<Value> {
    match (literal.value, literal.kind, wanted) {
        (value, found, wanted) if found == wanted => Some(value),
        (Value::Long(number), ColumnType::Int | ColumnType::Long, ColumnType::Real) => Some(Value::Real(number as f64)),
        (Value::Long(number), ColumnType::Long, ColumnType::Int) if !literals::fits_int(&number) => None,
        (value, ColumnType::Int, ColumnType::Long) | (value, ColumnType::Long, ColumnType::Int) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{answer, refused};

    // Microsoft: "datatable operator".
    #[test]
    fn datatable_of_the_page() {
        let query = r#"datatable(Date:datetime, Event:string, MoreData:dynamic) [
            datetime(1910-06-11), "Born", dynamic({"key1":"value1", "key2":"value2"}),
            datetime(1930-01-01), "Enters Ecole Navale", dynamic({"key1":"value3", "key2":"value4"}),
            datetime(1953-01-01), "Published first book", dynamic({"key1":"value5", "key2":"value6"}),
            datetime(1997-06-25), "Died", dynamic({"key1":"value7", "key2":"value8"}),
        ]
        | where strlen(Event) > 4
        | extend key2 = MoreData.key2"#;
        assert_eq!(
            answer(query),
            r#"Date|Event|MoreData|key2
1930-01-01T00:00:00.0000000Z|Enters Ecole Navale|{"key1":"value3","key2":"value4"}|value4
1953-01-01T00:00:00.0000000Z|Published first book|{"key1":"value5","key2":"value6"}|value6"#
        );
    }

    #[test]
    fn an_empty_datatable_has_its_columns() {
        assert_eq!(answer("datatable(Computer:string)[]"), "Computer");
        assert_eq!(answer("datatable(a:long,b:real)[-1,2,]"), "a|b\n-1|2");
    }

    #[test]
    fn cells_must_fit() {
        assert!(refused("datatable(a:long, b:long)[1, 2, 3]").contains("3 values"));
        assert!(refused("datatable(a:long)['x']").contains("type string"));
        assert!(refused("datatable(a:int)[3000000000]").contains("type int"));
        assert!(refused("datatable(a:long)[1 2]").contains("'2'"));
        assert!(refused("datatable(a:decimal)[1]").contains("'decimal'"));
        assert!(refused("datatable(a:string)[-'x']").contains("\"x\""));
    }

    #[test]
    fn fifty_thousand_literals_are_read_in_one_pass() {
        let cells: String = (0..50_000).map(|n| format!("\"PC-{n:05}\",\n")).collect();
        let query = format!("datatable(Computer:string)[{cells}] | distinct Computer | count");
        let start = std::time::Instant::now();
        assert_eq!(answer(&query), "Count\n50000");
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    }
}
