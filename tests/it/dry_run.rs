//! `asw sync --dry-run`: it says what the run after it does, and writes nothing, neither in Azure nor here.

use azure_services_wizard::store::{FILE, Store};
use serde_json::{Value, json};

use crate::harness::{Bench, small};
use crate::history::{ON, arm, connect, name, seen, workspace, writes};

/// Short enough for parts.
const SHORT: usize = 2_000;

/// All that the store holds, table by table.
fn stored(bench: &Bench) -> Vec<String> {
    let database = rusqlite::Connection::open(bench.data().join(FILE)).unwrap();
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = database.prepare(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            let values = (0..columns).map(|at| row.get::<_, rusqlite::types::Value>(at));
            Ok(format!("{:?}", values.collect::<Result<Vec<_>, _>>()?))
        });
        rows.unwrap().map(|row| row.unwrap()).collect()
    };
    let tables = texts("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    let names = tables.iter().map(|table| table.split('"').nth(1).unwrap().to_owned());
    let all = names.flat_map(|table| {
        let rows = texts(&format!("SELECT * FROM {table}"));
        rows.into_iter().map(move |row| format!("{table}: {row}"))
    });
    all.collect()
}

/// A dry run, and the proof that nothing was written.
async fn looked(bench: &Bench, name: &str, more: &[&str]) -> Value {
    let (before, requests, rows) = (stored(bench), seen(bench), bench.lab.cloud().rows().len());
    let words = [&["--json", "sync", name, "--dry-run"], more].concat();
    let said = bench.asw("", &words).await.ending(0).json();
    assert_eq!(stored(bench), before, "the store");
    assert_eq!(writes(bench, requests), Vec::<String>::new(), "Azure");
    assert_eq!(bench.lab.cloud().rows().len(), rows, "rows");
    said
}

fn entry<'a>(said: &'a Value, id: &str) -> &'a Value {
    let all = said["collections"].as_array().unwrap();
    all.iter().find(|each| each["id"] == id).unwrap()
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap_or_else(|| panic!("{value}"))).unwrap()
}

/// Writes and deletions of saved searches since then.
fn saved_searches(bench: &Bench, since: usize) -> (usize, usize) {
    let all = writes(bench, since);
    let of = |method: &str| {
        let start = format!("{method} savedSearches/");
        all.iter().filter(|write| write.starts_with(&start)).count()
    };
    (of("PUT"), of("DELETE"))
}

fn rows(bench: &Bench, kind: &str) -> usize {
    let all = bench.lab.cloud().rows();
    all.iter().filter(|row| row["RowKind"] == kind).count()
}

/// What was said, against what the run then does.
async fn comes_true(bench: &Bench, name: &str, more: &[&str]) -> Value {
    let said = looked(bench, name, more).await;
    let before = (seen(bench), rows(bench, "member"), rows(bench, "snapshot"));
    let words = [&["--json", "sync", name], more].concat();
    let done = bench.asw("", &words).await.ending(0).json();
    let would = &said["would"];
    let (written, deleted) = saved_searches(bench, before.0);
    assert_eq!(number(&would["texts"]), written, "{said}");
    assert_eq!(number(&would["deleted_parts"]), deleted, "{said}");
    assert_eq!(
        number(&would["rows"]["members"]),
        rows(bench, "member") - before.1,
        "{said}"
    );
    assert_eq!(
        number(&would["rows"]["markers"]),
        rows(bench, "snapshot") - before.2,
        "{said}"
    );
    for each in done["collections"].as_array().unwrap() {
        let id = each["id"].as_str().unwrap();
        let foretold = entry(&said, id);
        let outcome = foretold["outcome"]
            .as_str()
            .unwrap()
            .replace("would_publish", "published");
        assert_eq!(each["outcome"], outcome.as_str(), "{id}");
        if let Some(after) = foretold["would"]["write"]["after"].as_u64() {
            assert_eq!(each["computers"], after, "{id}");
        }
    }
    assert_eq!(bench.groups(name).await, bench.truth());
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_comes_true_and_looking_writes_nothing() {
    let bench = Bench::start(small()).await;
    connect(&bench, "ready", ON).await.ending(0);
    let name = name(&bench).await;
    let place = workspace(&bench).parse().unwrap();
    Store::open(&bench.data())
        .unwrap()
        .set_text_limit(&place, SHORT)
        .unwrap();

    let first = comes_true(&bench, &name, &[]).await;
    let chosen = first["collections"].as_array().unwrap().len();
    assert_eq!(first["would"]["new_groups"], chosen);
    for each in first["collections"].as_array().unwrap() {
        assert_eq!(each["would"]["read"], "never_read");
        assert_eq!(each["would"]["write"]["before"], Value::Null);
    }

    let second = comes_true(&bench, &name, &[]).await;
    assert_eq!(
        (&second["would"]["read"], &second["would"]["texts"]),
        (&json!(0), &json!(0))
    );

    let earlier = bench.groups(&name).await;
    assert!(bench.lab.site().churn(7, 40, bench.lab.clock().now()) > 0);
    let third = comes_true(&bench, &name, &[]).await;
    assert!(number(&third["would"]["deleted_parts"]) > 0, "{third}");
    let later = bench.truth();
    for (id, now) in &later {
        let write = &entry(&third, id)["would"]["write"];
        if write.is_null() {
            assert_eq!(&earlier[id], now);
            continue;
        }
        let added = now.iter().filter(|computer| !earlier[id].contains(computer)).count();
        let removed = earlier[id].iter().filter(|computer| !now.contains(computer)).count();
        let said = ["before", "added", "removed"].map(|field| number(&write[field]));
        assert_eq!(said, [earlier[id].len(), added, removed], "{id}");
        assert_eq!(entry(&third, id)["would"]["read"], "moved");
    }

    comes_true(&bench, &name, &["--full"]).await;
}

/// A part that a kill has left is named, and goes with a full run only.
#[tokio::test(flavor = "multi_thread")]
async fn stray_parts_are_named() {
    let bench = Bench::start(small()).await;
    let name = bench.connected("ready").await;
    let place = workspace(&bench);
    let store = Store::open(&bench.data()).unwrap();
    store.set_text_limit(&place.parse().unwrap(), SHORT).unwrap();
    drop(store);
    bench.asw("", &["sync", &name]).await.ending(0);
    let part = bench
        .saved_searches()
        .await
        .into_iter()
        .find(|id| id.ends_with("-1"))
        .unwrap();
    let stray = format!("{part}9");
    let path = |id: &str| format!("{place}/savedSearches/{id}");
    let (status, standing) = arm(&bench, "GET", &path(&part), "2025-02-01", None).await;
    assert_eq!(status, 200, "{standing}");
    let mut properties = standing["properties"].clone();
    for tag in properties["tags"].as_array_mut().unwrap() {
        if tag["name"] == "AswGeneration" {
            tag["value"] = json!("000000000000");
        }
        // Younger ones may belong to a switch that is under way.
        if tag["name"] == "AswAsOf" {
            tag["value"] = json!("2025-01-01T00:00:00.000Z");
        }
    }
    properties["functionAlias"] = json!("Left");
    let body = json!({ "properties": properties });
    let (status, put) = arm(&bench, "PUT", &path(&stray), "2025-02-01", Some(&body)).await;
    assert_eq!(status, 200, "{put}");

    let said = looked(&bench, &name, &[]).await;
    assert_eq!(said["would"]["stray_parts"], json!([stray]));
    assert_eq!(said["would"]["deleted_parts"], 0, "a usual run leaves it");
    let human = bench.asw("", &["sync", &name, "--dry-run"]).await.ending(0).out;
    assert!(
        human.contains(&format!("a run with --full would remove: {stray}")),
        "{human}"
    );
    let parts = bench
        .saved_searches()
        .await
        .into_iter()
        .filter(|id| is_part(id))
        .count();
    let full = comes_true(&bench, &name, &["--full"]).await;
    assert_eq!(full["would"]["deleted_parts"], parts, "all texts are written anew");
    assert!(!bench.saved_searches().await.contains(&stray));
}

/// A part's ID goes on where its group's ends: prefix, connection, collection; generation, number.
fn is_part(id: &str) -> bool {
    id.matches('-').count() == 4
}
