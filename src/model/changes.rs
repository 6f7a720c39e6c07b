//! What is to become different about a connection that stands, what that does in Azure, and what has come of it.

use super::plan::Check;
use super::removal::RemovalInventory;
use super::report::ConnectionOverview;
use super::schedule::Every;
use super::{CollectionId, ConnectionName, Failure, MemberScope, ResourceGroupId, RuleId, Warning};

/// Changes of one connection. What is `None` or empty stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// Another name.
    pub name: Option<ConnectionName>,
    /// Another description.
    pub description: Option<String>,
    /// Whether schedules publish it.
    pub import: Option<bool>,
    /// Which records count as members.
    pub members: Option<MemberScope>,
    /// Collections to publish too.
    pub add: Vec<CollectionId>,
    /// Collections to publish no more: their groups go.
    pub remove: Vec<CollectionId>,
    /// Whether memberships are kept as rows too.
    pub history: Option<bool>,
    /// The schedule of this account on this machine, which publishes all its connections.
    pub schedule: Option<Rhythm>,
}

/// How often this account's schedule publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// There is no schedule.
    Never,
    /// Once in so many hours.
    Every(Every),
}

impl Changes {
    /// Whether nothing is to change.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether computer groups, or what belongs to history, come or go in Azure.
    pub fn show_in_azure(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty() || self.history.is_some()
    }

    /// Whether it is worth publishing afterwards: groups or rows are still to come, or members are counted otherwise.
    pub fn call_for_publication(&self) -> bool {
        !self.add.is_empty() || self.history == Some(true) || self.members.is_some()
    }
}

/// What changes do in Azure, before they are made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preview {
    /// Groups that the next publication makes.
    pub appear: Vec<GroupToCome>,
    /// Whether collections are taken away.
    pub removes: bool,
    /// What is deleted then, and what of others names it.
    pub removal: RemovalInventory,
    /// What is made or deleted for history.
    pub history: Option<HistoryToCome>,
}

/// A computer group that is not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupToCome {
    /// Collection ID.
    pub id: CollectionId,
    /// Name of the collection.
    pub name: String,
    /// Its members, as the site counts them.
    pub members: i64,
    /// The function name to use in queries.
    pub alias: String,
}

/// What becomes of history.
#[derive(Debug, Clone, PartialEq)]
pub enum HistoryToCome {
    /// Table, rule, role and function are made.
    Made {
        /// Where the rule will stand.
        group: ResourceGroupId,
        /// What that needs, allowed or not.
        checks: Vec<Check>,
    },
    /// Rule, role and function are deleted; the table stays.
    Deleted {
        /// The rule.
        rule: RuleId,
    },
}

impl Preview {
    /// Why the changes cannot be made, where that shows already.
    pub fn obstacle(&self) -> Option<&Failure> {
        match &self.history {
            Some(HistoryToCome::Made { checks, .. }) => checks.iter().find_map(|check| check.outcome.as_ref().err()),
            _ => None,
        }
    }

    /// Whether anything in Azure goes.
    pub fn takes_away(&self) -> bool {
        self.removal.saved_searches > 0 || matches!(self.history, Some(HistoryToCome::Deleted { .. }))
    }
}

/// What has come of changes. Those that were made stay made, whatever became of the ones after them.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The connection as it stands now.
    pub now: ConnectionOverview,
    /// The changes that were made.
    pub done: Changes,
    /// What a person should know.
    pub warnings: Vec<Warning>,
    /// Why the rest was not made, where there is a rest.
    pub failure: Option<Failure>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_collections_and_history_show_in_azure() {
        assert!(Changes::default().is_none());
        let name = Changes {
            name: "Other".parse().ok(),
            import: Some(false),
            members: Some(MemberScope::ClientsOnly),
            schedule: Some(Rhythm::Never),
            ..Changes::default()
        };
        assert!(!name.is_none() && !name.show_in_azure());
        let history = Changes {
            history: Some(false),
            ..Changes::default()
        };
        assert!(history.show_in_azure() && !history.call_for_publication());
        let add = Changes {
            add: vec!["PS100001".parse().unwrap()],
            ..Changes::default()
        };
        assert!(add.show_in_azure() && add.call_for_publication());
    }
}
