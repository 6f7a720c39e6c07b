//! The dialog that adds device collections.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;

use super::made::{self, World};
use super::window::Window;
use crate::model::{DeviceCollection, LimitingCollection};

fn open(collections: usize) -> Window {
    let mut world = World::whole();
    if collections > 3 {
        let many = (0..collections).map(|n| made::collection(&format!("PS1{n:05X}"), &format!("Collection {n:06}"), 5));
        world.collections = Ok(many.collect());
    }
    let mut window = Window::of(made::at_configuration(&world));
    window.click("Add…");
    window
}

fn chosen(window: &mut Window) -> Vec<String> {
    let chosen = &window.wizard().place.chosen;
    chosen.iter().map(|each| each.id.to_string()).collect()
}

#[test]
fn the_keyboard_is_enough() {
    let mut window = Window::of(made::at_configuration(&World::whole()));
    window.focus(Role::Button, "Add…");
    window.press(Key::Enter);
    assert!(window.has_focus(Role::TextInput, "Filter"), "{}", window.screen());
    window.write("servers");
    window.must_say("0 selected; 2 of 3 shown");
    window.press(Key::ArrowDown);
    assert!(window.is_in_list());
    window.press(Key::ArrowDown);
    window.press(Key::Space);
    window.must_say("1 selected; 2 of 3 shown");
    window.press(Key::Enter);
    assert_eq!(chosen(&mut window), ["PS100017"]);
    assert!(window.wizard().place.picker.is_none());
    assert!(window.has_focus(Role::Button, "Add…"), "the focus goes back");
}

#[test]
fn enter_in_the_filter_goes_to_the_list_and_enter_there_takes_that_row() {
    let mut window = open(3);
    window.write("zürich");
    window.press(Key::Enter);
    assert!(window.is_in_list());
    window.press(Key::Enter);
    assert_eq!(chosen(&mut window), ["PS100018"]);
}

#[test]
fn all_that_is_shown_is_ticked_and_ticks_outside_the_filter_stay() {
    let mut window = open(3);
    window.write("servers");
    window.click("Select all shown (2)");
    assert!(window.has(Role::Button, "Clear all shown (2)"));
    window.wizard().place.picker.as_mut().unwrap().filter = "zürich".to_owned();
    window.steps();
    window.must_say("2 selected; 1 of 3 shown");
    window.click("Add 2 collections");
    assert_eq!(chosen(&mut window), ["PS100016", "PS100017"]);
}

#[test]
fn a_click_ticks_and_a_double_click_ticks_and_unticks() {
    let mut window = open(3);
    let row = "Servers | Test, PS100017, /Production, 38";
    window.click_role(Role::ListBoxOption, row);
    window.must_say("1 selected");
    window.click_role(Role::ListBoxOption, row);
    window.must_say("0 selected");
    assert!(window.wizard().place.picker.is_some());
}

#[test]
fn what_helps_to_choose_is_shown_and_searched() {
    let mut world = World::whole();
    let servers = DeviceCollection {
        path: Some("/Production".into()),
        last_member_change: Some("2026-07-18T08:08:03Z".parse().unwrap()),
        limiting: Some(LimitingCollection {
            id: "SMS00001".parse().unwrap(),
            name: "Alle Geräte".into(),
        }),
        is_built_in: true,
        is_cloud_synced: true,
        ..made::collection("PS100016", "Servers", 38)
    };
    world.collections = Ok(vec![servers, made::collection("PS100017", "Clients", 5)]);
    let mut window = Window::of(made::at_configuration(&world));
    window.click("Add…");
    window.write("GERÄTE");
    window.must_say("0 selected; 1 of 2 shown");
    window.must_say("Servers, PS100016, /Production, 38, Alle Geräte, built in, in Entra");
    window.must_say(
        "Servers: in the folder /Production; limited to Alle Geräte (SMS00001); its members last changed on 2026-07-18 08:08 UTC; \
         came with the site; the site keeps it as a group in Microsoft Entra too.",
    );
}

#[test]
fn nothing_ticked_nothing_to_add() {
    let mut window = open(3);
    assert!(!window.can("Add collections"));
    window.write("no such thing");
    window.must_say("None of the 3 collections matches \"no such thing\".");
    window.press(Key::ArrowDown);
    assert!(window.has_focus(Role::TextInput, "Filter"));
}

#[test]
fn escape_and_cancel_close_it_and_choose_nothing() {
    let mut window = open(3);
    window.click("Select all shown (3)");
    window.press(Key::Escape);
    assert!(window.wizard().place.picker.is_none() && window.wizard().question.is_none());
    window.click("Add…");
    window.must_say("0 selected");
    let cancel = window.harness.get_all_by_role_and_label(Role::Button, "Cancel").last();
    cancel.unwrap().click();
    window.steps();
    assert!(window.wizard().place.picker.is_none() && window.wizard().question.is_none());
    assert!(chosen(&mut window).is_empty());
}

#[test]
fn of_a_hundred_thousand_rows_only_those_in_sight_are_made() {
    let mut window = open(100_000);
    window.must_say("0 selected; 100000 of 100000 shown");
    let rows = window.harness.query_all_by_role(Role::ListBoxOption).count();
    assert!((5..60).contains(&rows), "{rows} rows");
    window.write("099999");
    window.must_say("0 selected; 1 of 100000 shown");
}
