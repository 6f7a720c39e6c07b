//! The built-in lab: an Entra authority, Resource Manager, a log-query and an ingestion endpoint, Microsoft Graph and a
//! Configuration Manager site on loopback ports. Strict and stateful; what it does not know, it refuses. It is the
//! default of `asw demo`, and what the tests run against. It uses nothing of the rest of the library, so that a mistake
//! there cannot agree with itself here.
//!
//! | file | holds |
//! | --- | --- |
//! | [`running`] | [`start`], and the [`Lab`] that runs: start reading here |
//! | [`info`] | what a lab tells once it is ready |
//! | `files` | its temporary folder: environment file, SETUP.toml files |
//! | `ports`, `decoys` | its seven ports, and what answers behind each; hosts that may be mistaken for the site |
//! | `server` | connections, HTTP/1.1 |
//! | `tls` | certificates made for one run |
//! | `pipeline` | the way of a request: log, planned fault, handler |
//! | [`faults`], `pattern`, [`fault_plan`] | one planned fault; its path pattern; the plan in force |
//! | [`requests`], `redact` | the log of requests; how secrets stay out of it |
//! | [`clock`] | lab time |
//! | `control` | the control address, for tests |
//! | [`http`], [`service`] | one request, one response; the names of the services |
//! | [`azure`] | the lab's Azure; [`kql`] runs its queries |
//! | [`site`] | the lab's Configuration Manager site |

pub mod azure;
pub mod clock;
mod control;
mod decoys;
pub mod fault_plan;
pub mod faults;
mod files;
pub mod http;
pub mod info;
pub mod kql;
mod pattern;
mod pipeline;
mod ports;
mod redact;
pub mod requests;
pub mod running;
mod server;
pub mod service;
pub mod site;
mod tls;

pub use azure::NationalCloud;
pub use faults::{Fault, FaultError};
pub use files::FileError;
pub use info::LabInfo;
pub use ports::PortError;
pub use running::{Lab, LabConfig, LabError, start};
pub use tls::TlsError;
