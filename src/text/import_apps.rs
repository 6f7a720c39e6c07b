//! Words of *Import Apps*.

use std::cmp::Ordering;

use crate::flow::wizard::{Layer, Offer};
use crate::model::{KnownApp, SecretExpiry, SiteCode};

/// Above everything.
pub const INTRO: &str = "Type what the Azure portal shows for the app. Or paste, or drop on this window, what \"az ad sp create-for-rbac\" \
     or \"az ad app credential reset\" has printed: the fields fill themselves.";
/// A choice: apps that the site has been given before.
pub fn known_apps(site: &SiteCode) -> String {
    format!("Apps that site {site} knows")
}
/// Beside its label.
pub const KNOWN_APPS_NOTE: &str = "fill in all but the secret key and its expiry";
/// The row that chooses none of them.
pub const NONE_OF_THEM: &str = "None: what is typed below";
/// A row: all that tells an app from another. No two are alike, since the client ID is in it.
pub fn known_app(app: &KnownApp) -> String {
    let client_id = app.client_id.to_string();
    let parts = [
        app.name.as_str(),
        &app.tenant_name,
        &client_id,
        app.environment.as_deref().unwrap_or_default(),
    ];
    let told: Vec<&str> = parts.into_iter().filter(|part| !part.trim().is_empty()).collect();
    told.join(" – ")
}
/// In its place where there is nothing to choose, or not yet.
pub fn no_apps(site: &SiteCode, offer: Offer<'_>) -> String {
    match offer {
        Offer::Asking => format!("Asking site {site} which apps it knows…"),
        Offer::Nothing | Offer::Apps(_) => format!("Site {site} knows no app that could fill the fields."),
        Offer::Untold => format!("Site {site} did not say which apps it knows. You can type everything below."),
    }
}
/// A field.
pub const FILE: &str = "File with that output";
/// A button.
pub const OPEN: &str = "Open";
/// Why Open leads nowhere.
pub const NAME_A_FILE: &str = "Name a file first.";
/// The name of the button that opens a file dialog.
pub const BROWSE_NAME: &str = "Browse… app document";
/// While the file is read.
pub const READING: &str = "Reading the file";
/// While a file is held above the window.
pub const LET_GO: &str = "Let go to fill the fields from this file.";
/// After a paste.
pub const FILLED_FROM_PASTE: &str = "Filled from what was pasted.";
/// After either, where the expiry date is empty.
pub const EXPIRY_NOT_TOLD: &str = "The expiry date is not in it: fill it in below.";

/// After a file.
pub fn filled_from(file: &str) -> String {
    format!("Filled from {file}.")
}

/// A field.
pub const TENANT_NAME: &str = "Azure AD Tenant Name";
/// An example for it.
pub const TENANT_NAME_EXAMPLE: &str = "contoso.onmicrosoft.com";
/// A field.
pub const TENANT_ID: &str = "Azure AD Tenant ID";
/// Beside its label.
pub const TENANT_ID_NOTE: &str = "Directory (tenant) ID in the portal";
/// A field.
pub const APPLICATION_NAME: &str = "Application Name";
/// An example for it.
pub const APPLICATION_NAME_EXAMPLE: &str = "ConfigMgrService";
/// A field.
pub const CLIENT_ID: &str = "Client ID";
/// Beside its label.
pub const CLIENT_ID_NOTE: &str = "Application (client) ID in the portal";
/// An example for both IDs.
pub const ID_EXAMPLE: &str = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
/// A field.
pub const SECRET_KEY: &str = "Secret Key";
/// Beside its label.
pub const SECRET_KEY_NOTE: &str = "the Value column, not the Secret ID";
/// A field.
pub const SECRET_KEY_EXPIRY: &str = "Secret Key Expiry";
/// Beside its label.
pub const EXPIRY_NOTE: &str = "year-month-day";
/// An example for it.
pub const EXPIRY_EXAMPLE: &str = "2027-05-22";
/// Dates from today, with the months until then.
pub const EXPIRY_FROM_TODAY: [(&str, u32); 3] = [("+6 months", 6), ("+1 year", 12), ("+2 years", 24)];
/// A field.
pub const APP_ID_URI: &str = "App ID URI";
/// An example for it.
pub const APP_ID_URI_EXAMPLE: &str = "https://ConfigMgrService";
/// A button.
pub const VERIFY: &str = "Verify";
/// While Azure is asked.
pub const VERIFYING: &str = "Asking Azure";
/// Azure has let the app in.
pub const VERIFIED: &str = "Successfully verified!";
/// Beside the button, when a field holds a mistake.
pub const LOOK_ABOVE: &str = "Something above is missing or not right yet: it is marked there.";
/// What Azure looks at, in its order.
pub fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Tenant => "The tenant exists in this cloud",
        Layer::App => "The app is registered there",
        Layer::Secret => "The secret key is the app's",
        Layer::Principal => "The app is enabled in the tenant",
        Layer::Policy => "No policy blocks the sign-in",
    }
}

/// How far Azure came with it: right, wrong, or not looked at.
pub fn how_far(at: Layer, stopped_at: Layer) -> &'static str {
    match at.cmp(&stopped_at) {
        Ordering::Less => "Yes",
        Ordering::Equal => "No",
        Ordering::Greater => "Not looked at yet",
    }
}

/// The button that chooses the cloud to which the tenant belongs.
pub fn use_environment(name: &str) -> String {
    format!("Use {name}")
}
/// What it does.
pub const USE_ENVIRONMENT_NOTE: &str = "Chooses that cloud, and verifies again there.";

/// The button that takes the date which Entra has.
pub fn use_expiry(expiry: SecretExpiry) -> String {
    format!("Use {expiry}")
}
/// What it does.
pub const USE_EXPIRY_NOTE: &str = "Fills the field, and verifies again.";
