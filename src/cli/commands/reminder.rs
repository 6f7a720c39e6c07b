//! What a publication says of the secret key that it used: in its answer, in the log, and to the desktop where it runs by itself.

use chrono::Utc;
use serde_json::Value;

use super::status::key_json;
use crate::cli::answer::Answer;
use crate::cli::session::Session;
use crate::connect::key;
use crate::model::{Connection, KeyExpiry, Result};
use crate::platform::notification;
use crate::text::expiry;

/// How the secret key of a connection stands now.
///
/// # Errors
/// The store's.
pub(super) fn of(session: &Session, connection: &Connection) -> Result<KeyExpiry> {
    let notes = session.store.key_notes(connection.id)?;
    Ok(KeyExpiry::at(connection.setup.app.secret_expiry, &notes, Utc::now()))
}

/// Reminds of the key after a publication. `unattended`: nobody reads the answer, so the desktop is told too.
pub(super) fn remind(session: &Session, connection: &Connection, unattended: bool, answer: Answer) -> Answer {
    // Read anew: the publication may have found out that it has expired.
    let key = match of(session, connection) {
        Ok(key) => key,
        Err(failure) => {
            tracing::warn!(
                code = failure.problem().code(),
                "how the secret key stands is not known"
            );
            return answer;
        }
    };
    if key.threshold.is_none() {
        return answer;
    }
    let sentence = expiry::sentence(&connection.setup.name, &key);
    tracing::warn!(days_left = key.days_left, "{sentence}");
    if unattended && key::claims_notice(&session.store, connection.id, &key).unwrap_or(false) {
        tell_desktop(session, connection, &sentence);
    }
    said(answer, &key, &sentence)
}

/// Each warning once. What could not be shown is tried again by the next publication.
fn tell_desktop(session: &Session, connection: &Connection, sentence: &str) {
    if let Err(cause) = notification::show(expiry::NOTIFICATION, sentence) {
        tracing::info!(cause, "the desktop was not told of the secret key");
        if let Err(failure) = session.store.give_back_notice(connection.id) {
            tracing::warn!(code = failure.problem().code(), "that is not noted");
        }
    }
}

/// The answer with the reminder; a snoozed one stands in the JSON alone.
fn said(mut answer: Answer, key: &KeyExpiry, sentence: &str) -> Answer {
    if key.warning().is_some() {
        answer.remarks.push_str(&format!("Note: {sentence}\n"));
    }
    if let Value::Object(fields) = &mut answer.json {
        fields.insert("secret_key".into(), key_json(key));
    }
    answer
}
