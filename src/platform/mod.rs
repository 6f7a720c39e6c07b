//! What this machine gives: the data folder, locks between processes, the log file, and a hook for tests that kill.
//!
//! Knows `model` only.
//!
//! | file | subject |
//! | --- | --- |
//! | `paths` | [`DataDir`]: where everything of ours lives |
//! | [`browser`] | opening an address in the system's browser |
//! | [`notification`] | a notification on the desktop |
//! | `stop` | [`stoppable`]: work that changes nothing and ends at once when a person wants to stop |
//! | `run_lock` | [`RunLock`]: one run of a connection at a time, over all processes |
//! | [`new_file`] | writing a text to a file that a person has named |
//! | [`mod@log`] | the log file that CMTrace and OneTrace open |
//! | [`log_tail`] | its latest warnings and errors, read back |
//! | `log_file` | appending to it from several processes, rolling it |
//! | [`mod@checkpoint`] | places where a test may stop the program and kill it |
//! | [`schedule`] | the machine's own scheduler, set to publish |
//! | [`single_instance`] | one window a data folder; a later start raises it |
//! | [`system`] | what this machine is, and its viewer of files |
//! | [`window_state`] | size and place of the window, from one start to the next |
//!
//! Start at [`DataDir`].

pub mod browser;
pub mod checkpoint;
pub mod log;
mod log_file;
pub mod log_tail;
pub mod new_file;
pub mod notification;
mod paths;
mod run_lock;
pub mod schedule;
pub mod single_instance;
mod stop;
pub mod system;
pub mod window_state;

/// The stack of a thread that runs jobs, in bytes. Futures nest deeply where nothing is optimised, and Windows gives a program's
/// first thread 1 MiB; what is not used costs nothing.
pub const JOB_STACK: usize = 8 << 20;

pub use checkpoint::checkpoint;
pub use paths::DataDir;
pub use run_lock::RunLock;
pub use stop::stoppable;
