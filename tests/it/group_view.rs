//! `asw groups` and `asw query`: what they say of groups, members and reports, against what the lab knows by itself.

use std::collections::{BTreeMap, BTreeSet};

use azure_services_wizard::model::log_query::Ready;
use serde_json::{Value, json};

use crate::harness::{Bench, small};
use crate::history::{ON, connect, name as only_name};

const DAY: i64 = 24 * 60;

/// A connection that has published once.
async fn published() -> (Bench, String) {
    let bench = Bench::start(small()).await;
    let name = bench.connected("workspace-contributor").await;
    bench.asw("", &["sync", &name]).await.ending(0);
    (bench, name)
}

async fn asked(bench: &Bench, words: &[&str]) -> Value {
    let line: Vec<&str> = ["--json"].iter().chain(words).copied().collect();
    bench.asw("", &line).await.ending(0).json()
}

/// The names that agents have left within so many minutes.
fn heard(bench: &Bench, minutes: i64) -> BTreeSet<String> {
    let agents = bench.lab.site().agents().into_iter();
    let lately = agents.filter(|agent| agent.minutes_ago < minutes);
    lately.map(|agent| agent.computer).collect()
}

fn short(name: &str) -> String {
    name.to_lowercase().split('.').next().unwrap().to_owned()
}

/// How a member reports, found out the plain way.
fn reports(member: &str, heard: &BTreeSet<String>) -> &'static str {
    let is_short = |name: &str| !name.contains('.');
    if heard.contains(member) {
        "same"
    } else if heard.iter().any(|name| name.to_lowercase() == member.to_lowercase()) {
        "letter case"
    } else if heard
        .iter()
        .any(|name| short(name) == short(member) && is_short(name) != is_short(member))
    {
        "short name"
    } else {
        "silent"
    }
}

fn matched<'a>(members: impl Iterator<Item = &'a String>, heard: &BTreeSet<String>) -> Value {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    members.for_each(|member| *counts.entry(reports(member, heard)).or_default() += 1);
    let count = |word: &str| counts.get(word).copied().unwrap_or_default();
    let (same, case, length, silent) = (
        count("same"),
        count("letter case"),
        count("short name"),
        count("silent"),
    );
    let (reporting, computers) = (same + case + length, same + case + length + silent);
    json!({
        "computers": computers,
        "reporting": reporting,
        "same": same,
        "letter_case": case,
        "short_name": length,
        "silent": silent,
        "percent": (reporting * 100).checked_div(computers),
    })
}

/// Every computer once: spelled as the group has it in which it reports best.
fn over_all(truth: &BTreeMap<String, Vec<String>>, heard: &BTreeSet<String>) -> Vec<String> {
    let rank = |name: &String| match reports(name, heard) {
        "same" => 3,
        "letter case" => 2,
        "short name" => 1,
        _ => 0,
    };
    let mut best: BTreeMap<String, String> = BTreeMap::new();
    for name in truth.values().flatten() {
        let kept = best.entry(name.to_lowercase()).or_insert_with(|| name.clone());
        if rank(name) > rank(kept) {
            kept.clone_from(name);
        }
    }
    best.into_values().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_and_match_rate_equal_the_labs_truth() {
    let (bench, name) = published().await;
    let truth = bench.truth();
    for (within, minutes) in [("1d", DAY), ("7d", 7 * DAY)] {
        let heard = heard(&bench, minutes);
        let seen = asked(&bench, &["groups", &name, "--match", "--within", within]).await;
        let all = over_all(&truth, &heard);
        assert_eq!(seen["computers"], json!(all.len()));
        assert_eq!(seen["match"], matched(all.iter(), &heard), "{within}");
        let groups = seen["groups"].as_array().unwrap();
        assert_eq!(groups.len(), truth.len());
        for group in groups {
            let members = &truth[group["collection_id"].as_str().unwrap()];
            assert_eq!(group["count"], json!(members.len()), "{group}");
            assert_eq!(group["match"], matched(members.iter(), &heard), "{group}");
            assert!(group["as_of"].is_string() && group["alias"].as_str().unwrap().starts_with("ConfigMgr_"));
        }
    }
    let words = seen_words(&bench, &["groups", &name, "--match"]).await;
    let computers = over_all(&truth, &BTreeSet::new()).len();
    let totals = format!("{} collections imported, {computers} computers", truth.len());
    assert!(words.contains(&totals), "{words}");
}

async fn seen_words(bench: &Bench, words: &[&str]) -> String {
    bench.asw("", words).await.ending(0).out
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_spelling_is_met() {
    let (bench, name) = published().await;
    let seen = asked(&bench, &["groups", &name, "--match"]).await;
    for kind in ["same", "letter_case", "short_name", "silent"] {
        assert!(seen["match"][kind].as_u64().unwrap() > 0, "{kind}: {}", seen["match"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_computers_say_how_each_reports() {
    let (bench, name) = published().await;
    let (truth, heard) = (bench.truth(), heard(&bench, DAY));
    let largest = truth.iter().max_by_key(|(_, members)| members.len()).unwrap();
    let list = asked(&bench, &["groups", &name, "--group", largest.0, "--match"]).await;
    let computers = list["computers"].as_array().unwrap();
    assert_eq!(computers.len(), largest.1.len());
    for computer in computers {
        let member = computer["computer"].as_str().unwrap().to_owned();
        assert!(largest.1.contains(&member));
        let found = reports(&member, &heard);
        assert_eq!(computer["reports"], found, "{computer}");
        let reports_as = computer["reports_as"].as_str();
        assert_eq!(reports_as.is_some(), found != "silent", "{computer}");
        assert!(reports_as.is_none_or(|name| heard.contains(name)), "{computer}");
        assert_eq!(computer["last_heartbeat"].is_string(), found != "silent", "{computer}");
    }
    let all = asked(&bench, &["groups", &name, "--all-computers"]).await;
    let mut groups: BTreeMap<String, usize> = BTreeMap::new();
    for member in truth.values().flatten() {
        *groups.entry(member.to_lowercase()).or_default() += 1;
    }
    let listed = all["computers"].as_array().unwrap().iter();
    let listed: BTreeMap<String, usize> = listed
        .map(|each| {
            let groups = usize::try_from(each["groups"].as_u64().unwrap()).unwrap();
            (each["computer"].as_str().unwrap().to_lowercase(), groups)
        })
        .collect();
    assert_eq!(listed, groups);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computer_is_told_its_groups_however_it_is_typed() {
    let (bench, name) = published().await;
    let truth = bench.truth();
    let full = truth.values().flatten().find(|member| member.contains('.')).unwrap();
    let wanted = |typed: &str| -> BTreeSet<String> {
        let typed = typed.to_lowercase();
        let is = |member: &String| {
            let member = member.to_lowercase();
            member == typed || (!typed.contains('.') && short(&member) == typed) || member == short(&typed)
        };
        let holds = truth.iter().filter(|(_, members)| members.iter().any(is));
        holds.map(|(id, _)| id.clone()).collect()
    };
    for typed in [full.clone(), full.to_uppercase(), short(full)] {
        let found = asked(&bench, &["groups", &name, "--computer", &typed]).await;
        let groups = found["groups"].as_array().unwrap().iter();
        let groups: BTreeSet<String> = groups
            .map(|each| each["collection_id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(groups, wanted(&typed), "{typed}");
        assert!(!groups.is_empty());
    }
    let words = seen_words(&bench, &["groups", &name, "--computer", "nobody\" or 1==1"]).await;
    assert!(words.contains("is in no computer group"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_site_of_this_moment_stands_beside_what_is_published() {
    let (bench, name) = published().await;
    let before = bench.truth();
    let seen = asked(&bench, &["groups", &name, "--site"]).await;
    for group in seen["groups"].as_array().unwrap() {
        assert_eq!(group["site"]["changed"], false, "{group}");
    }
    assert!(bench.lab.site().churn(3, 60, bench.lab.clock().now()) > 0);
    let after = bench.truth();
    let moved: Vec<&String> = before.keys().filter(|id| before[*id] != after[*id]).collect();
    let seen = asked(&bench, &["groups", &name, "--site"]).await;
    for id in &moved {
        let groups = seen["groups"].as_array().unwrap();
        let group = groups.iter().find(|group| group["collection_id"] == json!(id)).unwrap();
        assert_eq!(group["site"]["changed"], true, "{group}");
    }
    let difference = asked(&bench, &["groups", &name, "--group", moved[0], "--site"]).await;
    let names = |place: &str| -> BTreeSet<String> {
        let names = difference["difference"][place].as_array().unwrap().iter();
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (before[moved[0]].iter().collect(), after[moved[0]].iter().collect());
    let expected = |one: &BTreeSet<&String>, other: &BTreeSet<&String>| -> BTreeSet<String> {
        one.difference(other).map(|name| (*name).clone()).collect()
    };
    assert_eq!(names("to_come"), expected(&new, &old));
    assert_eq!(names("to_go"), expected(&old, &new));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_cannot_be_called_keeps_no_other_from_answering() {
    let bench = Bench::start(small()).await;
    bench.lab.cloud().set_knob("query_chars", &json!(5_000)).unwrap();
    let name = bench.connected("workspace-contributor").await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let ids = bench.saved_searches().await;
    let part = ids.iter().find(|id| id.split('-').count() == 5).unwrap();
    bench
        .lab
        .cloud()
        .set_knob("drop_saved_search", &json!({ "id": part }))
        .unwrap();
    let broken = part.split('-').nth(2).unwrap().to_uppercase();
    let said = bench
        .asw("", &["--json", "groups", &name, "--match"])
        .await
        .ending(6)
        .json();
    let truth = bench.truth();
    for group in said["groups"].as_array().unwrap() {
        let id = group["collection_id"].as_str().unwrap();
        if id == broken {
            assert_eq!(group["count"], Value::Null);
            assert_eq!(group["error"]["code"], "query_refused", "{group}");
        } else {
            assert_eq!(group["count"], json!(truth[id].len()));
        }
    }
    assert_eq!((&said["computers"], &said["match"]), (&Value::Null, &Value::Null));
    let found = said["groups"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|group| group["match"].is_object());
    assert_eq!(found.count(), truth.len() - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_and_members_are_written_as_csv() {
    let (bench, name) = published().await;
    let truth = bench.truth();
    let csv = seen_words(&bench, &["groups", &name, "--csv"]).await;
    assert!(csv.starts_with("Name,CollectionId,Computers,"), "{csv}");
    assert_eq!(csv.matches("\r\n").count(), truth.len() + 1);
    let csv = seen_words(&bench, &["groups", &name, "--members", "--csv"]).await;
    let members: usize = truth.values().map(Vec::len).sum();
    assert_eq!(csv.matches("\r\n").count(), members + 1);
    let (id, one) = truth.iter().find(|(_, members)| !members.is_empty()).unwrap();
    let csv = seen_words(&bench, &["groups", &name, "--group", id, "--match", "--csv"]).await;
    assert_eq!(csv.matches("\r\n").count(), one.len() + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_ready_made_query_runs() {
    let bench = Bench::start(small()).await;
    connect(&bench, "ready", ON).await.ending(0);
    let name = only_name(&bench).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let listed = asked(&bench, &["query", &name, "--list"]).await;
    assert_eq!(listed["queries"].as_array().unwrap().len(), Ready::ALL.len());
    let truth = bench.truth();
    let (largest, members) = truth.iter().max_by_key(|(_, members)| members.len()).unwrap();
    let heard = heard(&bench, DAY);
    let known = |name: &String| {
        members
            .iter()
            .any(|member| member.to_lowercase() == name.to_lowercase())
    };
    for ready in Ready::ALL {
        let answer = asked(&bench, &["query", &name, "--ready", ready.name(), "--group", largest]).await;
        let rows = answer["rows"].as_array().unwrap();
        let expected = match ready {
            Ready::Members | Ready::Matches => members.len(),
            Ready::LastHeartbeats => heard.iter().filter(|name| known(name)).count(),
            Ready::Outside => heard.iter().filter(|name| !known(name)).count(),
            Ready::Silent => {
                let found = ["silent", "short name"];
                let silent = members.iter().filter(|member| found.contains(&reports(member, &heard)));
                silent.count()
            }
            // An empty group has no rows of its own.
            Ready::History => truth.values().filter(|members| !members.is_empty()).count(),
            Ready::Trend => truth.len(),
        };
        assert_eq!(rows.len(), expected, "{ready:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_of_ones_own_in_every_form() {
    let (bench, name) = published().await;
    let kql = "Heartbeat | summarize Last = max(TimeGenerated) by Computer";
    let json = asked(&bench, &["query", &name, kql]).await;
    assert_eq!(json["columns"][1], json!({ "name": "Last", "type": "datetime" }));
    assert_eq!(json["rows"].as_array().unwrap().len(), heard(&bench, i64::MAX).len());
    let lately = asked(&bench, &["query", &name, kql, "--timespan", "PT1H"]).await;
    assert_eq!(lately["rows"].as_array().unwrap().len(), heard(&bench, 60).len());
    let file = bench.folder.path().join("query.kql");
    std::fs::write(&file, kql).unwrap();
    let path = file.display().to_string();
    let table = seen_words(&bench, &["query", &name, "--file", &path]).await;
    assert!(table.starts_with("Computer") && table.contains(" rows"), "{table}");
    let csv = seen_words(&bench, &["query", &name, "print a = 'x,y', b = 1", "--csv"]).await;
    assert_eq!(csv, "a,b\r\n\"x,y\",1\r\n");
    assert_eq!(seen_words(&bench, &["query", &name, kql, "--text"]).await.trim(), kql);
    let link = asked(&bench, &["query", &name, kql, "--link"]).await;
    assert_eq!(link["carries_query"], true);
    assert!(
        link["url"]
            .as_str()
            .unwrap()
            .contains("/Logs.ReactView/resourceId/%2Fsubscriptions")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_an_answer_is_told_and_a_wrong_query_refused() {
    let (bench, name) = published().await;
    bench.lab.cloud().set_knob("answer_rows", &json!(3)).unwrap();
    let said = bench
        .asw("", &["--json", "query", &name, "Heartbeat"])
        .await
        .ending(6)
        .json();
    assert_eq!(said["rows"].as_array().unwrap().len(), 3);
    assert!(said["partial"].as_str().unwrap().contains("exceeded"), "{said}");
    let said = bench.asw("", &["query", &name, "Heartbeat"]).await.ending(6);
    assert!(said.err.contains("a part of the answer: 3 rows"), "{}", said.err);
    let truth = bench.truth();
    let (id, _) = truth.iter().max_by_key(|(_, members)| members.len()).unwrap();
    let said = bench
        .asw("", &["--json", "groups", &name, "--group", id, "--match"])
        .await;
    assert_eq!((said.exit, said.json()["computers"].as_array().unwrap().len()), (6, 3));
    let said = bench
        .asw("", &["--json", "query", &name, "Heartbeats | count"])
        .await
        .ending(3);
    assert_eq!(said.json()["error"]["code"], "query_refused");
    for wrong in [
        &["query", &name, "T", "--timespan", "yesterday"][..],
        &["query", &name],
        &["query", &name, "T", "--list"],
        &["query", &name, "--ready", "nonsense"],
        &["groups", &name, "--within", "2d"],
        &["groups", &name, "--computer", "x", "--members"],
    ] {
        bench.asw("", wrong).await.ending(2);
    }
}
