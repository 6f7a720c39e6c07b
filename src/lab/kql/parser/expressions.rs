//! Scalar expressions, from the loosest binding (`or`) to the tightest (`.`, `[ ]`).

use super::super::ast::{
    Arithmetic, Between, Call, Comparison, Expr, Membership, Operator, Pipeline, Rows, TextMatch, TextTest,
};
use super::super::lexer::{At, Token};
use super::super::{ColumnType, QueryError, Value, aggregates, functions};
use super::{MAX_CHAIN, Parser};

impl Parser {
    pub(super) fn expression(&mut self) -> Result<Expr, QueryError> {
        self.nested(|parser| {
            let first = parser.conjunction()?;
            if !parser.is_word("or") {
                return Ok(first);
            }
            let mut terms = vec![first];
            while parser.accept_word("or") {
                terms.push(parser.conjunction()?);
            }
            Ok(Expr::Or(terms))
        })
    }

    fn conjunction(&mut self) -> Result<Expr, QueryError> {
        let first = self.comparison()?;
        if !self.is_word("and") {
            return Ok(first);
        }
        let mut terms = vec![first];
        while self.accept_word("and") {
            terms.push(self.comparison()?);
        }
        Ok(Expr::And(terms))
    }

    /// One test at most: `a < b < c` has no meaning.
    fn comparison(&mut self) -> Result<Expr, QueryError> {
        let left = self.sum()?;
        if let Some(comparison) = self.comparison_symbol() {
            self.next += 1;
            return Ok(Expr::Compare(Box::new(left), comparison, Box::new(self.sum()?)));
        }
        if let Some(test) = self.text_test() {
            self.next += 1;
            return Ok(Expr::Test(Box::new(left), test, Box::new(self.sum()?)));
        }
        let Token::Word(word) = self.peek() else {
            return Ok(left);
        };
        let (negated, caseless) = (word.starts_with('!'), word.ends_with('~'));
        match word.as_str() {
            "in" | "!in" | "in~" | "!in~" => {
                self.next += 1;
                self.membership(left, caseless, negated)
            }
            "between" | "!between" => {
                self.next += 1;
                self.between(left, negated)
            }
            _ => Ok(left),
        }
    }

    fn comparison_symbol(&self) -> Option<Comparison> {
        let Token::Symbol(symbol) = self.peek() else {
            return None;
        };
        Some(match *symbol {
            "==" => Comparison::Equal,
            "!=" | "<>" => Comparison::Unequal,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return None,
        })
    }

    fn text_test(&self) -> Option<TextTest> {
        let test = |how, caseless, negated| TextTest { how, caseless, negated };
        match self.peek() {
            Token::Symbol("=~") => Some(test(TextMatch::Equals, true, false)),
            Token::Symbol("!~") => Some(test(TextMatch::Equals, true, true)),
            Token::Word(word) => {
                let plain = word.strip_prefix('!').unwrap_or(word);
                let name = plain.strip_suffix("_cs").unwrap_or(plain);
                let how = match name {
                    "has" => TextMatch::Has,
                    "hasprefix" => TextMatch::HasPrefix,
                    "hassuffix" => TextMatch::HasSuffix,
                    "contains" => TextMatch::Contains,
                    "startswith" => TextMatch::StartsWith,
                    "endswith" => TextMatch::EndsWith,
                    _ => return None,
                };
                Some(test(how, name == plain, word.starts_with('!')))
            }
            _ => None,
        }
    }

    fn membership(&mut self, needle: Expr, caseless: bool, negated: bool) -> Result<Expr, QueryError> {
        self.expect("(")?;
        let list = self.list(Self::table_or_scalar)?;
        self.expect(")")?;
        Ok(Expr::In(Box::new(Membership {
            needle,
            list,
            caseless,
            negated,
        })))
    }

    fn between(&mut self, value: Expr, negated: bool) -> Result<Expr, QueryError> {
        self.expect("(")?;
        let low = self.sum()?;
        self.expect("..")?;
        let high = self.sum()?;
        self.expect(")")?;
        Ok(Expr::Between(Box::new(Between {
            value,
            low,
            high,
            negated,
        })))
    }

    /// Counts what deepens the tree without deepening the nesting: every link of a chain but the first.
    fn chain(&mut self, first: &mut bool) -> Result<(), QueryError> {
        if std::mem::take(first) {
            return Ok(());
        }
        self.chained += 1;
        if self.chained > MAX_CHAIN {
            let what = format!("{} is one too many: at most {MAX_CHAIN} are read", self.peek().shown());
            return Err(self.at().error(what));
        }
        Ok(())
    }

    fn sum(&mut self) -> Result<Expr, QueryError> {
        let mut left = self.product()?;
        let mut first = true;
        loop {
            let operation = match self.peek() {
                Token::Symbol("+") => Arithmetic::Add,
                Token::Symbol("-") => Arithmetic::Subtract,
                _ => return Ok(left),
            };
            self.chain(&mut first)?;
            self.next += 1;
            left = Expr::Compute(Box::new(left), operation, Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Expr, QueryError> {
        let mut left = self.signed()?;
        let mut first = true;
        loop {
            let operation = match self.peek() {
                Token::Symbol("*") => Arithmetic::Multiply,
                Token::Symbol("/") => Arithmetic::Divide,
                Token::Symbol("%") => Arithmetic::Modulo,
                _ => return Ok(left),
            };
            self.chain(&mut first)?;
            self.next += 1;
            left = Expr::Compute(Box::new(left), operation, Box::new(self.signed()?));
        }
    }

    fn signed(&mut self) -> Result<Expr, QueryError> {
        if self.accept("-") {
            return self.nested(|parser| Ok(Expr::Negate(Box::new(parser.signed()?))));
        }
        if self.accept("+") {
            return self.nested(Self::signed);
        }
        self.path()
    }

    /// A value and what is taken out of it by `.name` and `[index]`.
    fn path(&mut self) -> Result<Expr, QueryError> {
        let mut value = self.primary()?;
        let mut first = true;
        loop {
            if self.is_symbol(".") {
                self.chain(&mut first)?;
                self.next += 1;
                value = Expr::Member(Box::new(value), self.name()?);
            } else if self.is_symbol("[") {
                self.chain(&mut first)?;
                self.next += 1;
                value = Expr::Index(Box::new(value), Box::new(self.expression()?));
                self.expect("]")?;
            } else {
                return Ok(value);
            }
        }
    }

    fn primary(&mut self) -> Result<Expr, QueryError> {
        let at = self.at();
        match self.peek() {
            Token::Text(_) => Ok(Expr::literal(ColumnType::String, Value::String(self.text()))),
            Token::Literal(_) => self.literal().map(Expr::Literal),
            Token::Symbol("(") => {
                self.next += 1;
                let inside = self.table_or_scalar()?;
                self.expect(")")?;
                Ok(inside)
            }
            Token::Symbol("[") => self.name().map(Expr::Name),
            Token::Word(word) => match word.as_str() {
                "true" | "false" => self.literal().map(Expr::Literal),
                "dynamic" if self.is_symbol_at(1, "(") => self.dynamic().map(Expr::Literal),
                "and" | "or" | "by" | "on" => Err(self.unexpected("a value")),
                _ => {
                    let name = self.name()?;
                    if self.accept("(") {
                        return self.call(name, at);
                    }
                    Ok(Expr::Name(name))
                }
            },
            _ => Err(self.unexpected("a value")),
        }
    }

    /// What follows the opening parenthesis of a call. A call without arguments may be of a stored function; a call
    /// with arguments must be of a function that is known here.
    pub(super) fn call(&mut self, name: String, at: At) -> Result<Expr, QueryError> {
        let mut arguments = Vec::new();
        if !self.is_symbol(")") {
            if !functions::is_known(&name) && !aggregates::is_known(&name) {
                return Err(at.error(format!("the function '{name}' is not in the documented subset")));
            }
            arguments = self.list(Self::argument)?;
        }
        self.expect(")")?;
        Ok(Expr::Call(Box::new(Call { name, arguments, at })))
    }

    fn argument(&mut self) -> Result<Expr, QueryError> {
        if self.is_symbol("*") && (self.is_symbol_at(1, ",") || self.is_symbol_at(1, ")")) {
            self.next += 1;
            return Ok(Expr::Star);
        }
        self.table_or_scalar()
    }
}

/// The source's own name where a table is only named, perhaps filtered on the way.
pub(in super::super) fn source_name(table: &Expr) -> Option<&str> {
    match table {
        Expr::Name(name) => Some(name),
        Expr::Tabular(pipeline) => match pipeline.as_ref() {
            Pipeline {
                source: Rows::Of(source),
                operators,
            } if operators.iter().all(keeps_source) => source_name(source),
            _ => None,
        },
        _ => None,
    }
}

fn keeps_source(operator: &Operator) -> bool {
    !matches!(operator, Operator::Join(_) | Operator::Union(_))
}
