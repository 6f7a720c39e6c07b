//! How wide each column of the lists of groups and computers is, and what its cells say.

use std::borrow::Cow;

use crate::flow::groups::List;
use crate::model::group_query::Spelling;
use crate::model::group_sheet::{TO_COME, TO_GO};
use crate::text::group_view as words;
use crate::ui::widgets::grid::Head;

/// The width of a date with its time.
const MOMENT: f32 = 166.0;
/// The width of a number.
const NUMBER: f32 = 92.0;
/// The least width of a name.
const NAME: f32 = 170.0;

/// A column: its place in the table, its title, its width; `None` for what is left.
type Column = (usize, &'static str, Option<f32>);

const GROUPS: [Column; 9] = [
    (0, words::NAME, None),
    (1, words::COLLECTION_ID, Some(104.0)),
    (2, words::COMPUTERS, Some(NUMBER)),
    (3, words::REPORTING, Some(NUMBER)),
    (4, words::PERCENT, Some(64.0)),
    (5, words::OTHERWISE, Some(132.0)),
    (6, words::SILENT, Some(80.0)),
    (7, words::AS_OF, Some(MOMENT)),
    (10, words::ALIAS, Some(210.0)),
];

/// The same with what the site has.
const WITH_SITE: [Column; 11] = [
    (0, words::NAME, None),
    (1, words::COLLECTION_ID, Some(104.0)),
    (2, words::COMPUTERS, Some(NUMBER)),
    (8, words::SITE_MEMBERS, Some(104.0)),
    (9, words::SITE_CHANGE, Some(116.0)),
    (3, words::REPORTING, Some(NUMBER)),
    (4, words::PERCENT, Some(64.0)),
    (5, words::OTHERWISE, Some(132.0)),
    (6, words::SILENT, Some(80.0)),
    (7, words::AS_OF, Some(MOMENT)),
    (10, words::ALIAS, Some(210.0)),
];

const COMPUTERS: [Column; 5] = [
    (0, words::COMPUTER, None),
    (1, words::IN_GROUPS, Some(80.0)),
    (2, words::REPORTS, Some(216.0)),
    (3, words::REPORTS_AS, Some(210.0)),
    (4, words::LAST_HEARTBEAT, Some(MOMENT)),
];

const MEMBERS: [Column; 4] = [
    (0, words::COMPUTER, None),
    (2, words::REPORTS, Some(216.0)),
    (3, words::REPORTS_AS, Some(210.0)),
    (4, words::LAST_HEARTBEAT, Some(MOMENT)),
];

const GROUPS_OF: [Column; 5] = [
    (0, words::NAME, None),
    (1, words::COLLECTION_ID, Some(104.0)),
    (2, words::SPELLED_THERE, Some(220.0)),
    (3, words::AS_OF, Some(MOMENT)),
    (4, words::ALIAS, Some(210.0)),
];

const DIFFERENCE: [Column; 2] = [(0, words::COMPUTER, None), (1, words::CHANGE, Some(360.0))];

/// The columns of a list, as wide as there is room. `with_site`: the site has told what it counts.
pub(super) fn heads(list: &List, with_site: bool, room: f32) -> Vec<Head> {
    let columns: &[Column] = match list {
        List::Groups if with_site => &WITH_SITE,
        List::Groups => &GROUPS,
        List::Computers => &COMPUTERS,
        List::Members(_) => &MEMBERS,
        List::GroupsOf(_) => &GROUPS_OF,
        List::Difference(_) => &DIFFERENCE,
    };
    let fixed: f32 = columns.iter().filter_map(|(_, _, width)| *width).sum();
    let free = (room - fixed - 16.0).max(NAME);
    let head = |(column, title, width): &Column| Head {
        column: *column,
        title: Cow::Borrowed(*title),
        width: width.unwrap_or(free),
    };
    columns.iter().map(head).collect()
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
        4 => Cow::Owned(format!("{cell} %")),
        7 => words::moment_of(cell),
        9 if cell == "0" => Cow::Borrowed(words::AS_THEN),
        9 if !cell.starts_with('-') => Cow::Owned(format!("+{cell}")),
        _ => Cow::Borrowed(cell),
    }
}

fn of_computers(column: usize, cell: &str) -> Cow<'_, str> {
    match column {
        2 => Spelling::of_word(cell).map_or(Cow::Borrowed(cell), |each| Cow::Borrowed(words::spelling(each))),
        4 => words::moment_of(cell),
        _ => Cow::Borrowed(cell),
    }
}

fn of_memberships(column: usize, cell: &str) -> Cow<'_, str> {
    match column {
        3 => words::moment_of(cell),
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
        assert_eq!(says(4, "75"), "75 %");
        assert_eq!(
            (says(9, "3"), says(9, "-3"), says(9, "0")),
            ("+3".into(), "-3".into(), words::AS_THEN.into())
        );
        assert_eq!(says(7, "2026-11-25T14:03:59Z"), "2026-11-25 14:03 UTC");
        assert_eq!(
            of_computers(2, Spelling::Silent.word()),
            words::spelling(Spelling::Silent)
        );
        assert_eq!(of_difference(1, TO_GO), words::WILL_GO);
    }
}
