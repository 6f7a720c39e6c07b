//! Token buckets, as Microsoft's page "Understand how Azure Resource Manager throttles requests" describes them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

/// What is counted apart from what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Resource Manager: GET and HEAD.
    Reads,
    /// Resource Manager: PUT, PATCH and POST.
    Writes,
    /// Resource Manager: DELETE.
    Deletes,
    /// Resource Graph queries.
    Graph,
    /// Log queries.
    Queries,
}

impl Kind {
    /// Size of the bucket, and how much flows back in a second.
    fn size(self) -> (f64, f64) {
        match self {
            Self::Reads => (250.0, 25.0),
            Self::Writes | Self::Deletes => (200.0, 10.0),
            Self::Graph => (15.0, 3.0),
            Self::Queries => (200.0, 200.0 / 30.0),
        }
    }
}

struct Bucket {
    level: f64,
    seen: DateTime<Utc>,
}

/// All buckets.
#[derive(Default)]
pub(super) struct Throttle {
    buckets: HashMap<(String, String, Kind), Bucket>,
}

impl Throttle {
    /// Takes one request of a principal at a place (a subscription, or empty for the tenant); answers how many are left.
    ///
    /// # Errors
    /// After how many whole seconds there will be one again.
    pub(super) fn take(&mut self, principal: &str, place: &str, kind: Kind, now: DateTime<Utc>) -> Result<u32, u64> {
        let (size, flow) = kind.size();
        let bucket = self
            .buckets
            .entry((principal.to_owned(), place.to_ascii_lowercase(), kind))
            .or_insert(Bucket { level: size, seen: now });
        let elapsed = (now - bucket.seen).num_milliseconds().max(0);
        bucket.level = (bucket.level + seconds(elapsed) * flow).min(size);
        bucket.seen = bucket.seen.max(now);
        if bucket.level < 1.0 {
            return Err(whole(((1.0 - bucket.level) / flow).ceil()).max(1).into());
        }
        bucket.level -= 1.0;
        Ok(whole(bucket.level))
    }
}

/// What each data collection rule has taken in the minute that runs.
#[derive(Default)]
pub(super) struct UploadRates {
    rules: HashMap<String, UploadRate>,
}

#[derive(Default)]
struct UploadRate {
    minute: i64,
    requests: usize,
    bytes: usize,
}

/// The most bytes that a rule takes in a minute.
const BYTES_PER_MINUTE: usize = 2_000_000_000;

impl UploadRates {
    /// Takes one upload through a rule that takes `most` of them in a minute.
    ///
    /// # Errors
    /// After how many seconds the next minute begins.
    pub(super) fn take(&mut self, rule: &str, bytes: usize, most: usize, now: DateTime<Utc>) -> Result<(), u64> {
        let rate = self.rules.entry(rule.to_owned()).or_default();
        let second = now.timestamp();
        if rate.minute != second.div_euclid(60) {
            *rate = UploadRate {
                minute: second.div_euclid(60),
                ..UploadRate::default()
            };
        }
        if rate.requests >= most || rate.bytes + bytes > BYTES_PER_MINUTE {
            return Err((60 - second.rem_euclid(60)).unsigned_abs());
        }
        rate.requests += 1;
        rate.bytes += bytes;
        Ok(())
    }
}

/// Milliseconds as seconds. A pause that fills every bucket is as good as a longer one.
fn seconds(milliseconds: i64) -> f64 {
    f64::from(u32::try_from(milliseconds).unwrap_or(u32::MAX)) / 1000.0
}

/// The whole part of a small number that is not negative.
fn whole(number: f64) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_rule_takes_its_uploads_and_bytes_of_a_minute() {
        let mut rates = UploadRates::default();
        let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(90);
        for _ in 0..12_000 {
            assert_eq!(rates.take("a", 1, 12_000, now), Ok(()));
        }
        assert_eq!(rates.take("a", 1, 12_000, now), Err(30));
        assert_eq!(rates.take("b", BYTES_PER_MINUTE, 12_000, now), Ok(()));
        assert_eq!(rates.take("b", 1, 12_000, now), Err(30));
        assert_eq!(rates.take("a", 1, 12_000, now + TimeDelta::seconds(30)), Ok(()));
    }

    #[test]
    fn a_bucket_empties_and_fills_again_with_time() {
        let mut throttle = Throttle::default();
        let now = Utc::now();
        for left in (0..200).rev() {
            assert_eq!(throttle.take("p", "S", Kind::Writes, now), Ok(left));
        }
        assert_eq!(throttle.take("p", "s", Kind::Writes, now), Err(1));
        assert!(throttle.take("p", "s", Kind::Deletes, now).is_ok());
        assert!(throttle.take("q", "s", Kind::Writes, now).is_ok());
        let later = now + TimeDelta::seconds(1);
        assert_eq!(throttle.take("p", "s", Kind::Writes, later), Ok(9));
        let much_later = now + TimeDelta::days(400);
        assert_eq!(throttle.take("p", "s", Kind::Writes, much_later), Ok(199));
    }
}
