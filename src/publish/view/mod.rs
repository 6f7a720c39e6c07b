//! What a connection has published, as the workspace answers it: not as we remember it.
//!
//! | file | what |
//! | --- | --- |
//! | [`mod@groups`] | the groups with their numbers, or with all their members |
//! | [`computers`] | lists of computers: of a group, of all groups; the groups of a computer |
//! | [`matching`] | which members report to the workspace |
//! | [`site`] | what the site counts and lists at this moment |
//! | [`search`] | a query of a person's own |
//! | `batches` | one question about many groups |
//! | `cells` | what stands in an answer's rows |

use crate::azure::Azure;
use crate::model::{Connection, CustomerId, Problem, Result};

mod batches;
mod cells;
pub mod computers;
pub mod groups;
pub mod matching;
pub mod search;
pub mod site;

pub use groups::{Selection, groups};

/// The GUID by which queries name the workspace of a connection.
async fn customer(azure: &Azure, connection: &Connection) -> Result<CustomerId> {
    let workspace = &connection.setup.workspace;
    let known = connection.workspace.as_ref();
    match known.and_then(|workspace| workspace.customer_id) {
        Some(customer) => Ok(customer),
        None => azure.workspace(workspace).await?.customer_id.ok_or_else(|| {
            let what = format!("the workspace ID of {}", workspace.name());
            Problem::ResourceNotFound { what }.into()
        }),
    }
}
