//! The report for a ticket: every layer, with and without Azure, site, keyring and database; and no secret in it.

use azure_services_wizard::store::FILE;
use serde_json::{Value, json};

use crate::harness::{Bench, finish, small};
use crate::history::{ON, connect};
use crate::leaks::found;
use crate::secret_service::SecretServiceSession;

/// What became of each layer: true, false, or null where it was not looked at. Of several with one name the worst.
fn layers(json: &Value) -> Value {
    let mut found = json!({});
    for each in json["layers"].as_array().unwrap() {
        let layer = each["layer"].as_str().unwrap();
        if found[layer] != json!(false) {
            found[layer] = each["passed"].clone();
        }
    }
    found
}

async fn diagnosed(bench: &Bench, name: &str) -> Value {
    bench.asw("", &["--json", "diagnose", name]).await.ending(0).json()
}

async fn connected(bench: &Bench) -> String {
    connect(bench, "ready", ON).await.ending(0);
    let name = crate::history::name(bench).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    name
}

#[tokio::test(flavor = "multi_thread")]
async fn every_layer_of_a_healthy_connection_passes() {
    let bench = Bench::start(small()).await;
    let name = connected(&bench).await;
    let before = bench.lab.cloud().rows().len();
    let said = diagnosed(&bench, &name).await;
    let mut seen = layers(&said);
    // This machine may have no scheduler for a test's account.
    assert!(seen.as_object_mut().unwrap().remove("schedule").is_some());
    let passed = [
        "data_folder",
        "store",
        "keyring",
        "secret_key",
        "tenant",
        "secret",
        "subscriptions",
        "workspace",
        "right",
        "history_right",
        "query",
        "ingestion",
        "site_password",
        "site",
        "collections",
    ];
    assert_eq!(
        seen,
        passed
            .iter()
            .map(|layer| ((*layer).to_owned(), json!(true)))
            .collect::<Value>()
    );
    let report = said["report"].as_str().unwrap();
    for words in [
        env!("CARGO_PKG_VERSION"),
        "== Connection ==",
        "publication: ",
        "published, 0 unchanged, 0 failed",
    ] {
        assert!(report.contains(words), "{words}\n{report}");
    }
    assert_eq!(bench.lab.cloud().rows().len(), before, "nothing is written");

    let file = bench.folder.path().join("report.txt").display().to_string();
    let said = bench.asw("", &["diagnose", &name, "--out", &file]).await.ending(0);
    assert!(said.out.contains(&file), "{}", said.out);
    assert!(std::fs::read_to_string(&file).unwrap().contains("== Checks =="));
    let asked = bench.lab.requests().records().len();
    bench.asw("", &["diagnose", &name, "--out", &file]).await.ending(2);
    assert_eq!(
        bench.lab.requests().records().len(),
        asked,
        "said before anything is looked at"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_that_lacks_its_record_of_runs_is_in_the_report() {
    let bench = Bench::start(small()).await;
    let name = connected(&bench).await;
    rusqlite::Connection::open(bench.data().join(FILE))
        .unwrap()
        .execute_batch("ALTER TABLE runs RENAME TO gone")
        .unwrap();
    let said = diagnosed(&bench, &name).await;
    let seen = layers(&said);
    assert_eq!(
        (&seen["store"], &seen["keyring"]),
        (&json!(false), &json!(true)),
        "{said}"
    );
    let report = said["report"].as_str().unwrap();
    assert!(
        report.contains("FAILED") && report.contains("no such table: runs"),
        "{report}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_is_told_while_the_other_is_out_of_reach() {
    let bench = Bench::start(small()).await;
    let name = connected(&bench).await;
    bench.plan_faults(&json!([
        { "service": "entra", "path": "*", "kind": "drop" },
        { "service": "arm", "path": "*", "kind": "drop" }
    ]));
    let said = diagnosed(&bench, &name).await;
    let seen = layers(&said);
    assert_eq!(
        (
            &seen["tenant"],
            &seen["workspace"],
            &seen["query"],
            &seen["ingestion"],
            &seen["site"]
        ),
        (&json!(false), &Value::Null, &Value::Null, &Value::Null, &json!(true)),
        "{said}"
    );
    bench.lab.faults().clear();
    bench.plan_faults(&json!({ "service": "site", "path": "*", "kind": "drop" }));
    let said = diagnosed(&bench, &name).await;
    let seen = layers(&said);
    assert_eq!(
        (&seen["site"], &seen["collections"], &seen["query"], &seen["ingestion"]),
        (&json!(false), &Value::Null, &json!(true), &json!(true)),
        "{said}"
    );
    assert!(said["failed"].as_u64().unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn this_machine_alone_and_a_database_that_is_none() {
    let bench = Bench::start(small()).await;
    let said = bench.asw("", &["--json", "diagnose"]).await.ending(0).json();
    let seen = layers(&said);
    assert_eq!(
        (&seen["data_folder"], &seen["store"]),
        (&json!(true), &json!(true)),
        "{said}"
    );
    assert!(seen["secret"].is_null() && said["name"].is_null(), "{said}");
    let unknown = bench.asw("", &["--json", "diagnose", "nobody"]).await.ending(2);
    assert_eq!(unknown.json()["error"]["code"], "no_such_connection");

    std::fs::write(bench.data().join("asw.db"), "this is no database, it is a text").unwrap();
    let said = bench.asw("", &["--json", "diagnose", "nobody"]).await.ending(0).json();
    assert_eq!(layers(&said)["store"], json!(false), "{said}");
    assert!(
        said["report"].as_str().unwrap().contains("FAILED      Database"),
        "{said}"
    );
}

/// A process of its own, with a log, a real keyring and a proxy that has a password.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_a_report() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    let bench = Bench::start(small()).await;
    let mut environment = keyring.env().to_vec();
    environment.push(("ALL_PROXY", "http://ada:pr0xy-s3cret@proxy.invalid:8080".into()));
    environment.push(("NO_PROXY", "localhost,127.0.0.1".into()));
    let asw = |words: &[&str]| bench.process(words, &environment);
    let setup = bench.setup_set("ready", &[ON, ("name", "\"Contoso\"")]);
    let connect = asw(&["--log-level", "trace", "--secrets-stdin", "connect", "--file", &setup]);
    finish(connect, &bench.secrets("ready")).await.ending(0);
    // Something for the log and for the runs.
    bench
        .lab
        .cloud()
        .set_knob("expire_secret", &json!({ "label": "ready" }))
        .unwrap();
    finish(asw(&["sync", "Contoso"]), "").await.ending(3);
    let said = finish(asw(&["--json", "diagnose", "Contoso"]), "").await.ending(0);
    let info = bench.lab.info();
    let app = info.apps.iter().find(|app| app.label == "ready").unwrap();
    let mut secrets = vec![
        ("the secret key".to_owned(), app.secret.clone()),
        ("the site password".to_owned(), info.site.password.clone()),
        ("the proxy's password".to_owned(), "pr0xy-s3cret".to_owned()),
    ];
    let tokens = bench.lab.cloud().issued_tokens();
    assert!(!tokens.is_empty());
    secrets.extend(tokens.into_iter().map(|token| ("a token".to_owned(), token)));
    let all = [said.out.as_bytes(), said.err.as_bytes()].concat();
    assert_eq!(found("the report", &all, &secrets), Vec::<String>::new());

    let report = said.json()["report"].as_str().unwrap().to_owned();
    assert!(
        report.contains("ALL_PROXY=http://(hidden)@proxy.invalid:8080"),
        "{report}"
    );
    // What a ticket needs: why the last run failed, and the ID by which Azure finds the request.
    assert!(report.contains("failed (secret_expired)"), "{report}");
    let log = report
        .split("== Latest warnings and errors of the log ==")
        .nth(1)
        .unwrap();
    assert!(log.contains("Trace ID") || log.contains("Correlation ID"), "{log}");
    // The same search finds one that is there.
    let planted = format!("{report}{}", app.secret);
    assert!(!found("planted", planted.as_bytes(), &secrets).is_empty());
}
