//! Words of *Confirm*.

use uuid::Uuid;

use crate::flow::wizard::Page;
use crate::model::group::{self, Owner};
use crate::model::{CertificateTrust, CollectionId, ConnectionId, MemberScope, SignIn, SiteCode, SiteConnection};

/// Above everything.
pub const INTRO: &str = "Nothing has been made yet. This is all that will be:";

/// A group.
pub const CONNECTION: &str = "On this computer";
/// A group.
pub const SITE: &str = "From Configuration Manager";
/// A group.
pub const AZURE: &str = "In Azure";

/// A fact.
pub const NAME: &str = "Connection";
/// A fact.
pub const DESCRIPTION: &str = "Description";
/// A fact.
pub const KEYRING: &str = "Into this account's keyring";
/// A fact.
pub const DATA_FOLDER: &str = "Into the data folder";
/// A fact, where a file with settings says so.
pub const IMPORT: &str = "Import";
/// That fact.
pub const IMPORT_OFF: &str = "Off, as the settings say: schedules leave the connection out.";
/// What goes into the data folder.
pub const DATA_FOLDER_HOLDS: &str = "These settings, and later what was published when (asw.db); the log. No secret.";
/// A fact.
pub const SITE_NAME: &str = "Site";
/// A fact.
pub const PROVIDER: &str = "SMS Provider";
/// A fact.
pub const ACCOUNT: &str = "Account";
/// A fact.
pub const CERTIFICATE: &str = "Certificate";
/// A fact.
pub const MEMBERS: &str = "Members of a group";
/// A fact.
pub const CHANGED_IN_SITE: &str = "Changed there";
/// What is changed in the site.
pub const NOTHING_IN_SITE: &str = "Nothing; the site is only read.";
/// A fact.
pub const CLOUD: &str = "Azure environment";
/// A fact.
pub const TENANT: &str = "Tenant";
/// A fact.
pub const APP: &str = "App";
/// A fact.
pub const EXPIRY: &str = "Secret key expires";
/// A fact.
pub const WORKSPACE: &str = "Workspace";
/// A fact.
pub const RESOURCE_ID: &str = "Resource ID";
/// A fact.
pub const WRITTEN: &str = "Written there";
/// A list.
pub const GROUPS: &str = "Computer groups";
/// A column.
pub const COLLECTION: &str = "Device collection";
/// A column.
pub const COLLECTION_ID: &str = "Collection ID";
/// A column.
pub const COMPUTERS: &str = "Computers, about";
/// A column.
pub const FUNCTION: &str = "Function name in queries";
/// Below the list.
pub const FUNCTION_NOTE: &str = "Where another connection uses a function name already, the new one gets a suffix.";
/// At the end of what is written.
pub const NOTHING_ELSE: &str = "Nothing else in Azure is changed.";

/// Where nothing is there.
pub const NONE: &str = "none";

/// What goes into the keyring.
pub fn keyring(with_password: bool) -> &'static str {
    if with_password {
        "The secret key of the app, and the password of the site account"
    } else {
        "The secret key of the app"
    }
}

/// A friendly name and the ID behind it.
pub fn named(name: &str, id: &str) -> String {
    if name.is_empty() {
        id.to_owned()
    } else {
        format!("{name} ({id})")
    }
}

/// Who signs in to the site.
pub fn account(site: &SiteConnection) -> &str {
    match &site.sign_in {
        SignIn::Account(account) => account,
        SignIn::CurrentUser => "the account that runs this program",
        SignIn::None => "nobody: a proxy on this computer does it",
    }
}

/// Why the site's certificate is trusted.
pub fn certificate(site: &SiteConnection) -> String {
    match &site.trust {
        CertificateTrust::System => "checked against the roots of this computer".to_owned(),
        CertificateTrust::Pem(path) => format!("checked against {}", path.display()),
        CertificateTrust::Sha256(fingerprint) => format!("exactly this one: SHA-256 {fingerprint}"),
    }
}

/// Which records become members.
pub fn members(scope: MemberScope) -> &'static str {
    match scope {
        MemberScope::AllComputers => "All computers of its collection",
        MemberScope::ClientsOnly => "The computers of its collection that have the Configuration Manager client",
    }
}

/// What is written into the workspace.
pub fn written(collections: usize) -> String {
    match collections {
        0 => "One record of this connection; no computer group, since no collection is chosen.".to_owned(),
        _ => format!(
            "One record of this connection, and {}:",
            super::count(collections, "computer group", "computer groups")
        ),
    }
}

/// About how many computers a group will hold.
pub fn computers(members: i64) -> String {
    members.max(0).to_string()
}

/// The name by which queries will call a group, as long as nobody else uses it.
pub fn function_name(site: &SiteCode, collection: &CollectionId) -> String {
    let owner = Owner {
        connection: ConnectionId::new(Uuid::nil()), // there is none yet, and a free name does not depend on it
        site: site.clone(),
    };
    group::alias(&owner, collection, |_| false)
}

/// What Next does.
pub fn next(collections: usize) -> String {
    match collections {
        0 => "Next makes the connection.".to_owned(),
        1 => "Next makes the connection and publishes the device collection for the first time.".to_owned(),
        many => format!("Next makes the connection and publishes the {many} device collections for the first time."),
    }
}

/// An earlier page holds something else than what was accepted.
pub fn changed(page: Page) -> String {
    format!(
        "The page {} holds something else than what was checked there. Go to it, check it, and come back with Next.",
        super::pages::title(page)
    )
}

/// The button that leads to that page.
pub fn go_to(page: Page) -> String {
    format!("Go to {}", super::pages::title(page))
}
