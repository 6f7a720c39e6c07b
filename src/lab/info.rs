//! What a lab tells its user once it is ready: where everything answers, and with which accounts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::azure::{LabApp, LabPerson, LabWorkspace, NationalTenant};

/// The line that `asw --json lab` prints. It carries the lab's own secrets, so it has no `Debug`.
#[derive(Clone, Serialize)]
pub struct LabInfo {
    /// Version of this form: 1.
    pub lab: u32,
    /// Path of an environment file for this lab.
    pub environment_file: String,
    /// Address of the Entra authority.
    pub authority: String,
    /// Address of Resource Manager.
    pub arm: String,
    /// Address of the log-query endpoint.
    pub query: String,
    /// Address of Microsoft Graph.
    pub graph: String,
    /// Address of the ingestion endpoint.
    pub ingestion: String,
    /// Path of the root of the Azure services' certificates, where they speak https.
    pub ca_file: Option<String>,
    /// The Configuration Manager site.
    pub site: SiteInfo,
    /// The tenant.
    pub tenant: TenantInfo,
    /// The workspaces.
    pub workspaces: Vec<WorkspaceInfo>,
    /// The app registrations.
    pub apps: Vec<LabApp>,
    /// Client ID of the public client with which people sign in.
    pub public_client_id: String,
    /// The people who can sign in; the first may do everything, the second only reads.
    pub people: Vec<LabPerson>,
    /// Tenants that belong to other clouds.
    pub national_tenants: Vec<NationalTenant>,
    /// Path of a SETUP.toml for each app, by its label.
    pub setup_files: BTreeMap<String, String>,
    /// Address of the control calls.
    pub control: String,
}

/// How the site is reached.
#[derive(Clone, Serialize)]
pub struct SiteInfo {
    /// Host and port of the SMS Provider.
    pub provider: String,
    /// Address of its AdminService.
    pub url: String,
    /// A full administrator, as `DOMAIN\user`.
    pub account: String,
    /// That account's password.
    pub password: String,
    /// SHA-256 of the site's certificate, lower-case hexadecimal; none where the site speaks plain http.
    pub sha256: Option<String>,
    /// Every account that may try the site, the full administrator first.
    pub accounts: Vec<AccountInfo>,
    /// Hosts that a person may mistake for it, where they run.
    pub decoys: Option<DecoyInfo>,
}

/// An account that may try the site.
#[derive(Clone, Serialize)]
pub struct AccountInfo {
    /// `full-administrator`, `read-only-analyst` (sees some collections), `no-rights`, `wmi-rights-missing`.
    pub role: String,
    /// As `DOMAIN\\user`.
    pub account: String,
    /// Its password.
    pub password: String,
}

/// Host and port of each decoy.
#[derive(Clone, Serialize)]
pub struct DecoyInfo {
    /// Another web server: HTML 404 for everything.
    pub iis: String,
    /// Nothing listens.
    pub closed: String,
    /// The site, an age for every answer.
    pub slow: String,
    /// The site, whose pages of members break off midway.
    pub midway: String,
}

/// The tenant of a lab.
#[derive(Clone, Serialize)]
pub struct TenantInfo {
    /// Tenant name.
    pub name: String,
    /// Tenant ID.
    pub id: String,
}

/// A workspace of a lab.
#[derive(Clone, Serialize)]
pub struct WorkspaceInfo {
    /// ARM resource ID.
    pub resource_id: String,
    /// The GUID used in queries.
    pub customer_id: String,
}

impl From<LabWorkspace> for WorkspaceInfo {
    fn from(workspace: LabWorkspace) -> Self {
        Self {
            resource_id: workspace.resource_id,
            customer_id: workspace.customer_id,
        }
    }
}
