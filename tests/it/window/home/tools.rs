//! What the menu *More* leads to: *Save settings*, *New from settings*, *Diagnose*, the log.

use azure_services_wizard::flow::effect::{FilePurpose, IfThere, Saved};
use azure_services_wizard::model::diagnosis::{Diagnosis, Examined, Layer, Machine, Verdict, Why};
use egui::Key;

use super::*;

fn more(desk: &mut Desk, item: &str) {
    desk.click("More…");
    desk.click(item);
}

fn report() -> Diagnosis {
    let layer = |layer, verdict| Examined {
        layer,
        verdict,
        warnings: Vec::new(),
    };
    Diagnosis {
        at: now(),
        machine: Machine {
            version: "0.1.0",
            features: vec!["lab"],
            system: "linux (Debian)".into(),
            architecture: "x86_64",
            program: "/opt/asw".into(),
            data_dir: "/data".into(),
            log: "/data/logs/asw.log".into(),
            variables: Vec::new(),
            connections: 1,
        },
        layers: vec![
            layer(Layer::Store, Verdict::Passed("whole, schema 4".into())),
            layer(Layer::SecretKey, Verdict::Failed(Problem::SecretExpired.into())),
            layer(Layer::Query, Verdict::NotLookedAt(Why::Depends)),
        ],
        connection: Some(Box::new(fine("Prod").connection)),
        runs: Vec::new(),
        log: Vec::new(),
    }
}

fn saved_text(desk: &mut Desk) -> Vec<(Ticket, String, String, IfThere)> {
    desk.asked(|effect| match effect {
        Effect::Query(ticket, Query::SaveText(path, text, if_there)) => {
            Some((*ticket, path.display().to_string(), text.clone(), *if_there))
        }
        _ => None,
    })
}

#[test]
fn the_menu_is_opened_and_left_by_keyboard() {
    let mut desk = Desk::with(vec![fine("Prod")]);
    desk.find(Role::Button, "More…")[0].focus();
    desk.steps();
    desk.press(Key::Enter);
    assert_eq!(desk.focused(), "Refresh");
    desk.press(Key::Escape);
    assert!(!desk.has(Role::Button, "Save settings…"), "{}", desk.screen());
    assert_eq!(desk.focused(), "More…");
}

#[test]
fn settings_are_shown_and_saved() {
    let mut desk = Desk::with(vec![fine("Prod")]);
    more(&mut desk, "Save settings…");
    assert!(desk.says("No secret is in it"), "{}", desk.screen());
    let ticket = desk.ticket(|query| matches!(query, Query::Settings(_)));
    desk.on(Event::Answer(ticket, Answer::Settings(Ok("name = \"Prod\"\n".into()))));
    assert!(desk.says("name = \"Prod\""), "{}", desk.screen());
    desk.click("Save as…");
    let asked = desk.asked(|effect| match effect {
        Effect::Shell(Shell::PickFile(purpose)) => Some(*purpose),
        _ => None,
    });
    assert_eq!(asked, [FilePurpose::Settings]);
    desk.on(Event::FilePicked(FilePurpose::Settings, Some("prod.toml".into())));
    let saved = saved_text(&mut desk);
    let [(ticket, path, text, IfThere::Replace)] = saved.as_slice() else {
        panic!("{saved:?}");
    };
    assert_eq!((path.as_str(), text.as_str()), ("prod.toml", "name = \"Prod\"\n"));
    desk.on(Event::Answer(
        *ticket,
        Answer::SaveText(Ok(Saved::Written("prod.toml".into()))),
    ));
    assert!(desk.says("Saved in prod.toml."), "{}", desk.screen());
    desk.press(Key::Enter);
    assert!(desk.program().dialog.is_none(), "what is saved is done");
}

#[test]
fn a_file_with_settings_opens_the_wizard_with_them() {
    let mut desk = Desk::with(vec![fine("Prod")]);
    more(&mut desk, "New from settings…");
    assert_eq!(desk.focused(), "Settings file");
    desk.paste("/tmp/x.toml");
    desk.press(Key::Enter);
    let ticket = desk.ticket(|query| matches!(query, Query::SetupFile(_)));
    let problem = Problem::FileMalformed {
        path: "/tmp/x.toml".into(),
        line: 3,
        column: 1,
        why: "unknown field `colections`".into(),
    };
    desk.on(Event::Answer(ticket, Answer::SetupFile(Err(problem.into()))));
    assert!(desk.says("unknown field `colections`"), "{}", desk.screen());
    desk.click("Open");
    let ticket = desk.ticket(|query| matches!(query, Query::SetupFile(_)));
    let mut setup = fine("Prod").connection.setup;
    setup.environment = Environment::built_in("AzureUSGovernmentCloud").unwrap();
    desk.program()
        .on(Event::Answer(ticket, Answer::SetupFile(Ok(Box::new(setup)))));
    assert!(desk.program().dialog.is_none());
    let wizard = desk.program().wizard.as_ref().unwrap();
    assert_eq!(wizard.general.provider.text, "cm01.corp.example");
    assert!(wizard.general.password.is_blank() && wizard.app.secret.is_blank());
    assert_eq!(wizard.app.client_id.text, CLIENT);
    assert_eq!(wizard.app.chosen_environment().unwrap().name, "AzureUSGovernmentCloud");
    assert_eq!(wizard.place.chosen.len(), 14);
    assert!(wizard.service.name().is_err(), "the name is taken, and that is said");
}

#[test]
fn a_report_is_made_shown_copied_and_saved() {
    let mut desk = Desk::with(vec![fine("Prod")]);
    more(&mut desk, "Diagnose…");
    assert!(desk.says("Looking at every layer"), "{}", desk.screen());
    let ticket = desk.ticket(|query| matches!(query, Query::Diagnose(Some(_))));
    desk.on(Event::Answer(ticket, Answer::Diagnose(Ok(Box::new(report())))));
    for words in [
        "1 layer does not work",
        "whole, schema 4",
        "The secret key has expired.",
        "not looked  Log query",
    ] {
        assert!(desk.says(words), "{words}\n{}", desk.screen());
    }
    assert_eq!(desk.focused(), "Copy report");
    desk.click("Save as…");
    desk.on(Event::FilePicked(FilePurpose::Report, Some("r.txt".into())));
    let saved = saved_text(&mut desk);
    assert!(saved[0].2.contains("== Checks =="), "{saved:?}");
    desk.click("Look again");
    assert!(desk.says("Looking at every layer"));
    desk.click("Cancel");
    assert!(desk.says("1 layer does not work"), "the older report is there again");
    desk.click("Close");
    assert!(desk.program().dialog.is_none());
}

#[test]
fn without_a_connection_this_computer_is_looked_at() {
    let mut desk = Desk::with(Vec::new());
    more(&mut desk, "Diagnose…");
    desk.ticket(|query| matches!(query, Query::Diagnose(None)));
    assert!(desk.says("no connection is selected"), "{}", desk.screen());
    desk.press(Key::Escape);
    assert!(desk.program().dialog.is_none());
    desk.click("More…");
    assert!(desk.why_not("Save settings…").unwrap().contains("Select a connection"));
    desk.click("Open the log");
    let ticket = desk.ticket(|query| matches!(query, Query::OpenLog));
    let problem = Problem::FileUnreadable {
        path: "/data/logs/asw.log".into(),
        cause: "nothing was logged yet".into(),
    };
    desk.on(Event::Answer(ticket, Answer::OpenLog(Err(problem.into()))));
    let notices = desk.program().notices.list();
    assert!(azure_services_wizard::text::notices::sentence(&notices[0].news).contains("nothing was logged yet"));
}
