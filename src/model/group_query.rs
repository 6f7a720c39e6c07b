//! The queries about computer groups: how many members they have, who they are, in which groups a computer is, and which members
//! report to the workspace. Pure texts.
//!
//! A group's function answers at most as many rows as the service sends (500,000, or 64 MB): numbers are therefore counted in the
//! workspace, and names are asked for one list at a time, at most [`MOST_NAMES`] of them.
//!
//! Which members report is told by `Heartbeat`, where every agent leaves its computer's name. Agents and Configuration Manager may
//! spell a computer in two ways; [`Spelling`] says which. Two names with different domains are two computers.

use std::fmt;

use super::CollectionId;
use super::kql::quoted;

/// Names that are asked for at once, at most.
pub const MOST_NAMES: usize = 200_000;

/// Groups that one query calls, at most: no limit is published, and every group brings its own text along.
pub const MOST_GROUPS: usize = 50;

/// A group as queries call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// Its collection.
    pub collection: CollectionId,
    /// The function's name.
    pub alias: String,
}

/// How lately an agent must have been heard to count as reporting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Within {
    /// An hour.
    Hour,
    /// A day.
    #[default]
    Day,
    /// Seven days.
    Week,
    /// Thirty days.
    Month,
}

impl Within {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// As a query writes it.
    pub const fn in_kql(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "1d",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.in_kql())
    }
}

/// How a member is found among the computers that report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spelling {
    /// It is not.
    Silent,
    /// One name has a domain, the other is the same without one: neither `in` nor `in~` finds it.
    Length,
    /// The names differ in letter case: `in~` finds it, `in` does not.
    Case,
    /// The names are the same.
    Same,
}

impl Spelling {
    /// All of them, the best first.
    pub const ALL: [Self; 4] = [Self::Same, Self::Case, Self::Length, Self::Silent];

    /// As the queries here answer it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Case => "letter case",
            Self::Length => "short name",
            Self::Silent => "silent",
        }
    }

    /// Reads it back.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.word() == word)
    }
}

/// The tables of the functions, each row with its collection where `named`.
fn union(groups: &[Called], named: bool) -> String {
    let leg = |group: &Called| {
        let name = if named {
            format!(" | extend CollectionId = {}", quoted(group.collection.as_str()))
        } else {
            String::new()
        };
        format!("({}{name})", group.alias)
    };
    let legs: Vec<String> = groups.iter().map(leg).collect();
    format!("union {}", legs.join(", "))
}

/// How many computers each group has. Columns `CollectionId`, `Computers`.
pub fn counts(groups: &[Called]) -> String {
    let leg = |group: &Called| {
        let id = quoted(group.collection.as_str());
        format!(
            "({} | summarize Computers = count() | extend CollectionId = {id})",
            group.alias
        )
    };
    let legs: Vec<String> = groups.iter().map(leg).collect();
    format!("union {}\n| project CollectionId, Computers", legs.join(", "))
}

/// How many computers all groups have together, each counted once however many groups it is in and however it is spelled. One row.
pub fn distinct(groups: &[Called]) -> String {
    format!(
        "{}\n| extend Lower = tolower(Computer)\n| distinct Lower\n| count",
        union(groups, false)
    )
}

/// What agents have reported, before any query that looks for spellings.
fn heard(within: Within) -> String {
    format!(
        "let heard = materialize(Heartbeat\n\
         | where TimeGenerated > ago({within})\n\
         | summarize LastHeartbeat = max(TimeGenerated) by Reported = Computer\n\
         | extend Lower = tolower(Reported)\n\
         | extend Short = tostring(split(Lower, \".\")[0])\n\
         | extend Form = iff(Lower == Short, \"short\", \"full\"));\n\
         let alike = heard | summarize arg_max(LastHeartbeat, Reported) by Lower | project Lower, CaseAt = LastHeartbeat, CaseAs = Reported;\n\
         let related = heard | summarize arg_max(LastHeartbeat, Reported) by Short, Form | project Short, Form, LengthAt = LastHeartbeat, LengthAs = Reported;\n"
    )
}

/// Finds each `Computer` among those: `Rank` 3 is the same name, 2 another letter case, 1 a short name for a full one or the other
/// way round, 0 none.
const RANKED: &str = "\n| extend Lower = tolower(Computer)\
    \n| extend Short = tostring(split(Lower, \".\")[0])\
    \n| extend Form = iff(Lower == Short, \"full\", \"short\")\
    \n| join kind=leftouter alike on Lower\
    \n| join kind=leftouter related on Short, Form\
    \n| extend Rank = case(Computer in ((heard | project Reported)), 3, isnotempty(CaseAs), 2, isnotempty(LengthAs), 1, 0)";

/// The counts that [`matched`] and [`matched_over_all`] end with.
const COUNTED: &str =
    "Computers = count(), Same = countif(Rank == 3), LetterCase = countif(Rank == 2), ShortName = countif(Rank == 1)";

/// How many members of each group report. Columns `CollectionId`, `Computers`, `Same`, `LetterCase`, `ShortName`; a group without
/// members has no row.
pub fn matched(groups: &[Called], within: Within) -> String {
    format!(
        "{}{}{RANKED}\n| summarize {COUNTED} by CollectionId",
        heard(within),
        union(groups, true)
    )
}

/// The same over all groups, each computer once. One row, or none where there are no members.
pub fn matched_over_all(groups: &[Called], within: Within) -> String {
    format!(
        "{}{}\n| distinct Computer{RANKED}\n| summarize Rank = max(Rank) by Lower\n| summarize {COUNTED}",
        heard(within),
        union(groups, false)
    )
}

/// The last lines of a list of computers that says how each reports.
fn listed(more: &str) -> String {
    let words = Spelling::ALL.map(Spelling::word);
    let [same, case, length, silent] = words.map(quoted);
    format!(
        "{RANKED}\n\
         | extend Match = case(Rank == 3, {same}, Rank == 2, {case}, Rank == 1, {length}, {silent})\n\
         | extend ReportsAs = case(Rank == 3, Computer, Rank == 2, CaseAs, Rank == 1, LengthAs, \"\")\n\
         | extend LastHeartbeat = iff(Rank == 1, LengthAt, CaseAt)\n\
         | top {MOST_NAMES} by Computer asc\n\
         | project Computer, {more}Match, ReportsAs, LastHeartbeat"
    )
}

/// Whether the workspace shows its heartbeats at all.
pub const PROBE: &str = "Heartbeat\n| where TimeGenerated > ago(1h)\n| take 1";

/// The members of a group, and how each reports. Columns `Computer`, `Match`, `ReportsAs`, `LastHeartbeat`.
pub fn members(alias: &str, within: Within) -> String {
    format!("{}{alias}\n| distinct Computer{}", heard(within), listed(""))
}

/// The members of a group alone, where `Heartbeat` may not be read. Column `Computer`.
pub fn plain_members(alias: &str) -> String {
    format!("{alias}\n| top {MOST_NAMES} by Computer asc\n| project Computer")
}

/// All computers of these groups, in how many each is, and how it reports. Columns `Computer`, `Groups`, and those of [`members`].
pub fn computers(groups: &[Called], within: Within) -> String {
    format!(
        "{}{}\n| summarize Computer = take_any(Computer), Groups = count() by Lower = tolower(Computer)\n| project Computer, Groups{}",
        heard(within),
        union(groups, false),
        listed("Groups, ")
    )
}

/// All computers of these groups alone. Columns `Computer`, `Groups`.
pub fn plain_computers(groups: &[Called]) -> String {
    format!(
        "{}\n| summarize Computer = take_any(Computer), Groups = count() by Lower = tolower(Computer)\n\
         | top {MOST_NAMES} by Computer asc\n| project Computer, Groups",
        union(groups, false)
    )
}

/// In which of these groups a computer is, however it is spelled there: in any letter case, and a name with a domain is found by the
/// same name without one and the other way round. Columns `CollectionId`, `Computer`.
pub fn groups_of(groups: &[Called], computer: &str) -> String {
    let computer = computer.trim();
    let found = match computer.split_once('.') {
        Some((short, _)) => format!("Computer =~ {} or Computer =~ {}", quoted(computer), quoted(short)),
        None => format!(
            "Computer =~ {} or Computer startswith {}",
            quoted(computer),
            quoted(&format!("{computer}."))
        ),
    };
    format!(
        "{}\n| where {found}\n| project CollectionId, Computer",
        union(groups, true)
    )
}

/// A name without a domain, in small letters.
pub fn short_name(computer: &str) -> String {
    let name = computer.trim().to_lowercase();
    name.split('.').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(ids: &[&str]) -> Vec<Called> {
        let called = |id: &&str| Called {
            collection: id.parse().unwrap(),
            alias: format!("ConfigMgr_PS1_{id}"),
        };
        ids.iter().map(called).collect()
    }

    #[test]
    fn words_of_spellings_read_back() {
        for each in Spelling::ALL {
            assert_eq!(Spelling::of_word(each.word()), Some(each));
        }
        assert_eq!(Spelling::of_word("other"), None);
    }

    #[test]
    fn a_computer_is_looked_for_with_and_without_its_domain() {
        let groups = called(&["PS100016"]);
        let query = groups_of(&groups, " PC1 ");
        assert!(
            query.contains("Computer =~ \"PC1\" or Computer startswith \"PC1.\""),
            "{query}"
        );
        let query = groups_of(&groups, "pc1.corp.example");
        assert!(
            query.contains("Computer =~ \"pc1.corp.example\" or Computer =~ \"pc1\""),
            "{query}"
        );
        let query = groups_of(&groups, "a\" | take 1 //");
        assert!(query.contains(r#""a\" | take 1 //""#), "{query}");
    }

    #[test]
    fn each_group_is_called_once() {
        let groups = called(&["PS100016", "PS100017"]);
        for query in [
            counts(&groups),
            distinct(&groups),
            matched(&groups, Within::Day),
            matched_over_all(&groups, Within::Week),
            computers(&groups, Within::Hour),
            plain_computers(&groups),
            groups_of(&groups, "pc1"),
        ] {
            for group in &groups {
                assert_eq!(query.matches(&group.alias).count(), 1, "{query}");
            }
        }
    }
}
