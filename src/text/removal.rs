//! Words of *Delete*.

use crate::model::ConnectionName;
use crate::model::report::RemovalInventory;

/// The dialog's title.
pub const TITLE: &str = "Delete connection";
/// While it is looked up what would go.
pub const LOOKING: &str = "Looking up what is in the workspace";
/// Always goes.
pub const HERE: &str = "On this computer: the connection itself, and its secrets in the keyring.";
/// Never goes.
pub const STAYS: &str = "The app registration, the workspace and the device collections stay as they are.";
/// With the tick.
pub const GROUPS_STAY: &str =
    "The computer groups stay in the workspace as they are now. Nothing renews them any more.";
/// A tick.
pub const KEEP_GROUPS: &str = "Keep the computer groups in the workspace as they are";
/// Below a failure to look up what would go.
pub const WITHOUT_AZURE: &str =
    "Deleting the computer groups needs Azure. Keeping them works without: set the tick below.";
/// A button.
pub const KEEP: &str = "Keep the connection";
/// A button.
pub const DELETE: &str = "Delete";
/// Why that button is not available.
pub const STILL_LOOKING: &str = "Wait until it is known what would go, or keep the computer groups.";
/// While it begins.
pub const STARTING: &str = "Starting";
/// Below a failure.
pub const GOES_ON: &str = "What is left is still there. Delete goes on where it stopped.";

/// How many names are listed.
const LISTED: usize = 8;

/// What this is about.
pub fn about(name: &ConnectionName) -> String {
    format!("\"{name}\" will be deleted. This cannot be undone.")
}

/// What goes in Azure.
pub fn in_azure(inventory: &RemovalInventory) -> String {
    match (inventory.groups.len(), inventory.saved_searches) {
        (_, 0) => "In the workspace: nothing; there are no computer groups of this connection.".to_owned(),
        (groups, searches) => format!(
            "In the workspace: {} ({}).",
            super::count(groups, "computer group", "computer groups"),
            super::count(searches, "saved search in all", "saved searches in all")
        ),
    }
}

/// Saved searches of others that name the groups.
pub fn dependents(names: &[String]) -> String {
    let listed: Vec<String> = names.iter().take(LISTED).map(|name| format!("\"{name}\"")).collect();
    let more = match names.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "{} of others {} these groups and may stop working: {}{more}. Alert rules and workbooks cannot be seen from here.",
        super::count(names.len(), "saved search", "saved searches"),
        if names.len() == 1 { "uses" } else { "use" },
        listed.join(", ")
    )
}

/// It is gone.
pub fn done(name: &ConnectionName, groups_kept: bool) -> String {
    if groups_kept {
        format!("\"{name}\" is deleted. Its computer groups stay in the workspace.")
    } else {
        format!("\"{name}\" is deleted, and its computer groups with it.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_of_dependents_is_cut() {
        let names: Vec<String> = (1..=10).map(|number| format!("Search {number}")).collect();
        let words = dependents(&names);
        assert!(words.starts_with("10 saved searches of others use"), "{words}");
        assert!(words.contains("\"Search 8\" and 2 more."), "{words}");
        assert!(dependents(&names[..1]).starts_with("1 saved search of others uses these groups"));
    }
}
