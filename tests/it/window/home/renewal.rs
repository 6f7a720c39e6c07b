//! *Update secret key*: the help desk's minute.

use azure_services_wizard::model::Warning;
use azure_services_wizard::model::plan::{Progress, Step};
use azure_services_wizard::model::renewal::Other;
use egui::Key;

use super::*;

const KEY: &str = "abc8Q~0123456789012345678901234567890123";
const GIVEN: &str = "update Prod abc8Q~0123456789012345678901234567890123 2027-05-24";

fn opened() -> Desk {
    let mut desk = Desk::with(vec![expiring("Prod", "2026-01-01")]);
    desk.click("Update secret key…");
    desk
}

/// What stands in the field.
fn typed(desk: &mut Desk) -> String {
    match &desk.program().dialog {
        Some(Dialog::Renewal(renewal)) => renewal.secret.expose().to_owned(),
        _ => panic!("no dialog"),
    }
}

fn document(client: &str) -> String {
    format!(r#"{{ "appId": "{client}", "displayName": "x", "password": "{KEY}", "tenant": "{CLIENT}" }}"#)
}

#[test]
fn is_done_by_keyboard_in_four_interactions_at_most() {
    let mut desk = Desk::with(vec![expiring("Prod", "2026-01-01")]);
    let mut interactions = 0;
    let mut press = |desk: &mut Desk, key| {
        interactions += 1;
        desk.press(key);
    };
    desk.find(Role::Button, "Update secret key…")[0].focus();
    desk.steps();
    press(&mut desk, Key::Enter);
    for words in ["Prod", "ConfigMgr connector", CLIENT, "EXPIRED on 2026-01-01"] {
        assert!(desk.says(words), "{words}\n{}", desk.screen());
    }
    assert_eq!(desk.focused(), "New secret key");
    desk.paste(KEY);
    press(&mut desk, Key::Enter);
    let run = desk.command(GIVEN);
    desk.ended(run, Outcome::SecretUpdated(Ok(renewed("2027-05-24", vec![]))));
    assert!(desk.has(
        Role::Status,
        "The new secret key is in use until 2027-05-24. Nothing else is to be done."
    ));
    press(&mut desk, Key::Enter);
    assert!(desk.program().dialog.is_none());
    assert_eq!(desk.focused(), "Update secret key…");
    assert!(interactions <= 4, "{interactions}");
}

#[test]
fn shows_how_far_it_is_and_stops() {
    let mut desk = opened();
    desk.paste(KEY);
    desk.click("Update");
    let run = desk.command(GIVEN);
    desk.on(Event::Working(run, Progress::Step(Step::SignIn)));
    assert!(desk.says("Signing in with the app's secret key"), "{}", desk.screen());
    assert!(!desk.has(Role::Button, "Update"));
    desk.click("Cancel");
    assert_eq!(desk.stopped(), [run]);
    assert!(desk.says("Stopping at the next safe point"));
    desk.press(Key::Escape);
    assert!(desk.program().dialog.is_some(), "it closed while it works");
}

#[test]
fn a_failure_keeps_what_was_typed_and_success_wipes_it() {
    let mut desk = opened();
    desk.paste(KEY);
    desk.press(Key::Enter);
    let run = desk.command(GIVEN);
    desk.ended(
        run,
        Outcome::SecretUpdated(Err(Problem::SecretWrong { looks_like_id: false }.into())),
    );
    assert!(desk.says("Azure refused the secret key"), "{}", desk.screen());
    assert!(desk.says("The old secret key stays in use."));
    assert!(desk.has(Role::Button, "Copy"));
    assert_eq!(typed(&mut desk), KEY);
    assert_eq!(desk.focused(), "New secret key");
    desk.press(Key::Enter);
    let run = desk.command(GIVEN);
    desk.ended(
        run,
        Outcome::SecretUpdated(Ok(renewed("2027-05-24", vec![Warning::SameSecret]))),
    );
    assert_eq!(typed(&mut desk), "");
    assert!(desk.says("This is the secret key that was in use already"));
    desk.press(Key::Escape);
    assert!(desk.program().dialog.is_none());
}

#[test]
fn says_what_is_missing_and_points_at_it() {
    let mut desk = opened();
    assert!(desk.why_not("Update").unwrap().contains("Paste the new secret key"));
    desk.press(Key::Enter);
    assert!(desk.commands().is_empty());
    assert!(desk.says("It is empty."), "{}", desk.screen());
    assert_eq!(desk.focused(), "New secret key");
    desk.paste(KEY);
    desk.find(Role::TextInput, "Expires on")[0].focus();
    desk.steps();
    desk.press_with(egui::Modifiers::COMMAND, Key::A);
    desk.paste("22.05.2027");
    desk.press(Key::Enter);
    assert!(desk.commands().is_empty());
    assert!(desk.says("\"22.05.2027\" is not a date"), "{}", desk.screen());
    assert!(desk.why_not("Update").unwrap().contains("2027-05-22"));
    assert_eq!(desk.focused(), "Expires on");
}

#[test]
fn the_date_has_the_portals_choices() {
    let mut desk = opened();
    desk.paste(KEY);
    for (button, day) in [
        ("+90 days", "2027-02-23"),
        ("+180 days", "2027-05-24"),
        ("+2 years", "2028-11-24"),
        ("+1 year", "2027-11-25"),
    ] {
        desk.click(button);
        let dialog = &desk.program().dialog;
        assert!(
            matches!(dialog, Some(Dialog::Renewal(renewal)) if renewal.expiry.text == day),
            "{button}"
        );
    }
    desk.click("Update");
    desk.command(&GIVEN.replace("2027-05-24", "2027-11-25"));
}

#[test]
fn a_secret_id_is_pointed_out_while_it_is_typed() {
    let mut desk = opened();
    desk.paste(CLIENT);
    assert!(
        desk.says("looks like the secret's ID, not its value"),
        "{}",
        desk.screen()
    );
}

#[test]
fn a_document_of_this_app_gives_its_secret() {
    let mut desk = opened();
    desk.paste(&document(CLIENT));
    assert_eq!(typed(&mut desk), KEY);
    desk.press(Key::Enter);
    desk.command(GIVEN);
}

#[test]
fn a_document_of_another_app_or_a_broken_one_is_never_sent() {
    let other = "aaaaaaaa-4b5a-6978-8796-a5b4c3d2e1f0";
    for (pasted, words) in [
        (document(other), other),
        (r#"{ "appId": "x" "#.to_owned(), "not JSON that can be read"),
    ] {
        let mut desk = opened();
        desk.paste(&pasted);
        assert!(desk.says(words), "{words}\n{}", desk.screen());
        assert!(!desk.screen().contains(KEY));
        assert!(desk.why_not("Update").is_some());
        desk.press(Key::Enter);
        assert!(desk.commands().is_empty());
        assert_eq!(desk.focused(), "New secret key");
    }
}

#[test]
fn the_others_of_the_app_are_named_and_renewed_too() {
    let list = || {
        vec![
            expiring("Prod", "2026-01-01"),
            fine("Test"),
            fine("Third"),
            elsewhere("Stranger"),
        ]
    };
    let mut desk = Desk::with(list());
    desk.click("Update secret key…");
    let others = "Renew the other connections of this app as well: \"Test\" and \"Third\"";
    assert!(desk.has(Role::CheckBox, others), "{}", desk.screen());
    desk.paste(KEY);
    desk.press(Key::Enter);
    let run = desk.command(&format!("{GIVEN} Test Third"));
    let mut done = renewed("2027-05-24", vec![]);
    let busy = Problem::Busy { name: "Third".into() };
    done.others = [("Test", Ok(())), ("Third", Err(busy.into()))]
        .map(|(called, end)| Other {
            name: name(called),
            end,
        })
        .into();
    desk.ended(run, Outcome::SecretUpdated(Ok(done)));
    assert!(
        desk.says("It is also in use for \"Test\", of the same app."),
        "{}",
        desk.screen()
    );
    assert!(desk.says("\"Third\", of the same app, keeps the secret key that it had."));
    assert!(!desk.says("Nothing else is to be done"));

    let mut desk = Desk::with(list());
    desk.click("Update secret key…");
    desk.find(Role::CheckBox, others)[0].click();
    desk.steps();
    desk.find(Role::PasswordInput, "New secret key")[0].focus();
    desk.steps();
    desk.paste(KEY);
    desk.press(Key::Enter);
    desk.command(GIVEN);
}

#[test]
fn a_key_can_be_made_without_one_to_paste() {
    let mut desk = opened();
    desk.click("+90 days");
    desk.click("Create a new secret key for me");
    let run = desk.command("create Prod 2027-02-23");
    let (waited, patience) = (4, 180);
    desk.on(Event::Working(run, Progress::KeyPending { waited, patience }));
    assert!(
        desk.says("not known everywhere yet: 4 of up to 180 seconds"),
        "{}",
        desk.screen()
    );
    desk.ended(
        run,
        Outcome::SecretUpdated(Err(Problem::KeysNotAllowed { person: false }.into())),
    );
    assert!(
        desk.says("The app may not make a secret key for itself."),
        "{}",
        desk.screen()
    );
    assert!(desk.says("The old secret key stays in use."));
    desk.click("Create a new secret key for me");
    let run = desk.command("create Prod 2027-02-23");
    desk.ended(
        run,
        Outcome::SecretUpdated(Ok(renewed("2027-02-23", vec![Warning::OldKeyNotSure]))),
    );
    assert!(desk.says("The new secret key is in use until 2027-02-23"));
    assert!(
        desk.says("Remove it under Certificates & secrets once nothing uses it."),
        "{}",
        desk.screen()
    );
}

#[test]
fn an_administrator_may_sign_in_from_here_and_is_not_waited_for_once_left() {
    let mut desk = opened();
    desk.paste(KEY);
    desk.click("Sign in as an administrator…");
    assert!(desk.says("An owner of the app registration"), "{}", desk.screen());
    assert_eq!(desk.focused(), "Public client ID");
    desk.paste(CLIENT);
    desk.press(Key::Enter);
    let ticket = desk.ticket(|query| matches!(query, Query::Person(_)));
    desk.press(Key::Escape);
    let gone = desk.asked(|effect| matches!(effect, Effect::Abandon(gone) if *gone == ticket).then_some(()));
    assert_eq!(gone.len(), 1, "nobody waits any more");
    assert!(
        desk.has(Role::Button, "Update"),
        "back in the dialog: {}",
        desk.screen()
    );
    assert_eq!(typed(&mut desk), KEY, "what was pasted stays");
    desk.press(Key::Escape);
    assert!(desk.program().dialog.is_none());
}
