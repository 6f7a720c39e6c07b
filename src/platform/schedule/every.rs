//! How often a schedule publishes.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::model::Invalid;

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
        for text in ["1h", "2h", "3h", "4h", "6h", "8h", "12h", "24h"] {
            let every: Every = text.parse().unwrap();
            assert_eq!(every.to_string(), text);
            assert_eq!(every.hours_of_the_day().count(), 24 / usize::from(every.hours()));
        }
        for text in ["", "0h", "5h", "3", "180m", "48h", "-3h", "300h"] {
            assert!(text.parse::<Every>().is_err(), "{text}");
        }
        assert_eq!(Every::default().to_string(), "3h");
    }
}
