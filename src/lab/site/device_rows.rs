//! A device record as a row of the three classes that show it. Flags are numbers or null in one, truth values in the others.

use super::devices::Device;
use super::rows::Cell;

impl Device {
    /// Assigned site; null without a client.
    fn site_code(&self) -> Cell {
        match self.client {
            Some(_) => Cell::text("PS1"),
            None => Cell::Null,
        }
    }

    fn client_version(&self, build: u32) -> Cell {
        match self.client {
            Some(_) => Cell::Text(format!("5.00.{build}.1000")),
            None => Cell::Null,
        }
    }

    fn operating_system(&self) -> &'static str {
        if self.server {
            "Microsoft Windows NT Server 10.0"
        } else {
            "Microsoft Windows NT Workstation 10.0"
        }
    }

    /// A property of `SMS_R_System`.
    pub(super) fn system_cell(&self, property: &str, build: u32) -> Cell {
        let client = self.client.is_some();
        match property {
            "AADDeviceID" => Cell::maybe(self.entra_id.as_deref()),
            "Active" => Cell::number(client.then(|| i64::from(self.active))),
            "Client" => Cell::number(self.client),
            "ClientVersion" => self.client_version(build),
            "CreationDate" => Cell::Date(self.created),
            "Decommissioned" => Cell::number((self.unknown.is_none()).then_some(0)),
            "DistinguishedName" => match (&self.full_domain_name, self.domain) {
                (Some(dns), Some(_)) => {
                    Cell::Text(format!("CN={},CN=Computers,DC={}", self.name, dns.replace('.', ",DC=")))
                }
                _ => Cell::Null,
            },
            "FullDomainName" => Cell::maybe(self.full_domain_name.as_deref()),
            "IPAddresses" if client => Cell::Texts(vec![format!(
                "10.{}.{}.{}",
                self.resource_id / 65_536 % 256,
                self.resource_id / 256 % 256,
                self.resource_id % 256
            )]),
            "Name" | "NetbiosName" => Cell::text(&self.name),
            "Obsolete" => Cell::number(self.obsolete),
            "OperatingSystemNameandVersion" if self.unknown.is_none() => Cell::text(self.operating_system()),
            "ResourceDomainORWorkgroup" => Cell::maybe(self.domain),
            "ResourceId" => Cell::Int(i64::from(self.resource_id)),
            "ResourceNames" => Cell::Texts(self.resource_names.clone()),
            "ResourceType" => Cell::Int(5),
            "SecurityGroupName" => match self.domain {
                Some(domain) => Cell::Texts(vec![format!("{domain}\\Domain Computers")]),
                None => Cell::Texts(Vec::new()),
            },
            "SID" => Cell::maybe(self.sid.as_deref()),
            "SMSAssignedSites" if client => Cell::texts(&["PS1"]),
            "SMSUniqueIdentifier" => Cell::maybe(self.smsid.as_deref()),
            "IPAddresses" | "MACAddresses" | "SMSAssignedSites" | "SystemRoles" => Cell::Texts(Vec::new()),
            "Unknown" => Cell::number(self.unknown),
            _ => Cell::Null,
        }
    }

    /// A property of `SMS_CombinedDeviceResources`.
    pub(super) fn combined_cell(&self, property: &str) -> Cell {
        let client = self.client.is_some();
        match property {
            "AADDeviceID" => Cell::maybe(self.entra_id.as_deref()),
            "CNAccessMP" if client => Cell::text("mp01.corp.example"),
            "CNLastOfflineTime" | "CNLastOnlineTime" | "LastActiveTime" if client => Cell::Date(self.created),
            "CoManaged" => Cell::Bool(client && self.entra_id.is_some()),
            "DeviceOS" if self.unknown.is_none() => Cell::text(self.operating_system()),
            "DeviceOSBuild" if client => Cell::text("10.0.26100.4061"),
            "Domain" => Cell::maybe(self.domain),
            "IsClient" => Cell::Bool(client),
            "IsObsolete" => Cell::flag(self.obsolete.map(|flag| flag == 1)),
            "IsVirtualMachine" => Cell::flag(self.virtual_machine),
            "LastMPServerName" if client => Cell::text("MP01.CORP.EXAMPLE"),
            "Name" => Cell::text(&self.name),
            "ResourceID" => Cell::Int(i64::from(self.resource_id)),
            "SiteCode" => self.site_code(),
            "SMSID" => Cell::maybe(self.smsid.as_deref()),
            _ => Cell::Null,
        }
    }

    /// A property of `SMS_FullCollectionMembership`, apart from the collection's ID.
    pub(super) fn member_cell(&self, property: &str, build: u32) -> Cell {
        let client = self.client.is_some();
        match property {
            "ClientCertType" => Cell::number(client.then_some(1)),
            "ClientType" => Cell::number(client.then_some(1)),
            "ClientVersion" => self.client_version(build),
            "DeviceOwner" => Cell::number(client.then_some(1)),
            "Domain" => Cell::maybe(self.domain),
            "IsActive" => Cell::flag(client.then_some(self.active)),
            "IsAlwaysInternet" | "IsBlocked" | "IsInternetEnabled" => Cell::flag(client.then_some(false)),
            "IsApproved" => Cell::number(client.then_some(1)),
            "IsAssigned" | "IsClient" => Cell::Bool(client),
            "IsDecommissioned" | "IsDirect" => Cell::Bool(false),
            "IsObsolete" => Cell::flag(self.obsolete.map(|flag| flag == 1)),
            "IsVirtualMachine" => Cell::flag(self.virtual_machine),
            "Name" => Cell::text(&self.name),
            "Priority" => Cell::Int(0),
            "ResourceID" => Cell::Int(i64::from(self.resource_id)),
            "ResourceType" => Cell::Int(5),
            "SiteCode" => self.site_code(),
            "SMSID" => Cell::maybe(self.smsid.as_deref()),
            _ => Cell::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::lab::site::devices::{FIRST_DISCOVERED, make};

    #[test]
    fn machines_without_a_client_have_null_where_live_sites_have_null() {
        let fleet = make(7, 50, DateTime::UNIX_EPOCH);
        let found = fleet.iter().find(|d| d.resource_id >= FIRST_DISCOVERED).unwrap();
        assert_eq!(found.system_cell("Client", 9135), Cell::Null);
        assert_eq!(found.system_cell("Obsolete", 9135), Cell::Null);
        assert_eq!(found.combined_cell("IsClient"), Cell::Bool(false));
        assert_eq!(found.combined_cell("IsObsolete"), Cell::Null);
        assert_eq!(found.member_cell("SiteCode", 9135), Cell::Null);
    }
}
