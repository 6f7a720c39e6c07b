//! `asw set --name` and `--description`: what is said, what stands afterwards, what is refused.

use azure_services_wizard::model::group;
use serde_json::Value;

use crate::harness::{Bench, small};
use crate::relocation::standing;

const APP: &str = "workspace-contributor";

async fn shown(bench: &Bench, name: &str) -> Value {
    bench.asw("", &["--json", "show", name]).await.ending(0).json()["connection"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_has_another_name_and_keeps_its_groups() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let before = bench.groups(&name).await;
    let words = ["set", &name, "--name", "Fabrikam", "--description", "The other company"];
    let said = bench.asw("", &words).await.ending(0);
    assert!(said.out.contains("is called \"Fabrikam\" now."), "{}", said.out);
    assert_eq!(shown(&bench, "Fabrikam").await["description"], "The other company");
    bench.asw("", &["show", &name]).await.ending(2);
    let names: Vec<String> = standing(&bench)
        .await
        .iter()
        .filter_map(group::connection_name)
        .collect();
    assert_eq!(names, ["Fabrikam"], "so other machines find it");
    assert_eq!(bench.groups("Fabrikam").await, before);
    let again = bench.asw("", &["--json", "sync", "Fabrikam"]).await.ending(0).json();
    let collections = again["collections"].as_array().unwrap().iter();
    let written = collections.filter(|each| each["outcome"] == "published").count();
    assert_eq!(written, 0, "the groups are still its own: {again}");
    // Only the spelling.
    bench
        .asw("", &["set", "fabrikam", "--name", "FABRIKAM"])
        .await
        .ending(0);
    assert_eq!(shown(&bench, "Fabrikam").await["name"], "FABRIKAM");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_or_none_is_refused_and_nothing_changes() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    let other = bench.setup_set(APP, &[("name", "\"Other\"")]);
    let connect = ["--secrets-stdin", "connect", "--file", &other];
    bench.asw(&bench.secrets(APP), &connect).await.ending(0);
    let before = shown(&bench, &name).await;
    for (wanted, code) in [("OTHER", "name_taken"), ("", "invalid")] {
        let said = bench.asw("", &["--json", "set", &name, "--name", wanted]).await;
        assert_ne!(said.exit, 0);
        assert_eq!(said.json()["error"]["code"], code, "{said:?}");
        assert_eq!(shown(&bench, &name).await, before);
    }
    // Without Azure there is no other name: both places would differ.
    bench.plan_faults(
        &serde_json::json!({ "service": "arm", "path": "*", "kind": "status", "status": 403, "times": 100 }),
    );
    bench.asw("", &["set", &name, "--name", "Third"]).await.ending(3);
    assert_eq!(shown(&bench, &name).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_before_a_failure_is_told_with_it() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench.plan_faults(
        &serde_json::json!({ "service": "arm", "path": "*", "kind": "status", "status": 403, "times": 100 }),
    );
    let words = ["set", &name, "--description", "Old text, new text", "--name", "Third"];
    let said = bench.asw("", &words).await.ending(3);
    let told = format!("Done before that: \"{name}\" has another description.");
    assert!(said.err.contains(&told), "{}", said.err);
    let said = bench.asw("", &["set", &name, "--name", "Third"]).await.ending(3);
    assert!(!said.err.contains("Done before that"), "{}", said.err);
}
