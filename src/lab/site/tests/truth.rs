//! What each group must hold, by version, against a plain reading of the rows.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::*;
use crate::lab::site::Truth;

/// Obsolete, without a client, resource ID, name: the lower, the better.
type Candidate = (bool, bool, i64, String);

/// The truth worked out anew from what the service answers, by the words of the rule.
fn plain_reading(site: &Site, clients_only: bool) -> BTreeMap<String, Vec<String>> {
    let mut systems: HashMap<i64, Value> = HashMap::new();
    for row in rows(
        site,
        "wmi/SMS_R_System?$select=ResourceId,Name,ResourceNames,FullDomainName,Client,Obsolete,ResourceType",
    ) {
        systems.insert(row["ResourceId"].as_i64().unwrap(), row);
    }
    let name = |row: &Value| {
        let mut names = row["ResourceNames"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n.as_str().unwrap());
        let own = row["Name"].as_str().unwrap();
        match (names.find(|n| n.contains('.')), row["FullDomainName"].as_str()) {
            (Some(full), _) => full.to_owned(),
            (None, Some(domain)) => format!("{own}.{domain}"),
            (None, None) => own.to_owned(),
        }
    };
    let device_collections = rows(
        site,
        "wmi/SMS_Collection?$filter=CollectionType eq 2&$select=CollectionID",
    );
    let mut best: BTreeMap<String, BTreeMap<String, Candidate>> = device_collections
        .iter()
        .map(|row| (row["CollectionID"].as_str().unwrap().to_owned(), BTreeMap::new()))
        .collect();
    for row in sweep(site) {
        let id = row["ResourceID"].as_i64().unwrap();
        let Some(collection) = best.get_mut(row["CollectionID"].as_str().unwrap()) else {
            continue;
        };
        if row["ResourceType"] != 5 || (0x7900_0000..=0x7AFF_FFFF).contains(&id) {
            continue;
        }
        let system = &systems[&id];
        if clients_only && system["Client"] != 1 {
            continue;
        }
        let candidate = (system["Obsolete"] == 1, system["Client"] != 1, id, name(system));
        let place = collection
            .entry(candidate.3.to_lowercase())
            .or_insert_with(|| candidate.clone());
        if candidate < *place {
            *place = candidate;
        }
    }
    best.into_iter()
        .map(|(id, names)| (id, names.into_values().map(|c| c.3).collect()))
        .collect()
}

fn as_map(truth: &Truth) -> BTreeMap<String, Vec<String>> {
    truth
        .collections
        .iter()
        .map(|c| (c.id.clone(), c.computers.clone()))
        .collect()
}

#[test]
fn the_truth_equals_a_plain_reading_of_the_rows() {
    let site = open(3_000, 40);
    let truth = site.truth(None).unwrap();
    assert_eq!(truth.version, 1);
    assert_eq!(as_map(&truth), plain_reading(&site, false));
    let of_clients = site.truth_of_clients(None).unwrap();
    assert_eq!(as_map(&of_clients), plain_reading(&site, true));
    assert_ne!(of_clients, truth);
    let all = &truth.collections.iter().find(|c| c.id == "SMS00001").unwrap().computers;
    assert!(
        all.len() < 3_000 && all.len() > 2_900,
        "names that two records share count once: {}",
        all.len()
    );
    let doubles = truth
        .collections
        .iter()
        .find(|c| c.name == "Doppelte Datensätze")
        .unwrap();
    let members = rows(&site, &format!("wmi/SMS_Collection('{}')", doubles.id))[0]["MemberCount"]
        .as_i64()
        .unwrap();
    assert!(i64::try_from(doubles.computers.len()).unwrap() < members);
    assert!(
        truth
            .collections
            .iter()
            .any(|c| c.id == "SMS000US" && c.computers.is_empty()),
        "no computers there"
    );

    assert!(site.churn(5, 500, now()) > 10);
    let churned = site.truth(None).unwrap();
    assert_eq!(churned.version, 2);
    assert_ne!(as_map(&churned), as_map(&truth));
    assert_eq!(as_map(&churned), plain_reading(&site, false));
    assert_eq!(site.truth(Some(1)).unwrap(), truth);
}

#[test]
fn churn_keeps_the_collection_rows_right() {
    let site = open(500, 20);
    let read = || -> BTreeMap<String, Value> {
        let select = "$select=CollectionID,MemberCount,LastMemberChangeTime";
        let all = rows(
            &site,
            &format!("wmi/SMS_Collection?$filter=CollectionType eq 2&{select}"),
        );
        all.into_iter()
            .map(|row| (row["CollectionID"].as_str().unwrap().to_owned(), row))
            .collect()
    };
    let before = (read(), site.truth(None).unwrap());
    let changed = site.churn(9, 6, now());
    let after = (read(), site.truth(None).unwrap());
    let moved: Vec<&String> = before.0.keys().filter(|id| before.0[*id] != after.0[*id]).collect();
    assert_eq!(moved.len(), changed);
    assert!(moved.iter().all(|id| id.starts_with("PS1")), "{moved:?}");
    for (old, new) in before.1.collections.iter().zip(&after.1.collections) {
        assert_eq!(new.version, if moved.contains(&&new.id) { 2 } else { 1 }, "{}", new.id);
        assert!(old.computers == new.computers || new.version == 2);
    }
    // The same moment again: the time of the change still rises.
    site.churn(9, 60, now());
    let latest = read();
    let time = |rows: &BTreeMap<String, Value>, id: &str| -> DateTime<Utc> {
        rows[id]["LastMemberChangeTime"].as_str().unwrap().parse().unwrap()
    };
    let twice: Vec<&&String> = moved
        .iter()
        .filter(|id| latest[**id]["LastMemberChangeTime"] != after.0[**id]["LastMemberChangeTime"])
        .collect();
    assert!(!twice.is_empty());
    assert!(twice.iter().all(|id| time(&latest, id) > time(&after.0, id)));
}

#[test]
fn the_same_seed_churns_the_same() {
    let make = || {
        let site = open(300, 20);
        site.churn(3, 40, now());
        site.truth(None).unwrap()
    };
    assert_eq!(make(), make());
    assert_eq!(open(300, 20).churn(3, 0, now()), 0);
    assert_eq!(open(300, 6).churn(3, 10, now()), 0, "no custom collections");
    assert_eq!(open(0, 8).churn(3, 10, now()), 0, "no devices to move");
}

#[test]
fn earlier_versions_are_answered_as_they_were() {
    let site = open(120, 14);
    let mut seen = vec![site.truth(None).unwrap()];
    for step in 0..60 {
        if site.churn(step, 3, now()) > 0 {
            seen.push(site.truth(None).unwrap());
        }
    }
    let versions: Vec<u64> = seen.iter().map(|truth| truth.version).collect();
    assert!(versions.is_sorted_by(|a, b| a + 1 == *b), "{versions:?}");
    for truth in &seen {
        assert_eq!(site.truth(Some(truth.version)).as_ref(), Some(truth));
    }
    assert_eq!(site.truth(Some(0)), None);
    assert_eq!(site.truth(Some(versions.len() as u64 + 1)), None);
}

#[test]
fn ten_thousand_small_changes_are_remembered() {
    let site = open(60, 10);
    let first = site.truth(None).unwrap();
    let mut rises = 0;
    let mut step = 0;
    while rises < 10_000 {
        rises += u64::from(site.churn(step, 2, now()) > 0);
        step += 1;
    }
    assert_eq!(site.truth(None).unwrap().version, 10_001);
    assert_eq!(site.truth(Some(1)), Some(first));
}

#[test]
fn a_page_of_one_collection_does_not_walk_through_all() {
    let site = open(12_000, 60);
    let begun = std::time::Instant::now();
    let select = "$select=CollectionID,ResourceID,Name,IsClient,IsObsolete&$top=1000";
    for id in site.chosen_collections() {
        for skip in [0, 1_000] {
            let query = format!("$filter=CollectionID eq '{id}'&{select}&$skip={skip}");
            rows(&site, &format!("wmi/SMS_FullCollectionMembership?{query}"));
        }
    }
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
