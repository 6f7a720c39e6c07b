//! Words of *General*.

use crate::flow::wizard::{Prerequisite, Suggestion};
use crate::model::{Fingerprint, ProviderAddress, SignIn, SingleSignOn, SiteIdentity};

/// Above everything.
pub const INTRO: &str = "Device collections of a Configuration Manager site become computer groups in a Log Analytics \
                         workspace. These things must be there first; nothing is changed before the last page.";

/// The title of the list.
pub const BEFORE: &str = "Before you start";
/// A button that unfolds what to do.
pub const HOW: &str = "How?";
/// The same button, unfolded.
pub const HIDE: &str = "Hide";
/// Why a tick cannot be set or taken away: the program has seen for itself.
pub const SEEN_BY_PROGRAM: &str = "The program has seen this for itself.";
/// Why the site's tick cannot be set by hand.
pub const SITE_TICKS_ITSELF: &str = "This ticks itself once the site has answered below.";
/// The app was verified.
pub const APP_SEEN: &str = "Seen: Azure lets the app in.";
/// The rights were read.
pub const RIGHTS_SEEN: &str = "Seen: the app may do what computer groups need.";

/// One prerequisite.
pub fn prerequisite(what: Prerequisite) -> &'static str {
    match what {
        Prerequisite::AppRegistered => "An app is registered in Microsoft Entra ID",
        Prerequisite::SecretAtHand => "Its client ID, secret key and the key's expiry date are at hand",
        Prerequisite::AppIsContributor => "The app is Contributor on the Log Analytics workspace",
        Prerequisite::TopTierSite => "The site is the top of its hierarchy",
    }
}

/// The name of the button that unfolds what to do about one: there are four of them.
pub fn how_name(what: Prerequisite) -> &'static str {
    match what {
        Prerequisite::AppRegistered => "How? App registered",
        Prerequisite::SecretAtHand => "How? Secret key at hand",
        Prerequisite::AppIsContributor => "How? App is Contributor",
        Prerequisite::TopTierSite => "How? Top-tier site",
    }
}

/// A line of what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Something to do, or to know.
    Say(&'static str),
    /// A command to copy.
    Run(&'static str),
}

/// What to do about a prerequisite.
pub fn how(what: Prerequisite) -> &'static [Line] {
    match what {
        Prerequisite::AppRegistered => &APP_REGISTERED,
        Prerequisite::SecretAtHand => &SECRET_AT_HAND,
        Prerequisite::AppIsContributor => &APP_IS_CONTRIBUTOR,
        Prerequisite::TopTierSite => &TOP_TIER_SITE,
    }
}

const APP_REGISTERED: [Line; 6] = [
    Line::Say(
        "Azure portal: Microsoft Entra ID > App registrations > New registration. Any name will do, such as \
         ConfigMgrService; accounts in this directory only; no redirect URI.",
    ),
    Line::Say("Or with the Azure command line:"),
    Line::Run("az ad app create --display-name ConfigMgrService --sign-in-audience AzureADMyOrg"),
    Line::Run("az ad sp create --id \"<client ID>\""),
    Line::Say(
        "Or all of the first three at once. Paste what it prints on the page Import Apps, and the fields fill \
         themselves:",
    ),
    Line::Run(
        "az ad sp create-for-rbac --name ConfigMgrService --role Contributor --scopes \"<workspace resource ID>\"",
    ),
];

const SECRET_AT_HAND: [Line; 5] = [
    Line::Say("Azure portal: the app > Overview shows the client ID as \"Application (client) ID\"."),
    Line::Say(
        "The app > Certificates & secrets > New client secret. Copy the Value at once, since it is shown only this \
         time, and note the date under Expires.",
    ),
    Line::Say("Or with the Azure command line; --append keeps the keys that other programs use:"),
    Line::Run("az ad app credential reset --id \"<client ID>\" --append --years 1"),
    Line::Say(
        "Paste what it prints on the page Import Apps. It does not tell the expiry date: here it is in one year.",
    ),
];

const APP_IS_CONTRIBUTOR: [Line; 6] = [
    Line::Say(
        "Azure portal: the workspace > Access control (IAM) > Add role assignment > Contributor. As member choose the \
         app (search for its name), not a person. An Owner of the workspace can do this.",
    ),
    Line::Say("Or with the Azure command line:"),
    Line::Run(
        "az role assignment create --assignee \"<client ID>\" --role Contributor --scope \"<workspace resource ID>\"",
    ),
    Line::Say("The workspace resource ID stands on the workspace's page under JSON View, or ask for it:"),
    Line::Run(
        "az monitor log-analytics workspace show --resource-group \"<group>\" --workspace-name \"<name>\" --query id",
    ),
    Line::Say("The role on the workspace's resource group will do as well. It can take a few minutes until it counts."),
];

const TOP_TIER_SITE: [Line; 3] = [
    Line::Say(
        "Use an SMS Provider of the central administration site where there is one, else of the standalone primary \
         site.",
    ),
    Line::Say(
        "Configuration Manager console: Administration > Site Configuration > Servers and Site System Roles lists the \
         servers with the role SMS Provider.",
    ),
    Line::Say("This ticks itself once the site has answered below."),
];

/// The name of the button that copies a command.
pub fn copy_command(command: &str) -> String {
    format!("Copy {command}")
}

/// What the original asked for and this program does not.
pub const NO_LONGER_NEEDED: &str = "No longer needed: agent, service connection point, optional feature, portal import";
/// A button that unfolds the reasons.
pub const WHY: &str = "Why?";
/// Its name.
pub const WHY_NAME: &str = "Why? No longer needed";

/// What is no longer needed, and what replaces it.
pub const REPLACED: [(&str, &str); 4] = [
    (
        "Log Analytics agent on the service connection point",
        "This program writes the groups through Azure's management address itself. The agent was retired in August 2024.",
    ),
    (
        "Service connection point in online mode",
        "Only this computer has to reach Azure and the SMS Provider.",
    ),
    (
        "The connector as an optional feature of the site",
        "Removed by Microsoft in version 2107. This program reads the site through the AdminService of the SMS Provider.",
    ),
    (
        "Azure portal, Computer Groups > SCCM, import of memberships",
        "Nothing to turn on: the groups are saved searches of the workspace, and queries use them by name.",
    ),
];

/// The title of the second group.
pub const SITE: &str = "Configuration Manager site";
/// A field.
pub const PROVIDER: &str = "SMS Provider";
/// An example for it.
pub const PROVIDER_EXAMPLE: &str = "cm01.corp.example";
/// Beside its label.
pub const PROVIDER_NOTE: &str = "full name of the server";
/// The title of a choice.
pub const SIGN_IN: &str = "Sign in as";
/// A way to sign in.
pub const THIS_ACCOUNT: &str = "This account";
/// A way to sign in.
pub const CURRENT_USER: &str = "The account I am signed in with";
/// A way to sign in that a known site uses.
pub const NOBODY: &str = "Nobody: a proxy on this computer does it";
/// A field.
pub const ACCOUNT: &str = "Account";
/// An example for it.
pub const ACCOUNT_EXAMPLE: &str = "CONTOSO\\svc-asw";
/// A field.
pub const PASSWORD: &str = "Password";
/// Beside its label.
pub const PASSWORD_NOTE: &str = "kept in the keyring of this computer only";
/// The title of a choice.
pub const TRUST: &str = "Trust the certificate of the SMS Provider";
/// A way to trust.
pub const TRUST_SYSTEM: &str = "As this computer trusts";
/// A way to trust.
pub const TRUST_ROOT_FILE: &str = "A root certificate in a file";
/// A field.
pub const ROOT_FILE: &str = "Root certificate";
/// Beside its label.
pub const ROOT_FILE_NOTE: &str = "a file in PEM or DER form";
/// Before the button that opens a file dialog for it.
pub const BROWSE_ROOT_FILE: &str = "Browse… root certificate";
/// A button.
pub const CHECK: &str = "Check the site";
/// While the site is asked.
pub const CHECKING: &str = "Asking the site";
/// Beside the button, when a field holds a mistake.
pub const LOOK_ABOVE: &str = "Something above is missing or not right yet: it is marked there.";
/// A choice.
pub const KNOWN_SITES: &str = "Known sites";
/// What it shows while something else is typed.
pub const NONE_OF_THEM: &str = "Choose instead of typing";

/// Below the field, where the server is not named as Kerberos needs it.
pub const NEEDS_FULL_NAME: &str = "Use the server's full name, such as cm01.corp.example: Kerberos needs it.";

/// What it means to sign in as the account that runs this program; or why that is not possible.
pub fn current_user(here: SingleSignOn) -> &'static str {
    match here {
        SingleSignOn::Windows => "",
        SingleSignOn::Ticket => "with its Kerberos ticket (kinit)",
        SingleSignOn::NotBuilt => "not possible with this build of the program",
    }
}

/// A site that can be chosen.
pub fn suggestion(suggestion: &Suggestion) -> String {
    match suggestion {
        Suggestion::Known(known) => {
            let provider = &known.connection.provider;
            let account = match &known.connection.sign_in {
                SignIn::Account(account) => format!(", {account}"),
                SignIn::CurrentUser => ", the account I am signed in with".to_owned(),
                SignIn::None => String::new(),
            };
            match &known.identity {
                Some(site) => format!("{} – {}: {provider}{account}", site.code, site.name),
                None => format!("{provider}{account}"),
            }
        }
        Suggestion::OfSite(site, provider) => format!("{site}: {provider}"),
    }
}

/// The button that turns to the server at the top of the hierarchy.
pub fn use_server(server: &ProviderAddress) -> String {
    format!("Use {server}")
}

/// A way to trust: the certificate that a person has accepted.
pub fn trust_accepted(fingerprint: &Fingerprint) -> String {
    format!(
        "Exactly the accepted certificate, SHA-256 {}…",
        first_digits(fingerprint)
    )
}

/// The beginning of a fingerprint, to know it again by.
pub(super) fn first_digits(fingerprint: &Fingerprint) -> String {
    fingerprint.to_string().to_uppercase().chars().take(8).collect()
}

/// The tick of the site.
pub fn site_seen(site: &SiteIdentity) -> String {
    format!("Seen: {}", site_title(site))
}

/// A site in one line.
pub fn site_title(site: &SiteIdentity) -> String {
    let kind = if site.is_cas {
        "central administration site"
    } else {
        "standalone primary site"
    };
    format!("{} – {}, {kind}", site.code, site.name)
}

/// The site has answered.
pub fn site_answered(site: &SiteIdentity) -> String {
    format!("The site answers: {}.", site_title(site))
}
