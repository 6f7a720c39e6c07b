//! What a job will do, whether it may, and how far it is.

use std::sync::Arc;

use serde::Serialize;

use super::{CollectionId, Failure, Warning};

/// One step of a job, in the order in which they run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Find the tenant and check that name and ID belong together.
    FindTenant,
    /// Get a token with the secret key.
    SignIn,
    /// Ask which subscriptions the app can see.
    SeeSubscriptions,
    /// Read the workspace.
    ReadWorkspace,
    /// Ask which operations the app may do there.
    CheckRights,
    /// Sign in to the site and read what it is.
    ReadSite,
    /// Look for the chosen collections.
    FindCollections,
    /// Write down what is about to be made.
    RecordIntent,
    /// Put secret key and site password into the keyring.
    StoreSecrets,
    /// Write the connection's own record into the workspace.
    WriteRecord,
    /// Delete this connection's saved searches.
    DeleteGroups,
    /// Delete the secrets from the keyring.
    DeleteSecrets,
    /// Forget the connection.
    ForgetConnection,
    /// Use the new secret from now on.
    SwitchSecret,
    /// Publish the collections.
    Publish,
}

/// The steps of making a connection, in the order in which they run; publishing comes after them.
pub const CONNECT_STEPS: [Step; 10] = [
    Step::FindTenant,
    Step::SignIn,
    Step::SeeSubscriptions,
    Step::ReadWorkspace,
    Step::CheckRights,
    Step::ReadSite,
    Step::FindCollections,
    Step::RecordIntent,
    Step::StoreSecrets,
    Step::WriteRecord,
];

/// Whether one thing that a job needs is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What was looked at.
    pub what: CheckKind,
    /// A few words on what was seen, or why it does not do.
    pub outcome: std::result::Result<String, Failure>,
    /// What a person should know though it passed.
    pub warnings: Vec<Warning>,
}

/// The things that readiness looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "check", rename_all = "snake_case")]
pub enum CheckKind {
    /// The tenant exists and its name belongs to its ID.
    Tenant,
    /// App and secret are right.
    Secret,
    /// At least one subscription is visible.
    Subscriptions,
    /// The workspace can be read and is healthy.
    Workspace,
    /// One operation on the workspace.
    Right {
        /// As Azure names it.
        operation: String,
    },
    /// The site answers, trusts and lets in.
    Site,
    /// The chosen collections are there.
    Collections,
}

/// Who hears how far a job is.
pub type Tell = Arc<dyn Fn(Progress) + Send + Sync>;

/// How far a job is. Plain data, so that a front can be in another process.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Progress {
    /// A step begins.
    Step(Step),
    /// A step cannot be done; what does not depend on it goes on.
    Refused {
        /// Which.
        step: Step,
        /// Why.
        failure: Failure,
    },
    /// Names of all devices are being read.
    ReadingNames {
        /// Devices so far.
        devices: usize,
    },
    /// A collection's membership is being read.
    Reading {
        /// Which.
        collection: CollectionId,
        /// Its name.
        name: String,
        /// Rows so far.
        rows: usize,
    },
    /// A group's parts are being written.
    Writing {
        /// Which.
        collection: CollectionId,
        /// Parts written.
        part: usize,
        /// Parts in all.
        parts: usize,
    },
    /// A collection is done; so many of so many.
    Collection {
        /// Which.
        collection: CollectionId,
        /// Collections done.
        done: usize,
        /// Collections in all.
        total: usize,
    },
    /// Waiting because the other side asked for it.
    Waiting {
        /// For whom.
        host: String,
        /// Seconds.
        seconds: u64,
    },
}
