//! The classes of the SMS Provider that the lab knows: their properties, keys and ancestry, and the EDMX document that
//! `$metadata` answers.

use std::fmt::Write as _;

/// The entity type of a property, as the AdminService maps WMI types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A WMI `SInt32`.
    Int32,
    /// A WMI `UInt32`, which becomes a 64-bit number.
    Int64,
    Bool,
    Date,
    /// A WMI `UInt8` array.
    Binary,
    Texts,
    /// An array of embedded objects.
    Objects,
}

impl Kind {
    fn edm(self) -> &'static str {
        match self {
            Self::Text => "Edm.String",
            Self::Int32 => "Edm.Int32",
            Self::Int64 => "Edm.Int64",
            Self::Bool => "Edm.Boolean",
            Self::Date => "Edm.DateTimeOffset",
            Self::Binary => "Edm.Binary",
            Self::Texts => "Collection(Edm.String)",
            Self::Objects => "Collection(Edm.ComplexType)",
        }
    }
}

/// Whether a property is lazy in the sense of the SMS Provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Laziness {
    Eager,
    /// Present but empty in a list; filled by a keyed read only. Not selectable in a list.
    Lazy,
    /// Declared lazy, so not selectable in a list, but filled in a list without `$select`: the `Props` of the site
    /// control items.
    FilledAnyway,
}

/// One property of a class.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) laziness: Laziness,
}

impl Property {
    pub(super) fn is_lazy(&self) -> bool {
        self.laziness != Laziness::Eager
    }
}

/// Which class; decides which rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClassId {
    Identification,
    Site,
    SiteRole,
    Collection,
    Membership,
    System,
    CombinedDevice,
    Tenant,
}

/// One class of the provider.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) id: ClassId,
    pub(super) name: &'static str,
    /// From the direct parent up to the root.
    pub(super) ancestry: &'static [&'static str],
    pub(super) keys: &'static [&'static str],
    /// In the order of the letters, without regard to case: the order of every answer.
    pub(super) properties: &'static [Property],
}

impl Class {
    /// A property by its name, without regard to case.
    pub(super) fn property(&self, name: &str) -> Option<&'static Property> {
        self.properties.iter().find(|p| p.name.eq_ignore_ascii_case(name))
    }
}

/// A class by its name, without regard to case.
pub(super) fn class(name: &str) -> Option<&'static Class> {
    CLASSES.iter().find(|class| class.name.eq_ignore_ascii_case(name))
}

const fn of(kind: Kind, name: &'static str) -> Property {
    Property {
        name,
        kind,
        laziness: Laziness::Eager,
    }
}

const fn text(name: &'static str) -> Property {
    of(Kind::Text, name)
}

const fn int(name: &'static str) -> Property {
    of(Kind::Int64, name)
}

const fn int32(name: &'static str) -> Property {
    of(Kind::Int32, name)
}

const fn flag(name: &'static str) -> Property {
    of(Kind::Bool, name)
}

const fn date(name: &'static str) -> Property {
    of(Kind::Date, name)
}

const fn texts(name: &'static str) -> Property {
    of(Kind::Texts, name)
}

const fn lazy(kind: Kind, name: &'static str) -> Property {
    Property {
        name,
        kind,
        laziness: Laziness::Lazy,
    }
}

const fn filled_anyway(kind: Kind, name: &'static str) -> Property {
    Property {
        name,
        kind,
        laziness: Laziness::FilledAnyway,
    }
}

const BASE: &[&str] = &["SMS_BaseClass"];

/// Every class of the lab's provider, in the order of the service document.
pub(super) static CLASSES: &[Class] = &[
    Class {
        id: ClassId::Tenant,
        name: "SMS_AAD_Tenant_Ex",
        ancestry: BASE,
        keys: &["ID"],
        properties: &[int("Environment"), int32("ID"), text("Name"), text("TenantID")],
    },
    Class {
        id: ClassId::Collection,
        name: "SMS_Collection",
        ancestry: BASE,
        keys: &["CollectionID"],
        properties: &[
            int32("CloudSyncCount"),
            text("CollectionID"),
            lazy(Kind::Objects, "CollectionRules"),
            int("CollectionType"),
            int32("CollectionVariablesCount"),
            text("Comment"),
            int("CurrentStatus"),
            date("FullEvaluationLastRefreshTime"),
            int32("FullEvaluationMemberChanges"),
            date("FullEvaluationMemberChangeTime"),
            date("FullEvaluationNextRefreshTime"),
            int("FullEvaluationRunTime"),
            flag("HasProvisionedMember"),
            int32("IncludeExcludeCollectionsCount"),
            date("IncrementalEvaluationLastRefreshTime"),
            int32("IncrementalEvaluationMemberChanges"),
            date("IncrementalEvaluationMemberChangeTime"),
            int("IncrementalEvaluationRunTime"),
            flag("IsBuiltIn"),
            flag("IsReferenceCollection"),
            lazy(Kind::Binary, "ISVData"),
            lazy(Kind::Int64, "ISVDataSize"),
            date("LastChangeTime"),
            date("LastMemberChangeTime"),
            date("LastRefreshTime"),
            text("LimitToCollectionID"),
            text("LimitToCollectionName"),
            int32("LocalMemberCount"),
            text("MemberClassName"),
            int32("MemberCount"),
            text("Name"),
            text("ObjectPath"),
            flag("OwnedByThisSite"),
            int32("PowerConfigsCount"),
            lazy(Kind::Objects, "RefreshSchedule"),
            lazy(Kind::Int64, "RefreshType"),
            flag("ReplicateToSubSites"),
            int32("ServiceWindowsCount"),
            flag("UseCluster"),
        ],
    },
    Class {
        id: ClassId::CombinedDevice,
        name: "SMS_CombinedDeviceResources",
        ancestry: BASE,
        keys: &["ResourceID"],
        properties: &[
            text("AADDeviceID"),
            text("AADTenantID"),
            date("ADLastLogonTime"),
            text("CNAccessMP"),
            date("CNLastOfflineTime"),
            date("CNLastOnlineTime"),
            flag("CoManaged"),
            text("CurrentLogonUser"),
            text("DeviceOS"),
            text("DeviceOSBuild"),
            text("Domain"),
            flag("IsClient"),
            flag("IsObsolete"),
            flag("IsVirtualMachine"),
            date("LastActiveTime"),
            text("LastMPServerName"),
            text("Name"),
            text("PrimaryUser"),
            int("ResourceID"),
            text("SiteCode"),
            text("SMSID"),
            text("UserDomainName"),
            text("UserName"),
        ],
    },
    Class {
        id: ClassId::Membership,
        name: "SMS_FullCollectionMembership",
        ancestry: BASE,
        keys: &["CollectionID", "ResourceID"],
        properties: &[
            int("ClientCertType"),
            int("ClientType"),
            text("ClientVersion"),
            text("CollectionID"),
            text("DeviceCategory"),
            int("DeviceOwner"),
            text("Domain"),
            flag("IsActive"),
            flag("IsAlwaysInternet"),
            int("IsApproved"),
            flag("IsAssigned"),
            flag("IsBlocked"),
            flag("IsClient"),
            flag("IsDecommissioned"),
            flag("IsDirect"),
            flag("IsInternetEnabled"),
            flag("IsObsolete"),
            flag("IsVirtualMachine"),
            text("Name"),
            int("Priority"),
            int("ResourceID"),
            int("ResourceType"),
            text("SiteCode"),
            text("SMSID"),
        ],
    },
    Class {
        id: ClassId::Identification,
        name: "SMS_Identification",
        ancestry: BASE,
        keys: &["ThisSiteCode"],
        properties: &[
            text("License"),
            int("LocaleID"),
            text("MonthlyReleaseVersion"),
            int("SMSBuildNumber"),
            text("SMSProviderServer"),
            text("SMSSiteServer"),
            text("SMSVersion"),
            text("ThisSiteCode"),
            text("ThisSiteName"),
        ],
    },
    Class {
        id: ClassId::System,
        name: "SMS_R_System",
        ancestry: &["SMS_Resource", "SMS_BaseClass"],
        keys: &["ResourceId"],
        properties: &[
            text("AADDeviceID"),
            text("AADTenantID"),
            int("Active"),
            int("Client"),
            text("ClientVersion"),
            date("CreationDate"),
            int("Decommissioned"),
            text("DistinguishedName"),
            text("FullDomainName"),
            texts("IPAddresses"),
            texts("MACAddresses"),
            text("Name"),
            text("NetbiosName"),
            int("Obsolete"),
            text("OperatingSystemNameandVersion"),
            text("ResourceDomainORWorkgroup"),
            int("ResourceId"),
            texts("ResourceNames"),
            int("ResourceType"),
            texts("SecurityGroupName"),
            text("SID"),
            text("SMBIOSGUID"),
            texts("SMSAssignedSites"),
            text("SMSUniqueIdentifier"),
            texts("SystemRoles"),
            int("Unknown"),
        ],
    },
    Class {
        id: ClassId::SiteRole,
        name: "SMS_SCI_SysResUse",
        ancestry: &["SMS_SiteControlItem", "SMS_BaseClass"],
        keys: &["FileType", "ItemName", "ItemType", "SiteCode"],
        properties: &[
            int("FileType"),
            text("ItemName"),
            text("ItemType"),
            text("NALPath"),
            text("NetworkOSPath"),
            filled_anyway(Kind::Objects, "PropLists"),
            filled_anyway(Kind::Objects, "Props"),
            text("RoleName"),
            int("ServerState"),
            int("ServiceWindows"),
            text("SiteCode"),
            int("SslState"),
            int("Type"),
        ],
    },
    Class {
        id: ClassId::Site,
        name: "SMS_Site",
        ancestry: BASE,
        keys: &["SiteCode"],
        properties: &[
            int("BuildNumber"),
            text("InstallDir"),
            int("Mode"),
            text("ReportingSiteCode"),
            int("RequestedStatus"),
            text("ServerName"),
            text("SiteCode"),
            text("SiteName"),
            int("Status"),
            text("TimeZoneInfo"),
            int("Type"),
            text("Version"),
        ],
    },
];

/// The EDMX document of the classes above: enough of it to look a property up. The entity types stand alone; the real
/// document also has base types, actions and hundreds of other classes.
pub(super) fn metadata() -> String {
    let mut types = String::new();
    let mut sets = String::new();
    for class in CLASSES {
        let keys: String = class
            .keys
            .iter()
            .map(|key| format!("<PropertyRef Name=\"{key}\"/>"))
            .collect();
        let properties: String = class
            .properties
            .iter()
            .map(|p| format!("<Property Name=\"{}\" Type=\"{}\"/>", p.name, p.kind.edm()))
            .collect();
        let name = class.name;
        // Writing to a text cannot fail.
        let _ = write!(
            types,
            "<EntityType Name=\"{name}\"><Key>{keys}</Key>{properties}</EntityType>"
        );
        let _ = write!(sets, "<EntitySet Name=\"{name}\" EntityType=\"AdminService.{name}\"/>");
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><edmx:Edmx Version=\"4.0\" \
         xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\"><edmx:DataServices>\
         <Schema Namespace=\"AdminService\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">{types}\
         <EntityContainer Name=\"Container\">{sets}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_stand_in_the_order_of_the_letters() {
        for class in CLASSES {
            let names: Vec<String> = class.properties.iter().map(|p| p.name.to_lowercase()).collect();
            let mut sorted = names.clone();
            sorted.sort();
            sorted.dedup();
            assert_eq!(names, sorted, "{}", class.name);
        }
    }

    #[test]
    fn keys_are_eager_properties_in_the_spelling_of_the_schema() {
        for class in CLASSES {
            for key in class.keys {
                let property = class.property(key).unwrap();
                assert_eq!(property.name, *key);
                assert!(!property.is_lazy());
            }
        }
    }

    #[test]
    fn names_match_without_case_and_answer_the_schema_spelling() {
        assert_eq!(
            class("sms_r_SYSTEM").unwrap().property("RESOURCEID").unwrap().name,
            "ResourceId"
        );
        assert!(class("SMS_R_User").is_none());
    }

    #[test]
    fn metadata_maps_unsigned_numbers_to_64_bits() {
        let document = metadata();
        assert!(document.contains("<Property Name=\"ResourceId\" Type=\"Edm.Int64\"/>"));
        assert!(document.contains("<Property Name=\"MemberCount\" Type=\"Edm.Int32\"/>"));
        assert!(document.contains("<EntitySet Name=\"SMS_FullCollectionMembership\""));
    }
}
