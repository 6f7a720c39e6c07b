//! A table for a terminal: columns as wide as their longest cell, numbers to the right.

use crate::model::sheet::{CellKind, Sheet};

/// The table with its titles. Line ends inside a cell become blanks.
pub fn aligned(sheet: &Sheet) -> String {
    let columns = sheet.columns();
    let cell = |row: usize, column: usize| one_line(sheet.cell(row, column));
    let wide = |column: usize| {
        let title = columns.get(column).map_or(0, |column| column.name.chars().count());
        let cells = (0..sheet.rows()).map(|row| cell(row, column).chars().count());
        cells.fold(title, usize::max)
    };
    let widths: Vec<usize> = (0..columns.len()).map(wide).collect();
    let line = |cells: Vec<String>| {
        let cells = cells.into_iter().enumerate().map(|(at, text)| {
            let width = widths.get(at).copied().unwrap_or_default();
            match columns.get(at).map(|column| column.kind) {
                Some(CellKind::Number) => format!("{text:>width$}"),
                _ => format!("{text:<width$}"),
            }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        format!("{}\n", line.trim_end())
    };
    let mut text = line(columns.iter().map(|column| column.name.clone()).collect());
    text.push_str(&line(widths.iter().map(|width| "-".repeat(*width)).collect()));
    for row in 0..sheet.rows() {
        text.push_str(&line((0..columns.len()).map(|column| cell(row, column)).collect()));
    }
    text
}

fn one_line(cell: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    cell.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sheet::SheetWriter;

    #[test]
    fn columns_stand_below_their_titles() {
        let mut writer = SheetWriter::new([("Name", CellKind::Text), ("N", CellKind::Number)], false);
        writer.row(["a\nb", "1"]);
        writer.row(["Köln", "200"]);
        assert_eq!(
            aligned(&writer.finish()),
            "Name    N\n----  ---\na b     1\nKöln  200\n"
        );
    }
}
