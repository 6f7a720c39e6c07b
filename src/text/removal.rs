//! Words of *Delete* and of `asw remove`.

use crate::model::history::{FUNCTION, TABLE};
use crate::model::removal::{Extent, Remnant, Remnants, RemovalInventory, TableFound};
use crate::model::{Connection, ConnectionName};

/// The dialog's title.
pub const TITLE: &str = "Delete connection";
/// While it is looked up what would go.
pub const LOOKING: &str = "Looking up what the connection has in Azure";
/// Always goes.
pub const HERE: &str = "On this computer: the connection itself, its history of runs, and its secrets in the keyring.";
/// Before what goes from Azure.
pub const IN_AZURE: &str = "In Azure:";
/// Never goes.
pub const STAYS: &str = "The app registration, the workspace and the device collections stay as they are.";
/// What nobody can look up.
pub const UNSEEN: &str =
    "Alert rules, workbooks and queries outside the workspace that use the groups cannot be seen from here.";
/// A tick.
pub const HERE_ONLY: &str = "Forget it on this computer only; leave everything in Azure as it is";
/// With that tick.
pub const NOTHING_IN_AZURE: &str = "The connection has nothing in Azure, as far as this computer knows.";
/// Before the list of what stays, once it is forgotten.
pub const LEFT: &str = "This is still in Azure:";
/// Below a failure to look up what would go.
pub const WITHOUT_AZURE: &str =
    "Without Azure it can still be forgotten here: set the tick below. What it has in Azure is listed then.";
/// A button.
pub const KEEP: &str = "Keep the connection";
/// A button.
pub const DELETE: &str = "Delete";
/// Why that button is not available.
pub const STILL_LOOKING: &str = "Wait until it is known what would go, or forget it on this computer only.";
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

/// What goes from Azure, a line each; none where there is nothing.
pub fn goes(inventory: &RemovalInventory, extent: Extent) -> Vec<String> {
    let table = inventory.table.as_ref().filter(|_| extent == Extent::AndTable);
    let lines = [
        (inventory.saved_searches > 0).then(|| groups(inventory)),
        inventory.rule.as_ref().map(|rule| {
            format!(
                "the data collection rule {}, with the app's upload role on it",
                rule.name()
            )
        }),
        inventory
            .endpoint
            .as_ref()
            .map(|endpoint| format!("the data collection endpoint {}", endpoint.name())),
        inventory.function.then(|| format!("the function {FUNCTION}")),
        table.map(|table| format!("the table {TABLE} with {}", rows(table))),
    ];
    lines.into_iter().flatten().collect()
}

fn groups(inventory: &RemovalInventory) -> String {
    format!(
        "{} ({})",
        super::count(inventory.groups.len(), "computer group", "computer groups"),
        super::count(inventory.saved_searches, "saved search in all", "saved searches in all")
    )
}

/// That a table stays, and why; nothing where there is none, or where it goes.
pub fn table_stays(inventory: &RemovalInventory, extent: Extent) -> Option<String> {
    let table = inventory.table.as_ref().filter(|_| extent != Extent::AndTable)?;
    let stays = format!("The table of history {TABLE} stays, with {}", rows(table));
    Some(if table.may_go() {
        format!("{stays}.")
    } else {
        format!("{stays}: {} too.", uses(&table.used_by))
    })
}

/// The tick for the table.
pub fn delete_table(table: &TableFound) -> String {
    format!("Also delete the table {TABLE} with {}", rows(table))
}

fn rows(table: &TableFound) -> String {
    match table.rows {
        Some(1) => "its 1 row".to_owned(),
        Some(rows) => format!("its {rows} rows"),
        None => "all its rows (they could not be counted)".to_owned(),
    }
}

fn uses(names: &[String]) -> String {
    let verb = if names.len() == 1 { "uses it" } else { "use it" };
    format!("{} {verb}", listed(names))
}

/// Saved searches of others that name the groups.
pub fn dependents(names: &[String]) -> String {
    format!(
        "{} of others {} these groups and may stop working: {}.",
        super::count(names.len(), "saved search", "saved searches"),
        if names.len() == 1 { "uses" } else { "use" },
        listed(names)
    )
}

fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().take(LISTED).map(|name| format!("\"{name}\"")).collect();
    match names.len().saturating_sub(LISTED) {
        0 => quoted.join(", "),
        more => format!("{} and {more} more", quoted.join(", ")),
    }
}

/// How much stays in Azure where it is forgotten here only.
pub fn stays_in_azure(remnants: &Remnants) -> String {
    format!(
        "{} in Azure will stay, and nobody renews them any more. Keep the list: this computer forgets it.",
        super::count(remnants.things.len(), "thing", "things")
    )
}

/// What stays in Azure, to be copied; each thing by its name, as last known here.
pub fn remnants(remnants: &Remnants) -> String {
    let lines = |inside: bool| -> String {
        let things = remnants.things.iter().filter(|each| in_workspace(each) == inside);
        things.map(|each| format!("  {}\n", remnant(each))).collect()
    };
    let elsewhere = match lines(false) {
        none if none.is_empty() => none,
        lines => format!("In resource groups:\n{lines}"),
    };
    format!("In the workspace {}:\n{}{elsewhere}", remnants.workspace, lines(true))
}

const fn in_workspace(thing: &Remnant) -> bool {
    !matches!(thing, Remnant::Rule { .. } | Remnant::Endpoint { .. })
}

fn remnant(thing: &Remnant) -> String {
    match thing {
        Remnant::Group { alias, id } => format!("computer group {alias} (saved search {id})"),
        Remnant::Part { id } => format!("part of a computer group (saved search {id})"),
        Remnant::Record { id } => format!("record of the connection (saved search {id})"),
        Remnant::Function { alias, id } => {
            format!("function {alias} (saved search {id}); other connections may use it")
        }
        Remnant::Table { name } => format!("table {name}; other connections may use it"),
        Remnant::Rule { id } => format!("data collection rule {id}, with the app's upload role on it"),
        Remnant::Endpoint { id } => format!("data collection endpoint {id}"),
    }
}

/// The app registration, which never goes.
pub fn app_stays(connection: &Connection) -> String {
    let app = &connection.setup.app;
    format!(
        "The app registration \"{}\" ({}) stays.",
        app.application_name.as_str(),
        app.client_id
    )
}

/// It is gone.
pub fn done(name: &ConnectionName, extent: Extent) -> String {
    match extent {
        Extent::Everything => format!("\"{name}\" is deleted, and its computer groups with it."),
        Extent::AndTable => format!("\"{name}\" is deleted, with its computer groups and the table of history."),
        Extent::HereOnly => format!("\"{name}\" is forgotten on this computer. Nothing was changed in Azure."),
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

    #[test]
    fn a_table_in_use_names_who_uses_it() {
        let inventory = |used_by: &[&str]| RemovalInventory {
            table: Some(TableFound {
                rows: Some(12),
                used_by: used_by.iter().map(|&name| name.to_owned()).collect(),
            }),
            ..RemovalInventory::default()
        };
        let stays = |used_by, extent| table_stays(&inventory(used_by), extent);
        let free = stays(&[], Extent::Everything).unwrap();
        assert!(free.ends_with("stays, with its 12 rows."), "{free}");
        let used = stays(&["Lab", "Branch"], Extent::Everything).unwrap();
        assert!(used.ends_with("12 rows: \"Lab\", \"Branch\" use it too."), "{used}");
        assert_eq!(stays(&[], Extent::AndTable), None);
        assert_eq!(
            goes(&inventory(&[]), Extent::AndTable),
            [format!("the table {TABLE} with its 12 rows")]
        );
        assert!(goes(&inventory(&[]), Extent::Everything).is_empty());
    }
}
