//! What is known of each collection's computer group: what was published, what is being published, how the last try went.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::encode::{document, read_document, word};
use super::failure::Attempt;
use super::{Database, Store};
use crate::model::report::Outcome;
use crate::model::{CollectionId, ConnectionId, Problem, Result};

/// One collection of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupState {
    /// The collection.
    pub collection: CollectionId,
    /// Its name, as the site last had it.
    pub name: String,
    /// The group's function name in the workspace, once chosen.
    pub alias: Option<String>,
    /// What the workspace was last given, complete.
    pub published: Option<Published>,
    /// Parts that a run has begun to write; still there after a kill.
    pub pending: Option<Pending>,
    /// Parts of earlier writes, to be deleted once a later one is live.
    #[serde(default)]
    pub leftover: Vec<Pending>,
    /// Members as the site counted them when the published membership was read.
    pub member_count: Option<i64>,
    /// When that membership had last changed.
    pub last_member_change: Option<DateTime<Utc>>,
    /// When the membership was last read whole.
    pub read_at: Option<DateTime<Utc>>,
    /// When the collection was last looked at.
    pub checked_at: Option<DateTime<Utc>>,
    /// What the last run did with it.
    pub outcome: Option<Outcome>,
    /// Why the last run failed.
    pub error: Option<Problem>,
    /// Since when the site's answers lack the collection.
    pub not_seen_since: Option<DateTime<Utc>>,
    /// Since when its membership changed at every reading.
    pub unsettled_since: Option<DateTime<Utc>>,
    /// The last membership whose rows were all taken.
    #[serde(default)]
    pub rows: Option<SentRows>,
    /// The newest generation that was ever given to a marker, noted before it is sent: after a kill none is given twice.
    #[serde(default)]
    pub generation: Option<i64>,
    /// The newest generation of rows that a query has seen whole.
    #[serde(default)]
    pub confirmed: Option<i64>,
    /// The newest generation that had been given when the group's own text was last written: rows of a later one alone show a
    /// membership that is at least as new.
    #[serde(default)]
    pub before_text: Option<i64>,
}

/// A membership that went up as rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentRows {
    /// Names the reading.
    pub sync_id: Uuid,
    /// The newest generation that any of its markers had.
    pub generation: i64,
    /// Members.
    pub rows: i64,
    /// Hash of the group that shows the same membership.
    pub hash: String,
    /// The moment that it is true for.
    pub as_of: DateTime<Utc>,
    /// When its rows, not just another marker, were taken.
    pub sent_at: DateTime<Utc>,
    /// When a query first saw them whole.
    #[serde(default)]
    pub seen_at: Option<DateTime<Utc>>,
}

impl SentRows {
    /// Whether they are taken for lost, or count no more: the next run sends all of them again.
    pub fn is_forgotten(&self) -> bool {
        self.hash.is_empty()
    }

    /// Takes the rows for lost: the next run sends all of them again.
    pub fn forget(&mut self) {
        self.hash.clear();
    }
}

/// A group as it was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Hash of the group's members; an equal one needs no writing.
    pub hash: String,
    /// The generation of its parts.
    pub generation: String,
    /// Parts beside the group itself; 0 when it holds all members itself.
    pub parts: usize,
    /// The moment that its members are true for.
    pub as_of: DateTime<Utc>,
    /// Its members, counted.
    pub computers: usize,
    /// When the workspace accepted it.
    pub sent_at: DateTime<Utc>,
    /// When it was first read back from the workspace.
    pub visible_at: Option<DateTime<Utc>>,
}

/// A generation of parts that is being written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The generation.
    pub generation: String,
    /// How many parts it will have.
    pub parts: usize,
    /// The members that it is made of, counted.
    #[serde(default)]
    pub computers: usize,
}

impl GroupState {
    /// A collection of which nothing is known but its name.
    pub const fn new(collection: CollectionId, name: String) -> Self {
        Self {
            collection,
            name,
            alias: None,
            published: None,
            pending: None,
            leftover: Vec::new(),
            member_count: None,
            last_member_change: None,
            read_at: None,
            checked_at: None,
            outcome: None,
            error: None,
            not_seen_since: None,
            unsettled_since: None,
            rows: None,
            generation: None,
            confirmed: None,
            before_text: None,
        }
    }

    /// What was read at one site counts for nothing at another: the next run reads the collection and writes its group, whatever
    /// it holds. What stands in the workspace keeps its names and its figures.
    fn forget_site(&mut self) {
        self.member_count = None;
        self.last_member_change = None;
        self.read_at = None;
        self.unsettled_since = None;
        self.not_seen_since = None;
        if let Some(published) = &mut self.published {
            published.hash.clear();
        }
        if let Some(sent) = &mut self.rows {
            sent.forget();
        }
    }
}

impl Store {
    /// What is known of the groups of a connection, by collection ID. Collections that are not chosen any more are among them
    /// until [`Store::drop_group`].
    ///
    /// # Errors
    /// `Database`.
    pub fn groups(&self, connection: ConnectionId) -> Result<Vec<GroupState>> {
        self.read(|database| select(database, connection))
    }

    /// Takes the rows of all groups for lost: the next run sends all of them again.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn forget_rows(&self, id: ConnectionId) -> Result<()> {
        for mut state in self.groups(id)? {
            if let Some(sent) = &mut state.rows {
                sent.forget();
                self.put_group(id, &state)?;
            }
        }
        Ok(())
    }

    /// Takes all memberships for unread: the next run reads them, moved or not.
    ///
    /// # Errors
    /// `Database`, `DiskFull`.
    pub fn forget_readings(&self, id: ConnectionId) -> Result<()> {
        for mut state in self.groups(id)? {
            state.read_at = None;
            self.put_group(id, &state)?;
        }
        Ok(())
    }

    /// Replaces what is known of one group.
    ///
    /// # Errors
    /// `Database`, also when the connection is not there; `DiskFull`.
    pub fn put_group(&self, connection: ConnectionId, group: &GroupState) -> Result<()> {
        self.write(|transaction| put(transaction, connection, group))
    }

    /// Notes that a marker of a collection is about to have this generation. Nothing else of what is known of it changes: what a
    /// run under way has learned counts only when it has come to its end.
    ///
    /// # Errors
    /// As of [`Store::put_group`].
    pub fn give_generation(&self, connection: ConnectionId, id: &CollectionId, generation: i64) -> Result<()> {
        self.write(|transaction| {
            let known: Option<String> = transaction
                .query_row(
                    "SELECT state FROM group_states WHERE connection_id = ?1 AND collection_id = ?2",
                    params![word(&connection)?, word(id)?],
                    |row| row.get(0),
                )
                .optional()?;
            let mut state = match known {
                Some(known) => read_document("group_states.state", &known)?,
                None => GroupState::new(id.clone(), String::new()),
            };
            state.generation = Some(generation);
            put(transaction, connection, &state)
        })
    }

    /// Forgets one group.
    ///
    /// # Errors
    /// `Database`.
    pub fn drop_group(&self, connection: ConnectionId, collection: &CollectionId) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "DELETE FROM group_states WHERE connection_id = ?1 AND collection_id = ?2",
                params![word(&connection)?, word(collection)?],
            )?;
            Ok(())
        })
    }
}

fn select(database: &Database, connection: ConnectionId) -> Attempt<Vec<GroupState>> {
    let mut statement =
        database.prepare("SELECT state FROM group_states WHERE connection_id = ?1 ORDER BY collection_id")?;
    let rows = statement.query_map([word(&connection)?], |row| row.get::<_, String>(0))?;
    rows.map(|state| read_document("group_states.state", &state?)).collect()
}

fn put(database: &Database, connection: ConnectionId, group: &GroupState) -> Attempt<()> {
    database.execute(
        "INSERT OR REPLACE INTO group_states (connection_id, collection_id, state) VALUES (?1, ?2, ?3)",
        params![word(&connection)?, word(&group.collection)?, document(group)?],
    )?;
    Ok(())
}

/// See [`GroupState::forget_site`].
pub(super) fn forget_site(database: &Database, connection: ConnectionId) -> Attempt<()> {
    for mut state in select(database, connection)? {
        state.forget_site();
        put(database, connection, &state)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::samples::{connection, group, moment, store};

    #[test]
    fn states_read_back_per_connection() {
        let (_dir, store) = store();
        let (one, two) = (connection("One"), connection("Two"));
        for each in [&one, &two] {
            store.insert_intent(each, moment(0)).unwrap();
        }
        let full = group("PS100017");
        let bare = GroupState::new("PS100016".parse().unwrap(), "Alle Geräte".into());
        for state in [&full, &bare] {
            store.put_group(one.id, state).unwrap();
        }
        assert_eq!(store.groups(one.id).unwrap(), [bare.clone(), full.clone()]);
        assert!(store.groups(two.id).unwrap().is_empty());

        let changed = GroupState {
            pending: None,
            outcome: Some(Outcome::Unmoved),
            ..full
        };
        store.put_group(one.id, &changed).unwrap();
        store.drop_group(one.id, &bare.collection).unwrap();
        assert_eq!(store.groups(one.id).unwrap(), [changed]);
    }

    #[test]
    fn a_generation_is_noted_beside_what_is_known() {
        let (_dir, store) = store();
        let one = connection("One");
        store.insert_intent(&one, moment(0)).unwrap();
        let id = one.id;
        let known = group("PS100017");
        store.put_group(id, &known).unwrap();
        let unknown: CollectionId = "PS100016".parse().unwrap();
        for collection in [&known.collection, &unknown] {
            store.give_generation(id, collection, 99).unwrap();
        }
        let noted = |state: GroupState| GroupState {
            generation: Some(99),
            ..state
        };
        let expected = [GroupState::new(unknown, String::new()), known].map(noted);
        assert_eq!(store.groups(id).unwrap(), expected);
    }

    #[test]
    fn a_group_needs_its_connection() {
        let (_dir, store) = store();
        let stranger = connection("Fabrikam").id;
        let failure = store.put_group(stranger, &group("PS100016")).unwrap_err();
        assert_eq!(failure.problem().code(), "database");
    }

    #[test]
    fn a_state_without_newer_fields_is_read() {
        let state: GroupState = serde_json::from_str(r#"{"collection":"PS100016","name":"x"}"#).unwrap();
        assert_eq!(state, GroupState::new("PS100016".parse().unwrap(), "x".into()));
    }
}
