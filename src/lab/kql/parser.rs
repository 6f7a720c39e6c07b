//! Tokens to the tree: the cursor, statements, sources and pipelines. Expressions, operators and literals with a
//! grammar of their own are read in the files of the same names.

mod expressions;
mod operators;
mod tables;

pub(super) use expressions::source_name;
pub(super) use tables::as_json;

use super::QueryError;
use super::ast::{Expr, Let, LetValue, Pipeline, Query, Rows};
use super::lexer::{self, At, Placed, Token};

/// How deep parentheses, calls and sub-queries may be nested: far beyond what people write, far below what the stack
/// of a thread holds.
const MAX_DEPTH: usize = 40;
/// How many times a query may repeat `+` and its like in a row; each one deepens the tree.
const MAX_CHAIN: usize = 100;

/// Reads a query.
pub(super) fn parse(text: &str) -> Result<Query, QueryError> {
    let mut parser = Parser {
        tokens: lexer::tokens(text)?,
        next: 0,
        depth: 0,
        chained: 0,
    };
    let query = parser.query()?;
    match parser.peek() {
        Token::End => Ok(query),
        _ => Err(parser.unexpected("the end of the query: only one statement may give a result")),
    }
}

struct Parser {
    /// Never empty; the last one is the end.
    tokens: Vec<Placed>,
    next: usize,
    depth: usize,
    chained: usize,
}

impl Parser {
    fn placed(&self, ahead: usize) -> Option<&Placed> {
        self.tokens.get(self.next + ahead)
    }

    fn peek_at(&self, ahead: usize) -> &Token {
        self.placed(ahead).map_or(&Token::End, |placed| &placed.token)
    }

    fn peek(&self) -> &Token {
        self.peek_at(0)
    }

    fn at(&self) -> At {
        let placed = self.placed(0).or(self.tokens.last());
        placed.map_or(At { line: 1, column: 1 }, |placed| placed.at)
    }

    fn glued(&self, ahead: usize) -> bool {
        self.placed(ahead).is_some_and(|placed| placed.glued)
    }

    /// Takes the next token out of its place, without a copy.
    fn advance(&mut self) -> Token {
        let token = self
            .tokens
            .get_mut(self.next)
            .map(|placed| std::mem::replace(&mut placed.token, Token::End));
        self.next += 1;
        token.unwrap_or(Token::End)
    }

    fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(found) if *found == symbol)
    }

    fn is_symbol_at(&self, ahead: usize, symbol: &str) -> bool {
        matches!(self.peek_at(ahead), Token::Symbol(found) if *found == symbol)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(found) if found == word)
    }

    fn is_word_at(&self, ahead: usize, word: &str) -> bool {
        matches!(self.peek_at(ahead), Token::Word(found) if found == word)
    }

    fn accept(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.next += 1;
        }
        found
    }

    fn accept_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.next += 1;
        }
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), QueryError> {
        if self.accept(symbol) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("'{symbol}'")))
        }
    }

    fn expect_word(&mut self, word: &str) -> Result<(), QueryError> {
        if self.accept_word(word) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("'{word}'")))
        }
    }

    fn unexpected(&self, wanted: &str) -> QueryError {
        self.at().error(format!(
            "{} is not understood here; expected {wanted}",
            self.peek().shown()
        ))
    }

    /// A name: a word, or `['any text']`.
    fn name(&mut self) -> Result<String, QueryError> {
        let quoted = self.is_symbol("[") && matches!(self.peek_at(1), Token::Text(_)) && self.is_symbol_at(2, "]");
        if quoted {
            self.next += 1;
        }
        let is_name = match self.peek() {
            Token::Word(word) => !word.starts_with(['!', '$']) && !word.ends_with('~'),
            Token::Text(_) => quoted,
            _ => false,
        };
        if !is_name {
            return Err(self.unexpected("a name"));
        }
        let (Token::Word(name) | Token::Text(name)) = self.advance() else {
            return Err(self.unexpected("a name"));
        };
        if quoted {
            self.next += 1;
        }
        Ok(name)
    }

    /// One item, and one more after each comma.
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Result<T, QueryError>) -> Result<Vec<T>, QueryError> {
        let mut items = vec![item(self)?];
        while self.accept(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Reads something that may hold itself; refuses when it is nested too deep.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, QueryError>) -> Result<T, QueryError> {
        if self.depth == MAX_DEPTH {
            let what = format!(
                "{} is nested too deep: at most {MAX_DEPTH} levels are read",
                self.peek().shown()
            );
            return Err(self.at().error(what));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Statements up to the end or a closing brace.
    fn query(&mut self) -> Result<Query, QueryError> {
        let mut lets = Vec::new();
        while self.is_word("let") && !self.is_symbol_at(1, "|") {
            self.next += 1;
            lets.push(self.let_statement()?);
            self.expect(";")?;
        }
        let answer = self.table_or_scalar()?;
        while self.accept(";") {}
        Ok(Query { lets, answer })
    }

    fn let_statement(&mut self) -> Result<Let, QueryError> {
        let name = self.name()?;
        self.expect("=")?;
        let view = self.is_word("view") && self.is_symbol_at(1, "(");
        if view {
            self.next += 1;
        }
        let value = if self.is_symbol("(") && self.is_symbol_at(1, ")") && self.is_symbol_at(2, "{") {
            self.next += 3;
            let body = self.nested(Self::query)?;
            self.expect("}")?;
            LetValue::View(body)
        } else if view || self.is_function_with_parameters() {
            return Err(self.unexpected("'() { … }': functions with parameters are not read here"));
        } else {
            LetValue::Plain(self.table_or_scalar()?)
        };
        Ok(Let { name, value })
    }

    /// `(name:type…` can only be the parameters of a function.
    fn is_function_with_parameters(&self) -> bool {
        self.is_symbol("(") && matches!(self.peek_at(1), Token::Word(_)) && self.is_symbol_at(2, ":")
    }

    /// Where a table may stand: a pipeline, or an expression.
    fn table_or_scalar(&mut self) -> Result<Expr, QueryError> {
        let source = match self.source_with_keyword()? {
            Some(source) => source,
            None => match self.expression()? {
                scalar if !self.is_symbol("|") => return Ok(scalar),
                Expr::Literal(_) => return Err(self.unexpected("no '|': what stands before it is no table")),
                table => Rows::Of(table),
            },
        };
        let mut operators = Vec::new();
        while self.accept("|") {
            operators.push(self.operator()?);
        }
        Ok(Expr::Tabular(Box::new(Pipeline { source, operators })))
    }

    /// `datatable`, `print`, `range` and `union` begin a pipeline where what follows them says so; elsewhere they are
    /// names like any other.
    fn source_with_keyword(&mut self) -> Result<Option<Rows>, QueryError> {
        let follows_value = matches!(self.peek_at(1), Token::Word(_) | Token::Text(_) | Token::Literal(_));
        let opens = self.is_symbol_at(1, "(");
        if self.is_word("datatable") && opens {
            self.next += 1;
            return self.datatable().map(Some);
        }
        if self.is_word("range") && self.is_word_at(2, "from") {
            self.next += 1;
            return self.range().map(Some);
        }
        let minus_or_name = self.is_symbol_at(1, "-") || self.is_symbol_at(1, "[");
        if self.is_word("print") && (follows_value || opens || minus_or_name) {
            self.next += 1;
            return Ok(Some(Rows::Print(self.list(Self::named)?)));
        }
        if self.is_word("union") && (follows_value || opens) {
            self.next += 1;
            return Ok(Some(Rows::Union(self.union()?)));
        }
        Ok(None)
    }

    fn range(&mut self) -> Result<Rows, QueryError> {
        let column = self.name()?;
        self.expect_word("from")?;
        let from = self.expression()?;
        self.expect_word("to")?;
        let to = self.expression()?;
        self.expect_word("step")?;
        let step = self.expression()?;
        Ok(Rows::Range { column, from, to, step })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (String, usize, usize) {
        match parse(text).unwrap_err() {
            QueryError::Syntax { message, line, column } => (message, line, column),
            QueryError::Semantic { message } => panic!("semantic: {message}"),
        }
    }

    #[test]
    fn the_place_and_the_word_of_an_error() {
        let cases = [
            ("T | frobnicate x", "'frobnicate'", 1, 5),
            ("T\n| mv-expand x", "'mv-expand'", 2, 3),
            ("T | where a = 1", "'='", 1, 13),
            ("let a = 1\nT", "'T'", 2, 1),
            ("T | take 5 5", "'5'", 1, 12),
            ("T | where a matches regex 'x'", "'matches'", 1, 13),
            ("T | where x == hash(a)", "'hash'", 1, 16),
            ("T | join kind=cross (U) on a", "'cross'", 1, 15),
            ("", "the end of the query", 1, 1),
            ("T | where (a == 1", "the end of the query", 1, 18),
            ("T; U", "'U'", 1, 4),
            ("union Conf*", "'*'", 1, 11),
            ("let f = (x:long) { x };\nT", "'('", 1, 9),
            ("T |", "the end of the query", 1, 4),
            ("5 | take 1", "'|'", 1, 3),
            ("T | as U", "'as'", 1, 5),
        ];
        for (text, word, line, column) in cases {
            let (message, at_line, at_column) = refused(text);
            assert!(message.contains(word), "{text}: {message}");
            assert_eq!((at_line, at_column), (line, column), "{text}: {message}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_the_stack_holds() {
        let deep =
            |open: &str, close: &str, times: usize| format!("print {}1{}", open.repeat(times), close.repeat(times));
        assert!(parse(&deep("(", ")", 35)).is_ok());
        for text in [
            deep("(", ")", 100_000),
            deep("not(", ")", 100_000),
            deep("-", "", 100_000),
            deep("dynamic([", "])", 1),
            format!("print dynamic({}", "[".repeat(100_000)),
            format!("{}T", "union (".repeat(100_000)),
            format!("let a = {}", "() { let a = ".repeat(100_000)),
            format!("T | where a == {}", "toscalar(T | where a == ".repeat(100_000)),
            format!("print 1{}", " + 1".repeat(100_000)),
            format!("print a{}", "[0]".repeat(100_000)),
        ] {
            let short: String = text.chars().take(40).collect();
            match parse(&text) {
                Err(QueryError::Syntax { .. }) => {}
                Ok(_) => assert!(short.starts_with("print dynamic([1])"), "{short}"),
                Err(QueryError::Semantic { message }) => panic!("{short}: {message}"),
            }
        }
    }

    #[test]
    fn long_lists_are_not_nesting() {
        let text = format!(
            "T | where a == 0{} and b in ({})",
            " or a == 1".repeat(5_000),
            vec!["'x'"; 5_000].join(",")
        );
        assert!(parse(&text).is_ok());
        assert!(parse(&format!("T{}", " | where a == 1".repeat(5_000))).is_ok());
    }
}
