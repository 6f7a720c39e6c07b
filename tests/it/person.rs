//! A person signs in at the lab, in both ways, and makes what an app may not.

use std::sync::Arc;

use azure_services_wizard::azure::{Assigned, Azure, OpenBrowser, sign_in_person};
use azure_services_wizard::model::history::{self, COLUMNS, Rule, TABLE};
use azure_services_wizard::model::person::{PersonAccess, PersonSeen, PersonWay};
use azure_services_wizard::model::plan::Progress;
use azure_services_wizard::model::roles::MONITORING_METRICS_PUBLISHER;
use azure_services_wizard::model::{Environment, ObjectId, Result, RuleId, WorkspaceId};
use serde_json::json;
use tokio::sync::mpsc;

use crate::harness::{Bench, small};

/// The app that gets the role.
const PRINCIPAL: &str = "ready";

fn environment(bench: &Bench) -> Environment {
    let info = bench.lab.info();
    Environment {
        name: "Lab".to_owned(),
        authority: info.authority.parse().unwrap(),
        arm: info.arm.parse().unwrap(),
        query: info.query.parse().unwrap(),
        graph: info.graph.parse().unwrap(),
        ..Environment::built_in("AzureCloud").unwrap()
    }
}

fn access(bench: &Bench, way: PersonWay) -> PersonAccess {
    let info = bench.lab.info();
    PersonAccess {
        environment: environment(bench),
        tenant_id: info.tenant.id.parse().unwrap(),
        public_client: info.public_client_id.parse().unwrap(),
        way,
    }
}

/// Signs in where `who` sits at the browser.
async fn in_browser(bench: &Bench, who: &str, approve: bool) -> Result<(Azure, PersonSeen)> {
    let consent = json!({"person": who, "approve": approve});
    bench.lab.cloud().set_knob("auto_consent", &consent).unwrap();
    let open: OpenBrowser<'_> = &|page| {
        let page = page.to_owned();
        tokio::spawn(async move {
            let browser = reqwest::Client::builder().no_proxy().build().unwrap();
            browser.get(page).send().await.unwrap();
        });
        true
    };
    sign_in_person(&access(bench, PersonWay::Browser), open, Arc::new(|_| {})).await
}

fn rule(bench: &Bench) -> (WorkspaceId, Rule) {
    let workspace: WorkspaceId = bench.lab.info().workspaces[0].resource_id.parse().unwrap();
    let columns = COLUMNS.map(|column| (column.name.to_owned(), column.kind.in_stream().to_owned()));
    let rule = Rule {
        id: RuleId::new(workspace.group(), "dcr-person").unwrap(),
        location: String::new(),
        is_direct: true,
        endpoint: None,
        tags: Vec::new(),
        columns: columns.to_vec(),
        workspace: Some(workspace.clone()),
        immutable_id: None,
        logs_ingestion: None,
    };
    (workspace, rule)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_makes_table_rule_and_role_and_takes_them_away() {
    let bench = Bench::start(small()).await;
    let (azure, person) = in_browser(&bench, "owner", true).await.unwrap();
    assert!(person.name.starts_with("owner@"), "{person:?}");
    let (workspace, mut rule) = rule(&bench);
    rule.location = azure.workspace(&workspace).await.unwrap().location.unwrap();
    azure.put_table(&workspace, TABLE, &COLUMNS).await.unwrap();
    let made = azure.put_rule(&rule).await.unwrap();
    assert!(made.immutable_id.is_some() && made.logs_ingestion.is_some(), "{made:?}");
    let apps = &bench.lab.info().apps;
    let principal: ObjectId = apps
        .iter()
        .find(|app| app.label == PRINCIPAL)
        .unwrap()
        .object_id
        .parse()
        .unwrap();
    let scope = rule.id.to_string();
    let id = history::assignment_id(&scope, principal, MONITORING_METRICS_PUBLISHER);
    for wanted in [Assigned::Now, Assigned::Before] {
        let outcome = azure
            .assign_role(&scope, id, MONITORING_METRICS_PUBLISHER, principal)
            .await;
        assert_eq!(outcome.unwrap(), wanted);
    }
    for was_there in [true, false] {
        assert_eq!(azure.delete_assignment(&scope, id).await.unwrap(), was_there);
        assert_eq!(azure.delete_rule(&rule.id).await.unwrap(), was_there);
        assert_eq!(azure.delete_table(&workspace, TABLE).await.unwrap(), was_there);
    }
    assert_eq!(azure.rule(&rule.id).await.unwrap(), None);
    assert_eq!(azure.table(&workspace, TABLE).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_is_told_what_a_person_may_not() {
    let bench = Bench::start(small()).await;
    let (azure, _) = in_browser(&bench, "reader", true).await.unwrap();
    let (workspace, _) = rule(&bench);
    let failure = azure.put_table(&workspace, TABLE, &COLUMNS).await.unwrap_err();
    assert_eq!(failure.problem().code(), "person_not_allowed", "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_declines_or_is_blocked_does_not_sign_in() {
    let bench = Bench::start(small()).await;
    let failure = in_browser(&bench, "owner", false).await.err().unwrap();
    assert_eq!(failure.problem().code(), "person_not_signed_in");
    let blocked = json!({"label": "administrators-client", "blocked": true});
    bench.lab.cloud().set_knob("conditional_access", &blocked).unwrap();
    let failure = in_browser(&bench, "owner", true).await.err().unwrap();
    assert_eq!(failure.problem().code(), "policy_blocks_sign_in", "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_typed_in_elsewhere() {
    let bench = Bench::start(small()).await;
    bench.lab.cloud().set_knob("device_code_interval_s", &json!(1)).unwrap();
    let (tell, mut hears) = mpsc::unbounded_channel();
    let access = access(&bench, PersonWay::Code);
    let signing_in = sign_in_person(&access, &|_| false, Arc::new(move |progress| drop(tell.send(progress))));
    let elsewhere = async {
        let Some(Progress::DeviceCode { code, .. }) = hears.recv().await else {
            panic!("no code was shown")
        };
        let answer = json!({"user_code": code, "person": "owner"});
        bench.lab.cloud().set_knob("device_code", &answer).unwrap();
    };
    let (outcome, ()) = tokio::join!(signing_in, elsewhere);
    let (azure, person) = outcome.unwrap();
    assert!(person.name.starts_with("owner@"));
    assert!(!azure.subscriptions().await.unwrap().is_empty());
}
