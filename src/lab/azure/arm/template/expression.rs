//! Reading an expression of the template language.

use super::{TemplateFault, fault};

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    /// `'text'`
    Text(String),
    /// `7`
    Number(i64),
    /// `name(…)`
    Call(String, Vec<Expression>),
    /// `….name`
    Member(Box<Expression>, String),
    /// `…[…]`
    Index(Box<Expression>, Box<Expression>),
}

/// How deep expressions may be nested.
const DEPTH: usize = 50;

/// Reads what stands between the brackets.
pub(super) fn parse(text: &str) -> Result<Expression, TemplateFault> {
    let mut parser = Parser {
        all: text,
        left: text,
        depth: 0,
    };
    let expression = parser.expression()?;
    parser.skip_spaces();
    if parser.left.is_empty() {
        return Ok(expression);
    }
    parser.unexpected()
}

struct Parser<'a> {
    all: &'a str,
    left: &'a str,
    depth: usize,
}

impl Parser<'_> {
    fn skip_spaces(&mut self) {
        self.left = self.left.trim_start();
    }

    fn take(&mut self, sign: char) -> bool {
        self.skip_spaces();
        match self.left.strip_prefix(sign) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    fn unexpected<T>(&self) -> Result<T, TemplateFault> {
        let rest = if self.left.is_empty() { "its end" } else { self.left };
        fault(format!("The expression '{}' is not valid at '{rest}'", self.all))
    }

    fn expression(&mut self) -> Result<Expression, TemplateFault> {
        self.depth += 1;
        if self.depth > DEPTH {
            return fault(format!("The expression '{}' is nested too deep", self.all));
        }
        let mut expression = self.primary()?;
        loop {
            if self.take('.') {
                expression = Expression::Member(Box::new(expression), self.name()?);
            } else if self.take('[') {
                let index = self.expression()?;
                if !self.take(']') {
                    return self.unexpected();
                }
                expression = Expression::Index(Box::new(expression), Box::new(index));
            } else {
                self.depth -= 1;
                return Ok(expression);
            }
        }
    }

    fn primary(&mut self) -> Result<Expression, TemplateFault> {
        if self.take('\'') {
            return self.text();
        }
        self.skip_spaces();
        if self
            .left
            .starts_with(|first: char| first.is_ascii_digit() || first == '-')
        {
            return self.number();
        }
        let name = self.name()?;
        if !self.take('(') {
            return self.unexpected();
        }
        let mut arguments = Vec::new();
        if self.take(')') {
            return Ok(Expression::Call(name, arguments));
        }
        loop {
            arguments.push(self.expression()?);
            if self.take(')') {
                return Ok(Expression::Call(name, arguments));
            }
            if !self.take(',') {
                return self.unexpected();
            }
        }
    }

    /// The rest of a string; two quotes are one.
    fn text(&mut self) -> Result<Expression, TemplateFault> {
        let mut text = String::new();
        while let Some((before, after)) = self.left.split_once('\'') {
            text.push_str(before);
            match after.strip_prefix('\'') {
                Some(after) => {
                    text.push('\'');
                    self.left = after;
                }
                None => {
                    self.left = after;
                    return Ok(Expression::Text(text));
                }
            }
        }
        self.unexpected()
    }

    fn number(&mut self) -> Result<Expression, TemplateFault> {
        let digits = |one: char| one.is_ascii_digit() || one == '-';
        let end = self.left.find(|one| !digits(one)).unwrap_or(self.left.len());
        let (number, left) = self.left.split_at(end);
        match number.parse() {
            Ok(number) => {
                self.left = left;
                Ok(Expression::Number(number))
            }
            Err(_) => self.unexpected(),
        }
    }

    fn name(&mut self) -> Result<String, TemplateFault> {
        self.skip_spaces();
        let part = |one: char| one.is_ascii_alphanumeric() || one == '_';
        let end = self.left.find(|one| !part(one)).unwrap_or(self.left.len());
        let (name, left) = self.left.split_at(end);
        if name.is_empty() {
            return self.unexpected();
        }
        self.left = left;
        Ok(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_members_and_indexes_are_read_and_nonsense_is_refused() {
        let text = |text: &str| Expression::Text(text.into());
        let call = Expression::Call("f".into(), vec![text("it's"), Expression::Number(-2)]);
        let member = Expression::Member(Box::new(call), "a".into());
        let expected = Expression::Index(Box::new(member), Box::new(Expression::Number(0)));
        assert_eq!(parse(" f( 'it''s' , -2 ).a[0] ").unwrap(), expected);
        let deep = format!("{}'x'{}", "f(".repeat(60), ")".repeat(60));
        for bad in [
            "",
            "'open",
            "f(",
            "f('a' 'b')",
            "f",
            "f().",
            "f()[0",
            "1-",
            "f(,)",
            &deep,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
