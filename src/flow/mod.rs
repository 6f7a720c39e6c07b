//! What the window knows and does, without a window: pure state machines. No I/O, no async, no clock, no egui; `model` only.
//!
//! A person's act or a backend's answer goes in, [`Effect`]s come out. The front edits drafts in place; therefore nothing here
//! remembers that a draft *was* right: what depends on a draft is derived from what it holds now.
//!
//! | file | what |
//! | --- | --- |
//! | [`effect`] | what is asked of the backend and of the window; what comes back. The contract: start reading here |
//! | [`look`] | the same for the pages that look at what is published |
//! | [`administrator`] | a person with more rights than the app signs in |
//! | [`asker`] | where effects wait until the front takes them; the commands under way |
//! | [`remote`] | a value that is fetched: keeps the older one while it asks again |
//! | [`field`], [`secret_text`] | what a person types, with and without secrets |
//! | [`program`] | the whole: home, at most one wizard, at most one dialog, the list of messages |
//! | `closing` | the window is to be closed: what is in the way, and what is waited for |
//! | [`view`] | the pages over home that look at what is published |
//! | [`home`] | the connections and the jobs that run on them |
//! | [`groups`] | *Computer groups* |
//! | [`log_search`] | *Log search* |
//! | [`grid`], [`csv_file`] | a table on the screen; *Save as CSV* |
//! | [`wizard`] | *Configure Azure Services*, page by page |
//! | [`properties`] | *Connection Properties* |
//! | [`renewal`] | *Update secret key* |
//! | `reminders` | how a person is reminded of the end of a secret key |
//! | [`relocation`] | *Move connection* |
//! | [`removal`] | *Delete* |
//! | [`settings`] | *Save settings* and *New from settings* |
//! | [`diagnosis`] | *Diagnose* |
//! | [`file_to_save`] | a file that something is saved in |
//! | [`notices`] | the list of messages |

pub mod administrator;
pub mod asker;
mod closing;
pub mod csv_file;
pub mod diagnosis;
pub mod effect;
pub mod field;
pub mod file_to_save;
pub mod grid;
pub mod groups;
pub mod home;
pub mod log_search;
pub mod look;
pub mod notices;
pub mod program;
pub mod properties;
pub mod relocation;
mod reminders;
pub mod remote;
pub mod removal;
pub mod renewal;
pub mod secret_text;
pub mod settings;
#[cfg(test)]
mod testing;
pub mod view;
pub mod wizard;

pub use administrator::Administrator;
pub use asker::Asker;
pub use effect::{Answer, Command, Effect, Event, Outcome, Query, RunId, Shell, Ticket, Tickets};
pub use field::TextField;
pub use program::Program;
pub use remote::Remote;
pub use secret_text::SecretText;
