//! `asw rights NAME|--file SETUP.toml [--script az|arm]`.

use serde_json::{Value, json};

use super::connect::checks_json;
use crate::azure::{Azure, Identity};
use crate::cli::answer::Answer;
use crate::cli::args::{Args, RightsArgs, Script};
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::readiness::{self, Readiness};
use crate::connect::rights::{self as needed, Aid};
use crate::connect::setup_file;
use crate::connect::{secrets, verify};
use crate::model::grant::Grant;
use crate::model::plan::Check;
use crate::model::{History, HistoryPlace, Result, Setup};
use crate::platform::stoppable;
use crate::text;

/// The name under which the template is saved in the command that is shown.
const TEMPLATE: &str = "asw-roles.json";

/// Shows what may be done; changes nothing.
pub(super) async fn rights(args: &Args, options: &RightsArgs, host: &Host) -> Result<Answer> {
    let session = Session::open(args, host)?;
    let input = SecretsInput::new(host, args.secrets_stdin).await?;
    let (setup, place, key) = match (&options.file, &options.name) {
        (Some(file), _) => (setup_file::load(file)?, None, input.client_secret().await?),
        (None, name) => {
            let connection = session.ready(name.as_deref().unwrap_or_default())?;
            super::lend_secrets(&session, args, &input, &connection).await?;
            let key = secrets::client_secret(&session.store, session.vault().await?, connection.id).await?;
            (connection.setup, connection.history, key)
        }
    };
    let looking = async {
        let (azure, identity) = verify::sign_in(&setup.environment, &setup.app, &key, &session.tell).await?;
        Ok((look(&azure, &setup, place.as_ref(), &session).await, identity))
    };
    let (seen, identity) = stoppable(&session.stop, looking).await?;
    Ok(answer(&setup, &seen, &identity, options))
}

async fn look(azure: &Azure, setup: &Setup, place: Option<&HistoryPlace>, session: &Session) -> Readiness {
    let (group, aid) = (setup.rule_group(), Aid::of(place, None));
    readiness::with_history(azure, &setup.workspace, &group, History::On, aid, &session.tell).await
}

fn answer(setup: &Setup, seen: &Readiness, identity: &Identity, options: &RightsArgs) -> Answer {
    let checks: Vec<Check> = seen.all().cloned().collect();
    let grant = needed::grant(setup, identity, &checks, options.all);
    let (az, template) = (grant.az(&setup.environment), grant.template());
    let human = match options.script {
        None => list(seen, &grant),
        Some(_) if grant.roles.is_empty() => "Nothing is missing.".to_owned(),
        Some(Script::Az) => az.clone(),
        Some(Script::Arm) => format!("{template:#}"),
    };
    let json = json!({
        "checks": entries(&checks),
        "missing": grant.roles.iter().map(|(place, role)| json!({ "role": role.name, "place": place })).collect::<Vec<_>>(),
        "scripts": { "az": az, "arm": template, "arm_command": grant.az_deployment(TEMPLATE) },
    });
    Answer::done(human, json).with_warnings(&seen.warnings())
}

/// Each check, with the role that gives it and who can grant that.
fn entries(checks: &[Check]) -> Value {
    let mut entries = checks_json(checks);
    for (entry, check) in entries.as_array_mut().into_iter().flatten().zip(checks) {
        if let Some(need) = needed::need_of(check) {
            entry["delivery"] = json!(text::rights::delivery(need.delivery));
            entry["role"] = json!(need.role.name);
            entry["place"] = json!(need.place);
            entry["granted_by"] = json!(text::rights::granters(need.place));
        }
    }
    entries
}

fn list(seen: &Readiness, grant: &Grant) -> String {
    let mut lines = String::new();
    for check in seen.all() {
        let what = text::progress::check(&check.what);
        match (&check.outcome, needed::need_of(check)) {
            (Ok(seen), _) => lines.push_str(&format!("  yes  {what}: {seen}\n")),
            (Err(_), Some(need)) => lines.push_str(&format!(
                "  NO   {what}: {}, from {}\n",
                text::rights::role(need),
                text::rights::granters(need.place)
            )),
            (Err(failure), None) => {
                let words = text::problem::wording(failure.problem());
                lines.push_str(&format!(
                    "  NO   {what}: {}\n       Next: {}\n",
                    words.sentence, words.next_step
                ));
            }
        }
    }
    lines.push_str(&if grant.roles.is_empty() {
        "Nothing is missing: computer groups and history can be published.\n".to_owned()
    } else {
        let missing = seen.history.iter().filter(|check| check.outcome.is_err()).count();
        let groups = seen.checks.iter().all(|check| check.outcome.is_ok());
        match (groups, missing) {
            (true, 0) => String::new(),
            (true, _) => "Computer groups can be published; history needs the roles above.\n\
                          For the person who can give them: the same command with --script az, or --script arm.\n"
                .to_owned(),
            (false, _) => {
                "For the person who can give them: the same command with --script az, or --script arm.\n".to_owned()
            }
        }
    });
    lines
}
