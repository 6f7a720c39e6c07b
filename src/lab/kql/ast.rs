//! The tree that the parser makes of a query.

use std::sync::Arc;

use super::lexer::At;
use super::values::Typed;
use super::{ColumnType, Table, Value};

/// A whole text: `let` statements and the tabular expression that answers.
#[derive(Debug)]
pub(super) struct Query {
    pub lets: Vec<Let>,
    pub answer: Expr,
}

/// `let name = value;`
#[derive(Debug)]
pub(super) struct Let {
    pub name: String,
    pub value: LetValue,
}

#[derive(Debug)]
pub(super) enum LetValue {
    /// A scalar, or a table.
    Plain(Expr),
    /// `() { … }`, with or without `view`.
    View(Query),
}

/// A source of rows and what is done with them.
#[derive(Debug)]
pub(super) struct Pipeline {
    pub source: Rows,
    pub operators: Vec<Operator>,
}

#[derive(Debug)]
pub(super) enum Rows {
    /// A table, a function, a `let` name, or a pipeline in parentheses.
    Of(Expr),
    Datatable(Arc<Table>),
    Print(Vec<Named>),
    Range {
        column: String,
        from: Expr,
        to: Expr,
        step: Expr,
    },
    Union(Union),
}

/// An expression with the name that the query gives to its result.
#[derive(Debug)]
pub(super) struct Named {
    pub name: Option<String>,
    pub expr: Expr,
}

#[derive(Debug)]
pub(super) enum Operator {
    Where(Expr),
    Extend(Vec<Named>),
    Project(Vec<Named>),
    ProjectAway(Vec<Pattern>),
    ProjectKeep(Vec<Pattern>),
    ProjectRename(Vec<(String, String)>),
    /// No columns: `distinct *`.
    Distinct(Vec<String>),
    Summarize {
        aggregates: Vec<Named>,
        by: Vec<Named>,
    },
    Count,
    Take(Expr),
    Top {
        count: Expr,
        by: Vec<Ordered>,
    },
    Sort(Vec<Ordered>),
    Join(Join),
    Union(Union),
    Serialize,
}

impl Operator {
    /// The word that messages use.
    pub fn name(&self) -> &'static str {
        match self {
            Operator::Where(_) => "where",
            Operator::Extend(_) => "extend",
            Operator::Project(_) => "project",
            Operator::ProjectAway(_) => "project-away",
            Operator::ProjectKeep(_) => "project-keep",
            Operator::ProjectRename(_) => "project-rename",
            Operator::Distinct(_) => "distinct",
            Operator::Summarize { .. } => "summarize",
            Operator::Count => "count",
            Operator::Take(_) => "take",
            Operator::Top { .. } => "top",
            Operator::Sort(_) => "order",
            Operator::Join(_) => "join",
            Operator::Union(_) => "union",
            Operator::Serialize => "serialize",
        }
    }
}

/// A column name; `*` stands for any characters.
#[derive(Debug)]
pub(super) struct Pattern(pub String);

#[derive(Debug)]
pub(super) struct Ordered {
    pub expr: Expr,
    pub ascending: bool,
    pub nulls_first: bool,
}

#[derive(Debug)]
pub(super) struct Join {
    pub kind: JoinKind,
    pub right: Expr,
    /// Pairs of column names: of the left table, of the right table.
    pub on: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum JoinKind {
    InnerUnique,
    Inner,
    LeftOuter,
    RightOuter,
    FullOuter,
    LeftAnti,
    RightAnti,
    LeftSemi,
    RightSemi,
}

#[derive(Debug)]
pub(super) struct Union {
    /// Only the columns that all tables have.
    pub inner: bool,
    /// The column that says where each row is from.
    pub source_column: Option<String>,
    /// Tables that do not exist are left out.
    pub fuzzy: bool,
    pub legs: Vec<Expr>,
}

#[derive(Debug)]
pub(super) enum Expr {
    Literal(Typed),
    Name(String),
    Call(Box<Call>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Negate(Box<Expr>),
    Compare(Box<Expr>, Comparison, Box<Expr>),
    Compute(Box<Expr>, Arithmetic, Box<Expr>),
    Test(Box<Expr>, TextTest, Box<Expr>),
    In(Box<Membership>),
    Between(Box<Between>),
    /// `value.name`
    Member(Box<Expr>, String),
    /// `value[index]`
    Index(Box<Expr>, Box<Expr>),
    Tabular(Box<Pipeline>),
    /// `*`, an argument of some aggregates only.
    Star,
}

#[derive(Debug)]
pub(super) struct Call {
    pub name: String,
    pub arguments: Vec<Expr>,
    pub at: At,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub fn symbol(self) -> &'static str {
        match self {
            Comparison::Equal => "==",
            Comparison::Unequal => "!=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Arithmetic {
    pub fn symbol(self) -> &'static str {
        match self {
            Arithmetic::Add => "+",
            Arithmetic::Subtract => "-",
            Arithmetic::Multiply => "*",
            Arithmetic::Divide => "/",
            Arithmetic::Modulo => "%",
        }
    }
}

/// A test of one string against another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TextTest {
    pub how: TextMatch,
    pub caseless: bool,
    pub negated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TextMatch {
    Equals,
    Has,
    HasPrefix,
    HasSuffix,
    Contains,
    StartsWith,
    EndsWith,
}

#[derive(Debug)]
pub(super) struct Membership {
    pub needle: Expr,
    pub list: Vec<Expr>,
    pub caseless: bool,
    pub negated: bool,
}

#[derive(Debug)]
pub(super) struct Between {
    pub value: Expr,
    pub low: Expr,
    pub high: Expr,
    pub negated: bool,
}

impl Expr {
    pub fn literal(kind: ColumnType, value: Value) -> Expr {
        Expr::Literal(Typed::new(kind, value))
    }
}
