//! Uploads without sockets, and what queries see of them.

use std::io::Write as _;

use super::super::rules::DataCollectionEndpoint;
use super::super::testing::history::{self, OWN, STREAM, TABLE, resource, table};
use super::super::testing::{ARM, Lab, code, json_of};
use super::body::MOST_BYTES;
use super::*;

const MONITOR: &str = "https://monitor.azure.com/.default";
/// A lab with the table in its workspaces, of which the second is over its cap, and a rule that leads to two of them.
fn lab() -> Lab {
    let lab = Lab::new();
    history::add(&lab.cloud, lab.now);
    lab
}

fn path(address: &str, stream: &str) -> String {
    history::path(address, stream)
}

/// A good upload by `ready` of these bytes.
fn request(lab: &Lab, body: Vec<u8>) -> Request {
    let mut request = Lab::request(
        Method::POST,
        &path(OWN, STREAM),
        Some("api-version=2023-01-01"),
        Some(body),
    );
    let bearer = format!("Bearer {}", lab.bearer("ready", MONITOR));
    request.headers.insert("authorization", bearer.parse().unwrap());
    request
        .headers
        .insert("content-type", "application/json".parse().unwrap());
    request
}

fn send(lab: &Lab, request: &Request) -> Response {
    lab.cloud.ingestion(request, lab.now, None)
}

fn upload(lab: &Lab, rows: &Value) -> Response {
    send(lab, &request(lab, rows.to_string().into_bytes()))
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(plain).unwrap();
    packer.finish().unwrap()
}

fn count(lab: &Lab) -> Value {
    lab.query("ready", &format!("{TABLE} | count"), None)[0][0].clone()
}

#[test]
fn rows_go_up_and_are_seen_by_queries_and_the_control_address() {
    let lab = lab();
    let mut request = request(&lab, Vec::new());
    let row = json!({"Computer": "PC-1", "Seq": 3, "Share": 1, "Rows": "many", "Nobody": "knows", "Removed": false});
    request.body = gzip(json!([row]).to_string().as_bytes()).into();
    request.headers.insert("content-encoding", "gzip".parse().unwrap());
    request.headers.insert(
        "x-ms-client-request-id",
        "11111111-2222-4333-8444-555555555555".parse().unwrap(),
    );
    let answer = send(&lab, &request);
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    let echoed = &answer.headers["x-ms-client-request-id"];
    assert_eq!(echoed, "11111111-2222-4333-8444-555555555555");
    let query = format!("{TABLE} | project TimeGenerated, Computer, Seq, Share, Rows, Removed, Type");
    let arrived = "2026-11-22T20:00:00Z";
    assert_eq!(
        lab.query("ready", &query, None),
        json!([[arrived, "PC-1", 3, 1.0, null, false, TABLE]])
    );
    let rows = lab.cloud.rows();
    // The workspace that is over its cap has lost its copy.
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["stream"], &rows[0]["Computer"]),
        (&json!(STREAM), &json!("PC-1"))
    );
    assert_eq!(rows[0]["workspace"], lab.workspace(0));
    assert_eq!(rows[0].get("Nobody"), None);
}

#[test]
fn what_is_wrong_is_refused_in_the_services_words() {
    let lab = lab();
    let good = request(&lab, b"[]".to_vec());
    let changed = |change: &dyn Fn(&mut Request)| {
        let mut request = good.clone();
        change(&mut request);
        let answer = send(&lab, &request);
        assert_eq!(answer.headers["x-ms-error-code"], code(&answer));
        (answer.status, code(&answer))
    };
    let error = |status: u16, code: &str| (status, code.to_owned());
    let bearer = |label: &str, scope: &'static str| format!("Bearer {}", lab.bearer(label, scope)).parse().unwrap();
    let token =
        |value: http::HeaderValue| changed(&|request| _ = request.headers.insert("authorization", value.clone()));
    assert_eq!(
        changed(&|request| _ = request.headers.remove("authorization")),
        error(401, "AuthenticationError")
    );
    assert_eq!(token(bearer("ready", ARM)), error(401, "AuthenticationError"));
    assert_eq!(token(bearer("no-publisher", MONITOR)), error(403, "OperationFailed"));
    assert_eq!(token(bearer("owner", MONITOR)), error(403, "OperationFailed"));
    assert_eq!(
        changed(&|request| request.query = None),
        error(400, "UnsupportedApiVersion")
    );
    let unknown = path(OWN, STREAM).replace("0001", "0002");
    assert_eq!(
        changed(&|request| request.path = unknown.clone()),
        error(404, "NotFound")
    );
    assert_eq!(
        changed(&|request| request.path = path(OWN, "Custom-Other")),
        error(400, "InvalidStream")
    );
    assert_eq!(
        changed(&|request| request.path = path("dcr/other", STREAM)),
        error(403, "OperationFailed")
    );
    assert_eq!(
        changed(&|request| request.path = path("x", STREAM)),
        error(404, "NotFound")
    );
    assert_eq!(
        changed(&|request| request.method = Method::PUT),
        error(405, "MethodNotAllowed")
    );
    for body in ["{}", "[1]", "[{]", ""] {
        assert_eq!(
            changed(&|request| request.body = body.into()),
            error(400, "InvalidRequestBody"),
            "{body}"
        );
    }
    let packed = |value: &'static str| {
        changed(&|request| _ = request.headers.insert("content-encoding", value.parse().unwrap()))
    };
    assert_eq!(packed("gzip"), error(400, "InvalidRequestBody"));
    assert_eq!(packed("br"), error(400, "InvalidRequestBody"));
    let text = |request: &mut Request| _ = request.headers.insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(changed(&text), error(415, "UnsupportedMediaType"));
    let far = json!([{"TimeGenerated": "2026-11-22T20:00:00Z"}, {"TimeGenerated": "2026-11-22T19:29:59Z"}]);
    assert_eq!(code(&upload(&lab, &far)), "RecordsTimeRangeIsMoreThan30Minutes");
    lab.knob("upload_span", "any".into());
    assert_eq!(upload(&lab, &far).status, 204);
    assert_eq!(send(&lab, &good).status, 204);
}

#[test]
fn a_missing_role_and_a_slow_one_are_told_and_end() {
    let mut lab = lab();
    let ask = |lab: &Lab| {
        let mut request = request(lab, b"[]".to_vec());
        let token = json_of(&lab.token(&lab.cloud.tenant().0, &lab.form("slow-role", MONITOR)));
        let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
        request.headers.insert("authorization", bearer.parse().unwrap());
        send(lab, &request)
    };
    let refused = ask(&lab);
    let text = json_of(&refused)["error"]["message"].as_str().unwrap().to_owned();
    for part in [
        "does not have access to ingest data for the data collection rule with immutable Id 'dcr-",
        "AccessGranted: False, IsRbacPresent: False, IsDcrDceBindingValid: True",
        &lab.app("slow-role").object_id,
    ] {
        assert!(text.contains(part), "{text}");
    }
    lab.now += TimeDelta::minutes(30);
    assert_eq!(ask(&lab).status, 204);
}

#[test]
fn a_rule_with_an_endpoint_is_reached_through_it_alone() {
    let lab = lab();
    let endpoint = DataCollectionEndpoint {
        resource: resource(&lab.cloud, "dce-history", lab.now),
        description: None,
        immutable_id: "dce-1".into(),
        public_network_access: "Enabled".into(),
        host: "dce-host".into(),
    };
    {
        let mut state = lab.cloud.state();
        let rule = &mut state.estate.rules[0];
        (rule.host, rule.endpoint_id) = (None, Some(endpoint.resource_id()));
        state.estate.endpoints.push(endpoint);
    }
    let mut request = request(&lab, b"[]".to_vec());
    assert_eq!(send(&lab, &request).status, 403);
    request.path = path("dce/dce-host", STREAM);
    assert_eq!(send(&lab, &request).status, 204);
    lab.cloud.state().estate.workspaces[0].public_ingestion = false;
    assert_eq!(send(&lab, &request).status, 204);
    lab.cloud.state().estate.endpoints[0].public_network_access = "Disabled".into();
    let refused = send(&lab, &request);
    assert!(
        json_of(&refused)["error"]["message"]
            .to_string()
            .contains("IsRbacPresent: True, IsDcrDceBindingValid: False")
    );
}

#[test]
fn a_private_workspace_takes_nothing_through_the_rules_own_address_and_answers_no_query() {
    let lab = lab();
    upload(&lab, &json!([{}]));
    let mut state = lab.cloud.state();
    (
        state.estate.workspaces[0].public_ingestion,
        state.estate.workspaces[0].public_query,
    ) = (false, false);
    drop(state);
    let refused = upload(&lab, &json!([{}]));
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (403, "PublicNetworkAccessDisabled")
    );
    let error = lab.query("ready", "print 1", None);
    assert_eq!(error["code"], "InsufficientAccessError");
    assert!(
        error["innererror"]["message"].to_string().contains("public network"),
        "{error}"
    );
}

#[test]
fn the_size_counts_packed_and_unpacked_unless_the_knob_says_otherwise() {
    let lab = lab();
    let rows = |bytes: usize| {
        let frame = br#"[{"Computer":""}]"#.len();
        format!(r#"[{{"Computer":"{}"}}]"#, "x".repeat(bytes - frame)).into_bytes()
    };
    assert_eq!(send(&lab, &request(&lab, rows(MOST_BYTES))).status, 204);
    let plain = request(&lab, rows(MOST_BYTES + 1));
    let refused = send(&lab, &plain);
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (413, "ContentLengthLimitExceeded")
    );
    let mut packed = request(&lab, gzip(&rows(MOST_BYTES + 1)));
    packed.headers.insert("content-encoding", "gzip".parse().unwrap());
    assert_eq!(send(&lab, &packed).status, 413);
    lab.knob("upload_size_counts", "wire".into());
    assert_eq!(send(&lab, &packed).status, 204);
    assert_eq!(send(&lab, &plain).status, 413);
    assert!(lab.cloud.set_knob("upload_size_counts", &json!("none")).is_err());
    // A cell holds 64 KB, so the rest is gone.
    assert_eq!(
        lab.query("ready", &format!("{TABLE} | summarize max(strlen(Computer))"), None),
        json!([[65_536]])
    );
}

#[test]
fn a_rule_takes_so_many_uploads_a_minute() {
    let mut lab = lab();
    lab.knob("uploads_per_minute", 2.into());
    let row = json!([{}]);
    let taken = |lab: &Lab| upload(lab, &row).status;
    assert_eq!([taken(&lab), taken(&lab)], [204, 204]);
    let refused = upload(&lab, &row);
    assert_eq!(
        (refused.status, &refused.headers["retry-after"]),
        (429, &"60".parse().unwrap())
    );
    lab.now += TimeDelta::seconds(60);
    assert_eq!(taken(&lab), 204);
}

#[test]
fn a_table_is_not_known_before_its_first_row_and_keeps_none_of_an_older_one() {
    let mut lab = lab();
    let failed = |lab: &Lab| count_error(lab).contains("Failed to resolve table");
    assert!(failed(&lab));
    lab.knob("unwritten_table", "empty".into());
    assert_eq!(count(&lab), 0);
    lab.knob("unwritten_table", "unresolved".into());
    upload(&lab, &json!([{"Computer": "A"}]));
    assert_eq!(count(&lab), 1);
    lab.now += TimeDelta::seconds(1);
    let mut state = lab.cloud.state();
    let first = state.estate.workspaces.first_mut().unwrap();
    first.custom.insert(TABLE.to_ascii_lowercase(), table(lab.now));
    drop(state);
    assert!(failed(&lab));
    upload(&lab, &json!([{"Computer": "B"}]));
    assert_eq!(
        lab.query("ready", &format!("{TABLE} | distinct Computer"), None),
        json!([["B"]])
    );
}

fn count_error(lab: &Lab) -> String {
    lab.query("ready", &format!("{TABLE} | count"), None)["innererror"].to_string()
}

#[test]
fn mishaps_strike_rows_that_were_accepted() {
    let mut lab = lab();
    let good = request(&lab, json!([{"Seq": 1}, {"Seq": 2}]).to_string().into_bytes());
    let under = |lab: &Lab, mishap| lab.cloud.ingestion(&good, lab.now, Some(mishap)).status;
    assert_eq!(under(&lab, Mishap::Lose), 204);
    assert_eq!(under(&lab, Mishap::Late(600)), 204);
    assert!(count_error(&lab).contains("Failed to resolve"));
    assert_eq!(under(&lab, Mishap::Duplicate), 204);
    assert_eq!(count(&lab), 4);
    assert_eq!(under(&lab, Mishap::Restamp(-3600)), 204);
    assert_eq!(
        lab.query("ready", &format!("{TABLE} | count"), Some("PT30M")),
        json!([[4]])
    );
    lab.now += TimeDelta::seconds(600);
    assert_eq!(count(&lab), 8);
    assert_eq!(lab.cloud.rows().len(), 8);
}

/// The query of a group's history, as a stored function: whole snapshots only, and the caller's time range inside.
#[test]
fn the_history_of_a_collection_is_answered_from_its_rows() {
    let mut lab = lab();
    let function = r#"let con="one"; let col="PS100016"; let back=30d;
let marks = ConfigMgrCollectionMember_CL
| where TimeGenerated > ago(back) and ConnectionId == con and CollectionId == col and RowKind == "snapshot"
| summarize arg_max(Generation, Rows, Removed, ConfirmedGen) by SyncId;
let base = toscalar(marks | summarize max(ConfirmedGen));
let cand = marks | where Generation >= coalesce(base, 0);
let seen = materialize(ConfigMgrCollectionMember_CL
| where TimeGenerated > ago(back) and ConnectionId == con and CollectionId == col and RowKind == "member"
| where SyncId in ((cand | project SyncId))
| summarize Computer = take_any(Computer) by SyncId, Seq);
let whole = cand
| join kind=leftouter (seen | summarize Have = count() by SyncId) on SyncId
| where Rows == coalesce(Have, 0)
| top 1 by Generation desc | where not(Removed) | project SyncId;
seen | where SyncId in (whole) | distinct Computer"#;
    let saved = json!({"etag": "*", "properties": {
        "category": "c", "displayName": "d", "query": function, "functionAlias": "Members", "version": 2,
    }});
    let search = format!("{}/savedSearches/members", lab.workspace(0));
    let put = lab.arm("ready", Method::PUT, &search, "api-version=2023-09-01", Some(saved));
    assert_eq!(put.status, 200);
    let member = |sync: &str, seq: u8, computer: &str| {
        json!({"ConnectionId": "one", "CollectionId": "PS100016", "SyncId": sync, "RowKind": "member", "Seq": seq,
                "Computer": computer})
    };
    let marker = |sync: &str, generation: u8, rows: u8| {
        json!({"ConnectionId": "one", "CollectionId": "PS100016", "SyncId": sync, "RowKind": "snapshot",
                "Generation": generation, "Rows": rows, "Removed": false, "ConfirmedGen": 0})
    };
    let computers = |lab: &Lab, timespan| lab.query("ready", "Members | sort by Computer asc", timespan);
    upload(
        &lab,
        &json!([member("s1", 0, "A"), member("s1", 1, "B"), marker("s1", 1, 2)]),
    );
    assert_eq!(computers(&lab, None), json!([["A"], ["B"]]));
    upload(&lab, &json!([member("s2", 0, "C"), marker("s2", 2, 2)]));
    assert_eq!(computers(&lab, None), json!([["A"], ["B"]]));
    upload(&lab, &json!([member("s2", 1, "A"), member("s2", 0, "C")]));
    assert_eq!(computers(&lab, None), json!([["A"], ["C"]]));
    let query = "datatable(Name:string)[\"a\", \"B\"] | where Name in~ (Members())";
    assert_eq!(lab.query("ready", query, None), json!([["a"]]));
    lab.now += TimeDelta::hours(2);
    lab.forget_tokens();
    assert_eq!(computers(&lab, Some("PT1H")), json!([]));
    assert_eq!(computers(&lab, Some("PT3H")), json!([["A"], ["C"]]));
}

/// Twenty thousand rows in some uploads, and queries over them, in a moment.
#[test]
fn many_rows_are_stored_and_counted() {
    let lab = lab();
    for part in 0..20 {
        let rows: Vec<Value> = (0..1000)
            .map(|seq| json!({"Seq": part * 1000 + seq, "Computer": format!("PC-{seq:05}")}))
            .collect();
        assert_eq!(upload(&lab, &json!(rows)).status, 204);
    }
    assert_eq!(count(&lab), 20_000);
    let query = format!("{TABLE} | summarize count_distinct(Seq), count_distinct(Computer)");
    assert_eq!(lab.query("ready", &query, None), json!([[20_000, 1000]]));
}

/// What benchmarks look at: stored rows beside the queries, and rows let go as after a retention time.
#[test]
fn stored_rows_are_handed_over_once_they_are_seen_and_can_be_let_go() {
    let mut lab = lab();
    upload(
        &lab,
        &json!([{"SyncId": "s1", "Seq": 1}, {"SyncId": "s2", "Seq": 2}, {"Seq": 3}]),
    );
    let late = request(&lab, json!([{"SyncId": "s2", "Seq": 4}]).to_string().into_bytes());
    lab.cloud.ingestion(&late, lab.now, Some(Mishap::Late(600)));
    let seen = |now| {
        let mut seen = Vec::new();
        lab.cloud.each_row(now, |columns, cells| {
            let place = columns.iter().position(|name| name == "Seq").unwrap();
            match cells[place] {
                crate::lab::kql::Value::Long(seq) => seen.push(seq),
                ref other => panic!("{other:?}"),
            }
        });
        seen
    };
    let later = lab.now + TimeDelta::seconds(600);
    assert_eq!((seen(lab.now), seen(later)), (vec![1, 2, 3], vec![1, 2, 3, 4]));
    assert_eq!(count(&lab), 3);
    lab.cloud.keep_rows("SyncId", &["s2".to_owned()].into());
    // A row without a text there is no other's.
    assert_eq!((seen(later), lab.cloud.row_count()), (vec![2, 3, 4], 3));
    // As many as were seen before, but others.
    lab.now = later;
    let left = lab.query("ready", &format!("{TABLE} | project Seq | sort by Seq asc"), None);
    assert_eq!(left, json!([[2], [3], [4]]));
}
