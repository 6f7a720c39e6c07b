//! Every sentence that people read, in one catalogue. Knows `model`, and of `flow` the names of pages and
//! events.
//!
//! | file | sentences for |
//! | --- | --- |
//! | [`problem`] | what went wrong, and what to do next |
//! | [`warning`] | what a person should know |
//! | [`progress`] | steps, checks and how far a job is |
//! | [`dry_run`] | what a run would read, write and remove |
//! | [`site`] | what a site says of itself |
//! | [`rights`] | what an operation is for, which role gives it, who can give that |
//! | [`window`] | what every page of the window shares |
//! | [`pages`] | the wizard's frame: titles, buttons, questions |
//! | [`general`] | *General* |
//! | [`certificate`] | a certificate that a person looks at before it is trusted |
//! | [`site_checks`] | what was found at the site, line by line |
//! | [`azure_services`] | *Azure Services* |
//! | [`app`] | *App* |
//! | [`import_apps`] | *Import Apps* |
//! | [`configuration`] | *Configuration* and its dialog |
//! | [`members`] | which computers are members |
//! | [`history`] | history and a connection that stands already, on every page |
//! | [`administrator`] | the dialogs in which an administrator helps |
//! | [`confirm`] | *Confirm* |
//! | [`schedule`] | the schedule, on *Confirm* and *Completion* |
//! | [`making`] | *Progress* |
//! | [`completion`] | *Completion* |
//! | [`command`] | commands of `asw` to copy |
//! | [`home`] | the list of connections |
//! | [`collections`] | what the last publication did with each collection |
//! | [`grid`] | every table; *Save as CSV* |
//! | [`group_view`] | *Computer groups*; `asw groups` |
//! | [`log_search`] | *Log search*; `asw query` |
//! | [`expiry`] | the end of a secret key, in the window, `asw status`, log and desktop |
//! | [`properties`] | *Connection Properties* |
//! | [`runs`] | the record of runs |
//! | [`renewal`] | *Update secret key* |
//! | [`removal`] | *Delete* |
//! | [`relocation`] | *Move connection*; the plan of a move |
//! | [`diagnosis`] | *Diagnose* and its report |
//! | [`settings`] | *Save settings* and *New from settings* |
//! | [`notices`] | the list of messages |
//! | [`lab_sheet`] | the lab's values beside the form |
//! | [`launch`] | the window program before and beside its window: command line, what keeps it from opening |
//!
//! Rules: a sentence names the thing and the cause; the next step is something that the reader can do; no blame, no codes in
//! the sentence (they are in the details), no secret anywhere.

pub mod administrator;
pub mod app;
pub mod azure_services;
pub mod certificate;
pub mod collections;
pub mod command;
pub mod completion;
pub mod configuration;
pub mod confirm;
pub mod diagnosis;
pub mod dry_run;
pub mod expiry;
pub mod general;
pub mod grid;
pub mod group_view;
pub mod history;
pub mod home;
pub mod import_apps;
pub mod lab_sheet;
pub mod launch;
pub mod log_search;
pub mod making;
pub mod members;
pub mod notices;
pub mod pages;
pub mod problem;
pub mod progress;
pub mod properties;
pub mod relocation;
pub mod removal;
pub mod renewal;
pub mod rights;
pub mod runs;
pub mod schedule;
pub mod settings;
pub mod site;
pub mod site_checks;
pub mod warning;
pub mod window;

pub use problem::Wording;

use crate::model::CollectionId;

/// IDs of collections, one behind the other.
pub fn ids_listed(ids: &[CollectionId]) -> String {
    ids.iter().map(CollectionId::as_str).collect::<Vec<_>>().join(", ")
}

/// "1 computer", "2 computers".
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Words of somebody else as a sentence of their own.
fn sentence(words: &str) -> String {
    let words = words.trim();
    let end = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    let mut characters = words.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    format!("{}{}{end}", first.collect::<String>(), characters.as_str())
}

/// Bytes, in units that a person reads: 1 MB is 1,000,000 bytes.
pub fn size(bytes: u64) -> String {
    let tenths = |unit: u64| (bytes + unit / 20) / (unit / 10);
    let told = |tenths: u64, unit: &str| match tenths {
        0..100 => format!("{}.{} {unit}", tenths / 10, tenths % 10),
        _ => format!("{} {unit}", (tenths + 5) / 10),
    };
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..950_000 => told(tenths(1_000), "kB"),
        950_000..950_000_000 => told(tenths(1_000_000), "MB"),
        _ => told(tenths(1_000_000_000), "GB"),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_told_in_units_that_fit() {
        for (bytes, told) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (12_400, "12 kB"),
            (949_999, "950 kB"),
            (950_000, "1.0 MB"),
            (1_250_000, "1.3 MB"),
            (123_400_000, "123 MB"),
            (2_960_000_000, "3.0 GB"),
        ] {
            assert_eq!(size(bytes), told, "{bytes}");
        }
    }
}
