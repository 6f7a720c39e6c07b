//! History, from the command line to what stands in the lab: set up, published, on and off, undone, taken away, taken over.

use std::collections::{BTreeMap, BTreeSet};

use azure_services_wizard::model::history::{FUNCTION, TABLE};
use azure_services_wizard::model::reader;
use serde_json::{Value, json};

use crate::harness::{Bench, Said, environment, small, sorted, without_readings};

pub const ON: (&str, &str) = ("history", "\"on\"");
const AUTO: (&str, &str) = ("history", "\"auto\"");
const OFF: (&str, &str) = ("history", "\"off\"");

pub async fn connect(bench: &Bench, label: &str, history: (&str, &str)) -> Said {
    let setup = bench.setup_set(label, &[history]);
    let words = ["--json", "--secrets-stdin", "connect", "--file", &setup];
    bench.asw(&bench.secrets(label), &words).await
}

pub async fn name(bench: &Bench) -> String {
    let json = bench.asw("", &["--json", "list"]).await.ending(0).json();
    json["connections"][0]["name"].as_str().unwrap().to_owned()
}

fn codes(json: &Value) -> Vec<&str> {
    let warnings = json["warnings"].as_array().unwrap();
    warnings.iter().map(|each| each["code"].as_str().unwrap()).collect()
}

/// Everything that was written to Azure since then, as method and the last two parts of its path.
pub fn writes(bench: &Bench, since: usize) -> Vec<String> {
    let records = bench.lab.requests().records();
    records
        .iter()
        .skip(since)
        .filter(|record| matches!(service(record).as_str(), "arm" | "ingestion"))
        .filter(|record| record.method != "GET" && record.status.is_none_or(|status| status < 400))
        .filter(|record| !record.path.contains("ResourceGraph"))
        .map(|record| {
            let parts: Vec<&str> = record.path.rsplit('/').take(2).collect();
            format!("{} {}/{}", record.method, parts[1], parts[0])
        })
        .collect()
}

fn service(record: &impl serde::Serialize) -> String {
    json!(record)["service"].as_str().unwrap().to_owned()
}

pub fn seen(bench: &Bench) -> usize {
    bench.lab.requests().records().len()
}

/// Computers of each collection as the rows tell: those of the newest marker whose members have all arrived.
pub fn from_rows(bench: &Bench) -> BTreeMap<String, Vec<String>> {
    let rows = bench.lab.cloud().rows();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let mut newest: BTreeMap<String, (i64, String)> = BTreeMap::new();
    for row in rows
        .iter()
        .filter(|row| row["RowKind"] == "snapshot" && row["Removed"] == false)
    {
        let generation = row["Generation"].as_i64().unwrap();
        let members = rows
            .iter()
            .filter(|member| member["RowKind"] == "member" && member["SyncId"] == row["SyncId"]);
        let seqs: BTreeSet<i64> = members.map(|member| member["Seq"].as_i64().unwrap()).collect();
        assert_eq!(
            seqs.len(),
            usize::try_from(row["Rows"].as_i64().unwrap()).unwrap(),
            "{row}"
        );
        let entry = newest.entry(text(row, "CollectionId")).or_default();
        assert_ne!(entry.0, generation, "two markers of one generation");
        if generation > entry.0 {
            *entry = (generation, text(row, "SyncId"));
        }
    }
    newest
        .into_iter()
        .map(|(collection, (_, sync))| {
            let members = rows
                .iter()
                .filter(|row| row["RowKind"] == "member" && row["SyncId"] == sync.as_str());
            let computers: BTreeSet<String> = members.map(|row| text(row, "Computer")).collect();
            (collection, sorted(computers.into_iter().collect()))
        })
        .collect()
}

fn kinds(bench: &Bench) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for row in bench.lab.cloud().rows() {
        *kinds.entry(row["RowKind"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    kinds
}

/// Calls Resource Manager as the app that may do everything.
pub async fn arm(bench: &Bench, method: &str, path: &str, api: &str, body: Option<&Value>) -> (u16, Value) {
    let info = bench.lab.info();
    let owner = info.apps.iter().find(|app| app.label == "owner").unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let form = [
        ("client_id", owner.client_id.as_str()),
        ("client_secret", &owner.secret),
        ("scope", &format!("{}/.default", environment(&bench.lab).arm_audience)),
        ("grant_type", "client_credentials"),
    ];
    let token = http
        .post(format!("{}/{}/oauth2/v2.0/token", info.authority, info.tenant.id))
        .form(&form);
    let token: Value = token.send().await.unwrap().json().await.unwrap();
    let mut request = http
        .request(method.parse().unwrap(), format!("{}{path}?api-version={api}", info.arm))
        .bearer_auth(token["access_token"].as_str().unwrap());
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

pub fn workspace(bench: &Bench) -> String {
    bench.lab.info().workspaces[0].resource_id.clone()
}

pub fn group(bench: &Bench) -> String {
    workspace(bench).split("/providers/").next().unwrap().to_owned()
}

pub async fn rules(bench: &Bench, group: &str) -> Vec<Value> {
    let path = format!("{group}/providers/Microsoft.Insights/dataCollectionRules");
    let (status, list) = arm(bench, "GET", &path, "2023-03-11", None).await;
    assert_eq!(status, 200, "{list}");
    list["value"].as_array().unwrap().clone()
}

pub async fn has_table(bench: &Bench) -> bool {
    let path = format!("{}/tables/{TABLE}", workspace(bench));
    arm(bench, "GET", &path, "2023-09-01", None).await.0 == 200
}

/// Nothing of ours is in Azure, but perhaps the table.
async fn is_bare(bench: &Bench) {
    assert_eq!(rules(bench, &group(bench)).await, Vec::<Value>::new());
    assert_eq!(bench.saved_searches().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_app_and_each_choice_ends_as_its_rights_allow() {
    // Label, what is wanted, exit code, whether history is kept, problem.
    for (label, wanted, exit, kept, problem) in [
        ("ready", ON, 0, true, ""),
        ("ready", AUTO, 0, true, ""),
        ("ready", OFF, 0, false, ""),
        ("owner", ON, 0, true, ""),
        ("owner", OFF, 0, false, ""),
        // With history it waits for its role: `a_role_that_counts_later_is_waited_for`.
        ("slow-role", OFF, 0, false, ""),
        ("workspace-contributor", ON, 3, false, "not_allowed"),
        ("workspace-contributor", AUTO, 0, false, ""),
        ("workspace-contributor", OFF, 0, false, ""),
        ("no-publisher", ON, 3, false, "not_allowed"),
        ("no-publisher", AUTO, 0, false, ""),
        ("no-publisher", OFF, 0, false, ""),
        ("reader", ON, 3, false, "not_allowed"),
        ("reader", AUTO, 3, false, "not_allowed"),
        ("reader", OFF, 3, false, "not_allowed"),
        ("no-rights", ON, 3, false, "not_allowed"),
        ("no-rights", OFF, 3, false, "not_allowed"),
        ("expired-secret", ON, 3, false, "secret_expired"),
        ("expired-secret", OFF, 3, false, "secret_expired"),
        ("disabled-app", ON, 3, false, "app_disabled"),
        ("disabled-app", OFF, 3, false, "app_disabled"),
        ("no-service-principal", ON, 3, false, "no_service_principal"),
        ("no-service-principal", OFF, 3, false, "no_service_principal"),
    ] {
        let bench = Bench::start(small()).await;
        let case = format!("{label} {}", wanted.1);
        let said = connect(&bench, label, wanted).await;
        assert_eq!(said.exit, exit, "{case}: {said:?}");
        let json = said.json();
        assert_eq!(json["error"]["code"].as_str().unwrap_or_default(), problem, "{case}");
        let rules = rules(&bench, &group(&bench)).await;
        assert_eq!(rules.len(), usize::from(kept), "{case}");
        assert_eq!(has_table(&bench).await, kept, "{case}");
        assert_eq!(json["connection"]["rule"].is_string(), kept, "{case}");
        let functions = bench
            .saved_searches()
            .await
            .iter()
            .filter(|id| *id == reader::ID)
            .count();
        assert_eq!(functions, usize::from(kept), "{case}");
        if exit == 0 {
            let warned = codes(&json).contains(&"history_not_allowed");
            assert_eq!(warned, wanted == AUTO && !kept, "{case}");
            let name = name(&bench).await;
            bench.asw("", &["sync", &name]).await.ending(0);
            assert_eq!(bench.groups(&name).await, bench.truth(), "{case}");
            assert_eq!(
                from_rows(&bench),
                if kept { bench.truth() } else { BTreeMap::new() },
                "{case}"
            );
        } else {
            is_bare(&bench).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_changes_nothing() {
    let bench = Bench::start(small()).await;
    connect(&bench, "ready", ON).await.ending(0);
    let rule = rules(&bench, &group(&bench)).await.remove(0);
    let id = bench.asw("", &["--json", "list"]).await.json()["connections"][0]["id"].clone();
    assert_eq!(rule["tags"]["AswConnection"], id);
    assert_eq!(rule["kind"], "Direct");
    assert_eq!(kinds(&bench), BTreeMap::from([("connection".to_owned(), 1)]));
    let before = seen(&bench);
    connect(&bench, "ready", ON).await.ending(0);
    assert_eq!(writes(&bench, before), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_follow_the_memberships_and_the_function_answers_them() {
    let bench = Bench::start(small()).await;
    connect(&bench, "ready", ON).await.ending(0);
    let name = name(&bench).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let truth = bench.truth();
    let members: usize = truth.values().map(Vec::len).sum();
    assert_eq!(kinds(&bench)["member"], members);
    assert_eq!(kinds(&bench)["snapshot"], truth.len());
    // Unmoved: another marker each, and no rows.
    bench.asw("", &["sync", &name]).await.ending(0);
    assert_eq!(kinds(&bench)["member"], members);
    assert_eq!(kinds(&bench)["snapshot"], 2 * truth.len());
    assert_eq!(from_rows(&bench), truth);
    // Moved: the new membership counts.
    bench.lab.site().churn(7, 40, bench.lab.clock().now());
    bench.asw("", &["sync", &name]).await.ending(0);
    assert_eq!(from_rows(&bench), bench.truth());
    assert_eq!(read_back(&bench).await, bench.truth());
}

/// The memberships as the function answers them.
pub async fn read_back(bench: &Bench) -> BTreeMap<String, Vec<String>> {
    let info = bench.lab.info();
    let app = info.apps.iter().find(|app| app.label == "ready").unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let form = [
        ("client_id", app.client_id.as_str()),
        ("client_secret", &app.secret),
        ("scope", "https://api.loganalytics.io/.default"),
        ("grant_type", "client_credentials"),
    ];
    let token = http
        .post(format!("{}/{}/oauth2/v2.0/token", info.authority, info.tenant.id))
        .form(&form);
    let token: Value = token.send().await.unwrap().json().await.unwrap();
    let customer = &info.workspaces[0].customer_id;
    let answer = http
        .post(format!("{}/v1/workspaces/{customer}/query", info.query))
        .bearer_auth(token["access_token"].as_str().unwrap())
        .json(&json!({ "query": format!("{FUNCTION} | project GroupId, Computer, GroupSourceName, GroupFullName") }));
    let answer: Value = answer.send().await.unwrap().json().await.unwrap();
    let mut read: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let rows = answer["tables"][0]["rows"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"));
    for row in rows {
        let text = |at: usize| row[at].as_str().unwrap().to_owned();
        assert!(text(3).starts_with(&format!("SCCM\\{}\\", text(2))), "{row}");
        read.entry(text(0)).or_default().push(text(1));
    }
    // An empty collection has no row to answer.
    let mut all: BTreeMap<String, Vec<String>> = bench.truth().into_keys().map(|id| (id, Vec::new())).collect();
    all.extend(read.into_iter().map(|(id, computers)| (id, sorted(computers))));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn history_goes_on_and_off_and_the_groups_stay() {
    let bench = Bench::start(small()).await;
    connect(&bench, "ready", OFF).await.ending(0);
    let name = name(&bench).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let groups = bench.groups(&name).await;
    let standing = bench.saved_searches().await.len();

    let said = bench
        .asw("", &["--json", "set", &name, "--history", "on"])
        .await
        .ending(0);
    assert!(said.json()["connection"]["rule"].is_string());
    bench.asw("", &["sync", &name]).await.ending(0);
    assert_eq!(from_rows(&bench), bench.truth());
    let verified = bench.asw("", &["--json", "verify", &name]).await.ending(0).json();
    let checks = verified["checks"].as_array().unwrap();
    assert!(checks.iter().any(|check| check["check"] == "history_right"));

    let said = bench
        .asw("", &["--json", "set", &name, "--history", "off"])
        .await
        .ending(0);
    assert!(said.json()["connection"]["rule"].is_null());
    assert_eq!(rules(&bench, &group(&bench)).await, Vec::<Value>::new());
    assert!(has_table(&bench).await, "what has been stays");
    assert_eq!(bench.saved_searches().await.len(), standing);
    assert_eq!(bench.groups(&name).await, groups);
    let removed = bench
        .lab
        .cloud()
        .rows()
        .iter()
        .filter(|row| row["Removed"] == true)
        .count();
    assert_eq!(
        removed,
        groups.len(),
        "readers are told that these are not published any more"
    );
    let rows = bench.lab.cloud().rows().len();
    bench.asw("", &["sync", &name, "--full"]).await.ending(0);
    assert_eq!(bench.lab.cloud().rows().len(), rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_are_missing_leave_the_connection_as_it_was() {
    let bench = Bench::start(small()).await;
    connect(&bench, "no-publisher", OFF).await.ending(0);
    let name = name(&bench).await;
    let said = bench
        .asw("", &["--json", "set", &name, "--history", "on"])
        .await
        .ending(3);
    assert_eq!(said.json()["error"]["code"], "not_allowed");
    assert_eq!(rules(&bench, &group(&bench)).await, Vec::<Value>::new());
    assert!(!has_table(&bench).await);
    let shown = bench.asw("", &["--json", "show", &name]).await.ending(0).json();
    assert_eq!(shown["connection"]["history"], "off");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_rules_have_no_address_an_endpoint_is_made() {
    for knob in ["ignored", "refused"] {
        let bench = Bench::start(small()).await;
        bench.lab.cloud().set_knob("direct_rules", &json!(knob)).unwrap();
        let said = connect(&bench, "ready", ON).await;
        assert_eq!(said.exit, 0, "{knob}: {said:?}");
        let rule = rules(&bench, &group(&bench)).await.remove(0);
        let endpoint = rule["properties"]["dataCollectionEndpointId"]
            .as_str()
            .unwrap()
            .to_owned();
        let name = name(&bench).await;
        bench.asw("", &["sync", &name]).await.ending(0);
        assert_eq!(from_rows(&bench), bench.truth(), "{knob}");
        let before = seen(&bench);
        connect(&bench, "ready", ON).await.ending(0);
        assert_eq!(writes(&bench, before), Vec::<String>::new(), "{knob}");
        bench.asw("", &["remove", &name, "--yes"]).await.ending(0);
        is_bare(&bench).await;
        assert_eq!(arm(&bench, "GET", &endpoint, "2023-03-11", None).await.0, 404, "{knob}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_workspace_gets_an_endpoint_and_the_groups_do_not_wait() {
    let bench = Bench::start(small()).await;
    let private = json!({ "public_ingestion": false });
    bench.lab.cloud().set_knob("workspace", &private).unwrap();
    let said = connect(&bench, "ready", ON).await.ending(0);
    let json = said.json();
    let told = codes(&json);
    assert!(
        told.contains(&"workspace_private") && told.contains(&"rows_failed"),
        "{told:?}"
    );
    let rule = rules(&bench, &group(&bench)).await.remove(0);
    let endpoint = rule["properties"]["dataCollectionEndpointId"].as_str().unwrap();
    let (_, endpoint) = arm(&bench, "GET", endpoint, "2023-03-11", None).await;
    let access = &endpoint["properties"]["networkAcls"]["publicNetworkAccess"];
    assert_eq!(access, "Disabled", "{endpoint}");
    let name = name(&bench).await;
    let said = bench.asw("", &["--json", "sync", &name]).await.ending(0).json();
    let told = codes(&said);
    assert!(
        told.contains(&"rows_failed") && !told.contains(&"upload_pending"),
        "no role is waited for: {told:?}"
    );
    assert_eq!(bench.groups(&name).await, bench.truth());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_somebody_elses_is_left_alone() {
    for (knob, value, problem) in [
        ("foreign_table", json!({ "name": TABLE }), "table_differs"),
        ("foreign_function", json!({ "alias": FUNCTION }), "not_ours"),
    ] {
        let bench = Bench::start(small()).await;
        bench.lab.cloud().set_knob(knob, &value).unwrap();
        let said = connect(&bench, "ready", ON).await.ending(3);
        assert_eq!(said.json()["error"]["code"], problem, "{knob}");
        // All that was made is undone.
        is_bare(&bench).await;
        assert_eq!(has_table(&bench).await, knob == "foreign_table");
        assert!(
            bench.asw("", &["--json", "list"]).await.json()["connections"]
                .as_array()
                .unwrap()
                .is_empty()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_in_the_middle_undoes_what_was_made_and_nothing_else() {
    let bench = Bench::start(small()).await;
    for path in ["tables", "dataCollectionRules", "savedSearches/asw-function"] {
        bench.plan_faults(&json!({
            "service": "arm", "method": "PUT", "path": path, "kind": "status", "status": 403, "times": 1
        }));
        let said = connect(&bench, "ready", ON).await;
        assert_ne!(said.exit, 0, "{path}");
        assert!(!said.out.contains("Stands in Azure"), "{path}: {}", said.out);
        is_bare(&bench).await;
        assert!(!has_table(&bench).await, "{path}");
    }
    connect(&bench, "ready", ON).await.ending(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_takes_all_but_the_table_and_that_only_when_asked_for() {
    let bench = Bench::start(small()).await;
    connect(&bench, "ready", ON).await.ending(0);
    let name = name(&bench).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    bench.asw("", &["remove", &name, "--yes"]).await.ending(0);
    is_bare(&bench).await;
    assert!(has_table(&bench).await);
    connect(&bench, "ready", ON).await.ending(0);
    bench
        .asw("", &["remove", &name, "--yes", "--delete-table"])
        .await
        .ending(0);
    is_bare(&bench).await;
    assert!(!has_table(&bench).await);
}

/// Two connections, each with history, by their names. The first has failed in the middle, and could not be undone either: what it
/// had begun to make is on its record.
async fn half_made_and_whole(bench: &Bench) -> (String, String) {
    for (method, path) in [("PUT", "dataCollectionRules"), ("DELETE", "tables")] {
        bench.plan_faults(&json!({
            "service": "arm", "method": method, "path": path, "kind": "status", "status": 403, "times": 1
        }));
    }
    let said = connect(bench, "ready", ON).await.ending(3);
    assert!(said.out.contains("Stands in Azure"), "{}", said.out);
    let first = name(bench).await;
    let setup = bench.setup_set("ready", &[ON, ("name", "\"Another\"")]);
    let words = ["--secrets-stdin", "connect", "--file", &setup];
    bench.asw(&bench.secrets("ready"), &words).await.ending(0);
    bench.asw("", &["sync", "Another"]).await.ending(0);
    (first, "Another".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_connection_uses_by_now_is_not_undone() {
    let bench = Bench::start(small()).await;
    let (first, other) = half_made_and_whole(&bench).await;
    bench.asw("", &["remove", &first, "--yes"]).await.ending(0);
    assert!(has_table(&bench).await);
    assert!(bench.saved_searches().await.iter().any(|id| id == reader::ID));
    assert_eq!(rules(&bench, &group(&bench)).await.len(), 1);
    assert_eq!(read_back(&bench).await, bench.truth());
    // The last one may take it away.
    let words = ["remove", &other, "--yes", "--delete-table"];
    bench.asw("", &words).await.ending(0);
    is_bare(&bench).await;
    assert!(!has_table(&bench).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_others_use_is_refused_before_anything_is_removed() {
    let bench = Bench::start(small()).await;
    connect(&bench, "ready", ON).await.ending(0);
    let first = name(&bench).await;
    let setup = bench.setup_set("ready", &[ON, ("name", "\"Another\"")]);
    let words = ["--secrets-stdin", "connect", "--file", &setup];
    bench.asw(&bench.secrets("ready"), &words).await.ending(0);
    let before = seen(&bench);
    let said = bench.asw("", &["remove", &first, "--yes", "--delete-table"]).await;
    let said = said.ending(2);
    assert!(said.err.contains("Another"), "{}", said.err);
    assert_eq!(writes(&bench, before), Vec::<String>::new());
    // It was not begun, so the connection works on.
    bench.asw("", &["sync", &first]).await.ending(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_was_deleted_by_hand_gets_all_rows_again() {
    let bench = Bench::start(small()).await;
    connect(&bench, "ready", ON).await.ending(0);
    let name = name(&bench).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let members = kinds(&bench)["member"];
    let table = format!("{}/tables/{TABLE}", workspace(&bench));
    let (status, answer) = arm(&bench, "DELETE", &table, "2023-09-01", None).await;
    assert!(status < 300, "{status} {answer}");
    while has_table(&bench).await {
        bench.lab.clock().advance(1).unwrap();
    }
    let sent = bench.lab.cloud().rows().len();
    connect(&bench, "ready", ON).await.ending(0);
    bench.asw("", &["sync", &name]).await.ending(0);
    let rows = bench.lab.cloud().rows();
    let again = rows.iter().skip(sent.min(rows.len() - members));
    assert_eq!(again.filter(|row| row["RowKind"] == "member").count(), members);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_whose_resource_group_is_gone_keeps_nobody_from_removing() {
    let bench = Bench::start(small()).await;
    connect(&bench, "ready", ON).await.ending(0);
    let name = name(&bench).await;
    bench.plan_faults(&json!({
        "service": "arm", "method": "GET", "path": "dataCollectionRules", "kind": "status", "status": 404, "times": 1,
        "body": { "error": { "code": "ResourceGroupNotFound", "message": "Resource group 'rg' could not be found." } }
    }));
    bench.asw("", &["remove", &name, "--yes"]).await.ending(0);
    assert_eq!(bench.saved_searches().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_counts_later_is_waited_for() {
    let bench = Bench::start(small()).await;
    let said = tokio::join!(connect(&bench, "slow-role", ON), async {
        // Once the first upload was refused, half an hour goes by.
        while !bench
            .lab
            .requests()
            .records()
            .iter()
            .any(|record| service(record) == "ingestion" && record.status == Some(403))
        {
            tokio::task::yield_now().await;
        }
        bench.lab.clock().advance(31 * 60).unwrap();
    });
    let said = said.0.ending(0);
    assert!(
        said.err.contains("Azure is still applying the upload role"),
        "{}",
        said.err
    );
    assert!(!codes(&said.json()).contains(&"upload_pending"));
    let name = name(&bench).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    assert_eq!(from_rows(&bench), bench.truth());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_template_turns_apps_without_rights_into_a_working_history() {
    for label in ["workspace-contributor", "no-publisher"] {
        let bench = Bench::start(small()).await;
        // The rule in the group of another workspace, so that what is given on the workspace is nested.
        let elsewhere = bench.lab.info().workspaces.iter().map(|each| each.resource_id.clone());
        let own = group(&bench);
        let other = elsewhere
            .map(|id| id.split("/providers/").next().unwrap().to_owned())
            .find(|other| !other.eq_ignore_ascii_case(&own))
            .unwrap();
        for rule_group in [own, other] {
            let bench = Bench::start(small()).await;
            let quoted = format!("\"{rule_group}\"");
            let path = bench.setup_set(label, &[ON]);
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.replace("[workspace]", &format!("[workspace]\nrule_resource_group = {quoted}"));
            std::fs::write(&path, text).unwrap();
            let secrets = bench.secrets(label);
            let words = ["--secrets-stdin", "rights", "--file", &path, "--script", "arm"];
            let template: Value = serde_json::from_str(&bench.asw(&secrets, &words).await.ending(0).out).unwrap();
            let body = json!({ "properties": { "mode": "Incremental", "template": template } });
            let deployment = format!("{rule_group}/providers/Microsoft.Resources/deployments/asw-roles");
            // Twice: it may be run again.
            for _ in 0..2 {
                let (status, answer) = arm(&bench, "PUT", &deployment, "2021-04-01", Some(&body)).await;
                assert!(status < 300, "{label} {rule_group}: {answer}");
                deployed(&bench, &deployment).await;
            }
            let words = ["--json", "--secrets-stdin", "connect", "--file", &path];
            bench.asw(&secrets, &words).await.ending(0);
            assert_eq!(rules(&bench, &rule_group).await.len(), 1, "{label}");
            let name = name(&bench).await;
            bench.asw("", &["sync", &name]).await.ending(0);
            assert_eq!(from_rows(&bench), bench.truth(), "{label} {rule_group}");
        }
    }
}

async fn deployed(bench: &Bench, deployment: &str) {
    loop {
        let (_, answer) = arm(bench, "GET", deployment, "2021-04-01", None).await;
        match answer["properties"]["provisioningState"].as_str().unwrap() {
            "Succeeded" => return,
            "Failed" | "Canceled" => panic!("{answer}"),
            _ => {
                bench.lab.clock().advance(1).unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_machine_takes_the_connection_over() {
    let bench = Bench::start(small()).await;
    connect(&bench, "ready", ON).await.ending(0);
    let first = name(&bench).await;
    bench.asw("", &["sync", &first]).await.ending(0);
    let id = bench.asw("", &["--json", "list"]).await.json()["connections"][0]["id"].clone();
    let standing = without_readings(bench.saved_searches().await);

    let here = bench.setup("ready");
    let secrets = bench.secrets("ready");
    let words = ["--json", "--secrets-stdin", "adopt", "--file", &here];
    let said = bench.asw(&secrets, &words).await.ending(2);
    assert_eq!(said.json()["error"]["code"], "already_here");

    // Another data folder and keyring, and a moment later: what the first machine has numbered is not known here.
    bench.lab.clock().advance(5).unwrap();
    let Bench { lab, .. } = bench;
    let bench = Bench {
        lab,
        folder: tempfile::tempdir().unwrap(),
        vault: std::sync::Arc::new(azure_services_wizard::secrets::MemoryVault::for_life()),
    };
    let said = bench.asw(&secrets, &words).await.ending(0).json();
    assert_eq!(said["connection"]["id"], id);
    assert_eq!(said["connection"]["history"], "on");
    let name = name(&bench).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let found = without_readings(bench.saved_searches().await);
    assert_eq!(
        found, standing,
        "the groups go on under their names, and the first machine's parts are gone"
    );
    assert_eq!(bench.groups(&name).await, bench.truth());
    assert_eq!(from_rows(&bench), bench.truth());
    bench.asw("", &["remove", &name, "--yes"]).await.ending(0);
    is_bare(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_must_be_something_to_take_over() {
    let bench = Bench::start(small()).await;
    let (setup, secrets) = (bench.setup("ready"), bench.secrets("ready"));
    let words = ["--json", "--secrets-stdin", "adopt", "--file", &setup];
    let said = bench.asw(&secrets, &words).await.ending(3);
    assert_eq!(said.json()["error"]["code"], "nothing_to_adopt");
    assert!(
        bench.asw("", &["--json", "list"]).await.json()["connections"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}
