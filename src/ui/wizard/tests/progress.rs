//! *Progress*.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;

use super::made::{self, PASSWORD, SECRET};
use super::window::Window;
use crate::flow::wizard::Page;
use crate::flow::{Command, Effect};
use crate::model::Problem;
use crate::model::plan::{Progress, Step};
use crate::model::report::Standing;

fn no_right() -> Problem {
    Problem::ResourceLocked {
        message: "The lock keep-out is in the way.".to_owned(),
    }
}

#[test]
fn steps_are_said_with_how_far_they_are() {
    let (mut program, run, _) = made::at_progress(2);
    made::tell(&mut program, run, Progress::Step(Step::FindTenant));
    made::tell(&mut program, run, Progress::Step(Step::SignIn));
    let mut window = Window::of(program);
    window.must_say("Done: Looking up the tenant");
    window.must_say("Under way: Signing in with the app's secret key");
    window.must_say("Not begun: Publishing the device collections");
    made::tell(window.program(), run, Progress::Step(Step::Publish));
    let reading = Progress::Reading {
        collection: "PS100016".parse().unwrap(),
        name: "Servers".to_owned(),
        rows: 4000,
    };
    made::tell(window.program(), run, reading);
    window.steps();
    window.must_say("Under way: Publishing the device collections");
    window.must_say("Reading PS100016 \"Servers\": 4000");
    assert!(!window.has(Role::Button, "Retry"));
}

#[test]
fn without_collections_there_is_nothing_to_publish() {
    let (program, ..) = made::at_progress(0);
    let window = Window::of(program);
    window.must_say("Not begun: Looking up the tenant");
    window.must_not_say("Publishing the device collections");
}

#[test]
fn cancel_asks_and_stopping_is_said() {
    let (program, run, _) = made::at_progress(2);
    let mut window = Window::of(program);
    window.click("Cancel");
    window.click("Stop");
    let effects = window.program().asker.take();
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Stop(stopped) if *stopped == run))
    );
    window.must_say("Stopping at the next safe point…");
    made::tell(window.program(), run, Progress::Step(Step::FindTenant));
    let cancelled = Problem::Cancelled {
        partly: false,
        left: "everything".to_owned(),
    };
    made::fail(window.program(), run, cancelled.into(), Standing::Nothing);
    window.steps();
    window.must_say("Stopped: Looking up the tenant");
    window.must_say("Stopped at a safe point, as you wished.");
    window.must_not_say("Stopping at");
    window.must_not_say("Run the same command");
}

#[test]
fn a_failed_step_says_why_and_retry_makes_it_again() {
    let (mut program, run, _) = made::at_progress(2);
    made::tell(&mut program, run, Progress::Step(Step::FindTenant));
    made::tell(&mut program, run, Progress::Step(Step::WriteRecord));
    made::fail(&mut program, run, no_right().into(), Standing::Begun);
    let mut window = Window::of(program);
    window.must_say("Failed: Writing the connection's record into the workspace");
    assert_eq!(window.screen().matches("keep-out").count(), 1, "{}", window.screen());
    window.must_say("its record may be in the workspace");
    assert!(!window.has(Role::Button, "Back and correct"));
    window.click("Details");
    window.must_say("Code: resource_locked");
    window.click("Retry");
    let effects = window.program().asker.take();
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Command(_, Command::Create(..))))
    );
    window.must_say("Done: Looking up the tenant");
    window.must_say("Not begun: Writing the connection's record");
    assert!(!window.has(Role::Button, "Retry"));
}

#[test]
fn a_failure_outside_every_step_is_shown_too() {
    let (mut program, run, _) = made::at_progress(2);
    let name = "Contoso production".to_owned();
    made::fail(&mut program, run, Problem::Busy { name }.into(), Standing::Nothing);
    let window = Window::of(program);
    window.must_say("Another run of \"Contoso production\" is under way.");
    window.must_say("Nothing was made, here or in Azure.");
}

#[test]
fn while_nothing_stands_one_can_go_back_and_correct() {
    let (mut program, run, _) = made::at_progress(2);
    made::fail(&mut program, run, no_right().into(), Standing::Nothing);
    let mut window = Window::of(program);
    window.click("Back and correct");
    assert_eq!(window.wizard().page(), Page::Confirm);
    assert!(window.can("Next") && window.can("Previous"));
}

#[test]
fn lost_secrets_are_asked_for_again_and_go_along() {
    let (mut program, run) = made::resumed();
    let lost = Problem::SecretLost {
        what: "the secret key".to_owned(),
    };
    made::tell(&mut program, run, Progress::Step(Step::SignIn));
    made::fail(&mut program, run, lost.into(), Standing::Recorded);
    let mut window = Window::of(program);
    window.must_say("it was stopped before they were stored");
    window.must_not_say("asw connect");
    assert!(window.has_focus(Role::TextInput, "Secret Key") || window.has_focus(Role::PasswordInput, "Secret Key"));
    window.click("Retry");
    window.must_say("Like this: the Value column");
    let effects = window.program().asker.take();
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Command(..))));
    window.harness.get_by_label("Secret Key").focus();
    window.steps();
    window.write(SECRET);
    window.harness.get_by_label("Password").focus();
    window.steps();
    window.write(PASSWORD);
    window.must_not_say(SECRET);
    window.must_not_say(PASSWORD);
    window.press(Key::Enter);
    let typed = window
        .program()
        .asker
        .take()
        .into_iter()
        .find_map(|effect| match effect {
            Effect::Command(_, Command::Finish(_, secrets)) => secrets,
            _ => None,
        });
    let typed = typed.unwrap();
    assert_eq!(typed.client_secret.expose(), SECRET);
    assert_eq!(typed.site_password.unwrap().expose(), PASSWORD);
}
