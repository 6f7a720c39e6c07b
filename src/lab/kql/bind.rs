//! Expressions to nodes: names are resolved, types are checked, what is constant is computed once.

use std::borrow::Cow;
use std::sync::Arc;

use super::ast::{Arithmetic, Between, Call, Comparison, Expr, Membership, TextTest};
use super::eval::{Node, Set};
use super::execute::{Binding, Executor, Frame, located};
use super::values::{self, Typed};
use super::{Column, ColumnType, QueryError, Value, aggregates, functions, text};

/// Where an expression stands: what its names can mean.
#[derive(Clone, Copy)]
pub(super) struct Binder<'a> {
    pub executor: &'a Executor<'a>,
    pub frame: &'a Frame,
    /// The columns of the row that the expression sees.
    pub columns: &'a [Column],
    /// The operator, for messages.
    pub operator: &'static str,
}

/// A node and the type of its values.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub node: Node,
    pub kind: ColumnType,
}

impl Bound {
    fn constant(typed: Typed) -> Bound {
        Bound {
            node: Node::Constant(typed.value),
            kind: typed.kind,
        }
    }

    fn new(node: Node, kind: ColumnType) -> Bound {
        Bound { node, kind }
    }

    /// As `real`, where that is wanted and it is another number.
    fn promoted(self, to: ColumnType) -> Bound {
        if to != ColumnType::Real || !matches!(self.kind, ColumnType::Int | ColumnType::Long) {
            return self;
        }
        let todouble = functions::named("todouble").map(|function| function.apply);
        match todouble {
            Some(apply) => folded(Node::Call(apply, vec![self.node]), ColumnType::Real),
            None => self,
        }
    }
}

/// Computes at once what does not depend on a row.
fn folded(node: Node, kind: ColumnType) -> Bound {
    let constant = match &node {
        Node::Call(_, arguments) => arguments.iter().all(Node::is_constant),
        Node::Compare(a, _, b) | Node::Compute(a, _, b) | Node::Test(a, _, b) => a.is_constant() && b.is_constant(),
        _ => false,
    };
    let node = if constant {
        Node::Constant(node.value(&[]).into_owned())
    } else {
        node
    };
    Bound { node, kind }
}

impl Binder<'_> {
    fn error(&self, message: impl AsRef<str>) -> QueryError {
        located(self.operator, message)
    }

    /// Binds an expression of any type.
    pub fn bind(&self, expr: &Expr) -> Result<Bound, QueryError> {
        let _level = self.executor.deeper()?;
        match expr {
            Expr::Literal(typed) => Ok(Bound::constant(typed.clone())),
            Expr::Name(name) => self.name(name),
            Expr::Call(call) => self.call(call),
            Expr::And(terms) => Ok(Bound::new(Node::And(self.truths(terms, "and")?), ColumnType::Bool)),
            Expr::Or(terms) => Ok(Bound::new(Node::Or(self.truths(terms, "or")?), ColumnType::Bool)),
            Expr::Negate(value) => self.negate(value),
            Expr::Compare(a, comparison, b) => self.compare(a, *comparison, b),
            Expr::Compute(a, operation, b) => self.compute(a, *operation, b),
            Expr::Test(a, test, b) => self.test(a, *test, b),
            Expr::In(membership) => self.membership(membership),
            Expr::Between(between) => self.between(between),
            Expr::Member(value, name) => self.element(value, Value::String(name.clone())),
            Expr::Index(value, index) => self.index(value, index),
            Expr::Tabular(_) => Err(self.error("a table stands where a value is needed; toscalar() takes one out")),
            Expr::Star => Err(self.error("'*' is understood as an argument of arg_max, arg_min and take_any only")),
        }
    }

    /// Binds an expression that must be true or false.
    pub fn truth(&self, expr: &Expr) -> Result<Node, QueryError> {
        let bound = self.bind(expr)?;
        if bound.kind == ColumnType::Bool {
            return Ok(bound.node);
        }
        Err(self.error(format!(
            "the condition is of type {}, it must be of type bool",
            bound.kind.name()
        )))
    }

    /// The value of an expression that no row may change.
    pub fn constant(&self, expr: &Expr) -> Result<Typed, QueryError> {
        let bound = Binder { columns: &[], ..*self }.bind(expr)?;
        let value = bound.node.value(&[]).into_owned();
        Ok(Typed::new(bound.kind, value))
    }

    /// A count of rows.
    pub fn count(&self, expr: &Expr) -> Result<usize, QueryError> {
        match self.constant(expr)? {
            Typed {
                value: Value::Long(count),
                ..
            } => Ok(usize::try_from(count).unwrap_or(0)),
            other => Err(self.error(format!(
                "the count of rows is of type {}, not a number",
                other.kind.name()
            ))),
        }
    }

    /// The place of a column.
    pub fn column(&self, name: &str) -> Result<usize, QueryError> {
        let place = self.columns.iter().position(|column| column.name == name);
        place.ok_or_else(|| self.error(format!("Failed to resolve table or column expression named '{name}'")))
    }

    fn name(&self, name: &str) -> Result<Bound, QueryError> {
        if let Some((index, column)) = self.columns.iter().enumerate().find(|(_, column)| column.name == name) {
            return Ok(Bound::new(Node::Column(index), column.kind));
        }
        match self.frame.lets.get(name) {
            Some(Binding::Scalar(typed)) => Ok(Bound::constant(typed.clone())),
            Some(Binding::Table(_)) => Err(self.error(format!("'{name}' is a table, a value is needed here"))),
            None => self
                .column(name)
                .map(|index| Bound::new(Node::Column(index), ColumnType::Dynamic)),
        }
    }

    fn truths(&self, terms: &[Expr], operator: &str) -> Result<Vec<Node>, QueryError> {
        let term = |term| {
            let bound = self.bind(term)?;
            if bound.kind == ColumnType::Bool {
                return Ok(bound.node);
            }
            Err(self.error(format!(
                "'{operator}' takes bool on both sides, not {}",
                bound.kind.name()
            )))
        };
        terms.iter().map(term).collect()
    }

    fn negate(&self, value: &Expr) -> Result<Bound, QueryError> {
        let bound = self.bind(value)?;
        let zero = match bound.kind {
            ColumnType::TimeSpan => Value::TimeSpan(chrono::TimeDelta::zero()),
            kind if kind.is_number() => Value::Long(0),
            kind => return Err(self.error(format!("'-' takes a number or a timespan, not {}", kind.name()))),
        };
        let node = Node::Compute(
            Box::new(Node::Constant(zero)),
            Arithmetic::Subtract,
            Box::new(bound.node),
        );
        Ok(folded(node, bound.kind))
    }

    fn compare(&self, a: &Expr, comparison: Comparison, b: &Expr) -> Result<Bound, QueryError> {
        let (a, b) = (self.bind(a)?, self.bind(b)?);
        self.comparable(a.kind, comparison, b.kind)?;
        Ok(folded(
            Node::Compare(Box::new(a.node), comparison, Box::new(b.node)),
            ColumnType::Bool,
        ))
    }

    fn comparable(&self, a: ColumnType, comparison: Comparison, b: ColumnType) -> Result<(), QueryError> {
        let loose = |kind: ColumnType| kind.is_number() || matches!(kind, ColumnType::String | ColumnType::Bool);
        let fits = match (a, b) {
            (ColumnType::Dynamic, other) | (other, ColumnType::Dynamic) => {
                matches!(comparison, Comparison::Equal | Comparison::Unequal) && loose(other)
            }
            _ => values::common(a, b).is_some(),
        };
        if fits {
            return Ok(());
        }
        let (a, b, symbol) = (a.name(), b.name(), comparison.symbol());
        Err(self.error(format!(
            "Cannot compare values of types {a} and {b} with '{symbol}'. Try adding explicit casts"
        )))
    }

    fn compute(&self, a: &Expr, operation: Arithmetic, b: &Expr) -> Result<Bound, QueryError> {
        let (a, b) = (self.bind(a)?, self.bind(b)?);
        let Some(kind) = computed_kind(a.kind, operation, b.kind) else {
            let (a, b, symbol) = (a.kind.name(), b.kind.name(), operation.symbol());
            return Err(self.error(format!("'{symbol}' does not take values of types {a} and {b}")));
        };
        Ok(folded(
            Node::Compute(Box::new(a.node), operation, Box::new(b.node)),
            kind,
        ))
    }

    fn test(&self, a: &Expr, test: TextTest, b: &Expr) -> Result<Bound, QueryError> {
        let (a, b) = (self.bind(a)?, self.bind(b)?);
        for side in [&a, &b] {
            if !matches!(side.kind, ColumnType::String | ColumnType::Dynamic) {
                return Err(self.error(format!("a string operator takes strings, not {}", side.kind.name())));
            }
        }
        Ok(folded(
            Node::Test(Box::new(a.node), test, Box::new(b.node)),
            ColumnType::Bool,
        ))
    }

    fn between(&self, between: &Between) -> Result<Bound, QueryError> {
        let value = self.bind(&between.value)?;
        let low = self.bind(&between.low)?;
        let high = self.bind(&between.high)?;
        self.comparable(value.kind, Comparison::GreaterOrEqual, low.kind)?;
        self.comparable(value.kind, Comparison::LessOrEqual, high.kind)?;
        let compare = |comparison, limit| Node::Compare(Box::new(value.node.clone()), comparison, Box::new(limit));
        let node = if between.negated {
            Node::Or(vec![
                compare(Comparison::Less, low.node),
                compare(Comparison::Greater, high.node),
            ])
        } else {
            Node::And(vec![
                compare(Comparison::GreaterOrEqual, low.node),
                compare(Comparison::LessOrEqual, high.node),
            ])
        };
        Ok(Bound::new(node, ColumnType::Bool))
    }

    fn index(&self, value: &Expr, index: &Expr) -> Result<Bound, QueryError> {
        match self.constant(index)?.value {
            place @ (Value::Long(_) | Value::String(_)) => self.element(value, place),
            _ => Err(self.error("what stands in [ ] must be a number or a string")),
        }
    }

    fn element(&self, value: &Expr, place: Value) -> Result<Bound, QueryError> {
        let bound = self.bind(value)?;
        if bound.kind != ColumnType::Dynamic {
            let (kind, place) = (bound.kind.name(), text::shown(&place));
            return Err(self.error(format!(
                "'{place}' can be taken out of a dynamic value only, not of {kind}"
            )));
        }
        Ok(folded(
            Node::Call(functions::element, vec![bound.node, Node::Constant(place)]),
            ColumnType::Dynamic,
        ))
    }

    fn call(&self, call: &Call) -> Result<Bound, QueryError> {
        match (call.name.as_str(), call.arguments.as_slice()) {
            ("now", []) => return Ok(self.moment(chrono::TimeDelta::zero())),
            ("now", [offset]) => return self.timespan(offset).map(|offset| self.moment(offset)),
            ("ago", [distance]) => return self.timespan(distance).map(|distance| self.moment(-distance)),
            ("toscalar", [value]) => return self.first_cell(value),
            _ => {}
        }
        if let (Some(Binding::Scalar(typed)), []) = (self.frame.lets.get(&call.name), call.arguments.as_slice()) {
            return Ok(Bound::constant(typed.clone()));
        }
        match functions::named(&call.name) {
            Some(function) => self.apply(function, &call.arguments),
            None if aggregates::is_known(&call.name) => Err(self.error(format!(
                "the aggregation function '{}' is understood in 'summarize' only",
                call.name
            ))),
            None if self.executor.is_table(&call.name, self.frame) => {
                Err(self.error(format!("'{}' is a table, a value is needed here", call.name)))
            }
            None if call.arguments.is_empty() => Err(self.error(format!("Unknown function: '{}'", call.name))),
            None => Err(call
                .at
                .error(format!("the function '{}' is not in the documented subset", call.name))),
        }
    }

    fn timespan(&self, expr: &Expr) -> Result<chrono::TimeDelta, QueryError> {
        match self.constant(expr)?.value {
            Value::TimeSpan(span) => Ok(span),
            _ => Err(self.error("now() and ago() take a constant timespan")),
        }
    }

    fn moment(&self, offset: chrono::TimeDelta) -> Bound {
        let moment = self.executor.scope.now.checked_add_signed(offset);
        let value = moment.map_or(Value::Null, Value::DateTime);
        Bound::constant(Typed::new(ColumnType::DateTime, value))
    }

    /// The first cell of a table; a value stays what it is.
    fn first_cell(&self, expr: &Expr) -> Result<Bound, QueryError> {
        if !self.executor.is_tabular(expr, self.frame) {
            return self.constant(expr).map(Bound::constant);
        }
        let table = self.executor.table(expr, self.frame, self.operator)?;
        let Some(column) = table.columns.first() else {
            return Err(self.error("toscalar() takes a table with a column"));
        };
        let cell = table.rows.first().and_then(|row| row.first()).cloned();
        let value = cell.unwrap_or_else(|| column.kind.nothing());
        Ok(Bound::constant(Typed::new(column.kind, value)))
    }

    fn apply(&self, function: &functions::Function, arguments: &[Expr]) -> Result<Bound, QueryError> {
        let bound: Vec<Bound> = arguments
            .iter()
            .map(|argument| self.bind(argument))
            .collect::<Result<_, _>>()?;
        let kinds: Vec<ColumnType> = bound.iter().map(|argument| argument.kind).collect();
        let Some(kind) = (function.kind)(&kinds) else {
            let given: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            let (name, takes, given) = (function.name, function.takes, given.join(", "));
            return Err(self.error(format!("the function '{name}' takes {takes}, not ({given})")));
        };
        if let Some(wrong) = functions::misunderstood(function.name, &bound) {
            return Err(self.error(format!("the function '{}' does not know {wrong}", function.name)));
        }
        let chooses = matches!(function.name, "iff" | "iif" | "case" | "coalesce");
        let promote = |argument: Bound| {
            if chooses {
                argument.promoted(kind).node
            } else {
                argument.node
            }
        };
        Ok(folded(
            Node::Call(function.apply, bound.into_iter().map(promote).collect()),
            kind,
        ))
    }

    fn membership(&self, membership: &Membership) -> Result<Bound, QueryError> {
        let needle = self.bind(&membership.needle)?;
        let elements = match membership.list.as_slice() {
            [only] if self.is_in_table(only) => self.first_column(needle.kind, only)?,
            list => list
                .iter()
                .map(|element| self.bind(element))
                .collect::<Result<_, _>>()?,
        };
        let mut kind = needle.kind;
        for element in elements.iter().filter(|element| element.kind != ColumnType::Dynamic) {
            self.comparable(needle.kind, Comparison::Equal, element.kind)?;
            kind = values::common(kind, element.kind).unwrap_or(kind);
        }
        let mut set = Set::default();
        for element in elements {
            match element.promoted(kind).node {
                Node::Constant(value) => set.add(value, membership.caseless),
                other => set.others.push(other),
            }
        }
        let node = Node::In {
            needle: Box::new(needle.promoted(kind).node),
            set: Arc::new(set),
            caseless: membership.caseless,
            negated: membership.negated,
        };
        Ok(Bound::new(node, ColumnType::Bool))
    }

    /// The cells of the first column of a table, as constants. Also a column without cells must fit the needle.
    fn first_column(&self, needle: ColumnType, table: &Expr) -> Result<Vec<Bound>, QueryError> {
        let table = self.executor.table(table, self.frame, self.operator)?;
        let Some(column) = table.columns.first() else {
            return Err(self.error("'in' takes a table with a column"));
        };
        self.comparable(needle, Comparison::Equal, column.kind)?;
        let cell = |value: &Value| Bound::new(Node::Constant(value.clone()), column.kind);
        Ok(table.rows.iter().filter_map(|row| row.first()).map(cell).collect())
    }

    /// Whether the only element of a list is a table and not a column or value.
    fn is_in_table(&self, element: &Expr) -> bool {
        let is_column = matches!(element, Expr::Name(name) if self.columns.iter().any(|column| column.name == *name));
        !is_column && self.executor.is_tabular(element, self.frame)
    }
}

fn computed_kind(a: ColumnType, operation: Arithmetic, b: ColumnType) -> Option<ColumnType> {
    use Arithmetic::{Add, Divide, Modulo, Multiply, Subtract};
    use ColumnType::{DateTime, Int, Long, Real, TimeSpan};
    match (a, operation, b) {
        (DateTime, Subtract, DateTime) => Some(TimeSpan),
        (DateTime, Add | Subtract, TimeSpan) | (TimeSpan, Add, DateTime) => Some(DateTime),
        (TimeSpan, Divide, TimeSpan) => Some(Real),
        (TimeSpan, Add | Subtract | Modulo, TimeSpan) => Some(TimeSpan),
        (TimeSpan, Multiply | Divide, Int | Long | Real) | (Int | Long | Real, Multiply, TimeSpan) => Some(TimeSpan),
        (Int | Long, _, Int | Long) => Some(Long),
        (Int | Long | Real, _, Int | Long | Real) => Some(Real),
        _ => None,
    }
}

/// The value of a bound constant, none for what depends on a row.
pub(super) fn constant_of(bound: &Bound) -> Option<Typed> {
    match &bound.node {
        Node::Constant(value) => Some(Typed::new(bound.kind, value.clone())),
        _ => None,
    }
}

/// The values of nodes for a row.
pub(super) fn values_of<'a>(nodes: &'a [Node], row: &'a [Value]) -> impl Iterator<Item = Cow<'a, Value>> {
    nodes.iter().map(move |node| node.value(row))
}

#[cfg(test)]
mod tests {
    use super::super::testing::refused;

    #[test]
    fn types_are_checked_without_rows() {
        let cases = [
            ("where a", "type bool"),
            ("where a == 'x'", "long and string"),
            ("where a == 1 and s", "'and' takes bool"),
            ("where a < d", "long and dynamic"),
            ("where t > 1d", "datetime and timespan"),
            ("extend x = s + 'y'", "'+' does not take"),
            ("extend x = t + t", "datetime and datetime"),
            ("extend x = -s", "'-' takes"),
            ("where s has 1", "string operator"),
            ("where b between (1 .. 2)", "Failed to resolve"),
            ("where s between (1 .. 2)", "string and long"),
            ("take 'x'", "count of rows"),
            ("extend x = d[a]", "Failed to resolve"),
            ("extend x = ago(a)", "Failed to resolve"),
            ("extend x = datetime_diff('fortnight', t, t)", "'fortnight'"),
            ("extend x = format_datetime(t, 'zzz')", "'zzz'"),
            ("extend x = (datatable(y:long)[1])", "toscalar()"),
            ("where s in (datatable(y:long)[])", "string and long"),
        ];
        for (operators, expected) in cases {
            let message = refused(&format!(
                "datatable(a:long, s:string, t:datetime, d:dynamic)[] | {operators}"
            ));
            assert!(message.contains(expected), "{operators}: {message}");
        }
    }
}
