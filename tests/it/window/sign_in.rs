//! History with somebody's help, over a real backend and a real lab: an administrator signs in; a connection of another machine is
//! taken over; a step that failed is tried again.

use std::sync::Arc;

use azure_services_wizard::secrets::MemoryVault;
use egui::accesskit::Role;
use serde_json::json;

use super::harness::Window;
use super::history::wanting;
use super::steps::{APP, NAME, Values};
use crate::harness::{Bench, small, sorted, without_readings};
use crate::history::{from_rows, group, rules};

const SIGN_IN: &str = "Sign in as an administrator…";
const BROWSER: &str = "In the browser of this computer";
const CODE: &str = "With a code, on another device";
const CLIENT: &str = "Public client ID";

/// Opens the dialog and begins to sign in, this way.
fn begin(window: &mut Window, bench: &Bench, way: &str) {
    window.click(SIGN_IN);
    window.fill(Role::TextInput, CLIENT, &bench.lab.info().public_client_id);
    window.click_role(Role::RadioButton, way);
    window.click("Sign in");
}

/// The word on the screen that begins like this, or has this before it.
fn word_after(window: &Window, before: &str, start: &str) -> String {
    let screen = window.screen();
    let (_, rest) = screen
        .split_once(&format!("{before}{start}"))
        .unwrap_or_else(|| panic!("no {start}\n{screen}"));
    let rest = rest.split_whitespace().next().unwrap();
    format!("{start}{rest}")
}

/// What a browser does with the address that is shown: a page is there, and its form is sent with this answer.
async fn in_browser(window: &mut Window, bench: &Bench, answer: &str) {
    window.until("the address", |window| window.says("/oauth2/v2.0/authorize?"));
    let info = bench.lab.info();
    let page = word_after(window, "", &format!("{}/", info.authority));
    let browser = reqwest::Client::builder().no_proxy().build().unwrap();
    let shown = browser.get(&page).send().await.unwrap().text().await.unwrap();
    assert!(shown.contains("<form method=\"post\">"), "{shown}");
    let owner = info.people.first().unwrap();
    let form = [
        ("name", owner.name.as_str()),
        ("password", &owner.password),
        ("answer", answer),
    ];
    // The authority sends the browser back to the program, which answers with a page.
    let back = browser.post(&page).form(&form).send().await.unwrap();
    assert!(
        back.url().as_str().starts_with("http://localhost:") || back.url().as_str().starts_with("http://127.0.0.1:")
    );
    assert!(back.status().is_success(), "{}", back.status());
}

/// From the dialog, signed in, to Completion: rule and role are made with the sign-in, and rows go up.
async fn finish(window: &mut Window, bench: &Bench) {
    let owner = &bench.lab.info().people.first().unwrap().name;
    let signed_in = format!("Signed in as {owner}");
    window.until("the sign-in", |window| window.says(&signed_in));
    window.click("Close");
    window.until("nothing is missing", |window| window.can("Next"));
    assert!(!window.says("Missing:"), "{}", window.screen());
    window.add_all_collections();
    window.next_to("Confirm");
    assert!(
        window.says(&format!("with the sign-in of {owner}")),
        "{}",
        window.screen()
    );
    window.click("Next");
    window.until("Completion", |window| window.is_on("Completion"));
    assert!(window.says("History is set up"), "{}", window.screen());
    assert_eq!(rules(bench, &group(bench)).await.len(), 1);
    let rows = from_rows(bench);
    assert!(!rows.is_empty());
    assert_eq!(rows, bench.groups(NAME).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_declines_in_the_browser_loses_nothing_and_who_accepts_makes_history() {
    let bench = Bench::start(small()).await;
    let mut window = wanting(&bench, APP);
    begin(&mut window, &bench, BROWSER);
    in_browser(&mut window, &bench, "decline").await;
    window.until("why", |window| window.says("Nobody signed in"));
    assert_eq!(
        window.value(Role::TextInput, CLIENT),
        bench.lab.info().public_client_id,
        "what was typed stays"
    );
    assert!(window.can("Sign in"));
    window.press(egui::Key::Escape);
    assert!(window.is_on("Configuration") && !window.can("Next"));
    assert!(
        window.says("Missing: Make the data collection rule"),
        "history is still chosen\n{}",
        window.screen()
    );
    begin(&mut window, &bench, BROWSER);
    in_browser(&mut window, &bench, "accept").await;
    finish(&mut window, &bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_typed_in_elsewhere_makes_history() {
    let bench = Bench::start(small()).await;
    bench.lab.cloud().set_knob("device_code_interval_s", &json!(1)).unwrap();
    let mut window = wanting(&bench, APP);
    begin(&mut window, &bench, CODE);
    window.until("the code", |window| window.says("Code: "));
    assert!(window.says("/devicelogin"), "{}", window.screen());
    let code = word_after(&window, "Code: ", "");
    let typed = json!({ "user_code": code, "person": "owner" });
    bench.lab.cloud().set_knob("device_code", &typed).unwrap();
    finish(&mut window, &bench).await;
}

/// The app cannot ask for anything any more: its key has expired. An owner of it can.
#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_has_a_new_key_made_for_an_app_whose_key_has_expired() {
    const CREATE: &str = "Create a new secret key for me";
    let bench = Bench::start(small()).await;
    let name = bench.connected("workspace-contributor").await;
    let expired = json!({ "label": "workspace-contributor" });
    bench.lab.cloud().set_knob("expire_secret", &expired).unwrap();
    let mut window = Window::on(&bench);
    window.until("the list", |window| window.says(&name));
    window.click_first("Update secret key…");
    window.click(CREATE);
    window.until("that it cannot", |window| window.says("The secret key has expired."));
    assert!(window.says("The old secret key stays in use."), "{}", window.screen());
    begin(&mut window, &bench, BROWSER);
    assert!(!window.can(CREATE), "the sign-in stands in its place");
    in_browser(&mut window, &bench, "decline").await;
    window.until("why", |window| window.says("Nobody signed in"));
    window.press(egui::Key::Escape);
    begin(&mut window, &bench, BROWSER);
    in_browser(&mut window, &bench, "accept").await;
    let owner = &bench.lab.info().people.first().unwrap().name;
    window.until("the sign-in", |window| window.says(&format!("Signed in as {owner}")));
    window.click("Close");
    assert!(
        window.says("a new secret key is made with this sign-in"),
        "{}",
        window.screen()
    );
    window.click(CREATE);
    window.until("the good end", |window| {
        window.says("The new secret key is in use until")
    });
    assert!(window.says("Nothing else is to be done."), "{}", window.screen());
    window.click("Close");
    assert!(!window.says("EXPIRED"), "{}", window.screen());
    bench.asw("", &["sync", &name, "--full"]).await.ending(0);
}

/// The functions of the groups, as the workspace answers them.
async fn aliases(bench: &Bench, name: &str) -> Vec<String> {
    let json = bench.asw("", &["--json", "groups", name]).await.ending(0).json();
    let groups = json["groups"].as_array().unwrap();
    let aliases = groups.iter().map(|group| group["alias"].as_str().unwrap().to_owned());
    sorted(aliases.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_of_another_machine_is_found_and_taken_over() {
    let bench = Bench::start(small()).await;
    let setup = bench.setup_set("ready", &[("history", "\"on\"")]);
    let words = ["--secrets-stdin", "connect", "--file", &setup];
    bench.asw(&bench.secrets("ready"), &words).await.ending(0);
    let theirs = crate::history::name(&bench).await;
    bench.asw("", &["sync", &theirs]).await.ending(0);
    let names = aliases(&bench, &theirs).await;
    let standing = without_readings(bench.saved_searches().await);

    // Another data folder and keyring, and a moment later.
    bench.lab.clock().advance(5).unwrap();
    let Bench { lab, .. } = bench;
    let bench = Bench {
        lab,
        folder: tempfile::tempdir().unwrap(),
        vault: Arc::new(MemoryVault::for_life()),
    };
    let mut window = Window::on(&bench);
    window.walk_to_configuration(&Values::of(&bench, "ready"));
    let id = bench.lab.info().workspaces.first().unwrap().resource_id.clone();
    window.fill(Role::TextInput, "Workspace resource ID", &id);
    window.click("Use");
    let found = format!("This workspace already carries the connection \"{theirs}\"");
    window.until("what stands", |window| window.says(&found) && window.can("Add…"));
    window.click_role(Role::Button, &format!("Take it over: {theirs}"));
    window.until("the choice", |window| {
        window.says("is taken over: its groups keep their names.")
    });
    window.next_to("Confirm");
    assert!(
        window.says("under its identity; no second one is made."),
        "{}",
        window.screen()
    );
    window.click("Next");
    window.until("Completion", |window| window.is_on("Completion"));
    let ours = crate::history::name(&bench).await;
    assert_eq!(aliases(&bench, &ours).await, names, "queries go on as they are");
    let found = without_readings(bench.saved_searches().await);
    assert_eq!(found, standing, "nothing is there twice");
    assert_eq!(rules(&bench, &group(&bench)).await.len(), 1);
    assert_eq!(bench.groups(&ours).await, bench.truth());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_could_not_be_made_is_tried_again() {
    let bench = Bench::start(small()).await;
    let mut window = wanting(&bench, "ready");
    window.next_to("Confirm");
    bench.plan_faults(&json!({
        "service": "arm", "method": "PUT", "path": "dataCollectionRules", "kind": "status", "status": 403, "times": 1
    }));
    window.click("Next");
    window.until("the failed step", |window| window.can("Retry"));
    assert!(
        window.says("Failed: Making the data collection rule"),
        "{}",
        window.screen()
    );
    assert!(!window.is_on("Completion"));
    window.click("Retry");
    window.until("Completion", |window| window.is_on("Completion"));
    assert!(window.says("History is set up"), "{}", window.screen());
    assert_eq!(rules(&bench, &group(&bench)).await.len(), 1);
}
