//! A run on a site where nothing has moved: it reads no membership and writes no group and no member row. Every request is counted; the
//! figures stand in docs/publishing.md.

use std::collections::BTreeMap;

use azure_services_wizard::lab::LabConfig;
use serde_json::json;

use crate::harness::Bench;
use crate::history;

/// What a run asks the site: which one it is, and its list of collections.
const OF_THE_SITE: [(&str, usize); 4] = [
    ("site GET SMS_Collection", 6),
    ("site GET SMS_Identification", 3),
    ("site GET SMS_SCI_SiteDefinition", 4),
    ("site GET SMS_Site", 5),
];

/// And Azure, where history is kept: a sign-in to look for what was sent, the question, a sign-in to send, all markers.
const OF_AZURE: [(&str, usize); 3] = [
    ("entra POST token", 2),
    ("query POST query", 1),
    ("ingestion POST Custom-ConfigMgrCollectionMember", 1),
];

/// Without the question.
const OF_AZURE_ONCE_SEEN: [(&str, usize); 2] = [
    ("entra POST token", 1),
    ("ingestion POST Custom-ConfigMgrCollectionMember", 1),
];

/// As many collections as the figures speak of.
const COLLECTIONS: usize = 50;

async fn connected(history: &str) -> (Bench, String) {
    let bench = Bench::start(LabConfig {
        devices: 400,
        collections: COLLECTIONS,
        ..LabConfig::default()
    })
    .await;
    assert_eq!(bench.lab.site().chosen_collections().len(), COLLECTIONS);
    let setup = bench.setup_set("ready", &[("history", history)]);
    let words = ["--secrets-stdin", "connect", "--file", &setup];
    bench.asw(&bench.secrets("ready"), &words).await.ending(0);
    let name = history::name(&bench).await;
    (bench, name)
}

/// The requests of a run: service, method, and the last thing that the path names.
async fn counted(bench: &Bench, name: &str) -> BTreeMap<String, usize> {
    let before = bench.lab.requests().records().len();
    bench.asw("", &["sync", name]).await.ending(0);
    let mut counted = BTreeMap::new();
    for record in bench.lab.requests().records().into_iter().skip(before) {
        let service = json!(record)["service"].as_str().unwrap().to_owned();
        let last = record.path.rsplit('/').next().unwrap_or_default();
        let what = last.split('(').next().unwrap_or_default();
        *counted
            .entry(format!("{service} {} {what}", record.method))
            .or_default() += 1;
    }
    counted
}

fn rows(bench: &Bench, kind: &str) -> usize {
    let rows = bench.lab.cloud().rows();
    rows.iter().filter(|row| row["RowKind"] == kind).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_read_and_nothing_written_where_nothing_has_moved() {
    for history in ["\"on\"", "\"off\""] {
        let (bench, name) = connected(history).await;
        bench.asw("", &["sync", &name]).await.ending(0);
        let members = rows(&bench, "member");
        // The first looks for the rows that went up before; once they were seen nobody looks for them again.
        for is_seen in [false, true] {
            let markers = rows(&bench, "snapshot");
            let counted = counted(&bench, &name).await;
            let has_history = history == "\"on\"";
            let azure: &[(&str, usize)] = match (has_history, is_seen) {
                (false, _) => &[],
                (true, false) => &OF_AZURE,
                (true, true) => &OF_AZURE_ONCE_SEEN,
            };
            let expected = OF_THE_SITE.iter().chain(azure);
            let expected: BTreeMap<String, usize> =
                expected.map(|(what, count)| ((*what).to_owned(), *count)).collect();
            assert_eq!(counted, expected, "{history}");
            assert_eq!(rows(&bench, "member"), members, "{history}");
            let affirmed = rows(&bench, "snapshot") - markers;
            assert_eq!(affirmed, if has_history { COLLECTIONS } else { 0 });
        }
        assert_eq!(bench.groups(&name).await, bench.truth());
    }
}
