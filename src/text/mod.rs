//! Every sentence that people read, in one catalogue. Knows `model`, and of `flow` the names of pages and
//! events.
//!
//! | file | sentences for |
//! | --- | --- |
//! | [`problem`] | what went wrong, and what to do next |
//! | [`warning`] | what a person should know |
//! | [`progress`] | steps, checks and how far a job is |
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
//! | [`making`] | *Progress* |
//! | [`completion`] | *Completion* |
//! | [`home`] | the list of connections |
//! | [`renewal`] | *Update secret key* |
//! | [`removal`] | *Delete* |
//! | [`relocation`] | *Move connection*; the plan of a move |
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
pub mod completion;
pub mod configuration;
pub mod confirm;
pub mod general;
pub mod history;
pub mod home;
pub mod import_apps;
pub mod lab_sheet;
pub mod launch;
pub mod making;
pub mod members;
pub mod notices;
pub mod pages;
pub mod problem;
pub mod progress;
pub mod relocation;
pub mod removal;
pub mod renewal;
pub mod rights;
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
