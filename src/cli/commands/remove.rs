//! `asw remove NAME [--keep-azure] [--delete-table] [--yes]`.

use serde_json::{Value, json};

use super::confirm;
use crate::cli::answer::Answer;
use crate::cli::args::{Args, RemoveArgs};
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::{open, remnants, remove};
use crate::model::history::TABLE;
use crate::model::removal::{Extent, Remnants, RemovalInventory};
use crate::model::{Connection, ConnectionName, Failure, Result};
use crate::platform::stoppable;
use crate::text::command;
use crate::text::removal as words;

/// Removes a connection, after a list of what will go.
pub(super) async fn remove(args: &Args, options: &RemoveArgs, host: &Host) -> Result<Answer> {
    let session = Session::open(args, host)?;
    let name: ConnectionName = options.name.parse()?;
    let connection = match session.connection(&options.name) {
        Ok(connection) => connection,
        Err(failure) => return already(&session, &name, failure),
    };
    let extent = match (options.keep_azure, options.delete_table) {
        (true, _) => Extent::HereOnly,
        (false, true) => Extent::AndTable,
        (false, false) => Extent::Everything,
    };
    let left = match extent {
        Extent::HereOnly => Some(remnants::remnants(&session.store, &connection)?),
        Extent::Everything | Extent::AndTable => None,
    };
    let inventory = inventory(&session, args, extent, host, &connection).await?;
    if !options.yes {
        let question = question(&connection, extent, &inventory, left.as_ref());
        confirm::deletion(host, &format!("removing \"{name}\""), &question, &inventory.dependents).await?;
    }
    let done = remove::remove(&session.ground().await?, &connection, extent, None).await;
    done.map_err(|failure| or_here_only(failure, extent, &name))?;
    let human = said(&connection, extent, &inventory, left.as_ref());
    Ok(Answer::done(human, json_of(&name, extent, &inventory, left.as_ref())))
}

/// Asked again after it was done: that is what was wanted.
fn already(session: &Session, name: &ConnectionName, failure: Failure) -> Result<Answer> {
    let Some(at) = session.store.was_removed(name)? else {
        return Err(failure);
    };
    let human = format!(
        "\"{name}\" was removed already, on {}.",
        at.format("%Y-%m-%d %H:%M UTC")
    );
    let json = json!({ "name": name, "removed": true, "already": true });
    Ok(Answer::done(human, json))
}

/// What will go.
async fn inventory(
    session: &Session,
    args: &Args,
    extent: Extent,
    host: &Host,
    connection: &Connection,
) -> Result<RemovalInventory> {
    if extent == Extent::HereOnly || !remove::is_in_azure(&session.store, connection)? {
        return Ok(RemovalInventory::default());
    }
    let secrets = SecretsInput::new(host, args.secrets_stdin).await?;
    super::lend_secrets(session, args, &secrets, connection).await?;
    let azure = open::azure(&session.ground().await?, connection).await?;
    let found = stoppable(&session.stop, remove::inventory(&azure, connection)).await;
    found.map_err(|failure| or_here_only(failure, extent, &connection.setup.name))
}

/// A removal that Azure keeps from its end can be had without Azure.
fn or_here_only(failure: Failure, extent: Extent, name: &ConnectionName) -> Failure {
    if extent == Extent::HereOnly {
        return failure;
    }
    let way = format!(
        "{} forgets it on this machine, and lists what stays in Azure",
        command::forget_here(name)
    );
    failure.with("Without Azure", way)
}

/// What will go and what stays, in a question.
fn question(connection: &Connection, extent: Extent, inventory: &RemovalInventory, left: Option<&Remnants>) -> String {
    let mut text = format!("Remove \"{}\"?\n{}\n", connection.setup.name, words::HERE);
    text.push_str(&in_azure(extent, inventory, left));
    text.push_str(&words::app_stays(connection));
    if !inventory.groups.is_empty() {
        text.push_str(&format!("\n{}", words::UNSEEN));
    }
    text
}

fn in_azure(extent: Extent, inventory: &RemovalInventory, left: Option<&Remnants>) -> String {
    if let Some(left) = left.filter(|left| !left.things.is_empty()) {
        return format!("{}\n{}", words::stays_in_azure(left), words::remnants(left));
    }
    let goes = words::goes(inventory, extent);
    if goes.is_empty() {
        return format!("{}\n", words::NOTHING_IN_AZURE);
    }
    let lines: String = goes.iter().map(|line| format!("  - {line}\n")).collect();
    let groups: String = inventory
        .groups
        .iter()
        .map(|alias| format!("      {alias}\n"))
        .collect();
    let stays = words::table_stays(inventory, extent).map(|stays| format!("{stays}\n"));
    format!("{}\n{lines}{groups}{}", words::IN_AZURE, stays.unwrap_or_default())
}

/// What was done, and what stays.
fn said(connection: &Connection, extent: Extent, inventory: &RemovalInventory, left: Option<&Remnants>) -> String {
    let mut text = format!("{}\n", words::done(&connection.setup.name, extent));
    let lines = words::goes(inventory, extent);
    text.extend(lines.iter().map(|line| format!("  - {line}\n")));
    if let Some(left) = left.filter(|left| !left.things.is_empty()) {
        text.push_str(&format!("{}\n{}", words::LEFT, words::remnants(left)));
    }
    if let Some(stays) = words::table_stays(inventory, extent) {
        text.push_str(&format!("{stays}\n"));
    }
    text.push_str(&words::app_stays(connection));
    text
}

fn json_of(name: &ConnectionName, extent: Extent, inventory: &RemovalInventory, left: Option<&Remnants>) -> Value {
    let table = inventory.table.as_ref().map(|table| {
        json!({
            "name": TABLE,
            "rows": table.rows,
            "used_by": table.used_by,
            "removed": extent == Extent::AndTable,
        })
    });
    json!({
        "name": name,
        "removed": true,
        "groups": inventory.groups,
        "rule": inventory.rule,
        "endpoint": inventory.endpoint,
        "table": table,
        "dependents": inventory.dependents,
        "left_in_azure": left.map(|left| &left.things),
    })
}
