//! How wide each column of the lists of groups and computers is, and what its cells say.

use std::borrow::Cow;

use crate::flow::groups::List;
use crate::model::group_query::Spelling;
use crate::model::group_sheet::{TO_COME, TO_GO, computer, group, membership};
use crate::text::group_view as words;
use crate::ui::widgets::grid::Head;

/// The width of a date with its time.
const MOMENT: f32 = 166.0;
/// The width of a number.
const NUMBER: f32 = 92.0;
/// The width of an alias, or of a computer as it calls itself.
const ALIAS: f32 = 210.0;
/// The least width of a name.
const NAME: f32 = 170.0;

/// A column: its place in the table, its title, its width; `None` for what is left.
type Column = (usize, &'static str, Option<f32>);

/// What the site has stands only where it has told it.
const GROUPS: [Column; 11] = [
    (group::NAME, words::NAME, None),
    (group::COLLECTION_ID, words::COLLECTION_ID, Some(104.0)),
    (group::COMPUTERS, words::COMPUTERS, Some(NUMBER)),
    (group::SITE_MEMBERS, words::SITE_MEMBERS, Some(104.0)),
    (group::SITE_CHANGE, words::SITE_CHANGE, Some(116.0)),
    (group::REPORTING, words::REPORTING, Some(NUMBER)),
    (group::PERCENT, words::PERCENT, Some(64.0)),
    (group::SPELLED_OTHERWISE, words::OTHERWISE, Some(132.0)),
    (group::SILENT, words::SILENT, Some(80.0)),
    (group::AS_OF, words::AS_OF, Some(MOMENT)),
    (group::ALIAS, words::ALIAS, Some(ALIAS)),
];

/// In how many groups a computer is stands only in the list of all computers.
const COMPUTERS: [Column; 5] = [
    (computer::NAME, words::COMPUTER, None),
    (computer::GROUPS, words::IN_GROUPS, Some(80.0)),
    (computer::MATCH, words::REPORTS, Some(216.0)),
    (computer::REPORTS_AS, words::REPORTS_AS, Some(ALIAS)),
    (computer::LAST_HEARTBEAT, words::LAST_HEARTBEAT, Some(MOMENT)),
];

const GROUPS_OF: [Column; 5] = [
    (membership::NAME, words::NAME, None),
    (membership::COLLECTION_ID, words::COLLECTION_ID, Some(104.0)),
    (membership::COMPUTER, words::SPELLED_THERE, Some(220.0)),
    (membership::AS_OF, words::AS_OF, Some(MOMENT)),
    (membership::ALIAS, words::ALIAS, Some(ALIAS)),
];

const DIFFERENCE: [Column; 2] = [(0, words::COMPUTER, None), (1, words::CHANGE, Some(360.0))];

/// The columns of a list, as wide as there is room. `with_site`: the site has told what it counts.
pub(super) fn heads(list: &List, with_site: bool, room: f32) -> Vec<Head> {
    let (columns, hidden): (&[Column], &[usize]) = match list {
        List::Groups if with_site => (&GROUPS, &[]),
        List::Groups => (&GROUPS, &[group::SITE_MEMBERS, group::SITE_CHANGE]),
        List::Computers => (&COMPUTERS, &[]),
        List::Members(_) => (&COMPUTERS, &[computer::GROUPS]),
        List::GroupsOf(_) => (&GROUPS_OF, &[]),
        List::Difference(_) => (&DIFFERENCE, &[]),
    };
    let columns = columns.iter().filter(|(column, ..)| !hidden.contains(column));
    let fixed: f32 = columns.clone().filter_map(|(_, _, width)| *width).sum();
    let free = (room - fixed - 16.0).max(NAME);
    let head = |(column, title, width): &Column| Head {
        column: *column,
        title: Cow::Borrowed(*title),
        width: width.unwrap_or(free),
    };
    columns.map(head).collect()
}

/// What a cell of such a list says.
pub(super) fn says(list: &List) -> fn(usize, &str) -> Cow<'_, str> {
    match list {
        List::Groups => of_groups,
        List::Computers | List::Members(_) => of_computers,
        List::GroupsOf(_) => of_memberships,
        List::Difference(_) => of_difference,
    }
}

fn of_groups(column: usize, cell: &str) -> Cow<'_, str> {
    match column {
        group::PERCENT => Cow::Owned(format!("{cell} %")),
        group::AS_OF => words::moment_of(cell),
        group::SITE_CHANGE if cell == "0" => Cow::Borrowed(words::AS_THEN),
        group::SITE_CHANGE if !cell.starts_with('-') => Cow::Owned(format!("+{cell}")),
        _ => Cow::Borrowed(cell),
    }
}

fn of_computers(column: usize, cell: &str) -> Cow<'_, str> {
    match column {
        computer::MATCH => {
            Spelling::of_word(cell).map_or(Cow::Borrowed(cell), |each| Cow::Borrowed(words::spelling(each)))
        }
        computer::LAST_HEARTBEAT => words::moment_of(cell),
        _ => Cow::Borrowed(cell),
    }
}

fn of_memberships(column: usize, cell: &str) -> Cow<'_, str> {
    match column {
        membership::AS_OF => words::moment_of(cell),
        _ => Cow::Borrowed(cell),
    }
}

fn of_difference(column: usize, cell: &str) -> Cow<'_, str> {
    match (column, cell) {
        (1, TO_COME) => Cow::Borrowed(words::WILL_COME),
        (1, TO_GO) => Cow::Borrowed(words::WILL_GO),
        _ => Cow::Borrowed(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::group_query::Called;
    use crate::model::group_sheet;

    fn called() -> Called {
        Called {
            collection: "PS100016".parse().unwrap(),
            alias: "ConfigMgr_PS1_PS100016".into(),
        }
    }

    #[test]
    fn every_list_shows_columns_that_its_table_has() {
        let lists = [
            (List::Groups, group_sheet::GROUPS.len()),
            (List::Computers, group_sheet::COMPUTERS.len()),
            (List::Members(called()), group_sheet::COMPUTERS.len()),
            (List::GroupsOf("pc1".into()), group_sheet::MEMBERSHIPS.len()),
            (List::Difference(called()), group_sheet::DIFFERENCE.len()),
        ];
        for (list, columns) in lists {
            for with_site in [false, true] {
                let heads = heads(&list, with_site, 700.0);
                assert!(
                    heads.iter().all(|head| head.column < columns && head.width >= 60.0),
                    "{list:?}"
                );
            }
        }
    }

    #[test]
    fn cells_are_told_in_words() {
        let says = says(&List::Groups);
        assert_eq!(says(group::PERCENT, "75"), "75 %");
        let change = |by| says(group::SITE_CHANGE, by);
        assert_eq!(
            (change("3"), change("-3"), change("0")),
            ("+3".into(), "-3".into(), words::AS_THEN.into())
        );
        assert_eq!(says(group::AS_OF, "2026-11-25T14:03:59Z"), "2026-11-25 14:03 UTC");
        assert_eq!(
            of_computers(computer::MATCH, Spelling::Silent.word()),
            words::spelling(Spelling::Silent)
        );
        assert_eq!(of_difference(1, TO_GO), words::WILL_GO);
    }
}
