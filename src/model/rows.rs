//! The rows of history, as JSON, cut into uploads. Pure.
//!
//! A complete reading of one collection is one *sync*: member rows numbered from 0, then one marker with their number. Whoever
//! reads counts: as many distinct numbers as the marker says, and the reading is whole. Nothing is concluded from times.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::dry_run::RowsUp;
use super::group::Owner;
use super::{CollectionId, EntraDeviceId, Member};

/// `RowKind` of a member.
const MEMBER: &str = "member";
/// `RowKind` of a marker.
const SNAPSHOT: &str = "snapshot";
/// `RowKind` of the first row of a connection, which proves that uploads are taken. Readers pass over it.
const CONNECTION: &str = "connection";

/// A complete reading, as its marker tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The collection.
    pub collection: CollectionId,
    /// Its name.
    pub name: String,
    /// Its folder in the console.
    pub path: Option<String>,
    /// Names the reading.
    pub sync_id: Uuid,
    /// The order of readings of one collection: later ones are greater.
    pub generation: i64,
    /// How many members it has.
    pub rows: i64,
    /// The moment that it is true for.
    pub as_of: DateTime<Utc>,
    /// The newest generation of the collection that a query has seen whole: readers need not look below it.
    pub confirmed: Option<i64>,
    /// The collection is not published any more.
    pub removed: bool,
}

/// Cuts a reading's members into uploads: each a JSON array of at most `most` bytes, unless a single row is longer. All rows of
/// one sync have one time.
pub struct Members {
    /// The JSON of the [`Head`], without its closing brace. Made once: there are millions of rows.
    head: Vec<u8>,
    most: usize,
    seq: i64,
    /// The array under way, without its closing bracket.
    array: Vec<u8>,
}

/// The uploads of members that come one by one; an error ends them.
pub fn uploads<E>(
    rows: Members,
    mut members: impl Iterator<Item = Result<Member, E>>,
) -> impl Iterator<Item = Result<Vec<u8>, E>> {
    let mut rows = Some(rows);
    std::iter::from_fn(move || {
        while let Some(under_way) = &mut rows {
            match members.next() {
                Some(Ok(member)) => {
                    let full = under_way.add(&member);
                    if full.is_some() {
                        return full.map(Ok);
                    }
                }
                Some(Err(failure)) => {
                    rows = None;
                    return Some(Err(failure));
                }
                None => return rows.take().and_then(Members::end).map(Ok),
            }
        }
        None
    })
}

/// What all member rows of a sync begin with.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Head<'a> {
    time_generated: String,
    connection_id: String,
    site: &'a str,
    row_kind: &'static str,
    collection_id: &'a str,
    sync_id: Uuid,
}

/// What each member row goes on with.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tail<'a> {
    seq: i64,
    computer: &'a str,
    resource_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    aad_device_id: Option<EntraDeviceId>,
}

impl Members {
    /// Begins before the first member.
    pub fn new(owner: &Owner, snapshot: &Snapshot, now: DateTime<Utc>, most: usize) -> Self {
        let mut head = Vec::new();
        let fields = Head {
            time_generated: moment(now),
            connection_id: owner.connection.to_string(),
            site: owner.site.as_str(),
            row_kind: MEMBER,
            collection_id: snapshot.collection.as_str(),
            sync_id: snapshot.sync_id,
        };
        write(&mut head, &fields);
        head.pop();
        Self {
            head,
            most,
            seq: 0,
            array: Vec::new(),
        }
    }

    /// Adds the next member. Answers the upload that has no room for this one.
    pub fn add(&mut self, member: &Member) -> Option<Vec<u8>> {
        let tail = Tail {
            seq: self.seq,
            computer: &member.computer,
            resource_id: member.resource_id(),
            aad_device_id: member.entra_device_id,
        };
        self.seq += 1;
        let before = self.array.len();
        self.array.push(if before == 0 { b'[' } else { b',' });
        self.array.extend_from_slice(&self.head);
        let joint = self.array.len();
        write(&mut self.array, &tail);
        // Where the tail would open an object of its own it goes on with that of the head.
        if let Some(brace) = self.array.get_mut(joint) {
            *brace = b',';
        }
        // The bracket after it counts, too.
        if before == 0 || self.array.len() < self.most {
            return None;
        }
        let mut next = Vec::with_capacity(self.array.capacity());
        next.push(b'[');
        next.extend(self.array.drain(before..).skip(1));
        let mut full = std::mem::replace(&mut self.array, next);
        full.push(b']');
        Some(full)
    }

    /// The last upload; `None` where no member is left for it.
    pub fn end(mut self) -> Option<Vec<u8>> {
        if self.array.is_empty() {
            return None;
        }
        self.array.push(b']');
        Some(self.array)
    }
}

/// The upload of a reading's marker; to be sent when all of its members have been taken.
pub fn marker(owner: &Owner, snapshot: &Snapshot, now: DateTime<Utc>) -> Vec<u8> {
    array(&[marker_row(owner, snapshot, now)])
}

/// The uploads of several markers.
pub fn markers(owner: &Owner, snapshots: &[Snapshot], now: DateTime<Utc>, most: usize) -> Vec<Vec<u8>> {
    arrays(snapshots.iter().map(|snapshot| marker_row(owner, snapshot, now)), most).collect()
}

/// What an upload holds. A key of a row cannot stand inside a value: quotes are escaped there.
pub fn weigh(upload: &[u8]) -> RowsUp {
    let of = |kind: &str| {
        let key = format!("\"RowKind\":\"{kind}\"");
        memchr::memmem::find_iter(upload, key.as_bytes()).count() as u64
    };
    RowsUp {
        members: of(MEMBER),
        markers: of(SNAPSHOT),
        bytes: upload.len() as u64,
        calls: 1,
    }
}

/// A generation later than the last one, and by the clock where that has gone on.
pub fn generation_after(last: Option<i64>, at: DateTime<Utc>) -> i64 {
    let by_clock = at.timestamp_millis();
    last.map_or(by_clock, |last| by_clock.max(last.saturating_add(1)))
}

/// The upload of a connection's first row.
pub fn first(owner: &Owner, now: DateTime<Utc>) -> Vec<u8> {
    array(&[row(owner, CONNECTION, now)])
}

fn marker_row(owner: &Owner, snapshot: &Snapshot, now: DateTime<Utc>) -> Value {
    let mut row = row(owner, SNAPSHOT, now);
    row["CollectionId"] = json!(snapshot.collection);
    row["SyncId"] = json!(snapshot.sync_id);
    row["Generation"] = json!(snapshot.generation);
    row["Rows"] = json!(snapshot.rows);
    row["CollectionName"] = json!(snapshot.name);
    row["CollectionPath"] = json!(snapshot.path);
    row["AsOf"] = json!(moment(snapshot.as_of));
    row["Removed"] = json!(snapshot.removed);
    row["ConfirmedGen"] = json!(snapshot.confirmed);
    row
}

fn row(owner: &Owner, kind: &str, now: DateTime<Utc>) -> Value {
    json!({
        "TimeGenerated": moment(now),
        "ConnectionId": owner.connection,
        "Site": owner.site,
        "RowKind": kind,
    })
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Writing into memory does not fail, and no field of a row can fail to be written.
fn write(into: &mut Vec<u8>, fields: &impl Serialize) {
    let written = serde_json::to_writer(into, fields);
    debug_assert!(written.is_ok(), "{written:?}");
}

fn array(rows: &[Value]) -> Vec<u8> {
    Value::from(rows).to_string().into_bytes()
}

/// Rows as JSON arrays of at most `most` bytes.
fn arrays(rows: impl Iterator<Item = Value>, most: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut texts = rows.map(|row| row.to_string()).peekable();
    std::iter::from_fn(move || {
        let mut array = format!("[{}", texts.next()?).into_bytes();
        // A comma before it, a bracket after it.
        while let Some(row) = texts.next_if(|row| array.len() + row.len() + 2 <= most) {
            array.push(b',');
            array.extend_from_slice(row.as_bytes());
        }
        array.push(b']');
        Some(array)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EntraDeviceId;
    use crate::model::history::{COLUMNS, ColumnType};

    fn owner() -> Owner {
        Owner {
            connection: "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0".parse().unwrap(),
            site: "PS1".parse().unwrap(),
        }
    }

    fn snapshot(rows: i64) -> Snapshot {
        Snapshot {
            collection: "PS100016".parse().unwrap(),
            name: "All \"Servers\"\n東京".into(),
            path: None,
            sync_id: Uuid::nil(),
            generation: 7,
            rows,
            as_of: DateTime::UNIX_EPOCH,
            confirmed: Some(5),
            removed: false,
        }
    }

    fn people(count: i64) -> Vec<Member> {
        (0..count)
            .map(|number| Member {
                computer: format!("pc{number}.corp.example"),
                rank: (false, false, 16_777_220 + number),
                entra_device_id: (number % 2 == 0).then(|| EntraDeviceId::new(Uuid::from_u128(7))),
            })
            .collect()
    }

    fn all(owner: &Owner, snapshot: &Snapshot, people: &[Member], now: DateTime<Utc>, most: usize) -> Vec<Vec<u8>> {
        let members = people.iter().cloned().map(Ok::<_, ()>);
        uploads(Members::new(owner, snapshot, now, most), members)
            .collect::<Result<_, _>>()
            .unwrap()
    }

    fn read(upload: &[u8]) -> Vec<Value> {
        serde_json::from_slice(upload).unwrap()
    }

    #[test]
    fn every_member_goes_up_once_in_uploads_that_are_short_enough() {
        let people = people(1000);
        for most in [1, 700, 10_000, 1_000_000] {
            let (owner, snapshot) = (owner(), snapshot(1000));
            let uploads = all(&owner, &snapshot, &people, Utc::now(), most);
            let rows: Vec<Value> = uploads.iter().flat_map(|upload| read(upload)).collect();
            assert!(rows.iter().zip(0..).all(|(row, seq)| row["Seq"] == seq));
            assert_eq!(rows.len(), 1000, "{most}");
            assert!(most == 1 || uploads.iter().all(|upload| upload.len() <= most));
            // As full as they may be: no upload but the last would take the next row.
            let room = uploads
                .iter()
                .rev()
                .skip(1)
                .map(|upload| most.saturating_sub(upload.len()));
            assert!(room.max() < Some(400), "{most}");
        }
        assert_eq!(all(&owner(), &snapshot(0), &[], Utc::now(), 1000).len(), 0);
    }

    #[test]
    fn a_member_that_cannot_be_read_ends_the_uploads() {
        let (owner, snapshot) = (owner(), snapshot(3));
        let mut people = people(3).into_iter().map(Ok).collect::<Vec<_>>();
        people.insert(2, Err("gone"));
        let rows = Members::new(&owner, &snapshot, Utc::now(), 1);
        let found: Vec<bool> = uploads(rows, people.into_iter()).map(|each| each.is_ok()).collect();
        assert_eq!(found, [true, false]);
    }

    #[test]
    fn generations_rise_whatever_the_clock_does() {
        let now = DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(1_000);
        let first = generation_after(None, now);
        assert_eq!(first, now.timestamp_millis());
        assert_eq!(generation_after(Some(first), now), first + 1, "in the same millisecond");
        let back = generation_after(Some(first + 90_000), now);
        assert_eq!(back, first + 90_001, "a clock that was put back");
        assert!(generation_after(Some(first), now + chrono::TimeDelta::hours(1)) > first + 1);
    }

    #[test]
    fn the_identity_in_entra_goes_up_where_there_is_one() {
        let (owner, snapshot) = (owner(), snapshot(2));
        let (people, now) = (people(2), Utc::now());
        let rows = read(&all(&owner, &snapshot, &people, now, 10_000)[0]);
        let told: Vec<Option<&str>> = rows.iter().map(|row| row["AadDeviceId"].as_str()).collect();
        assert_eq!(told, [Some("00000000-0000-0000-0000-000000000007"), None]);
    }

    #[test]
    fn rows_fit_the_columns() {
        let (owner, snapshot, now) = (owner(), snapshot(1), Utc::now());
        let people = people(1);
        let all = all(&owner, &snapshot, &people, now, 1000)
            .into_iter()
            .chain([marker(&owner, &snapshot, now), first(&owner, now)])
            .chain(markers(&owner, std::slice::from_ref(&snapshot), now, 1000));
        for row in all.flat_map(|upload| read(&upload)) {
            for (name, value) in row.as_object().unwrap() {
                let column = COLUMNS.iter().find(|column| column.name == name).unwrap();
                let fits = match column.kind {
                    ColumnType::Long => value.is_i64() || value.is_null(),
                    ColumnType::Boolean => value.is_boolean(),
                    ColumnType::DateTime => DateTime::parse_from_rfc3339(value.as_str().unwrap()).is_ok(),
                    ColumnType::String => value.is_string() || value.is_null(),
                };
                assert!(fits, "{name}: {value}");
            }
            assert!(row["RowKind"].is_string() && row["TimeGenerated"].is_string());
        }
    }

    #[test]
    fn a_marker_says_what_makes_the_reading_whole() {
        let row = read(&marker(&owner(), &snapshot(0), DateTime::UNIX_EPOCH)).remove(0);
        assert_eq!(
            row,
            json!({
                "TimeGenerated": "1970-01-01T00:00:00.000Z",
                "ConnectionId": "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
                "Site": "PS1",
                "RowKind": "snapshot",
                "CollectionId": "PS100016",
                "SyncId": "00000000-0000-0000-0000-000000000000",
                "Generation": 7,
                "Rows": 0,
                "CollectionName": "All \"Servers\"\n東京",
                "CollectionPath": null,
                "AsOf": "1970-01-01T00:00:00.000Z",
                "Removed": false,
                "ConfirmedGen": 5,
            })
        );
    }
}
