//! The data of the hierarchy.

use std::collections::HashMap;

use serde_json::json;

use super::*;

#[test]
fn the_data_has_the_traps_of_real_sites() {
    let site = open(12_000, 60);
    let collections = rows(&site, "wmi/SMS_Collection");
    assert_eq!(collections.iter().filter(|c| c["CollectionType"] == 2).count(), 60);
    for id in [
        "SMS00001", "SMS00002", "SMS000KM", "SMS000PS", "SMS000US", "SMSDM001", "SMSDM003", "SMSOTHER",
    ] {
        assert!(collections.iter().any(|c| c["CollectionID"] == id), "{id}");
    }
    let members = sweep(&site);
    let mut per_collection: HashMap<&str, i64> = HashMap::new();
    for row in &members {
        *per_collection.entry(row["CollectionID"].as_str().unwrap()).or_default() += 1;
    }
    for collection in &collections {
        let rows = per_collection
            .get(collection["CollectionID"].as_str().unwrap())
            .copied()
            .unwrap_or(0);
        assert_eq!(collection["MemberCount"], rows, "{}", collection["Name"]);
    }
    let sizes: Vec<i64> = collections.iter().map(|c| c["MemberCount"].as_i64().unwrap()).collect();
    assert!(sizes.contains(&0) && sizes.contains(&1) && sizes.contains(&12_003));
    assert!(sizes.iter().filter(|size| (1_000..12_000).contains(*size)).count() > 5);
    assert!(members.iter().any(|row| row["ResourceType"] == 4) && members.iter().any(|row| row["ResourceType"] == 3));
    let all_systems = || members.iter().filter(|row| row["CollectionID"] == "SMS00001");
    assert!(all_systems().filter(|row| row["SiteCode"].is_null()).count() > 1_000);
    for id in [2_046_820_352_u32, 2_046_820_353, 2_030_043_136] {
        assert!(all_systems().any(|row| row["ResourceID"] == id));
    }
    let synced = collections.iter().filter(|c| c["CloudSyncCount"].as_i64() > Some(0));
    assert!((2..20).contains(&synced.count()));
    let pilots = collections.iter().filter(|c| c["Name"] == "Pilot");
    let paths: Vec<&str> = pilots.map(|c| c["ObjectPath"].as_str().unwrap()).collect();
    assert_eq!(paths, ["/Servers", "/Workstations"]);
    let limits = |id: &str| collections.iter().filter(|c| c["LimitToCollectionID"] == id).count();
    assert!(limits("SMS00001") > 5 && limits("SMSDM003") > 5 && limits("SMS00004") > 1);
}

#[test]
fn devices_have_null_flags_entra_identities_and_no_domain() {
    let devices = rows(&open(500, 8), "wmi/SMS_R_System");
    let flags = ["Client", "Obsolete", "Active", "Decommissioned", "Unknown"];
    for flag in flags {
        let fits = |value: &Value| value.is_null() || value == 0 || value == 1;
        assert!(devices.iter().all(|device| fits(&device[flag])), "{flag}");
        assert!(devices.iter().any(|device| device[flag].is_null()), "{flag}");
    }
    let entra = devices.iter().filter(|device| device["AADDeviceID"].is_string());
    assert!(entra.clone().count() > 20);
    let domainless = entra.filter(|device| device["FullDomainName"].is_null() && device["ResourceNames"] == json!([]));
    assert!(domainless.count() > 20);
}

#[test]
fn the_chosen_collections_are_device_collections_of_the_wanted_number() {
    let chosen = open(50, 60).chosen_collections();
    assert_eq!(chosen.len(), 60);
    assert!(chosen.contains(&"PS100016".to_owned()) && chosen.contains(&"SMS00001".to_owned()));
    assert_eq!(open(50, 3).chosen_collections().len(), 3);
    assert_eq!(open(0, 0).chosen_collections(), Vec::<String>::new());
    let small = open(50, 8).chosen_collections();
    assert!(
        small.contains(&"PS100014".to_owned()) && small.contains(&"PS100015".to_owned()),
        "{small:?}"
    );
}

#[test]
fn so_many_collections_as_are_wanted_hold_every_computer() {
    let held = |everyone| {
        let site = Site::new(
            SiteConfig {
                sign_in: false,
                everyone,
                ..config(200, 20)
            },
            now(),
        );
        let chosen = site.chosen_collections();
        let computers = |id: &String| {
            rows(
                &site,
                &format!("wmi/SMS_FullCollectionMembership?$filter=CollectionID eq '{id}'"),
            )
        };
        let mut sizes: Vec<usize> = chosen.iter().map(|id| computers(id).len()).collect();
        sizes.sort_unstable();
        sizes
    };
    let (without, with) = (held(0), held(3));
    assert_eq!((without.len(), with.len()), (20, 20));
    let full = |sizes: &[usize]| sizes.iter().filter(|size| **size >= 200).count();
    assert_eq!(full(&with), full(&without) + 3, "{without:?} {with:?}");
}
