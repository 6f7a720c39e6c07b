//! The working copy, and the dialog's way from it to the changes.

use super::*;
use crate::flow::program::Dialog;
use crate::flow::testing::{collection, environments, name, not_allowed, overview};
use crate::flow::{Answer, Effect, Event, Outcome, Program, TextField};
use crate::model::changes::{GroupToCome, HistoryToCome};
use crate::model::removal::RemovalInventory;
use crate::model::{CollectionId, ConnectionState, DeviceCollection};

/// A connection with collections 1 and 2.
fn standing(called: &str) -> ConnectionOverview {
    let mut overview = overview(called, ConnectionState::Ready);
    overview.connection.setup.description = "Servers".into();
    overview.connection.setup.collections = ids(&[1, 2]);
    overview
}

fn ids(numbers: &[u32]) -> Vec<CollectionId> {
    numbers.iter().map(|number| collection(*number).id).collect()
}

/// A program whose list shows these.
fn program(list: Vec<ConnectionOverview>) -> Program {
    let mut program = Program::new(environments(), chrono::DateTime::UNIX_EPOCH);
    listed(&mut program, list);
    program
}

/// Answers the question for the list that waits.
fn listed(program: &mut Program, list: Vec<ConnectionOverview>) {
    let ticket = program.home.connections.pending().unwrap();
    program.effects();
    program.on(Event::Answer(ticket, Answer::Connections(Ok(list))));
}

fn opened(called: &str) -> Program {
    let mut program = program(vec![standing(called), standing("Other")]);
    program.open_properties(&name(called));
    program.effects();
    program
}

fn properties(program: &mut Program) -> &mut Properties {
    match &mut program.dialog {
        Some(Dialog::Properties(properties)) => properties,
        _ => panic!("the dialog is not open"),
    }
}

/// The changes that were ordered, and by which run.
fn ordered(program: &mut Program) -> Option<(RunId, Changes)> {
    program.effects().into_iter().find_map(|effect| match effect {
        Effect::Command(run, Command::Change(_, changes)) => Some((run, *changes)),
        _ => None,
    })
}

/// Answers the question for a preview, which is the only one.
fn previewed(program: &mut Program, preview: Result<Preview>) -> Changes {
    let asked: Vec<(Ticket, Changes)> = program
        .effects()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Query(ticket, Query::Properties(_, Ask::Preview(changes))) => Some((ticket, *changes)),
            _ => None,
        })
        .collect();
    let [(ticket, changes)] = asked.as_slice() else {
        panic!("asked {} times", asked.len());
    };
    let told = Told::Preview(preview.map(Box::new));
    program.on(Event::Answer(*ticket, Answer::Properties(told)));
    changes.clone()
}

fn changed(now: ConnectionOverview, done: Changes, failure: Option<Failure>) -> Outcome {
    Outcome::Changed(Ok(Box::new(Changed {
        now,
        done,
        warnings: Vec::new(),
        failure,
    })))
}

fn picked(program: &mut Program, numbers: &[u32]) {
    let all: Vec<DeviceCollection> = numbers.iter().map(|number| collection(*number)).collect();
    properties(program).draft.add(all);
}

#[test]
fn nothing_is_pending_until_something_differs_and_nothing_again_when_it_is_put_back() {
    let mut program = opened("A");
    let open = properties(&mut program);
    assert!(open.changes().is_none() && !open.is_changed());
    open.draft.description = " Servers ".into();
    assert!(open.changes().is_none(), "spaces around it are no change");
    open.draft.description = "Workstations".into();
    open.draft.import = false;
    open.draft.remove(&ids(&[1])[0]);
    open.draft.add(vec![collection(3)]);
    let wanted = Changes {
        description: Some("Workstations".into()),
        import: Some(false),
        add: ids(&[3]),
        remove: ids(&[1]),
        ..Changes::default()
    };
    assert_eq!(open.changes(), wanted);
    open.draft.description = "Servers".into();
    open.draft.import = true;
    open.draft.remove(&ids(&[3])[0]);
    open.draft.add(vec![collection(1)]);
    assert!(open.changes().is_none());
}

#[test]
fn a_name_that_is_none_or_taken_is_pointed_out_and_nothing_is_ordered() {
    let mut program = opened("A");
    for (typed, wrong) in [("", true), ("other", true), ("a", false), ("B", false)] {
        let open = properties(&mut program);
        open.tab = Tab::Site;
        open.draft.name = TextField::holding(typed);
        assert_eq!(open.name_mistake().is_some(), wrong, "{typed:?}");
        assert!(open.is_changed(), "{typed:?} would be lost");
        if wrong {
            program.apply_properties(true);
            let open = properties(&mut program);
            assert!(
                open.draft.name.settled && open.tab == Tab::General,
                "the field is shown"
            );
            assert!(ordered(&mut program).is_none());
        }
    }
    assert_eq!(properties(&mut program).changes().name.unwrap().as_str(), "B");
}

#[test]
fn what_shows_nowhere_in_azure_is_made_at_once_and_ok_closes() {
    let mut program = opened("A");
    properties(&mut program).draft.description = "Workstations".into();
    program.apply_properties(true);
    program.apply_properties(true);
    let (run, changes) = ordered(&mut program).unwrap();
    assert_eq!(changes.description.as_deref(), Some("Workstations"));
    let mut now = standing("A");
    now.connection.setup.description = "Workstations".into();
    program.on(Event::Ended(run, changed(now, changes, None)));
    assert!(program.dialog.is_none());
    assert!(matches!(
        program.notices.list()[0].news,
        crate::flow::notices::News::Changed(_)
    ));
    program.open_properties(&name("A"));
    program.apply_properties(true);
    assert!(program.dialog.is_none(), "OK without a change closes");
}

#[test]
fn collections_are_shown_in_azure_first_and_back_leaves_everything_as_typed() {
    let mut program = opened("A");
    picked(&mut program, &[3]);
    program.apply_properties(false);
    assert!(ordered(&mut program).is_none());
    program.close_dialog();
    assert!(matches!(properties(&mut program).stage(), Stage::Editing));
    assert_eq!(properties(&mut program).changes().add, ids(&[3]));
    program.apply_properties(false);
    let asked = previewed(
        &mut program,
        Ok(Preview {
            appear: vec![GroupToCome {
                id: collection(3).id,
                name: "Collection 3".into(),
                members: 5,
                alias: "ConfigMgr_PS1_PS100003".into(),
            }],
            ..Preview::default()
        }),
    );
    assert_eq!(asked.add, ids(&[3]));
    match &mut program.dialog {
        Some(Dialog::Properties(open)) => open.go(&mut program.asker),
        _ => panic!("the dialog is gone"),
    }
    let (run, changes) = ordered(&mut program).unwrap();
    assert_eq!(changes.add, ids(&[3]));
    let mut now = standing("A");
    now.connection.setup.collections = ids(&[1, 2, 3]);
    program.on(Event::Ended(run, changed(now.clone(), changes, None)));
    let open = properties(&mut program);
    assert!(open.changes().is_none() && matches!(open.applied(), Some(Applied::Changed(_))));
    // Published once the list shows it.
    listed(&mut program, vec![now, standing("Other")]);
    let publishes = |effect: &Effect| matches!(effect, Effect::Command(_, Command::Publish(of)) if *of == name("A"));
    assert!(program.effects().iter().any(publishes));
}

#[test]
fn history_that_is_refused_cannot_be_ordered() {
    let mut program = opened("A");
    properties(&mut program).draft.history = true;
    program.apply_properties(false);
    let refused = HistoryToCome::Made {
        group: standing("A").connection.setup.rule_group(),
        checks: vec![crate::flow::testing::history_check(Err(not_allowed()))],
    };
    let preview = Preview {
        history: Some(refused),
        ..Preview::default()
    };
    assert_eq!(previewed(&mut program, Ok(preview)).history, Some(true));
    match &mut program.dialog {
        Some(Dialog::Properties(open)) => open.go(&mut program.asker),
        _ => panic!("the dialog is gone"),
    }
    assert!(ordered(&mut program).is_none());
}

#[test]
fn of_what_failed_half_way_only_the_rest_is_pending() {
    let mut program = opened("A");
    let open = properties(&mut program);
    open.draft.name = TextField::holding("B");
    open.draft.description = "Workstations".into();
    open.draft.remove(&ids(&[1])[0]);
    program.apply_properties(true);
    let removal = RemovalInventory {
        groups: vec!["ConfigMgr_PS1_PS100001".into()],
        saved_searches: 1,
        ..RemovalInventory::default()
    };
    let preview = Preview {
        removes: true,
        removal,
        ..Preview::default()
    };
    previewed(&mut program, Ok(preview));
    match &mut program.dialog {
        Some(Dialog::Properties(open)) => open.go(&mut program.asker),
        _ => panic!("the dialog is gone"),
    }
    let (run, wanted) = ordered(&mut program).unwrap();
    // The collection is chosen no more, and its group is still there.
    let mut now = standing("B");
    now.connection.setup.description = "Workstations".into();
    now.connection.setup.collections = ids(&[2]);
    now.left_over = ids(&[1]);
    let done = Changes {
        remove: Vec::new(),
        ..wanted
    };
    program.on(Event::Ended(run, changed(now.clone(), done, Some(not_allowed()))));
    let open = properties(&mut program);
    let rest = Changes {
        remove: ids(&[1]),
        ..Changes::default()
    };
    assert_eq!((open.changes(), open.name()), (rest, &name("B")));
    listed(&mut program, vec![now, standing("Other")]);
    assert_eq!(
        properties(&mut program).changes().remove,
        ids(&[1]),
        "also when the list was read"
    );
    assert_eq!(program.home.selected, Some(name("B")));
}

#[test]
fn escape_asks_before_changes_are_lost_and_closing_the_window_does_too() {
    let mut program = opened("A");
    properties(&mut program).draft.import = false;
    program.close_dialog();
    assert!(properties(&mut program).leaving);
    program.close_dialog();
    assert!(!properties(&mut program).leaving, "Escape again keeps editing");
    assert!(!program.close_requested());
    assert!(properties(&mut program).leaving);
    properties(&mut program).leaving = false;
    let closes = |program: &mut Program| {
        let effects = program.effects();
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Shell(crate::flow::Shell::Close)))
    };
    assert!(!closes(&mut program), "the question was answered with no");
    assert!(!program.close_requested());
    program.give_up_properties();
    assert!(program.dialog.is_none() && closes(&mut program));
}

#[test]
fn another_dialog_over_it_leaves_the_working_copy_and_what_is_untouched_follows() {
    let mut program = opened("A");
    properties(&mut program).draft.description = "Workstations".into();
    program.over_properties(|program| program.update_secret(&name("A")));
    assert!(matches!(program.dialog, Some(Dialog::Renewal(_))));
    program.home.refresh(&mut program.asker);
    let mut now = standing("A");
    now.connection.setup.import = false;
    now.connection.setup.description = "Changed elsewhere".into();
    listed(&mut program, vec![now, standing("Other")]);
    program.close_dialog();
    let open = properties(&mut program);
    assert!(!open.draft.import, "what was not touched is as it stands");
    assert_eq!(open.changes().description.as_deref(), Some("Workstations"));
}

#[test]
fn cancel_stops_what_runs_once() {
    let mut program = opened("A");
    properties(&mut program).draft.import = false;
    program.apply_properties(false);
    let (run, _) = ordered(&mut program).unwrap();
    program.close_dialog();
    program.close_dialog();
    let stops = program.effects();
    assert!(matches!(stops.as_slice(), [Effect::Stop(stopped)] if *stopped == run));
    program.on(Event::Ended(run, Outcome::Changed(Err(not_allowed()))));
    let open = properties(&mut program);
    assert!(matches!(open.applied(), Some(Applied::Failed(_))) && open.is_changed());
}

#[test]
fn add_reads_the_site_once_and_opens_with_what_is_not_chosen() {
    let mut program = opened("A");
    let Program { dialog, asker, .. } = &mut program;
    let Some(Dialog::Properties(open)) = dialog else {
        panic!("the dialog is not open")
    };
    open.open_picker(asker);
    let ticket = open.listed().pending().unwrap();
    open.answer(
        ticket,
        Told::Collections(Ok(Listed::new((1..=4).map(collection).collect()))),
    );
    let picker = open.picker.as_mut().unwrap();
    assert_eq!(picker.total(), 2, "1 and 2 are chosen");
    picker.toggle(1);
    open.take_picked();
    assert_eq!(open.changes().add, ids(&[4]));
    open.open_picker(asker);
    assert_eq!(open.picker.as_ref().unwrap().total(), 1, "asked once");
    assert!(
        !open.cancel(asker) && open.picker.is_none(),
        "Escape closes the upper one"
    );
}
