//! Runs what the flow asks for, on a thread of its own, and answers with events. The window never waits for it.
//!
//! | file | what |
//! | --- | --- |
//! | `desk` | takes effects in, keeps tasks apart, ends them |
//! | `outbox` | events out, and the waker; progress told no faster than anybody can read |
//! | `hands` | what a job works with: data folder, memory, keyring, progress, stop |
//! | `queries` | each query: reads, changes nothing |
//! | `properties` | what *Properties* asks and changes |
//! | `published` | the questions about what is published: groups, computers, log queries; tables |
//! | `app_file` | the file with an app and its secret key |
//! | `commands` | each command: one job, its end |
//! | `creation` | making a connection, and finishing one that was not finished |
//! | `upkeep` | the schedule after that: what can be said of it, and installing it |
//! | [`publication`] | one publication, recorded in the history; also what `asw sync` runs |
//! | [`diagnosis`] | a look at every layer; also what `asw diagnose` says |
//! | [`overview`] | what we remember of each connection; also what `asw status` shows |
//!
//! One named thread carries a tokio runtime. Effects go in over a channel, events come out over another, and after each event
//! the window is woken; nobody polls. A query that nobody waits for any more is dropped where it stands. A command is never
//! dropped: it stops at a safe point when asked to, and its end is always told.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::flow::effect::FilePurpose;
use crate::flow::{Effect, Event};
use crate::model::{Failure, Problem, Result};
use crate::platform::JOB_STACK;
use crate::schedule::Machine;
use crate::secrets::SharedVault;

mod app_file;
mod commands;
mod creation;
mod desk;
pub mod diagnosis;
mod hands;
mod outbox;
pub mod overview;
mod properties;
pub mod publication;
mod published;
mod queries;
mod upkeep;

use desk::Desk;
use hands::Core;
use outbox::Outbox;

/// Threads for what is under way. Most of it waits for others; calls of the keyring have threads of their own.
const WORKERS: usize = 3;

/// What hangs in a call that cannot be given up, such as a keyring's question that nobody answers, is left to itself after this.
const LEAVE_AFTER: Duration = Duration::from_millis(500);

/// What a backend works with.
pub struct Surroundings {
    /// The data folder.
    pub data_dir: PathBuf,
    /// Where secrets are; `None` for this system's keyring, opened when it is first needed.
    pub vault: Option<SharedVault>,
    /// Opens an address in a browser, and answers whether it could.
    pub open_browser: fn(&str) -> bool,
    /// Opens a file in its viewer, and answers whether it could.
    pub open_file: fn(&std::path::Path) -> bool,
    /// Where schedules are set; `None` where none may be, as on the lab, which ends with the window.
    pub machine: Option<Machine>,
}

/// A running backend. Dropped, it asks everything under way to stop, and waits until it has; not longer than 20 seconds.
pub struct Backend {
    /// Taken when it is dropped: that ends the thread.
    asks: Option<UnboundedSender<Ask>>,
    events: Receiver<Event>,
    outbox: Outbox,
    thread: Option<JoinHandle<()>>,
}

/// What goes in.
#[expect(clippy::large_enum_variant, reason = "a handful at a time")]
enum Ask {
    Effect(Effect),
    File(FilePurpose, Picked),
}

type Picked = Pin<Box<dyn Future<Output = Option<PathBuf>> + Send>>;

impl Backend {
    /// Opens the data folder and starts the thread.
    ///
    /// # Errors
    /// The store's: `DataFolder`, `DatabaseNewer`, `Database`.
    pub fn start(surroundings: Surroundings) -> Result<Self> {
        let core = Arc::new(Core::open(surroundings)?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_stack_size(JOB_STACK)
            .thread_name("asw-worker")
            .enable_all()
            .build()
            .map_err(not_started)?;
        let (asks, taken) = unbounded_channel();
        let (sender, events) = mpsc::channel();
        let outbox = Outbox::new(sender);
        let desk = Desk::new(core, outbox.clone());
        let thread = std::thread::Builder::new()
            .name("asw-backend".to_owned())
            .stack_size(JOB_STACK)
            .spawn(move || {
                runtime.block_on(desk.run(taken));
                runtime.shutdown_timeout(LEAVE_AFTER);
            })
            .map_err(not_started)?;
        Ok(Self {
            asks: Some(asks),
            events,
            outbox,
            thread: Some(thread),
        })
    }

    /// After every event from now on this is called, on another thread: it wakes the window.
    pub fn wake_with(&self, wake: impl Fn() + Send + Sync + 'static) {
        self.outbox.wake_with(Arc::new(wake));
    }

    /// Begins what is asked for, and returns at once.
    pub fn carry_out(&self, effect: Effect) {
        self.ask(Ask::Effect(effect));
    }

    /// Waits, elsewhere, for a person to choose a file.
    pub fn await_file(&self, purpose: FilePurpose, file: impl Future<Output = Option<PathBuf>> + Send + 'static) {
        self.ask(Ask::File(purpose, Box::pin(file)));
    }

    /// What has come back since the last time.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        self.events.try_iter()
    }

    fn ask(&self, ask: Ask) {
        let taken = self.asks.as_ref().is_some_and(|asks| asks.send(ask).is_ok());
        if !taken {
            tracing::error!("the backend has ended before the window");
        }
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.asks.take();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the backend's thread ended unexpectedly");
        }
    }
}

fn not_started(cause: std::io::Error) -> Failure {
    let what = format!("its threads could not be started ({cause})");
    Problem::Internal { what }.into()
}
