//! A connection: one site, one app registration, one workspace, the chosen collections. No secret.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::person::TenantAt;
use super::{
    AppRegistration, CollectionId, ConnectionId, Environment, HistoryPlace, Invalid, MemberScope, ResourceGroupId,
    SecretKey, SiteConnection, SiteIdentity, SitePassword, Workspace, WorkspaceId,
};

/// The name that people know a connection by. Unique on one machine, without regard to case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConnectionName(String);

impl ConnectionName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two names are compared.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl PartialEq for ConnectionName {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl Eq for ConnectionName {}

impl FromStr for ConnectionName {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |why: &str| Invalid::new("connection name", why, "Contoso production");
        let name = text.trim();
        match name {
            "" => Err(invalid("it is empty")),
            _ if name.chars().any(char::is_control) => {
                Err(invalid("it has a line break or a control character inside"))
            }
            _ if name.chars().count() > 100 => Err(invalid("it is longer than 100 characters")),
            _ => Ok(Self(name.to_owned())),
        }
    }
}

impl TryFrom<String> for ConnectionName {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<ConnectionName> for String {
    fn from(name: ConnectionName) -> String {
        name.0
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether memberships are also kept as rows over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum History {
    /// Computer groups only.
    #[default]
    Off,
    /// Computer groups and history.
    On,
    /// History where the rights allow it.
    Auto,
}

/// Everything that a new connection is asked to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// Its name.
    pub name: ConnectionName,
    /// What people wrote about it.
    pub description: String,
    /// The cloud.
    pub environment: Environment,
    /// The app registration.
    pub app: AppRegistration,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The way to the site.
    pub site: SiteConnection,
    /// The device collections to publish.
    pub collections: Vec<CollectionId>,
    /// Which of their records count.
    #[serde(default)]
    pub members: MemberScope,
    /// Whether rows are kept too.
    pub history: History,
    /// The resource group of the data collection rule, where it is not the workspace's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_group: Option<ResourceGroupId>,
    /// Whether it is kept up to date on schedule.
    pub import: bool,
}

/// The secrets that belong to a set-up; they travel beside it, never in it.
pub struct SetupSecrets {
    /// The app's secret key.
    pub client_secret: SecretKey,
    /// The password of the site account, where one signs in.
    pub site_password: Option<SitePassword>,
}

/// How far a connection's life has come. A kill leaves it in one of these, and the next command goes on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// Its intent is written down; secrets and Azure may or may not have been reached.
    Connecting,
    /// Complete.
    Ready,
    /// Being removed; what is left of it goes next.
    Removing,
}

/// A connection as the store keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// Identity, also in the tags of everything in Azure.
    pub id: ConnectionId,
    /// How far its life has come.
    pub state: ConnectionState,
    /// What it was asked to be.
    pub setup: Setup,
    /// The workspace as last read.
    pub workspace: Option<Workspace>,
    /// The site as last read.
    pub site: Option<SiteIdentity>,
    /// Where rows go, once that stands.
    pub history: Option<HistoryPlace>,
}

impl Connection {
    /// Whether this is another connection of the same app registration, which can be given the same secret key: it has one, or has
    /// begun to give it up.
    pub fn shares_app_with(&self, other: &Self) -> bool {
        let (mine, theirs) = (&self.setup, &other.setup);
        self.id != other.id
            && self.state != ConnectionState::Connecting
            && mine.environment.authority == theirs.environment.authority
            && (mine.app.tenant_id, mine.app.client_id) == (theirs.app.tenant_id, theirs.app.client_id)
    }
}

impl Setup {
    /// Where the app is registered.
    pub fn tenant(&self) -> TenantAt<'_> {
        TenantAt {
            environment: &self.environment,
            tenant_id: self.app.tenant_id,
        }
    }

    /// The resource group in which the data collection rule stands, or would stand.
    pub fn rule_group(&self) -> ResourceGroupId {
        self.rule_group.clone().unwrap_or_else(|| self.workspace.group())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_without_case() {
        let name: ConnectionName = " Contoso Größe ".parse().unwrap();
        assert_eq!(name, "contoso GRÖßE".parse().unwrap());
        assert_eq!(name.as_str(), "Contoso Größe");
        for bad in ["", "  ", "a\nb", &"x".repeat(101)] {
            assert!(bad.parse::<ConnectionName>().is_err());
        }
    }
}
