//! *Delete*, and the question before the window closes.

use azure_services_wizard::model::plan::{Progress, Step};
use azure_services_wizard::model::removal::{Remnant, Remnants, RemovalInventory, TableFound};
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
        rule: "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resourceGroups/rg/providers/\
               Microsoft.Insights/dataCollectionRules/dcr-configmgr-1"
            .parse()
            .ok(),
        table: Some(TableFound {
            rows: Some(1_234),
            used_by: Vec::new(),
        }),
        dependents: vec!["Missing updates".into()],
        ..RemovalInventory::default()
    }
}

fn remnants() -> Remnants {
    Remnants {
        workspace: fine("Prod").connection.setup.workspace,
        things: vec![Remnant::Group {
            alias: "ConfigMgr_PS1_1".into(),
            id: "asw-1-ps100001".into(),
        }],
    }
}

fn stays(desk: &mut Desk) {
    let ticket = desk.ticket(|query| matches!(query, Query::Remnants(_)));
    desk.on(Event::Answer(ticket, Answer::Remnants(Ok(remnants()))));
}

#[test]
fn shows_what_will_go_before_it_goes() {
    let mut desk = opened();
    assert!(
        desk.says("Looking up what the connection has in Azure"),
        "{}",
        desk.screen()
    );
    assert!(desk.why_not("Delete").unwrap().contains("Wait"));
    found(&mut desk, Ok(inventory()));
    for words in [
        "14 computer groups (17 saved searches in all)",
        "the data collection rule dcr-configmgr-1",
        "The table of history ConfigMgrCollectionMember_CL stays, with its 1234 rows.",
        "1 saved search of others uses these groups and may stop working: \"Missing updates\"",
        "Alert rules, workbooks",
        "The app registration, the workspace",
    ] {
        assert!(desk.says(words), "{words}\n{}", desk.screen());
    }
    desk.click("Details");
    assert!(desk.says("ConfigMgr_PS1_14"), "{}", desk.screen());
    desk.click("Delete");
    let run = desk.command("remove Prod Everything");
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
fn the_table_goes_with_its_rows_where_that_is_wished() {
    let mut desk = opened();
    found(&mut desk, Ok(inventory()));
    let tick = "Also delete the table ConfigMgrCollectionMember_CL with its 1234 rows";
    desk.find(Role::CheckBox, tick)[0].focus();
    desk.steps();
    desk.press(Key::Space);
    assert!(desk.says("the table ConfigMgrCollectionMember_CL with its 1234 rows"));
    assert!(!desk.says("The table of history"), "{}", desk.screen());
    desk.click("Delete");
    desk.command("remove Prod AndTable");
}

#[test]
fn a_table_that_another_connection_uses_is_not_offered() {
    let mut desk = opened();
    let mut inventory = inventory();
    inventory.table.as_mut().unwrap().used_by = vec!["Branch".into()];
    found(&mut desk, Ok(inventory));
    assert!(!desk.says("Also delete the table"), "{}", desk.screen());
    assert!(
        desk.says("with its 1234 rows: \"Branch\" uses it too."),
        "{}",
        desk.screen()
    );
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
fn without_azure_it_can_be_forgotten_here_with_a_list_of_what_stays() {
    let mut desk = opened();
    let tick = "Forget it on this computer only; leave everything in Azure as it is";
    desk.find(Role::CheckBox, tick)[0].focus();
    desk.steps();
    found(&mut desk, Err(Problem::SecretExpired.into()));
    assert_eq!(desk.focused(), tick);
    assert!(desk.says("The secret key has expired."), "{}", desk.screen());
    assert!(desk.says("Without Azure it can still be forgotten here"));
    desk.press(Key::Space);
    assert!(!desk.says("The secret key has expired."), "{}", desk.screen());
    assert!(desk.why_not("Delete").unwrap().contains("Wait"));
    stays(&mut desk);
    assert!(desk.says("1 thing in Azure will stay"), "{}", desk.screen());
    desk.click("Delete");
    let run = desk.command("remove Prod HereOnly");
    desk.ended(run, Outcome::Removed(Ok(())));
    assert!(desk.says("Nothing was changed in Azure."), "{}", desk.screen());
    assert!(
        desk.says("computer group ConfigMgr_PS1_1 (saved search asw-1-ps100001)"),
        "{}",
        desk.screen()
    );
    desk.press(Key::Enter);
    // The list is not lost with the dialog.
    let notice = desk.program().notices.list()[0].clone();
    let copied = azure_services_wizard::text::notices::for_ticket(&notice);
    assert!(copied.contains("asw-1-ps100001"), "{copied}");
}

#[test]
fn after_a_failure_delete_goes_on() {
    let mut desk = opened();
    found(&mut desk, Ok(inventory()));
    desk.click("Delete");
    let run = desk.command("remove Prod Everything");
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
    desk.command("remove Prod Everything");
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
