//! The question before something is changed that cannot be taken back with a word.

use crate::cli::host::Host;
use crate::model::{Problem, Result};

/// A question that a person answers with a typed yes.
pub(super) struct Question<'a> {
    /// What the command is about to do.
    pub what: &'a str,
    /// The question.
    pub text: &'a str,
    /// What is left undone after any other answer.
    pub left: &'a str,
}

/// Asks for a typed yes.
///
/// # Errors
/// [`Problem::Usage`] where nobody can be asked, [`Problem::Cancelled`] for any other answer.
pub(super) async fn ask(host: &Host, question: &Question<'_>) -> Result<()> {
    if !host.terminal {
        let what = format!("{} needs --yes where nobody can be asked", question.what);
        return Err(Problem::Usage { what }.into());
    }
    let answer = host.line(&format!("{}\nType yes to go on: ", question.text)).await?;
    if answer.trim().eq_ignore_ascii_case("yes") {
        return Ok(());
    }
    Err(Problem::Cancelled {
        partly: false,
        left: question.left.to_owned(),
    }
    .into())
}

/// Asks before a deletion; `what` is what the command is about to do, `question` says what goes, and `dependents` are the saved
/// searches of other people that use it.
///
/// # Errors
/// As [`ask`].
pub(super) async fn deletion(host: &Host, what: &str, question: &str, dependents: &[String]) -> Result<()> {
    let text = if dependents.is_empty() {
        question.to_owned()
    } else {
        format!("{question}\nThese saved searches use them: {}", dependents.join(", "))
    };
    let left = "everything; nothing was removed";
    ask(
        host,
        &Question {
            what,
            text: &text,
            left,
        },
    )
    .await
}
