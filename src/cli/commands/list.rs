//! `asw list`, `asw show NAME`.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::cli::answer::Answer;
use crate::cli::session::Session;
use crate::model::{Connection, ConnectionState, History, MemberScope, Result, SignIn, SiteIdentity};
use crate::text::count;
use crate::text::site as words;

/// All connections.
pub(super) fn list(session: &Session) -> Result<Answer> {
    let connections = session.store.connections()?;
    let folder = session.data_dir.display();
    if connections.is_empty() {
        let human = format!("No connections in {folder} yet. Make one with: asw connect --file SETUP.toml");
        return Ok(Answer::done(human, json!({"connections": []})));
    }
    let mut human = String::new();
    for connection in &connections {
        let setup = &connection.setup;
        let off_since = session.store.import_off_since(connection.id)?;
        let off = match setup.import {
            true => String::new(),
            false => format!(", {}", import_words(false, off_since)),
        };
        human.push_str(&format!(
            "{}{}\n  site {}, workspace {}, {}, secret key expires {}{off}\n",
            setup.name,
            state_note(connection.state),
            connection
                .site
                .as_ref()
                .map_or_else(|| setup.site.provider.to_string(), |site| site.code.to_string()),
            setup.workspace.name(),
            count(setup.collections.len(), "collection", "collections"),
            setup.app.secret_expiry,
        ));
    }
    let json: Result<Vec<Value>> = connections.iter().map(|each| described(session, each)).collect();
    Ok(Answer::done(human, json!({ "connections": json? })))
}

/// One connection.
pub(super) fn show(session: &Session, name: &str) -> Result<Answer> {
    let connection = session.connection(name)?;
    let setup = &connection.setup;
    let collections: Vec<&str> = setup
        .collections
        .iter()
        .map(crate::model::CollectionId::as_str)
        .collect();
    let site = connection.site.as_ref();
    let lines = [
        ("Name", format!("{}{}", setup.name, state_note(connection.state))),
        ("Description", setup.description.clone()),
        ("Azure environment", setup.environment.name.clone()),
        (
            "Tenant",
            format!("{} ({})", setup.app.tenant_id, setup.app.tenant_name.as_str()),
        ),
        (
            "Client ID",
            format!("{} ({})", setup.app.client_id, setup.app.application_name.as_str()),
        ),
        ("Secret key expires", setup.app.secret_expiry.to_string()),
        ("App ID URI", setup.app.app_id_uri.as_str().to_owned()),
        ("Workspace", setup.workspace.to_string()),
        ("SMS Provider", setup.site.provider.to_string()),
        (
            "Site",
            site.map(|site| format!("{} {}", site.code, site.name))
                .unwrap_or_default(),
        ),
        ("Site kind", site.map(words::kind).unwrap_or_default().to_owned()),
        (
            "Site version",
            site.and_then(|site| words::version(site.build)).unwrap_or_default(),
        ),
        (
            "SMS Providers",
            site.map(|site| site.providers.join(", ")).unwrap_or_default(),
        ),
        ("Sign-in", sign_in(&setup.site.sign_in)),
        ("Certificate trust", setup.site.trust.to_string()),
        ("Device collections", collections.join(", ")),
        ("Members", members(setup.members).to_owned()),
        ("History", history(&connection)),
        (
            "Import",
            crate::text::home::import(setup.import, session.store.import_off_since(connection.id)?),
        ),
        ("Connection ID", connection.id.to_string()),
    ];
    let human = lines
        .iter()
        .map(|(name, value)| format!("{name:<20}{value}\n"))
        .collect::<String>();
    Ok(Answer::done(
        human,
        json!({ "connection": described(session, &connection)? }),
    ))
}

fn sign_in(sign_in: &SignIn) -> String {
    match sign_in {
        SignIn::CurrentUser => "the account that runs this program".to_owned(),
        SignIn::Account(account) => account.clone(),
        SignIn::None => "none".to_owned(),
    }
}

/// Which records of a collection become members of its group.
pub(super) const fn members(scope: MemberScope) -> &'static str {
    match scope {
        MemberScope::AllComputers => "all computers",
        MemberScope::ClientsOnly => "computers with the Configuration Manager client only",
    }
}

/// Whether memberships are kept as rows, and through which rule.
fn history(connection: &Connection) -> String {
    match (&connection.history, connection.setup.history) {
        (Some(place), _) => format!("on, through {}", place.rule),
        (None, History::Off) => "off".to_owned(),
        (None, History::On | History::Auto) => {
            "off: the rights did not allow it (asw rights says what is missing)".to_owned()
        }
    }
}

const fn state_note(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Ready => "",
        ConnectionState::Connecting => " (not finished: run the same asw connect again)",
        ConnectionState::Removing => " (being removed: run asw remove again)",
    }
}

/// Whether schedules publish it, within a line.
pub(super) fn import_words(on: bool, off_since: Option<DateTime<Utc>>) -> String {
    format!("import is {}", crate::text::home::import(on, off_since))
}

/// The same as [`properties`], with what the store knows beside them.
fn described(session: &Session, connection: &Connection) -> Result<Value> {
    let mut properties = properties(connection);
    properties["import_off_since"] = json!(session.store.import_off_since(connection.id)?);
    Ok(properties)
}

/// A connection for scripts. There is no secret in it.
pub(super) fn properties(connection: &Connection) -> Value {
    let setup = &connection.setup;
    let mut properties = json!({
        "id": connection.id,
        "name": setup.name,
        "state": connection.state,
        "description": setup.description,
        "environment": setup.environment.name,
        "app": setup.app,
        "workspace": {
            "resource_id": setup.workspace,
            "customer_id": connection.workspace.as_ref().and_then(|workspace| workspace.customer_id),
        },
        "site": {
            "provider": setup.site.provider,
            "sign_in": setup.site.sign_in,
            "trust": setup.site.trust,
        },
        "collections": setup.collections,
        "members": setup.members,
        "history": setup.history,
        "rule": connection.history.as_ref().map(|place| &place.rule),
        "import": setup.import,
    });
    if let (Value::Object(site), Value::Object(said)) = (&mut properties["site"], site_said(connection.site.as_ref())) {
        site.extend(said);
    }
    properties
}

/// What the site said of itself when it was last looked at; null where it was not.
fn site_said(site: Option<&SiteIdentity>) -> Value {
    match site {
        Some(site) => site_json(site),
        None => json!({ "code": null, "name": null }),
    }
}

/// A site for scripts.
pub(super) fn site_json(site: &SiteIdentity) -> Value {
    json!({
        "code": site.code,
        "name": site.name,
        "kind": if site.is_cas { "central-administration-site" } else { "standalone-primary-site" },
        "build": site.build,
        "version": site.build.and_then(words::release),
        "guid": site.guid,
        "providers": site.providers,
    })
}
