//! The list, what needs attention, commands and why not.

use azure_services_wizard::flow::effect::Reminder;
use azure_services_wizard::flow::notices::News;
use azure_services_wizard::flow::wizard::Page;
use azure_services_wizard::model::expiry::{SnoozeTime, Threshold};
use azure_services_wizard::model::plan::{Progress, Step};
use egui::{Key, Modifiers};

use super::*;

#[test]
fn without_a_connection_it_says_what_one_needs_and_begins_one() {
    let mut desk = Desk::opening(false);
    assert!(desk.says("Reading the connections"), "{}", desk.screen());
    desk.answer_list(Ok(vec![]));
    assert!(
        desk.says("An app registration in Microsoft Entra ID"),
        "{}",
        desk.screen()
    );
    assert!(desk.says("azure-services-wizard --lab"));
    assert!(!desk.has(Role::Button, "Delete…"));
    desk.click("Configure Azure Services…");
    assert_eq!(
        desk.program().wizard.as_ref().map(|wizard| wizard.page()),
        Some(Page::General)
    );
}

#[test]
fn on_the_lab_it_points_to_the_values() {
    let mut desk = Desk::opening(true);
    desk.answer_list(Ok(vec![]));
    assert!(desk.says("on the right, ready to copy"));
    assert!(!desk.says("azure-services-wizard --lab"));
}

#[test]
fn what_needs_attention_comes_first_and_in_words() {
    let desk = Desk::with(vec![
        fine("Zebra"),
        fine("apple"),
        expiring("Soon", "2026-11-26"),
        in_state("Half", ConnectionState::Connecting),
        in_state("Going", ConnectionState::Removing),
        failed("Broken", Problem::PublicClient),
        expiring("Late", "2026-01-01"),
    ]);
    let names: Vec<String> = desk
        .rows()
        .iter()
        .map(|row| row.split(',').next().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["Late", "Broken", "Half", "Going", "Soon", "apple", "Zebra"]);
    let rows = desk.rows().join("\n");
    for words in [
        "Late, Log Analytics, contoso.onmicrosoft.com, law-contoso, 12 of 14, 2026-11-25 11:03 UTC, EXPIRED on 2026-01-01, Complete",
        "Broken, Log Analytics, contoso.onmicrosoft.com, law-contoso, 12 of 14, failed: The app is registered as a public client",
        "expires in 178 days, Not finished",
        "expires tomorrow",
    ] {
        assert!(rows.contains(words), "{words} is not in\n{rows}");
    }
    for sentence in [
        "The secret key of \"Late\" expired on 2026-01-01.",
        "The last publication of \"Broken\" failed (2026-11-25 11:03 UTC): The app is registered",
        "\"Half\" was not finished",
        "The removal of \"Going\" was not finished",
        "The secret key of \"Soon\" expires tomorrow (2026-11-26)",
    ] {
        assert!(desk.says(sentence), "{sentence}\n{}", desk.screen());
    }
    assert!(!desk.says("of \"apple\""), "{}", desk.screen());
}

#[test]
fn a_key_that_azure_calls_expired_is_expired_whatever_date_was_typed() {
    let mut desk = Desk::with(vec![called_expired("Prod")]);
    assert!(desk.rows()[0].contains("EXPIRED, Azure says"), "{:?}", desk.rows());
    assert!(desk.says("The secret key of \"Prod\" has expired: Azure"));
    // Above the list, after the one in the toolbar.
    desk.click_nth("Update secret key…", 1);
    assert!(matches!(desk.program().dialog, Some(Dialog::Renewal(_))));
    assert!(desk.says("2027-05-22 (EXPIRED, Azure says)"), "{}", desk.screen());
}

#[test]
fn a_key_has_sixty_days_of_warning() {
    assert!(Desk::with(vec![expiring("Prod", "2027-01-24")]).says("expires in 60 days (2027-01-24)"));
    assert!(!Desk::with(vec![expiring("Prod", "2027-01-25")]).says("Put a new one into use"));
}

#[test]
fn a_warning_is_snoozed_by_keyboard_and_called_back() {
    let mut desk = Desk::with(vec![expiring("Prod", "2026-12-09")]);
    desk.find(Role::ComboBox, "Remind me later")[0].focus();
    desk.steps();
    for key in [Key::Enter, Key::ArrowDown, Key::ArrowDown, Key::ArrowDown, Key::Enter] {
        desk.press(key);
    }
    let run = desk.command("snooze Prod 1w");
    desk.ended(run, Outcome::Reminded(Ok(())));
    let mut snoozed = expiring("Prod", "2026-12-09");
    snoozed.key_notes.snooze = snoozed.key(now()).snooze(SnoozeTime::Week, now());
    desk.answer_list(Ok(vec![snoozed]));
    assert!(!desk.says("Put a new one into use"), "{}", desk.screen());
    assert!(
        desk.says("2026-12-09 (expires in 14 days); no reminder until 2026-12-02 12:00 UTC"),
        "{}",
        desk.screen()
    );
    desk.click("Remind me again now");
    desk.command("again Prod");
    // A week is over, or the next threshold is reached: it is there again.
    desk.program().tick(now() + SnoozeTime::Week.span());
    desk.steps();
    assert!(desk.says("Put a new one into use"), "{}", desk.screen());
}

#[test]
fn a_snooze_that_could_not_be_written_is_told() {
    let mut desk = Desk::with(vec![expiring("Prod", "2026-12-09")]);
    desk.program().remind(&name("Prod"), Reminder::Snooze(SnoozeTime::Day));
    let run = desk.command("snooze Prod 1d");
    let cause = "the disk is gone".to_owned();
    desk.ended(run, Outcome::Reminded(Err(Problem::Database { cause }.into())));
    let newest = desk.program().notices.newest().unwrap().news.clone();
    assert!(matches!(newest, News::NotReminded(about, _) if about == name("Prod")));
    assert!(desk.says("Put a new one into use"), "it is still there");
}

#[test]
fn a_renewal_whose_end_is_not_known_is_told_unless_it_is_under_way_here() {
    let begun = || {
        let mut overview = fine("Prod");
        overview.renewal_begun = Some(now());
        overview
    };
    let mut desk = Desk::with(vec![begun()]);
    let told = "A new secret key for \"Prod\" was begun to be put into use (2026-11-25 12:00 UTC), and the end of that is not known";
    assert!(desk.says(told), "{}", desk.screen());
    assert!(
        desk.says("In use is the key that expires on 2027-05-22"),
        "{}",
        desk.screen()
    );
    desk.click_nth("Update secret key…", 1);
    desk.paste("abc8Q~new");
    desk.press(Key::Enter);
    desk.command("update Prod abc8Q~new 2027-05-24");
    assert!(!desk.says(told), "it is under way here: {}", desk.screen());
}

#[test]
fn what_has_expired_cannot_be_snoozed() {
    let desk = Desk::with(vec![expiring("Prod", "2026-11-24"), called_expired("Test")]);
    assert!(!desk.has(Role::ComboBox, "Remind me later"));
}

#[test]
fn the_desktop_is_told_once_of_each_warning_and_may_be_left_alone() {
    let mut left_alone = expiring("Quiet", "2026-12-09");
    left_alone.tells_desktop = false;
    let mut told = expiring("Told", "2026-12-09");
    told.key_notes.notified = Some(Threshold::FourteenDays);
    let list = vec![expiring("Prod", "2026-12-09"), left_alone, told, fine("Far")];
    let mut desk = Desk::with(list.clone());
    let claims = desk.claims();
    assert!(matches!(claims.as_slice(), [(_, name)] if name == "Prod"), "{claims:?}");
    desk.ended(claims[0].0, Outcome::NoticeClaimed(Ok(true)));
    let told = |desk: &mut Desk| {
        desk.asked(|effect| match effect {
            Effect::Shell(Shell::Notify(name)) => Some(name.to_string()),
            _ => None,
        })
    };
    assert_eq!(told(&mut desk), ["Prod"]);
    desk.press(Key::F5);
    desk.answer_list(Ok(list));
    assert!(desk.claims().is_empty(), "asked twice");
    // Somebody else has told it.
    desk.press(Key::F5);
    desk.answer_list(Ok(vec![expiring("Prod", "2026-12-01")]));
    let claims = desk.claims();
    desk.ended(claims[0].0, Outcome::NoticeClaimed(Ok(false)));
    assert!(told(&mut desk).is_empty());
    desk.find(Role::CheckBox, "Notify the desktop when this key is about to expire")[0].click();
    desk.steps();
    desk.command("desktop Prod false");
}

#[test]
fn once_the_key_was_replaced_nobody_is_told_any_more_that_it_has_expired() {
    let mut desk = Desk::with(vec![called_expired("Prod")]);
    desk.click("Update secret key…");
    desk.paste("abc8Q~new");
    desk.press(Key::Enter);
    let run = desk.command("update Prod abc8Q~new 2027-05-24");
    desk.ended(run, Outcome::SecretUpdated(Ok(renewed("2027-05-24", vec![]))));
    desk.press(Key::Enter);
    let mut renewed = failed("Prod", Problem::SecretExpired);
    renewed.connection.setup.app.secret_expiry = "2027-05-24".parse().unwrap();
    renewed.last_run.as_mut().unwrap().renewed_since = true;
    desk.answer_list(Ok(vec![renewed]));
    assert!(desk.rows()[0].contains("expires in 180 days"), "{:?}", desk.rows());
    assert!(!desk.says("has expired: Azure"), "{}", desk.screen());
    desk.click_nth("Publish now", 1);
    desk.command("publish Prod");
}

#[test]
fn what_was_not_finished_can_be_gone_on_with_or_taken_away() {
    let mut desk = Desk::with(vec![in_state("Half", ConnectionState::Connecting)]);
    assert!(desk.why_not("Publish now").unwrap().contains("not finished"));
    assert!(desk.why_not("Update secret key…").unwrap().contains("not finished"));
    assert_eq!(desk.why_not("Delete…"), None);
    desk.click("Take it away…");
    assert!(matches!(desk.program().dialog, Some(Dialog::Removal(_))));
    desk.press(Key::Escape);
    assert!(desk.program().dialog.is_none());
    desk.click("Go on…");
    assert!(desk.program().wizard.is_some());
}

#[test]
fn a_removal_that_was_not_finished_can_be_gone_on_with() {
    let mut desk = Desk::with(vec![in_state("Going", ConnectionState::Removing)]);
    assert!(desk.why_not("Publish now").unwrap().contains("being removed"));
    desk.click("Go on removing…");
    assert!(matches!(desk.program().dialog, Some(Dialog::Removal(_))));
}

#[test]
fn publishes_once_shows_how_far_it_is_and_stops() {
    let mut desk = Desk::with(vec![fine("Prod"), fine("Test")]);
    desk.click("Publish now");
    let run = desk.command("publish Prod");
    assert!(desk.why_not("Publish now").unwrap().contains("being published"));
    assert!(desk.why_not("Delete…").unwrap().contains("being published"));
    assert!(desk.rows()[0].contains("under way"));
    desk.find(Role::ListBox, "Connections")[0].focus();
    desk.steps();
    desk.press(Key::Delete);
    assert!(
        desk.program().dialog.is_none(),
        "it can be deleted while it is published"
    );
    desk.on(Event::Working(run, Progress::Step(Step::ReadSite)));
    assert!(desk.says("Reading the Configuration Manager site"), "{}", desk.screen());
    desk.click("Cancel");
    assert_eq!(desk.stopped(), [run]);
    assert!(desk.says("Stopping at the next safe point"));
    assert!(!desk.has(Role::Button, "Cancel"));
    desk.click("Publish now");
    assert!(desk.commands().is_empty());
    desk.ended(run, Outcome::Published(Err(Problem::SecretExpired.into())));
    assert!(!desk.says("is being published."), "{}", desk.screen());
    assert_eq!(desk.why_not("Publish now"), None);
}

#[test]
fn a_failed_publication_says_why_and_offers_what_helps() {
    let mut desk = Desk::with(vec![
        failed("Key", Problem::SecretWrong { looks_like_id: false }),
        failed("Right", Problem::PublicClient),
    ]);
    assert_eq!(desk.find(Role::Button, "Update secret key…").len(), 2);
    assert_eq!(desk.find(Role::Button, "Publish now").len(), 2);
    assert_eq!(desk.find(Role::Button, "Copy").len(), 2);
    desk.click_nth("Publish now", 1);
    desk.command("publish Right");
}

#[test]
fn a_publication_that_somebody_stopped_is_no_failure() {
    let stopped = Problem::Cancelled {
        partly: true,
        left: "2 collections".into(),
    };
    let desk = Desk::with(vec![failed("Prod", stopped)]);
    assert!(desk.rows()[0].contains("stopped, 2026-11-25 11:03 UTC"));
    assert!(!desk.has(Role::Alert, ""), "{}", desk.screen());
    assert!(!desk.says("failed"), "{}", desk.screen());
}

#[test]
fn the_list_is_used_by_keyboard() {
    let mut desk = Desk::with(vec![fine("A"), fine("B"), in_state("C", ConnectionState::Connecting)]);
    desk.find(Role::ListBox, "Connections")[0].focus();
    desk.steps();
    desk.press(Key::Home);
    desk.press(Key::Enter);
    assert!(desk.program().wizard.is_some(), "C was not gone on with");
    desk.program().wizard = None;
    desk.steps();
    desk.press(Key::End);
    assert_eq!(desk.program().home.selected, Some(name("B")));
    assert!(desk.says("Servers for the monitoring team"), "{}", desk.screen());
    for (modifiers, key) in [(Modifiers::NONE, Key::Enter), (Modifiers::ALT, Key::Enter)] {
        desk.press_with(modifiers, key);
        assert!(matches!(&desk.program().dialog, Some(Dialog::Properties(open)) if *open.name() == name("B")));
        desk.press(Key::Escape);
        assert!(desk.program().dialog.is_none() && desk.commands().is_empty());
    }
    desk.press(Key::Delete);
    assert!(matches!(&desk.program().dialog, Some(Dialog::Removal(removal)) if removal.name == name("B")));
}

#[test]
fn the_list_is_sorted_by_a_title_and_what_needs_attention_is_first_again_after_the_third_time() {
    let mut desk = Desk::with(vec![
        expiring("Late", "2026-01-01"),
        expiring("Alpha", "2028-05-01"),
        expiring("Zulu", "2027-05-01"),
    ]);
    let names = |desk: &Desk| -> Vec<String> {
        let first = |row: &String| row.split(',').next().unwrap().to_owned();
        desk.rows().iter().map(first).collect()
    };
    let by_attention = ["Late", "Alpha", "Zulu"];
    assert_eq!(names(&desk), by_attention);
    for expected in [["Late", "Zulu", "Alpha"], ["Alpha", "Zulu", "Late"], by_attention] {
        desk.harness
            .get_by_role_and_label(Role::ColumnHeader, "Secret key expiry")
            .click();
        desk.steps();
        assert_eq!(names(&desk), expected);
    }
    // The list has the focus, and the keyboard is on that column: seven to the left is the name.
    assert!(desk.focused().starts_with("Late, "), "{}", desk.focused());
    for _ in 0..7 {
        desk.press(Key::ArrowLeft);
    }
    desk.press(Key::Space);
    assert_eq!(names(&desk), ["Alpha", "Late", "Zulu"]);
    assert_eq!(
        desk.program().home.selected,
        Some(name("Late")),
        "what is selected stays selected"
    );
}

#[test]
fn the_menu_of_a_row_opens_by_right_click() {
    let mut desk = Desk::with(vec![fine("A"), fine("B")]);
    assert_eq!(desk.program().home.selected, Some(name("A")));
    let label = desk.rows()[1].clone();
    desk.find(Role::ListBoxOption, &label)[0].click_secondary();
    desk.steps();
    assert_eq!(desk.program().home.selected, Some(name("B")));
    assert_eq!(desk.find(Role::Button, "Publish now").len(), 2, "{}", desk.screen());
    desk.click_nth("Publish now", 1);
    desk.command("publish B");
    assert_eq!(desk.find(Role::Button, "Publish now").len(), 1, "the menu stayed");
}

#[test]
fn the_menu_of_a_row_opens_by_key_and_gives_the_focus_back() {
    for (modifiers, key) in [(Modifiers::SHIFT, Key::F10), (Modifiers::NONE, Key::Menu)] {
        let mut desk = Desk::with(vec![fine("A")]);
        desk.find(Role::ListBox, "Connections")[0].focus();
        desk.steps();
        desk.press_with(modifiers, key);
        assert_eq!(desk.focused(), "Properties…");
        desk.press(Key::Escape);
        // The list has it again; a screen reader is told its row.
        assert!(desk.focused().starts_with("A, "), "{}", desk.focused());
        desk.press_with(modifiers, key);
        for _ in 0..2 {
            desk.press(Key::ArrowDown);
        }
        desk.press(Key::Enter);
        assert!(matches!(desk.program().dialog, Some(Dialog::Renewal(_))));
        desk.press(Key::Escape);
        // The list has it again; a screen reader is told its row.
        assert!(desk.focused().starts_with("A, "), "{}", desk.focused());
    }
}

#[test]
fn the_older_list_stays_when_reading_fails() {
    let mut desk = Desk::with(vec![fine("Prod")]);
    desk.press(Key::F5);
    let cause = "the disk is gone".to_owned();
    desk.answer_list(Err(Problem::Database { cause }.into()));
    assert!(desk.says("the disk is gone"), "{}", desk.screen());
    assert!(desk.says("was read before that"));
    assert_eq!(desk.rows().len(), 1);
    desk.click("Try again");
    desk.answer_list(Ok(vec![fine("Prod"), fine("Test")]));
    assert_eq!(desk.rows().len(), 2);
    assert!(!desk.says("the disk is gone"));
    desk.click("More…");
    desk.click("Refresh");
    desk.answer_list(Ok(vec![fine("Prod")]));
    assert_eq!(desk.rows().len(), 1);
}

#[test]
fn a_first_reading_that_fails_says_so_in_place() {
    let mut desk = Desk::opening(false);
    let cause = "no right".to_owned();
    desk.answer_list(Err(Problem::Database { cause }.into()));
    assert!(
        desk.says("no right") && desk.has(Role::Button, "Try again"),
        "{}",
        desk.screen()
    );
    assert!(!desk.says("was read before that") && !desk.says("What to have at hand"));
}
