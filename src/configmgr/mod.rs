//! Our client of the AdminService, the REST service of an SMS Provider: which site it is, its device collections, their
//! members, the names of its devices, the apps it knows. Reads only; every request is a GET.
//!
//! This room may know [`crate::model`] and nothing else of ours.
//!
//! | file | what |
//! | --- | --- |
//! | [`site`] | [`Site`], what the floors above call |
//! | `identify` | is an SMS Provider there, may the account read, is the site the top of its hierarchy |
//! | `collections`, `members`, `devices` | one class of the provider each: its rows and what they become |
//! | `apps` | the server apps that the site knows, never their secrets |
//! | `sweep` | a whole class page by page, whichever way of paging the site accepts |
//! | `odata` | addresses, envelopes and the tolerant reading of values |
//! | `client` | one request: retries, two connections at most, what was learnt of the site |
//! | `exchange` | one request on one connection: the legs of a Windows sign-in |
//! | `negotiate` | the tokens of a sign-in: the trait, and NTLM |
//! | `connection` | TCP, TLS, HTTP/1.1 on one connection of our own |
//! | `trust` | is this the certificate that we trust, and what did the site show |
//! | [`certificate`] | what a certificate says; the channel binding |
//! | `testing` | a server for tests that says what a test wants |
//!
//! Why a connection of our own: NTLM authenticates a connection, not a request, and the pool of a general HTTP client does
//! not keep the legs of one handshake on one connection. The AdminService does not work through an HTTP proxy either, so
//! none is ever used.
//!
//! Sign-in is NTLM with a typed account. **Sites of version 2509 and later refuse NTLM**; they answer 401 to the first
//! token and note "Rejecting NTLM authentication" in `AdminService.log`. That is
//! [`Problem::NtlmRefused`](crate::model::Problem::NtlmRefused). Kerberos is a second implementation of the same trait, not
//! written yet.
//!
//! Wrong passwords lock accounts. A refused password is therefore never tried again by itself: the first sign-in of a
//! [`Site`] is made by one request alone, and after a refusal the same [`Site`] sends nothing more.
//!
//! Start reading at [`site`], then `sweep` for how a reading is kept complete and `exchange` for the sign-in.

mod apps;
pub mod certificate;
mod client;
mod collections;
mod connection;
mod devices;
mod exchange;
mod identify;
mod members;
mod negotiate;
mod odata;
pub mod site;
mod sweep;
#[cfg(test)]
#[cfg(feature = "lab")]
mod testing;
mod trust;

pub use certificate::presented_certificate;
pub use site::{Site, SiteOptions};
