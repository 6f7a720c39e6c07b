//! Taking a connection away: how far that reaches, what goes from Azure, and what stays there.

use serde::Serialize;

use super::WorkspaceId;
use super::resource::{EndpointId, RuleId};

/// How far a removal reaches. The app registration stays in any case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Extent {
    /// What the connection has in Azure goes; the table of history stays, with what has been.
    #[default]
    Everything,
    /// The table goes too, with all its rows.
    AndTable,
    /// Only what is on this machine goes; Azure is not even asked.
    HereOnly,
}

/// What removing a connection takes from Azure, and who may miss it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemovalInventory {
    /// Function names of the computer groups.
    pub groups: Vec<String>,
    /// Saved searches of ours in all, parts and record included.
    pub saved_searches: usize,
    /// The data collection rule of history.
    pub rule: Option<RuleId>,
    /// The endpoint that was made for the rule.
    pub endpoint: Option<EndpointId>,
    /// The function that reads the table goes: no other connection has history in the workspace.
    pub function: bool,
    /// The table of history, where there is one.
    pub table: Option<TableFound>,
    /// Saved searches of others whose text names one of the groups.
    pub dependents: Vec<String>,
}

/// The table of history, as it stands before a removal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableFound {
    /// Its rows, whichever connection wrote them; `None` where they could not be counted.
    pub rows: Option<u64>,
    /// Other connections of ours that have history in the workspace: while there is one, the table stays.
    pub used_by: Vec<String>,
}

impl TableFound {
    /// Whether it may go.
    pub fn may_go(&self) -> bool {
        self.used_by.is_empty()
    }
}

/// What stays in Azure of a connection that is forgotten here only, as last known here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remnants {
    /// Where the saved searches, the function and the table are.
    pub workspace: WorkspaceId,
    /// Each thing.
    pub things: Vec<Remnant>,
}

/// One thing in Azure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Remnant {
    /// A computer group.
    Group {
        /// Its function name.
        alias: String,
        /// The saved search that it is.
        id: String,
    },
    /// A part of a large group.
    Part {
        /// The saved search that it is.
        id: String,
    },
    /// The record of the connection.
    Record {
        /// The saved search that it is.
        id: String,
    },
    /// The data collection rule, and the upload role of the app on it, which goes with the rule.
    Rule {
        /// Which.
        id: RuleId,
    },
    /// The data collection endpoint.
    Endpoint {
        /// Which.
        id: EndpointId,
    },
    /// The function that reads the table; other connections may use it.
    Function {
        /// Its name.
        alias: String,
        /// The saved search that it is.
        id: String,
    },
    /// The table of history; other connections may use it.
    Table {
        /// Its name.
        name: String,
    },
}
