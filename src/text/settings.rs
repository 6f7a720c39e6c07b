//! Words of *Save settings* and *New from settings*.

use crate::model::ConnectionName;

/// The title of a dialog.
pub const SAVE_TITLE: &str = "Save settings";
/// What is saved, and what for.
pub const SAVE_ABOUT: &str = "From this file the connection can be made again, here or on another computer, in this window or with \
    \"asw connect --file\". No secret is in it: the secret key and the password are asked for again.";
/// While they are read.
pub const READING: &str = "Reading the settings";
/// Why Save is not available.
pub const NOT_READ: &str = "Wait until the settings are read.";

/// The title of a dialog.
pub const OPEN_TITLE: &str = "New from settings";
/// What the file does.
pub const OPEN_ABOUT: &str = "The wizard opens with what the file holds (a SETUP.toml, as \"Save settings\" and \"asw export\" write \
    it), and asks for the secrets. Nothing is made before you have confirmed it. A file can be dropped on the window, too.";
/// A field.
pub const FILE: &str = "Settings file";
/// In that field while it is empty.
pub const FILE_EXAMPLE: &str = "SETUP.toml";
/// A button.
pub const OPEN: &str = "Open";
/// Why that button is not available.
pub const NAME_A_FILE: &str = "Name a file first.";

/// Of which connection.
pub fn of(name: &ConnectionName) -> String {
    format!("The settings of \"{name}\":")
}
