//! Words of *Log search*, and of `asw query`.

use crate::model::log_query::{Ready, TimeRange};
use crate::model::{CollectionId, ConnectionName};

/// The title of a ready-made query.
pub const fn title(ready: Ready) -> &'static str {
    match ready {
        Ready::Members => "Members of a group",
        Ready::LastHeartbeats => "When the members of a group were last heard",
        Ready::Silent => "Members of a group that were not heard for a day",
        Ready::Matches => "How each member of a group reports, whatever its spelling",
        Ready::Outside => "Computers that report and are not in a group",
        Ready::History => "All groups, from the rows of history",
        Ready::Trend => "The size of every group, day by day, from the rows of history",
    }
}

/// Beside an address that had no room for the query.
pub const LINK_WITHOUT_QUERY: &str =
    "The query is too long for an address: the link opens the page Logs of the workspace; copy the query into it.";

/// A button that leaves the page.
pub const BACK: &str = "Back";
/// A button.
pub const COPY_QUERY: &str = "Copy query";
/// A button.
pub const OPEN_IN_PORTAL: &str = "Open in the portal";
/// What the pointer is told about it.
pub const OPEN_HINT: &str = "Opens the page Logs of the workspace with this query. A query too long for an address is copied, to be pasted there.";
/// A choice.
pub const READY_MADE: &str = "Ready-made query";
/// What that shows while the query is somebody's own.
pub const CHOOSE: &str = "Choose one, or type your own below";
/// A choice.
pub const ABOUT_GROUP: &str = "About the group of";
/// Why there is nothing to choose.
pub const NO_GROUPS: &str = "The groups are being read, or there are none yet.";
/// A choice.
pub const TIME_RANGE: &str = "Time range";
/// The field for the query.
pub const QUERY: &str = "Query (KQL)";
/// In that field while it is empty.
pub const QUERY_EXAMPLE: &str = "Heartbeat | where Computer in~ (ConfigMgr_PS1_PS100016)";
/// The button that runs it.
pub const RUN: &str = "Run";
/// What the pointer is told about it.
pub const RUN_HINT: &str = "F5, or Ctrl+Enter";
/// Why it is not available.
pub const TYPE_A_QUERY: &str = "Choose a ready-made query, or type one.";
/// While it runs.
pub const RUNNING: &str = "Running";
/// Before anything was run.
pub const NOT_RUN: &str = "The rows stand here once the query has run.";
/// Above rows that answer another query than the one that is typed.
pub const OLDER_ROWS: &str = "The rows below answer the query as it was run last.";
/// The name of the table.
pub const ROWS: &str = "Rows";
/// In place of rows.
pub const NO_ROWS: &str =
    "The query has no rows. A shorter time range than it needs, or a table without data, are the usual reasons.";

/// A group in a choice.
pub fn group(name: &str, collection: &CollectionId) -> String {
    format!("{name} ({collection})")
}

/// An answer that is not whole.
pub fn partial(rows: usize, reason: &str) -> String {
    format!(
        "The workspace sent a part of the answer: {}. {}",
        super::count(rows, "row", "rows"),
        super::sentence(reason)
    )
}

/// The page's title.
pub fn page(name: &ConnectionName) -> String {
    format!("Log search in the workspace of \"{name}\"")
}

/// A time range.
pub const fn range(range: TimeRange) -> &'static str {
    match range {
        TimeRange::Hour => "Last hour",
        TimeRange::Day => "Last 24 hours",
        TimeRange::Week => "Last 7 days",
        TimeRange::Month => "Last 30 days",
        TimeRange::Quarter => "Last 90 days",
        TimeRange::InQuery => "As the query says",
    }
}
