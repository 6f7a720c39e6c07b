//! How far a secret key is from its end, which warning that calls for, and whether a person has snoozed it. No clock: the moment
//! comes with each question.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Invalid, SecretExpiry};

/// How near the end is when a person is warned. The nearer, the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// Sixty days ahead, or fewer.
    SixtyDays,
    /// Thirty.
    ThirtyDays,
    /// Fourteen.
    FourteenDays,
    /// Seven.
    SevenDays,
    /// The day before, and the day itself.
    OneDay,
    /// It has come.
    Expired,
}

impl Threshold {
    /// Those before the end, the farthest first, with their days.
    pub const AHEAD: [(Self, i64); 5] = [
        (Self::SixtyDays, 60),
        (Self::ThirtyDays, 30),
        (Self::FourteenDays, 14),
        (Self::SevenDays, 7),
        (Self::OneDay, 1),
    ];

    /// The nearest that is reached with so many days left; `None` while the end is far.
    pub fn reached(days_left: i64) -> Option<Self> {
        if days_left < 0 {
            return Some(Self::Expired);
        }
        let reached = |(_, days): &&(Self, i64)| days_left <= *days;
        Self::AHEAD.iter().rev().find(reached).map(|(threshold, _)| *threshold)
    }
}

/// For how long a warning is snoozed: the choices of the Configuration Manager console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnoozeTime {
    /// One hour.
    Hour,
    /// One day.
    Day,
    /// One week.
    Week,
    /// One month: thirty days.
    Month,
}

impl SnoozeTime {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// So long.
    pub const fn span(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::days(1),
            Self::Week => TimeDelta::days(7),
            Self::Month => TimeDelta::days(30),
        }
    }
}

impl fmt::Display for SnoozeTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hour => "1h",
            Self::Day => "1d",
            Self::Week => "1w",
            Self::Month => "1m",
        })
    }
}

impl FromStr for SnoozeTime {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let is = |each: &Self| each.to_string().eq_ignore_ascii_case(text.trim());
        Self::ALL
            .into_iter()
            .find(is)
            .ok_or_else(|| Invalid::new("time", "it is none of 1h, 1d, 1w, 1m", "1w"))
    }
}

/// A warning that a person has snoozed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snooze {
    /// Which one. A nearer one is told all the same.
    pub threshold: Threshold,
    /// Until then.
    pub until: DateTime<Utc>,
}

/// What is noted of the secret key in use. A new key begins with nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyNotes {
    /// When Azure first called it expired.
    pub called_expired: Option<DateTime<Utc>>,
    /// The warning that is snoozed.
    pub snooze: Option<Snooze>,
    /// The nearest threshold that the desktop was told of.
    pub notified: Option<Threshold>,
}

/// How a secret key stands at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyExpiry {
    /// The day that was typed, or that Entra has.
    pub date: SecretExpiry,
    /// Whole days until then; negative afterwards.
    pub days_left: i64,
    /// Azure has called the key expired, whatever date was typed.
    pub called_expired: bool,
    /// The nearest warning that is due; `None` while the end is far.
    pub threshold: Option<Threshold>,
    /// Until when that one is snoozed, where it is.
    pub snoozed_until: Option<DateTime<Utc>>,
    /// Whether the desktop was told of that one, or of a nearer one.
    pub notified: bool,
}

impl KeyExpiry {
    /// A key that ends on this day and of which this is noted, at this moment. Days are those of UTC.
    pub fn at(date: SecretExpiry, notes: &KeyNotes, now: DateTime<Utc>) -> Self {
        let days_left = date.days_left(now.date_naive());
        let called_expired = notes.called_expired.is_some();
        let threshold = match called_expired {
            true => Some(Threshold::Expired),
            false => Threshold::reached(days_left),
        };
        let holds = |snooze: &Snooze| {
            now < snooze.until && threshold.is_some_and(|it| it <= snooze.threshold && it != Threshold::Expired)
        };
        Self {
            date,
            days_left,
            called_expired,
            threshold,
            snoozed_until: notes.snooze.filter(holds).map(|snooze| snooze.until),
            notified: threshold.is_some() && threshold <= notes.notified,
        }
    }

    /// Whether it works no more: by its date, or as Azure says.
    pub fn is_expired(&self) -> bool {
        self.threshold == Some(Threshold::Expired)
    }

    /// The warning to give now: one that is due and not snoozed.
    pub fn warning(&self) -> Option<Threshold> {
        self.threshold.filter(|_| self.snoozed_until.is_none())
    }

    /// What to write down when the warning is snoozed now; `None` where there is none, and for a key that has expired.
    pub fn snooze(&self, how_long: SnoozeTime, now: DateTime<Utc>) -> Option<Snooze> {
        let threshold = self.threshold.filter(|it| *it != Threshold::Expired)?;
        let until = now + how_long.span();
        Some(Snooze { threshold, until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn now() -> DateTime<Utc> {
        moment("2026-11-25T12:00:00Z")
    }

    fn in_days(days: i64) -> SecretExpiry {
        SecretExpiry::new(now().date_naive() + TimeDelta::days(days))
    }

    fn key(days: i64, notes: KeyNotes) -> KeyExpiry {
        KeyExpiry::at(in_days(days), &notes, now())
    }

    #[test]
    fn each_threshold_is_reached_on_its_day_and_stays_until_the_next() {
        use Threshold::*;
        for (days, wanted) in [
            (61, None),
            (60, Some(SixtyDays)),
            (31, Some(SixtyDays)),
            (30, Some(ThirtyDays)),
            (15, Some(ThirtyDays)),
            (14, Some(FourteenDays)),
            (8, Some(FourteenDays)),
            (7, Some(SevenDays)),
            (2, Some(SevenDays)),
            (1, Some(OneDay)),
            (0, Some(OneDay)),
            (-1, Some(Expired)),
            (-400, Some(Expired)),
        ] {
            assert_eq!(Threshold::reached(days), wanted, "{days} days");
            assert_eq!(key(days, KeyNotes::default()).warning(), wanted, "{days} days");
        }
        assert!(Threshold::AHEAD.is_sorted_by_key(|(threshold, _)| *threshold));
    }

    #[test]
    fn a_day_ends_with_the_day_in_utc() {
        let date = in_days(0);
        let at = |time| KeyExpiry::at(date, &KeyNotes::default(), moment(time));
        assert!(!at("2026-11-25T23:59:59Z").is_expired());
        assert!(at("2026-11-26T00:00:00Z").is_expired());
    }

    #[test]
    fn what_azure_calls_expired_is_expired_whatever_date_was_typed() {
        let notes = KeyNotes {
            called_expired: Some(now()),
            ..KeyNotes::default()
        };
        let key = key(300, notes);
        assert!(key.is_expired() && key.called_expired);
        assert_eq!((key.warning(), key.days_left), (Some(Threshold::Expired), 300));
    }

    #[test]
    fn what_is_snoozed_comes_back_after_its_time_or_with_the_next_threshold() {
        for how_long in SnoozeTime::ALL {
            let snooze = key(20, KeyNotes::default()).snooze(how_long, now());
            let notes = KeyNotes {
                snooze,
                ..KeyNotes::default()
            };
            let until = now() + how_long.span();
            assert_eq!(key(20, notes).snoozed_until, Some(until));
            assert_eq!(key(20, notes).warning(), None, "{how_long}");
            let before = until - TimeDelta::seconds(1);
            let far = SecretExpiry::new((until + TimeDelta::days(20)).date_naive());
            assert_eq!(KeyExpiry::at(far, &notes, before).warning(), None);
            assert_eq!(KeyExpiry::at(far, &notes, until).warning(), Some(Threshold::ThirtyDays));
            assert_eq!(key(14, notes).warning(), Some(Threshold::FourteenDays), "a nearer one");
            assert_eq!(key(-1, notes).warning(), Some(Threshold::Expired), "expired");
            let called = KeyNotes {
                called_expired: Some(now()),
                ..notes
            };
            assert_eq!(
                key(20, called).warning(),
                Some(Threshold::Expired),
                "expired, Azure says"
            );
        }
    }

    #[test]
    fn there_is_nothing_to_snooze_where_nothing_is_due_or_all_is_over() {
        assert_eq!(key(100, KeyNotes::default()).snooze(SnoozeTime::Day, now()), None);
        assert_eq!(key(-1, KeyNotes::default()).snooze(SnoozeTime::Day, now()), None);
    }

    #[test]
    fn the_desktop_is_told_of_each_threshold_once() {
        let told = |notified, days| {
            let notes = KeyNotes {
                notified,
                ..KeyNotes::default()
            };
            key(days, notes).notified
        };
        assert!(!told(None, 100) && !told(None, 20));
        assert!(told(Some(Threshold::ThirtyDays), 20));
        assert!(!told(Some(Threshold::ThirtyDays), 14));
        assert!(told(Some(Threshold::SevenDays), 14), "the date was corrected since");
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        for each in SnoozeTime::ALL {
            assert_eq!(each.to_string().parse::<SnoozeTime>().unwrap(), each);
        }
        assert_eq!(" 1W ".parse::<SnoozeTime>().unwrap(), SnoozeTime::Week);
        assert!("2w".parse::<SnoozeTime>().is_err());
    }
}
