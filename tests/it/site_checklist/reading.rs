//! Items 8 to 11, 13 and 14: how the site answers queries.

use azure_services_wizard::lab::Fault;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn item_8_letter_case() {
    let lab = open().await;
    let (status, body) = get(&lab, "sms_R_system?$select=resourceID,NAME&$top=1").await;
    let names: Vec<&String> = body["value"][0].as_object().unwrap().keys().collect();
    assert_eq!(status, 200);
    assert_eq!(names, ["Name", "ResourceId"]);
    // The client reads the one class that spells the ID with a small d as it does the others.
    let (mut ids, site) = (BTreeSet::new(), client(&lab));
    let read = site.device_names(|page| {
        ids.extend(page.into_iter().map(|device| device.resource_id));
        Ok(())
    });
    assert_eq!(read.await.unwrap(), 303);
    assert_eq!(ids, resource_ids(&members(&site, "SMS00001").await.unwrap()));
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn item_9_rows() {
    let lab = open().await;
    let (_, whole) = get(&lab, "SMS_Collection?$filter=CollectionID eq 'SMS00001'").await;
    let row = &whole["value"][0];
    assert_eq!(
        (&row["@odata.etag"], &row["__CLASS"]),
        (&json!("SMS00001"), &json!("SMS_Collection"))
    );
    assert_eq!(row["CollectionRules"], json!([]), "lazy in a list");
    let (_, chosen) = get(&lab, "SMS_Collection?$select=Name,CollectionID&$top=1").await;
    let names: Vec<&String> = chosen["value"][0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["CollectionID", "Name"]);
    let (_, keyed) = get(&lab, "SMS_Collection('SMS00001')").await;
    assert_eq!(keyed["value"][0]["CollectionRules"].as_array().unwrap().len(), 1);
    let (status, missing) = get(&lab, "SMS_Collection('PS1FFFFF')").await;
    assert_eq!((status, &missing["error"]["code"]), (404, &json!("404")));

    let site = client(&lab);
    assert_eq!(site.collection(&id("PS1FFFFF")).await.unwrap(), None);
    let listed = site.collection(&id("SMS00001")).await.unwrap().unwrap();
    // Where the filter is refused, the keyed read in its array says the same.
    for way in ["404", "empty"] {
        knob(&lab, "refused_filters", json!(way));
        knob(&lab, "refused_properties", json!("CollectionID"));
        assert_eq!(
            client(&lab).collection(&id("SMS00001")).await.unwrap().as_ref(),
            Some(&listed)
        );
    }
    let user = site.collection(&id("SMS00002")).await.unwrap_err();
    assert_eq!(user.problem().code(), "not_a_device_collection");
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn item_10_queries() {
    let lab = open().await;
    let ids = async |query: &str| {
        let (status, body) = get(&lab, &format!("SMS_Collection?$select=CollectionID&{query}")).await;
        assert_eq!(status, 200, "{query}");
        body["value"].as_array().unwrap().len()
    };
    for (query, count) in [
        ("$filter=IsBuiltIn eq true and CollectionType eq 2", 6),
        ("$filter=not (CollectionType eq 2) and IsBuiltIn eq true", 4),
        ("$filter=startswith(Name,'All Sys') eq true", 1),
        ("$filter=endswith(Name,'Systems')", 1),
        ("$filter=contains(Name,'Mobile')", 1),
        ("$filter=CollectionID ge 'SMS00001' and CollectionID le 'SMS00003'", 3),
        ("$filter=CollectionID gt 'SMS00001' and CollectionID lt 'SMS00003'", 1),
        ("$filter=CollectionID ne 'SMS00001' and IsBuiltIn eq true", 9),
        ("$orderby=MemberCount&$top=7&$skip=3", 7),
    ] {
        assert_eq!(ids(query).await, count, "{query}");
    }
    assert_eq!(
        get(&lab, "SMS_Collection/$count?$filter=IsBuiltIn eq true").await.1,
        json!(10)
    );
    for refused in ["$count=true", "$select=Name,RefreshType"] {
        assert_eq!(
            get(&lab, &format!("SMS_Collection?{refused}")).await.0,
            400,
            "{refused}"
        );
    }
    let not_taken = ["Name eq 'a' or Name eq 'b'", "Name eq 'a\\b'"];
    for filter in not_taken {
        assert_eq!(get(&lab, &format!("SMS_Collection?$filter={filter}")).await.0, 404);
    }
    knob(&lab, "refused_filters", json!("empty"));
    for filter in not_taken {
        assert_eq!(ids(&format!("$filter={filter}")).await, 0, "{filter}");
    }

    // Of what may be refused the client needs nothing; what it does need, it does not take an empty answer to for no.
    let all = plain_members(&lab, "SMS00001").await;
    for knobs in [
        json!({ "ranges": "refused" }),
        json!({ "refused_properties": ["ResourceID"] }),
        json!({ "ranges": "refused", "orderby_with_skip": "refused" }),
    ] {
        for (name, value) in knobs.as_object().unwrap() {
            knob(&lab, name, value.clone());
        }
        let read = members(&client(&lab), "SMS00001").await.unwrap();
        assert_eq!(resource_ids(&read), all, "{knobs}");
    }
    knob(&lab, "refused_properties", json!(["CollectionID"]));
    let site = client(&lab);
    assert_eq!(members(&site, "SMS00001").await.unwrap(), []);
    let counted = site.collection(&id("SMS00001")).await.unwrap().unwrap().member_count;
    assert_eq!(counted, 303, "the count gives the empty answer away");
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn item_11_collapsing_rows() {
    let lab = open().await;
    let all = plain_members(&lab, "SMS00001").await;
    knob(&lab, "collapse_select", json!(true));
    let by_name = "SMS_FullCollectionMembership?$filter=CollectionID eq 'SMS00001'&$select=CollectionID,Name";
    assert_eq!(get(&lab, by_name).await.1["value"].as_array().unwrap().len(), 1);
    let site = client(&lab);
    assert_eq!(resource_ids(&members(&site, "SMS00001").await.unwrap()), all);
    assert_eq!(site.collections().await.unwrap().len(), 28);
    assert_eq!(site.device_names(|_| Ok(())).await.unwrap(), 303);
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn item_13_links() {
    let lab = open().await;
    let all = plain_members(&lab, "SMS00001").await;
    knob(&lab, "next_link_cap", json!(20));
    assert_eq!(resource_ids(&members(&client(&lab), "SMS00001").await.unwrap()), all);
    knob(&lab, "next_link_origin", json!("https://elsewhere.example"));
    let refused = members(&client(&lab), "SMS00001").await.unwrap_err();
    assert_eq!(refused.problem().code(), "foreign_link");
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn item_13_busy() {
    let lab = open().await;
    let all = plain_members(&lab, "SMS00001").await;
    for (status, code) in [(429, "throttled"), (503, "unavailable")] {
        let plan = |more: Value| {
            let mut fault = json!({ "service": "site", "path": "SMS_Full", "kind": "status", "status": status });
            fault.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            lab.faults().clear();
            lab.faults().add(Fault::all_from_value(fault).unwrap());
        };
        for wait in [json!({ "times": 2 }), json!({ "times": 2, "retry_after": 0 })] {
            plan(wait);
            assert_eq!(resource_ids(&members(&client(&lab), "SMS00001").await.unwrap()), all);
        }
        for wait in [json!({}), json!({ "retry_after": 3600 })] {
            plan(wait.clone());
            let failure = members(&client(&lab), "SMS00001").await.unwrap_err();
            assert_eq!(failure.problem().code(), code, "{wait}");
        }
        lab.faults().clear();
    }
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn item_14_methods_and_deletions() {
    let lab = open().await;
    let (status, body) = get(&lab, "SMS_Identification.GetSiteID").await;
    assert_eq!(status, 201, "{body}");
    let refresh = "SMS_Collection('PS100014')/AdminService.RequestRefresh";
    let (status, body) = ask(&lab, "POST", refresh).await;
    assert_eq!(status, 201, "{body}");
    let site = client(&lab);
    assert!(site.collection(&id("PS100014")).await.unwrap().is_some());
    let deleted = ask(&lab, "DELETE", "SMS_Collection('PS100014')").await;
    assert_eq!(deleted, (204, String::new()));
    assert_eq!(site.collection(&id("PS100014")).await.unwrap(), None);
    let left = site.collections().await.unwrap();
    assert!(left.len() == 27 && left.iter().all(|each| each.id != id("PS100014")));
    lab.stop().await.unwrap();
}
