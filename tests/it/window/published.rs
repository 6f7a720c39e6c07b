//! *Computer groups* and *Log search*, by role and label only, over a real backend and a real lab.

use std::collections::BTreeSet;

use azure_services_wizard::lab::LabConfig;
use egui::Key;
use egui::accesskit::Role;

use egui_kittest::kittest::Queryable;

use super::harness::Window;
use crate::harness::{Bench, small};

/// A window on a connection that has published once.
async fn published() -> (Bench, Window) {
    published_on(small()).await
}

async fn published_on(config: LabConfig) -> (Bench, Window) {
    let bench = Bench::start(config).await;
    let name = bench.connected("workspace-contributor").await;
    bench.asw("", &["sync", &name]).await.ending(0);
    let mut window = Window::on(&bench);
    window.until("the list", |window| window.can("View groups…"));
    (bench, window)
}

/// Every computer once.
fn computers(bench: &Bench) -> usize {
    let truth = bench.truth();
    let names: BTreeSet<String> = truth.values().flatten().map(|name| name.to_lowercase()).collect();
    names.len()
}

fn rows(window: &Window) -> Vec<String> {
    window.names(Role::ListBoxOption)
}

#[tokio::test(flavor = "multi_thread")]
async fn both_numbers_are_the_labs_and_open_their_lists() {
    let (bench, mut window) = published().await;
    window.click("View groups…");
    let truth = bench.truth();
    let imported = format!("{} collections imported", truth.len());
    let with_memberships = format!("{} computers with collection memberships", computers(&bench));
    window.until("the numbers", |window| {
        window.can(&imported) && window.can(&with_memberships)
    });
    window.until("who reports", |window| window.says("Of all computers with memberships"));
    let (id, members) = truth.iter().next().unwrap();
    window.until("its row", |window| {
        rows(window)
            .iter()
            .any(|row| row.contains(id) && row.contains(&format!(", {}, ", members.len())))
    });
    window.click(&with_memberships);
    window.until("all computers", |window| {
        window.says(&format!("{} rows", computers(&bench)))
    });
    assert!(window.has(Role::ListBox, "Computers"));
    window.click(&imported);
    window.until("all groups", |window| window.has(Role::ListBox, "Computer groups"));
    window.press(Key::Escape);
    window.until("the connections", |window| window.can("Configure Azure Services…"));
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_group_to_its_members_to_the_groups_of_one_by_keyboard() {
    let (bench, mut window) = published().await;
    window.click("View groups…");
    window.until("the groups", |window| !rows(window).is_empty());
    let truth = bench.truth();
    let (id, members) = truth.iter().max_by_key(|(_, members)| members.len()).unwrap();
    window.fill(Role::TextInput, "Search", id);
    window.until("one row", |window| rows(window).len() == 1);
    window
        .harness
        .get_by_role_and_label(Role::ListBox, "Computer groups")
        .focus();
    window.steps();
    window.press(Key::Enter);
    window.until("its members", |window| window.says(&format!("{} rows", members.len())));
    assert!(window.has(Role::ListBox, "Members"));
    window.harness.get_by_role_and_label(Role::ListBox, "Members").focus();
    window.steps();
    window.press(Key::Enter);
    window.until("the groups of the first", |window| {
        window.has(Role::ListBox, "Groups of a computer") && rows(window).iter().any(|row| row.contains(id))
    });
    window.click("Back to all groups");
    window.until("all groups", |window| window.has(Role::ListBox, "Computer groups"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_site_is_compared_in_numbers_and_by_name() {
    let (bench, mut window) = published().await;
    let before = bench.truth();
    assert!(bench.lab.site().churn(3, 60, bench.lab.clock().now()) > 0);
    let after = bench.truth();
    let moved = before.keys().find(|id| before[*id] != after[*id]).unwrap();
    window.click("View groups…");
    window.until("the groups", |window| !rows(window).is_empty());
    window.click("Compare with the site");
    window.until("the site's counts", |window| {
        window.has(Role::ColumnHeader, "Site counts")
    });
    window.fill(Role::TextInput, "Search", moved);
    window.until("one row", |window| rows(window).len() == 1);
    window.click("Difference to the site");
    window.until("what differs", |window| window.says("than the group ("));
    let lacks = |one: &[String], other: &[String]| one.iter().filter(|name| !other.contains(name)).count();
    let (come, go) = (
        lacks(&after[moved], &before[moved]),
        lacks(&before[moved], &after[moved]),
    );
    assert!(
        window.says(&format!("The site has {come} more and {go} fewer than the group")),
        "{}",
        window.screen()
    );
    assert!(window.says(&format!("{} row", come + go)));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_go_into_a_file_as_they_are_shown() {
    let (bench, mut window) = published().await;
    window.click("View groups…");
    window.until("the groups", |window| !rows(window).is_empty());
    window.click("Save as CSV…");
    let path = bench.folder.path().join("groups.csv");
    window.fill(Role::TextInput, "File", &path.display().to_string());
    window.press(Key::Enter);
    window.until("the file", |window| window.says("Saved in"));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("\u{feff}Name,CollectionId,Computers,"), "{text}");
    assert_eq!(text.matches("\r\n").count(), bench.truth().len() + 1);
    window.press(Key::Escape);
    window.click("Save as CSV…");
    window.fill(Role::TextInput, "File", &path.display().to_string());
    window.click("Save");
    window.until("the question", |window| window.can("Replace it"));
    window.click("Replace it");
    window.until("the file", |window| window.says("Saved in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ready_made_query_runs_and_a_part_is_told() {
    let (bench, mut window) = published().await;
    window.click("Log search…");
    window.until("the groups", |window| {
        !window.value(Role::ComboBox, "About the group of").is_empty()
    });
    window.fill(
        Role::MultilineTextInput,
        "Query (KQL)",
        "Heartbeat | summarize by Computer",
    );
    window.click("Run");
    let lately = bench
        .lab
        .site()
        .agents()
        .into_iter()
        .filter(|agent| agent.minutes_ago < 24 * 60);
    let expected = format!("{} rows", lately.count());
    window.until("the rows", |window| window.says(&expected));
    bench
        .lab
        .cloud()
        .set_knob("answer_rows", &serde_json::json!(3))
        .unwrap();
    window.press(Key::F5);
    window.until("a part", |window| window.says("a part of the answer: 3 rows"));
    window.fill(Role::MultilineTextInput, "Query (KQL)", "Heartbeats | count");
    window.click("Run");
    window.until("the refusal", |window| window.says("The workspace refused the query"));
    assert!(window.says("3 rows"), "the older rows stay");
}

/// The role is taken away: every list says so, and what was read stays.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_says_why() {
    let (bench, mut window) = published().await;
    window.click("View groups…");
    window.until("the groups", |window| !rows(window).is_empty());
    let role = serde_json::json!({ "label": "workspace-contributor", "role": "Contributor" });
    bench.lab.cloud().set_knob("remove_role", &role).unwrap();
    window.press(Key::F5);
    window.until("why not", |window| window.says("role Contributor on the workspace"));
    assert!(!rows(&window).is_empty() && window.says("The list below was read before that."));
}

/// A page that nobody touches draws nothing: over a remote desktop every frame costs.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_at_rest_asks_for_no_frame() {
    let (_bench, mut window) = published().await;
    window.click("View groups…");
    window.until("who reports", |window| window.says("Of all computers with memberships"));
    // The caret of a field blinks; a table has none.
    window
        .harness
        .get_by_role_and_label(Role::ListBox, "Computer groups")
        .focus();
    window.harness.run_steps(20);
    assert!(!window.harness.ctx.has_requested_repaint(), "{}", window.screen());
    window.press(Key::Escape);
    window.click("Log search…");
    window.until("the groups", |window| {
        !window.value(Role::ComboBox, "About the group of").is_empty()
    });
    window.fill(
        Role::MultilineTextInput,
        "Query (KQL)",
        "Heartbeat | summarize by Computer",
    );
    window.click("Run");
    window.until("the rows", |window| {
        window.has(Role::ListBox, "Rows") && !rows(window).is_empty()
    });
    window.harness.get_by_role_and_label(Role::ListBox, "Rows").focus();
    window.harness.run_steps(20);
    assert!(!window.harness.ctx.has_requested_repaint(), "{}", window.screen());
}
