//! Every sentence that people read, in one catalogue. Knows `model` only.
//!
//! | file | sentences for |
//! | --- | --- |
//! | [`problem`] | what went wrong, and what to do next |
//! | [`warning`] | what a person should know |
//! | [`progress`] | steps, checks and how far a job is |
//!
//! Rules: a sentence names the thing and the cause; the next step is something that the reader can do; no blame, no codes in
//! the sentence (they are in the details), no secret anywhere.

pub mod problem;
pub mod progress;
pub mod warning;

pub use problem::Wording;

/// "1 computer", "2 computers".
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
