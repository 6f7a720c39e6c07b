//! Each query's good and bad answer.

use std::time::Duration;

use azure_services_wizard::flow::effect::{IfThere, Saved};
use azure_services_wizard::flow::{Answer, Query};
use azure_services_wizard::model::plan::CheckKind;
use azure_services_wizard::model::{CertificateTrust, Failure, KnownApp, SecretKey, SitePassword};
use serde_json::json;

use super::rig::{APP, Rig};

/// The answer in this variant; else the test fails.
macro_rules! answer {
    ($rig:expr, $variant:ident, $query:expr) => {
        match $rig.ask($query) {
            Answer::$variant(answer) => answer,
            _ => panic!("another query's answer"),
        }
    };
}

#[track_caller]
fn code<T>(answer: Result<T, Failure>) -> &'static str {
    answer.err().expect("it should fail").problem().code()
}

/// The app that the lab's site has been given.
fn known_app(rig: &Rig) -> KnownApp {
    let info = rig.bench.lab.info();
    let app = info.apps.iter().find(|app| app.label == "ready").unwrap();
    KnownApp {
        name: app.application_name.clone(),
        client_id: app.client_id.parse().unwrap(),
        app_id_uri: app.app_id_uri.clone(),
        tenant_name: info.tenant.name.clone(),
        tenant_id: info.tenant.id.parse().unwrap(),
        environment: Some("AzurePublicCloud".to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_site_answers_or_says_why_not() {
    let mut rig = Rig::start().await;
    let reading = answer!(rig, Site, Query::Site(rig.site_access())).unwrap();
    assert_eq!(reading.identity.code.as_str(), "PS1");
    let provider = rig.site_access().connection.provider;
    let shown = answer!(rig, Certificate, Query::Certificate(provider)).unwrap();
    assert_eq!(Some(shown.fingerprint.to_string()), rig.bench.lab.info().site.sha256);
    let listed = answer!(rig, Collections, Query::Collections(rig.site_access())).unwrap();
    for id in rig.setup(APP).collections {
        assert!(listed.get(&id).is_some(), "{id}");
    }
    let known = answer!(rig, KnownApps, Query::KnownApps(rig.site_access())).unwrap();
    assert!(known.contains(&known_app(&rig)), "{known:?}");

    let mut wrong = rig.site_access();
    wrong.password = Some(SitePassword::parse("not the password").unwrap());
    assert_eq!(
        code(answer!(rig, Site, Query::Site(wrong.duplicate()))),
        "account_refused"
    );
    assert_eq!(
        code(answer!(rig, Collections, Query::Collections(wrong.duplicate()))),
        "account_refused"
    );
    assert_eq!(
        code(answer!(rig, KnownApps, Query::KnownApps(wrong))),
        "account_refused"
    );
    let mut untrusted = rig.site_access();
    untrusted.connection.trust = CertificateTrust::System;
    assert_eq!(code(answer!(rig, Site, Query::Site(untrusted))), "certificate_unknown");
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let nobody = format!("localhost:{}", closed.port()).parse().unwrap();
    assert_eq!(
        code(answer!(rig, Certificate, Query::Certificate(nobody))),
        "site_unreachable"
    );
    rig.bench.lab.site().set_knob("hierarchy", &json!("child")).unwrap();
    assert_eq!(
        code(answer!(rig, Site, Query::Site(rig.site_access()))),
        "child_primary"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn azure_answers_or_says_why_not() {
    let mut rig = Rig::start().await;
    answer!(rig, Verify, Query::Verify(rig.app_access(APP))).unwrap();
    let visible = answer!(rig, Workspaces, Query::Workspaces(rig.app_access("owner"))).unwrap();
    let id = rig.setup(APP).workspace;
    assert!(visible.workspaces.iter().any(|each| each.id == id));
    assert!(!visible.subscriptions.is_empty());
    let seen = answer!(rig, Rights, Query::Rights(rig.app_access(APP), id.clone())).unwrap();
    assert_eq!(seen.workspace.unwrap().id, id);
    assert!(
        seen.checks.len() > 4 && seen.checks.iter().all(|check| check.outcome.is_ok()),
        "{:?}",
        seen.checks
    );

    let mut wrong = rig.app_access(APP);
    wrong.secret = SecretKey::parse("wrong8Q~secret").unwrap();
    assert_eq!(
        code(answer!(rig, Verify, Query::Verify(wrong.duplicate()))),
        "secret_wrong"
    );
    assert_eq!(
        code(answer!(rig, Workspaces, Query::Workspaces(wrong.duplicate()))),
        "secret_wrong"
    );
    assert_eq!(
        code(answer!(rig, Rights, Query::Rights(wrong, id.clone()))),
        "secret_wrong"
    );

    let seen = answer!(rig, Rights, Query::Rights(rig.app_access("reader"), id.clone())).unwrap();
    let refused: Vec<&CheckKind> = seen
        .checks
        .iter()
        .filter(|check| check.outcome.is_err())
        .map(|check| &check.what)
        .collect();
    assert!(seen.workspace.is_some() && !refused.is_empty());
    assert!(
        refused.iter().all(|kind| matches!(kind, CheckKind::Right { .. })),
        "{refused:?}"
    );
    let seen = answer!(rig, Rights, Query::Rights(rig.app_access("no-rights"), id)).unwrap();
    assert!(seen.workspace.is_none() && seen.checks[0].outcome.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_fails_does_not_hide_the_others() {
    let mut rig = Rig::start().await;
    rig.bench.plan_faults(&json!({
        "service": "arm", "path": "Microsoft.ResourceGraph", "kind": "status", "status": 403, "times": 100
    }));
    let visible = answer!(rig, Workspaces, Query::Workspaces(rig.app_access("owner"))).unwrap();
    assert!(!visible.workspaces.is_empty() && !visible.subscriptions.is_empty());
    assert_eq!(visible.incomplete.len(), 1, "{:?}", visible.incomplete);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_azure_command_line_is_read() {
    let mut rig = Rig::start().await;
    let access = rig.app_access(APP);
    let path = rig.bench.folder.path().join("app.json");
    let text = json!({
        "appId": access.app.client_id, "tenant": access.app.tenant_id, "password": access.secret.expose(), "displayName": "asw"
    });
    std::fs::write(&path, text.to_string()).unwrap();
    let document = answer!(rig, AppFile, Query::AppFile(path.clone())).unwrap();
    assert_eq!(document.client_id, access.app.client_id);
    assert_eq!(document.secret.expose(), access.secret.expose());

    std::fs::write(&path, format!("{{ \"password\": \"{}\"", access.secret.expose())).unwrap();
    let failure = answer!(rig, AppFile, Query::AppFile(path.clone())).err().unwrap();
    assert_eq!(failure.problem().code(), "invalid");
    assert!(!format!("{failure:?}").contains(access.secret.expose()));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(code(answer!(rig, AppFile, Query::AppFile(path))), "file_unreadable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_written_where_a_person_says_or_it_says_why_not() {
    let mut rig = Rig::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grant-roles.sh");
    let query = |text: &str, if_there| Query::SaveText(path.clone(), text.to_owned(), if_there);
    let written = Saved::Written(path.clone());
    let first = query("az cloud show\n", IfThere::Ask);
    assert_eq!(answer!(rig, SaveText, first).unwrap(), written);
    // What is there is not written over unless a person says so.
    let other = query("az\n", IfThere::Ask);
    assert_eq!(answer!(rig, SaveText, other).unwrap(), Saved::Kept(path.clone()));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "az cloud show\n");
    let other = query("az\n", IfThere::Replace);
    assert_eq!(answer!(rig, SaveText, other).unwrap(), written);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "az\n");
    let nowhere = folder.path().join("nowhere").join("grant-roles.sh");
    let refused = answer!(rig, SaveText, Query::SaveText(nowhere, String::new(), IfThere::Ask));
    assert_eq!(code(refused), "file_unwritable");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_we_remember_is_listed_and_what_would_go_is_counted() {
    let mut rig = Rig::start().await;
    assert!(rig.connections().is_empty());
    let none = answer!(rig, Inventory, Query::Inventory("nobody".parse().unwrap())).unwrap();
    assert!(none.groups.is_empty());

    let name = rig.create();
    let chosen = rig.setup(APP).collections.len();
    let listed = rig.connections();
    assert_eq!((listed.len(), listed[0].groups), (1, chosen));
    let run = listed[0].last_run.as_ref().unwrap();
    assert!(run.ended.is_some() && run.problem.is_none());
    let would_go = answer!(rig, Inventory, Query::Inventory(name.clone())).unwrap();
    assert_eq!(would_go.groups.len(), chosen);
    rig.bench
        .lab
        .cloud()
        .set_knob("expire_secret", &json!({ "label": APP }))
        .unwrap();
    assert_eq!(code(answer!(rig, Inventory, Query::Inventory(name))), "secret_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_query_ends_at_once() {
    let mut rig = Rig::start().await;
    rig.bench
        .plan_faults(&json!({ "service": "site", "path": "*", "kind": "hold", "times": 1 }));
    let ticket = rig.query(Query::Site(rig.site_access()));
    let held = async |rig: &Rig, wanted: fn(usize) -> bool| {
        let waiting = rig.bench.lab.faults().wait_for_held(wanted);
        tokio::time::timeout(Duration::from_secs(30), waiting)
            .await
            .expect("never came");
    };
    held(&rig, |held| held > 0).await;
    rig.abandon(ticket);
    held(&rig, |held| held == 0).await; // the client has gone away
    answer!(rig, Site, Query::Site(rig.site_access())).unwrap();
    assert!(!rig.is_answered(ticket));
}
