//! What a run did, and what stands in the workspace.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{CollectionId, Failure, Warning};

/// What a run did with one collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Read, changed, written.
    Published,
    /// Read and changed; a dry run writes nothing.
    WouldPublish,
    /// Read; the text would be the same, so nothing was written.
    Unchanged,
    /// Not even read: count and change time have not moved.
    Unmoved,
    /// The membership was changing all the time; the last good group stays.
    NotSettled,
    /// Not in the site's answers; the group stays as it is.
    NotSeen,
    /// Something went wrong; the last good group stays.
    Failed,
    /// The run was cancelled before it came to this one.
    Skipped,
}

/// One collection of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectionReport {
    /// Collection ID.
    pub id: CollectionId,
    /// Name, as the site last had it.
    pub name: String,
    /// What was done.
    pub outcome: Outcome,
    /// Computers in the group.
    pub computers: Option<usize>,
    /// The moment that the group speaks of.
    pub as_of: Option<DateTime<Utc>>,
    /// Parts that the group needed beside itself.
    pub parts: usize,
    /// Why not.
    pub error: Option<Failure>,
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct SyncReport {
    /// The connection.
    pub connection: String,
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub finished: DateTime<Utc>,
    /// Whether it was stopped before its end.
    pub cancelled: bool,
    /// One entry a chosen collection.
    pub collections: Vec<CollectionReport>,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

impl SyncReport {
    /// How many collections had this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.collections.iter().filter(|each| each.outcome == outcome).count()
    }

    /// Whether something is left undone that should have been done.
    pub fn is_partial(&self) -> bool {
        self.cancelled
            || self
                .collections
                .iter()
                .any(|each| matches!(each.outcome, Outcome::Failed | Outcome::NotSettled))
    }
}

/// A computer group as the workspace answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Collection ID.
    pub collection_id: CollectionId,
    /// Name of the collection.
    pub name: String,
    /// The function name to use in queries.
    pub alias: String,
    /// The moment that its members are true for.
    pub as_of: Option<DateTime<Utc>>,
    /// Its members, counted.
    pub count: usize,
    /// Its members; only where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computers: Option<Vec<String>>,
}
