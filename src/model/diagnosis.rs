//! What a look at every layer found: a report for a ticket. No secret in it.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::dry_run::RowsUp;
use super::plan::CheckKind;
use super::{Connection, Failure, Problem, Warning};

/// The report.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// The program, and the machine that it runs on.
    pub machine: Machine,
    /// Each layer, in the order in which one stands on the other.
    pub layers: Vec<Examined>,
    /// The connection, where the report is about one, as it is kept.
    pub connection: Option<Box<Connection>>,
    /// Its latest runs, newest first.
    pub runs: Vec<RunLine>,
    /// The latest warnings and errors of the log, newest last.
    pub log: Vec<LogLine>,
}

impl Diagnosis {
    /// How many layers failed.
    pub fn failed(&self) -> usize {
        let failed = |each: &&Examined| matches!(each.verdict, Verdict::Failed(_));
        self.layers.iter().filter(failed).count()
    }
}

/// The program, and the machine that it runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Version of this program.
    pub version: &'static str,
    /// What it was built with: optional parts by name.
    pub features: Vec<&'static str>,
    /// The operating system and its version.
    pub system: String,
    /// The processor's architecture.
    pub architecture: &'static str,
    /// The program file.
    pub program: PathBuf,
    /// The data folder.
    pub data_dir: PathBuf,
    /// The log file.
    pub log: PathBuf,
    /// Environment variables that matter to us, in the order of their names; passwords inside are replaced.
    pub variables: Vec<(String, String)>,
    /// Connections of this account.
    pub connections: usize,
}

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layer {
    /// The data folder can be written.
    DataFolder,
    /// The database is whole.
    Store,
    /// The keyring answers.
    Keyring,
    /// The machine's scheduler, and what stands there.
    Schedule,
    /// The secret key of the connection is in the keyring.
    SecretKey,
    /// The password of the site's account is in the keyring.
    SitePassword,
    /// What readiness looks at: tenant, sign-in, workspace, rights, site, collections.
    Check(CheckKind),
    /// The workspace answers a log query.
    Query,
    /// Rows of history can go up: the rule stands, and Azure gives a token for uploads.
    Ingestion,
}

/// A layer, and what was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// What was looked at.
    pub layer: Layer,
    /// What was found.
    pub verdict: Verdict,
    /// What a person should know though it passed.
    pub warnings: Vec<Warning>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It works; a few words on what was seen.
    Passed(String),
    /// It does not.
    Failed(Failure),
    /// It was not looked at.
    NotLookedAt(Why),
}

/// Why a layer was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// What it stands on has failed.
    Depends,
    /// The connection does not use it.
    NotUsed,
    /// The program runs on the lab, which ends with it.
    Lab,
}

/// A run as the history has it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunLine {
    /// What for, in one word.
    pub kind: &'static str,
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it ended; `None` while it is under way, and for ever when it was killed.
    pub ended: Option<DateTime<Utc>>,
    /// Why nothing at all could be done, where that is so.
    pub problem: Option<Problem>,
    /// How many collections it published, found unchanged, and failed with.
    pub collections: (usize, usize, usize),
    /// Rows that Azure has taken.
    pub sent: RowsUp,
    /// What failed, each once, with the number of collections.
    pub problems: Vec<(Problem, usize)>,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Local time, as the log has it.
    pub time: String,
    /// It is an error, not a warning.
    pub is_error: bool,
    /// Which part of the program wrote it.
    pub component: String,
    /// The message, with its facts.
    pub message: String,
}
