//! The time range of a query request: an ISO 8601 duration up to now, or an interval.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

/// Reads `PT24H`, `start/end`, `start/duration` or `duration/end`.
pub(super) fn parse(text: &str, now: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let Some((left, right)) = text.split_once('/') else {
        return Some((now.checked_sub_signed(duration(text)?)?, now));
    };
    let (start, end) = match (moment(left), moment(right)) {
        (Some(start), Some(end)) => (start, end),
        (Some(start), None) => (start, start.checked_add_signed(duration(right)?)?),
        (None, Some(end)) => (end.checked_sub_signed(duration(left)?)?, end),
        (None, None) => return None,
    };
    (start <= end).then_some((start, end))
}

/// A moment; without an offset it is UTC, without a time it is midnight.
pub(super) fn moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.to_utc());
    }
    if let Ok(moment) = text.parse::<NaiveDateTime>() {
        return Some(moment.and_utc());
    }
    let day: NaiveDate = text.parse().ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}

/// `P[n]Y[n]M[n]W[n]DT[n]H[n]M[n]S`; as in .NET a year counts 365 days and a month 30.
fn duration(text: &str) -> Option<TimeDelta> {
    let text = text.trim().strip_prefix('P')?;
    let (days, times) = text.split_once('T').unwrap_or((text, ""));
    if text.is_empty() || text.ends_with('T') {
        return None;
    }
    let day = 86_400.0;
    let days = sum(
        days,
        &[('Y', 365.0 * day), ('M', 30.0 * day), ('W', 7.0 * day), ('D', day)],
    )?;
    let times = sum(times, &[('H', 3600.0), ('M', 60.0), ('S', 1.0)])?;
    let milliseconds = (days + times) * 1000.0;
    // Far beyond any stored row, and far below what the calendar cannot add.
    (milliseconds <= 1e14).then(|| TimeDelta::milliseconds(milliseconds.round() as i64))
}

/// Numbers with their units, each unit at most once and in this order, in seconds.
fn sum(mut text: &str, units: &[(char, f64)]) -> Option<f64> {
    let mut total = 0.0;
    for (unit, seconds) in units {
        if let Some((number, rest)) = text.split_once(*unit)
            && number.chars().all(|one| one.is_ascii_digit() || one == '.')
        {
            total += number.parse::<f64>().ok()? * seconds;
            text = rest;
        }
    }
    text.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn durations_reach_back_from_now() {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 20, 0, 0).unwrap();
        for (text, minutes) in [
            ("PT24H", 1440),
            ("P1D", 1440),
            ("P1DT2H3M", 1563),
            ("PT90S", 1),
            ("P2W", 20_160),
            ("P1M", 43_200),
        ] {
            let (start, end) = parse(text, now).unwrap();
            assert_eq!((end, (end - start).num_minutes()), (now, minutes), "{text}");
        }
    }

    #[test]
    fn intervals_name_either_end() {
        let now = Utc::now();
        let at = |hour| Utc.with_ymd_and_hms(2026, 11, 1, hour, 0, 0).unwrap();
        for text in [
            "2026-11-01T01:00:00Z/2026-11-01T03:00:00Z",
            "2026-11-01T01:00:00/2026-11-01T03:00:00.000",
            "2026-11-01T02:00:00+01:00/PT2H",
            "PT2H/2026-11-01T03:00:00Z",
        ] {
            assert_eq!(parse(text, now), Some((at(1), at(3))), "{text}");
        }
        assert_eq!(parse("2026-11-01/PT1H", now), Some((at(0), at(1))));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "P",
            "PT",
            "P1",
            "1D",
            "PT1D",
            "P1H",
            "PT1S1H",
            "P-1D",
            "P99999999999D",
            "a/b",
            "P1D/P1D",
            "2026-11-02/2026-11-01",
            "P1..2D",
        ] {
            assert_eq!(parse(text, Utc::now()), None, "{text}");
        }
    }
}
