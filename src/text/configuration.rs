//! Words of *Configuration* and its dialog.

use crate::model::rights::Operation;
use crate::model::{AppRegistration, DeviceCollection, Warning, WorkspaceId};

/// A choice.
pub const SUBSCRIPTION: &str = "Azure subscription";
/// A choice.
pub const RESOURCE_GROUP: &str = "Azure resource group";
/// A choice.
pub const WORKSPACE: &str = "Log Analytics (OMS) workspace";
/// In a closed choice of which nothing is chosen yet.
pub const CHOOSE: &str = "Choose…";
/// Why a choice is not available.
pub const NOTHING_TO_CHOOSE: &str = "Azure shows nothing to choose from.";
/// Why a choice is not available.
pub const STILL_ASKING: &str = "Azure is still being asked.";
/// Why a choice is not available.
pub const SUBSCRIPTION_FIRST: &str = "Choose a subscription first.";
/// Why a choice is not available.
pub const RESOURCE_GROUP_FIRST: &str = "Choose a resource group first.";

/// A field for a workspace that no list shows.
pub const RESOURCE_ID: &str = "Workspace resource ID";
/// Beside its label.
pub const RESOURCE_ID_NOTE: &str = "for a workspace that the lists do not show";
/// An example in it.
pub const RESOURCE_ID_EXAMPLE: &str =
    "/subscriptions/…/resourceGroups/…/providers/Microsoft.OperationalInsights/workspaces/…";
/// The button beside it.
pub const USE: &str = "Use";
/// A button.
pub const CHECK_AGAIN: &str = "Check again";

/// While Azure is asked.
pub const ASKING_WORKSPACES: &str = "Asking Azure which workspaces the app can see…";
/// While Azure is asked.
pub const ASKING_RIGHTS: &str = "Asking Azure what the app may do on the workspace…";
/// After Cancel.
pub const NOT_ASKED: &str = "Azure was not asked to the end. Press Check again to see the workspaces.";
/// Where an earlier page does not hold what it should.
pub const EARLIER_PAGE: &str =
    "The site or the app is not complete any more. Go back to General or Import Apps and check it there.";

/// The app is right but sees no workspace.
pub fn nothing_visible(subscriptions: usize) -> String {
    let seen = match subscriptions {
        0 => "no subscription and no workspace".to_owned(),
        _ => format!(
            "{}, but no workspace there",
            super::count(subscriptions, "subscription", "subscriptions")
        ),
    };
    format!("The app is right, and Azure lets it in. It sees {seen}: it has no role on any workspace yet.")
}

/// Above the lists that could not be read in full.
pub const INCOMPLETE: &str =
    "Not everything could be listed. A workspace may be missing above; its resource ID still works:";

/// Who can give the app a role.
pub const WHO_CAN_GRANT: &str =
    "An Owner or User Access Administrator of the workspace has to do this once, in the Azure portal:";

/// The app, as an administrator finds it.
pub fn the_app(app: &AppRegistration) -> String {
    match app.application_name.as_str() {
        "" => format!("the app with the client ID {}", app.client_id),
        name => format!("the app \"{name}\" (client ID {})", app.client_id),
    }
}

/// How to give the app the role, step by step.
pub fn how_to_grant(app: &AppRegistration) -> [String; 3] {
    let app = the_app(app);
    [
        "1. Open the workspace: Access control (IAM) > Add > Add role assignment.".to_owned(),
        format!("2. Role: Contributor. Members: User, group, or service principal; select {app}."),
        "3. Review + assign. It can take some minutes to count; then press Check again here.".to_owned(),
    ]
}

/// Before the command that does the same, where no workspace is known for the dialog with commands.
pub const OR_COMMAND: &str = "The same with the Azure command line:";
/// Where it is known.
pub const OR_COMMANDS: &str = "The same, ready to run: press Commands for an administrator below.";
/// Stands for the resource ID of a workspace that is not known.
const SCOPE_PLACEHOLDER: &str = "WORKSPACE-RESOURCE-ID";

/// The command of the Azure command line that gives the app the role.
pub fn grant_command(app: &AppRegistration, workspace: Option<&WorkspaceId>) -> String {
    let scope = workspace.map_or_else(|| SCOPE_PLACEHOLDER.to_owned(), WorkspaceId::to_string);
    format!(
        "az role assignment create --assignee {} --role Contributor --scope \"{scope}\"",
        app.client_id
    )
}

/// The region of the chosen workspace.
pub fn region(location: &str, with_rule: bool) -> String {
    if with_rule {
        format!("Region: {location}. The data collection rule is made in the same region.")
    } else {
        format!("Region: {location}.")
    }
}

/// Above the list of what the app may do.
pub const RIGHTS: &str = "What the app may do on this workspace";

/// What an operation means, for people.
pub fn right(operation: &str) -> &'static str {
    let same = |known: Operation| known.name().eq_ignore_ascii_case(operation);
    match operation {
        _ if same(Operation::READ_GROUP) => "Read computer groups",
        _ if same(Operation::WRITE_GROUP) => "Write computer groups",
        _ if same(Operation::DELETE_GROUP) => "Delete computer groups",
        _ if same(Operation::QUERY) => "Run log queries",
        _ => "Find out what the app may do",
    }
}

/// An operation without the name of its provider: enough to find it in a role, and short enough for a line.
pub fn short(operation: &str) -> &str {
    operation.split_once('/').map_or(operation, |(_, rest)| rest)
}

/// What was looked at beside the rights.
pub const READ_WORKSPACE: &str = "Read the workspace";
/// Before something that the app may do; for screen readers.
pub const ALLOWED: &str = "Allowed";
/// Before something that the app may not do; for screen readers.
pub const MISSING: &str = "Missing";
/// Something that the app may not do is missing.
pub const RIGHTS_MISSING: &str =
    "The app lacks rights that computer groups need. The role Contributor on the workspace has all of them.";

/// A list, and the group of what belongs to it.
pub const COLLECTIONS: &str = "Device collections";
/// Below the title of that group.
pub const COLLECTIONS_INTRO: &str = "Each of these is published to the workspace as a computer group.";
/// A column.
pub const NAME: &str = "Name";
/// A column.
pub const COLLECTION_ID: &str = "Collection ID";
/// A column.
pub const MEMBERS: &str = "Members";
/// A column.
pub const FOLDER: &str = "Folder";
/// A column.
pub const LIMITED_TO: &str = "Limited to";
/// A column.
pub const NOTES: &str = "Notes";
/// A button.
pub const ADD: &str = "Add…";
/// A button.
pub const REMOVE: &str = "Remove";
/// A button.
pub const TRY_AGAIN: &str = "Try again";
/// Why Remove is not available.
pub const NOTHING_MARKED: &str = "Click a collection in the list first.";
/// Why Add is not available.
pub const COLLECTIONS_LOADING: &str = "The site's collections are still being read.";
/// Why Add is not available.
pub const COLLECTIONS_FAILED: &str = "The site's collections could not be read: see the message above.";
/// While the site is asked.
pub const READING_COLLECTIONS: &str = "Reading the site's device collections…";
/// The site has not been asked to the end.
pub const COLLECTIONS_NOT_READ: &str = "The site's device collections were not read to the end.";
/// The site shows none.
pub const NO_COLLECTIONS: &str = "The site shows this account no device collection. In the console, check the account's security scopes and collections.";
/// No collection is chosen.
pub const NONE_CHOSEN: &str =
    "Zero is allowed: nothing is published until you add some. That can be done at any time, in Properties.";

/// A collection that is probably too large for a group.
pub fn too_large(warning: &Warning) -> String {
    super::warning::in_window(warning)
}

/// The title of the dialog.
pub const PICKER: &str = "Add device collections";
/// A field.
pub const FILTER: &str = "Filter";
/// An example in it.
pub const FILTER_EXAMPLE: &str = "Words of a name, an ID, a folder or a limiting collection";
/// The list of the dialog.
pub const SITE_COLLECTIONS: &str = "Device collections of the site";
/// Why the dialog's OK is not available.
pub const NOTHING_TICKED: &str = "Tick at least one collection.";
/// Every collection of the site is chosen already.
pub const ALL_CHOSEN: &str = "All device collections of the site are chosen already.";

/// The button that ticks what the filter leaves.
pub fn select_shown(shown: usize) -> String {
    format!("Select all shown ({shown})")
}

/// The button that takes the same ticks away.
pub fn clear_shown(shown: usize) -> String {
    format!("Clear all shown ({shown})")
}

/// How many are ticked, how many pass the filter.
pub fn ticked(ticked: usize, shown: usize, total: usize) -> String {
    format!("{ticked} selected; {shown} of {total} shown")
}

/// The dialog's OK.
pub fn add(ticked: usize) -> String {
    match ticked {
        0 => "Add collections".to_owned(),
        _ => format!("Add {}", super::count(ticked, "collection", "collections")),
    }
}

/// What else is to be known of a collection, in a few words.
pub fn notes(collection: &DeviceCollection) -> String {
    let built_in = collection.is_built_in.then_some("built in");
    let synced = collection.is_cloud_synced.then_some("in Entra");
    built_in.into_iter().chain(synced).collect::<Vec<_>>().join(", ")
}

/// Everything that helps to choose a collection, in one line below the list.
pub fn about(collection: &DeviceCollection) -> String {
    let mut parts = vec![format!("{}:", collection.name)];
    parts.extend(collection.path.as_ref().map(|path| format!("in the folder {path};")));
    parts.push(match &collection.limiting {
        Some(limiting) => format!("limited to {} ({});", limiting.name, limiting.id),
        None => "not limited to another collection;".to_owned(),
    });
    parts.push(match collection.last_member_change {
        Some(at) => format!("its members last changed on {};", at.format("%Y-%m-%d %H:%M UTC")),
        None => "its members never changed;".to_owned(),
    });
    if collection.is_built_in {
        parts.push("came with the site;".to_owned());
    }
    if collection.is_cloud_synced {
        parts.push("the site keeps it as a group in Microsoft Entra too;".to_owned());
    }
    let mut line = parts.join(" ");
    line.pop();
    line.push('.');
    line
}

/// Nothing passes the filter.
pub fn no_match(filter: &str, total: usize) -> String {
    let all = super::count(total, "collection", "collections");
    format!(
        "None of the {all} matches \"{}\". Every word must be in the name, the ID, the folder or the limiting \
         collection.",
        filter.trim()
    )
}
