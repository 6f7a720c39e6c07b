//! The computer groups of a connection as the workspace answers them, and what can be asked about them.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::group_query::{Called, Spelling, Within};
use super::sheet::Sheet;
use super::{CollectionId, Failure};

/// All groups of a connection.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupsSeen {
    /// The groups, by collection ID.
    pub groups: Vec<GroupSeen>,
    /// How many computers they have together, each counted once; or why that cannot be told.
    pub computers: Result<usize, Failure>,
}

/// A group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSeen {
    /// Its collection.
    pub collection: CollectionId,
    /// The collection's name.
    pub name: String,
    /// The function name to use in queries.
    pub alias: String,
    /// The moment that its members are true for.
    pub as_of: Option<DateTime<Utc>>,
    /// Its members, counted; or why they cannot be.
    pub count: Result<usize, Failure>,
}

impl GroupSeen {
    /// As queries call it.
    pub fn called(&self) -> Called {
        Called {
            collection: self.collection.clone(),
            alias: self.alias.clone(),
        }
    }
}

impl GroupsSeen {
    /// All of them as queries call them.
    pub fn called(&self) -> Vec<Called> {
        self.groups.iter().map(GroupSeen::called).collect()
    }

    /// The group of a collection.
    pub fn find(&self, collection: &CollectionId) -> Option<&GroupSeen> {
        let place = self
            .groups
            .binary_search_by(|each| each.collection.cmp(collection))
            .ok()?;
        self.groups.get(place)
    }

    /// Why not all is known, the first reason.
    pub fn first_failure(&self) -> Option<&Failure> {
        let counts = self.groups.iter().filter_map(|each| each.count.as_ref().err());
        self.computers.as_ref().err().into_iter().chain(counts).next()
    }
}

/// Members that report to the workspace, and those that do not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Match {
    /// Computers in all.
    pub computers: usize,
    /// They report under the same name.
    pub same: usize,
    /// They report; the names differ in letter case.
    pub letter_case: usize,
    /// They report; one of the names has a domain, the other has not.
    pub short_name: usize,
}

impl Match {
    /// Computers that report, under whatever spelling.
    pub const fn reporting(&self) -> usize {
        self.same + self.letter_case + self.short_name
    }

    /// Computers that report under another spelling.
    pub const fn spelled_otherwise(&self) -> usize {
        self.letter_case + self.short_name
    }

    /// Computers that do not report.
    pub const fn silent(&self) -> usize {
        self.computers.saturating_sub(self.reporting())
    }

    /// Reporting computers in percent, rounded down: 100 means all. `None` where there are no computers.
    pub const fn percent(&self) -> Option<usize> {
        (self.reporting() * 100).checked_div(self.computers)
    }
}

/// How the members report.
#[derive(Debug, Clone, PartialEq)]
pub struct Matches {
    /// How lately they must have been heard.
    pub within: Within,
    /// Over all groups, each computer once; or why that cannot be told.
    pub all: Result<Match, Failure>,
    /// Of each group, by collection ID; a group that could not be asked about says why.
    pub groups: Vec<(CollectionId, Result<Match, Failure>)>,
}

impl Matches {
    /// Why not all is known, the first reason.
    pub fn first_failure(&self) -> Option<&Failure> {
        let groups = self.groups.iter().filter_map(|(_, found)| found.as_ref().err());
        self.all.as_ref().err().into_iter().chain(groups).next()
    }

    /// Of one group.
    pub fn of(&self, collection: &CollectionId) -> Option<&Result<Match, Failure>> {
        let place = self.groups.binary_search_by(|(id, _)| id.cmp(collection)).ok()?;
        self.groups.get(place).map(|(_, found)| found)
    }
}

/// One computer of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Computer {
    /// As it is spelled in the group.
    pub computer: String,
    /// In how many groups it is, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<usize>,
    /// How it reports; `None` where that is not known.
    #[serde(serialize_with = "spelling_word")]
    pub reports: Option<Spelling>,
    /// The name under which it reports.
    pub reports_as: Option<String>,
    /// When it was last heard.
    pub last_heartbeat: Option<DateTime<Utc>>,
}

fn spelling_word<S: serde::Serializer>(spelling: &Option<Spelling>, serializer: S) -> Result<S::Ok, S::Error> {
    match spelling {
        Some(spelling) => serializer.serialize_some(spelling.word()),
        None => serializer.serialize_none(),
    }
}

/// A list of computers, and what is missing in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Computers {
    /// The computers, by name.
    pub list: Vec<Computer>,
    /// Why the list may not be whole, where the workspace says so.
    pub partial: Option<String>,
    /// Why it is not known how they report.
    pub unmatched: Option<Failure>,
}

/// A group that a computer is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Membership {
    /// Its collection.
    pub collection_id: CollectionId,
    /// As the computer is spelled there.
    pub computer: String,
}

/// A collection as the site counts it at this moment, beside what is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SiteCount {
    /// The collection.
    pub collection_id: CollectionId,
    /// Members as the site counts them now, records that are no computers among them; `None`: it does not show the collection.
    pub members_now: Option<i64>,
    /// Members as it counted them when the published membership was read; `None` where that is not known here.
    pub members_then: Option<i64>,
    /// When its membership last changed.
    pub last_member_change: Option<DateTime<Utc>>,
    /// Whether it has changed since the published membership was read; `None` where that is not known.
    pub changed: Option<bool>,
}

impl SiteCount {
    /// The one of a collection, among many by collection ID.
    pub fn find<'a>(counts: &'a [Self], collection: &CollectionId) -> Option<&'a Self> {
        let place = counts
            .binary_search_by(|each| each.collection_id.cmp(collection))
            .ok()?;
        counts.get(place)
    }

    /// How many members more the site counts now than it did then.
    pub fn by(&self) -> Option<i64> {
        Some(self.members_now? - self.members_then?)
    }
}

/// A group beside its collection at the site, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The collection.
    pub collection_id: CollectionId,
    /// When the site was read, by its clock.
    pub read_at: DateTime<Utc>,
    /// Computers that the collection has now.
    pub at_site: usize,
    /// Computers that the group has.
    pub in_group: usize,
    /// In the collection, not yet in the group.
    pub to_come: Vec<String>,
    /// In the group, no more in the collection.
    pub to_go: Vec<String>,
    /// Whether the site was at rest while it was read; else the lists may be off.
    pub settled: bool,
}

/// The rows of a log query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The rows.
    pub sheet: Sheet,
    /// Why they may not be all, where the workspace says so.
    pub partial: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_adds_up() {
        let found = Match {
            computers: 200,
            same: 120,
            letter_case: 40,
            short_name: 39,
        };
        assert_eq!(
            (found.reporting(), found.spelled_otherwise(), found.silent()),
            (199, 79, 1)
        );
        assert_eq!(found.percent(), Some(99), "all but one is not all");
        assert_eq!(Match::default().percent(), None);
    }

    #[test]
    fn a_difference_in_numbers_needs_both() {
        let count = SiteCount {
            collection_id: "PS100016".parse().unwrap(),
            members_now: Some(7),
            members_then: Some(9),
            last_member_change: None,
            changed: Some(true),
        };
        assert_eq!(count.by(), Some(-2));
        assert_eq!(
            SiteCount {
                members_then: None,
                ..count
            }
            .by(),
            None
        );
    }
}
