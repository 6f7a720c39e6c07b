//! `asw update-secret NAME --expires DATE`.

use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::args::{Args, UpdateSecretArgs};
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::renew;
use crate::model::{Result, SecretExpiry};

/// Puts a new secret key in place of the old one.
pub(super) async fn update_secret(args: &Args, options: &UpdateSecretArgs, host: &Host) -> Result<Answer> {
    let expires: SecretExpiry = options.expires.parse()?;
    let session = Session::open(args, host)?;
    let connection = session.connection(&options.name)?;
    let ground = session.ground().await?;
    let secret = SecretsInput::new(host, args.secrets_stdin)
        .await?
        .client_secret()
        .await?;
    let warnings = renew::update_secret(&ground, &connection, &secret, expires).await?;
    let name = &connection.setup.name;
    let human = format!("The new secret key of \"{name}\" works and is in use. It expires on {expires}.");
    Ok(Answer::done(human, json!({ "name": name, "secret_expiry": expires })).with_warnings(&warnings))
}
