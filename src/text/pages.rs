//! Words of the wizard's frame: titles of the pages, the buttons below, the questions before it is left.

use crate::flow::wizard::{Page, Question};
use crate::model::report::Standing;

/// A button.
pub const PREVIOUS: &str = "Previous";
/// A button of every question.
pub const STAY: &str = "Stay here";
/// A button that takes away what stands of an unfinished connection.
pub const TAKE_AWAY: &str = "Take it away";

/// Brings back what was accepted on a page.
pub const UNDO_CHANGES: &str = "Undo changes";
/// What screen readers call the list on the left.
pub const PAGE_LIST: &str = "Pages";

/// The title of a page, in the page list and above the page.
pub fn title(page: Page) -> &'static str {
    match page {
        Page::General => "General",
        Page::AzureServices => "Azure Services",
        Page::App => "App",
        Page::ImportApps => "Import Apps",
        Page::Configuration => "Configuration",
        Page::Confirm => "Confirm",
        Page::Progress => "Progress",
        Page::Completion => "Completion",
    }
}

/// The button that leads on.
pub fn next(page: Page) -> &'static str {
    match page {
        Page::Completion => "Close",
        _ => "Next",
    }
}

/// Why Next leads nowhere from this page as it is.
pub fn why_not_next(page: Page) -> &'static str {
    match page {
        Page::General => "Check the site first: Next needs one that answers and lets the account in.",
        Page::AzureServices => "Give the connection a name that no other has.",
        Page::App => "Choose an Azure environment.",
        Page::ImportApps => "Verify first: Next needs an app that Azure lets in with exactly these values.",
        Page::Configuration => "Choose a workspace on which the app may do what computer groups need.",
        Page::Confirm => "Something was changed on an earlier page: go back and confirm it there.",
        Page::Progress => "Wait until everything is made, or press Cancel.",
        Page::Completion => "",
    }
}

/// Why Next leads nowhere where history alone is in the way.
pub const WHY_NOT_HISTORY: &str = "History is chosen, and the app may not do what it needs: get the roles and press Check again, sign in as an \
     administrator, or choose Computer groups.";

/// Why Previous leads nowhere from this page.
pub fn no_way_back(page: Page) -> &'static str {
    match page {
        Page::General => "This is the first page.",
        _ => "What is made is made. To change it, close the wizard and use the list of connections.",
    }
}

/// The title of a question.
pub fn question_title(question: Question) -> &'static str {
    match question {
        Question::Leave => "Leave the wizard?",
        Question::Stop => "Stop making the connection?",
        Question::Unfinished(_) => "The connection is not finished",
    }
}

/// The question itself.
pub fn question(question: Question) -> String {
    match question {
        Question::Leave => "What you typed is lost. Nothing was made, here or in Azure.".to_owned(),
        Question::Stop => {
            "It stops at the next safe point. Then you are told what exists already, and can go on or take it away."
                .to_owned()
        }
        Question::Unfinished(standing) => {
            format!(
                "{} You can finish it later from the list of connections, or take it away now.",
                stands(standing)
            )
        }
    }
}

/// The button that says yes to a question.
pub fn yes(question: Question) -> &'static str {
    match question {
        Question::Leave => "Leave",
        Question::Stop => "Stop",
        Question::Unfinished(_) => "Finish later",
    }
}

/// What exists of a connection that was not finished.
pub fn stands(standing: Standing) -> &'static str {
    match standing {
        Standing::Nothing => "Nothing was made, here or in Azure.",
        Standing::Recorded => {
            "It is written down on this computer. Nothing was made in Azure, and no secret was stored."
        }
        Standing::Begun => {
            "It is written down on this computer, its secrets are in the keyring, and its record may be in the workspace, and beside it what was made for history."
        }
        Standing::Ready => "The connection is complete.",
    }
}
