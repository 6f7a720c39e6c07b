//! The dialog that adds device collections: filter, tick, take. Made for 100,000 rows.

use super::listed::Listed;
use crate::model::{CollectionId, DeviceCollection};

/// What can be added, what of it passes the filter, and what is ticked.
pub struct Picker {
    listed: Listed,
    /// Whether a row can be added: it is not chosen already.
    free: Vec<bool>,
    /// Whether a row is ticked.
    marks: Vec<bool>,
    /// The rows that can be added and pass the filter.
    shown: Vec<u32>,
    filtered_by: Option<String>,
    total: usize,
    ticked: usize,
    ticked_shown: usize,
    /// What a person types to narrow the list; edited in place.
    pub filter: String,
    /// The row that the keyboard is on, counted among those shown.
    pub cursor: usize,
}

impl Picker {
    /// All that are listed and not chosen yet, in the order of their names.
    pub fn new(listed: &Listed, chosen: &[DeviceCollection]) -> Self {
        Self::leaving_out(listed, chosen.iter().map(|each| &each.id))
    }

    /// The same, where of what is chosen only the IDs are known.
    pub fn leaving_out<'a>(listed: &Listed, chosen: impl Iterator<Item = &'a CollectionId>) -> Self {
        let mut picker = Self {
            listed: Listed::default(),
            free: Vec::new(),
            marks: Vec::new(),
            shown: Vec::new(),
            filtered_by: None,
            total: 0,
            ticked: 0,
            ticked_shown: 0,
            filter: String::new(),
            cursor: 0,
        };
        picker.fill(listed, chosen);
        picker
    }

    /// Takes a newer list; ticks, and the place of the keyboard, stay with their collections.
    pub fn refill(&mut self, listed: &Listed, chosen: &[DeviceCollection]) {
        self.fill(listed, chosen.iter().map(|each| &each.id));
    }

    fn fill<'a>(&mut self, listed: &Listed, chosen: impl Iterator<Item = &'a CollectionId>) {
        let before = std::mem::replace(&mut self.listed, listed.clone());
        let pointed = self.shown.get(self.cursor).and_then(|at| before.row(*at));
        let mut free = vec![true; listed.len()];
        set(&mut free, chosen.filter_map(|id| listed.place(id)), false);
        let mut marks = vec![false; listed.len()];
        let kept = marked(&before, &self.marks).filter_map(|each| listed.place(&each.id));
        set(&mut marks, kept.filter(|at| is(&free, *at)), true);
        self.total = count(&free);
        self.ticked = count(&marks);
        (self.free, self.marks) = (free, marks);
        self.filtered_by = None;
        self.apply_filter();
        let place = pointed.and_then(|pointed| self.listed.place(&pointed.id));
        if let Some(at) = place.and_then(|place| self.shown.binary_search(&place).ok()) {
            self.cursor = at;
        }
    }

    /// Narrows the list to what is typed, where that has changed.
    pub fn apply_filter(&mut self) {
        if self.filtered_by.as_deref() == Some(&self.filter) {
            return;
        }
        self.shown = self.listed.passing(&self.filter);
        self.shown.retain(|at| is(&self.free, *at));
        self.filtered_by = Some(self.filter.clone());
        self.cursor = self.cursor.min(self.shown.len().saturating_sub(1));
        self.ticked_shown = self.shown.iter().filter(|at| is(&self.marks, **at)).count();
    }

    /// How many rows pass the filter.
    pub fn shown(&self) -> usize {
        self.shown.len()
    }

    /// How many rows there are.
    pub fn total(&self) -> usize {
        self.total
    }

    /// A row among those shown, and whether it is ticked.
    pub fn row(&self, at: usize) -> Option<(&DeviceCollection, bool)> {
        let place = *self.shown.get(at)?;
        Some((self.listed.row(place)?, is(&self.marks, place)))
    }

    /// Ticks a row among those shown, or takes its tick away.
    pub fn toggle(&mut self, at: usize) {
        let now = self.row(at).map(|(_, ticked)| ticked);
        if let Some(now) = now {
            self.tick(at, !now);
        }
    }

    fn tick(&mut self, at: usize, ticked: bool) {
        let place = self.shown.get(at).map(|place| *place as usize);
        let Some(mark) = place.and_then(|place| self.marks.get_mut(place)) else {
            return;
        };
        if *mark != ticked {
            *mark = ticked;
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
        marked(&self.listed, &self.marks).cloned().collect()
    }
}

fn is(flags: &[bool], at: u32) -> bool {
    flags.get(at as usize).copied().unwrap_or_default()
}

fn set(flags: &mut [bool], places: impl Iterator<Item = u32>, value: bool) {
    for at in places {
        if let Some(flag) = flags.get_mut(at as usize) {
            *flag = value;
        }
    }
}

fn count(flags: &[bool]) -> usize {
    flags.iter().filter(|flag| **flag).count()
}

fn marked<'a>(listed: &'a Listed, marks: &'a [bool]) -> impl Iterator<Item = &'a DeviceCollection> {
    let ticked = (0u32..).zip(marks).filter(|(_, ticked)| **ticked);
    ticked.filter_map(|(at, _)| listed.row(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LimitingCollection;

    fn collection(number: u32, name: &str, path: &str) -> DeviceCollection {
        DeviceCollection {
            id: format!("PS1{number:05X}").parse().unwrap(),
            name: name.to_owned(),
            member_count: 1,
            last_member_change: None,
            current_status: None,
            path: Some(path.to_owned()),
            limiting: None,
            is_built_in: false,
            is_cloud_synced: false,
        }
    }

    fn list(collections: &[DeviceCollection]) -> Listed {
        Listed::new(collections.to_vec())
    }

    fn servers() -> Vec<DeviceCollection> {
        let limiting = |name: &str| LimitingCollection {
            id: "SMS00001".parse().unwrap(),
            name: name.to_owned(),
        };
        vec![
            DeviceCollection {
                limiting: Some(limiting("Alle Geräte")),
                ..collection(3, "Workstations", "Berlin")
            },
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
        let all = Picker::new(&list(&listed), &[]);
        assert_eq!(shown(&all), ["Servers Größe", "servers Oslo", "Workstations"]);
        let picker = Picker::new(&list(&listed), &listed[..1]);
        assert_eq!(
            (shown(&picker), picker.total()),
            (vec!["Servers Größe", "servers Oslo"], 2)
        );
    }

    #[test]
    fn every_word_of_the_filter_is_looked_for_in_name_id_folder_and_limiting_collection() {
        let mut picker = Picker::new(&list(&servers()), &[]);
        for (typed, found) in [
            ("SERVERS norway", &["servers Oslo"][..]),
            ("größe", &["Servers Größe"]),
            ("ps100003", &["Workstations"]),
            ("  ", &["Servers Größe", "servers Oslo", "Workstations"]),
            ("servers berlin", &[]),
            ("oslops1", &[]),
            ("GERÄTE", &["Workstations"]),
            ("geräte oslo", &[]),
        ] {
            filter(&mut picker, typed);
            assert_eq!(shown(&picker), found, "{typed:?}");
        }
    }

    #[test]
    fn ticks_stay_with_their_collections() {
        let listed = servers();
        let mut picker = Picker::new(&list(&listed), &[]);
        filter(&mut picker, "oslo");
        picker.toggle(0);
        filter(&mut picker, "berlin");
        assert_eq!((picker.ticked(), picker.all_shown_ticked()), (1, false));
        picker.toggle(0);
        let mut newer = servers();
        newer.push(collection(9, "Alpha", ""));
        picker.refill(&list(&newer), &[]);
        assert_eq!(shown(&picker), ["Workstations"]);
        assert!(picker.row(0).unwrap().1);
        let names: Vec<_> = picker.picked().into_iter().map(|each| each.name).collect();
        assert_eq!(names, ["servers Oslo", "Workstations"]);
        picker.refill(&list(&newer), &listed[..1]);
        assert_eq!(picker.ticked(), 1, "one of the ticked has been chosen meanwhile");
        picker.toggle(7);
        assert_eq!(picker.ticked(), 1, "there is no such row");
    }

    #[test]
    fn all_shown_are_ticked_and_unticked_and_the_others_left_alone() {
        let mut picker = Picker::new(&list(&servers()), &[]);
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
        let mut picker = Picker::new(&list(&servers()), &[]);
        picker.cursor = 2;
        let mut newer = servers();
        newer.push(collection(9, "Alpha", ""));
        picker.refill(&list(&newer), &[]);
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
        let mut picker = Picker::new(&list(&listed), &[]);
        picker.toggle_shown();
        filter(&mut picker, "group-0999");
        assert_eq!((picker.shown(), picker.ticked()), (100, 100_000));
        picker.toggle_shown();
        picker.refill(&list(&listed), &listed[..10]);
        assert_eq!((picker.total(), picker.shown(), picker.ticked()), (99_990, 100, 99_890));
        assert_eq!(picker.picked().len(), 99_890);
    }
}
