//! What a person should know, though nothing is refused for it.

use serde::Serialize;

use super::{CollectionId, Fingerprint, SecretExpiry, TenantId};

/// One warning; `text` has its sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Warning {
    /// The tenant's domain belongs to another tenant than the tenant ID.
    TenantNameElsewhere {
        /// The domain as typed.
        domain: String,
        /// The tenant that it belongs to.
        belongs_to: TenantId,
    },
    /// The App ID URI is not a URI.
    AppIdUriMalformed {
        /// As typed.
        text: String,
    },
    /// The typed expiry date is past.
    ExpiryPast {
        /// The date.
        expiry: SecretExpiry,
        /// How many days ago.
        days: i64,
    },
    /// The secret looks like a secret's ID.
    SecretLooksLikeId,
    /// The app sees no subscription.
    NoSubscriptionVisible,
    /// The workspace's `provisioningState` is not `Succeeded`.
    WorkspaceNotReady {
        /// What Azure says.
        state: String,
    },
    /// The workspace does not take in data now.
    WorkspaceIngestion {
        /// What Azure says: `OverQuota`, `ForceOff`, `SubscriptionSuspended`.
        status: String,
    },
    /// The workspace is reached through a private link only.
    WorkspacePrivate {
        /// Whether queries from outside are refused.
        queries: bool,
        /// Whether rows from outside are refused.
        rows: bool,
    },
    /// The typed expiry is not the one that Entra has for this key.
    ExpiryDiffers {
        /// As typed.
        typed: SecretExpiry,
        /// As Entra has it.
        actual: SecretExpiry,
    },
    /// The upload role does not count yet; rows go up with a later run.
    UploadPending,
    /// Turning history on was interrupted in the middle.
    HistoryUnfinished,
    /// Rows could not be uploaded; the groups are published.
    RowsFailed {
        /// The code of the problem.
        problem: String,
    },
    /// Rows that Azure took were not in the table an hour later; they go up again.
    RowsLost {
        /// Of how many collections.
        collections: usize,
    },
    /// The group of a collection too large for a text follows when its rows are seen.
    GroupAwaitsRows {
        /// Which one.
        id: CollectionId,
    },
    /// The table of history lacks columns, so what they hold is dropped.
    TableLacksColumns {
        /// Their names.
        columns: Vec<String>,
    },
    /// History was wanted where the rights allow it, and they do not.
    HistoryNotAllowed,
    /// No collection is chosen yet.
    NoCollections,
    /// The site's service connection point or mode asks for attention.
    SiteStatus {
        /// What the site says.
        what: String,
    },
    /// The site is older than the oldest version that this program was made for.
    SiteOld {
        /// Its build number.
        build: i64,
    },
    /// The account does not see all device collections: All Systems is not among them.
    LimitedScope,
    /// NTLM sign-in: refused by Configuration Manager 2509 and later.
    NtlmOnly,
    /// The certificate is pinned, not checked against a root.
    CertificatePinned {
        /// Which one.
        fingerprint: Fingerprint,
    },
    /// The collection is not in the site's answers any more; its group was left as it is.
    CollectionNotSeen {
        /// Which one.
        id: CollectionId,
        /// Its name, as the site last had it; empty where it was never seen.
        #[serde(default)]
        name: String,
    },
    /// The group was published from the best reading of a collection that never rests.
    Approximate {
        /// Which one.
        id: CollectionId,
    },
    /// The site's member count disagrees with its own list for good; the list was published.
    CountOff {
        /// Which one.
        id: CollectionId,
    },
    /// The collection is probably too large for a computer group.
    LikelyTooLarge {
        /// Which one.
        id: CollectionId,
        /// Its members, as the site counts them.
        members: i64,
    },
    /// The new secret key is the one that was in use already.
    SameSecret,
    /// The secret key before was left in the app registration: which one it was is not sure.
    OldKeyNotSure,
    /// It was left there: another connection of the app still uses it.
    OldKeyInUse,
    /// It could not be removed there.
    OldKeyNotRemoved {
        /// The code of the problem.
        problem: String,
    },
    /// No tenant has the domain that was given as the tenant's name.
    TenantNameUnknown {
        /// The domain as typed.
        domain: String,
    },
    /// The secret lives in memory only.
    SecretsInMemory,
    /// A secret that is no longer used could not be removed from the keyring yet.
    LeftInKeyring {
        /// How many entries.
        entries: usize,
    },
}
