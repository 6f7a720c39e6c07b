//! Words of *Completion*.

use crate::model::report::{Outcome, SyncReport};
use crate::model::{ConnectionName, SecretExpiry};

/// A group.
pub const PUBLICATION: &str = "First publication";
/// A group.
pub const NEXT: &str = "What to do next";
/// A group.
pub const STEPS: &str = "What was done";
/// A list.
pub const COLLECTIONS: &str = "Published collections";
/// A column.
pub const NAME: &str = "Name";
/// A column.
pub const COLLECTION_ID: &str = "Collection ID";
/// A column.
pub const RESULT: &str = "Result";
/// A column.
pub const COMPUTERS: &str = "Computers";
/// Where a number is not known.
pub const UNKNOWN: &str = "–";

/// It is made.
pub fn made(name: &ConnectionName) -> String {
    format!("The connection \"{name}\" is made.")
}

/// It is made and everything is published.
pub fn made_and_published(name: &ConnectionName, report: &SyncReport) -> String {
    match report.collections.len() {
        1 => format!("The connection \"{name}\" is made, and its device collection is published."),
        many => format!("The connection \"{name}\" is made, and its {many} device collections are published."),
    }
}

/// The figures of a publication: what each is, and how many.
pub fn figures(report: &SyncReport) -> Vec<(&'static str, String)> {
    let count = |outcomes: &[Outcome]| -> usize { outcomes.iter().map(|outcome| report.count(*outcome)).sum() };
    let computers: usize = report.collections.iter().filter_map(|each| each.computers).sum();
    vec![
        ("Published", count(&[Outcome::Published]).to_string()),
        ("Unchanged", count(&[Outcome::Unchanged, Outcome::Unmoved]).to_string()),
        (
            "Not published",
            count(&[
                Outcome::Failed,
                Outcome::NotSettled,
                Outcome::Awaiting,
                Outcome::NotSeen,
                Outcome::Skipped,
            ])
            .to_string(),
        ),
        ("Computers in all groups", computers.to_string()),
    ]
}

/// Collections that failed for one and the same reason.
pub fn failed(names: &[&str]) -> String {
    let shown = names.get(..names.len().min(3)).unwrap_or_default().join(", ");
    match names.len().saturating_sub(3) {
        0 => format!("Not published: {shown}"),
        more => format!("Not published: {shown} and {more} more"),
    }
}

/// The publication was stopped.
pub const CANCELLED: &str =
    "The publication was stopped before its end. What was published stays; the next run does the rest.";
/// The connection stands though its first publication failed.
pub const STANDS: &str = "The connection stands. Once the cause is gone, close the wizard, select the connection in the list and \
     press Publish now.";
/// Some collections are left.
pub const SOME_LEFT: &str = "The next run tries these again. To try at once, close the wizard and press Publish now in the list of \
     connections.";
/// No collection is chosen.
pub const NOTHING_PUBLISHED: &str = "No device collection was chosen, so nothing was published and the workspace has no computer \
     group of this connection. To publish some, close the wizard, and add them in the Properties of the connection.";

/// Before the example query.
pub const QUERY_INTRO: &str =
    "Use a group in the workspace, under Logs. For example, the heartbeats of the computers in this one:";
/// Before the command that publishes.
pub const SYNC_INTRO: &str = "To publish once in between, press Publish now in the list of connections, or run this:";
/// Where the names of the other groups are.
pub const GROUPS_INTRO: &str =
    "The other groups are used alike: their function names are in the workspace, under Logs, among the functions.";

/// A query that uses a group.
pub fn query(alias: &str) -> String {
    format!("Heartbeat | where Computer in ({alias})")
}

/// When the secret key ends, and what to do before that.
pub fn expiry(expiry: SecretExpiry) -> String {
    format!(
        "The secret key expires on {expiry}. Before that day, create a new one in the Azure portal, and put it in with Update \
         secret key in the list of connections; else publishing stops."
    )
}
