//! Words for steps, checks and how far a job is.

use crate::model::plan::{CheckKind, Progress, Step};
use crate::model::report::Outcome;

/// A step, as something that is being done.
pub fn step(step: &Step) -> &'static str {
    match step {
        Step::FindTenant => "Looking up the tenant",
        Step::SignIn => "Signing in with the app's secret key",
        Step::SeeSubscriptions => "Asking which subscriptions the app can see",
        Step::ReadWorkspace => "Reading the workspace",
        Step::CheckRights => "Checking what the app may do there",
        Step::ReadSite => "Reading the Configuration Manager site",
        Step::FindCollections => "Looking for the chosen collections",
        Step::RecordIntent => "Writing down what will be made",
        Step::StoreSecrets => "Putting the secrets into the keyring",
        Step::WriteRecord => "Writing the connection's record into the workspace",
        Step::WriteTable => "Making the table of history",
        Step::WriteEndpoint => "Making the data collection endpoint",
        Step::WriteRule => "Making the data collection rule",
        Step::GrantUpload => "Letting the app upload through the rule",
        Step::WriteFunction => "Writing the function that reads the history",
        Step::FirstUpload => "Uploading the first row",
        Step::SignInPerson => "Waiting for the administrator's sign-in",
        Step::Adopt => "Taking over the connection that stands in the workspace",
        Step::DeleteHistory => "Deleting the rule of history",
        Step::DeleteGroups => "Deleting this connection's computer groups",
        Step::DeleteSecrets => "Deleting the secrets from the keyring",
        Step::ForgetConnection => "Forgetting the connection",
        Step::AddSecret => "Having Microsoft Entra make a new secret key",
        Step::RemoveSecret => "Removing the secret key before in Microsoft Entra",
        Step::SwitchSecret => "Switching to the new secret key",
        Step::SwitchSite => "Going over to the other site",
        Step::Publish => "Publishing the device collections",
        Step::Schedule => "Setting up the schedule, and waiting for its first run",
    }
}

/// How far a job is, in one line.
pub fn line(progress: &Progress) -> String {
    match progress {
        Progress::Step(each) => step(each).to_owned(),
        Progress::Refused { step: at, failure } => {
            format!("{}: {}", step(at), super::problem::wording(failure.problem()).sentence)
        }
        Progress::ReadingNames { devices } => format!("Reading computer names: {devices}"),
        Progress::Reading { collection, name, rows } => format!("Reading {collection} \"{name}\": {rows}"),
        Progress::Writing {
            collection,
            part,
            parts,
        } => format!("Writing {collection}: part {part} of {parts}"),
        Progress::Collection {
            collection,
            done,
            total,
        } => format!("{done} of {total} collections: {collection}"),
        Progress::RolePending { waited, patience } => format!(
            "Azure is still applying the upload role: {} of up to {} minutes",
            waited / 60,
            patience / 60
        ),
        Progress::KeyPending { waited, patience } => {
            format!("The new secret key is not known everywhere yet: {waited} of up to {patience} seconds")
        }
        Progress::Provisioning { what, seconds } => format!("Azure is at work on {what}: {seconds} s"),
        Progress::Browser { url } => format!("Sign in with the browser: {url}"),
        Progress::DeviceCode { url, code } => format!("Open {url} and type the code {code}"),
        Progress::Waiting { host, seconds } => format!("Trying {host} again in {seconds} s"),
    }
}

/// What a check looked at.
pub fn check(kind: &CheckKind) -> String {
    match kind {
        CheckKind::Tenant => "Tenant".to_owned(),
        CheckKind::Secret => "App and secret key".to_owned(),
        CheckKind::Subscriptions => "Subscriptions".to_owned(),
        CheckKind::Workspace => "Workspace".to_owned(),
        CheckKind::Right { operation } => format!("Right {operation}"),
        CheckKind::HistoryRight { operation, .. } => format!("Right {operation} (history)"),
        CheckKind::Site => "Configuration Manager site".to_owned(),
        CheckKind::Collections => "Device collections".to_owned(),
    }
}

/// What a run did with a collection, in a word or two.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Published => "published",
        Outcome::WouldPublish => "would publish",
        Outcome::Unchanged => "unchanged",
        Outcome::Unmoved => "not moved",
        Outcome::NotSettled => "not settled",
        Outcome::Awaiting => "awaits rows",
        Outcome::NotSeen => "not seen",
        Outcome::Failed => "failed",
        Outcome::Skipped => "skipped",
    }
}
