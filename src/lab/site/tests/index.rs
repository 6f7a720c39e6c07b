//! Stretches of the site's own order against the same lists found the long way.

use serde_json::json;

use super::*;

#[test]
fn both_ways_answer_the_same() {
    let site = open(120, 30);
    // The fourth member: what lies right at a bound must not be on its wrong side.
    let fourth = rows(&site, "wmi/SMS_R_System?$select=ResourceId&$orderby=ResourceId&$top=4").remove(3)["ResourceId"]
        .to_string();
    let members = [
        "CollectionID eq 'SMS00001'",
        "CollectionID eq 'sms00001' and ResourceID gt FOURTH",
        "ResourceID gt FOURTH and (CollectionID eq 'PS100014' and ResourceID gt 5)",
        "CollectionID eq 'SMS00001' and ResourceID gt 99999999999",
        "CollectionID eq 'SMS00001' and ResourceID gt -1",
        "CollectionID eq 'SMS00001' and ResourceID lt FOURTH",
        "CollectionID eq 'SMS00001' and CollectionID eq 'SMSDM003'",
        "CollectionID eq 'SMS00004' and not (ResourceID gt FOURTH)",
        "CollectionID eq 'PS1FFFFF'",
        "ResourceID gt 2046820352",
    ];
    let devices = [
        "ResourceID gt 0",
        "ResourceID gt FOURTH and ResourceID gt 5",
        "ResourceID eq FOURTH",
        "Name gt 'P'",
    ];
    let lists = members
        .map(|filter| ("SMS_FullCollectionMembership", filter))
        .into_iter();
    let lists = lists.chain(devices.map(|filter| ("SMS_R_System", filter)));
    let lists = lists.chain(devices.map(|filter| ("SMS_CombinedDeviceResources", filter)));
    let mut stretches = 0;
    for (class, filter) in lists {
        for order in [
            "",
            "&$orderby=ResourceID",
            "&$orderby=resourceid desc",
            "&$orderby=Name",
        ] {
            let filter = filter.replace("FOURTH", &fourth);
            for page in ["", "&$top=7", "&$top=7&$skip=5", "&$skip=100000"] {
                let path = format!("wmi/{class}?$filter={filter}{order}{page}");
                let answer = |long: bool| {
                    // The knob does nothing here but to take the long way: all keys are chosen where nothing is.
                    site.set_knob("collapse_select", &json!(long)).unwrap();
                    site.set_knob("next_link_cap", &json!(50)).unwrap();
                    get(&site, &path)
                };
                let short = answer(false);
                stretches += usize::from(short.1["value"].as_array().is_some_and(|rows| !rows.is_empty()));
                assert_eq!(short, answer(true), "{path}");
            }
        }
    }
    assert!(stretches > 50, "{stretches} lists had rows");
}

#[test]
fn the_knobs_for_paging() {
    let site = open(120, 30);
    let list = "wmi/SMS_FullCollectionMembership?$filter=CollectionID eq 'SMS00001'";
    let by_key = format!("{list} and ResourceID gt 5&$top=5");
    assert_eq!(rows(&site, &by_key).len(), 5);
    site.set_knob("top", &json!("ignored")).unwrap();
    assert!(rows(&site, &by_key).len() > 5);
    assert_eq!(rows(&site, &format!("{list}&$top=5&$skip=120")).len(), 3);
    site.set_knob("ranges", &json!("refused")).unwrap();
    assert_eq!(get(&site, &by_key).0, 404);
    assert_eq!(get(&site, list).0, 200);
}
