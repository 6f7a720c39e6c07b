//! What *Properties* asks of the backend, and what it is told. Changes nothing.

use crate::flow::wizard::Listed;
use crate::model::changes::{Changes, Preview};
use crate::model::plan::Check;
use crate::model::run_history::RunHistory;
use crate::model::{CollectionId, Result};

/// A question about a connection that stands, asked with the secrets that it has.
pub enum Ask {
    /// Whether everything that it needs is there.
    Verify,
    /// The site's device collections.
    Collections,
    /// What these changes would do in Azure.
    Preview(Box<Changes>),
    /// The record of its runs, with the members of one collection over time or of all together.
    Runs(Option<CollectionId>),
}

/// The answer to a question of the same name.
pub enum Told {
    /// Each thing that was looked at.
    Verify(Result<Vec<Check>>),
    /// The device collections.
    Collections(Result<Listed>),
    /// What would come and go.
    Preview(Result<Box<Preview>>),
    /// The record.
    Runs(Result<RunHistory>),
}
