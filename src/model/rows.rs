//! The rows of history, as JSON, cut into uploads. Pure.
//!
//! A complete reading of one collection is one *sync*: member rows numbered from 0, then one marker with their number. Whoever
//! reads counts: as many distinct numbers as the marker says, and the reading is whole. Nothing is concluded from times.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::group::Owner;
use super::{CollectionId, Member};

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
    /// The collection is not published any more.
    pub removed: bool,
}

/// The uploads of a reading's members: each a JSON array of at most `most` bytes, unless a single row is longer. All rows of one
/// sync have one time.
pub fn members<'a>(
    owner: &'a Owner,
    snapshot: &'a Snapshot,
    members: &'a [Member],
    now: DateTime<Utc>,
    most: usize,
) -> impl Iterator<Item = Vec<u8>> + 'a {
    let rows = members.iter().zip(0_i64..).map(move |(member, seq)| {
        let mut row = row(owner, MEMBER, now);
        row["CollectionId"] = json!(snapshot.collection);
        row["SyncId"] = json!(snapshot.sync_id);
        row["Seq"] = json!(seq);
        row["Computer"] = json!(member.computer);
        row["ResourceId"] = json!(member.resource_id());
        if let Some(id) = member.entra_device_id {
            row["AadDeviceId"] = json!(id);
        }
        row
    });
    arrays(rows, most)
}

/// The upload of a reading's marker; to be sent when all of its members have been taken.
pub fn marker(owner: &Owner, snapshot: &Snapshot, now: DateTime<Utc>) -> Vec<u8> {
    array(&[marker_row(owner, snapshot, now)])
}

/// The uploads of several markers.
pub fn markers(owner: &Owner, snapshots: &[Snapshot], now: DateTime<Utc>, most: usize) -> Vec<Vec<u8>> {
    arrays(snapshots.iter().map(|snapshot| marker_row(owner, snapshot, now)), most).collect()
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

    fn read(upload: &[u8]) -> Vec<Value> {
        serde_json::from_slice(upload).unwrap()
    }

    #[test]
    fn every_member_goes_up_once_in_uploads_that_are_short_enough() {
        let people = people(1000);
        for most in [1, 700, 10_000, 1_000_000] {
            let (owner, snapshot) = (owner(), snapshot(1000));
            let uploads: Vec<Vec<u8>> = members(&owner, &snapshot, &people, Utc::now(), most).collect();
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
        assert_eq!(members(&owner(), &snapshot(0), &[], Utc::now(), 1000).count(), 0);
    }

    #[test]
    fn the_identity_in_entra_goes_up_where_there_is_one() {
        let (owner, snapshot) = (owner(), snapshot(2));
        let (people, now) = (people(2), Utc::now());
        let rows: Vec<Value> = members(&owner, &snapshot, &people, now, 10_000)
            .flat_map(|upload| read(&upload))
            .collect();
        let told: Vec<Option<&str>> = rows.iter().map(|row| row["AadDeviceId"].as_str()).collect();
        assert_eq!(told, [Some("00000000-0000-0000-0000-000000000007"), None]);
    }

    #[test]
    fn rows_fit_the_columns() {
        let (owner, snapshot, now) = (owner(), snapshot(1), Utc::now());
        let people = people(1);
        let all = members(&owner, &snapshot, &people, now, 1000)
            .chain([marker(&owner, &snapshot, now), first(&owner, now)])
            .chain(markers(&owner, std::slice::from_ref(&snapshot), now, 1000));
        for row in all.flat_map(|upload| read(&upload)) {
            for (name, value) in row.as_object().unwrap() {
                let column = COLUMNS.iter().find(|column| column.name == name).unwrap();
                let fits = match column.kind {
                    ColumnType::Long => value.is_i64(),
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
            })
        );
    }
}
