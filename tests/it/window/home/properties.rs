//! *Connection Properties*: what is on the screen, what keys do, what is asked for.

use azure_services_wizard::flow::properties::Tab;
use azure_services_wizard::flow::properties::ask::{Ask, Told};
use azure_services_wizard::flow::wizard::Listed;
use azure_services_wizard::model::changes::{Changed, Changes, GroupToCome, Preview, Rhythm};
use azure_services_wizard::model::plan::{Check, CheckKind, Progress, Step};
use azure_services_wizard::model::removal::RemovalInventory;
use azure_services_wizard::model::report::CollectionOverview;
use azure_services_wizard::model::run_history::{RunHistory, RunSeen, Sample};
use azure_services_wizard::model::run_record::{RunKind, RunRecord};
use azure_services_wizard::model::schedule::{ScheduleSeen, Standing, System};
use azure_services_wizard::model::{DeviceCollection, SiteIdentity};
use egui::{Key, Modifiers};

use super::*;

/// Two collections with names, and a site that is known.
fn known() -> ConnectionOverview {
    let mut overview = fine("Prod");
    overview.connection.setup.collections.truncate(2);
    let ids = overview.connection.setup.collections.clone();
    let shown = ids.into_iter().zip(["Servers", "Laptops"]);
    overview.collections = shown
        .map(|(id, name)| CollectionOverview {
            id,
            name: name.into(),
            outcome: None,
            problem: None,
            computers: Some(7),
            as_of: None,
            not_seen_since: None,
            sent: azure_services_wizard::model::dry_run::RowsUp::default(),
            rows: None,
        })
        .collect();
    overview.connection.site = Some(SiteIdentity {
        code: "PS1".parse().unwrap(),
        name: "Contoso".into(),
        build: Some(9135),
        is_cas: false,
        guid: None,
        providers: vec!["cm01.corp.example".into()],
    });
    overview
}

fn opened() -> Desk {
    let mut desk = Desk::with(vec![known(), fine("Other")]);
    desk.program().open_properties(&name("Prod"));
    desk.steps();
    desk
}

fn turn_to(desk: &mut Desk, tab: &str) {
    desk.harness.get_by_role_and_label(Role::Tab, tab).click();
    desk.steps();
}

fn shown(desk: &mut Desk) -> Tab {
    match &desk.program().dialog {
        Some(Dialog::Properties(properties)) => properties.tab,
        _ => panic!("the dialog is gone"),
    }
}

fn is_open(desk: &mut Desk) -> bool {
    matches!(desk.program().dialog, Some(Dialog::Properties(_)))
}

fn told(desk: &mut Desk, is: fn(&Ask) -> bool, told: Told) {
    let ticket = desk.ticket(|query| matches!(query, Query::Properties(_, ask) if is(ask)));
    desk.on(Event::Answer(ticket, Answer::Properties(told)));
}

fn listed() -> Listed {
    let collection = |(number, name): (usize, &str)| DeviceCollection {
        id: format!("PS1000{number}").parse().unwrap(),
        name: name.into(),
        member_count: 5,
        last_member_change: None,
        current_status: None,
        path: None,
        limiting: None,
        is_built_in: false,
        is_cloud_synced: false,
    };
    Listed::new(vec![collection((10, "Servers")), collection((50, "Kiosks"))])
}

#[test]
fn tabs_turn_by_key_and_each_shows_what_belongs_to_it() {
    let mut desk = opened();
    assert_eq!(desk.focused(), "Name");
    desk.press_with(Modifiers::CTRL, Key::Tab);
    assert_eq!(shown(&mut desk), Tab::Directory);
    for fact in [
        "contoso.onmicrosoft.com",
        "ConfigMgr connector",
        CLIENT,
        "2027-05-22 (expires in 178 days)",
    ] {
        assert!(desk.says(fact), "{fact}\n{}", desk.screen());
    }
    desk.press_with(Modifiers::CTRL, Key::Tab);
    assert_eq!(shown(&mut desk), Tab::Connection);
    for fact in [
        "rg-monitor",
        "law-contoso",
        "Servers, PS100010, 7",
        "Laptops, PS100011, 7",
    ] {
        assert!(desk.says(fact), "{fact}\n{}", desk.screen());
    }
    desk.press(Key::ArrowRight);
    assert_eq!(shown(&mut desk), Tab::Synchronization);
    desk.press(Key::ArrowRight);
    assert_eq!(shown(&mut desk), Tab::Site);
    for fact in [
        "PS1 Contoso",
        "standalone primary site",
        "2503 (build 9135)",
        "CORP\\svc-asw",
        "as this computer trusts",
    ] {
        assert!(desk.says(fact), "{fact}\n{}", desk.screen());
    }
    desk.press_with(Modifiers::CTRL, Key::Tab);
    assert_eq!(shown(&mut desk), Tab::General);
    desk.press_with(Modifiers::CTRL | Modifiers::SHIFT, Key::Tab);
    assert_eq!(shown(&mut desk), Tab::Site);
}

#[test]
fn apply_is_there_once_something_is_changed_and_enter_is_ok() {
    let mut desk = opened();
    assert!(desk.why_not("Apply").unwrap().contains("Nothing is changed"));
    desk.press_with(Modifiers::COMMAND, Key::A);
    desk.paste("Production");
    assert_eq!(desk.why_not("Apply"), None);
    desk.press(Key::Enter);
    let wanted = Changes {
        name: "Production".parse().ok(),
        ..Changes::default()
    };
    let run = desk.command(&format!("change Prod {wanted:?}"));
    desk.on(Event::Working(run, Progress::Step(Step::WriteRecord)));
    assert!(desk.says("Writing the connection's record"), "{}", desk.screen());
    assert!(!desk.has(Role::Button, "Apply"));
    let mut now = known();
    now.connection.setup.name = name("Production");
    let changed = Changed {
        now,
        done: wanted,
        warnings: Vec::new(),
        failure: None,
    };
    desk.ended(run, Outcome::Changed(Ok(Box::new(changed))));
    assert!(!is_open(&mut desk), "OK closes");
}

#[test]
fn a_name_that_is_taken_is_pointed_out_at_the_field() {
    let mut desk = opened();
    desk.press_with(Modifiers::COMMAND, Key::A);
    desk.paste("other");
    turn_to(&mut desk, "Site");
    desk.click("Apply");
    assert_eq!(shown(&mut desk), Tab::General);
    assert!(desk.says("A connection \"other\" exists already"), "{}", desk.screen());
    assert!(desk.commands().is_empty());
}

#[test]
fn escape_with_changes_asks_first() {
    let mut desk = opened();
    desk.press_with(Modifiers::COMMAND, Key::A);
    desk.paste("Production");
    desk.press(Key::Escape);
    assert!(desk.says("not applied yet"), "{}", desk.screen());
    assert_eq!(desk.focused(), "Keep editing");
    desk.press(Key::Escape);
    assert!(is_open(&mut desk) && !desk.says("not applied yet"));
    desk.press(Key::Escape);
    desk.click("Give up the changes");
    assert!(!is_open(&mut desk) && desk.commands().is_empty());
}

#[test]
fn collections_are_added_and_taken_away_after_a_look_at_azure() {
    let mut desk = opened();
    turn_to(&mut desk, "Connection Properties");
    desk.click("Add…");
    told(
        &mut desk,
        |ask| matches!(ask, Ask::Collections),
        Told::Collections(Ok(listed())),
    );
    assert!(desk.has(Role::Dialog, "Add device collections"), "{}", desk.screen());
    assert!(
        !desk.rows().iter().any(|row| row.starts_with("Servers, PS100010, , 5")),
        "it is chosen"
    );
    desk.press(Key::ArrowDown); // into the list
    desk.press(Key::Enter); // the one that it is on
    assert!(desk.says("Kiosks, PS100050, 5"), "{}", desk.screen());
    desk.harness
        .get_by_role_and_label(Role::ListBox, "Device collections")
        .focus();
    desk.steps();
    desk.press(Key::End);
    desk.press(Key::Delete);
    assert!(!desk.says("Servers, PS100010, 7"), "{}", desk.screen());
    desk.click("Apply");
    assert!(desk.says("What will happen in Azure"), "{}", desk.screen());
    let preview = Preview {
        appear: vec![GroupToCome {
            id: "PS100050".parse().unwrap(),
            name: "Kiosks".into(),
            members: 5,
            alias: "ConfigMgr_PS1_PS100050".into(),
        }],
        removes: true,
        removal: RemovalInventory {
            groups: vec!["ConfigMgr_PS1_PS100010".into()],
            saved_searches: 2,
            dependents: vec!["Alert of the monitoring team".into()],
            ..RemovalInventory::default()
        },
        history: None,
    };
    told(
        &mut desk,
        |ask| matches!(ask, Ask::Preview(_)),
        Told::Preview(Ok(Box::new(preview))),
    );
    for words in [
        "1 computer group appears with the next publication:",
        "ConfigMgr_PS1_PS100050",
        "1 computer group is deleted at once (2 saved searches in all):",
        "ConfigMgr_PS1_PS100010",
        "Alert of the monitoring team",
    ] {
        assert!(desk.says(words), "{words}\n{}", desk.screen());
    }
    desk.press(Key::Enter); // deleting is not what it does
    assert!(desk.says("Kiosks, PS100050, 5") && desk.commands().is_empty());
    desk.click("Apply");
    told(
        &mut desk,
        |ask| matches!(ask, Ask::Preview(_)),
        Told::Preview(Ok(Box::default())),
    );
    desk.click("Apply now");
    let wanted = Changes {
        add: vec!["PS100050".parse().unwrap()],
        remove: vec!["PS100010".parse().unwrap()],
        ..Changes::default()
    };
    let run = desk.command(&format!("change Prod {wanted:?}"));
    desk.click("Cancel");
    assert_eq!(desk.stopped(), [run]);
    let mut now = known();
    now.connection.setup.collections.push("PS100050".parse().unwrap());
    let changed = Changed {
        now,
        done: Changes {
            remove: Vec::new(),
            ..wanted
        },
        warnings: Vec::new(),
        failure: Some(
            Problem::Cancelled {
                partly: true,
                left: "1 saved search".into(),
            }
            .into(),
        ),
    };
    desk.ended(run, Outcome::Changed(Ok(Box::new(changed))));
    assert!(
        desk.says("1 collection added. The rest was not done"),
        "{}",
        desk.screen()
    );
    assert_eq!(desk.why_not("Apply"), None, "the rest is pending");
}

#[test]
fn what_is_left_of_collections_that_were_taken_away_can_be_deleted() {
    let mut overview = known();
    overview.left_over = vec!["PS100099".parse().unwrap()];
    let mut desk = Desk::with(vec![overview]);
    assert!(
        desk.says("groups of PS100099, which were taken away"),
        "{}",
        desk.screen()
    );
    desk.program().open_properties(&name("Prod"));
    desk.steps();
    turn_to(&mut desk, "Connection Properties");
    assert!(desk.why_not("Apply").is_some(), "nobody has wished it yet");
    desk.harness
        .get_by_role_and_label(Role::CheckBox, "Delete what is left of them")
        .click();
    desk.steps();
    desk.click("Apply");
    let asked = desk.asked(|effect| match effect {
        Effect::Query(_, Query::Properties(_, Ask::Preview(changes))) => Some(changes.remove.clone()),
        _ => None,
    });
    assert_eq!(asked, [vec!["PS100099".parse().unwrap()]]);
}

#[test]
fn the_record_of_runs_is_listed_and_plotted() {
    let mut desk = opened();
    turn_to(&mut desk, "Synchronization");
    let at = |hour: &str| format!("2026-11-25T{hour}:00:00Z").parse::<DateTime<Utc>>().unwrap();
    let run = |hour, problem| RunSeen {
        kind: RunKind::Sync,
        started: at(hour),
        ended: Some(at(hour)),
        record: RunRecord {
            problem,
            unmoved: vec!["PS100010".parse().unwrap()],
            ..RunRecord::default()
        },
    };
    let sample = |hour, members| Sample { at: at(hour), members };
    let history = RunHistory {
        latest: vec![run("09", Some(Problem::SecretExpired)), run("06", None)],
        runs: 2,
        of: None,
        members: vec![sample("03", 12), sample("06", 17)],
    };
    told(&mut desk, |ask| matches!(ask, Ask::Runs(None)), Told::Runs(Ok(history)));
    for words in [
        "From 2026-11-25 03:00 UTC: 12 members to 2026-11-25 06:00 UTC: 17 members; between 12 and 17.",
        "2026-11-25 09:00 UTC, publication, 0 s, failed: The secret key has expired., 1 not moved",
    ] {
        assert!(desk.says(words), "{words}\n{}", desk.screen());
    }
    // The list is read anew after a publication, and with it the record.
    desk.press(Key::Escape);
    desk.program().open_properties(&name("Prod"));
    desk.steps();
    turn_to(&mut desk, "Synchronization");
    let Program { home, asker, .. } = desk.program();
    home.refresh(asker);
    desk.answer_list(Ok(vec![known()]));
    let asked = desk.asked(|effect| match effect {
        Effect::Query(_, Query::Properties(_, Ask::Runs(_))) => Some(()),
        _ => None,
    });
    assert_eq!(asked.len(), 2);
}

#[test]
fn the_schedule_of_the_account_is_shown_and_changed() {
    let mut desk = opened();
    turn_to(&mut desk, "Synchronization");
    let ticket = desk.ticket(|query| matches!(query, Query::Schedule));
    let seen = ScheduleSeen {
        system: System::Systemd,
        account: Some("svc-asw".into()),
        standing: Standing {
            installed: true,
            every: "3h".parse().ok(),
            next: "2026-11-25T15:00:00Z".parse().ok(),
            unattended: Some(true),
        },
        obstacle: None,
    };
    desk.on(Event::Answer(ticket, Answer::Schedule(Ok(seen))));
    assert!(
        desk.says("Every 3 hours") && desk.says("Next run: 2026-11-25 15:00 UTC."),
        "{}",
        desk.screen()
    );
    desk.harness
        .get_by_role_and_label(Role::ComboBox, "Schedule of this account on this machine")
        .focus();
    desk.steps();
    for key in [Key::Enter, Key::ArrowDown, Key::Enter] {
        desk.press(key);
    }
    desk.harness
        .get_by_role_and_label(
            Role::CheckBox,
            "Import: keep its computer groups up to date on schedule",
        )
        .click();
    desk.steps();
    desk.click("Apply");
    let wanted = Changes {
        import: Some(false),
        schedule: Some(Rhythm::Every("4h".parse().unwrap())),
        ..Changes::default()
    };
    desk.command(&format!("change Prod {wanted:?}"));
}

#[test]
fn verify_says_line_by_line_what_was_looked_at() {
    let mut desk = opened();
    turn_to(&mut desk, "Azure Active Directory");
    desk.click("Verify");
    assert!(desk.says("Verifying"), "{}", desk.screen());
    let check = |what, outcome| Check {
        what,
        outcome,
        warnings: Vec::new(),
    };
    let mut checks = vec![
        check(CheckKind::Tenant, Ok("contoso".into())),
        check(CheckKind::Secret, Ok("valid".into())),
    ];
    told(
        &mut desk,
        |ask| matches!(ask, Ask::Verify),
        Told::Verify(Ok(checks.clone())),
    );
    assert!(
        desk.says("Successfully verified!") && desk.says("App and secret key"),
        "{}",
        desk.screen()
    );
    checks[1].outcome = Err(Problem::SecretExpired.into());
    desk.click("Verify");
    told(&mut desk, |ask| matches!(ask, Ask::Verify), Told::Verify(Ok(checks)));
    assert!(desk.says("1 thing is not as needed"), "{}", desk.screen());
    assert!(desk.says("The secret key has expired."));
}

#[test]
fn a_new_key_is_put_in_from_here_and_the_properties_are_there_again() {
    let mut desk = opened();
    turn_to(&mut desk, "Azure Active Directory");
    desk.click_nth("Update secret key…", 1);
    assert!(matches!(desk.program().dialog, Some(Dialog::Renewal(_))));
    desk.press(Key::Escape);
    assert!(is_open(&mut desk));
    turn_to(&mut desk, "Site");
    desk.click("Move connection…");
    assert!(matches!(desk.program().dialog, Some(Dialog::Move(_))));
    desk.press(Key::Escape);
    assert_eq!(shown(&mut desk), Tab::Site);
}

#[test]
fn while_it_is_published_nothing_is_applied() {
    let mut desk = opened();
    desk.press_with(Modifiers::COMMAND, Key::A);
    desk.paste("Production");
    let Program { home, asker, .. } = desk.program();
    home.publish(&name("Prod"), asker);
    desk.steps();
    assert!(desk.why_not("Apply").unwrap().contains("being published"));
}
