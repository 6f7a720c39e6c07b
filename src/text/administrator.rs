//! Words of the two dialogs in which an administrator helps: commands to run, and the sign-in.

use std::path::Path;

/// A button, and the title of its dialog.
pub const COMMANDS: &str = "Commands for an administrator…";
/// The title.
pub const COMMANDS_TITLE: &str = "Commands for an administrator";
/// Above everything.
pub const COMMANDS_INTRO: &str = "An Owner or User Access Administrator can run this as it is; it gives the app the roles that are \
     missing, and changes nothing else. There is no secret in it.";
/// Why there are no commands.
pub const NO_WORKSPACE: &str = "Choose a workspace first.";
/// One of two.
pub const AS_COMMANDS: &str = "Commands of the Azure command line (az)";
/// One of two.
pub const AS_TEMPLATE: &str = "ARM template";
/// Below it, where the app's object ID is not known.
pub const ASKS_FOR_PRINCIPAL: &str = "It asks for the object ID of the app's enterprise application.";
/// What screen readers call the text.
pub const TEXT: &str = "What to run";
/// A field.
pub const FILE: &str = "File";
/// An example in it.
pub const COMMANDS_FILE: &str = "grant-roles.sh";
/// An example in it.
pub const TEMPLATE_FILE: &str = "grant-roles.json";
/// A button.
pub const SAVE: &str = "Save";
/// A button that opens a file dialog.
pub const SAVE_AS: &str = "Save as…";
/// Why Save leads nowhere.
pub const NAME_A_FILE: &str = "Name a file first.";
/// While it is written.
pub const SAVING: &str = "Writing the file";

/// It is written.
pub fn saved(path: &Path) -> String {
    format!("Saved as {}.", path.display())
}

/// A file of that name is there.
pub fn in_the_way(path: &Path) -> String {
    format!(
        "The file {} is there already. Replace it, or name another one.",
        path.display()
    )
}
/// A button.
pub const REPLACE: &str = "Replace it";

/// A button.
pub const SIGN_IN_AS: &str = "Sign in as an administrator…";
/// The title of its dialog.
pub const SIGN_IN_TITLE: &str = "Sign in as an administrator";
/// Above everything.
pub const SIGN_IN_INTRO: &str = "Somebody with more rights than the app signs in here once: the data collection rule and its upload role \
     are made with that sign-in. It is kept in memory only, and gone when this program ends.";
/// A field.
pub const PUBLIC_CLIENT: &str = "Public client ID";
/// Beside its label.
pub const PUBLIC_CLIENT_NOTE: &str = "of an app registration that people sign in with";
/// Below the field.
pub const PUBLIC_CLIENT_HINT: &str = "In Entra, under App registrations, Authentication: a platform \"Mobile and desktop applications\" with the \
     redirect URI http://localhost, and \"Allow public client flows\" for the code.";
/// One of two.
pub const BROWSER: &str = "In the browser of this computer";
/// What it is.
pub const BROWSER_HINT: &str = "The sign-in page opens by itself.";
/// One of two.
pub const CODE: &str = "With a code, on another device";
/// What it is.
pub const CODE_HINT: &str = "For a computer without a browser that may go out.";
/// A button.
pub const SIGN_IN: &str = "Sign in";
/// While nothing is known yet.
pub const BEGINNING: &str = "Asking Azure for the sign-in";
/// While the browser is awaited.
pub const IN_BROWSER: &str = "Waiting for the sign-in in the browser…";
/// Above the address.
pub const OPEN_YOURSELF: &str = "Where none has opened, open this address yourself:";
/// While the other device is awaited.
pub const ON_DEVICE: &str = "Waiting for the sign-in on another device…";
/// Above the address and the code.
pub const OPEN_THERE: &str = "Open this page there, and type the code:";
/// What screen readers call the button that copies the address.
pub const COPY_ADDRESS: &str = "Copy the address";
/// What they call the button that copies the code.
pub const COPY_CODE: &str = "Copy the code";
/// What they call the code.
pub fn code(code: &str) -> String {
    format!("Code: {code}")
}
