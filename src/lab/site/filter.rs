//! `$filter` as far as the AdminService takes it: comparisons, `and`, `not`, `startswith`, `endswith`, `contains` and
//! `any` over an array. `or`, and a backslash inside a literal, are refused as on a production site.
//!
//! The service turns a filter into a WMI query and that into SQL, so texts compare without case, and a comparison with a
//! null property is neither true nor false: such a row is left out, also under `not`.

use chrono::{DateTime, Utc};

use super::classes::Property;
use super::rows::Cell;

/// A constant of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    Date(DateTime<Utc>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    StartsWith,
    EndsWith,
    Contains,
}

/// A filter, bound to the properties of a class.
#[derive(Debug)]
pub(super) enum Expression {
    And(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    /// A property against a constant.
    Compare(&'static Property, Comparison),
    Find(Search, &'static Property, String),
    /// A truth value by itself.
    Flag(&'static Property),
    /// One element of an array is equal to, or different from, a text.
    Any(&'static Property, bool, String),
}

/// The right side of a comparison.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) operator: Operator,
    pub(super) value: Literal,
}

impl Expression {
    /// Whether the row whose properties `cell` answers satisfies the filter; `None` where null leaves it open.
    pub(super) fn holds(&self, cell: &dyn Fn(&'static str) -> Cell) -> Option<bool> {
        match self {
            Self::And(left, right) => match (left.holds(cell), right.holds(cell)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Self::Not(inner) => inner.holds(cell).map(|holds| !holds),
            Self::Flag(property) => match cell(property.name) {
                Cell::Bool(value) => Some(value),
                _ => None,
            },
            Self::Compare(property, comparison) => comparison.holds(&cell(property.name)),
            Self::Find(search, property, needle) => match cell(property.name) {
                Cell::Text(text) => Some(search.finds(&text.to_lowercase(), &needle.to_lowercase())),
                _ => None,
            },
            Self::Any(property, equal, wanted) => match cell(property.name) {
                Cell::Texts(texts) => {
                    let wanted = wanted.to_lowercase();
                    Some(texts.iter().any(|text| (text.to_lowercase() == wanted) == *equal))
                }
                _ => Some(false),
            },
        }
    }

    /// Its parts, where they are comparisons that must all hold.
    pub(super) fn comparisons(&self) -> Option<Vec<(&'static Property, &Comparison)>> {
        match self {
            Self::And(left, right) => Some([left.comparisons()?, right.comparisons()?].concat()),
            Self::Compare(property, comparison) => Some(vec![(property, comparison)]),
            _ => None,
        }
    }

    /// Whether it asks for less or more, not for equal, anywhere.
    pub(super) fn has_range(&self) -> bool {
        match self {
            Self::And(left, right) => left.has_range() || right.has_range(),
            Self::Not(inner) => inner.has_range(),
            Self::Compare(_, comparison) => !matches!(comparison.operator, Operator::Eq | Operator::Ne),
            Self::Find(..) | Self::Flag(_) | Self::Any(..) => false,
        }
    }

    /// Whether it speaks of a property, named in any letter case.
    pub(super) fn names(&self, name: &str) -> bool {
        match self {
            Self::And(left, right) => left.names(name) || right.names(name),
            Self::Not(inner) => inner.names(name),
            Self::Compare(property, _)
            | Self::Find(_, property, _)
            | Self::Flag(property)
            | Self::Any(property, ..) => property.name.eq_ignore_ascii_case(name),
        }
    }

    /// The constant to which every matching row's property must be equal, if the filter has such a part.
    pub(super) fn pinned(&self, property: &str) -> Option<&Literal> {
        match self {
            Self::And(left, right) => left.pinned(property).or_else(|| right.pinned(property)),
            Self::Compare(compared, comparison) if compared.name == property && comparison.operator == Operator::Eq => {
                Some(&comparison.value)
            }
            _ => None,
        }
    }
}

impl Search {
    fn finds(self, text: &str, needle: &str) -> bool {
        match self {
            Self::StartsWith => text.starts_with(needle),
            Self::EndsWith => text.ends_with(needle),
            Self::Contains => text.contains(needle),
        }
    }
}

impl Comparison {
    fn holds(&self, cell: &Cell) -> Option<bool> {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let order = match (cell, &self.value) {
            (cell, Literal::Null) => {
                let is_null = *cell == Cell::Null;
                return Some(is_null == (self.operator == Operator::Eq));
            }
            (Cell::Null, _) => return None,
            (Cell::Bool(left), Literal::Bool(right)) => left.cmp(right),
            (Cell::Int(left), Literal::Int(right)) => left.cmp(right),
            (Cell::Text(left), Literal::Text(right)) => left.to_lowercase().cmp(&right.to_lowercase()),
            (Cell::Date(left), Literal::Date(right)) => left.cmp(right),
            _ => return None,
        };
        Some(match self.operator {
            Operator::Eq => order == Equal,
            Operator::Ne => order != Equal,
            Operator::Gt => order == Greater,
            Operator::Ge => order != Less,
            Operator::Lt => order == Less,
            Operator::Le => order != Greater,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::site::classes::class;

    fn holds(filter: &str) -> Option<bool> {
        let class = class("SMS_R_System").unwrap();
        let expression = Expression::parse(filter, class).unwrap();
        expression.holds(&|name| match name {
            "Name" => Cell::text("PS1-DB"),
            "ResourceId" => Cell::Int(16_777_219),
            "CreationDate" => Cell::Date("2026-01-02T00:00:00Z".parse().unwrap()),
            "SystemRoles" => Cell::texts(&["SMS Site System", "SMS SQL Server"]),
            "SID" => Cell::text("it's"),
            _ => Cell::Null,
        })
    }

    #[test]
    fn operators_and_functions_work() {
        for filter in [
            "Name eq 'ps1-db'",
            "name ne 'other' and ResourceID gt 5",
            "ResourceId ge 16777219 and ResourceId le 16777219 and ResourceId lt 16777220",
            "not (Name eq 'other')",
            "not not Name eq 'PS1-DB'",
            "startswith(Name,'ps1') eq true",
            "endswith(Name, '-DB')",
            "contains(Name,'x') eq false",
            "CreationDate gt 2026-01-01T00:00:00Z",
            "Obsolete eq null",
            "SID eq 'it''s'",
            "SystemRoles/any(role: role eq 'SMS SQL Server')",
        ] {
            assert_eq!(holds(filter), Some(true), "{filter}");
        }
        for filter in ["Name eq 'other'", "Name eq null", "SystemRoles/any(r: r eq 'x')"] {
            assert_eq!(holds(filter), Some(false), "{filter}");
        }
    }

    #[test]
    fn null_leaves_a_comparison_open() {
        for filter in ["Obsolete eq 0", "Obsolete ne 0", "not (Obsolete eq 0)"] {
            assert_eq!(holds(filter), None, "{filter}");
        }
        assert_eq!(holds("Obsolete eq 0 and Name eq 'other'"), Some(false));
    }

    #[test]
    fn a_pinned_property_is_found_in_conjunctions_only() {
        let class = class("SMS_FullCollectionMembership").unwrap();
        let pinned = |filter: &str| {
            let expression = Expression::parse(filter, class).unwrap();
            expression.pinned("CollectionID").cloned()
        };
        let id = Some(Literal::Text("PS100014".to_owned()));
        assert_eq!(pinned("CollectionID eq 'PS100014'"), id);
        assert_eq!(pinned("ResourceType eq 5 and (CollectionID eq 'PS100014')"), id);
        assert_eq!(pinned("not (CollectionID eq 'PS100014')"), None);
        assert_eq!(pinned("CollectionID ge 'PS100014'"), None);
    }
}
