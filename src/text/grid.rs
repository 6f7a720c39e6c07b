//! Words of every table.

use super::count;
use crate::flow::grid::MOST_COPIED;

/// How a table is used, for screen readers.
pub const HOW: &str =
    "Left and Right choose a column, Space sorts by it. Shift with the arrows selects rows, Ctrl+C copies them.";
/// What the pointer is told at a title.
pub const SORTS: &str = "Sorts by this column; again turns it round.";
/// The button that opens *Save as CSV*, and its dialog.
pub const SAVE: &str = "Save as CSV…";
/// The title of that dialog.
pub const SAVE_TITLE: &str = "Save as CSV";
/// A field of that dialog.
pub const FILE: &str = "File";
/// In that field while it is empty.
pub const FILE_EXAMPLE: &str = "groups.csv";
/// A button of that dialog.
pub const SAVE_NOW: &str = "Save";
/// A button of that dialog that opens the system's own.
pub const SAVE_AS: &str = "Save as…";
/// Why Save is not available.
pub const NAME_A_FILE: &str = "Name a file first.";
/// While the file is written.
pub const SAVING: &str = "Saving";
/// A button beside a file that is in the way.
pub const REPLACE: &str = "Replace it";
/// A field above a table.
pub const FILTER: &str = "Search";

/// What goes into the file.
pub fn rows_to_save(rows: usize) -> String {
    format!("{} as shown: searched and sorted.", count(rows, "row", "rows"))
}

/// It is there.
pub fn saved(path: &std::path::Path) -> String {
    format!("Saved in {}.", path.display())
}

/// It was there already.
pub fn in_the_way(path: &std::path::Path) -> String {
    format!("{} exists already, and was left as it is.", path.display())
}

/// How many rows there are, are shown, are selected.
pub fn rows(shown: usize, all: usize, selected: usize) -> String {
    let mut words = match shown == all {
        true => count(all, "row", "rows"),
        false => format!("{shown} of {}", count(all, "row", "rows")),
    };
    if selected > 1 {
        words.push_str(&format!(", {selected} selected"));
    }
    words
}

/// More is selected than can be copied.
pub fn too_many_to_copy() -> String {
    format!("At most {MOST_COPIED} cells are copied at once. Save the rows as CSV instead.")
}
