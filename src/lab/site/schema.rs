//! The classes of the SMS Provider that the lab knows. Properties are those that published documentation and logs name; a
//! real class has more.

use super::classes::{Class, ClassId, Kind, Laziness, Property};

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

const fn filled_for_one_site(kind: Kind, name: &'static str) -> Property {
    Property {
        name,
        kind,
        laziness: Laziness::FilledForOneSite,
    }
}

const SITE_CONTROL: &[&str] = &["SMS_SiteControlItem", "SMS_BaseClass"];
const SITE_CONTROL_KEYS: &[&str] = &["FileType", "ItemName", "ItemType", "SiteCode"];
const BASE: &[&str] = &["SMS_BaseClass"];

/// Every class of the lab's provider, in the order of the service document.
pub(super) static CLASSES: &[Class] = &[
    Class {
        id: ClassId::AzureApp,
        name: "SMS_AAD_Application_Ex",
        ancestry: BASE,
        keys: &["ID"],
        properties: &[
            text("ClientID"),
            int32("ID"),
            text("IdentifierUri"),
            date("LastUpdateTime"),
            text("Name"),
            text("SecretKey"),
            text("SecretKeyForSCP"),
            int32("TenantID"),
        ],
    },
    Class {
        id: ClassId::Tenant,
        name: "SMS_AAD_Tenant_Ex",
        ancestry: BASE,
        keys: &["ID"],
        properties: &[int("Environment"), int32("ID"), text("Name"), text("TenantID")],
    },
    Class {
        id: ClassId::AzureService,
        name: "SMS_Azure_CloudService",
        ancestry: BASE,
        keys: &["ID"],
        properties: &[int32("ID"), text("Name"), int("ServiceType")],
    },
    Class {
        id: ClassId::AzureEnvironment,
        name: "SMS_AzureEnvironments",
        ancestry: BASE,
        keys: &["ID"],
        properties: &[
            text("ActiveDirectoryEndpoint"),
            text("EnvironmentName"),
            text("GraphEndpoint"),
            int32("ID"),
            text("KeyVaultEndpoint"),
            text("ManagementPortalURL"),
            text("MicrosoftGraphEndpoint"),
            text("ResourceManagerEndpoint"),
        ],
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
        id: ClassId::SiteDefinition,
        name: "SMS_SCI_SiteDefinition",
        ancestry: SITE_CONTROL,
        keys: SITE_CONTROL_KEYS,
        properties: &[
            int("FileType"),
            text("ItemName"),
            text("ItemType"),
            text("ParentSiteCode"),
            lazy(Kind::Objects, "PropLists"),
            filled_for_one_site(Kind::Objects, "Props"),
            text("SiteCode"),
            text("SiteName"),
            text("SiteServerDomain"),
            text("SiteServerName"),
            int("SiteType"),
        ],
    },
    Class {
        id: ClassId::SiteRole,
        name: "SMS_SCI_SysResUse",
        ancestry: SITE_CONTROL,
        keys: SITE_CONTROL_KEYS,
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
