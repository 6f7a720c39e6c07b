//! `asw verify NAME`.

use serde_json::{Value, json};

use super::connect::{checks_json, checks_text, judged};
use super::list;
use crate::cli::answer::Answer;
use crate::cli::args::Args;
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::readiness::{self, Readiness};
use crate::model::Result;
use crate::model::site::{ConnectionPoint, SignedIn};
use crate::text::site as words;

/// Looks at everything that a connection needs; changes nothing.
pub(super) async fn verify(args: &Args, name: &str, host: &Host) -> Result<Answer> {
    let session = Session::open(args, host)?;
    let connection = session.ready(name)?;
    let input = SecretsInput::new(host, args.secrets_stdin).await?;
    super::lend_secrets(&session, args, &input, &connection).await?;
    let setup = &connection.setup;
    let seen = readiness::of(&session.ground().await?, &connection).await?;
    let human = format!("{}\n{}{}", setup.name, checks_text(seen.all()), site_text(&seen));
    let json = json!({ "name": setup.name, "checks": checks_json(seen.all()), "site": site_json(&seen) });
    Ok(judged(Answer::done(human, json), &seen))
}

/// What the site says of itself, a line each; nothing where it did not answer.
fn site_text(seen: &Readiness) -> String {
    let (Some(site), Some(facts)) = (&seen.site, &seen.facts) else {
        return String::new();
    };
    let version = words::version(site.build).or_else(|| facts.version.clone());
    let lines = [
        ("Site", format!("{} {}, {}", site.code, site.name, words::kind(site))),
        ("Version", version.unwrap_or_else(|| "not told".to_owned())),
        ("SMS Providers", site.providers.join(", ")),
        ("Sign-in", words::signed_in(facts.signed_in).to_owned()),
        (
            "Service connection point",
            words::connection_point(&facts.connection_point),
        ),
    ];
    let line = |(name, value): &(&str, String)| format!("  {name:<26}{value}\n");
    lines.iter().map(line).collect()
}

/// The same for scripts; null where it did not answer.
fn site_json(seen: &Readiness) -> Value {
    let (Some(site), Some(facts)) = (&seen.site, &seen.facts) else {
        return Value::Null;
    };
    let mut said = list::site_json(site);
    said["full_version"] = json!(facts.version);
    said["signed_in"] = json!(match facts.signed_in {
        SignedIn::Nobody => "nobody",
        SignedIn::Kerberos => "kerberos",
        SignedIn::Ntlm => "ntlm",
    });
    said["service_connection_point"] = connection_point(&facts.connection_point);
    said
}

fn connection_point(point: &ConnectionPoint) -> Value {
    match point {
        ConnectionPoint::NotRead => Value::Null,
        ConnectionPoint::NotInstalled => json!({ "mode": "not-installed" }),
        ConnectionPoint::Online { server } => json!({ "mode": "online", "server": server }),
        ConnectionPoint::Offline { server } => json!({ "mode": "offline", "server": server }),
        ConnectionPoint::ModeUnknown { server } => json!({ "mode": "unknown", "server": server }),
    }
}
