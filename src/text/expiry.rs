//! Words about the end of a secret key.

use chrono::{DateTime, Utc};

use super::home::moment;
use crate::model::expiry::SnoozeTime;
use crate::model::{ConnectionName, KeyExpiry};

/// A menu beside a warning.
pub const SNOOZE: &str = "Remind me later";
/// What a screen reader is told about that menu.
pub const SNOOZE_HINT: &str = "For how long this warning is put away. A nearer one comes all the same.";
/// A button that ends a snooze.
pub const REMIND_AGAIN: &str = "Remind me again now";
/// A box to tick.
pub const TELL_DESKTOP: &str = "Notify the desktop when this key is about to expire";
/// The title of a notification on the desktop.
pub const NOTIFICATION: &str = "Azure Services Wizard";

/// A choice of the menu [`SNOOZE`].
pub const fn snooze_time(time: SnoozeTime) -> &'static str {
    match time {
        SnoozeTime::Hour => "In 1 hour",
        SnoozeTime::Day => "In 1 day",
        SnoozeTime::Week => "In 1 week",
        SnoozeTime::Month => "In 1 month",
    }
}

/// When a key expires, in short.
pub fn in_short(key: &KeyExpiry) -> String {
    match key.days_left {
        ..0 => format!("EXPIRED on {}", key.date),
        _ if key.called_expired => "EXPIRED, Azure says".to_owned(),
        0 => "expires today".to_owned(),
        1 => "expires tomorrow".to_owned(),
        days => format!("expires in {days} days"),
    }
}

/// The same for a list, where a snooze is seen too.
pub fn in_list(key: &KeyExpiry) -> String {
    let snoozed = if key.snoozed_until.is_some() { ", snoozed" } else { "" };
    format!("{}{snoozed}", in_short(key))
}

/// The same with the date, where there is room.
pub fn with_date(key: &KeyExpiry) -> String {
    let words = in_short(key);
    let date = key.date.to_string();
    if words.contains(&date) {
        words
    } else {
        format!("{date} ({words})")
    }
}

/// The same with the snooze, where there is one.
pub fn with_snooze(key: &KeyExpiry) -> String {
    match key.snoozed_until {
        Some(until) => format!("{}; {}", with_date(key), snoozed(until)),
        None => with_date(key),
    }
}

/// A warning is snoozed.
pub fn snoozed(until: DateTime<Utc>) -> String {
    format!("no reminder until {}", moment(until))
}

/// The warning, to be given or to be written into the log.
pub fn sentence(name: &ConnectionName, key: &KeyExpiry) -> String {
    let date = key.date;
    let when = match key.days_left {
        ..0 => {
            return format!(
                "The secret key of \"{name}\" expired on {date}. Its groups are not renewed until a new secret key is in use."
            );
        }
        _ if key.called_expired => {
            return format!(
                "The secret key of \"{name}\" has expired: Azure did not accept it any more. Its groups are not renewed until \
                 a new secret key is in use."
            );
        }
        0 => "today".to_owned(),
        1 => format!("tomorrow ({date})"),
        days => format!("in {days} days ({date})"),
    };
    format!(
        "The secret key of \"{name}\" expires {when}. Put a new one into use before that, so that publishing goes on."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::KeyNotes;
    use crate::model::expiry::{Snooze, Threshold};

    fn key(day: &str, called_expired: bool) -> KeyExpiry {
        let now: DateTime<Utc> = format!("{day}T12:00:00Z").parse().unwrap();
        let notes = KeyNotes {
            called_expired: called_expired.then_some(now),
            ..KeyNotes::default()
        };
        KeyExpiry::at("2027-03-10".parse().unwrap(), &notes, now)
    }

    #[test]
    fn a_key_is_described_in_days_then_in_plain_words() {
        for (today, called_expired, words) in [
            ("2027-02-04", false, "expires in 34 days"),
            ("2027-03-09", false, "expires tomorrow"),
            ("2027-03-10", false, "expires today"),
            ("2027-03-11", false, "EXPIRED on 2027-03-10"),
            ("2027-02-04", true, "EXPIRED, Azure says"),
            ("2027-03-11", true, "EXPIRED on 2027-03-10"),
        ] {
            assert_eq!(in_short(&key(today, called_expired)), words);
        }
        assert_eq!(with_date(&key("2027-03-09", false)), "2027-03-10 (expires tomorrow)");
        assert_eq!(with_date(&key("2027-03-11", false)), "EXPIRED on 2027-03-10");
    }

    #[test]
    fn a_snooze_is_seen_and_says_until_when() {
        let now = "2027-03-01T12:00:00Z".parse().unwrap();
        let notes = KeyNotes {
            snooze: Some(Snooze {
                threshold: Threshold::FourteenDays,
                until: "2027-03-02T12:00:00Z".parse().unwrap(),
            }),
            ..KeyNotes::default()
        };
        let key = KeyExpiry::at("2027-03-10".parse().unwrap(), &notes, now);
        assert_eq!(in_list(&key), "expires in 9 days, snoozed");
        assert_eq!(
            with_snooze(&key),
            "2027-03-10 (expires in 9 days); no reminder until 2027-03-02 12:00 UTC"
        );
    }

    #[test]
    fn the_warning_names_connection_day_and_what_to_do() {
        let name: ConnectionName = "Prod".parse().unwrap();
        for (today, called, words) in [
            ("2027-02-24", false, "expires in 14 days (2027-03-10)"),
            ("2027-03-09", false, "expires tomorrow (2027-03-10)"),
            ("2027-03-10", false, "expires today. Put a new one into use"),
            ("2027-03-12", false, "expired on 2027-03-10"),
            ("2027-02-24", true, "Azure did not accept it any more"),
        ] {
            let said = sentence(&name, &key(today, called));
            assert!(said.contains("\"Prod\"") && said.contains(words), "{said}");
        }
    }
}
