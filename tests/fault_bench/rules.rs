//! What must be so in the workspace beside the groups themselves.

use std::collections::HashSet;

use azure_services_wizard::model::{group, reader};

use super::stage::Stage;

/// No member of a reading arrives after the first marker of it: the marker says that all were taken.
///
/// Readers do not depend on it, since rows are seen in any order; so no group would show it.
pub fn markers_follow_their_rows(stage: &Stage) -> Result<(), String> {
    let mut marked = HashSet::new();
    for row in stage.bench.lab.cloud().rows() {
        let sync = row["SyncId"].as_str().unwrap_or_default().to_owned();
        match row["RowKind"].as_str() {
            Some("snapshot") => {
                marked.insert(sync);
            }
            Some("member") if marked.contains(&sync) => {
                let collection = &row["CollectionId"];
                return Err(format!(
                    "a marker of {collection} went up before its members: reading {sync}"
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// What stands in the workspace is what one clean run would have made. To be asked after a full run.
pub fn nothing_is_left_over(stage: &Stage) -> Result<(), String> {
    let owner = stage.connection.id;
    let mut wanted = HashSet::from([group::record_id(owner)]);
    if stage.history {
        wanted.insert(reader::ID.to_owned());
    }
    for state in stage.store.groups(owner).unwrap() {
        let Some(published) = &state.published else { continue };
        wanted.insert(group::group_id(owner, &state.collection));
        let part = |number| group::part_id(owner, &state.collection, &published.generation, number);
        wanted.extend((1..=published.parts).map(part));
    }
    let standing: HashSet<String> = stage.saved_searches().into_iter().collect();
    let without = |all: &HashSet<String>, others: &HashSet<String>| {
        let mut left: Vec<String> = all.difference(others).cloned().collect();
        left.sort();
        left
    };
    match (without(&standing, &wanted), without(&wanted, &standing)) {
        (over, missing) if over.is_empty() && missing.is_empty() => Ok(()),
        (over, missing) => Err(format!("saved searches left over: {over:?}; missing: {missing:?}")),
    }
}
