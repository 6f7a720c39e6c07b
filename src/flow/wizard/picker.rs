//! The dialog that adds device collections: filter, tick, take. Made for 100,000 rows.

use std::collections::HashSet;

use super::search::Texts;
use crate::model::{CollectionId, DeviceCollection};

/// One row.
struct Row {
    collection: DeviceCollection,
    ticked: bool,
}

/// The rows, those that pass the filter, and how many are ticked.
pub struct Picker {
    rows: Vec<Row>,
    /// What the filter looks at, in lower case.
    texts: Texts,
    shown: Vec<u32>,
    filtered_by: Option<String>,
    ticked: usize,
    ticked_shown: usize,
    /// What a person types to narrow the list; edited in place.
    pub filter: String,
    /// The row that the keyboard is on, counted among those shown.
    pub cursor: usize,
}

impl Picker {
    /// All that are listed and not chosen yet, in the order of their names.
    pub fn new(listed: &[DeviceCollection], chosen: &[DeviceCollection]) -> Self {
        let mut picker = Self {
            rows: Vec::new(),
            texts: Texts::default(),
            shown: Vec::new(),
            filtered_by: None,
            ticked: 0,
            ticked_shown: 0,
            filter: String::new(),
            cursor: 0,
        };
        picker.refill(listed, chosen);
        picker
    }

    /// Takes a newer list; ticks, and the place of the keyboard, stay with their collections.
    pub fn refill(&mut self, listed: &[DeviceCollection], chosen: &[DeviceCollection]) {
        let before = std::mem::take(&mut self.rows);
        let id = |row: &Row| row.collection.id.clone();
        let pointed = self
            .shown
            .get(self.cursor)
            .and_then(|at| before.get(*at as usize))
            .map(id);
        let ticked: HashSet<CollectionId> = before.iter().filter(|row| row.ticked).map(id).collect();
        let taken: HashSet<&CollectionId> = chosen.iter().map(|each| &each.id).collect();
        let new = listed.iter().filter(|each| !taken.contains(&each.id));
        let mut new: Vec<(String, &DeviceCollection)> = new.map(|each| (text_of(each), each)).collect();
        new.sort_by(|(one, _), (other, _)| one.cmp(other)); // quick for a list that is in order already
        self.texts = Texts::of(new.iter().map(|(text, _)| text.as_str()));
        let row = |each: &DeviceCollection| Row {
            collection: each.clone(),
            ticked: ticked.contains(&each.id),
        };
        self.rows = new.into_iter().map(|(_, each)| row(each)).collect();
        self.ticked = self.rows.iter().filter(|row| row.ticked).count();
        self.filtered_by = None;
        self.apply_filter();
        if let Some(pointed) = pointed {
            let at = (0..self.shown()).find(|at| self.row(*at).is_some_and(|(each, _)| each.id == pointed));
            self.cursor = at.unwrap_or(self.cursor);
        }
    }

    /// Narrows the list to what is typed, where that has changed.
    pub fn apply_filter(&mut self) {
        if self.filtered_by.as_deref() == Some(&self.filter) {
            return;
        }
        let filter = self.filter.to_lowercase();
        let words: Vec<&str> = filter.split_whitespace().collect();
        self.shown = self.texts.rows_with(&words);
        self.filtered_by = Some(self.filter.clone());
        self.cursor = self.cursor.min(self.shown.len().saturating_sub(1));
        let shown = if self.ticked == 0 { 0 } else { self.shown() };
        self.ticked_shown = (0..shown).filter(|at| self.row(*at).is_some_and(|row| row.1)).count();
    }

    /// How many rows pass the filter.
    pub fn shown(&self) -> usize {
        self.shown.len()
    }

    /// How many rows there are.
    pub fn total(&self) -> usize {
        self.rows.len()
    }

    /// A row among those shown, and whether it is ticked.
    pub fn row(&self, at: usize) -> Option<(&DeviceCollection, bool)> {
        let row = self.rows.get(*self.shown.get(at)? as usize)?;
        Some((&row.collection, row.ticked))
    }

    /// Ticks a row among those shown, or takes its tick away.
    pub fn toggle(&mut self, at: usize) {
        let now = self.row(at).map(|(_, ticked)| ticked);
        if let Some(now) = now {
            self.tick(at, !now);
        }
    }

    fn tick(&mut self, at: usize, ticked: bool) {
        let index = self.shown.get(at).map(|index| *index as usize);
        let Some(row) = index.and_then(|index| self.rows.get_mut(index)) else {
            return;
        };
        if row.ticked != ticked {
            row.ticked = ticked;
            for count in [&mut self.ticked, &mut self.ticked_shown] {
                *count = if ticked { *count + 1 } else { count.saturating_sub(1) };
            }
        }
    }

    /// Whether every row shown is ticked, and there is one.
    pub fn all_shown_ticked(&self) -> bool {
        !self.shown.is_empty() && self.ticked_shown == self.shown.len()
    }

    /// Ticks every row shown, or takes all their ticks away where all have one.
    pub fn toggle_shown(&mut self) {
        let ticked = !self.all_shown_ticked();
        for at in 0..self.shown() {
            self.tick(at, ticked);
        }
    }

    /// How many are ticked, shown or not.
    pub fn ticked(&self) -> usize {
        self.ticked
    }

    /// What is ticked, in the order of names.
    pub fn picked(&self) -> Vec<DeviceCollection> {
        let ticked = self.rows.iter().filter(|row| row.ticked);
        ticked.map(|row| row.collection.clone()).collect()
    }
}

/// Puts a list into the order in which the dialog shows it. Whoever fetches the list does this, away from the window: the dialog
/// then opens at once.
pub fn put_in_order(listed: &mut [DeviceCollection]) {
    listed.sort_by_cached_key(text_of);
}

/// What the filter looks at, and what the rows are ordered by: name, ID and folder.
fn text_of(collection: &DeviceCollection) -> String {
    let path = collection.path.as_deref().unwrap_or_default();
    format!("{}\n{}\n{path}", collection.name, collection.id).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collection(number: u32, name: &str, path: &str) -> DeviceCollection {
        DeviceCollection {
            id: format!("PS1{number:05X}").parse().unwrap(),
            name: name.to_owned(),
            member_count: 1,
            last_member_change: None,
            current_status: None,
            path: Some(path.to_owned()),
        }
    }

    fn servers() -> Vec<DeviceCollection> {
        vec![
            collection(3, "Workstations", "Berlin"),
            collection(1, "servers Oslo", "Production/Norway"),
            collection(2, "Servers Größe", "Test"),
        ]
    }

    fn shown(picker: &Picker) -> Vec<&str> {
        let rows = (0..picker.shown()).filter_map(|at| picker.row(at));
        rows.map(|(each, _)| each.name.as_str()).collect()
    }

    fn filter(picker: &mut Picker, text: &str) {
        picker.filter = text.to_owned();
        picker.apply_filter();
    }

    #[test]
    fn rows_are_in_the_order_of_names_and_leave_out_the_chosen() {
        let listed = servers();
        let all = Picker::new(&listed, &[]);
        assert_eq!(shown(&all), ["Servers Größe", "servers Oslo", "Workstations"]);
        let picker = Picker::new(&listed, &listed[..1]);
        assert_eq!(
            (shown(&picker), picker.total()),
            (vec!["Servers Größe", "servers Oslo"], 2)
        );
    }

    #[test]
    fn every_word_of_the_filter_is_looked_for_in_name_id_and_folder() {
        let mut picker = Picker::new(&servers(), &[]);
        for (typed, found) in [
            ("SERVERS norway", &["servers Oslo"][..]),
            ("größe", &["Servers Größe"]),
            ("ps100003", &["Workstations"]),
            ("  ", &["Servers Größe", "servers Oslo", "Workstations"]),
            ("servers berlin", &[]),
            ("oslops1", &[]),
        ] {
            filter(&mut picker, typed);
            assert_eq!(shown(&picker), found, "{typed:?}");
        }
    }

    #[test]
    fn ticks_stay_with_their_collections() {
        let listed = servers();
        let mut picker = Picker::new(&listed, &[]);
        filter(&mut picker, "oslo");
        picker.toggle(0);
        filter(&mut picker, "berlin");
        assert_eq!((picker.ticked(), picker.all_shown_ticked()), (1, false));
        picker.toggle(0);
        let mut newer = servers();
        newer.push(collection(9, "Alpha", ""));
        picker.refill(&newer, &[]);
        assert_eq!(shown(&picker), ["Workstations"]);
        assert!(picker.row(0).unwrap().1);
        let names: Vec<_> = picker.picked().into_iter().map(|each| each.name).collect();
        assert_eq!(names, ["servers Oslo", "Workstations"]);
        picker.refill(&newer, &listed[..1]);
        assert_eq!(picker.ticked(), 1, "one of the ticked has been chosen meanwhile");
        picker.toggle(7);
        assert_eq!(picker.ticked(), 1, "there is no such row");
    }

    #[test]
    fn all_shown_are_ticked_and_unticked_and_the_others_left_alone() {
        let mut picker = Picker::new(&servers(), &[]);
        picker.toggle(2);
        filter(&mut picker, "servers");
        picker.toggle(0);
        picker.toggle_shown();
        assert_eq!((picker.ticked(), picker.all_shown_ticked()), (3, true));
        picker.toggle_shown();
        assert_eq!((picker.ticked(), picker.all_shown_ticked()), (1, false));
        filter(&mut picker, "nothing of the kind");
        picker.toggle_shown();
        assert_eq!((picker.ticked(), picker.all_shown_ticked()), (1, false));
    }

    #[test]
    fn the_keyboard_stays_on_a_row_that_is_there() {
        let mut picker = Picker::new(&servers(), &[]);
        picker.cursor = 2;
        let mut newer = servers();
        newer.push(collection(9, "Alpha", ""));
        picker.refill(&newer, &[]);
        assert_eq!(picker.row(picker.cursor).unwrap().0.name, "Workstations");
        filter(&mut picker, "servers");
        assert_eq!(picker.cursor, 1);
        filter(&mut picker, "nothing of the kind");
        assert_eq!((picker.cursor, picker.row(0)), (0, None));
    }

    #[test]
    fn holds_a_hundred_thousand() {
        let listed: Vec<_> = (0..100_000)
            .map(|at| collection(at, &format!("Group-{at:06}"), "All"))
            .collect();
        let mut picker = Picker::new(&listed, &[]);
        picker.toggle_shown();
        filter(&mut picker, "group-0999");
        assert_eq!((picker.shown(), picker.ticked()), (100, 100_000));
        picker.toggle_shown();
        picker.refill(&listed, &listed[..10]);
        assert_eq!((picker.total(), picker.shown(), picker.ticked()), (99_990, 100, 99_890));
        assert_eq!(picker.picked().len(), 99_890);
    }
}
