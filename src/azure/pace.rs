//! How fast Resource Manager may be written to, and how much goes up through a rule.
//!
//! Resource Manager gives each subscription and principal a bucket (200 writes, refilled at 10 a second, less in free subscriptions) and
//! says in a header how many are left. As long as it says plenty, nothing waits; otherwise writes go at half the refill rate,
//! so that other tools of the same app are not starved.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::HeaderMap;

/// Below this many left, writes are spaced out.
const PLENTY: u32 = 50;
/// So many go freely when Azure does not say how many are left.
const FREE_AT_FIRST: u32 = 100;
/// Distance of spaced-out writes: five a second.
const DISTANCE: Duration = Duration::from_millis(200);

/// The pace of one kind of operation.
pub(super) struct Pace {
    header: &'static str,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    started: u32,
    left: Option<u32>,
    next: Option<Instant>,
}

impl Pace {
    /// A pace that listens to the header which says how many operations are left.
    pub(super) fn new(header: &'static str) -> Self {
        Self {
            header,
            state: Mutex::new(State::default()),
        }
    }

    /// Takes the next place in the row: how long to wait from `now` before the call.
    pub(super) fn reserve(&self, now: Instant) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.started = state.started.saturating_add(1);
        if state.left.map_or(state.started <= FREE_AT_FIRST, |left| left > PLENTY) {
            return Duration::ZERO;
        }
        let at = state.next.map_or(now, |next| next.max(now));
        state.next = Some(at + DISTANCE);
        at - now
    }

    /// Hears what an answer says of how many are left.
    pub(super) fn heed(&self, headers: &HeaderMap) {
        let left = headers
            .get(self.header)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        self.state.lock().unwrap_or_else(PoisonError::into_inner).left = left;
    }
}

/// The pace of uploads, rule by rule: a data collection rule takes 12,000 requests and 2 GB a minute.
#[derive(Default)]
pub(super) struct UploadPace {
    next: Mutex<HashMap<String, Instant>>,
}

impl UploadPace {
    /// Takes the next place in the row of a rule: how long to wait from `now` before so many bytes go up. Bytes of JSON: whether
    /// the service counts them before or after compression is not published, and this is the larger count.
    pub(super) fn reserve(&self, rule: &str, bytes: usize, now: Instant) -> Duration {
        const REQUEST: Duration = Duration::from_millis(60_000 / 12_000);
        const NANOS_A_BYTE: u64 = 60_000_000_000 / 2_000_000_000;
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let share = REQUEST.max(Duration::from_nanos(bytes.saturating_mul(NANOS_A_BYTE)));
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let at = next.get(rule).map_or(now, |&next| next.max(now));
        next.insert(rule.to_owned(), at.checked_add(share).unwrap_or(at));
        at - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "x-ms-ratelimit-remaining-subscription-writes";

    fn says(left: &str) -> HeaderMap {
        HeaderMap::from_iter([(HEADER.parse().unwrap(), left.parse().unwrap())])
    }

    #[test]
    fn free_until_a_hundred_where_azure_says_nothing() {
        let (pace, now) = (Pace::new(HEADER), Instant::now());
        for _ in 0..100 {
            assert_eq!(pace.reserve(now), Duration::ZERO);
            pace.heed(&HeaderMap::new());
        }
        let waits: Vec<_> = (0..3).map(|_| pace.reserve(now).as_millis()).collect();
        assert_eq!(waits, [0, 200, 400]);
    }

    #[test]
    fn slow_when_little_is_left_and_free_again_later() {
        let (pace, now) = (Pace::new(HEADER), Instant::now());
        pace.heed(&says("50"));
        assert_eq!((pace.reserve(now), pace.reserve(now)), (Duration::ZERO, DISTANCE));
        // A pause longer than the distance leaves nothing to wait for.
        assert_eq!(pace.reserve(now + Duration::from_secs(9)), Duration::ZERO);
        pace.heed(&says("51"));
        assert_eq!((pace.reserve(now), pace.reserve(now)), (Duration::ZERO, Duration::ZERO));
    }

    #[test]
    fn plenty_is_free_for_ever() {
        let (pace, now) = (Pace::new(HEADER), Instant::now());
        for _ in 0..500 {
            pace.heed(&says("199"));
            assert_eq!(pace.reserve(now), Duration::ZERO);
        }
    }

    #[test]
    fn a_rule_takes_so_many_requests_and_bytes_a_minute() {
        let (pace, now) = (UploadPace::default(), Instant::now());
        let wait_after = |rule: &str, uploads: usize, bytes: usize| {
            for _ in 0..uploads {
                pace.reserve(rule, bytes, now);
            }
            pace.reserve(rule, bytes, now).as_secs()
        };
        assert_eq!(wait_after("small", 12_000, 100), 60);
        assert_eq!(wait_after("large", 2000, 1_000_000), 60);
        assert_eq!(pace.reserve("another", 1, now), Duration::ZERO, "each rule has its own");
        let later = now + Duration::from_secs(3600);
        assert_eq!(pace.reserve("small", 1, later), Duration::ZERO);
    }
}
