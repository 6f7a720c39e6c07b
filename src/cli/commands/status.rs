//! `asw status [NAME] [--runs N]`: what we remember; asks nobody.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{list, reminder, runs};
use crate::backend::overview;
use crate::cli::answer::{Answer, failure_json};
use crate::cli::args::StatusArgs;
use crate::cli::session::Session;
use crate::model::dry_run::RowsUp;
use crate::model::expiry::Threshold;
use crate::model::report::LastRun;
use crate::model::{Connection, Failure, KeyExpiry, Result, SiteIdentity};
use crate::store::{GroupState, SentRows};
use crate::text;

/// The last publication of one connection, or of all.
pub(super) fn status(session: &Session, options: &StatusArgs) -> Result<Answer> {
    let connections = match options.name.as_deref() {
        Some(name) => vec![session.connection(name)?],
        None => session.store.connections()?,
    };
    if let Some(limit) = options.runs {
        return runs::runs(session, &connections, usize::try_from(limit).unwrap_or(usize::MAX));
    }
    let mut human = String::new();
    let mut json = Vec::new();
    for connection in &connections {
        let states = session.store.groups(connection.id)?;
        let last = overview::last_publication(&session.store, connection.id)?;
        let known = Known {
            connection,
            states: &states,
            last: last.as_ref(),
            sent_this_month: overview::sent_this_month(&session.store, connection.id, Utc::now())?,
            key: reminder::of(session, connection)?,
            renewal_begun: overview::renewal_begun(&session.store, connection.id)?,
            off_since: session.store.import_off_since(connection.id)?,
        };
        human.push_str(&describe(&known));
        json.push(entry(&known));
    }
    if connections.is_empty() {
        human.push_str("No connections yet. Make one with: asw connect --file SETUP.toml");
    }
    Ok(Answer::done(human, json!({ "connections": json })))
}

/// What we remember of a connection.
struct Known<'a> {
    connection: &'a Connection,
    states: &'a [GroupState],
    last: Option<&'a LastRun>,
    key: KeyExpiry,
    renewal_begun: Option<DateTime<Utc>>,
    off_since: Option<DateTime<Utc>>,
    sent_this_month: RowsUp,
}

/// How a secret key stands, for scripts.
pub(super) fn key_json(key: &KeyExpiry) -> Value {
    let state = match key.threshold {
        None => "good",
        Some(Threshold::Expired) => "expired",
        Some(_) => "expires_soon",
    };
    json!({
        "state": state,
        "expiry": key.date,
        "expires_in_days": key.days_left,
        "threshold": key.threshold,
        "expired_says_azure": key.called_expired,
        "snoozed_until": key.snoozed_until,
    })
}

fn run_words(run: &LastRun) -> String {
    let when = moment(Some(run.started));
    if run.moved_since {
        return format!("last run {when}; moved to another SMS Provider since, and not published from it yet");
    }
    match (&run.problem, run.ended) {
        (Some(problem), _) => format!("last run {when} failed: {}", text::problem::wording(problem).sentence),
        (None, Some(_)) => format!("last run {when}"),
        (None, None) => format!("last run {when} is under way, or was ended from outside"),
    }
}

fn moment(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "never".to_owned(), text::home::moment)
}

fn describe(known: &Known<'_>) -> String {
    let (connection, states) = (known.connection, known.states);
    let setup = &connection.setup;
    let mut lines = format!(
        "{}\n  secret key: {}\n",
        setup.name,
        text::expiry::with_snooze(&known.key)
    );
    if let Some(begun) = known.renewal_begun {
        let said = text::renewal::end_not_known(&setup.name, begun, &known.key);
        lines.push_str(&format!("  {said}\n"));
    }
    if let Some(site) = &connection.site {
        lines.push_str(&format!("  site {}\n", site_words(connection, site)));
    }
    let run = known.last.map_or_else(|| "not published yet".to_owned(), run_words);
    lines.push_str(&format!(
        "  {run}
"
    ));
    if !setup.import {
        lines.push_str(&format!(
            "  {}: the groups stay as they are until asw sync NAME is run\n",
            list::import_words(false, known.off_since)
        ));
    }
    if connection.history.is_some() || !known.sent_this_month.is_none() {
        lines.push_str(&format!(
            "  this month: {}\n",
            text::history::sent(known.sent_this_month)
        ));
    }
    for id in &setup.collections {
        let Some(state) = states.iter().find(|state| state.collection == *id) else {
            lines.push_str(&format!("  {id}  not published yet\n"));
            continue;
        };
        let published = state.published.as_ref();
        lines.push_str(&format!(
            "  {id}  {:<11}  {:>16}  as of {}  \"{}\"\n",
            state.outcome.map_or("", text::progress::outcome),
            published
                .map(|published| text::count(published.computers, "computer", "computers"))
                .unwrap_or_default(),
            moment(published.map(|published| published.as_of)),
            state.name,
        ));
        if let Some(rows) = state.rows.as_ref().filter(|_| connection.history.is_some()) {
            let arrival = text::history::arrival(rows.sent_at, rows.seen_at, rows.is_forgotten());
            lines.push_str(&format!("            rows {arrival}\n"));
        }
        if let Some(since) = state.not_seen_since {
            lines.push_str(&format!(
                "            not in the site's answers since {}\n",
                moment(Some(since))
            ));
        }
        if let Some(problem) = &state.error {
            lines.push_str(&format!("            {}\n", text::problem::wording(problem).sentence));
        }
    }
    lines
}

/// The site as it was when it was last looked at.
fn site_words(connection: &Connection, site: &SiteIdentity) -> String {
    let version = text::site::version(site.build).map(|version| format!(", {version}"));
    format!(
        "{}, {}{}, through {}",
        site.code,
        text::site::kind(site),
        version.unwrap_or_default(),
        connection.setup.site.provider
    )
}

fn entry(known: &Known<'_>) -> Value {
    let (connection, states) = (known.connection, known.states);
    let setup = &connection.setup;
    let collections: Vec<Value> = setup
        .collections
        .iter()
        .map(|id| {
            let state = states.iter().find(|state| state.collection == *id);
            let published = state.and_then(|state| state.published.as_ref());
            json!({
                "id": id,
                "name": state.map(|state| &state.name),
                "alias": state.and_then(|state| state.alias.as_ref()),
                "outcome": state.and_then(|state| state.outcome),
                "members": published.map(|published| published.computers),
                "as_of": published.map(|published| published.as_of),
                "sent": published.map(|published| published.sent_at),
                "visible": published.and_then(|published| published.visible_at),
                "rows_sent": state.and_then(|state| state.rows.as_ref()).map(|rows| rows.sent_at),
                "rows_seen": state.and_then(|state| state.rows.as_ref()).and_then(|rows| rows.seen_at),
                "rows_due": state.and_then(|state| state.rows.as_ref()).map(SentRows::is_forgotten),
                "not_seen_since": state.and_then(|state| state.not_seen_since),
                "error": state.and_then(|state| state.error.clone()).map(|problem| failure_json(&Failure::from(problem))),
            })
        })
        .collect();
    json!({
        "name": setup.name,
        "state": connection.state,
        "import": setup.import,
        "import_off_since": known.off_since,
        "sent_this_month": known.sent_this_month,
        "site": list::properties(connection)["site"],
        "last_run": known.last.map(|run| json!({
            "started": run.started,
            "ended": run.ended,
            "moved_since": run.moved_since,
            "error": run.problem.clone().map(|problem| failure_json(&Failure::from(problem))),
        })),
        "secret_expiry": setup.app.secret_expiry,
        "secret_expires_in_days": known.key.days_left,
        "secret_key": key_json(&known.key),
        "renewal_begun": known.renewal_begun,
        "collections": collections,
    })
}
