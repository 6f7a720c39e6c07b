//! The backend without a window: effects in, events out, on real parts.
//!
//! | module | what |
//! | --- | --- |
//! | `rig` | a bench with a backend on it; waits for events |
//! | `queries` | each query's good and bad answer; an abandoned one really ends |
//! | `creation` | making a connection: kept, forgotten, stopped, finished |
//! | `labels` | each app of the lab with each choice; each cloud |
//! | `history` | history, an administrator's help, taking over |
//! | `schedule` | the schedule that comes after making |
//! | `commands` | publishing, a new secret key, removal; two at a time; the end of the window |

mod commands;
mod creation;
mod history;
mod labels;
mod queries;
pub mod rig;
mod schedule;
