//! Words of the list of connections.

use chrono::{DateTime, Utc};

use crate::model::connection_list::ListColumn;
use crate::model::report::{ConnectionOverview, LastRun};
use crate::model::{ConnectionName, ConnectionState, Problem};

/// The page's title: that of the node in the Configuration Manager console.
pub const TITLE: &str = "Azure Services";
/// The name of its list.
pub const LIST: &str = "Connections";
/// Below the title.
pub const WHOSE: &str = "Connections of this account on this computer";
/// While the list is read for the first time.
pub const READING: &str = "Reading the connections";

/// A button, called as in the Configuration Manager console: it opens the wizard.
pub const NEW: &str = "Configure Azure Services…";
/// A button.
pub const PUBLISH: &str = "Publish now";
/// A button.
pub const PROPERTIES: &str = "Properties…";
/// What the pointer is told about it.
pub const PROPERTIES_HINT: &str = "Shows and changes what belongs to the connection (Alt+Enter)";
/// A button.
pub const VIEW_GROUPS: &str = "View groups…";
/// A button.
pub const SEARCH_LOGS: &str = "Log search…";
/// A button.
pub const UPDATE_SECRET: &str = "Update secret key…";
/// A button.
pub const MOVE: &str = "Move connection…";
/// A button.
pub const DELETE: &str = "Delete…";
/// A button that opens a menu.
pub const MORE: &str = "More…";
/// In that menu.
pub const NEW_FROM_SETTINGS: &str = "New from settings…";
/// In that menu.
pub const SAVE_SETTINGS: &str = "Save settings…";
/// In that menu.
pub const DIAGNOSE: &str = "Diagnose…";
/// In that menu.
pub const OPEN_LOG: &str = "Open the log";
/// A button.
pub const REFRESH: &str = "Refresh";
/// What the pointer is told about it.
pub const REFRESH_HINT: &str = "Reads the connections anew (F5)";
/// A button.
pub const TRY_AGAIN: &str = "Try again";
/// A button beside a connection that was not finished.
pub const GO_ON: &str = "Go on…";
/// A button beside a connection that was not finished.
pub const TAKE_AWAY: &str = "Take it away…";
/// A button beside a connection that is being removed.
pub const GO_ON_REMOVING: &str = "Go on removing…";
/// The name of the menu of a row.
pub const ROW_MENU: &str = "Commands for this connection";

/// Why a button is not available.
pub const NOTHING_SELECTED: &str = "Select a connection in the list first.";
/// Why a button is not available.
pub const NOT_FINISHED: &str = "This connection is not finished yet: go on with it first.";
/// Why a button is not available.
pub const BEING_PUBLISHED: &str = "This connection is being published: wait until that has ended, or cancel it.";
/// Why a button is not available.
pub const BEING_REMOVED: &str = "This connection is being removed.";

/// A column's title.
pub const fn column(column: ListColumn) -> &'static str {
    match column {
        ListColumn::Name => "Name",
        ListColumn::Service => "Azure service",
        ListColumn::Tenant => "Tenant",
        ListColumn::Workspace => "Workspace",
        ListColumn::Collections => "Collections",
        ListColumn::LastPublication => "Last publication",
        ListColumn::SecretKey => "Secret key expiry",
        ListColumn::State => "State",
    }
}

/// The Azure service of every connection, as short as a column needs it.
pub const SERVICE: &str = "Log Analytics";

/// Above a list that could not be read anew.
pub const OLDER_LIST: &str = "The list below was read before that.";
/// Beside a publication that has only just begun.
pub const STARTING: &str = "Starting";
/// Beside work that was asked to stop.
pub const STOPPING: &str = "Stopping at the next safe point";
/// While the window waits for work to stop.
pub const CLOSING: &str = "Everything is being stopped at its next safe point. Then the window closes.";

/// What this program is for.
pub const WHAT_THIS_DOES: &str = "This program publishes device collections of Configuration Manager to a Log Analytics \
    workspace in Azure, as computer groups for your queries. A connection says which collections of which site go into \
    which workspace.";
/// Above [`NEEDS`].
pub const AT_HAND: &str = "What to have at hand";
/// What a connection needs.
pub const NEEDS: [&str; 3] = [
    "The server name of an SMS Provider of the site, and an account with the role Read-only Analyst there.",
    "An app registration in Microsoft Entra ID: its tenant ID, its client ID and a secret key.",
    "A Log Analytics workspace on which that app has the role Contributor.",
];
/// Above [`TRY_ON_LAB`] or [`ON_LAB`].
pub const JUST_TRYING: &str = "Just trying it out?";
/// How to try it.
pub const TRY_ON_LAB: &str = "The program brings a lab along, with a site and a workspace that exist on this computer only. \
    Close this window and run:";
/// The command.
pub const LAB_COMMAND: &str = "azure-services-wizard --lab";
/// Where the lab's values are.
pub const ON_LAB: &str = "The lab is running. Every value that the wizard asks for is on the right, ready to copy.";

/// The title of the question before the window closes.
pub const QUIT_TITLE: &str = "Close while publishing?";
/// A button of that question.
pub const STOP_AND_CLOSE: &str = "Stop and close";
/// A button of that question.
pub const STAY: &str = "Stay";

/// The question before the window closes.
pub fn quit(names: &[&ConnectionName]) -> String {
    let under_way = match names {
        [] => "Work is under way.".to_owned(),
        [one] => format!("\"{one}\" is being published."),
        more => format!("{} connections are being published.", more.len()),
    };
    format!(
        "{under_way} If you close now, it stops at its next safe point: groups that are published stay, and the next \
         publication does the rest."
    )
}

/// A moment, as the list shows it.
pub fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// How many of the chosen collections have a group.
pub fn collections(overview: &ConnectionOverview) -> String {
    format!("{} of {}", overview.groups, overview.connection.setup.collections.len())
}

/// What became of the last publication.
pub fn last_publication(run: Option<&LastRun>, under_way: bool) -> String {
    match run {
        _ if under_way => "under way".to_owned(),
        None => "never".to_owned(),
        Some(run) => match (&run.problem, run.ended) {
            (Some(Problem::Cancelled { .. }), _) => format!("stopped, {}", moment(run.ended.unwrap_or(run.started))),
            (Some(problem), _) => format!("failed: {}", sentence(problem)),
            (None, Some(ended)) => moment(ended),
            (None, None) => format!("begun {}, end not known", moment(run.started)),
        },
    }
}

/// How far a connection's life has come.
pub fn state(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Connecting => "Not finished",
        ConnectionState::Ready => "Complete",
        ConnectionState::Removing => "Being removed",
    }
}

/// Whether schedules publish a connection; since when they do not, where that is known.
pub fn import(on: bool, off_since: Option<DateTime<Utc>>) -> String {
    match (on, off_since) {
        (true, _) => "on".to_owned(),
        (false, Some(since)) => format!("off since {}", moment(since)),
        (false, None) => "off".to_owned(),
    }
}

/// The state of a complete connection that schedules leave alone.
pub fn off(off_since: Option<DateTime<Utc>>) -> String {
    match off_since {
        Some(since) => format!("Off since {}", since.format("%Y-%m-%d")),
        None => "Import is off".to_owned(),
    }
}

/// A connection was not finished.
pub fn not_finished(name: &ConnectionName) -> String {
    format!(
        "\"{name}\" was not finished: it is written down on this computer, but not everything that belongs to it was made. \
         Nothing is published yet."
    )
}

/// A connection is being removed.
pub fn being_removed(name: &ConnectionName) -> String {
    format!("The removal of \"{name}\" was not finished. A part of it still exists, here or in the workspace.")
}

/// The last publication has failed.
pub fn failed(name: &ConnectionName, at: DateTime<Utc>, problem: &Problem) -> String {
    format!(
        "The last publication of \"{name}\" failed ({}): {}",
        moment(at),
        sentence(problem)
    )
}

/// The last publication has failed for its key, and there is a new one since.
pub fn key_renewed_since(name: &ConnectionName) -> String {
    format!(
        "The last publication of \"{name}\" failed because its secret key did not work. A new one has been put into use \
         since; the next publication brings the groups up to date."
    )
}

/// The last publication has failed, and the connection was moved since.
pub fn moved_since(name: &ConnectionName) -> String {
    format!(
        "\"{name}\" was moved to another SMS Provider. The next publication brings the groups up to date from there."
    )
}

/// A publication is under way.
pub fn being_published(name: &ConnectionName) -> String {
    format!("\"{name}\" is being published.")
}

/// What is known of a connection, by name. `key`: when its secret key expires.
pub fn facts(overview: &ConnectionOverview, key: &str) -> Vec<(&'static str, String)> {
    let setup = &overview.connection.setup;
    let app = &setup.app;
    let site = match &overview.connection.site {
        Some(site) => format!("{} {} ({})", site.code, site.name, setup.site.provider),
        None => setup.site.provider.to_string(),
    };
    let chosen = super::count(setup.collections.len(), "device collection", "device collections");
    let mut facts = vec![
        ("Description", setup.description.clone()),
        ("Site", site),
        ("Collections", format!("{chosen}, {} published", overview.groups)),
        ("Left over", left_over(overview)),
        ("Import", import(setup.import, overview.off_since)),
        ("History this month", history(overview)),
        ("Azure service", super::azure_services::OMS_CONNECTOR.to_owned()),
        ("Azure environment", setup.environment.name.clone()),
        ("Tenant", with_id(app.tenant_name.as_str(), &app.tenant_id)),
        ("App", with_id(app.application_name.as_str(), &app.client_id)),
        ("Secret key", key.to_owned()),
        ("Workspace", setup.workspace.to_string()),
    ];
    facts.retain(|(_, value)| !value.trim().is_empty());
    facts
}

/// Groups that may still be there of collections that were taken away; empty where there are none.
fn left_over(overview: &ConnectionOverview) -> String {
    match overview.left_over.as_slice() {
        [] => String::new(),
        ids => format!(
            "groups of {}, which were taken away: Properties deletes what is left of them",
            super::ids_listed(ids)
        ),
    }
}

/// What runs have sent as rows; empty where no history is kept.
fn history(overview: &ConnectionOverview) -> String {
    let sent = overview.sent_this_month;
    if overview.connection.history.is_none() && sent.is_none() {
        return String::new();
    }
    super::history::sent(sent)
}

/// A name with the ID behind it.
pub(super) fn with_id(name: &str, id: &impl ToString) -> String {
    let id = id.to_string();
    if name.is_empty() { id } else { format!("{name} ({id})") }
}

/// What went wrong, without what to do next.
pub(super) fn sentence(problem: &Problem) -> String {
    super::problem::wording(problem).sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_says_since_when_where_that_is_known() {
        let since = "2026-11-25T14:03:59Z".parse().ok();
        assert_eq!(import(true, None), "on");
        assert_eq!(import(false, None), "off");
        assert_eq!(import(false, since), "off since 2026-11-25 14:03 UTC");
        assert_eq!(off(None), "Import is off");
        assert_eq!(off(since), "Off since 2026-11-25");
    }

    #[test]
    fn the_last_publication_says_what_became_of_it() {
        let started = "2026-11-25T14:03:59Z".parse().unwrap();
        let run = |ended, problem| LastRun {
            started,
            ended,
            problem,
            moved_since: false,
            renewed_since: false,
        };
        let later = "2026-11-25T14:05:00Z".parse().ok();
        assert_eq!(last_publication(None, false), "never");
        assert_eq!(last_publication(None, true), "under way");
        assert_eq!(last_publication(Some(&run(later, None)), false), "2026-11-25 14:05 UTC");
        assert_eq!(
            last_publication(Some(&run(None, None)), false),
            "begun 2026-11-25 14:03 UTC, end not known"
        );
        assert_eq!(
            last_publication(Some(&run(later, Some(Problem::SecretExpired))), false),
            "failed: The secret key has expired."
        );
        let stopped = Problem::Cancelled {
            partly: true,
            left: "3 collections".into(),
        };
        assert_eq!(
            last_publication(Some(&run(later, Some(stopped))), false),
            "stopped, 2026-11-25 14:05 UTC"
        );
    }
}
