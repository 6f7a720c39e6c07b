//! *Import Apps*: how far Azure came with the app, and the ways out that are one click.

use super::made;
use super::window::Window;
use crate::flow::wizard::Page;
use crate::flow::{Answer, Event, Program, Query};
use crate::model::{Problem, Result, Warning};

/// At *Import Apps*, with this answer to Verify.
fn answered(answer: Result<Vec<Warning>>) -> Window {
    let mut program = made::entering_configuration();
    program.asker.take();
    let wizard = program.wizard.as_mut().unwrap();
    wizard.go_back_to(Page::ImportApps, &mut program.asker);
    wizard.app.verify(&mut program.asker);
    give(&mut program, answer);
    Window::of(program)
}

fn give(program: &mut Program, answer: Result<Vec<Warning>>) {
    let ticket = made::open_question(program, |query| matches!(query, Query::Verify(_)));
    program.on(Event::Answer(ticket, Answer::Verify(answer)));
}

#[test]
fn a_tenant_of_another_cloud_offers_that_cloud() {
    let elsewhere = Problem::TenantElsewhere {
        tenant: "contoso".to_owned(),
        environment: "AzurePublicCloud".to_owned(),
        cloud: "microsoftonline.us".to_owned(),
    };
    let mut window = answered(Err(elsewhere.into()));
    window.must_say("No: The tenant exists in this cloud");
    window.must_say("Not looked at yet: The app is registered there");
    window.click("Use AzureUSGovernmentCloud");
    give(window.program(), Ok(Vec::new()));
    window.steps();
    window.must_say("Successfully verified!");
    let chosen = window.wizard().app.chosen_environment().unwrap();
    assert_eq!(chosen.name, "AzureUSGovernmentCloud");
}

#[test]
fn a_refusal_shows_how_far_it_came_with_details_to_copy() {
    let window = answered(Err(Problem::SecretExpired.into()));
    window.must_say("Yes: The tenant exists in this cloud");
    window.must_say("Yes: The app is registered there");
    window.must_say("No: The secret key is the app's");
    window.must_say("Not looked at yet: No policy blocks the sign-in");
    assert!(window.can("Details") && window.can("Copy"));
    let unreachable = Problem::Unreachable {
        host: "login.microsoftonline.com".to_owned(),
        cause: "no route".to_owned(),
    };
    answered(Err(unreachable.into())).must_not_say("The tenant exists in this cloud");
}

#[test]
fn the_date_that_entra_has_can_be_taken() {
    let differs = Warning::ExpiryDiffers {
        typed: "2027-05-22".parse().unwrap(),
        actual: "2026-12-24".parse().unwrap(),
    };
    let mut window = answered(Ok(vec![differs]));
    window.must_say("Successfully verified!");
    window.must_say("Fills the field, and verifies again.");
    window.click("Use 2026-12-24");
    assert_eq!(window.wizard().app.expiry.text, "2026-12-24");
    give(window.program(), Ok(Vec::new()));
    window.steps();
    window.must_say("Successfully verified!");
    window.must_not_say("Use 2026-12-24");
}
