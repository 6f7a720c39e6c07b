//! *Azure Services*.

use azure_services_wizard::ui::wizard::azure_services;

use super::{Page, Role};

#[test]
fn name_and_description_are_taken_as_typed() {
    let mut page = Page::of(azure_services::show);
    page.fill(Role::TextInput, "Name", "Contoso test");
    page.fill(Role::MultilineTextInput, "Description", "first line");
    page.press(egui::Key::Enter);
    page.harness.event(egui::Event::Text("second line".to_owned()));
    page.steps();
    assert_eq!(page.wizard().service.name.text, "Contoso test");
    assert_eq!(page.wizard().service.description, "first line\nsecond line");
}

#[test]
fn a_name_that_is_taken_is_pointed_out_after_the_field_was_left() {
    let mut page = Page::of(azure_services::show);
    page.fill(Role::TextInput, "Name", "Contoso production");
    assert!(!page.says("exists already"));
    page.press(egui::Key::Tab);
    let words = page.description(Role::TextInput, "Name");
    assert!(
        words.contains("A connection \"Contoso production\" exists already"),
        "{words}"
    );
    page.fill(Role::TextInput, "Name", "Contoso test");
    assert!(!page.says("exists already"));
}

#[test]
fn the_one_service_is_chosen() {
    let page = Page::of(azure_services::show);
    assert!(page.is_on(Role::RadioButton, "OMS Connector (Log Analytics)"));
    assert!(page.says("as computer groups"));
}
