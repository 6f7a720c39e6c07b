//! `asw set NAME [--name NEW] [--description TEXT] [--history on|off] [--members all-computers|clients-only] [--import on|off]
//! [--notify on|off] [--call-size BYTES]`.

use serde_json::json;

use super::list;
use crate::cli::answer::Answer;
use crate::cli::args::{Args, Members, SetArgs, Switch};
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::change;
use crate::connect::history::switch;
use crate::model::{Connection, ConnectionName, History, MemberScope, Result, Warning};
use crate::text::command;

/// What has been changed so far.
struct Told {
    connection: Connection,
    said: Vec<String>,
    warnings: Vec<Warning>,
}

/// Changes a connection; its computer groups stay as they are until the next publication.
pub(super) async fn set(args: &Args, options: &SetArgs, host: &Host) -> Result<Answer> {
    let session = Session::open(args, host)?;
    let connection = session.ready(&options.name)?;
    // What is wrong with what was typed is said before anything is changed.
    let name = options
        .rename
        .as_deref()
        .map(str::parse::<ConnectionName>)
        .transpose()?;
    if name.is_some() || options.history.is_some() {
        let secrets = SecretsInput::new(host, args.secrets_stdin).await?;
        super::lend_secrets(&session, args, &secrets, &connection).await?;
    }
    let mut told = Told {
        connection,
        said: Vec::new(),
        warnings: Vec::new(),
    };
    let end = change_each(&session, options, name, &mut told).await;
    let Told {
        connection,
        mut said,
        warnings,
    } = told;
    end.map_err(|failure| match said.is_empty() {
        true => failure,
        // The name may be another by now: what was done must not be lost with what was not.
        false => failure.with("Done before that", said.join(" ")),
    })?;
    if options.members.is_some() || options.history == Some(Switch::On) {
        said.push(format!("Next: {}", command::sync(&connection.setup.name)));
    }
    let json = json!({ "connection": list::properties(&connection) });
    Ok(Answer::done(said.join("\n"), json).with_warnings(&warnings))
}

/// One change after the other, until one fails.
async fn change_each(
    session: &Session,
    options: &SetArgs,
    name: Option<ConnectionName>,
    told: &mut Told,
) -> Result<()> {
    let Told {
        connection,
        said,
        warnings,
    } = told;
    if let Some(text) = &options.description {
        *connection = change::describe(&session.ground().await?, connection, text)?;
        said.push(format!("\"{}\" has another description.", connection.setup.name));
    }
    if let Some(name) = name {
        let before = connection.setup.name.clone();
        *connection = change::rename(&session.ground().await?, connection, &name).await?;
        said.push(format!("\"{before}\" is called \"{}\" now.", connection.setup.name));
    }
    if let Some(wanted) = options.members {
        let scope = match wanted {
            Members::AllComputers => MemberScope::AllComputers,
            Members::ClientsOnly => MemberScope::ClientsOnly,
        };
        *connection = change::members(&session.ground().await?, connection, scope)?;
        said.push(format!(
            "\"{}\" publishes {} from the next publication on.",
            connection.setup.name,
            list::members(scope)
        ));
    }
    if let Some(wanted) = options.import {
        *connection = change::import(&session.ground().await?, connection, wanted == Switch::On)?;
        let name = &connection.setup.name;
        said.push(match wanted {
            Switch::On => format!("\"{name}\" is published by schedules and by asw sync --all."),
            Switch::Off => format!(
                "\"{name}\" is published by {} alone. Its computer groups stay as they are until then.",
                command::sync(name)
            ),
        });
    }
    if let Some(wanted) = options.notify {
        session.store.set_tells_desktop(connection.id, wanted == Switch::On)?;
        let name = &connection.setup.name;
        said.push(match wanted {
            Switch::On => format!("The desktop is notified when the secret key of \"{name}\" is about to expire."),
            Switch::Off => format!("The desktop is not notified any more of the secret key of \"{name}\"."),
        });
    }
    if let Some(bytes) = options.call_size {
        session.store.set_call_size(connection.id, bytes)?;
        said.push(call_size(session, connection, bytes)?);
    }
    if let Some(wanted) = options.history {
        let (sentence, notes) = history(session, connection, wanted).await?;
        said.push(sentence);
        *warnings = notes;
    }
    Ok(())
}

/// How large an upload is from now on: what is wanted, or what the workspace takes.
fn call_size(session: &Session, connection: &Connection, wanted: usize) -> Result<String> {
    let name = &connection.setup.name;
    let most = session.store.most_bytes(connection, wanted)?;
    Ok(if most < wanted {
        format!(
            "\"{name}\" would send up to {wanted} bytes in one upload. Its workspace has refused less than that, so {most} stay the most."
        )
    } else {
        format!("\"{name}\" sends up to {most} bytes of JSON in one upload from the next publication on.")
    })
}

async fn history(session: &Session, connection: &mut Connection, wanted: Switch) -> Result<(String, Vec<Warning>)> {
    let wanted = match wanted {
        Switch::On => History::On,
        Switch::Off => History::Off,
    };
    let switched = switch::switch(&session.ground().await?, connection, wanted, None).await?;
    *connection = switched.connection;
    let name = &connection.setup.name;
    let sentence = match wanted {
        History::Off => format!(
            "\"{name}\" keeps no history any more. Its computer groups stay, and so does what was written to the table."
        ),
        History::On | History::Auto => format!("\"{name}\" keeps history from the next publication on."),
    };
    Ok((sentence, switched.warnings))
}
