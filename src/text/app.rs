//! Words of *App*.

/// Above everything.
pub const INTRO: &str =
    "Choose the Azure cloud that holds the workspace, and import the app registration that signs in to it.";
/// A choice.
pub const ENVIRONMENT: &str = "Azure environment";
/// A read-only box.
pub const WEB_APP: &str = "Web app";
/// The box while no app is verified.
pub const NONE_YET: &str = "None yet";
/// A button.
pub const IMPORT: &str = "Import…";
/// Below the box, where something was typed that Azure has not let in as it is now.
pub const NOT_VERIFIED: &str = "What is typed on Import Apps is not verified for this environment yet.";
/// Where no environment is chosen.
pub const NONE_CHOSEN: &str = "None is chosen";
/// Why Import leads nowhere.
pub const CHOOSE_ENVIRONMENT: &str = "Choose an Azure environment first.";

/// Below the choice: where the app signs in.
pub fn signs_in_at(authority: &str) -> String {
    format!("Signs in at {authority}")
}

/// The imported app: its name, where it has one, and its client ID.
pub fn web_app(name: &str, client_id: &str) -> String {
    if name.is_empty() {
        client_id.to_owned()
    } else {
        format!("{name} – {client_id}")
    }
}
