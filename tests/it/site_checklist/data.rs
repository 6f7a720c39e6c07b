//! Item 12: the traps in the data of a real site, and what the site knows of Azure.

use std::collections::HashMap;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn item_12_data() {
    let lab = open().await;
    let site = client(&lab);
    let records = members(&site, "SMS00001").await.unwrap();
    assert_eq!(records.iter().filter(|record| !record.is_computer()).count(), 3);
    assert!(records.iter().any(|record| record.is_client) && records.iter().any(|record| !record.is_client));
    assert!(records.iter().any(|record| record.is_obsolete));
    let mut spellings: HashMap<String, usize> = HashMap::new();
    for record in &records {
        *spellings.entry(record.name.to_lowercase()).or_default() += 1;
    }
    assert!(
        spellings.values().filter(|count| **count > 1).count() >= 3,
        "re-imaged machines"
    );

    let mut devices = Vec::new();
    let read = site.device_names(|page| {
        devices.extend(page);
        Ok(())
    });
    read.await.unwrap();
    let domainless = devices.iter().filter(|device| !device.fqdn.contains('.'));
    assert!(domainless.clone().count() > 10);
    assert!(domainless.filter(|device| device.entra_device_id.is_some()).count() > 10);
    assert!(devices.iter().any(|device| !device.fqdn.is_ascii()));

    let collections = site.collections().await.unwrap();
    assert!(
        collections.iter().all(|each| each.id != id("SMS00002")),
        "device collections only"
    );
    for part in ["O'Brien", "\"Blue\"", "\\\\fs01", "東京", "أجهزة", "Москва", "🚀"] {
        assert!(collections.iter().any(|each| each.name.contains(part)), "{part}");
    }
    let pilots: Vec<Option<&str>> = collections
        .iter()
        .filter(|each| each.name == "Pilot")
        .map(|each| each.path.as_deref())
        .collect();
    assert_eq!(pilots, [Some("/Servers"), Some("/Workstations")]);
    let built_in: Vec<&str> = collections
        .iter()
        .filter(|each| each.is_built_in)
        .map(|each| each.id.as_str())
        .collect();
    assert_eq!(
        built_in,
        ["SMS00001", "SMS000KM", "SMS000PS", "SMS000US", "SMSDM001", "SMSDM003"]
    );
    let root: Vec<&str> = collections
        .iter()
        .filter(|each| each.limiting.is_none())
        .map(|each| each.id.as_str())
        .collect();
    assert_eq!(root, ["SMS00001"]);
    assert!((1..10).contains(&collections.iter().filter(|each| each.is_cloud_synced).count()));
    let empty = collections.iter().find(|each| each.name == "Retired – empty").unwrap();
    assert_eq!(
        (
            empty.member_count,
            members(&site, empty.id.as_str()).await.unwrap().len()
        ),
        (0, 0)
    );
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn item_12_fifty_thousand_members() {
    let lab = lab::start(LabConfig {
        devices: 50_000,
        collections: 6,
        site_auth: false,
        ..LabConfig::default()
    })
    .await
    .unwrap();
    let large = SiteOptions {
        page_rows: 20_000,
        ..SiteOptions::default()
    };
    let site = by(&lab, &way(&lab), large);
    let (mut count, all_systems) = (0, id("SMS00001"));
    let read = site.members(&all_systems, |page| {
        count += page.len();
        Ok(())
    });
    assert_eq!(read.await.unwrap(), 50_003);
    assert_eq!(count, 50_003);
    let counted = site.collection(&all_systems).await.unwrap().unwrap().member_count;
    assert_eq!(counted, 50_003);
    lab.stop().await.unwrap();
}

/// What changes under a reader shows in the collection before and after it, so that the reading is not believed.
#[tokio::test(flavor = "multi_thread")]
async fn item_12_members_that_change_between_pages() {
    let lab = open().await;
    let site = client(&lab);
    for (name, unrest) in [
        ("mid_change", json!({ "after_pages": 2, "moves": 5 })),
        ("evaluation", json!({ "after_pages": 1, "pages": 50, "moves": 4 })),
    ] {
        let collections = site.collections().await.unwrap();
        // Large enough for several pages, small enough for others to come.
        let is_fit = |count: i64| (60..280).contains(&count);
        let before = collections
            .iter()
            .find(|each| !each.is_built_in && is_fit(each.member_count))
            .unwrap();
        assert!(before.is_at_rest());
        knob(&lab, name, unrest);
        members(&site, before.id.as_str()).await.unwrap();
        let after = site.collection(&before.id).await.unwrap().unwrap();
        assert!(!after.is_settled_since(before), "{name}: {after:?}");
        knob(&lab, name, Value::Null);
        lab.clock().advance(2).unwrap();
        let calm = site.collection(&before.id).await.unwrap().unwrap();
        assert!(calm.is_at_rest());
        let records = members(&site, before.id.as_str()).await.unwrap();
        assert_eq!(resource_ids(&records), plain_members(&lab, before.id.as_str()).await);
    }
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn known_apps() {
    let lab = open().await;
    let site = client(&lab);
    let apps = site.known_apps().await.unwrap();
    let ready = lab.info().apps.iter().find(|app| app.label == "ready").unwrap();
    let first = apps.first().unwrap();
    assert_eq!(first.client_id.to_string(), ready.client_id);
    assert_eq!(
        (&first.name, &first.app_id_uri),
        (&ready.application_name, &ready.app_id_uri)
    );
    let tenant = &lab.info().tenant;
    assert_eq!(
        (&first.tenant_name, &first.tenant_id.to_string()),
        (&tenant.name, &tenant.id)
    );
    assert_eq!(first.environment.as_deref(), Some("AzurePublicCloud"));

    // The secrets were there to be had, and nobody asked for them.
    let asked: Vec<_> = lab.requests().records();
    let (_, body) = get(&lab, "SMS_AAD_Application_Ex?$select=SecretKey,SecretKeyForSCP").await;
    let secret = body["value"][0]["SecretKey"].as_str().unwrap();
    assert!(secret.len() > 100);
    let apps_asked = asked
        .iter()
        .filter(|record| record.path.contains("SMS_AAD_Application_Ex"));
    assert!(apps_asked.clone().count() > 0);
    for record in apps_asked {
        let query = record.query.as_deref().unwrap_or_default();
        assert!(query.contains("select") && !query.contains("Secret"), "{query}");
        assert!(!record.response_body().unwrap_or_default().contains(secret));
    }
    knob(&lab, "known_apps", json!("none"));
    assert_eq!(client(&lab).known_apps().await.unwrap(), []);
    lab.stop().await.unwrap();
}
