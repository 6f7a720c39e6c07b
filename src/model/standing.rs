//! Saved searches as they stand in a workspace, read back. Pure.

use std::collections::BTreeSet;

use super::group::{self, Kind, SavedSearch};
use super::{CollectionId, ConnectionId};

/// The group of a collection, where it stands.
pub fn group_of<'a>(all: &'a [SavedSearch], connection: ConnectionId, id: &CollectionId) -> Option<&'a SavedSearch> {
    let wanted = group::group_id(connection, id);
    let is_it = |search: &&SavedSearch| search.id.eq_ignore_ascii_case(&wanted) && group::is_ours(search, connection);
    all.iter().find(is_it)
}

/// The parts of a collection that stand, of whatever generation.
pub fn parts_of<'a>(
    all: &'a [SavedSearch],
    connection: ConnectionId,
    id: &CollectionId,
) -> impl Iterator<Item = &'a SavedSearch> {
    parts(all, connection).filter(move |part| group::collection(part).as_ref() == Some(id))
}

/// The members of a group, out of its own text or those of its parts; `None` where they come from elsewhere, or not all of its
/// parts are there.
pub fn members(group: &SavedSearch, all: &[SavedSearch], connection: ConnectionId) -> Option<BTreeSet<String>> {
    if let Some(members) = group::carried(group) {
        return Some(members.into_iter().collect());
    }
    let id = group::collection(group)?;
    let generation = group::generation(group)?;
    let mut members = BTreeSet::new();
    let mut found = 0;
    for part in parts_of(all, connection, &id).filter(|part| group::generation(part) == Some(generation)) {
        members.extend(group::carried(part)?);
        found += 1;
    }
    let called = group.query.matches(&format!("_{generation}_")).count();
    (called > 0 && found == called).then_some(members)
}

fn parts(all: &[SavedSearch], connection: ConnectionId) -> impl Iterator<Item = &SavedSearch> {
    all.iter()
        .filter(move |search| group::is_ours(search, connection) && group::kind(search) == Some(Kind::Part))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::model::group::{Limits, Owner, compose};
    use crate::model::membership::Membership;

    fn owner() -> Owner {
        Owner {
            connection: ConnectionId::new(Uuid::from_u128(7)),
            site: "PS1".parse().unwrap(),
        }
    }

    fn names() -> Vec<String> {
        (0..40).map(|number| format!("pc\"{number:02}\\.東京\n")).collect()
    }

    /// A group and its parts, cut for texts of so many bytes.
    fn written(text: usize) -> Vec<SavedSearch> {
        let id = "PS100016".parse().unwrap();
        let membership = Membership::new(id, "n".into(), DateTime::UNIX_EPOCH, names());
        let made = compose(&owner(), &membership, "A", Limits { text, parts: 50 }).unwrap();
        let mut all = vec![made.group];
        all.extend(made.parts);
        all
    }

    #[test]
    fn members_read_back_from_one_text_or_from_parts() {
        let wanted: BTreeSet<String> = names().into_iter().collect();
        for text in [100_000, 600] {
            let mut all = written(text);
            assert_eq!(all.len() > 1, text == 600);
            assert_eq!(members(&all[0], &all, owner().connection).unwrap(), wanted, "{text}");
            if text == 600 {
                all.pop();
                assert_eq!(members(&all[0], &all, owner().connection), None, "a part is missing");
            }
        }
    }
}
