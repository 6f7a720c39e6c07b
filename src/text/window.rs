//! Words that every page of the window shares.

/// The window's title.
pub const TITLE: &str = "Azure Services Wizard";
/// A button.
pub const CANCEL: &str = "Cancel";
/// A button.
pub const CLOSE: &str = "Close";
/// A button.
pub const COPY: &str = "Copy";
/// A button that unfolds what a ticket needs.
pub const DETAILS: &str = "Details";
/// The same, unfolded.
pub const HIDE_DETAILS: &str = "Hide details";
/// A button that shows a secret while it is pressed.
pub const SHOW: &str = "Show";
/// A button beside a path.
pub const BROWSE: &str = "Browse…";
/// Beside the label of a field that may stay empty.
pub const OPTIONAL: &str = "(optional)";

/// The title of a file dialog: for the app's document, or for the site's root certificate.
pub fn file_dialog(for_app: bool) -> &'static str {
    if for_app {
        "Open an app document (JSON)"
    } else {
        "Open the site's root certificate"
    }
}
