//! `asw adopt --file SETUP.toml`.

use serde_json::json;

use super::connect::ask;
use super::list::properties;
use crate::cli::answer::Answer;
use crate::cli::args::{AdoptArgs, Args};
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::adopt as job;
use crate::connect::apply::OnFailure;
use crate::connect::setup_file;
use crate::model::Result;
use crate::text::{command, count};

/// Takes over the connection that the workspace already carries.
pub(super) async fn adopt(args: &Args, options: &AdoptArgs, host: &Host) -> Result<Answer> {
    let setup = setup_file::load(&options.file)?;
    let session = Session::open(args, host)?;
    session.vault().await?;
    let secrets = ask(&setup, &SecretsInput::new(host, args.secrets_stdin).await?).await?;
    let ground = session.ground().await?;
    let adopted = job::adopt(&ground, &setup, &secrets, None, OnFailure::Undo.into()).await?;
    let connection = &adopted.connection;
    let human = format!(
        "Taken over: \"{}\" publishes {} to the workspace {}, under the names they had.\nSwitch it off where it ran before, then: {}",
        setup.name,
        count(connection.setup.collections.len(), "collection", "collections"),
        setup.workspace.name(),
        command::sync(&setup.name),
    );
    Ok(Answer::done(human, json!({ "connection": properties(connection) })).with_warnings(&adopted.warnings))
}
