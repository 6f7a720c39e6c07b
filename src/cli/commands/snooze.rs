//! `asw snooze NAME 1h|1d|1w|1m|off`.

use chrono::Utc;
use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::args::{SnoozeArgs, SnoozeUntil};
use crate::cli::session::Session;
use crate::connect::key;
use crate::model::Result;
use crate::text::command;
use crate::text::home::moment;

/// Snoozes the warning that is due on a secret key, or ends that.
pub(super) fn snooze(session: &Session, options: &SnoozeArgs) -> Result<Answer> {
    let connection = session.connection(&options.name)?;
    let name = &connection.setup.name;
    let until = match options.time {
        SnoozeUntil::Off => {
            session.store.set_snooze(connection.id, None)?;
            None
        }
        SnoozeUntil::After(time) => Some(key::snooze(&session.store, &connection, time, Utc::now())?),
    };
    let human = match until {
        None => format!("You are reminded of the secret key of \"{name}\" again."),
        Some(until) => format!(
            "No reminder of the secret key of \"{name}\" until {}, unless the next threshold is reached or it expires. To end that: {}",
            moment(until),
            command::remind_again(name)
        ),
    };
    Ok(Answer::done(human, json!({ "name": name, "snoozed_until": until })))
}
