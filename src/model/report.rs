//! What a run did, and what stands in the workspace.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::dry_run::{Beside, RowsUp, Would};
use super::site::SiteReading;
use super::{CollectionId, Connection, Failure, KeyExpiry, KeyNotes, Problem, SiteIdentity, Warning};

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
    /// Its rows are sent; the group, which is made from them, follows once the workspace shows them.
    Awaiting,
    /// Not in the site's answers; the group stays as it is.
    NotSeen,
    /// Something went wrong; the last good group stays.
    Failed,
    /// The run was cancelled before it came to this one.
    Skipped,
}

impl Outcome {
    /// All of them, in the order in which people are told.
    pub const IN_ORDER: [Self; 9] = [
        Self::Published,
        Self::WouldPublish,
        Self::Unchanged,
        Self::Unmoved,
        Self::NotSettled,
        Self::Awaiting,
        Self::NotSeen,
        Self::Failed,
        Self::Skipped,
    ];
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
    /// What a run would do, where this was a dry one.
    pub would: Option<Would>,
    /// Rows of history that Azure has taken.
    pub sent: RowsUp,
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
    /// What a run would do beside them, where this was a dry one.
    pub beside: Option<Beside>,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

impl SyncReport {
    /// How many collections had this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.collections.iter().filter(|each| each.outcome == outcome).count()
    }

    /// Rows of history that Azure has taken.
    pub fn sent(&self) -> RowsUp {
        self.collections
            .iter()
            .fold(RowsUp::default(), |sum, each| sum.and(each.sent))
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

/// A connection as a list of connections shows it: what we remember of it, without asking anybody.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectionOverview {
    /// The connection.
    pub connection: Connection,
    /// Collections that have a published group.
    pub groups: usize,
    /// Its last run.
    pub last_run: Option<LastRun>,
    /// Since when it is left out of schedules, where it is and that is known.
    pub off_since: Option<DateTime<Utc>>,
    /// What is noted of its secret key.
    pub key_notes: KeyNotes,
    /// When a new secret key was begun to be put into use, where the end of that is not known.
    pub renewal_begun: Option<DateTime<Utc>>,
    /// Whether the desktop is told when that key nears its end.
    pub tells_desktop: bool,
    /// Rows of history that its runs have sent this month, by UTC.
    pub sent_this_month: RowsUp,
    /// Each chosen collection: first those that need a look, then by name.
    pub collections: Vec<CollectionOverview>,
    /// Collections that are not chosen any more and whose groups may still be there: taking them away did not come to its end.
    pub left_over: Vec<CollectionId>,
}

impl ConnectionOverview {
    /// How its secret key stands at this moment.
    pub fn key(&self, now: DateTime<Utc>) -> KeyExpiry {
        KeyExpiry::at(self.connection.setup.app.secret_expiry, &self.key_notes, now)
    }
}

/// What we remember of a chosen collection.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectionOverview {
    /// Collection ID.
    pub id: CollectionId,
    /// Name, as the site last had it; empty where it was never seen.
    pub name: String,
    /// What the last run did with it; `None` where it did not come to it.
    pub outcome: Option<Outcome>,
    /// Why not.
    pub problem: Option<Problem>,
    /// Computers in its group, where one is published.
    pub computers: Option<usize>,
    /// The moment that the group speaks of.
    pub as_of: Option<DateTime<Utc>>,
    /// Since when the site's answers lack it.
    pub not_seen_since: Option<DateTime<Utc>>,
    /// Rows of history that the last run sent.
    pub sent: RowsUp,
    /// The rows that history shows, or will show.
    pub rows: Option<RowsOverview>,
}

/// What has become of the rows of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowsOverview {
    /// When they were taken.
    pub sent_at: DateTime<Utc>,
    /// When a query first saw them whole.
    pub seen_at: Option<DateTime<Utc>>,
    /// They do not count any more: the next run sends all of them again.
    pub again: bool,
}

/// The last run of a connection.
#[derive(Debug, Clone, PartialEq)]
pub struct LastRun {
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it ended; `None` while it is under way, and for ever when it was ended from outside.
    pub ended: Option<DateTime<Utc>>,
    /// Why it could not do its work, where it could not.
    pub problem: Option<Problem>,
    /// The connection was moved to another SMS Provider or site after that.
    pub moved_since: bool,
    /// A new secret key was put into use after that.
    pub renewed_since: bool,
}

/// What moving a connection to another SMS Provider, and to the site there, does.
///
/// A collection's ID carries the code of the site that made it and stays when that site gets another one above it: where the new
/// site shows the ID, it is the same collection. Not so where a site was installed anew under its old code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relocation {
    /// The site until now, as last read.
    pub from: Option<SiteIdentity>,
    /// The site that answers.
    pub to: SiteReading,
    /// Chosen collections that it shows: their groups go on under their names.
    pub kept: Vec<KeptCollection>,
    /// Chosen collections that it does not show: they stay chosen, and their groups as they are.
    pub missing: Vec<MissingCollection>,
}

/// A chosen collection that the new site shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptCollection {
    /// Collection ID.
    pub id: CollectionId,
    /// Its name there.
    pub name: String,
    /// Its name until now, where that is known and another one.
    pub name_before: Option<String>,
}

/// A chosen collection that the new site does not show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingCollection {
    /// Collection ID.
    pub id: CollectionId,
    /// Its name, as last known; empty where it is not.
    pub name: String,
    /// Collections of the new site that have this name: a hint for a person, no more.
    pub namesakes: Vec<CollectionId>,
}

impl Relocation {
    /// Whether it is the same site, by another SMS Provider or with another sign-in.
    pub fn is_same_site(&self) -> bool {
        self.from
            .as_ref()
            .is_some_and(|from| from.must_be(&self.to.identity).is_ok())
    }

    /// Whether the site was installed anew under its old code, so that an ID may be another collection's now.
    pub fn is_installed_anew(&self) -> bool {
        let code = |from: &SiteIdentity| from.code == self.to.identity.code;
        self.from.as_ref().is_some_and(code) && !self.is_same_site()
    }
}

/// What stands of a connection that is being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing at all.
    Nothing,
    /// It is written down here; nothing else.
    Recorded,
    /// Its secrets are in the keyring, and something of it may be in Azure.
    Begun,
    /// All of it.
    Ready,
}

/// A connection of ours that a workspace carries, as its own record and groups tell: perhaps another machine made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundConnection {
    /// Identity.
    pub id: super::ConnectionId,
    /// Its name.
    pub name: String,
    /// Its site.
    pub site: super::SiteCode,
    /// The collections that it has groups of.
    pub collections: Vec<CollectionId>,
    /// The data collection rule, where it keeps history and the app may see it.
    pub rule: Option<super::RuleId>,
}
