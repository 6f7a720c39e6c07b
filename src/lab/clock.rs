//! The lab's clock: real time plus an offset that tests move.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// How far the clock may be moved away from real time: a hundred years.
const FURTHEST_S: i64 = 100 * 366 * 24 * 60 * 60;

/// The one clock of a lab; every service is asked with its time.
#[derive(Debug, Default)]
pub struct Clock {
    offset_s: AtomicI64,
}

/// The clock was asked to go further than a hundred years away from real time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The lab's clock goes at most a hundred years away from real time; choose a smaller \"advance_s\".")]
pub struct TooFar;

impl Clock {
    /// Lab time.
    pub fn now(&self) -> DateTime<Utc> {
        let offset = TimeDelta::try_seconds(self.offset_s()).unwrap_or_default();
        let real = Utc::now();
        real.checked_add_signed(offset).unwrap_or(real)
    }

    /// Seconds between real time and lab time.
    pub fn offset_s(&self) -> i64 {
        self.offset_s.load(Ordering::SeqCst)
    }

    /// Moves the clock by `seconds` (backwards where negative) and answers the new lab time.
    ///
    /// # Errors
    /// [`TooFar`], and the clock stays as it is.
    pub fn advance(&self, seconds: i64) -> Result<DateTime<Utc>, TooFar> {
        self.offset_s
            .try_update(Ordering::SeqCst, Ordering::SeqCst, |offset| {
                offset
                    .checked_add(seconds)
                    .filter(|sum| sum.checked_abs().is_some_and(|away| away <= FURTHEST_S))
            })
            .map_err(|_| TooFar)?;
        Ok(self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_forwards_and_backwards() {
        let clock = Clock::default();
        let start = Utc::now();
        let later = clock.advance(3_600).unwrap();
        assert!(later - start >= TimeDelta::seconds(3_600));
        assert!(later - start < TimeDelta::seconds(3_700));
        clock.advance(-7_200).unwrap();
        assert!(clock.now() < start);
        assert_eq!(clock.offset_s(), -3_600);
    }

    #[test]
    fn refuses_to_leave_the_century() {
        let clock = Clock::default();
        assert_eq!(clock.advance(i64::MAX), Err(TooFar));
        assert_eq!(clock.advance(i64::MIN), Err(TooFar));
        clock.advance(FURTHEST_S).unwrap();
        assert_eq!(clock.advance(1), Err(TooFar));
        assert_eq!(clock.offset_s(), FURTHEST_S);
    }
}
