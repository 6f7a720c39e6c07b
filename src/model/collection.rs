//! Device collections, the records in them, and the computer name that a record becomes.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{EntraDeviceId, Invalid, excerpt};

/// Eight characters that name a collection: site code and five hexadecimal digits, or a built-in one such as `SMS00001`.
///
/// Kept in place: sites have tens of thousands, and each stands in many lists.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CollectionId([u8; 8]);

impl CollectionId {
    /// The ID.
    pub fn as_str(&self) -> &str {
        // Letters and digits of ASCII, so it always is text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for CollectionId {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        if let Ok(mut id) = <[u8; 8]>::try_from(text.trim().as_bytes())
            && id.iter().all(u8::is_ascii_alphanumeric)
        {
            id.make_ascii_uppercase();
            return Ok(Self(id));
        }
        Err(Invalid::new(
            "collection ID",
            format!("\"{}\" is not eight letters or digits", excerpt(text)),
            "PS100016",
        ))
    }
}

impl TryFrom<String> for CollectionId {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<CollectionId> for String {
    fn from(id: CollectionId) -> String {
        id.as_str().to_owned()
    }
}

impl fmt::Display for CollectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CollectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// A device collection of the site (`SMS_Collection`, CollectionType 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCollection {
    /// Its ID.
    pub id: CollectionId,
    /// Its name; not unique.
    pub name: String,
    /// Members as the site counts them.
    pub member_count: i64,
    /// When the membership last changed.
    pub last_member_change: Option<DateTime<Utc>>,
    /// `CurrentStatus`: 1 is ready, 2 refreshing, 4 evaluating, …
    pub current_status: Option<i64>,
    /// Folder path in the console.
    pub path: Option<String>,
    /// The collection that it is limited to; `None` for root collections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limiting: Option<LimitingCollection>,
    /// Whether it came with the site.
    #[serde(default)]
    pub is_built_in: bool,
    /// Whether the site also keeps it as a group in Microsoft Entra.
    #[serde(default)]
    pub is_cloud_synced: bool,
}

impl DeviceCollection {
    /// One of which nothing but its ID is known yet.
    pub const fn unseen(id: CollectionId) -> Self {
        Self {
            id,
            name: String::new(),
            member_count: 0,
            last_member_change: None,
            current_status: None,
            path: None,
            limiting: None,
            is_built_in: false,
            is_cloud_synced: false,
        }
    }
}

/// The collection that another one is limited to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitingCollection {
    /// Its ID.
    pub id: CollectionId,
    /// Its name.
    pub name: String,
}

/// Which records of a collection become members of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemberScope {
    /// Every computer.
    #[default]
    AllComputers,
    /// Computers with the Configuration Manager client.
    ClientsOnly,
}

impl MemberScope {
    /// Whether a record counts.
    pub const fn admits(self, record: &MembershipRecord) -> bool {
        match self {
            Self::AllComputers => true,
            Self::ClientsOnly => record.is_client,
        }
    }
}

impl DeviceCollection {
    /// Whether the site is not at work on the membership: `CurrentStatus` 1 is "ready"; sites that do not fill it answer null
    /// or 0.
    pub fn is_at_rest(&self) -> bool {
        matches!(self.current_status, None | Some(0 | 1))
    }

    /// Whether two looks at the collection show the same membership, and no change under way.
    pub fn is_settled_since(&self, before: &Self) -> bool {
        self.member_count == before.member_count
            && self.last_member_change == before.last_member_change
            && self.is_at_rest()
            && before.is_at_rest()
    }
}

/// First and last resource ID of records that are not computers: provisioning devices (from 0x79000000) and unknown
/// computers (from 0x7A000000). Users start behind them.
const NOT_COMPUTERS: std::ops::RangeInclusive<i64> = 0x7900_0000..=0x7AFF_FFFF;

/// The `ResourceType` of a device.
const SYSTEM: i64 = 5;

/// One row of `SMS_FullCollectionMembership`: a record's place in a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipRecord {
    /// The record; unique inside its hierarchy.
    pub resource_id: i64,
    /// 5 for a device; `None` where the site does not say.
    pub resource_type: Option<i64>,
    /// NetBIOS name.
    pub name: String,
    /// Whether the Configuration Manager client is installed.
    pub is_client: bool,
    /// Whether a newer record has taken this one's place.
    pub is_obsolete: bool,
}

impl MembershipRecord {
    /// Whether the record stands for a computer at all. One without a name cannot be told in a group.
    pub fn is_computer(&self) -> bool {
        !self.name.trim().is_empty()
            && !NOT_COMPUTERS.contains(&self.resource_id)
            && self.resource_type.is_none_or(|kind| kind == SYSTEM)
    }
}

/// The names of a device (`SMS_R_System`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceName {
    /// The record.
    pub resource_id: i64,
    /// The full name by [`fqdn`].
    pub fqdn: String,
    /// The device in Microsoft Entra, where it is registered there.
    pub entra_device_id: Option<EntraDeviceId>,
}

/// The name that a device goes by in a workspace: the first resource name with a dot; else the NetBIOS name and the DNS
/// domain; else the NetBIOS name alone (Entra-joined devices have no domain).
pub fn fqdn<'a>(name: &str, resource_names: impl IntoIterator<Item = &'a str>, dns_domain: Option<&str>) -> String {
    let full = resource_names
        .into_iter()
        .find(|resource_name| resource_name.contains('.'));
    match (full, dns_domain.map(str::trim).filter(|domain| !domain.is_empty())) {
        (Some(full), _) => full.to_owned(),
        (None, Some(domain)) => format!("{name}.{domain}"),
        (None, None) => name.to_owned(),
    }
}

/// One member of a computer group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The computer name as the group shows it.
    pub computer: String,
    /// Which of several records of one name speaks for it; the smallest wins: not obsolete before obsolete, client
    /// before non-client, then the oldest record.
    pub rank: (bool, bool, i64),
    /// The device in Microsoft Entra, where it is registered there: an identity for devices without a domain.
    pub entra_device_id: Option<EntraDeviceId>,
}

impl Member {
    /// The member that a record becomes; `fqdn` is the record's full name where the site knows one.
    pub fn new(record: &MembershipRecord, fqdn: Option<&str>, entra_device_id: Option<EntraDeviceId>) -> Self {
        Self {
            // A full name without its first part is one that the site has not filled.
            computer: fqdn
                .filter(|name| !name.is_empty() && !name.starts_with('.'))
                .unwrap_or(&record.name)
                .to_owned(),
            rank: (record.is_obsolete, !record.is_client, record.resource_id),
            entra_device_id,
        }
    }

    /// The record that speaks for it.
    pub const fn resource_id(&self) -> i64 {
        self.rank.2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(resource_id: i64, name: &str) -> MembershipRecord {
        MembershipRecord {
            resource_id,
            resource_type: Some(5),
            name: name.into(),
            is_client: true,
            is_obsolete: false,
        }
    }

    #[test]
    fn ids() {
        assert_eq!(" ps100016 ".parse::<CollectionId>().unwrap().as_str(), "PS100016");
        for bad in ["", "PS10001", "PS1000166", "PS1'0016", "PS1 0016", "PS1000é"] {
            assert!(bad.parse::<CollectionId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn full_name_by_the_three_sources() {
        assert_eq!(
            fqdn("PC1", ["PC1", "pc1.corp.example"], Some("other.example")),
            "pc1.corp.example"
        );
        assert_eq!(fqdn("PC1", [], Some("corp.example")), "PC1.corp.example");
        assert_eq!(fqdn("PC1", ["PC1"], Some(" ")), "PC1");
    }

    #[test]
    fn unknown_computers_are_no_computers() {
        for id in [2_046_820_352, 2_046_820_353, 2_030_043_136] {
            assert!(!record(id, "x64 Unknown Computer").is_computer(), "{id}");
        }
        for id in [16_777_219, 2_097_152_004] {
            assert!(record(id, "PC").is_computer(), "{id}");
        }
        assert!(!record(16_777_219, " ").is_computer());
        assert!(
            !MembershipRecord {
                resource_type: Some(4),
                ..record(16_777_220, "USER")
            }
            .is_computer()
        );
    }

    #[test]
    fn the_scope_decides_on_records_without_a_client() {
        let client = record(1, "PC1");
        let discovered = MembershipRecord {
            is_client: false,
            ..record(2_097_152_004, "DC")
        };
        let admitted = |scope: MemberScope| [&client, &discovered].map(|each| scope.admits(each));
        assert_eq!(admitted(MemberScope::AllComputers), [true, true]);
        assert_eq!(admitted(MemberScope::ClientsOnly), [true, false]);
    }

    #[test]
    fn settled_means_equal_and_at_rest() {
        let look = DeviceCollection {
            id: "PS100016".parse().unwrap(),
            name: "n".into(),
            member_count: 3,
            last_member_change: None,
            current_status: Some(1),
            path: None,
            limiting: None,
            is_built_in: false,
            is_cloud_synced: false,
        };
        assert!(look.is_settled_since(&look));
        let refreshing = DeviceCollection {
            current_status: Some(2),
            ..look.clone()
        };
        assert!(!refreshing.is_settled_since(&refreshing));
        assert!(
            !DeviceCollection {
                member_count: 4,
                ..look.clone()
            }
            .is_settled_since(&look)
        );
    }
}
