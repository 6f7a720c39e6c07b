//! The main job, command by command, against the lab: real sockets, real TLS, real NTLM.

use serde_json::json;

use crate::harness::{Bench, small};

/// The app whose only right is Contributor on the workspace.
const APP: &str = "workspace-contributor";

#[tokio::test(flavor = "multi_thread")]
async fn groups_equal_the_truth_from_the_first_run_on() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    let report = bench.asw("", &["--json", "sync", &name]).await.ending(0).json();
    assert!(
        report["collections"]
            .as_array()
            .unwrap()
            .iter()
            .all(|each| each["outcome"] == "published"),
        "{report}"
    );
    assert_eq!(bench.groups(&name).await, bench.truth());

    // Nothing moved: nothing is read, nothing is written.
    let before = bench.lab.requests().records().len();
    let report = bench.asw("", &["--json", "sync", &name]).await.ending(0).json();
    assert!(
        report["collections"]
            .as_array()
            .unwrap()
            .iter()
            .all(|each| each["outcome"] == "unmoved"),
        "{report}"
    );
    assert!(
        bench.lab.requests().records().len() - before < 20,
        "an unmoved run asks for little"
    );

    assert!(bench.lab.site().churn(7, 40, bench.lab.clock().now()) > 0);
    bench.asw("", &["sync", &name]).await.ending(0);
    assert_eq!(bench.groups(&name).await, bench.truth());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_larger_than_one_text_is_cut_and_put_together_again() {
    let bench = Bench::start(azure_services_wizard::lab::LabConfig {
        devices: 1_500,
        collections: 12,
        ..small()
    })
    .await;
    let name = bench.connected(APP).await;
    let report = bench.asw("", &["--json", "sync", &name]).await.ending(0).json();
    let parts: u64 = report["collections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["parts"].as_u64().unwrap())
        .max()
        .unwrap();
    assert!(parts > 3, "{report}");
    assert_eq!(bench.groups(&name).await, bench.truth());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_takes_shorter_texts_only_is_learned() {
    let bench = Bench::start(small()).await;
    bench.lab.cloud().set_knob("query_chars", &json!(3_000)).unwrap();
    let name = bench.connected(APP).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    assert_eq!(bench.groups(&name).await, bench.truth());
    // Learned for good: the next full run is not refused once.
    let refused = |bench: &Bench| {
        bench
            .lab
            .requests()
            .records()
            .iter()
            .filter(|request| request.status == Some(400))
            .count()
    };
    let before = refused(&bench);
    assert!(before > 0);
    bench.asw("", &["sync", &name, "--full"]).await.ending(0);
    assert_eq!(refused(&bench), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ours_is_never_touched() {
    let bench = Bench::start(small()).await;
    let workspace = bench.lab.info().workspaces.first().unwrap().resource_id.clone();
    let before = bench.lab.cloud().saved_search_ids(&workspace);
    assert!(!before.is_empty(), "the lab has saved searches of others");
    let name = bench.connected(APP).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    bench.asw("", &["remove", &name, "--yes"]).await.ending(0);
    assert_eq!(bench.lab.cloud().saved_search_ids(&workspace), before);
    assert!(bench.asw("", &["list"]).await.ending(0).out.contains("No connections"));
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_says_each_thing() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    let said = bench.asw("", &["--json", "verify", &name]).await.ending(0).json();
    assert!(
        said["checks"]
            .as_array()
            .unwrap()
            .iter()
            .all(|check| check["passed"] == true),
        "{said}"
    );
    bench
        .lab
        .cloud()
        .set_knob("expire_secret", &json!({ "label": APP }))
        .unwrap();
    let said = bench.asw("", &["--json", "verify", &name]).await.ending(3).json();
    assert_eq!(said["error"]["code"], "checks_failed");
    let passed = |check: &str| {
        said["checks"]
            .as_array()
            .unwrap()
            .iter()
            .find(|each| each["check"] == check)
            .unwrap()["passed"]
            .clone()
    };
    assert_eq!(
        (passed("secret"), passed("site")),
        (json!(false), json!(true)),
        "the site is looked at all the same"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_takes_over_only_when_azure_lets_it_in() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    let next = bench
        .lab
        .info()
        .apps
        .iter()
        .find(|app| app.label == APP)
        .unwrap()
        .next_secret
        .clone();
    let line = json!({ "client_secret": next }).to_string();
    let renew = [
        "--secrets-stdin",
        "--json",
        "update-secret",
        &name,
        "--expires",
        "2030-01-31",
    ];

    let said = bench.asw(&line, &renew).await.ending(3).json();
    assert_eq!(said["error"]["code"], "secret_wrong");
    bench.asw("", &["sync", &name]).await.ending(0);

    bench
        .lab
        .cloud()
        .set_knob("rotate_secret", &json!({ "label": APP }))
        .unwrap();
    bench.asw(&line, &renew).await.ending(0);
    bench
        .lab
        .cloud()
        .set_knob("expire_secret", &json!({ "label": APP }))
        .unwrap();
    bench.asw("", &["sync", &name, "--full"]).await.ending(0);
    let shown = bench.asw("", &["--json", "show", &name]).await.ending(0).json();
    assert_eq!(shown["connection"]["app"]["secret_expiry"], "2030-01-31");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_changes_nothing() {
    let bench = Bench::start(small()).await;
    let setup = bench.setup(APP);
    let said = bench
        .asw(
            &bench.secrets(APP),
            &["--secrets-stdin", "--json", "connect", "--file", &setup, "--plan"],
        )
        .await
        .ending(0);
    assert_eq!(said.json()["plan"].as_array().unwrap().len(), 10);
    assert!(bench.saved_searches().await.is_empty());
    assert!(bench.asw("", &["list"]).await.ending(0).out.contains("No connections"));
    // The app that may not write is told so before anything is made.
    let setup = bench.setup("reader");
    let said = bench
        .asw(
            &bench.secrets("reader"),
            &["--secrets-stdin", "--json", "connect", "--file", &setup, "--plan"],
        )
        .await
        .ending(3);
    assert!(said.out.contains("savedSearches/write"), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_twice_makes_one_connection() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    assert_eq!(bench.connected(APP).await, name);
    let listed = bench.asw("", &["--json", "list"]).await.ending(0).json();
    assert_eq!(listed["connections"].as_array().unwrap().len(), 1);
    assert_eq!(bench.saved_searches().await.len(), 1, "one record");
    // The same name for something else is refused.
    let other = bench.setup_set(APP, &[("description", "\"another\""), ("import", "false")]);
    let said = bench
        .asw(
            &bench.secrets(APP),
            &["--secrets-stdin", "--json", "connect", "--file", &other],
        )
        .await
        .ending(2);
    assert_eq!(said.json()["error"]["code"], "name_taken");
}

/// A count that is off for good: not believed at once, then published with a note.
#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_counts_wrong_is_believed_the_second_time() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench
        .lab
        .site()
        .set_knob("member_count_off", &json!({ "PS100014": -3 }))
        .unwrap();
    let outcome = |said: &serde_json::Value| {
        let all = said["collections"].as_array().unwrap();
        all.iter().find(|each| each["id"] == "PS100014").unwrap()["outcome"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let said = bench.asw("", &["--json", "sync", &name]).await.ending(6).json();
    assert_eq!(outcome(&said), "not_settled", "{said}");
    let said = bench.asw("", &["--json", "sync", &name]).await.ending(0).json();
    assert_eq!(outcome(&said), "published", "{said}");
    assert!(
        said["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|warning| warning["code"] == "count_off"),
        "{said}"
    );
    assert_eq!(bench.groups(&name).await, bench.truth());
}

/// The tenant's name is friendly text: only a domain is compared with the ID, and a mismatch warns.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_name_that_does_not_fit_warns() {
    let bench = Bench::start(small()).await;
    let national = bench.lab.cloud().national_tenants().remove(0).name;
    for (name, warning) in [
        ("Contoso Ltd", None),
        ("nobody.example", Some("tenant_name_unknown")),
        (national.as_str(), Some("tenant_name_elsewhere")),
    ] {
        let setup = bench.setup_set(APP, &[("tenant_name", &format!("{name:?}"))]);
        let words = ["--secrets-stdin", "--json", "connect", "--file", &setup, "--plan"];
        let said = bench.asw(&bench.secrets(APP), &words).await.ending(0).json();
        let codes: Vec<&str> = said["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|each| each["code"].as_str())
            .collect();
        let about_the_name: Vec<&str> = codes
            .into_iter()
            .filter(|code| code.starts_with("tenant_name"))
            .collect();
        assert_eq!(about_the_name, warning.into_iter().collect::<Vec<_>>(), "{name}");
    }
}

/// The site's own root in a file is trust enough: as PEM, and as the DER that Windows exports.
#[tokio::test(flavor = "multi_thread")]
async fn a_root_from_a_file_is_trusted() {
    let bench = Bench::start(small()).await;
    let pem = std::fs::read(bench.lab.site_root_file().unwrap()).unwrap();
    let der = x509_parser::pem::parse_x509_pem(&pem).unwrap().1.contents;
    std::fs::write(bench.folder.path().join("root.cer"), der).unwrap();
    let setup = bench.setup_set(APP, &[("trust", "\"file:root.cer\"")]);
    let words = ["--secrets-stdin", "connect", "--plan", "--file", &setup];
    bench.asw(&bench.secrets(APP), &words).await.ending(0);

    let root = format!("\"pem:{}\"", bench.lab.site_root_file().unwrap().display());
    let setup = bench.setup_set(APP, &[("trust", &root)]);
    let words = ["--secrets-stdin", "connect", "--file", &setup];
    bench.asw(&bench.secrets(APP), &words).await.ending(0);
    bench.asw("", &["sync"]).await.ending(0);
}

/// A connection belongs to one site for life.
#[tokio::test(flavor = "multi_thread")]
async fn another_site_at_the_same_address_is_refused() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench.lab.site().set_knob("hierarchy", &json!("cas")).unwrap();
    let said = bench.asw("", &["--json", "sync", &name]).await.ending(4).json();
    assert_eq!(said["error"]["code"], "site_changed");
    let setup = bench.setup(APP);
    let again = ["--secrets-stdin", "--json", "connect", "--file", &setup];
    let said = bench.asw(&bench.secrets(APP), &again).await.ending(4).json();
    assert_eq!(said["error"]["code"], "site_changed");
}

/// A site that gets a central administration site above it is no longer the top: nothing is published, nothing is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_gets_a_parent_says_that_the_hierarchy_changed() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let before = bench
        .asw("", &["--json", "groups", &name, "--members"])
        .await
        .ending(0)
        .json();
    bench.lab.site().set_knob("hierarchy", &json!("child")).unwrap();
    let said = bench.asw("", &["--json", "sync", &name]).await.ending(4).json();
    assert_eq!(said["error"]["code"], "hierarchy_changed");
    assert!(
        said["error"]["next_step"]
            .as_str()
            .unwrap()
            .contains("cas01.corp.example"),
        "{said}"
    );
    let after = bench
        .asw("", &["--json", "groups", &name, "--members"])
        .await
        .ending(0)
        .json();
    assert_eq!(after, before);

    bench.lab.site().set_knob("hierarchy", &json!("standalone")).unwrap();
    bench.asw("", &["sync", &name]).await.ending(0);
}

/// What keeps a run from beginning is remembered, so that a status read weeks later does not look well.
#[tokio::test(flavor = "multi_thread")]
async fn status_says_why_the_last_run_failed() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    bench
        .lab
        .cloud()
        .set_knob("expire_secret", &json!({ "label": APP }))
        .unwrap();
    bench.asw("", &["sync", &name, "--full"]).await.ending(3);
    let status = bench.asw("", &["--json", "status", &name]).await.ending(0).json();
    assert_eq!(
        status["connections"][0]["last_run"]["error"]["code"], "secret_expired",
        "{status}"
    );
    assert!(
        bench
            .asw("", &["status"])
            .await
            .ending(0)
            .out
            .contains("failed: The secret key has expired")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shows_a_planted_loss() {
    let bench = Bench::start(small()).await;
    let words = ["--json", "demo", "--devices", "300", "--collections", "12"];
    let said = bench.asw("", &words).await.ending(0).json();
    assert_eq!(said["differ"], json!([]));
    let fault = bench.folder.path().join("fault.json");
    let planted = json!({ "service": "arm", "method": "PUT", "path": "-ps1000", "kind": "lose", "times": 1000 });
    std::fs::write(&fault, planted.to_string()).unwrap();
    let fault = fault.display().to_string();
    let said = bench
        .asw("", &[&words[..], &["--fault", &fault]].concat())
        .await
        .ending(1)
        .json();
    assert_eq!(said["error"]["code"], "demo_differs");
    assert_ne!(said["differ"], json!([]));
}
