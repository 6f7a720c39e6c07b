//! The newest whole readings among the rows that the lab has stored, read as the function `ConfigMgrComputerGroup` reads them, but by
//! one pass through the rows. The lab's query engine takes minutes for millions of rows, whatever it is asked. That this reader and
//! the query agree is seen wherever `kills` tries a small site.

use std::collections::{BTreeMap, HashMap};

use azure_services_wizard::lab::Lab;
use azure_services_wizard::lab::kql::Value;

/// What is stored under one name of a reading.
#[derive(Default)]
struct Reading {
    collection: String,
    /// Of the marker with the highest generation: that, rows, whether the collection is removed.
    marker: Option<(i64, i64, bool)>,
    /// Computers by number; a number that came twice counts once.
    computers: HashMap<i64, String>,
}

/// Computers by collection, as a reader sees them now. Collections without members are not among them.
pub fn newest(lab: &Lab) -> BTreeMap<String, Vec<String>> {
    let mut readings: HashMap<String, Reading> = HashMap::new();
    // By collection, the generation that a query has seen whole.
    let mut confirmed: HashMap<String, i64> = HashMap::new();
    lab.cloud().each_row(lab.clock().now(), |columns, cells| {
        let cell = |name: &str| {
            columns
                .iter()
                .position(|column| column == name)
                .and_then(|at| cells.get(at))
        };
        let text = |name: &str| match cell(name) {
            Some(Value::String(text)) => text.as_str(),
            _ => "",
        };
        let number = |name: &str| match cell(name) {
            Some(Value::Long(number)) => Some(*number),
            _ => None,
        };
        let kind = text("RowKind");
        if kind != "member" && kind != "snapshot" {
            return;
        }
        let reading = readings.entry(text("SyncId").to_owned()).or_default();
        if kind == "member" {
            if let Some(seq) = number("Seq") {
                reading
                    .computers
                    .entry(seq)
                    .or_insert_with(|| text("Computer").to_owned());
            }
            return;
        }
        let collection = text("CollectionId");
        collection.clone_into(&mut reading.collection);
        let removed = matches!(cell("Removed"), Some(Value::Bool(true)));
        let marker = number("Generation")
            .zip(number("Rows"))
            .map(|(generation, rows)| (generation, rows, removed));
        reading.marker = reading.marker.max(marker);
        if let Some(seen) = number("ConfirmedGen") {
            let before = confirmed.entry(collection.to_owned()).or_insert(seen);
            *before = seen.max(*before);
        }
    });
    let mut found: BTreeMap<String, (i64, bool, Vec<String>)> = BTreeMap::new();
    for reading in readings.into_values() {
        let Some((generation, rows, removed)) = reading.marker else {
            continue;
        };
        let base = confirmed.get(&reading.collection).copied().unwrap_or_default();
        let is_whole = i64::try_from(reading.computers.len()).is_ok_and(|have| have == rows);
        let is_newer = found
            .get(&reading.collection)
            .is_none_or(|(before, ..)| generation > *before);
        if generation >= base && is_whole && is_newer {
            let computers = reading.computers.into_values().collect();
            found.insert(reading.collection, (generation, removed, computers));
        }
    }
    let there = found.into_iter().filter(|(_, (_, removed, _))| !removed);
    there
        .map(|(collection, (_, _, computers))| (collection, distinct(computers)))
        .filter(|(_, computers)| !computers.is_empty())
        .collect()
}

fn distinct(mut computers: Vec<String>) -> Vec<String> {
    computers.sort();
    computers.dedup();
    computers
}
