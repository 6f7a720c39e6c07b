//! The reader of history, told again in Rust for speed. `the_reader_is_told_right` holds it against the real text.

use std::collections::{BTreeMap, BTreeSet};

use azure_services_wizard::publish::protocol::Arrived;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::world::{Kind, Row};

/// What a mistaken reader does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mistake {
    None,
    CountsRows,
    NewestTimeWins,
}

#[derive(Default)]
struct Seen {
    generation: Option<i64>,
    rows: i64,
    confirmed: Option<i64>,
    newest: Option<DateTime<Utc>>,
    members: usize,
    seqs: BTreeSet<i64>,
}

/// The reading that counts, its generation, and whether it is the only one of it.
pub fn newest_whole(
    table: &[Row],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    mistake: Mistake,
) -> Option<(Uuid, i64, bool)> {
    let mut readings: BTreeMap<Uuid, Seen> = BTreeMap::new();
    for row in table.iter().filter(|row| row.time >= from && row.time <= to) {
        let seen = readings.entry(row.sync).or_default();
        match row.kind {
            Kind::Member { seq } => {
                seen.members += 1;
                seen.seqs.insert(seq);
            }
            Kind::Marker {
                generation,
                rows,
                confirmed,
                ..
            } => {
                if seen.generation.is_none_or(|known| known < generation) {
                    (seen.generation, seen.rows) = (Some(generation), rows);
                }
                seen.confirmed = seen.confirmed.max(confirmed);
                seen.newest = seen.newest.max(Some(row.time));
            }
        }
    }
    let base = readings.values().filter_map(|seen| seen.confirmed).max().unwrap_or(0);
    let have = |seen: &Seen| match mistake {
        Mistake::CountsRows => seen.members,
        _ => seen.seqs.len(),
    };
    let whole: Vec<(&Uuid, &Seen)> = readings
        .iter()
        .filter(|(_, seen)| seen.generation.is_some_and(|generation| generation >= base))
        .filter(|(_, seen)| have(seen) as i64 == seen.rows)
        .collect();
    let (sync, newest) = match mistake {
        Mistake::NewestTimeWins => whole.iter().max_by_key(|(_, seen)| seen.newest)?,
        _ => whole.iter().max_by_key(|(_, seen)| seen.generation)?,
    };
    let alone = whole
        .iter()
        .filter(|(_, seen)| seen.generation == newest.generation)
        .count()
        == 1;
    Some((**sync, newest.generation?, alone))
}

/// As many members as a mistaken or right reader shows of a reading.
pub fn shown(table: &[Row], sync: Uuid, from: DateTime<Utc>, to: DateTime<Utc>) -> BTreeSet<i64> {
    let within = table
        .iter()
        .filter(|row| row.sync == sync && row.time >= from && row.time <= to);
    within
        .filter_map(|row| match row.kind {
            Kind::Member { seq } => Some(seq),
            Kind::Marker { .. } => None,
        })
        .collect()
}

/// What the table has of a reading, without regard to any range but the look-back.
pub fn arrived(table: &[Row], sync: Uuid, now: DateTime<Utc>) -> Arrived {
    let (from, to) = (now - TimeDelta::days(30), DateTime::<Utc>::MAX_UTC);
    let generation = table
        .iter()
        .filter(|row| row.sync == sync && row.time > from)
        .filter_map(|row| match row.kind {
            Kind::Marker { generation, .. } => Some(generation),
            Kind::Member { .. } => None,
        })
        .max();
    Arrived {
        rows: shown(table, sync, from, to).len() as i64,
        generation,
    }
}
