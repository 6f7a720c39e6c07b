//! *Import Apps*.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use azure_services_wizard::flow::effect::FilePurpose;
use azure_services_wizard::flow::wizard::AppField;
use azure_services_wizard::flow::{Answer, Effect, Query, Shell};
use azure_services_wizard::model::app_document::AppDocument;
use azure_services_wizard::model::plan::{Progress, Step};
use azure_services_wizard::model::{Problem, SecretExpiry, Warning};
use azure_services_wizard::ui::wizard::import_apps;
use chrono::Utc;

use super::{ID, Page, Role, failure, type_app, verified_app};

const VERIFIED: &str = "Successfully verified!";

fn page() -> Page {
    Page::of(import_apps::show)
}

/// The page with an app typed, and Azure asked about it.
fn verifying() -> (Page, azure_services_wizard::flow::Ticket) {
    let mut page = page();
    type_app(page.wizard());
    page.click(Role::Button, "Verify");
    let (ticket, _) = page.query();
    (page, ticket)
}

fn document() -> String {
    format!(r#"{{ "appId": "{ID}", "displayName": "ConfigMgrService", "password": "abc8Q~pasted", "tenant": "{ID}" }}"#)
}

#[test]
fn azure_is_asked_with_exactly_what_is_typed() {
    let mut page = page();
    page.fill(Role::TextInput, "Azure AD Tenant Name", "contoso.onmicrosoft.com");
    page.fill(Role::TextInput, "Azure AD Tenant ID", ID);
    page.fill(Role::TextInput, "Application Name", "ConfigMgrService");
    page.fill(Role::TextInput, "Client ID", ID);
    page.fill(Role::PasswordInput, "Secret Key", "abc8Q~typed");
    page.fill(Role::TextInput, "Secret Key Expiry", "2027-05-22");
    page.fill(Role::TextInput, "App ID URI", "https://ConfigMgrService");
    page.click(Role::Button, "Verify");
    let (_, Query::Verify(access)) = page.query() else {
        panic!("another query")
    };
    assert_eq!(access.environment.name, "AzurePublicCloud");
    assert_eq!(access.app.tenant_name.as_str(), "contoso.onmicrosoft.com");
    assert_eq!(access.app.tenant_id.to_string(), ID);
    assert_eq!(access.app.application_name.as_str(), "ConfigMgrService");
    assert_eq!(access.app.client_id.to_string(), ID);
    assert_eq!(access.app.secret_expiry.to_string(), "2027-05-22");
    assert_eq!(access.app.app_id_uri.as_str(), "https://ConfigMgrService");
    assert_eq!(access.secret.expose(), "abc8Q~typed");
    assert!(!page.says("abc8Q~typed"), "the secret key is on the screen");
}

#[test]
fn mistakes_wait_until_their_field_was_left() {
    let mut page = page();
    for (field, wrong, words) in [
        ("Azure AD Tenant ID", "contoso", "is not a GUID"),
        ("Client ID", "client", "is not a GUID"),
        ("Secret Key Expiry", "22.05.2027", "is not a date"),
    ] {
        page.fill(Role::TextInput, field, wrong);
        assert_eq!(page.description(Role::TextInput, field), "", "{field}");
        page.press(egui::Key::Tab);
        assert!(page.description(Role::TextInput, field).contains(words), "{field}");
    }
}

#[test]
fn an_incomplete_form_asks_nobody_and_leads_to_the_field() {
    let mut page = page();
    page.fill(Role::TextInput, "Azure AD Tenant ID", ID);
    page.click(Role::Button, "Verify");
    assert!(page.effects().is_empty());
    assert!(page.is_focused(Role::TextInput, "Client ID"));
    assert!(
        page.description(Role::PasswordInput, "Secret Key")
            .contains("It is empty")
    );
    assert!(
        page.description(Role::TextInput, "Secret Key Expiry")
            .contains("It is empty")
    );
    assert!(page.says("it is marked there"));
}

#[test]
fn verified_stands_beside_the_button_until_something_is_edited() {
    let (mut page, ticket) = verifying();
    page.answer(ticket, Answer::Verify(Ok(vec![Warning::NoSubscriptionVisible])));
    assert!(page.has(Role::Status, VERIFIED), "{}", page.screen());
    assert!(page.says("sees no subscription"));
    page.fill(Role::TextInput, "Client ID", &ID.replace('1', "2"));
    assert!(!page.says(VERIFIED));
    assert!(!page.says("sees no subscription"));
    page.fill(Role::TextInput, "Client ID", ID);
    assert!(page.says(VERIFIED), "it is what Azure let in again");
}

#[test]
fn verifying_says_its_step_and_can_be_cancelled() {
    let (mut page, ticket) = verifying();
    assert!(page.says("Asking Azure"));
    page.with(|wizard, _| wizard.hear_query(ticket, &Progress::Step(Step::FindTenant)));
    assert!(page.says("Looking up the tenant"));
    page.click(Role::Button, "Cancel");
    assert!(matches!(page.effects().as_slice(), [Effect::Abandon(abandoned)] if *abandoned == ticket));
    assert!(page.has(Role::Button, "Verify"));
}

#[test]
fn a_refusal_keeps_every_field() {
    let (mut page, ticket) = verifying();
    page.answer(ticket, Answer::Verify(Err(failure(Problem::SecretExpired))));
    assert!(page.says("The secret key has expired."), "{}", page.screen());
    assert!(page.has(Role::Button, "Details") && page.has(Role::Button, "Copy"));
    assert!(!page.says(VERIFIED));
    for field in ["Azure AD Tenant ID", "Client ID"] {
        assert_eq!(page.value(Role::TextInput, field), ID);
    }
    assert_eq!(page.wizard().app.secret.expose(), "abc8Q~secret");
    assert_eq!(page.value(Role::TextInput, "Secret Key Expiry"), "2027-05-22");
}

#[test]
fn a_secret_id_in_place_of_the_key_is_pointed_out_at_once() {
    let mut page = page();
    page.fill(Role::PasswordInput, "Secret Key", "abc8Q~typed");
    assert!(!page.says("looks like the secret's ID"));
    page.fill(Role::PasswordInput, "Secret Key", ID);
    assert!(page.says("looks like the secret's ID"));
}

#[test]
fn a_document_pasted_into_any_field_fills_them_all() {
    let mut page = page();
    page.fill(Role::TextInput, "Azure AD Tenant Name", "Contoso");
    page.harness.event(egui::Event::Paste(document()));
    page.steps();
    assert_eq!(page.value(Role::TextInput, "Azure AD Tenant Name"), "Contoso");
    assert_eq!(page.value(Role::TextInput, "Azure AD Tenant ID"), ID);
    assert_eq!(page.value(Role::TextInput, "Application Name"), "ConfigMgrService");
    assert_eq!(page.value(Role::TextInput, "Client ID"), ID);
    assert_eq!(page.wizard().app.secret.expose(), "abc8Q~pasted");
    assert!(page.says("Filled from what was pasted."));
    assert!(page.says("The expiry date is not in it"));
    assert!(!page.says("abc8Q~pasted"));
}

#[test]
fn a_pasted_document_that_cannot_be_read_changes_nothing_and_shows_no_secret() {
    let mut page = page();
    page.fill(Role::TextInput, "Client ID", ID);
    let broken = "{ \"password\": \"abc8Q~pasted\"".to_owned();
    page.harness.event(egui::Event::Paste(broken));
    page.steps();
    assert_eq!(page.value(Role::TextInput, "Client ID"), ID);
    assert!(page.wizard().app.secret.is_blank());
    assert!(page.says("it is not JSON that can be read"), "{}", page.screen());
    assert!(!page.says("abc8Q~pasted"));
}

#[test]
fn any_other_paste_goes_into_the_field() {
    let mut page = page();
    page.focus(Role::TextInput, "Client ID");
    page.harness.event(egui::Event::Paste(ID.to_owned()));
    page.steps();
    assert_eq!(page.value(Role::TextInput, "Client ID"), ID);
}

#[test]
fn a_file_is_opened_by_its_typed_path_and_named() {
    let mut page = page();
    assert!(page.is_disabled(Role::Button, "Open"));
    assert_eq!(page.description(Role::Button, "Open"), "Name a file first.");
    page.fill(Role::TextInput, "File with that output", "app.json");
    page.click(Role::Button, "Open");
    let (ticket, Query::AppFile(path)) = page.query() else {
        panic!("another query")
    };
    assert_eq!(path, PathBuf::from("app.json"));
    let read = AppDocument::parse(&document()).unwrap();
    page.answer(ticket, Answer::AppFile(Ok(read)));
    assert!(page.says("Filled from app.json."), "{}", page.screen());
    assert_eq!(page.value(Role::TextInput, "Client ID"), ID);
    page.fill(Role::TextInput, "File with that output", "other.json");
    assert!(!page.says("Filled from"), "nothing came from that one");
}

#[test]
fn a_file_that_cannot_be_read_says_so_in_place() {
    let mut page = page();
    type_app(page.wizard());
    page.fill(Role::TextInput, "File with that output", "app.json");
    page.click(Role::Button, "Open");
    let (ticket, _) = page.query();
    let unreadable = Problem::FileUnreadable {
        path: "app.json".to_owned(),
        cause: "not found".to_owned(),
    };
    page.answer(ticket, Answer::AppFile(Err(failure(unreadable))));
    assert!(page.says("app.json") && page.says("not found"), "{}", page.screen());
    assert_eq!(page.value(Role::TextInput, "Client ID"), ID);
}

#[test]
fn what_is_said_of_a_file_takes_nothing_from_the_field_that_is_typed_in() {
    let mut page = page();
    page.fill(Role::TextInput, "File with that output", "app.json");
    page.click(Role::Button, "Open");
    let (ticket, _) = page.query();
    page.focus(Role::TextInput, "Application Name");
    page.harness.event(egui::Event::Text("Config".to_owned()));
    page.steps();
    let unreadable = Problem::FileUnreadable {
        path: "app.json".to_owned(),
        cause: "not found".to_owned(),
    };
    page.answer(ticket, Answer::AppFile(Err(failure(unreadable))));
    page.harness.event(egui::Event::Text("MgrService".to_owned()));
    page.steps();
    assert_eq!(page.value(Role::TextInput, "Application Name"), "ConfigMgrService");
}

#[test]
fn browse_opens_the_file_dialog() {
    let mut page = page();
    page.click(Role::Button, "Browse… app document");
    assert!(matches!(
        page.effects().as_slice(),
        [Effect::Shell(Shell::PickFile(FilePurpose::App))]
    ));
}

/// A file as a desktop drops it.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("the backend reads files".to_owned())
    }
}

#[test]
fn a_dropped_file_is_opened() {
    let mut page = page();
    let dropped = Arc::new(Dropped("dropped.json".into()));
    page.harness.input_mut().dropped_files.push(dropped);
    page.steps();
    let (_, Query::AppFile(path)) = page.query() else {
        panic!("another query")
    };
    assert_eq!(path, PathBuf::from("dropped.json"));
}

#[test]
fn the_buttons_beside_the_expiry_count_from_today() {
    let mut page = page();
    for (button, days) in [
        ("+6 months", 181..=185),
        ("+1 year", 365..=367),
        ("+2 years", 730..=732),
    ] {
        let today = Utc::now().date_naive();
        page.click(Role::Button, button);
        let expiry: SecretExpiry = page.value(Role::TextInput, "Secret Key Expiry").parse().unwrap();
        assert!(days.contains(&expiry.days_left(today)), "{button}: {expiry}");
    }
}

#[test]
fn the_focus_goes_once_to_the_field_that_is_asked_for() {
    let mut page = page();
    page.with(|wizard, _| wizard.go_to = Some(AppField::SecretKey));
    assert!(page.is_focused(Role::PasswordInput, "Secret Key"));
    assert!(page.wizard().go_to.is_none());
    page.focus(Role::TextInput, "Client ID");
    assert!(page.is_focused(Role::TextInput, "Client ID"), "it is not held there");
}

#[test]
fn tab_follows_the_order_of_the_article() {
    let mut page = page();
    verified_app(&mut page);
    page.focus(Role::TextInput, "Azure AD Tenant Name");
    for field in ["Azure AD Tenant ID", "Application Name", "Client ID"] {
        page.press(egui::Key::Tab);
        assert!(page.is_focused(Role::TextInput, field), "{field}");
    }
    page.press(egui::Key::Tab);
    assert!(page.is_focused(Role::PasswordInput, "Secret Key"));
}
