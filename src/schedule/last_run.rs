//! What the scheduled run before has left in the data folder: how it ended, and its answer.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{Problem, Result};

/// A scheduled run that has ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LastScheduled {
    /// When it began.
    pub started: DateTime<Utc>,
    ended: DateTime<Utc>,
    exit: u8,
    answer: Value,
}

impl LastScheduled {
    /// Writes down how a scheduled run has ended: its exit code, and its answer for scripts. No secret is in any answer.
    ///
    /// # Errors
    /// `FileUnwritable`.
    pub fn keep(data_dir: &Path, started: DateTime<Utc>, exit: u8, answer: Value) -> Result<()> {
        let ended = Utc::now();
        let kept = Self {
            started,
            ended,
            exit,
            answer,
        };
        let path = file(data_dir);
        // By another name first, so that whoever waits for it never reads half of it.
        let half = path.with_extension("part");
        let written = std::fs::write(&half, json!(kept).to_string()).and_then(|()| std::fs::rename(&half, &path));
        written.map_err(|cause| {
            let (path, cause) = (path.display().to_string(), cause.to_string());
            Problem::FileUnwritable { path, cause }.into()
        })
    }

    /// The latest, where there is one.
    pub fn read(data_dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(file(data_dir)).ok()?).ok()
    }

    /// Whether everything that it was to publish was published.
    pub fn ended_well(&self) -> bool {
        self.exit == 0
    }

    /// What it says of its end, for people.
    pub fn said(&self) -> String {
        let runs = self.answer["runs"].as_array().into_iter().flatten();
        let answers = std::iter::once(&self.answer).chain(runs.map(|run| &run["result"]));
        let collections = |answer: &Value| answer["collections"].as_array().cloned().unwrap_or_default();
        let errors = answers.flat_map(|answer| std::iter::once(answer.clone()).chain(collections(answer)));
        let mut errors = errors.filter_map(|each| each["error"]["message"].as_str().map(str::to_owned));
        errors
            .next()
            .unwrap_or_else(|| format!("it ended with exit code {}", self.exit))
    }
}

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("scheduled-run.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_is_told_wherever_it_stands() {
        let dir = tempfile::tempdir().unwrap();
        assert!(LastScheduled::read(dir.path()).is_none());
        let of = |exit, answer| {
            LastScheduled::keep(dir.path(), DateTime::UNIX_EPOCH, exit, answer).unwrap();
            LastScheduled::read(dir.path()).unwrap()
        };
        assert!(of(0, json!({ "runs": [] })).ended_well());
        let why = |message: &str| json!({ "error": { "message": message } });
        let within = json!({ "runs": [{ "result": { "collections": [{ "id": "PS100016" }, why("No right.")] } }] });
        for (answer, said) in [
            (why("The keyring is locked."), "The keyring is locked."),
            (within, "No right."),
            (json!({}), "it ended with exit code 6"),
        ] {
            let run = of(6, answer);
            assert_eq!((run.ended_well(), run.said().as_str()), (false, said));
        }
    }
}
