//! History in the window, over a real backend and a real lab: what an app may do is listed, and leads on or says who can help.

use egui::accesskit::Role;

use super::harness::Window;
use super::steps::{APP, Values};
use crate::harness::{Bench, small};

pub const BOTH: &str = "Computer groups and history";
pub const READ: &str = "For history as well";

/// At *Configuration* as this app, history chosen and looked at.
pub fn wanting(bench: &Bench, app: &str) -> Window {
    let mut window = Window::on(bench);
    want(&mut window, bench, app);
    window
}

/// From the list of connections to there.
pub fn want(window: &mut Window, bench: &Bench, app: &str) {
    window.walk_to_configuration(&Values::of(bench, app));
    let id = bench.lab.info().workspaces.first().unwrap().resource_id.clone();
    window.fill(Role::TextInput, "Workspace resource ID", &id);
    window.click("Use");
    window.click_role(Role::RadioButton, BOTH);
    window.until("what history needs", |window| window.says(READ));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_asked_of_the_right_person_and_groups_go_on_without() {
    let bench = Bench::start(small()).await;
    let mut window = wanting(&bench, APP);
    assert!(
        window.says("Missing: Make the data collection rule"),
        "{}",
        window.screen()
    );
    assert!(window.says("The simplest request: give"), "{}", window.screen());
    assert!(!window.can("Next"));
    window.click("Commands for an administrator…");
    assert!(
        window.says("--role \"Monitoring Metrics Publisher\""),
        "{}",
        window.screen()
    );
    window.click("Close");
    window.click_role(Role::RadioButton, "Computer groups");
    window.until("groups alone", |window| window.can("Next"));
    window.next_to("Confirm");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_may_do_it_all_sets_history_up() {
    let bench = Bench::start(small()).await;
    let mut window = wanting(&bench, "owner");
    window.until("no right is missing", |window| window.can("Next"));
    assert!(!window.says("Missing:"), "{}", window.screen());
    window.next_to("Confirm");
    for part in [
        "ConfigMgrCollectionMember_CL",
        "dcr-configmgr-",
        "Monitoring Metrics Publisher",
        "ConfigMgrComputerGroup",
    ] {
        assert!(window.says(part), "{part}\n{}", window.screen());
    }
    window.click("Next");
    window.until("Completion", |window| window.is_on("Completion"));
    assert!(window.says("History is set up"), "{}", window.screen());
    assert!(window.says("ConfigMgrComputerGroup | summarize"), "{}", window.screen());
}
