//! `asw set NAME --history on|off`.

use serde_json::json;

use super::list::properties;
use crate::cli::answer::Answer;
use crate::cli::args::{Args, SetArgs, Switch};
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::history::switch;
use crate::model::{History, Result};

/// Changes a connection; its computer groups stay as they are.
pub(super) async fn set(args: &Args, options: &SetArgs, host: &Host) -> Result<Answer> {
    let session = Session::open(args, host)?;
    let connection = session.ready(&options.name)?;
    let secrets = SecretsInput::new(host, args.secrets_stdin).await?;
    super::lend_secrets(&session, args, &secrets, &connection).await?;
    let wanted = match options.history {
        Switch::On => History::On,
        Switch::Off => History::Off,
    };
    let switched = switch::switch(&session.ground().await?, &connection, wanted, None).await?;
    let name = &connection.setup.name;
    let human = match wanted {
        History::Off => format!(
            "\"{name}\" keeps no history any more. Its computer groups stay, and so does what was written to the table."
        ),
        History::On | History::Auto => {
            format!("\"{name}\" keeps history from the next publication on.\nNext: asw sync \"{name}\"")
        }
    };
    let json = json!({ "connection": properties(&switched.connection) });
    Ok(Answer::done(human, json).with_warnings(&switched.warnings))
}
