//! The list of connections: its columns, and the order that a person has chosen for it.

use serde::{Deserialize, Serialize};

/// A column of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListColumn {
    /// Its name.
    Name,
    /// The Azure service that it is for.
    Service,
    /// The tenant's name.
    Tenant,
    /// The workspace's name.
    Workspace,
    /// How many collections are chosen, and how many of them have a group.
    Collections,
    /// When it was last published.
    LastPublication,
    /// When its secret key expires.
    SecretKey,
    /// How far its life has come.
    State,
}

impl ListColumn {
    /// All of them, from left to right.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Service,
        Self::Tenant,
        Self::Workspace,
        Self::Collections,
        Self::LastPublication,
        Self::SecretKey,
        Self::State,
    ];
}

/// By what the list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListOrder {
    /// By this column.
    pub column: ListColumn,
    /// The largest first.
    pub descending: bool,
}

impl ListOrder {
    /// What comes of choosing a column: it sorts, chosen again it is turned round, and once more nothing is chosen any more.
    #[must_use]
    pub fn after(now: Option<Self>, column: ListColumn) -> Option<Self> {
        let again = now.filter(|order| order.column == column);
        match again {
            None => Some(Self {
                column,
                descending: false,
            }),
            Some(Self { descending: false, .. }) => Some(Self {
                column,
                descending: true,
            }),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_sorts_is_turned_round_and_let_go() {
        let by = |column, descending| Some(ListOrder { column, descending });
        let mut now = None;
        for expected in [by(ListColumn::State, false), by(ListColumn::State, true), None] {
            now = ListOrder::after(now, ListColumn::State);
            assert_eq!(now, expected);
        }
        now = ListOrder::after(by(ListColumn::State, true), ListColumn::Name);
        assert_eq!(now, by(ListColumn::Name, false), "another column begins anew");
    }
}
