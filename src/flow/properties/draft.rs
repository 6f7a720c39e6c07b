//! The working copy: what a person has made of a connection's properties, and how that differs from how it stands.

use crate::flow::TextField;
use crate::flow::wizard::Picker;
use crate::model::changes::{Changes, Rhythm};
use crate::model::report::ConnectionOverview;
use crate::model::{CollectionId, Connection, ConnectionName, DeviceCollection, Invalid, MemberScope};

/// A collection of the working copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Collection ID.
    pub id: CollectionId,
    /// Its name, as last seen; empty where it was never seen.
    pub name: String,
    /// Its members, where they are known: in its group, or as the site counts them.
    pub members: Option<u64>,
}

/// The working copy; edited in place.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its name.
    pub name: TextField,
    /// What people say about it.
    pub description: String,
    /// Whether schedules publish it.
    pub import: bool,
    /// Which records count as members.
    pub members: MemberScope,
    /// Whether memberships are kept as rows too.
    pub history: bool,
    /// The chosen collections, by name.
    chosen: Vec<Chosen>,
    /// What is left of collections that were taken away before is to go.
    pub clears_left_over: bool,
    /// How often this account's schedule is to publish; `None`: as it does.
    pub schedule: Option<Rhythm>,
}

impl Draft {
    /// The connection as it stands.
    pub(super) fn of(overview: &ConnectionOverview) -> Self {
        let setup = &overview.connection.setup;
        let mut draft = Self {
            name: TextField::holding(setup.name.as_str()),
            description: setup.description.clone(),
            import: setup.import,
            members: setup.members,
            history: keeps_history(&overview.connection),
            chosen: chosen(overview),
            clears_left_over: false,
            schedule: None,
        };
        draft.sort();
        draft
    }

    /// The chosen collections, by name.
    pub fn chosen(&self) -> &[Chosen] {
        &self.chosen
    }

    fn sort(&mut self) {
        self.chosen
            .sort_by_cached_key(|each| (each.name.to_lowercase(), each.id.clone()));
    }

    /// Chooses more collections.
    pub(super) fn add(&mut self, collections: Vec<DeviceCollection>) {
        for each in collections {
            if self.chosen.iter().all(|chosen| chosen.id != each.id) {
                self.chosen.push(Chosen {
                    members: u64::try_from(each.member_count).ok(),
                    name: each.name,
                    id: each.id,
                });
            }
        }
        self.sort();
    }

    /// Chooses a collection no more.
    pub fn remove(&mut self, id: &CollectionId) {
        self.chosen.retain(|each| each.id != *id);
    }

    /// The dialog that adds some of these.
    pub(super) fn picker(&self, listed: &crate::flow::wizard::Listed) -> Picker {
        Picker::leaving_out(listed, self.chosen.iter().map(|each| &each.id))
    }

    /// What is wrong with the name: it is none, or another connection has it.
    pub fn name_mistake(&self, own: &ConnectionName, taken: &[ConnectionName]) -> Option<Invalid> {
        match self.name.parse::<ConnectionName>() {
            Err(invalid) => Some(invalid),
            Ok(name) if name != *own && taken.contains(&name) => {
                let why = format!("a connection \"{name}\" exists already");
                Some(Invalid::new("connection name", why, "Contoso production"))
            }
            Ok(_) => None,
        }
    }

    /// How it differs from the connection as it stands, where the schedule stands like this. A name that is none differs in nothing.
    pub(super) fn changes(&self, overview: &ConnectionOverview, schedule: Option<Rhythm>) -> Changes {
        let connection = &overview.connection;
        let setup = &connection.setup;
        let is_chosen = |id: &CollectionId| self.chosen.iter().any(|each| each.id == *id);
        let left_over = overview.left_over.iter().filter(|_| self.clears_left_over);
        let remove = setup.collections.iter().chain(left_over).filter(|id| !is_chosen(id));
        let add = self.chosen.iter().map(|each| &each.id);
        Changes {
            name: self
                .name
                .parse()
                .ok()
                .filter(|name: &ConnectionName| name.as_str() != setup.name.as_str()),
            description: differs(self.description.trim().to_owned(), &setup.description),
            import: differs(self.import, &setup.import),
            members: differs(self.members, &setup.members),
            history: differs(self.history, &keeps_history(connection)),
            add: add.filter(|id| !setup.collections.contains(id)).cloned().collect(),
            remove: remove.cloned().collect(),
            schedule: self.schedule.filter(|wanted| Some(*wanted) != schedule),
        }
    }

    /// The connection stands otherwise by now: what a person has not touched is as it is there.
    pub(super) fn follow(&mut self, before: &ConnectionOverview, now: &ConnectionOverview) {
        let untouched = self.changes(before, None);
        let fresh = Self::of(now);
        if untouched.name.is_none() && self.name.parse::<ConnectionName>().is_ok() {
            self.name.text = fresh.name.text;
        }
        if untouched.description.is_none() {
            self.description = fresh.description;
        }
        if untouched.import.is_none() {
            self.import = fresh.import;
        }
        if untouched.members.is_none() {
            self.members = fresh.members;
        }
        if untouched.history.is_none() {
            self.history = fresh.history;
        }
        if untouched.add.is_empty() && untouched.remove.is_empty() {
            self.chosen = fresh.chosen;
        }
        self.clears_left_over &= !now.left_over.is_empty();
    }
}

fn differs<T: PartialEq>(wanted: T, now: &T) -> Option<T> {
    (wanted != *now).then_some(wanted)
}

/// Whether rows are kept: wished, and made possible.
fn keeps_history(connection: &Connection) -> bool {
    connection.history.is_some()
}

fn chosen(overview: &ConnectionOverview) -> Vec<Chosen> {
    let known = |id: &CollectionId| overview.collections.iter().find(|each| each.id == *id);
    let ids = overview.connection.setup.collections.iter();
    ids.map(|id| Chosen {
        id: id.clone(),
        name: known(id).map(|each| each.name.clone()).unwrap_or_default(),
        members: known(id).and_then(|each| each.computers).map(|count| count as u64),
    })
    .collect()
}
