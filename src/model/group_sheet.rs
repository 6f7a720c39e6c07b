//! Groups and computers as tables. The titles here are those of CSV files, which scripts rely on; a window has its own words.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};

use super::CollectionId;
use super::group_view::{Computers, Difference, GroupsSeen, Match, Matches, Membership, SiteCount};
use super::sheet::{CellKind, Sheet, SheetWriter};
use CellKind::{Moment, Number, Text};

/// The columns of [`groups`], in this order; [`group`] names their places.
pub const GROUPS: [(&str, CellKind); 12] = [
    ("Name", Text),
    ("CollectionId", Text),
    ("Computers", Number),
    ("Reporting", Number),
    ("ReportingPercent", Number),
    ("SpelledOtherwise", Number),
    ("Silent", Number),
    ("AsOf", Moment),
    ("SiteMembers", Number),
    ("SiteChange", Number),
    ("Alias", Text),
    ("Problem", Text),
];

/// Where columns stand in [`GROUPS`].
pub(crate) mod group {
    pub const NAME: usize = 0;
    pub const COLLECTION_ID: usize = 1;
    pub const COMPUTERS: usize = 2;
    pub const REPORTING: usize = 3;
    pub const PERCENT: usize = 4;
    pub const SPELLED_OTHERWISE: usize = 5;
    pub const SILENT: usize = 6;
    pub const AS_OF: usize = 7;
    pub const SITE_MEMBERS: usize = 8;
    pub const SITE_CHANGE: usize = 9;
    pub const ALIAS: usize = 10;
}

/// The columns of [`computers`]; [`computer`] names their places.
pub const COMPUTERS: [(&str, CellKind); 5] = [
    ("Computer", Text),
    ("Groups", Number),
    ("Match", Text),
    ("ReportsAs", Text),
    ("LastHeartbeat", Moment),
];

/// Where columns stand in [`COMPUTERS`].
pub(crate) mod computer {
    pub const NAME: usize = 0;
    pub const GROUPS: usize = 1;
    pub const MATCH: usize = 2;
    pub const REPORTS_AS: usize = 3;
    pub const LAST_HEARTBEAT: usize = 4;
}

/// The columns of [`memberships`]; [`membership`] names their places.
pub const MEMBERSHIPS: [(&str, CellKind); 5] = [
    ("Name", Text),
    ("CollectionId", Text),
    ("Computer", Text),
    ("AsOf", Moment),
    ("Alias", Text),
];

/// Where columns stand in [`MEMBERSHIPS`].
pub(crate) mod membership {
    pub const NAME: usize = 0;
    pub const COLLECTION_ID: usize = 1;
    pub const COMPUTER: usize = 2;
    pub const AS_OF: usize = 3;
    pub const ALIAS: usize = 4;
}

/// The columns of [`difference`]: a computer, and [`TO_COME`] or [`TO_GO`].
pub const DIFFERENCE: [(&str, CellKind); 2] = [("Computer", Text), ("Change", Text)];

/// In [`difference`]: the site has it, the group has not.
pub const TO_COME: &str = "to come";
/// In [`difference`]: the group has it, the site has not.
pub const TO_GO: &str = "to go";

/// All groups, a row each. What is not known is empty.
pub fn groups(seen: &GroupsSeen, matches: Option<&Matches>, site: Option<&[SiteCount]>) -> Sheet {
    let matches = matches.into_iter().flat_map(|matches| &matches.groups);
    let matches: HashMap<&CollectionId, &Match> = matches
        .filter_map(|(id, found)| Some((id, found.as_ref().ok()?)))
        .collect();
    let site = site.unwrap_or_default().iter();
    let site: HashMap<&CollectionId, &SiteCount> = site.map(|count| (&count.collection_id, count)).collect();
    let mut writer = SheetWriter::new(GROUPS, true);
    for group in &seen.groups {
        let found = matches.get(&group.collection).copied();
        let number = |of: fn(&Match) -> usize| found.map(|found| of(found).to_string()).unwrap_or_default();
        let count = site.get(&group.collection);
        let problem = group.count.as_ref().err().map(|failure| failure.problem().code());
        writer.row([
            group.name.as_str(),
            group.collection.as_str(),
            &group.count.as_ref().map(ToString::to_string).unwrap_or_default(),
            &number(Match::reporting),
            &shown(found.and_then(Match::percent)),
            &number(Match::spelled_otherwise),
            &number(Match::silent),
            &moment(group.as_of),
            &shown(count.and_then(|count| count.members_now)),
            &shown(count.and_then(|count| count.by())),
            &group.alias,
            problem.unwrap_or_default(),
        ]);
    }
    writer.finish()
}

/// A list of computers.
pub fn computers(computers: &Computers) -> Sheet {
    let mut writer = SheetWriter::new(COMPUTERS, true);
    for each in &computers.list {
        writer.row([
            each.computer.as_str(),
            &shown(each.groups),
            each.reports.map_or("", super::group_query::Spelling::word),
            each.reports_as.as_deref().unwrap_or_default(),
            &moment(each.last_heartbeat),
        ]);
    }
    writer.finish()
}

/// The groups of a computer.
pub fn memberships(found: &[Membership], seen: &GroupsSeen) -> Sheet {
    let mut writer = SheetWriter::new(MEMBERSHIPS, true);
    for each in found {
        let group = seen.find(&each.collection_id);
        writer.row([
            group.map_or("", |group| group.name.as_str()),
            each.collection_id.as_str(),
            &each.computer,
            &moment(group.and_then(|group| group.as_of)),
            group.map_or("", |group| group.alias.as_str()),
        ]);
    }
    writer.finish()
}

/// What a group lacks and has too much.
pub fn difference(difference: &Difference) -> Sheet {
    let mut writer = SheetWriter::new(DIFFERENCE, true);
    for (names, word) in [(&difference.to_come, TO_COME), (&difference.to_go, TO_GO)] {
        for name in names {
            writer.row([name.as_str(), word]);
        }
    }
    writer.finish()
}

fn shown(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A moment as cells have it.
fn moment(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::group_query::Within;
    use crate::model::group_view::GroupSeen;
    use crate::model::{Failure, Problem};

    fn seen() -> GroupsSeen {
        let group = |id: &str, count: Result<usize, Failure>| GroupSeen {
            collection: id.parse().unwrap(),
            name: format!("Group {id}"),
            alias: format!("ConfigMgr_PS1_{id}"),
            as_of: Some(DateTime::UNIX_EPOCH),
            count,
        };
        let refused = Problem::QueryRefused { message: "no".into() };
        GroupsSeen {
            groups: vec![group("PS100016", Ok(4)), group("PS100017", Err(refused.into()))],
            computers: Ok(4),
        }
    }

    fn line(sheet: &Sheet, row: usize) -> String {
        let csv = sheet.csv(&[u32::try_from(row).unwrap()]);
        csv.lines().nth(1).unwrap().to_owned()
    }

    #[test]
    fn places_have_the_titles_of_their_columns() {
        let titles = |columns: &[(&'static str, CellKind)], places: &[usize]| -> Vec<&str> {
            places.iter().map(|place| columns[*place].0).collect()
        };
        assert_eq!(
            titles(
                &GROUPS,
                &[
                    group::COLLECTION_ID,
                    group::PERCENT,
                    group::SPELLED_OTHERWISE,
                    group::AS_OF,
                    group::SITE_CHANGE,
                    group::ALIAS
                ]
            ),
            [
                "CollectionId",
                "ReportingPercent",
                "SpelledOtherwise",
                "AsOf",
                "SiteChange",
                "Alias"
            ]
        );
        assert_eq!(
            titles(
                &COMPUTERS,
                &[computer::GROUPS, computer::MATCH, computer::LAST_HEARTBEAT]
            ),
            ["Groups", "Match", "LastHeartbeat"]
        );
        assert_eq!(
            titles(
                &MEMBERSHIPS,
                &[membership::COLLECTION_ID, membership::COMPUTER, membership::ALIAS]
            ),
            ["CollectionId", "Computer", "Alias"]
        );
    }

    #[test]
    fn what_is_not_known_is_empty_and_a_group_that_fails_says_why() {
        let seen = seen();
        let plain = groups(&seen, None, None);
        assert_eq!(
            line(&plain, 0),
            "Group PS100016,PS100016,4,,,,,1970-01-01T00:00:00Z,,,ConfigMgr_PS1_PS100016,"
        );
        assert!(line(&plain, 1).ends_with(",query_refused"));
        let found = Match {
            computers: 4,
            same: 1,
            letter_case: 1,
            short_name: 1,
        };
        let matches = Matches {
            within: Within::Day,
            all: Ok(found),
            groups: vec![("PS100016".parse().unwrap(), Ok(found))],
        };
        let site = [SiteCount {
            collection_id: "PS100016".parse().unwrap(),
            members_now: Some(6),
            members_then: Some(5),
            last_member_change: None,
            changed: Some(true),
        }];
        let all = groups(&seen, Some(&matches), Some(&site));
        assert_eq!(
            line(&all, 0),
            "Group PS100016,PS100016,4,3,75,2,1,1970-01-01T00:00:00Z,6,1,ConfigMgr_PS1_PS100016,"
        );
    }

    #[test]
    fn a_membership_says_which_group_it_is() {
        let found = [Membership {
            collection_id: "PS100016".parse().unwrap(),
            computer: "pc1".into(),
        }];
        assert_eq!(
            line(&memberships(&found, &seen()), 0),
            "Group PS100016,PS100016,pc1,1970-01-01T00:00:00Z,ConfigMgr_PS1_PS100016"
        );
    }
}
