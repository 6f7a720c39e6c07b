//! Words of *Update secret key*.

use crate::model::{ClientId, Invalid};

/// The dialog's title.
pub const TITLE: &str = "Update secret key";
/// Above the facts to compare.
pub const COMPARE: &str = "Compare with your ticket:";
/// A fact.
pub const CONNECTION: &str = "Connection";
/// A fact.
pub const APPLICATION_NAME: &str = "Application Name";
/// A fact.
pub const CLIENT_ID: &str = "Client ID";
/// A fact.
pub const PRESENT_KEY: &str = "Present secret key";
/// A field.
pub const NEW_KEY: &str = "New secret key";
/// Below that field.
pub const NEW_KEY_HINT: &str =
    "Paste the Value, not the Secret ID. The JSON that the Azure command line shows is understood, too.";
/// A field.
pub const EXPIRES: &str = "Expires on";
/// An example in that field.
pub const EXPIRES_EXAMPLE: &str = "2027-05-22";
/// Small buttons beside that field, and the days from today that each stands for: the choices of the portal.
pub const PERIODS: [(&str, u64); 4] = [
    ("+90 days", 90),
    ("+180 days", 180),
    ("+1 year", 365),
    ("+2 years", 730),
];
/// A button.
pub const UPDATE: &str = "Update";
/// Why that button is not available.
pub const NO_KEY: &str = "Paste the new secret key first.";
/// Why that button is not available.
pub const NO_DATE: &str = "Type the day on which the new secret key expires, like 2027-05-22.";
/// Why that button is not available.
pub const KEY_UNFIT: &str = "What stands in the field is not a secret key of this app.";
/// A date that is past.
pub const DATE_PAST: &str = "This day is past. Azure decides; but if the date is a slip, correct it here.";
/// While it begins.
pub const STARTING: &str = "Starting";
/// Below a failure.
pub const OLD_STAYS: &str = "The old secret key stays in use.";

/// It has worked.
pub fn done(expiry: &str) -> String {
    format!("The new secret key is in use until {expiry}. Nothing else is to be done.")
}

/// The pasted document belongs to another app.
pub fn other_app(found: ClientId) -> Invalid {
    Invalid::new(
        "secret key",
        format!("this is for the app with the client ID {found}, not for this connection's app"),
        "a document of the app whose client ID is shown above",
    )
}
