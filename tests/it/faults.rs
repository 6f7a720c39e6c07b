//! Bad input and faults: each ends in its own sentence and exit code, and nothing is half done in silence.

use azure_services_wizard::lab::LabConfig;
use azure_services_wizard::platform::RunLock;
use serde_json::{Value, json};

use crate::harness::{Bench, Said, finish, not_run, process, small};
use crate::secret_service::SecretServiceSession;

const APP: &str = "workspace-contributor";

/// What a fault must say, where it must not leave anything behind.
struct Row {
    code: &'static str,
    exit: u8,
    says: &'static str,
}

impl Row {
    const fn new(code: &'static str, exit: u8, says: &'static str) -> Self {
        Self { code, exit, says }
    }

    #[track_caller]
    fn holds(&self, said: Said) -> Value {
        let said = said.ending(self.exit);
        let error = said.json()["error"].clone();
        assert_eq!(error["code"], self.code, "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains(self.says),
            "\"{message}\" does not say \"{}\"",
            self.says
        );
        assert!(!error["next_step"].as_str().unwrap().is_empty());
        error
    }
}

/// `connect` fails as it should, and leaves nothing: no connection, no saved search.
async fn refused(bench: &Bench, setup: &str, secrets: &str, row: Row) -> Value {
    let said = bench
        .asw(secrets, &["--secrets-stdin", "--json", "connect", "--file", setup])
        .await;
    let error = row.holds(said);
    let listed = bench.asw("", &["--json", "list"]).await.ending(0).json();
    assert_eq!(listed["connections"], json!([]), "something was left behind");
    assert!(bench.saved_searches().await.is_empty());
    error
}

const NOBODY: &str = "\"00000000-1111-2222-3333-444444444444\"";

#[tokio::test(flavor = "multi_thread")]
async fn azure_refuses_the_app() {
    let bench = Bench::start(small()).await;
    let good = bench.secrets(APP);
    let with_secret = |secret: &str| {
        let mut line: Value = serde_json::from_str(&good).unwrap();
        line["client_secret"] = secret.into();
        line.to_string()
    };

    let setup = bench.setup_set(APP, &[("tenant_id", NOBODY)]);
    refused(
        &bench,
        &setup,
        &good,
        Row::new("tenant_not_found", 3, "There is no tenant \"00000000-1111"),
    )
    .await;
    let setup = bench.setup_set(APP, &[("client_id", NOBODY)]);
    let error = refused(
        &bench,
        &setup,
        &good,
        Row::new("client_unknown", 3, "no app registration with the client ID 00000000"),
    )
    .await;
    assert!(
        error["details"]["Trace ID"].is_string() && error["details"]["Correlation ID"].is_string(),
        "{error}"
    );

    let setup = bench.setup(APP);
    refused(
        &bench,
        &setup,
        &with_secret("wrong8Q~secret"),
        Row::new("secret_wrong", 3, "not one of this app's"),
    )
    .await;
    let id = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    refused(
        &bench,
        &setup,
        &with_secret(id),
        Row::new("secret_wrong", 3, "looks like the secret's ID, not its value"),
    )
    .await;
    for (label, row) in [
        ("expired-secret", Row::new("secret_expired", 3, "has expired")),
        (
            "disabled-app",
            Row::new("app_disabled", 3, "is disabled in this tenant"),
        ),
        (
            "no-service-principal",
            Row::new("no_service_principal", 3, "no enterprise application"),
        ),
    ] {
        refused(&bench, &bench.setup(label), &bench.secrets(label), row).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn azure_refuses_rights_or_workspace() {
    let bench = Bench::start(small()).await;
    refused(
        &bench,
        &bench.setup("no-rights"),
        &bench.secrets("no-rights"),
        Row::new(
            "not_allowed",
            3,
            "may not do Microsoft.OperationalInsights/workspaces/read",
        ),
    )
    .await;
    refused(
        &bench,
        &bench.setup("reader"),
        &bench.secrets("reader"),
        Row::new(
            "not_allowed",
            3,
            "may not do Microsoft.OperationalInsights/workspaces/savedSearches/write",
        ),
    )
    .await;
    let workspace = bench.lab.info().workspaces.first().unwrap().resource_id.clone();
    let name = workspace.rsplit('/').next().unwrap().to_owned();
    let setup = bench.setup_with("owner", &[(&format!("/{name}\""), "/nowhere\"")]);
    refused(
        &bench,
        &setup,
        &bench.secrets("owner"),
        Row::new("workspace_not_found", 3, "does not exist, or the app may not see it"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_site_refuses() {
    let bench = Bench::start(small()).await;
    let good = bench.secrets(APP);

    let setup = bench.setup_set(APP, &[("trust", "\"system\"")]);
    let error = refused(
        &bench,
        &setup,
        &good,
        Row::new("certificate_unknown", 4, "is not trusted"),
    )
    .await;
    let shown = bench.lab.info().site.sha256.clone().unwrap();
    assert!(
        error["message"].as_str().unwrap().contains(&shown),
        "the fingerprint is shown: {error}"
    );

    let other = format!("\"sha256:{}\"", "ab".repeat(32));
    let setup = bench.setup_set(APP, &[("trust", &other)]);
    let error = refused(&bench, &setup, &good, Row::new("certificate_changed", 4, "has changed")).await;
    assert!(
        error["message"].as_str().unwrap().contains(&shown),
        "both fingerprints are shown: {error}"
    );

    let mut wrong: Value = serde_json::from_str(&good).unwrap();
    wrong["site_password"] = "not the password".into();
    refused(
        &bench,
        &bench.setup(APP),
        &wrong.to_string(),
        Row::new("account_refused", 4, "refused the account CORP\\admin or its password"),
    )
    .await;

    let (_, user, password) = bench
        .lab
        .site()
        .accounts()
        .into_iter()
        .find(|(_, account, _)| account == "CORP\\user")
        .unwrap();
    let mut line: Value = serde_json::from_str(&good).unwrap();
    line["site_password"] = password.into();
    let setup = bench.setup_set(APP, &[("account", &format!("{user:?}"))]);
    refused(
        &bench,
        &setup,
        &line.to_string(),
        Row::new("no_configmgr_rights", 4, "has no rights in Configuration Manager"),
    )
    .await;

    bench.lab.site().set_knob("role", &json!("iis")).unwrap();
    refused(
        &bench,
        &bench.setup(APP),
        &good,
        Row::new("not_a_provider", 4, "it is not an SMS Provider"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_on_2509_takes_no_ntlm() {
    let bench = Bench::start(LabConfig {
        site_build: 9141,
        ..small()
    })
    .await;
    refused(
        &bench,
        &bench.setup(APP),
        &bench.secrets(APP),
        Row::new("ntlm_refused", 4, "2509 and later need Kerberos"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_primary_names_the_top() {
    let bench = Bench::start(small()).await;
    bench.lab.site().set_knob("hierarchy", &json!("child")).unwrap();
    refused(
        &bench,
        &bench.setup(APP),
        &bench.secrets(APP),
        Row::new("child_primary", 4, "the top of the hierarchy, which is CAS"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_that_are_not_there() {
    let bench = Bench::start(small()).await;
    let setup = bench.setup_set(APP, &[("collections", "[\"PS1FFFFF\", \"SMS00001\"]")]);
    refused(
        &bench,
        &setup,
        &bench.secrets(APP),
        Row::new("collections_not_found", 4, "the collection: PS1FFFFF"),
    )
    .await;
    let setup = bench.setup_set(APP, &[("collections", "[\"SMS00002\"]")]);
    refused(
        &bench,
        &setup,
        &bench.secrets(APP),
        Row::new("not_a_device_collection", 4, "SMS00002 does not hold devices"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_answers() {
    let bench = Bench::start(small()).await;
    // A port that was free a moment ago and that nobody listens on now.
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let setup = bench.setup_set(APP, &[("provider", &format!("\"localhost:{closed}\""))]);
    refused(
        &bench,
        &setup,
        &bench.secrets(APP),
        Row::new("site_unreachable", 5, "cannot be reached"),
    )
    .await;
    bench.plan_faults(&json!({ "service": "arm", "path": "*", "kind": "drop", "times": 1000 }));
    let said = bench
        .asw(
            &bench.secrets(APP),
            &["--secrets-stdin", "--json", "connect", "--file", &bench.setup(APP)],
        )
        .await
        .ending(5);
    assert!(
        ["unreachable", "cut_off"].contains(&said.json()["error"]["code"].as_str().unwrap()),
        "{}",
        said.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_none() {
    for (fault, row) in [
        (
            json!({ "service": "site", "path": "*", "kind": "truncate", "times": 1000 }),
            Row::new("cut_off", 5, "ended midway"),
        ),
        (
            json!({ "service": "arm", "path": "*", "kind": "truncate", "times": 1000 }),
            Row::new("cut_off", 5, "ended midway"),
        ),
        (
            json!({ "service": "site", "path": "*", "kind": "garbage", "times": 1000 }),
            Row::new("not_a_provider", 4, "it is not an SMS Provider"),
        ),
        (
            json!({ "service": "site", "path": "SMS_Collection", "kind": "garbage", "times": 1000 }),
            Row::new("not_understood", 1, "answered something that is not"),
        ),
        (
            json!({ "service": "arm", "path": "*", "kind": "garbage", "times": 1000 }),
            Row::new("not_understood", 1, "answered something that is not"),
        ),
        (
            json!({ "service": "entra", "path": "*", "kind": "garbage", "times": 1000 }),
            Row::new("not_understood", 1, "answered something that is not"),
        ),
        (
            json!({ "service": "arm", "path": "*", "kind": "status", "status": 503, "times": 1000 }),
            Row::new("unavailable", 5, "out of order at the moment (HTTP 503)"),
        ),
        (
            json!({ "service": "arm", "path": "*", "kind": "status", "status": 429, "retry_after": 0, "times": 1000 }),
            Row::new("throttled", 5, "asked too much"),
        ),
    ] {
        let bench = Bench::start(small()).await;
        bench.plan_faults(&fault);
        let said = bench
            .asw(
                &bench.secrets(APP),
                &["--secrets-stdin", "--json", "connect", "--file", &bench.setup(APP)],
            )
            .await;
        row.holds(said);
    }
}

/// A short trouble is ridden out, and nobody hears of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_short_trouble_is_ridden_out() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench.plan_faults(&json!([
        { "service": "arm", "path": "savedSearches", "method": "PUT", "kind": "status", "status": 429, "retry_after": 1, "times": 1 },
        { "service": "arm", "path": "savedSearches", "method": "PUT", "kind": "drop", "phase": "after", "after": 3, "times": 1 },
        { "service": "arm", "path": "savedSearches", "method": "PUT", "kind": "status", "status": 503, "after": 5, "times": 1 },
        { "service": "site", "path": "SMS_R_System", "kind": "truncate", "times": 1 },
        { "service": "site", "path": "SMS_FullCollectionMembership", "kind": "drop", "after": 2, "times": 1 },
    ]));
    bench.asw("", &["sync", &name]).await.ending(0);
    assert_eq!(bench.groups(&name).await, bench.truth());
}

/// One collection's trouble does not stop the others, and the run says which part is missing.
#[tokio::test(flavor = "multi_thread")]
async fn partly_done_is_said() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench
        .plan_faults(&json!({ "service": "arm", "path": "-sms00001", "method": "PUT", "kind": "lose", "times": 1000 }));
    let said = bench.asw("", &["--json", "sync", &name]).await.ending(6).json();
    let failed: Vec<&Value> = said["collections"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|each| each["outcome"] == "failed")
        .collect();
    assert_eq!(failed.len(), 1, "{said}");
    assert_eq!(
        (failed[0]["id"].as_str(), failed[0]["error"]["code"].as_str()),
        (Some("SMS00001"), Some("not_stored"))
    );
    let status = bench.asw("", &["status", &name]).await.ending(0).out;
    assert!(status.contains("does not show it as it was sent"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_is_told_to_wait() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    let shown = bench.asw("", &["--json", "show", &name]).await.json();
    let id = shown["connection"]["id"].as_str().unwrap().parse().unwrap();
    let held = RunLock::acquire(&bench.data(), &id)
        .unwrap()
        .expect("nobody else has it");
    Row::new("busy", 7, "Another run of").holds(bench.asw("", &["--json", "sync", &name]).await);
    Row::new("busy", 7, "Another run of").holds(bench.asw("", &["--json", "remove", &name, "--yes"]).await);
    drop(held);
    bench.asw("", &["sync", &name]).await.ending(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_in_the_set_up_has_a_line_and_a_column() {
    let bench = Bench::start(small()).await;
    let setup = bench.setup_with(APP, &[("tenant_id", "tenant_ID")]);
    let text = std::fs::read_to_string(&setup).unwrap();
    let line = text.lines().position(|line| line.starts_with("tenant_ID")).unwrap() + 1;
    let says: &'static str = Box::leak(format!("line {line}, column 1: unknown field `tenant_ID`").into_boxed_str());
    refused(&bench, &setup, "{}", Row::new("file_malformed", 2, says)).await;
    let missing = Row::new("file_unreadable", 2, "cannot be read");
    missing.holds(
        bench
            .asw("", &["--json", "connect", "--file", "no-such-file.toml"])
            .await,
    );
    let no_root = bench.setup_set(APP, &[("trust", "\"pem:no-such-root.pem\"")]);
    refused(
        &bench,
        &no_root,
        "{}",
        Row::new("file_unreadable", 2, "no-such-root.pem"),
    )
    .await;
    let moon = bench.setup_set(APP, &[("environment", "\"AzureMoonCloud\"")]);
    refused(
        &bench,
        &moon,
        "{}",
        Row::new("environment_unknown", 2, "AzureMoonCloud"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_is_one_document_too() {
    let bench = Bench::start(small()).await;
    Row::new("usage", 2, "").holds(bench.asw("", &["--json", "sink"]).await);
    Row::new("no_such_connection", 2, "this account has none yet")
        .holds(bench.asw("", &["--json", "sync", "Contoso"]).await);
    let setup = bench.setup(APP);
    Row::new("secrets_missing", 2, "is missing").holds(bench.asw("", &["--json", "connect", "--file", &setup]).await);
    Row::new("usage", 2, "column").holds(
        bench
            .asw("{nonsense", &["--secrets-stdin", "--json", "connect", "--file", &setup])
            .await,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_version_is_left_alone() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    let file = bench.data().join("asw.db");
    rusqlite::Connection::open(&file)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    Row::new("database_newer", 1, "written by a newer version").holds(bench.asw("", &["--json", "sync", &name]).await);
    let version: i64 = rusqlite::Connection::open(&file)
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 99);
}

/// A real volume without room: the run says so, and what stands in the workspace stays whole.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_harms_nothing() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let before = bench.truth();
    bench.lab.site().churn(3, 30, bench.lab.clock().now());
    let after = bench.truth();

    // The data folder on a volume of its own, filled to the last byte. Only this process sees the volume.
    let volume = bench.folder.path().join("volume");
    std::fs::create_dir(&volume).unwrap();
    let script = "mount -t tmpfs -o size=512k tmpfs \"$1\" || exit 99\ncp -r \"$2\"/. \"$1\"\n\
                  dd if=/dev/zero of=\"$1/filler\" bs=1k 2>/dev/null\n\
                  exec \"$3\" --data-dir \"$1\" --json --secrets-stdin --secrets-in-memory sync --full";
    let unshare: &[&str] = &["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"];
    let mut command = tokio::process::Command::new("unshare");
    command
        .args(unshare)
        .args([&volume, &bench.data()])
        .arg(env!("CARGO_BIN_EXE_asw"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true);
    let said = finish(command, &bench.secrets(APP)).await;
    let cannot = said.exit == 99 || said.err.contains("unshare");
    if cannot && std::env::var_os("ASW_REQUIRE_TMPFS").is_none() {
        not_run(&format!(
            "this machine does not let a test mount a volume ({})",
            said.err.trim()
        ));
        return;
    }
    Row::new("disk_full", 1, "no room left").holds(said);
    for (id, computers) in bench.groups(&name).await {
        assert!(
            before[&id] == computers || after[&id] == computers,
            "{id} is neither the old nor the new membership"
        );
    }
    bench.asw("", &["sync", &name]).await.ending(0);
    assert_eq!(bench.groups(&name).await, after);
}

/// A certificate that changes after it was accepted stops everything, and both fingerprints are shown.
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_changes_later_stops_everything() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    let accepted = bench.lab.info().site.sha256.clone().unwrap();
    let url = format!("{}/site-certificate", bench.lab.info().control);
    let answer = reqwest::Client::new().post(url).body("{}").send().await.unwrap();
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let error =
        Row::new("certificate_changed", 4, "has changed").holds(bench.asw("", &["--json", "sync", &name]).await);
    for fingerprint in [accepted.as_str(), answer["sha256"].as_str().unwrap()] {
        assert!(error["message"].as_str().unwrap().contains(fingerprint), "{error}");
    }
}

/// A keyring that is there but locked: said before anything is asked or made.
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keyring_is_said() {
    let Some(keyring) = SecretServiceSession::start_locked() else {
        return;
    };
    let bench = Bench::start(small()).await;
    let setup = bench.setup(APP);
    let words = ["--secrets-stdin", "--json", "connect", "--file", &setup];
    // The keyring's program takes a moment until it is on the bus; until then there is none.
    for _ in 0..200 {
        let said = finish(process(&bench.data(), &words, &keyring.env()), &bench.secrets(APP)).await;
        if said.json()["error"]["code"] == "no_keyring" {
            continue;
        }
        Row::new("keyring_locked", 1, "locked or refuses access").holds(said);
        assert!(bench.saved_searches().await.is_empty());
        let listed = finish(process(&bench.data(), &["--json", "list"], &keyring.env()), "")
            .await
            .ending(0)
            .json();
        assert_eq!(listed["connections"], json!([]), "what was begun is taken away again");
        return;
    }
    panic!("the keyring never came up");
}

/// Without a session bus there is no keyring: said before anything is asked or made, with the way out.
#[tokio::test(flavor = "multi_thread")]
async fn no_keyring_is_said_and_memory_is_offered() {
    let bench = Bench::start(small()).await;
    let nowhere = [(
        "DBUS_SESSION_BUS_ADDRESS",
        format!("unix:path={}", bench.folder.path().join("no-bus").display()).into(),
    )];
    let setup = bench.setup(APP);
    let words = ["--secrets-stdin", "--json", "connect", "--file", &setup];
    let said = finish(process(&bench.data(), &words, &nowhere), &bench.secrets(APP)).await;
    let error = Row::new("no_keyring", 1, "no keyring").holds(said);
    assert!(error["next_step"].as_str().unwrap().contains("--secrets-in-memory"));
    assert!(bench.saved_searches().await.is_empty());

    // This run only: connect and sync work where the secrets are given each time.
    let memory = |rest: &[&str]| {
        let words: Vec<&str> = [&["--secrets-stdin", "--secrets-in-memory", "--json"], rest].concat();
        process(&bench.data(), &words, &nowhere)
    };
    let said = finish(memory(&["connect", "--file", &setup]), &bench.secrets(APP))
        .await
        .ending(0)
        .json();
    let codes: Vec<&str> = said["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|warning| warning["code"].as_str())
        .collect();
    assert!(codes.contains(&"secrets_in_memory"), "{codes:?}");
    finish(memory(&["sync"]), &bench.secrets(APP)).await.ending(0);
    let name = said["connection"]["name"].as_str().unwrap();
    let groups = finish(memory(&["groups", name, "--members"]), &bench.secrets(APP))
        .await
        .ending(0)
        .json();
    assert_eq!(crate::harness::members(&groups), bench.truth());
}
