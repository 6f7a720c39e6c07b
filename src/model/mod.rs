//! What the words mean: validated types, plans, reports and everything that can go wrong. No I/O, no clock, no secrets in
//! `Debug`.
//!
//! Text from outside becomes one of these types at the border or an [`Invalid`] that says what is wrong and shows a right
//! example; inside, a tenant ID is never a bare `String`.
//!
//! | file | words |
//! | --- | --- |
//! | [`guid`] | tenant ID, client ID, subscription ID, workspace's customer ID, connection ID |
//! | [`secret`] | secret key, site password: zeroized, never printed |
//! | [`app`] | tenant name, application name, App ID URI, secret expiry: the app registration of the *Import Apps* page |
//! | [`app_document`] | an app with its secret key, as the Azure command line writes it |
//! | [`expiry`] | how far a secret key is from its end, which warning that calls for, whether it is snoozed |
//! | [`environment`] | Azure environments (clouds) as data, service addresses |
//! | [`workspace`] | resource IDs, subscription, workspace and its health |
//! | [`resource`] | resource groups, data collection rules and endpoints: their resource IDs |
//! | [`roles`] | the built-in roles that are asked for |
//! | [`rights`] | roles' permissions and whether they allow an operation |
//! | [`needs`] | every operation that each delivery needs, where, and the role that gives it |
//! | [`grant`] | the script for the person who can give the roles |
//! | [`certificate`] | what is odd about a certificate that a site shows |
//! | [`site`] | site code, SMS Provider, sign-in, certificate trust, tier of a site |
//! | [`collection`] | collection ID, device collection, device record, member and its computer name |
//! | [`group`] | what a computer group looks like in the workspace: saved search, identity, text, parts |
//! | [`membership`] | one membership, ready to be written; what its names come to |
//! | [`history`] | memberships as rows over time: table, rule, names |
//! | [`rows`] | the rows themselves, cut into uploads |
//! | [`reader`] | the function that reads them |
//! | [`kql`] | string literals of KQL |
//! | [`group_query`] | the queries about groups: numbers, members, which of them report |
//! | [`group_view`], [`group_sheet`] | groups as the workspace answers them; the same as tables |
//! | [`log_query`] | a log query, its time range, the ready-made ones |
//! | [`portal`] | links into the Azure portal |
//! | [`sheet`], [`search`] | a table of texts: sorted, searched, copied, as CSV; looking for words in many rows |
//! | [`connection`] | a connection with all its properties, and the set-up that asks for one |
//! | [`changes`] | changes of a connection that stands: what they do in Azure, what has come of them |
//! | [`connection_list`] | the columns of the list of connections, and by which it is sorted |
//! | [`person`] | an administrator's own sign-in |
//! | [`plan`] | steps of a job, readiness lines, progress events |
//! | [`renewal`] | a new secret key: what became of it for each connection of the app |
//! | [`report`] | what a run did, what stands in the workspace |
//! | [`removal`] | taking a connection away: what goes from Azure, what stays there |
//! | [`cost`] | how many rows history takes, and how much data, before it is turned on |
//! | [`dry_run`] | what a run would read, write and remove |
//! | [`run_record`], [`run_history`] | what the history keeps of a run; runs and members over time |
//! | [`schedule`] | a schedule on this machine: how often, by which scheduler, what stands of it |
//! | [`standing`] | saved searches that stand in a workspace, read back: members, parts that no group needs |
//! | [`diagnosis`] | what a look at every layer found: the report for a ticket |
//! | [`warning`] | what a person should know, though nothing is refused |
//! | [`problem`] | [`Problem`], the one enum of all that can go wrong, and [`Failure`], a problem with facts for a ticket |

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub mod app;
pub mod app_document;
pub mod certificate;
pub mod changes;
pub mod collection;
pub mod connection;
pub mod connection_list;
pub mod cost;
pub mod diagnosis;
pub mod dry_run;
pub mod environment;
pub mod expiry;
pub mod grant;
pub mod group;
pub mod group_query;
pub mod group_sheet;
pub mod group_view;
pub mod guid;
pub mod history;
pub mod kql;
pub mod log_query;
pub mod membership;
pub mod needs;
pub mod person;
pub mod plan;
pub mod portal;
pub mod problem;
pub mod reader;
pub mod removal;
pub mod renewal;
pub mod report;
pub mod resource;
pub mod rights;
pub mod roles;
pub mod rows;
pub mod run_history;
pub mod run_record;
pub mod schedule;
pub mod search;
pub mod secret;
pub mod sheet;
pub mod site;
pub mod standing;
pub mod warning;
pub mod workspace;

pub use app::{AppIdUri, AppRegistration, ApplicationName, SecretExpiry, TenantName};
pub use certificate::CertificateConcern;
pub use collection::{
    CollectionId, DeviceCollection, DeviceName, LimitingCollection, Member, MemberScope, MembershipRecord,
};
pub use connection::{Connection, ConnectionName, ConnectionState, History, Setup};
pub use environment::{Environment, ServiceUrl};
pub use expiry::{KeyExpiry, KeyNotes};
pub use group::SavedSearch;
pub use guid::{ClientId, ConnectionId, CustomerId, EntraDeviceId, ObjectId, SiteGuid, SubscriptionId, TenantId};
pub use history::HistoryPlace;
pub use problem::{Class, Failure, Problem, Result};
pub use resource::{EndpointId, ResourceGroupId, RuleId};
pub use secret::{SecretKey, SitePassword};
pub use site::{
    CertificateTrust, Fingerprint, KnownApp, ProviderAddress, SignIn, SingleSignOn, SiteCode, SiteConnection,
    SiteIdentity,
};
pub use warning::Warning;
pub use workspace::{Subscription, Workspace, WorkspaceId};

/// Text that is not what it should be: what was expected, why this is not it, and one that is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{what}: {why}. A right one looks like this: {example}")]
pub struct Invalid {
    /// The thing asked for, such as `client ID`.
    pub what: Cow<'static, str>,
    /// Why the text is not one. Never quotes a secret.
    pub why: String,
    /// One that would be accepted.
    pub example: Cow<'static, str>,
}

impl Invalid {
    /// A refusal of text that should have been `what`.
    pub fn new(what: &'static str, why: impl Into<String>, example: &'static str) -> Self {
        Self {
            what: what.into(),
            why: why.into(),
            example: example.into(),
        }
    }
}

/// At most 40 characters of a pasted text, for an error sentence.
pub(crate) fn excerpt(text: &str) -> String {
    let mut short: String = text.trim().chars().take(40).collect();
    if text.trim().chars().count() > 40 {
        short.push('…');
    }
    short
}
