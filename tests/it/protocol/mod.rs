//! The publishing protocol, walked at random: machines that publish, kills, requests that arrive late or twice, rows that come late,
//! out of order, twice, at another time or never, a site whose memberships and clock change. After every step a reader looks.
//!
//! | file | what |
//! | --- | --- |
//! | `world` | the workspace and the site |
//! | `machine` | a machine: the real steps and decisions of `publish::protocol`, cut into single requests |
//! | `reader` | the reader of history, told again in Rust |
//! | here | what must hold, and the mistakes that must be found |
//!
//! What holds, for [`World`]s of one machine with any clock, and of two machines with a site whose clock is not put back:
//!
//! * A group is always there once it was, calls nothing that is not there, has the members of the version that it says it is of, and
//!   never shows an older version than before.
//! * History shows the whole reading whose question to the site was the last of all that have arrived whole. So it is never part of
//!   one, never none after one was there, and never goes back.
//! * In a caller's time range it shows the same where all rows of that reading lie inside; else another whole reading that was
//!   published, or none: no group of history is promised to a range shorter than its rows are old.
//! * A marker speaks only of rows that were all taken.
//! * When nothing is under way any more, one run after the other makes group and history the truth, and leaves no part over.
//!
//! For two machines and a site whose clock is put back only wholeness holds: which of them read last, nobody can tell.

mod machine;
mod reader;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use azure_services_wizard::lab::kql::{self, Column, ColumnType, Scope, Source, Table, Value};
use azure_services_wizard::model::reader as texts;
use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use machine::Machine;
use reader::Mistake;
use world::{COLLECTION, CONNECTION, Kind, Row, Version, World, members};

/// A mistake that is built into machines or readers, to see that it is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Planted {
    Nothing,
    MarkerFirst,
    CountsRows,
    NewestTimeWins,
    OldPartsFirst,
    GenerationNotNoted,
    /// Parts are named after their members, so that two readings share them.
    SharedPartNames,
    /// The group is written over whatever stands.
    NoEtag,
    /// What an interrupted switch had begun is cleared before the next one.
    ClearedAtOnce,
    /// An affirmation is numbered by the time when it is made.
    AffirmedAhead,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Mode {
    machines: usize,
    clock_back: bool,
}

const MODES: [Mode; 3] = [
    Mode {
        machines: 1,
        clock_back: true,
    },
    Mode {
        machines: 2,
        clock_back: false,
    },
    Mode {
        machines: 2,
        clock_back: true,
    },
];

/// What a reader saw last.
#[derive(Default)]
struct Shown {
    group: Option<Version>,
    history: Option<Version>,
}

struct Walk {
    mode: Mode,
    planted: Planted,
    world: World,
    machines: Vec<Machine>,
    shown: Shown,
}

impl Walk {
    fn new(seed: u64, mode: Mode, planted: Planted) -> Self {
        Self {
            mode,
            planted,
            world: World::new(ChaCha8Rng::seed_from_u64(seed)),
            machines: (0..mode.machines).map(|_| Machine::new(planted)).collect(),
            shown: Shown::default(),
        }
    }

    /// Whether later questions to the site are known to be later.
    fn is_ordered(&self) -> bool {
        self.mode.machines == 1 || !self.mode.clock_back
    }

    fn event(&mut self) {
        let world = &mut self.world;
        let which = world.below(self.machines.len());
        let machine = &mut self.machines[which];
        match world.below(80) {
            0..46 => match machine.run {
                Some(_) => machine.step(world),
                None => machine.start(world),
            },
            46 => machine.kill(world),
            47 | 48 => machine.lag(world),
            49..53 => world.change_membership(),
            53..63 => world.rows_arrive(),
            63..66 => world.late_arrival(),
            66 | 67 => world.now += TimeDelta::minutes(world.random.random_range(1..90)),
            68 => world.now += TimeDelta::hours(world.random.random_range(1..22)),
            69 | 70 if self.mode.clock_back => {
                world.site_clock = TimeDelta::minutes(world.random.random_range(-3_000..3_000));
            }
            _ => world.now += TimeDelta::seconds(world.random.random_range(0..40)),
        }
    }

    /// What must hold at every moment.
    fn look(&mut self) -> Result<(), String> {
        if let Some(broken) = self.world.broken.take() {
            return Err(broken);
        }
        if std::mem::take(&mut self.world.groups_changed) {
            self.look_at_group()?;
        }
        if std::mem::take(&mut self.world.rows_changed) {
            self.look_at_history()?;
        }
        Ok(())
    }

    fn look_at_group(&mut self) -> Result<(), String> {
        let Some((version, names)) = self.world.group()? else {
            return match self.shown.group {
                None => Ok(()),
                Some(_) => Err("the group is gone".into()),
            };
        };
        if names != members(version.kind) {
            return Err(format!("the group has {} members of {version:?}", names.len()));
        }
        if self.is_ordered() && self.shown.group > Some(version) {
            return Err(format!(
                "the group went back from {:?} to {version:?}",
                self.shown.group
            ));
        }
        self.shown.group = Some(version);
        Ok(())
    }

    fn mistake(&self) -> Mistake {
        match self.planted {
            Planted::CountsRows => Mistake::CountsRows,
            Planted::NewestTimeWins => Mistake::NewestTimeWins,
            _ => Mistake::None,
        }
    }

    fn look_at_history(&mut self) -> Result<(), String> {
        let from = self.world.now - TimeDelta::days(30);
        let read = self.read_history(from, DateTime::<Utc>::MAX_UTC)?;
        if self.is_ordered() {
            let expected = self.last_whole(from);
            if read.map(|(_, version)| version) != expected {
                return Err(format!("history shows version {read:?}, not {expected:?}"));
            }
            let version = read.map(|(_, version)| version);
            if self.shown.history > version {
                return Err(format!(
                    "history went back from {:?} to {version:?}",
                    self.shown.history
                ));
            }
            self.shown.history = version;
        } else if self.shown.history.is_some() && read.is_none() {
            return Err("history is gone".into());
        } else {
            self.shown.history = read.map(|(_, version)| version);
        }
        self.look_in_a_range(read)
    }

    /// A caller's time range from five minutes to thirty days.
    fn look_in_a_range(&mut self, full: Option<(Uuid, Version)>) -> Result<(), String> {
        let range = [5, 60, 24 * 60, 7 * 24 * 60, 30 * 24 * 60][self.world.below(5)];
        let (from, to) = (self.world.now - TimeDelta::minutes(range), self.world.now);
        let read = self.read_history(from, to)?;
        let all_inside = full.is_some_and(|(sync, _)| {
            let mut rows = self.world.table.iter().filter(|row| row.sync == sync);
            rows.all(|row| row.time >= from && row.time <= to)
        });
        if all_inside && self.is_ordered() && read != full {
            return Err(format!("within {range} minutes history shows {read:?}, not {full:?}"));
        }
        Ok(())
    }

    /// The reading that history shows, with its version; an error where it is not all of its members.
    fn read_history(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Option<(Uuid, Version)>, String> {
        let Some((sync, generation, alone)) = reader::newest_whole(&self.world.table, from, to, self.mistake()) else {
            return Ok(None);
        };
        if self.is_ordered() && !alone {
            return Err("two readings of one generation".into());
        }
        let read = self.world.syncs.get(&sync).ok_or("an unknown reading")?;
        let seqs = reader::shown(&self.world.table, sync, from, to);
        let all: BTreeSet<i64> = (0..members(read.kind).len() as i64).collect();
        if seqs != all {
            return Err(format!("history shows {} of {} members", seqs.len(), all.len()));
        }
        let version = self.world.table.iter().find_map(|row| match row.kind {
            Kind::Marker {
                generation: given,
                version,
                ..
            } if row.sync == sync && given == generation => Some(version),
            _ => None,
        });
        let version = version.filter(|version| version.kind == read.kind);
        Ok(Some((
            sync,
            version.ok_or("a marker tells of a reading that was another")?,
        )))
    }

    /// The version of the reading whose question to the site was the last of all that have arrived whole.
    fn last_whole(&self, from: DateTime<Utc>) -> Option<Version> {
        let table = &self.world.table;
        let markers = table
            .iter()
            .filter(|row| row.time >= from)
            .filter_map(|row| match row.kind {
                Kind::Marker {
                    rows, asked, version, ..
                } => Some((asked, row.sync, rows, version)),
                Kind::Member { .. } => None,
            });
        let mut markers: Vec<_> = markers.collect();
        markers.sort_unstable();
        let mut seqs: BTreeMap<Uuid, BTreeSet<i64>> = BTreeMap::new();
        for row in table.iter().filter(|row| row.time >= from) {
            if let Kind::Member { seq } = row.kind {
                seqs.entry(row.sync).or_default().insert(seq);
            }
        }
        let is_whole = |sync, rows| seqs.get(&sync).map_or(0, BTreeSet::len) as i64 == rows;
        let newest = markers.iter().rev().find(|&&(_, sync, rows, _)| is_whole(sync, rows));
        newest.map(|&(_, _, _, version)| version)
    }

    /// Everything that is under way arrives, each machine runs in peace twice: the truth, and nothing left over.
    fn settle(&mut self) -> Result<(), String> {
        while !self.world.late.is_empty() {
            self.world.late_arrival();
            self.look()?;
        }
        self.world.site_clock = self.world.site_clock.max(TimeDelta::zero());
        for _ in 0..2 {
            for which in 0..self.machines.len() {
                // What was lost is known by now, and is sent again.
                self.world.now += TimeDelta::hours(2);
                self.machines[which].run = None;
                self.machines[which].start(&self.world);
                while self.machines[which].run.is_some() {
                    self.machines[which].step(&mut self.world);
                    self.look()?;
                }
                self.world.all_rows_arrive();
                self.look()?;
            }
        }
        if !self.is_ordered() {
            return Ok(());
        }
        let truth = self.world.version;
        for (what, shown) in [("the group", self.shown.group), ("history", self.shown.history)] {
            if shown.map(|shown| shown.kind) != Some(truth.kind) {
                return Err(format!("{what} shows {shown:?}, not {truth:?}"));
            }
        }
        let left = self.world.saved.len() - 1 - self.machines[0].disk.published.as_ref().unwrap().parts;
        if self.mode.machines == 1 && !self.world.late_parts && left > 0 {
            return Err(format!("{left} parts are left over"));
        }
        Ok(())
    }
}

/// One walk; an error says at which step what did not hold.
fn walk(seed: u64, mode: Mode, planted: Planted) -> Result<(), String> {
    let mut walk = Walk::new(seed, mode, planted);
    for step in 0..STEPS * mode.machines {
        walk.event();
        walk.look()
            .map_err(|broken| format!("{mode:?}, seed {seed}, step {step}: {broken}"))?;
    }
    walk.settle()
        .map_err(|broken| format!("{mode:?}, seed {seed}, in the end: {broken}"))
}

/// For each machine.
const STEPS: usize = 90;
const WALKS: u64 = 4_000;

/// The first walk of this kind that goes wrong.
fn first_broken(mode: Mode, planted: Planted, walks: u64) -> Option<String> {
    (0..walks).find_map(|seed| walk(seed, mode, planted).err())
}

#[test]
fn readers_see_whole_memberships_at_every_step() {
    std::thread::scope(|scope| {
        let walks = MODES.map(|mode| scope.spawn(move || first_broken(mode, Planted::Nothing, WALKS)));
        let broken: Vec<String> = walks.into_iter().filter_map(|walk| walk.join().unwrap()).collect();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    });
}

/// Each mistake, and what it must be found by.
const MISTAKES: [(Planted, &[&str]); 9] = [
    (Planted::MarkerFirst, &["a marker of"]),
    (Planted::CountsRows, &["history shows"]),
    (Planted::NewestTimeWins, &["history shows version"]),
    (Planted::OldPartsFirst, &["which is not there"]),
    (
        Planted::GenerationNotNoted,
        &["history shows version", "two readings of one generation"],
    ),
    (Planted::SharedPartNames, &["which is not there"]),
    (Planted::NoEtag, &["the group went back", "which is not there"]),
    (Planted::ClearedAtOnce, &["which is not there"]),
    (Planted::AffirmedAhead, &["history shows version"]),
];

#[test]
fn each_planted_mistake_is_found() {
    for (planted, says) in MISTAKES {
        let modes = &MODES[..2];
        let found = modes.iter().find_map(|&mode| first_broken(mode, planted, WALKS));
        println!("{planted:?}: {found:?}");
        let is_it = |found: &String| says.iter().any(|says| found.contains(says));
        assert!(found.as_ref().is_some_and(is_it), "{planted:?}: {found:?}");
    }
}

/// A table of the workspace for the lab's engine of KQL.
struct Workspace(Arc<Table>);

impl Source for Workspace {
    fn table(&self, name: &str) -> Option<Arc<Table>> {
        (name == "ConfigMgrCollectionMember_CL").then(|| Arc::clone(&self.0))
    }
    fn function(&self, _: &str) -> Option<Arc<str>> {
        None
    }
}

const COLUMNS: [(&str, ColumnType); 14] = [
    ("TimeGenerated", ColumnType::DateTime),
    ("ConnectionId", ColumnType::String),
    ("CollectionId", ColumnType::String),
    ("RowKind", ColumnType::String),
    ("SyncId", ColumnType::String),
    ("Seq", ColumnType::Long),
    ("Computer", ColumnType::String),
    ("Generation", ColumnType::Long),
    ("Rows", ColumnType::Long),
    ("ConfirmedGen", ColumnType::Long),
    ("Removed", ColumnType::Bool),
    ("CollectionName", ColumnType::String),
    ("CollectionPath", ColumnType::String),
    ("Site", ColumnType::String),
];

/// The rows of a walk as the workspace has them.
fn stored(world: &World) -> Workspace {
    let text = |text: &str| Value::String(text.to_owned());
    let number = |number: Option<i64>| number.map_or(Value::Null, Value::Long);
    let cells = |row: &Row| {
        let named = [Value::DateTime(row.time), text(CONNECTION), text(COLLECTION)];
        let sync = text(&row.sync.to_string());
        let rest = match row.kind {
            Kind::Member { seq } => {
                let names = members(world.syncs[&row.sync].kind);
                let name = text(&names[usize::try_from(seq).unwrap()]);
                [
                    text("member"),
                    sync,
                    Value::Long(seq),
                    name,
                    Value::Null,
                    Value::Null,
                    Value::Null,
                    Value::Null,
                ]
            }
            Kind::Marker {
                generation,
                rows,
                confirmed,
                ..
            } => {
                let (generation, confirmed) = (Value::Long(generation), number(confirmed));
                [
                    text("snapshot"),
                    sync,
                    Value::Null,
                    text(""),
                    generation,
                    Value::Long(rows),
                    confirmed,
                    Value::Bool(false),
                ]
            }
        };
        named
            .into_iter()
            .chain(rest)
            .chain([text("n"), text(""), text("PS1")])
            .collect()
    };
    let column = |(name, kind): (&str, ColumnType)| Column {
        name: name.to_owned(),
        kind,
    };
    Workspace(Arc::new(Table {
        columns: COLUMNS.map(column).into(),
        rows: world.table.iter().map(cells).collect(),
    }))
}

/// The texts of one column, sorted.
fn column(table: &Table, name: &str) -> Vec<String> {
    let at = table.columns.iter().position(|column| column.name == name).unwrap();
    let text = |row: &Vec<Value>| kql::cell_to_json(&row[at]).to_string().replace('"', "");
    let mut texts: Vec<String> = table.rows.iter().map(text).collect();
    texts.sort();
    texts
}

/// The three texts that read history, by the lab's engine, against what stands in `reader`, on the tables of many walks.
#[test]
fn the_reader_is_told_right() {
    let mut answers = BTreeMap::from([("none", 0), ("empty", 0), ("members", 0)]);
    for seed in 0..60 {
        let mut walk = Walk::new(seed, MODES[usize::try_from(seed % 2).unwrap()], Planted::Nothing);
        for step in 0..STEPS * 3 {
            walk.event();
            if step % 15 != 0 {
                continue;
            }
            let (world, range) = (&walk.world, [5, 60, 1_440, 43_200][step / 15 % 4]);
            let (from, to) = (world.now - TimeDelta::minutes(range), world.now + TimeDelta::days(2));
            let back = world.now - TimeDelta::days(30) + TimeDelta::microseconds(1);
            let told = reader::newest_whole(&world.table, from.max(back), to, Mistake::None);
            let names = told.map_or(Vec::new(), |(sync, _, _)| members(world.syncs[&sync].kind));
            let workspace = stored(world);
            let scope = Scope {
                now: world.now,
                timespan: Some((from, to)),
            };
            let text = texts::members(CONNECTION.parse().unwrap(), &COLLECTION.parse().unwrap());
            let function = texts::function().query;
            for text in [text, function] {
                let answer = kql::run(&text, &workspace, &scope).unwrap();
                assert_eq!(column(&answer, "Computer"), names, "seed {seed}, step {step}: {text}");
            }
            let syncs: Vec<Uuid> = world.syncs.keys().copied().collect();
            if syncs.is_empty() {
                continue;
            }
            let text = texts::arrived(CONNECTION.parse().unwrap(), &syncs);
            let all = Scope {
                timespan: None,
                ..scope
            };
            for row in kql::run(&text, &workspace, &all).unwrap().rows {
                let Value::String(sync) = &row[0] else {
                    panic!("{row:?}")
                };
                let arrived = reader::arrived(&world.table, sync.parse().unwrap(), world.now);
                let generation = arrived.generation.map_or(Value::Null, Value::Long);
                assert_eq!(
                    row[1..],
                    [Value::Long(arrived.rows), generation],
                    "seed {seed}, step {step}"
                );
            }
            let kind = match told {
                None => "none",
                Some(_) if names.is_empty() => "empty",
                Some(_) => "members",
            };
            *answers.entry(kind).or_default() += 1;
        }
    }
    assert!(answers.values().all(|count| *count > 20), "{answers:?}");
}
