//! Words of *Connection Properties*.

use chrono::{DateTime, Utc};

use super::{count, history};
use crate::flow::properties::Tab;
use crate::model::changes::{Changes, HistoryToCome, Preview, Rhythm};
use crate::model::removal::RemovalInventory;
use crate::model::{CertificateTrust, ConnectionName, SignIn};

/// The dialog's title.
pub const TITLE: &str = "Connection Properties";
/// The name of the row of tabs.
pub const TABS: &str = "Tabs";
/// How it is used, for screen readers.
pub const TABS_HOW: &str = "Left and Right turn to another tab; Ctrl+Tab does so from everywhere.";
/// A button.
pub const OK: &str = "OK";
/// A button.
pub const APPLY: &str = "Apply";
/// Why Apply is not available.
pub const NOTHING_CHANGED: &str = "Nothing is changed.";
/// Why OK and Apply are not available.
pub const BEING_PUBLISHED: &str = "This connection is being published: wait until that has ended.";

/// A field.
pub const NAME: &str = "Name";
/// Beside it.
pub const NAME_NOTE: &str = "groups and their function names stay when it changes";
/// A field.
pub const DESCRIPTION: &str = "Description";

/// A fact.
pub const CONNECTION_ID: &str = "Connection ID";

/// A fact.
pub const TENANT: &str = "Tenant";
/// A fact.
pub const TENANT_ID: &str = "Tenant ID";
/// A fact.
pub const APPLICATION: &str = "Application";
/// A fact.
pub const CLIENT_ID: &str = "Client ID";
/// A fact.
pub const KEY_EXPIRATION: &str = "Client secret key expiration";
/// A fact.
pub const ENVIRONMENT: &str = "Azure environment";
/// A button.
pub const VERIFY: &str = "Verify";
/// Beside it.
pub const VERIFY_HINT: &str =
    "Signs in with the secret key in use, and looks at workspace, rights, site and collections.";
/// While it is looked.
pub const VERIFYING: &str = "Verifying";
/// Everything is as it should be.
pub const VERIFIED: &str = "Successfully verified!";
/// A group.
pub const CHECKS: &str = "What was looked at";

/// A fact.
pub const SUBSCRIPTION: &str = "Azure subscription";
/// A fact.
pub const RESOURCE_GROUP: &str = "Azure resource group";
/// A fact.
pub const WORKSPACE: &str = "Log Analytics workspace";
/// What cannot be changed here.
pub const WORKSPACE_NOTE: &str = "Another workspace needs another connection: its groups are in this one.";
/// While the site's collections are read.
pub const READING_COLLECTIONS: &str = "Reading the site's device collections";
/// A group.
pub const HISTORY: &str = "History";
/// A tick.
pub const KEEP_HISTORY: &str = "Keep memberships as rows over time, too";
/// Below it.
pub const HISTORY_HINT: &str = "Queries can ask who was a member when; rows cost what the workspace charges for data.";
/// A group.
pub const MEMBERS: &str = "Members";
/// One of two.
pub const ALL_COMPUTERS: &str = "All computers";
/// One of two.
pub const CLIENTS_ONLY: &str = "Only computers with the Configuration Manager client";
/// A tick.
pub const CLEAR_LEFT_OVER: &str = "Delete what is left of them";

/// A tick.
pub const IMPORT: &str = "Import: keep its computer groups up to date on schedule";
/// Below it.
pub const IMPORT_HINT: &str = "Off, its groups stay as they are until someone publishes by hand.";
/// A choice.
pub const INTERVAL: &str = "Schedule of this account on this machine";
/// Below it.
pub const INTERVAL_NOTE: &str = "One schedule publishes every connection of this account whose import is on.";
/// Below a schedule that is to be another one.
pub const PROVEN: &str = "Apply has the scheduler publish once, to show that keyring, sign-ins and network work where it runs. Where they \
                          do not, the schedule is taken away.";
/// A group.
pub const NOW: &str = "Publication";
/// A fact.
pub const PROVIDER: &str = "SMS Provider";
/// A fact.
pub const SIGN_IN: &str = "Sign-in";
/// A fact.
pub const TRUST: &str = "Certificate trust";
/// A fact.
pub const SITE: &str = "Site";
/// A fact.
pub const SITE_KIND: &str = "Kind";
/// A fact.
pub const SITE_VERSION: &str = "Version";
/// A fact.
pub const PROVIDERS: &str = "SMS Providers of the site";
/// What the button for another site is for.
pub const MOVE_NOTE: &str = "Another SMS Provider, another sign-in or another certificate: Move connection looks at the site there first. \
                             The password in the keyring is replaced there, too.";

/// The title of the preview.
pub const PREVIEW: &str = "What will happen in Azure";
/// While it is looked up.
pub const LOOKING: &str = "Looking up what the changes do in Azure";
/// Nothing of ours stands there that would go.
pub const NOTHING_GOES: &str = "Nothing is deleted.";
/// A list.
pub const APPEARING: &str = "Computer groups that appear";
/// A column.
pub const COLLECTION: &str = "Collection";
/// A column.
pub const COLLECTION_ID: &str = "Collection ID";
/// A column.
pub const COMPUTERS: &str = "Members";
/// A column.
pub const FUNCTION: &str = "Function name";
/// A list.
pub const GOING: &str = "Computer groups that are deleted";
/// A tick.
pub const PUBLISH_AFTERWARDS: &str = "Publish when the changes are made";
/// Below it.
pub const PUBLISH_HINT: &str = "Without that the groups come with the next publication.";
/// A button.
pub const BACK: &str = "Back";
/// Above rights that history lacks.
pub const HISTORY_REFUSED: &str = "History cannot be turned on like this: see what is missing below.";
/// Above the command that writes what to run.
pub const HISTORY_COMMANDS: &str = "This writes the commands for whoever can do that:";
/// While the changes begin.
pub const STARTING: &str = "Starting";

/// The title of the question before changes are given up.
pub const LEAVING: &str = "Give the changes up?";
/// The question.
pub const LEAVING_QUESTION: &str = "The changes in Connection Properties are not applied yet.";
/// A button of it.
pub const KEEP_EDITING: &str = "Keep editing";
/// A button of it.
pub const GIVE_UP: &str = "Give up the changes";

/// The name of a tab.
pub const fn tab(tab: Tab) -> &'static str {
    match tab {
        Tab::General => "General",
        Tab::Directory => "Azure Active Directory",
        Tab::Connection => "Connection Properties",
        Tab::Synchronization => "Synchronization",
        Tab::Site => "Site",
    }
}

/// Who signs in to the site.
pub fn sign_in(sign_in: &SignIn) -> String {
    match sign_in {
        SignIn::CurrentUser => "the account that runs this program".to_owned(),
        SignIn::Account(account) => format!("{account}, with the password in the keyring"),
        SignIn::None => "none".to_owned(),
    }
}

/// What makes the site's certificate trustworthy.
pub fn trust(trust: &CertificateTrust) -> String {
    match trust {
        CertificateTrust::System => "as this computer trusts".to_owned(),
        CertificateTrust::Sha256(fingerprint) => format!("this certificate alone, SHA-256 {fingerprint}"),
        CertificateTrust::Pem(path) => format!("the root certificate in {}", path.display()),
    }
}

/// Groups of collections that are not chosen any more are still there.
pub fn left_over(ids: &[crate::model::CollectionId]) -> String {
    format!(
        "Taking collections away did not come to its end: groups of {} may still be in the workspace.",
        super::ids_listed(ids)
    )
}

/// Groups that come.
pub fn appearing(number: usize) -> String {
    format!(
        "{} with the next publication:",
        match number {
            1 => "1 computer group appears".to_owned(),
            more => format!("{more} computer groups appear"),
        }
    )
}

/// Groups that go.
pub fn going(inventory: &RemovalInventory) -> String {
    match (inventory.groups.len(), inventory.saved_searches) {
        (_, 0) => {
            "Of the collections that were taken away no group is in the workspace, so none is deleted.".to_owned()
        }
        (groups, searches) => format!(
            "{} deleted at once ({}):",
            match groups {
                1 => "1 computer group is".to_owned(),
                more => format!("{more} computer groups are"),
            },
            count(searches, "saved search in all", "saved searches in all")
        ),
    }
}

/// What becomes of history.
pub fn history_to_come(come: &HistoryToCome) -> String {
    match come {
        HistoryToCome::Made { group, .. } => format!(
            "Turning history on makes the table {}, a data collection rule in the resource group {}, the upload role on it and the \
             function {}, where they are not there yet.",
            crate::model::history::TABLE,
            group.name(),
            crate::model::history::FUNCTION,
        ),
        HistoryToCome::Deleted { rule } => format!(
            "Turning history off deletes the data collection rule {rule} with its upload role. The table {} stays, with what was written \
             to it.",
            crate::model::history::TABLE,
        ),
    }
}

/// The button that makes the changes.
pub fn go(preview: Option<&Preview>) -> &'static str {
    match preview {
        Some(preview) if preview.takes_away() => "Apply and delete",
        _ => "Apply now",
    }
}

/// The changes are made.
pub fn done(name: &ConnectionName, done: &Changes) -> String {
    let parts = parts(done);
    match parts.as_slice() {
        [] => format!("\"{name}\" is as it was."),
        parts => format!("\"{name}\": {}.", parts.join(", ")),
    }
}

/// A part of the changes was made.
pub fn partly(name: &ConnectionName, done: &Changes) -> String {
    match parts(done).as_slice() {
        [] => format!("\"{name}\": nothing was changed. What is not applied is still in the tabs."),
        parts => format!(
            "\"{name}\": {}. The rest was not done; it is still in the tabs, and Apply goes on with it.",
            parts.join(", ")
        ),
    }
}

/// Each change that was made, in a few words.
fn parts(done: &Changes) -> Vec<String> {
    let mut parts = Vec::new();
    let mut say = |words: String| parts.push(words);
    if done.name.is_some() {
        say("name changed".to_owned());
    }
    if done.description.is_some() {
        say("description changed".to_owned());
    }
    match done.import {
        Some(true) => say("import is on".to_owned()),
        Some(false) => say("import is off".to_owned()),
        None => {}
    }
    if done.members.is_some() {
        say("members are counted otherwise from the next publication on".to_owned());
    }
    if !done.add.is_empty() {
        say(count(done.add.len(), "collection added", "collections added"));
    }
    if !done.remove.is_empty() {
        say(count(
            done.remove.len(),
            "collection taken away",
            "collections taken away",
        ));
    }
    match done.history {
        Some(true) => say("history is on".to_owned()),
        Some(false) => say("history is off".to_owned()),
        None => {}
    }
    match done.schedule {
        Some(Rhythm::Never) => say("the schedule is taken away".to_owned()),
        Some(Rhythm::Every(every)) => say(format!("the schedule publishes {}", super::schedule::every(every))),
        None => {}
    }
    parts
}

/// When a look at everything was taken, and what it came to.
pub fn failed_checks(failed: usize) -> String {
    format!(
        "{} not as needed:",
        match failed {
            1 => "1 thing is".to_owned(),
            more => format!("{more} things are"),
        }
    )
}

/// A right in words, as the wizard names it.
pub fn check(kind: &crate::model::plan::CheckKind) -> String {
    use crate::model::plan::CheckKind;
    match kind {
        CheckKind::Right { operation } => super::configuration::right(operation).to_owned(),
        CheckKind::HistoryRight { operation, .. } => history::right(operation),
        other => super::progress::check(other),
    }
}

/// How often the schedule publishes.
pub fn rhythm(rhythm: Rhythm) -> String {
    match rhythm {
        Rhythm::Never => "No schedule".to_owned(),
        Rhythm::Every(every) => {
            let words = super::schedule::every(every);
            format!("E{}", words.strip_prefix('e').unwrap_or(&words))
        }
    }
}

/// When the schedule runs next.
pub fn next_run(at: DateTime<Utc>) -> String {
    format!("Next run: {}.", super::home::moment(at))
}

/// What became of the last publication.
pub fn last(words: &str) -> String {
    format!("Last publication: {words}.")
}

/// Since when a connection is off, for the tick.
pub fn off_since(since: Option<DateTime<Utc>>) -> Option<String> {
    since.map(|since| format!("Off since {}.", super::home::moment(since)))
}
