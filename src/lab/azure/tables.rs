//! The tables that every workspace of the lab has from the start. They are empty; of the workspace to which agents report,
//! [`super::heartbeats`] fills one.

use std::collections::HashMap;
use std::sync::Arc;

use crate::lab::kql::{Column, ColumnType, Table};

/// Name and columns of each table, as Microsoft's table reference gives them; a selection of the columns.
const TABLES: [(&str, &[(&str, ColumnType)]); 2] = [
    (
        "Heartbeat",
        &[
            ("TenantId", ColumnType::String),
            ("SourceSystem", ColumnType::String),
            ("TimeGenerated", ColumnType::DateTime),
            ("MG", ColumnType::String),
            ("Computer", ColumnType::String),
            ("ComputerIP", ColumnType::String),
            ("Category", ColumnType::String),
            ("OSType", ColumnType::String),
            ("OSName", ColumnType::String),
            ("Version", ColumnType::String),
            ("Solutions", ColumnType::String),
            ("ResourceGroup", ColumnType::String),
            ("SubscriptionId", ColumnType::String),
            ("Type", ColumnType::String),
            ("_ResourceId", ColumnType::String),
        ],
    ),
    (
        "ComputerGroup",
        &[
            ("Computer", ColumnType::String),
            ("Group", ColumnType::String),
            ("GroupFullName", ColumnType::String),
            ("GroupId", ColumnType::String),
            ("GroupSource", ColumnType::String),
            ("GroupSourceName", ColumnType::String),
            ("SourceSystem", ColumnType::String),
            ("TimeGenerated", ColumnType::DateTime),
            ("Type", ColumnType::String),
            ("_ResourceId", ColumnType::String),
            ("_SubscriptionId", ColumnType::String),
        ],
    ),
];

/// The built-in tables by name.
pub(super) fn built_in() -> HashMap<String, Arc<Table>> {
    TABLES
        .iter()
        .map(|(name, columns)| {
            let columns = columns
                .iter()
                .map(|(name, kind)| Column {
                    name: (*name).to_owned(),
                    kind: *kind,
                })
                .collect();
            let table = Table {
                columns,
                rows: Vec::new(),
            };
            ((*name).to_owned(), Arc::new(table))
        })
        .collect()
}
