//! How many rows history takes, and how much data, before it is turned on. Pure; an estimate.
//!
//! Azure measures a record by the string form of its columns (Microsoft: "Azure Monitor Logs cost calculations and options"). What is
//! counted here are the values of a typical row as it goes up, without the names of its columns.

use chrono::DateTime;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::group::Owner;
use super::rows::{self, Snapshot};
use super::{ConnectionId, EntraDeviceId, Member};

/// Publications a day on schedule, as it comes: every three hours.
pub const RUNS_A_DAY: u64 = 8;
/// Days of the month that is told of.
const DAYS: u64 = 30;
/// All rows of an unchanged collection go up again every 20 hours, at the run that comes next: every seventh at the latest.
const RUNS_BETWEEN: u64 = 7;
/// A computer name of usual length, with its domain.
const COMPUTER: &str = "ws-012345.corp.contoso.com";

/// So many rows, so much data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Volume {
    /// Rows.
    pub rows: u64,
    /// Bytes as Azure counts them, about.
    pub bytes: u64,
}

/// What history takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// A publication that sends everything.
    pub run: Volume,
    /// A month in which nothing changes.
    pub quiet_month: Volume,
    /// A month in which every publication sends everything.
    pub worst_month: Volume,
}

impl Cost {
    /// For collections with so many members each; negative counts are taken for none.
    pub fn of(members: impl IntoIterator<Item = i64>) -> Self {
        let counts: Vec<u64> = members
            .into_iter()
            .map(|count| u64::try_from(count).unwrap_or_default())
            .collect();
        let (members, markers) = (counts.iter().sum::<u64>(), counts.len() as u64);
        let (member, marker) = sizes();
        let volume = |all: u64, markers: u64| Volume {
            rows: all.saturating_mul(members).saturating_add(markers),
            bytes: (all.saturating_mul(members).saturating_mul(member)).saturating_add(markers.saturating_mul(marker)),
        };
        let runs = RUNS_A_DAY * DAYS;
        Self {
            run: volume(1, markers),
            quiet_month: volume(runs.div_ceil(RUNS_BETWEEN), runs * markers),
            worst_month: volume(runs, runs * markers),
        }
    }
}

/// Bytes of a typical member's row and of a typical marker.
fn sizes() -> (u64, u64) {
    let at = DateTime::UNIX_EPOCH;
    let Ok(collection) = "PS100016".parse() else {
        return (0, 0); // it is one
    };
    let Ok(site) = "PS1".parse() else { return (0, 0) };
    let owner = Owner {
        connection: ConnectionId::new(Uuid::nil()),
        site,
    };
    let snapshot = Snapshot {
        collection,
        name: "Workstations of the head office".to_owned(),
        path: Some("/Workstations".to_owned()),
        sync_id: Uuid::nil(),
        generation: 1_800_000_000_000,
        rows: 10_000,
        as_of: at,
        confirmed: Some(1_800_000_000_000),
        removed: false,
    };
    let member = Member {
        computer: COMPUTER.to_owned(),
        rank: (false, false, 16_777_220),
        entra_device_id: Some(EntraDeviceId::new(Uuid::nil())),
    };
    let mut members = rows::Members::new(&owner, &snapshot, at, usize::MAX);
    members.add(&member);
    let member = members.end().unwrap_or_default();
    (values(&member), values(&rows::marker(&owner, &snapshot, at)))
}

/// Bytes of the values of an upload's rows.
fn values(upload: &[u8]) -> u64 {
    let rows: Vec<serde_json::Map<String, Value>> = serde_json::from_slice(upload).unwrap_or_default();
    let length = |value: &Value| match value {
        Value::Null => 0,
        Value::String(text) => text.len(),
        other => other.to_string().len(),
    };
    rows.iter().flat_map(|row| row.values()).map(length).sum::<usize>() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_size_of_its_values() {
        let (member, marker) = sizes();
        // Time, two identities of 36 and one of the device, site, kind, collection, number, name, resource ID.
        assert_eq!(member, 24 + 36 + 3 + 6 + 8 + 36 + 1 + 26 + 8 + 36);
        assert!((200..320).contains(&marker), "{marker}");
    }

    #[test]
    fn a_month_is_made_of_runs() {
        let cost = Cost::of([1_000, 0, -1]);
        let (member, marker) = sizes();
        assert_eq!(
            cost.run,
            Volume {
                rows: 1_003,
                bytes: 1_000 * member + 3 * marker
            }
        );
        assert_eq!(cost.worst_month.rows, 240 * 1_003);
        assert_eq!(cost.quiet_month.rows, 35 * 1_000 + 240 * 3);
        assert!(cost.quiet_month.bytes < cost.worst_month.bytes);
        assert_eq!(Cost::of([]).worst_month, Volume::default());
    }
}
