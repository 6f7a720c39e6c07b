//! The grammar of `$filter`: from text to an expression bound to the properties of a class.

use chrono::{DateTime, Utc};

use super::classes::{Class, Kind, Property};
use super::filter::{Comparison, Expression, Literal, Operator, Search};
use super::odata::Refusal;

/// How deep brackets and `not` may nest.
const DEPTH: usize = 40;

impl Expression {
    /// Reads a filter.
    pub(super) fn parse(text: &str, class: &Class) -> Result<Self, Refusal> {
        let mut parser = Parser {
            tokens: tokens(text)?,
            next: 0,
            class,
        };
        let expression = parser.conjunction(0)?;
        match parser.peek() {
            None => Ok(expression),
            Some(Token::Word(word)) if word == "or" => Err(Refusal::Unsupported(
                "The filter operator 'or' is not supported.".to_owned(),
            )),
            Some(token) => Err(malformed(&format!("a filter cannot go on with {token:?}"))),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Constant(Literal),
    Open,
    Close,
    Comma,
    Slash,
    Colon,
}

fn malformed(reason: &str) -> Refusal {
    Refusal::Malformed(format!("The query specified in the URI is not valid. {reason}."))
}

/// The text of a constant, without its quotes; a doubled quote stands for one.
///
/// `rest` begins behind the opening quote; answers the text and what follows the closing quote.
pub(super) fn quoted(rest: &str) -> Result<(String, &str), Refusal> {
    let mut text = String::new();
    let mut rest = rest;
    loop {
        let Some((part, after)) = rest.split_once('\'') else {
            return Err(malformed("There is an unterminated string literal"));
        };
        text.push_str(part);
        match after.strip_prefix('\'') {
            Some(after) => {
                text.push('\'');
                rest = after;
            }
            None if text.contains('\\') => {
                return Err(Refusal::Unsupported(
                    "The filter holds a backslash in a literal.".to_owned(),
                ));
            }
            None => return Ok((text, after)),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let symbol = match first {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            ',' => Some(Token::Comma),
            '/' => Some(Token::Slash),
            ':' => Some(Token::Colon),
            _ => None,
        };
        if let Some(symbol) = symbol {
            tokens.push(symbol);
            rest = rest.strip_prefix(first).unwrap_or_default();
        } else if let Some(after) = rest.strip_prefix('\'') {
            let (constant, after) = quoted(after)?;
            tokens.push(Token::Constant(Literal::Text(constant)));
            rest = after;
        } else if first.is_ascii_digit() || first == '-' {
            let (constant, after) = split_run(rest, |c| c.is_ascii_alphanumeric() || "-+:.".contains(c));
            tokens.push(Token::Constant(number_or_date(constant)?));
            rest = after;
        } else if first.is_ascii_alphabetic() || first == '_' {
            let (word, after) = split_run(rest, |c| c.is_ascii_alphanumeric() || c == '_');
            tokens.push(word_token(word));
            rest = after;
        } else {
            return Err(malformed(&format!("There is a syntax error at '{first}'")));
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

fn split_run(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn number_or_date(text: &str) -> Result<Literal, Refusal> {
    if let Ok(number) = text.parse::<i64>() {
        return Ok(Literal::Int(number));
    }
    DateTime::parse_from_rfc3339(text)
        .map(|date| Literal::Date(date.with_timezone(&Utc)))
        .map_err(|_| malformed(&format!("'{text}' is neither a number nor a date")))
}

fn word_token(word: &str) -> Token {
    match word {
        "true" => Token::Constant(Literal::Bool(true)),
        "false" => Token::Constant(Literal::Bool(false)),
        "null" => Token::Constant(Literal::Null),
        _ => Token::Word(word.to_owned()),
    }
}

struct Parser<'a> {
    tokens: Vec<Token>,
    next: usize,
    class: &'a Class,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.next).cloned();
        self.next += 1;
        token
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(word)) if word == wanted);
        if found {
            self.next += 1;
        }
        found
    }

    fn expect(&mut self, wanted: &Token) -> Result<(), Refusal> {
        match self.take() {
            Some(token) if token == *wanted => Ok(()),
            Some(token) => Err(malformed(&format!("{wanted:?} was expected, not {token:?}"))),
            None => Err(malformed(&format!("The filter ends where {wanted:?} was expected"))),
        }
    }

    fn conjunction(&mut self, depth: usize) -> Result<Expression, Refusal> {
        if depth > DEPTH {
            return Err(malformed("The filter is nested too deeply"));
        }
        let mut left = self.part(depth)?;
        while self.take_word("and") {
            left = Expression::And(Box::new(left), Box::new(self.part(depth)?));
        }
        if matches!(self.peek(), Some(Token::Word(word)) if word == "or") {
            return Err(Refusal::Unsupported(
                "The filter operator 'or' is not supported.".to_owned(),
            ));
        }
        Ok(left)
    }

    fn part(&mut self, depth: usize) -> Result<Expression, Refusal> {
        if depth > DEPTH {
            return Err(malformed("The filter is nested too deeply"));
        }
        if self.take_word("not") {
            return Ok(Expression::Not(Box::new(self.part(depth + 1)?)));
        }
        match self.take() {
            Some(Token::Open) => {
                let inner = self.conjunction(depth + 1)?;
                self.expect(&Token::Close)?;
                Ok(inner)
            }
            Some(Token::Word(word)) => match (search(&word), self.peek()) {
                (Some(search), Some(Token::Open)) => self.find(search),
                _ => self.property_part(&word),
            },
            Some(token) => Err(malformed(&format!("A filter cannot have {token:?} here"))),
            None => Err(malformed("The filter is incomplete")),
        }
    }

    /// `startswith(Property,'text')`, with or without `eq true` behind it.
    fn find(&mut self, search: Search) -> Result<Expression, Refusal> {
        self.expect(&Token::Open)?;
        let property = match self.take() {
            Some(Token::Word(word)) => self.property(&word)?,
            _ => return Err(malformed("A text function takes a property first")),
        };
        if property.kind != Kind::Text {
            return Err(malformed(&format!("{} is not a text", property.name)));
        }
        self.expect(&Token::Comma)?;
        let Some(Token::Constant(Literal::Text(needle))) = self.take() else {
            return Err(malformed("A text function takes a text second"));
        };
        self.expect(&Token::Close)?;
        let found = Expression::Find(search, property, needle);
        let Some(operator) = self.take_operator() else {
            return Ok(found);
        };
        match (operator, self.take()) {
            (Operator::Eq, Some(Token::Constant(Literal::Bool(true))))
            | (Operator::Ne, Some(Token::Constant(Literal::Bool(false)))) => Ok(found),
            (Operator::Eq, Some(Token::Constant(Literal::Bool(false))))
            | (Operator::Ne, Some(Token::Constant(Literal::Bool(true)))) => Ok(Expression::Not(Box::new(found))),
            _ => Err(malformed("A text function is compared with true or false only")),
        }
    }

    fn property_part(&mut self, word: &str) -> Result<Expression, Refusal> {
        let property = self.property(word)?;
        if self.peek() == Some(&Token::Slash) {
            return self.any(property);
        }
        if matches!(property.kind, Kind::Texts | Kind::Objects | Kind::Binary) {
            return Err(malformed(&format!("{} cannot be compared", property.name)));
        }
        let Some(operator) = self.take_operator() else {
            return match property.kind {
                Kind::Bool => Ok(Expression::Flag(property)),
                _ => Err(malformed(&format!("{} is not a condition", property.name))),
            };
        };
        let Some(Token::Constant(value)) = self.take() else {
            return Err(malformed(&format!("{} is compared with constants only", property.name)));
        };
        if !fits(property.kind, &value) || (value == Literal::Null && !matches!(operator, Operator::Eq | Operator::Ne))
        {
            return Err(malformed(&format!(
                "A value of another type was given for {}",
                property.name
            )));
        }
        Ok(Expression::Compare(property, Comparison { operator, value }))
    }

    /// `Property/any(x: x eq 'text')`.
    fn any(&mut self, property: &'static Property) -> Result<Expression, Refusal> {
        self.expect(&Token::Slash)?;
        if property.kind != Kind::Texts || !self.take_word("any") {
            return Err(malformed(&format!("{} has no such path", property.name)));
        }
        self.expect(&Token::Open)?;
        let variable = self.take();
        self.expect(&Token::Colon)?;
        if !matches!(variable, Some(Token::Word(_))) || self.take() != variable {
            return Err(malformed("A condition of 'any' speaks of its variable"));
        }
        let equal = match self.take_operator() {
            Some(Operator::Eq) => true,
            Some(Operator::Ne) => false,
            _ => return Err(malformed("A condition of 'any' takes eq or ne")),
        };
        let Some(Token::Constant(Literal::Text(wanted))) = self.take() else {
            return Err(malformed("A condition of 'any' takes a text"));
        };
        self.expect(&Token::Close)?;
        Ok(Expression::Any(property, equal, wanted))
    }

    fn take_operator(&mut self) -> Option<Operator> {
        let Some(Token::Word(word)) = self.peek() else {
            return None;
        };
        let operator = match word.as_str() {
            "eq" => Operator::Eq,
            "ne" => Operator::Ne,
            "gt" => Operator::Gt,
            "ge" => Operator::Ge,
            "lt" => Operator::Lt,
            "le" => Operator::Le,
            _ => return None,
        };
        self.next += 1;
        Some(operator)
    }

    fn property(&self, name: &str) -> Result<&'static Property, Refusal> {
        let property = self
            .class
            .property(name)
            .ok_or_else(|| unknown_property(name, self.class))?;
        if property.is_lazy() {
            return Err(Refusal::Unsupported(format!(
                "The filter uses the lazy property '{}'.",
                property.name
            )));
        }
        Ok(property)
    }
}

/// The refusal of a property that the class has not.
pub(super) fn unknown_property(name: &str, class: &Class) -> Refusal {
    malformed(&format!(
        "Could not find a property named '{name}' on type 'AdminService.{}'",
        class.name
    ))
}

fn search(word: &str) -> Option<Search> {
    match word {
        "startswith" => Some(Search::StartsWith),
        "endswith" => Some(Search::EndsWith),
        "contains" => Some(Search::Contains),
        _ => None,
    }
}

fn fits(kind: Kind, value: &Literal) -> bool {
    match value {
        Literal::Null => true,
        Literal::Bool(_) => kind == Kind::Bool,
        Literal::Int(_) => matches!(kind, Kind::Int32 | Kind::Int64),
        Literal::Text(_) => kind == Kind::Text,
        Literal::Date(_) => kind == Kind::Date,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::site::classes::class;

    #[test]
    fn or_and_a_backslash_are_refused_and_the_rest_is_malformed() {
        let class = class("SMS_Collection").unwrap();
        let refused = |filter: &str| matches!(Expression::parse(filter, class), Err(Refusal::Unsupported(_)));
        let malformed = |filter: &str| matches!(Expression::parse(filter, class), Err(Refusal::Malformed(_)));
        assert!(refused("Name eq 'a' or Name eq 'b'"));
        assert!(refused("(Name eq 'a' or Name eq 'b') and IsBuiltIn"));
        assert!(refused("Name eq 'a\\b'"));
        assert!(refused("RefreshType eq 4"));
        let deep = format!("{}IsBuiltIn", "not ".repeat(200));
        let brackets = "(".repeat(5000);
        for filter in [
            "",
            "Name",
            "Name eq",
            "Name eq 5",
            "MemberCount eq '5'",
            "Name = 'a'",
            "Name eq 'a",
            "Nam eq 'a'",
            "IsBuiltIn and",
            "(IsBuiltIn",
            "IsBuiltIn)",
            "MemberCount gt null",
            "tolower(Name) eq 'a'",
            &deep,
            &brackets,
        ] {
            assert!(malformed(filter), "{filter}");
        }
    }
}
