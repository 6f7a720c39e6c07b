//! Words of *Computer groups*, and of `asw groups`.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::{count, home};
use crate::flow::groups::List;
use crate::model::ConnectionName;
use crate::model::group_query::{Spelling, Within};
use crate::model::group_view::{Difference, GroupSeen, Match, SiteCount};

/// There are none yet.
pub const NONE_YET: &str = "The workspace has no computer groups of this connection yet. Publish them with: asw sync";
/// In place of a number that the workspace did not tell.
pub const NOT_KNOWN: &str = "not known";

/// In place of the rate over all groups.
pub const NO_MATCH_OVER_ALL: &str = "How many of all computers report is not known.";

/// What all groups come to.
pub fn totals(groups: usize, computers: Option<usize>) -> String {
    let imported = count(groups, "collection", "collections");
    match computers {
        Some(computers) => format!(
            "{imported} imported, {} with collection memberships",
            count(computers, "computer", "computers")
        ),
        None => format!("{imported} imported; how many computers they have together is not known"),
    }
}

/// How lately, in words.
pub const fn within(within: Within) -> &'static str {
    match within {
        Within::Hour => "in the last hour",
        Within::Day => "in the last 24 hours",
        Within::Week => "in the last 7 days",
        Within::Month => "in the last 30 days",
    }
}

/// How the members of a group report.
pub fn matched(found: &Match) -> String {
    let Some(percent) = found.percent() else {
        return "no members".to_owned();
    };
    let mut words = format!("{} report ({percent} %), {} do not", found.reporting(), found.silent());
    if found.spelled_otherwise() > 0 {
        words.push_str(&format!(
            "; {} under another spelling ({} in letter case, {} as a short name or with a domain)",
            found.spelled_otherwise(),
            found.letter_case,
            found.short_name
        ));
    }
    words
}

/// The same over all groups.
pub fn matched_over_all(found: &Match, lately: Within) -> String {
    if found.percent().is_none() {
        return "There are no members that could report.".to_owned();
    }
    format!(
        "Of all computers with memberships, {} {}.",
        matched(found),
        within(lately)
    )
}

/// A collection at the site beside its group.
pub fn site_count(found: &SiteCount) -> String {
    let Some(now) = found.members_now else {
        return "not in the site's answers now".to_owned();
    };
    let now = count(usize::try_from(now).unwrap_or_default(), "member", "members");
    match (found.changed, found.by()) {
        (Some(false), _) => format!("the site has {now}, unchanged since the group was read"),
        (Some(true), Some(0)) => format!("the site has {now}: as many as when the group was read, but others"),
        (Some(true), Some(by)) => format!("the site has {now} now, {by:+} since the group was read"),
        _ => format!("the site has {now} now"),
    }
}

/// What a group lacks and has too much, by name.
pub fn difference_text(difference: &Difference) -> String {
    let mut text = format!("{}\n", difference_in_short(difference));
    for (sign, names) in [('+', &difference.to_come), ('-', &difference.to_go)] {
        for name in names {
            text.push_str(&format!("  {sign} {name}\n"));
        }
    }
    text
}

/// The same in numbers.
pub fn difference_in_short(difference: &Difference) -> String {
    let (come, go) = (difference.to_come.len(), difference.to_go.len());
    let at = home::moment(difference.read_at);
    let unsure = if difference.settled {
        ""
    } else {
        " The site was at work on it, so this may be off."
    };
    if come + go == 0 {
        let same = count(difference.in_group, "computer", "computers");
        return format!("The group has what the site has ({at}): {same}.{unsure}");
    }
    format!(
        "The site has {come} more and {go} fewer than the group ({at}). The next publication brings it up to date.{unsure}"
    )
}

/// A computer in no group.
pub fn in_no_group(computer: &str) -> String {
    format!("{computer} is in no computer group of this connection.")
}

/// A column.
pub const NAME: &str = "Collection";
/// A column.
pub const COLLECTION_ID: &str = "ID";
/// A column.
pub const COMPUTERS: &str = "Computers";
/// A column.
pub const REPORTING: &str = "Report";
/// A column.
pub const PERCENT: &str = "Rate";
/// A column.
pub const OTHERWISE: &str = "Other spelling";
/// A column.
pub const SILENT: &str = "Silent";
/// A column.
pub const AS_OF: &str = "As of";
/// A column.
pub const ALIAS: &str = "Function";
/// A column.
pub const SITE_MEMBERS: &str = "Site counts";
/// A column.
pub const SITE_CHANGE: &str = "Since then";
/// A column.
pub const COMPUTER: &str = "Computer";
/// A column.
pub const IN_GROUPS: &str = "Groups";
/// A column.
pub const REPORTS: &str = "Reports";
/// A column.
pub const REPORTS_AS: &str = "Under the name";
/// A column.
pub const LAST_HEARTBEAT: &str = "Last heartbeat";
/// A column.
pub const SPELLED_THERE: &str = "Spelled there";
/// A column.
pub const CHANGE: &str = "What differs";

/// In the column of what has changed at the site.
pub const AS_THEN: &str = "same number";
/// A computer that the group lacks.
pub const WILL_COME: &str = "in the collection, not yet in the group";
/// A computer that the group has too much.
pub const WILL_GO: &str = "in the group, no more in the collection";

/// What the pointer is told about *Refresh*.
pub const REFRESH_HINT: &str = "Reads this list anew (F5)";
/// A button.
pub const COMPARE: &str = "Compare with the site";
/// What the pointer is told about it.
pub const COMPARE_HINT: &str = "Asks the site how many members each collection has at this moment";
/// A button.
pub const SEARCH: &str = "Log search…";
/// Why something is not available.
pub const NOT_READ: &str = "The groups have to be read first.";
/// In place of rows that were not read.
pub const NOT_READ_YET: &str = "This list was not read. Refresh (F5) reads it.";
/// In place of the number of computers.
pub const COMPUTERS_NOT_KNOWN: &str = "how many computers they have together is not known";
/// While it is looked which members report.
pub const MATCHING: &str = "Looking which computers report to this workspace…";
/// Above groups of which some could not be counted.
pub const SOME_NOT_KNOWN: &str = "The workspace does not tell all of these numbers.";
/// Where the reports could not be read.
pub const NO_MATCH: &str = "Which computers report to this workspace could not be found out.";
/// While the site is asked.
pub const ASKING_SITE: &str = "Asking the site";
/// A button that leads back to the list of all groups.
pub const ALL_GROUPS: &str = "Back to all groups";
/// In the field that narrows a list.
pub const FILTER_EXAMPLE: &str = "words in any column";
/// A field.
pub const FIND_COMPUTER: &str = "Why is this computer in here?";
/// In that field while it is empty.
pub const COMPUTER_EXAMPLE: &str = "name, with or without domain";
/// The button beside it.
pub const FIND: &str = "Find its groups";
/// A choice.
pub const REPORTING_WITHIN: &str = "Reporting";
/// A button.
pub const MEMBERS: &str = "Members";
/// A button.
pub const DIFFERENCE: &str = "Difference to the site";
/// What screen readers call the button that copies a function's name.
pub const COPY_ALIAS: &str = "Copy the function name";
/// What the site's counts are, where they stand beside ours.
pub const SITE_COUNTS_RECORDS: &str = "The site counts records: a second record of a computer, and records that are no computers, count there and not here.";

/// The page's title.
pub fn page(name: &ConnectionName) -> String {
    format!("Computer groups of \"{name}\"")
}

/// How many groups there are: a way to their list.
pub fn imported(groups: usize) -> String {
    format!("{} imported", count(groups, "collection", "collections"))
}

/// How many computers there are: a way to their list.
pub fn with_memberships(computers: usize) -> String {
    format!(
        "{} with collection memberships",
        count(computers, "computer", "computers")
    )
}

/// How lately, in a choice.
pub const fn within_choice(within: Within) -> &'static str {
    match within {
        Within::Hour => "Last hour",
        Within::Day => "Last 24 hours",
        Within::Week => "Last 7 days",
        Within::Month => "Last 30 days",
    }
}

/// The name of a list, for screen readers.
pub const fn list_name(list: &List) -> &'static str {
    match list {
        List::Groups => "Computer groups",
        List::Computers => "Computers",
        List::Members(_) => "Members",
        List::GroupsOf(_) => "Groups of a computer",
        List::Difference(_) => "Difference to the site",
    }
}

/// The title of a list.
pub fn list(list: &List, group: Option<&GroupSeen>) -> String {
    let name = || {
        group
            .map(|group| format!("{} ({})", group.name, group.collection))
            .unwrap_or_default()
    };
    match list {
        List::Groups => "All groups".to_owned(),
        List::Computers => "All computers".to_owned(),
        List::Members(_) => format!("Members of {}", name()),
        List::GroupsOf(computer) => format!("Groups of {computer}"),
        List::Difference(_) => format!("{} beside the site", name()),
    }
}

/// While a list is read.
pub const fn reading(list: &List) -> &'static str {
    match list {
        List::Groups => "Asking the workspace for its computer groups",
        List::Computers | List::Members(_) => "Asking the workspace for the computers",
        List::GroupsOf(_) => "Asking the workspace for the groups of this computer",
        List::Difference(_) => "Reading the collection and its group",
    }
}

/// In place of rows, where there are none. `all`: rows there are without the search.
pub fn empty(list: &List, is_reading: bool, all: usize) -> &'static str {
    match list {
        _ if is_reading => "",
        _ if all > 0 => "No row has these words.",
        List::Groups => {
            "The workspace has no computer groups of this connection yet. Publish it from the list of connections."
        }
        List::Computers | List::Members(_) => "No computers.",
        List::GroupsOf(_) => "This computer is in no computer group of this connection.",
        List::Difference(_) => "Nothing differs.",
    }
}

/// A button that leads to the groups of a computer.
pub fn groups_of(computer: &str) -> String {
    format!("Groups of {computer}")
}

/// How a computer reports.
pub const fn spelling(spelling: Spelling) -> &'static str {
    match spelling {
        Spelling::Same => "yes",
        Spelling::Case => "yes, in other letter case",
        Spelling::Length => "only with or without its domain",
        Spelling::Silent => "no",
    }
}

/// A group in short.
pub fn about(group: &GroupSeen) -> String {
    let as_of = group
        .as_of
        .map(|at| format!(", as of {}", home::moment(at)))
        .unwrap_or_default();
    let computers = match &group.count {
        Ok(number) => count(*number, "computer", "computers"),
        Err(_) => NOT_KNOWN.to_owned(),
    };
    format!("{} ({}): {computers}{as_of}.", group.name, group.collection)
}

/// What the site counts, as a sentence.
pub fn site_count_sentence(found: &SiteCount) -> String {
    super::sentence(&site_count(found))
}

/// How the members of a group report, as a sentence.
pub fn matched_sentence(found: &Match) -> String {
    super::sentence(&matched(found))
}

/// Above the example.
pub fn use_it(alias: &str) -> String {
    format!("Use it in queries as {alias}:")
}

/// A query that uses a group.
pub fn example(alias: &str) -> String {
    format!("Heartbeat | where Computer in~ ({alias}) | summarize LastHeartbeat = max(TimeGenerated) by Computer")
}

/// A moment as a table has it, in words.
pub fn moment_of(cell: &str) -> Cow<'_, str> {
    match cell.parse::<DateTime<Utc>>() {
        Ok(at) => Cow::Owned(home::moment(at)),
        Err(_) => Cow::Borrowed(cell),
    }
}
