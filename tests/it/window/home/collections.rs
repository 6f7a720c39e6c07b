//! What the last publication did with each collection, in the details of the selected connection.

use azure_services_wizard::model::dry_run::RowsUp;
use azure_services_wizard::model::report::{CollectionOverview, Outcome as Result_, RowsOverview};
use egui::Key;

use super::*;

const TITLE: &str = "Collections in the last publication";

fn collection(number: usize, outcome: Option<Result_>) -> CollectionOverview {
    CollectionOverview {
        id: format!("PS1{number:05}").parse().unwrap(),
        name: format!("Servers {number}"),
        outcome,
        problem: None,
        computers: Some(number),
        as_of: "2026-11-25T11:01:00Z".parse().ok(),
        not_seen_since: None,
        sent: RowsUp::default(),
        rows: None,
    }
}

fn with(collections: Vec<CollectionOverview>) -> Desk {
    let mut overview = fine("Prod");
    overview.collections = collections;
    Desk::with(vec![overview])
}

/// The rows of the list of collections.
fn rows(desk: &Desk) -> Vec<String> {
    desk.rows()
        .into_iter()
        .filter(|row| row.starts_with("Servers"))
        .collect()
}

#[test]
fn a_few_are_shown_at_once_with_the_reason_of_the_one_that_is_looked_at() {
    let mut failed = collection(1, Some(Result_::Failed));
    failed.problem = Some(Problem::NotOurs { id: "asw-1".into() });
    let mut desk = with(vec![
        failed,
        collection(2, Some(Result_::Skipped)),
        collection(3, Some(Result_::Published)),
        collection(4, None),
    ]);
    assert!(
        desk.says("In the last publication: 1 published, 1 failed, 1 skipped, 1 not reached."),
        "{}",
        desk.screen()
    );
    assert_eq!(
        rows(&desk),
        [
            "Servers 1, PS100001, failed, 1, 2026-11-25 11:01 UTC",
            "Servers 2, PS100002, skipped, 2, 2026-11-25 11:01 UTC",
            "Servers 3, PS100003, published, 3, 2026-11-25 11:01 UTC",
            "Servers 4, PS100004, not reached, 4, 2026-11-25 11:01 UTC",
        ]
    );
    assert!(desk.says("failed: ") && desk.says("Details"), "{}", desk.screen());
    desk.harness.get_by_role_and_label(Role::ListBox, TITLE).focus();
    desk.steps();
    desk.press(Key::ArrowDown);
    assert!(
        desk.says("skipped: the run was stopped before it came to this one."),
        "{}",
        desk.screen()
    );
    assert!(!desk.has(Role::Button, "Details"));
}

#[test]
fn many_are_folded_away_and_only_those_in_sight_cost_anything() {
    let collections = (1..=5_000).map(|number| collection(number, Some(Result_::Unmoved)));
    let mut desk = with(collections.collect());
    assert!(desk.says("In the last publication: 5000 not moved."));
    assert!(rows(&desk).is_empty(), "{}", desk.screen());
    desk.click(TITLE);
    let shown = rows(&desk).len();
    assert!((3..40).contains(&shown), "{shown} rows are drawn");
}

#[test]
fn rows_of_history_are_told_where_history_is_kept() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let with_rows = |number, sent: &str, seen: Option<&str>, again| {
        let mut collection = collection(number, Some(Result_::Published));
        collection.rows = Some(RowsOverview {
            sent_at: at(sent),
            seen_at: seen.map(at),
            again,
        });
        collection.sent = RowsUp {
            members: 7,
            markers: 1,
            bytes: 900,
            calls: 1,
        };
        collection
    };
    let mut overview = fine("Prod");
    overview.connection.history = Some(azure_services_wizard::model::HistoryPlace {
        rule: "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resourceGroups/rg/providers/Microsoft.Insights/dataCollectionRules/r"
            .parse()
            .unwrap(),
        immutable_id: "dcr-0".into(),
        ingestion: "https://x.ingest.monitor.azure.com".parse().unwrap(),
        endpoint: None,
        proven: true,
    });
    // It is noon.
    overview.collections = vec![
        with_rows(1, "2026-11-25T10:59:00Z", None, false),
        with_rows(2, "2026-11-25T11:30:00Z", None, false),
        with_rows(3, "2026-11-25T09:00:00Z", Some("2026-11-25T09:10:00Z"), false),
        with_rows(4, "2026-11-24T09:00:00Z", None, true),
    ];
    let desk = Desk::with(vec![overview]);
    let last = |row: &String| row.rsplit(", ").next().unwrap().to_owned();
    let said: Vec<String> = rows(&desk).iter().map(last).collect();
    assert_eq!(said, ["late", "on their way", "seen", "sent again next time"]);
    assert!(desk.says("8 rows sent, 900 bytes of JSON"), "{}", desk.screen());
    assert!(desk.says("late: the next run looks for them"), "{}", desk.screen());
}

#[test]
fn before_the_first_publication_there_is_nothing_to_tell() {
    let mut overview = fine("Prod");
    overview.last_run = None;
    overview.collections = vec![collection(1, None)];
    assert!(!Desk::with(vec![overview]).says("last publication:"));
}
