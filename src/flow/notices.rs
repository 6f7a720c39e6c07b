//! The list of messages: what has happened, newest first, with what a ticket needs.

use chrono::{DateTime, Utc};

use crate::model::report::SyncReport;
use crate::model::{ConnectionName, Failure, SecretExpiry, Warning};

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
    SecretUpdated(ConnectionName, SecretExpiry, Vec<Warning>),
    /// It is not; the old one stays.
    SecretNotUpdated(ConnectionName, Failure),
    /// A connection was taken away.
    Removed(ConnectionName),
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
            | Self::NotRemoved(_, failure)
            | Self::NotCreated(_, failure)
            | Self::NotRead(failure) => Some(failure),
            Self::Created(_) | Self::Published(..) | Self::SecretUpdated(..) | Self::Removed(_) => None,
        }
    }

    /// Whether it asks for attention.
    pub fn is_bad(&self) -> bool {
        self.failure().is_some() || matches!(self, Self::Published(_, report) if report.is_partial())
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
