//! All integration tests in one program: one link, one lab library.
//!
//! | module | what |
//! | --- | --- |
//! | `harness` | a lab, a data folder, and `asw` run inside this process or as a process of its own |
//! | `secret_service` | a real Secret Service for one test, and its own test |
//! | `stand_in` | a scheduler in the place of this machine's |
//! | `floors` | who may use whom |
//! | `dry_run` | what a run would do, and that looking writes nothing |
//! | `group_view` | what `asw groups` and `asw query` say, against what the lab knows by itself |
//! | `history` | rows over time: set up, published, on and off, undone, taken away, taken over |
//! | `removal` | a connection taken away, compared with what stood in Azure before it was made |
//! | `settings` | a connection's settings as a file; connections to two tenants and two sites |
//! | `command_line` | `docs/cli.md` against the command line and the window |
//! | `diagnosis` | the report for a ticket |
//! | `changes` | another name and description for a connection that stands |
//! | `relocation` | a connection that moves to another site |
//! | `members` | who is a member, under which name, and of which collections |
//! | `clouds` | each cloud from end to end, with the audiences that are built in |
//! | `kql_texts` | every KQL text, for Microsoft's language service |
//! | `problems_table` | the table in the documentation |
//! | `azure_errors` | the table of Azure's answers in the documentation |
//! | `paging` | the site's lists in every way of paging that a site may leave us |
//! | `person` | a person's own sign-in, and what it is good for |
//! | `proxy` | a company's proxy between us and Azure |
//! | `rights` | what each app may do, and the scripts for whoever can grant the rest |
//! | `thread` | the main job, command by command |
//! | `uploads` | how large uploads of rows are, and what is kept of a run |
//! | `unchanged` | a run where nothing has moved, request by request |
//! | `contracts` | every exchange with Azure against Microsoft's OpenAPI files |
//! | `site_checklist` | the lab's site, item by item of its checklist, and what the client makes of it |
//! | `site_faults` | random faults of a site, and never a wrong group |
//! | `create_key` | a secret key that Microsoft Entra makes, and what stands there when it goes wrong |
//! | `expiry` | the end of a secret key: status, log, snooze, notifications on a real bus |
//! | `fault_schedules` | a few schedules of `fault_bench`, which `cargo bench --bench faults` shares |
//! | `faults` | each row of the list of bad input and faults: sentence and exit code |
//! | `backend` | the backend without a window, effect by effect |
//! | `renewal` | a new secret key: all connections of an app; what is left where it goes wrong, read from a real Secret Service |
//! | `schedule` | `asw schedule`, scheduled runs, and `asw sync --watch` |
//! | `processes` | separate processes on a real Secret Service |
//! | `kills` | kill -9 at each step |
//! | `protocol` | the publishing protocol walked at random, and the mistakes that this must find |
//! | `publishing` | what goes wrong while memberships are published, and what mends it |
//! | `window` | the window, driven by role and label |
//! | `leaks` | no secret anywhere it does not belong |

// Everything here is a test; clippy exempts functions marked as one, not those that they share.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod arrival;
mod azure_errors;
mod backend;
mod changes;
mod clouds;
mod command_line;
mod contracts;
#[cfg(target_os = "linux")]
mod create_key;
mod diagnosis;
mod dry_run;
#[cfg(target_os = "linux")]
mod expiry;
#[path = "../fault_bench/mod.rs"]
mod fault_bench;
mod fault_schedules;
mod faults;
mod floors;
mod group_view;
mod harness;
mod history;
mod kills;
mod kql_texts;
mod leaks;
mod members;
mod paging;
mod person;
mod problems_table;
mod processes;
mod protocol;
mod proxy;
mod publishing;
mod relocation;
mod removal;
#[cfg(target_os = "linux")]
mod renewal;
mod rights;
mod schedule;
mod secret_service;
mod settings;
mod site_checklist;
mod site_faults;
mod stand_in;
mod thread;
mod unchanged;
mod uploads;
mod window;
