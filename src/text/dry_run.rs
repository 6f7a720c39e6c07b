//! Words for what a run would read, write and remove.

use crate::model::dry_run::{Beside, GroupWrite, ReadReason, RowsUp, Totals, Would};

use super::{count, size};

/// Why a collection's members are read.
pub const fn read_reason(why: ReadReason) -> &'static str {
    match why {
        ReadReason::Full => "everything is to be read",
        ReadReason::Interrupted => "a run was ended while it wrote the group",
        ReadReason::NeverRead => "it was not read whole before",
        ReadReason::Renamed => "it has another name",
        ReadReason::LastTry => "the last run did not come to its end with it",
        ReadReason::Moved => "its members have changed",
        ReadReason::NoChangeTime => "the site does not say when its members last changed",
        ReadReason::NotReadLately => "it was not read for 20 hours",
        ReadReason::RowsDue => "its rows are due",
    }
}

/// What would be done with a collection, a line each.
pub fn lines(would: &Would) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(would.read.map(|why| format!("would read it: {}", read_reason(why))));
    lines.extend(would.write.as_ref().map(write));
    if !would.rows.is_none() {
        lines.push(format!("would send {}", rows(would.rows)));
    }
    lines
}

fn write(write: &GroupWrite) -> String {
    let GroupWrite { alias, after, .. } = write;
    if write.awaits_rows {
        return format!(
            "would make {alias} from the rows of history once the workspace shows them, with {}",
            count(*after, "computer", "computers")
        );
    }
    let change = match (write.before, write.added, write.removed) {
        (None, ..) => format!("new, {}", count(*after, "computer", "computers")),
        (Some(before), Some(added), Some(removed)) => {
            format!("from {before} to {after} computers ({added} added, {removed} removed)")
        }
        (Some(before), ..) => format!("from {before} to {after} computers"),
    };
    let how = if write.from_rows {
        " from the rows of history"
    } else {
        ""
    };
    let deleted = match write.deleted_parts.len() {
        0 => String::new(),
        parts => format!(", {} to delete", count(parts, "part", "parts")),
    };
    format!(
        "would write {alias}{how}: {change}; {} to write{deleted}",
        count(write.texts, "text", "texts")
    )
}

/// Rows, in numbers.
pub fn rows(rows: RowsUp) -> String {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let markers = count(number(rows.markers), "marker", "markers");
    let what = match rows.members {
        0 => markers,
        members => format!("{} of members and {markers}", count(number(members), "row", "rows")),
    };
    format!(
        "{what}, {} of JSON in {}",
        size(rows.bytes),
        count(number(rows.calls), "call", "calls")
    )
}

/// All of a run, a line each.
pub fn totals(totals: &Totals, beside: &Beside) -> Vec<String> {
    let mut lines = vec![format!(
        "in all: {} to read; {} to write, {} of them new, in {}; {} to delete",
        count(totals.read, "collection", "collections"),
        count(totals.groups, "group", "groups"),
        totals.new_groups,
        count(totals.texts, "text", "texts"),
        count(totals.deleted_parts, "part", "parts"),
    )];
    if !totals.rows.is_none() {
        lines.push(format!("rows of history: {}", rows(totals.rows)));
    }
    if !beside.stray_parts.is_empty() {
        let whose = if beside.full {
            "would be removed"
        } else {
            "a run with --full would remove"
        };
        lines.push(format!(
            "parts that no group needs, and that {whose}: {}",
            beside.stray_parts.join(", ")
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(before: Option<usize>) -> GroupWrite {
        GroupWrite {
            alias: "ConfigMgr_PS1_PS100016".into(),
            before,
            after: 3,
            added: before.map(|_| 2),
            removed: before.map(|_| 1),
            texts: 1,
            deleted_parts: Vec::new(),
            from_rows: false,
            awaits_rows: false,
        }
    }

    #[test]
    fn a_group_that_changes_says_from_what_to_what() {
        assert_eq!(
            write(&group(Some(2))),
            "would write ConfigMgr_PS1_PS100016: from 2 to 3 computers (2 added, 1 removed); 1 text to write"
        );
        assert_eq!(
            write(&group(None)),
            "would write ConfigMgr_PS1_PS100016: new, 3 computers; 1 text to write"
        );
        let mut parts = group(Some(2));
        (parts.added, parts.removed, parts.texts) = (None, None, 3);
        parts.deleted_parts = vec!["asw-1".into(), "asw-2".into()];
        assert_eq!(
            write(&parts),
            "would write ConfigMgr_PS1_PS100016: from 2 to 3 computers; 3 texts to write, 2 parts to delete"
        );
    }

    #[test]
    fn rows_say_how_many_and_how_much() {
        let up = RowsUp {
            members: 1,
            markers: 1,
            bytes: 620,
            calls: 2,
        };
        assert_eq!(rows(up), "1 row of members and 1 marker, 620 bytes of JSON in 2 calls");
        let marker = RowsUp {
            members: 0,
            markers: 2,
            bytes: 1_250_000,
            calls: 2,
        };
        assert_eq!(rows(marker), "2 markers, 1.3 MB of JSON in 2 calls");
    }
}
