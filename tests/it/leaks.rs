//! Secrets are looked for, in every form they could take: in the data folder, the log, the process list and all output.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::harness::{Bench, Said, finish, small};
use crate::secret_service::SecretServiceSession;

/// May do all that history needs, so that its life has every kind of token in it.
const APP: &str = "ready";

/// Every form of a secret that something might write.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let utf16: Vec<u16> = secret.encode_utf16().collect();
    let little: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let json = serde_json::to_string(secret).unwrap();
    let escaped: String = utf16.iter().map(|unit| format!("\\u{unit:04x}")).collect();
    let percent = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut forms = vec![
        secret.as_bytes().to_vec(),
        json.trim_matches('"').as_bytes().to_vec(),
        escaped.into_bytes(),
        percent.clone().into_bytes(),
        percent.to_lowercase().into_bytes(),
        form.into_bytes(),
    ];
    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
        for bytes in [secret.as_bytes(), &little, &big] {
            forms.push(engine.encode(bytes).trim_end_matches('=').as_bytes().to_vec());
        }
    }
    forms.extend([little, big]);
    forms
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// What was found of the secrets in some bytes.
pub fn found(place: &str, bytes: &[u8], secrets: &[(String, String)]) -> Vec<String> {
    secrets
        .iter()
        .filter(|(_, secret)| forms(secret).iter().any(|form| contains(bytes, form)))
        .map(|(name, _)| format!("{name} in {place}"))
        .collect()
}

pub fn files_below(folder: &std::path::Path, all: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, all);
        } else {
            all.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

/// Command lines and environments of the processes that we started.
#[cfg(target_os = "linux")]
pub fn of_process(id: u32) -> Vec<u8> {
    let read = |what: &str| std::fs::read(format!("/proc/{id}/{what}")).unwrap_or_default();
    let mut bytes = read("cmdline");
    assert!(!bytes.is_empty(), "the process was looked at too late");
    bytes.extend(read("environ"));
    bytes
}

#[test]
fn a_planted_secret_is_found_in_each_form() {
    let secret = "aB3\"8Q~x/y+z w\\";
    let secrets = [("planted".to_owned(), secret.to_owned())];
    for form in forms(secret) {
        let bytes = [b"before ".as_slice(), &form, b" after".as_slice()].concat();
        assert_eq!(
            found("here", &bytes, &secrets).len(),
            1,
            "{:?}",
            String::from_utf8_lossy(&form)
        );
    }
    assert!(found("here", b"nothing of it", &secrets).is_empty());
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_anywhere_after_a_full_life() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    let environment = keyring.env();
    let bench = Bench::start(small()).await;
    let info = bench.lab.info();
    let app = info.apps.iter().find(|app| app.label == APP).unwrap().clone();
    let mut secrets = vec![
        ("the secret key".to_owned(), app.secret.clone()),
        ("the next secret key".to_owned(), app.next_secret.clone()),
        ("the site password".to_owned(), info.site.password.clone()),
    ];
    let mut seen: Vec<(String, Vec<u8>)> = Vec::new();
    let mut keep = |what: &str, said: Said| {
        seen.push((
            format!("the output of {what}"),
            [said.out.as_bytes(), said.err.as_bytes()].concat(),
        ));
    };
    let debug = ["--log-level", "trace"];
    let asw = |words: &[&str]| bench.process(&[&debug, words].concat(), &environment);

    // The process list, while it works: the lab holds a request back until we have looked.
    bench.plan_faults(&json!({ "service": "arm", "path": "*", "kind": "hold", "times": 1 }));
    let setup = bench.setup_set(APP, &[("history", "\"on\"")]);
    let mut child = asw(&["--secrets-stdin", "connect", "--file", &setup]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(format!("{}\n", bench.secrets(APP)).as_bytes())
        .await
        .unwrap();
    drop(stdin);
    bench.lab.faults().wait_for_held(|held| held > 0).await;
    let listed = of_process(child.id().unwrap());
    bench.lab.faults().release();
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    keep(
        "connect",
        Said {
            exit: 0,
            out: String::from_utf8_lossy(&output.stdout).into(),
            err: String::from_utf8_lossy(&output.stderr).into(),
        },
    );

    let name = azure_services_wizard::store::Store::open(&bench.data())
        .unwrap()
        .connections()
        .unwrap()[0]
        .setup
        .name
        .to_string();
    for words in [
        vec!["sync", &name],
        vec!["--json", "show", &name],
        vec!["--json", "list"],
        vec!["verify", &name],
        vec!["status"],
        vec!["--json", "groups", &name, "--members"],
        vec!["rights", &name, "--script", "az", "--all"],
        vec!["set", &name, "--history", "off"],
        vec!["set", &name, "--history", "on"],
        vec!["sync", &name],
    ] {
        keep(&words.join(" "), finish(asw(&words), "").await.ending(0));
    }
    let rows = bench.lab.cloud().rows();
    assert!(rows.iter().any(|row| row["RowKind"] == "member"), "rows went up");
    // Failures say much: a wrong secret, a refused password, a refused renewal.
    let line = json!({ "client_secret": app.next_secret }).to_string();
    let renew = [
        "--json",
        "--secrets-stdin",
        "update-secret",
        &name,
        "--expires",
        "2031-01-31",
    ];
    keep("a refused renewal", finish(asw(&renew), &line).await.ending(3));
    let mut broken: Value = serde_json::from_str(&bench.secrets(APP)).unwrap();
    broken["typo"] = app.secret.clone().into();
    keep(
        "a broken line",
        finish(
            asw(&["--json", "--secrets-stdin", "connect", "--file", &setup]),
            &broken.to_string(),
        )
        .await
        .ending(2),
    );
    bench
        .lab
        .cloud()
        .set_knob("rotate_secret", &json!({ "label": APP }))
        .unwrap();
    keep("a renewal", finish(asw(&renew), &line).await.ending(0));

    // Tokens are made by the lab; it keeps none of them in its log, so they are taken from what it answered with.
    for token in bench.lab.cloud().issued_tokens() {
        secrets.push(("a token".to_owned(), token));
    }
    assert!(secrets.len() > 5, "tokens were issued");
    files_below(&bench.data(), &mut seen);
    assert!(
        seen.iter().any(|(name, _)| name.ends_with(".log")),
        "the log was written"
    );
    seen.push(("the process list".to_owned(), listed));
    let leaks: Vec<String> = seen
        .iter()
        .flat_map(|(place, bytes)| found(place, bytes, &secrets))
        .collect();
    assert!(leaks.is_empty(), "{leaks:#?}");

    // The same search finds one that is there.
    std::fs::write(bench.data().join("planted.txt"), STANDARD.encode(&app.secret)).unwrap();
    let mut files = Vec::new();
    files_below(&bench.data(), &mut files);
    assert!(
        files
            .iter()
            .any(|(place, bytes)| !found(place, bytes, &secrets).is_empty()),
        "the planted secret was not found"
    );
}
