//! A schedule on this machine: how often it publishes, which scheduler keeps it, what stands of it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Failure, Invalid};

/// The schedulers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Linux.
    Systemd,
    /// Windows.
    TaskScheduler,
    /// macOS.
    Launchd,
}

/// What stands of a schedule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it is installed.
    pub installed: bool,
    /// How often it publishes, where that can be read.
    pub every: Option<Every>,
    /// When it runs next, where the system says so in a form that does not depend on its language.
    pub next: Option<DateTime<Utc>>,
    /// Whether it runs while the account is not signed in, where that is known.
    pub unattended: Option<bool>,
}

/// What can be said of a schedule before one is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleSeen {
    /// The scheduler of this machine.
    pub system: System,
    /// The account that it would run as, where the system says.
    pub account: Option<String>,
    /// What stands already.
    pub standing: Standing,
    /// Why none can be installed.
    pub obstacle: Option<Obstacle>,
}

/// Why no schedule can be installed.
#[derive(Debug, Clone, PartialEq)]
pub enum Obstacle {
    /// The program runs on the lab, which ends with it.
    Lab,
    /// This machine has no scheduler for this account, or cannot write the schedule down.
    Refused(Failure),
}

/// What has become of the wish to keep a connection up to date.
#[derive(Debug, Clone, PartialEq)]
pub enum ScheduleEnd {
    /// There is a schedule now, and its first run has published.
    Installed(Standing),
    /// There was one already; it publishes this connection, too.
    Stood(Standing),
    /// Nobody asked for one.
    NotWished,
    /// Nothing was published, so it was not tried.
    NotTried,
    /// It was tried; nothing of it is left.
    Failed(Failure),
}

/// A whole number of hours that divides a day, so that every scheduler can say it as times of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Every(u8);

impl Every {
    /// In hours.
    pub const fn hours(self) -> u8 {
        self.0
    }

    /// As a time span.
    pub const fn span(self) -> Duration {
        Duration::from_secs(self.0 as u64 * 60 * 60)
    }

    /// The one that runs so often a day.
    ///
    /// # Errors
    /// Where that is no whole number of hours.
    pub fn times_a_day(times: usize) -> Result<Self, Invalid> {
        let hours = 24_usize.checked_div(times).filter(|hours| hours * times == 24);
        format!("{}h", hours.unwrap_or_default()).parse()
    }

    /// All of them, the most frequent first.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=24).filter(|hours| 24_u8.is_multiple_of(*hours)).map(Self)
    }

    /// The hours of the day at which it runs.
    pub fn hours_of_the_day(self) -> impl Iterator<Item = u8> {
        (0..24).step_by(usize::from(self.0))
    }
}

/// Three hours: half of what a computer group may be old before it counts for less.
impl Default for Every {
    fn default() -> Self {
        Self(3)
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}h", self.0)
    }
}

impl FromStr for Every {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let hours = text.strip_suffix('h').and_then(|hours| hours.parse::<u8>().ok());
        let divides_a_day = |hours: &u8| *hours > 0 && 24_u8.checked_rem(*hours) == Some(0);
        hours.filter(divides_a_day).map(Self).ok_or_else(|| {
            let why = "it is none of 1h, 2h, 3h, 4h, 6h, 8h, 12h, 24h";
            Invalid::new("time between publications", why, "3h")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_divide_a_day() {
        let all: Vec<String> = Every::all().map(|every| every.to_string()).collect();
        assert_eq!(all, ["1h", "2h", "3h", "4h", "6h", "8h", "12h", "24h"]);
        for text in all {
            let every: Every = text.parse().unwrap();
            assert_eq!(every.to_string(), text);
            assert_eq!(every.hours_of_the_day().count(), 24 / usize::from(every.hours()));
            assert_eq!(Every::times_a_day(every.hours_of_the_day().count()).unwrap(), every);
        }
        for text in ["", "0h", "5h", "3", "180m", "48h", "-3h", "300h"] {
            assert!(text.parse::<Every>().is_err(), "{text}");
        }
        for times in [0, 5, 7, 48] {
            assert!(Every::times_a_day(times).is_err(), "{times}");
        }
        assert_eq!(Every::default().to_string(), "3h");
    }
}
