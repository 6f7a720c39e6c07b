//! One file a command; each answers with an [`Answer`] that is printed in one place.

mod adopt;
mod collections;
mod confirm;
mod connect;
#[cfg(feature = "lab")]
mod demo;
mod diagnose;
mod export;
mod groups;
#[cfg(feature = "lab")]
mod lab;
mod list;
mod out;
mod query;
mod relocate;
mod reminder;
mod remove;
mod rights;
mod runs;
mod schedule;
mod set;
mod snooze;
mod status;
mod sync;
mod update_secret;
mod verify;
mod watch;

use serde_json::Value;

use super::answer::Answer;
use super::args::{Args, Command};
use super::host::Host;
use super::secrets_input::SecretsInput;
use super::session::Session;
use crate::connect::secrets;
use crate::model::{Connection, Failure, Result, SignIn};
use crate::platform::DataDir;
use crate::platform::log;
use crate::text;

/// Runs the command.
///
/// # Errors
/// Whatever stands between the command and its answer.
pub async fn dispatch(args: Args, host: &Host) -> Result<Answer> {
    let _log = if host.logs && is_logged(&args.command) {
        Some(log::init(
            &DataDir::resolve(args.data_dir.as_deref())?.logs(),
            args.log_level,
        )?)
    } else {
        None
    };
    let name = format!("{:?}", args.command);
    let name = name.split('(').next().unwrap_or_default().to_lowercase();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "asw {name} begins");
    let outcome = command(&args, host).await;
    match &outcome {
        Ok(answer) => {
            errors_in(&answer.json).for_each(|error| log_error(&name, error));
            tracing::info!(exit = answer.exit as u8, "asw {name} ends");
        }
        Err(failure) => log_failure(&name, failure),
    }
    outcome
}

/// What went wrong, for whoever reads the log later: sentence, code and the facts for a ticket.
fn log_failure(name: &str, failure: &Failure) {
    let words = text::problem::wording(failure.problem());
    let facts: Vec<String> = failure
        .details()
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let code = failure.problem().code();
    tracing::error!(
        code,
        details = facts.join(", "),
        "asw {name} failed: {}",
        words.sentence
    );
}

/// The errors that an answer carries: its own, and those of its runs.
fn errors_in(answer: &Value) -> impl Iterator<Item = &Value> {
    let runs = answer["runs"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|run| &run["result"]);
    let all = std::iter::once(answer).chain(runs).map(|each| &each["error"]);
    all.filter(|error| error.is_object())
}

/// The same as [`log_failure`], of a failure that has become an answer.
fn log_error(name: &str, error: &Value) {
    let text = |field: &str| error[field].as_str().unwrap_or_default().to_owned();
    let facts = error["details"].as_object().into_iter().flatten();
    let facts: Vec<String> = facts
        .map(|(name, value)| format!("{name}: {}", value.as_str().unwrap_or_default()))
        .collect();
    tracing::error!(
        code = text("code"),
        details = facts.join(", "),
        "asw {name} failed: {}",
        text("message")
    );
}

/// Boxed, each of them: in one future they would all lie on the stack of the thread, which is short on Windows.
async fn command(args: &Args, host: &Host) -> Result<Answer> {
    match &args.command {
        Command::Demo(options) => Box::pin(demo_command(options, host, args.json)).await,
        Command::Lab(options) => Box::pin(lab_command(options, host, args.json)).await,
        Command::List => list::list(&Session::open(args, host)?),
        Command::Show(options) => list::show(&Session::open(args, host)?, &options.name),
        Command::Status(options) => status::status(&Session::open(args, host)?, options),
        Command::Connect(options) => Box::pin(connect::connect(args, options, host)).await,
        Command::Verify(options) => Box::pin(verify::verify(args, &options.name, host)).await,
        Command::Sync(options) => Box::pin(sync::sync(args, options, host)).await,
        Command::Groups(options) => Box::pin(groups::groups(args, options, host)).await,
        Command::Query(options) => Box::pin(query::query(args, options, host)).await,
        Command::UpdateSecret(options) => Box::pin(update_secret::update_secret(args, options, host)).await,
        Command::Snooze(options) => snooze::snooze(&Session::open(args, host)?, options),
        Command::Set(options) => Box::pin(set::set(args, options, host)).await,
        Command::Collections(options) => Box::pin(collections::collections(args, options, host)).await,
        Command::Rights(options) => Box::pin(rights::rights(args, options, host)).await,
        Command::Schedule(options) => Box::pin(schedule::schedule(args, options, host)).await,
        Command::Adopt(options) => Box::pin(adopt::adopt(args, options, host)).await,
        Command::Move(options) => Box::pin(relocate::relocate(args, options, host)).await,
        Command::Diagnose(options) => Box::pin(diagnose::diagnose(args, options, host)).await,
        Command::Export(options) => export::export(&Session::open(args, host)?, options),
        Command::Remove(options) => Box::pin(remove::remove(args, options, host)).await,
    }
}

/// The lab and the demo leave nothing on this machine, no log either.
const fn is_logged(command: &Command) -> bool {
    !matches!(command, Command::Demo(_) | Command::Lab(_))
}

#[cfg(feature = "lab")]
async fn demo_command(options: &super::args::DemoArgs, host: &Host, json: bool) -> Result<Answer> {
    demo::demo(options, host, json).await
}

#[cfg(feature = "lab")]
async fn lab_command(options: &super::args::LabArgs, host: &Host, json: bool) -> Result<Answer> {
    lab::lab(options, host, json).await
}

#[cfg(not(feature = "lab"))]
async fn demo_command(_: &super::args::DemoArgs, _: &Host, _: bool) -> Result<Answer> {
    Err(crate::model::Problem::NotBuilt {
        what: "The lab".to_owned(),
    }
    .into())
}

#[cfg(not(feature = "lab"))]
async fn lab_command(_: &super::args::LabArgs, _: &Host, _: bool) -> Result<Answer> {
    Err(crate::model::Problem::NotBuilt {
        what: "The lab".to_owned(),
    }
    .into())
}

/// Where secrets live for this run only, puts those that the person gives into the vault. Asked once a run.
async fn lend_secrets(session: &Session, args: &Args, input: &SecretsInput<'_>, connection: &Connection) -> Result<()> {
    if !args.secrets_in_memory {
        return Ok(());
    }
    let key = input.client_secret().await?;
    let password = match &connection.setup.site.sign_in {
        SignIn::Account(account) => Some(input.site_password(account).await?),
        SignIn::CurrentUser | SignIn::None => None,
    };
    let vault = session.vault().await?;
    secrets::lend(&session.store, vault, connection.id, &key, password.as_ref())
}
