//! The publishing protocol: the order of its steps and every decision in it. Pure: no network, no disk, no clock.
//!
//! The drivers ([`super::write`], [`super::history`], [`super::arrival`], [`super::sync`]) walk the steps that stand here and ask the
//! functions that stand here; `tests/it/protocol` lets the same steps and functions be killed, repeated and mixed at every place.
//!
//! Groups. A group is switched by one write. What it calls has a name that no other write has ever had or will have, is there before
//! the switch, and goes after it. The switch is conditional on what was seen standing (its etag), so that a write that was still
//! under way when its process was killed, or another machine's, can not come in between.
//!
//! Rows. A reading is *whole* when as many distinct numbers of it have arrived as its marker says, and of the whole ones the one of the
//! highest generation counts ([`crate::model::reader`] has the query). Times decide nothing.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::dry_run::ReadReason;
use crate::model::group::{self, FROM_ROWS, Kind};
use crate::model::history::LATEST;
use crate::model::report::Outcome;
use crate::model::rows;
use crate::model::{ConnectionId, DeviceCollection, SavedSearch};
use crate::store::{GroupState, Pending, Published, SentRows};

/// One step of putting a new group in the place of the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// The store learns which parts are about to be written.
    NotePending,
    /// The parts are written.
    PutParts,
    /// The group is written: from here on readers see the new one.
    PutGroup,
    /// The store learns what is live, and which parts are left over.
    NotePublished,
    /// What is left over goes.
    DeleteLeftover,
    /// The store learns that nothing is left over.
    NoteClean,
}

/// The order of a switch. A kill may fall into any of them.
pub const SWITCH: [Switch; 6] = [
    Switch::NotePending,
    Switch::PutParts,
    Switch::PutGroup,
    Switch::NotePublished,
    Switch::DeleteLeftover,
    Switch::NoteClean,
];

/// One step of sending a reading as rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Send {
    /// The store learns the generation: after a kill none is given twice.
    NoteGeneration,
    /// All members are taken.
    Members,
    /// The marker is taken: it speaks of nothing that was not.
    Marker,
    /// The run remembers what went up.
    NoteSent,
}

/// The order of a sending. An affirmation is the same without members.
pub const SENDING: [Send; 4] = [Send::NoteGeneration, Send::Members, Send::Marker, Send::NoteSent];

/// What is to be done about the group that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// It is the new one: the switch is made.
    Stands,
    /// It is written, if what stands is still what was looked at: its etag; `None` where nothing stands.
    Write(Option<String>),
    /// Another machine has published a reading that is not older.
    Overtaken,
    /// Somebody else's.
    NotOurs,
}

/// Notes a generation of parts that is about to be written. What an interrupted switch had begun stays until the next switch is
/// made: the write of its group may still be under way.
pub fn begin(state: &mut GroupState, new: Pending) {
    if new.generation != FROM_ROWS {
        state.before_text = state.generation;
    }
    let interrupted = state.pending.replace(new);
    leave(state, interrupted);
}

/// Looks at what stands where the group `new` is to stand.
///
/// What this machine wrote is replaced whatever its moment: the site's clock may have been put back. What it did not write is
/// replaced by a later reading only.
pub fn look(state: &GroupState, connection: ConnectionId, new: &SavedSearch, standing: Option<&SavedSearch>) -> Look {
    let Some(standing) = standing else {
        return Look::Write(None);
    };
    if standing.holds(new) {
        return Look::Stands;
    }
    if state.published.is_none() && !group::is_ours(standing, connection) {
        return Look::NotOurs;
    }
    let is_later = group::as_of(standing).is_none_or(|standing| group::as_of(new).is_some_and(|new| new > standing));
    if is_later || knows(state, standing) {
        Look::Write(Some(standing.etag.clone().unwrap_or_else(|| "*".to_owned())))
    } else {
        Look::Overtaken
    }
}

/// Whether this machine wrote it.
fn knows(state: &GroupState, standing: &SavedSearch) -> bool {
    let published = state.published.iter().map(|known| &known.generation);
    let begun = state
        .pending
        .iter()
        .chain(&state.leftover)
        .map(|known| &known.generation);
    published
        .chain(begun)
        .any(|generation| group::shows(standing, generation))
}

/// The parts that a group calls.
pub fn parts_of(standing: &SavedSearch) -> Option<Pending> {
    let generation = group::generation(standing)?;
    Some(Pending {
        generation: generation.to_owned(),
        parts: group::calls(standing, generation),
        computers: 0,
    })
}

/// Notes a switch that is made: what is live, and what is left over of all that was before.
pub fn switched(state: &mut GroupState, new: Published, replaced: Option<Pending>) {
    let old = state.published.replace(new).map(|old| Pending {
        generation: old.generation,
        parts: old.parts,
        computers: 0,
    });
    let pending = state.pending.take();
    for each in [pending, old, replaced] {
        leave(state, each);
    }
    let live = state.published.as_ref().map(|live| live.generation.clone());
    state
        .leftover
        .retain(|each| each.parts > 0 && Some(&each.generation) != live.as_ref());
}

/// One without parts, too: until the next switch it is to be known again.
fn leave(state: &mut GroupState, parts: Option<Pending>) {
    let Some(new) = parts else { return };
    match state
        .leftover
        .iter_mut()
        .find(|known| known.generation == new.generation)
    {
        Some(known) => known.parts = known.parts.max(new.parts),
        None => state.leftover.push(new),
    }
}

/// Whether what is left over may go: only after the switch that follows it.
pub const fn may_clear(state: &GroupState) -> bool {
    state.pending.is_none() && !state.leftover.is_empty()
}

/// No switch takes this long: a part that no group calls after it is nobody's.
const LONGEST_SWITCH: TimeDelta = TimeDelta::days(1);

/// The parts that are left over of switches that nobody knows of any more.
pub fn strays(all: &[SavedSearch], connection: ConnectionId, now: DateTime<Utc>) -> Vec<&SavedSearch> {
    let ours = || all.iter().filter(|search| group::is_ours(search, connection));
    let groups: Vec<SavedSearch> = ours()
        .filter(|search| group::kind(search) == Some(Kind::Group))
        .cloned()
        .collect();
    ours().filter(|search| is_stray(search, &groups, now)).collect()
}

/// Whether a part is left over of a switch that nobody knows of any more.
pub fn is_stray(part: &SavedSearch, groups: &[SavedSearch], now: DateTime<Utc>) -> bool {
    let calls = |group: &SavedSearch| {
        group::collection(group) == group::collection(part)
            && group::generation(part).is_some_and(|generation| group::shows(group, generation))
    };
    let is_old = group::as_of(part).is_none_or(|as_of| now - as_of > LONGEST_SWITCH);
    group::kind(part) == Some(Kind::Part) && is_old && !groups.iter().any(calls)
}

/// An unmoved collection is read again after this long all the same: a device's name can change without its memberships.
const LONGEST_UNREAD: TimeDelta = TimeDelta::hours(20);

/// Why a collection must be read; `None`: nothing of it was interrupted or renamed, and the site shows no sign of a change since it was
/// last read whole.
pub fn why_read(state: &GroupState, listed: &DeviceCollection, now: DateTime<Utc>) -> Option<ReadReason> {
    let ended_well = matches!(
        state.outcome,
        Some(Outcome::Published | Outcome::Unchanged | Outcome::Unmoved)
    );
    let has_moved =
        state.last_member_change != listed.last_member_change || state.member_count != Some(listed.member_count);
    let is_new = state.published.is_none() || state.read_at.is_none();
    let reasons = [
        (state.pending.is_some(), ReadReason::Interrupted),
        (is_new || !is_settled(state), ReadReason::NeverRead),
        (state.name != listed.name, ReadReason::Renamed),
        (!ended_well, ReadReason::LastTry),
        (listed.last_member_change.is_none(), ReadReason::NoChangeTime),
        (has_moved, ReadReason::Moved),
        (
            state.read_at.is_none_or(|read_at| now - read_at >= LONGEST_UNREAD),
            ReadReason::NotReadLately,
        ),
    ];
    reasons.into_iter().find_map(|(so, why)| so.then_some(why))
}

/// Whether the group that was published is known for sure.
fn is_settled(state: &GroupState) -> bool {
    state.pending.is_none() && state.published.as_ref().is_some_and(|live| !live.hash.is_empty())
}

/// Whether the group that was published shows a membership of this hash. After an interrupted switch nobody knows.
pub fn is_unchanged(state: &GroupState, hash: &str) -> bool {
    is_settled(state) && state.published.as_ref().is_some_and(|live| live.hash == hash)
}

/// All rows go up again after this long: a snapshot must not become older than readers look back.
const LONGEST_UNSENT: TimeDelta = TimeDelta::hours(20);

/// Whether the rows of this membership went up last, and not too long ago.
pub fn were_sent(state: &GroupState, hash: &str, now: DateTime<Utc>) -> bool {
    state
        .rows
        .as_ref()
        .is_some_and(|sent| sent.hash == hash && now - sent.sent_at < LONGEST_UNSENT)
}

/// Whether what went up last is what the group shows, and not too long ago.
pub fn is_fresh(state: &GroupState, now: DateTime<Utc>) -> bool {
    let shown = state.published.as_ref().map(|published| published.hash.as_str());
    shown.is_some_and(|hash| were_sent(state, hash, now))
}

/// A generation that no marker of the collection has had: to be noted in the store before it is given. `at` is when the site was
/// asked, by its clock: of two machines the one that asked later counts, whenever its rows arrive.
pub fn next_generation(state: &mut GroupState, at: DateTime<Utc>) -> i64 {
    let sent = state.rows.as_ref().map(|sent| sent.generation);
    let generation = rows::generation_after(state.generation.max(sent), at);
    state.generation = Some(generation);
    generation
}

/// What the table has of one reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arrived {
    /// Distinct numbers of its rows.
    pub rows: i64,
    /// The newest generation that one of its markers gives it.
    pub generation: Option<i64>,
}

/// What became of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// All of it is there.
    Whole {
        /// The generation that shows it.
        generation: i64,
    },
    /// It may still come.
    OnItsWay,
    /// It does not come any more.
    Lost,
}

/// Whether what a query has seen of the rows is at least as new as what the group shows: until then its text stays.
pub fn rows_are_seen(state: &GroupState) -> bool {
    let has_text = state
        .published
        .as_ref()
        .is_some_and(|shown| shown.generation != FROM_ROWS);
    state
        .confirmed
        .is_some_and(|seen| !has_text || state.before_text.is_none_or(|before| seen > before))
}

/// Whether a query has yet to see what was sent.
pub fn is_waiting(state: &GroupState) -> bool {
    state
        .rows
        .as_ref()
        .is_some_and(|sent| sent.seen_at.is_none() && !sent.hash.is_empty())
}

/// Notes what has become of the rows of a collection. `None` where none were sent.
pub fn note_fate(state: &mut GroupState, arrived: Arrived, now: DateTime<Utc>) -> Option<Fate> {
    let sent = state.rows.as_mut()?;
    let fate = fate(sent, arrived, now);
    match fate {
        Fate::Whole { generation } => {
            sent.seen_at = Some(now);
            state.confirmed = state.confirmed.max(Some(generation));
        }
        Fate::OnItsWay => {}
        Fate::Lost => sent.forget(),
    }
    Some(fate)
}

fn fate(sent: &SentRows, arrived: Arrived, now: DateTime<Utc>) -> Fate {
    match arrived.generation {
        Some(generation) if arrived.rows == sent.rows => Fate::Whole { generation },
        _ if now - sent.sent_at < LATEST => Fate::OnItsWay,
        _ => Fate::Lost,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn moment(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(100_000 + minutes)
    }

    fn hours(hours: i64) -> DateTime<Utc> {
        moment(hours * 60)
    }

    fn published(hash: &str, generation: &str, parts: usize) -> Published {
        Published {
            hash: hash.into(),
            generation: generation.into(),
            parts,
            as_of: moment(0),
            computers: 1,
            sent_at: moment(0),
            visible_at: None,
        }
    }

    fn parts(generation: &str, parts: usize) -> Pending {
        Pending {
            generation: generation.into(),
            parts,
            computers: 0,
        }
    }

    fn state(shown: &str, sent: &str) -> GroupState {
        let mut state = GroupState::new("PS100016".parse().unwrap(), "n".into());
        state.published = Some(published(shown, "g", 0));
        state.rows = Some(SentRows {
            sync_id: Uuid::from_u128(1),
            generation: 7,
            rows: 3,
            hash: sent.into(),
            as_of: moment(0),
            sent_at: moment(0),
            seen_at: None,
        });
        state
    }

    #[test]
    fn rows_go_up_again_when_the_group_has_changed_or_after_twenty_hours() {
        for (shown, sent, at, fresh) in [("a", "a", 19, true), ("a", "a", 20, false), ("b", "a", 0, false)] {
            assert_eq!(is_fresh(&state(shown, sent), hours(at)), fresh, "{shown} {sent} {at}");
        }
        let mut unpublished = state("a", "a");
        unpublished.published = None;
        assert!(!is_fresh(&unpublished, hours(0)));
    }

    #[test]
    fn a_generation_is_later_than_all_that_were_given() {
        let mut state = state("a", "a");
        let now = moment(0);
        assert_eq!(next_generation(&mut state, now), now.timestamp_millis());
        assert_eq!(next_generation(&mut state, now), now.timestamp_millis() + 1);
        state.generation = None;
        state.rows.as_mut().unwrap().generation = now.timestamp_millis() + 90_000;
        assert_eq!(next_generation(&mut state, now), now.timestamp_millis() + 90_001);
    }

    fn noted(arrived: Arrived, minutes: i64) -> (GroupState, Fate) {
        let mut state = state("h", "h");
        let fate = note_fate(&mut state, arrived, moment(minutes)).unwrap();
        (state, fate)
    }

    #[test]
    fn each_fate() {
        let arrived = |rows, generation| Arrived { rows, generation };
        for (arrived, minutes, fate) in [
            (arrived(3, Some(9)), 0, Fate::Whole { generation: 9 }),
            (arrived(3, Some(9)), 600, Fate::Whole { generation: 9 }),
            (arrived(3, None), 59, Fate::OnItsWay),
            (arrived(2, Some(9)), 59, Fate::OnItsWay),
            (arrived(4, Some(9)), 59, Fate::OnItsWay),
            (arrived(3, None), 60, Fate::Lost),
            (arrived(2, Some(9)), 60, Fate::Lost),
            (Arrived::default(), 59, Fate::OnItsWay),
            (Arrived::default(), 60, Fate::Lost),
        ] {
            assert_eq!(noted(arrived, minutes).1, fate, "{arrived:?} {minutes}");
        }
    }

    #[test]
    fn what_was_seen_whole_is_not_looked_for_again_and_what_was_lost_goes_up_again() {
        let whole = Arrived {
            rows: 3,
            generation: Some(9),
        };
        let (mut seen, _) = noted(whole, 5);
        assert_eq!(seen.confirmed, Some(9));
        assert!(!is_waiting(&seen));
        seen.confirmed = Some(12);
        note_fate(&mut seen, whole, moment(6));
        assert_eq!(seen.confirmed, Some(12), "it never goes back");
        let (lost, _) = noted(Arrived::default(), 60);
        assert_eq!((lost.confirmed, lost.rows.as_ref().unwrap().hash.as_str()), (None, ""));
        assert!(!is_waiting(&lost));
        assert!(is_waiting(&noted(Arrived::default(), 5).0));
    }

    #[test]
    fn rows_older_than_the_text_do_not_count_as_seen() {
        for (shown, confirmed, before_text, seen) in [
            ("0123456789ab", None, None, false),
            ("0123456789ab", Some(7), None, true),
            ("0123456789ab", Some(7), Some(7), false),
            ("0123456789ab", Some(8), Some(7), true),
            (FROM_ROWS, Some(7), Some(9), true),
            (FROM_ROWS, None, Some(9), false),
        ] {
            let mut state = state("a", "a");
            state.published = Some(published("a", shown, 0));
            (state.confirmed, state.before_text) = (confirmed, before_text);
            assert_eq!(rows_are_seen(&state), seen, "{shown} {confirmed:?} {before_text:?}");
        }
    }

    #[test]
    fn a_text_is_newer_than_all_rows_before_it() {
        let mut state = state("a", "a");
        state.generation = Some(9);
        begin(&mut state, parts(FROM_ROWS, 0));
        assert_eq!(state.before_text, None);
        begin(&mut state, parts("new", 2));
        assert_eq!(state.before_text, Some(9));
    }

    #[test]
    fn parts_stay_until_the_switch_after_them() {
        let mut state = state("a", "a");
        state.published = Some(published("a", "old", 2));
        begin(&mut state, parts("killed", 3));
        assert!(!is_unchanged(&state, "a"), "nobody knows what is live");
        begin(&mut state, parts("new", 4));
        assert_eq!(
            (state.leftover.as_slice(), may_clear(&state)),
            ([parts("killed", 3)].as_slice(), false)
        );
        switched(&mut state, published("b", "new", 4), Some(parts("other machine's", 1)));
        let left: Vec<&str> = state.leftover.iter().map(|each| each.generation.as_str()).collect();
        assert_eq!(left, ["killed", "old", "other machine's"]);
        assert!(may_clear(&state) && is_unchanged(&state, "b"));
    }
}
