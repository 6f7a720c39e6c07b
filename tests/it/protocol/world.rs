//! A workspace and a site, as far as the protocol sees them: saved searches under etags, a table whose rows arrive late, twice, out of
//! order, at another time or never, and a collection whose membership changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use azure_services_wizard::model::group::{self, Owner};
use azure_services_wizard::model::{DeviceCollection, SavedSearch};
use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

pub const COLLECTION: &str = "PS100016";
pub const CONNECTION: &str = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

pub fn owner() -> Owner {
    Owner {
        connection: CONNECTION.parse().unwrap(),
        site: "PS1".parse().unwrap(),
    }
}

/// The memberships that a collection has in turn: none, some that fit a text, some that need parts.
pub fn members(kind: usize) -> Vec<String> {
    let (from, count) = [(0, 0), (0, 2), (1, 3), (0, 12), (4, 13), (0, 20)][kind];
    (from..from + count)
        .map(|number| format!("pc{number:02}.clients.emea.corp.example"))
        .collect()
}

pub const KINDS: usize = 6;

/// What the site had at one time; later ones are greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Version {
    pub number: usize,
    pub kind: usize,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Member {
        seq: i64,
    },
    Marker {
        generation: i64,
        rows: i64,
        confirmed: Option<i64>,
        asked: u64,
        version: Version,
    },
}

/// A row as the table has it. Which version a marker tells of, and when the site was asked for it, no reader sees.
#[derive(Clone, Debug)]
pub struct Row {
    pub time: DateTime<Utc>,
    pub sync: Uuid,
    pub kind: Kind,
}

/// What a machine asks of the workspace to change.
#[derive(Clone, Debug)]
pub enum Request {
    Put(Box<SavedSearch>, Precondition),
    Delete(String),
    Rows(Vec<Row>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    New,
    Etag(String),
}

pub struct World {
    pub random: ChaCha8Rng,
    pub now: DateTime<Utc>,
    /// How far the site's clock is from the true time.
    pub site_clock: TimeDelta,
    pub version: Version,
    /// Rises with every question to the site.
    pub asked: u64,
    pub saved: BTreeMap<String, SavedSearch>,
    etags: u64,
    /// Requests whose sender does not wait for them any more.
    pub late: Vec<Request>,
    /// Rows that were taken and are not seen yet.
    pub coming: Vec<Row>,
    pub table: Vec<Row>,
    /// Which version each reading, and each group that was ever written, is of.
    pub syncs: HashMap<Uuid, Version>,
    pub generations: HashMap<String, Version>,
    taken: HashMap<Uuid, BTreeSet<i64>>,
    /// Parts written by a request that came late: nobody may know of them.
    pub late_parts: bool,
    /// What readers see has changed.
    pub groups_changed: bool,
    pub rows_changed: bool,
    /// What the protocol does not allow and was done.
    pub broken: Option<String>,
}

impl World {
    pub fn new(random: ChaCha8Rng) -> Self {
        let start = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        Self {
            random,
            now: start,
            site_clock: TimeDelta::zero(),
            version: Version { number: 0, kind: 3 },
            asked: 0,
            saved: BTreeMap::new(),
            etags: 0,
            late: Vec::new(),
            coming: Vec::new(),
            table: Vec::new(),
            syncs: HashMap::new(),
            generations: HashMap::new(),
            taken: HashMap::new(),
            late_parts: false,
            groups_changed: false,
            rows_changed: false,
            broken: None,
        }
    }

    pub fn one_in(&mut self, count: u32) -> bool {
        self.random.random_range(0..count) == 0
    }

    pub fn below(&mut self, count: usize) -> usize {
        self.random.random_range(0..count)
    }

    /// Asks the site: the moment by its clock, which never stands still between two questions.
    pub fn ask(&mut self) -> (DateTime<Utc>, u64) {
        self.asked += 1;
        self.now += TimeDelta::milliseconds(self.random.random_range(1..900));
        (self.now + self.site_clock, self.asked)
    }

    pub fn listed(&self) -> DeviceCollection {
        DeviceCollection {
            id: COLLECTION.parse().unwrap(),
            name: "n".into(),
            member_count: members(self.version.kind).len() as i64,
            last_member_change: Some(DateTime::UNIX_EPOCH + TimeDelta::seconds(self.version.number as i64)),
            current_status: Some(1),
            path: None,
            limiting: None,
            is_built_in: false,
            is_cloud_synced: false,
        }
    }

    pub fn change_membership(&mut self) {
        self.version = Version {
            number: self.version.number + 1,
            kind: self.random.random_range(0..KINDS),
        };
    }

    /// Does what is asked; false where the precondition does not hold.
    pub fn take(&mut self, request: Request) -> bool {
        match request {
            Request::Put(search, precondition) => return self.put(*search, &precondition),
            Request::Delete(id) => {
                self.saved.remove(&id);
                self.groups_changed = true;
            }
            Request::Rows(rows) => {
                for row in &rows {
                    self.note_taken(row);
                }
                self.coming.extend(rows);
            }
        }
        true
    }

    fn put(&mut self, mut search: SavedSearch, precondition: &Precondition) -> bool {
        if let Some(standing) = self.saved.get(&search.id) {
            match precondition {
                Precondition::New => return false,
                Precondition::Etag(etag) if etag != "*" && Some(etag) != standing.etag.as_ref() => return false,
                Precondition::Etag(_) => {}
            }
        }
        self.etags += 1;
        search.etag = Some(self.etags.to_string());
        self.saved.insert(search.id.clone(), search);
        self.groups_changed = true;
        true
    }

    /// A marker speaks of rows that were all taken before it.
    fn note_taken(&mut self, row: &Row) {
        match row.kind {
            Kind::Member { seq } => {
                self.taken.entry(row.sync).or_default().insert(seq);
            }
            Kind::Marker { rows, .. } => {
                let taken = self.taken.get(&row.sync).map_or(0, BTreeSet::len);
                if taken as i64 != rows {
                    self.broken = Some(format!("a marker of {rows} rows, of which {taken} were taken"));
                }
            }
        }
    }

    /// A request that nobody waits for arrives, or does not.
    pub fn late_arrival(&mut self) {
        if self.late.is_empty() {
            return;
        }
        let at = self.below(self.late.len());
        let request = self.late.swap_remove(at);
        if self.one_in(4) {
            return;
        }
        if let Request::Put(search, _) = &request {
            self.late_parts |= group::kind(search) == Some(group::Kind::Part);
        }
        self.take(request);
    }

    /// Something happens to a row on its way.
    pub fn rows_arrive(&mut self) {
        let count = self.below(8);
        for _ in 0..count {
            if self.coming.is_empty() {
                return;
            }
            let at = self.below(self.coming.len());
            let mut row = self.coming.swap_remove(at);
            match self.below(24) {
                0 => continue, // lost
                1 => self.coming.push(row.clone()),
                2 => row.time = self.now,
                3 => row.time += TimeDelta::minutes(self.random.random_range(-600..600)),
                _ => {}
            }
            self.table.push(row);
            self.rows_changed = true;
        }
    }

    pub fn all_rows_arrive(&mut self) {
        self.table.append(&mut self.coming);
        self.rows_changed = true;
    }

    /// What a query of the group answers: which version it says that it is of, and its members.
    pub fn group(&self) -> Result<Option<(Version, Vec<String>)>, String> {
        let id = group::group_id(owner().connection, &COLLECTION.parse().unwrap());
        let Some(standing) = self.saved.get(&id) else {
            return Ok(None);
        };
        let text = standing.query.lines().nth(1).ok_or("no query")?;
        let mut names = Vec::new();
        if text.starts_with("union ") {
            for call in text.split('(').filter(|call| call.starts_with("ConfigMgrPart_")) {
                let part = self.saved.values().find(|part| part.alias.as_deref() == Some(call));
                names.extend(strings(
                    &part
                        .ok_or_else(|| format!("it calls {call}, which is not there"))?
                        .query,
                ));
            }
        } else {
            names = strings(text);
        }
        let generation = group::generation(standing).ok_or("no generation")?;
        let version = self.generations.get(generation).ok_or("an unknown generation")?;
        Ok(Some((*version, names)))
    }
}

/// The string literals of a text.
fn strings(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}
