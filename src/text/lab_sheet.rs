//! Words of the lab's values beside the form.

/// The title of the panel.
pub const TITLE: &str = "Lab values";
/// What the lab is.
pub const WHAT: &str = "This window runs on the built-in lab: a practice site and a practice tenant on this computer, with \
    nothing real behind them. Copy these values into the form, as you would copy them from the portal and the console.";

/// What screen readers call the button that copies a value.
pub fn copy(name: &str) -> String {
    format!("Copy {name}")
}
