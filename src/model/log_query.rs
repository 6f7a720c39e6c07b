//! A log query as a person asks it: its text, the time range that it looks at, and the ready-made ones.

use super::Invalid;
use super::group_query::{self, Within};
use super::history::{FUNCTION, TABLE};

/// The time range that the workspace applies to every table that a query reads, also inside functions. A group that carries its
/// members in its own text reads none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeRange {
    /// The last hour.
    Hour,
    /// The last 24 hours, which is what the portal begins with.
    #[default]
    Day,
    /// The last 7 days.
    Week,
    /// The last 30 days.
    Month,
    /// The last 90 days.
    Quarter,
    /// Whatever the query itself says.
    InQuery,
}

impl TimeRange {
    /// All of them, the shortest first.
    pub const ALL: [Self; 6] = [
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::InQuery,
    ];

    /// As an ISO 8601 duration, as the query API takes it.
    pub const fn duration(self) -> Option<&'static str> {
        match self {
            Self::Hour => Some("PT1H"),
            Self::Day => Some("P1D"),
            Self::Week => Some("P7D"),
            Self::Month => Some("P30D"),
            Self::Quarter => Some("P90D"),
            Self::InQuery => None,
        }
    }
}

/// Reads the time range that a person has typed: an ISO 8601 duration (`P1D`, `PT4H`) or two moments with a slash between them.
/// The service reads the rest.
///
/// # Errors
/// Text that is neither.
pub fn typed_range(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let is_duration = |part: &str| {
        let figures = part.strip_prefix('P').filter(|rest| !rest.is_empty());
        figures.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || "YMWDTHS.".contains(c)))
    };
    let is_moment = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    let fits = match text.split_once('/') {
        None => is_duration(text),
        Some((from, to)) => [from, to].iter().all(|part| is_duration(part) || is_moment(part)),
    };
    if fits {
        return Ok(text.to_owned());
    }
    let why = format!("\"{}\" is no ISO 8601 duration", super::excerpt(text));
    Err(Invalid::new("time range", why, "P1D"))
}

/// A ready-made query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// The members of a group.
    Members,
    /// When the members of a group were last heard.
    LastHeartbeats,
    /// Members of a group that have not been heard lately.
    Silent,
    /// How each member of a group reports.
    Matches,
    /// Computers that report and are in no group.
    Outside,
    /// The groups by the rows of history.
    History,
    /// How the size of each group went, by the rows of history.
    Trend,
}

impl Ready {
    /// All of them, in the order in which people are offered them.
    pub const ALL: [Self; 7] = [
        Self::Members,
        Self::LastHeartbeats,
        Self::Silent,
        Self::Matches,
        Self::Outside,
        Self::History,
        Self::Trend,
    ];

    /// How scripts name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::LastHeartbeats => "last-heartbeats",
            Self::Silent => "silent",
            Self::Matches => "matches",
            Self::Outside => "outside",
            Self::History => "history",
            Self::Trend => "trend",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.name() == name)
    }

    /// Whether it reads the rows of history, which not every connection keeps.
    pub const fn reads_history(self) -> bool {
        matches!(self, Self::History | Self::Trend)
    }

    /// Whether it is about one group.
    pub const fn is_about_a_group(self) -> bool {
        !self.reads_history()
    }

    /// The text, for the group of this function name.
    pub fn text(self, alias: &str) -> String {
        match self {
            Self::Members => format!("{alias}\n| sort by Computer asc"),
            Self::LastHeartbeats => format!(
                "Heartbeat\n\
                 | where TimeGenerated > ago(1d)\n\
                 | where Computer in~ ({alias})\n\
                 | summarize LastHeartbeat = max(TimeGenerated) by Computer\n\
                 | sort by LastHeartbeat desc"
            ),
            Self::Silent => format!(
                "let heard = Heartbeat | where TimeGenerated > ago(1d) | distinct Computer;\n\
                 {alias}\n\
                 | where Computer !in~ (heard)\n\
                 | sort by Computer asc"
            ),
            Self::Matches => group_query::members(alias, Within::Day),
            Self::Outside => format!(
                "Heartbeat\n\
                 | where TimeGenerated > ago(1d)\n\
                 | where Computer !in~ ({alias})\n\
                 | summarize LastHeartbeat = max(TimeGenerated) by Computer\n\
                 | sort by Computer asc"
            ),
            Self::History => {
                format!(
                    "{FUNCTION}\n| summarize Computers = count() by GroupId, Group, TimeGenerated\n| sort by Group asc"
                )
            }
            Self::Trend => format!(
                "{TABLE}\n\
                 | where RowKind == \"snapshot\" and not(Removed)\n\
                 | summarize Members = max(Rows) by CollectionId, CollectionName, Day = bin(TimeGenerated, 1d)\n\
                 | sort by CollectionId asc, Day asc"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_range_is_a_duration_or_two_moments() {
        for fine in [
            "P1D",
            "PT4H",
            " P30D ",
            "2026-11-25T00:00:00Z/2026-11-26T00:00:00Z",
            "2026-11-25/P1D",
        ] {
            assert_eq!(typed_range(fine).unwrap(), fine.trim());
        }
        for wrong in ["", "1d", "P", "yesterday", "P1D/", "/", "P1D; drop"] {
            assert!(typed_range(wrong).is_err(), "{wrong}");
        }
        for range in TimeRange::ALL.into_iter().filter_map(TimeRange::duration) {
            assert_eq!(typed_range(range).unwrap(), range);
        }
    }

    #[test]
    fn names_of_ready_made_queries_read_back_and_each_names_its_group() {
        for ready in Ready::ALL {
            assert_eq!(Ready::named(ready.name()), Some(ready));
            assert_eq!(
                ready.text("ConfigMgr_PS1_X").contains("ConfigMgr_PS1_X"),
                ready.is_about_a_group()
            );
        }
    }
}
