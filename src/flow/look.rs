//! What the pages over what is published ask for, and what comes back: a part of the contract of [`super::effect`].

use std::path::PathBuf;
use std::sync::Arc;

use super::effect::{IfThere, Saved};
use super::grid::{Laid, Source};
use crate::model::group_query::{Called, Within};
use crate::model::group_view::{Difference, Found, GroupsSeen, Matches, SiteCount};
use crate::model::sheet::{Sheet, Sort};
use crate::model::{ConnectionName, Failure, Result};

/// Changes nothing of ours, of the site or of Azure.
pub enum Look {
    /// The computer groups of a connection, with their numbers.
    Groups(ConnectionName),
    /// The same without asking how many computers they have.
    Aliases(ConnectionName),
    /// Which members of these groups report to the workspace.
    Matches(ConnectionName, Vec<Called>, Within),
    /// A list of computers.
    Computers(ConnectionName, ComputersOf, Within),
    /// The groups that a computer is in.
    GroupsOf(ConnectionName, Arc<GroupsSeen>, String),
    /// What the site counts at this moment.
    SiteCounts(ConnectionName),
    /// What a group lacks and has too much, beside the site at this moment.
    Difference(ConnectionName, Called),
    /// A log query in the workspace of a connection, with the time range as the service takes it.
    Search(ConnectionName, String, Option<String>),
    /// Make a table, and put its rows in order.
    LayOut(Source, Option<Sort>),
    /// Write these rows of a table to a file that a person has named, as CSV.
    SaveSheet(PathBuf, Sheet, Arc<Vec<u32>>, IfThere),
}

/// Whose computers are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComputersOf {
    /// Those of one group.
    Group(Called),
    /// Those of all these groups, each once.
    All(Vec<Called>),
}

/// A list as the workspace answers it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListSeen {
    /// The rows.
    pub sheet: Sheet,
    /// Why they may not be all, where the workspace says so.
    pub partial: Option<String>,
    /// What could not be found out beside them.
    pub lacking: Option<Failure>,
}

/// A group beside its collection at the site.
#[derive(Debug, Clone, PartialEq)]
pub struct DifferenceSeen {
    /// What was found.
    pub difference: Difference,
    /// The same as a table.
    pub sheet: Sheet,
}

/// The answer to a look of the same name.
pub enum Seen {
    /// The groups.
    Groups(Result<Arc<GroupsSeen>>),
    /// The groups without numbers.
    Aliases(Result<Arc<GroupsSeen>>),
    /// How the members report.
    Matches(Result<Arc<Matches>>),
    /// The computers.
    Computers(Result<ListSeen>),
    /// The groups of the computer.
    GroupsOf(Result<ListSeen>),
    /// The site's counts.
    SiteCounts(Result<Arc<Vec<SiteCount>>>),
    /// What differs.
    Difference(Result<Box<DifferenceSeen>>),
    /// The rows of the log query.
    Search(Result<Found>),
    /// The table in order.
    LayOut(Result<Laid>),
    /// The file that was written, or left.
    SaveSheet(Result<Saved>),
}
