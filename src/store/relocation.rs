//! A connection that goes over to another site: all of it in one transaction, so that nobody ever finds half of each.

use super::{SecretKind, Store, connections, groups, secret_entries};
use crate::model::{Connection, Result};

/// The site account's password once a connection has gone over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextPassword<'a> {
    /// The one in use stays in use.
    Same,
    /// This pending entry holds it; the one before is retired.
    Entry(&'a str),
    /// None is needed; the one before is retired.
    None,
}

impl Store {
    /// Replaces what is known of a connection, its way to the site included, and takes nothing for read that was read at the site
    /// before. The names and figures of the groups that stand stay.
    ///
    /// # Errors
    /// `NoSuchConnection`; `Internal` where the entry is not pending; `Database`, `DiskFull`. Nothing is changed then.
    pub fn relocate(&self, connection: &Connection, password: NextPassword<'_>) -> Result<()> {
        self.write(|transaction| {
            connections::update(transaction, connection)?;
            groups::forget_site(transaction, connection.id)?;
            match password {
                NextPassword::Same => Ok(()),
                NextPassword::Entry(entry) => secret_entries::put_to_use(transaction, entry).map(drop),
                NextPassword::None => secret_entries::retire(transaction, connection.id, SecretKind::SitePassword),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::entry_name;
    use crate::store::samples::{connection, group, moment, store};

    fn with_password(store: &Store) -> (Connection, String) {
        let connection = connection("Contoso");
        store.insert_intent(&connection, moment(0)).unwrap();
        store.put_group(connection.id, &group("PS100016")).unwrap();
        let entry = entry_name(connection.id, SecretKind::SitePassword, 1);
        store
            .add_pending(&entry, connection.id, SecretKind::SitePassword)
            .unwrap();
        store.make_current(&entry, None).unwrap();
        (connection, entry)
    }

    fn moved(connection: &Connection) -> Connection {
        let mut moved = connection.clone();
        moved.setup.site.provider = "cas01.corp.example".parse().unwrap();
        moved
    }

    #[test]
    fn everything_goes_over_but_the_names_of_what_stands() {
        let (_dir, store) = store();
        let (connection, old) = with_password(&store);
        let new = entry_name(connection.id, SecretKind::SitePassword, 2);
        store
            .add_pending(&new, connection.id, SecretKind::SitePassword)
            .unwrap();
        store.relocate(&moved(&connection), NextPassword::Entry(&new)).unwrap();

        assert_eq!(store.connections().unwrap(), [moved(&connection)]);
        let current = store.current_entry(connection.id, SecretKind::SitePassword).unwrap();
        assert_eq!(current, Some(new));
        assert_eq!(store.stray_entries(None).unwrap(), [old]);
        let (before, after) = (group("PS100016"), store.groups(connection.id).unwrap().remove(0));
        assert_eq!((&after.alias, &after.name), (&before.alias, &before.name));
        let (was, is) = (before.published.unwrap(), after.published.unwrap());
        assert_eq!(
            (is.as_of, is.computers, is.generation),
            (was.as_of, was.computers, was.generation)
        );
        assert!(!was.hash.is_empty() && is.hash.is_empty());
        let left = (
            after.read_at,
            after.last_member_change,
            after.member_count,
            after.unsettled_since,
            after.not_seen_since,
        );
        assert_eq!(left, (None, None, None, None, None));
    }

    #[test]
    fn the_password_stays_or_goes() {
        let (_dir, store) = store();
        let (connection, old) = with_password(&store);
        let current = || store.current_entry(connection.id, SecretKind::SitePassword).unwrap();
        store.relocate(&moved(&connection), NextPassword::Same).unwrap();
        assert_eq!(current(), Some(old.clone()));
        store.relocate(&moved(&connection), NextPassword::None).unwrap();
        assert_eq!((current(), store.stray_entries(None).unwrap()), (None, vec![old]));
    }

    #[test]
    fn it_goes_over_whole_or_not_at_all() {
        let (_dir, store) = store();
        let (connection, old) = with_password(&store);
        let unknown = NextPassword::Entry("nobody/site-password/7");
        let failure = store.relocate(&moved(&connection), unknown).unwrap_err();
        assert_eq!(failure.problem().code(), "internal");
        assert_eq!(store.connections().unwrap(), std::slice::from_ref(&connection));
        assert_eq!(store.groups(connection.id).unwrap(), [group("PS100016")]);
        let current = store.current_entry(connection.id, SecretKind::SitePassword).unwrap();
        assert_eq!(current, Some(old));
    }
}
