//! `asw groups NAME [--members] [--group ID]`.

use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::args::{Args, GroupsArgs};
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::open;
use crate::model::report::Group;
use crate::model::{CollectionId, Problem, Result};
use crate::platform::stoppable;
use crate::publish::view::{self, Selection};
use crate::text::count;

/// The computer groups as the workspace answers them.
pub(super) async fn groups(args: &Args, options: &GroupsArgs, host: &Host) -> Result<Answer> {
    let only = options.group.as_deref().map(str::parse::<CollectionId>).transpose()?;
    let session = Session::open(args, host)?;
    let connection = session.ready(&options.name)?;
    if let Some(id) = only.as_ref().filter(|id| !connection.setup.collections.contains(id)) {
        let what = format!(
            "{id} is not one of the collections of \"{}\": see asw show",
            connection.setup.name
        );
        return Err(Problem::Usage { what }.into());
    }
    let secrets = SecretsInput::new(host, args.secrets_stdin).await?;
    super::lend_secrets(&session, args, &secrets, &connection).await?;
    let azure = open::azure(&session.ground().await?, &connection).await?;
    let selection = Selection {
        members: options.members || only.is_some(),
        only,
    };
    let groups = stoppable(&session.stop, view::groups(&azure, &connection, &selection)).await?;
    Ok(Answer::done(
        table(&groups, selection.members),
        json!({ "groups": groups }),
    ))
}

/// Groups, a line each; with their members indented below where they are wanted.
pub(super) fn table(groups: &[Group], with_members: bool) -> String {
    if groups.is_empty() {
        return "The workspace has no computer groups of this connection yet. Publish them with: asw sync".to_owned();
    }
    let mut text = String::new();
    for group in groups {
        let as_of = group
            .as_of
            .map(|moment| moment.format("%Y-%m-%d %H:%M UTC").to_string())
            .unwrap_or_default();
        text.push_str(&format!(
            "{}  {:>16}  {as_of}  {}  \"{}\"\n",
            group.collection_id,
            count(group.count, "computer", "computers"),
            group.alias,
            group.name
        ));
        for computer in group.computers.iter().flatten().filter(|_| with_members) {
            text.push_str(&format!("    {computer}\n"));
        }
    }
    text
}
