//! The device records of the hierarchy, with what makes real ones awkward: clients and mere discoveries, re-imaged machines
//! that share a name, domain-less ones, odd spellings, and three records that are no computers at all.

use chrono::{DateTime, Duration, Utc};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::seed::{guid, stream};

/// Resource IDs of clients start here.
pub(super) const FIRST_CLIENT: u32 = 16_777_219;
/// Resource IDs of machines that only Active Directory discovery knows start here.
pub(super) const FIRST_DISCOVERED: u32 = 2_097_152_000;
/// The provisioning device and the two unknown computers.
pub(super) const NOT_COMPUTERS: [u32; 3] = [2_030_043_136, 2_046_820_352, 2_046_820_353];
/// The resource IDs that are no computers: provisioning devices and unknown computers.
pub(super) const NOT_COMPUTER_RANGE: std::ops::RangeInclusive<u32> = 0x7900_0000..=0x7AFF_FFFF;

/// One record of the class `SMS_R_System`.
#[derive(Debug, Clone)]
pub(super) struct Device {
    pub(super) resource_id: u32,
    pub(super) name: String,
    /// Non-NetBIOS names: fully qualified ones, and on some records a short one first.
    pub(super) resource_names: Vec<String>,
    /// DNS domain; null for Entra-joined machines and for some old records.
    pub(super) full_domain_name: Option<String>,
    /// NetBIOS domain.
    pub(super) domain: Option<&'static str>,
    /// 1 for a client, null otherwise; never 0.
    pub(super) client: Option<i64>,
    /// 0 or 1 for a client, null otherwise.
    pub(super) obsolete: Option<i64>,
    /// 1 for an unknown computer, else null.
    pub(super) unknown: Option<i64>,
    pub(super) active: bool,
    pub(super) sid: Option<String>,
    /// `GUID:…`, clients only.
    pub(super) smsid: Option<String>,
    /// Entra device ID.
    pub(super) entra_id: Option<String>,
    pub(super) virtual_machine: Option<bool>,
    pub(super) server: bool,
    pub(super) created: DateTime<Utc>,
}

/// What a generated record is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    DomainClient,
    EntraClient,
    Discovered,
}

struct Domain {
    dns: &'static str,
    netbios: &'static str,
}

const DOMAINS: [Domain; 3] = [
    Domain {
        dns: "corp.example",
        netbios: "CORP",
    },
    Domain {
        dns: "emea.corp.example",
        netbios: "EMEA",
    },
    Domain {
        dns: "labor.corp.example",
        netbios: "LABOR",
    },
];

const PLACES: [&str; 8] = ["BER", "MUC", "NYC", "LON", "TYO", "PAR", "DXB", "SAO"];

/// Makes `count` computer records and the three that are no computers, in the order of their resource IDs.
pub(super) fn make(seed: u64, count: usize, now: DateTime<Utc>) -> Vec<Device> {
    let mut rng = stream(seed, "devices");
    let mut makers = Maker {
        next_client: FIRST_CLIENT,
        next_discovered: FIRST_DISCOVERED,
        sid_domain: format!(
            "S-1-5-21-{}-{}-{}",
            rng.random::<u32>(),
            rng.random::<u32>(),
            rng.random::<u32>()
        ),
        now,
    };
    let mut devices: Vec<Device> = Vec::with_capacity(count.saturating_add(NOT_COMPUTERS.len()));
    for index in 0..count {
        let fresh = makers.fresh(&mut rng, index);
        // About one in a hundred is the second record of a machine that was imaged again.
        let device = match devices
            .iter_mut()
            .rev()
            .find(|d| d.client.is_some() && !d.resource_names.is_empty())
        {
            Some(first) if index % 100 == 5 => makers.second_record(first, fresh, index / 100),
            _ => fresh,
        };
        devices.push(device);
    }
    devices.extend(NOT_COMPUTERS.iter().map(|id| makers.not_a_computer(*id)));
    devices.sort_by_key(|device| device.resource_id);
    devices
}

struct Maker {
    next_client: u32,
    next_discovered: u32,
    sid_domain: String,
    now: DateTime<Utc>,
}

impl Maker {
    fn fresh(&mut self, rng: &mut ChaCha8Rng, index: usize) -> Device {
        let sort = match index % 10 {
            7 => Sort::EntraClient,
            3 => Sort::Discovered,
            _ => Sort::DomainClient,
        };
        let server = index.is_multiple_of(8);
        let name = computer_name(rng, index, server);
        let domain = &DOMAINS[index % 97 % DOMAINS.len()];
        let (resource_names, full_domain_name) = match sort {
            Sort::EntraClient => (Vec::new(), None),
            Sort::DomainClient | Sort::Discovered => qualified_names(&name, domain, index),
        };
        let client = sort != Sort::Discovered;
        let resource_id = if client {
            self.next_client = self.next_client.saturating_add(rng.random_range(1..=3));
            self.next_client
        } else {
            self.next_discovered = self.next_discovered.saturating_add(1);
            self.next_discovered
        };
        let rid = 1000_u64.saturating_add(u64::try_from(index).unwrap_or(u64::MAX));
        Device {
            resource_id,
            name,
            resource_names,
            full_domain_name,
            domain: (sort != Sort::EntraClient).then_some(domain.netbios),
            client: client.then_some(1),
            obsolete: client.then_some(0),
            unknown: None,
            active: client && rng.random_bool(0.95),
            sid: (sort != Sort::EntraClient).then(|| format!("{}-{rid}", self.sid_domain)),
            smsid: client.then(|| format!("GUID:{}", guid(rng))),
            entra_id: (sort == Sort::EntraClient || index % 10 == 1).then(|| guid(rng).to_lowercase()),
            virtual_machine: client.then(|| rng.random_bool(0.3)),
            server,
            created: self.now - Duration::seconds(rng.random_range(86_400..86_400 * 900)),
        }
    }

    /// Makes `fresh` another record of the machine behind `first`: four situations that administrators meet.
    fn second_record(&mut self, first: &mut Device, mut fresh: Device, situation: usize) -> Device {
        fresh.name = first.name.clone();
        fresh.resource_names = first.resource_names.clone();
        fresh.full_domain_name = first.full_domain_name.clone();
        fresh.domain = first.domain;
        match situation % 4 {
            // Imaged again: the old record is obsolete, the new one is the client.
            0 => first.obsolete = Some(1),
            // The same, and the new record is spelt otherwise.
            1 => {
                first.obsolete = Some(1);
                fresh.name = fresh.name.to_lowercase();
                fresh.resource_names = fresh.resource_names.iter().map(|name| name.to_uppercase()).collect();
            }
            // Joined again: Active Directory knows a second object without a client.
            2 => {
                self.next_discovered = self.next_discovered.saturating_add(1);
                fresh.resource_id = self.next_discovered;
                fresh.client = None;
                fresh.obsolete = None;
                fresh.active = false;
                fresh.smsid = None;
                fresh.virtual_machine = None;
                fresh.resource_names = fresh.resource_names.iter().map(|name| name.to_lowercase()).collect();
            }
            // Two live clients of one name, spelt in two ways.
            _ => {
                fresh.name = fresh.name.to_lowercase();
                fresh.resource_names = fresh.resource_names.iter().map(|name| name.to_uppercase()).collect();
            }
        }
        fresh
    }

    fn not_a_computer(&self, resource_id: u32) -> Device {
        let word = match resource_id {
            2_046_820_352 => "x86 Unknown Computer (x86 Unknown Computer)",
            2_046_820_353 => "x64 Unknown Computer (x64 Unknown Computer)",
            _ => "Provisioning Device (Provisioning Device)",
        };
        Device {
            resource_id,
            name: word.to_owned(),
            resource_names: Vec::new(),
            full_domain_name: None,
            domain: None,
            client: None,
            obsolete: None,
            unknown: Some(1),
            active: false,
            sid: None,
            smsid: None,
            entra_id: None,
            virtual_machine: None,
            server: false,
            created: self.now - Duration::days(1000),
        }
    }
}

/// A NetBIOS name, at most fifteen characters, unique by its number; a few in other scripts, some in small letters.
fn computer_name(rng: &mut ChaCha8Rng, index: usize, server: bool) -> String {
    let place = PLACES[rng.random_range(0..PLACES.len())];
    let sort = if server {
        "SRV"
    } else {
        ["WS", "NB", "PC"][rng.random_range(0..3)]
    };
    match index % 500 {
        17 => return format!("BÜRO-{index:06}"),
        18 => return format!("東京端末{index:06}"),
        19 => return format!("МОСКВА-{index:06}"),
        _ => {}
    }
    match index % 60 {
        21 => format!("{index:06}"),
        22 => format!("{place}_{sort}_{index}"),
        26 => format!("{place}{sort}{index}-"),
        n if n % 7 == 0 => format!("{place}-{sort}{index:06}").to_lowercase(),
        n if n % 11 == 0 => format!("{}{}-{sort}{index:06}", &place[..1], place[1..].to_lowercase()),
        _ => format!("{place}-{sort}{index:06}"),
    }
}

/// `ResourceNames` and `FullDomainName` of a domain member, in the shapes that records have.
fn qualified_names(name: &str, domain: &Domain, index: usize) -> (Vec<String>, Option<String>) {
    let host = if index % 6 == 1 {
        name.to_owned()
    } else {
        name.to_lowercase()
    };
    let full = format!("{host}.{}", domain.dns);
    let dns = Some(domain.dns.to_owned());
    match index % 20 {
        4 => (Vec::new(), dns),
        9 => (vec![host, full], dns),
        14 => (vec![full, format!("{}.vpn.example", name.to_lowercase())], dns),
        16 => (vec![host], None),
        18 => (vec![full], None),
        _ => (vec![full], dns),
    }
}

impl Device {
    /// Whether the record stands for a computer.
    pub(super) fn is_computer(&self) -> bool {
        !NOT_COMPUTER_RANGE.contains(&self.resource_id)
    }

    /// The name under which the computer is published: the first of the record's `ResourceNames` that contains a dot,
    /// else `Name.FullDomainName`, else `Name`.
    pub(super) fn computer(&self) -> String {
        if let Some(full) = self.resource_names.iter().find(|name| name.contains('.')) {
            return full.clone();
        }
        match &self.full_domain_name {
            Some(domain) => format!("{}.{domain}", self.name),
            None => self.name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    fn fleet() -> Vec<Device> {
        make(7, 2_000, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_seed_makes_the_same_fleet_again() {
        let names = |seed| {
            make(seed, 300, DateTime::UNIX_EPOCH)
                .into_iter()
                .map(|d| d.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(1), names(1));
        assert_ne!(names(1), names(2));
        assert_eq!(make(1, 0, DateTime::UNIX_EPOCH).len(), NOT_COMPUTERS.len());
    }

    #[test]
    fn the_fleet_has_its_traps() {
        let fleet = fleet();
        assert_eq!(fleet.len(), 2_003);
        let ids: HashSet<u32> = fleet.iter().map(|d| d.resource_id).collect();
        assert_eq!(ids.len(), fleet.len(), "resource IDs are unique");
        assert!(fleet.is_sorted_by_key(|d| d.resource_id));
        assert_eq!(fleet.iter().filter(|d| !d.is_computer()).count(), 3);

        let mut by_name: HashMap<String, Vec<&Device>> = HashMap::new();
        for device in &fleet {
            by_name.entry(device.name.to_lowercase()).or_default().push(device);
        }
        let doubles: Vec<_> = by_name.values().filter(|records| records.len() > 1).collect();
        assert_eq!(doubles.len(), 20);
        assert!(doubles.iter().all(|records| records[0].sid != records[1].sid));
        assert!(
            doubles
                .iter()
                .any(|records| records.iter().any(|d| d.obsolete == Some(1)))
        );
        assert!(doubles.iter().any(|records| records.iter().any(|d| d.client.is_none())));
        assert!(
            doubles
                .iter()
                .any(|records| records.iter().all(|d| d.obsolete == Some(0)))
        );

        let domainless = |d: &&Device| d.resource_names.is_empty() && d.full_domain_name.is_none() && d.is_computer();
        assert!(fleet.iter().filter(domainless).all(|d| d.entra_id.is_some()));
        assert!(fleet.iter().filter(domainless).count() > 100);
        assert!(
            fleet
                .iter()
                .any(|d| d.client.is_none() && d.resource_id >= FIRST_DISCOVERED)
        );
        assert!(fleet.iter().any(|d| !d.name.is_ascii()));
        assert!(
            fleet
                .iter()
                .filter(|d| d.is_computer())
                .all(|d| d.name.chars().count() <= 15)
        );
    }

    #[test]
    fn the_published_name_follows_the_rule() {
        let mut device = fleet().swap_remove(0);
        device.name = "PC1".to_owned();
        device.resource_names = vec![
            "pc1".to_owned(),
            "pc1.corp.example".to_owned(),
            "pc1.b.example".to_owned(),
        ];
        device.full_domain_name = Some("other.example".to_owned());
        assert_eq!(device.computer(), "pc1.corp.example");
        device.resource_names.truncate(1);
        assert_eq!(device.computer(), "PC1.other.example");
        device.full_domain_name = None;
        assert_eq!(device.computer(), "PC1");
    }
}
