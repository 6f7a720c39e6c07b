//! May a reading be published? Pure: what was read now, and since when the collection has not come to rest.
//!
//! An empty answer is no proof: lost rights look the same as an empty collection, so a reading without a record of a
//! collection that the site counts members in is never published.

use chrono::{DateTime, TimeDelta, Utc};

use super::reading::{Proof, Reading};

/// For as long a collection at work must have been so before two agreeing readings of it are taken.
const LONGEST_AT_WORK: TimeDelta = TimeDelta::hours(1);
/// After this long without any proof the best reading is published, marked approximate.
const LONGEST_UNSETTLED: TimeDelta = TimeDelta::hours(24);

/// What may be done with a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Publish it: it is one moment's membership.
    Whole,
    /// Publish it with a note: readings agree, but not with the site's count.
    CountOff,
    /// Publish it marked as approximate.
    Approximate,
    /// Keep the last group; the next run tries again.
    Wait,
}

/// Judges a reading of a collection that has been unsettled since `unsettled_since` (`None`: it was settled last time).
pub fn judge(reading: &Reading, unsettled_since: Option<DateTime<Utc>>) -> Verdict {
    if reading.proof == Proof::Settled {
        return Verdict::Whole;
    }
    let waited = unsettled_since.map(|since| reading.as_of - since);
    let (Some(waited), false) = (waited, reading.is_hollow()) else {
        return Verdict::Wait;
    };
    let patience = if reading.collection.is_at_rest() {
        TimeDelta::zero()
    } else {
        LONGEST_AT_WORK
    };
    if reading.proof == Proof::Agreed && waited >= patience {
        Verdict::CountOff
    } else if waited >= LONGEST_UNSETTLED {
        Verdict::Approximate
    } else {
        Verdict::Wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DeviceCollection;
    use crate::store::Store;

    fn reading(proof: Proof, records: usize, status: i64) -> Reading {
        let dir = tempfile::tempdir().unwrap();
        Reading {
            members: Store::open(dir.path()).unwrap().roll().finish().unwrap(),
            records,
            unnamed: 0,
            collection: DeviceCollection {
                id: "PS100016".parse().unwrap(),
                name: "n".into(),
                member_count: 500,
                last_member_change: None,
                current_status: Some(status),
                path: None,
                limiting: None,
                is_built_in: false,
                is_cloud_synced: false,
            },
            as_of: DateTime::UNIX_EPOCH + TimeDelta::days(10),
            proof,
        }
    }

    fn after(hours: i64) -> Option<DateTime<Utc>> {
        Some(DateTime::UNIX_EPOCH + TimeDelta::days(10) - TimeDelta::hours(hours))
    }

    #[test]
    fn each_cell() {
        use Proof::{Agreed, None as Nothing, Settled};
        for (proof, records, status, since, verdict) in [
            (Settled, 500, 1, None, Verdict::Whole),
            (Agreed, 499, 1, None, Verdict::Wait),
            (Agreed, 499, 1, after(0), Verdict::CountOff),
            (Agreed, 250, 2, after(0), Verdict::Wait),
            (Agreed, 250, 2, after(3), Verdict::CountOff),
            (Nothing, 499, 1, after(3), Verdict::Wait),
            (Nothing, 499, 1, after(25), Verdict::Approximate),
            (Agreed, 0, 1, after(3), Verdict::Wait),
            (Nothing, 0, 1, after(2_000), Verdict::Wait),
        ] {
            assert_eq!(
                judge(&reading(proof, records, status), since),
                verdict,
                "{proof:?} {records} {status} {since:?}"
            );
        }
    }
}
