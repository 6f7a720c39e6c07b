//! The lab's site does what an emulator of the AdminService must do, and the public client makes of it what it should. One
//! item of the checklist a test, over real sockets; where an item is about something that our client never asks for, the
//! test asks by itself and then shows that the client is none the worse for it.
//!
//! | item | test |
//! | --- | --- |
//! | 1 https, a certificate of an untrusted private root, the full name in it | `reach::item_1_the_certificate` |
//! | 2 an empty 401 to nobody, a sign-in at every request | `reach::item_2_every_request_is_signed_in` |
//! | 3 NTLM and Kerberos told apart | `reach::item_3_ntlm_and_kerberos` |
//! | 4 roles | `reach::item_4_roles` |
//! | 5 decoys | `reach::item_5_decoys` |
//! | 6 hierarchies | `reach::item_6_hierarchies` |
//! | 7 the service connection point | `reach::item_7_the_service_connection_point` |
//! | 8 letter case of names | `reading::item_8_letter_case` |
//! | 9 rows, keyed reads, errors | `reading::item_9_rows` |
//! | 10 queries | `reading::item_10_queries` |
//! | 11 rows that collapse | `reading::item_11_collapsing_rows` |
//! | 12 data | `data::item_12_data`, `data::item_12_fifty_thousand_members`, `data::item_12_members_that_change_between_pages` |
//! | 13 links, busy answers, builds | `reading::item_13_links`, `reading::item_13_busy`, `reach::item_13_builds` |
//! | 14 methods and deletions | `reading::item_14_methods_and_deletions` |
//! | known apps, never their secrets | `data::known_apps` |
//! | all of it as options of `asw lab` | `options` |

mod data;
mod options;
mod reach;
mod reading;

use std::collections::BTreeSet;
use std::time::Duration;

use azure_services_wizard::configmgr::{Site, SiteOptions};
use azure_services_wizard::lab::{self, Lab, LabConfig};
use azure_services_wizard::model::{
    CertificateTrust, CollectionId, Failure, MembershipRecord, SignIn, SiteConnection, SitePassword,
};
use serde_json::{Value, json};

/// A lab with every trap in it.
async fn start(config: LabConfig) -> Lab {
    let config = LabConfig {
        devices: 300,
        collections: 28,
        ..config
    };
    lab::start(config).await.unwrap()
}

/// A lab that asks nobody who it is, for everything that is not about the sign-in.
async fn open() -> Lab {
    start(LabConfig {
        site_auth: false,
        ..LabConfig::default()
    })
    .await
}

fn knob(lab: &Lab, name: &str, value: Value) {
    lab.site().set_knob(name, &value).unwrap();
}

/// Short pauses and small pages.
fn quick() -> SiteOptions {
    SiteOptions {
        first_pause: Duration::from_millis(1),
        page_rows: 50,
        ..SiteOptions::default()
    }
}

/// The way to the site as its set-up files have it.
fn way(lab: &Lab) -> SiteConnection {
    let site = &lab.info().site;
    SiteConnection {
        provider: site.provider.parse().unwrap(),
        sign_in: match site.sha256 {
            Some(_) => SignIn::Account(site.account.clone()),
            None => SignIn::None,
        },
        trust: match &site.sha256 {
            Some(sha256) => CertificateTrust::Sha256(sha256.parse().unwrap()),
            None => CertificateTrust::System,
        },
    }
}

fn client(lab: &Lab) -> Site {
    by(lab, &way(lab), quick())
}

/// The client by another way, or with other options.
fn by(lab: &Lab, way: &SiteConnection, options: SiteOptions) -> Site {
    let password = SitePassword::parse(&lab.info().site.password).unwrap();
    Site::with_options(way, Some(password), options).unwrap()
}

/// The client with the account of another role.
fn as_role(lab: &Lab, role: &str) -> Site {
    let accounts = &lab.info().site.accounts;
    let account = accounts.iter().find(|each| each.role == role).unwrap();
    let way = SiteConnection {
        sign_in: SignIn::Account(account.account.clone()),
        ..way(lab)
    };
    let password = SitePassword::parse(&account.password).unwrap();
    Site::with_options(&way, Some(password), quick()).unwrap()
}

/// The code of the problem that keeps the client from identifying the site.
async fn problem(site: &Site) -> &'static str {
    site.identify().await.unwrap_err().problem().code()
}

fn id(text: &str) -> CollectionId {
    text.parse().unwrap()
}

async fn members(site: &Site, collection: &str) -> Result<Vec<MembershipRecord>, Failure> {
    let mut all = Vec::new();
    let count = site
        .members(&id(collection), |page| {
            all.extend(page);
            Ok(())
        })
        .await?;
    assert_eq!(count, all.len(), "each record once");
    Ok(all)
}

/// The records of a collection, asked for by nothing of ours.
async fn plain_members(lab: &Lab, collection: &str) -> BTreeSet<i64> {
    let (_, body) = get(
        lab,
        &format!("SMS_FullCollectionMembership?$filter=CollectionID eq '{collection}'"),
    )
    .await;
    let rows = body["value"].as_array().unwrap();
    rows.iter().map(|row| row["ResourceID"].as_i64().unwrap()).collect()
}

fn resource_ids(records: &[MembershipRecord]) -> BTreeSet<i64> {
    records.iter().map(|record| record.resource_id).collect()
}

/// Asks an open lab's site without our client.
async fn ask(lab: &Lab, method: &str, below: &str) -> (u16, String) {
    let url = format!("{}/wmi/{below}", lab.info().site.url);
    let web = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = web.request(method.parse().unwrap(), url);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn get(lab: &Lab, below: &str) -> (u16, Value) {
    let (status, text) = ask(lab, "GET", below).await;
    (status, serde_json::from_str(&text).unwrap_or_else(|_| json!(text)))
}
