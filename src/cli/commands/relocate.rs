//! `asw move NAME --provider SERVER [--account A | --current-user] [--trust T] [--dry-run] [--yes]`.

use serde_json::{Value, json};

use super::confirm::{self, Question};
use super::list;
use crate::cli::answer::Answer;
use crate::cli::args::{Args, MoveArgs};
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::environment_file::absolute;
use crate::connect::relocate::{self, Way};
use crate::model::report::Relocation;
use crate::model::{CertificateTrust, Connection, Result, SignIn, SiteConnection, SitePassword};
use crate::text::command;
use crate::text::relocation as words;

/// Moves a connection to another SMS Provider, after a plan; or only says what that would do.
pub(super) async fn relocate(args: &Args, options: &MoveArgs, host: &Host) -> Result<Answer> {
    let session = Session::open(args, host)?;
    let connection = session.ready(&options.name)?;
    let site = way_in(options, &connection)?;
    let ground = session.ground().await?;
    let password = password(args, host, &connection, &site).await?;
    let way = Way {
        site: &site,
        password: password.as_ref(),
    };
    let plan = relocate::plan(&ground, &connection, way).await?;
    let name = &connection.setup.name;
    if options.dry_run {
        let human = format!("To move \"{name}\":\n{}", plan_text(&plan));
        return Ok(Answer::done(human, document(&connection, &plan, false)).with_warnings(&plan.to.warnings));
    }
    if !options.yes {
        let question = Question {
            what: &format!("moving \"{name}\""),
            text: &format!("{}Move \"{name}\" to {}?", plan_text(&plan), site.provider),
            left: "everything; the connection is as it was",
        };
        confirm::ask(host, &question).await?;
    }
    let done = relocate::relocate(&ground, &connection, way, &plan.to.identity).await?;
    let human = format!(
        "{}\"{name}\" publishes from {} now.\nNext: {}",
        plan_text(&done.relocation),
        site.provider,
        command::sync(name)
    );
    let json = document(&done.connection, &done.relocation, true);
    Ok(Answer::done(human, json).with_warnings(&done.warnings))
}

/// The new way in: what is not said stays as it is. A certificate that was accepted for one server says nothing of another.
fn way_in(options: &MoveArgs, connection: &Connection) -> Result<SiteConnection> {
    let now = &connection.setup.site;
    let provider = options.provider.parse()?;
    let sign_in = match (&options.account, options.current_user) {
        (Some(account), _) => SignIn::Account(account.trim().to_owned()),
        (None, true) => SignIn::CurrentUser,
        (None, false) => now.sign_in.clone(),
    };
    let trust = match (&options.trust, &now.trust) {
        (Some(wanted), _) => match wanted.parse()? {
            CertificateTrust::Pem(path) => CertificateTrust::Pem(absolute(&path)),
            other => other,
        },
        (None, CertificateTrust::Sha256(_)) if provider != now.provider => CertificateTrust::System,
        (None, kept) => kept.clone(),
    };
    Ok(SiteConnection {
        provider,
        sign_in,
        trust,
    })
}

/// The password of the account that signs in; where the account stays, its password does, unless another one is given.
async fn password(
    args: &Args,
    host: &Host,
    connection: &Connection,
    site: &SiteConnection,
) -> Result<Option<SitePassword>> {
    match &site.sign_in {
        SignIn::Account(_) if relocate::keeps_account(connection, site) && !args.secrets_stdin => Ok(None),
        SignIn::Account(account) => {
            let input = SecretsInput::new(host, args.secrets_stdin).await?;
            Ok(Some(input.site_password(account).await?))
        }
        SignIn::CurrentUser | SignIn::None => Ok(None),
    }
}

fn plan_text(plan: &Relocation) -> String {
    let mut text = format!("{}\n", words::from_to(plan));
    text.extend(words::installed_anew(plan).map(|caution| format!("{caution}\n")));
    text.push_str(&format!("{}\n", words::kept(plan)));
    for each in &plan.kept {
        text.push_str(&format!("  {}\n", words::kept_line(each)));
    }
    text.extend(words::missing(plan).map(|missing| format!("{missing}\n")));
    for each in &plan.missing {
        text.push_str(&format!("  {}\n", words::missing_line(each)));
    }
    text
}

fn document(connection: &Connection, plan: &Relocation, moved: bool) -> Value {
    json!({
        "name": connection.setup.name,
        "moved": moved,
        "from": plan.from.as_ref().map(list::site_json),
        "to": list::site_json(&plan.to.identity),
        "installed_anew": plan.is_installed_anew(),
        "kept": plan.kept,
        "missing": plan.missing,
        "connection": list::properties(connection),
    })
}
