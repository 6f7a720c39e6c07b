//! The library behind both programs: `asw` (command line) and `azure-services-wizard` (window).
//!
//! Floors, from the ground up. A module may use what stands on a lower floor, never what stands above it or beside it
//! (`tests/it/floors.rs` holds this table):
//!
//! | floor | modules | what |
//! | --- | --- | --- |
//! | 5 | [`ui`], [`cli`] | two fronts: draw the state, or print it |
//! | 4 | [`backend`] | runs what [`flow`] asks for and answers with events |
//! | 3 | [`connect`], [`publish`], [`schedule`] | the jobs: make a connection, publish it, have the machine's scheduler do so |
//! | 2 | [`azure`], [`configmgr`], [`store`], [`secrets`], [`platform`] | the outside world, one folder each; none knows another |
//! | 1 | [`model`] | what the words mean: validated types, plans, reports, [`model::Problem`] |
//!
//! Beside the stairs: [`flow`] (what the window knows and does, as pure state machines; knows `model` only), [`text`] (every
//! sentence people read; knows `model` and the names of `flow`'s pages and events) and [`lab`] (the built-in lab; knows nothing of
//! ours).
//!
//! Start reading at [`connect`] for how a connection is made and at [`publish`] for how a membership becomes a group.

pub mod model;
pub mod text;

pub mod flow;

pub mod azure;
pub mod configmgr;
pub mod platform;
pub mod secrets;
pub mod store;

pub mod connect;
pub mod publish;
pub mod schedule;

pub mod backend;

pub mod cli;
pub mod ui;

#[cfg(feature = "lab")]
pub mod lab;

#[cfg(all(any(test, fuzzing), feature = "lab"))]
pub mod fuzzing;
