//! Words of *Update secret key*.

use chrono::{DateTime, Utc};

use super::home::moment;
use crate::model::renewal::Renewed;
use crate::model::{ClientId, ConnectionName, Invalid, KeyExpiry};

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
/// A button.
pub const CREATE: &str = "Create a new secret key for me";
/// Above it.
pub const INSTEAD: &str = "Nothing to paste? Microsoft Entra makes a key that is valid until the day above, and the present one is \
    removed there. The app must be allowed to, or an administrator signs in.";
/// Above the sign-in of an administrator.
pub const SIGN_IN_INTRO: &str = "An owner of the app registration, or an Application Administrator, signs in here: the new secret key is made \
    with that sign-in. The public client needs the delegated permission Application.ReadWrite.All of Microsoft Graph. The sign-in is \
    kept in memory only, and gone when this program ends.";
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
pub fn done(renewed: &Renewed) -> String {
    let mut said = format!("The new secret key is in use until {}.", renewed.expiry);
    if let Some(also) = also_in_use(renewed) {
        said.push_str(&format!(" {also}"));
    }
    if !renewed.is_partial() {
        said.push_str(" Nothing else is to be done.");
    }
    said
}

/// A box to tick: other connections of the same app get the new key, too.
pub fn with_others(names: &[ConnectionName]) -> String {
    let connections = if names.len() == 1 { "connection" } else { "connections" };
    format!("Renew the other {connections} of this app as well: {}", listed(names))
}

/// What that is good for.
pub const WITH_OTHERS_HINT: &str =
    "They use the same secret key. Without a new one they stop when the present one expires or is deleted.";

/// Which other connections use the new key now; `None` where there are none.
pub fn also_in_use(renewed: &Renewed) -> Option<String> {
    let names: Vec<ConnectionName> = renewed.also().cloned().collect();
    (!names.is_empty()).then(|| format!("It is also in use for {}, of the same app.", listed(&names)))
}

/// An administrator has signed in.
pub fn made_by(person: &str) -> String {
    format!("Signed in as {person}: a new secret key is made with this sign-in.")
}

/// A renewal has begun, and its end is not known.
pub fn end_not_known(name: &ConnectionName, begun: DateTime<Utc>, key: &KeyExpiry) -> String {
    format!(
        "A new secret key for \"{name}\" was begun to be put into use ({}), and the end of that is not known: it is still under way, or \
         the program was ended from outside. In use is the key that expires on {}; nothing is lost.",
        moment(begun),
        key.date
    )
}

/// Another connection of the app could not be given the new key.
pub fn other_keeps(name: &ConnectionName) -> String {
    format!("\"{name}\", of the same app, keeps the secret key that it had.")
}

fn listed(names: &[ConnectionName]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    match quoted.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        all => all.join(""),
    }
}

/// The pasted document belongs to another app.
pub fn other_app(found: ClientId) -> Invalid {
    Invalid::new(
        "secret key",
        format!("this is for the app with the client ID {found}, not for this connection's app"),
        "a document of the app whose client ID is shown above",
    )
}
