//! What `cargo fuzz` feeds: bytes from outside, as they reach each place where they become types, and what must hold whatever they
//! are. A broken rule is a panic. Built for tests, which feed the kept corpora of `fuzz/corpus`, and for `cargo fuzz`; in no program.
//!
//! | target | what it is fed |
//! | --- | --- |
//! | [`site_list`], [`site_refusal`] | answers of a site |
//! | [`azure_refusal`], [`token_refusal`] | refusals of Azure and of Entra |
//! | [`setup_file`], [`environment_file`] | files that a person wrote |
//! | [`kql_literal`] | names that become part of a query |
//! | [`lab_query`] | queries for the lab |
//!
//! `fuzz/README.md` says how to run them.

// Fuzzing reports by panics.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};

use crate::connect;
use crate::lab::kql::{self, Column, ColumnType, QueryError, Scope, Source, Table, Value};
use crate::model::kql::quoted;
use crate::model::{Failure, Problem};
use crate::text::problem::{for_ticket, wording};
use crate::{azure, configmgr};

/// What takes bytes.
pub type Target = fn(&[u8]);

/// All targets, by the names of their corpora.
pub const TARGETS: [(&str, Target); 8] = [
    ("site_list", site_list),
    ("site_refusal", site_refusal),
    ("azure_refusal", azure_refusal),
    ("token_refusal", token_refusal),
    ("setup_file", setup_file),
    ("environment_file", environment_file),
    ("kql_literal", kql_literal),
    ("lab_query", lab_query),
];

/// A page of a list, behind a byte that says into pieces of which size it is cut: they change nothing.
pub fn site_list(data: &[u8]) {
    configmgr::fuzzing::site_list(data);
}

/// The body of a site's refusal.
pub fn site_refusal(data: &[u8]) {
    configmgr::fuzzing::site_refusal(data);
}

/// A refusal of Resource Manager, behind two bytes of status and a line for its headers.
pub fn azure_refusal(data: &[u8]) {
    azure::fuzzing::azure_refusal(data).iter().for_each(is_fit_to_read);
}

/// A refusal of Entra, likewise.
pub fn token_refusal(data: &[u8]) {
    azure::fuzzing::token_refusal(data).iter().for_each(is_fit_to_read);
}

/// A set-up file.
pub fn setup_file(data: &[u8]) {
    with_file(data, |path| connect::setup_file::load(path).map(drop));
}

/// The file of a custom cloud.
pub fn environment_file(data: &[u8]) {
    with_file(data, |path| {
        connect::environment_file::resolve("file.toml", path.parent().unwrap()).map(drop)
    });
}

/// A text as a string literal in a query: it reads as the same text, and nothing of it is taken for language.
pub fn kql_literal(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let query = format!("print Computer = {}", quoted(text));
    let answer = kql::run(&query, &Workspace, &scope());
    let cell = answer.ok().and_then(|table| table.rows.into_iter().flatten().next());
    assert_eq!(cell, Some(Value::String(text.to_owned())), "{query}");
}

/// A query: an answer, or a refusal that says where and why.
pub fn lab_query(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match kql::run(text, &Workspace, &scope()) {
        Ok(table) => assert!(table.rows.iter().all(|row| row.len() == table.columns.len())),
        Err(QueryError::Syntax { line, column, message }) => {
            assert!(line > 0 && column > 0 && !message.is_empty());
        }
        Err(QueryError::Semantic { message }) => assert!(!message.is_empty()),
    }
}

/// Whatever was answered, a person reads a few lines without control characters.
fn is_fit_to_read(failure: &Failure) {
    let words = wording(failure.problem());
    assert!(!words.sentence.is_empty());
    let ticket = for_ticket(failure);
    for text in [&words.sentence, &words.next_step, &ticket] {
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        assert!(text.len() < 30_000, "{} bytes", text.len());
    }
}

/// Hands a file with this content to `read`, and looks at what is said where it cannot be read.
fn with_file(content: &[u8], read: impl FnOnce(&Path) -> Result<(), Failure>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.toml");
    std::fs::write(&path, content).unwrap();
    let Err(failure) = read(&path) else { return };
    is_fit_to_read(&failure);
    if let Problem::FileMalformed { line, column, .. } = failure.problem() {
        let lines = content.iter().filter(|byte| **byte == b'\n').count() + 1;
        assert!((1..=lines).contains(line) && *column > 0, "{line}:{column}");
    }
}

/// A workspace with one small table and one function.
struct Workspace;

impl Source for Workspace {
    fn table(&self, name: &str) -> Option<Arc<Table>> {
        let columns = [
            ("TimeGenerated", ColumnType::DateTime),
            ("Computer", ColumnType::String),
            ("Seq", ColumnType::Long),
            ("D", ColumnType::Dynamic),
        ];
        let row = |number: i64| {
            vec![
                Value::DateTime(DateTime::UNIX_EPOCH + TimeDelta::minutes(number)),
                Value::String(format!("pc{}", number % 3)),
                Value::Long(number),
                Value::Dynamic(serde_json::json!({"a": [number, null]})),
            ]
        };
        (name == "T").then(|| {
            Arc::new(Table {
                columns: columns
                    .map(|(name, kind)| Column {
                        name: name.to_owned(),
                        kind,
                    })
                    .to_vec(),
                rows: (0..5).map(row).collect(),
            })
        })
    }

    fn function(&self, alias: &str) -> Option<Arc<str>> {
        (alias == "F").then(|| Arc::from("T | where Seq > 1"))
    }
}

fn scope() -> Scope {
    Scope {
        now: DateTime::UNIX_EPOCH + TimeDelta::days(1),
        timespan: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kept_input_of_every_target() {
        let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join("corpus");
        for (name, target) in TARGETS {
            let mut fed = 0;
            for file in std::fs::read_dir(corpora.join(name)).unwrap() {
                target(&std::fs::read(file.unwrap().path()).unwrap());
                fed += 1;
            }
            assert!(fed > 2, "{name}: only {fed} inputs are kept");
        }
    }
}
