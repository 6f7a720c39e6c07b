//! Words that every page of the window shares.

use crate::flow::effect::FilePurpose;

/// The window's title.
pub const TITLE: &str = "Azure Services Wizard";
/// A button.
pub const CANCEL: &str = "Cancel";
/// A button.
pub const CLOSE: &str = "Close";
/// A button.
pub const COPY: &str = "Copy";
/// The same button, for a moment after it was pressed.
pub const COPIED: &str = "Copied";
/// A button that unfolds what a ticket needs.
pub const DETAILS: &str = "Details";
/// The same, unfolded.
pub const HIDE_DETAILS: &str = "Hide details";
/// A button that shows a secret while it is pressed.
pub const SHOW: &str = "Show";
/// How that button works.
pub const SHOW_HOW: &str = "Shown while this button is held down, with the mouse or with the Space key.";
/// In a field for a date while it is empty.
pub const DATE_EXAMPLE: &str = "YYYY-MM-DD";
/// A button beside a path.
pub const BROWSE: &str = "Browse…";
/// Beside the label of a field that may stay empty.
pub const OPTIONAL: &str = "(optional)";

/// Why Save is not available.
pub const NOTHING_TO_SAVE: &str = "There is nothing to save yet.";

/// The title of a file dialog.
pub fn file_dialog(purpose: FilePurpose) -> &'static str {
    match purpose {
        FilePurpose::App => "Open an app document (JSON)",
        FilePurpose::SiteRoot => "Open the site's root certificate",
        FilePurpose::Commands => "Save what an administrator is asked to run",
        FilePurpose::Csv => "Save the rows as CSV",
        FilePurpose::Settings => "Save the settings of a connection",
        FilePurpose::Setup => "Open the settings of a connection",
        FilePurpose::Report => "Save the report",
    }
}

/// What screen readers call the button that copies a link's address.
pub fn copy_link(link: &str) -> String {
    format!("Copy the address of {link}")
}

/// What they call a Copy button for a moment after it was pressed.
pub fn copied(name: &str) -> String {
    format!("{name}: {COPIED}")
}
