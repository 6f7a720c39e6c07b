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
    /// Make the table of history.
    WriteTable,
    /// Make the data collection endpoint, where one is needed.
    WriteEndpoint,
    /// Make the data collection rule.
    WriteRule,
    /// Let the app upload through the rule.
    GrantUpload,
    /// Write the function that reads the table.
    WriteFunction,
    /// Upload the first row, and wait until the upload role counts.
    FirstUpload,
    /// Sign a person in.
    SignInPerson,
    /// Take over what another machine has made.
    Adopt,
    /// Delete rule, endpoint and role of history.
    DeleteHistory,
    /// Delete this connection's saved searches.
    DeleteGroups,
    /// Delete the secrets from the keyring.
    DeleteSecrets,
    /// Forget the connection.
    ForgetConnection,
    /// Have Microsoft Entra make a new secret key.
    AddSecret,
    /// Use the new secret from now on.
    SwitchSecret,
    /// Remove the secret key before in Microsoft Entra.
    RemoveSecret,
    /// Read the new site from now on.
    SwitchSite,
    /// Publish the collections.
    Publish,
    /// Have the machine's scheduler publish, and see that it can.
    Schedule,
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

/// The steps of setting history up, after those of [`CONNECT_STEPS`]. An endpoint is made only where one is needed.
pub const HISTORY_STEPS: [Step; 5] = [
    Step::WriteTable,
    Step::WriteRule,
    Step::GrantUpload,
    Step::WriteFunction,
    Step::FirstUpload,
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
    /// One operation on the workspace that computer groups need.
    Right {
        /// As Azure names it.
        operation: String,
    },
    /// One operation that history needs.
    HistoryRight {
        /// As Azure names it.
        operation: String,
        /// Where it must be allowed.
        place: RightPlace,
    },
    /// The site answers, trusts and lets in.
    Site,
    /// The chosen collections are there.
    Collections,
}

/// Where an operation must be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RightPlace {
    /// On the workspace.
    Workspace,
    /// On the resource group of the data collection rule.
    RuleGroup,
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
    /// The upload role does not count yet; Azure takes up to 30 minutes.
    RolePending {
        /// Seconds waited so far.
        waited: u64,
        /// Seconds that will be waited at most.
        patience: u64,
    },
    /// A secret key that was made just now is not known everywhere yet.
    KeyPending {
        /// Seconds waited so far.
        waited: u64,
        /// Seconds that will be waited at most.
        patience: u64,
    },
    /// Resource Manager is still at work on something.
    Provisioning {
        /// What.
        what: String,
        /// Seconds so far.
        seconds: u64,
    },
    /// A person signs in with the browser; where it did not open by itself, this is the address.
    Browser {
        /// The address; holds no secret.
        url: String,
    },
    /// A person signs in with a code on any device.
    DeviceCode {
        /// The page to open.
        url: String,
        /// The code to type there.
        code: String,
    },
    /// Waiting because the other side asked for it.
    Waiting {
        /// For whom.
        host: String,
        /// Seconds.
        seconds: u64,
    },
}
