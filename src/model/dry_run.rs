//! What a run would read, write and remove: the answer of a dry run. Pure.

use serde::{Deserialize, Serialize};

/// What a run would do with one collection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Would {
    /// Why its members have to be read; `None`: they have not.
    pub read: Option<ReadReason>,
    /// How its computer group would be written; `None`: it would not.
    pub write: Option<GroupWrite>,
    /// What would go up as rows; nothing where no history is kept.
    pub rows: RowsUp,
}

/// Why the members of a collection are read, where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadReason {
    /// Everything was asked for.
    Full,
    /// A run was ended while it wrote the group.
    Interrupted,
    /// It was never read whole, as far as is known.
    NeverRead,
    /// It has another name.
    Renamed,
    /// The last run did not come to its end with it.
    LastTry,
    /// Its count or the moment of its last change is another one.
    Moved,
    /// The site does not say when its members last changed.
    NoChangeTime,
    /// It was not read for 20 hours: a name may have changed without the membership.
    NotReadLately,
    /// Its rows are due: lost, changed, or not sent for 20 hours.
    RowsDue,
}

/// How a group would be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupWrite {
    /// The function name.
    pub alias: String,
    /// Computers that it has now; `None` where there is none, or the workspace does not tell.
    pub before: Option<usize>,
    /// Computers that it would have.
    pub after: usize,
    /// Of these, new ones; `None` where what it has now is not known by name.
    pub added: Option<usize>,
    /// Computers that would go; `None` as above.
    pub removed: Option<usize>,
    /// Texts to write: the group and its parts.
    pub texts: usize,
    /// Parts of earlier generations that would be deleted, by saved-search ID.
    pub deleted_parts: Vec<String>,
    /// Too long for texts: its members would come from the rows of history.
    pub from_rows: bool,
    /// It would be written by a later run, once its rows are seen.
    pub awaits_rows: bool,
}

/// What goes up as rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RowsUp {
    /// Rows of members.
    pub members: u64,
    /// Markers.
    pub markers: u64,
    /// Bytes of JSON, before compression.
    pub bytes: u64,
    /// Calls.
    pub calls: u64,
}

impl RowsUp {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            members: self.members + other.members,
            markers: self.markers + other.markers,
            bytes: self.bytes + other.bytes,
            calls: self.calls + other.calls,
        }
    }

    /// What came to these since then.
    #[must_use]
    pub const fn since(self, then: Self) -> Self {
        Self {
            members: self.members - then.members,
            markers: self.markers - then.markers,
            bytes: self.bytes - then.bytes,
            calls: self.calls - then.calls,
        }
    }

    /// All rows.
    pub const fn rows(self) -> u64 {
        self.members + self.markers
    }

    /// Whether nothing goes up.
    pub const fn is_none(&self) -> bool {
        self.members == 0 && self.markers == 0
    }
}

/// What a run would do with the workspace beside its collections.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Beside {
    /// Parts that no group needs, by saved-search ID. A full run removes them.
    pub stray_parts: Vec<String>,
    /// Whether the run would be a full one.
    pub full: bool,
}

/// All of a run, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Collections to read.
    pub read: usize,
    /// Groups to write.
    pub groups: usize,
    /// Of these, new ones.
    pub new_groups: usize,
    /// Texts to write.
    pub texts: usize,
    /// Parts to delete, strays of a full run among them.
    pub deleted_parts: usize,
    /// Rows to send.
    pub rows: RowsUp,
}

impl Totals {
    /// Adds it all up.
    pub fn of<'a>(all: impl Iterator<Item = &'a Would>, beside: &Beside) -> Self {
        let mut totals = Self {
            deleted_parts: if beside.full { beside.stray_parts.len() } else { 0 },
            ..Self::default()
        };
        for would in all {
            totals.read += usize::from(would.read.is_some());
            totals.rows = totals.rows.and(would.rows);
            if let Some(write) = would.write.as_ref().filter(|write| !write.awaits_rows) {
                totals.groups += 1;
                totals.new_groups += usize::from(write.before.is_none());
                totals.texts += write.texts;
                totals.deleted_parts += write.deleted_parts.len();
            }
        }
        totals
    }
}
