//! Our client of Azure: Entra for tokens, Resource Manager for workspaces and saved searches, the log-query service for rows.
//!
//! Knows [`crate::model`] only. What goes in and comes out are the model's types; what goes wrong is a
//! [`Problem`](crate::model::Problem) with the facts for a ticket. Nothing here knows what a computer group looks like or when
//! one is published.
//!
//! | file | what |
//! | --- | --- |
//! | `client` | **start here**: [`Azure`], one authenticated call |
//! | `pages` | lists, page after page |
//! | `operations` | work that Azure takes its time over: made, polled, read back |
//! | `http` | one HTTP client, one function that sends, retries |
//! | `patience` | how long and how often things are waited for |
//! | `trust` | which certificates it trusts, which way it goes |
//! | `transport` | what a broken connection means |
//! | `pace` | how fast Resource Manager may be written to, and how much a rule takes in |
//! | `error` | refusals of Resource Manager and the query service |
//! | `api_versions` | which version of each API is spoken |
//! | `tokens` | one token per audience, renewed early, one request at a time |
//! | `grant` | with what tokens are asked for: an app's secret key, or a person's sign-in |
//! | `entra` | the token endpoint |
//! | `entra_answer` | an error in Entra's own form |
//! | `entra_error` | what Entra's error codes mean |
//! | `tenant` | finding a tenant without credentials |
//! | `identity` | signing in and reading the token's claims |
//! | `subscriptions`, `workspaces`, `permissions`, `saved_searches`, `query` | one kind of call each |
//! | `tables`, `rules`, `assignments`, `ingestion` | what history needs: table, rule and endpoint, role, upload |
//! | `graph` | the secret keys of an app registration: when one really expires, making one, removing one |
//! | `person` | **a person's own sign-in**: what it gives |
//! | `browser_sign_in`, `device_code` | its two ways |
//! | `loopback` | where the browser comes back to |
//! | `saved_search` | the JSON of a saved search |
//! | `keep` | writing a saved search so that it stands |

mod api_versions;
mod assignments;
mod browser_sign_in;
mod client;
mod device_code;
mod entra;
mod entra_answer;
mod entra_error;
mod error;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod grant;
mod graph;
mod http;
mod identity;
mod ingestion;
mod keep;
mod loopback;
mod operations;
mod pace;
mod pages;
mod patience;
mod permissions;
mod person;
mod query;
mod rules;
mod saved_search;
mod saved_searches;
mod subscriptions;
mod tables;
mod tenant;
mod tokens;
mod transport;
mod trust;
mod workspaces;

#[cfg(test)]
mod testing;

pub use assignments::Assigned;
pub use client::{Azure, Observer};
pub use grant::Credential;
pub use graph::{KeySeen, MadeKey};
pub use identity::Identity;
pub use ingestion::{LARGEST_CALL, MOST_BYTES, SMALLEST_CALL};
pub use person::{OpenBrowser, sign_in_person};
pub use query::Table;
pub use saved_search::Write;
pub use tenant::{Tenant, find_tenant};
pub use workspaces::WorkspaceList;
