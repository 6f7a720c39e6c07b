//! `asw update-secret NAME --expires DATE [--only]`, or `--create`.

use chrono::Utc;
use serde_json::{Value, json};

use crate::cli::answer::{Answer, Exit, failure_json, failure_text};
use crate::cli::args::{Args, UpdateSecretArgs};
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::{create_key, renew};
use crate::model::renewal::{Renewed, usual_expiry};
use crate::model::{ConnectionName, Result, SecretExpiry};
use crate::text::renewal as words;

/// Puts a new secret key in place of the old one, for all connections of the app unless only one is wanted.
pub(super) async fn update_secret(args: &Args, options: &UpdateSecretArgs, host: &Host) -> Result<Answer> {
    let expires: SecretExpiry = match &options.expires {
        Some(day) => day.parse()?,
        None => usual_expiry(Utc::now().date_naive()),
    };
    let session = Session::open(args, host)?;
    let connection = session.connection(&options.name)?;
    let ground = session.ground().await?;
    let others = match options.only {
        true => Vec::new(),
        false => renew::others(&session.store, &connection)?,
    };
    if options.create {
        let renewed = create_key::create_secret(&ground, &connection, &others, None, expires).await?;
        return Ok(answer(&connection.setup.name, &renewed));
    }
    let secret = SecretsInput::new(host, args.secrets_stdin)
        .await?
        .client_secret()
        .await?;
    let renewed = renew::update_secret(&ground, &connection, &others, &secret, expires).await?;
    Ok(answer(&connection.setup.name, &renewed))
}

/// What was done; partly, where another connection of the app could not be switched.
fn answer(name: &ConnectionName, renewed: &Renewed) -> Answer {
    let expires = renewed.expiry;
    let mut human = format!("The new secret key of \"{name}\" works and is in use. It expires on {expires}.");
    if let Some(also) = words::also_in_use(renewed) {
        human.push_str(&format!("\n{also}"));
    }
    let json = json!({ "name": name, "secret_expiry": expires, "others": others_json(renewed) });
    let mut answer = Answer::done(human, json).with_warnings(&renewed.warnings);
    for other in &renewed.others {
        if let Err(failure) = &other.end {
            let said = words::other_keeps(&other.name);
            answer.remarks.push_str(&format!("{said}\n{}", failure_text(failure)));
        }
    }
    match renewed.is_partial() {
        true => answer.ending(Exit::Partly),
        false => answer,
    }
}

fn others_json(renewed: &Renewed) -> Vec<Value> {
    let each = renewed.others.iter().map(|other| {
        let error = other.end.as_ref().err().map(failure_json);
        json!({ "name": other.name, "renewed": other.end.is_ok(), "error": error })
    });
    each.collect()
}
