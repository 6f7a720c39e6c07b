//! The members of one reading, one a computer name, sorted by it: in memory while they are few, in files of the data folder when
//! they are many.
//!
//! Sorted in batches; the batches of a long membership are written out and merged. The files have no names, so the system takes
//! them away with the program, whatever ends it. They hold computer names and identities, never a secret.
//!
//! Memory: a batch ([`BATCH`] members of about 100 bytes), and while batches are merged a read buffer for each.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::ops::Range;
use std::path::PathBuf;

use uuid::Uuid;

use super::Store;
use super::failure::io_failure;
use crate::model::membership::{NamesDigest, TextNames};
use crate::model::{EntraDeviceId, Member, Result};

/// Members sorted at once. Most collections have fewer, and never touch the disk.
const BATCH: usize = 50_000;

/// Takes the members of a reading in any order.
pub struct RollWriter {
    dir: PathBuf,
    batch_size: usize,
    batch: Batch,
    files: Vec<Written>,
}

/// Members that are sorted at once. Their names stand one behind the other in one text, so that a million of them are not a million
/// pieces of memory.
#[derive(Default)]
struct Batch {
    text: String,
    places: Vec<Place>,
}

/// Where a member's name stands in the text, and what it is sorted by: the name in lower case.
struct Place {
    name: Range<u32>,
    key: Range<u32>,
    rank: (bool, bool, i64),
    entra_device_id: Option<EntraDeviceId>,
}

/// The members of a reading, each name once: of several records of one name the one with the smallest rank.
pub struct Roll {
    dir: PathBuf,
    held: Held,
    /// Members.
    pub count: usize,
    /// What their names come to; equal for equal names.
    pub digest: String,
    /// Bytes of all names together.
    bytes: usize,
}

enum Held {
    Memory(Vec<Member>),
    File(File),
}

/// A member and what it is sorted by: names are equal without regard to case.
struct Entry {
    key: String,
    member: Member,
}

/// A sorted batch in a file.
struct Written {
    file: File,
    members: usize,
}

impl Store {
    /// A roll for a reading that begins now.
    pub fn roll(&self) -> RollWriter {
        RollWriter::new(self.dir.clone(), BATCH)
    }
}

impl Entry {
    fn new(member: Member) -> Self {
        Self {
            key: member.computer.to_lowercase(),
            member,
        }
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        let rank = || self.member.rank.cmp(&other.member.rank);
        self.key.cmp(&other.key).then_with(rank)
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

impl Batch {
    fn add(&mut self, member: &Member) -> io::Result<()> {
        let name = self.put(&member.computer)?;
        let key = if is_lower(&member.computer) {
            name.clone()
        } else {
            self.put(&member.computer.to_lowercase())?
        };
        self.places.push(Place {
            name,
            key,
            rank: member.rank,
            entra_device_id: member.entra_device_id,
        });
        Ok(())
    }

    fn put(&mut self, text: &str) -> io::Result<Range<u32>> {
        let end = |text: &str| u32::try_from(text.len()).map_err(io::Error::other);
        let from = end(&self.text)?;
        self.text.push_str(text);
        Ok(from..end(&self.text)?)
    }

    fn text(&self, range: &Range<u32>) -> &str {
        let at = |place: u32| usize::try_from(place).unwrap_or(usize::MAX);
        self.text.get(at(range.start)..at(range.end)).unwrap_or_default()
    }

    fn sort(&mut self) {
        let mut places = std::mem::take(&mut self.places);
        places.sort_unstable_by(|one, other| {
            let by_name = self.text(&one.key).cmp(self.text(&other.key));
            by_name.then_with(|| one.rank.cmp(&other.rank))
        });
        self.places = places;
    }

    fn entries(&self) -> impl Iterator<Item = Entry> {
        self.places.iter().map(|place| Entry {
            key: self.text(&place.key).to_owned(),
            member: Member {
                computer: self.text(&place.name).to_owned(),
                rank: place.rank,
                entra_device_id: place.entra_device_id,
            },
        })
    }
}

/// Whether a name is its own lower case, as far as that is seen at a glance.
fn is_lower(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

impl RollWriter {
    fn new(dir: PathBuf, batch_size: usize) -> Self {
        Self {
            dir,
            batch_size,
            batch: Batch::default(),
            files: Vec::new(),
        }
    }

    /// Adds a member.
    ///
    /// # Errors
    /// `DiskFull`, `DataFolder`.
    pub fn add(&mut self, member: Member) -> Result<()> {
        let added = self.batch.add(&member).and_then(|()| {
            if self.batch.places.len() < self.batch_size {
                return Ok(());
            }
            self.write_out()
        });
        added.map_err(|error| io_failure(&self.dir, &error))
    }

    /// The roll of all members so far. Blocks while batches are merged.
    ///
    /// # Errors
    /// `DiskFull`, `DataFolder`.
    pub fn finish(mut self) -> Result<Roll> {
        let dir = self.dir.clone();
        self.merged().map_err(|error| io_failure(&dir, &error))
    }

    fn write_out(&mut self) -> io::Result<()> {
        self.batch.sort();
        let mut out = BufWriter::new(tempfile::tempfile_in(&self.dir)?);
        for place in &self.batch.places {
            write(
                &mut out,
                self.batch.text(&place.name),
                place.rank,
                place.entra_device_id,
            )?;
        }
        self.files.push(Written {
            file: out.into_inner().map_err(io::IntoInnerError::into_error)?,
            members: self.batch.places.len(),
        });
        self.batch.text.clear();
        self.batch.places.clear();
        Ok(())
    }

    fn merged(&mut self) -> io::Result<Roll> {
        if self.files.is_empty() {
            let mut members = Vec::with_capacity(self.batch.places.len());
            self.batch.sort();
            let counted = distinct(self.batch.entries().map(Ok), |member| {
                members.push(member);
                Ok(())
            })?;
            return Ok(counted.roll(&self.dir, Held::Memory(members)));
        }
        if !self.batch.places.is_empty() {
            self.write_out()?;
        }
        self.batch = Batch::default();
        let mut out = BufWriter::new(tempfile::tempfile_in(&self.dir)?);
        let counted = distinct(Merge::new(std::mem::take(&mut self.files))?, |member| {
            write(&mut out, &member.computer, member.rank, member.entra_device_id)
        })?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(counted.roll(&self.dir, Held::File(file)))
    }
}

/// What is counted while distinct members pass by.
#[derive(Default)]
struct Counted {
    count: usize,
    bytes: usize,
    digest: NamesDigest,
}

impl Counted {
    fn roll(self, dir: &std::path::Path, held: Held) -> Roll {
        Roll {
            dir: dir.to_owned(),
            held,
            count: self.count,
            digest: self.digest.finish(),
            bytes: self.bytes,
        }
    }
}

/// Hands on the first of each name.
fn distinct(
    sorted: impl Iterator<Item = io::Result<Entry>>,
    mut take: impl FnMut(Member) -> io::Result<()>,
) -> io::Result<Counted> {
    let mut counted = Counted::default();
    let mut last: Option<String> = None;
    for entry in sorted {
        let Entry { key, member } = entry?;
        if last.as_ref() == Some(&key) {
            continue;
        }
        last = Some(key);
        counted.count += 1;
        counted.bytes += member.computer.len();
        counted.digest.add(&member.computer);
        take(member)?;
    }
    Ok(counted)
}

/// Sorted batches as one sorted row of entries.
struct Merge {
    batches: Vec<Records<File>>,
    /// The next entry of each batch that has one, the smallest on top.
    heads: BinaryHeap<std::cmp::Reverse<(Entry, usize)>>,
}

impl Merge {
    fn new(batches: Vec<Written>) -> io::Result<Self> {
        let mut merge = Self {
            batches: Vec::with_capacity(batches.len()),
            heads: BinaryHeap::with_capacity(batches.len()),
        };
        for (index, mut batch) in batches.into_iter().enumerate() {
            batch.file.rewind()?;
            merge.batches.push(Records::new(batch.file, batch.members));
            merge.refill(index)?;
        }
        Ok(merge)
    }

    fn refill(&mut self, index: usize) -> io::Result<()> {
        let next = self.batches.get_mut(index).and_then(Iterator::next).transpose()?;
        self.heads
            .extend(next.map(|member| std::cmp::Reverse((Entry::new(member), index))));
        Ok(())
    }
}

impl Iterator for Merge {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let std::cmp::Reverse((entry, index)) = self.heads.pop()?;
        Some(self.refill(index).map(|()| entry))
    }
}

impl Roll {
    /// The members in order. From a file the next ones come with each step: best not where a thread must not wait.
    ///
    /// # Errors
    /// `DataFolder`, now or with any of them.
    pub fn members(&mut self) -> Result<impl Iterator<Item = Result<Member>>> {
        let dir = &self.dir;
        let (memory, file) = match &mut self.held {
            Held::Memory(members) => (Some(members.iter().cloned().map(Ok)), None),
            Held::File(file) => {
                file.rewind().map_err(|error| io_failure(dir, &error))?;
                let records = Records::new(&*file, self.count);
                (
                    None,
                    Some(records.map(|member| member.map_err(|error| io_failure(dir, &error)))),
                )
            }
        };
        Ok(memory.into_iter().flatten().chain(file.into_iter().flatten()))
    }

    /// The names as a text may carry them that has room for `most` bytes.
    ///
    /// # Errors
    /// As of [`Roll::members`].
    pub fn names(&mut self, most: usize) -> Result<TextNames> {
        if self.bytes > most {
            return Ok(TextNames::TooLong { bytes: self.bytes });
        }
        let names: Result<Vec<String>> = self.members()?.map(|member| Ok(member?.computer)).collect();
        Ok(TextNames::All(names?))
    }
}

/// Reads as many members as were written.
struct Records<R> {
    from: BufReader<R>,
    left: usize,
}

impl<R: Read> Records<R> {
    fn new(from: R, members: usize) -> Self {
        Self {
            from: BufReader::with_capacity(1 << 15, from),
            left: members,
        }
    }
}

impl<R: Read> Iterator for Records<R> {
    type Item = io::Result<Member>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        Some(read(&mut self.from))
    }
}

/// Set in a record's flags where the record is obsolete, is no client, has an identity in Entra.
const OBSOLETE: u8 = 1;
const NO_CLIENT: u8 = 2;
const HAS_ENTRA_ID: u8 = 4;

/// A record: flags, resource ID, length of the name, name, identity in Entra where there is one.
fn write(
    out: &mut impl Write,
    computer: &str,
    rank: (bool, bool, i64),
    entra_device_id: Option<EntraDeviceId>,
) -> io::Result<()> {
    let (obsolete, no_client, resource_id) = rank;
    let flag = |is_set, flag| if is_set { flag } else { 0 };
    let flags = flag(obsolete, OBSOLETE) | flag(no_client, NO_CLIENT) | flag(entra_device_id.is_some(), HAS_ENTRA_ID);
    let length = u32::try_from(computer.len()).map_err(io::Error::other)?;
    out.write_all(&[flags])?;
    out.write_all(&resource_id.to_le_bytes())?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(computer.as_bytes())?;
    match entra_device_id {
        Some(id) => out.write_all(id.as_uuid().as_bytes()),
        None => Ok(()),
    }
}

fn read(from: &mut impl Read) -> io::Result<Member> {
    let [flags] = bytes(from)?;
    let resource_id = i64::from_le_bytes(bytes(from)?);
    let length = usize::try_from(u32::from_le_bytes(bytes(from)?)).map_err(io::Error::other)?;
    let mut name = vec![0; length];
    from.read_exact(&mut name)?;
    let entra_device_id = if flags & HAS_ENTRA_ID == 0 {
        None
    } else {
        Some(EntraDeviceId::new(Uuid::from_bytes(bytes(from)?)))
    };
    Ok(Member {
        computer: String::from_utf8(name).map_err(io::Error::other)?,
        rank: (flags & OBSOLETE != 0, flags & NO_CLIENT != 0, resource_id),
        entra_device_id,
    })
}

fn bytes<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn member(name: &str, rank: (bool, bool, i64), entra: Option<u128>) -> Member {
        Member {
            computer: name.to_owned(),
            rank,
            entra_device_id: entra.map(|id| EntraDeviceId::new(Uuid::from_u128(id))),
        }
    }

    fn roll(members: &[Member], batch_size: usize) -> (tempfile::TempDir, Roll) {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = RollWriter::new(dir.path().to_owned(), batch_size);
        for member in members {
            writer.add(member.clone()).unwrap();
        }
        let roll = writer.finish().unwrap();
        (dir, roll)
    }

    fn all(roll: &mut Roll) -> Vec<Member> {
        roll.members().unwrap().collect::<Result<_>>().unwrap()
    }

    #[test]
    fn of_one_name_the_record_with_the_smallest_rank_speaks() {
        let members = [
            member("PC1.corp.example", (true, false, 1), None),
            member("pc1.corp.example", (false, true, 2), None),
            member("Pc1.Corp.Example", (false, false, 9), Some(7)),
            member("pc1.corp.example", (false, false, 10), None),
            member("a", (false, false, 11), None),
        ];
        for batch_size in [1, 2, 100] {
            let (_dir, mut roll) = roll(&members, batch_size);
            assert_eq!(all(&mut roll), [members[4].clone(), members[2].clone()], "{batch_size}");
            assert_eq!(roll.count, 2);
        }
    }

    #[test]
    fn names_too_long_for_a_text_are_not_read() {
        let members = [
            member("abc", (false, false, 1), None),
            member("de", (false, false, 2), None),
        ];
        let (_dir, mut roll) = roll(&members, 1);
        let names = vec!["abc".to_owned(), "de".to_owned()];
        assert_eq!(roll.names(5).unwrap(), TextNames::All(names));
        assert_eq!(roll.names(4).unwrap(), TextNames::TooLong { bytes: 5 });
    }

    #[test]
    fn nothing_is_left_in_the_folder() {
        let members: Vec<Member> = (0..10)
            .map(|id| member(&format!("pc{id}"), (false, false, id), None))
            .collect();
        let (dir, mut roll) = roll(&members, 3);
        assert_eq!(all(&mut roll).len(), 10);
        assert!(matches!(roll.held, Held::File(_)));
        drop(roll);
        assert_eq!(dir.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_gone_is_told() {
        let mut writer = RollWriter::new("no such folder".into(), 1);
        let failure = writer.add(member("a", (false, false, 1), None)).unwrap_err();
        assert_eq!(failure.problem().code(), "data_folder");
    }

    fn any_member() -> impl Strategy<Value = Member> {
        (
            "[a-cA-CéÉ東]{1,3}",
            any::<bool>(),
            any::<bool>(),
            any::<i64>(),
            any::<Option<u128>>(),
        )
            .prop_map(|(name, obsolete, no_client, id, entra)| member(&name, (obsolete, no_client, id), entra))
    }

    proptest! {
        #[test]
        fn batches_change_nothing(members in prop::collection::vec(any_member(), 0..40), batch_size in 1_usize..20) {
            let (_one, mut whole) = roll(&members, 1_000);
            let (_two, mut cut) = roll(&members, batch_size);
            prop_assert_eq!(all(&mut whole), all(&mut cut));
            prop_assert_eq!((whole.count, &whole.digest, whole.bytes), (cut.count, &cut.digest, cut.bytes));
            // Read twice, it is the same.
            prop_assert_eq!(all(&mut cut), all(&mut whole));
        }
    }
}
