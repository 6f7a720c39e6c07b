//! A query of a person's own.

use serde_json::Value;

use super::customer;
use crate::azure::Azure;
use crate::azure::Table;
use crate::model::group_view::Found;
use crate::model::sheet::{CellKind, Sheet, SheetWriter};
use crate::model::{Connection, Result};

/// Runs a query in the workspace of a connection. `timespan` as in [`Azure::query`].
///
/// # Errors
/// [`crate::model::Problem::QueryRefused`] with the workspace's reason; whatever keeps it from answering.
pub async fn run(azure: &Azure, connection: &Connection, kql: &str, timespan: Option<&str>) -> Result<Table> {
    let customer = customer(azure, connection).await?;
    azure.query(customer, kql, timespan).await
}

/// An answer as a table of texts.
pub fn found(table: &Table) -> Found {
    Found {
        sheet: sheet(table),
        partial: table.partial.clone(),
    }
}

fn sheet(table: &Table) -> Sheet {
    let columns = table
        .columns
        .iter()
        .map(|(name, kind)| (name.as_str(), cell_kind(kind)));
    let mut writer = SheetWriter::new(columns, false);
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(shown).collect();
        writer.row(cells.iter().map(String::as_str));
    }
    writer.finish()
}

fn cell_kind(kind: &str) -> CellKind {
    match kind {
        "int" | "long" | "real" | "decimal" => CellKind::Number,
        "datetime" => CellKind::Moment,
        _ => CellKind::Text,
    }
}

/// A cell in words; a null is empty.
fn shown(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_becomes_texts_with_the_meaning_of_their_columns() {
        let column = |(name, kind): (&str, &str)| (name.to_owned(), kind.to_owned());
        let kinds = [("A", "string"), ("B", "long"), ("C", "datetime"), ("D", "dynamic")];
        let table = Table {
            columns: kinds.map(column).into(),
            rows: vec![vec![json!("x"), json!(1.5), Value::Null, json!({"k": [true]})]],
            partial: Some("too much".into()),
        };
        let found = found(&table);
        let cells: Vec<&str> = (0..4).map(|column| found.sheet.cell(0, column)).collect();
        assert_eq!(cells, ["x", "1.5", "", "{\"k\":[true]}"]);
        let kinds: Vec<CellKind> = found.sheet.columns().iter().map(|column| column.kind).collect();
        assert_eq!(
            kinds,
            [CellKind::Text, CellKind::Number, CellKind::Moment, CellKind::Text]
        );
        assert_eq!(found.partial.as_deref(), Some("too much"));
    }
}
