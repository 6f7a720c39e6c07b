//! The backend without a window: effects in, events out, on real parts.
//!
//! | module | what |
//! | --- | --- |
//! | `rig` | a bench with a backend on it; waits for events |
//! | `queries` | each query's good and bad answer; an abandoned one really ends |
//! | `creation` | making a connection: kept, forgotten, stopped, finished |
//! | `history` | history, an administrator's help, taking over |
//! | `commands` | publishing, a new secret key, removal; two at a time; the end of the window |

mod commands;
mod creation;
mod history;
mod queries;
pub mod rig;
