//! Role assignments: who holds which role where.

use uuid::Uuid;

use super::client::Azure;
use super::tables::stub;
use crate::model::roles::Role;
use crate::model::{ObjectId, Result};

/// What became of an assignment that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    /// It was made.
    Now,
    /// It stood already, under this or another name.
    Before,
}

impl Azure {
    /// Gives a service principal a role; `id` is the name of the assignment. A principal that has not replicated yet is tried
    /// again for a while.
    ///
    /// # Errors
    /// `NotAllowed`, what Azure refuses.
    pub async fn assign_role(&self, _scope: &str, _id: Uuid, _role: Role, _principal: ObjectId) -> Result<Assigned> {
        Err(stub())
    }

    /// Takes an assignment away. `false` when there was none of this name.
    ///
    /// # Errors
    /// `NotAllowed`, what Azure refuses.
    pub async fn delete_assignment(&self, _scope: &str, _id: Uuid) -> Result<bool> {
        Err(stub())
    }
}
