//! The floors of the house: a module uses what stands on a lower floor, never what stands above it or beside it.
//!
//! Read from the source text: every `crate::NAME` outside comments.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What each room may use. A room that is not here does not belong to the house.
const MAY_USE: [(&str, &[&str]); 15] = [
    ("model", &[]),
    ("flow", &["model"]),
    ("text", &["model", "flow"]),
    ("azure", &["model"]),
    ("configmgr", &["model"]),
    ("store", &["model"]),
    ("secrets", &["model"]),
    ("platform", &["model"]),
    (
        "connect",
        &["model", "azure", "configmgr", "store", "secrets", "platform"],
    ),
    (
        "publish",
        &["model", "azure", "configmgr", "store", "secrets", "platform"],
    ),
    ("schedule", &["model", "store", "platform"]),
    (
        "backend",
        &[
            "model",
            "flow",
            "azure",
            "configmgr",
            "store",
            "secrets",
            "platform",
            "connect",
            "publish",
            "schedule",
        ],
    ),
    ("ui", &["model", "flow", "text", "platform", "backend"]),
    (
        "cli",
        &[
            "backend",
            "model",
            "text",
            "azure",
            "configmgr",
            "store",
            "secrets",
            "platform",
            "connect",
            "publish",
            "schedule",
            "lab",
        ],
    ),
    ("lab", &[]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The rooms that a source text names after `crate::`, grouped uses (`crate::{a, b}`) included.
fn rooms_used(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut rooms = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let names = if let Some(group) = rest.strip_prefix('{') {
            group
                .split('}')
                .next()
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .collect()
        } else {
            vec![rest]
        };
        for name in names {
            let room: String = name
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect();
            if !room.is_empty() {
                rooms.insert(room);
            }
        }
    }
    rooms
}

#[test]
fn no_room_uses_what_stands_above_or_beside_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut crossed = Vec::new();
    let mut looked_at = 0;
    for file in files {
        let path = file.strip_prefix(&src).unwrap();
        let room = path
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_string_lossy()
            .into_owned();
        if file.parent().is_none_or(|parent| parent == src) || room == "bin" {
            continue; // lib.rs, main.rs, bin/: the roof
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == room) else {
            panic!("{} is in no room of the house", path.display());
        };
        for used in rooms_used(&std::fs::read_to_string(&file).unwrap()) {
            if used != room && !allowed.contains(&used.as_str()) {
                crossed.push(format!("{} uses {used}", path.display()));
            }
        }
        looked_at += 1;
    }
    assert!(looked_at > 50, "only {looked_at} files were looked at");
    assert!(crossed.is_empty(), "floors crossed:\n{}", crossed.join("\n"));
}

#[test]
fn a_crossing_would_be_seen() {
    let seen = rooms_used("use crate::{azure, store::Store};\nlet x = crate::cli::run;\n// crate::lab");
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["azure", "cli", "store"]);
}

/// Windows' own sign-in is the one thing that is worth foreign calls.
#[test]
fn one_file_only_calls_foreign_functions() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let allows = |file: &&PathBuf| std::fs::read_to_string(file).unwrap().contains("unsafe_code");
    let allowed: Vec<&PathBuf> = files.iter().filter(allows).collect();
    assert_eq!(allowed, [&src.join("configmgr/negotiate/sspi_native.rs")]);
}

/// Every folder opens with a map.
#[test]
fn every_folder_has_a_map() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    for map in files.iter().filter(|file| file.ends_with("mod.rs")) {
        let text = std::fs::read_to_string(map).unwrap();
        assert!(text.starts_with("//! "), "{} does not open with a map", map.display());
        assert!(!text.contains("map to come"), "{}", map.display());
    }
}
