//! *Import Apps*, where the site knows apps already.

use azure_services_wizard::flow::wizard::Page as Step;
use azure_services_wizard::flow::{Answer, Query, Ticket};
use azure_services_wizard::model::{ClientId, KnownApp, Problem, TenantId};
use azure_services_wizard::ui::wizard::import_apps;
use egui::Key;
use egui_kittest::kittest::{NodeT, Queryable};
use uuid::Uuid;

use super::{ID, Page, Role, failure, site, type_app, type_site};

const CHOICE: &str = "Apps that site PS1 knows";
const NONE: &str = "None: what is typed below";

fn known(number: u128, name: &str, cloud: Option<&str>) -> KnownApp {
    KnownApp {
        name: name.to_owned(),
        client_id: ClientId::new(Uuid::from_u128(number)),
        app_id_uri: format!("https://{name}"),
        tenant_name: "contoso".to_owned(),
        tenant_id: TenantId::new(Uuid::from_u128(7)),
        environment: cloud.map(str::to_owned),
    }
}

fn two() -> Vec<KnownApp> {
    vec![
        known(1, "Connector", Some("AzureUSGovernmentCloud")),
        known(2, "Spare", None),
    ]
}

/// The page, come to from General; the site is being asked.
fn asking() -> (Page, Ticket) {
    let mut page = Page::of(import_apps::show);
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
        wizard.next(asker);
    });
    assert_eq!(page.wizard().page(), Step::ImportApps);
    let (ticket, Query::KnownApps(_)) = page.query() else {
        panic!("another query")
    };
    (page, ticket)
}

fn page() -> Page {
    let (mut page, ticket) = asking();
    page.answer(ticket, Answer::KnownApps(Ok(two())));
    page
}

#[test]
fn each_row_tells_the_app_from_the_others() {
    let mut page = page();
    assert_eq!(page.value(Role::ComboBox, CHOICE), NONE);
    page.click(Role::ComboBox, CHOICE);
    let rows = page.harness.query_all_by_role(Role::ListBoxOption);
    let rows: Vec<String> = rows.filter_map(|row| row.accesskit_node().label()).collect();
    let [one, two] = [1, 2].map(Uuid::from_u128);
    let wanted = [
        NONE.to_owned(),
        format!("Connector – contoso – {one} – AzureUSGovernmentCloud"),
        format!("Spare – contoso – {two}"),
    ];
    assert_eq!(rows, wanted);
}

#[test]
fn a_choice_by_keyboard_fills_the_fields_and_none_brings_the_typed_ones_back() {
    let mut page = page();
    type_app(page.wizard());
    page.focus(Role::ComboBox, CHOICE);
    for key in [Key::Enter, Key::ArrowDown, Key::Enter] {
        page.press(key);
    }
    let [client, tenant] = [1, 7].map(|number| Uuid::from_u128(number).to_string());
    for (field, value) in [
        ("Azure AD Tenant Name", "contoso"),
        ("Azure AD Tenant ID", &tenant),
        ("Application Name", "Connector"),
        ("Client ID", &client),
        ("App ID URI", "https://Connector"),
        ("Secret Key Expiry", "2027-05-22"),
    ] {
        assert_eq!(page.value(Role::TextInput, field), value, "{field}");
    }
    assert_eq!(page.wizard().app.secret.expose(), "abc8Q~secret");
    assert_eq!(
        page.wizard().app.chosen_environment().unwrap().name,
        "AzureUSGovernmentCloud"
    );
    assert!(page.value(Role::ComboBox, CHOICE).starts_with("Connector"));
    assert!(page.effects().is_empty(), "nobody is asked by choosing");

    page.click(Role::ComboBox, CHOICE);
    page.click(Role::ListBoxOption, NONE);
    assert_eq!(page.value(Role::TextInput, "Client ID"), ID);
    assert_eq!(page.value(Role::TextInput, "Application Name"), "ConfigMgrService");
    assert_eq!(page.value(Role::ComboBox, CHOICE), NONE);
}

#[test]
fn an_edited_id_is_no_app_of_the_sites() {
    let mut page = page();
    page.click(Role::ComboBox, CHOICE);
    let row = format!("Spare – contoso – {}", Uuid::from_u128(2));
    page.click(Role::ListBoxOption, &row);
    assert_eq!(page.value(Role::ComboBox, CHOICE), row);
    // A letter at a time: the first of them makes it another app, and takes nothing from the field.
    page.focus(Role::TextInput, "Client ID");
    page.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    for letter in ID.chars() {
        page.harness.event(egui::Event::Text(letter.to_string()));
        page.steps();
    }
    assert_eq!(page.value(Role::TextInput, "Client ID"), ID);
    assert_eq!(page.value(Role::ComboBox, CHOICE), NONE);
}

#[test]
fn an_answer_takes_nothing_from_the_field_that_is_typed_in() {
    let answers = [Ok(two()), Ok(Vec::new()), Err(failure(Problem::SecretExpired))];
    for answer in answers {
        let (mut page, ticket) = asking();
        page.focus(Role::TextInput, "Client ID");
        page.harness.event(egui::Event::Text("1f".to_owned()));
        page.steps();
        page.answer(ticket, Answer::KnownApps(answer));
        page.harness.event(egui::Event::Text("0e".to_owned()));
        page.steps();
        assert_eq!(page.value(Role::TextInput, "Client ID"), "1f0e");
    }
}

#[test]
fn a_quiet_line_stands_in_its_place_where_there_is_nothing_to_choose() {
    let (mut page, ticket) = asking();
    assert!(page.says("Asking site PS1 which apps it knows"), "{}", page.screen());
    assert!(!page.has(Role::ComboBox, CHOICE));
    page.answer(ticket, Answer::KnownApps(Ok(Vec::new())));
    assert!(page.says("Site PS1 knows no app"), "{}", page.screen());

    let (mut page, ticket) = asking();
    page.answer(ticket, Answer::KnownApps(Err(failure(Problem::SecretExpired))));
    assert!(
        page.says("Site PS1 did not say which apps it knows"),
        "{}",
        page.screen()
    );
    assert!(!page.has(Role::Button, "Details"), "it is no failure to look into");
    assert!(!page.has(Role::ComboBox, CHOICE));
}
