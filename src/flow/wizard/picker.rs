//! The dialog that adds device collections: filter, tick, take. Made for 100,000 rows.

use std::collections::HashSet;

use crate::model::DeviceCollection;

/// One row, with what the filter looks at in lower case, made once.
struct Row {
    collection: DeviceCollection,
    haystack: String,
}

/// The rows, those that pass the filter, and those that are ticked.
pub struct Picker {
    rows: Vec<Row>,
    shown: Vec<u32>,
    filtered_by: Option<String>,
    ticked: HashSet<u32>,
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
            shown: Vec::new(),
            filtered_by: None,
            ticked: HashSet::new(),
            filter: String::new(),
            cursor: 0,
        };
        picker.refill(listed, chosen);
        picker
    }

    /// Takes a newer list; ticks stay with their collections.
    pub fn refill(&mut self, listed: &[DeviceCollection], chosen: &[DeviceCollection]) {
        let ticked: HashSet<String> = self.picked().iter().map(|each| each.id.to_string()).collect();
        let taken: HashSet<&str> = chosen.iter().map(|each| each.id.as_str()).collect();
        let mut rows: Vec<Row> = listed
            .iter()
            .filter(|each| !taken.contains(each.id.as_str()))
            .map(Row::new)
            .collect();
        rows.sort_by(|one, other| one.haystack.cmp(&other.haystack));
        self.ticked = (0u32..)
            .zip(&rows)
            .filter(|(_, row)| ticked.contains(row.collection.id.as_str()))
            .map(|(at, _)| at)
            .collect();
        self.rows = rows;
        self.filtered_by = None;
        self.apply_filter();
    }

    /// Narrows the list to what is typed, where that has changed.
    pub fn apply_filter(&mut self) {
        if self.filtered_by.as_deref() == Some(&self.filter) {
            return;
        }
        let words: Vec<String> = self
            .filter
            .to_lowercase()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        self.shown.clear();
        self.shown.extend(
            (0u32..)
                .zip(&self.rows)
                .filter(|(_, row)| words.iter().all(|word| row.haystack.contains(word.as_str())))
                .map(|(at, _)| at),
        );
        self.filtered_by = Some(self.filter.clone());
        self.cursor = self.cursor.min(self.shown.len().saturating_sub(1));
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
        let index = *self.shown.get(at)?;
        let row = self.rows.get(index as usize)?;
        Some((&row.collection, self.ticked.contains(&index)))
    }

    /// Ticks a row among those shown, or takes its tick away.
    pub fn toggle(&mut self, at: usize) {
        if let Some(&index) = self.shown.get(at)
            && !self.ticked.remove(&index)
        {
            self.ticked.insert(index);
        }
    }

    /// Whether every row shown is ticked, and there is one.
    pub fn all_shown_ticked(&self) -> bool {
        !self.shown.is_empty() && self.shown.iter().all(|index| self.ticked.contains(index))
    }

    /// Ticks every row shown, or takes all their ticks away where all have one.
    pub fn toggle_shown(&mut self) {
        if self.all_shown_ticked() {
            for index in &self.shown {
                self.ticked.remove(index);
            }
        } else {
            self.ticked.extend(&self.shown);
        }
    }

    /// How many are ticked, shown or not.
    pub fn ticked(&self) -> usize {
        self.ticked.len()
    }

    /// What is ticked, in the order of names.
    pub fn picked(&self) -> Vec<DeviceCollection> {
        let mut ticked: Vec<u32> = self.ticked.iter().copied().collect();
        ticked.sort_unstable();
        ticked
            .into_iter()
            .filter_map(|index| self.rows.get(index as usize))
            .map(|row| row.collection.clone())
            .collect()
    }
}

impl Row {
    fn new(collection: &DeviceCollection) -> Self {
        let path = collection.path.as_deref().unwrap_or_default();
        let haystack = format!("{}\n{}\n{path}", collection.name, collection.id).to_lowercase();
        Self {
            collection: collection.clone(),
            haystack,
        }
    }
}
