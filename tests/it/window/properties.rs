//! *Connection Properties*, over the lab: what is applied stands here and in Azure; what fails half-way is said, and pending.

use std::collections::BTreeSet;
use std::sync::Arc;

use azure_services_wizard::secrets::MemoryVault;
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use serde_json::{Value, json};

use super::harness::Window;
use crate::harness::{Bench, small};

/// May do everything, history too.
const APP: &str = "ready";
/// One that is not chosen at first.
const NEW: &str = "PS100018";

/// A connection without the collection [`NEW`], published; and the window.
async fn published(app: &str) -> (Bench, Window) {
    let bench = Bench {
        vault: Arc::new(MemoryVault::for_life()),
        ..Bench::start(small()).await
    };
    let name = bench.connected(app).await;
    bench.asw("", &["set", &name, "--name", "Contoso"]).await.ending(0);
    bench
        .asw("", &["collections", "Contoso", "remove", NEW, "--yes"])
        .await
        .ending(0);
    bench.asw("", &["sync", "Contoso"]).await.ending(0);
    let mut window = Window::on(&bench);
    window.until("the list", |window| window.can("Properties…"));
    window.click("Properties…");
    window.until("the dialog", |window| window.can("OK"));
    (bench, window)
}

async fn shown(bench: &Bench, name: &str) -> Value {
    bench.asw("", &["--json", "show", name]).await.ending(0).json()["connection"].clone()
}

/// The collections that have a group in the workspace.
async fn groups(bench: &Bench, name: &str) -> BTreeSet<String> {
    bench.groups(name).await.into_keys().collect()
}

fn set(ids: &Value) -> BTreeSet<String> {
    let ids = ids.as_array().unwrap().iter();
    ids.map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// Takes the first collection of the tab away; answers its ID.
fn take_away(window: &mut Window) -> String {
    window
        .harness
        .get_by_role_and_label(Role::ListBox, "Device collections")
        .focus();
    window.steps();
    window.press(Key::Home);
    let rows = window.names(Role::ListBoxOption).into_iter();
    // Name, ID, members.
    let mut ids = rows.filter_map(|row| {
        let mut cells = row.rsplit(", ");
        cells.next()?.parse::<u64>().ok()?;
        cells.next().map(str::to_owned)
    });
    let gone = ids.next_back().unwrap(); // they come from the last to the first
    window.click("Remove");
    assert!(!window.says(&gone), "{gone}\n{}", window.screen());
    gone
}

#[tokio::test(flavor = "multi_thread")]
async fn name_description_and_collections_are_changed_here_and_in_azure() {
    let (bench, mut window) = published(APP).await;
    window.fill(Role::TextInput, "Name", "Fabrikam");
    window.fill(Role::MultilineTextInput, "Description", "The other company");
    window.click_role(Role::Tab, "Connection Properties");
    window.click("Add…");
    window.until("the site's collections", |window| window.has(Role::TextInput, "Filter"));
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    let gone = take_away(&mut window);
    window.click("Apply");
    window.until("the preview", |window| window.can("Apply and delete"));
    for words in [NEW, &format!("ConfigMgr_PS1_{NEW}"), &format!("ConfigMgr_PS1_{gone}")] {
        assert!(window.says(words), "{words}\n{}", window.screen());
    }
    assert!(
        groups(&bench, "Contoso").await.contains(&gone),
        "nothing is done before"
    );
    window.click("Apply and delete");
    window.until("the end", |window| {
        window.says("name changed") && window.says("1 collection added, 1 collection taken away")
    });
    window.until("the publication", |window| {
        window.says("Published 13 collections of \"Fabrikam\"")
    });
    let connection = shown(&bench, "Fabrikam").await;
    assert_eq!(connection["description"], "The other company");
    let there = groups(&bench, "Fabrikam").await;
    assert_eq!(there, set(&connection["collections"]));
    assert!(there.contains(NEW) && !there.contains(&gone));
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_turned_on_and_off_after_a_look_at_what_that_needs() {
    let (bench, mut window) = published(APP).await;
    for (on, said, go) in [
        (true, "history is on", "Apply now"),
        (false, "history is off", "Apply and delete"),
    ] {
        window.click_role(Role::Tab, "Connection Properties");
        let keep = "Keep memberships as rows over time, too";
        window.harness.get_by_role_and_label(Role::CheckBox, keep).focus();
        window.steps();
        window.press(Key::Space);
        // What was turned on is published at once; until then nothing else is changed.
        window.until("the publication before", |window| window.can("Apply"));
        window.click("Apply");
        window.until("the preview", |window| window.can(go));
        assert!(window.says(if on {
            "Turning history on makes"
        } else {
            "Turning history off deletes"
        }));
        window.click(go);
        window.until("the end", |window| window.says(said));
        assert_eq!(shown(&bench, "Contoso").await["rule"].is_null(), !on);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn history_without_the_rights_for_it_is_refused_with_what_to_ask_for() {
    let (bench, mut window) = published(super::steps::APP).await;
    window.click_role(Role::Tab, "Connection Properties");
    let keep = "Keep memberships as rows over time, too";
    window.harness.get_by_role_and_label(Role::CheckBox, keep).focus();
    window.steps();
    window.press(Key::Space);
    window.click("Apply");
    window.until("the refusal", |window| {
        window.says("History cannot be turned on like this")
    });
    for words in [
        "The simplest request: give",
        "asw rights \"Contoso\" --script az",
        "Monitoring Contributor",
    ] {
        assert!(window.says(words), "{words}\n{}", window.screen());
    }
    assert!(!window.can("Apply now") && !window.says("Publish when the changes are made"));
    window.press(Key::Enter); // back
    assert!(window.can("Apply"), "{}", window.screen());
    assert!(shown(&bench, "Contoso").await["rule"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_half_way_is_said_and_the_rest_goes_with_the_next_apply() {
    let (bench, mut window) = published(APP).await;
    window.fill(Role::MultilineTextInput, "Description", "Changed before it failed");
    window.click_role(Role::Tab, "Connection Properties");
    let gone = take_away(&mut window);
    window.click("Apply");
    window.until("the preview", |window| window.can("Apply and delete"));
    bench.plan_faults(&json!({
        "service": "arm", "method": "DELETE", "path": "savedSearches", "kind": "status", "status": 403, "times": 1
    }));
    window.click("Apply and delete");
    window.until("the failure", |window| window.says("The rest was not done"));
    assert!(window.says("description changed"), "{}", window.screen());
    assert!(window.says("may still be in the workspace"), "{}", window.screen());
    let connection = shown(&bench, "Contoso").await;
    assert_eq!(connection["description"], "Changed before it failed");
    assert!(!set(&connection["collections"]).contains(&gone));
    assert!(groups(&bench, "Contoso").await.contains(&gone));
    window.click("Apply");
    window.until("the preview", |window| window.can("Apply and delete"));
    window.click("Apply and delete");
    window.until("the end", |window| window.says("1 collection taken away"));
    assert!(!groups(&bench, "Contoso").await.contains(&gone));
    assert!(!window.says("may still be in the workspace"), "{}", window.screen());
}
