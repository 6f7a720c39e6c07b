//! *Move connection*, from the banner of a publication that found another site above its own to the publication from there.

use std::sync::Arc;

use azure_services_wizard::secrets::MemoryVault;
use egui::accesskit::Role;
use serde_json::json;

use super::harness::Window;
use super::steps::{APP, Values};
use crate::harness::{Bench, small};
use crate::relocation::elsewhere;

const MOVE: &str = "Move connection…";

/// A connection that is published, and a site above its own by now; the window shows that.
async fn re_parented() -> (Bench, String) {
    let bench = Bench {
        vault: Arc::new(MemoryVault::for_life()),
        ..Bench::start(small()).await
    };
    let name = bench.connected(APP).await;
    bench.asw("", &["sync", &name]).await.ending(0);
    bench.lab.site().set_knob("hierarchy", &json!("child")).unwrap();
    bench.asw("", &["sync", &name]).await.ending(4);
    (bench, name)
}

/// Types the way to the new site and looks at it.
fn check(window: &mut Window, bench: &Bench) {
    let values = Values::of(bench, APP);
    window.fill(Role::TextInput, "SMS Provider", &elsewhere(bench));
    window.click_role(Role::RadioButton, "This account");
    window.fill(Role::TextInput, "Account", &values.account);
    window.fill(Role::PasswordInput, "Password", &values.password);
    window.press(egui::Key::Enter); // as the button Check the site
    window.until("the site's certificate", |window| window.can("Trust this certificate"));
    window.click("Trust this certificate");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_moves_and_publishes_from_the_site_above() {
    let (bench, name) = re_parented().await;
    let aliases = |said: crate::harness::Said| -> Vec<serde_json::Value> {
        let groups = said.json()["groups"].as_array().unwrap().clone();
        groups.iter().map(|group| group["alias"].clone()).collect()
    };
    let before = aliases(bench.asw("", &["--json", "groups", &name]).await.ending(0));
    let mut window = Window::on(&bench);
    window.until("the banner", |window| window.says("The hierarchy changed"));
    window.click_first(MOVE);
    let server = window.value(Role::TextInput, "SMS Provider");
    assert_eq!(server, "cas01.corp.example", "the server that the site named");
    assert!(!window.can("Move"), "{}", window.screen());

    // The site's own provider is none to move to.
    check(&mut window, &bench);
    window.until("the refusal", |window| window.says("is a child primary site"));
    assert!(!window.can("Move"), "{}", window.screen());

    let gone = bench.lab.site().chosen_collections().remove(0);
    bench.lab.site().set_knob("hierarchy", &json!("cas")).unwrap();
    bench.lab.site().set_knob("gone", &json!([gone])).unwrap();
    window.click("Check the site");
    window.until("the plan", |window| window.can("Move"));
    assert!(
        window.says("13 of 14 chosen collections are at the new site"),
        "{}",
        window.screen()
    );
    assert!(window.says("1 collection is not at the new site") && window.says(&gone));
    window.click("Move");
    window.until("the end", |window| window.says("now reads CAS"));
    assert!(!window.screen().contains(&Values::of(&bench, APP).password));
    window.click("Close");
    window.until("the list", |window| window.says("was moved to another SMS Provider."));
    window.click_first("Publish now");
    window.until("the publication", |window| {
        window.says("13 published, 1 no longer listed by the site")
    });
    assert_eq!(
        aliases(bench.asw("", &["--json", "groups", &name]).await.ending(0)),
        before
    );
    let mut shown = bench.groups(&name).await;
    shown.remove(&gone);
    let mut wanted = bench.truth();
    wanted.remove(&gone);
    assert_eq!(shown, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_said_in_the_dialog_and_leaves_the_connection() {
    let (bench, name) = re_parented().await;
    let mut window = Window::on(&bench);
    bench.lab.site().set_knob("hierarchy", &json!("cas")).unwrap();
    window.until("the banner", |window| window.says("The hierarchy changed"));
    window.click_first(MOVE);
    check(&mut window, &bench);
    window.until("the plan", |window| window.can("Move"));
    // Between plan and move another site answers.
    bench.lab.site().set_knob("hierarchy", &json!("standalone")).unwrap();
    window.click("Move");
    window.until("the failure", |window| window.says("The connection is as it was."));
    window.click("Cancel");
    window.until("the list", |window| window.says("was not moved."));
    bench.asw("", &["sync", &name]).await.ending(0);
    assert_eq!(bench.groups(&name).await, bench.truth());
}
