//! Words for history: what is published, what that needs, what is made for it; and for a connection that stands already.

use chrono::{DateTime, Utc};

use crate::model::cost::{Cost, RUNS_A_DAY, Volume};
use crate::model::dry_run::RowsUp;
use crate::model::history::{FUNCTION, TABLE};
use crate::model::report::FoundConnection;
use crate::model::{AppRegistration, ResourceGroupId, WorkspaceId, history, needs, roles};

/// A group, and a choice.
pub const WHAT: &str = "What is published";
/// One of two.
pub const GROUPS: &str = "Computer groups";
/// What it is.
pub const GROUPS_HINT: &str = "Each collection becomes a function in the workspace that answers its present members.";
/// One of two.
pub const BOTH: &str = "Computer groups and history";
/// What it is.
pub const BOTH_HINT: &str = "The members are also kept as rows of a table, so that queries can ask who was a member when; rows cost \
     what the workspace charges for data.";
/// A field.
pub const RULE_GROUP: &str = "Resource group of the data collection rule";
/// Beside its label.
pub const RULE_GROUP_NOTE: &str = "a name, or a resource ID in another subscription";
/// An example in it.
pub const RULE_GROUP_EXAMPLE: &str = "rg-monitor";

/// Above what computer groups need.
pub const FOR_GROUPS: &str = "For computer groups:";

/// Above what history needs, with the place of its rule.
pub fn for_both(group: &ResourceGroupId) -> String {
    format!(
        "For history as well, with its rule in the resource group {}:",
        group.name()
    )
}

/// While Azure is asked.
pub const ASKING: &str = "Asking Azure what history needs…";

/// What an operation of history means, for people; the operation itself where nobody has words for it.
pub fn right(operation: &str) -> String {
    const KNOWN: [(&str, &str); 12] = [
        ("workspaces/tables/write", "Make the table of history"),
        ("workspaces/tables/read", "Read the table of history"),
        ("workspaces/savedsearches/write", "Write the function of history"),
        ("workspaces/sharedkeys/action", "Lead a rule into the workspace"),
        ("workspaces/read", "Read the workspace"),
        ("datacollectionrules/write", "Make the data collection rule"),
        ("datacollectionrules/read", "Read the data collection rule"),
        ("datacollectionrules/delete", "Delete the data collection rule"),
        ("datacollectionendpoints/write", "Make a data collection endpoint"),
        ("datacollectionendpoints/read", "Read a data collection endpoint"),
        ("roleassignments/write", "Let the app upload through the rule"),
        ("telemetry/write", "Upload rows"),
    ];
    let operation_in_lower_case = operation.to_lowercase();
    let known = KNOWN.iter().find(|(end, _)| operation_in_lower_case.ends_with(end));
    known.map_or_else(|| operation.to_owned(), |(_, words)| (*words).to_owned())
}

/// Allowed, and by which way where it is not the app's own rights.
pub fn allowed(way: &str) -> String {
    let allowed = super::configuration::ALLOWED;
    if way.eq_ignore_ascii_case(allowed) {
        allowed.to_owned()
    } else {
        format!("{allowed} ({way})")
    }
}

/// Which role has an operation, on what, and who can give it; nothing for one that nobody knows.
pub fn who_can_grant(operation: &str) -> String {
    needs::of_operation(operation).map_or_else(String::new, |need| {
        let granters = super::rights::granters(need.place);
        format!("{} has it. Who can give that: {granters}.", super::rights::role(need))
    })
}

/// Something is missing for history: the simplest request.
pub fn missing(app: &AppRegistration, workspace: &WorkspaceId, group: &ResourceGroupId) -> String {
    format!(
        "The app lacks rights that history needs. The simplest request: give {} on the resource group {} the roles {} and {}, and \
         on the workspace {} the role {}.",
        super::configuration::the_app(app),
        group.name(),
        roles::MONITORING_CONTRIBUTOR.name,
        roles::MONITORING_METRICS_PUBLISHER.name,
        workspace.name(),
        roles::CONTRIBUTOR.name,
    )
}

/// Somebody is signed in who may not do it either.
pub fn person_may_not(person: &str) -> String {
    format!("{person}, who signed in, may not do it either: somebody else has to, as below.")
}

/// Below it.
pub const MISSING_WAYS: &str = "An Owner or User Access Administrator can do that with the commands below, in the portal, or by \
     signing in here. It can take some minutes to count; then press Check again. Computer groups alone need none of it.";

/// The same, with a person signed in for it.
pub fn made_by(person: &str) -> String {
    format!("Signed in as {person}: the rule and the upload role will be made with this sign-in.")
}

// ---- a connection that stands ----

/// A connection that the workspace carries already.
pub fn found(found: &FoundConnection) -> String {
    format!(
        "This workspace already carries the connection \"{}\" (site {}, {}), made on another machine or account.",
        found.name,
        found.site,
        super::count(found.collections.len(), "group", "groups")
    )
}

/// What can be done with it.
pub const FOUND_NEXT: &str = "Take it over to go on with its groups from this account, or make a new connection beside it: then both \
     publish, each its own groups.";
/// A button.
pub const TAKE_OVER: &str = "Take it over";
/// A button.
pub const MAKE_NEW: &str = "Make a new one";

/// What screen readers call the button, where several connections stand.
pub fn take_over_named(found: &FoundConnection) -> String {
    format!("{TAKE_OVER}: {}", found.name)
}

/// It is taken over.
pub fn taken(found: &FoundConnection) -> String {
    format!(
        "The connection \"{}\" (site {}, {}) is taken over: its groups keep their names. The collections that they belong to are \
         chosen below.",
        found.name,
        found.site,
        super::count(found.collections.len(), "group", "groups")
    )
}

/// It is left alone.
pub fn left_alone(found: &FoundConnection) -> String {
    format!("A new connection will be made beside \"{}\".", found.name)
}

// ---- Confirm ----

/// A fact.
pub const TAKEN_OVER: &str = "Taken over";
/// A fact.
pub const HISTORY: &str = "For history";

/// What is taken over, as Confirm says it.
pub fn confirm_taken(found: &FoundConnection) -> String {
    format!(
        "The connection \"{}\" of the site {}, with {}, under its identity; no second one is made.",
        found.name,
        found.site,
        super::count(found.collections.len(), "group", "groups")
    )
}

/// What is made in Azure for history.
pub fn made(
    group: &ResourceGroupId,
    region: Option<&str>,
    adopted: Option<&FoundConnection>,
    by: Option<&str>,
) -> Vec<(&'static str, String)> {
    let name = adopted
        .and_then(|found| history::rule_id(group, found.id).ok())
        .map_or_else(|| "dcr-configmgr-…".to_owned(), |rule| rule.name().to_owned());
    let region = region.map_or_else(
        || "the workspace's region".to_owned(),
        |region| format!("the region {region}"),
    );
    let with = by.map_or_else(String::new, |person| format!(", with the sign-in of {person}"));
    vec![
        (
            HISTORY,
            format!("The table {TABLE} in the workspace, where it is not there yet."),
        ),
        (
            "",
            format!(
                "A data collection rule {name} in the resource group {}, in {region}{with}; a data collection endpoint beside it only \
                 where Azure needs one.",
                group.name()
            ),
        ),
        (
            "",
            format!(
                "The role {} for the app on that rule{with}.",
                roles::MONITORING_METRICS_PUBLISHER.name
            ),
        ),
        (
            "",
            format!("The function {FUNCTION} in the workspace, where it is not there yet."),
        ),
    ]
}

// ---- what was sent ----

/// Rows that Azure has taken, in numbers.
pub fn sent(sent: RowsUp) -> String {
    let rows = usize::try_from(sent.rows()).unwrap_or(usize::MAX);
    format!(
        "{} sent, {} of JSON",
        super::count(rows, "row", "rows"),
        super::size(sent.bytes)
    )
}

/// What has become of the rows of a collection.
pub fn arrival(sent: DateTime<Utc>, seen: Option<DateTime<Utc>>, again: bool) -> String {
    let sent = super::home::moment(sent);
    match seen {
        _ if again => format!("of {sent} do not count any more: all go up again with the next run"),
        Some(seen) => format!("of {sent}, seen whole {}", super::home::moment(seen)),
        None => format!("of {sent}, on their way: the next run looks for them"),
    }
}

// ---- what it will cost ----

/// A fact.
pub const COST: &str = "Rows and data, about";

/// What history costs in data, before it is turned on: for these collections, as the site counts their members.
pub fn cost(cost: &Cost) -> String {
    let of = |volume: Volume| {
        let rows = usize::try_from(volume.rows).unwrap_or(usize::MAX);
        format!("{} ({})", super::count(rows, "row", "rows"), super::size(volume.bytes))
    };
    format!(
        "A publication that sends everything: about {}. A month in which nothing changes: about {}; in which every collection \
         changes before each of the {RUNS_A_DAY} publications a day: about {}. Azure charges by the data that it stores, in GB of \
         1,000,000,000 bytes; the price is that of the workspace.",
        of(cost.run),
        of(cost.quiet_month),
        of(cost.worst_month),
    )
}

// ---- Completion ----

/// A group.
pub const SET_UP: &str = "History";
/// A fact.
pub const RULE: &str = "Data collection rule";
/// A fact.
pub const TABLE_NAME: &str = "Table";
/// A fact.
pub const FUNCTION_NAME: &str = "Function";
/// A fact.
pub const UPLOADS: &str = "Uploads go to";
/// The role counts and a row went up.
pub const PROVEN: &str = "History is set up, and the first row was taken.";
/// It stands, and the role does not count yet.
pub const PENDING: &str = "History is set up. Azure has not applied the upload role yet, which takes up to 30 minutes.";
/// What happens then.
pub const PENDING_NEXT: &str = "There is nothing to do: the next publication uploads the rows. To see it at once, close the wizard, \
     wait half an hour, select the connection in the list and press Publish now.";
/// Before the example query.
pub const QUERY_INTRO: &str = "Ask the history in the workspace, under Logs. For example, the members of each group:";

/// A query of the function.
pub fn query() -> String {
    format!("{FUNCTION} | summarize Computers = dcount(Computer) by Group")
}
