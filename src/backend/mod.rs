//! Runs what the flow asks for, on a thread of its own, and answers with events. The window never waits for it.
//!
//! | file | what |
//! | --- | --- |
//! | `queries` | each query: reads, changes nothing |
//! | `commands` | each command: one job, its secrets, its end |
//! | `publication` | one publication, recorded in the history; also what `asw sync` runs |
//! | `overview` | what we remember of each connection; also what `asw status` shows |
//!
//! One named thread carries a tokio runtime. Effects go in over a channel, events come out over another, and after each event
//! the window is woken; nobody polls. A query that nobody waits for any more is dropped where it stands. A command is never
//! dropped: it stops at a safe point when asked to, and its end is always told.

use std::path::PathBuf;

use crate::flow::effect::FilePurpose;
use crate::flow::{Effect, Event};
use crate::model::Result;
use crate::secrets::SharedVault;

/// What a backend works with.
pub struct Surroundings {
    /// The data folder.
    pub data_dir: PathBuf,
    /// Where secrets are; `None` for this system's keyring, opened when it is first needed.
    pub vault: Option<SharedVault>,
}

/// A running backend. Dropped, it asks everything under way to stop, and waits until it has.
pub struct Backend {}

impl Backend {
    /// Opens the data folder and starts the thread.
    ///
    /// # Errors
    /// The store's: `DataFolder`, `DatabaseNewer`, `Database`.
    pub fn start(_surroundings: Surroundings) -> Result<Self> {
        Ok(Self {})
    }

    /// After every event from now on this is called, on another thread: it wakes the window.
    pub fn wake_with(&self, _wake: impl Fn() + Send + Sync + 'static) {}

    /// Begins what is asked for, and returns at once.
    pub fn carry_out(&self, _effect: Effect) {}

    /// Waits, elsewhere, for a person to choose a file.
    pub fn await_file(&self, _purpose: FilePurpose, _file: impl Future<Output = Option<PathBuf>> + Send + 'static) {}

    /// What has come back since the last time.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        std::iter::empty()
    }
}
