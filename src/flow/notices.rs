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
    /// The log could not be opened in a viewer.
    LogNotOpened(Failure),
}

/// How much attention a message asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It went well.
    #[default]
    Info,
    /// It went well in part, or needs attention.
    Warning,
    /// It failed.
    Error,
}

impl Level {
    /// All, the least first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Error];
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
            | Self::NotRead(failure)
            | Self::LogNotOpened(failure) => Some(failure),
            Self::Created(_)
            | Self::Published(..)
            | Self::SecretUpdated(..)
            | Self::Moved(_)
            | Self::Changed(_)
            | Self::Removed(..) => None,
        }
    }

    /// How much attention it asks for.
    pub fn level(&self) -> Level {
        match self {
            _ if self.failure().is_some() => Level::Error,
            Self::Published(_, report) if report.is_partial() => Level::Warning,
            Self::SecretUpdated(_, renewed) if renewed.is_partial() => Level::Warning,
            Self::Removed(_, Some(_)) => Level::Warning,
            _ => Level::Info,
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

    /// Those that ask for so much attention at least, newest first; each with its place in the list.
    pub fn at_least(&self, level: Level) -> impl Iterator<Item = (usize, &Notice)> {
        self.list
            .iter()
            .enumerate()
            .filter(move |(_, notice)| notice.news.level() >= level)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.list.clear();
        self.read();
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
        let remnants = Remnants {
            workspace: crate::flow::testing::workspace(1, "rg", "law"),
            things: Vec::new(),
        };
        for (news, level) in [
            (News::Created(name("A")), Level::Info),
            (published(Outcome::Published), Level::Info),
            (published(Outcome::Failed), Level::Warning),
            (News::NotPublished(name("A"), not_allowed()), Level::Error),
            (News::SecretUpdated(name("A"), renewed(Ok(()))), Level::Info),
            (
                News::SecretUpdated(name("A"), renewed(Err(not_allowed()))),
                Level::Warning,
            ),
            (News::SecretNotUpdated(name("A"), not_allowed()), Level::Error),
            (News::Removed(name("A"), None), Level::Info),
            (News::Removed(name("A"), Some(remnants)), Level::Warning),
            (News::NotRemoved(name("A"), not_allowed()), Level::Error),
            (News::NotCreated(name("A"), not_allowed()), Level::Error),
            (News::NotRead(not_allowed()), Level::Error),
            (News::LogNotOpened(not_allowed()), Level::Error),
        ] {
            assert_eq!(news.level(), level, "{news:?}");
        }
    }

    #[test]
    fn the_list_is_filtered_by_level_and_cleared() {
        let mut notices = Notices::default();
        notices.add(at(1), News::Created(name("A")));
        notices.add(at(2), News::NotRead(not_allowed()));
        notices.add(at(3), News::Created(name("B")));
        let places = |level| notices.at_least(level).map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(places(Level::Info), [0, 1, 2]);
        assert_eq!(places(Level::Warning), [1]);
        assert_eq!(places(Level::Error), [1]);
        notices.clear();
        assert!(notices.list().is_empty() && notices.newest().is_none());
        assert_eq!(notices.unread(), 0);
    }
}
