//! The function `ConfigMgrComputerGroup`: the newest whole membership of every collection that has history in a workspace, with
//! the columns of the table `ComputerGroup` that the old connector filled.
//!
//! One a workspace, shared by all connections. It reads a table, so the reader's time range cuts it; a computer group, which
//! carries its members in its own text, is not cut.

use uuid::Uuid;

use super::history::{FUNCTION, TABLE};
use super::{CollectionId, ConnectionId, SavedSearch};

/// The ID of its saved search; no connection's prefix starts like this.
pub const ID: &str = "asw-function-configmgrcomputergroup";
const KIND_TAG: (&str, &str) = ("AswKind", "function");

/// A reading is whole when as many distinct numbers of it have arrived as its marker says; the newest whole one of a collection
/// counts, unless it says that the collection is not published any more. Rows may come late, twice and out of order.
const QUERY: &str = r#"// Device collections of Configuration Manager as computer groups, from the rows of history.
let back = 30d;
let marks = ConfigMgrCollectionMember_CL
| where TimeGenerated > ago(back) and RowKind == "snapshot"
| summarize arg_max(Generation, TimeGenerated, Rows, Removed, CollectionName, CollectionPath, Site), Confirmed = max(ConfirmedGen) by ConnectionId, CollectionId, SyncId;
let base = marks
| summarize Base = max(Confirmed) by ConnectionId, CollectionId;
let candidates = marks
| join kind=leftouter base on ConnectionId, CollectionId
| where Generation >= coalesce(Base, 0)
| project ConnectionId, CollectionId, SyncId, Generation, TimeGenerated, Rows, Removed, CollectionName, CollectionPath, Site;
let seen = materialize(ConfigMgrCollectionMember_CL
| where TimeGenerated > ago(back) and RowKind == "member"
| where SyncId in ((candidates | project SyncId))
| summarize Computer = take_any(Computer) by SyncId, Seq);
let whole = candidates
| join kind=leftouter (seen | summarize Have = count() by SyncId) on SyncId
| where Rows == coalesce(Have, 0)
| summarize arg_max(Generation, SyncId, TimeGenerated, Removed, CollectionName, CollectionPath, Site) by ConnectionId, CollectionId
| where not(coalesce(Removed, false));
seen
| join kind=inner whole on SyncId
| project TimeGenerated, Computer, Group = CollectionName, GroupFullName = strcat("SCCM\\", Site, "\\", CollectionName), GroupSource = "SCCM", GroupSourceName = Site, GroupId = CollectionId
| distinct TimeGenerated, Computer, Group, GroupFullName, GroupSource, GroupSourceName, GroupId"#;

/// The function as a saved search.
pub fn function() -> SavedSearch {
    let (name, value) = KIND_TAG;
    SavedSearch {
        id: ID.to_owned(),
        category: "Configuration Manager collections".to_owned(),
        display_name: "Memberships of device collections (function)".to_owned(),
        query: QUERY.to_owned(),
        alias: Some(FUNCTION.to_owned()),
        tags: vec![
            (name.to_owned(), value.to_owned()),
            ("AswVersion".to_owned(), super::history::FORMAT.to_owned()),
        ],
        etag: None,
    }
}

/// The members of one collection: the text of a group that is too large to carry them itself. The newest whole reading counts.
pub fn members(connection: ConnectionId, collection: &CollectionId) -> String {
    format!(
        r#"let rows = {TABLE} | where TimeGenerated > ago(30d) and ConnectionId == "{connection}" and CollectionId == "{collection}";
let marks = rows
| where RowKind == "snapshot"
| summarize arg_max(Generation, Rows, Removed), Confirmed = max(ConfirmedGen) by SyncId;
let base = toscalar(marks | summarize max(Confirmed));
let candidates = marks | where Generation >= coalesce(base, 0);
let seen = materialize(rows
| where RowKind == "member" and SyncId in ((candidates | project SyncId))
| summarize Computer = take_any(Computer) by SyncId, Seq);
let whole = candidates
| join kind=leftouter (seen | summarize Have = count() by SyncId) on SyncId
| where Rows == coalesce(Have, 0)
| top 1 by Generation desc
| where not(coalesce(Removed, false))
| project SyncId;
seen | where SyncId in (whole) | distinct Computer"#
    )
}

/// The query for what has arrived of these readings: each with the number of its distinct rows and the newest generation that a
/// marker gives it. Columns `SyncId`, `Have`, `Generation`.
pub fn arrived(connection: ConnectionId, syncs: &[Uuid]) -> String {
    let syncs: Vec<String> = syncs.iter().map(|sync| format!("\"{sync}\"")).collect();
    format!(
        "{TABLE}\n\
         | where TimeGenerated > ago(30d) and ConnectionId == \"{connection}\" and SyncId in ({})\n\
         | distinct SyncId, RowKind, Seq, Generation\n\
         | summarize Have = countif(RowKind == \"member\"), Generation = max(Generation) by SyncId\n\
         | project SyncId, Have, Generation",
        syncs.join(", ")
    )
}

/// The query for all rows of the table, whichever connection wrote them.
pub fn all_rows() -> String {
    format!("{TABLE} | count")
}

/// A query that reads no table: whether the workspace answers at all.
pub const ANSWERS: &str = "print Answered = 1";

/// Whether a saved search is this function, perhaps in an older form.
pub fn is_ours(search: &SavedSearch) -> bool {
    search.id.eq_ignore_ascii_case(ID)
        && search
            .tags
            .iter()
            .any(|(name, value)| (name.as_str(), value.as_str()) == KIND_TAG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_knows_itself_and_nothing_else() {
        let function = function();
        assert!(is_ours(&function));
        assert!(!is_ours(&SavedSearch {
            tags: Vec::new(),
            ..function.clone()
        }));
        assert!(!is_ours(&SavedSearch {
            id: "mine".into(),
            ..function
        }));
    }
}
