//! Words of `asw groups`.

use super::{count, home};
use crate::model::group_query::Within;
use crate::model::group_view::{Difference, Match, SiteCount};

/// There are none yet.
pub const NONE_YET: &str = "The workspace has no computer groups of this connection yet. Publish them with: asw sync";
/// In place of a number that the workspace did not tell.
pub const NOT_KNOWN: &str = "not known";

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
