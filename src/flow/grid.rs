//! A table on the screen: which rows are shown in which order, where the keyboard is, what is selected. Made for a million cells:
//! putting rows in order is left to the backend, and the older order stays until the new one is there.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::look::Look;
use super::{Asker, Remote, TextField, Ticket};
use crate::model::Result;
use crate::model::group_view::{GroupsSeen, Matches, SiteCount};
use crate::model::sheet::{Sheet, Sort};

/// More cells are not copied: they go into a file.
pub const MOST_COPIED: usize = 400_000;

/// What a table is made from.
#[derive(Debug, Clone)]
pub enum Source {
    /// It is there already.
    Sheet(Sheet),
    /// Groups with what is known of each by now.
    Groups {
        /// The groups.
        seen: Arc<GroupsSeen>,
        /// How their members report.
        matches: Option<Arc<Matches>>,
        /// What the site counts.
        site: Option<Arc<Vec<SiteCount>>>,
    },
}

/// A table, and its rows in order.
#[derive(Debug, Clone, Default)]
pub struct Laid {
    /// The table.
    pub sheet: Sheet,
    /// By what it is sorted.
    pub sort: Option<Sort>,
    /// The rows in that order.
    pub order: Arc<Vec<u32>>,
}

impl Laid {
    /// Puts the rows of a table in order. Takes a while for many.
    pub fn new(sheet: Sheet, sort: Option<Sort>) -> Self {
        let order = sort.map_or_else(|| sheet.as_it_came(), |sort| sheet.sorted(sort));
        Self {
            sheet,
            sort,
            order: Arc::new(order),
        }
    }
}

/// A table on the screen.
#[derive(Default)]
pub struct Grid {
    laid: Laid,
    laying: Remote<Laid>,
    wanted: Option<Sort>,
    /// What a person types to narrow it; edited in place.
    pub filter: TextField,
    filtered_by: String,
    shown: Arc<Vec<u32>>,
    cursor: usize,
    /// The other end of what is selected.
    anchor: usize,
    /// The column that the keyboard is on.
    pub column: usize,
    /// The column by which a row stays itself when the table is made anew.
    key: usize,
}

impl Grid {
    /// An empty one whose rows are told apart by this column.
    pub fn keyed_by(key: usize) -> Self {
        Self { key, ..Self::default() }
    }

    /// Shows another table, in the order that was wished before.
    pub fn show(&mut self, source: Source, asker: &mut Asker) {
        asker.abandon(self.laying.stop());
        self.laying.ask(asker.look(Look::LayOut(source, self.wanted)));
    }

    /// Shows nothing any more; what was wished is forgotten too.
    pub fn clear(&mut self, asker: &mut Asker) {
        asker.abandon(self.laying.forget());
        *self = Self::keyed_by(self.key);
    }

    /// Sorts by a column; again: the other way round.
    pub fn sort_by(&mut self, column: usize, asker: &mut Asker) {
        let again = self.wanted.filter(|sort| sort.column == column);
        self.wanted = Some(Sort {
            column,
            descending: again.is_some_and(|sort| !sort.descending),
        });
        self.show(Source::Sheet(self.laid.sheet.clone()), asker);
    }

    /// By what it is to be sorted.
    pub fn sort(&self) -> Option<Sort> {
        self.wanted
    }

    /// Takes an answer; one that is not awaited is dropped.
    pub fn answer(&mut self, ticket: Ticket, answer: Result<Laid>) -> bool {
        if !self.laying.answer(ticket, answer) {
            return false;
        }
        if let Some(laid) = self.laying.value().cloned() {
            let key = self
                .row(self.cursor)
                .map(|row| self.laid.sheet.cell(row, self.key).to_owned());
            self.laid = laid;
            self.narrow();
            let found = key.and_then(|key| (0..self.len()).find(|at| self.cell(*at, self.key) == key));
            self.move_to(found.unwrap_or_default(), false);
        }
        true
    }

    pub(super) fn pending(&self) -> Option<Ticket> {
        self.laying.pending()
    }

    /// Whether rows are being put in order.
    pub fn is_laying(&self) -> bool {
        self.laying.is_asking()
    }

    /// The table behind it.
    pub fn sheet(&self) -> &Sheet {
        &self.laid.sheet
    }

    /// Narrows it to what is typed, where that has changed.
    pub fn apply_filter(&mut self) {
        if self.filter.text != self.filtered_by {
            self.narrow();
            self.move_to(0, false);
        }
    }

    fn narrow(&mut self) {
        self.filtered_by.clone_from(&self.filter.text);
        self.shown = if self.filter.is_blank() {
            Arc::clone(&self.laid.order)
        } else {
            Arc::new(self.laid.sheet.passing(&self.filter.text, &self.laid.order))
        };
    }

    /// How many rows are shown.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether no row is shown.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The rows that are shown, in order.
    pub fn rows(&self) -> Arc<Vec<u32>> {
        Arc::clone(&self.shown)
    }

    /// The row of the table that is shown in this place.
    fn row(&self, at: usize) -> Option<usize> {
        self.shown.get(at).map(|row| *row as usize)
    }

    /// A cell by the place where it is shown.
    pub fn cell(&self, at: usize, column: usize) -> &str {
        self.row(at).map_or("", |row| self.laid.sheet.cell(row, column))
    }

    /// Where the keyboard is, among the rows that are shown.
    pub fn cursor(&self) -> Option<usize> {
        (!self.is_empty()).then(|| self.cursor.min(self.len() - 1))
    }

    /// Moves the keyboard. `extends`: what lies between there and where the selection began is selected.
    pub fn move_to(&mut self, at: usize, extends: bool) {
        self.cursor = at.min(self.len().saturating_sub(1));
        if !extends {
            self.anchor = self.cursor;
        }
    }

    /// Selects all rows that are shown.
    pub fn select_all(&mut self) {
        self.anchor = 0;
        self.cursor = self.len().saturating_sub(1);
    }

    /// The selected rows, by the place where they are shown.
    pub fn selected(&self) -> RangeInclusive<usize> {
        let last = self.len().saturating_sub(1);
        let (one, other) = (self.anchor.min(last), self.cursor.min(last));
        one.min(other)..=one.max(other)
    }

    /// How many rows are selected.
    pub fn selected_count(&self) -> usize {
        let selected = self.selected();
        if self.is_empty() {
            0
        } else {
            selected.end() - selected.start() + 1
        }
    }

    /// The selected rows for the clipboard; `None` where there are too many, or none.
    pub fn copied(&self) -> Option<String> {
        let cells = self.selected_count() * self.laid.sheet.columns().len();
        let rows = self.shown.get(self.selected())?;
        (1..=MOST_COPIED)
            .contains(&cells)
            .then(|| self.laid.sheet.tabbed(rows.iter().copied()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Effect, Query};
    use crate::model::sheet::{CellKind, SheetWriter};

    fn sheet(names: &[&str]) -> Sheet {
        let mut writer = SheetWriter::new([("Name", CellKind::Text), ("N", CellKind::Number)], true);
        for (at, name) in names.iter().enumerate() {
            writer.row([*name, &at.to_string()]);
        }
        writer.finish()
    }

    /// Answers what the grid has asked for, as the backend does.
    fn serve(grid: &mut Grid, asker: &mut Asker) {
        for effect in asker.take() {
            if let Effect::Query(ticket, Query::Look(Look::LayOut(Source::Sheet(sheet), sort))) = effect {
                grid.answer(ticket, Ok(Laid::new(sheet, sort)));
            }
        }
    }

    fn shown(grid: &Grid) -> Vec<String> {
        (0..grid.len()).map(|at| grid.cell(at, 0).to_owned()).collect()
    }

    fn opened() -> (Grid, Asker) {
        let (mut grid, mut asker) = (Grid::default(), Asker::default());
        grid.show(Source::Sheet(sheet(&["beta", "alpha", "gamma"])), &mut asker);
        serve(&mut grid, &mut asker);
        (grid, asker)
    }

    #[test]
    fn sorting_again_turns_it_round_and_the_row_under_the_keyboard_stays_itself() {
        let (mut grid, mut asker) = opened();
        assert_eq!(shown(&grid), ["beta", "alpha", "gamma"]);
        grid.move_to(2, false);
        grid.sort_by(0, &mut asker);
        assert_eq!(
            shown(&grid),
            ["beta", "alpha", "gamma"],
            "the older order stays until then"
        );
        serve(&mut grid, &mut asker);
        assert_eq!(shown(&grid), ["alpha", "beta", "gamma"]);
        grid.sort_by(0, &mut asker);
        serve(&mut grid, &mut asker);
        assert_eq!(shown(&grid), ["gamma", "beta", "alpha"]);
        assert_eq!(grid.cursor(), Some(0));
        grid.show(Source::Sheet(sheet(&["alpha", "gamma", "zeta"])), &mut asker);
        serve(&mut grid, &mut asker);
        assert_eq!(
            shown(&grid),
            ["zeta", "gamma", "alpha"],
            "a newer table is sorted alike"
        );
        assert_eq!(grid.cursor(), Some(1));
    }

    #[test]
    fn only_the_newest_order_counts() {
        let (mut grid, mut asker) = opened();
        grid.sort_by(0, &mut asker);
        let older = asker.take();
        grid.sort_by(1, &mut asker);
        let newer = asker.take();
        let ticket = |effects: &[Effect]| {
            let found = effects.iter().find_map(|effect| match effect {
                Effect::Query(ticket, _) => Some(*ticket),
                _ => None,
            });
            found.unwrap()
        };
        assert!(
            newer
                .iter()
                .any(|each| matches!(each, Effect::Abandon(gone) if *gone == ticket(&older)))
        );
        assert!(!grid.answer(ticket(&older), Ok(Laid::default())));
        assert_eq!(grid.len(), 3);
    }

    #[test]
    fn a_filter_narrows_it_and_begins_at_the_top() {
        let (mut grid, _) = opened();
        grid.move_to(2, false);
        grid.filter = TextField::holding("ET");
        grid.apply_filter();
        assert_eq!(shown(&grid), ["beta"]);
        assert_eq!(grid.cursor(), Some(0));
        grid.filter = TextField::holding("nobody");
        grid.apply_filter();
        assert!(grid.is_empty() && grid.cursor().is_none() && grid.copied().is_none());
        assert_eq!(grid.selected_count(), 0);
    }

    #[test]
    fn what_is_selected_is_copied_with_its_titles() {
        let (mut grid, _) = opened();
        grid.move_to(1, false);
        grid.move_to(2, true);
        assert_eq!(grid.selected(), 1..=2);
        assert_eq!(grid.copied().as_deref(), Some("Name\tN\nalpha\t1\ngamma\t2"));
        grid.select_all();
        assert_eq!(grid.selected_count(), 3);
        let many: Vec<String> = (0..=MOST_COPIED / 2).map(|at| at.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let mut asker = Asker::default();
        grid.show(Source::Sheet(sheet(&many)), &mut asker);
        serve(&mut grid, &mut asker);
        grid.select_all();
        assert_eq!(grid.copied(), None, "too many for a clipboard");
    }
}
