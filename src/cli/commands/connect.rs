//! `asw connect --file SETUP.toml [--plan]`.

use serde_json::{Value, json};

use super::list::properties;
use crate::cli::answer::{Answer, failure_json};
use crate::cli::args::{Args, ConnectArgs};
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::apply::{self, OnFailure};
use crate::connect::readiness::{self, Readiness};
use crate::connect::rights::Aid;
use crate::connect::setup_file;
use crate::model::connection::SetupSecrets;
use crate::model::cost::Cost;
use crate::model::plan::{CONNECT_STEPS, Check, HISTORY_STEPS};
use crate::model::{History, Problem, Result, Setup, SignIn};
use crate::text::{self, command};

/// Makes a connection, or says what making it would take.
pub(super) async fn connect(args: &Args, options: &ConnectArgs, host: &Host) -> Result<Answer> {
    let setup = setup_file::load(&options.file)?;
    let session = Session::open(args, host)?;
    if !options.plan {
        // Asked for before anything else: without a keyring nothing should be typed.
        session.vault().await?;
    }
    apply::is_built(&setup)?;
    let secrets = ask(&setup, &SecretsInput::new(host, args.secrets_stdin).await?).await?;
    if options.plan {
        plan(&session, &setup, &secrets).await
    } else {
        make(&session, &setup, &secrets).await
    }
}

pub(super) async fn ask(setup: &Setup, input: &SecretsInput<'_>) -> Result<SetupSecrets> {
    Ok(SetupSecrets {
        client_secret: input.client_secret().await?,
        site_password: match &setup.site.sign_in {
            SignIn::Account(account) => Some(input.site_password(account).await?),
            SignIn::CurrentUser | SignIn::None => None,
        },
    })
}

async fn make(session: &Session, setup: &Setup, secrets: &SetupSecrets) -> Result<Answer> {
    let made = apply::connect(&session.ground().await?, setup, secrets, OnFailure::Undo.into()).await?;
    let connection = &made.connection;
    let site = connection
        .site
        .as_ref()
        .map(|site| site.code.to_string())
        .unwrap_or_default();
    let human = format!(
        "Connected: \"{}\" publishes {} of site {site} to the workspace {}.\nNext: {}",
        setup.name,
        text::count(setup.collections.len(), "collection", "collections"),
        setup.workspace.name(),
        command::sync(&setup.name),
    );
    Ok(Answer::done(human, json!({ "connection": properties(connection) })).with_warnings(&made.warnings))
}

async fn plan(session: &Session, setup: &Setup, secrets: &SetupSecrets) -> Result<Answer> {
    let seen = readiness::check(setup, secrets, Aid::default(), &session.tell, &session.stop).await?;
    let mut steps = CONNECT_STEPS.to_vec();
    if setup.history != History::Off {
        steps.extend(HISTORY_STEPS);
    }
    let mut human = format!("To connect \"{}\":\n", setup.name);
    for step in &steps {
        human.push_str(&format!("  - {}\n", text::progress::step(step)));
    }
    human.push_str("Found:\n");
    human.push_str(&checks_text(seen.all()));
    let mut json = json!({ "plan": steps, "checks": checks_json(seen.all()) });
    if setup.history != History::Off && !seen.members.is_empty() {
        let cost = Cost::of(seen.members.iter().copied());
        human.push_str(&format!("History:\n  {}\n", text::history::cost(&cost)));
        json["cost"] = json!(cost);
    }
    let answer = Answer::done(human, json);
    Ok(judged(answer, &seen))
}

/// The answer of a look at everything: with its warnings, and failed where a check failed.
pub(super) fn judged(answer: Answer, seen: &Readiness) -> Answer {
    let answer = answer.with_warnings(&seen.warnings());
    let Some(first) = seen.first_failure() else {
        return answer;
    };
    let failed = Problem::ChecksFailed {
        failed: seen.failures(),
        first: Box::new(first.clone()),
    };
    answer.failing(&failed.into())
}

/// Checks, a line each.
pub(super) fn checks_text<'a>(checks: impl IntoIterator<Item = &'a Check>) -> String {
    let mut lines = String::new();
    for check in checks {
        let what = text::progress::check(&check.what);
        match &check.outcome {
            Ok(seen) => lines.push_str(&format!("  passed  {what}: {seen}\n")),
            Err(failure) => {
                let words = text::problem::wording(failure.problem());
                lines.push_str(&format!(
                    "  FAILED  {what}: {}\n          Next: {}\n",
                    words.sentence, words.next_step
                ));
            }
        }
    }
    lines
}

/// Checks for scripts.
pub(super) fn checks_json<'a>(checks: impl IntoIterator<Item = &'a Check>) -> Value {
    checks
        .into_iter()
        .map(|check| {
            let mut entry = serde_json::to_value(&check.what).unwrap_or_default();
            if let Value::Object(fields) = &mut entry {
                fields.insert("passed".into(), check.outcome.is_ok().into());
                match &check.outcome {
                    Ok(seen) => fields.insert("seen".into(), seen.as_str().into()),
                    Err(failure) => fields.insert("error".into(), failure_json(failure)),
                };
            }
            entry
        })
        .collect()
}
