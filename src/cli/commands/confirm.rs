//! The question before something is deleted.

use crate::cli::host::Host;
use crate::model::{Problem, Result};

/// Asks for a typed yes; `what` is what the command is about to do, `question` says what goes, and `dependents` are the saved
/// searches of other people that use it.
///
/// # Errors
/// [`Problem::Usage`] where nobody can be asked, [`Problem::Cancelled`] for any other answer.
pub(super) async fn deletion(host: &Host, what: &str, question: &str, dependents: &[String]) -> Result<()> {
    if !host.terminal {
        let what = format!("{what} needs --yes where nobody can be asked");
        return Err(Problem::Usage { what }.into());
    }
    let mut question = format!("{question}\n");
    if !dependents.is_empty() {
        question.push_str(&format!("These saved searches use them: {}\n", dependents.join(", ")));
    }
    question.push_str("Type yes to go on: ");
    let answer = host.line(&question).await?;
    if answer.trim().eq_ignore_ascii_case("yes") {
        return Ok(());
    }
    Err(Problem::Cancelled {
        partly: false,
        left: "everything; nothing was removed".to_owned(),
    }
    .into())
}
