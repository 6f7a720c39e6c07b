//! A table of texts to look at: rows of a log query, lists of groups and computers. Sorted, searched, copied and written as CSV.
//! Pure; made once, away from the window, and shared.

use std::cmp::Ordering;
use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;

use chrono::DateTime;

use super::search::{Texts, folded};

/// How the cells of a column are compared, and on which side they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// As words, without regard to case.
    Text,
    /// As numbers.
    Number,
    /// As moments, in ISO 8601.
    Moment,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetColumn {
    /// Its title.
    pub name: String,
    /// What its cells are.
    pub kind: CellKind,
}

/// By which column rows are sorted, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// The place of the column.
    pub column: usize,
    /// The greatest first.
    pub descending: bool,
}

/// The table. Clones share it.
#[derive(Clone, Default)]
pub struct Sheet(Arc<Inner>);

#[derive(Default)]
struct Inner {
    columns: Vec<SheetColumn>,
    rows: usize,
    /// All cells, row by row, one behind the other.
    text: String,
    /// Where each cell ends in `text`.
    ends: Vec<u32>,
    /// What a search looks at; none where nobody searches.
    texts: Option<Texts>,
}

/// Rows and columns counted; the cells are too many to be of use.
impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sheet({} rows, {} columns)", self.rows(), self.columns().len())
    }
}

/// Equal where it is one and the same table.
impl PartialEq for Sheet {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A table that is being filled.
pub struct SheetWriter {
    inner: Inner,
    searched: bool,
    lines: Vec<String>,
}

impl SheetWriter {
    /// An empty table with these columns. `searched`: people may look for words in it.
    pub fn new<'a>(columns: impl IntoIterator<Item = (&'a str, CellKind)>, searched: bool) -> Self {
        let column = |(name, kind): (&str, CellKind)| SheetColumn {
            name: name.to_owned(),
            kind,
        };
        Self {
            inner: Inner {
                columns: columns.into_iter().map(column).collect(),
                ..Inner::default()
            },
            searched,
            lines: Vec::new(),
        }
    }

    /// Adds a row. Cells that are missing are empty; those behind the last column are left out.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        let mut cells = cells.into_iter();
        let mut line = String::new();
        for _ in 0..self.inner.columns.len() {
            let cell = cells.next().unwrap_or_default();
            self.inner.text.push_str(cell);
            if self.searched {
                line.push_str(cell);
                line.push('\n'); // no word is found across two cells
            }
            // An answer has at most some hundred megabytes.
            self.inner
                .ends
                .push(u32::try_from(self.inner.text.len()).unwrap_or(u32::MAX));
        }
        self.inner.rows += 1;
        if self.searched {
            self.lines.push(folded(&line));
        }
    }

    /// The table.
    pub fn finish(mut self) -> Sheet {
        if self.searched {
            self.inner.texts = Some(Texts::of(self.lines.iter().map(String::as_str)));
        }
        Sheet(Arc::new(self.inner))
    }
}

impl Sheet {
    /// Its columns.
    pub fn columns(&self) -> &[SheetColumn] {
        &self.0.columns
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.0.rows
    }

    /// One cell; empty where there is none.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        let Inner {
            columns, text, ends, ..
        } = &*self.0;
        if column >= columns.len() {
            return "";
        }
        let at = row * columns.len() + column;
        let place = |at: usize| ends.get(at).map(|end| *end as usize);
        let begin = at.checked_sub(1).map_or(Some(0), place);
        match (begin, place(at)) {
            (Some(begin), Some(end)) => text.get(begin..end).unwrap_or_default(),
            _ => "",
        }
    }

    /// All rows in the order in which they came.
    pub fn as_it_came(&self) -> Vec<u32> {
        (0..u32::try_from(self.rows()).unwrap_or(u32::MAX)).collect()
    }

    /// All rows in another order. Empty cells stand at the end, whichever way it is sorted; equal ones stay as they came.
    pub fn sorted(&self, sort: Sort) -> Vec<u32> {
        let kind = self.columns().get(sort.column).map(|column| column.kind);
        let cells = (0..self.rows()).map(|row| self.cell(row, sort.column));
        match kind {
            None => self.as_it_came(),
            Some(CellKind::Text) => {
                let keys: Vec<Option<String>> = cells.map(|cell| (!cell.is_empty()).then(|| folded(cell))).collect();
                self.by(&keys, sort.descending, Ord::cmp)
            }
            Some(CellKind::Number) => {
                let keys: Vec<Option<f64>> = cells.map(|cell| cell.trim().parse().ok()).collect();
                self.by(&keys, sort.descending, f64::total_cmp)
            }
            Some(CellKind::Moment) => {
                let moment = |cell: &str| DateTime::parse_from_rfc3339(cell).ok();
                let keys: Vec<_> = cells.map(moment).collect();
                self.by(&keys, sort.descending, Ord::cmp)
            }
        }
    }

    fn by<K>(&self, keys: &[Option<K>], descending: bool, compare: impl Fn(&K, &K) -> Ordering) -> Vec<u32> {
        let mut order = self.as_it_came();
        let key = |row: u32| keys.get(row as usize).and_then(Option::as_ref);
        order.sort_by(|one, other| match (key(*one), key(*other)) {
            (Some(one), Some(other)) if descending => compare(other, one),
            (Some(one), Some(other)) => compare(one, other),
            (one, other) => one.is_none().cmp(&other.is_none()),
        });
        order
    }

    /// Of these rows those in which each word of the filter stands, in any case; all of them where nobody searches.
    pub fn passing(&self, filter: &str, order: &[u32]) -> Vec<u32> {
        let filter = folded(filter);
        let words: Vec<&str> = filter.split_whitespace().collect();
        let Some(texts) = self.0.texts.as_ref().filter(|_| !words.is_empty()) else {
            return order.to_vec();
        };
        let mut passes = vec![false; self.rows()];
        for row in texts.rows_with(&words) {
            if let Some(row) = passes.get_mut(row as usize) {
                *row = true;
            }
        }
        let is_in = |row: &u32| passes.get(*row as usize).copied().unwrap_or_default();
        order.iter().copied().filter(is_in).collect()
    }

    /// These rows as CSV (RFC 4180), with the titles before them. Cells are as they are: what a spreadsheet makes of one that begins
    /// with an equals sign is for its reader to decide.
    pub fn csv(&self, order: &[u32]) -> String {
        let mut text = String::new();
        let titles = self.columns().iter().map(|column| column.name.as_str());
        csv_line(&mut text, titles);
        for row in order {
            let cells = (0..self.columns().len()).map(|column| self.cell(*row as usize, column));
            csv_line(&mut text, cells);
        }
        text
    }

    /// These rows with tabs between the cells, as spreadsheets take them from the clipboard. Titles come first where there are
    /// several columns.
    pub fn tabbed(&self, rows: impl IntoIterator<Item = u32>) -> String {
        let plain = |cell: &str| cell.replace(['\t', '\n', '\r'], " ");
        let mut lines = Vec::new();
        if self.columns().len() > 1 {
            let titles: Vec<String> = self.columns().iter().map(|column| plain(&column.name)).collect();
            lines.push(titles.join("\t"));
        }
        for row in rows {
            let cells = (0..self.columns().len()).map(|column| plain(self.cell(row as usize, column)));
            lines.push(cells.collect::<Vec<_>>().join("\t"));
        }
        lines.join("\n")
    }
}

fn csv_line<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            text.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) || cell.starts_with(' ') || cell.ends_with(' ') {
            // Writing into a String cannot fail.
            let _ = write!(text, "\"{}\"", cell.replace('"', "\"\""));
        } else {
            text.push_str(cell);
        }
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(rows: &[[&str; 3]]) -> Sheet {
        let columns = [
            ("Name", CellKind::Text),
            ("Count", CellKind::Number),
            ("At", CellKind::Moment),
        ];
        let mut writer = SheetWriter::new(columns, true);
        for row in rows {
            writer.row(row.iter().copied());
        }
        writer.finish()
    }

    fn order(sheet: &Sheet, column: usize, descending: bool) -> Vec<&str> {
        let sorted = sheet.sorted(Sort { column, descending });
        sorted.iter().map(|row| sheet.cell(*row as usize, 0)).collect()
    }

    #[test]
    fn each_column_is_sorted_by_what_it_means_with_empty_cells_at_the_end() {
        let sheet = sheet(&[
            ["beta", "10", "2026-11-25T14:03:59Z"],
            ["Alpha", "9", "2026-11-25T14:03:59.5Z"],
            ["alpha", "", ""],
            ["", "-1", "2026-11-25T15:03:59+02:00"],
        ]);
        assert_eq!(order(&sheet, 0, false), ["Alpha", "alpha", "beta", ""]);
        assert_eq!(order(&sheet, 0, true), ["beta", "Alpha", "alpha", ""]);
        assert_eq!(order(&sheet, 1, false), ["", "Alpha", "beta", "alpha"]);
        assert_eq!(order(&sheet, 1, true), ["beta", "Alpha", "", "alpha"]);
        assert_eq!(order(&sheet, 2, false), ["", "beta", "Alpha", "alpha"]);
        assert_eq!(order(&sheet, 7, false), ["beta", "Alpha", "alpha", ""]);
    }

    #[test]
    fn a_search_keeps_the_order_and_looks_at_all_cells() {
        let sheet = sheet(&[["Größe", "1", ""], ["other", "20", ""], ["GRÖSSE two", "21", ""]]);
        let order = [2, 1, 0];
        assert_eq!(sheet.passing("GRÖ", &order), [2, 0]);
        assert_eq!(sheet.passing("2 other", &order), [1]);
        assert_eq!(sheet.passing("  ", &order), order);
        assert!(sheet.passing("nobody", &order).is_empty());
    }

    #[test]
    fn csv_reads_back_whatever_the_cells_hold() {
        let sheet = sheet(&[["a,b", "\"quoted\"", "line\nbreak"], ["", " edge ", "東京"]]);
        assert_eq!(
            sheet.csv(&[1, 0]),
            "Name,Count,At\r\n,\" edge \",東京\r\n\"a,b\",\"\"\"quoted\"\"\",\"line\nbreak\"\r\n"
        );
    }

    #[test]
    fn a_copy_has_one_line_a_row() {
        let sheet = sheet(&[["a\tb", "1", "line\nbreak"]]);
        assert_eq!(sheet.tabbed([0]), "Name\tCount\tAt\na b\t1\tline break");
    }

    #[test]
    fn what_is_not_there_is_empty() {
        let mut writer = SheetWriter::new([("One", CellKind::Text), ("Two", CellKind::Text)], false);
        writer.row(["a"]);
        writer.row(["b", "c", "d"]);
        let sheet = writer.finish();
        let cells = |row| [sheet.cell(row, 0), sheet.cell(row, 1), sheet.cell(row, 2)];
        assert_eq!(
            [cells(0), cells(1), cells(2)],
            [["a", "", ""], ["b", "c", ""], ["", "", ""]]
        );
        assert_eq!(sheet.passing("b", &[0, 1]), [0, 1], "nobody searches it");
        assert_eq!(Sheet::default().csv(&[]), "\r\n");
    }
}
