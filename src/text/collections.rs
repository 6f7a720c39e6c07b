//! Words of the collections of a connection, below the list of connections: what the last publication did with each, and why.

use chrono::{DateTime, Utc};

use super::home::{moment, sentence, with_id};
use crate::model::history::LATEST;
use crate::model::report::{CollectionOverview, Outcome, RowsOverview};

/// A list, and the line that unfolds it.
pub const COLLECTIONS: &str = "Collections in the last publication";
/// A column.
pub const COLLECTION: &str = "Collection";
/// A column.
pub const COLLECTION_ID: &str = "ID";
/// A column.
pub const RESULT: &str = "Result";
/// A column.
pub const COMPUTERS: &str = "Computers";
/// A column.
pub const AS_OF: &str = "Group as of";
/// A column.
pub const ROWS: &str = "Rows";
/// Where there is nothing to say.
pub const NOTHING: &str = "–";

/// What the last run did with a collection, in a word or two.
pub fn result(outcome: Option<Outcome>) -> &'static str {
    outcome.map_or("not reached", super::progress::outcome)
}

/// How many collections had each result.
pub fn results(collections: &[CollectionOverview]) -> String {
    let outcomes = Outcome::IN_ORDER.into_iter().map(Some).chain([None]);
    let counts = outcomes.filter_map(|outcome| {
        let count = collections.iter().filter(|each| each.outcome == outcome).count();
        (count > 0).then(|| format!("{count} {}", result(outcome)))
    });
    counts.collect::<Vec<_>>().join(", ")
}

/// The same as a sentence above the list.
pub fn results_of_last(collections: &[CollectionOverview]) -> String {
    format!("In the last publication: {}.", results(collections))
}

/// What has become of the rows of a collection, in a word or two.
pub fn rows(rows: Option<&RowsOverview>, now: DateTime<Utc>) -> &'static str {
    match rows {
        None => NOTHING,
        Some(RowsOverview { again: true, .. }) => "sent again next time",
        Some(RowsOverview { seen_at: Some(_), .. }) => "seen",
        Some(rows) if now - rows.sent_at < LATEST => "on their way",
        Some(_) => "late",
    }
}

/// A number or a moment that may not be known.
pub fn known<T>(value: Option<T>, words: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| NOTHING.to_owned(), words)
}

/// What is known of one collection, by name.
pub fn collection_facts(collection: &CollectionOverview, now: DateTime<Utc>) -> Vec<(&'static str, String)> {
    let group = match (collection.computers, collection.as_of) {
        (Some(computers), Some(as_of)) => {
            let computers = super::count(computers, "computer", "computers");
            format!("{computers}, as of {}", moment(as_of))
        }
        _ => "not published yet".to_owned(),
    };
    let mut facts = vec![
        (COLLECTION, with_id(&collection.name, &collection.id)),
        (RESULT, format!("{}: {}", result(collection.outcome), why(collection))),
        ("Group", group),
    ];
    if let Some(rows) = &collection.rows {
        let mut words = super::history::arrival(rows.sent_at, rows.seen_at, rows.again);
        if self::rows(Some(rows), now) == "late" {
            words = format!(
                "of {}, late: the next run looks for them, and sends them again where they are lost",
                moment(rows.sent_at)
            );
        }
        facts.push((ROWS, words));
    }
    if !collection.sent.is_none() {
        facts.push(("In the last run", super::history::sent(collection.sent)));
    }
    facts
}

/// Why a collection had its result.
fn why(collection: &CollectionOverview) -> String {
    if let Some(problem) = &collection.problem {
        return sentence(problem);
    }
    let words = match collection.outcome {
        Some(Outcome::Published) => "its membership had changed.",
        Some(Outcome::WouldPublish) => "its membership has changed; a dry run writes nothing.",
        Some(Outcome::Unchanged) => "it was read, and its members are those of the group.",
        Some(Outcome::Unmoved) => "the site says that it has not changed, so it was not read.",
        Some(Outcome::NotSettled) => "its membership was changing while it was read; the group stays as it was.",
        Some(Outcome::Awaiting) => {
            "its rows are sent; the group, which is made from them, follows once the workspace shows them."
        }
        Some(Outcome::NotSeen) => match collection.not_seen_since {
            Some(since) => {
                return format!(
                    "the site does not list it since {}; the group stays as it was.",
                    moment(since)
                );
            }
            None => "the site does not list it; the group stays as it was.",
        },
        Some(Outcome::Failed) => "the group stays as it was.",
        Some(Outcome::Skipped) => "the run was stopped before it came to this one.",
        None => "the last run did not come to it; the group stays as it was.",
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Problem;

    fn seen(outcome: Option<Outcome>) -> CollectionOverview {
        CollectionOverview {
            id: "PS100016".parse().unwrap(),
            name: "Servers".into(),
            outcome,
            problem: None,
            computers: None,
            as_of: None,
            not_seen_since: None,
            sent: crate::model::dry_run::RowsUp::default(),
            rows: None,
        }
    }

    #[test]
    fn every_result_has_a_reason_and_a_failure_its_own() {
        let now = "2026-11-25T14:03:59Z".parse().unwrap();
        for outcome in Outcome::IN_ORDER.into_iter().map(Some).chain([None]) {
            let facts = collection_facts(&seen(outcome), now);
            let (_, said) = &facts[1];
            assert!(said.starts_with(result(outcome)) && said.ends_with('.'), "{said}");
        }
        let mut failed = seen(Some(Outcome::Failed));
        failed.problem = Some(Problem::SecretExpired);
        assert_eq!(
            collection_facts(&failed, now)[1].1,
            "failed: The secret key has expired."
        );
    }

    #[test]
    fn results_are_counted_in_the_order_in_which_people_are_told() {
        let outcomes = [
            Some(Outcome::Failed),
            None,
            Some(Outcome::Unmoved),
            Some(Outcome::Failed),
        ];
        let collections = outcomes.map(seen);
        assert_eq!(results(&collections), "1 not moved, 2 failed, 1 not reached");
        assert_eq!(results(&[]), "");
    }

    #[test]
    fn rows_that_are_not_seen_within_an_hour_are_late() {
        let sent_at: DateTime<Utc> = "2026-11-25T14:00:00Z".parse().unwrap();
        let of = |seen_at, again| RowsOverview {
            sent_at,
            seen_at,
            again,
        };
        let after = |minutes| sent_at + chrono::TimeDelta::minutes(minutes);
        for (state, now, said) in [
            (of(None, false), after(59), "on their way"),
            (of(None, false), after(60), "late"),
            (of(Some(after(5)), false), after(600), "seen"),
            (of(Some(after(5)), true), after(600), "sent again next time"),
        ] {
            assert_eq!(rows(Some(&state), now), said);
        }
        assert_eq!(rows(None, sent_at), NOTHING);
    }
}
