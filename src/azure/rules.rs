//! Data collection rules and endpoints.

use super::client::Azure;
use super::tables::stub;
use crate::model::history::{Endpoint, Rule};
use crate::model::{EndpointId, Result, RuleId};

impl Azure {
    /// A rule; `None` where there is none.
    ///
    /// # Errors
    /// `NotAllowed`, or what keeps Azure from answering.
    pub async fn rule(&self, _id: &RuleId) -> Result<Option<Rule>> {
        Err(stub())
    }

    /// Makes a rule or changes it. `immutable_id` and `logs_ingestion` of what is given are not looked at.
    ///
    /// # Errors
    /// `NotAllowed` (also for a linked scope, which it then names), `PolicyForbids`, what Azure refuses.
    pub async fn put_rule(&self, _rule: &Rule) -> Result<Rule> {
        Err(stub())
    }

    /// Deletes a rule. `false` when there was none.
    ///
    /// # Errors
    /// What Azure refuses.
    pub async fn delete_rule(&self, _id: &RuleId) -> Result<bool> {
        Err(stub())
    }

    /// An endpoint; `None` where there is none.
    ///
    /// # Errors
    /// As [`Azure::rule`].
    pub async fn endpoint(&self, _id: &EndpointId) -> Result<Option<Endpoint>> {
        Err(stub())
    }

    /// Makes an endpoint.
    ///
    /// # Errors
    /// As [`Azure::put_rule`].
    pub async fn put_endpoint(&self, _endpoint: &Endpoint) -> Result<Endpoint> {
        Err(stub())
    }

    /// Deletes an endpoint. `false` when there was none.
    ///
    /// # Errors
    /// What Azure refuses.
    pub async fn delete_endpoint(&self, _id: &EndpointId) -> Result<bool> {
        Err(stub())
    }
}
