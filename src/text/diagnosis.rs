//! Words of *Diagnose*: the report as one text, and the dialog around it.

use chrono::{DateTime, Utc};

use crate::model::diagnosis::{Diagnosis, Examined, Layer, LogLine, Machine, RunLine, Verdict, Why};
use crate::model::{Connection, ConnectionName, History, SignIn};

/// The dialog's title.
pub const TITLE: &str = "Diagnose";
/// What the report is for.
pub const ABOUT: &str =
    "A report to attach to a ticket. No secret is in it; names of servers, accounts and collections are.";
/// While it is made.
pub const LOOKING: &str = "Looking at every layer";
/// The name of the report, for screen readers.
pub const REPORT: &str = "Report";
/// A button.
pub const AGAIN: &str = "Look again";
/// A button.
pub const COPY_REPORT: &str = "Copy report";
/// A button.
pub const OPEN_LOG: &str = "Open the log";
/// In the field for a file while it is empty.
pub const FILE_EXAMPLE: &str = "asw-report.txt";

/// What was looked at.
pub fn subject(name: Option<&ConnectionName>) -> String {
    name.map_or_else(
        || "This computer is looked at; no connection is selected.".to_owned(),
        |name| format!("This computer and the connection \"{name}\" are looked at. Nothing is changed."),
    )
}

/// The end of the look, in a sentence.
pub fn result(report: &Diagnosis) -> String {
    match report.failed() {
        0 => "Every layer that was looked at works.".to_owned(),
        1 => "1 layer does not work; the report says why.".to_owned(),
        many => format!("{many} layers do not work; the report says why."),
    }
}

/// The whole report.
pub fn report(report: &Diagnosis) -> String {
    let mut text = format!("azure-services-wizard, report of {}\n", utc(report.at));
    let layers: String = report.layers.iter().map(examined).collect();
    section(&mut text, "Checks", &format!("{layers}{}\n", result(report)));
    section(&mut text, "Program and computer", &machine(&report.machine));
    if let Some(connection) = &report.connection {
        section(&mut text, "Connection", &settings(connection));
    }
    if report.connection.is_some() {
        section(
            &mut text,
            "Latest runs",
            &or_none(report.runs.iter().map(run).collect()),
        );
    }
    let log = or_none(report.log.iter().map(log_line).collect());
    section(&mut text, "Latest warnings and errors of the log", &log);
    text
}

fn section(text: &mut String, title: &str, body: &str) {
    text.push_str(&format!("\n== {title} ==\n{body}"));
}

fn or_none(lines: String) -> String {
    if lines.is_empty() { "  none\n".to_owned() } else { lines }
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn facts<'a>(facts: impl IntoIterator<Item = (&'a str, String)>) -> String {
    facts
        .into_iter()
        .map(|(name, value)| format!("  {name:<20}{}\n", one_line(&value)))
        .collect()
}

/// A value of a person's own may hold line breaks, which would look like facts of ours.
fn one_line(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn machine(machine: &Machine) -> String {
    let mut text = facts([
        ("Version", machine.version.to_owned()),
        ("Built with", machine.features.join(", ")),
        ("System", format!("{}, {}", machine.system, machine.architecture)),
        ("Program", machine.program.display().to_string()),
        ("Data folder", machine.data_dir.display().to_string()),
        ("Log", machine.log.display().to_string()),
        ("Connections", machine.connections.to_string()),
    ]);
    for (name, value) in &machine.variables {
        text.push_str(&format!("  {name}={}\n", one_line(value)));
    }
    text
}

fn settings(connection: &Connection) -> String {
    let setup = &connection.setup;
    let site = connection.site.as_ref();
    let place = connection.history.as_ref();
    let collections: Vec<&str> = setup.collections.iter().map(|id| id.as_str()).collect();
    let app = &setup.app;
    facts([
        ("Name", setup.name.to_string()),
        ("Connection ID", connection.id.to_string()),
        ("State", format!("{:?}", connection.state).to_lowercase()),
        ("Azure environment", setup.environment.name.clone()),
        ("Authority", setup.environment.authority.to_string()),
        ("Resource Manager", setup.environment.arm.to_string()),
        ("Tenant", format!("{} ({})", app.tenant_id, app.tenant_name.as_str())),
        (
            "Client ID",
            format!("{} ({})", app.client_id, app.application_name.as_str()),
        ),
        ("Secret key expires", app.secret_expiry.to_string()),
        ("Workspace", setup.workspace.to_string()),
        ("SMS Provider", setup.site.provider.to_string()),
        ("Sign-in", sign_in(&setup.site.sign_in)),
        ("Certificate trust", setup.site.trust.to_string()),
        (
            "Site",
            site.map_or_else(
                || "not read yet".to_owned(),
                |site| {
                    let version = super::site::version(site.build).unwrap_or_default();
                    format!("{} {}, {}, {version}", site.code, site.name, super::site::kind(site))
                },
            ),
        ),
        (
            "Collections",
            format!("{}: {}", collections.len(), collections.join(", ")),
        ),
        (
            "History",
            match (place, setup.history) {
                (Some(place), _) => format!("on, through {} at {}", place.rule, place.ingestion),
                (None, History::Off) => "off".to_owned(),
                (None, _) => "wished, but not there".to_owned(),
            },
        ),
        ("Import", if setup.import { "on" } else { "off" }.to_owned()),
    ])
}

fn sign_in(sign_in: &SignIn) -> String {
    match sign_in {
        SignIn::CurrentUser => "the account that runs the program".to_owned(),
        SignIn::Account(account) => account.clone(),
        SignIn::None => "none".to_owned(),
    }
}

/// A layer, by name.
pub fn layer(layer: &Layer) -> String {
    match layer {
        Layer::DataFolder => "Data folder".to_owned(),
        Layer::Store => "Database".to_owned(),
        Layer::Keyring => "Keyring".to_owned(),
        Layer::Schedule => "Schedule".to_owned(),
        Layer::SecretKey => "Secret key in the keyring".to_owned(),
        Layer::SitePassword => "Password of the site's account in the keyring".to_owned(),
        Layer::Check(kind) => super::progress::check(kind),
        Layer::Query => "Log query".to_owned(),
        Layer::Ingestion => "Uploads of history".to_owned(),
    }
}

fn examined(each: &Examined) -> String {
    let name = layer(&each.layer);
    let mut text = match &each.verdict {
        Verdict::Passed(seen) => format!("  passed      {name}: {}\n", one_line(seen)),
        Verdict::Failed(failure) => {
            let indented = |line: &str| format!("              {line}\n");
            let details: String = super::problem::for_ticket(failure).lines().map(indented).collect();
            format!("  FAILED      {name}\n{details}")
        }
        Verdict::NotLookedAt(why) => format!("  not looked  {name}: {}\n", reason(*why)),
    };
    for warning in &each.warnings {
        text.push_str(&format!("              Note: {}\n", super::warning::sentence(warning)));
    }
    text
}

const fn reason(why: Why) -> &'static str {
    match why {
        Why::Depends => "what it stands on does not work",
        Why::NotUsed => "the connection does not use it",
        Why::Lab => "the lab ends with its window",
    }
}

fn run(run: &RunLine) -> String {
    let end = run.ended.map_or_else(|| "no end".to_owned(), utc);
    let (published, unchanged, failed) = run.collections;
    let figures = match (run.kind, &run.problem) {
        (_, Some(problem)) => format!(
            "failed ({}): {}",
            problem.code(),
            super::problem::wording(problem).sentence
        ),
        ("publication", None) => format!("{published} published, {unchanged} unchanged, {failed} failed"),
        _ => "done".to_owned(),
    };
    let mut text = format!("  {}  to {end}  {}: {figures}\n", utc(run.started), run.kind);
    for (problem, collections) in &run.problems {
        let collections = super::count(*collections, "collection", "collections");
        let words = super::problem::wording(problem);
        text.push_str(&format!(
            "              {collections} ({}): {}\n",
            problem.code(),
            words.sentence
        ));
    }
    text
}

fn log_line(line: &LogLine) -> String {
    let kind = if line.is_error { "error  " } else { "warning" };
    format!("  {}  {kind}  {}: {}\n", line.time, line.component, line.message)
}

/// The log could not be opened in a viewer.
pub fn log_not_opened(path: &std::path::Path) -> String {
    format!("No viewer could be opened. The log is {}.", path.display())
}
