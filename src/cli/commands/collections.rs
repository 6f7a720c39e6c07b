//! `asw collections NAME [--all]`, `asw collections NAME add ID…`, `asw collections NAME remove ID… [--yes]`.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::confirm;
use crate::cli::answer::Answer;
use crate::cli::args::{Args, CollectionsArgs, CollectionsChange};
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::{change, open, remove};
use crate::model::removal::RemovalInventory;
use crate::model::{CollectionId, Connection, DeviceCollection, Invalid, Result};
use crate::platform::stoppable;
use crate::store::GroupState;
use crate::text::{command, count, ids_listed};

/// The chosen collections, or a change of them.
pub(super) async fn collections(args: &Args, options: &CollectionsArgs, host: &Host) -> Result<Answer> {
    let change = match &options.change {
        None => None,
        Some(CollectionsChange::Add { ids }) => Some((parse(ids)?, None)),
        Some(CollectionsChange::Remove { ids, yes }) => Some((parse(ids)?, Some(*yes))),
    };
    let session = Session::open(args, host)?;
    let connection = session.ready(&options.name)?;
    let secrets = SecretsInput::new(host, args.secrets_stdin).await?;
    super::lend_secrets(&session, args, &secrets, &connection).await?;
    match change {
        None => show(&session, &connection, options.all).await,
        Some((ids, None)) => add(&session, &connection, &ids).await,
        Some((ids, Some(yes))) => take_away(&session, &connection, &ids, host, yes).await,
    }
}

fn parse(ids: &[String]) -> Result<Vec<CollectionId>> {
    let parsed: std::result::Result<_, Invalid> = ids.iter().map(|id| id.parse()).collect();
    Ok(parsed?)
}

/// A collection as the site shows it, and what we know of it.
struct Line<'a> {
    id: &'a CollectionId,
    listed: Option<&'a DeviceCollection>,
    state: Option<&'a GroupState>,
    is_chosen: bool,
}

async fn show(session: &Session, connection: &Connection, all: bool) -> Result<Answer> {
    let site = open::site(&session.ground().await?, connection).await?;
    let mut listed = stoppable(&session.stop, site.collections()).await?;
    listed.sort_by(|one, other| one.id.cmp(&other.id));
    let by_id: HashMap<&CollectionId, &DeviceCollection> = listed.iter().map(|each| (&each.id, each)).collect();
    let states = session.store.groups(connection.id)?;
    let chosen = &connection.setup.collections;
    let others = listed.iter().map(|each| &each.id);
    let others = others.filter(|id| all && !chosen.contains(id));
    let lines: Vec<Line<'_>> = chosen
        .iter()
        .map(|id| (id, true))
        .chain(others.map(|id| (id, false)))
        .map(|(id, is_chosen)| Line {
            id,
            listed: by_id.get(id).copied(),
            state: states.iter().find(|state| is_chosen && state.collection == *id),
            is_chosen,
        })
        .collect();
    let human = match lines.is_empty() {
        true => "No collection is chosen yet. Choose some with: asw collections NAME add ID".to_owned(),
        false => lines.iter().map(|line| words(line, all)).collect(),
    };
    let json: Vec<Value> = lines.iter().map(properties).collect();
    Ok(Answer::done(human, json!({ "collections": json })))
}

fn words(line: &Line<'_>, all: bool) -> String {
    let mark = match (all, line.is_chosen) {
        (true, true) => "* ",
        (true, false) => "  ",
        (false, _) => "",
    };
    let id = line.id;
    let Some(listed) = line.listed else {
        let name = line.state.map_or("", |state| state.name.as_str());
        let published = "deleted, or out of the account's scope; its group is left as it is";
        return format!("{mark}{id}  not in the site's answers  \"{name}\" ({published})\n");
    };
    let changed = listed
        .last_member_change
        .map_or_else(|| "never".to_owned(), |at| at.format("%Y-%m-%d %H:%M UTC").to_string());
    let members = usize::try_from(listed.member_count).unwrap_or_default();
    let members = count(members, "member", "members");
    let mut text = format!("{mark}{id}  {members:>15}  changed {changed:<20}  \"{}\"", listed.name);
    if let Some(path) = &listed.path {
        text.push_str(&format!("  in {path}"));
    }
    if let Some(limiting) = &listed.limiting {
        text.push_str(&format!("  limited to \"{}\"", limiting.name));
    }
    if listed.is_built_in {
        text.push_str("  built in");
    }
    if listed.is_cloud_synced {
        text.push_str("  also a group in Microsoft Entra");
    }
    text.push('\n');
    text
}

fn properties(line: &Line<'_>) -> Value {
    let listed = line.listed;
    json!({
        "id": line.id,
        "name": listed.map(|each| &each.name).or(line.state.map(|state| &state.name)),
        "path": listed.and_then(|each| each.path.as_ref()),
        "limiting": listed.and_then(|each| each.limiting.as_ref()),
        "members": listed.map(|each| each.member_count),
        "last_member_change": listed.and_then(|each| each.last_member_change),
        "built_in": listed.map(|each| each.is_built_in),
        "cloud_synced": listed.map(|each| each.is_cloud_synced),
        "chosen": line.is_chosen,
        "listed": listed.is_some(),
    })
}

async fn add(session: &Session, connection: &Connection, ids: &[CollectionId]) -> Result<Answer> {
    let done = change::add(&session.ground().await?, connection, ids).await?;
    let name = &done.connection.setup.name;
    let mut human: String = done
        .added
        .iter()
        .map(|each| format!("{}  \"{}\"\n", each.id, each.name))
        .collect();
    human.push_str(&match done.added.len() {
        0 => format!("\"{name}\" publishes all of these already."),
        added => format!(
            "\"{name}\" publishes {} more from the next publication on.\nNext: {}",
            count(added, "collection", "collections"),
            command::sync(name)
        ),
    });
    let added: Vec<&CollectionId> = done.added.iter().map(|each| &each.id).collect();
    let json = json!({ "name": name, "added": added, "collections": done.connection.setup.collections });
    Ok(Answer::done(human, json))
}

async fn take_away(
    session: &Session,
    connection: &Connection,
    ids: &[CollectionId],
    host: &Host,
    yes: bool,
) -> Result<Answer> {
    let ground = session.ground().await?;
    change::are_ours(&ground, connection, ids)?;
    let azure = open::azure(&ground, connection).await?;
    let inventory = stoppable(&session.stop, remove::inventory_of(&azure, connection, ids)).await?;
    if !yes {
        let name = &connection.setup.name;
        let groups = count(inventory.groups.len(), "computer group", "computer groups");
        let what = format!("taking collections from \"{name}\"");
        let question = format!("Take {} from \"{name}\"? {groups} will be deleted.", ids_listed(ids));
        confirm::deletion(host, &what, &question, &inventory.dependents).await?;
    }
    let connection = change::remove(&ground, connection, ids).await?;
    let name = &connection.setup.name;
    let human = format!(
        "\"{name}\" publishes {} no more; {} deleted.",
        ids_listed(ids),
        were(&inventory)
    );
    let json = json!({
        "name": name,
        "removed": ids,
        "groups": inventory.groups,
        "dependents": inventory.dependents,
        "collections": connection.setup.collections,
    });
    Ok(Answer::done(human, json))
}

fn were(inventory: &RemovalInventory) -> String {
    match inventory.groups.len() {
        0 => "there was no computer group to be".to_owned(),
        1 => "1 computer group was".to_owned(),
        many => format!("{many} computer groups were"),
    }
}
