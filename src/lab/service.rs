//! The names of the lab's services.

use serde::{Deserialize, Serialize};

/// One of the services that a lab runs, as fault plans and the request log call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Entra authority.
    Entra,
    /// Resource Manager.
    Arm,
    /// Log query.
    Query,
    /// Microsoft Graph.
    Graph,
    /// Logs ingestion.
    Ingestion,
    /// AdminService of the Configuration Manager site.
    Site,
}
