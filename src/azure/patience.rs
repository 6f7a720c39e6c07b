//! How long and how often things are waited for.

use std::time::Duration;

/// How often and how long one call is tried, and how long its outcome is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Tries in all.
    pub(super) tries: u32,
    /// Back-off after the first try; doubles from try to try.
    pub(super) first_wait: Duration,
    /// No new try starts later than this after the first.
    pub(super) total: Duration,
    /// Between two looks at work that Azure has taken on, where it does not say how long.
    pub(super) poll: Duration,
    /// For all of that work together. Tables and rules take seconds, on a bad day minutes.
    pub(super) provisioning: Duration,
    /// For a service principal that does not exist yet everywhere.
    pub(super) replication: Duration,
    /// For a person at the browser.
    pub(super) person: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 5,
            first_wait: Duration::from_millis(500),
            total: Duration::from_secs(300),
            poll: Duration::from_secs(5),
            provisioning: Duration::from_secs(600),
            replication: Duration::from_secs(120),
            person: Duration::from_secs(300),
        }
    }
}

impl Patience {
    /// How long to wait after so many tries.
    pub(super) fn back_off(&self, tries: u32) -> Duration {
        let doubled = self.first_wait.saturating_mul(1 << tries.saturating_sub(1).min(10));
        doubled.mul_f64(rand::random_range(0.75..1.25))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_with_some_chance() {
        let patience = Patience::default();
        for (tries, least, most) in [(1, 375, 625), (2, 750, 1250), (4, 3000, 5000)] {
            let wait = patience.back_off(tries).as_millis();
            assert!((least..=most).contains(&wait), "{tries}: {wait}");
        }
        assert!(patience.back_off(u32::MAX) < Duration::from_secs(700));
    }
}
