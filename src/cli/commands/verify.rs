//! `asw verify NAME`.

use serde_json::json;

use super::connect::{checks_json, checks_text, judged};
use crate::cli::answer::Answer;
use crate::cli::args::Args;
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::rights::Aid;
use crate::connect::{readiness, secrets};
use crate::model::connection::SetupSecrets;
use crate::model::{Result, SignIn};

/// Looks at everything that a connection needs; changes nothing.
pub(super) async fn verify(args: &Args, name: &str, host: &Host) -> Result<Answer> {
    let session = Session::open(args, host)?;
    let connection = session.ready(name)?;
    let input = SecretsInput::new(host, args.secrets_stdin).await?;
    super::lend_secrets(&session, args, &input, &connection).await?;
    let (store, vault) = (&session.store, session.vault().await?);
    let setup = &connection.setup;
    let kept = SetupSecrets {
        client_secret: secrets::client_secret(store, vault, connection.id).await?,
        site_password: match &setup.site.sign_in {
            SignIn::Account(_) => Some(secrets::site_password(store, vault, connection.id).await?),
            SignIn::CurrentUser | SignIn::None => None,
        },
    };
    let aid = Aid::of(connection.history.as_ref(), None);
    let seen = readiness::check(setup, &kept, aid, &session.tell, &session.stop).await?;
    let human = format!("{}\n{}", setup.name, checks_text(seen.all()));
    let answer = Answer::done(human, json!({ "name": setup.name, "checks": checks_json(seen.all()) }));
    Ok(judged(answer, &seen))
}
