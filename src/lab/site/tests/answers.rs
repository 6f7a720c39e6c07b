//! Layout of rows, query options, paths, refusals.

use http::Method;
use serde_json::{Value, json};

use super::*;

#[test]
fn names_match_without_case_and_answers_have_the_schema_spelling() {
    let site = open(20, 8);
    let mut request = request("wmi/sms_r_SYSTEM?$select=resourceID,NAME&$top=1");
    request.path = request.path.replace("AdminService", "adminservice");
    let response = site.handle(&mut SiteConnection::default(), &request, now());
    let body = text(&response);
    assert_eq!(response.status, 200, "{body}");
    assert!(
        body.contains("{\"Name\":\"") && body.contains("\",\"ResourceId\":"),
        "{body}"
    );
    assert!(!body.contains("@odata.etag") && !body.contains("__"), "{body}");
}

#[test]
fn a_list_leaves_lazy_properties_empty_and_a_keyed_read_fills_them() {
    let site = open(20, 8);
    let listed = rows(&site, "wmi/SMS_Collection?$filter=CollectionID eq 'SMS00001'").remove(0);
    assert_eq!(listed["@odata.etag"], "SMS00001");
    assert_eq!(listed["CollectionRules"], json!([]));
    assert_eq!(listed["RefreshType"], 0);
    assert_eq!(listed["__SERVER"], "CM01");
    assert_eq!(listed["__NAMESPACE"], "root\\sms\\site_PS1");
    assert_eq!(listed["__RELPATH"], "SMS_Collection.CollectionID=\"SMS00001\"");
    assert_eq!(listed["LimitToCollectionID"], Value::Null);
    assert_eq!(
        listed["LastChangeTime"].as_str().map(|date| date.ends_with('Z')),
        Some(true)
    );
    for path in ["wmi/SMS_Collection('SMS00001')", "wmi/SMS_Collection/sms00001"] {
        let read = rows(&site, path);
        assert_eq!(read.len(), 1, "a keyed read stands in an array");
        assert_eq!(read[0]["CollectionRules"].as_array().map(Vec::len), Some(1));
        assert!(read[0]["RefreshType"].as_i64().unwrap() > 0);
    }
    let id = rows(&site, "wmi/SMS_R_System?$top=1")[0]["ResourceId"].clone();
    assert_eq!(rows(&site, &format!("wmi/SMS_R_System({id})"))[0]["ResourceId"], id);
    for missing in [
        "SMS_Collection('PS1FFFFF')",
        "SMS_R_System(1)",
        "SMS_Nothing",
        "SMS_Site/a/b",
    ] {
        let (status, body) = get(&site, &format!("wmi/{missing}"));
        assert_eq!(
            (status, body["error"]["code"].as_str()),
            (404, Some("404")),
            "{missing}"
        );
        assert!(body["error"]["message"].is_string());
    }
}

#[test]
fn the_row_of_a_list_is_in_the_providers_order() {
    let site = open(20, 8);
    let response = site.handle(
        &mut SiteConnection::default(),
        &request("wmi/SMS_Collection?$top=1"),
        now(),
    );
    let body = text(&response);
    let at = |name: &str| {
        body.find(&format!("\"{name}\":"))
            .unwrap_or_else(|| panic!("{name} is missing"))
    };
    let order = [
        "@odata.context",
        "value",
        "@odata.etag",
        "__LAZYPROPERTIES",
        "__QUALIFIER_SECURITYVERBS",
        "CloudSyncCount",
        "CollectionID",
        "ISVData",
        "LastChangeTime",
        "UseCluster",
        "__GENUS",
        "__PATH",
        "CollectionRules",
        "RefreshSchedule",
    ];
    assert!(order.is_sorted_by_key(|name| at(name)), "{body}");
}

#[test]
fn every_property_of_every_row_has_the_kind_of_its_schema() {
    use crate::lab::site::classes::Kind;
    use crate::lab::site::schema::CLASSES;
    let site = open(300, 20);
    for class in CLASSES {
        let rows = rows(&site, &format!("wmi/{}", class.name));
        assert!(!rows.is_empty(), "{}", class.name);
        for property in class.properties {
            let fits = |value: &Value| match property.kind {
                _ if value.is_null() => true,
                Kind::Text | Kind::Date | Kind::Binary => value.is_string(),
                Kind::Int32 | Kind::Int64 => value.is_i64(),
                Kind::Bool => value.is_boolean(),
                Kind::Texts | Kind::Objects => value.is_array(),
            };
            let wrong = rows.iter().find(|row| !row.get(property.name).is_some_and(fits));
            assert!(wrong.is_none(), "{}.{}: {wrong:?}", class.name, property.name);
        }
        for key in class.keys {
            assert!(rows.iter().all(|row| !row[*key].is_null()), "{}.{key}", class.name);
        }
    }
}

#[test]
fn filters_the_service_does_not_take_are_404_or_empty() {
    let site = open(20, 8);
    let refused = [
        "wmi/SMS_Collection?$filter=CollectionID eq 'SMS00001' or CollectionID eq 'SMS00002'",
        "wmi/SMS_Collection?$filter=Name eq 'a\\b'",
    ];
    for path in refused {
        let (status, body) = get(&site, path);
        assert_eq!((status, body["error"]["code"].as_str()), (404, Some("404")), "{path}");
    }
    site.set_knob("refused_filters", &json!("empty")).unwrap();
    for path in refused {
        assert_eq!(rows(&site, path), Vec::<Value>::new());
    }
    for path in [
        "wmi/SMS_Collection?$count=true",
        "wmi/SMS_Collection?$select=Nothing",
        "wmi/SMS_Collection?$select=Name,CollectionRules",
        "wmi/SMS_Collection?$filter=Name eq",
        "wmi/SMS_Collection?$top=many",
        "wmi/SMS_Collection?$expand=x",
    ] {
        let (status, body) = get(&site, path);
        assert_eq!((status, body["error"]["code"].as_str()), (400, Some("400")), "{path}");
    }
}

#[test]
fn lists_filter_order_page_and_count() {
    let site = open(300, 20);
    let ids = |path: &str| -> Vec<String> {
        rows(&site, path)
            .iter()
            .map(|row| row["CollectionID"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = ids("wmi/SMS_Collection?$select=CollectionID");
    assert_eq!(
        all.len(),
        20 + 4 + 2,
        "device, built-in user and other, custom user collections"
    );
    let first = ids("wmi/SMS_Collection?$select=CollectionID&$top=7");
    let second = ids("wmi/SMS_Collection?$select=CollectionID&$top=7&$skip=7");
    assert_eq!([first, second].concat(), all[..14]);
    assert_eq!(
        ids("wmi/SMS_Collection?$select=CollectionID&$skip=1000"),
        Vec::<String>::new()
    );
    assert_eq!(
        ids("wmi/SMS_Collection?$select=CollectionID&$top=0"),
        Vec::<String>::new()
    );

    let device = ids("wmi/SMS_Collection?$filter=CollectionType eq 2&$select=CollectionID");
    assert_eq!(device.len(), 20);
    assert_eq!(
        ids("wmi/SMS_Collection?$filter=IsBuiltIn eq false and CollectionType eq 2").len(),
        14
    );
    assert_eq!(
        ids("wmi/SMS_Collection?$filter=startswith(Name,'all sys') eq true"),
        ["SMS00001"]
    );
    assert_eq!(
        ids("wmi/SMS_Collection?$filter=Name eq 'O''Brien''s test device'").len(),
        1
    );

    let sizes: Vec<i64> = rows(
        &site,
        "wmi/SMS_Collection?$orderby=MemberCount desc&$select=CollectionID,MemberCount",
    )
    .iter()
    .map(|row| row["MemberCount"].as_i64().unwrap())
    .collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b));
    assert!(sizes.contains(&0) && sizes.contains(&1));

    let count = |path: &str| text(&site.handle(&mut SiteConnection::default(), &request(path), now()));
    assert_eq!(count("wmi/SMS_Collection/$count"), all.len().to_string());
    assert_eq!(count("wmi/SMS_Collection/$count?$filter=CollectionType eq 2"), "20");

    site.set_knob("orderby_with_skip", &json!("refused")).unwrap();
    assert_eq!(get(&site, "wmi/SMS_Collection?$orderby=Name&$skip=5").0, 404);
    assert_eq!(get(&site, "wmi/SMS_Collection?$orderby=Name").0, 200);
}

#[test]
fn documents_methods_and_writes() {
    let site = open(20, 8);
    let sets = rows(&site, "wmi/");
    assert!(sets.iter().any(|set| set["name"] == "SMS_FullCollectionMembership"));
    let response = site.handle(&mut SiteConnection::default(), &request("wmi/$metadata"), now());
    assert!(text(&response).contains("<edmx:Edmx"));
    let (status, body) = get(&site, "wmi/SMS_Identification.GetSiteID");
    assert_eq!(status, 201);
    assert!(body["@odata.context"].as_str().unwrap().ends_with("#__PARAMETERS"));
    let mut write = request("wmi/SMS_Collection('SMS00001')");
    write.method = Method::DELETE;
    let sent = |request: &Request| site.handle(&mut SiteConnection::default(), request, now());
    assert_eq!(sent(&write).status, 403, "built in");
    write.path = write.path.replace("SMS00001", "PS100014");
    let deleted = sent(&write);
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    assert_eq!(sent(&write).status, 404, "gone");
    assert_eq!(get(&site, "wmi/SMS_Collection('PS100014')").0, 404);
    let mut method = request("wmi/SMS_Collection('PS100015')/AdminService.RequestRefresh");
    method.method = Method::POST;
    let done = sent(&method);
    let body: Value = serde_json::from_slice(&done.body).unwrap();
    assert_eq!((done.status, &body["ReturnValue"]), (201, &json!(0)));
    method.path = method.path.replace("RequestRefresh", "Explode");
    assert_eq!(sent(&method).status, 404);
    let mut create = request("wmi/SMS_Collection");
    create.method = Method::POST;
    assert_eq!(sent(&create).status, 405);
    assert_eq!(get(&site, "v1.0/Device").0, 404);
    let long = format!("wmi/SMS_Site?x={}", "a".repeat(20_000));
    assert_eq!(get(&site, &long).0, 414);
}
