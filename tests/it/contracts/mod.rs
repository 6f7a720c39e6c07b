//! Every request that we send to Azure, and every answer that the lab gives, against Microsoft's own description of its
//! interfaces (github.com/Azure/azure-rest-api-specs). Runs where those files are, and says where they are not.

mod specs;

use azure_services_wizard::flow::Query;
use azure_services_wizard::lab::requests::RequestRecord;
use azure_services_wizard::lab::service::Service;
use serde_json::Value;

use self::specs::{Specs, Way};
use crate::backend::rig::Rig;
use crate::harness::{Bench, not_run, small};

/// Whether a request belongs to an interface that these files describe; sign-in and Graph are described elsewhere.
fn is_described(record: &RequestRecord) -> bool {
    let described = [Service::Arm, Service::Query, Service::Ingestion].contains(&record.service);
    described && record.fault.is_none()
}

/// What is wrong with one exchange.
fn complaints(specs: &Specs, record: &RequestRecord) -> Vec<String> {
    let path = percent_encoding::percent_decode_str(&record.path)
        .decode_utf8_lossy()
        .into_owned();
    // In the lab a part of the path stands for the host that each rule has of its own.
    let own = path
        .find("/dataCollectionRules")
        .filter(|_| record.service == Service::Ingestion);
    let path = &path[own.unwrap_or_default()..];
    let Some(operation) = specs.operation(&record.method, path) else {
        return vec!["no file describes this operation".to_owned()];
    };
    let mut found = Vec::new();
    parameters(specs, operation, record, &mut found);
    let json = |text: Option<&str>| text.and_then(|text| serde_json::from_str::<Value>(text).ok());
    if let Some(body) = json(record.request_body()) {
        match operation.body_schema(specs) {
            Some(schema) => {
                let wrong = specs.complaints(&schema, Way::Request, &body);
                found.extend(wrong.into_iter().map(|each| format!("request {each}")));
            }
            None => found.push("a body where none belongs".to_owned()),
        }
    }
    let Some(status) = record.status else { return found };
    let (body, schema) = (json(record.response_body()), operation.answer_schema(status));
    match (body, schema.as_deref()) {
        (_, None) => {
            // Refusals of the gate in front of all services are described nowhere.
            if status < 400 {
                found.push(format!("status {status} is not described"));
            }
        }
        (Some(_), Some("")) => {}
        (Some(body), Some(schema)) => {
            let wrong = specs.complaints(schema, Way::Answer, &body);
            found.extend(wrong.into_iter().map(|each| format!("answer {status} {each}")));
        }
        (None, Some(schema)) => {
            if !schema.is_empty() && record.response_bytes == 0 {
                found.push(format!("answer {status} has no body"));
            }
        }
    }
    found
}

fn parameters(specs: &Specs, operation: &specs::Operation, record: &RequestRecord, found: &mut Vec<String>) {
    let query = record.query.clone().unwrap_or_default();
    let sent: Vec<String> = url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, _)| name.into_owned())
        .collect();
    let known: Vec<Value> = operation.parameters(specs);
    let in_query = |each: &&Value| each["in"] == "query";
    for parameter in known.iter().filter(in_query).filter(|each| each["required"] == true) {
        let name = parameter["name"].as_str().unwrap();
        if !sent.iter().any(|each| each.eq_ignore_ascii_case(name)) {
            found.push(format!("the parameter {name} is missing"));
        }
    }
    // Links to further pages carry a marker of the service's own.
    let own = ["api-version", "$skiptoken", "%24skiptoken"];
    for name in &sent {
        let is_known = known.iter().filter(in_query).any(|each| each["name"] == **name);
        if !is_known && !own.contains(&name.to_lowercase().as_str()) {
            found.push(format!("the parameter {name} is not described"));
        }
    }
}

/// Fails where any exchange of a lab does not keep to the description.
#[track_caller]
pub fn hold(bench: &Bench) {
    let Some(folder) = specs::folder() else {
        return not_run("Microsoft's OpenAPI files are not there (ASW_AZURE_SPECS names their folder)");
    };
    let specs = Specs::read(&folder);
    let (mut seen, mut wrong) = (0, std::collections::BTreeSet::new());
    for record in bench
        .lab
        .requests()
        .records()
        .iter()
        .filter(|record| is_described(record))
    {
        seen += 1;
        for complaint in complaints(&specs, record) {
            wrong.insert(format!("{} {}: {complaint}", record.method, record.path));
        }
    }
    assert!(seen > 0, "nothing was sent");
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "of {seen} exchanges:\n{}", wrong.join("\n"));
}

/// A whole life: connect, publish, look, publish again, another secret key, remove.
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_life_keeps_to_microsofts_description() {
    let bench = Bench::start(small()).await;
    let name = bench.connected("workspace-contributor").await;
    bench.asw("", &["sync", &name]).await.ending(0);
    bench.lab.site().churn(7, 200, bench.lab.clock().now());
    bench.asw("", &["sync", &name, "--full"]).await.ending(0);
    bench.asw("", &["verify", &name]).await.ending(0);
    bench.asw("", &["groups", &name, "--members"]).await.ending(0);
    bench.asw("", &["remove", &name, "--yes"]).await.ending(0);
    hold(&bench);
}

/// The same with history, also where the rule needs an endpoint beside it.
#[tokio::test(flavor = "multi_thread")]
async fn history_keeps_to_microsofts_description() {
    for rules in ["offered", "ignored"] {
        let bench = Bench::start(small()).await;
        bench.lab.cloud().set_knob("direct_rules", &rules.into()).unwrap();
        let setup = bench.setup_set("ready", &[("history", "\"on\"")]);
        let connect = ["--secrets-stdin", "connect", "--file", &setup];
        bench.asw(&bench.secrets("ready"), &connect).await.ending(0);
        bench.asw("", &["sync", "--all"]).await.ending(0);
        let rows = bench
            .lab
            .requests()
            .records()
            .iter()
            .filter(|record| record.service == Service::Ingestion)
            .count();
        assert!(rows > 0, "no row was uploaded");
        bench.asw("", &["rights", "--file", &setup]).await;
        let listed = bench.asw("", &["--json", "list"]).await.json();
        let name = listed["connections"][0]["name"].as_str().unwrap();
        bench
            .asw("", &["remove", name, "--yes", "--delete-table"])
            .await
            .ending(0);
        hold(&bench);
    }
}

/// What the window asks on its pages, by an app with rights and by one without.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_window_asks_keeps_to_microsofts_description() {
    let mut rig = Rig::start().await;
    for app in ["owner", "workspace-contributor", "no-rights"] {
        let setup = rig.setup(app);
        rig.ask(Query::Verify(rig.app_access(app)));
        rig.ask(Query::Workspaces(rig.app_access(app)));
        rig.ask(Query::Rights(rig.app_access(app), setup.workspace.clone()));
        rig.ask(Query::History(
            rig.app_access(app),
            setup.workspace.clone(),
            setup.rule_group(),
        ));
    }
    hold(&rig.bench);
}

/// Refusals have Microsoft's shapes, too.
#[tokio::test(flavor = "multi_thread")]
async fn refusals_keep_to_microsofts_description() {
    let bench = Bench::start(small()).await;
    for label in ["no-rights", "reader"] {
        let setup = bench.setup(label);
        let secrets = bench.secrets(label);
        let said = bench
            .asw(&secrets, &["--secrets-stdin", "connect", "--file", &setup])
            .await;
        assert_ne!(said.exit, 0);
    }
    hold(&bench);
}

/// A slip in a request or an answer is seen.
#[test]
fn a_slip_is_seen() {
    let Some(folder) = specs::folder() else {
        return not_run("Microsoft's OpenAPI files are not there (ASW_AZURE_SPECS names their folder)");
    };
    let specs = Specs::read(&folder);
    let path = "/subscriptions/s/resourcegroups/g/providers/microsoft.operationalinsights/workspaces/w/savedSearches/x";
    let put = specs.operation("PUT", path).unwrap();
    let body = |etag: Value, alias: &str| serde_json::json!({"etag": etag, "properties": {"category": "c", "displayName": "d", "query": "q", alias: "a", "version": 2}});
    let wrong = |body: &Value| specs.complaints(&put.body_schema(&specs).unwrap(), Way::Request, body);
    assert_eq!(wrong(&body("*".into(), "functionAlias")), Vec::<String>::new());
    assert_eq!(wrong(&body(7.into(), "functionAlias")).len(), 1);
    assert_eq!(wrong(&body("*".into(), "alias")).len(), 1);
    let answer = put.answer_schema(200).unwrap();
    assert!(
        !specs
            .complaints(&answer, Way::Answer, &serde_json::json!({"properties": {}}))
            .is_empty()
    );
}
