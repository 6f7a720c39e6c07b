//! The list of messages: what has happened, newest first, with what a ticket needs.

use chrono::{DateTime, Utc};

use crate::model::removal::Remnants;
use crate::model::renewal::Renewed;
use crate::model::report::SyncReport;
use crate::model::{ConnectionName, Failure};

/// How many are kept.
const KEPT: usize = 100;

/// What has happened.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// A connection was made.
    Created(ConnectionName),
    /// A publication has ended.
    Published(ConnectionName, Box<SyncReport>),
    /// A publication could not be done.
    NotPublished(ConnectionName, Failure),
    /// A new secret key is in use.
    SecretUpdated(ConnectionName, Renewed),
    /// It is not; the old one stays.
    SecretNotUpdated(ConnectionName, Failure),
    /// How a person is reminded of the end of a secret key could not be changed.
    NotReminded(ConnectionName, Failure),
    /// A connection has gone over to another SMS Provider.
    Moved(ConnectionName),
    /// It has not.
    NotMoved(ConnectionName, Failure),
    /// Properties of a connection were changed.
    Changed(ConnectionName),
    /// They were not, or not all of them.
    NotChanged(ConnectionName, Failure),
    /// A connection was taken away; from here only, where something of it stays in Azure.
    Removed(ConnectionName, Option<Remnants>),
    /// It could not be, or not wholly.
    NotRemoved(ConnectionName, Failure),
    /// A connection could not be made.
    NotCreated(ConnectionName, Failure),
    /// The connections could not be read.
    NotRead(Failure),
}

impl News {
    /// Why something did not work, where it did not.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::NotPublished(_, failure)
            | Self::SecretNotUpdated(_, failure)
            | Self::NotReminded(_, failure)
            | Self::NotMoved(_, failure)
            | Self::NotChanged(_, failure)
            | Self::NotRemoved(_, failure)
            | Self::NotCreated(_, failure)
            | Self::NotRead(failure) => Some(failure),
            Self::Created(_)
            | Self::Published(..)
            | Self::SecretUpdated(..)
            | Self::Moved(_)
            | Self::Changed(_)
            | Self::Removed(..) => None,
        }
    }

    /// Whether it asks for attention.
    pub fn is_bad(&self) -> bool {
        match self {
            Self::Published(_, report) => report.is_partial(),
            Self::SecretUpdated(_, renewed) => renewed.is_partial(),
            news => news.failure().is_some(),
        }
    }
}

/// One message.
#[derive(Debug, Clone)]
pub struct Notice {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub news: News,
}

/// The messages.
#[derive(Default)]
pub struct Notices {
    list: Vec<Notice>,
    unread: usize,
    /// The newest is shown by itself until it is put away.
    shown: bool,
}

impl Notices {
    pub(super) fn add(&mut self, at: DateTime<Utc>, news: News) {
        self.list.insert(0, Notice { at, news });
        self.list.truncate(KEPT);
        self.unread = (self.unread + 1).min(KEPT);
        self.shown = true;
    }

    /// All, newest first.
    pub fn list(&self) -> &[Notice] {
        &self.list
    }

    /// How many have not been looked at.
    pub fn unread(&self) -> usize {
        self.unread
    }

    /// The newest, unless it was put away.
    pub fn newest(&self) -> Option<&Notice> {
        self.list.first().filter(|_| self.shown)
    }

    /// Puts the newest away; it stays in the list.
    pub fn put_away(&mut self) {
        self.shown = false;
    }

    /// The list has been looked at.
    pub fn read(&mut self) {
        self.unread = 0;
        self.shown = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::testing::{name, not_allowed, renewed, report};
    use crate::model::report::Outcome;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn the_newest_comes_first_and_is_shown_until_it_is_put_away() {
        let mut notices = Notices::default();
        assert!(notices.newest().is_none());
        notices.add(at(1), News::Created(name("A")));
        notices.add(at(2), News::Removed(name("A"), None));
        let times: Vec<_> = notices.list().iter().map(|each| each.at).collect();
        assert_eq!(times, [at(2), at(1)]);
        assert_eq!(notices.newest().unwrap().news, News::Removed(name("A"), None));
        notices.put_away();
        assert!(notices.newest().is_none());
        assert_eq!((notices.list().len(), notices.unread()), (2, 2));
        notices.add(at(3), News::Created(name("B")));
        assert!(notices.newest().is_some());
        notices.read();
        assert_eq!(
            (notices.newest().is_none(), notices.unread(), notices.list().len()),
            (true, 0, 3)
        );
    }

    #[test]
    fn only_so_many_are_kept() {
        let mut notices = Notices::default();
        for second in 0..250 {
            notices.add(at(second), News::Created(name("A")));
        }
        assert_eq!((notices.list().len(), notices.unread()), (KEPT, KEPT));
        assert_eq!(notices.list()[0].at, at(249));
    }

    #[test]
    fn what_failed_or_was_done_in_part_asks_for_attention() {
        let published = |outcome| News::Published(name("A"), Box::new(report(outcome)));
        for (news, bad) in [
            (News::Created(name("A")), false),
            (published(Outcome::Published), false),
            (published(Outcome::Failed), true),
            (News::NotPublished(name("A"), not_allowed()), true),
            (News::SecretUpdated(name("A"), renewed(Ok(()))), false),
            (News::SecretUpdated(name("A"), renewed(Err(not_allowed()))), true),
            (News::SecretNotUpdated(name("A"), not_allowed()), true),
            (News::Removed(name("A"), None), false),
            (News::NotRemoved(name("A"), not_allowed()), true),
            (News::NotCreated(name("A"), not_allowed()), true),
            (News::NotRead(not_allowed()), true),
        ] {
            assert_eq!(news.is_bad(), bad, "{news:?}");
        }
    }
}
