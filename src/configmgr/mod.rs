//! Our client of the AdminService, the REST service of an SMS Provider: which site it is, its device collections, their
//! members, the names of its devices, the apps it knows. Reads only; every request is a GET.
//!
//! This room may know [`crate::model`] and nothing else of ours.
//!
//! | file | what |
//! | --- | --- |
//! | [`site`] | [`Site`], what the floors above call |
//! | `identify` | is an SMS Provider there, may the account read, is the site the top of its hierarchy |
//! | `facts` | what it says of itself beside that, as far as it can be read |
//! | `collections`, `members`, `devices` | one class of the provider each: its rows and what they become |
//! | `apps` | the server apps that the site knows, never their secrets |
//! | `sweep` | a whole class page by page, whichever way of paging the site accepts |
//! | `seen` | the keys of the rows so far, in little memory |
//! | `odata` | addresses, envelopes and the tolerant reading of values |
//! | `list` | a page of a class, decoded while it arrives |
//! | `client` | one request: retries, two connections at most, what was learnt of the site |
//! | `exchange` | one request on one connection: the legs of a Windows sign-in |
//! | `offers` | what a 401 offers for it |
//! | `negotiate` | the tokens of a sign-in: Windows' own, Kerberos, NTLM |
//! | `body` | what becomes of an answer's body |
//! | `connection` | TCP, TLS, HTTP/1.1 on one connection of our own |
//! | `trust` | is this the certificate that we trust, and what did the site show |
//! | `roots` | the roots in a file that a person named |
//! | [`certificate`] | what a certificate says; the channel binding |
//! | `testing` | a server for tests that says what a test wants |
//!
//! Why a connection of our own: NTLM authenticates a connection, not a request, and the pool of a general HTTP client does
//! not keep the legs of one handshake on one connection. The AdminService does not work through an HTTP proxy either, so
//! none is ever used.
//!
//! On Windows the sign-in is that of Windows itself, with Kerberos or NTLM as Windows decides, for the account that runs this
//! program or a typed one. Elsewhere a typed account signs in with Kerberos where a domain controller gives a ticket for it
//! (`user@dns.domain`, and the site by its full name), else with NTLM; the account that runs this program signs in with the
//! ticket of its cache, in builds with the feature `kerberos`. **Sites of version 2509 and later refuse NTLM**; they answer
//! 401 to the first token and note "Rejecting NTLM authentication" in `AdminService.log`. That is
//! [`Problem::NtlmRefused`](crate::model::Problem::NtlmRefused).
//!
//! Wrong passwords lock accounts. A refused password is therefore never tried again by itself: the first sign-in of a
//! [`Site`] is made by one request alone, and after a refusal the same [`Site`] sends nothing more.
//!
//! Start reading at [`site`], then `sweep` for how a reading is kept complete and `exchange` for the sign-in.

mod apps;
mod body;
pub mod certificate;
mod client;
mod collections;
mod connection;
mod devices;
mod exchange;
mod facts;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod identify;
mod list;
mod members;
mod negotiate;
mod odata;
mod offers;
mod roots;
mod seen;
pub mod site;
mod sweep;
#[cfg(test)]
#[cfg(feature = "lab")]
mod testing;
mod trust;

pub use certificate::presented_certificate;
pub use negotiate::SINGLE_SIGN_ON;
pub use site::{Site, SiteOptions};
