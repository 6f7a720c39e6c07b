//! `asw remove NAME [--keep-azure] [--delete-table] [--yes]`.

use serde_json::json;

use super::confirm;
use crate::cli::answer::Answer;
use crate::cli::args::{Args, RemoveArgs};
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::open;
use crate::connect::remove::{self, Extent};
use crate::model::report::RemovalInventory;
use crate::model::{Connection, ConnectionName, Result};
use crate::platform::stoppable;
use crate::text::count;

/// Removes a connection, after a list of what will go.
pub(super) async fn remove(args: &Args, options: &RemoveArgs, host: &Host) -> Result<Answer> {
    let session = Session::open(args, host)?;
    let name: ConnectionName = options.name.parse()?;
    let connection = match session.connection(&options.name) {
        Ok(connection) => connection,
        // Asked again after it was done: that is what was wanted.
        Err(failure) => match session.store.was_removed(&name)? {
            Some(at) => {
                let human = format!(
                    "\"{name}\" was removed already, on {}.",
                    at.format("%Y-%m-%d %H:%M UTC")
                );
                return Ok(Answer::done(
                    human,
                    json!({ "name": name, "removed": true, "already": true }),
                ));
            }
            None => return Err(failure),
        },
    };
    let inventory = inventory(&session, args, options, host, &connection).await?;
    if !options.yes {
        let (what, question) = (
            format!("removing \"{name}\""),
            question(options, &connection, &inventory),
        );
        confirm::deletion(host, &what, &question, &inventory.dependents).await?;
    }
    let extent = Extent {
        keep_azure: options.keep_azure,
        delete_table: options.delete_table,
    };
    remove::remove(&session.ground().await?, &connection, extent, None).await?;
    let human = if options.keep_azure {
        format!("\"{name}\" is removed. Its computer groups stay in the workspace as they are.")
    } else {
        format!(
            "\"{name}\" is removed, with {}. The app registration was left alone.",
            groups(&inventory)
        )
    };
    Ok(Answer::done(
        human,
        json!({ "name": name, "removed": true, "groups": inventory.groups, "dependents": inventory.dependents }),
    ))
}

/// What will go.
async fn inventory(
    session: &Session,
    args: &Args,
    options: &RemoveArgs,
    host: &Host,
    connection: &Connection,
) -> Result<RemovalInventory> {
    if options.keep_azure || !remove::is_in_azure(&session.store, connection)? {
        return Ok(RemovalInventory::default());
    }
    let secrets = SecretsInput::new(host, args.secrets_stdin).await?;
    super::lend_secrets(session, args, &secrets, connection).await?;
    let azure = open::azure(&session.ground().await?, connection).await?;
    stoppable(&session.stop, remove::inventory(&azure, connection)).await
}

/// What will go, in a question.
fn question(options: &RemoveArgs, connection: &Connection, inventory: &RemovalInventory) -> String {
    let name = &connection.setup.name;
    let goes = if options.keep_azure {
        "The groups in the workspace stay.".to_owned()
    } else {
        let history = match (&connection.history, options.delete_table) {
            (_, true) => " The table of history will be deleted, with all that was ever written to it.",
            (Some(_), false) => " The rule of history will be deleted; its table stays, with what has been.",
            (None, false) => "",
        };
        format!("{} will be deleted.{history}", groups(inventory))
    };
    format!("Remove \"{name}\"? {goes}")
}

fn groups(inventory: &RemovalInventory) -> String {
    count(inventory.groups.len(), "computer group", "computer groups")
}
