//! The switches that make a site misbehave.

use chrono::Duration;
use serde_json::{Value, json};

use super::*;

#[test]
fn select_without_keys_can_collapse_rows() {
    let site = open(300, 20);
    let path = "wmi/SMS_FullCollectionMembership?$filter=CollectionID eq 'SMS00001'&$select=";
    let count = |select: &str| rows(&site, &format!("{path}{select}")).len();
    let all = count("CollectionID,ResourceID");
    assert_eq!(count("Name"), all);
    site.set_knob("collapse_select", &json!(true)).unwrap();
    assert_eq!(count("Name"), 1, "no key chosen");
    assert_eq!(
        count("CollectionID,Name"),
        1,
        "the key that tells them apart is not chosen"
    );
    assert_eq!(count("CollectionID,ResourceID"), all);
}

#[test]
fn next_links_lead_through_all_pages() {
    let site = open(300, 20);
    site.set_knob("next_link_cap", &json!(100)).unwrap();
    let read = |path: &str| {
        let mut path = path.to_owned();
        let mut found = Vec::new();
        for _ in 0..20 {
            let (status, body) = get(&site, &path);
            assert_eq!(status, 200);
            found.extend(body["value"].as_array().unwrap().clone());
            match body["@odata.nextLink"].as_str() {
                Some(link) => {
                    path = link
                        .strip_prefix("http://cm01.corp.example/AdminService/")
                        .unwrap()
                        .to_owned()
                }
                None => return found,
            }
        }
        panic!("the links do not end");
    };
    let ids = |rows: &[Value]| {
        rows.iter()
            .map(|row| row["ResourceId"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    let all = read("wmi/SMS_R_System?$select=ResourceId");
    assert_eq!(all.len(), 303);
    assert!(ids(&all).is_sorted_by(|a, b| a < b));
    assert_eq!(
        ids(&read("wmi/SMS_R_System?$select=ResourceId&$top=250&$skip=10")),
        ids(&all)[10..260]
    );

    site.set_knob("next_link_origin", &json!("https://elsewhere.example/"))
        .unwrap();
    let (_, body) = get(&site, "wmi/SMS_R_System?$select=ResourceId");
    let link = body["@odata.nextLink"].as_str().unwrap();
    assert!(
        link.starts_with("https://elsewhere.example/AdminService/wmi/SMS_R_System?"),
        "{link}"
    );

    site.set_knob("next_link_cap", &Value::Null).unwrap();
    site.set_knob("silent_cap", &json!(50)).unwrap();
    let (_, body) = get(&site, "wmi/SMS_R_System?$select=ResourceId&$top=1000");
    assert_eq!(body["value"].as_array().unwrap().len(), 50);
    assert_eq!(body.get("@odata.nextLink"), None);
}

#[test]
fn memberships_can_change_between_pages() {
    let site = open(2_000, 20);
    let large = rows(&site, "wmi/SMS_Collection?$filter=Name eq 'Windows 11 wave 1'").remove(0);
    let id = large["CollectionID"].as_str().unwrap();
    let collection = format!("wmi/SMS_Collection('{id}')?$select=CurrentStatus,LastMemberChangeTime,MemberCount");
    let page = |skip: usize| {
        let query = format!("$filter=CollectionID eq '{id}'&$select=CollectionID,ResourceID&$top=100&$skip={skip}");
        rows(&site, &format!("wmi/SMS_FullCollectionMembership?{query}"))
    };
    let before = rows(&site, &collection).remove(0);
    assert_eq!(before["CurrentStatus"], 1);
    site.set_knob("mid_change", &json!({"after_pages": 2, "moves": 5}))
        .unwrap();
    page(0);
    assert_eq!(rows(&site, &collection)[0], before, "one page changes nothing yet");
    assert_eq!(site.truth(None).unwrap().version, 1);
    page(100);
    let after = rows(&site, &collection).remove(0);
    assert_ne!(after["LastMemberChangeTime"], before["LastMemberChangeTime"]);
    assert_eq!(after["CurrentStatus"], 4, "evaluating");
    assert_eq!(site.truth(None).unwrap().version, 2);
    let later = get_at(&site, &collection, now() + Duration::seconds(1)).1["value"][0].clone();
    assert_eq!(later["CurrentStatus"], 1);
    page(0);
    page(100);
    assert_eq!(site.truth(None).unwrap().version, 2, "once was asked for");
}

#[test]
fn a_member_count_can_be_wrong_for_ever() {
    let site = open(300, 20);
    let count = || {
        rows(&site, "wmi/SMS_Collection('SMS00001')")[0]["MemberCount"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(count(), 303);
    site.set_knob("member_count_off", &json!({"SMS00001": -3})).unwrap();
    assert_eq!(count(), 300);
    let members = "wmi/SMS_FullCollectionMembership?$filter=CollectionID eq 'SMS00001'&$select=CollectionID,ResourceID";
    assert_eq!(rows(&site, members).len(), 303);
    site.set_knob("member_count_off", &Value::Null).unwrap();
    assert_eq!(count(), 303);
}

#[test]
fn a_collection_under_evaluation_shows_half_of_the_change() {
    let site = open(400, 20);
    let large = rows(&site, "wmi/SMS_Collection?$filter=Name eq 'Windows 11 wave 1'").remove(0);
    let id = large["CollectionID"].as_str().unwrap();
    let collection = format!("wmi/SMS_Collection('{id}')?$select=CurrentStatus,LastMemberChangeTime,MemberCount");
    let list =
        format!("wmi/SMS_FullCollectionMembership?$filter=CollectionID eq '{id}'&$select=CollectionID,ResourceID");
    let members = || rows(&site, &list);
    let truth = || site.truth(None).unwrap();
    let (before, old) = (rows(&site, &collection).remove(0), truth());
    let asked = json!({"after_pages": 1, "pages": 2, "moves": 4});
    site.set_knob("evaluation", &asked).unwrap();
    let whole = members();
    let half = members();
    assert_ne!(half, whole);
    assert_eq!(half.len(), whole.len(), "the number of rows gives nothing away");
    let under_way = rows(&site, &collection).remove(0);
    assert_eq!(under_way["CurrentStatus"], 4);
    assert_eq!(
        (&under_way["LastMemberChangeTime"], &under_way["MemberCount"]),
        (&before["LastMemberChangeTime"], &before["MemberCount"])
    );
    assert_eq!(truth(), old, "nothing has changed until it ends");
    site.churn(3, 500, now());
    assert_eq!(
        rows(&site, &collection).remove(0),
        under_way,
        "it stays out of other changes"
    );
    assert_eq!(members(), half);
    let ended = rows(&site, &collection).remove(0);
    assert_eq!(ended["CurrentStatus"], 1);
    assert_ne!(ended["LastMemberChangeTime"], before["LastMemberChangeTime"]);
    let new = members();
    assert!(new != half && new != whole && new.len() == whole.len());

    // Turned off, what is under way comes to its end.
    site.set_knob("evaluation", &json!({"pages": 1000})).unwrap();
    members();
    let version = truth().version;
    assert_eq!(rows(&site, &collection)[0]["CurrentStatus"], 4);
    site.set_knob("evaluation", &Value::Null).unwrap();
    assert_eq!(rows(&site, &collection)[0]["CurrentStatus"], 1);
    assert_eq!(truth().version, version + 1);
}

#[test]
fn a_filter_may_be_refused_for_what_it_names() {
    let site = open(20, 8);
    let path = "wmi/SMS_Collection?$filter=IsBuiltIn and startswith(Name,'All')";
    assert!(!rows(&site, path).is_empty());
    site.set_knob("refused_properties", &json!("name")).unwrap();
    assert_eq!(get(&site, path).0, 404);
    assert_eq!(get(&site, "wmi/SMS_Collection/$count?$filter=Name eq 'x'").0, 404);
    assert!(!rows(&site, "wmi/SMS_Collection?$filter=IsBuiltIn").is_empty());
    site.set_knob("refused_filters", &json!("empty")).unwrap();
    assert!(rows(&site, path).is_empty());
    let counted = request("wmi/SMS_Collection/$count?$filter=Name eq 'x'");
    assert_eq!(text(&site.handle(&mut SiteConnection::default(), &counted, now())), "0");
}

#[test]
fn unknown_knobs_are_named() {
    assert!(open(1, 1).set_knob("warp", &json!(9)).unwrap_err().contains("warp"));
}
