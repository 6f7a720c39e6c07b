//! The lab's Configuration Manager site: an emulation of the AdminService of an SMS Provider, with a hierarchy, devices
//! and collections made from a seed.
//!
//! What this room may know: the request and response of [`crate::lab::http`], and crate `sspi` for the server side of the
//! sign-in. Nothing else of the library, so that it cannot agree with a mistake of ours.
//!
//! | file | what |
//! | --- | --- |
//! | [`world`] | everything the site is and remembers |
//! | [`seed`], [`devices`], [`device_rows`], [`people`] | records and their properties |
//! | [`names`], [`collections`], [`hierarchy`] | collections and sites, and their properties |
//! | [`truth`], [`churn`] | what each group must hold, by version; memberships that change |
//! | [`evaluation`] | memberships that change under the eyes of a reader |
//! | [`azure`] | the tenant and the apps that the site knows |
//! | [`agents`] | what the agents on its computers call themselves in a workspace |
//! | [`accounts`], [`auth`] | who may sign in, and how |
//! | [`classes`], [`schema`], [`rows`], [`tables`] | what a class is, which there are, the layout of a row, the rows that a caller sees |
//! | [`odata`], [`parser`], [`filter`] | paths and query options; the grammar of `$filter`, its meaning |
//! | [`index`] | pages of large lists without a walk through all rows |
//! | [`service`], [`writes`] | requests to answers; methods and writes |
//! | [`knobs`], [`knob_table`] | the switches; their table, for people |
//!
//! Start reading at [`Site::handle`].
//!
//! How close it is: layouts, statuses and refusals follow Microsoft's documentation and published logs of real requests.
//! Where nothing published says what a real provider does, the lab takes the stricter way or has a switch for both
//! ([`KNOBS`]). Of writes it takes the deletion of a collection and a refresh, for the answers that real sites give to them;
//! the versioned route is not there, and Kerberos is refused unless a switch lets it in, because there is no domain controller.
//!
//! ## The emulator checklist
//!
//! Tests through the public client tick each item off; the table is in `tests/it/site_checklist/mod.rs`.
//!
//! | item | option of `asw lab` |
//! | --- | --- |
//! | 1 certificate of an untrusted root | always; `--site-host NAME` for a full name in it |
//! | 2 a sign-in at every request | always; `--no-site-auth` for none |
//! | 3 Kerberos and NTLM told apart | `--site-build`, `--site kerberos=accepted` |
//! | 4 roles | accounts in the ready line; `--site no_rights_status=403` |
//! | 5 decoys | `--decoys`; `--site role=iis` |
//! | 6 hierarchies | `--site hierarchy=…` |
//! | 7 service connection point | `--site scp=…` |
//! | 8, 9 names and rows | always |
//! | 10 queries | always; `--site refused_filters=empty`, `refused_properties=…`, `ranges=refused`, `orderby_with_skip=refused` |
//! | 11 collapsing rows | `--site collapse_select=true` |
//! | 12 data | `--devices`, `--collections`; `--site mid_change=…`, `evaluation=…` |
//! | 13 links, busy answers, builds | `--site next_link_cap=…`, `next_link_origin=…`; `--fault FILE`; `--site-build` |
//! | 14 methods and deletions | always |

mod accounts;
mod agents;
mod auth;
mod azure;
mod churn;
mod classes;
mod collections;
mod device_rows;
mod devices;
mod evaluation;
mod filter;
mod hierarchy;
mod index;
mod knob_table;
mod knobs;
mod names;
mod odata;
mod parser;
mod people;
mod rows;
mod schema;
mod seed;
mod service;
mod tables;
#[cfg(test)]
mod tests;
mod truth;
mod world;
mod writes;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use self::accounts::{Account, Role};
pub use self::agents::Agent;
pub use self::auth::SiteConnection;
use self::auth::{Policy, SignIn};
pub use self::azure::KnownAzure;
use self::collections::Type;
pub use self::knob_table::{KNOBS, Knob, knobs_as_text, parse_knob};
pub(super) use self::service::iis_not_found;
use self::tables::View;
use self::truth::Naming;
use self::world::World;
use super::http::{Request, Response};

/// The first build (version 2509) that refuses NTLM.
const FIRST_BUILD_WITHOUT_NTLM: u32 = 9141;

/// What the lab's hierarchy is made from.
#[derive(Debug, Clone)]
pub struct SiteConfig {
    /// Everything random comes from this number.
    pub seed: u64,
    /// Device records; the two unknown computers and the provisioning device come on top.
    pub devices: usize,
    /// Device collections chosen from for publishing, built-in ones included. Six are built in; with a smaller number the
    /// others exist all the same and are not chosen.
    pub collections: usize,
    /// So many of the custom ones, the last ones, hold every computer.
    pub everyone: usize,
    /// Build number, such as 9135; from 9141 on NTLM is refused.
    pub build: u32,
    /// Whether a sign-in is asked for.
    pub sign_in: bool,
    /// Host name of the SMS Provider.
    pub host: String,
    /// What it has been told of Azure.
    pub azure: Option<KnownAzure>,
}

/// What each computer group must hold: the rule stands at the head of the file `truth.rs`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Truth {
    /// Rises with every change of a membership, also where the computer names stay the same.
    pub version: u64,
    /// One entry a device collection.
    pub collections: Vec<TrueCollection>,
}

/// The true members of one device collection.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TrueCollection {
    /// Collection ID.
    pub id: String,
    /// Collection name.
    pub name: String,
    /// The version at which this membership last changed.
    pub version: u64,
    /// Computer names, sorted by their lower-case forms, then by their spellings.
    pub computers: Vec<String>,
}

/// The lab's site. All state inside; every method takes `&self`.
pub struct Site {
    accounts: Vec<Account>,
    world: Mutex<World>,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("accounts", &self.accounts)
            .finish_non_exhaustive()
    }
}

impl Site {
    /// Makes the hierarchy as it is at `now`.
    pub fn new(config: SiteConfig, now: DateTime<Utc>) -> Self {
        Self {
            accounts: accounts::make(config.seed),
            world: Mutex::new(World::new(config, now)),
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        // A panic of another thread leaves at worst a half-made churn, which is still a valid site.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account that is a full administrator, as `DOMAIN\user`, and its password.
    pub fn account(&self) -> (String, String) {
        let administrator = self.accounts.iter().find(|account| account.role == Role::Administrator);
        administrator
            .map(|account| (account.name(), account.password.clone()))
            .unwrap_or_default()
    }

    /// Every account: role (`full-administrator`, `read-only-analyst`, `no-rights`, `wmi-rights-missing`), `DOMAIN\user`,
    /// password.
    pub fn accounts(&self) -> Vec<(String, String, String)> {
        self.accounts
            .iter()
            .map(|account| (account.role.word().to_owned(), account.name(), account.password.clone()))
            .collect()
    }

    /// The device collections that the set-up files of the lab choose, in the order of their IDs: all of them, cut to the
    /// configured number. Custom ones come first in the cut, except that All Systems is always chosen.
    pub fn chosen_collections(&self) -> Vec<String> {
        let world = self.world();
        let mut devices: Vec<_> = world.collections.iter().filter(|c| c.kind == Type::Device).collect();
        devices.sort_by_key(|c| (c.id != "SMS00001", c.built_in));
        devices.truncate(world.config.collections);
        let mut chosen: Vec<String> = devices.into_iter().map(|c| c.id.clone()).collect();
        chosen.sort();
        chosen
    }

    /// The agents on its computers, as a workspace hears them.
    pub fn agents(&self) -> Vec<Agent> {
        agents::of(&self.world().devices)
    }

    /// Answers one request of one connection.
    pub fn handle(&self, connection: &mut SiteConnection, request: &Request, now: DateTime<Utc>) -> Response {
        let mut world = self.world();
        if world.knobs.iis {
            return service::iis_not_found();
        }
        if service::is_too_long(request) {
            return service::kernel_page(414, "Request-URI Too Long");
        }
        let segments = request.segments();
        let below = match segments.split_first() {
            Some((first, below)) if first.eq_ignore_ascii_case("AdminService") => below,
            _ => return service::kernel_page(404, "Not Found"),
        };
        match self.sign_in(connection, request, &world) {
            SignIn::Done(role, token) => {
                let response = answered(&mut world, role, request, below, now);
                world.note(format!(
                    "{} {} {} ({})",
                    request.method,
                    request.path,
                    response.status,
                    role.word()
                ));
                match token {
                    Some(token) => response.with_header("WWW-Authenticate", &format!("Negotiate {token}")),
                    None => response,
                }
            }
            SignIn::Continue(token) => unauthorized(&format!("Negotiate {token}")),
            SignIn::Missing => unauthorized("Negotiate"),
            SignIn::Refused(reason) => {
                world.note(reason);
                unauthorized("Negotiate")
            }
        }
    }

    fn sign_in(&self, connection: &mut SiteConnection, request: &Request, world: &World) -> SignIn {
        if !world.config.sign_in {
            return SignIn::Done(Role::Administrator, None);
        }
        let policy = Policy {
            ntlm: world.build() < FIRST_BUILD_WITHOUT_NTLM,
            kerberos: world.knobs.kerberos_accepted,
        };
        connection.sign_in(request.header("authorization"), &self.accounts, policy)
    }

    /// What each group must hold, now or at an earlier version; `None` for a version that never was, or that is older
    /// than the history kept (about ten thousand changes of a hundred moves).
    pub fn truth(&self, version: Option<u64>) -> Option<Truth> {
        let world = self.world();
        world.ledger.truth(version, &world.collections, &world.naming)
    }

    /// The same where only clients count.
    pub fn truth_of_clients(&self, version: Option<u64>) -> Option<Truth> {
        let world = self.world();
        let naming = Naming::of_clients(&world.devices);
        world.ledger.truth(version, &world.collections, &naming)
    }

    /// Moves `moves` memberships at random among the custom device collections; the built-in ones and the user
    /// collections stay as they are. Answers how many collections changed. The same seed on the same state makes the same
    /// moves; the version rises by one if anything changed.
    pub fn churn(&self, seed: u64, moves: usize, now: DateTime<Utc>) -> usize {
        let mut world = self.world();
        let movable = world.movable();
        world.churn(seed, moves, &movable, now)
    }

    /// The newest lines of the service's own log, oldest first, such as `Rejecting NTLM authentication.`
    pub fn log(&self) -> Vec<String> {
        self.world().log()
    }

    /// Sets one of the site's knobs (`POST /knobs` of the control address, `asw lab --site NAME=VALUE`): see [`KNOBS`].
    ///
    /// # Errors
    /// A sentence with the name of the knob that is not known, or with what it takes.
    pub fn set_knob(&self, name: &str, value: &serde_json::Value) -> Result<(), String> {
        let mut world = self.world();
        world.knobs.set(name, value)?;
        if world.knobs.evaluation.is_none() {
            world.end_evaluations();
        }
        Ok(())
    }
}

/// The 401 of http.sys, always with an empty body.
fn unauthorized(value: &str) -> Response {
    Response::empty(401).with_header("WWW-Authenticate", value)
}

/// The answer to a caller who has signed in.
fn answered(world: &mut World, role: Role, request: &Request, below: &[String], now: DateTime<Utc>) -> Response {
    match role {
        Role::NoRights if world.knobs.no_rights_403 => service::error(403, "Forbidden"),
        Role::NoRights => service::error(404, "Not Found"),
        // Two blanks, as reported from real sites.
        Role::Broken => service::error(404, "Access denied  WMI QUERY: "),
        Role::Administrator | Role::Analyst => {
            if let Some(response) = writes::answer(world, role, request, below, now) {
                return response;
            }
            let answer = service::answer(&View::new(world, role, now), request, below);
            if answer.ends_devices {
                world.knobs.late_devices = 0;
            }
            if let Some(collection) = answer.page_of {
                world.page_was_read(collection, now);
            }
            answer.response
        }
    }
}
