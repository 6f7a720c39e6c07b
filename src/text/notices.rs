//! Words of the list of messages.

use chrono::{DateTime, Local, Utc};

use super::count;
use crate::flow::notices::{Level, News, Notice};
use crate::model::ConnectionName;
use crate::model::renewal::Renewed;
use crate::model::report::{Outcome, SyncReport};

/// The title of the list.
pub const TITLE: &str = "Messages";
/// A button that puts the newest message away.
pub const DISMISS: &str = "Dismiss";
/// The button that closes the list.
pub const HIDE: &str = "Hide messages";
/// A button that forgets all messages.
pub const CLEAR: &str = "Clear";
/// What the pointer is told about the button that opens the list.
pub const KEY_HINT: &str = "Opens and closes the list of messages (F8)";
/// A choice above the list.
pub const FILTER: &str = "Show";
/// In the list, where the filter leaves nothing.
pub const NONE_OF_LEVEL: &str = "No message of this level.";
/// A button that copies the whole list.
pub const COPY_ALL: &str = "Copy all";

/// The button that opens the list.
pub fn show(number: usize) -> String {
    format!("Messages ({number})")
}

/// A level, as it stands before a message.
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Info => "Information",
        Level::Warning => "Warning",
        Level::Error => "Error",
    }
}

/// Messages of this level and above, as a choice.
pub fn at_least(level: Level) -> &'static str {
    match level {
        Level::Info => "All messages",
        Level::Warning => "Warnings and errors",
        Level::Error => "Errors only",
    }
}

/// When it happened, in the time of this computer.
pub fn time(at: DateTime<Utc>) -> String {
    at.with_timezone(&Local).format("%Y-%m-%d %H:%M").to_string()
}

/// What has happened, in a sentence or two.
pub fn sentence(news: &News) -> String {
    let because = |what: String, failure| format!("{what} {}", super::problem::wording(failure).sentence);
    match news {
        News::Created(name) => format!("The connection \"{name}\" was made."),
        News::Published(name, report) => published(name.as_str(), report),
        News::NotPublished(name, failure) => because(format!("\"{name}\" was not published."), failure.problem()),
        News::SecretUpdated(name, renewed) => secret_updated(name, renewed),
        News::SecretNotUpdated(name, failure) => because(
            format!("\"{name}\" keeps the secret key that it had."),
            failure.problem(),
        ),
        News::NotReminded(name, failure) => because(
            format!("How you are reminded of the secret key of \"{name}\" was not changed."),
            failure.problem(),
        ),
        News::Moved(name) => format!("\"{name}\" was moved to another SMS Provider."),
        News::NotMoved(name, failure) => because(format!("\"{name}\" was not moved."), failure.problem()),
        News::Changed(name) => format!("The properties of \"{name}\" were changed."),
        News::NotChanged(name, failure) => because(
            format!("The properties of \"{name}\" were not changed, or not all of them."),
            failure.problem(),
        ),
        News::Removed(name, None) => format!("The connection \"{name}\" was deleted."),
        News::Removed(name, Some(_)) => {
            format!("The connection \"{name}\" was forgotten on this computer. What it has in Azure stays there.")
        }
        News::NotRemoved(name, failure) => because(format!("\"{name}\" was not wholly deleted."), failure.problem()),
        News::NotCreated(name, failure) => because(format!("\"{name}\" was not finished."), failure.problem()),
        News::NotRead(failure) => because("The connections could not be read.".to_owned(), failure.problem()),
        News::LogNotOpened(failure) => because("The log was not opened.".to_owned(), failure.problem()),
    }
}

/// What to do next, where something did not work.
pub fn next_step(news: &News) -> Option<String> {
    news.failure()
        .map(|failure| super::problem::in_window(failure.problem()).next_step)
}

/// What a ticket needs beyond the sentence; empty where there is nothing more to say.
pub fn details(news: &News) -> String {
    match news {
        News::Published(_, report) => report_details(report),
        News::SecretUpdated(_, renewed) => renewal_details(renewed),
        News::Removed(_, Some(remnants)) => super::removal::remnants(remnants),
        news => news.failure().map(super::problem::for_ticket).unwrap_or_default(),
    }
}

/// A message with all that a ticket needs.
pub fn for_ticket(notice: &Notice) -> String {
    let details = details(&notice.news);
    let head = format!(
        "{} {}: {}\n",
        time(notice.at),
        level(notice.news.level()),
        sentence(&notice.news)
    );
    if details.is_empty() {
        head
    } else {
        format!("{head}{}\n", details.trim_end())
    }
}

fn secret_updated(name: &ConnectionName, renewed: &Renewed) -> String {
    let mut said = format!(
        "\"{name}\" uses the new secret key, which expires on {}.",
        renewed.expiry
    );
    if let Some(also) = super::renewal::also_in_use(renewed) {
        said.push_str(&format!(" {also}"));
    }
    for other in renewed.others.iter().filter(|other| other.end.is_err()) {
        said.push_str(&format!(" {}", super::renewal::other_keeps(&other.name)));
    }
    said
}

fn renewal_details(renewed: &Renewed) -> String {
    let warnings = renewed.warnings.iter().map(super::warning::in_window);
    let failed = renewed.others.iter().filter_map(|other| {
        let failure = other.end.as_ref().err()?;
        Some(format!("\"{}\":\n{}", other.name, super::problem::for_ticket(failure)))
    });
    warnings.chain(failed).collect::<Vec<_>>().join("\n")
}

fn published(name: &str, report: &SyncReport) -> String {
    let collections = count(report.collections.len(), "collection", "collections");
    let begin = match (report.cancelled, report.is_partial()) {
        (true, _) => format!("Publishing {collections} of \"{name}\" was stopped"),
        (_, true) => format!("Published {collections} of \"{name}\" in part"),
        _ => format!("Published {collections} of \"{name}\""),
    };
    match figures(report).as_str() {
        "" => format!("{begin}."),
        figures => format!("{begin}: {figures}."),
    }
}

/// "10 published, 2 unchanged".
fn figures(report: &SyncReport) -> String {
    let number = |outcomes: &[Outcome]| outcomes.iter().map(|each| report.count(*each)).sum::<usize>();
    let figures = [
        (number(&[Outcome::Published]), "published"),
        (number(&[Outcome::WouldPublish]), "to be published"),
        (number(&[Outcome::Unchanged, Outcome::Unmoved]), "unchanged"),
        (number(&[Outcome::NotSettled]), "still changing"),
        (number(&[Outcome::Awaiting]), "waiting for their rows"),
        (number(&[Outcome::NotSeen]), "no longer listed by the site"),
        (number(&[Outcome::Failed]), "failed"),
        (number(&[Outcome::Skipped]), "not begun"),
    ];
    let figures = figures.into_iter().filter(|(number, _)| *number > 0);
    let figures: Vec<String> = figures.map(|(number, words)| format!("{number} {words}")).collect();
    figures.join(", ")
}

fn report_details(report: &SyncReport) -> String {
    let failed = report.collections.iter().filter_map(|each| {
        let failure = each.error.as_ref()?;
        Some(format!(
            "{} \"{}\":\n{}",
            each.id,
            each.name,
            super::problem::for_ticket(failure)
        ))
    });
    let warnings = report.warnings.iter().map(super::warning::in_window);
    failed.chain(warnings).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::report::CollectionReport;

    fn report(outcomes: &[Outcome], cancelled: bool) -> SyncReport {
        let collection = |outcome: &Outcome| CollectionReport {
            id: "PS100012".parse().unwrap(),
            name: "All laptops".to_owned(),
            outcome: *outcome,
            computers: None,
            as_of: None,
            parts: 0,
            would: None,
            sent: crate::model::dry_run::RowsUp::default(),
            error: None,
        };
        SyncReport {
            connection: "Contoso".to_owned(),
            started: DateTime::UNIX_EPOCH,
            finished: DateTime::UNIX_EPOCH,
            cancelled,
            collections: outcomes.iter().map(collection).collect(),
            beside: None,
            warnings: Vec::new(),
        }
    }

    fn words(report: SyncReport) -> String {
        sentence(&News::Published("Contoso".parse().unwrap(), Box::new(report)))
    }

    #[test]
    fn a_publication_is_told_with_its_figures() {
        use Outcome::{Failed, Published, Skipped, Unchanged, Unmoved};
        assert_eq!(
            words(report(&[Published, Published, Unchanged, Unmoved], false)),
            "Published 4 collections of \"Contoso\": 2 published, 2 unchanged."
        );
        assert_eq!(
            words(report(&[Published, Failed], false)),
            "Published 2 collections of \"Contoso\" in part: 1 published, 1 failed."
        );
        assert_eq!(
            words(report(&[Skipped], true)),
            "Publishing 1 collection of \"Contoso\" was stopped: 1 not begun."
        );
        assert_eq!(words(report(&[], false)), "Published 0 collections of \"Contoso\".");
    }
}
