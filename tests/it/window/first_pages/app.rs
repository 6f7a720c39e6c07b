//! *App*.

use azure_services_wizard::flow::wizard::Page as Step;
use azure_services_wizard::flow::{Answer, Query};
use azure_services_wizard::ui::wizard::app;

use super::{ID, Page, Role, site, type_site, verified_app};

/// The page, come to from General.
fn page() -> Page {
    let mut page = Page::of(app::show);
    page.with(|wizard, asker| {
        type_site(wizard);
        wizard.general.connect(asker);
    });
    let (ticket, _) = page.query();
    page.answer(ticket, Answer::Site(Ok(site(Vec::new()))));
    page.with(|wizard, asker| {
        wizard.next(asker);
        wizard.service.name.text = "Contoso test".to_owned();
        wizard.next(asker);
    });
    assert_eq!(page.wizard().page(), Step::App);
    assert!(matches!(page.query(), (_, Query::KnownApps(_))));
    page
}

#[test]
fn import_leads_to_the_next_page() {
    let mut page = page();
    assert_eq!(page.value(Role::TextInput, "Web app"), "None yet");
    page.click(Role::Button, "Import…");
    assert_eq!(page.wizard().page(), Step::ImportApps);
}

#[test]
fn a_verified_app_is_shown_and_cannot_be_typed_over() {
    let mut page = page();
    verified_app(&mut page);
    let shown = format!("ConfigMgrService – {ID}");
    assert_eq!(page.value(Role::TextInput, "Web app"), shown);
    page.fill(Role::TextInput, "Web app", "x");
    assert_eq!(page.value(Role::TextInput, "Web app"), shown);
}

#[test]
fn another_environment_is_another_question_to_azure() {
    let mut page = page();
    verified_app(&mut page);
    assert!(page.says("https://login.microsoftonline.com"), "{}", page.screen());
    page.click(Role::ComboBox, "Azure environment");
    page.click(Role::ListBoxOption, "AzureUSGovernmentCloud");
    assert_eq!(
        page.wizard().app.chosen_environment().unwrap().name,
        "AzureUSGovernmentCloud"
    );
    assert!(page.says("https://login.microsoftonline.us"));
    assert_eq!(page.value(Role::TextInput, "Web app"), "None yet");
    assert!(page.says("is not verified for this environment yet"));
}
