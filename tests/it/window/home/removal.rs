//! *Delete*, and the question before the window closes.

use azure_services_wizard::model::plan::{Progress, Step};
use azure_services_wizard::model::report::RemovalInventory;
use egui::Key;

use super::*;

fn opened() -> Desk {
    let mut desk = Desk::with(vec![fine("Prod")]);
    desk.click("Delete…");
    desk
}

fn found(desk: &mut Desk, inventory: Result<RemovalInventory>) {
    let ticket = desk.ticket(|query| matches!(query, Query::Inventory(_)));
    desk.on(Event::Answer(ticket, Answer::Inventory(inventory)));
}

fn inventory() -> RemovalInventory {
    RemovalInventory {
        groups: (1..=14).map(|number| format!("ConfigMgr_PS1_{number}")).collect(),
        saved_searches: 17,
        dependents: vec!["Missing updates".into()],
    }
}

#[test]
fn shows_what_will_go_before_it_goes() {
    let mut desk = opened();
    assert!(desk.says("Looking up what is in the workspace"), "{}", desk.screen());
    assert!(desk.why_not("Delete").unwrap().contains("Wait"));
    found(&mut desk, Ok(inventory()));
    for words in [
        "14 computer groups (17 saved searches in all)",
        "1 saved search of others uses these groups and may stop working: \"Missing updates\"",
        "The app registration, the workspace",
    ] {
        assert!(desk.says(words), "{words}\n{}", desk.screen());
    }
    desk.click("Delete");
    let run = desk.command("remove Prod keep=false");
    desk.on(Event::Working(run, Progress::Step(Step::DeleteGroups)));
    assert!(desk.says("Deleting this connection's computer groups"));
    desk.ended(run, Outcome::Removed(Ok(())));
    assert!(
        desk.says("\"Prod\" is deleted, and its computer groups with it."),
        "{}",
        desk.screen()
    );
    desk.press(Key::Enter);
    assert!(desk.program().dialog.is_none());
}

#[test]
fn enter_keeps_the_connection() {
    let mut desk = opened();
    found(&mut desk, Ok(inventory()));
    assert_eq!(desk.focused(), "Keep the connection");
    desk.press(Key::Enter);
    assert!(desk.program().dialog.is_none());
    assert!(desk.commands().is_empty());
}

#[test]
fn without_azure_the_groups_can_be_kept() {
    let mut desk = opened();
    let tick = "Keep the computer groups in the workspace as they are";
    desk.find(Role::CheckBox, tick)[0].focus();
    desk.steps();
    found(&mut desk, Err(Problem::SecretExpired.into()));
    assert_eq!(desk.focused(), tick);
    assert!(desk.says("The secret key has expired."), "{}", desk.screen());
    assert!(desk.says("Keeping them works without"));
    desk.press(Key::Space);
    assert!(!desk.says("The secret key has expired."), "{}", desk.screen());
    desk.click("Delete");
    let run = desk.command("remove Prod keep=true");
    desk.ended(run, Outcome::Removed(Ok(())));
    assert!(desk.says("Its computer groups stay in the workspace."));
}

#[test]
fn after_a_failure_delete_goes_on() {
    let mut desk = opened();
    found(&mut desk, Ok(inventory()));
    desk.click("Delete");
    let run = desk.command("remove Prod keep=false");
    desk.click("Cancel");
    assert_eq!(desk.stopped(), [run]);
    let left = "9 saved searches of Prod".to_owned();
    desk.ended(
        run,
        Outcome::Removed(Err(Problem::Cancelled { partly: true, left }.into())),
    );
    assert!(desk.says("Left undone: 9 saved searches"), "{}", desk.screen());
    assert!(desk.says("Delete goes on where it stopped."));
    assert_eq!(desk.focused(), "Keep the connection");
    desk.click("Delete");
    desk.command("remove Prod keep=false");
}

#[test]
fn closing_while_publishing_is_asked_about() {
    let mut desk = Desk::with(vec![fine("Prod")]);
    assert!(desk.program().close_requested());
    desk.click("Publish now");
    let run = desk.command("publish Prod");
    assert!(!desk.program().close_requested());
    desk.steps();
    assert!(desk.says("\"Prod\" is being published."), "{}", desk.screen());
    assert_eq!(desk.focused(), "Stay");
    desk.press(Key::Enter);
    assert!(desk.program().dialog.is_none() && desk.stopped().is_empty());
    assert!(!desk.program().close_requested());
    desk.steps();
    desk.click("Stop and close");
    assert_eq!(desk.stopped(), [run]);
    assert!(desk.says("Then the window closes."), "{}", desk.screen());
    assert!(!desk.wants_to_close());
    desk.ended(run, Outcome::Published(Err(Problem::SecretExpired.into())));
    assert!(desk.wants_to_close());
}
