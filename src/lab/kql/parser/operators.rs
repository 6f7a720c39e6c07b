//! What stands after `|`.

use super::super::QueryError;
use super::super::ast::{Expr, Join, JoinKind, Named, Operator, Ordered, Pattern, Union};
use super::super::lexer::Token;
use super::Parser;

const OPERATORS: &str = "an operator of the documented subset: where, extend, project, project-away, project-keep, \
     project-rename, distinct, summarize, count, take, limit, top, sort, order, join, union or serialize";

impl Parser {
    pub(super) fn operator(&mut self) -> Result<Operator, QueryError> {
        let at = self.at();
        let Some(name) = self.operator_name() else {
            return Err(self.unexpected(OPERATORS));
        };
        match name.as_str() {
            "where" | "filter" => Ok(Operator::Where(self.expression()?)),
            "extend" => Ok(Operator::Extend(self.list(Self::named)?)),
            "project" => Ok(Operator::Project(self.list(Self::named)?)),
            "project-away" => Ok(Operator::ProjectAway(self.list(Self::pattern)?)),
            "project-keep" => Ok(Operator::ProjectKeep(self.list(Self::pattern)?)),
            "project-rename" => Ok(Operator::ProjectRename(self.list(Self::rename)?)),
            "distinct" => self.distinct(),
            "summarize" => self.summarize(),
            "count" => Ok(Operator::Count),
            "take" | "limit" => Ok(Operator::Take(self.expression()?)),
            "top" => self.top(),
            "sort" | "order" => self.sort(),
            "join" => self.join(),
            "union" => Ok(Operator::Union(self.union()?)),
            "serialize" if self.is_symbol("|") || *self.peek() == Token::End => Ok(Operator::Serialize),
            _ => Err(at.error(format!("'{name}' is not understood here; expected {OPERATORS}"))),
        }
    }

    /// A word, also one with hyphens in it.
    fn operator_name(&mut self) -> Option<String> {
        if !matches!(self.peek(), Token::Word(_)) {
            return None;
        }
        let Token::Word(mut name) = self.advance() else {
            return None;
        };
        while self.is_symbol("-") && self.glued(0) && self.glued(1) && matches!(self.peek_at(1), Token::Word(_)) {
            self.next += 1;
            if let Token::Word(part) = self.advance() {
                name.push('-');
                name.push_str(&part);
            }
        }
        Some(name)
    }

    /// `name = expression` or an expression alone.
    pub(super) fn named(&mut self) -> Result<Named, QueryError> {
        let quoted = self.is_symbol("[") && self.is_symbol_at(3, "=");
        let name = if quoted || self.is_symbol_at(1, "=") {
            let name = self.name()?;
            self.expect("=")?;
            Some(name)
        } else {
            None
        };
        let expr = self.expression()?;
        Ok(Named { name, expr })
    }

    /// A column name with `*` glued to it or inside it.
    fn pattern(&mut self) -> Result<Pattern, QueryError> {
        let mut pattern = String::new();
        loop {
            if self.is_symbol("*") {
                self.next += 1;
                pattern.push('*');
            } else {
                pattern.push_str(&self.name()?);
            }
            let goes_on = self.is_symbol("*") || matches!(self.peek(), Token::Word(_));
            if !(goes_on && self.glued(0)) {
                return Ok(Pattern(pattern));
            }
        }
    }

    fn rename(&mut self) -> Result<(String, String), QueryError> {
        let new = self.name()?;
        self.expect("=")?;
        Ok((new, self.name()?))
    }

    fn distinct(&mut self) -> Result<Operator, QueryError> {
        if self.accept("*") {
            return Ok(Operator::Distinct(Vec::new()));
        }
        Ok(Operator::Distinct(self.list(Self::name)?))
    }

    fn summarize(&mut self) -> Result<Operator, QueryError> {
        let aggregates = if self.is_word("by") {
            Vec::new()
        } else {
            self.list(Self::named)?
        };
        let by = if self.accept_word("by") {
            self.list(Self::named)?
        } else {
            Vec::new()
        };
        Ok(Operator::Summarize { aggregates, by })
    }

    fn top(&mut self) -> Result<Operator, QueryError> {
        let count = self.expression()?;
        self.expect_word("by")?;
        let by = vec![self.ordered()?];
        Ok(Operator::Top { count, by })
    }

    fn sort(&mut self) -> Result<Operator, QueryError> {
        self.expect_word("by")?;
        Ok(Operator::Sort(self.list(Self::ordered)?))
    }

    fn ordered(&mut self) -> Result<Ordered, QueryError> {
        let expr = self.expression()?;
        let ascending = self.accept_word("asc");
        if !ascending {
            self.accept_word("desc");
        }
        let mut nulls_first = ascending;
        if self.accept_word("nulls") {
            nulls_first = self.accept_word("first");
            if !nulls_first {
                self.expect_word("last")?;
            }
        }
        Ok(Ordered {
            expr,
            ascending,
            nulls_first,
        })
    }

    fn join(&mut self) -> Result<Operator, QueryError> {
        let kind = if self.accept_word("kind") {
            self.expect("=")?;
            self.join_kind()?
        } else {
            JoinKind::InnerUnique
        };
        let right = self.table()?;
        self.expect_word("on")?;
        let mut on = vec![self.join_condition()?];
        while self.accept(",") || self.accept_word("and") {
            on.push(self.join_condition()?);
        }
        Ok(Operator::Join(Join { kind, right, on }))
    }

    fn join_kind(&mut self) -> Result<JoinKind, QueryError> {
        let kind = match self.peek() {
            Token::Word(word) => match word.as_str() {
                "innerunique" => Some(JoinKind::InnerUnique),
                "inner" => Some(JoinKind::Inner),
                "leftouter" => Some(JoinKind::LeftOuter),
                "rightouter" => Some(JoinKind::RightOuter),
                "fullouter" => Some(JoinKind::FullOuter),
                "leftanti" | "anti" | "leftantisemi" => Some(JoinKind::LeftAnti),
                "rightanti" | "rightantisemi" => Some(JoinKind::RightAnti),
                "leftsemi" => Some(JoinKind::LeftSemi),
                "rightsemi" => Some(JoinKind::RightSemi),
                _ => None,
            },
            _ => None,
        };
        let kind = kind.ok_or_else(|| self.unexpected("a kind of join"))?;
        self.next += 1;
        Ok(kind)
    }

    /// `A`, or `$left.A == $right.B` in either order.
    fn join_condition(&mut self) -> Result<(String, String), QueryError> {
        if !self.is_word("$left") && !self.is_word("$right") {
            let name = self.name()?;
            return Ok((name.clone(), name));
        }
        let left_first = self.is_word("$left");
        let (near, far) = if left_first {
            ("$left", "$right")
        } else {
            ("$right", "$left")
        };
        let first = self.side(near)?;
        self.expect("==")?;
        let second = self.side(far)?;
        Ok(if left_first { (first, second) } else { (second, first) })
    }

    fn side(&mut self, side: &str) -> Result<String, QueryError> {
        self.expect_word(side)?;
        self.expect(".")?;
        self.name()
    }

    /// A table as an operand: a name, a call without arguments, or anything in parentheses.
    fn table(&mut self) -> Result<Expr, QueryError> {
        if self.is_symbol("(") {
            self.next += 1;
            let table = self.nested(Self::table_or_scalar)?;
            self.expect(")")?;
            return Ok(table);
        }
        let at = self.at();
        let name = self.name()?;
        if self.is_symbol("*") {
            return Err(self.unexpected("a whole name: wildcards for tables are not read here"));
        }
        if self.accept("(") {
            return self.call(name, at);
        }
        Ok(Expr::Name(name))
    }

    /// What follows the word `union`.
    pub(super) fn union(&mut self) -> Result<Union, QueryError> {
        let mut union = Union {
            inner: false,
            source_column: None,
            fuzzy: false,
            legs: Vec::new(),
        };
        while matches!(self.peek(), Token::Word(_)) && self.is_symbol_at(1, "=") {
            if self.accept_word("kind") {
                self.next += 1;
                union.inner = self.one_of("inner", "outer")?;
            } else if self.accept_word("isfuzzy") {
                self.next += 1;
                union.fuzzy = self.one_of("true", "false")?;
            } else if self.accept_word("withsource") {
                self.next += 1;
                union.source_column = Some(self.name()?);
            } else {
                return Err(self.unexpected("kind, withsource or isfuzzy"));
            }
        }
        union.legs = self.list(Self::table)?;
        Ok(union)
    }

    /// Whether the first of two words stands here; refuses a third.
    fn one_of(&mut self, first: &str, second: &str) -> Result<bool, QueryError> {
        if self.accept_word(first) {
            return Ok(true);
        }
        if self.accept_word(second) {
            return Ok(false);
        }
        Err(self.unexpected(&format!("{first} or {second}")))
    }
}
