//! A sentence for every [`Warning`].

use crate::model::roles;
use crate::model::warning::Warning;

/// The sentence of a warning for somebody who is at the window, and is not sent to the command line.
pub fn in_window(warning: &Warning) -> String {
    match warning {
        Warning::HistoryNotAllowed => format!(
            "The app may not do what history needs, so only computer groups are published. The roles {} and {} on the resource \
             group of the data collection rule, and {} on the workspace, let it.",
            roles::MONITORING_CONTRIBUTOR.name,
            roles::MONITORING_METRICS_PUBLISHER.name,
            roles::CONTRIBUTOR.name,
        ),
        Warning::HistoryUnfinished => {
            "Turning history on was interrupted, and is half done; the computer groups are published all the same."
                .to_owned()
        }
        warning => sentence(warning),
    }
}

/// The sentence of a warning.
pub fn sentence(warning: &Warning) -> String {
    match warning {
        Warning::TenantNameElsewhere { domain, belongs_to } => format!(
            "The domain {domain} belongs to the tenant {belongs_to}, not to the tenant ID that was given. One of the two is probably a slip."
        ),
        Warning::AppIdUriMalformed { text } => format!(
            "The App ID URI \"{text}\" is not a URI such as https://ConfigMgrService. It is kept as typed; nothing depends on it."
        ),
        Warning::ExpiryPast { expiry, days } => format!(
            "The secret expiry {expiry} is past ({}). Azure decides; if it still accepts the key, correct the date.",
            super::count(usize::try_from(*days).unwrap_or_default(), "day ago", "days ago")
        ),
        Warning::SecretLooksLikeId => {
            "What was typed as secret key looks like the secret's ID, not its value: use the Value column.".to_owned()
        }
        Warning::NoSubscriptionVisible => {
            "The app is right, but sees no subscription: it has no role in Azure yet. Ask an Owner to make it Contributor on the workspace."
                .to_owned()
        }
        Warning::WorkspaceNotReady { state } => {
            format!("The workspace is not ready (its state is {state}). Groups can be refused until it is.")
        }
        Warning::WorkspaceIngestion { status } => ingestion(status),
        Warning::WorkspacePrivate { queries: true, rows: true } => {
            "The workspace is reached through a private link only: neither queries nor rows from outside it are taken.".to_owned()
        }
        Warning::WorkspacePrivate { queries: true, .. } => {
            "The workspace answers queries through a private link only: groups can be written, but not read back from outside it."
                .to_owned()
        }
        Warning::WorkspacePrivate { .. } => {
            "The workspace takes rows through a private link only: history needs a data collection endpoint inside it.".to_owned()
        }
        Warning::ExpiryDiffers { typed, actual } => {
            format!("Entra says that this secret key expires on {actual}; {typed} was typed.")
        }
        Warning::UploadPending => {
            "Azure has not applied the upload role yet, which takes up to 30 minutes. Rows of history go up with a later publication; the computer groups do not wait for it.".to_owned()
        }
        Warning::HistoryUnfinished => {
            "Turning history on was interrupted, and is half done. Turn it on again (asw set NAME --history on), which goes on from there, or off, which takes away what was made.".to_owned()
        }
        Warning::RowsFailed { problem } => format!(
            "Rows of history could not be uploaded ({problem}); the computer groups are published. The next publication tries again."
        ),
        Warning::RowsLost { collections } => format!(
            "Azure took the rows of {collections} {} and had not stored them an hour later. They are sent again now; the computer groups do not depend on them. Usual causes: the workspace's daily cap, a suspended workspace, a changed table.",
            if *collections == 1 { "collection" } else { "collections" }
        ),
        Warning::TableLacksColumns { columns } => format!(
            "The table ConfigMgrCollectionMember_CL lacks the {} {}: Azure drops what belongs there. Turn history off and on again (asw set NAME --history off, then on), which mends the table.",
            if columns.len() == 1 { "column" } else { "columns" },
            columns.join(", ")
        ),
        Warning::GroupAwaitsRows { id } => format!(
            "The collection {id} is too large for the text of a computer group, so its group is made from the rows of history. They are on their way; the group follows with the first publication after the workspace shows them, usually within 15 minutes."
        ),
        Warning::HistoryNotAllowed => {
            "The app may not do what history needs, so only computer groups are published. asw rights says what is missing.".to_owned()
        }
        Warning::NoCollections => {
            "No device collection is chosen yet: nothing will be published.".to_owned()
        }
        Warning::SiteStatus { what } => format!("The site asks for attention: {what}."),
        Warning::SiteOld { build } => format!(
            "The site's build {build} is older than 9106 (version 2303), the oldest that this program was made for. Reading may fail; update the site when you can."
        ),
        Warning::LimitedScope => {
            "The account does not see the collection All Systems, so its security scopes are limited: device collections outside them are missing here. The role Read-only Analyst with all scopes sees everything.".to_owned()
        }
        Warning::NtlmOnly => {
            "The sign-in used NTLM, which Configuration Manager 2509 and later refuse. With the server's full name and the account as user@corp.example it can use Kerberos.".to_owned()
        }
        Warning::CertificatePinned { fingerprint } => {
            format!("Exactly one certificate of the site is trusted (SHA-256 {fingerprint}); when it is renewed, publishing stops until the new one is accepted.")
        }
        Warning::CollectionNotSeen { id, name } => {
            let which = if name.is_empty() { id.to_string() } else { format!("{id} (\"{name}\")") };
            format!(
                "The collection {which} is not in the site's answers any more: deleted, or out of the account's scope. Its group was left as it is."
            )
        }
        Warning::Approximate { id } => format!(
            "The collection {id} has not come to rest for a day; its group shows the best reading and is marked approximate."
        ),
        Warning::CountOff { id } => format!(
            "The site's member count of {id} disagrees with its own list, again. The list was published, since two readings of it agreed."
        ),
        Warning::LikelyTooLarge { id, members } => format!(
            "The collection {id} has {members} members, which is probably too many for the text of a computer group. With history its group is made from the rows, and follows a few minutes after them; without history publishing it is refused with a sentence, not cut."
        ),
        Warning::SameSecret => {
            "This is the secret key that was in use already; only its expiry date was changed.".to_owned()
        }
        Warning::OldKeyNotSure => {
            "Which of the app's secret keys in Microsoft Entra was the one before is not sure, so it was left there. Remove it under \
             Certificates & secrets once nothing uses it."
                .to_owned()
        }
        Warning::OldKeyInUse => {
            "Another connection of the app still uses the secret key before, so it was left in Microsoft Entra.".to_owned()
        }
        Warning::OldKeyNotRemoved { problem } => format!(
            "The secret key before could not be removed in Microsoft Entra ({problem}). Remove it there under Certificates & secrets."
        ),
        Warning::TenantNameUnknown { domain } => format!(
            "No tenant has the domain {domain}, which was given as the tenant's name. The tenant ID is what counts."
        ),
        Warning::SecretsInMemory => "The secrets are kept in memory for this run only; the next run will ask again.".to_owned(),
        Warning::LeftInKeyring { entries } => format!(
            "{} could not be removed from the keyring; the next command tries again.",
            super::count(*entries, "secret that is no longer used", "secrets that are no longer used")
        ),
    }
}

/// What the workspace does with new data.
fn ingestion(status: &str) -> String {
    match status {
        "ApproachingQuota" => {
            "The workspace is near its daily cap (ApproachingQuota). When that is reached it takes in no data until the next day; computer \
             groups are not affected, history is."
                .to_owned()
        }
        "OverQuota" => {
            "The workspace takes in no data at the moment (OverQuota). Its daily cap is reached, until the next day. Computer groups are \
             not affected; history and the logs to query with them are."
                .to_owned()
        }
        "SubscriptionSuspended" => {
            "The workspace takes in no data at the moment (SubscriptionSuspended). Its subscription is suspended. Ask whoever pays for it."
                .to_owned()
        }
        _ => format!(
            "The workspace takes in no data at the moment ({status}). Computer groups are not affected; logs to query with them are."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_at_the_window_is_sent_to_the_command_line() {
        assert!(sentence(&Warning::HistoryNotAllowed).contains("asw rights"));
        let words = in_window(&Warning::HistoryNotAllowed);
        assert!(
            !words.contains("asw ") && words.contains("Monitoring Contributor"),
            "{words}"
        );
        assert!(sentence(&Warning::HistoryUnfinished).contains("asw set"));
        assert!(!in_window(&Warning::HistoryUnfinished).contains("asw "));
        assert_eq!(in_window(&Warning::SameSecret), sentence(&Warning::SameSecret));
    }
}
