//! *Confirm*.

use super::made::{self, CLIENT_ID, PASSWORD, SECRET};
use super::window::Window;
use crate::flow::TextField;
use crate::flow::wizard::Page;

#[test]
fn everything_that_will_be_made_is_there_and_no_secret() {
    let window = Window::of(made::at_confirm(2));
    let id = made::workspace_id("rg-monitor", "law-contoso").to_string();
    for words in [
        "Contoso production",
        "For the patch team",
        "The secret key of the app, and the password of the site account",
        "asw.db",
        "Contoso primary (PS1)",
        "cm01.corp.contoso.com",
        "CONTOSO\\svc-asw",
        "AzurePublicCloud",
        "contoso.onmicrosoft.com (1f0e2d3c-0000-4000-8000-000000000001)",
        &format!("ConfigMgr connector ({CLIENT_ID})"),
        "2027-05-22",
        &id,
        "One record of this connection, and 2 computer groups:",
        "Servers | Datacenter | Production, PS100016, 412, ConfigMgr_PS1_PS100016",
        "Servers | Test, PS100017, 38, ConfigMgr_PS1_PS100017",
        "Nothing else in Azure is changed.",
        "All computers of its collection",
        "publishes the 2 device collections for the first time",
    ] {
        window.must_say(words);
    }
    window.must_not_say("PS100018");
    window.must_not_say(SECRET);
    window.must_not_say(PASSWORD);
    assert!(window.can("Next"));
}

#[test]
fn without_collections_there_is_a_record_and_no_group() {
    let window = Window::of(made::at_confirm(0));
    window.must_say("One record of this connection; no computer group, since no collection is chosen.");
    window.must_say("Next makes the connection.");
    window.must_not_say("ListBox");
}

#[test]
fn a_page_that_was_changed_is_named_and_can_be_gone_to() {
    let mut program = made::at_confirm(2);
    program.wizard.as_mut().unwrap().app.client_id = TextField::holding("2b3c4d5e-0000-4000-8000-0000000000ff");
    let mut window = Window::of(program);
    window.must_say("The page Import Apps holds something else");
    window.must_not_say("One record");
    assert!(!window.can("Next"));
    window.click("Go to Import Apps");
    assert_eq!(window.wizard().page(), Page::ImportApps);
}
