//! *Completion*.

use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};

use super::made;
use super::window::Window;
use crate::model::Problem;
use crate::model::report::Outcome;

#[test]
fn figures_query_schedule_and_expiry_are_there() {
    let report = made::report(vec![
        made::reported("PS100016", "Empty", Outcome::Published, Some(0), None),
        made::reported("PS100017", "Servers | Test", Outcome::Published, Some(38), None),
    ]);
    let mut window = Window::of(made::at_completion(2, Some(Ok(report))));
    window.must_say("The connection \"Contoso production\" is made, and its 2 device collections are published.");
    window.must_say("Servers | Test, PS100017, published, 38");
    window.must_say("Computers in all groups");
    window.must_say("asw sync \"Contoso production\"");
    window.must_say("every 3 hours");
    window.must_say("The secret key expires on 2027-05-22.");
    window.must_say("Done: Publishing the device collections");
    let query = "Heartbeat | where Computer in (ConfigMgr_PS1_PS100017)";
    window.must_say(query);
    let copies = window.harness.get_all_by_role_and_label(Role::Button, "Copy");
    let described =
        |wanted: &str, node: &egui_kittest::Node<'_>| node.accesskit_node().description().as_deref() == Some(wanted);
    copies.into_iter().find(|node| described(query, node)).unwrap().click();
    window.harness.step();
    assert_eq!(window.copied().as_deref(), Some(query));
    window.click("Close");
    assert!(window.wizard().is_over());
}

#[test]
fn single_collections_that_failed_are_named_with_the_reason_once() {
    let refused = || {
        let message = "bad query".to_owned();
        Some(Problem::QueryRefused { message }.into())
    };
    let report = made::report(vec![
        made::reported("PS100016", "One", Outcome::Published, Some(5), None),
        made::reported("PS100017", "Two", Outcome::Failed, None, refused()),
        made::reported("PS100018", "Three", Outcome::Failed, None, refused()),
    ]);
    let window = Window::of(made::at_completion(3, Some(Ok(report))));
    window.must_say("The connection \"Contoso production\" is made.");
    window.must_not_say("are published");
    window.must_say("Not published: Two, Three");
    assert_eq!(window.screen().matches("bad query").count(), 1, "{}", window.screen());
    window.must_say("Two, PS100017, failed, –");
    window.must_say("press Publish now");
}

#[test]
fn a_publication_that_failed_leaves_a_connection_that_stands() {
    let failure = Problem::Unreachable {
        host: "management.azure.com".to_owned(),
        cause: "no route".to_owned(),
    };
    let window = Window::of(made::at_completion(2, Some(Err(failure.into()))));
    window.must_say("The connection stands.");
    window.must_say("management.azure.com");
    window.must_say("Failed: Publishing the device collections");
    window.must_not_say("Heartbeat");
}

#[test]
fn without_collections_it_says_what_then() {
    let window = Window::of(made::at_completion(0, None));
    window.must_say("No device collection was chosen, so nothing was published");
    window.must_not_say("asw sync");
}
